/* Refreshes from a reader's request to the answer: every end, in every state. */
#include "mill_kit.h"

#include "mill/archive_address.h"

#define A "http://a.test/"
#define B "http://b.test/"
#define N "http://n.test/"
#define SET(url, ...) fake_set(&k.web, url, (answer){__VA_ARGS__})

static const request one = {.url = A, .name = "mine"};

static int setup(void **state)
{
  (void)state;
  kit_open(false);
  return 0;
}

static int setup_with_entry_pages(void **state)
{
  (void)state;
  kit_open(true);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  kit_close();
  return 0;
}

static size_t count_requests(const char *url)
{
  size_t count = 0;
  for (const char *at = k.web.requests; (at = strstr(at, url)); at += strlen(url))
    count++;
  return count;
}

/* ---- the usual ---- */

static void a_reader_gets_the_list(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a b");
  reader *first = kit_get(one);
  assert_int_equal(first->status, 200);
  assert_string_equal(kit_ids(first), "a b");
  assert_int_equal(kit_info().state, FM_UPSTREAM_FRESH);
  reader *second = kit_get(one);
  assert_string_equal(second->body, first->body);
  assert_string_equal(k.web.requests, A " "); /* from the copy */
}

static void readers_share_one_fetch(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a");
  reader *all[5];
  for (int i = 0; i < 5; i++)
    all[i] = kit_request(one);
  kit_run();
  for (int i = 0; i < 5; i++)
    assert_int_equal(all[i]->status, 200);
  assert_string_equal(k.web.requests, A " ");
}

static void it_is_refreshed_while_somebody_reads(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a");
  kit_get(one);
  SET(A, .kind = LIST, .ids = "b a");
  kit_advance(601 * 1000);
  assert_int_equal(count_requests(A), 2);
  assert_string_equal(kit_ids(kit_get(one)), "b a");
  SET(A, .kind = UNMODIFIED);
  kit_advance(601 * 1000);
  assert_int_equal(count_requests("?" A), 2);
  assert_int_equal(kit_info().state, FM_UPSTREAM_FRESH);
  kit_advance((int64_t)2 * 86400 * 1000); /* nobody reads it */
  size_t before = count_requests(A);
  assert_int_equal(kit_info().state, FM_UPSTREAM_STALE);
  kit_advance((int64_t)86400 * 1000);
  assert_int_equal(count_requests(A), before);
  SET(A, .kind = LIST, .ids = "c");
  assert_string_equal(kit_ids(kit_get(one)), "c b a"); /* what left the list follows */
}

/* ---- failures ---- */

static void what_readers_are_told_without_a_copy(void **state)
{
  (void)state;
  static const struct { answer answer; int status; } cases[] = {
    {{.kind = FAILS, .status = 503}, 503},
    {{.kind = FAILS, .error = FM_E_TIMEOUT}, 504},
    {{.kind = FAILS, .error = FM_E_FORBIDDEN}, 503},
    {{.kind = FAILS, .error = FM_E_BUSY, .retry_after = 60}, 503},
    {{.kind = NO_LIST}, 502},
    {{.kind = UNMODIFIED}, 503},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char url[64];
    snprintf(url, sizeof url, "http://h%zu.test/", i);
    const char *kept = fm_arena_str(&k.web.arena, fm_str_of(url)).ptr;
    fake_set(&k.web, kept, cases[i].answer);
    reader *r = kit_get((request){.url = kept});
    if (r->status != cases[i].status)
      fail_msg("%zu: %d, not %d: %s", i, r->status, cases[i].status, r->body);
  }
}

static void it_backs_off_and_recovers(void **state)
{
  (void)state;
  SET(A, .kind = FAILS, .status = 500);
  assert_int_equal(kit_get(one)->status, 503);
  assert_int_equal(kit_info().state, FM_UPSTREAM_BACKING_OFF);
  assert_int_equal(kit_get(one)->status, 503);
  assert_int_equal(count_requests(A), 1); /* not while it backs off */
  kit_advance(70 * 1000);
  assert_int_equal(count_requests(A), 2);
  assert_int_equal(kit_info().failures, 2);
  SET(A, .kind = LIST, .ids = "a");
  kit_advance(140 * 1000);
  assert_int_equal(kit_info().failures, 0);
  assert_string_equal(kit_ids(kit_get(one)), "a");
}

