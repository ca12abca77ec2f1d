/* Permits at a host: order and bounds, and the rate limits that hosts announce. */
#include "fetch/host.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define URGENT ((fm_priority){.urgent = true})
#define SPREAD(at) ((fm_priority){.since = (at)})

typedef struct runner {
  fm_permit permit;
  char name;
  fm_hosts *hosts;
  bool at_once; /* releases its permit inside go */
  struct runner *asks; /* requests this one's permit inside go */
} runner;

static char went[64];

static void go(fm_permit *permit)
{
  runner *self = FM_OF(permit, runner, permit);
  size_t n = strlen(went);
  went[n] = self->name;
  went[n + 1] = 0;
  if (self->asks)
    fm_permit_request(self->hosts, FM_STR("http://a"), &self->asks->permit, SPREAD(0), go);
  if (self->at_once)
    fm_permit_release(self->hosts, permit);
}

static void ask(fm_hosts *hosts, const char *origin, runner *self, char name)
{
  self->name = name;
  self->hosts = hosts;
  fm_permit_request(hosts, fm_str_of(origin), &self->permit, SPREAD(0), go);
}

static void test_turns_in_order(void **state)
{
  (void)state;
  fm_hosts hosts;
  runner r[6] = {0};
  went[0] = 0;
  fm_hosts_init(&hosts, 2);
  for (int i = 0; i < 5; i++)
    ask(&hosts, "http://a", &r[i], (char)('1' + i));
  ask(&hosts, "http://b", &r[5], 'b');
  assert_string_equal(went, "12b");
  fm_permit_release(&hosts, &r[2].permit); /* leaves the queue */
  fm_permit_release(&hosts, &r[0].permit);
  assert_string_equal(went, "12b4");
  fm_permit_release(&hosts, &r[0].permit);
  assert_string_equal(went, "12b4");
  hosts.per_host = 0;
  fm_permit_release(&hosts, &r[1].permit);
  assert_string_equal(went, "12b4");
  for (int i = 0; i < 6; i++)
    fm_permit_release(&hosts, &r[i].permit);
  fm_hosts_deinit(&hosts);
}

static void test_go_may_end_and_ask(void **state)
{
  (void)state;
  fm_hosts hosts;
  runner last = {.name = 'z', .hosts = &hosts, .at_once = true};
  runner r[3] = {{.at_once = true}, {.at_once = true, .asks = &last}, {.at_once = true}};
  went[0] = 0;
  fm_hosts_init(&hosts, 1);
  hosts.per_host = 0;
  for (int i = 0; i < 3; i++)
    ask(&hosts, "http://a", &r[i], (char)('1' + i));
  hosts.per_host = 1;
  runner first = {.at_once = true};
  ask(&hosts, "http://a", &first, '4');
  assert_string_equal(went, "1234z");
  assert_int_equal(hosts.nidle, 1);
  fm_hosts_deinit(&hosts);
}

/* A request whose response announces `budget`. */
static void note(fm_hosts *hosts, const char *origin, const fm_budget *budget)
{
  runner one = {0};
  ask(hosts, origin, &one, '.');
  fm_permit_report(hosts, &one.permit, budget);
  fm_permit_release(hosts, &one.permit);
}

static void test_idle_origins_are_bounded(void **state)
{
  (void)state;
  fm_hosts hosts;
  fm_budget budget = {7, 1, 1, 1, 0};
  fm_hosts_init(&hosts, 2);
  runner busy = {0};
  went[0] = 0;
  ask(&hosts, "http://busy", &busy, 'b');
  fm_permit_report(&hosts, &busy.permit, &budget);
  for (int i = 0; i < FM_HOSTS_IDLE + 10; i++) {
    char name[32];
    snprintf(name, sizeof name, "http://%d", i);
    note(&hosts, name, &(fm_budget){7, 1, -1, -1, 0});
    if (i % 100 == 0)
      fm_hosts_block(&hosts, FM_STR("http://0"), 0); /* used repeatedly */
    went[0] = 0;
  }
  assert_int_equal(hosts.nidle, FM_HOSTS_IDLE);
  assert_int_equal(fm_hosts_budget(&hosts, FM_STR("http://0")).remaining, 7);
  assert_int_equal(fm_hosts_budget(&hosts, FM_STR("http://1")).remaining, -1);
  assert_int_equal(fm_hosts_budget(&hosts, FM_STR("http://busy")).remaining, 7);
  fm_permit_release(&hosts, &busy.permit);
  fm_hosts_deinit(&hosts);
}

