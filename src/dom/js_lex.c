/* Reads the tokens of JavaScript: names, strings, and whole expressions to skip. */
#include "dom/js_lex.h"

#include "base/str.h"

/* ---- lexical ---- */

static void skip_comment(fm_js_reader *r)
{
  fm_str rest = fm_str_span(r->at, r->end);
  bool block = r->at[1] == '*';
  const char *stop = fm_str_find(rest, block ? FM_STR("*/") : FM_STR("\n"));
  r->at = stop ? stop + (block ? 2 : 1) : r->end;
}

void fm_js_skip_space(fm_js_reader *r)
{
  for (;;)
    if (r->at < r->end && fm_is_space(*r->at))
      r->at++;
    else if (fm_js_peek(r, 0) == '/' && (fm_js_peek(r, 1) == '*' || fm_js_peek(r, 1) == '/'))
      skip_comment(r);
    else
      return;
}

bool fm_js_accept(fm_js_reader *r, char c)
{
  fm_js_skip_space(r);
  if (fm_js_peek(r, 0) != c || r->at == r->end)
    return false;
  r->at++;
  return true;
}

fm_str fm_js_take_name(fm_js_reader *r)
{
  const char *from = r->at;
  while (r->at < r->end && fm_js_is_name_char(*r->at))
    r->at++;
  return fm_str_span(from, r->at);
}

bool fm_js_accept_word(fm_js_reader *r, const char *word)
{
  fm_js_reader ahead = *r;
  fm_js_skip_space(&ahead);
  if (!fm_str_is(fm_js_take_name(&ahead), word))
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
bool fm_js_read_characters(fm_js_reader *r, fm_buf *out)
{
  char quote = *r->at++, utf8[4];
  while (r->at < r->end && *r->at != quote) {
    const char *plain = r->at;
    while (r->at < r->end && *r->at != quote && *r->at != '\\' && *r->at != '$' && *r->at != '\n')
      r->at++;
    fm_buf_add(out, plain, (size_t)(r->at - plain));
    if (r->at == r->end || *r->at == quote)
      break;
    if ((*r->at == '\n' && quote != '`') || (*r->at == '$' && quote == '`' && fm_js_peek(r, 1) == '{'))
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

size_t fm_js_string(fm_str text, fm_buf *out)
{
  size_t start = out->len;
  fm_js_reader r = {.at = text.ptr, .end = text.ptr + text.len, .out = out};
  fm_js_skip_space(&r);
  if (!fm_js_peek(&r, 0) || !strchr("\"'`", fm_js_peek(&r, 0)) || !fm_js_read_characters(&r, out)) {
    out->len = start;
    return 0;
  }
  return (size_t)(r.at - text.ptr);
}

/* ---- skipping ---- */

bool fm_js_skip_quoted(fm_js_reader *r)
{
  char quote = *r->at++;
  for (; r->at < r->end && *r->at != quote; r->at++)
    r->at += *r->at == '\\' && r->at + 1 < r->end;
  if (r->at == r->end)
    return false;
  r->at++;
  return true;
}

static bool skip_regex(fm_js_reader *r)
{
  bool in_class = false;
  for (r->at++; r->at < r->end && *r->at != '\n' && (*r->at != '/' || in_class); r->at++) {
    in_class = *r->at == '[' || (in_class && *r->at != ']');
    r->at += *r->at == '\\' && r->at + 1 < r->end;
  }
  return fm_js_accept(r, '/');
}

/* Skips one token; `*operand`: it ends an operand, so that a '/' after it divides. */
static bool skip_token(fm_js_reader *r, bool *operand)
{
  char c = *r->at;
  if (c == '"' || c == '\'' || c == '`')
    return *operand = true, fm_js_skip_quoted(r);
  if (c == '/' && !*operand)
    return *operand = true, skip_regex(r);
  if (fm_js_is_name_char(c)) {
    fm_str name = fm_js_take_name(r);
    *operand = !fm_str_is(name, "return") && !fm_str_is(name, "typeof");
    return true;
  }
  *operand = c == ')' || c == ']' || c == '}';
  r->at++;
  return true;
}

/* Skips from an opening bracket behind the closing one. */
bool fm_js_skip_brackets(fm_js_reader *r)
{
  unsigned open = 0;
  bool operand = false;
  do {
    fm_js_skip_space(r);
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
bool fm_js_skip_expression(fm_js_reader *r)
{
  bool operand = false;
  for (;;) {
    fm_js_skip_space(r);
    char c = fm_js_peek(r, 0);
    if (r->at == r->end || c == ',' || c == '}' || c == ']' || c == ')' || c == ';')
      return true;
    bool opens = c == '{' || c == '[' || c == '(';
    if (opens ? !fm_js_skip_brackets(r) : !skip_token(r, &operand))
      return false;
    operand = opens || operand;
  }
}
