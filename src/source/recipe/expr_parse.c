/* Compiles expressions. Error positions are byte offsets in the whole expression. */
#include "base/str.h"
#include "source/recipe/expr_internal.h"

#include <stdlib.h>

enum { PARTS_MAX = 32, STEPS_MAX = 8 };

static const char *const kinds[] = {"css", "xpath", "json", "text"};

static size_t skip_space(fm_str text, size_t at)
{
  while (at < text.len && (text.ptr[at] == ' ' || (unsigned)(text.ptr[at] - '\t') < 5))
    at++;
  return at;
}

/* The kind by the text's prefix, and where the rest begins; -1 if there is no prefix. */
static int kind_of(fm_str text, size_t *rest)
{
  size_t from = skip_space(text, 0);
  fm_str left = fm_str_from(text, from);
  for (int i = 0; i < 4; i++) {
    size_t len = strlen(kinds[i]);
    if (left.len > len && memcmp(left.ptr, kinds[i], len) == 0 && left.ptr[len] == ':') {
      *rest = skip_space(text, from + len + 1);
      return i;
    }
  }
  return -1;
}

bool fm_expr_has_prefix(fm_str text)
{
  size_t rest;
  return kind_of(text, &rest) >= 0;
}

bool fm_expr_is_json(fm_str text)
{
  size_t rest;
  return kind_of(text, &rest) == FM_EXPR_JSON && (rest >= text.len || text.ptr[rest] == '/');
}

static bool is_attribute_char(char c)
{
  return c == '-' || c == '_' || c == ':' || c == '.' || (unsigned)(c - '0') <= 9 ||
         (unsigned)((c | 0x20) - 'a') < 26;
}

static fm_str lower(fm_arena *arena, fm_str text)
{
  fm_str copy = fm_arena_str(arena, text);
  for (size_t i = 0; i < copy.len; i++)
    if ((unsigned)(copy.ptr[i] - 'A') < 26)
      ((char *)copy.ptr)[i] |= 0x20;
  return copy;
}

/* Cuts "@name" off the end of a text. */
static fm_str cut_attribute(fm_arena *arena, fm_str *text)
{
  fm_str all = fm_str_trim(*text);
  size_t from = all.len;
  while (from && is_attribute_char(all.ptr[from - 1]))
    from--;
  bool alone = from == 1 || (from > 1 && (all.ptr[from - 2] == ' ' || all.ptr[from - 2] == '\t'));
  if (from == all.len || from == 0 || all.ptr[from - 1] != '@' || !alone)
    return (fm_str){NULL, 0};
  *text = fm_str_trim((fm_str){all.ptr, from - 1});
  if (!text->len)
    text->ptr = all.ptr;
  return lower(arena, fm_str_from(all, from));
}

/* Offsets of errors are differences to the start of the whole text. */
typedef struct parsing {
  fm_expr_spec *spec;
  fm_str text;
  size_t *at;
  fm_why *why;
} parsing;

static int wrong_at(parsing *p, const char *where, int error)
{
  *p->at += (size_t)(where - p->text.ptr);
  return error;
}

static int compile_css(parsing *p, fm_str selector, fm_expr *expr)
{
  if (selector.len == 0 && expr->attribute.len == 0)
    return wrong_at(p, selector.ptr, fm_fail(p->why, FM_E_SYNTAX, "a selector is wanted"));
  fm_str text = selector.len ? selector : FM_STR(":scope");
  expr->source = fm_arena_str(p->spec->arena, text);
  *p->at = 0;
  int error = fm_css_compile_having(text, expr->attribute, p->spec->arena, &expr->css, p->at, p->why);
  return error ? wrong_at(p, selector.ptr, error) : FM_OK;
}

static int parse_css(parsing *p, fm_str rest, fm_expr *expr)
{
  expr->attribute = cut_attribute(p->spec->arena, &rest);
  return compile_css(p, rest, expr);
}

/* "@name" at the end may belong to XPath, as in "a/ @name"; it is our suffix only if XPath
 * rejects the whole. */
