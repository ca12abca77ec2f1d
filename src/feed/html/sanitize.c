/* HTML sanitizer: keeps a stack of open elements and writes the allowed ones back. */
#include "feed/html/sanitize.h"

#include "base/str.h"
#include "feed/html/sanitize_parts.h"

enum {
  STACK = 2 * FM_HTML_DEPTH, /* with those that are not written */
  CLOSING = FM_HTML_DEPTH * 16, /* room for the end tags of all that is open */
  SCRATCH_MAX = 256 * 1024
};

typedef struct open {
  const fm_html_element *element;
  bool silent; /* not written: too deep, or an `a` without an address */
} open_element;

typedef struct cleaner {
  fm_markup in;
  fm_html_sink sink;
  fm_str base;
  fm_arena scratch; /* of one tag; emptied when it has grown */
  fm_html_skip skip;
  open_element stack[STACK];
  unsigned depth, written;
  bool late; /* the last that was written is an image that a script would load */
} cleaner;

/* ---- the stack of open elements ---- */

static bool is(const open_element *open, enum fm_html_group group)
{
  return open->element->group == group;
}

static void write_end(cleaner *c, const fm_html_element *element)
{
  fm_buf *out = c->sink.out;
  fm_buf_add(out, "</", 2);
  fm_buf_text(out, element->name);
  fm_buf_char(out, '>');
}

static void pop_to(cleaner *c, unsigned depth)
{
  while (c->depth > depth) {
    open_element *top = &c->stack[--c->depth];
    if (top->silent)
      continue;
    c->written--;
    write_end(c, top->element);
  }
}

/* What stops a search for an open element: the cell of a table is a world apart. */
static bool is_wall(const open_element *open)
{
  return is(open, FM_G_CELL) || is(open, FM_G_CAPTION) || is(open, FM_G_TABLE);
}

/* Closes the innermost of a group, with all in it, up to the next wall. */
static void close_near(cleaner *c, enum fm_html_group group)
{
  for (unsigned i = c->depth; i > 0; i--) {
    if (is(&c->stack[i - 1], group)) {
      pop_to(c, i - 1);
      return;
    }
    if (is_wall(&c->stack[i - 1]))
      return;
  }
}

/* An item ends the one before it, but not one that a block in between holds. */
static void close_item(cleaner *c, enum fm_html_group group)
{
  for (unsigned i = c->depth; i > 0; i--) {
    const open_element *at = &c->stack[i - 1];
    if (is(at, group)) {
      pop_to(c, i - 1);
      return;
    }
    if (is_wall(at))
      return;
    if (at->element->block && !is(at, FM_G_P) && !is(at, FM_G_DIV))
      return;
  }
}

/* Closes the innermost that is written, if it is of the group. */
static void close_top(cleaner *c, enum fm_html_group group)
{
  unsigned i = c->depth;
  while (i > 0 && c->stack[i - 1].silent)
    i--;
  if (i > 0 && is(&c->stack[i - 1], group))
    pop_to(c, i - 1);
}

static const open_element *top_written(const cleaner *c)
{
  for (unsigned i = c->depth; i > 0; i--)
    if (!c->stack[i - 1].silent)
      return &c->stack[i - 1];
  return NULL;
}

#define G(group) (1u << FM_G_##group)

/* "Clear the stack back to a table context": false outside of tables. */
static bool clear_to(cleaner *c, unsigned groups)
{
  unsigned table = c->depth;
  while (table > 0 && !is(&c->stack[table - 1], FM_G_TABLE))
    table--;
  if (!table)
    return false;
  unsigned i = c->depth;
  while (i > table && !(groups >> c->stack[i - 1].element->group & 1))
    i--;
  pop_to(c, i);
  return true;
}

