/* Backfills: from day to day, what ends them, and stopping them after every step. */
#include "mill_kit.h"

#include "base/date.h"
#include "mill/backfill.h"

#define DAY_OF(text) day_of(text)
#define URL(date) "http://d.test/" date

static struct {
  size_t calls;
  int error;
  char why[512];
  fm_backfill_state state;
} ended;
static fm_backfill *backfill;

static int64_t day_of(const char *text)
{
  int64_t day = 0;
  assert_true(fm_date_parse_day(fm_str_of(text), &day));
  return day;
}

static int plan_day(const fm_host *host, const fm_day_request *want, fm_plan *plan)
{
  char date[FM_DATE_ISO_LEN + 1];
  fm_date_iso(want->day, date);
  char *url = host->alloc(host, 64);
  plan->url = (fm_str){url, (size_t)snprintf(url, 64, "http://d.test/%.10s", date)};
  plan->key = want->key;
  return FM_OK;
}

static int setup(void **state)
{
  (void)state;
  kit_open(false);
  memset(&ended, 0, sizeof ended);
  k.source.plan_day = plan_day;
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  kit_close();
  return 0;
}

static void on_done(void *ctx, int error, const fm_why *why, const fm_backfill_state *state)
{
  assert_ptr_equal(ctx, &k);
  ended.calls++;
  ended.error = error;
  ended.state = *state;
  snprintf(ended.why, sizeof ended.why, "%s", error ? why->text : "");
}

static int start(const char *since, const char *until, bool from_listing)
{
  fm_why why = {""};
  fm_feed_request listing = {
    .source = &k.source, .plan = {.size = sizeof listing.plan, .url = FM_STR("http://d.test/"),
                                  .key = FM_STR("list")}};
  fm_backfill_spec spec = {.loop = &k.loop, .store = k.store, .request = &listing,
                           .since = day_of(since), .until = day_of(until),
                           .from_listing = from_listing, .done = on_done, .ctx = &k,
                           .clock = &kit_clock, .page_fetcher = &k.fetcher,
                           .extractor = &k.web.extractor};
  ended.calls = 0;
  *k.web.requests = 0;
  int error = fm_backfill_start(&spec, &backfill, &why);
  snprintf(ended.why, sizeof ended.why, "%s", why.text);
  assert_int_equal(ended.calls, 0);
  return error;
}

static void run(const char *since, const char *until)
{
  assert_int_equal(start(since, until, false), FM_OK);
  kit_run();
  kit_advance((int64_t)3600 * 1000);
  assert_int_equal(ended.calls, 1);
}

#define SET(url, ...) fake_set(&k.web, url, (answer){__VA_ARGS__})

/* ---- from day to day ---- */

static void days_are_read_backwards_and_once(void **state)
{
  (void)state;
  SET(URL("2026-07-16"), .kind = LIST, .ids = "a b");
  SET(URL("2026-07-15"), .kind = LIST, .ids = "c");
  SET(URL("2026-07-14"), .kind = LIST, .ids = "");
  run("2026-07-14", "2026-07-16");
  assert_int_equal(ended.error, FM_OK);
  assert_string_equal(k.web.requests, URL("2026-07-16") " " URL("2026-07-15") " " URL("2026-07-14") " ");
  assert_int_equal(ended.state.days, 3);
  assert_int_equal(ended.state.entries, 3);
  assert_int_equal(ended.state.empty, 1);
  run("2026-07-13", "2026-07-16"); /* one more day than before, which has no page */
  assert_int_equal(ended.state.known, 3);
  assert_string_equal(k.web.requests, URL("2026-07-13") " ");
  assert_int_equal(ended.error, FM_OK);
}

/* A day's page may still change two days long. */
static void a_new_day_is_read_again(void **state)
{
  (void)state;
  char date[FM_DATE_ISO_LEN + 1], url[64];
  fm_date_iso(KIT_T0, date);
  date[10] = 0;
  snprintf(url, sizeof url, "http://d.test/%s", date);
  SET(url, .kind = LIST, .ids = "a");
  run(date, date);
  run(date, date);
  assert_int_equal(ended.state.known, 0);
  assert_int_equal(ended.state.days, 1);
}

