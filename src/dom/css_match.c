/* Matches selectors on the tree itself, from the last compound leftwards. */
#include "dom/css_ast.h"

#include "base/ascii.h"

#include <strings.h>

static bool is_element(xmlNodePtr node) { return node && node->type == XML_ELEMENT_NODE; }

static xmlNodePtr parent_of(xmlNodePtr node)
{
  return is_element(node->parent) ? node->parent : NULL;
}

static xmlNodePtr before(xmlNodePtr node)
{
  do
    node = node->prev;
  while (node && node->type != XML_ELEMENT_NODE);
  return node;
}

/* Compares the first letter before calling strcmp, because most names differ there. */
static bool is_name(const xmlChar *name, const char *wanted)
{
  return (char)name[0] == wanted[0] && strcmp((const char *)name, wanted) == 0;
}

static bool named(xmlNodePtr node, const char *name) { return is_name(node->name, name); }

/* ---- attributes ---- */

/* An attribute's value in the tree; NULL if the element has no such attribute. The parser stores
 * a value as one text node, so nothing has to be joined. */
static const char *value_of(xmlNodePtr node, const char *name)
{
  for (xmlAttrPtr a = node->properties; a; a = a->next)
    if (is_name(a->name, name))
      return a->children && a->children->content ? (const char *)a->children->content : "";
  return NULL;
}

static bool same(const char *text, fm_str wanted, bool fold)
{
  return fold ? strncasecmp(text, wanted.ptr, wanted.len) == 0
              : strncmp(text, wanted.ptr, wanted.len) == 0;
}

static bool has_word(const char *text, fm_str word, bool fold)
{
  for (const char *p = text; *p;) {
    while (fm_is_html_space(*p))
      p++;
    const char *from = p;
    while (*p && !fm_is_html_space(*p))
      p++;
    if ((size_t)(p - from) == word.len && word.len && same(from, word, fold))
      return true;
  }
  return false;
}

static bool holds(const char *text, fm_str part, bool fold)
{
  if (!fold)
    return strstr(text, part.ptr) != NULL;
  return strcasestr(text, part.ptr) != NULL;
}

static bool match_attribute(const css_simple *simple, xmlNodePtr node)
{
  const char *value = value_of(node, simple->name.ptr);
  fm_str text = simple->text;
  if (!value || simple->op == CSS_PRESENT)
    return value != NULL;
  size_t len = strlen(value);
  switch (simple->op) {
    case CSS_EQUAL: return len == text.len && same(value, text, simple->fold);
    case CSS_WORD: return has_word(value, text, simple->fold);
    case CSS_DASH:
      return len >= text.len && same(value, text, simple->fold) &&
             (value[text.len] == 0 || value[text.len] == '-');
    case CSS_PREFIX: return text.len && len >= text.len && same(value, text, simple->fold);
    case CSS_SUFFIX:
      return text.len && len >= text.len && same(value + len - text.len, text, simple->fold);
    default: return text.len && holds(value, text, simple->fold);
  }
}

/* ---- pseudo-classes ---- */

static bool match_nth(const css_simple *simple, fm_finder *finder, xmlNodePtr node)
{
  long place = (long)fm_finder_position(finder, node, simple->last, simple->of_type);
  long past = place - simple->b;
  return simple->a ? past % simple->a == 0 && past / simple->a >= 0 : past == 0;
}

static bool is_alone(xmlNodePtr node, bool of_type)
{
  xmlNodePtr first = node;
  while (first->prev)
    first = first->prev;
  for (xmlNodePtr at = first; at; at = at->next)
    if (at != node && is_element(at) && (!of_type || named(at, (const char *)node->name)))
      return false;
  return true;
}

static bool is_empty(xmlNodePtr node)
{
  for (xmlNodePtr at = node->children; at; at = at->next)
    if (at->type != XML_COMMENT_NODE && at->type != XML_PI_NODE)
      return false;
  return true;
}

static bool match_lang(const css_simple *simple, xmlNodePtr node)
{
  css_simple dash = {.kind = CSS_ATTRIBUTE, .op = CSS_DASH, .fold = true, .text = simple->text};
  for (; node; node = parent_of(node)) {
    dash.name = FM_STR("lang");
    if (!value_of(node, "lang"))
      dash.name = FM_STR("xml:lang");
    if (value_of(node, dash.name.ptr))
      return match_attribute(&dash, node);
  }
  return false;
}

static bool is_checked(xmlNodePtr node)
{
  if (named(node, "option"))
    return value_of(node, "selected") != NULL;
  const char *type = named(node, "input") ? value_of(node, "type") : NULL;
  return type && value_of(node, "checked") &&
         (strcasecmp(type, "checkbox") == 0 || strcasecmp(type, "radio") == 0);
}

static bool is_field(xmlNodePtr node)
{
  return named(node, "button") || named(node, "input") || named(node, "select") ||
         named(node, "textarea") || named(node, "fieldset");
}

