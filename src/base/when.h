/* Dates as written on pages and in feeds.
 *
 * Recognised without a format: ISO 8601 (RFC 3339, basic format, month alone), RFC 822 and 850,
 * asctime, the Common Log Format, dates with the month's name in any language of
 * when_names.c ("4 August 2026", "mar. 4 août 2026 à 10:15"), dates in numbers with one
 * meaning (2026/08/04, 4.8.2026, 27/08/2026), East Asian dates and eras, Persian and
 * Buddhist years, and times relative to now ("3 hours ago", "gestern um 14:30", "Monday").
 * Of a range ("June 6-21, 2026") the first day counts.
 *
 * A date with two meanings (04/08/2026) is decided by `order`, by the language, or by a
 * weekday that stands with it; without such evidence it is no date.
 *
 * Pure, except that the name of a time zone in a text ("America/New_York") is looked up in
 * the system's zoneinfo files once per process. No locale, no environment, no clock. */
#ifndef FM_BASE_WHEN_H
#define FM_BASE_WHEN_H

#include "base/zone.h"

enum fm_when_origin {
  FM_WHEN_PROSE, /* any text of a page, which must be a date but for words that name it */
  FM_WHEN_FIELD, /* a text that holds a date: unknown words before the date are skipped */
  FM_WHEN_DATA   /* a value made for programs (JSON, an attribute, a feed): as FM_WHEN_FIELD,
                    and Unix times, YYYYMMDD and years alone are dates */
};

enum fm_when_order { FM_WHEN_UNKNOWN, FM_WHEN_DAY_FIRST, FM_WHEN_MONTH_FIRST, FM_WHEN_EITHER };

/* Context of a date; zero is a valid value of every member but `now`. */
typedef struct fm_when {
  const fm_str *formats; /* tried first, in order */
  size_t nformats;
  const fm_zone *zone;   /* zone of times without one; NULL: UTC */
  int64_t now;           /* FM_NO_TIME disables relative times and dates without a year */
  fm_str language;       /* BCP 47 tag of the text ("pt-BR"); empty: unknown */
  enum fm_when_order order; /* of day and month in numbers, from other dates of the column */
  enum fm_when_origin origin;
  int year;              /* of dates without a year, from their surroundings; 0: unknown */
  fm_str *unknown_zone;  /* may be NULL; set to the name of a zone that is not known, in
                            place of which `zone` was used */
} fm_when;

enum { FM_WHEN_TEXT_MAX = 256 }; /* maximum length in bytes */

/* Parses a date into seconds since 1970 within the years 1 to 9999; a date without a time is
 * midnight in the zone. Returns false and leaves *time untouched if the text is no date. */
bool fm_when_parse(fm_str text, const fm_when *when, int64_t *time);

/* The order that the first date in numbers ("27/08/2026") shows: FM_WHEN_EITHER if
 * it has two meanings, FM_WHEN_UNKNOWN if it shows none or the year comes first. */
enum fm_when_order fm_when_order_of(fm_str text);
/* The order that a column of texts has: that of its unambiguous dates if they agree, else
 * FM_WHEN_UNKNOWN. */
enum fm_when_order fm_when_order_in(const fm_str *texts, size_t count);

/* True if month names of the language (BCP 47) are known. */
bool fm_when_speaks(fm_str language);

/* Formats are as for strptime, and must match the whole text:
 *   %Y year, %y its last two digits (70 on: 1900s); %m month; %d %e day; %j day of
 *   the year; %b %B %h month's name, short or long, in any known language; %a %A weekday's
 *   name (ignored); %H hour, %I of 12 with %p (am, pm, a.m.); %M minute; %S second, %f
 *   its fraction; %z %Z zone (+0200, CEST); %s Unix seconds; %D is %m/%d/%y, %F
 *   %Y-%m-%d, %R %H:%M, %T %H:%M:%S; %% a '%'; %? any text, up to what follows.
 * White space matches any amount, including none; other text matches itself in any
 * case. Numbers may have fewer digits than usual, or leading spaces.
 *
 * FM_OK, or FM_E_SYNTAX with the reason and the byte offset. */
int fm_when_check(fm_str format, size_t *at, fm_why *why);

#endif
