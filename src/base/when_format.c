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
  while (s->len && fm_is_space(*s->ptr))
    *s = fm_str_from(*s, 1);
}

static bool take_number(fm_str *s, size_t most, int *number)
{
  int n = 0;
  size_t digits = 0;
  skip_space(s);
  while (digits < most && digits < s->len && fm_is_digit(s->ptr[digits]))
    n = n * 10 + (s->ptr[digits++] - '0');
  *s = fm_str_from(*s, digits);
  *number = n;
  return digits > 0;
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

static bool take_zone(fm_str *s, const when_context *context, when_parts *parts)
{
  size_t len = 0;
  skip_space(s);
  while (len < s->len && !fm_is_space(s->ptr[len]) && s->ptr[len] != ')' && s->ptr[len] != ',')
    len++;
  fm_str name = {s->ptr, len};
  *s = fm_str_from(*s, len);
  if (fm_zone_parse_offset(name, context->when->language, &parts->east))
    return parts->offset = true;
  parts->zone = fm_zone_cached(fm_when_original(context, name));
  return parts->zone != NULL;
}

static bool take_unix(fm_str *s, when_parts *parts)
{
  size_t digits = 0;
  uint64_t number;
  while (digits < s->len && digits < 18 && fm_is_digit(s->ptr[digits]))
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
  while (digits < s->len && fm_is_digit(s->ptr[digits]))
    digits++;
  *s = fm_str_from(*s, digits);
  return digits > 0;
}

static bool take_named_month(fm_str *s, when_parts *parts)
{
  skip_space(s);
  when_word word = fm_when_read_word(s);
  if (!fm_when_is(word, WHEN_MONTH) && !fm_when_is(word, WHEN_PERSIAN_MONTH))
    return false;
  if (s->len && *s->ptr == '.')
    *s = fm_str_from(*s, 1);
  parts->month_word = word;
  return parts->month = true;
}

static bool take_weekday(fm_str *s, when_parts *parts)
{
  skip_space(s);
  when_word word = fm_when_read_word(s);
  if (!fm_when_is(word, WHEN_WEEKDAY))
    return false;
  if (s->len && *s->ptr == '.')
    *s = fm_str_from(*s, 1);
  parts->weekday_word = word;
  return true;
}

static bool take_two_digit_year(fm_str *s, when_parts *parts)
{
  if (!take_number(s, 2, &parts->civil.year))
    return false;
  parts->civil.year = fm_when_year(parts->civil.year);
  return parts->year = true;
}

static bool take(fm_str *s, char c, const when_context *context, when_parts *parts)
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
    case 'A': return take_weekday(s, parts);
    case 'H':
    case 'I': return parts->clock = take_number(s, 2, &civil->hour);
    case 'p': return take_half(s, &parts->half);
    case 'M': return take_number(s, 2, &civil->minute);
    case 'S': return take_number(s, 2, &civil->second);
    case 'f': return take_fraction(s);
    case 'z':
    case 'Z': return take_zone(s, context, parts);
    case 's': return take_unix(s, parts);
    case '%': return s->len && *s->ptr == '%' && (*s = fm_str_from(*s, 1), true);
    default: skip_space(s); return true;
  }
}

static const char *shorthand(char c)
{
  return c == 'D' ? "%m/%d/%y" : c == 'F' ? "%Y-%m-%d" : c == 'R' ? "%H:%M" : "%H:%M:%S";
}

static bool match(fm_str *text, fm_str format, const when_context *context, when_parts *parts);

/* Matches %? with the shortest text that lets the rest match. */
static bool match_gap(fm_str *text, fm_str format, const when_context *context, when_parts *parts)
{
  for (size_t skip = 0; skip <= text->len; skip++) {
    when_parts tried = *parts;
    fm_str rest = fm_str_from(*text, skip);
    if (match(&rest, format, context, &tried) && rest.len == 0) {
      *parts = tried;
      *text = rest;
      return true;
    }
  }
  return false;
}

/* Matches a literal character, cleaned as the text was. */
static bool match_literal(fm_str *text, fm_str *format)
{
  char clean[WHEN_CLEAN_MAX];
  bool persian = false;
  const char *next = format->ptr, *end = format->ptr + format->len;
  fm_utf8_next(&next, end);
  fm_str literal = {clean, fm_when_clean(fm_str_span(format->ptr, next), clean, &persian)};
  *format = fm_str_span(next, end);
  if (!fm_str_starts(*text, literal))
    return false;
  *text = fm_str_from(*text, literal.len);
  return true;
}

/* Matches a directive; `*format` is behind its '%'. */
static bool match_directive(fm_str *text, fm_str *format, const when_context *context, when_parts *parts)
{
  char c = format->len ? *format->ptr : 0;
  *format = fm_str_from(*format, 1);
  if (c && strchr("DFRT", c))
    return match(text, fm_str_of(shorthand(c)), context, parts);
  return take(text, c, context, parts);
}

/* Matches the start of the text; what follows the match becomes `*text`. */
static bool match(fm_str *text, fm_str format, const when_context *context, when_parts *parts)
{
  while (format.len) {
    if (fm_str_starts(format, FM_STR("%?")))
      return match_gap(text, fm_str_from(format, 2), context, parts);
    if (fm_is_space(*format.ptr)) {
      skip_space(text);
      format = fm_str_from(format, 1);
    } else if (*format.ptr == '%') {
      format = fm_str_from(format, 1);
      if (!match_directive(text, &format, context, parts))
        return false;
    } else if (!match_literal(text, &format)) {
      return false;
    }
  }
  return true;
}

bool fm_when_by_format(fm_str text, fm_str format, const when_context *context, when_parts *parts)
{
  return match(&text, fm_str_trim(format), context, parts) && text.len == 0;
}
