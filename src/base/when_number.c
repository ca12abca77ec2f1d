/* The numbers of a date: each tells its role by its digits, its separators and its unit. */
#include "base/when_internal.h"

/* ---- dates in numbers ---- */

static bool is_separator(char c) { return c == '.' || c == '/' || c == '-'; }

static bool set_date(when_reader *r, int year, int month, int day)
{
  when_parts *p = r->parts;
  if (r->ranged && p->day && !p->year) { /* the end of a range: the first day stays */
    p->civil.year = year;
    p->civil.month = p->month ? p->civil.month : month;
    return r->ended = p->year = p->month = true;
  }
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
static bool take_week(when_reader *r)
{
  int64_t monday;
  char text[] = "2026-W32";
  memcpy(text, r->s.ptr, 8);
  text[5] = 'W';
  if (!fm_date_parse_week((fm_str){text, 8}, &monday))
    return false;
  when_skip(r, 8);
  if (when_peek(r, 0) == '-' && when_peek(r, 1) >= '1' && when_peek(r, 1) <= '7') {
    monday += (int64_t)(when_peek(r, 1) - '1') * 86400;
    when_skip(r, 2);
  }
  fm_civil c = fm_date_to_civil(monday);
  return set_date(r, c.year, c.month, c.day);
}

/* The next number after a separator at `at`, with spaces after a dot; 0 digits: none. */
static size_t next_number(const when_reader *r, size_t at, char separator, size_t *digits)
{
  if (when_peek(r, at) != separator)
    return *digits = 0;
  at++;
  while (separator == '.' && when_peek(r, at) == ' ')
    at++;
  *digits = when_digits_at(r, at);
  return at;
}

/* Parses a year followed by month and day, a month, or a day of the year, with one separator. */
static bool take_year_first(when_reader *r, size_t len)
{
  char separator = when_peek(r, len);
  int year = when_number_at(r, 0, len);
  if (separator == '-' && when_peek(r, 5) == 'w' && r->s.len >= 8)
    return take_week(r);
  size_t first, second, at = next_number(r, len, separator, &first);
  if (separator == '-' && first == 3 && len == 4) {
    r->parts->yday = when_number_at(r, 5, 3);
    r->parts->civil.year = year;
    when_skip(r, 8);
    return r->parts->yday > 0 && !r->parts->year && (r->parts->year = true);
  }
  if (first < 1 || first > 2)
    return false;
  int month = when_number_at(r, at, first), day = 0;
  size_t end = at + first, last = next_number(r, end, separator, &second);
  if (second > 0) {
    day = when_number_at(r, last, second);
    end = last + second;
    if (!day || second > 2)
      return false;
  } else if (separator != '-') {
    return false;
  }
  when_skip(r, end);
  return set_date(r, year, month, day);
}

/* "20260804", "20260804T101500" */
static bool take_basic(when_reader *r)
{
  bool time = when_peek(r, 8) == 't';
  if ((!time && r->context->when->origin != FM_WHEN_DATA) ||
      !set_date(r, when_number_at(r, 0, 4), when_number_at(r, 4, 2), when_number_at(r, 6, 2)))
    return false;
  when_skip(r, 8);
  if (!time)
    return true;
  size_t digits = when_digits_at(r, 1);
  if (digits != 4 && digits != 6)
    return false;
  r->parts->civil.hour = when_number_at(r, 1, 2);
  r->parts->civil.minute = when_number_at(r, 3, 2);
  r->parts->civil.second = digits == 6 ? when_number_at(r, 5, 2) : 0;
  r->parts->clock = true;
  when_skip(r, 1 + digits);
  if (when_peek(r, 0) == '.' && fm_is_digit(when_peek(r, 1)))
    when_skip(r, 1 + when_digits_at(r, 1));
  fm_when_take_zone(r);
  return true;
}

/* Which of two numbers is the day: FM_WHEN_EITHER if both may be, FM_WHEN_UNKNOWN if none. */
static enum fm_when_order order_of(int first, int second)
{
  bool day_first = first >= 1 && first <= 31 && second >= 1 && second <= 12;
  bool month_first = second >= 1 && second <= 31 && first >= 1 && first <= 12;
  if (first == second)
    return day_first ? FM_WHEN_DAY_FIRST : FM_WHEN_UNKNOWN;
  return day_first && month_first ? FM_WHEN_EITHER
         : day_first              ? FM_WHEN_DAY_FIRST
         : month_first            ? FM_WHEN_MONTH_FIRST : FM_WHEN_UNKNOWN;
}

/* Sets day and month from two numbers. What has two meanings is left to fm_when_finish(). */
static bool set_pair(when_reader *r, int first, int second, char separator, int year)
{
  enum fm_when_order order = order_of(first, second), given = r->context->when->order;
  if (order == FM_WHEN_UNKNOWN)
    return false;
  bool either = order == FM_WHEN_EITHER;
  if (either && (given == FM_WHEN_DAY_FIRST || given == FM_WHEN_MONTH_FIRST))
    order = given;
  else if (either && separator == '.')
    order = FM_WHEN_DAY_FIRST;
  else if (either)
    order = fm_when_order_of_language(r->context->when->language, r->context->languages);
  bool swap = either && order == FM_WHEN_UNKNOWN, month_first = order == FM_WHEN_MONTH_FIRST;
  if (!set_date(r, year, month_first ? first : second, month_first ? second : first))
    return false;
  r->parts->swappable = swap && !r->ended;
  return true;
}

/* "4.8.2026", "27/08/2026", "08-27-26", "98/05/12" */
static bool take_triple(when_reader *r, size_t digits, char separator)
{
  size_t second, third, at = next_number(r, digits, separator, &second);
  if (second < 1 || second > 2)
    return false;
  size_t last = next_number(r, at + second, separator, &third);
  if (third < 1 || third == 3 || third > 4)
    return false;
  int a = when_number_at(r, 0, digits), b = when_number_at(r, at, second), c = when_number_at(r, last, third);
  size_t end = last + third;
  if (when_letter(when_peek(r, end)) && when_peek(r, end) != 't' && (unsigned char)when_peek(r, end) < 0x80)
    return false;
  bool short_year = third <= 2;
  bool year_first = short_year && digits == 2 && (a > 31 || fm_when_year_first(r->context->languages));
  if ((short_year && !year_first && third != 2) ||
      !(year_first ? set_date(r, fm_when_year(a), b, c)
                   : set_pair(r, a, b, separator, short_year ? fm_when_year(c) : c)))
    return false;
  when_skip(r, end);
  return true;
}

/* "08/2026"; "27/08" and "4.8." without a year */
static bool take_pair(when_reader *r, size_t digits, char separator)
{
  size_t second, at = next_number(r, digits, separator, &second);
  int first = when_number_at(r, 0, digits);
  if (second == 4 && first >= 1 && first <= 12 && !is_separator(when_peek(r, at + 4))) {
    bool set = set_date(r, when_number_at(r, at, 4), first, 0);
    when_skip(r, set ? at + 4 : 0);
    return set;
  }
  if (second < 1 || second > 2 || separator == '-' || r->context->when->origin == FM_WHEN_PROSE ||
      (separator == '.' && when_peek(r, at + second) != '.'))
    return false;
  when_parts before = *r->parts;
  if (!set_pair(r, first, when_number_at(r, at, second), separator, 0))
    return false;
  if (!before.year)
    r->parts->year = false;
  when_skip(r, at + second + (separator == '.'));
  return true;
}

static bool set_year(when_parts *p, int year)
{
  if (p->year)
    return false;
  p->civil.year = year;
  return p->year = true;
}

/* True if a number is the last day of a range. */
static bool ends_range(const when_reader *r)
{
  return r->ranged || (r->parts->range_month.count && !r->ended);
}

static bool set_day(when_reader *r, int day)
{
  if (r->parts->day)
    return ends_range(r) && (r->ended = true);
  r->parts->civil.day = day;
  return r->parts->day = true;
}

static bool set_month(when_reader *r, int month)
{
  if (r->parts->month)
    return r->ranged;
  r->parts->civil.month = month;
  return r->parts->month = true;
}

static bool set_unit(when_reader *r, enum when_kind unit, int n, size_t digits)
{
  fm_civil *c = &r->parts->civil;
  switch (unit) {
    case WHEN_UNIT_YEAR: return (digits == 4 || digits == 2 || r->parts->year_shift) &&
                                set_year(r->parts, digits == 2 && !r->parts->year_shift ? fm_when_year(n) : n);
    case WHEN_UNIT_MONTH: return digits <= 2 && set_month(r, n);
    case WHEN_UNIT_DAY: return digits <= 2 && set_day(r, n);
    case WHEN_UNIT_HOUR: c->hour = n; return digits <= 2 && !r->parts->clock && (r->parts->clock = true);
    case WHEN_UNIT_MINUTE: c->minute = n; return digits <= 2 && r->parts->clock;
    case WHEN_UNIT_SECOND: c->second = n; return digits <= 2 && r->parts->clock;
    default: return false;
  }
}

/* A number with a unit after it (East Asian) or before it (Vietnamese). */
static bool take_unit(when_reader *r, size_t digits, bool *fits)
{
  static const enum when_kind units[] = {WHEN_UNIT_YEAR, WHEN_UNIT_MONTH,  WHEN_UNIT_DAY,
                                         WHEN_UNIT_HOUR, WHEN_UNIT_MINUTE, WHEN_UNIT_SECOND};
  when_reader at = *r;
  int n = when_number_at(r, 0, digits);
  size_t len = 0;
  when_skip(&at, digits);
  if (r->expected) {
    *fits = set_unit(r, r->expected, n, digits);
    r->expected = (enum when_kind)0;
    r->s = at.s;
    return true;
  }
  when_skip_space(&at);
  if ((unsigned char)when_peek(&at, 0) < 0xe0)
    return false;
  when_word word = fm_when_find_prefix(at.s, &len);
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (fm_when_is(word, units[i])) {
      when_skip(&at, len);
      *fits = set_unit(r, units[i], n, digits);
      r->s = at.s;
      return true;
    }
  return false;
}

/* Skips the end of a range that follows a day: "6-21", "6. - 21.". */
static void skip_range_end(when_reader *r)
{
  when_reader ahead = *r;
  if (when_peek(&ahead, 0) == '.')
    when_skip(&ahead, 1);
  when_skip_space(&ahead);
  if (when_peek(&ahead, 0) != '-')
    return;
  when_skip(&ahead, 1);
  when_skip_space(&ahead);
  size_t digits = when_digits_at(&ahead, 0);
  char after = when_peek(&ahead, digits);
  if (digits < 1 || digits > 2 || after == ':' || when_number_at(&ahead, 0, digits) > 31)
    return;
  if ((after == '.' || after == '/') && fm_is_digit(when_peek(&ahead, digits + 1))) {
    r->s = ahead.s; /* a whole date ends the range */
    r->ranged = true;
    return;
  }
  when_skip(&ahead, digits);
  r->s = ahead.s;
}

static void skip_ordinal(when_reader *r)
{
  static const char *const ends[] = {"st", "nd", "rd", "th", "er", "re", "-i", "-e", "-a", "de", "ste"};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    size_t len = strlen(ends[i]);
    if (fm_str_starts(r->s, fm_str_of(ends[i])) && !when_letter(when_peek(r, len))) {
      when_skip(r, len);
      return;
    }
  }
}