static void the_last_good_copy_serves_on(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a");
  kit_get(one);
  SET(A, .kind = FAILS, .status = 500);
  kit_advance(3600 * 1000);
  reader *r = kit_get(one);
  assert_int_equal(r->status, 200);
  assert_string_equal(kit_ids(r), "a");
  for (int i = 0; i < 3; i++) {
    kit_advance(3600 * 1000);
    r = kit_get(one);
  }
  assert_int_equal(r->status, 503); /* it is too old */
}

static void a_host_that_asks_to_be_left_alone(void **state)
{
  (void)state;
  SET(A, .kind = FAILS, .status = 429, .retry_after = 100, .stops = "http://a.test");
  assert_int_equal(kit_get(one)->status, 503);
  kit_close_mill();
  *k.blocked = 0;
  kit_open_mill(); /* the next start knows it */
  kit_run();
  assert_string_equal(k.blocked, "http://a.test:100 ");
}

static void a_host_without_room(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a");
  kit_get(one);
  k.room_ms = 60000;
  kit_advance(601 * 1000);
  assert_int_equal(kit_info().state, FM_UPSTREAM_RATE_LIMITED);
  assert_int_equal(count_requests(A), 1);
  assert_int_equal(kit_get(one)->status, 200); /* the copy, at once */
  k.room_ms = 0;
  kit_advance(60001);
  assert_int_equal(count_requests(A), 2);
  assert_int_equal(kit_info().state, FM_UPSTREAM_FRESH);
}

/* ---- waiting ---- */

static void nobody_waits_longer_than_refresh_wait(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a");
  reader *cold = kit_request(one);
  uv_run(&k.loop, UV_RUN_NOWAIT);
  while (fm_list_empty(&k.web.fetches)) /* the page hangs */
    uv_run(&k.loop, UV_RUN_ONCE);
  assert_int_equal(kit_info().state, FM_UPSTREAM_REFRESHING);
  assert_string_equal(kit_info().doing, "connecting");
  fm_timer *timer = FM_OF(fm_list_first(&kit_time.timers), fm_timer, node);
  kit_time.ms = timer->at;
  fm_list_del(&timer->node);
  timer->due(timer);
  assert_true(cold->answered);
  assert_int_equal(cold->status, 504);
  kit_run();
  assert_string_equal(kit_ids(kit_get(one)), "a"); /* the refresh went on */
  assert_string_equal(k.web.requests, A " ");
}

/* `wait: 0s` is for those who have a copy. */
static void a_first_reader_waits_a_moment(void **state)
{
  (void)state;
  request eager = one;
  eager.wait = -1;
  SET(A, .kind = LIST, .ids = "a");
  reader *cold = kit_request(eager);
  while (fm_list_empty(&k.web.fetches))
    uv_run(&k.loop, UV_RUN_ONCE);
  assert_false(cold->answered);
  fm_timer *timer = FM_OF(fm_list_first(&kit_time.timers), fm_timer, node);
  assert_int_equal(timer->at, 5000);
  kit_run();
  assert_int_equal(cold->status, 200);
  assert_int_equal(kit_get(eager)->status, 200);
}

/* ---- several inputs and endpoints ---- */

