/* Compiles selectors and runs them on either engine. */
#include "dom/css_lex.h"
#include "dom/tree_index.h"

enum {
  XPATH_MAX = 256 * 1024, /* bytes of the XPath for a selector of FM_CSS_MAX bytes */
  SIGNATURES_PER_STEP = 16         /* this many signatures compared cost one step */
};

static void write_xpath(const fm_css *css, fm_buf *out)
{
  fm_buf_init(out, XPATH_MAX);
  fm_css_write(&css->list, out);
  fm_buf_char(out, 0);
}

static int compile_xpath(fm_css *css, fm_why *why)
{
  fm_buf text;
  write_xpath(css, &text);
  if (!text.full)
    css->xpath = xmlXPathCompile(BAD_CAST text.ptr);
  fm_buf_deinit(&text);
  return css->xpath ? FM_OK : fm_fail(why, FM_E_SYNTAX, "the selector is too complicated");
}

int fm_css_compile(fm_str text, fm_arena *arena, fm_css **css, size_t *at, fm_why *why)
{
  return fm_css_compile_having(text, (fm_str){NULL, 0}, arena, css, at, why);
}

/* Appends "[attribute]" to the last compound of each selector of the list. */
static void want_attribute(fm_css *css, fm_str name, fm_arena *arena)
{
  css_simple simple = {.kind = CSS_ATTRIBUTE, .op = CSS_PRESENT, .name = name};
  for (size_t i = 0; i < css->list.count; i++) {
    css_complex *complex = &css->list.items[i];
    css_compound *last = complex->count ? &complex->parts[complex->count - 1] : complex->of_scope;
    *FM_PUSH(arena, last->simples, last->count, last->cap) = simple;
  }
}

/* The signature bits that an element needs to match the last compound of a selector. */
static uint64_t signature_of(const css_compound *last)
{
  uint64_t marks = last->type.len ? fm_signature_of(FM_SIGNATURE_NAME, last->type) : 0;
  for (size_t i = 0; i < last->count; i++) {
    const css_simple *simple = &last->simples[i];
    if (simple->kind == CSS_CLASS)
      marks |= fm_signature_of(FM_SIGNATURE_CLASS, simple->text);
    else if (simple->kind == CSS_ID)
      marks |= fm_signature_of(FM_SIGNATURE_ID, simple->text);
    else if (simple->kind == CSS_ATTRIBUTE)
      marks |= fm_signature_of(FM_SIGNATURE_ATTRIBUTE, simple->name);
  }
  return marks;
}

static void set_signatures(css_list *list)
{
  for (size_t i = 0; i < list->count; i++)
    if (list->items[i].count)
      list->items[i].signatures = signature_of(&list->items[i].parts[list->items[i].count - 1]);
}

int fm_css_compile_having(fm_str text, fm_str attribute, fm_arena *arena, fm_css **css,
                          size_t *at, fm_why *why)
{
  *at = 0;
  if (text.len > FM_CSS_MAX)
    return fm_fail(why, FM_E_SYNTAX, "a selector has at most %d bytes", FM_CSS_MAX);
  if (!fm_utf8_valid(text))
    return fm_fail(why, FM_E_SYNTAX, "a selector is UTF-8");
  for (const char *p = text.ptr, *end = p + text.len; p < end;) {
    *at = (size_t)(p - text.ptr);
    if (!fm_css_in_page(fm_utf8_next(&p, end)))
      return fm_fail(why, FM_E_SYNTAX, "a character that no page has");
  }
  fm_css *made = fm_arena_alloc(arena, sizeof *made);
  int error = fm_css_parse(text, arena, made, at, why);
  if (!error && attribute.len)
    want_attribute(made, fm_arena_str(arena, attribute), arena);
  if (!error && !made->simple)
    error = compile_xpath(made, why);
  if (!error) {
    set_signatures(&made->list);
    *css = made;
  }
  return error;
}

void fm_css_deinit(fm_css *css)
{
  if (!css || !css->xpath)
    return;
  xmlXPathFreeCompExpr(css->xpath);
  css->xpath = NULL;
}

fm_str fm_css_xpath(const fm_css *css, fm_arena *arena)
{
  fm_buf text;
  write_xpath(css, &text);
  fm_str copy = fm_arena_str(arena, fm_str_of(text.full ? "" : text.ptr));
  fm_buf_deinit(&text);
  return copy;
}

bool fm_css_is_simple(const fm_css *css) { return css->simple; }

/* ---- tree matcher ---- */

typedef struct walk {
  const fm_css *css;
  fm_finder *finder;
  xmlNodePtr scope;
  xmlNodePtr *found;
  size_t count, most;
} walk;

