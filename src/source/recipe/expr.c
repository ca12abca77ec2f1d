/* Evaluates expressions on an element or on values read from JSON. */
#include "base/ascii.h"
#include "base/str.h"
#include "dom/state.h"
#include "dom/text.h"
#include "source/recipe/expr_internal.h"

#include <stdlib.h>

enum { HTML_MAX = 1024 * 1024 }; /* bytes of one value */

/* ---- values ---- */

static bool spend(fm_eval *eval, size_t bytes)
{
  if (bytes > eval->budget) {
    eval->budget = 0;
    return false;
  }
  eval->budget -= bytes;
  return true;
}

static fm_str node_content(xmlNodePtr node)
{
  if (node->type == XML_ATTRIBUTE_NODE)
    node = node->children;
  return node && node->content ? fm_str_of((const char *)node->content) : FM_STR("");
}

static fm_str folded(fm_str text, fm_eval *eval, size_t (*how)(fm_str, char *))
{
  if (text.len == 0 || !spend(eval, text.len))
    return FM_STR("");
  char *out = fm_arena_raw(eval->arena, text.len);
  return (fm_str){out, how(text, out)};
}

fm_str fm_value_line(const fm_value *value, fm_eval *eval)
{
  if (!value->node)
    return folded(value->text, eval, fm_text_fold);
  if (value->node->type != XML_ELEMENT_NODE)
    return folded(node_content(value->node), eval, fm_text_fold);
  fm_str text = fm_node_text(value->node, eval->arena);
  return spend(eval, text.len) ? text : FM_STR("");
}

fm_str fm_value_lines(const fm_value *value, fm_eval *eval)
{
  if (!value->node)
    return folded(value->text, eval, fm_text_plain);
  return fm_value_line(value, eval); /* line breaks of HTML source are white space */
}

void fm_value_html(const fm_value *value, fm_eval *eval, fm_buf *out)
{
  size_t before = out->len;
  if (!value->node)
    fm_buf_str(out, value->text);
  else if (value->node->type == XML_ELEMENT_NODE)
    fm_node_html(value->node, out);
  else
    fm_buf_html(out, node_content(value->node));
  if (!spend(eval, out->len - before))
    out->len = before;
}

/* ---- JSON ---- */

typedef struct filling {
  fm_matches *slots;
  fm_arena *arena;
} filling;

static void fill(void *ctx, size_t slot, fm_str text)
{
  filling *f = ctx;
  fm_matches *s = &f->slots[slot];
  if (!s->cap) {
    s->items = &s->only;
    s->cap = 1;
  }
  if (s->count < FM_FIELD_VALUES_MAX)
    *FM_PUSH(f->arena, s->items, s->count, s->cap) = text;
}

int fm_matches_parse(const fm_pointers *set, fm_str text, fm_arena *arena, fm_matches **slots, fm_why *why)
{
  filling f = {.slots = fm_arena_alloc(arena, (set->count + 1) * sizeof *f.slots), .arena = arena};
  fm_json json;
  fm_json_init(&json, text, arena);
  json.xml = true;
  *slots = f.slots;
  return fm_pointers_read(set, &json, fill, &f) < 0 ? fm_json_fail(&json, why) : FM_OK;
}

static size_t give_slot(const fm_matches *slot, fm_value *values, size_t most)
{
  size_t count = slot->count < most ? slot->count : most;
  for (size_t i = 0; i < count; i++)
    values[i] = (fm_value){.text = slot->items[i], .json = true};
  return count;
}

/* ---- kinds of expressions ---- */

static size_t find_nodes(const fm_css *css, fm_eval *eval, xmlNodePtr *found, size_t most)
{
  return css ? fm_css_find(css, eval->finder, eval->node, found, most)
             : (found[0] = eval->node, 1);
}

static fm_value attribute_of(xmlNodePtr node, fm_str name, fm_eval *eval)
{
  return (fm_value){.text = fm_node_attribute(node, name.ptr, eval->arena)};
}

static size_t eval_css(const fm_expr *expr, fm_eval *eval, fm_value *values, size_t most)
{
  xmlNodePtr found[FM_FIELD_VALUES_MAX];
  size_t count = find_nodes(expr->css, eval, found, most);
  for (size_t i = 0; i < count; i++)
    values[i] = expr->attribute.len ? attribute_of(found[i], expr->attribute, eval)
                                    : (fm_value){.node = found[i]};
  return count;
}

static size_t take_nodes(const fm_expr *expr, xmlNodeSetPtr set, fm_eval *eval, fm_value *values,
                         size_t most)
{
  size_t count = 0;
  xmlNodePtr found[FM_FIELD_VALUES_MAX];
  size_t nodes = fm_xpath_nodes(set, found, FM_FIELD_VALUES_MAX);
  for (size_t i = 0; i < nodes && count < most; i++) {
    fm_value value = {.node = found[i]};
    if (expr->attribute.len && found[i]->type != XML_ELEMENT_NODE)
      continue;
    if (expr->attribute.len)
      value = attribute_of(found[i], expr->attribute, eval);
    if (value.node || value.text.ptr)
      values[count++] = value;
  }
  return count;
}

