/* Normalizes a text before it is parsed as a date. */
#include "base/when_internal.h"

typedef struct range {
  uint32_t first, last;
} range;

static bool in(uint32_t c, const range *ranges, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (c >= ranges[i].first && c <= ranges[i].last)
      return true;
  return false;
}

/* Soft hyphen, joiners, bidirectional controls, tatweel, variation selectors, BOM. */
static bool is_invisible(uint32_t c)
{
  static const range ranges[] = {{0xad, 0xad},     {0x640, 0x640},   {0x200c, 0x200f},
                                 {0x202a, 0x202e}, {0x2060, 0x206f}, {0xfe00, 0xfe0f},
                                 {0xfeff, 0xfeff}};
  return in(c, ranges, sizeof ranges / sizeof *ranges);
}

/* Spaces, and signs that separate as a space does. */
static bool is_blank(uint32_t c)
{
  static const range ranges[] = {{0xa0, 0xbf},     {0x2000, 0x200b}, {0x201a, 0x2029},
                                 {0x202f, 0x205f}, {0x2190, 0x2bff}, {0x3000, 0x3000},
                                 {0x3003, 0x3004}, {0x3008, 0x301b}, {0x301d, 0x303f},
                                 {0x30fb, 0x30fb}, {0xfffd, 0xfffd}, {0x1f000, 0x1ffff}};
  return c <= 0x20 || c == 0x7f || in(c, ranges, sizeof ranges / sizeof *ranges);
}

/* The value of a decimal digit beyond ASCII; -1 if it is none. */
static int digit_value(uint32_t c)
{
  static const uint32_t zeros[] = {0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0xff10};
  for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
    if (c >= zeros[i] && c < zeros[i] + 10)
      return (int)(c - zeros[i]);
  return -1;
}

/* ASCII for punctuation of other scripts; 0: none. */
static char ascii_of(uint32_t c)
{
  if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0x301c || c == 0xff5e || c == '~' ||
      c == 0xfe63 || c == 0xff0d)
    return '-';
  if (c == 0x2018 || c == 0x2019 || c == 0x2bc || c == 0x5f3)
    return '\'';
  if (c == 0x3001 || c == 0x60c)
    return ',';
  if (c == 0x3002 || c == 0x6d4)
    return '.';
  if (c > 0xff00 && c < 0xff5f)
    return fm_to_lower((char)(c - 0xfee0));
  return 0;
}

/* ---- CJK numerals ---- */

/* 0 to 9, 10 for the sign of ten; -1: no numeral. */
static int numeral_value(uint32_t c)
{
  static const uint32_t signs[] = {0x3007, 0x4e00, 0x4e8c, 0x4e09, 0x56db, 0x4e94,
                                   0x516d, 0x4e03, 0x516b, 0x4e5d, 0x5341};
  for (int i = 0; i <= 10; i++)
    if (c == signs[i])
      return i;
  return c == 0x96f6 ? 0 : c == 0x5eff ? 20 : c == 0x4e24 || c == 0x5169 ? 2 : -1;
}

/* The first characters of units: year, month, day, hour, minute, second, week, and the
 * counters before units. */
static bool is_unit(uint32_t c)
{
  static const uint32_t units[] = {0x5e74, 0x6708, 0x65e5, 0x53f7, 0x865f, 0x6642, 0x65f6, 0x70b9, 0x9ede,
                                   0x5206, 0x79d2, 0x5929, 0x5468, 0x9031, 0x5c0f, 0x4e2a, 0x500b};
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (c == units[i])
      return true;
  return false;
}

/* A run of numerals at `at` that a unit follows: "二〇二六" digit by digit, "二十三" by tens.
 * Returns its end, or NULL; 元 (first) before a year is 1. */
static const char *numerals(const char *at, const char *end, int *number)
{
  int total = 0, value;
  bool any = false, tens = false;
  while (at < end) {
    const char *next = at;
    uint32_t c = fm_utf8_next(&next, end);
    if (!any && c == 0x5143) {
      const char *after = next;
      *number = 1;
      return after < end && fm_utf8_next(&after, end) == 0x5e74 ? next : NULL;
    }
    if ((value = numeral_value(c)) < 0) {
      *number = total;
      return any && is_unit(c) ? at : NULL;
    }
    if (value >= 10 ? tens || total > 9 : total > 999)
      return NULL;
    if (value >= 10)
      total = total ? total * 10 : value;
    else
      total = tens ? total + value : total * 10 + value;
    tens = tens || value >= 10;
    any = true;
    at = next;
  }
  return NULL;
}

static size_t put_number(int number, char *out)
{
  char digits[8];
  size_t len = 0;
  do
    digits[len++] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  for (size_t i = 0; i < len; i++)
    out[i] = digits[len - 1 - i];
  return len;
}

/* Writes one character in its normal form; at most 4 bytes. */
static size_t put_clean(uint32_t c, char *out, bool *persian)
{
  char ascii = ascii_of(c);
  int digit = ascii ? -1 : digit_value(c);
  *persian = *persian || (c >= 0x6f0 && c <= 0x6f9);
  if (digit >= 0)
    ascii = (char)('0' + digit);
  if (!ascii && is_blank(c))
    ascii = ' ';
  if (ascii) {
    *out = ascii;
    return 1;
  }
  return is_invisible(c) ? 0 : fm_utf8_put(c == 0x130 ? 'i' : fm_utf8_fold(c), out);
}

size_t fm_when_clean(fm_str text, char out[WHEN_CLEAN_MAX], bool *persian)
{
  const char *at = text.ptr, *end = at + text.len, *after;
  size_t len = 0;
  int number;
  while (at < end && len + 8 < WHEN_CLEAN_MAX) {
    char c = *at;
    if ((unsigned char)c < 0x80) {
      out[len++] = fm_is_space(c) || (unsigned char)c < ' ' ? ' ' : c == '~' ? '-' : fm_to_lower(c);
      at++;
    } else if ((unsigned char)c >= 0xe3 && (after = numerals(at, end, &number))) {
      len += put_number(number, out + len);
      at = after;
    } else {
      len += put_clean(fm_utf8_next(&at, end), out + len, persian);
    }
  }
  return len;
}