static void a_weekend_is_skipped_on_a_pages_word(void **state)
{
  (void)state;
  SET(URL("2026-07-13"), .kind = LIST, .ids = "a", .previous_day = DAY_OF("2026-07-10"));
  SET(URL("2026-07-10"), .kind = LIST, .ids = "b", .previous_day = DAY_OF("2026-07-01"));
  SET(URL("2026-07-09"), .kind = LIST, .ids = "c");
  for (int i = 0; i < 2; i++) { /* the second time from what the store has */
    run("2026-07-09", "2026-07-13");
    assert_int_equal(ended.error, FM_OK);
    assert_int_equal(i ? ended.state.known : ended.state.days, 3);
    assert_string_equal(k.web.requests, i ? "" : URL("2026-07-13") " " URL("2026-07-10") " " URL("2026-07-09") " ");
  }
}

static void the_listing_says_where_to_begin(void **state)
{
  (void)state;
  SET("http://d.test/", .kind = LIST, .ids = "x", .day = DAY_OF("2026-07-01"));
  SET(URL("2026-07-08"), .kind = LIST, .ids = "a");
  assert_int_equal(start("2026-07-08", "2026-07-31", true), FM_OK);
  kit_run();
  assert_int_equal(ended.calls, 1);
  assert_string_equal(k.web.requests, "http://d.test/ " URL("2026-07-08") " ");
  SET("http://d.test/", .kind = FAILS, .status = 500); /* then the calendar does */
  SET(URL("2026-07-09"), .kind = LIST, .ids = "b");
  assert_int_equal(start("2026-07-09", "2026-07-09", true), FM_OK);
  kit_run();
  assert_int_equal(ended.error, FM_OK);
  SET("http://d.test/", .kind = NO_LIST);
  assert_int_equal(start("2026-07-09", "2026-07-09", true), FM_OK);
  kit_run();
  assert_int_equal(ended.state.known, 1);
}

/* ---- ends ---- */

static void days_without_a_page(void **state)
{
  (void)state;
  run("2026-07-01", "2026-07-16");
  assert_int_equal(ended.error, FM_E_NOT_FOUND);
  assert_non_null(strstr(ended.why, "404"));
  assert_int_equal(ended.state.empty, 16);
  SET(URL("2026-07-16"), .kind = LIST, .ids = "a");
  run("2025-01-01", "2026-07-16"); /* the listing began then: a month is enough */
  assert_int_equal(ended.error, FM_OK);
  assert_int_equal(ended.state.days, 32);
}

static void pages_that_are_not_the_listing(void **state)
{
  (void)state;
  SET(URL("2026-07-16"), .kind = NO_LIST);
  SET(URL("2026-07-15"), .kind = LIST, .ids = "a");
  run("2026-07-15", "2026-07-16");
  assert_int_equal(ended.error, FM_E_NO_LIST);
  assert_int_equal(ended.state.unreadable, 1);
  assert_int_equal(ended.state.days, 1);
  SET(URL("2026-07-14"), .kind = NO_LIST);
  SET(URL("2026-07-13"), .kind = NO_LIST);
  SET(URL("2026-07-12"), .kind = NO_LIST);
  run("2026-07-01", "2026-07-14"); /* a wall */
  assert_int_equal(ended.error, FM_E_NO_LIST);
  assert_non_null(strstr(ended.why, URL("2026-07-12") ": no list"));
  assert_int_equal(ended.state.day, day_of("2026-07-12"));
}

static void what_ends_it_at_once(void **state)
{
  (void)state;
  static const int errors[] = {FM_E_FORBIDDEN, FM_E_TOO_BIG};
  for (size_t i = 0; i < 2; i++) {
    SET(URL("2026-07-16"), .kind = FAILS, .error = errors[i]);
    run("2026-07-01", "2026-07-16");
    assert_int_equal(ended.error, errors[i]);
    assert_string_equal(k.web.requests, URL("2026-07-16") " ");
  }
}

