/* Writes a selector as XPath 1.0. Positions are counted by preceding siblings, because
 * position() in a predicate counts along its axis. */
#include "base/buf.h"
#include "dom/css_ast.h"

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"

static const char *const axes[] = {
  [CSS_DESCENDANT] = "descendant::", [CSS_CHILD] = "child::",
  [CSS_ADJACENT] = "following-sibling::*[1]/self::", [CSS_SIBLING] = "following-sibling::"};
static const char *const axes_back[] = {
  [CSS_DESCENDANT] = "ancestor::*", [CSS_CHILD] = "parent::*",
  [CSS_ADJACENT] = "preceding-sibling::*[1]", [CSS_SIBLING] = "preceding-sibling::*"};

static bool is_nc_name(fm_str name)
{
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    bool letter = (unsigned)((c | 0x20) - 'a') < 26 || c == '_';
    if (!letter && (i == 0 || ((unsigned)(c - '0') > 9 && c != '-')))
      return false;
  }
  return name.len > 0;
}

/* XPath has no escapes: a text with both quotes is joined by concat(). */
static void put_literal(fm_buf *out, fm_str text)
{
  bool single = text.len && memchr(text.ptr, '\'', text.len);
  if (!single || !memchr(text.ptr, '"', text.len)) {
    fm_buf_char(out, single ? '"' : '\'');
    fm_buf_str(out, text);
    fm_buf_char(out, single ? '"' : '\'');
    return;
  }
  fm_str piece;
  fm_buf_text(out, "concat(");
  for (bool first = true; fm_str_cut(&text, '\'', &piece); first = false) {
    fm_buf_text(out, first ? "'" : ",\"'\",'");
    fm_buf_str(out, piece);
    fm_buf_char(out, '\'');
  }
  fm_buf_char(out, ')');
}

static void put_attribute_name(fm_buf *out, fm_str name)
{
  if (is_nc_name(name)) {
    fm_buf_char(out, '@');
    fm_buf_str(out, name);
    return;
  }
  fm_buf_text(out, "@*[name()=");
  put_literal(out, name);
  fm_buf_char(out, ']');
}

static void put_value(fm_buf *out, const css_simple *simple)
{
  if (simple->fold)
    fm_buf_text(out, "translate(");
  put_attribute_name(out, simple->name);
  if (simple->fold)
    fm_buf_text(out, ",'" UPPER "','" LOWER "')");
}

/* f(value, text) */
static void put_call(fm_buf *out, const char *function, const css_simple *simple)
{
  fm_buf_addf(out, "%s(", function);
  put_value(out, simple);
  fm_buf_char(out, ',');
  put_literal(out, simple->text);
  fm_buf_char(out, ')');
}

static void put_word(fm_buf *out, const css_simple *simple)
{
  fm_buf_text(out, "contains(concat(' ',normalize-space(");
  put_value(out, simple);
  fm_buf_text(out, "),' '),concat(' ',");
  put_literal(out, simple->text);
  fm_buf_text(out, ",' '))");
}

static void put_dash(fm_buf *out, const css_simple *simple)
{
  fm_buf_char(out, '(');
  put_attribute_name(out, simple->name);
  fm_buf_text(out, " and starts-with(concat(");
  put_value(out, simple);
  fm_buf_text(out, ",'-'),concat(");
  put_literal(out, simple->text);
  fm_buf_text(out, ",'-')))");
}

static void put_ends(fm_buf *out, const css_simple *simple)
{
  fm_buf_text(out, "substring(");
  put_value(out, simple);
  fm_buf_text(out, ",string-length(");
  put_attribute_name(out, simple->name);
  fm_buf_text(out, ")-string-length(");
  put_literal(out, simple->text);
  fm_buf_text(out, ")+1)=");
  put_literal(out, simple->text);
}

static bool has_space(fm_str text)
{
  for (size_t i = 0; i < text.len; i++)
    if (strchr(" \t\n\r\f", text.ptr[i]))
      return true;
  return false;
}

