/* Converts JavaScript literals to JSON: a recursive descent over expressions that knows values
 * and skips everything else. */
#include "dom/js_literal.h"

#include "base/ascii.h"
#include "base/json.h"
#include "base/map.h"
#include "base/str.h"

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

typedef struct scope {
  fm_arena arena;
  fm_map by_name; /* -> parameter */
  parameter *parameters;
  size_t nparameters, cap;
  size_t nassignments, substitutions;
} scope;

typedef struct reader {
  const char *at, *end;
  fm_buf *out;
  scope *scope; /* NULL outside of a function */
  unsigned depth;
} reader;

static bool read_value(reader *r);
static bool skip_expression(reader *r);

/* ---- lexical ---- */

static char peek(const reader *r, size_t ahead)
{
  return (size_t)(r->end - r->at) > ahead ? r->at[ahead] : 0;
}

static void skip_comment(reader *r)
{
  fm_str rest = fm_str_span(r->at, r->end);
  bool block = r->at[1] == '*';
  const char *stop = fm_str_find(rest, block ? FM_STR("*/") : FM_STR("\n"));
  r->at = stop ? stop + (block ? 2 : 1) : r->end;
}

static void skip_space(reader *r)
{
  for (;;)
    if (r->at < r->end && fm_is_space(*r->at))
      r->at++;
    else if (peek(r, 0) == '/' && (peek(r, 1) == '*' || peek(r, 1) == '/'))
      skip_comment(r);
    else
      return;
}

static bool accept(reader *r, char c)
{
  skip_space(r);
  if (peek(r, 0) != c || r->at == r->end)
    return false;
  r->at++;
  return true;
}

static bool is_name_char(char c) { return fm_is_alnum(c) || c == '_' || c == '$' || (unsigned char)c >= 0x80; }

static fm_str take_name(reader *r)
{
  const char *from = r->at;
  while (r->at < r->end && is_name_char(*r->at))
    r->at++;
  return fm_str_span(from, r->at);
}

static bool accept_word(reader *r, const char *word)
{
  reader ahead = *r;
  skip_space(&ahead);
  if (!fm_str_is(take_name(&ahead), word))
    return false;
  r->at = ahead.at;
  return true;
}

/* ---- strings ---- */

static int32_t hex_digits(const char **at, const char *end, int count)
{
  int32_t value = 0;
  for (int i = 0; i < count; i++) {
    int digit = *at < end ? fm_hex_value(**at) : -1;
    if (digit < 0)
      return -1;
    value = value * 16 + digit;
    ++*at;
  }
  return value;
}

static int32_t braced_digits(const char **at, const char *end)
{
  int32_t value = 0;
  for (++*at; *at < end && **at != '}'; ++*at) {
    int digit = fm_hex_value(**at);
    if (digit < 0 || value > 0x10ffff)
      return -1;
    value = value * 16 + digit;
  }
  if (*at == end)
    return -1;
  ++*at;
  return value;
}

