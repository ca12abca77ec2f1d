/* Budget of steps, positions among siblings, and XPath for the queries on one page. */
#include "dom/finder.h"

#include "base/str.h"

#include <stdlib.h>

#include <libxml/parser.h>
#include <libxml/xpathInternals.h>

void fm_finder_init(fm_finder *finder, xmlDocPtr doc)
{
  *finder = (fm_finder){.doc = doc, .steps = FM_FINDER_STEPS};
}

void fm_finder_deinit(fm_finder *finder)
{
  xmlXPathFreeContext(finder->xpath);
  *finder = (fm_finder){0};
}

/* ---- positions among siblings ---- */

static bool counts(xmlNodePtr node, const char *type)
{
  return node->type == XML_ELEMENT_NODE && (!type || strcmp((const char *)node->name, type) == 0);
}

static fm_position *place_of(fm_finder *finder, xmlNodePtr node, const char *type)
{
  uintptr_t hash = ((uintptr_t)node->parent >> 4) ^ ((uintptr_t)type >> 3) ^
                   ((uintptr_t)node->parent >> 12);
  fm_position *seen = &finder->positions[hash % FM_FINDER_POSITIONS];
  if (seen->parent != node->parent || seen->type != type)
    *seen = (fm_position){.parent = node->parent, .type = type};
  return seen;
}

unsigned fm_finder_position(fm_finder *finder, xmlNodePtr node, bool last, bool of_type)
{
  const char *type = of_type ? (const char *)node->name : NULL;
  fm_position *seen = place_of(finder, node, type);
  unsigned index = 0;
  xmlNodePtr at = node;
  for (; at && at != seen->node && fm_finder_step(finder); at = at->prev)
    index += counts(at, type);
  index += at && at == seen->node ? seen->index : 0;
  seen->node = node;
  seen->index = index;
  if (!last)
    return index;
  if (!seen->total) {
    seen->total = index;
    for (at = node->next; at && fm_finder_step(finder); at = at->next)
      seen->total += counts(at, type);
  }
  return seen->total - index + 1;
}

/* ---- XPath ---- */

static void quiet(void *ctx, xmlErrorPtr error)
{
  (void)ctx;
  (void)error;
}

static void type_index(xmlXPathParserContextPtr ctxt, int nargs)
{
  bool last = nargs == 1;
  if (nargs > 1) {
    xmlXPathErr(ctxt, XPATH_INVALID_ARITY);
    return;
  }
  if (last)
    xmlXPathFreeObject(valuePop(ctxt));
  xmlNodePtr node = ctxt->context->node;
  bool element = node && node->type == XML_ELEMENT_NODE;
  unsigned index = element ? fm_finder_position(ctxt->context->userData, node, last, true) : 0;
  valuePush(ctxt, xmlXPathNewFloat(index));
}

static xmlXPathContextPtr new_context(xmlDocPtr doc, void *self)
{
  xmlInitParser();
  xmlXPathContextPtr context = xmlXPathNewContext(doc);
  if (!context)
    abort();
  context->userData = self;
  context->error = quiet;
  context->opLimit = FM_FINDER_OPS;
  xmlXPathRegisterFunc(context, BAD_CAST "type-index", type_index);
  return context;
}

xmlXPathObjectPtr fm_finder_xpath(fm_finder *finder, xmlXPathCompExprPtr compiled, xmlNodePtr node)
{
  if (!finder->xpath) {
    finder->xpath = new_context(finder->doc, finder);
    xmlXPathContextSetCache(finder->xpath, 1, -1, 0);
  }
  finder->xpath->node = node;
  xmlXPathObjectPtr result = xmlXPathCompiledEval(compiled, finder->xpath);
  if (finder->xpath->opCount >= finder->xpath->opLimit)
    finder->spent = true;
  if (result && finder->spent) {
    xmlXPathFreeObject(result);
    result = NULL;
  }
  return result;
}

size_t fm_xpath_nodes(xmlNodeSetPtr set, xmlNodePtr *found, size_t most)
{
  size_t count = 0;
  xmlXPathNodeSetSort(set);
  for (int i = 0; set && i < set->nodeNr && count < most; i++)
    if (set->nodeTab[i]->type != XML_NAMESPACE_DECL)
      found[count++] = set->nodeTab[i];
  return count;
}

