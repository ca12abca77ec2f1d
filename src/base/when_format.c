/* Parses dates by strptime-like formats. */
#include "base/when_internal.h"

enum { GAPS_MAX = 2 }; /* each %? may try every offset */

static const char known[] = "YymdejbBhaAHIpMSfzZsDFRTnt%?";

int fm_when_check(fm_str format, size_t *at, fm_why *why)
{
  bool any = false;
  *at = 0;
  if (format.len > FM_WHEN_TEXT_MAX)
    return fm_fail(why, FM_E_SYNTAX, "a format has at most %d bytes", FM_WHEN_TEXT_MAX);
  size_t gaps = 0;
  for (size_t i = 0; i < format.len; i++) {
    if (format.ptr[i] != '%')
      continue;
    char c = i + 1 < format.len ? format.ptr[i + 1] : 0;
    *at = i;
    if (!c)
      return fm_fail(why, FM_E_SYNTAX, "a format cannot end in a single %%");
    if (!strchr(known, c))
      return fm_fail(why, FM_E_SYNTAX, "a format has no %%%c", c);
    any = any || !strchr("nt%?", c);
    if (c == '?' && ++gaps > GAPS_MAX)
      return fm_fail(why, FM_E_SYNTAX, "more than %d times %%?", GAPS_MAX);
    i++;
  }
  return any ? FM_OK : fm_fail(why, FM_E_SYNTAX, "a format wants %%-signs, such as %%d.%%m.%%Y");
}

static void skip_space(fm_str *s)
{
  while (s->len && when_space(*s->ptr))
    *s = fm_str_from(*s, 1);
}

static bool take_number(fm_str *s, size_t most, int *number)
{
  int n = 0;
  size_t digits = 0;
  skip_space(s);
  while (digits < most && digits < s->len && when_digit(s->ptr[digits]))
    n = n * 10 + (s->ptr[digits++] - '0');
  *s = fm_str_from(*s, digits);
  *number = n;
  return digits > 0;
}

static fm_str take_word(fm_str *s)
{
  size_t len = 0;
  skip_space(s);
  while (len < s->len && when_letter(s->ptr[len]))
    len++;
  fm_str word = {s->ptr, len};
  *s = fm_str_from(*s, len);
  return word;
}

static bool take_half(fm_str *s, int *half)
{
  static const char *const words[] = {"am", "a.m.", "pm", "p.m."};
  skip_space(s);
  for (int i = 0; i < 4; i++) {
    size_t len = strlen(words[i]);
    if (s->len >= len && fm_str_ieq((fm_str){s->ptr, len}, (fm_str){words[i], len})) {
      *s = fm_str_from(*s, len);
      *half = i < 2 ? WHEN_AM : WHEN_PM;
      return true;
    }
  }
  return false;
}

static bool take_zone(fm_str *s, when_parts *parts)
{
  size_t len = 0;
  skip_space(s);
  while (len < s->len && !when_space(s->ptr[len]) && s->ptr[len] != ')' && s->ptr[len] != ',')
    len++;
  if (!fm_zone_parse_offset((fm_str){s->ptr, len}, &parts->east))
    return false;
  *s = fm_str_from(*s, len);
  return parts->offset = true;
}

static bool take_unix(fm_str *s, when_parts *parts)
{
  size_t digits = 0;
  uint64_t number;
  while (digits < s->len && digits < 18 && when_digit(s->ptr[digits]))
    digits++;
  if (!fm_str_number((fm_str){s->ptr, digits}, INT64_MAX, &number))
    return false;
  *s = fm_str_from(*s, digits);
  parts->time = (int64_t)number;
  return parts->whole = true;
}

static bool take_fraction(fm_str *s)
{
  size_t digits = 0;
  while (digits < s->len && when_digit(s->ptr[digits]))
    digits++;
  *s = fm_str_from(*s, digits);
  return digits > 0;
}

static bool take_named_month(fm_str *s, when_parts *parts)
{
  parts->civil.month = when_month(take_word(s));
  if (parts->civil.month && s->len && *s->ptr == '.')
    *s = fm_str_from(*s, 1);
  return (parts->month = parts->civil.month > 0);
}

static bool take_two_digit_year(fm_str *s, when_parts *parts)
{
  if (!take_number(s, 2, &parts->civil.year))
    return false;
  parts->civil.year = when_year(parts->civil.year);
  return parts->year = true;
}

static bool take(fm_str *s, char c, when_parts *parts)
{
  fm_civil *civil = &parts->civil;
  switch (c) {
    case 'Y': return parts->year = take_number(s, 4, &civil->year);
    case 'y': return take_two_digit_year(s, parts);
    case 'm': return parts->month = take_number(s, 2, &civil->month);
    case 'd':
    case 'e': return parts->day = take_number(s, 2, &civil->day);
    case 'j': return take_number(s, 3, &parts->yday) && parts->yday > 0;
    case 'b':
    case 'B':
    case 'h': return take_named_month(s, parts);
    case 'a':
    case 'A': return when_weekday(take_word(s)) > 0;
    case 'H':
    case 'I': return parts->clock = take_number(s, 2, &civil->hour);
    case 'p': return take_half(s, &parts->half);
    case 'M': return take_number(s, 2, &civil->minute);
    case 'S': return take_number(s, 2, &civil->second);
    case 'f': return take_fraction(s);
    case 'z':
    case 'Z': return take_zone(s, parts);
    case 's': return take_unix(s, parts);
    case '%': return s->len && *s->ptr == '%' && (*s = fm_str_from(*s, 1), true);
    default: skip_space(s); return true;
  }
}

static const char *shorthand(char c)
{
  return c == 'D' ? "%m/%d/%y" : c == 'F' ? "%Y-%m-%d" : c == 'R' ? "%H:%M" : "%H:%M:%S";
}

static bool read_by(fm_str text, fm_str format, bool part, fm_str *rest, when_parts *parts);

/* Matches %? with the shortest text that lets the rest match. */
static bool read_gap(fm_str text, fm_str format, when_parts *parts)
{
  for (size_t skip = 0; skip <= text.len; skip++) {
    when_parts tried = *parts;
    if (read_by(fm_str_from(text, skip), format, false, NULL, &tried)) {
      *parts = tried;
      return true;
    }
  }
  return false;
}

static bool read_by(fm_str text, fm_str format, bool part, fm_str *rest, when_parts *parts)
{
  while (format.len) {
    char c = *format.ptr;
    format = fm_str_from(format, 1);
    if (when_space(c)) {
      skip_space(&text);
    } else if (c != '%') {
      if (!text.len || !fm_str_ieq((fm_str){text.ptr, 1}, (fm_str){&c, 1}))
        return false;
      text = fm_str_from(text, 1);
    } else {
      c = format.len ? *format.ptr : 0;
      format = fm_str_from(format, 1);
      if (c == '?')
        return read_gap(text, format, parts);
      if (c && strchr("DFRT", c)) {
        if (!read_by(text, fm_str_of(shorthand(c)), true, &text, parts))
          return false;
      } else if (!take(&text, c, parts)) {
        return false;
      }
    }
  }
  if (part)
    *rest = text;
  return part || text.len == 0;
}

bool when_by_format(fm_str text, fm_str format, when_parts *parts)
{
  return read_by(text, fm_str_trim(format), false, NULL, parts);
}