/* A plain number: four digits are a year, otherwise it is a day, or the two-digit year after
 * day and month. */
static bool take_plain(when_reader *r, size_t digits)
{
  when_parts *p = r->parts;
  int n = when_number_at(r, 0, digits);
  when_skip(r, digits);
  if (digits == 4) {
    if (when_peek(r, 0) == ':' && fm_is_digit(when_peek(r, 1)))
      when_skip(r, 1); /* Common Log Format: 04/Aug/2026:10:15:00 */
    return set_year(p, n);
  }
  if (digits > 3 || (digits == 3 && !p->year_shift))
    return false;
  if (p->year_shift && !p->year)
    return set_year(p, n);
  if (p->day && p->month && !p->year && digits == 2 && !ends_range(r))
    return set_year(p, fm_when_year(n));
  skip_ordinal(r);
  if (!set_day(r, n))
    return false;
  if (!p->year || p->month)
    skip_range_end(r);
  return true;
}

/* True if the number begins a date in numbers, which `*fits` tells the success of. */
static bool take_numeric(when_reader *r, size_t digits, bool *fits)
{
  char after = when_peek(r, digits);
  bool number = fm_is_digit(when_peek(r, digits + 1)) ||
                (after == '.' && when_peek(r, digits + 1) == ' ' && fm_is_digit(when_peek(r, digits + 2)));
  if (after == '.' && digits <= 2 && when_complete(r->parts) && r->parts->day && fm_when_take_clock(r, '.'))
    return *fits = true;
  if (!is_separator(after) || r->parts->month_word.count)
    return false;
  if (digits == 4 && !r->parts->month && (number || when_peek(r, 5) == 'w')) {
    *fits = take_year_first(r, 4);
    return true;
  }
  if (digits == 3 && number && (r->parts->year_shift || fm_when_language(FM_STR("zh")) & r->context->languages)) {
    if (!r->parts->year_shift)
      r->parts->year_shift = 1911; /* the Republic of China's years */
    *fits = take_year_first(r, 3);
    return true;
  }
  if (digits <= 2 && r->parts->year_shift && number) {
    *fits = take_year_first(r, digits);
    return true;
  }
  if (digits > 2 || !number)
    return false;
  when_reader before = *r;
  if (take_triple(r, digits, after) || take_pair(r, digits, after))
    return *fits = true;
  *r = before;
  *fits = false;
  return after == '/'; /* ambiguous, or no date; a dash may be a range, a dot an ordinal */
}