/* ---- XPath written by users ---- */

static bool known(fm_str name)
{
  static const char *const names[] = {
    "boolean", "ceiling", "concat", "contains", "count", "false", "floor", "id", "lang", "last",
    "local-name", "name", "namespace-uri", "normalize-space", "not", "number", "position", "round",
    "starts-with", "string", "string-length", "substring", "substring-after", "substring-before",
    "sum", "translate", "true", /* node types and operators: */ "comment", "node",
    "processing-instruction", "text", "and", "div", "mod", "or"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (fm_str_is(name, names[i]))
      return true;
  return false;
}

static bool starts_name(char c)
{
  return c == '_' || (unsigned)((c | 0x20) - 'a') < 26 || (unsigned char)c >= 0x80;
}

static bool is_name_char(char c)
{
  return starts_name(c) || c == '-' || c == '.' || (unsigned)(c - '0') <= 9;
}

static size_t skip_space(fm_str text, size_t at)
{
  while (at < text.len && (text.ptr[at] == ' ' || (unsigned)(text.ptr[at] - '\t') < 5))
    at++;
  return at;
}

static int wrong(size_t *at, size_t where, fm_why *why, const char *reason, fm_str what)
{
  *at = where;
  return fm_fail(why, FM_E_SYNTAX, "%s \"%.*s\"", reason, what.len < 40 ? (int)what.len : 40,
                 what.ptr);
}

/* libxml2 reports these only during evaluation. */
static int check_names(fm_str text, size_t *at, fm_why *why)
{
  for (size_t i = 0; i < text.len;) {
    char c = text.ptr[i];
    if (c == '"' || c == '\'') {
      const char *end = memchr(text.ptr + i + 1, c, text.len - i - 1);
      i = end ? (size_t)(end - text.ptr) + 1 : text.len;
    } else if (c == '$') {
      return wrong(at, i, why, "there are no variables", FM_STR("$"));
    } else if (!starts_name(c)) {
      i++;
    } else {
      size_t from = i;
      while (i < text.len && is_name_char(text.ptr[i]))
        i++;
      fm_str name = {text.ptr + from, i - from};
      size_t next = skip_space(text, i);
      if (i + 1 < text.len && text.ptr[i] == ':' && starts_name(text.ptr[i + 1]))
        return wrong(at, from, why, "a page has no namespaces, so none is called", name);
      if (next < text.len && text.ptr[next] == '(' && !known(name))
        return wrong(at, from, why, "XPath 1.0 has no function", name);
    }
  }
  return FM_OK;
}

static const char *reason_of(int code)
{
  switch (code) {
    case XML_XPATH_UNFINISHED_LITERAL_ERROR:
    case XML_XPATH_START_LITERAL_ERROR: return "a literal is not closed by its quote";
    case XML_XPATH_INVALID_PREDICATE_ERROR: return "malformed predicate in [ ]";
    case XML_XPATH_UNCLOSED_ERROR: return "a ( or [ is not closed";
    case XML_XPATH_INVALID_ARITY: return "wrong number of arguments";
    default: return "malformed XPath";
  }
}

int fm_xpath_compile(fm_str text, xmlXPathCompExprPtr *compiled, size_t *at, fm_why *why)
{
  if (text.len > FM_XPATH_MAX || memchr(text.ptr, 0, text.len)) {
    *at = 0;
    return fm_fail(why, FM_E_SYNTAX, "an expression has at most %d bytes, none of them 0",
                   FM_XPATH_MAX);
  }
  int error = check_names(text, at, why);
  if (error)
    return error;
  fm_arena arena = {0};
  xmlXPathContextPtr context = new_context(NULL, NULL);
  xmlXPathCompExprPtr made =
    xmlXPathCtxtCompile(context, BAD_CAST fm_arena_str(&arena, text).ptr);
  if (made) {
    *compiled = made;
  } else {
    size_t place = context->lastError.int1 > 0 ? (size_t)context->lastError.int1 : 0;
    *at = place < text.len ? place : text.len;
    error = fm_fail(why, FM_E_SYNTAX, "%s", reason_of(context->lastError.code));
  }
  xmlXPathFreeContext(context);
  fm_arena_deinit(&arena);
  return error;
}
