/* The time of day and the time zone of a date. */
#include "base/when_internal.h"

/* Parses "pm", "p.m." or "p. m."; a letter must not follow. */
static bool take_half(when_reader *r)
{
  when_reader ahead = *r;
  when_skip_space(&ahead);
  char half = when_peek(&ahead, 0);
  if (half != 'a' && half != 'p')
    return false;
  when_skip(&ahead, 1);
  if (when_peek(&ahead, 0) == '.') {
    when_skip(&ahead, 1);
    when_skip_space(&ahead);
  }
  if (when_peek(&ahead, 0) != 'm' || when_letter(when_peek(&ahead, 1)))
    return false;
  when_skip(&ahead, when_peek(&ahead, 1) == '.' ? 2 : 1);
  r->s = ahead.s;
  r->parts->half = half == 'a' ? WHEN_AM : WHEN_PM;
  return true;
}

/* A half of the day in another language, after the time. */
static void take_named_half(when_reader *r)
{
  when_reader ahead = *r;
  char word[32];
  size_t len = 0;
  when_skip_space(&ahead);
  while (len < sizeof word && ahead.s.len && (when_letter(*ahead.s.ptr) || (*ahead.s.ptr == '.' && len))) {
    if (*ahead.s.ptr != '.')
      word[len++] = *ahead.s.ptr;
    when_skip(&ahead, 1);
  }
  int half = len ? fm_when_value(fm_when_find((fm_str){word, len}), WHEN_HALF_DAY, r->context->languages, NULL) : 0;
  if (!half)
    return;
  r->parts->half = half;
  r->s = ahead.s;
}

fm_str fm_when_original(const when_context *context, fm_str text)
{
  fm_str all = context->original;
  for (size_t i = 0; text.len && i + text.len <= all.len; i++)
    if (fm_str_ieq((fm_str){all.ptr + i, text.len}, text))
      return (fm_str){all.ptr + i, text.len};
  return (fm_str){NULL, 0};
}

/* "America/New_York", also in brackets. */
static bool take_named_zone(when_reader *r, when_reader ahead)
{
  bool bracket = when_peek(&ahead, 0) == '[' || when_peek(&ahead, 0) == '(', slash = false;
  size_t len = 0;
  when_skip(&ahead, bracket);
  for (char c; (c = when_peek(&ahead, len)) && (fm_is_alnum(c) || strchr("/_+-", c)); len++)
    slash = slash || c == '/';
  if (!slash || !fm_is_lower(when_peek(&ahead, 0)))
    return false;
  fm_str name = fm_when_original(r->context, (fm_str){ahead.s.ptr, len});
  const fm_zone *zone = fm_zone_cached(name);
  if (!zone && r->context->when->unknown_zone)
    *r->context->when->unknown_zone = name;
  if (zone)
    r->parts->zone = zone;
  when_skip(&ahead, len);
  when_skip(&ahead, bracket && (when_peek(&ahead, 0) == ']' || when_peek(&ahead, 0) == ')'));
  r->s = ahead.s;
  return true;
}

/* A word of capitals after a time that is neither a zone nor a word of dates. */
static void note_unknown_zone(when_reader *r, fm_str word)
{
  fm_str written = fm_when_original(r->context, word);
  if (word.len < 2 || word.len > 5 || !written.len || !r->context->when->unknown_zone ||
      fm_when_find(word).count)
    return;
  for (size_t i = 0; i < written.len; i++)
    if (!fm_is_upper(written.ptr[i]))
      return;
  *r->context->when->unknown_zone = written;
}

/* Parses a zone after a time: "+02:00", "Z", "GMT+2", "CEST", "Europe/Paris". */
void fm_when_take_zone(when_reader *r)
{
  when_reader ahead = *r;
  when_skip_space(&ahead);
  size_t len = 0;
  if (take_named_zone(r, ahead))
    return;
  while (fm_is_lower(when_peek(&ahead, len)))
    len++;
  size_t name = len;
  if (when_peek(&ahead, len) == '+' || when_peek(&ahead, len) == '-')
    for (len++; fm_is_digit(when_peek(&ahead, len)) || (when_peek(&ahead, len) == ':' && len < name + 4);)
      len++;
  fm_str text = {ahead.s.ptr, len};
  if (!fm_zone_parse_offset(text, r->context->when->language, &r->parts->east)) {
    text.len = len = name;
    if (when_letter(when_peek(&ahead, len)))
      return;
    if (!len || !fm_zone_parse_offset(text, r->context->when->language, &r->parts->east)) {
      note_unknown_zone(r, text);
      return;
    }
  }
  when_skip(&ahead, len);
  r->s = ahead.s;
  r->parts->offset = true;
  ahead = *r;
  when_skip_space(&ahead);
  if (when_peek(&ahead, 0) == '[')
    take_named_zone(r, ahead);
}

static void after_clock(when_reader *r)
{
  r->parts->clock = true;
  if (!take_half(r))
    take_named_half(r);
  fm_when_take_zone(r);
}

/* Parses hh:mm[:ss]; the reader is at the hour. `separator` may be '.' or 'h' too. */
bool fm_when_take_clock(when_reader *r, char separator)
{
  fm_civil *c = &r->parts->civil;
  size_t hours = when_digits_at(r, 0), minutes = when_digits_at(r, hours + 1);
  if (r->parts->clock || hours > 2 || minutes != 2)
    return false;
  c->hour = when_number_at(r, 0, hours);
  c->minute = when_number_at(r, hours + 1, 2);
  when_skip(r, hours + 3);
  if (when_peek(r, 0) == separator && when_digits_at(r, 1) == 2) {
    c->second = when_number_at(r, 1, 2);
    when_skip(r, 3);
    if ((when_peek(r, 0) == '.' || when_peek(r, 0) == ',') && fm_is_digit(when_peek(r, 1)))
      when_skip(r, 1 + when_digits_at(r, 1));
  }
  after_clock(r);
  return true;
}

/* "5 pm" */
bool fm_when_take_hour(when_reader *r, size_t digits)
{
  when_reader ahead = *r;
  when_skip(&ahead, digits);
  if (r->parts->clock || !take_half(&ahead))
    return false;
  r->parts->civil.hour = when_number_at(r, 0, digits);
  r->parts->clock = true;
  r->s = ahead.s;
  fm_when_take_zone(r);
  return true;
}

/* "10h15", "10 h 15", "10h" after a date */
bool fm_when_take_french_clock(when_reader *r, size_t digits)
{
  when_reader ahead = *r;
  when_skip(&ahead, digits);
  when_skip_space(&ahead);
  if (r->parts->clock || when_peek(&ahead, 0) != 'h')
    return false;
  when_skip(&ahead, 1);
  when_skip_space(&ahead);
  size_t minutes = when_digits_at(&ahead, 0);
  if (minutes != 2 && (when_letter(when_peek(&ahead, 0)) || !when_complete(r->parts)))
    return false;
  r->parts->civil.hour = when_number_at(r, 0, digits);
  r->parts->civil.minute = minutes == 2 ? when_number_at(&ahead, 0, 2) : 0;
  when_skip(&ahead, minutes == 2 ? 2 : 0);
  r->s = ahead.s;
  after_clock(r);
  return true;
}