static int parse_xpath(parsing *p, fm_str rest, fm_expr *expr)
{
  fm_str less = rest;
  fm_why first;
  *p->at = 0;
  int error = fm_xpath_compile(rest, &expr->xpath, p->at, &first);
  if (!error)
    return FM_OK;
  expr->attribute = cut_attribute(p->spec->arena, &less);
  if (expr->attribute.len) {
    if (!less.len)
      less = FM_STR(".");
    if (fm_xpath_compile(less, &expr->xpath, p->at, p->why) == FM_OK)
      return FM_OK;
    if (less.ptr[0] == '.' && less.len == 1)
      less = rest;
    return wrong_at(p, less.ptr, error);
  }
  *p->why = first;
  return wrong_at(p, rest.ptr, error);
}

/* The start of the pointer: a '/' at the start of a word, outside of quotes and brackets. */
static size_t pointer_at(fm_str text)
{
  char quote = 0;
  int open = 0;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (quote)
      quote = c == quote ? 0 : quote;
    else if (c == '"' || c == '\'')
      quote = c;
    else if (c == '(' || c == '[')
      open++;
    else if (c == ')' || c == ']')
      open--;
    else if (c == '/' && open <= 0 && (i == 0 || text.ptr[i - 1] == ' ' || text.ptr[i - 1] == '\t'))
      return i;
  }
  return text.len;
}

/* Takes a pointer up to the next " | " off a text. */
static fm_str cut_step(fm_str *text)
{
  const char *bar = fm_str_find(*text, FM_STR(" | "));
  if (!bar && fm_str_ends(*text, FM_STR(" |"))) /* all of the JSON that a string holds */
    bar = text->ptr + text->len - 2;
  fm_str step = bar ? fm_str_span(text->ptr, bar) : *text;
  *text = bar ? fm_str_span(bar + 2, text->ptr + text->len) : (fm_str){NULL, 0};
  return fm_str_trim(step);
}

static int parse_steps(parsing *p, fm_str rest, fm_expr *expr)
{
  fm_json_step **last = &expr->steps;
  for (int i = 0; rest.ptr; i++) {
    fm_str pointer = cut_step(&rest);
    fm_json_step *step = fm_arena_alloc(p->spec->arena, sizeof *step);
    if (i == STEPS_MAX)
      return wrong_at(p, pointer.ptr, fm_fail(p->why, FM_E_SYNTAX, "more than %d times \"|\"", STEPS_MAX));
    *p->at = 0;
    int error = fm_pointer_add(&step->set, pointer, p->spec->arena, &step->slot, p->at, p->why);
    if (error)
      return wrong_at(p, pointer.ptr, error);
    *last = step;
    last = &step->next;
  }
  return FM_OK;
}

static int parse_json(parsing *p, fm_str rest, fm_expr *expr)
{
  fm_str all = rest;
  fm_pointers *set = p->spec->json;
  size_t from = pointer_at(rest);
  fm_str head = fm_str_trim((fm_str){rest.ptr, from}), pointer = fm_str_from(rest, from);
  expr->shared = set != NULL;
  if (head.len && set)
    return wrong_at(p, all.ptr, fm_fail(p->why, FM_E_SYNTAX, "what is looked at is JSON itself, "
                                        "so no selector can stand here"));
  if (head.len) {
    expr->attribute = cut_attribute(p->spec->arena, &head);
    int error = compile_css(p, head, expr);
    if (error)
      return error;
  }
  fm_str first = cut_step(&pointer);
  *p->at = 0;
  int error = fm_pointer_add(set ? set : &expr->own, first, p->spec->arena, &expr->slot, p->at, p->why);
  return error ? wrong_at(p, first.ptr, error) : parse_steps(p, pointer, expr);
}

/* ---- text: ---- */

static bool is_name(const fm_expr_spec *spec, fm_str name)
{
  for (size_t i = 0; spec->names && i < spec->names->count; i++)
    if (fm_str_eq(spec->names->items[i], name))
      return true;
  return false;
}

/* The '}' that closes the brace at `from`, outside of quotes; text.len if there is none. */
static size_t closing(fm_str text, size_t from)
{
  char quote = 0;
  for (size_t i = from; i < text.len; i++) {
    char c = text.ptr[i];
    if (quote)
      quote = c == quote ? 0 : quote;
    else if (c == '"' || c == '\'')
      quote = c;
    else if (c == '}')
      return i;
  }
  return text.len;
}

