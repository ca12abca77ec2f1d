/* Calendar arithmetic, strict date parsers (ISO 8601, RFC 9110, RFC 5322) and date
 * formatters. */
#include "base/date.h"

#include "base/str.h"

#define YEAR_0000 INT64_C(-62167219200)  /* 0000-01-01T00:00:00Z */
/* Limit beyond which a year would overflow int. */
#define FARTHEST INT64_C(60000000000000000)

enum { DAY = 86400, DAYS_400_YEARS = 146097 };

/* Days since 1970-01-01. Years start in March here, so that the leap day is the last day of
 * a year and the preceding months have the same lengths in every year. */
static int64_t days_of(int year, int month, int day)
{
  int64_t y = (int64_t)year - (month <= 2);
  int64_t era = (y >= 0 ? y : y - 399) / 400;
  int64_t in_era = y - era * 400;
  int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * DAYS_400_YEARS + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

int64_t fm_date_from_civil(fm_civil c)
{
  return days_of(c.year, c.month, c.day) * DAY + c.hour * 3600 + c.minute * 60 + c.second;
}

/* Days since 1970, rounded down; `*rest` receives the seconds since midnight. */
static int64_t split_days(int64_t time, int *rest)
{
  int64_t days = time / DAY - (time % DAY < 0);
  *rest = (int)(time - days * DAY);
  return days;
}

fm_civil fm_date_to_civil(int64_t time)
{
  time = time > FARTHEST ? FARTHEST : time < -FARTHEST ? -FARTHEST : time;
  int rest;
  int64_t days = split_days(time, &rest) + 719468;
  int64_t era = (days >= 0 ? days : days - DAYS_400_YEARS + 1) / DAYS_400_YEARS;
  int64_t in_era = days - era * DAYS_400_YEARS;
  int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
  int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
  int64_t from_march = (5 * in_year + 2) / 153;
  fm_civil c = {.hour = rest / 3600, .minute = rest / 60 % 60, .second = rest % 60};
  c.day = (int)(in_year - (153 * from_march + 2) / 5 + 1);
  c.month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
  c.year = (int)(year + era * 400 + (c.month <= 2));
  return c;
}

int fm_date_days(int year, int month)
{
  static const signed char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return days[month - 1] + (month == 2 && leap);
}

/* Day of the week; 0 is Sunday. */
static int weekday(int64_t days) { return (int)(((days + 4) % 7 + 7) % 7); }

static const char day_names[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char long_days[][10] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                     "Thursday", "Friday", "Saturday"};
static const char month_names[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* ---- parsers: each consumes its piece of the text if the piece is there ---- */

static bool parse_digits(fm_str *s, size_t count, int *number)
{
  int n = 0;
  if (s->len < count)
    return false;
  for (size_t i = 0; i < count; i++) {
    unsigned char c = (unsigned char)s->ptr[i];
    if (c < '0' || c > '9')
      return false;
    n = n * 10 + (c - '0');
  }
  *s = fm_str_from(*s, count);
  *number = n;
  return true;
}

static bool parse_char(fm_str *s, char c)
{
  if (s->len == 0 || *s->ptr != c)
    return false;
  *s = fm_str_from(*s, 1);
  return true;
}

static bool parse_text(fm_str *s, const char *text)
{
  if (!s->len || (*s->ptr | 0x20) != (*text | 0x20)) /* rejects most candidates early */
    return false;
  size_t len = strlen(text);
  if (s->len < len || !fm_str_ieq((fm_str){s->ptr, len}, (fm_str){text, len}))
    return false;
  *s = fm_str_from(*s, len);
  return true;
}

static bool exists(const fm_civil *c)
{
  return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
         c->day <= fm_date_days(c->year, c->month) && c->hour < 24 && c->minute < 60 &&
         c->second <= 60; /* 60: a leap second, RFC 3339 section 5.7 */
}

static bool parse_day(fm_str *s, fm_civil *c)
{
  return parse_digits(s, 4, &c->year) && parse_char(s, '-') && parse_digits(s, 2, &c->month) &&
         parse_char(s, '-') && parse_digits(s, 2, &c->day);
}

static bool parse_clock(fm_str *s, fm_civil *c)
{
  return parse_digits(s, 2, &c->hour) && parse_char(s, ':') && parse_digits(s, 2, &c->minute) &&
         parse_char(s, ':') && parse_digits(s, 2, &c->second);
}

/* Parses hh:mm, optionally followed by seconds and their fraction. */
static bool parse_iso_clock(fm_str *s, fm_civil *c)
{
  if (!parse_digits(s, 2, &c->hour) || !parse_char(s, ':') || !parse_digits(s, 2, &c->minute))
    return false;
  if (!parse_char(s, ':'))
    return true;
  if (!parse_digits(s, 2, &c->second))
    return false;
  int digit;
  if (parse_char(s, '.') || parse_char(s, ',')) {
    if (!parse_digits(s, 1, &digit))
      return false;
    while (parse_digits(s, 1, &digit))
      ;
  }
  return true;
}

/* Parses "Z", "+02:00", "+0200", "+02" or nothing into seconds east of UTC. */
static bool parse_offset(fm_str *s, int *offset)
{
  int hours, minutes = 0, sign = 1;
  *offset = 0;
  if (s->len == 0 || parse_text(s, "Z"))
    return true;
  if (parse_char(s, '-'))
    sign = -1;
  else if (!parse_char(s, '+'))
    return false;
  if (!parse_digits(s, 2, &hours))
    return false;
  if (s->len && !(parse_char(s, ':'), parse_digits(s, 2, &minutes)))
    return false;
  *offset = sign * (hours * 3600 + minutes * 60);
  return hours < 24 && minutes < 60;
}

bool fm_date_parse_iso(fm_str text, int64_t *time)
{
  fm_civil c = {0};
  int offset = 0;
  if (!parse_day(&text, &c))
    return false;
  if (text.len) {
    if (!parse_text(&text, "T") && !parse_char(&text, ' '))
      return false;
    if (!parse_iso_clock(&text, &c) || !parse_offset(&text, &offset) || text.len)
      return false;
  }
  if (!exists(&c))
    return false;
  *time = fm_date_from_civil(c) - offset;
  return true;
}

bool fm_date_parse_day(fm_str text, int64_t *time)
{
  fm_civil c = {0};
  if (!parse_day(&text, &c) || text.len || !exists(&c))
    return false;
  *time = fm_date_from_civil(c);
  return true;
}

bool fm_date_parse_month(fm_str text, int64_t *time)
{
  fm_civil c = {.day = 1};
  if (!parse_digits(&text, 4, &c.year) || !parse_char(&text, '-') ||
      !parse_digits(&text, 2, &c.month) || text.len || !exists(&c))
    return false;
  *time = fm_date_from_civil(c);
  return true;
}

static bool parse_month_name(fm_str *s, int *month)
{
  for (int i = 0; i < 12; i++)
    if (parse_text(s, month_names[i])) {
      *month = i + 1;
      return true;
    }
  return false;
}

static bool parse_weekday(fm_str *s)
{
  for (int i = 0; i < 7; i++)
    if (parse_text(s, long_days[i]))
      return true;
  for (int i = 0; i < 7; i++)
    if (parse_text(s, day_names[i]))
      return true;
  return false;
}

/* Parses "06 Nov 1994" or RFC 850's "06-Nov-94". RFC 9110's sliding window for two-digit
 * years would need the clock, so years from 70 on belong to the 1900s. */
static bool parse_http_day(fm_str *s, fm_civil *c)
{
  if (!parse_digits(s, 2, &c->day))
    return false;
  if (parse_char(s, '-')) {
    if (!parse_month_name(s, &c->month) || !parse_char(s, '-') || !parse_digits(s, 2, &c->year))
      return false;
    c->year += c->year < 70 ? 2000 : 1900;
    return true;
  }
  return parse_char(s, ' ') && parse_month_name(s, &c->month) && parse_char(s, ' ') &&
         parse_digits(s, 4, &c->year);
}

/* Parses what follows the weekday in asctime's format: " Nov  6 08:49:37 1994". */
static bool parse_asctime(fm_str *s, fm_civil *c)
{
  if (!parse_char(s, ' ') || !parse_month_name(s, &c->month) || !parse_char(s, ' '))
    return false;
  if (parse_char(s, ' ') ? !parse_digits(s, 1, &c->day) : !parse_digits(s, 2, &c->day))
    return false;
  return parse_char(s, ' ') && parse_clock(s, c) && parse_char(s, ' ') &&
         parse_digits(s, 4, &c->year);
}

bool fm_date_parse_http(fm_str text, int64_t *time)
{
  fm_civil c = {0};
  text = fm_str_trim(text);
  if (!parse_weekday(&text))
    return false;
  if (parse_char(&text, ',')) {
    if (!parse_char(&text, ' ') || !parse_http_day(&text, &c) || !parse_char(&text, ' ') ||
        !parse_clock(&text, &c) || !parse_text(&text, " GMT"))
      return false;
  } else if (!parse_asctime(&text, &c)) {
    return false;
  }
  if (text.len || !exists(&c))
    return false;
  *time = fm_date_from_civil(c);
  return true;
}

/* Parses "GMT", "UT" or "+0200". */
static bool parse_mail_zone(fm_str *s, int *offset)
{
  int clock;
  bool minus = s->len && *s->ptr == '-';
  *offset = 0;
  if (parse_text(s, "GMT") || parse_text(s, "UT"))
    return true;
  if (!(parse_char(s, '+') || parse_char(s, '-')) || !parse_digits(s, 4, &clock))
    return false;
  *offset = (clock / 100 * 3600 + clock % 100 * 60) * (minus ? -1 : 1);
  return clock % 100 < 60 && clock <= 1400;
}

bool fm_date_parse_mail(fm_str text, int64_t *time)
{
  fm_civil c = {0};
  int offset;
  if (parse_weekday(&text) && !(parse_char(&text, ',') && parse_char(&text, ' ')))
    return false;
  if ((!parse_digits(&text, 2, &c.day) && !parse_digits(&text, 1, &c.day)) || !parse_char(&text, ' ') ||
      !parse_month_name(&text, &c.month) || !parse_char(&text, ' ') ||
      !parse_digits(&text, 4, &c.year) || !parse_char(&text, ' ') || !parse_clock(&text, &c) ||
      !parse_char(&text, ' ') || !parse_mail_zone(&text, &offset) || text.len || !exists(&c))
    return false;
  *time = fm_date_from_civil(c) - offset;
  return true;
}

/* ---- ISO weeks: a week belongs to the year of its Thursday ---- */

/* The Monday of ISO week 1: the week that contains 4 January. */
static int64_t first_monday(int year)
{
  int64_t fourth = days_of(year, 1, 4);
  return fourth - (weekday(fourth) + 6) % 7;
}

bool fm_date_parse_week(fm_str text, int64_t *monday)
{
  int year, week;
  if (!parse_digits(&text, 4, &year) || !parse_char(&text, '-') || !parse_char(&text, 'W') ||
      !parse_digits(&text, 2, &week) || text.len || week < 1)
    return false;
  int64_t day = first_monday(year) + (week - 1) * 7;
  if (day >= first_monday(year + 1))
    return false;
  *monday = day * DAY;
  return true;
}

/* ---- formatters ---- */

static int64_t clamp(int64_t time)
{
  return time < YEAR_0000 ? YEAR_0000 : time > FM_DATE_MAX ? FM_DATE_MAX : time;
}

static char *put_number(char *out, int number, int digits)
{
  for (int i = digits - 1; i >= 0; i--, number /= 10)
    out[i] = (char)('0' + number % 10);
  return out + digits;
}

static char *put_char(char *out, char c)
{
  *out = c;
  return out + 1;
}

static char *put_name(char *out, const char *name)
{
  memcpy(out, name, 3);
  return out + 3;
}

static char *put_clock(char *out, const fm_civil *c)
{
  out = put_char(put_number(out, c->hour, 2), ':');
  out = put_char(put_number(out, c->minute, 2), ':');
  return put_number(out, c->second, 2);
}

static char *put_year_month(char *out, const fm_civil *c)
{
  return put_number(put_char(put_number(out, c->year, 4), '-'), c->month, 2);
}

void fm_date_iso(int64_t time, char out[FM_DATE_ISO_LEN + 1])
{
  fm_civil c = fm_date_to_civil(clamp(time));
  out = put_char(put_year_month(out, &c), '-');
  out = put_char(put_number(out, c.day, 2), 'T');
  memcpy(put_clock(out, &c), "Z", 2);
}

/* Writes "Tue, 04 Aug 2026 00:00:00 ". */
static char *put_long(char *out, int64_t time)
{
  int rest;
  time = clamp(time);
  fm_civil c = fm_date_to_civil(time);
  out = put_name(out, day_names[weekday(split_days(time, &rest))]);
  out = put_char(put_char(out, ','), ' ');
  out = put_char(put_number(out, c.day, 2), ' ');
  out = put_char(put_name(out, month_names[c.month - 1]), ' ');
  out = put_char(put_number(out, c.year, 4), ' ');
  return put_char(put_clock(out, &c), ' ');
}

void fm_date_http(int64_t time, char out[FM_DATE_HTTP_LEN + 1])
{
  memcpy(put_long(out, time), "GMT", 4);
}

void fm_date_rfc822(int64_t time, char out[32]) { memcpy(put_long(out, time), "+0000", 6); }

void fm_date_week(int64_t time, char out[16])
{
  int rest;
  int64_t day = split_days(clamp(time), &rest);
  int64_t thursday = day - (weekday(day) + 6) % 7 + 3;
  int year = fm_date_to_civil(clamp(thursday * DAY)).year;
  out = put_char(put_char(put_number(out, year, 4), '-'), 'W');
  *put_number(out, (int)((thursday - days_of(year, 1, 1)) / 7 + 1), 2) = 0;
}

void fm_date_month(int64_t time, char out[16])
{
  fm_civil c = fm_date_to_civil(clamp(time));
  *put_year_month(out, &c) = 0;
}