static void several_inputs_are_one_list(void **state)
{
  (void)state;
  const request both = {.url = A, .next_input = B};
  SET(A, .kind = LIST, .ids = "a b");
  SET(B, .kind = LIST, .ids = "c b");
  assert_string_equal(kit_ids(kit_get(both)), "a b c");
  SET(A, .kind = FAILS, .status = 500);
  SET(B, .kind = LIST, .ids = "d c");
  kit_advance(601 * 1000);
  assert_string_equal(kit_ids(kit_get(both)), "d a b c"); /* the failing one keeps its entries */
  SET(B, .kind = FAILS, .status = 500);
  kit_advance(601 * 1000);
  assert_true(kit_info().failures > 0);
  kit_close_mill(); /* a restart knows the inputs' states */
  kit_open_mill();
  SET(A, .kind = UNMODIFIED);
  SET(B, .kind = UNMODIFIED);
  kit_advance(3600 * 1000);
  *k.web.requests = 0;
  kit_get(both);
  assert_int_equal(count_requests("?" B), 1);
}

static void an_anomaly_fails_over(void **state)
{
  (void)state;
  const request two = {.url = A, .fallback = B};
  SET(A, .kind = LIST, .ids = "a b c d e f g h i j");
  SET(B, .kind = LIST, .ids = "k a b c d e f g h i");
  kit_get(two);
  SET(A, .kind = LIST, .ids = "");
  kit_advance(601 * 1000);
  assert_string_equal(kit_ids(kit_get(two)), "k a b c d e f g h i j");
  assert_true(kit_info().failed_over);
  SET(B, .kind = FAILS, .status = 500);
  kit_advance(601 * 1000);
  assert_true(kit_info().failures > 0); /* the anomaly is all there is */
  assert_int_equal(kit_get(two)->status, 200);
}

static void an_anomaly_is_accepted_after_a_day(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a b c d e f g h i j");
  kit_get(one);
  SET(A, .kind = LIST, .ids = "");
  kit_advance(3600 * 1000);
  assert_true(kit_info().failures > 0);
  for (int i = 0; i < 30 && kit_info().failures; i++) {
    kit_get(one); /* somebody reads */
    kit_advance(3600 * 1000);
  }
  assert_int_equal(kit_info().failures, 0);
  assert_true(kit_time.ms >= (int64_t)86400 * 1000);
}

/* ---- entries' own pages ---- */

static void entries_come_whole(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a b");
  SET(N "a", .kind = LIST, .ids = "said-of-a");
  SET(N "b", .kind = FAILS, .status = 500);
  reader *r = kit_get(one);
  assert_non_null(strstr(r->body, "said-of-a"));
  assert_int_equal(count_requests(N "b"), 1);
  SET(A, .kind = UNMODIFIED);
  SET(N "b", .kind = LIST, .ids = "said-of-b");
  kit_advance(601 * 1000); /* though the list is as it was */
  assert_int_equal(count_requests(N "a"), 1);
  assert_non_null(strstr(kit_get(one)->body, "said-of-b"));
}

static void step_to(enum fm_upstream_state state, const char *doing)
{
  for (int i = 0; i < 1000; i++) {
    info now = kit_info();
    if (now.state == state && strstr(now.doing, doing))
      return;
    if (!kit_step())
      uv_run(&k.loop, UV_RUN_NOWAIT);
  }
  fail_msg("never: %s", doing);
}

/* Whoever has waited for long gets the list; what comes late is merged once more. */
static void late_entries_are_not_waited_for(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a b");
  SET(N "a", .kind = LIST, .ids = "said-of-a");
  SET(N "b", .kind = LIST, .ids = "said-of-b");
  reader *r = kit_request(one);
  step_to(FM_UPSTREAM_REFRESHING, "entries' own pages");
  fm_timer *timer = FM_OF(fm_list_first(&kit_time.timers), fm_timer, node);
  kit_time.ms = timer->at;
  fm_list_del(&timer->node);
  timer->due(timer);
  while (!r->answered) /* the entries' pages hang */
    uv_run(&k.loop, UV_RUN_ONCE);
  assert_string_equal(kit_ids(r), "a b");
  assert_null(strstr(r->body, "said-of"));
  reader *next = kit_request(one); /* a fresh copy, at once */
  assert_true(next->answered);
  kit_run();
  assert_non_null(strstr(kit_get(one)->body, "said-of-b"));
  assert_int_equal(kit_info().state, FM_UPSTREAM_FRESH);
}

