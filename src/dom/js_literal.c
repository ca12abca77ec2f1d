/* Converts JavaScript literals to JSON: a recursive descent over expressions that knows values
 * and skips everything else. */
#include "dom/js_literal.h"

#include "base/json.h"
#include "base/map.h"
#include "base/str.h"
#include "dom/js_lex.h"

#include <stdio.h>

enum { ASSIGNED_MAX = 20000, SUBSTITUTIONS_MAX = 200000 };

/* "name.key = value;" in the body of an invoked function, before it returns. */
typedef struct assignment {
  fm_str key, value;
  struct assignment *next;
} assignment;

/* A parameter of the function, with the expression that it is given. */
typedef struct parameter {
  fm_str name, value;
  assignment *first, **last; /* what statements assign to its members */
} parameter;

typedef struct fm_js_scope {
  fm_arena arena;
  fm_map by_name; /* -> parameter */
  parameter *parameters;
  size_t nparameters, cap;
  size_t nassignments, substitutions;
} scope;

static bool read_value(fm_js_reader *r);

static bool read_string(fm_js_reader *r)
{
  fm_buf text;
  fm_buf_init(&text, r->out->max);
  bool good = fm_js_read_characters(r, &text);
  fm_js_skip_space(r);
  while (good && fm_js_peek(r, 0) == '+' && (fm_js_skip_space((r->at++, r)), strchr("\"'`", fm_js_peek(r, 0)) && fm_js_peek(r, 0))) {
    good = fm_js_read_characters(r, &text);
    fm_js_skip_space(r);
  }
  if (good)
    fm_buf_json(r->out, fm_buf_view(&text));
  fm_buf_deinit(&text);
  return good && !r->out->full;
}

/* ---- values ---- */

static bool put(fm_js_reader *r, const char *json) { return fm_buf_text(r->out, json) == FM_OK; }

static bool read_key(fm_js_reader *r)
{
  fm_js_skip_space(r);
  char c = fm_js_peek(r, 0);
  if (c == '"' || c == '\'')
    return read_string(r);
  fm_str name = fm_js_take_name(r);
  return name.len && fm_buf_json(r->out, name) == FM_OK;
}

static parameter *find_parameter(const scope *s, fm_str name)
{
  return s ? fm_map_get(&s->by_name, name) : NULL;
}

static bool read_name(fm_js_reader *r, fm_str name);

static bool read_member(fm_js_reader *r, bool *any)
{
  size_t start = r->out->len;
  const char *from;
  fm_js_skip_space(r);
  from = r->at;
  if (*any)
    fm_buf_char(r->out, ',');
  if (fm_js_peek(r, 0) == '.' || fm_js_peek(r, 0) == '[' || !read_key(r) || (fm_js_skip_space(r), fm_js_peek(r, 0) == '(')) {
    r->out->len = start;
    return fm_js_skip_expression(r);
  }
  fm_str name = fm_str_trim(fm_str_span(from, r->at));
  fm_buf_char(r->out, ':');
  if (fm_js_accept(r, ':')) {
    *any = true;
    return read_value(r);
  }
  char c = fm_js_peek(r, 0);
  if (c == ',' || c == '}') { /* shorthand {a} */
    *any = true;
    return read_name(r, name);
  }
  r->out->len = start;
  return fm_js_skip_expression(r); /* a method, an accessor, a spread */
}

static bool read_object(fm_js_reader *r)
{
  bool any = false;
  fm_buf_char(r->out, '{');
  r->at++;
  while (!fm_js_accept(r, '}')) {
    if (!read_member(r, &any) || (!fm_js_accept(r, ',') && fm_js_peek(r, 0) != '}'))
      return false;
  }
  return fm_buf_char(r->out, '}') == FM_OK;
}

static bool read_array(fm_js_reader *r)
{
  bool any = false;
  fm_buf_char(r->out, '[');
  r->at++;
  while (!fm_js_accept(r, ']')) {
    if (any)
      fm_buf_char(r->out, ',');
    any = true;
    if (fm_js_accept(r, ',')) { /* a hole */
      put(r, "null");
      continue;
    }
    if (!read_value(r) || (!fm_js_accept(r, ',') && fm_js_peek(r, 0) != ']'))
      return false;
  }
  return fm_buf_char(r->out, ']') == FM_OK;
}

