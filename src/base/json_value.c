/* Decodes JSON strings and numbers. */
#include "base/json_value.h"

#include "base/ascii.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- strings ---- */

/* Parses four hex digits at `p`; -1 if there are fewer. */
static int32_t hex4(const char *p, const char *end)
{
  int32_t value = 0;
  if (end - p < 4)
    return -1;
  for (int i = 0; i < 4; i++) {
    int digit = fm_hex_value(p[i]);
    if (digit < 0)
      return -1;
    value = value * 16 + digit;
  }
  return value;
}

/* Decodes the \u escape whose digits are at `*p`, together with its low surrogate. An
 * unpaired surrogate becomes U+FFFD, and the text after it is decoded on its own. */
static int32_t unicode_escape(const char **p, const char *end)
{
  int32_t c = hex4(*p, end);
  if (c < 0)
    return -1;
  *p += 4;
  if (c < 0xd800 || c > 0xdfff)
    return c;
  if (c < 0xdc00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
    int32_t low = hex4(*p + 2, end);
    if (low >= 0xdc00 && low <= 0xdfff) {
      *p += 6;
      return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
  }
  return 0xfffd;
}

/* Decodes the escape whose letter is at `*p`; -1 if it is invalid. */
static int32_t escape_value(const char **p, const char *end)
{
  if (*p == end)
    return -1;
  switch (*(*p)++) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': return unicode_escape(p, end);
  }
  return -1;
}

/* Terminates a string that was allocated with `room` bytes. */
static fm_str finish(fm_arena *arena, char *out, char *end, size_t room)
{
  *end = 0;
  fm_arena_trim(arena, out, room, (size_t)(end - out) + 1);
  return fm_str_span(out, end);
}

/* A decoded escape is never longer than the escape, so raw.len bytes suffice. */
const char *fm_json_unescape(fm_str raw, fm_arena *arena, fm_str *text)
{
  char *out = fm_arena_raw(arena, raw.len + 1), *o = out;
  const char *p = raw.ptr, *end = p + raw.len;
  while (p < end) {
    const char *slash = memchr(p, '\\', (size_t)(end - p)), *stop = slash ? slash : end;
    memcpy(o, p, (size_t)(stop - p));
    o += stop - p;
    p = stop;
    if (!slash)
      break;
    p++;
    int32_t c = escape_value(&p, end);
    if (c < 0)
      return slash;
    o += fm_utf8_put((uint32_t)c, o);
  }
  *text = finish(arena, out, o, raw.len + 1);
  return NULL;
}

fm_str fm_json_mend(fm_str text, fm_arena *arena)
{
  size_t room = text.len * 3 + 1;
  char *out = fm_arena_raw(arena, room), *o = out;
  for (const char *p = text.ptr, *end = p + text.len; p < end;)
    o += fm_utf8_put(fm_utf8_next(&p, end), o);
  return finish(arena, out, o, room);
}

/* Tests whether XML 1.0 section 2.2 allows the character at `p`. */
static bool xml_allows(const char *p, const char *end)
{
  unsigned char c = (unsigned char)*p;
  if (c < ' ')
    return c == '\t' || c == '\n' || c == '\r';
  return c != 0xef || end - p < 3 || (unsigned char)p[1] != 0xbf || (unsigned char)p[2] < 0xbe;
}

fm_str fm_json_for_xml(fm_str text, fm_arena *arena)
{
  const char *p = text.ptr, *end = p + text.len;
  while (p < end && xml_allows(p, end))
    p++;
  if (p == end)
    return text;
  char *out = fm_arena_raw(arena, text.len + 1), *o = out + (p - text.ptr);
  memcpy(out, text.ptr, (size_t)(p - text.ptr));
  while (p < end) {
    const char *from = p;
    fm_utf8_next(&p, end);
    if (xml_allows(from, end)) {
      memcpy(o, from, (size_t)(p - from));
      o += p - from;
    }
  }
  return finish(arena, out, o, text.len + 1);
}