static void put_attribute(fm_buf *out, const css_simple *simple)
{
  bool nothing = simple->text.len == 0;
  switch (simple->op) {
    case CSS_PRESENT: put_attribute_name(out, simple->name); return;
    case CSS_DASH: put_dash(out, simple); return;
    case CSS_EQUAL:
      put_attribute_name(out, simple->name);
      fm_buf_text(out, " and ");
      put_value(out, simple);
      fm_buf_char(out, '=');
      put_literal(out, simple->text);
      return;
    case CSS_WORD: nothing = nothing || has_space(simple->text); break;
    default: break;
  }
  if (nothing)
    fm_buf_text(out, "false()");
  else if (simple->op == CSS_WORD)
    put_word(out, simple);
  else if (simple->op == CSS_SUFFIX)
    put_ends(out, simple);
  else
    put_call(out, simple->op == CSS_PREFIX ? "starts-with" : "contains", simple);
}

/* The position among siblings, from 1. */
static void put_place(fm_buf *out, const css_simple *simple, fm_str type)
{
  if (simple->of_type && !type.len) {
    fm_buf_text(out, simple->last ? "type-index(1)" : "type-index()");
    return;
  }
  fm_buf_addf(out, "(count(%s-sibling::", simple->last ? "following" : "preceding");
  if (simple->of_type && is_nc_name(type)) {
    fm_buf_str(out, type);
  } else {
    fm_buf_char(out, '*');
    if (simple->of_type) {
      fm_buf_text(out, "[name()=");
      put_literal(out, type);
      fm_buf_char(out, ']');
    }
  }
  fm_buf_text(out, ")+1)");
}

static void put_nth(fm_buf *out, const css_simple *simple, fm_str type)
{
  put_place(out, simple, type);
  if (simple->a == 0) {
    fm_buf_addf(out, "=%d", simple->b);
    return;
  }
  fm_buf_addf(out, "%s%d and (", simple->a > 0 ? ">=" : "<=", simple->b);
  put_place(out, simple, type);
  fm_buf_addf(out, "-(%d)) mod %d=0", simple->b, simple->a < 0 ? -simple->a : simple->a);
}

static void put_only(fm_buf *out, const css_simple *simple, fm_str type)
{
  css_simple edge = {.kind = CSS_NTH, .b = 1, .of_type = simple->of_type};
  put_nth(out, &edge, type);
  fm_buf_text(out, " and ");
  edge.last = true;
  put_nth(out, &edge, type);
}

static void put_lang(fm_buf *out, const css_simple *simple)
{
  css_simple plain = {.op = CSS_DASH, .fold = true, .text = simple->text, .name = FM_STR("lang")};
  css_simple xml = plain;
  xml.name = FM_STR("xml:lang");
  fm_buf_text(out, "ancestor-or-self::*[@lang or @*[name()='xml:lang']][1][");
  put_dash(out, &plain);
  fm_buf_text(out, " or not(@lang) and ");
  put_dash(out, &xml);
  fm_buf_char(out, ']');
}

#define FIELD "self::button or self::input or self::select or self::textarea or self::fieldset"
#define DISABLED \
  "((" FIELD " or self::option or self::optgroup) and @disabled " \
  "or self::option and parent::optgroup[@disabled] " \
  "or (" FIELD ") and count(ancestor::fieldset[@disabled])>" \
  "count(ancestor::legend[not(preceding-sibling::legend)]/parent::fieldset[@disabled]))"
#define CHECKED \
  "(self::option and @selected or self::input and @checked and " \
  "(translate(@type,'" UPPER "','" LOWER "')='checkbox' or " \
  "translate(@type,'" UPPER "','" LOWER "')='radio'))"

static void put_compound_back(fm_buf *out, const css_compound *compound);

