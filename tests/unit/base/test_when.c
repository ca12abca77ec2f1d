/* Dates as pages write them, formats and time zones. */
#include "cmd/config_kit.h"

#include "base/date.h"
#include "base/when.h"
#include <time.h>

#define NOW INT64_C(1785838500) /* Tuesday, 2026-08-04T10:15:00Z */

static fm_arena arena;

static int end(void **state)
{
  (void)state;
  fm_arena_deinit(&arena);
  return 0;
}

static const fm_zone *zone(const char *name)
{
  const fm_zone *found = NULL;
  fm_why why = {""};
  if (fm_zone_find(fm_str_of(name), &arena, &found, &why))
    fail_msg("%s: %s", name, why.text);
  return found;
}

/* The parsed time in ISO form; "-" if there is none. */
static const char *read_by(const char *text, const char *format, const char *zone_name, int64_t now)
{
  static char iso[FM_DATE_ISO_LEN + 1];
  fm_str formats[] = {fm_str_of(format)};
  fm_when when = {.formats = formats, .nformats = format ? 1 : 0,
                  .zone = zone_name ? zone(zone_name) : NULL, .now = now, .origin = FM_WHEN_DATA};
  int64_t time = 12345;
  if (!fm_when_parse(fm_str_of(text), &when, &time)) {
    assert_int_equal(time, 12345);
    return "-";
  }
  fm_date_iso(time, iso);
  return iso;
}

typedef struct row {
  const char *text, *format, *zone, *iso;
} row;

static void check(const row *rows, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    const row *r = &rows[i];
    const char *iso = read_by(r->text, r->format, r->zone, NOW);
    if (strcmp(iso, r->iso) != 0)
      fail_msg("\"%s\" (%s, %s): %s, not %s", r->text, r->format ? r->format : "no format",
               r->zone ? r->zone : "UTC", iso, r->iso);
  }
}

