/* String comparison and search, UTF-8 decoding and encoding, edit distance. */
#include "base/str.h"

#include "base/ascii.h"

bool fm_str_ieq(fm_str a, fm_str b)
{
  if (a.len != b.len)
    return false;
  if (fm_str_eq(a, b)) /* fast path: most compared names are spelt alike */
    return true;
  for (size_t i = 0; i < a.len; i++)
    if (fm_to_lower(a.ptr[i]) != fm_to_lower(b.ptr[i]))
      return false;
  return true;
}

int fm_str_cmp(fm_str a, fm_str b)
{
  size_t both = a.len < b.len ? a.len : b.len;
  int order = both ? memcmp(a.ptr, b.ptr, both) : 0;
  return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool fm_str_starts(fm_str s, fm_str prefix)
{
  return prefix.len == 0 || (s.len >= prefix.len && memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

bool fm_str_ends(fm_str s, fm_str suffix)
{
  return suffix.len == 0 || (s.len >= suffix.len &&
                             memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

fm_str fm_str_from(fm_str s, size_t skip)
{
  if (skip > s.len)
    skip = s.len;
  return (fm_str){s.ptr ? s.ptr + skip : NULL, s.len - skip};
}

fm_str fm_str_trim(fm_str s)
{
  while (s.len && fm_is_space(s.ptr[s.len - 1]))
    s.len--;
  while (s.len && fm_is_space(*s.ptr)) {
    s.ptr++;
    s.len--;
  }
  return s;
}

const char *fm_str_find(fm_str s, fm_str needle)
{
  if (needle.len == 0)
    return s.ptr;
  return s.len < needle.len ? NULL : memmem(s.ptr, s.len, needle.ptr, needle.len);
}

bool fm_str_cut(fm_str *rest, char separator, fm_str *piece)
{
  if (!rest->ptr)
    return false;
  const char *at = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;
  if (!at) {
    *piece = *rest;
    *rest = (fm_str){NULL, 0};
    return true;
  }
  *piece = fm_str_span(rest->ptr, at);
  *rest = fm_str_span(at + 1, rest->ptr + rest->len);
  return true;
}

bool fm_str_number(fm_str s, uint64_t max, uint64_t *number)
{
  uint64_t n = 0;
  for (size_t i = 0; i < s.len; i++) {
    unsigned digit = (unsigned char)s.ptr[i] - '0';
    if (digit > 9 || n > (UINT64_MAX - digit) / 10)
      return false;
    n = n * 10 + digit;
  }
  if (s.len == 0 || n > max)
    return false;
  *number = n;
  return true;
}

/* Length of the character at `p`, 0 if invalid. The ranges of the second byte exclude
 * overlong forms, surrogates and > U+10FFFF (RFC 3629 section 4). */
static size_t char_len(const unsigned char *p, const unsigned char *end)
{
  size_t left = (size_t)(end - p);
  if (p[0] < 0x80)
    return 1;
  if (p[0] < 0xc2 || p[0] > 0xf4 || left < 2)
    return 0;
  if (p[0] < 0xe0)
    return (p[1] & 0xc0) == 0x80 ? 2 : 0;
  unsigned char low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
  unsigned char high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
  size_t len = p[0] < 0xf0 ? 3 : 4;
  if (left < len || p[1] < low || p[1] > high)
    return 0;
  for (size_t i = 2; i < len; i++)
    if ((p[i] & 0xc0) != 0x80)
      return 0;
  return len;
}

/* Skips ASCII, eight bytes at a time. */
static const unsigned char *skip_ascii(const unsigned char *p, const unsigned char *end)
{
  for (uint64_t eight; end - p >= 8; p += 8) {
    memcpy(&eight, p, 8);
    if (eight & UINT64_C(0x8080808080808080))
      break;
  }
  while (p < end && *p < 0x80)
    p++;
  return p;
}

bool fm_utf8_valid(fm_str s)
{
  const unsigned char *p = (const unsigned char *)s.ptr, *end = s.len ? p + s.len : p;
  while ((p = skip_ascii(p, end)) < end) {
    size_t len = char_len(p, end);
    if (len == 0)
      return false;
    p += len;
  }
  return true;
}

uint32_t fm_utf8_next(const char **at, const char *end)
{
  const unsigned char *p = (const unsigned char *)*at;
  size_t len = char_len(p, (const unsigned char *)end);
  *at += len ? len : 1;
  switch (len) {
    case 1: return p[0];
    case 2: return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    case 3: return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    case 4:
      return (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
  }
  return 0xfffd;
}

size_t fm_utf8_put(uint32_t c, char *out)
{
  if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
    c = 0xfffd;
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = len - 1; i > 0; i--, c >>= 6)
    out[i] = (char)(0x80 | (c & 0x3f));
  out[0] = (char)(lead[len] | c);
  return len;
}

unsigned fm_str_distance(fm_str a, fm_str b)
{
  enum { LONGEST = 64 };
  if (a.len > LONGEST || b.len > LONGEST)
    return fm_str_eq(a, b) ? 0 : (unsigned)(a.len > b.len ? a.len : b.len);
  unsigned row[LONGEST + 1];
  for (unsigned j = 0; j <= b.len; j++)
    row[j] = j;
  for (unsigned i = 1; i <= a.len; i++) {
    unsigned corner = row[0]; /* the diagonal neighbour in the previous row */
    row[0] = i;
    for (unsigned j = 1; j <= b.len; j++) {
      unsigned change = corner + (a.ptr[i - 1] != b.ptr[j - 1]);
      unsigned gap = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
      corner = row[j];
      row[j] = change < gap ? change : gap;
    }
  }
  return row[b.len];
}

void fm_str_suggest(fm_str text, fm_str word, fm_str *best)
{
  unsigned least = best->ptr ? fm_str_distance(text, *best) : (unsigned)(text.len + 2) / 3 + 1;
  if (fm_str_distance(text, word) < least)
    *best = word;
}
