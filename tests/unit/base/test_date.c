/* Dates, compared with the C library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/str.h"

#define YEAR_0000 INT64_C(-62167219200)
#define YEAR_10000 INT64_C(253402300800)

typedef bool parser(fm_str text, int64_t *time);

typedef struct sample {
  const char *text;
  int64_t time;
} sample;

static void assert_samples(parser *parse, const sample *samples, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    int64_t time = -1;
    if (!parse(fm_str_of(samples[i].text), &time) || time != samples[i].time)
      fail_msg("%s: %lld", samples[i].text, (long long)time);
  }
}

static void assert_refused(parser *parse, const char *const *texts, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    int64_t time = 77;
    if (parse(fm_str_of(texts[i]), &time) || time != 77)
      fail_msg("%s", texts[i]);
  }
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Tests every day of ten thousand years, at a varying hour. */
static void days_agree_with_the_c_library(void **state)
{
  (void)state;
  int64_t hour = 0;
  for (int64_t t = YEAR_0000; t < YEAR_10000; t += 86400, hour = (hour + 3607) % 86400) {
    time_t at = (time_t)(t + hour);
    struct tm tm;
    gmtime_r(&at, &tm);
    fm_civil c = fm_date_to_civil(at);
    if (c.year != tm.tm_year + 1900 || c.month != tm.tm_mon + 1 || c.day != tm.tm_mday ||
        c.hour != tm.tm_hour || c.minute != tm.tm_min || c.second != tm.tm_sec ||
        fm_date_from_civil(c) != at)
      fail_msg("%lld", (long long)at);
  }
}

static void written_forms_agree_with_the_c_library(void **state)
{
  (void)state;
  for (int64_t t = YEAR_0000 + 86400 * 7; t < YEAR_10000 - 86400 * 7; t += 86400 * 3 + 12345) {
    time_t at = (time_t)t;
    struct tm tm;
    gmtime_r(&at, &tm);
    char want[64], iso[FM_DATE_ISO_LEN + 1], http[FM_DATE_HTTP_LEN + 1], mail[32], week[16];
    int64_t monday;
    fm_date_iso(t, iso);
    fm_date_http(t, http);
    fm_date_rfc822(t, mail);
    fm_date_week(t, week);
    strftime(want, sizeof want, "%a, %d %b %Y %T GMT", &tm);
    if (tm.tm_year + 1900 >= 1000) { /* strftime does not pad years */
      assert_string_equal(http, want);
      strftime(want, sizeof want, "%Y-%m-%dT%TZ", &tm);
      assert_string_equal(iso, want);
      strftime(want, sizeof want, "%a, %d %b %Y %T +0000", &tm);
      assert_string_equal(mail, want);
      strftime(want, sizeof want, "%G-W%V", &tm);
      assert_string_equal(week, want);
    }
    assert_true(fm_date_parse_week(fm_str_of(week), &monday));
    assert_true(monday <= t && t < monday + 7 * 86400);
    gmtime_r(&(time_t){(time_t)monday}, &tm);
    assert_int_equal(tm.tm_wday, 1);
    int64_t back;
    assert_true(fm_date_parse_iso(fm_str_of(iso), &back) && back == t);
    assert_true(fm_date_parse_http(fm_str_of(http), &back) && back == t);
  }
}

static void far_times_are_clamped(void **state)
{
  (void)state;
  char iso[FM_DATE_ISO_LEN + 1], http[FM_DATE_HTTP_LEN + 1], text[16];
  fm_date_iso(INT64_MAX, iso);
  assert_string_equal(iso, "9999-12-31T23:59:59Z");
  fm_date_iso(INT64_MIN, iso);
  assert_string_equal(iso, "0000-01-01T00:00:00Z");
  fm_date_http(INT64_MAX, http);
  assert_string_equal(http, "Fri, 31 Dec 9999 23:59:59 GMT");
  fm_date_month(INT64_MAX, text);
  assert_string_equal(text, "9999-12");
  fm_date_week(INT64_MAX, text);
  assert_string_equal(text, "9999-W52");
  fm_date_week(INT64_MIN, text);
  assert_int_equal(strlen(text), 8);
  fm_date_to_civil(INT64_MAX); /* checked by UBSan */
  fm_date_to_civil(INT64_MIN);
}

