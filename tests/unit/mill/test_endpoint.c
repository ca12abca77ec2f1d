/* Endpoint selection: every state of the failover with every answer of the hosts. */
#include "mill/endpoint.h"

#include "base/str.h"
#include "mill/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const fm_endpoint endpoints[3] = {
  {.permit = {"0", 1}}, {.permit = {"1", 1}}, {.permit = {"2", 1}}};

/* ctx: the permits that have room, "02". */
static int64_t room(void *ctx, fm_str permit) { return strchr(ctx, *permit.ptr) ? 0 : 500; }

static size_t first(const fm_failover *failover, size_t count, const char *with_room)
{
  return fm_failover_first(failover, endpoints, count, 1000, room, (void *)with_room);
}

static void the_preferred_one_comes_first(void **state)
{
  (void)state;
  const fm_failover none = {.endpoint = 0}, second = {.endpoint = 1};
  assert_int_equal(first(&none, 3, "012"), 0);
  assert_int_equal(first(&second, 3, "012"), 0); /* whatever served last */
  assert_int_equal(first(&none, 3, "12"), 1);
  assert_int_equal(first(&none, 3, "2"), 2);
  assert_int_equal(first(&none, 3, ""), 0);
  assert_int_equal(first(&none, 1, ""), 0);
}

static void while_it_backs_off_the_other_one_does(void **state)
{
  (void)state;
  const fm_failover off = {.endpoint = 2, .failures = 1, .retry_at = 1001};
  assert_int_equal(first(&off, 3, "012"), 2);
  assert_int_equal(first(&off, 3, "01"), 1); /* not 0, though its host has room */
  assert_int_equal(first(&off, 3, "0"), 2);
  assert_int_equal(first(&off, 3, ""), 2);
  const fm_failover over = {.endpoint = 2, .failures = 1, .retry_at = 1000};
  assert_int_equal(first(&over, 3, "012"), 0);
  assert_int_equal(first(&off, 1, "012"), 0); /* the plan has fewer endpoints now */
}

static void the_back_off_doubles_until_it_serves(void **state)
{
  (void)state;
  fm_failover f = {.endpoint = 0};
  fm_failover_served(&f, 1, true, 60, 1000);
  assert_int_equal(f.endpoint, 1);
  assert_int_equal(f.retry_at, 1000 + fm_schedule_back_off(60, 1));
  fm_failover_served(&f, 1, true, 60, 5000);
  assert_int_equal(f.retry_at, 5000 + fm_schedule_back_off(60, 2));
  assert_true(fm_schedule_back_off(60, 2) > fm_schedule_back_off(60, 1));
  int64_t retry_at = f.retry_at;
  fm_failover_served(&f, 2, false, 60, 9000); /* it was not asked */
  assert_int_equal(f.endpoint, 2);
  assert_int_equal(f.retry_at, retry_at);
  fm_failover_served(&f, 0, false, 60, 9000);
  assert_int_equal(f.endpoint, 0);
  assert_int_equal(f.failures, 0);
  assert_int_equal(f.retry_at, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_preferred_one_comes_first),
    cmocka_unit_test(while_it_backs_off_the_other_one_does),
    cmocka_unit_test(the_back_off_doubles_until_it_serves),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