/* ---- with a fake clock ---- */

static int64_t moved = 1000000;
static int64_t now_moved(void) { return moved; }

static void wake(fm_hosts *hosts, int64_t at) { (void)hosts, (void)at; }

static void moved_hosts(fm_hosts *hosts, unsigned per_host)
{
  fm_hosts_init(hosts, per_host);
  hosts->now = now_moved;
  hosts->wake = wake;
  went[0] = 0;
}

static void ask_ranked(fm_hosts *hosts, runner *self, char name, fm_priority priority)
{
  self->name = name;
  self->hosts = hosts;
  fm_permit_request(hosts, FM_STR("http://a"), &self->permit, priority, go);
}

static void test_who_goes_first(void **state)
{
  (void)state;
  fm_hosts hosts;
  runner r[6] = {0};
  moved_hosts(&hosts, 1);
  ask_ranked(&hosts, &r[0], '1', SPREAD(50));
  ask_ranked(&hosts, &r[1], '2', SPREAD(40));
  ask_ranked(&hosts, &r[2], '3', SPREAD(30));
  ask_ranked(&hosts, &r[3], '4', URGENT);
  ask_ranked(&hosts, &r[4], '5', SPREAD(30));
  ask_ranked(&hosts, &r[5], '6', URGENT);
  for (int i = 0; i < 6; i++)
    fm_permit_release(&hosts, &r[went[i] - '1'].permit);
  assert_string_equal(went, "146352");
  fm_hosts_deinit(&hosts);
}

static void test_a_turn_waits_for_the_budget(void **state)
{
  (void)state;
  fm_hosts hosts;
  runner r[2] = {{.at_once = true}, {.at_once = true}};
  moved_hosts(&hosts, 2);
  note(&hosts, "http://a", &(fm_budget){0, 20, -1, -1, 0});
  went[0] = 0;
  ask_ranked(&hosts, &r[0], '1', URGENT);
  ask_ranked(&hosts, &r[1], '2', SPREAD(7));
  assert_string_equal(went, "");
  assert_int_equal(hosts.wake_at, moved + 21000);
  assert_int_equal(fm_hosts_ready_at(&hosts, FM_STR("http://b"), 1, false), moved);
  fm_hosts_run(&hosts); /* too early */
  assert_string_equal(went, "");
  assert_int_equal(hosts.wake_at, moved + 21000);
  moved += 21000;
  fm_hosts_run(&hosts);
  assert_string_equal(went, "12");
  assert_int_equal(r[0].permit.refused + r[1].permit.refused, 0);
  assert_int_equal(hosts.wake_at, INT64_MAX);
  fm_hosts_deinit(&hosts);
}

static void test_nobody_waits_too_long(void **state)
{
  (void)state;
  fm_hosts hosts;
  runner r[4] = {0};
  moved_hosts(&hosts, 1);
  ask_ranked(&hosts, &r[0], '1', SPREAD(0));
  ask_ranked(&hosts, &r[1], '2', URGENT);
  ask_ranked(&hosts, &r[2], '3', SPREAD(0));
  fm_hosts_block(&hosts, FM_STR("http://a"), 3600000);
  fm_permit_release(&hosts, &r[0].permit);
  assert_string_equal(went, "123");
  for (int i = 1; i < 3; i++) {
    assert_int_equal(r[i].permit.refused, 3600000);
    assert_false(r[i].permit.held);
    fm_permit_release(&hosts, &r[i].permit); /* released already */
  }
  ask_ranked(&hosts, &r[3], '4', URGENT);
  assert_int_equal(r[3].permit.refused, 3600000);
  assert_int_equal(hosts.nidle, 1);
  assert_true(fm_hosts_ready_at(&hosts, FM_STR("http://a"), 0, false) >= moved + 3600000);
  moved += 3600000;
  r[3].permit = (fm_permit){0};
  ask_ranked(&hosts, &r[3], '5', URGENT);
  assert_true(r[3].permit.held);
  fm_permit_release(&hosts, &r[3].permit);
  fm_hosts_deinit(&hosts);
}