static void a_failing_day_is_tried_again(void **state)
{
  (void)state;
  SET(URL("2026-07-16"), .kind = FAILS, .status = 503, .retry_after = 7);
  assert_int_equal(start("2026-07-16", "2026-07-16", false), FM_OK);
  kit_run();
  fm_backfill_state now;
  fm_backfill_get(backfill, &now);
  assert_int_equal(now.wait_ms, 7000);
  assert_non_null(strstr(now.doing, "503"));
  SET(URL("2026-07-16"), .kind = LIST, .ids = "a");
  kit_advance(7000);
  assert_int_equal(ended.error, FM_OK);
  SET(URL("2026-07-15"), .kind = FAILS, .status = 500);
  run("2026-07-15", "2026-07-15");
  assert_int_equal(ended.error, FM_E_UNAVAILABLE);
  assert_non_null(strstr(ended.why, "500"));
  size_t tries = 0;
  for (const char *at = k.web.requests; (at = strchr(at, ' ')); at++)
    tries++;
  assert_int_equal(tries, 6);
}

static void it_waits_for_the_hosts_budget(void **state)
{
  (void)state;
  SET(URL("2026-07-16"), .kind = LIST, .ids = "a");
  fm_map_put(&k.web.full, FM_STR("http://d.test"), &k);
  assert_int_equal(start("2026-07-16", "2026-07-16", false), FM_OK);
  kit_run();
  fm_backfill_state now;
  fm_backfill_get(backfill, &now);
  assert_string_equal(now.doing, "waiting for the host's budget");
  assert_string_equal(k.web.requests, "");
  fm_map_del(&k.web.full, FM_STR("http://d.test"));
  kit_advance(1000);
  assert_int_equal(ended.error, FM_OK);
}

static void a_listing_without_days(void **state)
{
  (void)state;
  k.source.plan_day = NULL;
  assert_int_equal(start("2026-07-16", "2026-07-16", false), FM_E_NOT_FOUND);
  assert_true(*ended.why);
}

/* ---- stopping ---- */

static void stopping_after_every_step(void **state)
{
  (void)state;
  static const answer kinds[] = {{.kind = LIST, .ids = "a"}, {.kind = FAILS, .status = 500},
                                 {.kind = NO_LIST}, {.kind = FAILS, .status = 404}};
  for (size_t i = 0; i < 4; i++)
    for (int steps = 0; steps < 12; steps++) {
      fake_set(&k.web, URL("2026-07-16"), kinds[i]);
      fake_set(&k.web, "http://d.test/", kinds[i]);
      assert_int_equal(start("2026-07-16", "2026-07-16", steps % 2), FM_OK);
      for (int s = 0; s < steps && !ended.calls; s++)
        kit_step();
      if (!ended.calls) {
        fm_backfill_state now;
        fm_backfill_get(backfill, &now);
        assert_non_null(now.doing);
        fm_backfill_stop(backfill);
        fm_backfill_stop(backfill);
      }
      kit_advance(1);
      assert_int_equal(ended.calls, 1);
      assert_true(ended.error == FM_E_CANCELLED || ended.error == FM_OK ||
                  ended.error == FM_E_NOT_FOUND || ended.error == FM_E_NO_LIST);
    }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(days_are_read_backwards_and_once),
    TEST(a_new_day_is_read_again),
    TEST(a_weekend_is_skipped_on_a_pages_word),
    TEST(the_listing_says_where_to_begin),
    TEST(days_without_a_page),
    TEST(pages_that_are_not_the_listing),
    TEST(what_ends_it_at_once),
    TEST(a_failing_day_is_tried_again),
    TEST(it_waits_for_the_hosts_budget),
    TEST(a_listing_without_days),
    TEST(stopping_after_every_step),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
