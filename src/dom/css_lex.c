/* Reads the tokens of a selector. */
#include "dom/css_lex.h"

#include "base/ascii.h"

#include <stdarg.h>
#include <stdio.h>

enum { NTH_MAX = 1000000, REASON = 256 };

bool fm_css_fail(css_reader *r, size_t at, const char *format, ...)
{
  char reason[REASON];
  va_list args;
  va_start(args, format);
  vsnprintf(reason, sizeof reason, format, args);
  va_end(args);
  if (!r->failed) {
    r->failed = true;
    r->wrong = at;
    fm_fail(r->why, FM_E_SYNTAX, "%s", reason);
  }
  return false;
}

bool fm_css_fail_here(css_reader *r, const char *wanted)
{
  if (r->at >= r->text.len)
    return fm_css_fail(r, r->text.len, "the selector ends where %s is wanted", wanted);
  const char *at = r->text.ptr + r->at, *next = at;
  fm_utf8_next(&next, r->text.ptr + r->text.len);
  return fm_css_fail(r, r->at, "\"%.*s\" stands where %s is wanted", (int)(next - at), at, wanted);
}

bool fm_css_take(css_reader *r, char c)
{
  if (css_peek(r, 0) != c || r->at >= r->text.len)
    return false;
  r->at++;
  return true;
}

bool fm_css_skip_space(css_reader *r)
{
  size_t from = r->at;
  while (r->at < r->text.len) {
    if (fm_is_html_space(css_peek(r, 0))) {
      r->at++;
    } else if (css_peek(r, 0) == '/' && css_peek(r, 1) == '*') {
      const char *end = fm_str_find(fm_str_from(r->text, r->at + 2), FM_STR("*/"));
      if (!end) {
        fm_css_fail(r, r->at, "a comment is not closed by \"*/\"");
        r->at = r->text.len;
        break;
      }
      r->at = (size_t)(end - r->text.ptr) + 2;
    } else {
      break;
    }
  }
  return r->at > from;
}

static bool is_name(char c)
{
  return c == '-' || c == '_' || fm_is_digit(c) || (unsigned)((c | 0x20) - 'a') < 26 ||
         (unsigned char)c >= 0x80;
}

static bool is_escape(const css_reader *r, size_t ahead)
{
  char next = css_peek(r, ahead + 1);
  return css_peek(r, ahead) == '\\' && r->at + ahead + 1 < r->text.len && next != '\n' &&
         next != '\r' && next != '\f';
}

bool fm_css_starts_ident(const css_reader *r)
{
  size_t ahead = css_peek(r, 0) == '-';
  char c = css_peek(r, ahead);
  if (ahead && c == '-')
    return true;
  return (is_name(c) && !fm_is_digit(c) && c != '-') || is_escape(r, ahead);
}

/* True for the characters of XML 1.0, section 2.2. Others never occur in a tree, and XPath
 * refuses them. */
bool fm_css_in_page(uint32_t c)
{
  if (c < ' ')
    return c == '\t' || c == '\n' || c == '\r';
  return c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) && c != 0xfffe && c != 0xffff;
}

/* An escape, on its backslash: up to six hexadecimal digits and one white space,
 * or any other character for itself. Writes at most 4 bytes. */
static size_t take_escape(css_reader *r, char *out)
{
  r->at++;
  uint32_t c = 0;
  int digits = 0;
  for (; digits < 6 && fm_hex_value(css_peek(r, 0)) >= 0; digits++, r->at++)
    c = c * 16 + (uint32_t)fm_hex_value(css_peek(r, 0));
  if (digits == 0) {
    *out = r->text.ptr[r->at++];
    return 1;
  }
  if (css_peek(r, 0) == '\r' && css_peek(r, 1) == '\n')
    r->at += 2;
  else if (fm_is_html_space(css_peek(r, 0)))
    r->at++;
  if (!fm_css_in_page(c))
    c = 0xfffd;
  return fm_utf8_put(c, out);
}

/* Allocates room for the rest of the text: no escape is shorter than the character it stands
 * for, except that one hexadecimal digit may become U+FFFD. */
static char *room(css_reader *r, size_t *size)
{
  *size = 2 * (r->text.len - r->at) + 4;
  return fm_arena_raw(r->arena, *size);
}

static fm_str finish(css_reader *r, char *text, size_t size, char *end)
{
  *end = 0;
  fm_arena_trim(r->arena, text, size, (size_t)(end - text) + 1);
  return fm_str_span(text, end);
}