static void test_a_stop_is_at_most_a_day(void **state)
{
  (void)state;
  fm_hosts hosts;
  moved_hosts(&hosts, 1);
  fm_hosts_block(&hosts, FM_STR("http://a"), INT64_MAX);
  note(&hosts, "http://a", &FM_BUDGET_NONE); /* refused */
  assert_int_equal(fm_hosts_ready_at(&hosts, FM_STR("http://a"), 0, false), moved + FM_PACE_MAX_MS);
  moved += FM_PACE_MAX_MS;
  note(&hosts, "http://a", &FM_BUDGET_NONE);
  assert_int_equal(fm_hosts_ready_at(&hosts, FM_STR("http://a"), 0, false), moved);
  fm_hosts_deinit(&hosts);
}

/* A request made inside `go` while its host is blocked is refused too. */
static void test_asking_while_refused(void **state)
{
  (void)state;
  fm_hosts hosts;
  runner last = {.name = 'z'};
  runner first = {.asks = &last};
  moved_hosts(&hosts, 1);
  last.hosts = &hosts;
  fm_hosts_block(&hosts, FM_STR("http://a"), 3600000);
  ask_ranked(&hosts, &first, '1', SPREAD(0));
  assert_string_equal(went, "1z");
  assert_true(first.permit.refused && last.permit.refused);
  assert_int_equal(hosts.nidle, 1);
  fm_hosts_deinit(&hosts);
}

static void test_few_until_a_host_has_spoken(void **state)
{
  (void)state;
  fm_hosts hosts;
  runner one = {0};
  moved_hosts(&hosts, 2);
  assert_int_equal(fm_hosts_ready_at(&hosts, FM_STR("http://a"), 1, false), moved);
  assert_true(fm_hosts_ready_at(&hosts, FM_STR("http://a"), 2, false) > moved);
  ask_ranked(&hosts, &one, '1', SPREAD(0));
  assert_true(fm_hosts_ready_at(&hosts, FM_STR("http://a"), 1, false) > moved);
  fm_permit_release(&hosts, &one.permit);
  assert_int_equal(fm_hosts_ready_at(&hosts, FM_STR("http://a"), 1000, false), moved);
  fm_hosts_deinit(&hosts);
}

/* A redirect counts as a request. */
static void test_a_turn_asks_again(void **state)
{
  (void)state;
  fm_hosts hosts;
  runner r[2] = {0};
  moved_hosts(&hosts, 3);
  note(&hosts, "http://a", &(fm_budget){2, 10, -1, -1, 0});
  ask_ranked(&hosts, &r[0], '1', URGENT);
  fm_permit_count_redirect(&hosts, &r[0].permit);
  ask_ranked(&hosts, &r[1], '2', URGENT);
  assert_false(r[1].permit.held);
  fm_permit_release(&hosts, &r[1].permit);
  fm_permit_release(&hosts, &r[0].permit);
  fm_hosts_deinit(&hosts);
}

static void ask_at(fm_hosts *hosts, const char *name, runner *self, char letter)
{
  self->name = letter;
  self->hosts = hosts;
  fm_permit_request(hosts, fm_str_of(name), &self->permit, URGENT, go);
}

/* A host that counts its API apart: what one budget lacks, the other has; but no more
 * are out at a time, and who waits for the first is passed by. */