/* ---- plans ---- */

static const char *planned_key, *planned_url;

static int make_plan(const fm_host *host, const fm_plan_request *want, fm_plan *plan)
{
  if (!planned_url)
    return (host->fail)(host, FM_E_NOT_FOUND, "no more");
  assert_true(fm_str_is(want->path, "/listing"));
  *plan = (fm_plan){.size = sizeof *plan, .url = fm_str_of(planned_url),
                    .key = fm_str_of(planned_key)};
  return FM_OK;
}

/* A listing of the week moves on with the week: its source is asked again then. */
static void a_plan_is_renewed_when_it_ends(void **state)
{
  (void)state;
  request week = {.url = A, .valid_until = KIT_T0 + 1000};
  k.source.plan = make_plan;
  SET(A, .kind = LIST, .ids = "a");
  SET(B, .kind = LIST, .ids = "b");
  kit_get(week);
  planned_url = NULL; /* the source cannot say: the old plan stays */
  planned_key = A;
  kit_advance(1001 * 1000);
  kit_get(week);
  assert_int_equal(count_requests(B), 0);
  planned_url = B;
  kit_advance(1001 * 1000);
  assert_true(count_requests(B) > 0);
  assert_string_equal(kit_ids(kit_get(week)), "b a");
}

/* Its key changes: it is another upstream, and this one's addresses are resolved anew. */
static void a_plan_that_ends_for_another_upstream(void **state)
{
  (void)state;
  request week = {.url = A, .valid_until = KIT_T0 + 1000};
  k.source.plan = make_plan;
  planned_url = planned_key = B;
  SET(A, .kind = LIST, .ids = "a");
  SET(B, .kind = LIST, .ids = "b");
  kit_get(week);
  kit_advance(1001 * 1000);
  assert_string_equal(kit_ids(kit_get((request){.url = B})), "b");
}

/* ---- archives, what the mill tells of itself ---- */

static void a_months_archive(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a b");
  kit_get(one);
  request month = one;
  month.limit = 1; /* what the feed shows is in no archive */
  month.archive = KIT_T0 / 86400 * 86400 - 2 * 86400; /* 1 August 2026 */
  month.archive -= 31 * 86400; /* there was nothing in July */
  assert_int_equal(kit_get(month)->status, 404);
  SET(A, .kind = LIST, .ids = "c");
  kit_advance((int64_t)40 * 86400 * 1000); /* August is sealed */
  kit_get(one);
  month.archive += 31 * 86400;
  size_t fetches = count_requests(A);
  reader *r = kit_get(month);
  assert_int_equal(r->status, 200);
  assert_string_equal(kit_ids(r), "a b"); /* what left the list */
  assert_int_equal(count_requests(A), fetches);
}

static void an_archives_address(void **state)
{
  (void)state;
  static const struct { const char *target; int64_t month; const char *made; } rows[] = {
    {"/papers.atom", 1785542400, "/papers/archive/2026-08.atom"},
    {"/papers.atom?limit=3", 1785542400, "/papers/archive/2026-08.atom?limit=3"},
    {"/papers", 1785542400, "/papers/archive/2026-08"},
    {"/papers/archive/2026-07.rss", 1785542400, "/papers/archive/2026-08.rss"},
    {"/papers/archive/2026-07.rss?q=a", FM_NO_TIME, "/papers.rss?q=a"},
    {"/papers/archive/nonsense.atom", FM_NO_TIME, "/papers/archive/nonsense.atom"},
    {"/a.b/c", FM_NO_TIME, "/a.b/c"},
  };
  fm_arena arena = {0};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_string_equal(fm_archive_target(fm_str_of(rows[i].target), rows[i].month, &arena).ptr,
                        rows[i].made);
  fm_arena_deinit(&arena);
}

