/* HTML as plain text. */
#include "base/ascii.h"
#include "base/str.h"
#include "feed/html/sanitize.h"
#include "feed/html/sanitize_parts.h"

typedef struct reader {
  fm_markup in;
  fm_buf *out;
  size_t start;
  char owed; /* white space before the next word: 0, ' ' or '\n' */
  fm_arena scratch;
  fm_html_skip skip;
  bool title;
  fm_buf alts; /* alternative texts of a title's images */
} reader;

static void owe(reader *r, char space)
{
  if (r->owed != '\n')
    r->owed = space;
}

static void put_words(reader *r, fm_str text)
{
  const char *p = text.ptr, *end = text.len ? p + text.len : p;
  while (p < end) {
    const char *word = p;
    while (p < end && !fm_is_space(*p))
      p++;
    if (p > word) {
      if (r->owed && r->out->len > r->start)
        fm_buf_char(r->out, r->owed);
      r->owed = 0;
      fm_buf_add(r->out, word, (size_t)(p - word));
    }
    for (; p < end && fm_is_space(*p); p++)
      owe(r, ' ');
  }
}

static void on_tag(reader *r, fm_str name, bool start)
{
  const fm_html_element *element = fm_html_element_find(name);
  enum fm_tag_part part = start ? fm_markup_skip_tag(&r->in) : FM_TAG_PART_END;
  if (!element)
    return;
  if (element->block || element->group == FM_G_ROW || element->group == FM_G_TABLE ||
      fm_html_is(element, "br"))
    owe(r, '\n');
  else if (element->group == FM_G_CELL)
    owe(r, ' ');
  else if (start && element->fate >= FM_F_RAW && element->fate != FM_F_NOSCRIPT)
    fm_html_skip_content(&r->skip, &r->in, element, name, part);
}

/* In a title a start tag without an end tag is a word that names an element. */
static bool is_word(reader *r, fm_str name)
{
  const fm_html_element *element = fm_html_element_find(name);
  fm_markup ahead = r->in;
  if (!r->title || fm_markup_skip_tag(&ahead) == FM_TAG_PART_CUT)
    return r->title;
  bool void_element = element && (fm_html_is(element, "br") || fm_html_is(element, "img") ||
                                  fm_html_is(element, "hr") || fm_html_is(element, "wbr"));
  return !void_element && !fm_markup_skip_to(&ahead, name);
}

/* The tag as it is written. */
static void put_tag(reader *r, const char *start)
{
  fm_markup_skip_tag(&r->in);
  put_words(r, fm_str_span(start, r->in.at));
}

static void put_alt(reader *r)
{
  fm_markup in = r->in;
  fm_str name, value;
  while (fm_markup_attribute(&in, &name, &value) == FM_TAG_PART_ATTRIBUTE)
    if (fm_str_ieq(name, FM_STR("alt"))) {
      if (r->alts.len)
        fm_buf_char(&r->alts, ' ');
      fm_buf_str(&r->alts, fm_str_trim(fm_html_decode(value, FM_REF_ATTRIBUTE, &r->scratch)));
    }
}

int fm_html_text_as(fm_str html, unsigned flags, fm_buf *out)
{
  fm_arena mended = {0};
  fm_str text;
  enum fm_token mark;
  html = fm_html_utf8(html, &mended);
  reader r = {.in = {html.ptr, html.len ? html.ptr + html.len : html.ptr, flags & FM_HTML_XML},
              .out = out, .start = out->len, .title = flags & FM_HTML_TITLE};
  fm_buf_init(&r.alts, out->max);
  for (const char *start = r.in.at;
       !out->full && (mark = fm_markup_next(&r.in, &text)) != FM_TOKEN_END; start = r.in.at) {
    bool open = mark == FM_TOKEN_OPEN;
    if (mark == FM_TOKEN_TEXT)
      put_words(&r, fm_html_decode(text, FM_REF_TEXT, &r.scratch));
    else if (mark == FM_TOKEN_CDATA)
      put_words(&r, text);
    else if (open && is_word(&r, text))
      put_tag(&r, start);
    else if (open || mark == FM_TOKEN_CLOSE) {
      if (open && r.title && fm_str_ieq(text, FM_STR("img")))
        put_alt(&r);
      on_tag(&r, text, open);
    }
  }
  if (out->len == r.start)
    fm_buf_str(out, fm_buf_view(&r.alts));
  fm_buf_deinit(&r.alts);
  fm_arena_deinit(&r.scratch);
  fm_arena_deinit(&mended);
  return out->full ? FM_E_TOO_BIG : FM_OK;
}