static const row free_rows[] = {
  /* ISO 8601 */
  {"2026-08-04", NULL, NULL, "2026-08-04T00:00:00Z"},
  {"2026-08-04", NULL, "+02:00", "2026-08-03T22:00:00Z"},
  {"2026-08-04T10:15:30Z", NULL, "+02:00", "2026-08-04T10:15:30Z"},
  {"2026-08-04t10:15:30.123456z", NULL, NULL, "2026-08-04T10:15:30Z"},
  {"2026-08-04T10:15:30,5+02:00", NULL, NULL, "2026-08-04T08:15:30Z"},
  {"2026-08-04T10:15:30-0330", NULL, NULL, "2026-08-04T13:45:30Z"},
  {"2026-08-04 10:15:30 +0200", NULL, NULL, "2026-08-04T08:15:30Z"},
  {"2026-08-04 10:15:30 UTC", NULL, "+02:00", "2026-08-04T10:15:30Z"},
  {"2026-08-04 10:15", NULL, "-05:00", "2026-08-04T15:15:00Z"},
  {"2026-08-04T10:15+02", NULL, NULL, "2026-08-04T08:15:00Z"},
  {"2026-08-04T24:00:00Z", NULL, NULL, "2026-08-05T00:00:00Z"},
  {"20260804", NULL, NULL, "2026-08-04T00:00:00Z"},
  {"20260804T101530Z", NULL, NULL, "2026-08-04T10:15:30Z"},
  {"20260804T1015", NULL, NULL, "2026-08-04T10:15:00Z"},
  {"2026-08", NULL, NULL, "2026-08-01T00:00:00Z"},
  {"2026-W32", NULL, NULL, "2026-08-03T00:00:00Z"},
  {"2026-W32-2", NULL, NULL, "2026-08-04T00:00:00Z"},
  {"2026-216", NULL, NULL, "2026-08-04T00:00:00Z"},
  {"2024-366", NULL, NULL, "2024-12-31T00:00:00Z"},
  {"2026-366", NULL, NULL, "-"},
  {"2026-02-29", NULL, NULL, "-"},
  {"2024-02-29", NULL, NULL, "2024-02-29T00:00:00Z"},
  {"2026-13-01", NULL, NULL, "-"},
  {"2026-00-10", NULL, NULL, "-"},
  {"2026-08-00", NULL, NULL, "-"},
  {"2026-08-04T25:00:00Z", NULL, NULL, "-"},
  {"2026-08-04T10:61:00Z", NULL, NULL, "-"},
  {"2026-6-4", NULL, NULL, "2026-06-04T00:00:00Z"},
  {"2026/08/04", NULL, NULL, "2026-08-04T00:00:00Z"},
  {"2026.08.04 10:15", NULL, NULL, "2026-08-04T10:15:00Z"},
  {"  2026-08-04\n", NULL, NULL, "2026-08-04T00:00:00Z"},
  /* RFC 822 and similar */
  {"Tue, 04 Aug 2026 10:15:30 +0200", NULL, NULL, "2026-08-04T08:15:30Z"},
  {"Tue, 4 Aug 26 10:15 GMT", NULL, "+02:00", "2026-08-04T10:15:00Z"},
  {"4 Aug 2026 10:15:30 EST", NULL, NULL, "2026-08-04T15:15:30Z"},
  {"04 Aug 2026 10:15:30 PDT", NULL, NULL, "2026-08-04T17:15:30Z"},
  {"Tuesday, 04-Aug-26 10:15:30 GMT", NULL, NULL, "2026-08-04T10:15:30Z"},
  {"Sunday, 06-Nov-94 08:49:37 GMT", NULL, NULL, "1994-11-06T08:49:37Z"},
  {"Tue Aug  4 10:15:30 2026", NULL, NULL, "2026-08-04T10:15:30Z"},
  {"Tue Aug  4 10:15:30 UTC 2026", NULL, NULL, "2026-08-04T10:15:30Z"},
  {"Tue Aug 4 10:15:30 2026 +0200", NULL, NULL, "2026-08-04T10:15:30Z"},
  {"Tue, 04 Aug 2026 10:15:30 +0200 (CEST)", NULL, NULL, "2026-08-04T08:15:30Z"},
  {"Tue, 31 Feb 2026 10:15:30 GMT", NULL, NULL, "-"},
  /* words */
  {"August 4, 2026", NULL, NULL, "2026-08-04T00:00:00Z"},
  {"4 August 2026", NULL, NULL, "2026-08-04T00:00:00Z"},
  {"4th of August, 2026", NULL, NULL, "2026-08-04T00:00:00Z"},
  {"Aug. 4th 2026 at 10:15 pm", NULL, NULL, "2026-08-04T22:15:00Z"},
  {"Posted on Tuesday, Aug 4, 2026 by somebody", NULL, NULL, "2026-08-04T00:00:00Z"},
  {"Aug 4, 2026, 12:05 a.m.", NULL, NULL, "2026-08-04T00:05:00Z"},
  {"Aug 4, 2026 12:05 PM", NULL, NULL, "2026-08-04T12:05:00Z"},
  {"Aug 4, 2026 12:05\xe2\x80\xaf" "PM", NULL, NULL, "2026-08-04T12:05:00Z"},
  {"Aug 4, 2026 5 pm CEST", NULL, NULL, "2026-08-04T15:00:00Z"},
  {"Aug 4, 2026 13:05 PM", NULL, NULL, "-"},
  {"10:15, 4 Sept 2026", NULL, NULL, "2026-09-04T10:15:00Z"},
  {"4 Aug '26", NULL, NULL, "2026-08-04T00:00:00Z"},
  {"August 2026", NULL, NULL, "2026-08-01T00:00:00Z"},
  {"Aug 4", NULL, NULL, "2026-08-04T00:00:00Z"},
  {"Aug 5", NULL, NULL, "2026-08-05T00:00:00Z"},
  {"Aug 6", NULL, NULL, "2025-08-06T00:00:00Z"},
  {"29 Feb", NULL, NULL, "2024-02-29T00:00:00Z"},
  {"4.8.2026", NULL, NULL, "2026-08-04T00:00:00Z"},
  {"04.08.26, 10:15 Uhr", NULL, "Europe/Berlin", "2026-08-04T08:15:00Z"},
  {"2026\xe5\xb9\xb4" "8\xe6\x9c\x88" "4\xe6\x97\xa5 10:15", NULL, "+09:00", "2026-08-04T01:15:00Z"},
  {"2026 \xe5\xb9\xb4 8 \xe6\x9c\x88 4 \xe6\x97\xa5", NULL, NULL, "2026-08-04T00:00:00Z"},
  {"4 Aug 2026 \xc2\xb7 3 min read", NULL, NULL, "2026-08-04T00:00:00Z"},
  {"4 Aug 2026 \xe2\x80\x93 10:15", NULL, NULL, "2026-08-04T10:15:00Z"},
  {"10:15", NULL, NULL, "2026-08-04T10:15:00Z"},
  {"23:30", NULL, NULL, "2026-08-03T23:30:00Z"},
  {"11:30", NULL, "+02:00", "2026-08-04T09:30:00Z"},
  /* Unix time */
  {"1785838500", NULL, "+02:00", "2026-08-04T10:15:00Z"},
  {"1785838500123", NULL, NULL, "2026-08-04T10:15:00Z"},
  {"1785838500.987", NULL, NULL, "2026-08-04T10:15:00Z"},
  {"999999999", NULL, NULL, "2001-09-09T01:46:39Z"},
  {"12345", NULL, NULL, "-"},
  {"12345678901", NULL, NULL, "-"},
  /* relative */
  {"just now", NULL, NULL, "2026-08-04T10:15:00Z"},
  {"now", NULL, NULL, "2026-08-04T10:15:00Z"},
  {"a moment ago", NULL, NULL, "2026-08-04T10:15:00Z"},
  {"3 hours ago", NULL, NULL, "2026-08-04T07:15:00Z"},
  {"Posted 3 hours ago", NULL, NULL, "2026-08-04T07:15:00Z"},
  {"about an hour ago", NULL, NULL, "2026-08-04T09:15:00Z"},
  {"a minute ago", NULL, NULL, "2026-08-04T10:14:00Z"},
  {"a few minutes ago", NULL, NULL, "2026-08-04T10:12:00Z"},
  {"less than a minute ago", NULL, NULL, "2026-08-04T10:14:00Z"},
  {"2 days, 3 hours ago", NULL, NULL, "2026-08-02T07:15:00Z"},
  {"1 hour and 5 minutes ago", NULL, NULL, "2026-08-04T09:10:00Z"},
  {"two weeks ago", NULL, NULL, "2026-07-21T10:15:00Z"},
  {"1 month ago", NULL, NULL, "2026-07-04T10:15:00Z"},
  {"over 2 years ago", NULL, NULL, "2024-08-04T10:15:00Z"},
  {"18 months ago", NULL, NULL, "2025-02-04T10:15:00Z"},
  {"last week", NULL, NULL, "2026-07-28T10:15:00Z"},
  {"5m", NULL, NULL, "2026-08-04T10:10:00Z"},
  {"3h ago", NULL, NULL, "2026-08-04T07:15:00Z"},
  {"2d", NULL, NULL, "2026-08-02T10:15:00Z"},
  {"1h 5m", NULL, NULL, "2026-08-04T09:10:00Z"},
  {"2mo", NULL, NULL, "2026-06-04T10:15:00Z"},
  {"~3 hours ago", NULL, NULL, "2026-08-04T07:15:00Z"},
  {"in 2 days", NULL, NULL, "2026-08-06T10:15:00Z"},
  {"2 hours from now", NULL, NULL, "2026-08-04T12:15:00Z"},
  {"today", NULL, NULL, "2026-08-04T00:00:00Z"},
  {"Today, 9:05 AM", NULL, NULL, "2026-08-04T09:05:00Z"},
  {"yesterday", NULL, NULL, "2026-08-03T00:00:00Z"},
  {"Yesterday at 14:30", NULL, "Europe/Berlin", "2026-08-03T12:30:00Z"},
  {"tomorrow", NULL, NULL, "2026-08-05T00:00:00Z"},
  {"yesterday", NULL, "Pacific/Kiritimati", "2026-08-03T10:00:00Z"},
  {"Monday at 10:00", NULL, NULL, "2026-08-03T10:00:00Z"},
  {"Tuesday", NULL, NULL, "2026-07-28T00:00:00Z"},
  {"Wed", NULL, NULL, "2026-07-29T00:00:00Z"},
  {"last Friday", NULL, NULL, "2026-07-31T00:00:00Z"},
  {"3 parsecs ago", NULL, NULL, "-"},
  {"ago", NULL, NULL, "-"},
  {"999999999999999999999 years ago", NULL, NULL, "-"},
  {"99999 years ago", NULL, NULL, "-"},
  /* not dates */
  {"", NULL, NULL, "-"},
  {"04/08/2026", NULL, NULL, "-"},
  {"8/4/26", NULL, NULL, "-"},
  {"12 comments", NULL, NULL, "-"},
  {"Version 2.0", NULL, NULL, "-"},
  {"2026", NULL, NULL, "2026-01-01T00:00:00Z"},
  {"May", NULL, NULL, "-"},
  {"hello", NULL, NULL, "-"},
  {"--", NULL, NULL, "-"},
  {"4 Aug 5 Sep 2026", NULL, NULL, "-"},
  {"0 Aug 2026", NULL, NULL, "-"},
  {"99:99", NULL, NULL, "-"},
};