/* What the start of an element ends. False: it cannot stand here. */
static bool make_way(cleaner *c, const fm_html_element *element)
{
  const open_element *top;
  switch ((enum fm_html_group)element->group) {
    case FM_G_CELL: return clear_to(c, G(ROW) | G(SECTION));
    case FM_G_ROW: return clear_to(c, G(SECTION));
    case FM_G_SECTION: case FM_G_CAPTION: case FM_G_COLGROUP: return clear_to(c, 0);
    case FM_G_COL: return clear_to(c, G(COLGROUP));
    case FM_G_SOURCE: return (top = top_written(c)) && is(top, FM_G_MEDIA);
    case FM_G_LI: case FM_G_DD: close_item(c, element->group); break;
    case FM_G_A: close_near(c, FM_G_A); break;
    case FM_G_RUBY: close_top(c, FM_G_RUBY); break;
    default: break;
  }
  if (element->block)
    close_near(c, FM_G_P);
  if (element->group == FM_G_HEADING)
    close_top(c, FM_G_HEADING);
  return true;
}

static void push(cleaner *c, const fm_html_element *element, bool silent)
{
  c->stack[c->depth++] = (open_element){element, silent};
  c->written += !silent;
}

/* ---- tags ---- */

/* False: there was no room for all of it, and nothing was written. */
static bool write_start(cleaner *c, const fm_html_element *element, const fm_html_values *values)
{
  fm_html_sink *sink = &c->sink;
  size_t start = sink->out->len;
  fm_buf_char(sink->out, '<');
  fm_buf_text(sink->out, element->name);
  for (uint32_t left = values->there & ((1u << FM_A_WRITTEN) - 1); left; left &= left - 1) {
    unsigned at = (unsigned)__builtin_ctz(left);
    fm_buf_char(sink->out, ' ');
    fm_buf_text(sink->out, fm_html_attributes[at].name);
    fm_buf_add(sink->out, "=\"", 2);
    fm_html_put_value(sink, values->value[at]);
    fm_buf_char(sink->out, '"');
  }
  fm_buf_char(sink->out, '>');
  sink->full = sink->full || sink->out->full || sink->out->len > sink->limit;
  if (sink->full)
    sink->out->len = start;
  return !sink->full;
}

/* Without an address these say nothing. */
static bool lacks(const fm_html_element *element, const fm_html_values *values)
{
  uint32_t src = 1u << FM_A_SRC, set = 1u << FM_A_SRCSET;
  if (element->group == FM_G_A)
    return !(values->there >> FM_A_HREF & 1);
  if (element->group == FM_G_SOURCE)
    return !(values->there & (src | (element->attributes & set)));
  return element->group == FM_G_IMAGE && !(values->there & src);
}

static void start_void(cleaner *c, const fm_html_element *element, const fm_html_values *values)
{
  bool ends = element->block || element->group == FM_G_SOURCE || element->group == FM_G_COL;
  if (!(ends && c->written >= FM_HTML_DEPTH) && !lacks(element, values) && make_way(c, element))
    write_start(c, element, values);
  c->late = values->there >> FM_A_LAZY_SRC & 1;
}

static void start_kept(cleaner *c, const fm_html_element *element)
{
  fm_html_values values;
  enum fm_tag_part part = fm_html_values_read(&c->in, element, c->base, &c->scratch, &values);
  if (part == FM_TAG_PART_CUT)
    return;
  c->late = false;
  if (element->fate == FM_F_VOID) {
    start_void(c, element, &values);
    return;
  }
  if (!make_way(c, element) || c->depth == STACK)
    return;
  bool silent = c->written >= FM_HTML_DEPTH || lacks(element, &values);
  if (!silent && !write_start(c, element, &values))
    return;
  push(c, element, silent);
  if (part == FM_TAG_PART_EMPTY)
    pop_to(c, c->depth - 1);
}

static fm_str local_name(const cleaner *c, fm_str name)
{
  const char *colon = c->in.xml ? memrchr(name.ptr, ':', name.len) : NULL;
  return colon ? fm_str_from(name, (size_t)(colon - name.ptr) + 1) : name;
}

