/* Parses Selectors Level 3, section 10, and the extensions named in css.h. */
#include "dom/css_lex.h"

enum { DEPTH_MAX = 8 };

enum place { TOP, NESTED, INSIDE_HAS };

static bool parse_list(css_reader *r, enum place place, css_list *list);

/* ---- attributes ---- */

bool fm_css_attribute_folds(fm_str name)
{
  static const char *const names[] = {
    "accept", "accept-charset", "align", "alink", "axis", "bgcolor", "charset", "checked", "clear",
    "codetype", "color", "compact", "declare", "defer", "dir", "direction", "disabled", "enctype",
    "face", "frame", "hreflang", "http-equiv", "lang", "language", "link", "media", "method",
    "multiple", "nohref", "noresize", "noshade", "nowrap", "readonly", "rel", "rev", "rules",
    "scope", "scrolling", "selected", "shape", "target", "text", "type", "valign", "valuetype",
    "vlink"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (fm_str_is(name, names[i]))
      return true;
  return false;
}

static bool take_op(css_reader *r, enum css_op *op)
{
  static const char marks[] = "=~|^$*";
  char c = css_peek(r, 0);
  const char *mark = c ? strchr(marks, c) : NULL;
  if (!mark || (c != '=' && css_peek(r, 1) != '='))
    return fm_css_fail_here(r, "one of ] = ~= |= ^= $= *=");
  r->at += c == '=' ? 1 : 2;
  *op = (enum css_op)(CSS_EQUAL + (mark - marks));
  return true;
}

/* Reads a name and drops its namespace prefix: "a", "ns|a", "*|a", "|a". */
static bool take_local_name(css_reader *r, fm_str *name)
{
  if (css_peek(r, 0) == '*' && css_peek(r, 1) == '|')
    r->at++;
  else if (css_peek(r, 0) != '|' && !fm_css_ident(r, name))
    return false;
  if (css_peek(r, 0) == '|' && css_peek(r, 1) != '=') {
    r->at++;
    return fm_css_ident(r, name);
  }
  return true;
}

/* Reads the flag after a value: i (case-insensitive) or s (case-sensitive). */
static bool take_flag(css_reader *r, css_simple *simple)
{
  fm_css_skip_space(r);
  char flag = (char)(css_peek(r, 0) | 0x20);
  if (flag == 'i' || flag == 's') {
    r->at++;
    simple->fold = flag == 'i';
    fm_css_skip_space(r);
  }
  if (simple->fold)
    simple->text = fm_css_lower(r, simple->text);
  return fm_css_take(r, ']') || fm_css_fail_here(r, "\"]\"");
}

static bool parse_attribute(css_reader *r, css_simple *simple)
{
  simple->kind = CSS_ATTRIBUTE;
  r->at++;
  fm_css_skip_space(r);
  if (!take_local_name(r, &simple->name))
    return false;
  simple->name = fm_css_lower(r, simple->name);
  fm_css_skip_space(r);
  if (fm_css_take(r, ']'))
    return true;
  if (!take_op(r, &simple->op))
    return false;
  fm_css_skip_space(r);
  char c = css_peek(r, 0);
  if (c == '"' || c == '\'') {
    if (!fm_css_string(r, &simple->text))
      return false;
  } else if (!fm_css_starts_ident(r)) {
    return fm_css_fail_here(r, "a value (a name, or anything in quotes)");
  } else {
    fm_css_ident(r, &simple->text);
  }
  simple->fold = fm_css_attribute_folds(simple->name);
  return take_flag(r, simple);
}

/* ---- pseudo-classes ---- */

enum argument { NONE, NTH, LANGUAGE, LIST, RELATIVE, TEXT };

static const struct pseudo {
  const char *name;
  enum argument argument;
  css_simple simple;
} pseudos[] = {
  {"active", NONE, {.kind = CSS_NEVER}},
  {"any-link", NONE, {.kind = CSS_LINK}},
  {"checked", NONE, {.kind = CSS_CHECKED}},
  {"contains", TEXT, {.kind = CSS_CONTAINS}},
  {"disabled", NONE, {.kind = CSS_DISABLED}},
  {"empty", NONE, {.kind = CSS_EMPTY}},
  {"enabled", NONE, {.kind = CSS_ENABLED}},
  {"first-child", NONE, {.kind = CSS_NTH, .b = 1}},
  {"first-of-type", NONE, {.kind = CSS_NTH, .b = 1, .of_type = true}},
  {"focus", NONE, {.kind = CSS_NEVER}},
  {"focus-visible", NONE, {.kind = CSS_NEVER}},
  {"focus-within", NONE, {.kind = CSS_NEVER}},
  {"has", RELATIVE, {.kind = CSS_HAS}},
  {"hover", NONE, {.kind = CSS_NEVER}},
  {"indeterminate", NONE, {.kind = CSS_NEVER}},
  {"is", LIST, {.kind = CSS_IS}},
  {"lang", LANGUAGE, {.kind = CSS_LANG}},
  {"last-child", NONE, {.kind = CSS_NTH, .b = 1, .last = true}},
  {"last-of-type", NONE, {.kind = CSS_NTH, .b = 1, .last = true, .of_type = true}},
  {"link", NONE, {.kind = CSS_LINK}},
  {"matches", LIST, {.kind = CSS_IS}},
  {"not", LIST, {.kind = CSS_NOT}},
  {"nth-child", NTH, {.kind = CSS_NTH}},
  {"nth-last-child", NTH, {.kind = CSS_NTH, .last = true}},
  {"nth-last-of-type", NTH, {.kind = CSS_NTH, .last = true, .of_type = true}},
  {"nth-of-type", NTH, {.kind = CSS_NTH, .of_type = true}},
  {"only-child", NONE, {.kind = CSS_ONLY}},
  {"only-of-type", NONE, {.kind = CSS_ONLY, .of_type = true}},
  {"root", NONE, {.kind = CSS_ROOT}},
  {"target", NONE, {.kind = CSS_NEVER}},
  {"visited", NONE, {.kind = CSS_NEVER}},
  {"where", LIST, {.kind = CSS_IS}},
};
enum { PSEUDOS = sizeof pseudos / sizeof *pseudos };

static const struct pseudo *find_pseudo(css_reader *r, fm_str name, size_t at)
{
  static const char *const elements[] = {"before", "after", "first-line", "first-letter"};
  for (size_t i = 0; i < PSEUDOS; i++)
    if (fm_str_ieq(name, fm_str_of(pseudos[i].name)))
      return &pseudos[i];
  for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
    if (fm_str_ieq(name, fm_str_of(elements[i]))) {
      fm_css_fail(r, at, ":%s is a pseudo-element, which is not in the page", elements[i]);
      return NULL;
    }
  const char *best = NULL;
  unsigned least = (unsigned)(name.len + 2) / 3 + 1;
  for (size_t i = 0; i < PSEUDOS; i++) {
    unsigned distance = fm_str_distance(name, fm_str_of(pseudos[i].name));
    if (distance < least) {
      least = distance;
      best = pseudos[i].name;
    }
  }
  fm_css_fail(r, at, "unknown pseudo-class \":%.*s\"%s%s%s", name.len < 40 ? (int)name.len : 40,
           name.ptr, best ? "; did you mean \":" : "", best ? best : "", best ? "\"?" : "");
  return NULL;
}

static bool parse_inner_list(css_reader *r, enum place place, css_simple *simple)
{
  if (++r->depth > DEPTH_MAX)
    return fm_css_fail(r, r->at, "more than %d levels of ( )", DEPTH_MAX);
  css_list *list = fm_arena_alloc(r->arena, sizeof *list);
  bool good = parse_list(r, place, list);
  simple->list = list;
  r->depth--;
  return good;
}

static bool parse_text(css_reader *r, css_simple *simple)
{
  char c = css_peek(r, 0);
  bool good = c == '"' || c == '\'' ? fm_css_string(r, &simple->text) : fm_css_raw(r, &simple->text);
  if (good && simple->text.len == 0)
    return fm_css_fail(r, r->at, "a text is wanted in ( )");
  return good;
}

static bool parse_argument(css_reader *r, const struct pseudo *pseudo, css_simple *simple)
{
  fm_css_skip_space(r);
  switch (pseudo->argument) {
    case NTH: return fm_css_nth(r, &simple->a, &simple->b);
    case LIST: return parse_inner_list(r, NESTED, simple);
    case RELATIVE: return parse_inner_list(r, INSIDE_HAS, simple);
    case TEXT: return parse_text(r, simple);
    default:
      if (!(css_peek(r, 0) == '"' || css_peek(r, 0) == '\'' ? fm_css_string(r, &simple->text)
                                                            : fm_css_ident(r, &simple->text)))
        return false;
      simple->text = fm_css_lower(r, simple->text);
      return true;
  }
}

static bool is_scope(const css_reader *r)
{
  fm_str rest = fm_str_from(r->text, r->at + 1);
  size_t len = strlen("scope");
  return css_peek(r, 0) == ':' && rest.len >= len &&
         fm_str_ieq((fm_str){rest.ptr, len}, FM_STR("scope")) && css_peek(r, len + 1) != '-';
}

/* Stands on the ':'. */
static bool parse_pseudo(css_reader *r, css_simple *simple)
{
  size_t from = r->at++;
  fm_str name;
  if (css_peek(r, 0) == ':')
    return fm_css_fail(r, from, "pseudo-elements (\"::\") are not in the page");
  if (!fm_css_ident(r, &name))
    return false;
  if (fm_str_ieq(name, FM_STR("scope")))
    return fm_css_fail(r, from, "\":scope\" may stand at the start of a selector alone");
  const struct pseudo *pseudo = find_pseudo(r, name, from);
  if (!pseudo)
    return false;
  *simple = pseudo->simple;
  if (simple->kind == CSS_HAS || simple->kind == CSS_CONTAINS)
    r->css->simple = false;
  if (pseudo->argument == NONE)
    return css_peek(r, 0) != '(' || fm_css_fail(r, r->at, "\":%s\" takes no ( )", pseudo->name);
  if (!fm_css_take(r, '('))
    return fm_css_fail(r, r->at, "\":%s\" wants ( )", pseudo->name);
  if (!parse_argument(r, pseudo, simple))
    return false;
  fm_css_skip_space(r);
  return fm_css_take(r, ')') || fm_css_fail_here(r, "\")\"");
}

/* ---- compounds ---- */

static bool parse_hash(css_reader *r, css_simple *simple)
{
  size_t from = r->at++;
  simple->kind = CSS_ID;
  if (fm_css_starts_ident(r))
    return fm_css_ident(r, &simple->text);
  if (!fm_css_name(r, &simple->text))
    return false;
  return fm_css_fail(r, from, "no id may start so after \"#\"; write [id=\"%.*s\"]",
                  simple->text.len < 40 ? (int)simple->text.len : 40, simple->text.ptr);
}

static bool parse_class(css_reader *r, css_simple *simple)
{
  r->at++;
  simple->kind = CSS_CLASS;
  return fm_css_ident(r, &simple->text);
}

static bool parse_simples(css_reader *r, css_compound *compound)
{
  for (;;) {
    char c = css_peek(r, 0);
    css_simple simple = {0};
    bool good = true;
    if (c == '.')
      good = parse_class(r, &simple);
    else if (c == '#')
      good = parse_hash(r, &simple);
    else if (c == '[')
      good = parse_attribute(r, &simple);
    else if (c == ':')
      good = parse_pseudo(r, &simple);
    else
      return true;
    if (!good)
      return false;
    *FM_PUSH(r->arena, compound->simples, compound->count, compound->cap) = simple;
  }
}

/* The tree drops a prefix before ':' in an element's name, so the selector does too. */
static fm_str type_of(css_reader *r, fm_str name)
{
  const char *colon = memrchr(name.ptr, ':', name.len);
  return fm_css_lower(r, colon ? fm_str_span(colon + 1, name.ptr + name.len) : name);
}

static bool parse_compound(css_reader *r, css_compound *compound)
{
  size_t from = r->at;
  char c = css_peek(r, 0);
  if (c == '*' && css_peek(r, 1) != '|') {
    r->at++;
  } else if (c == '*' || c == '|' || fm_css_starts_ident(r)) {
    fm_str name = {0};
    bool any = false;
    if (c == '*')
      r->at++;
    else if (c != '|' && !fm_css_ident(r, &name))
      return false;
    if (fm_css_take(r, '|')) {
      any = fm_css_take(r, '*');
      if (!any && !fm_css_ident(r, &name))
        return false;
    }
    if (!any)
      compound->type = type_of(r, name);
  }
  if (!parse_simples(r, compound))
    return false;
  return r->at > from || fm_css_fail_here(r, "a selector");
}

/* ---- complexes and lists ---- */

static bool take_combinator(css_reader *r, enum css_combinator *combinator)
{
  switch (css_peek(r, 0)) {
    case '>': *combinator = CSS_CHILD; break;
    case '+': *combinator = CSS_ADJACENT; break;
    case '~': *combinator = CSS_SIBLING; break;
    default: return false;
  }
  r->at++;
  fm_css_skip_space(r);
  return true;
}

/* ":scope" and the conditions written next to it. */
static bool parse_scope(css_reader *r, css_complex *complex)
{
  css_compound *of_scope = fm_arena_alloc(r->arena, sizeof *of_scope);
  r->at += strlen(":scope");
  complex->of_scope = of_scope;
  return parse_simples(r, of_scope);
}

static bool ends_complex(const css_reader *r)
{
  char c = css_peek(r, 0);
  return r->at >= r->text.len || c == ',' || (c == ')' && r->depth > 0);
}

static bool parse_complex(css_reader *r, enum place place, css_complex *complex)
{
  enum css_combinator before = CSS_DESCENDANT;
  complex->scoped = place != NESTED;
  fm_css_skip_space(r);
  if (complex->scoped && is_scope(r)) {
    if (!parse_scope(r, complex))
      return false;
    bool space = fm_css_skip_space(r);
    if (ends_complex(r))
      return true;
    if (!take_combinator(r, &before) && !space)
      return fm_css_fail_here(r, "a combinator");
  } else if (complex->scoped) {
    take_combinator(r, &before);
  }
  for (;;) {
    css_compound *part = FM_PUSH(r->arena, complex->parts, complex->count, complex->cap);
    part->before = before;
    if (!parse_compound(r, part))
      return false;
    bool space = fm_css_skip_space(r);
    if (r->failed)
      return false;
    if (ends_complex(r))
      return true;
    before = CSS_DESCENDANT;
    if (!take_combinator(r, &before) && !space)
      return fm_css_fail_here(r, "a combinator or the end");
  }
}

/* "+ dd" matches in the first following sibling, "+ dt + dd" in the second. */
static void note_siblings(fm_css *css, const css_complex *complex)
{
  size_t steps = 0;
  while (steps < complex->count && complex->parts[steps].before == CSS_ADJACENT)
    steps++;
  css->next = steps > css->next ? steps : css->next;
  if (steps < complex->count && complex->parts[steps].before == CSS_SIBLING)
    css->later = true;
}

static void note_reach(fm_css *css, const css_complex *complex)
{
  if (complex->count == 0)
    css->itself = true;
  else if (complex->parts[0].before == CSS_ADJACENT)
    note_siblings(css, complex);
  else if (complex->parts[0].before == CSS_SIBLING)
    css->later = true;
  else
    css->below = true;
}

static bool parse_list(css_reader *r, enum place place, css_list *list)
{
  do {
    css_complex *complex = FM_PUSH(r->arena, list->items, list->count, list->cap);
    if (!parse_complex(r, place, complex))
      return false;
    if (place == TOP)
      note_reach(r->css, complex);
  } while (fm_css_take(r, ','));
  return true;
}

int fm_css_parse(fm_str text, fm_arena *arena, fm_css *css, size_t *at, fm_why *why)
{
  css_reader r = {.text = text, .arena = arena, .why = why, .css = css};
  css->simple = true;
  fm_css_skip_space(&r);
  bool good = !r.failed && parse_list(&r, TOP, &css->list);
  if (good && r.at < text.len)
    good = fm_css_fail_here(&r, "a combinator or the end");
  if (good && !r.failed)
    return FM_OK;
  *at = r.wrong;
  return FM_E_SYNTAX;
}