static void put_number(fm_js_reader *r, bool minus)
{
  fm_str digits = fm_js_take_name(r);
  char text[40];
  if (digits.len > 2 && (digits.ptr[1] | 0x20) == 'x') {
    uint64_t value = 0;
    for (size_t i = 2; i < digits.len && fm_hex_value(digits.ptr[i]) >= 0 && value < UINT64_MAX / 16; i++)
      value = value * 16 + (uint64_t)fm_hex_value(digits.ptr[i]);
    snprintf(text, sizeof text, "%s%llu", minus ? "-" : "", (unsigned long long)value);
    put(r, text);
    return;
  }
  fm_buf_text(r->out, minus ? "-" : "");
  while (digits.len > 1 && *digits.ptr == '0' && fm_is_digit(digits.ptr[1]))
    digits = fm_str_from(digits, 1);
  for (size_t i = 0; i < digits.len; i++)
    if (digits.ptr[i] != '_' && digits.ptr[i] != 'n')
      fm_buf_char(r->out, digits.ptr[i]);
  if (!digits.len)
    fm_buf_char(r->out, '0');
  bool exponent = digits.len && (digits.ptr[digits.len - 1] | 0x20) == 'e';
  if (!exponent && fm_js_peek(r, 0) == '.') {
    r->at++;
    fm_str fraction = fm_js_take_name(r);
    exponent = fraction.len && (fraction.ptr[fraction.len - 1] | 0x20) == 'e';
    if (fraction.len)
      fm_buf_char(r->out, '.');
    fm_buf_str(r->out, fraction);
  }
  if (exponent && (fm_js_peek(r, 0) == '-' || fm_js_peek(r, 0) == '+')) {
    fm_buf_char(r->out, *r->at++);
    fm_str power = fm_js_take_name(r);
    fm_buf_str(r->out, power.len ? power : FM_STR("0"));
  }
}

/* A number in the form of JSON; null if it has none. */
static bool read_number(fm_js_reader *r, bool minus)
{
  size_t start = r->out->len;
  fm_arena arena = {0};
  fm_json json;
  put_number(r, minus);
  fm_json_init(&json, fm_str_from(fm_buf_view(r->out), start), &arena);
  bool valid = fm_json_kind(&json) == FM_JSON_NUMBER && fm_json_end(&json) == FM_OK;
  fm_arena_deinit(&arena);
  if (!valid)
    r->out->len = start;
  return valid ? !r->out->full : put(r, "null");
}

/* The members that statements give to a parameter, as an object or array. */
static bool read_assigned(fm_js_reader *r, const parameter *p)
{
  bool array = p->value.len && *p->value.ptr != '{';
  fm_buf_char(r->out, array ? '[' : '{');
  for (const assignment *a = p->first; a; a = a->next) {
    if (a != p->first)
      fm_buf_char(r->out, ',');
    if (!array) {
      fm_buf_json(r->out, a->key);
      fm_buf_char(r->out, ':');
    }
    fm_js_reader value = *r;
    value.at = a->value.ptr;
    value.end = a->value.ptr + a->value.len;
    if (!read_value(&value))
      return false;
  }
  return fm_buf_char(r->out, array ? ']' : '}') == FM_OK;
}

/* Past half of the depth a parameter is null, for it may contain itself. */
static bool read_parameter(fm_js_reader *r, const parameter *p)
{
  if (++r->scope->substitutions > SUBSTITUTIONS_MAX)
    return false;
  if (!p->value.len || r->depth > FM_JS_DEPTH / 2)
    return put(r, "null");
  if (p->first)
    return read_assigned(r, p);
  fm_js_reader value = {.at = p->value.ptr, .end = p->value.ptr + p->value.len, .out = r->out, .depth = r->depth};
  return read_value(&value);
}