bool fm_when_take_number(when_reader *r)
{
  size_t digits = when_digits_at(r, 0);
  char after = when_peek(r, digits);
  bool fits = false;
  if (after == ':' && fm_is_digit(when_peek(r, digits + 1)) && digits <= 2)
    return fm_when_take_clock(r, ':');
  if (digits <= 2 && (fm_when_take_hour(r, digits) || fm_when_take_french_clock(r, digits)))
    return true;
  if (take_unit(r, digits, &fits) || take_numeric(r, digits, &fits))
    return fits;
  return digits == 8 ? take_basic(r) : take_plain(r, digits);
}

/* ---- evidence of the order ---- */

/* Two equal numbers are one date, but tell nothing of others. */
static enum fm_when_order order_shown(int first, int second)
{
  return first == second ? FM_WHEN_UNKNOWN : order_of(first, second);
}

/* Quick test: a date in numbers with the year last has a separator, and no year before it. */
static bool may_show_order(fm_str text)
{
  size_t digits = 0;
  bool beyond_ascii = false;
  for (size_t i = 0; i < text.len && !beyond_ascii; i++) {
    if ((unsigned char)text.ptr[i] >= 0x80)
      beyond_ascii = true;
    else if (fm_is_digit(text.ptr[i]))
      digits++;
    else if (digits)
      return digits <= 2 && (text.ptr[i] == '/' || text.ptr[i] == '-');
  }
  return beyond_ascii;
}