/* A condition on the context element: it matches one selector of the list, read from the right. */
static void put_list_back(fm_buf *out, const css_list *list)
{
  fm_buf_char(out, '(');
  for (size_t i = 0; i < list->count; i++) {
    const css_complex *complex = &list->items[i];
    if (i)
      fm_buf_text(out, " or ");
    for (size_t part = complex->count; part-- > 0;) {
      put_compound_back(out, &complex->parts[part]);
      if (part)
        fm_buf_addf(out, " and %s[", axes_back[complex->parts[part].before]);
    }
    for (size_t part = 1; part < complex->count; part++)
      fm_buf_char(out, ']');
  }
  fm_buf_char(out, ')');
}

static void put_paths(fm_buf *out, const css_list *list, const char *between);

static void put_simple(fm_buf *out, const css_simple *simple, fm_str type)
{
  css_simple word = *simple;
  switch (simple->kind) {
    case CSS_CLASS:
      word.name = FM_STR("class");
      put_word(out, &word);
      break;
    case CSS_ID:
      fm_buf_text(out, "@id=");
      put_literal(out, simple->text);
      break;
    case CSS_ATTRIBUTE: put_attribute(out, simple); break;
    case CSS_NTH: put_nth(out, simple, type); break;
    case CSS_ONLY: put_only(out, simple, type); break;
    case CSS_ROOT: fm_buf_text(out, "not(parent::*)"); break;
    case CSS_EMPTY: fm_buf_text(out, "not(*) and not(text())"); break;
    case CSS_LINK: fm_buf_text(out, "(self::a or self::area) and @href"); break;
    case CSS_LANG: put_lang(out, simple); break;
    case CSS_CHECKED: fm_buf_text(out, CHECKED); break;
    case CSS_DISABLED: fm_buf_text(out, DISABLED); break;
    case CSS_ENABLED:
      fm_buf_text(out, "(" FIELD " or self::option or self::optgroup) and not" DISABLED);
      break;
    case CSS_NEVER: fm_buf_text(out, "false()"); break;
    case CSS_NOT:
      fm_buf_text(out, "not");
      put_list_back(out, simple->list);
      break;
    case CSS_IS: put_list_back(out, simple->list); break;
    case CSS_HAS: put_paths(out, simple->list, " or "); break;
    case CSS_CONTAINS:
      fm_buf_text(out, "contains(.,");
      put_literal(out, simple->text);
      fm_buf_char(out, ')');
      break;
  }
}

static void put_simples(fm_buf *out, const css_compound *compound)
{
  for (size_t i = 0; i < compound->count; i++) {
    fm_buf_char(out, '[');
    put_simple(out, &compound->simples[i], compound->type);
    fm_buf_char(out, ']');
  }
}

/* "name[...]" after an axis. */
static void put_compound(fm_buf *out, const css_compound *compound)
{
  if (is_nc_name(compound->type)) {
    fm_buf_str(out, compound->type);
  } else {
    fm_buf_char(out, '*');
    if (compound->type.len) {
      fm_buf_text(out, "[name()=");
      put_literal(out, compound->type);
      fm_buf_char(out, ']');
    }
  }
  put_simples(out, compound);
}

static void put_compound_back(fm_buf *out, const css_compound *compound)
{
  fm_buf_text(out, "self::");
  put_compound(out, compound);
}

static void put_path(fm_buf *out, const css_complex *complex)
{
  const css_compound *said = complex->of_scope;
  if (said && (said->count || !complex->count)) {
    fm_buf_text(out, said->count ? "self::*" : "self::node()");
    put_simples(out, said);
    if (complex->count)
      fm_buf_char(out, '/');
  }
  for (size_t i = 0; i < complex->count; i++) {
    fm_buf_addf(out, "%s%s", i ? "/" : "", axes[complex->parts[i].before]);
    put_compound(out, &complex->parts[i]);
  }
}

static void put_paths(fm_buf *out, const css_list *list, const char *between)
{
  for (size_t i = 0; i < list->count; i++) {
    if (i)
      fm_buf_text(out, between);
    put_path(out, &list->items[i]);
  }
}

void fm_css_write(const css_list *list, fm_buf *out) { put_paths(out, list, " | "); }