static void months_have_their_days(void **state)
{
  (void)state;
  assert_int_equal(fm_date_days(2026, 1), 31);
  assert_int_equal(fm_date_days(2026, 2), 28);
  assert_int_equal(fm_date_days(2024, 2), 29);
  assert_int_equal(fm_date_days(1900, 2), 28);
  assert_int_equal(fm_date_days(2000, 2), 29);
  assert_int_equal(fm_date_days(2026, 12), 31);
}

static void mail_is_read(void **state)
{
  (void)state;
  const sample good[] = {
    {"Tue, 04 Aug 2026 00:00:00 +0000", 1785801600}, {"Tue, 04 Aug 2026 00:00:00 GMT", 1785801600},
    {"Tue, 4 Aug 2026 02:00:00 +0200", 1785801600}, {"03 Aug 2026 20:30:00 -0330", 1785801600},
    {"tuesday, 04 aug 2026 00:00:00 ut", 1785801600}, {"4 Aug 2026 14:00:00 +1400", 1785801600},
  };
  const char *const bad[] = {
    "", "Tue", "Tue, 04 Aug 2026", "Tue 04 Aug 2026 00:00:00 GMT", "Tue, 04 Aug 26 00:00:00 GMT",
    "Tue, 31 Jun 2026 00:00:00 GMT", "04 Aug 2026 24:00:00 GMT", "04 Aug 2026 00:00:00",
    "04 Aug 2026 00:00:00 CEST", "04 Aug 2026 00:00:00 +1500", "04 Aug 2026 00:00:00 +0260",
    "04 Aug 2026 00:00:00 +02:00", "04 Aug 2026 00:00:00 GMT ", "004 Aug 2026 00:00:00 GMT",
  };
  assert_samples(fm_date_parse_mail, good, COUNT(good));
  assert_refused(fm_date_parse_mail, bad, COUNT(bad));
}

static void iso_is_read(void **state)
{
  (void)state;
  const sample good[] = {
    {"2026-08-04T00:00:00Z", 1785801600},
    {"2026-08-04", 1785801600},
    {"2026-08-04T00:00:00.000Z", 1785801600},
    {"2026-08-04t00:00:00.123456789z", 1785801600},
    {"2026-08-04 00:00:00Z", 1785801600},
    {"2026-08-04T02:00:00+02:00", 1785801600},
    {"2026-08-03T18:30:00-05:30", 1785801600},
    {"2026-08-04T02:00:00+0200", 1785801600},
    {"2026-08-04T02:00:00+02", 1785801600},
    {"2026-08-04T00:00:00", 1785801600},
    {"2026-08-04T00:00", 1785801600},
    {"2026-08-04T00:00Z", 1785801600},
    {"2026-08-04T02:00+02:00", 1785801600},
    {"1969-12-31T23:59:59Z", -1},
    {"2016-12-31T23:59:60Z", 1483228800},
    {"2024-02-29T12:00:00Z", 1709208000},
    {"0000-01-01T00:00:00Z", YEAR_0000},
  };
  const char *const bad[] = {
    "", "2026", "2026-08", "2026-8-4", "2026-08-04T", "2026-08-04x", "2026-13-01", "2026-00-01",
    "2026-02-29", "2026-04-31", "2026-08-00", "2026-08-04T24:00:00Z", "2026-08-04T00:60:00Z",
    "2026-08-04T00:00:61Z", "2026-08-04T00:00:00.Z", "2026-08-04T00:00:00ZZ",
    "2026-08-04T00:00:00+", "2026-08-04T00:00:00+2", "2026-08-04T00:00:00+24:00",
    "2026-08-04T00:00:00+02:60", "2026-08-04T00:00:00+02:0", "2026-08-04T0:00:00Z",
    " 2026-08-04", "2026-08-04 ", "+2026-08-04", "-026-08-04", "2026/08/04",
    "2026-08-04T00", "12026-08-04", "2026-08-04T00:00:00 Z",
  };
  assert_samples(fm_date_parse_iso, good, COUNT(good));
  assert_refused(fm_date_parse_iso, bad, COUNT(bad));
  int64_t time = 77;
  assert_false(fm_date_parse_iso((fm_str){NULL, 0}, &time));
  assert_false(fm_date_parse_iso(FM_STR("2026-08-04\0"), &time));
}