static void test_unaided(void **state)
{
  (void)state;
  check(free_rows, sizeof free_rows / sizeof *free_rows);
}

static const row format_rows[] = {
  {"04/08/2026", "%d/%m/%Y", NULL, "2026-08-04T00:00:00Z"},
  {"8/4/26", "%m/%d/%y", NULL, "2026-08-04T00:00:00Z"},
  {"8/4/26", "%D", NULL, "2026-08-04T00:00:00Z"},
  {"04.08.2026 10:15", "%d.%m.%Y %H:%M", "Europe/Berlin", "2026-08-04T08:15:00Z"},
  {"04.01.2026 10:15", "%d.%m.%Y %H:%M", "Europe/Berlin", "2026-01-04T09:15:00Z"},
  {"4 august 2026", "%e %B %Y", NULL, "2026-08-04T00:00:00Z"},
  {"Aug. 4, 2026, 10:15 p.m.", "%b %d, %Y, %I:%M %p", NULL, "2026-08-04T22:15:00Z"},
  {"Tue 4 Aug 2026", "%a %d %b %Y", NULL, "2026-08-04T00:00:00Z"},
  {"2026-08-04T10:15:30.125+0200", "%Y-%m-%dT%H:%M:%S.%f%z", NULL, "2026-08-04T08:15:30Z"},
  {"2026-08-04 10:15:30", "%F %T", "+01:00", "2026-08-04T09:15:30Z"},
  {"2026-08-04 10:15", "%F %R", NULL, "2026-08-04T10:15:00Z"},
  {"day 216 of 2026", "day %j of %Y", NULL, "2026-08-04T00:00:00Z"},
  {"ts=1785838500", "ts=%s", NULL, "2026-08-04T10:15:00Z"},
  {"100% 2026-08-04", "100%% %F", NULL, "2026-08-04T00:00:00Z"},
  {"Erstellt am 04/08/2026 von Ada", "%?am %d/%m/%Y%?", NULL, "2026-08-04T00:00:00Z"},
  {"(04/08)", "(%d/%m)", NULL, "2026-08-04T00:00:00Z"},
  {"10h15", "%Hh%M", NULL, "2026-08-04T10:15:00Z"},
  {"04/08/2026 10:15 CEST", "%d/%m/%Y %H:%M %Z", NULL, "2026-08-04T08:15:00Z"},
  {"31/02/2026", "%d/%m/%Y", NULL, "-"},
  {"ts=172222222222222222", "ts=%s", NULL, "-"}, /* fuzz: a year of ten digits */
  {"0001-01-01 00:30", "%F %R", "+01:00", "-"},  /* the year 0, which no feed can express */
  {"04/08/2026 x", "%d/%m/%Y", NULL, "-"},
  {"3 hours ago", "%d/%m/%Y", NULL, "2026-08-04T07:15:00Z"}, /* dates that need no format are
                                                              * still recognised */
};

