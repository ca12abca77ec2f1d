/* Turns the parts of a date into a time, and chooses between the date parsers. */
#include "base/when_internal.h"

enum {
  DAY = 86400, YEARS_BACK = 8, YEARS_AHEAD = 5,
  OLDEST_NUMBER = 1990,  /* first year of a date that is a mere number */
  OLDEST_YEAR = 1583,    /* first whole year of the Gregorian calendar */
  BUDDHIST_SHIFT = 543
};

#define OLDEST_STRICT INT64_C(-12212467200) /* 1583-01-02T00:00:00Z */

int fm_when_year(int n) { return n < 70 ? 2000 + n : 1900 + n; }

static bool exists(const fm_civil *c)
{
  return c->year >= 1 && c->year <= 9999 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
         c->day <= fm_date_days(c->year, c->month) && c->hour <= 24 && c->minute < 60 &&
         c->second <= 60 && (c->hour < 24 || (c->minute == 0 && c->second == 0));
}

static const fm_zone *zone_of(const when_parts *parts, const fm_when *when)
{
  return parts->zone ? parts->zone : when->zone;
}

static int64_t to_time(const when_parts *parts, const fm_civil *c, const fm_when *when)
{
  int64_t local = fm_date_from_civil(*c);
  return parts->offset ? local - parts->east : fm_zone_time(zone_of(parts, when), local);
}

static fm_civil local_now(const when_parts *parts, const fm_when *when)
{
  int64_t now = when->now;
  return fm_date_to_civil(now + (parts->offset ? parts->east : fm_zone_offset(zone_of(parts, when), now)));
}

/* ---- names ---- */

/* 1 (Sunday) to 7; 0: not given. */
static int weekday_of(const when_parts *parts, const when_context *context)
{
  uint64_t languages = context->languages ? context->languages : parts->languages;
  return fm_when_value(parts->weekday_word, WHEN_WEEKDAY, languages, NULL);
}

static int weekday_on(const fm_civil *c)
{
  fm_civil midnight = {.year = c->year, .month = c->month, .day = c->day};
  int64_t days = (fm_date_from_civil(midnight) - FM_DATE_MIN) / DAY; /* 0001-01-01 was a Monday */
  return (int)((days + 1) % 7) + 1;
}

/* Resolves the names of months; true if the calendar is Persian. False in `*good`: a name has
 * several meanings. */
static bool set_month(const when_parts *parts, const when_context *context, fm_civil *c, bool *good)
{
  uint64_t languages = context->languages ? context->languages : parts->languages;
  if (!parts->month_word.count)
    return false;
  c->month = fm_when_value(parts->month_word, WHEN_MONTH, languages, NULL);
  bool persian = !c->month;
  if (persian)
    c->month = fm_when_value(parts->month_word, WHEN_PERSIAN_MONTH, languages, NULL);
  int end = fm_when_value(parts->range_month, WHEN_MONTH, languages, NULL);
  if (end && end < c->month && parts->year)
    c->year--; /* "Dec 30 - Jan 2, 2027" */
  *good = c->month > 0;
  return persian;
}

/* Converts years of other calendars and eras; false: the year is implausible. */
static bool set_year(const when_parts *parts, const when_context *context, bool persian_month, fm_civil *c)
{
  if (!parts->year)
    return true;
  c->year += parts->year_shift;
  if (c->year >= 2400 && c->year < 2700 && (parts->buddhist || context->languages & fm_when_language(FM_STR("th"))))
    c->year -= BUDDHIST_SHIFT;
  bool persian = c->year >= 1300 && c->year < 1500 &&
                 (context->persian || context->languages & fm_when_language(FM_STR("fa")));
  if (persian_month || persian)
    return fm_when_from_persian(c);
  return c->year >= OLDEST_YEAR;
}

/* ---- missing parts ---- */

/* Chooses the year of a date without one: the closest in which the weekday fits, else the
 * latest that is not after tomorrow, since clocks differ. */
static bool choose_year(const when_parts *parts, const when_context *context, fm_civil *c)
{
  const fm_when *when = context->when;
  int weekday = weekday_of(parts, context);
  if (when->year) {
    c->year = when->year;
    return exists(c);
  }
  if (when->now == FM_NO_TIME)
    return false;
  int this_year = local_now(parts, when).year;
  for (int i = 0; weekday && i < 2 * YEARS_BACK; i++) {
    c->year = this_year + (i % 2 ? (i + 1) / 2 : -(i / 2)); /* 0, +1, -1, +2, ... */
    if (c->year <= this_year + 1 && exists(c) && weekday_on(c) == weekday)
      return true;
  }
  c->year = this_year + 1;
  for (int i = 0; i < YEARS_BACK; i++, c->year--)
    if (exists(c) && to_time(parts, c, when) <= when->now + DAY)
      return true;
  return false;
}