static void test_budgets_apart(void **state)
{
  (void)state;
  fm_hosts hosts;
  runner r[4] = {0};
  moved_hosts(&hosts, 2);
  note(&hosts, "http://a", &(fm_budget){0, 20, -1, -1, 0});
  note(&hosts, "http://a api", &(fm_budget){9, 20, -1, -1, 0});
  assert_int_equal(fm_hosts_budget(&hosts, FM_STR("http://a")).remaining, 0);
  assert_int_equal(fm_hosts_budget(&hosts, FM_STR("http://a api")).remaining, 9);
  assert_int_equal(fm_hosts_ready_at(&hosts, FM_STR("http://a"), 0, false), moved + 21000);
  assert_true(fm_hosts_ready_at(&hosts, FM_STR("http://a api"), 0, false) < moved + 21000);
  went[0] = 0;
  ask_at(&hosts, "http://a", &r[0], '1');
  ask_at(&hosts, "http://a api", &r[1], '2');
  ask_at(&hosts, "http://a api", &r[2], '3');
  ask_at(&hosts, "http://a api", &r[3], '4');
  assert_string_equal(went, "23");
  moved += 21000;
  fm_hosts_run(&hosts);
  assert_string_equal(went, "23");
  fm_permit_release(&hosts, &r[1].permit);
  assert_string_equal(went, "231");
  for (int i = 0; i < 4; i++)
    fm_permit_release(&hosts, &r[i].permit);
  assert_string_equal(went, "2314");
  fm_hosts_deinit(&hosts);
}

static void test_stops_of_budgets(void **state)
{
  (void)state;
  static const char *const names[] = {"http://a", "http://a api", "http://a later", "http://b"};
  static const struct {
    const char *stopped;
    bool stops[4];
  } rows[] = {{"http://a", {true, true, true, false}},
              {"http://a ", {true, false, false, false}},
              {"http://a api", {false, true, false, false}}};
  for (size_t i = 0; i < 3; i++) {
    fm_hosts hosts;
    moved_hosts(&hosts, 2);
    note(&hosts, "http://a", &FM_BUDGET_NONE);
    note(&hosts, "http://a api", &FM_BUDGET_NONE);
    fm_hosts_block(&hosts, fm_str_of(rows[i].stopped), 20000);
    for (size_t k = 0; k < 4; k++)
      assert_int_equal(fm_hosts_ready_at(&hosts, fm_str_of(names[k]), 0, false),
                       moved + (rows[i].stops[k] ? 20000 : 0));
    fm_hosts_deinit(&hosts);
  }
}

/* The number of budgets is bounded: further ones count in the first. */
static void test_few_budgets(void **state)
{
  (void)state;
  fm_hosts hosts;
  moved_hosts(&hosts, 2);
  for (int i = 0; i < 10; i++) {
    char name[32];
    snprintf(name, sizeof name, "http://a b%d", i);
    note(&hosts, name, &(fm_budget){100 + i, 20, -1, -1, 0});
    moved += 21000;
    went[0] = 0;
  }
  assert_int_equal(fm_hosts_budget(&hosts, FM_STR("http://a b0")).remaining, 100);
  assert_int_equal(fm_hosts_budget(&hosts, FM_STR("http://a b2")).remaining, 102);
  assert_int_equal(fm_hosts_budget(&hosts, FM_STR("http://a b3")).remaining, -1);
  assert_int_equal(fm_hosts_budget(&hosts, FM_STR("http://a")).remaining, 109);
  fm_hosts_deinit(&hosts);
}

static fm_budget read_one(const char *name, const char *value)
{
  fm_budget budget = FM_BUDGET_NONE;
  budget.at = fm_budget_parse_field(&budget, fm_str_of(name), fm_str_of(value));
  return budget;
}

static void assert_budget(fm_budget b, int64_t remaining, int64_t reset, int64_t quota,
                          int64_t window)
{
  assert_int_equal(b.remaining, remaining);
  assert_int_equal(b.reset, reset);
  assert_int_equal(b.quota, quota);
  assert_int_equal(b.window, window);
  assert_int_equal(b.at, remaining >= 0 || quota >= 0 || reset >= 0); /* parsed or not */
}