static void a_day_is_only_a_day(void **state)
{
  (void)state;
  const sample good[] = {{"2026-08-04", 1785801600}, {"2024-02-29", 1709164800}};
  const char *const bad[] = {"", "2026-08-04T00:00:00Z", "2026-02-29", "2026-08-4", "20260804",
                             "2026-08-041", "yesterday"};
  assert_samples(fm_date_parse_day, good, COUNT(good));
  assert_refused(fm_date_parse_day, bad, COUNT(bad));
}

static void months_are_read(void **state)
{
  (void)state;
  const sample good[] = {{"2026-08", 1785542400}, {"1970-01", 0}};
  const char *const bad[] = {"", "2026-13", "2026-00", "2026-8", "2026-08-", "2026-08-01",
                             "202608"};
  assert_samples(fm_date_parse_month, good, COUNT(good));
  assert_refused(fm_date_parse_month, bad, COUNT(bad));
}

static void weeks_are_read(void **state)
{
  (void)state;
  const sample good[] = {
    {"2026-W32", 1785715200}, {"2026-W01", 1766966400}, {"2020-W53", 1609113600},
    {"2021-W01", 1609718400}, {"1970-W01", -259200},
  };
  const char *const bad[] = {"", "2026-W00", "2021-W53", "2026-W54", "2026-W5", "2026-w32",
                             "2026W32", "2026-W321", "2026-32", "2026-W3a"};
  assert_samples(fm_date_parse_week, good, COUNT(good));
  assert_refused(fm_date_parse_week, bad, COUNT(bad));
}

static void http_dates_come_in_three_forms(void **state)
{
  (void)state;
  const sample good[] = {
    {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
    {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
    {"Sun Nov  6 08:49:37 1994", 784111777},
    {"Wed Nov 16 08:49:37 1994", 784975777},
    {" Sun, 06 Nov 1994 08:49:37 GMT ", 784111777},
    {"sun, 06 nov 1994 08:49:37 gmt", 784111777},
    {"Tuesday, 04-Aug-26 00:00:00 GMT", 1785801600},
  };
  const char *const bad[] = {
    "", "0", "-1", "Sun", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:37",
    "Sun, 31 Feb 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 +0000",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "06 Nov 1994 08:49:37 GMT",
    "Sun, 06-Nov-1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "Sun Nov  6 08:49:37 1994 GMT",
    "Foo, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMTx",
  };
  assert_samples(fm_date_parse_http, good, COUNT(good));
  assert_refused(fm_date_parse_http, bad, COUNT(bad));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(days_agree_with_the_c_library),
    cmocka_unit_test(written_forms_agree_with_the_c_library),
    cmocka_unit_test(far_times_are_clamped),
    cmocka_unit_test(months_have_their_days),
    cmocka_unit_test(mail_is_read),
    cmocka_unit_test(iso_is_read),
    cmocka_unit_test(a_day_is_only_a_day),
    cmocka_unit_test(months_are_read),
    cmocka_unit_test(weeks_are_read),
    cmocka_unit_test(http_dates_come_in_three_forms),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