static int32_t unicode_escape(const char **at, const char *end)
{
  if (*at < end && **at == '{')
    return braced_digits(at, end);
  int32_t c = hex_digits(at, end, 4);
  const char *low_at = *at + 2;
  if (c < 0xd800 || c >= 0xdc00 || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
    return c;
  int32_t low = hex_digits(&low_at, end, 4);
  if (low < 0xdc00 || low > 0xdfff)
    return c;
  *at = low_at;
  return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

/* The character of the escape at `*at`, behind the backslash: -1 malformed, -2 none (a line
 * break that is continued). */
static int32_t escape_value(const char **at, const char *end)
{
  char c = *(*at)++;
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    case '0': return *at < end && fm_is_digit(**at) ? '0' : 0;
    case 'x': return hex_digits(at, end, 2);
    case 'u': return unicode_escape(at, end);
    case '\n': return -2;
    default: return (unsigned char)c;
  }
}

/* Appends the characters of a quoted string; the reader is at the quote. Of a template only one
 * without expressions is a value. */
static bool read_characters(reader *r, fm_buf *out)
{
  char quote = *r->at++, utf8[4];
  while (r->at < r->end && *r->at != quote) {
    const char *plain = r->at;
    while (r->at < r->end && *r->at != quote && *r->at != '\\' && *r->at != '$' && *r->at != '\n')
      r->at++;
    fm_buf_add(out, plain, (size_t)(r->at - plain));
    if (r->at == r->end || *r->at == quote)
      break;
    if ((*r->at == '\n' && quote != '`') || (*r->at == '$' && quote == '`' && peek(r, 1) == '{'))
      return false;
    if (*r->at != '\\') {
      fm_buf_char(out, *r->at++);
      continue;
    }
    if (++r->at == r->end)
      return false;
    const char *start = r->at;
    int32_t c = escape_value(&r->at, r->end);
    if (c == -1)
      return false;
    if (c >= 0x80 && (unsigned char)*start >= 0x80)
      fm_buf_add(out, start, 1);
    else if (c >= 0)
      fm_buf_add(out, utf8, fm_utf8_put((uint32_t)c, utf8));
  }
  if (r->at == r->end || out->full)
    return false;
  r->at++;
  return true;
}

static bool read_string(reader *r)
{
  fm_buf text;
  fm_buf_init(&text, r->out->max);
  bool good = read_characters(r, &text);
  skip_space(r);
  while (good && peek(r, 0) == '+' && (skip_space((r->at++, r)), strchr("\"'`", peek(r, 0)) && peek(r, 0))) {
    good = read_characters(r, &text);
    skip_space(r);
  }
  if (good)
    fm_buf_json(r->out, fm_buf_view(&text));
  fm_buf_deinit(&text);
  return good && !r->out->full;
}

size_t fm_js_string(fm_str text, fm_buf *out)
{
  size_t start = out->len;
  reader r = {.at = text.ptr, .end = text.ptr + text.len, .out = out};
  skip_space(&r);
  if (!peek(&r, 0) || !strchr("\"'`", peek(&r, 0)) || !read_characters(&r, out)) {
    out->len = start;
    return 0;
  }
  return (size_t)(r.at - text.ptr);
}

/* ---- skipping ---- */

static bool skip_quoted(reader *r)
{
  char quote = *r->at++;
  for (; r->at < r->end && *r->at != quote; r->at++)
    r->at += *r->at == '\\' && r->at + 1 < r->end;
  if (r->at == r->end)
    return false;
  r->at++;
  return true;
}

static bool skip_regex(reader *r)
{
  bool in_class = false;
  for (r->at++; r->at < r->end && *r->at != '\n' && (*r->at != '/' || in_class); r->at++) {
    in_class = *r->at == '[' || (in_class && *r->at != ']');
    r->at += *r->at == '\\' && r->at + 1 < r->end;
  }
  return accept(r, '/');
}

/* Skips one token; `*operand`: it ends an operand, so that a '/' after it divides. */
static bool skip_token(reader *r, bool *operand)
{
  char c = *r->at;
  if (c == '"' || c == '\'' || c == '`')
    return *operand = true, skip_quoted(r);
  if (c == '/' && !*operand)
    return *operand = true, skip_regex(r);
  if (is_name_char(c)) {
    fm_str name = take_name(r);
    *operand = !fm_str_is(name, "return") && !fm_str_is(name, "typeof");
    return true;
  }
  *operand = c == ')' || c == ']' || c == '}';
  r->at++;
  return true;
}

/* Skips from an opening bracket behind the closing one. */
static bool skip_brackets(reader *r)
{
  unsigned open = 0;
  bool operand = false;
  do {
    skip_space(r);
    if (r->at == r->end)
      return false;
    char c = *r->at;
    open += c == '{' || c == '[' || c == '(';
    open -= c == '}' || c == ']' || c == ')';
    if (!skip_token(r, &operand))
      return false;
  } while (open);
  return true;
}

/* Skips to the comma, bracket or semicolon that ends an expression. */
static bool skip_expression(reader *r)
{
  bool operand = false;
  for (;;) {
    skip_space(r);
    char c = peek(r, 0);
    if (r->at == r->end || c == ',' || c == '}' || c == ']' || c == ')' || c == ';')
      return true;
    bool opens = c == '{' || c == '[' || c == '(';
    if (opens ? !skip_brackets(r) : !skip_token(r, &operand))
      return false;
    operand = opens || operand;
  }
}

/* ---- values ---- */

static bool put(reader *r, const char *json) { return fm_buf_text(r->out, json) == FM_OK; }

static bool read_key(reader *r)
{
  skip_space(r);
  char c = peek(r, 0);
  if (c == '"' || c == '\'')
    return read_string(r);
  fm_str name = take_name(r);
  return name.len && fm_buf_json(r->out, name) == FM_OK;
}

static parameter *find_parameter(const scope *s, fm_str name)
{
  return s ? fm_map_get(&s->by_name, name) : NULL;
}

static bool read_name(reader *r, fm_str name);

static bool read_member(reader *r, bool *any)
{
  size_t start = r->out->len;
  const char *from;
  skip_space(r);
  from = r->at;
  if (*any)
    fm_buf_char(r->out, ',');
  if (peek(r, 0) == '.' || peek(r, 0) == '[' || !read_key(r) || (skip_space(r), peek(r, 0) == '(')) {
    r->out->len = start;
    return skip_expression(r);
  }
  fm_str name = fm_str_trim(fm_str_span(from, r->at));
  fm_buf_char(r->out, ':');
  if (accept(r, ':')) {
    *any = true;
    return read_value(r);
  }
  char c = peek(r, 0);
  if (c == ',' || c == '}') { /* shorthand {a} */
    *any = true;
    return read_name(r, name);
  }
  r->out->len = start;
  return skip_expression(r); /* a method, an accessor, a spread */
}

static bool read_object(reader *r)
{
  bool any = false;
  fm_buf_char(r->out, '{');
  r->at++;
  while (!accept(r, '}')) {
    if (!read_member(r, &any) || (!accept(r, ',') && peek(r, 0) != '}'))
      return false;
  }
  return fm_buf_char(r->out, '}') == FM_OK;
}

static bool read_array(reader *r)
{
  bool any = false;
  fm_buf_char(r->out, '[');
  r->at++;
  while (!accept(r, ']')) {
    if (any)
      fm_buf_char(r->out, ',');
    any = true;
    if (accept(r, ',')) { /* a hole */
      put(r, "null");
      continue;
    }
    if (!read_value(r) || (!accept(r, ',') && peek(r, 0) != ']'))
      return false;
  }
  return fm_buf_char(r->out, ']') == FM_OK;
}

static void put_number(reader *r, bool minus)
{
  fm_str digits = take_name(r);
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
  if (!exponent && peek(r, 0) == '.') {
    r->at++;
    fm_str fraction = take_name(r);
    exponent = fraction.len && (fraction.ptr[fraction.len - 1] | 0x20) == 'e';
    if (fraction.len)
      fm_buf_char(r->out, '.');
    fm_buf_str(r->out, fraction);
  }
  if (exponent && (peek(r, 0) == '-' || peek(r, 0) == '+')) {
    fm_buf_char(r->out, *r->at++);
    fm_str power = take_name(r);
    fm_buf_str(r->out, power.len ? power : FM_STR("0"));
  }
}

/* A number in the form of JSON; null if it has none. */
static bool read_number(reader *r, bool minus)
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
static bool read_assigned(reader *r, const parameter *p)
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
    reader value = *r;
    value.at = a->value.ptr;
    value.end = a->value.ptr + a->value.len;
    if (!read_value(&value))
      return false;
  }
  return fm_buf_char(r->out, array ? ']' : '}') == FM_OK;
}

