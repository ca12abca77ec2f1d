/* Turns the parts of a date into a time, and chooses between the date parsers. */
#include "base/when_internal.h"

enum { DAY = 86400, YEARS_BACK = 8 };

int when_year(int n) { return n < 70 ? 2000 + n : 1900 + n; }

static int name_of(fm_str word, const char *const *names, int count)
{
  for (int i = 0; i < count; i++) {
    fm_str name = fm_str_of(names[i]);
    if (word.len >= 3 && word.len <= name.len && fm_str_ieq(word, (fm_str){name.ptr, word.len}) &&
        (word.len == 3 || word.len == name.len))
      return i + 1;
  }
  return 0;
}

int when_month(fm_str word)
{
  static const char *const names[] = {"january", "february", "march", "april", "may", "june",
                                      "july", "august", "september", "october", "november",
                                      "december"};
  return fm_str_ieq(word, FM_STR("sept")) ? 9 : name_of(word, names, 12);
}

int when_weekday(fm_str word)
{
  static const char *const names[] = {"sunday", "monday", "tuesday", "wednesday", "thursday",
                                      "friday", "saturday"};
  if (fm_str_ieq(word, FM_STR("tues")))
    return 3;
  return fm_str_ieq(word, FM_STR("thur")) || fm_str_ieq(word, FM_STR("thurs"))
           ? 5 : name_of(word, names, 7);
}

static bool exists(const fm_civil *c)
{
  return c->year >= 1 && c->year <= 9999 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
         c->day <= fm_date_days(c->year, c->month) && c->hour <= 24 && c->minute < 60 &&
         c->second <= 60 && (c->hour < 24 || (c->minute == 0 && c->second == 0));
}

static int64_t to_time(const when_parts *parts, const fm_civil *c, const fm_when *when)
{
  int64_t local = fm_date_from_civil(*c);
  return parts->offset ? local - parts->east : fm_zone_time(when->zone, local);
}

/* Chooses the year of a date without one: the latest that is not after tomorrow, since
 * clocks differ. */
static bool with_latest_year(const when_parts *parts, fm_civil *c, const fm_when *when)
{
  if (when->now == FM_NO_TIME)
    return false;
  c->year = fm_date_to_civil(when->now + fm_zone_offset(when->zone, when->now)).year + 1;
  for (int i = 0; i < YEARS_BACK; i++, c->year--)
    if (exists(c) && to_time(parts, c, when) <= when->now + DAY)
      return true;
  return false;
}

/* A time without a date is today's, or yesterday's if it lies in the future. */
static bool of_today(const when_parts *parts, fm_civil *c, const fm_when *when)
{
  if (when->now == FM_NO_TIME)
    return false;
  int64_t local = when->now + (parts->offset ? parts->east : fm_zone_offset(when->zone, when->now));
  fm_civil today = fm_date_to_civil(local);
  today.hour = c->hour;
  today.minute = c->minute;
  today.second = c->second;
  if (fm_date_from_civil(today) > local + 60) {
    fm_civil before = fm_date_to_civil(fm_date_from_civil(today) - DAY);
    today = before;
  }
  *c = today;
  return true;
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
  if (!parts->half)
    return true;
  if (c->hour < 1 || c->hour > 12)
    return false;
  c->hour = c->hour % 12 + (parts->half == WHEN_PM ? 12 : 0);
  return true;
}

bool when_finish(const when_parts *parts, const fm_when *when, int64_t *time)
{
  fm_civil c = parts->civil;
  if (parts->whole) {
    *time = parts->time;
    return true;
  }
  if (!set_half(parts, &c) || (parts->yday && !set_yday(parts, &c)))
    return false;
  if (!parts->yday && parts->month && !parts->day && parts->year)
    c.day = 1;
  else if (!parts->yday && !parts->month && !parts->day && !parts->year && parts->clock) {
    if (c.hour > 23 || c.minute > 59 || c.second > 60 || !of_today(parts, &c, when))
      return false;
  } else if (!parts->yday && (!parts->month || !parts->day))
    return false;
  else if (!parts->year && !with_latest_year(parts, &c, when))
    return false;
  if (!exists(&c))
    return false;
  *time = to_time(parts, &c, when);
  return true;
}

/* Parses Unix time: 9 or 10 digits of seconds, 12 or 13 of milliseconds, an optional
 * fraction. */
static bool read_unix(fm_str text, int64_t *time)
{
  const char *dot = memchr(text.ptr, '.', text.len);
  fm_str whole = dot ? fm_str_span(text.ptr, dot) : text;
  uint64_t number;
  for (size_t i = whole.len + 1; dot && i < text.len; i++)
    if (!when_digit(text.ptr[i]))
      return false;
  if (!fm_str_number(whole, INT64_MAX, &number))
    return false;
  if (whole.len == 12 || whole.len == 13)
    number /= 1000;
  else if (whole.len != 9 && whole.len != 10)
    return false;
  *time = (int64_t)number;
  return true;
}

/* "2026-08-..." is never relative to now. */
static bool starts_with_year(fm_str text)
{
  for (size_t i = 0; i < 4; i++)
    if (text.len < 6 || !when_digit(text.ptr[i]))
      return false;
  return text.ptr[4] == '-' && when_digit(text.ptr[5]);
}

static bool read_anyhow(fm_str text, const fm_when *when, int64_t *time)
{
  when_parts parts = {0};
  if (read_unix(text, time) || (!starts_with_year(text) && when_ago(text, when, time)))
    return true;
  return when_in_words(text, when, &parts) && when_finish(&parts, when, time);
}

static bool take_sane(int64_t read, int64_t *time)
{
  if (read < FM_DATE_MIN || read > FM_DATE_MAX)
    return false;
  *time = read;
  return true;
}

bool fm_when_parse(fm_str text, const fm_when *when, int64_t *time)
{
  text = fm_str_trim(text);
  if (text.len == 0 || text.len > FM_WHEN_TEXT_MAX)
    return false;
  int64_t read;
  for (size_t i = 0; i < when->nformats; i++) {
    when_parts parts = {0};
    if (when_by_format(text, when->formats[i], &parts) && when_finish(&parts, when, &read) &&
        take_sane(read, time))
      return true;
  }
  return read_anyhow(text, when, &read) && take_sane(read, time);
}