static void on_start(cleaner *c, fm_str name)
{
  const fm_html_element *element = fm_html_element_find(local_name(c, name));
  if (element && (element->fate == FM_F_KEEP || element->fate == FM_F_VOID)) {
    start_kept(c, element);
    return;
  }
  enum fm_tag_part part = fm_markup_skip_tag(&c->in);
  if (!element)
    return;
  /* Beside an image that was made visible, <noscript> holds it once more. */
  if (element->fate != FM_F_NOSCRIPT || c->late)
    fm_html_skip_content(&c->skip, &c->in, element, name, part);
}

/* Is the search for the open element of an end tag over? */
static bool is_bound(const open_element *at, const fm_html_element *element)
{
  if (element->group == FM_G_TABLE)
    return false;
  if (element->group >= FM_G_SECTION)
    return is(at, FM_G_TABLE);
  return is_wall(at) || (element->group == FM_G_LI && is(at, FM_G_LIST));
}

static void on_end(cleaner *c, fm_str name)
{
  const fm_html_element *element = fm_html_element_find(local_name(c, name));
  if (element && fm_html_is(element, "br")) { /* "</br>" is one in every browser */
    fm_html_values none = {0};
    start_void(c, element, &none);
  }
  if (!element || element->fate != FM_F_KEEP)
    return;
  bool heading = element->group == FM_G_HEADING;
  for (unsigned i = c->depth; i > 0; i--) {
    const open_element *at = &c->stack[i - 1];
    if (at->element == element || (heading && is(at, FM_G_HEADING))) {
      c->late = false;
      pop_to(c, i - 1);
      return;
    }
    if (is_bound(at, element))
      return;
  }
}

/* ---- all of it ---- */

static void on_text(cleaner *c, fm_str text, bool refs)
{
  c->late = c->late && fm_str_trim(text).len == 0;
  fm_html_put_text(&c->sink, text, refs, FM_REF_TEXT);
}

static void run(cleaner *c)
{
  fm_str text;
  enum fm_token mark;
  while (!c->sink.full && (mark = fm_markup_next(&c->in, &text)) != FM_TOKEN_END) {
    if (mark == FM_TOKEN_OPEN)
      on_start(c, text);
    else if (mark == FM_TOKEN_CLOSE)
      on_end(c, text);
    else if (mark == FM_TOKEN_TEXT || mark == FM_TOKEN_CDATA)
      on_text(c, text, mark == FM_TOKEN_TEXT);
    if (c->scratch.used > SCRATCH_MAX)
      fm_arena_deinit(&c->scratch);
  }
}

static void trim_end(fm_html_sink *sink)
{
  fm_buf *out = sink->out;
  while (out->len > sink->start && strchr(" \t\n", out->ptr[out->len - 1]))
    out->len--;
}

int fm_html_clean_as(fm_str html, fm_str base, unsigned flags, fm_buf *out)
{
  fm_arena mended = {0};
  cleaner c;
  if (out->max < out->len + CLOSING)
    return FM_E_TOO_BIG;
  if (!(flags & FM_HTML_UTF8))
    html = fm_html_utf8(html, &mended);
  c.in = (fm_markup){html.ptr, html.len ? html.ptr + html.len : html.ptr,
                     flags & FM_HTML_XML};
  c.sink = (fm_html_sink){.out = out, .start = out->len, .limit = out->max - CLOSING};
  c.base = base;
  c.scratch = (fm_arena){0};
  c.skip.count = 0;
  c.depth = c.written = 0;
  c.late = false;
  run(&c);
  out->full = false; /* what did not fit was taken back */
  trim_end(&c.sink);
  pop_to(&c, 0);
  fm_arena_deinit(&c.scratch);
  fm_arena_deinit(&mended);
  return c.sink.full ? FM_E_TOO_BIG : FM_OK;
}

int fm_html_clean(fm_str html, fm_str base, fm_buf *out)
{
  return fm_html_clean_as(html, base, 0, out);
}