static void outages_are_recorded(void **state)
{
  (void)state;
  size_t count;
  SET(A, .kind = LIST, .ids = "a");
  kit_get(one);
  SET(A, .kind = FAILS, .status = 500);
  kit_advance(700 * 1000);
  const fm_outage *o = fm_mill_outages(k.mill, &count);
  assert_int_equal(count, 1);
  assert_int_equal(o->ended, FM_NO_TIME);
  assert_non_null(strstr(o->reason, "500"));
  SET(A, .kind = LIST, .ids = "a");
  kit_advance(3600 * 1000);
  o = fm_mill_outages(k.mill, &count);
  assert_true(o->ended != FM_NO_TIME);
  kit_close_mill();
  kit_open_mill();
  kit_run();
  fm_mill_outages(k.mill, &count);
  assert_int_equal(count, 1); /* from the store */
}

static void statistics_and_names(void **state)
{
  (void)state;
  fm_mill_stats stats;
  SET(A, .kind = LIST, .ids = "a");
  kit_get(one);
  kit_get((request){.url = B}); /* 404 */
  fm_mill_get_stats(k.mill, &stats);
  assert_int_equal(stats.requests, 2);
  assert_int_equal(stats.fetches, 2);
  assert_int_equal(stats.fetch_errors, 1);
  assert_int_equal(stats.changes, 1);
  assert_int_equal(stats.upstreams, 2);
  fm_mill_expire(k.mill);
  fm_mill_expire(k.mill); /* one at a time */
  kit_run();
  for (int i = 0; i < FM_UPSTREAM_STATE_COUNT; i++) {
    assert_true(*fm_upstream_state_name((enum fm_upstream_state)i) != 0);
    assert_true(*fm_upstream_state_text((enum fm_upstream_state)i) != 0);
  }
}

static void what_left_long_ago_is_forgotten(void **state)
{
  (void)state;
  kit_close();
  kit_open_keeping(86400);
  SET(A, .kind = LIST, .ids = "a b");
  kit_get(one);
  SET(A, .kind = LIST, .ids = "b");
  kit_advance(700 * 1000);
  assert_string_equal(kit_ids(kit_get(one)), "b a");
  for (int i = 0; i < 5; i++) {
    kit_advance((int64_t)43200 * 1000);
    kit_get(one);
  }
  fm_mill_expire(k.mill);
  kit_run();
  assert_string_equal(kit_ids(kit_get(one)), "b"); /* also from the copy at hand */
}

static void dynamic_views_are_bounded(void **state)
{
  (void)state;
  fm_mill_stats stats;
  for (int i = 0; i < 14; i++) {
    fm_str url = fm_arena_printf(&k.web.arena, "http://h%d.test/", i);
    fake_set(&k.web, url.ptr, (answer){.kind = LIST, .ids = "a"});
    assert_int_equal(kit_get((request){.url = url.ptr})->status, 200);
  }
  fm_mill_get_stats(k.mill, &stats);
  assert_in_range(stats.views, 10, 11);
  fm_mill_reconfigure(k.mill, 3);
  kit_get((request){.url = "http://h13.test/"});
  fm_mill_get_stats(k.mill, &stats);
  assert_in_range(stats.views, 1, 11);
}

static void a_configured_feed_is_resumed(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a");
  kit_get(one);
  kit_close_mill();
  kit_open_mill();
  kit_resume(one);
  kit_run();
  kit_advance(700 * 1000); /* nobody has asked since */
  assert_int_equal(count_requests(A), 2);
  assert_int_equal(kit_get(one)->status, 200);
}

/* ---- reload, close ---- */

static void a_reload_reads_anew(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a");
  kit_get(one);
  fm_mill_reconfigure(k.mill, 10);
  kit_get(one); /* the same: from the copy */
  assert_int_equal(count_requests(A), 1);
  fm_mill_reconfigure(k.mill, 10);
  request other = one;
  other.option = (fm_param){FM_STR("x"), FM_STR("y")};
  kit_get(other);
  kit_run();
  assert_int_equal(count_requests(A), 2);
  assert_int_equal(count_requests("?" A), 0);
}

