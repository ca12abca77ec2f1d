/* Dates: the forms in which feeds, pages and HTTP write them. All are UTC,
 * seconds since 1970-01-01T00:00:00Z, proleptic Gregorian; no time zone data,
 * no locale, no globals. */
#ifndef FM_BASE_DATE_H
#define FM_BASE_DATE_H

#include <feedmill/feed.h>
#include <stdbool.h>

typedef struct fm_civil {
  int year, month, day; /* 1..12, 1..31 */
  int hour, minute, second;
} fm_civil;

/* The times of the years 1 to 9999, which is what dates in feeds can say. */
#define FM_DATE_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define FM_DATE_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

int64_t fm_date_of(fm_civil civil); /* fields in range */
fm_civil fm_date_civil(int64_t time);
int fm_date_days(int year, int month); /* in that month */

/* RFC 3339 date-time, or a bare ISO 8601 date ("2026-08-04", midnight), with
 * fraction (dropped) and any offset; 'T' may be a space. As HTML's time element
 * has it, seconds and offset may be left out (then UTC). False: not a date. */
bool fm_date_parse_iso(fm_str text, int64_t *time);
/* "YYYY-MM-DD", nothing else, and a day that exists. */
bool fm_date_parse_day(fm_str text, int64_t *time);
/* The three forms of RFC 9110 section 5.6.7; a two-digit year from 70 on is of
 * the 1900s. */
bool fm_date_parse_http(fm_str text, int64_t *time);
/* RFC 5322 section 3.3 as nearly all write it, RSS too: "Tue, 04 Aug 2026 10:15:00
 * +0200"; the weekday may lack, GMT and UT are zones. */
bool fm_date_parse_mail(fm_str text, int64_t *time);

enum { FM_DATE_ISO_LEN = 20, FM_DATE_HTTP_LEN = 29 };
/* "2026-08-04T00:00:00Z" and NUL; years 0 to 9999, others clamped. */
void fm_date_iso(int64_t time, char out[FM_DATE_ISO_LEN + 1]);
/* "Tue, 04 Aug 2026 00:00:00 GMT" and NUL (RFC 9110 IMF-fixdate). */
void fm_date_http(int64_t time, char out[FM_DATE_HTTP_LEN + 1]);
/* "Tue, 04 Aug 2026 00:00:00 +0000" (RFC 822 as RSS 2.0 wants it), 31 bytes and NUL. */
void fm_date_rfc822(int64_t time, char out[32]);

/* ISO 8601 week: the Monday of "2026-W32"; false when malformed or the year
 * has no such week. */
bool fm_date_parse_week(fm_str text, int64_t *monday);
void fm_date_week(int64_t time, char out[16]);  /* "2026-W32" */
void fm_date_month(int64_t time, char out[16]); /* "2026-08" */
/* "YYYY-MM"; false when malformed. Gives the first day's midnight. */
bool fm_date_parse_month(fm_str text, int64_t *time);

#endif
