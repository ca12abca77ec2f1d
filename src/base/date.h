/* Dates in the formats of feeds and HTTP. Times are seconds since 1970-01-01T00:00:00Z in
 * the proleptic Gregorian calendar. No time zone data, no locale, no globals. */
#ifndef FM_BASE_DATE_H
#define FM_BASE_DATE_H

#include <feedmill/feed.h>
#include <stdbool.h>

typedef struct fm_civil {
  int year, month, day; /* 1..12, 1..31 */
  int hour, minute, second;
} fm_civil;

/* The range of years 1 to 9999, which is all that a date in a feed can express. */
#define FM_DATE_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define FM_DATE_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

int64_t fm_date_from_civil(fm_civil civil); /* all fields must be in range */
fm_civil fm_date_to_civil(int64_t time);
int fm_date_days(int year, int month); /* number of days in that month */

/* Parses an RFC 3339 date-time or a bare ISO 8601 date ("2026-08-04", midnight). A fraction
 * is dropped; 'T' may be a space. Seconds and offset may be missing, as in HTML's time
 * element; the offset is then UTC. Returns false if the text is no such date. */
bool fm_date_parse_iso(fm_str text, int64_t *time);
/* Parses exactly "YYYY-MM-DD", which must be an existing day. */
bool fm_date_parse_day(fm_str text, int64_t *time);
/* Parses the three formats of RFC 9110 section 5.6.7. Two-digit years from 70 on belong to
 * the 1900s. */
bool fm_date_parse_http(fm_str text, int64_t *time);
/* Parses RFC 5322 section 3.3 in its common form, also used by RSS: "Tue, 04 Aug 2026
 * 10:15:00 +0200". The weekday is optional; GMT and UT are accepted as zones. */
bool fm_date_parse_mail(fm_str text, int64_t *time);

enum { FM_DATE_ISO_LEN = 20, FM_DATE_HTTP_LEN = 29 };
/* Writes "2026-08-04T00:00:00Z" and NUL; years are clamped to 0..9999. */
void fm_date_iso(int64_t time, char out[FM_DATE_ISO_LEN + 1]);
/* Writes "Tue, 04 Aug 2026 00:00:00 GMT" and NUL (RFC 9110 IMF-fixdate). */
void fm_date_http(int64_t time, char out[FM_DATE_HTTP_LEN + 1]);
/* Writes "Tue, 04 Aug 2026 00:00:00 +0000" (RFC 822 as RSS 2.0 requires), 31 bytes and NUL. */
void fm_date_rfc822(int64_t time, char out[32]);

/* Parses an ISO 8601 week, "2026-W32", into the midnight of its Monday. Returns false if
 * malformed or if the year has no such week. */
bool fm_date_parse_week(fm_str text, int64_t *monday);
void fm_date_week(int64_t time, char out[16]);  /* "2026-W32" */
void fm_date_month(int64_t time, char out[16]); /* "2026-08" */
/* Parses "YYYY-MM" into the first day's midnight; false if malformed. */
bool fm_date_parse_month(fm_str text, int64_t *time);

#endif