static size_t eval_xpath(const fm_expr *expr, fm_eval *eval, fm_value *values, size_t most)
{
  size_t count = 0;
  xmlXPathObjectPtr result = fm_finder_xpath(eval->finder, expr->xpath, eval->node);
  if (result && result->type == XPATH_NODESET) {
    count = take_nodes(expr, result->nodesetval, eval, values, most);
  } else if (result && !expr->attribute.len && most) {
    xmlChar *text = xmlXPathCastToString(result);
    values[count++] = (fm_value){.text = fm_arena_str(eval->arena, fm_str_of((const char *)text))};
    xmlFree(text);
  }
  xmlXPathFreeObject(result);
  return count;
}

/* Evaluates a further pointer on texts that hold JSON; the matches replace the texts. */
static size_t take_step(const fm_json_step *step, fm_str *texts, size_t count, fm_arena *arena)
{
  fm_str found[FM_FIELD_VALUES_MAX];
  size_t total = 0;
  for (size_t i = 0; i < count; i++) {
    fm_state state;
    fm_str json;
    fm_matches *matches;
    fm_state_init(&state, texts[i], arena);
    if (!fm_state_next(&state, &json))
      continue;
    fm_matches_parse(&step->set, json, arena, &matches, NULL);
    for (size_t k = 0; k < matches[step->slot].count && total < FM_FIELD_VALUES_MAX; k++)
      found[total++] = matches[step->slot].items[k];
  }
  memcpy(texts, found, total * sizeof *texts);
  return total;
}

static size_t copy_matches(const fm_matches *matches, fm_str *texts)
{
  if (matches->count)
    memcpy(texts, matches->items, matches->count * sizeof *texts);
  return matches->count;
}

size_t fm_expr_last_texts(const fm_expr *expr, const fm_pointers *first, fm_str json, fm_arena *arena,
                          fm_str texts[FM_FIELD_VALUES_MAX], const fm_pointers **last)
{
  fm_str all[FM_FIELD_VALUES_MAX] = {json};
  fm_matches *matches;
  size_t count = 1;
  *last = first;
  for (const fm_json_step *step = expr->steps, *before = NULL; step; before = step, step = step->next) {
    if (before) {
      count = take_step(before, all, count, arena);
    } else {
      fm_matches_parse(first, json, arena, &matches, NULL);
      count = copy_matches(&matches[expr->slot], all);
    }
    *last = &step->set;
  }
  for (size_t i = 0; i < count; i++) {
    fm_state state;
    texts[i] = all[i];
    if (!expr->steps) /* it is JSON, not a string that holds some */
      continue;
    fm_state_init(&state, all[i], arena);
    if (!fm_state_next(&state, &texts[i]))
      texts[i] = FM_STR("");
  }
  return count;
}

static size_t give_matches(const fm_expr *expr, fm_eval *eval, const fm_matches *matches, fm_value *values,
                           size_t most)
{
  fm_str texts[FM_FIELD_VALUES_MAX];
  if (!expr->steps)
    return give_slot(matches, values, most);
  size_t count = copy_matches(matches, texts);
  for (const fm_json_step *step = expr->steps; step; step = step->next)
    count = take_step(step, texts, count, eval->arena);
  count = count < most ? count : most;
  for (size_t i = 0; i < count; i++)
    values[i] = (fm_value){.text = texts[i], .json = true};
  return count;
}

/* The values of one element: of the first JSON in it that has some. Malformed JSON yields the
 * values before the error, unless it is JavaScript, which comes next. */
static size_t eval_state(const fm_expr *expr, fm_eval *eval, xmlNodePtr node, fm_value *values, size_t most)
{
  fm_state state;
  fm_str json;
  size_t count = 0;
  fm_state_init_node(&state, node, expr->attribute, eval->arena);
  while (fm_state_next(&state, &json) && spend(eval, json.len)) {
    fm_matches *matches;
    int error = fm_matches_parse(&expr->own, json, eval->arena, &matches, NULL);
    size_t found = give_matches(expr, eval, &matches[expr->slot], values, most);
    count = found ? found : count;
    if (found && !error)
      break;
  }
  return count;
}

static size_t eval_json(const fm_expr *expr, fm_eval *eval, fm_value *values, size_t most)
{
  if (expr->shared)
    return give_matches(expr, eval, &eval->slots[expr->slot], values, most);
  xmlNodePtr found[FM_FIELD_VALUES_MAX];
  size_t count = 0, nodes = find_nodes(expr->css, eval, found, FM_FIELD_VALUES_MAX);
  for (size_t i = 0; i < nodes && count < most && eval->budget; i++)
    count += eval_state(expr, eval, found[i], values + count, most - count);
  return count;
}