bool fm_css_name(css_reader *r, fm_str *name)
{
  if (!is_name(css_peek(r, 0)) && !is_escape(r, 0))
    return fm_css_fail_here(r, "a name");
  size_t size;
  char *text = room(r, &size), *out = text;
  while (r->at < r->text.len) {
    if (is_escape(r, 0))
      out += take_escape(r, out);
    else if (is_name(css_peek(r, 0)))
      *out++ = r->text.ptr[r->at++];
    else
      break;
  }
  *name = finish(r, text, size, out);
  return true;
}

bool fm_css_ident(css_reader *r, fm_str *ident)
{
  if (!fm_css_starts_ident(r))
    return fm_css_fail_here(r, "a name");
  return fm_css_name(r, ident);
}

bool fm_css_string(css_reader *r, fm_str *string)
{
  size_t from = r->at, size;
  char quote = r->text.ptr[r->at++];
  char *text = room(r, &size), *out = text;
  for (;;) {
    char c = css_peek(r, 0);
    if (r->at >= r->text.len || c == '\n' || c == '\r' || c == '\f')
      return fm_css_fail(r, from, "a string is not closed by its quote");
    if (c == quote)
      break;
    if (is_escape(r, 0))
      out += take_escape(r, out);
    else if (c == '\\') /* an escaped line break continues the string */
      r->at += css_peek(r, 1) == '\r' && css_peek(r, 2) == '\n' ? 3 : 2;
    else
      *out++ = r->text.ptr[r->at++];
  }
  r->at++;
  *string = finish(r, text, size, out);
  return true;
}

bool fm_css_raw(css_reader *r, fm_str *raw)
{
  size_t size;
  char *text = room(r, &size), *out = text;
  while (r->at < r->text.len && css_peek(r, 0) != ')')
    if (is_escape(r, 0))
      out += take_escape(r, out);
    else
      *out++ = r->text.ptr[r->at++];
  fm_str all = fm_str_trim(finish(r, text, size, out));
  *raw = fm_arena_str(r->arena, all);
  return true;
}

fm_str fm_css_lower(css_reader *r, fm_str text)
{
  fm_str copy = fm_arena_str(r->arena, text);
  char *p = (char *)copy.ptr;
  for (size_t i = 0; i < copy.len; i++)
    if ((unsigned)(p[i] - 'A') < 26)
      p[i] |= 0x20;
  return copy;
}

/* ---- an+b (Selectors Level 3, section 6.6.5.2) ---- */

static bool take_word(css_reader *r, const char *word)
{
  size_t len = strlen(word);
  fm_str rest = fm_str_from(r->text, r->at);
  if (rest.len < len || !fm_str_ieq((fm_str){rest.ptr, len}, (fm_str){word, len}) ||
      is_name(css_peek(r, len)))
    return false;
  r->at += len;
  return true;
}

/* Numbers above a million are clamped to a million; no list is so long. */
static bool take_number(css_reader *r, int *number)
{
  if (!fm_is_digit(css_peek(r, 0)))
    return false;
  int n = 0;
  for (; fm_is_digit(css_peek(r, 0)); r->at++)
    n = n < NTH_MAX / 10 ? n * 10 + (css_peek(r, 0) - '0') : NTH_MAX;
  *number = n;
  return true;
}

static int take_sign(css_reader *r)
{
  if (fm_css_take(r, '-'))
    return -1;
  fm_css_take(r, '+');
  return 1;
}

/* Reads the part after the n: nothing, or a signed number. */
static bool take_offset(css_reader *r, int *b)
{
  size_t before = r->at;
  fm_css_skip_space(r);
  char c = css_peek(r, 0);
  if (c != '-' && c != '+') {
    r->at = before;
    *b = 0;
    return true;
  }
  int sign = take_sign(r);
  fm_css_skip_space(r);
  if (!take_number(r, b))
    return fm_css_fail_here(r, "a number");
  *b *= sign;
  return true;
}

bool fm_css_nth(css_reader *r, int *a, int *b)
{
  fm_css_skip_space(r);
  size_t from = r->at;
  if (take_word(r, "odd") || take_word(r, "even")) {
    *a = 2;
    *b = r->at - from == 3;
    return true;
  }
  int sign = take_sign(r), number = 1;
  bool digits = take_number(r, &number);
  if (fm_css_take(r, 'n') || fm_css_take(r, 'N')) {
    *a = sign * number;
    return take_offset(r, b);
  }
  if (!digits) {
    r->at = from;
    return fm_css_fail_here(r, "odd, even, a number or an+b");
  }
  *a = 0;
  *b = sign * number;
  return true;
}