static bool read_constant(fm_js_reader *r, fm_str name)
{
  static const char *const constants[][2] = {{"true", "true"}, {"false", "false"}, {"null", "null"},
                                             {"undefined", "null"}, {"NaN", "null"}, {"Infinity", "null"}};
  for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
    if (fm_str_is(name, constants[i][0]))
      return put(r, constants[i][1]);
  return false;
}

static bool read_name(fm_js_reader *r, fm_str name)
{
  const parameter *p = find_parameter(r->scope, name);
  if (p)
    return read_parameter(r, p);
  return read_constant(r, name) || put(r, "null");
}

/* JSON.parse("..."): the JSON itself. */
static bool read_json_parse(fm_js_reader *r)
{
  fm_buf text;
  fm_buf_init(&text, r->out->max);
  fm_js_skip_space(r);
  bool good = fm_js_peek(r, 0) && strchr("\"'`", fm_js_peek(r, 0)) && fm_js_read_characters(r, &text);
  fm_arena arena = {0};
  fm_json json;
  fm_json_init(&json, fm_buf_view(&text), &arena);
  if (good && fm_json_end(&json) == FM_OK)
    fm_buf_str(r->out, fm_str_trim(fm_buf_view(&text)));
  else
    good = good && put(r, "null");
  fm_arena_deinit(&arena);
  fm_buf_deinit(&text);
  return good && fm_js_skip_expression(r) && fm_js_accept(r, ')');
}

/* The first argument of a call that stands for its value: new Date(x), Object.freeze(x). */
static bool read_argument(fm_js_reader *r)
{
  if (fm_js_accept(r, ')'))
    return put(r, "null");
  if (!read_value(r))
    return false;
  while (fm_js_accept(r, ','))
    if (!fm_js_skip_expression(r))
      return false;
  return fm_js_accept(r, ')');
}

static bool read_call(fm_js_reader *r, fm_str name)
{
  static const char *const transparent[] = {"Date", "Map", "Set", "URL", "BigInt", "String", "Number", "freeze",
                                            "seal", "reactive", "ref"};
  r->at++;
  if (fm_str_is(name, "parse"))
    return read_json_parse(r);
  for (size_t i = 0; i < sizeof transparent / sizeof *transparent; i++)
    if (fm_str_is(name, transparent[i]))
      return read_argument(r);
  r->at--;
  return fm_js_skip_brackets(r) && put(r, "null");
}

/* A name, with what follows it: a constant, a parameter, a call, or an unknown expression. */
static bool read_identifier(fm_js_reader *r)
{
  fm_str name = fm_js_take_name(r), last = name;
  if (fm_str_is(name, "new")) {
    fm_js_skip_space(r);
    last = name = fm_js_take_name(r);
  }
  if (fm_str_is(name, "void") || fm_str_is(name, "function") || fm_str_is(name, "async") ||
      fm_str_is(name, "class"))
    return fm_js_skip_expression(r) && put(r, "null");
  fm_js_skip_space(r);
  bool member = false;
  while (fm_js_peek(r, 0) == '.' && fm_js_is_name_char(fm_js_peek(r, 1))) {
    r->at++;
    last = fm_js_take_name(r);
    fm_js_skip_space(r);
    member = true;
  }
  if (fm_js_peek(r, 0) == '(')
    return read_call(r, last);
  if (fm_js_peek(r, 0) == '=' && fm_js_peek(r, 1) == '>')
    return fm_js_skip_expression(r) && put(r, "null");
  return member ? put(r, "null") : read_name(r, name);
}

/* ---- invoked functions ---- */

static bool add_parameter(scope *s, fm_str name)
{
  if (!name.len || s->nparameters == FM_JS_PARAMETERS)
    return false;
  FM_PUSH(&s->arena, s->parameters, s->nparameters, s->cap)->name = name;
  return true;
}