static bool name_value(const fm_eval *eval, fm_str name, fm_str *value)
{
  for (size_t i = 0; i < eval->nnames; i++)
    if (fm_str_eq(eval->names[i].name, name)) {
      *value = eval->names[i].value;
      return true;
    }
  return false;
}

/* A text: expression has no value if one of its parts has none. */
static bool part_text(const fm_expr_part *part, fm_eval *eval, fm_str *text)
{
  fm_value value;
  *text = part->literal;
  if (part->name.len)
    return name_value(eval, part->name, text) && text->len;
  if (!part->expr)
    return true;
  if (fm_expr_eval(part->expr, eval, &value, 1) == 0)
    return false;
  *text = fm_value_line(&value, eval);
  return text->len > 0;
}

static size_t eval_text(const fm_expr *expr, fm_eval *eval, fm_value *values, size_t most)
{
  fm_buf all;
  fm_str piece;
  bool good = most > 0;
  fm_buf_init(&all, HTML_MAX);
  for (size_t i = 0; i < expr->nparts && good; i++) {
    good = part_text(&expr->parts[i], eval, &piece);
    if (good)
      fm_buf_str(&all, piece);
  }
  if (good)
    values[0] = (fm_value){.text = fm_arena_str(eval->arena, fm_buf_view(&all))};
  fm_buf_deinit(&all);
  return good;
}

size_t fm_expr_eval(const fm_expr *expr, fm_eval *eval, fm_value *values, size_t most)
{
  most = most < FM_FIELD_VALUES_MAX ? most : FM_FIELD_VALUES_MAX;
  if (eval->budget == 0)
    return 0;
  switch (expr->kind) {
    case FM_EXPR_CSS: return eval_css(expr, eval, values, most);
    case FM_EXPR_XPATH: return eval_xpath(expr, eval, values, most);
    case FM_EXPR_JSON: return eval_json(expr, eval, values, most);
    default: return eval_text(expr, eval, values, most);
  }
}

size_t fm_expr_nodes(const fm_expr *expr, fm_eval *eval, xmlNodePtr *found, size_t most)
{
  if (expr->kind == FM_EXPR_CSS)
    return fm_css_find(expr->css, eval->finder, eval->node, found, most);
  if (expr->kind != FM_EXPR_XPATH)
    return 0;
  xmlXPathObjectPtr result = fm_finder_xpath(eval->finder, expr->xpath, eval->node);
  size_t count = result && result->type == XPATH_NODESET
                   ? fm_xpath_nodes(result->nodesetval, found, most) : 0;
  xmlXPathFreeObject(result);
  return count;
}

/* ---- the step of a selector that fails ---- */

/* The end of the step at `at`: the next combinator outside of brackets and quotes. SIZE_MAX: a
 * comma stands there. */
static size_t step_end(fm_str s, size_t at)
{
  char quote = 0;
  int open = 0;
  for (; at < s.len; at++) {
    char c = s.ptr[at];
    if (quote)
      quote = c == quote ? 0 : quote;
    else if (c == '"' || c == '\'')
      quote = c;
    else if (c == '(' || c == '[')
      open++;
    else if (c == ')' || c == ']')
      open--;
    else if (c == '\\')
      at++;
    else if (!open && c == ',')
      return SIZE_MAX;
    else if (!open && (fm_is_space(c) || c == '>' || c == '+' || c == '~'))
      break;
  }
  return at < s.len ? at : s.len;
}

static bool matches(fm_str selector, fm_eval *eval)
{
  fm_css *css = NULL;
  fm_why why;
  size_t at;
  xmlNodePtr found;
  bool any = fm_css_compile(selector, eval->arena, &css, &at, &why) == FM_OK &&
             fm_css_find(css, eval->finder, eval->node, &found, 1) > 0;
  fm_css_deinit(css);
  return any;
}

bool fm_expr_failing_step(const fm_expr *expr, fm_eval *eval, fm_str *start, fm_str *step)
{
  fm_str all = expr->source;
  *start = (fm_str){NULL, 0};
  for (size_t at = 0; at < all.len;) {
    size_t from = at;
    while (at < all.len && (fm_is_space(all.ptr[at]) || strchr(">+~", all.ptr[at])))
      at++;
    size_t end = step_end(all, at);
    if (end == SIZE_MAX || end == at)
      return false;
    *step = fm_str_trim((fm_str){all.ptr + from, end - from});
    if (!matches((fm_str){all.ptr, end}, eval))
      return start->len > 0;
    *start = (fm_str){all.ptr, end};
    at = end;
  }
  return false;
}