enum fm_when_order fm_when_order_of(fm_str text)
{
  static const fm_when none = {.now = FM_NO_TIME};
  char clean[WHEN_CLEAN_MAX];
  bool persian = false;
  if (text.len == 0 || text.len > FM_WHEN_TEXT_MAX || !may_show_order(text))
    return FM_WHEN_UNKNOWN;
  when_parts parts = {0};
  when_context context = {.when = &none, .original = text};
  when_reader r = {.s = {clean, fm_when_clean(text, clean, &persian)}, .context = &context, .parts = &parts};
  while (r.s.len) {
    size_t digits = when_digits_at(&r, 0), second, third;
    char separator = when_peek(&r, digits);
    if (digits && digits <= 2 && (separator == '/' || separator == '-')) {
      size_t at = next_number(&r, digits, separator, &second);
      size_t last = next_number(&r, at + second, separator, &third);
      if (second && second <= 2 && (third == 2 || third == 4) && !fm_is_digit(when_peek(&r, last + third)))
        return order_shown(when_number_at(&r, 0, digits), when_number_at(&r, at, second));
    }
    when_skip(&r, digits ? digits : 1);
  }
  return FM_WHEN_UNKNOWN;
}

enum fm_when_order fm_when_order_in(const fm_str *texts, size_t count)
{
  enum fm_when_order found = FM_WHEN_UNKNOWN;
  for (size_t i = 0; i < count; i++) {
    enum fm_when_order order = fm_when_order_of(texts[i]);
    if (order == FM_WHEN_UNKNOWN || order == FM_WHEN_EITHER)
      continue;
    if (found && found != order)
      return FM_WHEN_UNKNOWN;
    found = order;
  }
  return found;
}