/* In each state that a refresh goes through: a reload, with another plan, or a close. */
static void reload_and_close_in_every_state(void **state)
{
  (void)state;
  for (int kind = 0; kind < 3; kind++)
    for (int steps = 0; steps < 40; steps++) {
      kit_close();
      kit_open(true);
      k.shared = kind == 1;
      kit_close_mill();
      kit_open_mill();
      SET(A, .kind = LIST, .ids = "a b", .next = A "2");
      SET(A "2", .kind = LIST, .ids = "c");
      SET(N "a", .kind = LIST, .ids = "said");
      reader *r = kit_request(one);
      for (int i = 0; i < steps; i++)
        kit_step();
      if (kind < 2) {
        fm_mill_reconfigure(k.mill, 10);
        request other = one;
        other.option = (fm_param){FM_STR("x"), FM_STR("y")};
        reader *next = kit_get(other);
        assert_int_equal(next->status, 200);
        assert_string_equal(kit_ids(next), "a b c");
      }
      kit_close_mill();
      assert_true(r->answered);
      assert_true(r->status == 200 || (kind == 2 && r->status == 503));
    }
}

static void with_others_at_the_store(void **state)
{
  (void)state;
  kit_close_mill();
  k.shared = true;
  kit_open_mill();
  SET(A, .kind = LIST, .ids = "a b");
  assert_string_equal(kit_ids(kit_get(one)), "a b");
  SET(A, .kind = LIST, .ids = "c a b");
  kit_advance(601 * 1000);
  assert_string_equal(kit_ids(kit_get(one)), "c a b");
  kit_close_mill();
  kit_open_mill();
  assert_string_equal(kit_ids(kit_get(one)), "c a b"); /* what the store has is fresh */
  assert_int_equal(count_requests(A), 2);
}

static void a_restart_goes_on_from_the_store(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a b");
  kit_get(one);
  kit_close_mill();
  kit_open_mill();
  assert_string_equal(kit_ids(kit_get(one)), "a b");
  assert_int_equal(count_requests(A), 1);
  SET(A, .kind = FAILS, .status = 500);
  kit_advance(601 * 1000);
  kit_close_mill();
  kit_open_mill();
  assert_string_equal(kit_ids(kit_get(one)), "a b");
  assert_int_equal(kit_info().state, FM_UPSTREAM_BACKING_OFF);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TEST_ENTRIES(f) cmocka_unit_test_setup_teardown(f, setup_with_entry_pages, teardown)
    TEST(a_reader_gets_the_list),
    TEST(readers_share_one_fetch),
    TEST(it_is_refreshed_while_somebody_reads),
    TEST(what_readers_are_told_without_a_copy),
    TEST(it_backs_off_and_recovers),
    TEST(the_last_good_copy_serves_on),
    TEST(a_host_that_asks_to_be_left_alone),
    TEST(a_host_without_room),
    TEST(nobody_waits_longer_than_refresh_wait),
    TEST(a_first_reader_waits_a_moment),
    TEST(several_inputs_are_one_list),
    TEST(an_anomaly_fails_over),
    TEST(an_anomaly_is_accepted_after_a_day),
    TEST_ENTRIES(entries_come_whole),
    TEST_ENTRIES(late_entries_are_not_waited_for),
    TEST(a_plan_is_renewed_when_it_ends),
    TEST(a_plan_that_ends_for_another_upstream),
    TEST(a_months_archive),
    TEST(an_archives_address),
    TEST(outages_are_recorded),
    TEST(statistics_and_names),
    TEST(what_left_long_ago_is_forgotten),
    TEST(dynamic_views_are_bounded),
    TEST(a_configured_feed_is_resumed),
    TEST(a_reload_reads_anew),
    TEST(reload_and_close_in_every_state),
    TEST(with_others_at_the_store),
    TEST(a_restart_goes_on_from_the_store),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