static bool is_first_legend(xmlNodePtr node)
{
  for (xmlNodePtr at = before(node); at; at = before(at))
    if (named(at, "legend"))
      return false;
  return named(node, "legend");
}

/* HTML, section 4.10.18.5: a disabled fieldset disables everything in it except the content of
 * its first legend. */
static bool is_disabled(xmlNodePtr node)
{
  xmlNodePtr up = parent_of(node);
  if (value_of(node, "disabled"))
    return is_field(node) || named(node, "option") || named(node, "optgroup");
  if (named(node, "option"))
    return up && named(up, "optgroup") && value_of(up, "disabled");
  if (!is_field(node))
    return false;
  for (xmlNodePtr from = node; up; from = up, up = parent_of(up))
    if (named(up, "fieldset") && value_of(up, "disabled") && !is_first_legend(from))
      return true;
  return false;
}

static bool is_enabled(xmlNodePtr node)
{
  return (is_field(node) || named(node, "option") || named(node, "optgroup")) &&
         !is_disabled(node);
}

static bool match_list(const css_list *list, fm_finder *finder, xmlNodePtr node)
{
  for (size_t i = 0; i < list->count; i++)
    if (fm_css_matches(&list->items[i], finder, node, NULL))
      return true;
  return false;
}

static bool match_simple(const css_simple *simple, fm_finder *finder, xmlNodePtr node)
{
  const char *value;
  switch (simple->kind) {
    case CSS_CLASS: return (value = value_of(node, "class")) && has_word(value, simple->text, false);
    case CSS_ID: return (value = value_of(node, "id")) && strcmp(value, simple->text.ptr) == 0;
    case CSS_ATTRIBUTE: return match_attribute(simple, node);
    case CSS_NTH: return match_nth(simple, finder, node);
    case CSS_ONLY: return is_alone(node, simple->of_type);
    case CSS_ROOT: return !parent_of(node);
    case CSS_EMPTY: return is_empty(node);
    case CSS_LINK: return (named(node, "a") || named(node, "area")) && value_of(node, "href");
    case CSS_LANG: return match_lang(simple, node);
    case CSS_CHECKED: return is_checked(node);
    case CSS_ENABLED: return is_enabled(node);
    case CSS_DISABLED: return is_disabled(node);
    case CSS_NOT: return !match_list(simple->list, finder, node);
    case CSS_IS: return match_list(simple->list, finder, node);
    default: return false;
  }
}

static bool match_compound(const css_compound *compound, fm_finder *finder, xmlNodePtr node)
{
  if (!fm_finder_step(finder))
    return false;
  if (compound->type.len && !named(node, compound->type.ptr))
    return false;
  for (size_t i = 0; i < compound->count; i++)
    if (!match_simple(&compound->simples[i], finder, node))
      return false;
  return true;
}

/* ---- combinators ---- */

/* True if the element of the first compound stands to the scope as its combinator demands. */
static bool anchored(const css_complex *complex, xmlNodePtr node, xmlNodePtr scope)
{
  if (!complex->scoped)
    return true;
  switch (complex->parts[0].before) {
    case CSS_CHILD: return node->parent == scope;
    case CSS_ADJACENT: return before(node) == scope;
    case CSS_SIBLING:
      do
        node = before(node);
      while (node && node != scope);
      return node != NULL;
    default:
      for (node = node->parent; node && node != scope;)
        node = node->parent;
      return node != NULL;
  }
}

static bool match_from(const css_complex *complex, size_t part, fm_finder *finder, xmlNodePtr node,
                       xmlNodePtr scope)
{
  if (!match_compound(&complex->parts[part], finder, node))
    return false;
  if (part == 0)
    return anchored(complex, node, scope);
  switch (complex->parts[part].before) {
    case CSS_CHILD:
      node = parent_of(node);
      return node && match_from(complex, part - 1, finder, node, scope);
    case CSS_ADJACENT:
      node = before(node);
      return node && match_from(complex, part - 1, finder, node, scope);
    case CSS_SIBLING:
      while ((node = before(node)))
        if (match_from(complex, part - 1, finder, node, scope))
          return true;
      return false;
    default:
      while ((node = parent_of(node)) && node != scope)
        if (match_from(complex, part - 1, finder, node, scope))
          return true;
      return false;
  }
}

bool fm_css_matches(const css_complex *complex, fm_finder *finder, xmlNodePtr node, xmlNodePtr scope)
{
  if (complex->of_scope) {
    const css_compound *said = complex->of_scope;
    if (said->count && (!is_element(scope) || !match_compound(said, finder, scope)))
      return false;
    if (complex->count == 0)
      return node == scope;
  }
  /* The scope may be the document, which is not an element. */
  return is_element(node) && match_from(complex, complex->count - 1, finder, node, scope);
}
