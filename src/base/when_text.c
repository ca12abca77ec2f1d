/* Parses dates in numbers and words in any order: the form of each token tells its role. Text
 * after a complete date is ignored. */
#include "base/when_internal.h"

enum {
  WORD_MAX = 64,       /* bytes of a word or of two */
  SKIPPED_PROSE = 0,   /* unknown words before a date */
  SKIPPED_FIELD = 8,
  LABEL_MAX = 40       /* bytes of "Last change:" */
};

/* ---- words ---- */

/* A word that was read, and the rest of the text after it. */
typedef struct token {
  when_word word;
  fm_str rest;
} token;

/* Letters with dots between them become one word in `out`: "p.m." is "pm". Returns the bytes
 * read; `*first` is the length of the first piece. */
static size_t read_word(fm_str s, char out[WORD_MAX], size_t *len, size_t *first)
{
  size_t at = 0;
  *len = *first = 0;
  while (at < s.len && *len < WORD_MAX) {
    bool dot = s.ptr[at] == '.' && at && at + 1 < s.len && when_letter(s.ptr[at + 1]);
    if (!dot && !when_letter(s.ptr[at]))
      break;
    if (dot && !*first)
      *first = at;
    if (!dot)
      out[(*len)++] = s.ptr[at];
    at++;
  }
  if (!*first)
    *first = *len;
  return at;
}

/* Joins a word with the one after a space or dash: "thứ hai", "terça-feira". */
static bool find_pair(fm_str s, size_t first, token *found)
{
  char words[WORD_MAX];
  size_t at = first, len = first, next, piece;
  char second[WORD_MAX];
  while (at < s.len && (s.ptr[at] == '.' || s.ptr[at] == ' ' || s.ptr[at] == '-'))
    at++;
  if (at == first || at >= s.len || !when_letter(s.ptr[at]))
    return false;
  read_word(fm_str_from(s, at), second, &next, &piece);
  if (first + 1 + piece > WORD_MAX)
    return false;
  memcpy(words, s.ptr, first);
  words[len++] = ' ';
  memcpy(words + len, s.ptr + at, piece);
  found->word = fm_when_find((fm_str){words, len + piece});
  found->rest = fm_str_from(s, at + piece);
  return found->word.count > 0;
}

/* Scripts that put no spaces between words: Thai, East Asian. */
static bool is_spaceless(fm_str s)
{
  const char *at = s.ptr;
  uint32_t c = fm_utf8_next(&at, s.ptr + s.len);
  return (c >= 0xe00 && c < 0xe80) || c >= 0x2e80;
}

/* The word at the start of the text, the longest that is known. An unknown one extends to the
 * next character that is no letter. */
static token find_word(fm_str s)
{
  char joined[WORD_MAX];
  size_t len, first, read = read_word(s, joined, &len, &first);
  token found = {.rest = fm_str_from(s, read)};
  if (len != first)
    found.word = fm_when_find((fm_str){joined, len});
  if (found.word.count || find_pair(s, first, &found))
    return found;
  found.rest = fm_str_from(s, first);
  found.word = fm_when_find((fm_str){s.ptr, first});
  if (!found.word.count && is_spaceless(s)) {
    size_t prefix = 0;
    found.word = fm_when_find_prefix((fm_str){s.ptr, first}, &prefix);
    found.rest = fm_str_from(s, found.word.count ? prefix : first);
  }
  return found;
}

when_word fm_when_read_word(fm_str *s)
{
  token found = s->len && when_letter(*s->ptr) ? find_word(*s) : (token){.rest = *s};
  *s = found.rest;
  return found.word;
}

static void narrow_languages(when_parts *p, when_word word)
{
  uint64_t all = 0;
  for (size_t i = 0; i < word.count; i++)
    if (word.rows[i].kind == WHEN_MONTH || word.rows[i].kind == WHEN_WEEKDAY)
      all |= word.rows[i].languages;
  p->languages = p->languages ? p->languages & all : all;
}

/* A month's name. "mar 4 ago": of two names, the one that is a weekday's too is the weekday. */
static bool take_month(when_reader *r, when_word word)
{
  when_parts *p = r->parts;
  if (!p->month) {
    p->month_word = word;
    narrow_languages(p, word);
    return p->month = true;
  }
  if (p->month_word.count && fm_when_is(p->month_word, WHEN_WEEKDAY) && !p->weekday_word.count) {
    p->weekday_word = p->month_word;
    p->month_word = word;
    narrow_languages(p, word);
    return true;
  }
  if (fm_when_is(word, WHEN_WEEKDAY))
    return true;
  if (!p->month_word.count || p->year || !r->ranged || p->range_month.count)
    return false;
  p->range_month = word;
  return true;
}