static void test_formats(void **state)
{
  (void)state;
  check(format_rows, sizeof format_rows / sizeof *format_rows);
}

/* Without a clock, relative times and dates without a year are rejected. */
static void test_no_clock(void **state)
{
  (void)state;
  static const char *const texts[] = {"just now", "3 hours ago", "yesterday", "Aug 4", "10:15", "Monday"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    assert_string_equal(read_by(texts[i], NULL, NULL, FM_NO_TIME), "-");
  assert_string_equal(read_by("4 Aug 2026", NULL, NULL, FM_NO_TIME), "2026-08-04T00:00:00Z");
}

static void test_format_faults(void **state)
{
  (void)state;
  static const struct {
    const char *format;
    size_t at;
    const char *reason;
  } rows[] = {
    {"%d.%Q", 3, "no %Q"}, {"%Y %", 3, "single %"}, {"today", 0, "wants %-signs"}, {"", 0, "wants"},
    {"%%%?", 2, "wants %-signs"}, {"%?%?%?%d", 4, "more than 2"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    size_t at = 99;
    fm_why why = {""};
    assert_int_equal(fm_when_check(fm_str_of(rows[i].format), &at, &why), FM_E_SYNTAX);
    if (at != rows[i].at || !strstr(why.text, rows[i].reason))
      fail_msg("%s: byte %zu: %s", rows[i].format, at, why.text);
  }
  size_t at;
  assert_int_equal(fm_when_check(FM_STR("%d.%m.%Y"), &at, NULL), FM_OK);
}

/* Every date that strftime writes is parsed back. */
static void test_round(void **state)
{
  (void)state;
  static const struct {
    const char *print, *format;
    bool day_only;
  } ways[] = {
    {"%Y-%m-%dT%H:%M:%SZ", NULL, false},   {"%a, %d %b %Y %H:%M:%S GMT", NULL, false},
    {"%A, %d-%b-%y %H:%M:%S GMT", NULL, false}, {"%c", NULL, false},
    {"%B %e, %Y %I:%M:%S %p", NULL, false}, {"%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", false},
    {"%s", NULL, false},                   {"%Y%m%dT%H%M%SZ", NULL, false},
    {"%j %Y", "%j %Y", true},              {"%G-W%V-%u", NULL, true},
    {"%d.%m.%Y", NULL, true},              {"%e %b %Y", NULL, true},
    {"%D %T", "%D %T", false},             {"%H:%M:%S on %d %B %Y", NULL, false},
  };
  for (int i = 0; i < 20000; i++) {
    time_t time = (time_t)(1000000000u + dice(1000000000u));
    struct tm tm;
    char text[100];
    gmtime_r(&time, &tm);
    size_t w = dice(sizeof ways / sizeof *ways);
    strftime(text, sizeof text, ways[w].print, &tm);
    fm_str format = fm_str_of(ways[w].format);
    fm_when when = {.formats = &format, .nformats = ways[w].format ? 1 : 0, .now = FM_NO_TIME,
                    .origin = FM_WHEN_DATA};
    int64_t read = 0, wanted = ways[w].day_only ? time - time % 86400 : time;
    if (!fm_when_parse(fm_str_of(text), &when, &read) || read != wanted)
      fail_msg("\"%s\" is %lld, not %lld", text, (long long)read, (long long)wanted);
  }
}

static void test_random_text(void **state)
{
  (void)state;
  static const char *const parts[] = {
    "2026", "08", "4", "-", "/", ".", ":", " ", ",", "T", "Z", "Aug", "Tue", "monday", "ago", "in", "3",
    "hours", "days", "yesterday", "at", "pm", "am", "+", "0200", "GMT", "CEST", "99999999999", "\xc2\xa0",
    "\xe5\xb9\xb4", "\xe6\x9c\x88", "\xe6\x97\xa5", "\xff", "(", ")", "W", "last", "a", "now", "%", "\n"};
  static const char *const formats[] = {"%d.%m.%Y", "%?%H:%M%?", "%s", "%j %y", "%b%p%z", "%F %T %f"};
  for (int i = 0; i < 50000; i++) {
    char text[300] = "";
    for (uint32_t n = dice(9); n; n--)
      strcat(text, parts[dice(sizeof parts / sizeof *parts)]);
    const char *iso = read_by(text, dice(2) ? formats[dice(6)] : NULL, NULL, dice(2) ? NOW : FM_NO_TIME);
    assert_true(*iso);
  }
  char longest[FM_WHEN_TEXT_MAX + 2];
  memset(longest, ' ', sizeof longest);
  memset(longest, '1', sizeof longest - 1);
  assert_string_equal(read_by("2026-08-04", NULL, NULL, NOW), "2026-08-04T00:00:00Z");
  fm_when when = {.now = NOW};
  int64_t time;
  assert_false(fm_when_parse((fm_str){longest, FM_WHEN_TEXT_MAX + 1}, &when, &time));
  assert_false(fm_when_parse((fm_str){"2026-08-04\0x", 12}, &when, &time));
}

/* ---- zones, against the C library ---- */

static void test_zones_like_libc(void **state)
{
  (void)state;
  static const char *const names[] = {"Europe/Berlin", "America/New_York", "America/St_Johns",
                                      "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia",
                                      "Africa/Casablanca", "America/Sao_Paulo", "Asia/Tehran",
                                      "Europe/Dublin", "America/Santiago", "Pacific/Kiritimati"};
  char *before = getenv("TZ") ? strdup(getenv("TZ")) : NULL;
  for (size_t z = 0; z < sizeof names / sizeof *names; z++) {
    const fm_zone *found = zone(names[z]);
    setenv("TZ", names[z], 1);
    tzset();
    for (int i = 0; i < 5000; i++) {
      time_t time = (time_t)dice(4000000000u);
      struct tm tm;
      localtime_r(&time, &tm);
      if (fm_zone_offset(found, time) != tm.tm_gmtoff)
        fail_msg("%s at %lld: %d, not %ld", names[z], (long long)time, fm_zone_offset(found, time),
                 tm.tm_gmtoff);
      int64_t local = time + tm.tm_gmtoff, back = fm_zone_time(found, local);
      if (back != time) { /* occurs twice: the first occurrence */
        assert_true(back < time);
        assert_int_equal(back + fm_zone_offset(found, back), local);
      }
    }
  }
  before ? setenv("TZ", before, 1) : unsetenv("TZ");
  free(before);
  tzset();
}

static void test_zone_jumps(void **state)
{
  (void)state;
  const fm_zone *berlin = zone("Europe/Berlin");
  fm_civil twice = {2026, 10, 25, 2, 30, 0}, never = {2026, 3, 29, 2, 30, 0};
  assert_int_equal(fm_zone_time(berlin, fm_date_from_civil(twice)), fm_date_from_civil((fm_civil){2026, 10, 25, 0, 30, 0}));
  assert_int_equal(fm_zone_time(berlin, fm_date_from_civil(never)), fm_date_from_civil((fm_civil){2026, 3, 29, 1, 30, 0}));
}

static void test_zone_names(void **state)
{
  (void)state;
  static const struct {
    const char *name;
    int offset;
  } good[] = {{"UTC", 0}, {"Z", 0}, {"+02:00", 7200}, {"-0330", -12600}, {"UTC+2", 7200},
              {"gmt-05:30", -19800}, {"EST", -18000}, {"CEST", 7200}, {"+14", 50400}};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    assert_int_equal(fm_zone_offset(zone(good[i].name), NOW), good[i].offset);
  static const char *const bad[] = {"", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe/",
                                    "Europe", "+25:00", "+2:5", "+02:60", "a//b", "zone.tab", "\xff"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    const fm_zone *found;
    fm_why why = {""};
    if (fm_zone_find(fm_str_of(bad[i]), &arena, &found, &why) != FM_E_CONFIG || !why.text[0])
      fail_msg("\"%s\" is a zone", bad[i]);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_unaided),           cmocka_unit_test(test_formats),
    cmocka_unit_test(test_no_clock),       cmocka_unit_test(test_format_faults),
    cmocka_unit_test(test_round),          cmocka_unit_test(test_random_text),
    cmocka_unit_test(test_zones_like_libc), cmocka_unit_test(test_zone_jumps),
    cmocka_unit_test(test_zone_names),
  };
  return cmocka_run_group_tests(tests, NULL, end);
}
