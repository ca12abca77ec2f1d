/* Parses dates in numbers and English words in any order: the form of each token tells its
 * role. Text after a complete date is ignored. */
#include "base/when_internal.h"

typedef struct reader {
  fm_str s; /* unread text */
  when_parts *parts;
  bool stop; /* the date is complete and the next token does not belong to it */
} reader;

static char peek(const reader *r, size_t ahead) { return ahead < r->s.len ? r->s.ptr[ahead] : 0; }

static void skip(reader *r, size_t bytes) { r->s = fm_str_from(r->s, bytes); }

static bool complete(const when_parts *p)
{
  return p->yday || (p->month && (p->day || p->year)) || p->whole;
}

/* The date is complete, so text that does not fit is not part of it. */
static bool full(const when_parts *p) { return p->year && complete(p) && (p->day || p->yday); }

static size_t digits_at(const reader *r, size_t at)
{
  size_t n = 0;
  while (when_digit(peek(r, at + n)))
    n++;
  return n;
}

/* Numbers of more than 8 digits have no meaning here. */
static int number_at(const reader *r, size_t at, size_t digits)
{
  int n = 0;
  for (size_t i = 0; i < digits && i < 8; i++)
    n = n * 10 + (peek(r, at + i) - '0');
  return n;
}

/* ---- times ---- */

static void skip_space(reader *r)
{
  for (;;)
    if (when_space(peek(r, 0)))
      skip(r, 1);
    else if (fm_str_starts(r->s, FM_STR("\xc2\xa0")))
      skip(r, 2);
    else if (fm_str_starts(r->s, FM_STR("\xe2\x80\xaf"))) /* narrow no-break space */
      skip(r, 3);
    else
      return;
}

static bool take_half(reader *r)
{
  reader ahead = *r;
  skip_space(&ahead);
  char half = (char)(peek(&ahead, 0) | 0x20);
  bool dots = peek(&ahead, 1) == '.';
  if ((half != 'a' && half != 'p') || (peek(&ahead, 1 + dots) | 0x20) != 'm' ||
      when_letter(peek(&ahead, 2 + dots)))
    return false;
  skip(&ahead, 2 + (size_t)dots);
  if (dots && peek(&ahead, 0) == '.')
    skip(&ahead, 1);
  r->s = ahead.s;
  r->parts->half = half == 'a' ? WHEN_AM : WHEN_PM;
  return true;
}

/* Parses a zone after a time: "+02:00", "Z", "GMT+2", "CEST". */
static void take_zone(reader *r)
{
  reader ahead = *r;
  skip_space(&ahead);
  size_t len = 0;
  while (when_letter(peek(&ahead, len)))
    len++;
  size_t name = len;
  if (peek(&ahead, len) == '+' || peek(&ahead, len) == '-')
    for (len++; when_digit(peek(&ahead, len)) || (peek(&ahead, len) == ':' && len < name + 4);)
      len++;
  if (!fm_zone_parse_offset((fm_str){ahead.s.ptr, len}, &r->parts->east)) {
    len = name;
    if (!len || !fm_zone_parse_offset((fm_str){ahead.s.ptr, len}, &r->parts->east))
      return;
  }
  skip(&ahead, len);
  r->s = ahead.s;
  r->parts->offset = true;
}

/* Parses hh:mm[:ss]; the reader is at the hour. */
static bool take_clock(reader *r)
{
  fm_civil *c = &r->parts->civil;
  size_t hours = digits_at(r, 0), minutes = digits_at(r, hours + 1);
  if (r->parts->clock || hours > 2 || minutes != 2)
    return false;
  c->hour = number_at(r, 0, hours);
  c->minute = number_at(r, hours + 1, 2);
  skip(r, hours + 3);
  if (peek(r, 0) == ':' && digits_at(r, 1) == 2) {
    c->second = number_at(r, 1, 2);
    skip(r, 3);
    if ((peek(r, 0) == '.' || peek(r, 0) == ',') && when_digit(peek(r, 1)))
      skip(r, 1 + digits_at(r, 1));
  }
  r->parts->clock = true;
  take_half(r);
  take_zone(r);
  return true;
}

/* "5 pm" */
static bool take_hour(reader *r, size_t digits)
{
  reader ahead = *r;
  skip(&ahead, digits);
  if (r->parts->clock || !take_half(&ahead))
    return false;
  r->parts->civil.hour = number_at(r, 0, digits);
  r->parts->clock = true;
  r->s = ahead.s;
  take_zone(r);
  return true;
}