static int parse_part(parsing *p, fm_str inside, fm_expr_part *part)
{
  size_t rest;
  int kind = kind_of(inside, &rest);
  if (kind < 0) {
    part->name = fm_arena_str(p->spec->arena, fm_str_trim(inside));
    if (is_name(p->spec, part->name))
      return FM_OK;
    return wrong_at(p, inside.ptr, fm_fail(p->why, FM_E_SYNTAX, "in { } stands an expression "
                    "(css: ...) or a placeholder of the url; \"%.*s\" is neither",
                    part->name.len < 40 ? (int)part->name.len : 40, part->name.ptr));
  }
  if (kind == FM_EXPR_TEXT)
    return wrong_at(p, inside.ptr, fm_fail(p->why, FM_E_SYNTAX, "a text: within a text:"));
  fm_expr *expr;
  *p->at = 0;
  int error = fm_expr_compile(p->spec, inside, &expr, p->at, p->why);
  part->expr = expr;
  return error ? wrong_at(p, inside.ptr, error) : FM_OK;
}

static fm_expr_part *new_part(parsing *p, fm_expr *expr)
{
  return FM_PUSH(p->spec->arena, expr->parts, expr->nparts, expr->parts_cap);
}

static int parse_text(parsing *p, fm_str rest, fm_expr *expr)
{
  for (size_t at = 0; at < rest.len;) {
    if (expr->nparts >= PARTS_MAX)
      return wrong_at(p, rest.ptr + at, fm_fail(p->why, FM_E_SYNTAX, "more than %d parts", PARTS_MAX));
    const char *open = memchr(rest.ptr + at, '{', rest.len - at);
    size_t end = open ? (size_t)(open - rest.ptr) : rest.len;
    if (end > at)
      new_part(p, expr)->literal = fm_arena_str(p->spec->arena, (fm_str){rest.ptr + at, end - at});
    if (!open)
      break;
    size_t close = closing(rest, end);
    if (close == rest.len)
      return wrong_at(p, open, fm_fail(p->why, FM_E_SYNTAX, "a \"{\" is not closed"));
    fm_expr_part part = {0};
    int error = parse_part(p, (fm_str){open + 1, close - end - 1}, &part);
    if (error)
      return error;
    *new_part(p, expr) = part;
    at = close + 1;
  }
  return FM_OK;
}

int fm_expr_compile(fm_expr_spec *spec, fm_str text, fm_expr **expr, size_t *at, fm_why *why)
{
  size_t from;
  int kind = kind_of(text, &from);
  *at = 0;
  if (kind < 0) {
    *at = skip_space(text, 0);
    return fm_fail(why, FM_E_SYNTAX, "an expression starts with css:, xpath:, json: or text:");
  }
  parsing p = {.spec = spec, .text = text, .at = at, .why = why};
  fm_str rest = fm_str_from(text, from);
  while (rest.len && (rest.ptr[rest.len - 1] == ' ' || rest.ptr[rest.len - 1] == '\n'))
    rest.len--;
  if (spec->json && kind <= FM_EXPR_XPATH)
    return wrong_at(&p, text.ptr, fm_fail(why, FM_E_SYNTAX,
                    "what is looked at is JSON: json: or text: is wanted"));
  fm_expr *made = fm_arena_alloc(spec->arena, sizeof *made);
  *made = (fm_expr){.kind = (enum fm_expr_kind)kind, .next = spec->all};
  spec->all = made;
  int error = kind == FM_EXPR_CSS     ? parse_css(&p, rest, made)
              : kind == FM_EXPR_XPATH ? parse_xpath(&p, rest, made)
              : kind == FM_EXPR_JSON  ? parse_json(&p, rest, made)
                                      : parse_text(&p, rest, made);
  if (!error)
    *expr = made;
  return error;
}

void fm_exprs_deinit(fm_expr *all)
{
  for (fm_expr *e = all; e; e = e->next) {
    fm_css_deinit(e->css);
    xmlXPathFreeCompExpr(e->xpath);
    e->css = NULL;
    e->xpath = NULL;
  }
}

fm_str fm_expr_attribute(const fm_expr *expr) { return expr->attribute; }
const fm_css *fm_expr_selector(const fm_expr *expr) { return expr->css; }

const fm_pointers *fm_expr_pointers(const fm_expr *expr)
{
  return expr->kind == FM_EXPR_JSON && !expr->shared ? &expr->own : NULL;
}
