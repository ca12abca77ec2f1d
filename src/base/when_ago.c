/* Parses times relative to now: by the grammar of English, and by the phrases of the other
 * languages. */
#include "base/when_internal.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, AMOUNT_MAX = 100000, PHRASE_MAX = 96, TRIES = 4 };

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
    if (fm_str_eq(word, name))
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
  while (s->len && !when_letter(*s->ptr) && !fm_is_digit(*s->ptr)) {
    if (!strchr(" ,.-<>:", *s->ptr))
      return (fm_str){s->ptr, 0};
    *s = fm_str_from(*s, 1);
  }
  bool digits = s->len && fm_is_digit(*s->ptr);
  while (len < s->len && (digits ? fm_is_digit(s->ptr[len]) : when_letter(s->ptr[len])))
    len++;
  fm_str word = {s->ptr, len};
  *s = fm_str_from(*s, len);
  return word;
}

static int64_t before_now(const fm_when *when, span s)
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

/* ---- English ---- */

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
    if (fm_str_is(word, words[i])) {
      *amount = i;
      return true;
    }
  *amount = is_one_of(word, "few several") ? 3 : 1;
  return is_one_of(word, "a an few several last");
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
static bool parse_span(fm_str s, const fm_when *when, int64_t *time)
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
  *time = before_now(when, sum);
  return *time != FM_NO_TIME;
}

static bool is_now(fm_str s)
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

/* Parses the name of a past day with an optional time: "last Friday", "Monday at 10:00". */
static bool parse_day(fm_str s, const when_context *context, int64_t *time)
{
  fm_str rest = s;
  if (is_one_of(next(&rest), "last"))
    s = rest;
  when_parts parts = {0};
  return fm_when_in_words(s, context, &parts) && parts.weekday_word.count && !parts.month && !parts.day &&
         !parts.year && !parts.relative && fm_when_finish(&parts, context, time);
}

static bool in_english(fm_str text, const when_context *context, int64_t *time)
{
  const fm_when *when = context->when;
  for (fm_str rest = text; is_one_of(next(&rest), "posted updated published created about around "
                                                  "over almost nearly approximately less than "
                                                  "active edited submitted last-active");)
    text = rest;
  if (is_now(text)) {
    *time = when->now;
    return true;
  }
  return parse_span(text, when, time) || parse_day(text, context, time);
}

/* ---- phrases ---- */

/* The text as the keys of the phrases are: without spaces and dots, '#' for its number, or for
 * its first word that means one. False: too long, or several numbers. */
static bool to_phrase(fm_str s, bool words, char out[PHRASE_MAX], size_t *len, uint64_t *number)
{
  bool any = false;
  *len = 0;
  while (s.len) {
    char c = *s.ptr;
    size_t piece = 0;
    while (piece < s.len && (fm_is_digit(c) ? fm_is_digit(s.ptr[piece]) : when_letter(s.ptr[piece])))
      piece++;
    bool one = words && !any && piece && fm_when_is(fm_when_find((fm_str){s.ptr, piece}), WHEN_NUMBER);
    if (fm_is_digit(c) || one) {
      *number = 1;
      if (any || (!one && !fm_str_number((fm_str){s.ptr, piece}, AMOUNT_MAX, number)))
        return false;
      any = true;
      out[(*len)++] = '#';
    } else if (piece && *len + piece < PHRASE_MAX - 1) {
      memcpy(out + *len, s.ptr, piece);
      *len += piece;
    } else if (piece || !strchr(" .'", c)) {
      return false;
    }
    if (*len >= PHRASE_MAX - 1)
      return false;
    s = fm_str_from(s, piece ? piece : 1);
  }
  return true;
}

static bool apply_phrase(const when_phrase_row *row, uint64_t number, const fm_when *when, int64_t *time)
{
  int amount = (row->amount ? row->amount : (int)number) * -row->sign;
  span s = {(int64_t)amount * units[row->unit].seconds, amount * units[row->unit].months};
  *time = before_now(when, s);
  return *time != FM_NO_TIME;
}

/* The phrase's meaning in the text's language; in another only if all agree. */
static bool find_phrase(fm_str phrase, uint64_t number, const when_context *context, int64_t *time)
{
  size_t count;
  const when_phrase_row *rows = fm_when_find_phrase(phrase, &count), *found = NULL;
  for (size_t i = 0; i < count && !found; i++)
    if (rows[i].languages & context->languages)
      found = &rows[i];
  for (size_t i = 1; i < count && !found; i++)
    if (rows[i].unit != rows[0].unit || rows[i].amount != rows[0].amount || rows[i].sign != rows[0].sign)
      return false;
  if (!found && count)
    found = rows;
  return found && apply_phrase(found, number, context->when, time);
}

static bool is_now_word(fm_str s)
{
  fm_str rest = s;
  while (rest.len && (when_letter(*rest.ptr) || *rest.ptr == ' ' || *rest.ptr == '\''))
    rest = fm_str_from(rest, 1);
  return !rest.len && fm_when_is(fm_when_find(s), WHEN_NOW);
}

/* Drops the first word, if it may stand before a date. */
static bool skip_word(fm_str *s, const when_context *context)
{
  fm_str rest = *s;
  if (!rest.len || !when_letter(*rest.ptr))
    return false;
  when_word word = fm_when_read_word(&rest);
  if (!fm_when_is(word, WHEN_LABEL) && !fm_when_is(word, WHEN_FILLER) && context->when->origin == FM_WHEN_PROSE)
    return false;
  while (rest.len && strchr(" :.,", *rest.ptr))
    rest = fm_str_from(rest, 1);
  *s = rest;
  return true;
}

static bool by_phrase(fm_str text, const when_context *context, int64_t *time)
{
  char phrase[PHRASE_MAX];
  size_t len;
  for (int i = 0; i < TRIES && text.len; i++) {
    uint64_t number = 1;
    if (is_now_word(text)) {
      *time = context->when->now;
      return true;
    }
    for (int words = 0; words < 2; words++)
      if (to_phrase(text, words, phrase, &len, &number) &&
          find_phrase((fm_str){phrase, len}, number, context, time))
        return true;
    if (!skip_word(&text, context))
      return false;
  }
  return false;
}

bool fm_when_ago(fm_str text, const when_context *context, int64_t *time)
{
  if (context->when->now == FM_NO_TIME || text.len > PHRASE_MAX)
    return false;
  return in_english(text, context, time) || by_phrase(text, context, time);
}
