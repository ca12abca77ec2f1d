/* The parts of a date. Private to base/when*.c. */
#ifndef FM_BASE_WHEN_INTERNAL_H
#define FM_BASE_WHEN_INTERNAL_H

#include "base/date.h"
#include "base/str.h"
#include "base/when.h"

enum { WHEN_AM = 1, WHEN_PM };

typedef struct when_parts {
  fm_civil civil;
  bool year, month, day, clock, offset, whole; /* given; whole: `time` alone is the date */
  int yday;      /* day of the year; 0: not given */
  int half;      /* WHEN_AM, WHEN_PM; 0: 24 hours */
  int east;      /* offset in seconds */
  int64_t time;
} when_parts;

/* Combines the parts; false if they make no time. */
bool when_finish(const when_parts *parts, const fm_when *when, int64_t *time);

/* The number of a month's or weekday's English name, short or long, from 1 (January,
 * Sunday); 0 if unknown. */
int when_month(fm_str word);
int when_weekday(fm_str word);
int when_year(int two_digits); /* 70 and above: 1900s */

static inline bool when_digit(char c) { return (unsigned)(c - '0') <= 9; }
static inline bool when_letter(char c) { return (unsigned)((c | 0x20) - 'a') < 26; }
static inline bool when_space(char c) { return c == ' ' || (unsigned)(c - '\t') < 5; }

/* when_format.c: parses the whole text by one format. */
bool when_by_format(fm_str text, fm_str format, when_parts *parts);
/* when_text.c: a date in words and numbers. */
bool when_in_words(fm_str text, const fm_when *when, when_parts *parts);
/* when_ago.c: "3 hours ago". */
bool when_ago(fm_str text, const fm_when *when, int64_t *time);

#endif
