/* Dates as pages write them.
 *
 * Read without being told: ISO 8601 (RFC 3339, basic form, month alone), RFC 822
 * and 850, asctime, Unix seconds and milliseconds, dates with an English month
 * ("4 August 2026", "Aug 4th, 2026 at 10:15 pm", "Aug 4"), 2026/08/04, 4.8.2026,
 * and what is relative to now ("3 hours ago", "yesterday at 14:30", "5m", "Monday").
 * Dates that mean two days, 04/08/2026, are not guessed: they want a format.
 *
 * Pure: no locale, no environment, no clock. */
#ifndef FM_BASE_WHEN_H
#define FM_BASE_WHEN_H

#include "base/zone.h"

typedef struct fm_when {
  const fm_str *formats; /* tried first, in order */
  size_t nformats;
  const fm_zone *zone;   /* of times that do not say theirs; NULL: UTC */
  int64_t now;           /* FM_NO_TIME: nothing relative, no date without a year */
} fm_when;

enum { FM_WHEN_TEXT_MAX = 256 }; /* bytes; more is no date */

/* Seconds since 1970, of the years 1 to 9999; a date alone is its midnight in the
 * zone. False: no date, *time is untouched. */
bool fm_when_read(fm_str text, const fm_when *when, int64_t *time);

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