static void test_ratelimit_of_today(void **state)
{
  (void)state;
  assert_budget(read_one("RateLimit", "\"pages\";r=95;t=244"), 95, 244, -1, -1);
  assert_budget(read_one("ratelimit", "\"a\";r=50;t=30, \"b, c;r=1\";r=9;t=3000"), 9, 3000, -1, -1);
  assert_budget(read_one("RateLimit", "default;r=50;pk=:dHJpYWwxMjEzMjM=:"), 50, -1, -1, -1);
  assert_budget(read_one("RateLimit", "\"a\\\";r=1\" ; r=2 ; t=3"), 2, 3, -1, -1);
  assert_budget(read_one("RateLimit-Policy", "\"burst\";q=100;w=60,\"daily\";q=1000;w=86400"),
                -1, -1, 100, 60);
  assert_budget(read_one("RateLimit-Policy", "\"fixed window\";\"pages\";q=100;w=300"),
                -1, -1, 100, 300);
}

static void test_ratelimit_of_2023(void **state)
{
  (void)state;
  assert_budget(read_one("RateLimit", "limit=100, remaining=50, reset=5"), 50, 5, 100, -1);
  assert_budget(read_one("RateLimit-Policy", "10;w=1;burst=1000, 1000;w=3600"), -1, -1, 10, 1);
  assert_budget(read_one("RateLimit-Limit", "100, 100;w=10"), -1, -1, 100, -1);
  assert_budget(read_one("RateLimit-Remaining", " 0 "), 0, -1, -1, -1);
  assert_budget(read_one("RateLimit-Reset", "50"), -1, 50, -1, -1);
}

static void test_ratelimit_of_nobody(void **state)
{
  (void)state;
  static const char *const values[] = {"", ";", "r=", "\"a;r=5", "a;r=-1", "a;r=99999999999999999999",
                                       "a;r=1.5", ",,,", "limit=1", "a;b;c", NULL};
  for (const char *const *v = values; *v; v++) {
    assert_budget(read_one("RateLimit", *v), -1, -1, -1, -1);
    assert_budget(read_one("RateLimit-Remaining", *v), -1, -1, -1, -1);
    assert_budget(read_one("RateLimit-Policy", *v), -1, -1, -1, -1);
  }
  assert_budget(read_one("X-RateLimit-Reset", "50"), -1, -1, -1, -1);
}

/* ---- configured and dynamic ---- */

#define DYNAMIC_URGENT ((fm_priority){.dynamic = true, .urgent = true})
#define DYNAMIC(at) ((fm_priority){.dynamic = true, .since = (at)})
#define NEUTRAL ((fm_priority){.neutral = true, .urgent = true})

static void test_configured_requests_go_first(void **state)
{
  (void)state;
  fm_hosts hosts;
  runner r[8] = {0};
  moved_hosts(&hosts, 1);
  ask_ranked(&hosts, &r[0], '1', DYNAMIC_URGENT); /* nobody else is there */
  ask_ranked(&hosts, &r[1], '2', DYNAMIC(1));
  ask_ranked(&hosts, &r[2], '3', DYNAMIC_URGENT);
  ask_ranked(&hosts, &r[3], '4', SPREAD(90));
  ask_ranked(&hosts, &r[4], '5', DYNAMIC(0));
  ask_ranked(&hosts, &r[5], '6', URGENT);
  ask_ranked(&hosts, &r[6], '7', NEUTRAL);
  ask_ranked(&hosts, &r[7], '8', SPREAD(80));
  for (int i = 0; i < 8; i++)
    fm_permit_release(&hosts, &r[went[i] - '1'].permit);
  assert_string_equal(went, "16784352");
  fm_hosts_deinit(&hosts);
}

