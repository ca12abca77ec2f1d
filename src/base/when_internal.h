/* The parts of a date and the steps of parsing. Private to base/when*.c. */
#ifndef FM_BASE_WHEN_INTERNAL_H
#define FM_BASE_WHEN_INTERNAL_H

#include "base/ascii.h"
#include "base/date.h"
#include "base/str.h"
#include "base/when.h"
#include "base/when_names.h"

enum { WHEN_AM = 1, WHEN_PM };
enum { WHEN_CLEAN_MAX = 2 * FM_WHEN_TEXT_MAX };

/* The meanings of a word: consecutive rows of fm_when_word_rows; count 0: unknown word. */
typedef struct when_word {
  const when_word_row *rows;
  size_t count;
} when_word;

/* What a parse knows beside the text. */
typedef struct when_context {
  const fm_when *when;
  fm_str original;    /* the text before fm_when_clean() */
  uint64_t languages; /* bit of the text's language; 0: unknown */
  bool persian;       /* there are Persian digits */
} when_context;

typedef struct when_parts {
  fm_civil civil;
  bool year, month, day, clock, offset, whole; /* given; whole: `time` alone is the date */
  bool swappable;      /* day and month are numbers that could be exchanged */
  bool relative;       /* the day is `shift` days from today */
  bool buddhist;       /* a Thai word was read: the year may be Buddhist */
  int shift;
  int yday;            /* day of the year; 0: not given */
  int half;            /* WHEN_AM, WHEN_PM; 0: 24 hours */
  int east;            /* offset in seconds */
  int year_shift;      /* added to the year: an era */
  const fm_zone *zone; /* a named zone, in place of an offset */
  when_word month_word, weekday_word; /* resolved by fm_when_finish() */
  when_word range_month; /* the second month of a range, to which the year belongs */
  uint64_t languages;  /* in which all month and weekday names so far occur; 0: no name yet */
  int64_t time;
} when_parts;

/* ---- when_clean.c ---- */

/* Writes the text folded to lower case, with spaces, digits, dashes and full-width forms as
 * ASCII, invisible characters dropped, and CJK numerals before a unit as digits. Returns the
 * length. `*persian` becomes true if there are Persian digits. */
size_t fm_when_clean(fm_str text, char out[WHEN_CLEAN_MAX], bool *persian);

/* ---- when_words.c ---- */

uint64_t fm_when_language(fm_str tag); /* its bit; 0: unknown */
when_word fm_when_find(fm_str word);   /* folded */
/* The longest word at the start of a text without spaces; `*len` is its length. */
when_word fm_when_find_prefix(fm_str text, size_t *len);
bool fm_when_is(when_word word, enum when_kind kind);
/* The value of the meaning of that kind in these languages, or in any if it has none in these;
 * 0: no such meaning, or several. `*in` (may be NULL): the languages of the meaning. */
int fm_when_value(when_word word, enum when_kind kind, uint64_t languages, uint64_t *in);
const when_phrase_row *fm_when_find_phrase(fm_str phrase, size_t *count);
/* Evidence of the language for the order of day and month. */
enum fm_when_order fm_when_order_of_language(fm_str tag, uint64_t language);
bool fm_when_year_first(uint64_t language); /* dates in numbers begin with the year */

/* ---- when.c ---- */

/* Combines the parts; false if they make no time. */
bool fm_when_finish(const when_parts *parts, const when_context *context, int64_t *time);
int fm_when_year(int two_digits); /* 70 and above: 1900s */

/* ---- when_calendar.c ---- */

/* Converts a date of the Solar Hijri calendar; false if there is no such day. */
bool fm_when_from_persian(fm_civil *civil);

/* when_format.c: parses the whole text by one format. */
bool fm_when_by_format(fm_str text, fm_str format, const when_context *context, when_parts *parts);
/* when_text.c: a date in words and numbers. */
bool fm_when_in_words(fm_str text, const when_context *context, when_parts *parts);
/* when_ago.c: "3 hours ago". */
bool fm_when_ago(fm_str text, const when_context *context, int64_t *time);

/* ---- the reader of when_text.c and when_number.c ---- */

typedef struct when_reader {
  fm_str s; /* unread text */
  const when_context *context;
  when_parts *parts;
  bool stop;    /* the date is complete and the next token does not belong to it */
  bool ranged;  /* the token before was a dash or a word such as "until" */
  bool ended;   /* the end of a range was read */
  bool after_number; /* the token before was a number */
  unsigned skipped; /* unknown words before the date */
  enum when_kind expected; /* the unit that stood before the number (Vietnamese) */
} when_reader;

static inline char when_peek(const when_reader *r, size_t ahead)
{
  return ahead < r->s.len ? r->s.ptr[ahead] : 0;
}
static inline void when_skip(when_reader *r, size_t bytes) { r->s = fm_str_from(r->s, bytes); }
static inline void when_skip_space(when_reader *r)
{
  while (when_peek(r, 0) == ' ')
    when_skip(r, 1);
}
/* A byte of a letter: cleaned text has no other characters beyond ASCII. */
static inline bool when_letter(char c) { return fm_is_lower(c) || (unsigned char)c >= 0x80; }

/* Month and day, or month and year, or a whole time. */
static inline bool when_complete(const when_parts *p)
{
  return p->yday || (p->month && (p->day || p->year)) || p->whole || p->relative;
}
/* The number of digits at an offset, and their value. */
static inline size_t when_digits_at(const when_reader *r, size_t at)
{
  size_t n = 0;
  while (fm_is_digit(when_peek(r, at + n)))
    n++;
  return n;
}

/* No number of more than 8 digits has a meaning here. */
static inline int when_number_at(const when_reader *r, size_t at, size_t digits)
{
  int n = 0;
  for (size_t i = 0; i < digits && i < 8; i++)
    n = n * 10 + (when_peek(r, at + i) - '0');
  return n;
}

/* ---- when_clock.c; each false: no such time stands there ---- */

/* hh:mm[:ss] with what follows it: am or pm, a zone. `separator` of the seconds: ':' or '.'. */
bool fm_when_take_clock(when_reader *r, char separator);
bool fm_when_take_hour(when_reader *r, size_t digits);         /* "5 pm" */
bool fm_when_take_french_clock(when_reader *r, size_t digits); /* "10h15" */
void fm_when_take_zone(when_reader *r);

/* Takes the word at the start of a text, the longest that is known; count 0: unknown. */
when_word fm_when_read_word(fm_str *s);
/* The bytes of the original text that a cleaned ASCII text was made of; empty: not found. */
fm_str fm_when_original(const when_context *context, fm_str text);
/* Reads a number and the separators that belong to it; false if it does not fit the date. */
bool fm_when_take_number(when_reader *r);

#endif