static void try(walk *w, xmlNodePtr node)
{
  const css_list *list = &w->css->list;
  for (size_t i = 0; i < list->count; i++)
    if (fm_css_matches(&list->items[i], w->finder, node, w->scope)) {
      w->found[w->count++] = node;
      return;
    }
}

/* The node after `at` in document order, below `top`. */
static xmlNodePtr next_below(xmlNodePtr top, xmlNodePtr at)
{
  if (at->children && (at->type == XML_ELEMENT_NODE || at == top))
    return at->children;
  while (at != top && !at->next)
    at = at->parent;
  return at == top ? NULL : at->next;
}

static bool goes_on(const walk *w) { return w->count < w->most && !w->finder->spent; }

/* Tries only the elements whose signature may match. */
static void try_indexed(walk *w, const fm_tree_index *index, size_t from, size_t to)
{
  const css_list *list = &w->css->list;
  for (size_t at = from; at < to && goes_on(w); at++)
    for (size_t i = 0; i < list->count; i++)
      if ((index->signatures[at] & list->items[i].signatures) == list->items[i].signatures &&
          fm_css_matches(&list->items[i], w->finder, index->nodes[at], w->scope)) {
        w->found[w->count++] = index->nodes[at];
        break;
      }
  size_t price = (to - from) / SIGNATURES_PER_STEP;
  w->finder->steps = w->finder->steps > price ? w->finder->steps - price : 0;
  fm_finder_step(w->finder);
}

static void try_below(walk *w, xmlNodePtr top)
{
  const fm_tree_index *index = fm_tree_index_of(top);
  size_t from, to;
  if (index && fm_tree_index_below(index, top, &from, &to)) {
    try_indexed(w, index, from, to);
    return;
  }
  for (xmlNodePtr at = next_below(top, top); at && goes_on(w); at = next_below(top, at))
    if (at->type == XML_ELEMENT_NODE)
      try(w, at);
}

static void try_children(walk *w, xmlNodePtr top)
{
  for (xmlNodePtr at = top->children; at && goes_on(w); at = at->next)
    if (at->type == XML_ELEMENT_NODE)
      try(w, at);
}

/* True if every selector is of the form "> a", so that only children need a look. */
static bool children_alone(const fm_css *css)
{
  for (size_t i = 0; i < css->list.count; i++) {
    const css_complex *complex = &css->list.items[i];
    if (complex->count > 1 || (complex->count && complex->parts[0].before != CSS_CHILD))
      return false;
  }
  return true;
}

size_t fm_css_find_simple(const fm_css *css, fm_finder *finder, xmlNodePtr scope,
                           xmlNodePtr *found, size_t most)
{
  walk w = {.css = css, .finder = finder, .scope = scope, .found = found, .most = most};
  if (css->itself && goes_on(&w))
    try(&w, scope);
  if (css->below && children_alone(css))
    try_children(&w, scope);
  else if (css->below)
    try_below(&w, scope);
  if (!css->next && !css->later)
    return finder->spent ? 0 : w.count;
  size_t left = css->later ? SIZE_MAX : css->next;
  for (xmlNodePtr at = scope->next; at && left && goes_on(&w); at = at->next) {
    if (at->type != XML_ELEMENT_NODE)
      continue;
    try(&w, at);
    try_below(&w, at);
    left--;
  }
  return finder->spent ? 0 : w.count;
}

/* ---- XPath engine ---- */

static size_t find_compiled(xmlXPathCompExprPtr xpath, fm_finder *finder, xmlNodePtr scope,
                            xmlNodePtr *found, size_t most)
{
  xmlXPathObjectPtr result = fm_finder_xpath(finder, xpath, scope);
  size_t count = 0;
  if (result && result->type == XPATH_NODESET)
    count = fm_xpath_nodes(result->nodesetval, found, most);
  xmlXPathFreeObject(result);
  return count;
}

size_t fm_css_find_xpath(const fm_css *css, fm_finder *finder, xmlNodePtr scope, xmlNodePtr *found,
                         size_t most)
{
  if (css->xpath)
    return find_compiled(css->xpath, finder, scope, found, most);
  fm_css own = *css;
  fm_why why;
  if (compile_xpath(&own, &why))
    return 0;
  size_t count = find_compiled(own.xpath, finder, scope, found, most);
  fm_css_deinit(&own);
  return count;
}

size_t fm_css_find(const fm_css *css, fm_finder *finder, xmlNodePtr scope, xmlNodePtr *found,
                   size_t most)
{
  return css->simple ? fm_css_find_simple(css, finder, scope, found, most)
                    : find_compiled(css->xpath, finder, scope, found, most);
}