/* A time without a date is today's, or yesterday's if it lies in the future. */
static bool set_today(const when_parts *parts, fm_civil *c, const fm_when *when)
{
  if (when->now == FM_NO_TIME)
    return false;
  fm_civil now = local_now(parts, when), day = now;
  day.hour = c->hour;
  day.minute = c->minute;
  day.second = c->second;
  if (fm_date_from_civil(day) > fm_date_from_civil(now) + 60)
    day = fm_date_to_civil(fm_date_from_civil(day) - DAY);
  *c = day;
  return true;
}

/* The day that is `shift` days from today. */
static bool set_shift(const when_parts *parts, int shift, fm_civil *c, const fm_when *when)
{
  if (when->now == FM_NO_TIME)
    return false;
  fm_civil day = fm_date_to_civil(fm_date_from_civil(local_now(parts, when)) + (int64_t)shift * DAY);
  c->year = day.year;
  c->month = day.month;
  c->day = day.day;
  return true;
}

/* The last day before today with this weekday. */
static bool set_weekday(const when_parts *parts, int weekday, fm_civil *c, const fm_when *when)
{
  if (!weekday || when->now == FM_NO_TIME)
    return false;
  fm_civil today = local_now(parts, when);
  int back = (weekday_on(&today) - weekday + 6) % 7 + 1;
  return set_shift(parts, -back, c, when);
}

static bool set_yday(const when_parts *parts, fm_civil *c)
{
  bool leap = fm_date_days(c->year, 2) == 29;
  if (!parts->year || parts->yday > 365 + leap)
    return false;
  int64_t first = fm_date_from_civil((fm_civil){.year = c->year, .month = 1, .day = 1});
  fm_civil day = fm_date_to_civil(first + (int64_t)(parts->yday - 1) * DAY);
  c->month = day.month;
  c->day = day.day;
  return true;
}

static bool set_half(const when_parts *parts, fm_civil *c)
{
  if (!parts->half || !parts->clock)
    return true;
  if (c->hour < 1 || c->hour > 12)
    return false;
  c->hour = c->hour % 12 + (parts->half == WHEN_PM ? 12 : 0);
  return true;
}

/* A day and month that could be exchanged: a weekday may tell. */
static bool decide_order(const when_parts *parts, const when_context *context, fm_civil *c)
{
  fm_civil other = *c;
  int weekday = weekday_of(parts, context);
  other.day = c->month;
  other.month = c->day;
  if (!weekday || !parts->year)
    return false;
  bool as_is = exists(c) && weekday_on(c) == weekday, swapped = exists(&other) && weekday_on(&other) == weekday;
  if (swapped && !as_is)
    *c = other;
  return as_is != swapped;
}

/* Fills in what the text does not say; false: it says too little. */
static bool complete_date(const when_parts *parts, const when_context *context, fm_civil *c)
{
  const fm_when *when = context->when;
  if (parts->relative)
    return set_shift(parts, parts->shift, c, when);
  if (parts->yday)
    return set_yday(parts, c);
  if (parts->month && !parts->day && parts->year)
    return (c->day = 1);
  if (parts->month && parts->day)
    return parts->year || choose_year(parts, context, c);
  if (parts->month || parts->day || parts->year)
    return false;
  if (parts->weekday_word.count)
    return set_weekday(parts, weekday_of(parts, context), c, when);
  return parts->clock && c->hour < 24 && c->minute < 60 && c->second <= 60 && set_today(parts, c, when);
}

bool fm_when_finish(const when_parts *parts, const when_context *context, int64_t *time)
{
  fm_civil c = parts->civil;
  bool good = true;
  if (parts->whole) {
    *time = parts->time;
    return true;
  }
  if (parts->month && !parts->day)
    c.day = 1;
  bool persian = set_month(parts, context, &c, &good);
  if (!good || !set_half(parts, &c) || !set_year(parts, context, persian, &c) ||
      (parts->swappable && !decide_order(parts, context, &c)) || !complete_date(parts, context, &c) ||
      !exists(&c))
    return false;
  *time = to_time(parts, &c, context->when);
  return true;
}

/* ---- numbers ---- */