/* ---- numbers ---- */

static const char *after_digits(const char *p, const char *end)
{
  while (p < end && *p >= '0' && *p <= '9')
    p++;
  return p;
}

static const char *read_exponent(const char **at, const char *end, fm_decimal *d)
{
  bool minus = *at < end && **at == '-';
  if (*at < end && (**at == '-' || **at == '+'))
    ++*at;
  const char *from = *at, *to = after_digits(from, end);
  if (from == to)
    return "an exponent without digits";
  for (; from < to; from++)
    if (d->exponent < 1000000)
      d->exponent = d->exponent * 10 + (*from - '0');
  if (minus)
    d->exponent = -d->exponent;
  *at = to;
  return NULL;
}

const char *fm_decimal_parse(const char **at, const char *end, fm_decimal *d)
{
  *d = (fm_decimal){.negative = *at < end && **at == '-'};
  *at += d->negative;
  const char *from = *at;
  *at = from < end && *from == '0' ? from + 1 : after_digits(from, end);
  d->whole = fm_str_span(from, *at);
  if (d->whole.len == 0)
    return "a number without digits";
  if (*at < end && **at == '.') {
    from = ++*at;
    *at = after_digits(from, end);
    d->fraction = fm_str_span(from, *at);
    if (d->fraction.len == 0)
      return "a fraction without digits";
  }
  if (*at < end && (**at | 0x20) == 'e') {
    ++*at;
    return read_exponent(at, end, d);
  }
  return NULL;
}

/* Fast path: integers of up to fifteen digits are exact in a double. */
static bool small(const fm_decimal *d, int64_t *number)
{
  if (d->fraction.len || d->exponent || d->whole.len > 15)
    return false;
  int64_t n = 0;
  for (size_t i = 0; i < d->whole.len; i++)
    n = n * 10 + (d->whole.ptr[i] - '0');
  *number = n;
  return true;
}

/* Slow path with strtod. The text has digits and an exponent but no decimal point, so the
 * locale has no influence. 800 digits distinguish any double from its neighbours; further
 * digits are represented by a final 1. */
static double by_strtod(const fm_decimal *d)
{
  enum { DIGITS = 800 };
  char text[DIGITS + 32], *o = text;
  long exponent = d->exponent;
  bool rest = false;
  for (size_t i = 0; i < d->whole.len + d->fraction.len; i++) {
    bool whole = i < d->whole.len;
    char digit = whole ? d->whole.ptr[i] : d->fraction.ptr[i - d->whole.len];
    if (o < text + DIGITS) {
      if (o > text || digit != '0')
        *o++ = digit;
      exponent -= !whole;
    } else {
      rest |= digit != '0';
      exponent += whole;
    }
  }
  if (rest) {
    *o++ = '1';
    exponent--;
  }
  if (o == text)
    *o++ = '0';
  snprintf(o, 32, "e%ld", exponent);
  return strtod(text, NULL);
}

double fm_decimal_double(const fm_decimal *d)
{
  int64_t n;
  double value = small(d, &n) ? (double)n : by_strtod(d);
  return d->negative ? -value : value;
}

bool fm_decimal_int(const fm_decimal *d, int64_t *number)
{
  int64_t n;
  if (small(d, &n)) {
    *number = d->negative ? -n : n;
    return true;
  }
  if (d->fraction.len || d->exponent) { /* "3.0" and "1e3" are integers as well */
    double value = fm_decimal_double(d);
    if (!(value > -9007199254740992.0 && value < 9007199254740992.0) ||
        value != (double)(int64_t)value)
      return false;
    *number = (int64_t)value;
    return true;
  }
  uint64_t size, most = (uint64_t)INT64_MAX + d->negative;
  if (!fm_str_number(d->whole, most, &size))
    return false;
  *number = (int64_t)(d->negative ? -size : size);
  return true;
}