/* "(a,b)" or a single name before an arrow. */
static bool read_parameters(fm_js_reader *r, scope *s)
{
  fm_js_skip_space(r);
  if (fm_js_is_name_char(fm_js_peek(r, 0)))
    return add_parameter(s, fm_js_take_name(r));
  if (!fm_js_accept(r, '('))
    return false;
  while (!fm_js_accept(r, ')')) {
    fm_js_skip_space(r);
    if (!add_parameter(s, fm_js_take_name(r)) || (!fm_js_accept(r, ',') && fm_js_peek(r, 0) != ')'))
      return false;
  }
  return true;
}

static void index_parameters(scope *s)
{
  for (size_t i = 0; i < s->nparameters; i++) {
    s->parameters[i].last = &s->parameters[i].first;
    fm_map_put(&s->by_name, s->parameters[i].name, &s->parameters[i]);
  }
}

static void add_assignment(scope *s, parameter *p, fm_str key, fm_str value)
{
  if (!p || s->nassignments++ >= ASSIGNED_MAX)
    return;
  assignment *made = fm_arena_alloc(&s->arena, sizeof *made);
  *made = (assignment){.key = key, .value = value};
  *p->last = made;
  p->last = &made->next;
}

/* "a.key = value;" or "a[0] = value;": noted for a parameter; other statements are skipped. */
static bool read_statement(fm_js_reader *r, scope *s)
{
  fm_js_reader ahead = *r;
  fm_js_skip_space(&ahead);
  fm_str name = fm_js_take_name(&ahead), key = {NULL, 0};
  fm_js_skip_space(&ahead);
  if (fm_js_accept(&ahead, '.')) {
    key = fm_js_take_name(&ahead);
  } else if (fm_js_accept(&ahead, '[')) {
    const char *from = ahead.at;
    if (!fm_js_skip_expression(&ahead))
      return false;
    key = fm_str_trim(fm_str_span(from, ahead.at));
    if (key.len > 1 && (*key.ptr == '"' || *key.ptr == '\''))
      key = (fm_str){key.ptr + 1, key.len - 2};
    fm_js_accept(&ahead, ']');
  }
  bool assigns = name.len && key.len && fm_js_accept(&ahead, '=') && fm_js_peek(&ahead, 0) != '=';
  const char *from = assigns ? ahead.at : r->at;
  if (assigns)
    r->at = ahead.at;
  if (!fm_js_skip_expression(r))
    return false;
  if (assigns)
    add_assignment(s, find_parameter(s, name), key, fm_str_span(from, r->at));
  return r->at < r->end && (*r->at == ';' || *r->at == ',') ? (r->at++, true) : false;
}

/* Finds the returned expression in a body; the reader moves behind the body. */
static bool read_body(fm_js_reader *r, scope *s, fm_str *returned)
{
  fm_js_reader body = *r;
  if (!fm_js_skip_brackets(r))
    return false;
  body.end = r->at - 1;
  body.at++;
  while (!fm_js_accept_word(&body, "return"))
    if (!read_statement(&body, s))
      return false;
  *returned = fm_str_span(body.at, body.end);
  return true;
}

static bool read_arguments(fm_js_reader *r, scope *s)
{
  if (!fm_js_accept(r, '('))
    return false;
  for (size_t i = 0; !fm_js_accept(r, ')'); i++) {
    fm_js_skip_space(r);
    const char *from = r->at;
    if (!fm_js_skip_expression(r))
      return false;
    if (i < s->nparameters)
      s->parameters[i].value = fm_str_trim(fm_str_span(from, r->at));
    if (!fm_js_accept(r, ',') && fm_js_peek(r, 0) != ')')
      return false;
  }
  return true;
}

/* "function(a,b){return {...}}(x,y))", "function(a,b){...})(x,y)" or "(a,b)=>({...}))(x,y)"; the
 * reader is behind the opening parenthesis. */