/* True if the word has a meaning in a date; `*fits`: it fits this one. */
static bool apply_word(when_reader *r, when_word word, bool *fits)
{
  when_parts *p = r->parts;
  uint64_t languages = r->context->languages;
  *fits = true;
  if (fm_when_is(word, WHEN_MONTH) || fm_when_is(word, WHEN_PERSIAN_MONTH)) {
    *fits = take_month(r, word);
  } else if (fm_when_is(word, WHEN_ERA)) {
    p->year_shift = fm_when_era_years[fm_when_value(word, WHEN_ERA, languages, NULL)];
  } else if (fm_when_is(word, WHEN_DAY_OFFSET) && !when_complete(p) && !p->day && !p->year) {
    uint64_t in = 0;
    p->shift = fm_when_value(word, WHEN_DAY_OFFSET, languages, &in);
    p->relative = in != 0;
  } else if (fm_when_is(word, WHEN_WEEKDAY)) {
    if (!p->weekday_word.count) {
      p->weekday_word = word;
      narrow_languages(p, word);
    }
  } else if (fm_when_is(word, WHEN_HALF_DAY) && !p->clock && !fm_when_is(word, WHEN_FILLER)) {
    p->half = fm_when_value(word, WHEN_HALF_DAY, languages, NULL);
  } else {
    return word.count > 0 && !fm_when_is(word, WHEN_NOW);
  }
  return true;
}

static enum when_kind unit_of(when_word word)
{
  return fm_when_is(word, WHEN_UNIT_YEAR)    ? WHEN_UNIT_YEAR
         : fm_when_is(word, WHEN_UNIT_MONTH) ? WHEN_UNIT_MONTH
         : fm_when_is(word, WHEN_UNIT_DAY)   ? WHEN_UNIT_DAY : (enum when_kind)0;
}

static bool untouched_date(const when_parts *p) { return !p->year && !p->month && !p->day; }

static bool untouched(const when_parts *p)
{
  return untouched_date(p) && !p->clock && !p->relative;
}

/* "R8.8.4": a Japanese era by its letter. */
static bool take_era_letter(when_reader *r)
{
  static const char letters[] = "rhst";
  const char *at = strchr(letters, when_peek(r, 0));
  size_t digits = 0;
  while (fm_is_digit(when_peek(r, 1 + digits)))
    digits++;
  char after = when_peek(r, 1 + digits);
  if (!at || digits < 1 || digits > 2 || (after != '.' && after != '/') || !untouched(r->parts) ||
      !fm_is_digit(when_peek(r, 2 + digits)))
    return false;
  r->parts->year_shift = fm_when_era_years[at - letters];
  when_skip(r, 1);
  return true;
}

static bool take_word(when_reader *r)
{
  bool fits;
  if (take_era_letter(r))
    return true;
  token found = find_word(r->s);
  if (is_spaceless(r->s) && (unsigned char)*r->s.ptr == 0xe0)
    r->parts->buddhist = true;
  bool ranged = fm_when_is(found.word, WHEN_RANGE) && (r->parts->day || r->parts->month);
  if (!apply_word(r, found.word, &fits)) {
    if (when_complete(r->parts))
      return r->stop = true;
    unsigned most = r->context->when->origin == FM_WHEN_PROSE ? SKIPPED_PROSE : SKIPPED_FIELD;
    if (!untouched(r->parts) || ++r->skipped > most)
      return false;
  }
  r->expected = unit_of(found.word);
  r->ranged = ranged || (r->ranged && !r->parts->day);
  r->s = found.rest;
  return fits;
}

static bool take_other(when_reader *r)
{
  char c = when_peek(r, 0);
  if ((c == '(' && when_complete(r->parts) && r->parts->clock) || c == 0)
    return r->stop = true;
  if (strchr(",.;:|@()[]-/'\"&+<>#*!?", c)) {
    if (c == '-' && r->parts->day && !r->parts->year && (r->after_number || r->s.ptr[-1] == ' '))
      r->ranged = true; /* but not in "04-aug-26" */
    when_skip(r, 1);
    return true;
  }
  return when_complete(r->parts) && (r->stop = true);
}

/* A label that ends in a colon: "Date posted: ". Skipped also in prose. */
static void skip_label(when_reader *r)
{
  size_t at = 0;
  while (at < r->s.len && at < LABEL_MAX && (when_letter(r->s.ptr[at]) || r->s.ptr[at] == ' '))
    at++;
  if (!at || at == r->s.len || r->s.ptr[at] != ':')
    return;
  when_word first = find_word(r->s).word;
  if (!fm_when_is(first, WHEN_DAY_OFFSET) && !fm_when_is(first, WHEN_WEEKDAY))
    when_skip(r, at + 1);
}

bool fm_when_in_words(fm_str text, const when_context *context, when_parts *parts)
{
  when_reader r = {.s = text, .context = context, .parts = parts};
  skip_label(&r);
  for (when_skip_space(&r); r.s.len && !r.stop; when_skip_space(&r)) {
    char c = when_peek(&r, 0);
    bool ranged = r.ranged;
    bool good = fm_is_digit(c) ? fm_when_take_number(&r) : when_letter(c) ? take_word(&r) : take_other(&r);
    r.after_number = fm_is_digit(c);
    if (ranged && r.after_number)
      r.ranged = false;
    bool full = parts->year && when_complete(parts) && (parts->day || parts->yday);
    if (!good && !full && !parts->relative)
      return false;
    r.stop = r.stop || !good;
  }
  return when_complete(parts) ||
         ((parts->clock || parts->weekday_word.count > 0) && !r.skipped && untouched_date(parts));
}