/* Dynamic requests that hang do not take all places of a host that configured feeds want. */
static void test_one_permit_stays_free(void **state)
{
  (void)state;
  fm_hosts hosts;
  runner r[6] = {0};
  moved_hosts(&hosts, 2);
  ask_ranked(&hosts, &r[0], '1', DYNAMIC_URGENT);
  ask_ranked(&hosts, &r[1], '2', DYNAMIC_URGENT);
  assert_string_equal(went, "12"); /* nobody else wants it */
  fm_permit_release(&hosts, &r[0].permit);
  fm_permit_release(&hosts, &r[1].permit);
  note(&hosts, "http://a", &FM_BUDGET_NONE);
  went[0] = 0;
  ask_ranked(&hosts, &r[2], '3', DYNAMIC_URGENT);
  ask_ranked(&hosts, &r[3], '4', DYNAMIC_URGENT);
  assert_string_equal(went, "3");
  ask_ranked(&hosts, &r[4], '5', SPREAD(0));
  assert_string_equal(went, "35");
  fm_permit_release(&hosts, &r[4].permit);
  assert_string_equal(went, "35");
  moved += FM_HOSTS_WANTED_MS; /* a day later nobody does */
  ask_ranked(&hosts, &r[5], '6', DYNAMIC_URGENT);
  assert_string_equal(went, "354");
  for (int i = 2; i < 6; i++)
    fm_permit_release(&hosts, &r[i].permit);
  fm_hosts_deinit(&hosts);
}

/* Where one permit is all there is, dynamic requests may have it. */
static void test_one_permit_is_shared(void **state)
{
  (void)state;
  fm_hosts hosts;
  runner r[2] = {0};
  moved_hosts(&hosts, 1);
  note(&hosts, "http://a", &FM_BUDGET_NONE);
  went[0] = 0;
  ask_ranked(&hosts, &r[0], '1', DYNAMIC_URGENT);
  ask_ranked(&hosts, &r[1], '2', SPREAD(0));
  assert_string_equal(went, "1");
  fm_permit_release(&hosts, &r[0].permit);
  assert_string_equal(went, "12");
  fm_permit_release(&hosts, &r[1].permit);
  fm_hosts_deinit(&hosts);
}

/* One request of each kind every step, at a host with a limit; how many were granted. */
typedef struct flood {
  size_t configured, dynamic;
} flood;

enum { STEPS = 600, STEP_MS = 500 };

static flood flood_host(fm_budget budget, fm_priority configured, int every)
{
  static runner all[2 * STEPS];
  fm_hosts hosts;
  flood granted = {0};
  int64_t used = 0, begun = moved;
  memset(all, 0, sizeof all);
  moved_hosts(&hosts, 2);
  note(&hosts, "http://a", &budget);
  for (int i = 0; i < STEPS; i++, moved += STEP_MS) {
    went[0] = 0;
    if (moved - begun >= budget.reset * 1000) {
      begun = moved;
      used = 0;
    }
    fm_hosts_run(&hosts);
    ask_ranked(&hosts, &all[2 * i], 'd', DYNAMIC_URGENT);
    if (i % every == 0)
      ask_ranked(&hosts, &all[2 * i + 1], 'c', configured);
    for (int k = 0; k < 2 * STEPS; k++) {
      fm_permit *permit = &all[k].permit;
      if (!permit->held)
        continue;
      used++;
      granted.configured += all[k].name == 'c';
      granted.dynamic += all[k].name == 'd';
      fm_budget said = {budget.remaining - used, budget.reset - (moved - begun) / 1000,
                        budget.quota, budget.window, 0};
      said.remaining = said.remaining > 0 ? said.remaining : 0;
      fm_permit_report(&hosts, permit, &said);
      fm_permit_release(&hosts, permit);
    }
  }
  for (int k = 0; k < 2 * STEPS; k++)
    fm_permit_release(&hosts, &all[k].permit);
  fm_hosts_deinit(&hosts);
  return granted;
}

/* 300 s of a flood of addresses that anybody invented: 20 requests in 20 s are allowed, a
 * configured feed wants one in 2 s. */