static bool invoke(fm_js_reader *r, scope *s, fm_str *returned)
{
  bool arrow = !fm_js_accept_word(r, "function");
  if (!read_parameters(r, s))
    return false;
  index_parameters(s);
  fm_js_skip_space(r);
  if (arrow && (fm_js_peek(r, 0) != '=' || fm_js_peek(r, 1) != '>'))
    return false;
  r->at += arrow ? 2 : 0;
  fm_js_skip_space(r);
  if (fm_js_peek(r, 0) == '{') {
    if (!read_body(r, s, returned))
      return false;
  } else {
    const char *from = r->at;
    if (!arrow || !fm_js_skip_expression(r))
      return false;
    *returned = fm_str_span(from, r->at);
  }
  fm_js_skip_space(r);
  bool inside = fm_js_peek(r, 0) == '(';
  if (inside && !read_arguments(r, s))
    return false;
  if (!fm_js_accept(r, ')'))
    return false;
  return inside || read_arguments(r, s);
}

/* A parenthesis: an invoked function, or a value in it. */
static bool read_parenthesis(fm_js_reader *r)
{
  scope s = {.nparameters = 0};
  fm_js_reader call = *r;
  fm_str returned;
  call.at++;
  bool invoked = !r->scope && invoke(&call, &s, &returned), good = false;
  if (invoked) {
    fm_js_reader body = {.at = returned.ptr, .end = returned.ptr + returned.len, .out = r->out, .scope = &s,
                   .depth = r->depth};
    good = read_value(&body);
    r->at = call.at;
  }
  fm_map_deinit(&s.by_name);
  fm_arena_deinit(&s.arena);
  if (invoked)
    return good;
  r->at++;
  return read_value(r) && fm_js_skip_expression(r) && fm_js_accept(r, ')');
}

/* ---- the expression ---- */

static bool read_primary(fm_js_reader *r)
{
  fm_js_skip_space(r);
  char c = fm_js_peek(r, 0);
  switch (c) {
    case '{': return read_object(r);
    case '[': return read_array(r);
    case '"':
    case '\'': return read_string(r);
    case '`': {
      fm_js_reader template = *r;
      if (read_string(&template)) {
        r->at = template.at;
        return true;
      }
      return fm_js_skip_quoted(r) && put(r, "null");
    }
    case '(': return read_parenthesis(r);
    case '!': r->at++; return put(r, fm_js_peek(r, 0) == '0' ? "true" : "false") && fm_js_skip_expression(r);
    case '-':
    case '+':
      r->at++;
      if (fm_is_digit(fm_js_peek(r, 0)) || fm_js_peek(r, 0) == '.')
        return read_number(r, c == '-');
      return fm_js_skip_expression(r) && put(r, "null");
    default:
      if (fm_is_digit(c) || (c == '.' && fm_is_digit(fm_js_peek(r, 1))))
        return read_number(r, false);
      return fm_js_is_name_char(c) ? read_identifier(r) : r->at < r->end && fm_js_skip_expression(r) && put(r, "null");
  }
}

/* True where nothing of the expression is left. */
static bool at_end(fm_js_reader *r)
{
  fm_js_skip_space(r);
  char c = fm_js_peek(r, 0);
  return r->at == r->end || c == ',' || c == '}' || c == ']' || c == ')' || c == ';' || c == ':';
}

/* A value with an operator behind it is unknown. */
static bool read_value(fm_js_reader *r)
{
  size_t start = r->out->len;
  const char *from = r->at;
  if (++r->depth > FM_JS_DEPTH || !read_primary(r) || r->at == from)
    return false;
  r->depth--;
  if (at_end(r))
    return true;
  r->out->len = start;
  return put(r, "null") && fm_js_skip_expression(r);
}

size_t fm_js_to_json(fm_str text, fm_buf *out, size_t *looked)
{
  size_t start = out->len;
  fm_js_reader r = {.at = text.ptr, .end = text.ptr + text.len, .out = out};
  fm_js_skip_space(&r);
  char c = fm_js_peek(&r, 0);
  bool good = c == '{' ? read_object(&r) : c == '[' ? read_array(&r) : c == '(' ? read_parenthesis(&r)
              : fm_str_starts(fm_str_span(r.at, r.end), FM_STR("JSON.parse")) ? read_identifier(&r) : false;
  *looked = (size_t)(r.at - text.ptr);
  if (good && !out->full && (out->ptr[start] == '{' || out->ptr[start] == '['))
    return *looked;
  out->len = start;
  out->full = false;
  return 0;
}
