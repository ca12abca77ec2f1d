/* Cleans text from a page for use in a feed. */
#include "dom/text.h"

#include "base/str.h"

#include <stdint.h>

enum { PLAIN = 0, SPACE, CONTROL, MAYBE };

/* Bytes that need a look: white space, forbidden controls, and the first byte of U+FFFE and
 * U+FFFF. */
static const uint8_t kinds[256] = {
  [0 ... 8] = CONTROL, ['\t' ... '\r'] = SPACE, [14 ... 31] = CONTROL,
  [' '] = SPACE,       [0xef] = MAYBE,
};

static bool is_nonchar(const char *p, const char *end)
{
  return end - p >= 3 && (unsigned char)p[1] == 0xbf && ((unsigned char)p[2] | 1) == 0xbf;
}

size_t fm_text_fold(fm_str text, char *out)
{
  const char *p = text.ptr, *end = text.len ? p + text.len : p;
  char *o = out;
  bool space = false; /* a pending space, written if more text follows */
  for (; p < end; p++) {
    uint8_t kind = kinds[(unsigned char)*p];
    if (kind == SPACE) {
      space = true;
    } else if (kind == MAYBE && is_nonchar(p, end)) {
      p += 2;
    } else if (kind != CONTROL) {
      if (space && o > out)
        *o++ = ' ';
      space = false;
      *o++ = *p;
      while (p + 1 < end && kinds[(unsigned char)p[1]] == PLAIN)
        *o++ = *++p;
    }
  }
  return (size_t)(o - out);
}

/* Writes the replacement of the white space other than ' ' or the forbidden character at *p. */
static char *put_odd(const char **p, const char *end, char *o)
{
  const char *at = *p;
  *p = at + 1;
  switch (*at) {
    case '\t': case '\n': *o++ = *at; break;
    case '\v': case '\f': *o++ = ' '; break;
    case '\r':
      if (at + 1 == end || at[1] != '\n')
        *o++ = '\n';
      break;
    default:
      if (kinds[(unsigned char)*at] == CONTROL)
        break;
      if (is_nonchar(at, end))
        *p = at + 3;
      else
        *o++ = *at;
  }
  return o;
}

/* Copies eight bytes at a time while none of them needs a look (none below ' ', none 0xef). */
static char *put_plain(const char **p, const char *end, char *o)
{
  const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
  const char *at = *p;
  for (; end - at >= 8; at += 8, o += 8) {
    uint64_t eight, maybe;
    memcpy(&eight, at, 8);
    maybe = eight ^ (ones * 0xef);
    if ((((eight - ones * ' ') & ~eight) | ((maybe - ones) & ~maybe)) & tops)
      break;
    memcpy(o, &eight, 8);
  }
  *p = at;
  return o;
}

size_t fm_text_plain(fm_str text, char *out)
{
  text = fm_str_trim(text);
  const char *p = text.ptr, *end = text.len ? p + text.len : p;
  char *o = out;
  while (p < end) {
    o = put_plain(&p, end, o);
    for (const char *stop = end - p > 8 ? p + 8 : end; p < stop; )
      if (kinds[(unsigned char)*p] == PLAIN || *p == ' ')
        *o++ = *p++;
      else
        o = put_odd(&p, end, o);
  }
  fm_str done = fm_str_trim(fm_str_span(out, o)); /* a dropped control may have hidden white space */
  if (done.ptr > out)
    memmove(out, done.ptr, done.len);
  return done.len;
}