/* ---- dates in numbers ---- */

static bool set_date(when_parts *p, int year, int month, int day)
{
  if (p->year || p->month || p->day)
    return false;
  p->civil.year = year;
  p->civil.month = month;
  p->civil.day = day;
  p->year = p->month = true;
  p->day = day > 0;
  return true;
}

/* "2026-W32", "2026-W32-2" */
static bool take_week(reader *r)
{
  int64_t monday;
  if (!fm_date_parse_week((fm_str){r->s.ptr, 8}, &monday))
    return false;
  skip(r, 8);
  if (peek(r, 0) == '-' && peek(r, 1) >= '1' && peek(r, 1) <= '7') {
    monday += (int64_t)(peek(r, 1) - '1') * 86400;
    skip(r, 2);
  }
  fm_civil c = fm_date_to_civil(monday);
  return set_date(r->parts, c.year, c.month, c.day);
}

/* Parses a year followed by month and day, a month, or a day of the year, with one
 * separator. */
static bool take_year_first(reader *r)
{
  char separator = peek(r, 4);
  int year = number_at(r, 0, 4);
  if (separator == '-' && (peek(r, 5) == 'W' || peek(r, 5) == 'w') && r->s.len >= 8)
    return take_week(r);
  size_t first = digits_at(r, 5), second = 0;
  if (separator == '-' && first == 3) {
    r->parts->yday = number_at(r, 5, 3);
    r->parts->civil.year = year;
    skip(r, 8);
    return r->parts->yday > 0 && !r->parts->year && (r->parts->year = true);
  }
  if (first < 1 || first > 2)
    return false;
  int month = number_at(r, 5, first), day = 0;
  size_t end = 5 + first;
  if (peek(r, end) == separator && (second = digits_at(r, end + 1)) > 0) {
    if (second > 2)
      return false;
    day = number_at(r, end + 1, second);
    end += 1 + second;
    if (!day)
      return false;
  } else if (separator != '-') {
    return false;
  }
  skip(r, end);
  return set_date(r->parts, year, month, day);
}

/* "20260804", "20260804T101500" */
static bool take_basic(reader *r)
{
  if (!set_date(r->parts, number_at(r, 0, 4), number_at(r, 4, 2), number_at(r, 6, 2)))
    return false;
  skip(r, 8);
  if ((peek(r, 0) | 0x20) != 't')
    return true;
  size_t digits = digits_at(r, 1);
  if (digits != 4 && digits != 6)
    return false;
  r->parts->civil.hour = number_at(r, 1, 2);
  r->parts->civil.minute = number_at(r, 3, 2);
  r->parts->civil.second = digits == 6 ? number_at(r, 5, 2) : 0;
  r->parts->clock = true;
  skip(r, 1 + digits);
  if (peek(r, 0) == '.' && when_digit(peek(r, 1)))
    skip(r, 1 + digits_at(r, 1));
  take_zone(r);
  return true;
}

/* "4.8.2026", "04.08.26" */
static bool take_dotted(reader *r, size_t day)
{
  size_t month = digits_at(r, day + 1), year = digits_at(r, day + month + 2);
  if (month < 1 || month > 2 || peek(r, day + 1 + month) != '.' || (year != 2 && year != 4))
    return false;
  int y = number_at(r, day + month + 2, year);
  if (!set_date(r->parts, year == 2 ? when_year(y) : y, number_at(r, day + 1, month),
                number_at(r, 0, day)))
    return false;
  skip(r, day + month + year + 2);
  return true;
}

static bool set_year(when_parts *p, int year)
{
  if (p->year)
    return false;
  p->civil.year = year;
  return p->year = true;
}

static bool set_day(when_parts *p, int day)
{
  if (p->day)
    return false;
  p->civil.day = day;
  return p->day = true;
}