int fm_html_text(fm_str html, fm_buf *out) { return fm_html_text_as(html, 0, out); }

/* Names that HTML knows and the clean-up's table does not, for it leaves out the tags
 * alone. They are also what people write about: a bare "<meta>" is a word. */
static bool is_left_out(fm_str name)
{
  static const char *const names[] = {
    "area",  "base", "basefont", "bgsound", "blink", "body",    "center",  "embed",
    "fieldset", "font", "form",  "frame",   "head",  "html",    "input",   "isindex",
    "label", "legend", "link",   "marquee", "meta",  "nobr",    "param",   "plaintext"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (fm_str_ieq(name, fm_str_of(names[i])))
      return true;
  return false;
}

/* A tag that was opened: it is a whole one, and of HTML. */
static bool is_tag(fm_markup *in, fm_str name)
{
  fm_str attribute, value;
  if (fm_html_element_find(name))
    return fm_markup_skip_tag(in) != FM_TAG_PART_CUT;
  return is_left_out(name) && fm_markup_attribute(in, &attribute, &value) == FM_TAG_PART_ATTRIBUTE &&
         fm_markup_skip_tag(in) != FM_TAG_PART_CUT;
}

bool fm_html_likely(fm_str text)
{
  fm_markup in = {text.ptr, text.len ? text.ptr + text.len : text.ptr, false};
  fm_str part;
  enum fm_token mark;
  for (const char *start = in.at; (mark = fm_markup_next(&in, &part)) != FM_TOKEN_END;
       start = in.at) {
    uint32_t c;
    if (mark == FM_TOKEN_OTHER && fm_str_starts(fm_str_span(start, in.end), FM_STR("<!--")))
      return true;
    if (mark == FM_TOKEN_OPEN && is_tag(&in, part))
      return true;
    if (mark == FM_TOKEN_CLOSE && (fm_html_element_find(part) || is_left_out(part)))
      return true;
    if (mark != FM_TOKEN_TEXT)
      continue;
    for (const char *at = part.ptr, *end = at + part.len;
         at < end && (at = memchr(at, '&', (size_t)(end - at))); at++)
      if (fm_entity_read(at, end, FM_REF_XML, &c))
        return true;
  }
  return false;
}

static bool has_reference(fm_str text)
{
  uint32_t c;
  for (const char *at = text.ptr, *end = at + text.len;
       at < end && (at = memchr(at, '&', (size_t)(end - at))); at++)
    if (fm_entity_read(at, end, FM_REF_XML, &c))
      return true;
  return false;
}

bool fm_html_title_likely(fm_str text)
{
  fm_markup in = {text.ptr, text.len ? text.ptr + text.len : text.ptr, false};
  fm_str part, attribute, value;
  enum fm_token mark;
  while ((mark = fm_markup_next(&in, &part)) != FM_TOKEN_END) {
    if (mark == FM_TOKEN_TEXT && has_reference(part))
      return true;
    bool known = fm_html_element_find(part) || is_left_out(part);
    if (mark == FM_TOKEN_CLOSE && known)
      return true;
    if (mark == FM_TOKEN_OPEN && known &&
        fm_markup_attribute(&in, &attribute, &value) == FM_TAG_PART_ATTRIBUTE && value.len)
      return fm_markup_skip_tag(&in) != FM_TAG_PART_CUT;
  }
  return false;
}