/* Past half of the depth a parameter is null, for it may contain itself. */
static bool read_parameter(reader *r, const parameter *p)
{
  if (++r->scope->substitutions > SUBSTITUTIONS_MAX)
    return false;
  if (!p->value.len || r->depth > FM_JS_DEPTH / 2)
    return put(r, "null");
  if (p->first)
    return read_assigned(r, p);
  reader value = {.at = p->value.ptr, .end = p->value.ptr + p->value.len, .out = r->out, .depth = r->depth};
  return read_value(&value);
}

static bool read_constant(reader *r, fm_str name)
{
  static const char *const constants[][2] = {{"true", "true"}, {"false", "false"}, {"null", "null"},
                                             {"undefined", "null"}, {"NaN", "null"}, {"Infinity", "null"}};
  for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
    if (fm_str_is(name, constants[i][0]))
      return put(r, constants[i][1]);
  return false;
}

static bool read_name(reader *r, fm_str name)
{
  const parameter *p = find_parameter(r->scope, name);
  if (p)
    return read_parameter(r, p);
  return read_constant(r, name) || put(r, "null");
}

/* JSON.parse("..."): the JSON itself. */
static bool read_json_parse(reader *r)
{
  fm_buf text;
  fm_buf_init(&text, r->out->max);
  skip_space(r);
  bool good = peek(r, 0) && strchr("\"'`", peek(r, 0)) && read_characters(r, &text);
  fm_arena arena = {0};
  fm_json json;
  fm_json_init(&json, fm_buf_view(&text), &arena);
  if (good && fm_json_end(&json) == FM_OK)
    fm_buf_str(r->out, fm_str_trim(fm_buf_view(&text)));
  else
    good = good && put(r, "null");
  fm_arena_deinit(&arena);
  fm_buf_deinit(&text);
  return good && skip_expression(r) && accept(r, ')');
}