/* Parses a number followed by an East Asian unit (year, month, day). */
static bool take_unit(reader *r, size_t digits)
{
  reader at = *r;
  int n = number_at(r, 0, digits);
  skip(&at, digits);
  skip_space(&at);
  when_parts *p = r->parts;
  bool done = true;
  size_t len = 3;
  if (digits == 4 && (fm_str_starts(at.s, FM_STR("\xe5\xb9\xb4")) ||
                      fm_str_starts(at.s, FM_STR("\xeb\x85\x84"))))
    done = set_year(p, n);
  else if (digits <= 2 && (fm_str_starts(at.s, FM_STR("\xe6\x9c\x88")) ||
                           fm_str_starts(at.s, FM_STR("\xec\x9b\x94"))))
    done = !p->month && (p->month = true, p->civil.month = n, true);
  else if (digits <= 2 && (fm_str_starts(at.s, FM_STR("\xe6\x97\xa5")) ||
                           fm_str_starts(at.s, FM_STR("\xec\x9d\xbc"))))
    done = set_day(p, n);
  else
    return false;
  skip(&at, len);
  r->s = at.s;
  return done;
}

/* Parses a plain number: four digits are a year, otherwise it is a day, or the two-digit
 * year after day and month. */
static bool take_plain(reader *r, size_t digits)
{
  when_parts *p = r->parts;
  int n = number_at(r, 0, digits);
  skip(r, digits);
  if (digits == 4)
    return set_year(p, n);
  if (digits > 2)
    return false;
  if (p->day && p->month && !p->year && digits == 2)
    return set_year(p, when_year(n));
  if (when_letter(peek(r, 0)) && when_letter(peek(r, 1)) && !when_letter(peek(r, 2))) {
    static const char *const ends[] = {"st", "nd", "rd", "th"};
    for (size_t i = 0; i < 4; i++)
      if (fm_str_ieq((fm_str){r->s.ptr, 2}, fm_str_of(ends[i]))) {
        skip(r, 2);
        break;
      }
  }
  return set_day(p, n);
}

static bool take_number(reader *r)
{
  size_t digits = digits_at(r, 0);
  char after = peek(r, digits), then = peek(r, digits + 1);
  if (after == ':' && when_digit(then))
    return take_clock(r);
  if (digits <= 2 && take_hour(r, digits))
    return true;
  if (take_unit(r, digits))
    return true;
  if (digits == 4 && (after == '-' || after == '/' || after == '.') && !r->parts->month &&
      (when_digit(then) || then == 'W' || then == 'w'))
    return take_year_first(r);
  if (digits == 8)
    return take_basic(r);
  if (digits <= 2 && after == '.' && when_digit(then))
    return take_dotted(r, digits);
  if (after == '/' && when_digit(then))
    return false; /* ambiguous: day and month cannot be told apart */
  return take_plain(r, digits);
}

/* ---- words ---- */

static bool is_filler(fm_str word)
{
  static const char *const words[] = {"at", "on", "of", "the", "posted", "published", "updated",
                                      "created", "added", "released", "modified", "last", "date",
                                      "since", "from", "t"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (fm_str_ieq(word, fm_str_of(words[i])))
      return true;
  return false;
}

static bool take_word(reader *r)
{
  size_t len = 0;
  while (when_letter(peek(r, len)))
    len++;
  fm_str word = {r->s.ptr, len};
  int month = when_month(word);
  if (month && !r->parts->month) {
    r->parts->civil.month = month;
    r->parts->month = true;
  } else if (!when_weekday(word) && !is_filler(word)) {
    return complete(r->parts) && (r->stop = true);
  }
  skip(r, len);
  return true;
}

static bool take_other(reader *r)
{
  static const char *const marks[] = {"\xc2\xb7", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x80\xa2",
                                      "\xe2\x80\x99"}; /* middle dot, dashes, bullet, quote */
  char c = peek(r, 0);
  if (c == '(' && complete(r->parts)) {
    r->stop = true;
    return true;
  }
  if (strchr(",.;:|@()-/'\"~", c)) {
    skip(r, 1);
    return true;
  }
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
    if (fm_str_starts(r->s, fm_str_of(marks[i]))) {
      skip(r, strlen(marks[i]));
      return true;
    }
  return complete(r->parts) && (r->stop = true);
}

bool when_in_words(fm_str text, const fm_when *when, when_parts *parts)
{
  (void)when;
  reader r = {.s = text, .parts = parts};
  if (memchr(text.ptr, 0, text.len))
    return false;
  for (skip_space(&r); r.s.len && !r.stop; skip_space(&r)) {
    char c = peek(&r, 0);
    bool good = when_digit(c) ? take_number(&r) : when_letter(c) ? take_word(&r) : take_other(&r);
    if (!good && !full(parts))
      return false;
    r.stop = r.stop || !good;
  }
  return complete(parts) || parts->clock;
}