/* True for a year that a mere number may mean. */
static bool plausible_year(int year, const fm_when *when)
{
  int latest = when->now == FM_NO_TIME ? 2099 : fm_date_to_civil(when->now).year + YEARS_AHEAD;
  return year >= OLDEST_NUMBER && year <= latest;
}

/* Parses Unix time: 9 or 10 digits of seconds, 12 or 13 of milliseconds, an optional fraction. */
static bool parse_unix(fm_str text, const fm_when *when, int64_t *time)
{
  const char *dot = memchr(text.ptr, '.', text.len);
  fm_str whole = dot ? fm_str_span(text.ptr, dot) : text;
  uint64_t number;
  for (size_t i = whole.len + 1; dot && i < text.len; i++)
    if (!fm_is_digit(text.ptr[i]))
      return false;
  if (!fm_str_number(whole, INT64_MAX, &number))
    return false;
  if (whole.len == 12 || whole.len == 13)
    number /= 1000;
  else if (whole.len != 9 && whole.len != 10)
    return false;
  *time = (int64_t)number;
  return plausible_year(fm_date_to_civil(*time).year, when);
}

static bool all_digits(fm_str text)
{
  for (size_t i = 0; i < text.len; i++)
    if (!fm_is_digit(text.ptr[i]) && text.ptr[i] != '.')
      return false;
  return true;
}

/* A value that is one number: Unix time, YYYYMMDD or a year. */
static bool parse_number(fm_str text, const when_context *context, int64_t *time)
{
  const fm_when *when = context->when;
  uint64_t number;
  if (when->origin != FM_WHEN_DATA)
    return false;
  if (parse_unix(text, when, time))
    return true;
  if (!fm_str_number(text, 99999999, &number) || (text.len != 4 && text.len != 8))
    return false;
  when_parts parts = {.year = true, .month = true, .day = true};
  parts.civil = text.len == 4
                  ? (fm_civil){.year = (int)number, .month = 1, .day = 1}
                  : (fm_civil){(int)(number / 10000), (int)(number / 100 % 100), (int)(number % 100), 0, 0, 0};
  return plausible_year(parts.civil.year, when) && fm_when_finish(&parts, context, time);
}

/* ---- the parsers ---- */

/* "2026-08-..." is never relative to now. */
static bool starts_with_year(fm_str text)
{
  for (size_t i = 0; i < 4; i++)
    if (text.len < 6 || !fm_is_digit(text.ptr[i]))
      return false;
  return text.ptr[4] == '-' && fm_is_digit(text.ptr[5]);
}

static bool parse_any(fm_str text, const when_context *context, int64_t *time)
{
  when_parts parts = {0};
  if (all_digits(text) && memchr(text.ptr, '.', text.len) == NULL)
    return parse_number(text, context, time);
  if (all_digits(text) && parse_number(text, context, time))
    return true;
  if (!starts_with_year(text) && fm_when_ago(text, context, time))
    return true;
  return fm_when_in_words(text, context, &parts) && fm_when_finish(&parts, context, time);
}

static bool take_sane(int64_t parsed, int64_t *time)
{
  if (parsed < FM_DATE_MIN || parsed > FM_DATE_MAX)
    return false;
  *time = parsed;
  return true;
}

/* The formats of nearly all data, which the strict parsers read as the lenient one does. */
static bool parse_strictly(fm_str text, const fm_when *when, int64_t *time)
{
  int64_t parsed;
  if (when->nformats || when->zone || (!fm_date_parse_iso(text, &parsed) && !fm_date_parse_mail(text, &parsed)) ||
      parsed < OLDEST_STRICT || parsed > FM_DATE_MAX)
    return false;
  *time = parsed;
  return true;
}

bool fm_when_parse(fm_str text, const fm_when *when, int64_t *time)
{
  text = fm_str_trim(text);
  if (text.len == 0 || text.len > FM_WHEN_TEXT_MAX || memchr(text.ptr, 0, text.len))
    return false;
  if (parse_strictly(text, when, time))
    return true;
  char clean[WHEN_CLEAN_MAX];
  when_context context = {.when = when, .original = text, .languages = fm_when_language(when->language)};
  fm_str cleaned = fm_str_trim((fm_str){clean, fm_when_clean(text, clean, &context.persian)});
  int64_t parsed;
  for (size_t i = 0; i < when->nformats; i++) {
    when_parts parts = {0};
    if (fm_when_by_format(cleaned, when->formats[i], &context, &parts) &&
        fm_when_finish(&parts, &context, &parsed) && take_sane(parsed, time))
      return true;
  }
  return cleaned.len && parse_any(cleaned, &context, &parsed) && take_sane(parsed, time);
}