/* The first argument of a call that stands for its value: new Date(x), Object.freeze(x). */
static bool read_argument(reader *r)
{
  if (accept(r, ')'))
    return put(r, "null");
  if (!read_value(r))
    return false;
  while (accept(r, ','))
    if (!skip_expression(r))
      return false;
  return accept(r, ')');
}

static bool read_call(reader *r, fm_str name)
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
  return skip_brackets(r) && put(r, "null");
}

/* A name, with what follows it: a constant, a parameter, a call, or an unknown expression. */
static bool read_identifier(reader *r)
{
  fm_str name = take_name(r), last = name;
  if (fm_str_is(name, "new")) {
    skip_space(r);
    last = name = take_name(r);
  }
  if (fm_str_is(name, "void") || fm_str_is(name, "function") || fm_str_is(name, "async") ||
      fm_str_is(name, "class"))
    return skip_expression(r) && put(r, "null");
  skip_space(r);
  bool member = false;
  while (peek(r, 0) == '.' && is_name_char(peek(r, 1))) {
    r->at++;
    last = take_name(r);
    skip_space(r);
    member = true;
  }
  if (peek(r, 0) == '(')
    return read_call(r, last);
  if (peek(r, 0) == '=' && peek(r, 1) == '>')
    return skip_expression(r) && put(r, "null");
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
static bool read_parameters(reader *r, scope *s)
{
  skip_space(r);
  if (is_name_char(peek(r, 0)))
    return add_parameter(s, take_name(r));
  if (!accept(r, '('))
    return false;
  while (!accept(r, ')')) {
    skip_space(r);
    if (!add_parameter(s, take_name(r)) || (!accept(r, ',') && peek(r, 0) != ')'))
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
static bool read_statement(reader *r, scope *s)
{
  reader ahead = *r;
  skip_space(&ahead);
  fm_str name = take_name(&ahead), key = {NULL, 0};
  skip_space(&ahead);
  if (accept(&ahead, '.')) {
    key = take_name(&ahead);
  } else if (accept(&ahead, '[')) {
    const char *from = ahead.at;
    if (!skip_expression(&ahead))
      return false;
    key = fm_str_trim(fm_str_span(from, ahead.at));
    if (key.len > 1 && (*key.ptr == '"' || *key.ptr == '\''))
      key = (fm_str){key.ptr + 1, key.len - 2};
    accept(&ahead, ']');
  }
  bool assigns = name.len && key.len && accept(&ahead, '=') && peek(&ahead, 0) != '=';
  const char *from = assigns ? ahead.at : r->at;
  if (assigns)
    r->at = ahead.at;
  if (!skip_expression(r))
    return false;
  if (assigns)
    add_assignment(s, find_parameter(s, name), key, fm_str_span(from, r->at));
  return r->at < r->end && (*r->at == ';' || *r->at == ',') ? (r->at++, true) : false;
}

/* Finds the returned expression in a body; the reader moves behind the body. */
static bool read_body(reader *r, scope *s, fm_str *returned)
{
  reader body = *r;
  if (!skip_brackets(r))
    return false;
  body.end = r->at - 1;
  body.at++;
  while (!accept_word(&body, "return"))
    if (!read_statement(&body, s))
      return false;
  *returned = fm_str_span(body.at, body.end);
  return true;
}

static bool read_arguments(reader *r, scope *s)
{
  if (!accept(r, '('))
    return false;
  for (size_t i = 0; !accept(r, ')'); i++) {
    skip_space(r);
    const char *from = r->at;
    if (!skip_expression(r))
      return false;
    if (i < s->nparameters)
      s->parameters[i].value = fm_str_trim(fm_str_span(from, r->at));
    if (!accept(r, ',') && peek(r, 0) != ')')
      return false;
  }
  return true;
}

/* "function(a,b){return {...}}(x,y))", "function(a,b){...})(x,y)" or "(a,b)=>({...}))(x,y)"; the
 * reader is behind the opening parenthesis. */
static bool invoke(reader *r, scope *s, fm_str *returned)
{
  bool arrow = !accept_word(r, "function");
  if (!read_parameters(r, s))
    return false;
  index_parameters(s);
  skip_space(r);
  if (arrow && (peek(r, 0) != '=' || peek(r, 1) != '>'))
    return false;
  r->at += arrow ? 2 : 0;
  skip_space(r);
  if (peek(r, 0) == '{') {
    if (!read_body(r, s, returned))
      return false;
  } else {
    const char *from = r->at;
    if (!arrow || !skip_expression(r))
      return false;
    *returned = fm_str_span(from, r->at);
  }
  skip_space(r);
  bool inside = peek(r, 0) == '(';
  if (inside && !read_arguments(r, s))
    return false;
  if (!accept(r, ')'))
    return false;
  return inside || read_arguments(r, s);
}

/* A parenthesis: an invoked function, or a value in it. */
static bool read_parenthesis(reader *r)
{
  scope s = {.nparameters = 0};
  reader call = *r;
  fm_str returned;
  call.at++;
  bool invoked = !r->scope && invoke(&call, &s, &returned), good = false;
  if (invoked) {
    reader body = {.at = returned.ptr, .end = returned.ptr + returned.len, .out = r->out, .scope = &s,
                   .depth = r->depth};
    good = read_value(&body);
    r->at = call.at;
  }
  fm_map_deinit(&s.by_name);
  fm_arena_deinit(&s.arena);
  if (invoked)
    return good;
  r->at++;
  return read_value(r) && skip_expression(r) && accept(r, ')');
}

/* ---- the expression ---- */

static bool read_primary(reader *r)
{
  skip_space(r);
  char c = peek(r, 0);
  switch (c) {
    case '{': return read_object(r);
    case '[': return read_array(r);
    case '"':
    case '\'': return read_string(r);
    case '`': {
      reader template = *r;
      if (read_string(&template)) {
        r->at = template.at;
        return true;
      }
      return skip_quoted(r) && put(r, "null");
    }
    case '(': return read_parenthesis(r);
    case '!': r->at++; return put(r, peek(r, 0) == '0' ? "true" : "false") && skip_expression(r);
    case '-':
    case '+':
      r->at++;
      if (fm_is_digit(peek(r, 0)) || peek(r, 0) == '.')
        return read_number(r, c == '-');
      return skip_expression(r) && put(r, "null");
    default:
      if (fm_is_digit(c) || (c == '.' && fm_is_digit(peek(r, 1))))
        return read_number(r, false);
      return is_name_char(c) ? read_identifier(r) : r->at < r->end && skip_expression(r) && put(r, "null");
  }
}

/* True where nothing of the expression is left. */
static bool at_end(reader *r)
{
  skip_space(r);
  char c = peek(r, 0);
  return r->at == r->end || c == ',' || c == '}' || c == ']' || c == ')' || c == ';' || c == ':';
}

/* A value with an operator behind it is unknown. */
static bool read_value(reader *r)
{
  size_t start = r->out->len;
  const char *from = r->at;
  if (++r->depth > FM_JS_DEPTH || !read_primary(r) || r->at == from)
    return false;
  r->depth--;
  if (at_end(r))
    return true;
  r->out->len = start;
  return put(r, "null") && skip_expression(r);
}

size_t fm_js_to_json(fm_str text, fm_buf *out, size_t *looked)
{
  size_t start = out->len;
  reader r = {.at = text.ptr, .end = text.ptr + text.len, .out = out};
  skip_space(&r);
  char c = peek(&r, 0);
  bool good = c == '{' ? read_object(&r) : c == '[' ? read_array(&r) : c == '(' ? read_parenthesis(&r)
              : fm_str_starts(fm_str_span(r.at, r.end), FM_STR("JSON.parse")) ? read_identifier(&r) : false;
  *looked = (size_t)(r.at - text.ptr);
  if (good && !out->full && (out->ptr[start] == '{' || out->ptr[start] == '['))
    return *looked;
  out->len = start;
  out->full = false;
  return 0;
}
