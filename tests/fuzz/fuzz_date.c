/* Fuzzes the date parsers. A parsed time must round-trip through the formatters, and the
 * lenient parser must agree with the strict ones. */
#include "base/date.h"
#include "base/when.h"
#include "fuzz_kit.h"

#define NOW INT64_C(1785834900) /* 2026-08-04T09:15:00Z */
/* From here on the lenient parser takes every date that the strict ones take. */
#define LENIENT_MIN INT64_C(-12180931200) /* 1584-01-02T00:00:00Z */

/* Years that fit in four digits. */
static bool writable(int64_t time)
{
  fm_civil civil = fm_date_to_civil(time);
  return civil.year >= 1 && civil.year <= 9999;
}

static void same(const char *what, bool read, int64_t got, int64_t wanted)
{
  if (!read || got != wanted)
    FUZZ_FAIL("%s: %lld is read back as %lld", what, (long long)wanted, read ? (long long)got : -1);
}

static void check_round(int64_t time)
{
  char iso[FM_DATE_ISO_LEN + 1], http[FM_DATE_HTTP_LEN + 1], rfc822[32], week[16], month[16];
  fm_when plain = {.now = NOW};
  int64_t back = 0;
  fm_date_iso(time, iso);
  fm_date_http(time, http);
  fm_date_rfc822(time, rfc822);
  fm_date_week(time, week);
  fm_date_month(time, month);
  if (fm_date_from_civil(fm_date_to_civil(time)) != time)
    FUZZ_FAIL("%lld is another in parts", (long long)time);
  if (!writable(time))
    return;
  same(iso, fm_date_parse_iso(fm_str_of(iso), &back), back, time);
  same(http, fm_date_parse_http(fm_str_of(http), &back), back, time);
  if (time >= LENIENT_MIN) {
    same(iso, fm_when_parse(fm_str_of(iso), &plain, &back), back, time);
    same(rfc822, fm_when_parse(fm_str_of(rfc822), &plain, &back), back, time);
  }
  if (fm_date_parse_week(fm_str_of(week), &back) && (time < back || time >= back + 7 * 86400))
    FUZZ_FAIL("%s is not the week of %lld", week, (long long)time);
  same(month, fm_date_parse_month(fm_str_of(month), &back) && back <= time, 0, 0);
}

static void check_read(fm_str text, const fm_when *when)
{
  int64_t time = 7, again = 7;
  bool read = fm_when_parse(text, when, &time);
  if (!read && time != 7)
    FUZZ_FAIL("touched on failure");
  if (read != fm_when_parse(text, when, &again) || time != again)
    FUZZ_FAIL("read twice, not the same");
  if (read)
    check_round(time);
}

/* The lenient parser agrees with the strict ones. */
static void check_strict(fm_str text)
{
  fm_when plain = {.now = NOW};
  int64_t strict = 0, lenient = 0;
  if (fm_date_parse_iso(text, &strict) && strict >= LENIENT_MIN)
    same("ISO", fm_when_parse(text, &plain, &lenient), lenient, strict);
  if (fm_date_parse_day(text, &strict) && strict >= LENIENT_MIN)
    same("day", fm_when_parse(text, &plain, &lenient), lenient, strict);
  if (fm_date_parse_http(text, &strict) && strict >= LENIENT_MIN)
    same("HTTP", fm_when_parse(text, &plain, &lenient), lenient, strict);
  if (fm_date_parse_mail(text, &strict) && strict >= LENIENT_MIN)
    same("mail", fm_when_parse(text, &plain, &lenient), lenient, strict);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fm_str rest = {(const char *)data, size};
  fm_str name = fuzz_part(&rest, "\n"), format = fuzz_part(&rest, "\n");
  fm_str text = fuzz_part(&rest, "\xff\xfe\xff");
  fm_arena arena = {0};
  fm_str unknown_zone;
  fm_when when = {.now = NOW, .language = {name.ptr, name.len < 8 ? name.len : 8}, .unknown_zone = &unknown_zone,
                  .origin = (enum fm_when_origin)(size % 3), .order = (enum fm_when_order)(size / 3 % 3)};
  fm_why why = {""};
  size_t at = 0;
  if (name.len && fm_zone_find(name, &arena, &when.zone, &why) && !why.text[0])
    FUZZ_FAIL("no zone and no reason");
  int error = format.len ? fm_when_check(format, &at, &why) : FM_OK;
  if (error && (at > format.len || !why.text[0]))
    FUZZ_FAIL("a format refused at %zu of %zu: %s", at, format.len, why.text);
  check_read(text, &when);
  if (format.len && !error) {
    when.formats = &format;
    when.nformats = 1;
    check_read(text, &when);
  }
  when.now = FM_NO_TIME;
  check_read(text, &when);
  check_strict(text);
  fm_when_order_of(text);
  fm_arena_deinit(&arena);
  fuzz_free(name);
  fuzz_free(format);
  fuzz_free(text);
  return 0;
}