static void test_a_flood_gets_a_quarter(void **state)
{
  (void)state;
  static const fm_budget limits[] = {
    {20, 20, 20, 20, 0}, /* a policy, */
    {20, 20, -1, -1, 0}, /* a count alone */
  };
  for (size_t i = 0; i < 2; i++) {
    flood urgent = flood_host(limits[i], URGENT, 4), spread = flood_host(limits[i], SPREAD(0), 4);
    assert_in_range(urgent.configured, STEPS / 4 * 8 / 10, STEPS / 4);
    assert_in_range(spread.configured, STEPS / 4 * 8 / 10, STEPS / 4);
    assert_in_range(urgent.dynamic, 1, STEPS * STEP_MS / 20000 * 20 / 4 + 5);
    assert_in_range(spread.dynamic, 1, STEPS * STEP_MS / 20000 * 20 / 4 + 5);
  }
}

/* What dynamic requests use up is refused for as long, not queued for ever. */
static void test_a_dynamic_request_beyond_its_share_is_refused(void **state)
{
  (void)state;
  fm_hosts hosts;
  runner r[3] = {{.at_once = true}, {.at_once = true}, {.at_once = true}};
  moved_hosts(&hosts, 2);
  note(&hosts, "http://a", &(fm_budget){4, 3600, 4, 3600, 0});
  went[0] = 0;
  ask_ranked(&hosts, &r[0], '1', DYNAMIC_URGENT);
  assert_true(fm_hosts_ready_at(&hosts, FM_STR("http://a"), 0, true) > moved + 3000000);
  assert_true(fm_hosts_ready_at(&hosts, FM_STR("http://a"), 0, false) < moved + 2000000);
  ask_ranked(&hosts, &r[1], '2', DYNAMIC_URGENT);
  assert_string_equal(went, "12");
  assert_int_equal(r[0].permit.refused, 0);
  assert_int_equal(r[1].permit.refused, 3601000);
  ask_ranked(&hosts, &r[2], '3', URGENT);
  assert_int_equal(r[2].permit.refused, 0);
  fm_hosts_deinit(&hosts);
}

static void test_queued_dynamic_requests_delay_dynamic_ones_alone(void **state)
{
  (void)state;
  fm_hosts hosts;
  runner r[9] = {0};
  moved_hosts(&hosts, 1);
  note(&hosts, "http://a", &(fm_budget){100, 300, 100, 300, 0});
  for (int i = 0; i < 9; i++)
    ask_ranked(&hosts, &r[i], 'd', DYNAMIC(1));
  assert_int_equal(fm_hosts_ready_at(&hosts, FM_STR("http://a"), 20, false), moved);
  assert_true(fm_hosts_ready_at(&hosts, FM_STR("http://a"), 20, true) > moved);
  for (int i = 0; i < 9; i++)
    fm_permit_release(&hosts, &r[i].permit);
  fm_hosts_deinit(&hosts);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_turns_in_order),
      cmocka_unit_test(test_go_may_end_and_ask),
      cmocka_unit_test(test_idle_origins_are_bounded),
      cmocka_unit_test(test_who_goes_first),
      cmocka_unit_test(test_a_turn_waits_for_the_budget),
      cmocka_unit_test(test_nobody_waits_too_long),
      cmocka_unit_test(test_a_stop_is_at_most_a_day),
      cmocka_unit_test(test_asking_while_refused),
      cmocka_unit_test(test_few_until_a_host_has_spoken),
      cmocka_unit_test(test_a_turn_asks_again),
      cmocka_unit_test(test_budgets_apart),
      cmocka_unit_test(test_stops_of_budgets),
      cmocka_unit_test(test_few_budgets),
    cmocka_unit_test(test_configured_requests_go_first),
    cmocka_unit_test(test_one_permit_stays_free),
    cmocka_unit_test(test_one_permit_is_shared),
    cmocka_unit_test(test_a_flood_gets_a_quarter),
    cmocka_unit_test(test_a_dynamic_request_beyond_its_share_is_refused),
    cmocka_unit_test(test_queued_dynamic_requests_delay_dynamic_ones_alone),
      cmocka_unit_test(test_ratelimit_of_today),
      cmocka_unit_test(test_ratelimit_of_2023),
      cmocka_unit_test(test_ratelimit_of_nobody),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
