/* Turns at a host, in order and bounded, and what hosts say of their limits. */
#include "net/host.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct runner {
  fm_turn turn;
  char name;
  fm_hosts *hosts;
  bool at_once; /* ends from inside go */
  struct runner *asks; /* asks for this one's turn from inside go */
} runner;

static char went[64];

static void go(fm_turn *turn)
{
  runner *self = FM_OF(turn, runner, turn);
  size_t n = strlen(went);
  went[n] = self->name;
  went[n + 1] = 0;
  if (self->asks)
    fm_turn_ask(self->hosts, FM_STR("http://a"), &self->asks->turn, go);
  if (self->at_once)
    fm_turn_end(self->hosts, turn);
}

static void ask(fm_hosts *hosts, const char *origin, runner *self, char name)
{
  self->name = name;
  self->hosts = hosts;
  fm_turn_ask(hosts, fm_str_of(origin), &self->turn, go);
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
  fm_turn_end(&hosts, &r[2].turn); /* one that waits goes away */
  fm_turn_end(&hosts, &r[0].turn);
  assert_string_equal(went, "12b4");
  fm_turn_end(&hosts, &r[0].turn);
  assert_string_equal(went, "12b4");
  hosts.per_host = 0;
  fm_turn_end(&hosts, &r[1].turn);
  assert_string_equal(went, "12b4");
  for (int i = 0; i < 6; i++)
    fm_turn_end(&hosts, &r[i].turn);
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

static void test_idle_origins_are_bounded(void **state)
{
  (void)state;
  fm_hosts hosts;
  fm_budget budget = {7, 1, 1, 1, 0};
  fm_hosts_init(&hosts, 2);
  runner busy = {0};
  ask(&hosts, "http://busy", &busy, 'b');
  fm_hosts_note(&hosts, FM_STR("http://busy"), &budget);
  for (int i = 0; i < FM_HOSTS_IDLE + 10; i++) {
    char name[32];
    snprintf(name, sizeof name, "http://%d", i);
    fm_hosts_note(&hosts, fm_str_of(name), &budget);
    fm_hosts_note(&hosts, FM_STR("http://0"), &budget); /* used again and again */
  }
  assert_int_equal(hosts.nidle, FM_HOSTS_IDLE);
  assert_int_equal(fm_hosts_budget(&hosts, FM_STR("http://0")).remaining, 7);
  assert_int_equal(fm_hosts_budget(&hosts, FM_STR("http://1")).remaining, -1);
  assert_int_equal(fm_hosts_budget(&hosts, FM_STR("http://busy")).remaining, 7);
  fm_turn_end(&hosts, &busy.turn);
  fm_hosts_deinit(&hosts);
}

static fm_budget read_one(const char *name, const char *value)
{
  fm_budget budget = FM_BUDGET_NONE;
  budget.at = fm_budget_read(&budget, fm_str_of(name), fm_str_of(value));
  return budget;
}

static void assert_budget(fm_budget b, int64_t remaining, int64_t reset, int64_t quota,
                          int64_t window)
{
  assert_int_equal(b.remaining, remaining);
  assert_int_equal(b.reset, reset);
  assert_int_equal(b.quota, quota);
  assert_int_equal(b.window, window);
  assert_int_equal(b.at, remaining >= 0 || quota >= 0 || reset >= 0); /* read or not */
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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_turns_in_order),
      cmocka_unit_test(test_go_may_end_and_ask),
      cmocka_unit_test(test_idle_origins_are_bounded),
      cmocka_unit_test(test_ratelimit_of_today),
      cmocka_unit_test(test_ratelimit_of_2023),
      cmocka_unit_test(test_ratelimit_of_nobody),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
