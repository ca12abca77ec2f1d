/* Parses times relative to now, in English. */
#include "base/when_internal.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, AMOUNT_MAX = 100000 };

typedef struct span { /* a time span before now */
  int64_t seconds;
  int months;
} span;

static const struct unit {
  const char *names; /* separated by spaces */
  int seconds, months;
} units[] = {
  {"s sec secs second seconds", 1, 0},
  {"m min mins minute minutes", MINUTE, 0},
  {"h hr hrs hour hours", HOUR, 0},
  {"d day days", DAY, 0},
  {"w wk wks week weeks", 7 * DAY, 0},
  {"mo mos mth mths month months", 0, 1},
  {"y yr yrs year years", 0, 12},
};

static bool is_one_of(fm_str word, const char *names)
{
  fm_str rest = fm_str_of(names), name;
  while (fm_str_cut(&rest, ' ', &name))
    if (fm_str_ieq(word, name))
      return true;
  return false;
}

static const struct unit *unit_of(fm_str word)
{
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (is_one_of(word, units[i].names))
      return &units[i];
  return NULL;
}

/* Consumes the next word or number, skipping punctuation. */
static fm_str next(fm_str *s)
{
  size_t len = 0;
  while (s->len && !when_letter(*s->ptr) && !when_digit(*s->ptr)) {
    if (!strchr(" \t\n\r,.~<>", *s->ptr))
      return (fm_str){s->ptr, 0};
    *s = fm_str_from(*s, 1);
  }
  bool digits = s->len && when_digit(*s->ptr);
  while (len < s->len && (digits ? when_digit(s->ptr[len]) : when_letter(s->ptr[len])))
    len++;
  fm_str word = {s->ptr, len};
  *s = fm_str_from(*s, len);
  return word;
}

static bool amount_of(fm_str word, int *amount)
{
  static const char *const words[] = {"zero", "one", "two", "three", "four", "five", "six", "seven",
                                      "eight", "nine", "ten", "eleven", "twelve"};
  uint64_t number;
  if (fm_str_number(word, AMOUNT_MAX, &number)) {
    *amount = (int)number;
    return true;
  }
  for (int i = 0; i <= 12; i++)
    if (fm_str_ieq(word, fm_str_of(words[i]))) {
      *amount = i;
      return true;
    }
  *amount = is_one_of(word, "few several") ? 3 : 1;
  return is_one_of(word, "a an few several last");
}

static int64_t back(const fm_when *when, span s)
{
  int64_t local = when->now + fm_zone_offset(when->zone, when->now);
  if (!s.months)
    return when->now - s.seconds;
  fm_civil c = fm_date_to_civil(local);
  int64_t months = (int64_t)c.year * 12 + c.month - 1 - s.months;
  c.year = (int)(months / 12);
  c.month = (int)(months % 12) + 1;
  if (months < 12)
    return FM_NO_TIME;
  if (c.day > fm_date_days(c.year, c.month))
    c.day = fm_date_days(c.year, c.month);
  return fm_zone_time(when->zone, fm_date_from_civil(c)) - s.seconds;
}

/* Parses one "3 hours"; false leaves `*s` untouched. */
static bool take_span(fm_str *s, span *sum)
{
  fm_str rest = *s, word = next(&rest);
  int amount;
  while (is_one_of(word, "and about"))
    word = next(&rest);
  if (!amount_of(word, &amount))
    return false;
  word = next(&rest);
  if (is_one_of(word, "few")) { /* "a few minutes" */
    amount = 3;
    word = next(&rest);
  }
  const struct unit *unit = unit_of(word);
  if (!unit)
    return false;
  sum->seconds += (int64_t)amount * unit->seconds;
  sum->months += amount * unit->months;
  *s = rest;
  return true;
}

/* Parses "3 hours, 5 minutes ago", "in 2 days" or "5m". */
static bool read_span(fm_str s, const fm_when *when, int64_t *time)
{
  span sum = {0};
  fm_str rest = s;
  bool future = is_one_of(next(&rest), "in"), any = false;
  if (future)
    s = rest;
  while (take_span(&s, &sum))
    any = true;
  if (!any)
    return false;
  fm_str word = next(&s);
  if (is_one_of(word, "from") && is_one_of(next(&s), "now"))
    future = true;
  else if (word.len && !is_one_of(word, "ago old"))
    return false;
  if (next(&s).len || s.len)
    return false;
  if (future)
    sum = (span){-sum.seconds, -sum.months};
  *time = back(when, sum);
  return *time != FM_NO_TIME;
}

static bool read_now(fm_str s)
{
  fm_str word = next(&s);
  if (is_one_of(word, "just right"))
    word = next(&s);
  else if (is_one_of(word, "a"))
    word = next(&s);
  bool ago = is_one_of(word, "moment moments seconds");
  if (!ago && !is_one_of(word, "now"))
    return false;
  if (ago && !is_one_of(next(&s), "ago"))
    return false;
  return next(&s).len == 0 && s.len == 0;
}

/* Parses the name of a day with an optional time: "yesterday at 14:30", "Monday". */
static bool read_day(fm_str s, const fm_when *when, int64_t *time)
{
  fm_str word = next(&s);
  int64_t local = when->now + fm_zone_offset(when->zone, when->now);
  int64_t days = local / DAY - (local % DAY < 0), weekday = ((days + 4) % 7 + 7) % 7;
  int wanted = when_weekday(word);
  if (is_one_of(word, "last") && (wanted = when_weekday(next(&s))) == 0)
    return false;
  if (wanted)
    days -= (weekday - (wanted - 1) + 6) % 7 + 1;
  else if (is_one_of(word, "yesterday tomorrow"))
    days += (word.ptr[0] | 0x20) == 'y' ? -1 : 1;
  else if (!is_one_of(word, "today"))
    return false;
  when_parts parts = {0};
  s = fm_str_trim(s);
  if (s.len && !when_in_words(s, when, &parts))
    return false;
  if (parts.year || parts.month || parts.day || parts.yday)
    return false;
  fm_civil day = fm_date_to_civil(days * DAY);
  parts.civil.year = day.year;
  parts.civil.month = day.month;
  parts.civil.day = day.day;
  parts.year = parts.month = parts.day = true;
  return when_finish(&parts, when, time);
}

bool when_ago(fm_str text, const fm_when *when, int64_t *time)
{
  if (when->now == FM_NO_TIME)
    return false;
  for (fm_str rest = text; is_one_of(next(&rest), "posted updated published created about around "
                                                  "over almost nearly approximately less than "
                                                  "active edited submitted");)
    text = rest;
  if (read_now(text)) {
    *time = when->now;
    return true;
  }
  return read_span(text, when, time) || read_day(text, when, time);
}
