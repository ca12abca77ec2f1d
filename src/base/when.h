/* Dates as written on pages.
 *
 * Recognised without a format: ISO 8601 (RFC 3339, basic format, month alone), RFC 822 and
 * 850, asctime, Unix seconds and milliseconds, dates with an English month ("4 August 2026",
 * "Aug 4th, 2026 at 10:15 pm", "Aug 4"), 2026/08/04, 4.8.2026, and times relative to now ("3
 * hours ago", "yesterday at 14:30", "5m", "Monday"). Ambiguous dates such as 04/08/2026 are
 * rejected; they need a format.
 *
 * Pure: no locale, no environment, no clock. */
#ifndef FM_BASE_WHEN_H
#define FM_BASE_WHEN_H

#include "base/zone.h"

typedef struct fm_when {
  const fm_str *formats; /* tried first, in order */
  size_t nformats;
  const fm_zone *zone;   /* zone of times without one; NULL: UTC */
  int64_t now;           /* FM_NO_TIME disables relative times and dates without a year */
} fm_when;

enum { FM_WHEN_TEXT_MAX = 256 }; /* maximum length in bytes */

/* Parses a date into seconds since 1970 within the years 1 to 9999; a date without a time is
 * midnight in the zone. Returns false and leaves *time untouched if the text is no date. */
bool fm_when_parse(fm_str text, const fm_when *when, int64_t *time);

/* Formats are as for strptime, for the whole of the text:
 *   %Y year, %y its last two digits (70 on: 1900s); %m month; %d %e day; %j day of
 *   the year; %b %B %h month's name, in English, short or long; %a %A weekday's name
 *   (read over); %H hour, %I of 12 with %p (am, pm, a.m.); %M minute; %S second, %f
 *   its fraction; %z %Z zone (+0200, CEST); %s Unix seconds; %D is %m/%d/%y, %F
 *   %Y-%m-%d, %R %H:%M, %T %H:%M:%S; %% a '%'; %? anything, up to what follows.
 * White space stands for any amount, of none too; other text for itself, in any
 * case. Numbers may have fewer digits than usual, or leading spaces.
 *
 * FM_OK, or FM_E_SYNTAX with the reason and the byte (from 0). */
int fm_when_check(fm_str format, size_t *at, fm_why *why);

#endif
