/* When the next request to a host may be sent. */
#include "fetch/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define URGENT ((fm_pace_kind){.spread = false})
#define SPREAD ((fm_pace_kind){.spread = true})

enum { SECOND = 1000, SLACK = FM_PACE_SLACK_MS };

static fm_budget said(int64_t remaining, int64_t reset, int64_t quota, int64_t window)
{
  return (fm_budget){remaining, reset, quota, window, 0};
}

/* One request, answered at once. */
static void ask(fm_pace *pace, int64_t now, fm_budget budget)
{
  uint64_t number = fm_pace_send(pace, now, URGENT);
  fm_pace_update(pace, number, &budget, now);
  fm_pace_end(pace);
}

static void test_who_says_nothing_is_not_limited(void **state)
{
  (void)state;
  fm_pace pace = {0};
  for (int i = 0; i < 10000; i++) {
    assert_int_equal(fm_pace_next_urgent(&pace, 5), 5);
    assert_int_equal(fm_pace_next_spread(&pace, 5, 1000), 5);
    ask(&pace, 5, FM_BUDGET_NONE);
  }
  assert_true(pace.capacity <= 64);
  fm_pace_deinit(&pace);
}

static void test_what_remains(void **state)
{
  (void)state;
  fm_pace pace = {0};
  int64_t now = 1000000;
  ask(&pace, now, said(2, 60, -1, -1));
  for (int i = 0; i < 2; i++) {
    assert_true(fm_pace_next_urgent(&pace, now) <= now);
    fm_pace_send(&pace, now, URGENT);
    fm_pace_end(&pace);
  }
  int64_t reset = now + 60 * SECOND + SLACK;
  assert_int_equal(fm_pace_next_urgent(&pace, now), reset);
  assert_int_equal(fm_pace_next_urgent(&pace, reset - 1), reset);
  assert_int_equal(fm_pace_next_urgent(&pace, reset), reset);
  fm_pace_deinit(&pace);
}

static void test_none_remain_and_nobody_says_until_when(void **state)
{
  (void)state;
  fm_pace pace = {0};
  ask(&pace, 1000, said(0, -1, -1, -1));
  assert_int_equal(fm_pace_next_urgent(&pace, 1000), 1000 + FM_PACE_DEFAULT_MS + SLACK);
  fm_pace_deinit(&pace);
  ask(&pace, 1000, said(0, -1, 10, 20));
  assert_int_equal(fm_pace_next_urgent(&pace, 1000), 1000 + 20 * SECOND + SLACK);
  fm_pace_deinit(&pace);
  ask(&pace, 1000, said(0, 1000000000, -1, -1));
  assert_int_equal(fm_pace_next_urgent(&pace, 1000), 1000 + FM_PACE_MAX_MS + SLACK);
  fm_pace_deinit(&pace);
}

static void test_after_a_reset_one_is_sent_to_learn(void **state)
{
  (void)state;
  fm_pace pace = {0};
  ask(&pace, 0, said(0, 10, -1, -1));
  int64_t now = 10 * SECOND + SLACK;
  assert_true(fm_pace_next_urgent(&pace, now) <= now);
  uint64_t number = fm_pace_send(&pace, now, URGENT);
  assert_int_equal(fm_pace_next_urgent(&pace, now), FM_PACE_ON_RESPONSE);
  assert_int_equal(fm_pace_next_spread(&pace, now, 3), FM_PACE_ON_RESPONSE);
  fm_budget budget = said(5, 10, -1, -1);
  fm_pace_update(&pace, number, &budget, now);
  fm_pace_end(&pace);
  assert_true(fm_pace_next_urgent(&pace, now) <= now);
  fm_pace_deinit(&pace);
}

static void test_what_is_on_its_way_counts(void **state)
{
  (void)state;
  fm_pace pace = {0};
  uint64_t first = fm_pace_send(&pace, 0, URGENT), second = fm_pace_send(&pace, 0, URGENT);
  fm_budget one = said(1, 60, -1, -1), two = said(2, 60, -1, -1);
  fm_pace_update(&pace, first, &two, 5); /* the host may not have seen the second yet */
  fm_pace_end(&pace);
  assert_int_equal(pace.remaining, 1);
  fm_pace_update(&pace, second, &one, 6);
  fm_pace_end(&pace);
  assert_int_equal(pace.remaining, 1);
  fm_pace_deinit(&pace);
}

static void test_an_older_answer_only_takes_away(void **state)
{
  (void)state;
  fm_pace pace = {0};
  uint64_t first = fm_pace_send(&pace, 0, URGENT), second = fm_pace_send(&pace, 0, URGENT);
  fm_budget early = said(50, 1, -1, -1), late = said(10, 60, -1, -1);
  fm_pace_update(&pace, second, &late, 5);
  fm_pace_end(&pace);
  assert_int_equal(pace.remaining, 9);
  fm_pace_update(&pace, first, &early, 6); /* out of order: of the window before */
  fm_pace_end(&pace);
  assert_int_equal(pace.remaining, 9);
  assert_int_equal(pace.reset, 5 + 60 * SECOND + SLACK);
  fm_pace_deinit(&pace);
}

static void test_a_policy_holds_in_any_stretch_of_time(void **state)
{
  (void)state;
  fm_pace pace = {0};
  int64_t sent[400];
  size_t n = 0;
  int64_t now = 0;
  ask(&pace, now, said(-1, -1, 10, 60));
  sent[n++] = now;
  while (n < 400) { /* as fast as allowed, in bursts */
    int64_t next = fm_pace_next_urgent(&pace, now);
    now = next > now ? next : now + (int64_t)(n * 7919 % 9000);
    if (fm_pace_next_urgent(&pace, now) > now)
      continue;
    ask(&pace, now, FM_BUDGET_NONE);
    sent[n++] = now;
  }
  for (size_t i = 10; i < n; i++)
    assert_true(sent[i] - sent[i - 10] >= 60 * SECOND + SLACK);
  fm_pace_deinit(&pace);
}

static void test_a_large_quota_is_watched_over_too(void **state)
{
  (void)state;
  fm_pace pace = {0};
  int64_t now = 0, begin = 0;
  ask(&pace, 0, said(-1, -1, 100000, 3600));
  for (unsigned sent = 1;; sent++) {
    int64_t next = fm_pace_next_urgent(&pace, now);
    now = next > now ? next : now;
    if (now - begin >= 3600 * SECOND) {
      assert_in_range(sent, 60000, 100000 + FM_PACE_LOG);
      break;
    }
    ask(&pace, now, FM_BUDGET_NONE);
  }
  assert_true(pace.capacity <= FM_PACE_LOG);
  fm_pace_deinit(&pace);
}

static void test_retry_after(void **state)
{
  (void)state;
  fm_pace pace = {0};
  ask(&pace, 0, said(50, 60, 100, 60));
  fm_pace_block(&pace, 30 * SECOND);
  fm_pace_block(&pace, 10 * SECOND); /* a shorter block changes nothing */
  assert_int_equal(fm_pace_next_urgent(&pace, 1), 30 * SECOND);
  assert_true(fm_pace_next_spread(&pace, 1, 0) >= 30 * SECOND);
  assert_true(fm_pace_next_urgent(&pace, 30 * SECOND) <= 30 * SECOND);
  fm_pace_deinit(&pace);
}

static void test_nonsense_limits_nobody(void **state)
{
  (void)state;
  fm_pace pace = {0};
  const fm_budget all[] = {said(-1, 5, -1, -1), said(-1, -1, 0, 60), said(-1, -1, 100, 0),
                           said(-1, -1, 100, -1), said(-1, -1, -1, 60)};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    ask(&pace, 7, all[i]);
    assert_int_equal(fm_pace_next_urgent(&pace, 7), 7);
    assert_int_equal(fm_pace_next_spread(&pace, 7, 99), 7);
  }
  fm_pace_deinit(&pace);
}

/* The first quarter at once, then one by one, all of them by the end; and at
 * any time there is room for one who cannot wait, or soon. */
static void test_what_can_wait_is_spread(void **state)
{
  (void)state;
  fm_pace pace = {0};
  int64_t now = 0, longest = 0;
  unsigned burst = 0, total = 1;
  ask(&pace, 0, said(99, 300, 100, 300));
  while (fm_pace_next_spread(&pace, now, 0) <= now && burst < 100) {
    uint64_t number = fm_pace_send(&pace, now, SPREAD);
    fm_budget budget = said(98 - burst, 300, 100, 300);
    fm_pace_update(&pace, number, &budget, now);
    fm_pace_end(&pace);
    burst++;
  }
  assert_in_range(burst, 20, 25);
  total += burst;
  while ((now = fm_pace_next_spread(&pace, now, 0)) < 300 * SECOND) {
    uint64_t number = fm_pace_send(&pace, now, SPREAD);
    fm_budget budget = said(99 - total, 300 - now / SECOND, 100, 300);
    fm_pace_update(&pace, number, &budget, now);
    fm_pace_end(&pace);
    total++;
    int64_t wait = fm_pace_next_urgent(&pace, now) - now;
    longest = wait > longest ? wait : longest;
  }
  assert_in_range(total, 98, 100);
  assert_true(longest < 10 * SECOND);
  fm_pace_deinit(&pace);
}

static void test_those_before_are_counted(void **state)
{
  (void)state;
  fm_pace pace = {0};
  ask(&pace, 0, said(99, 300, 100, 300));
  int64_t near = fm_pace_next_spread(&pace, 0, 30), far = fm_pace_next_spread(&pace, 0, 60);
  assert_int_equal(fm_pace_next_spread(&pace, 0, 10), 0);
  assert_true(near > 0 && far > near);
  assert_true(fm_pace_next_spread(&pace, 0, SIZE_MAX / 4) <= 2 * (int64_t)FM_PACE_MAX_MS);
  fm_pace_deinit(&pace);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_who_says_nothing_is_not_limited),
      cmocka_unit_test(test_what_remains),
      cmocka_unit_test(test_none_remain_and_nobody_says_until_when),
      cmocka_unit_test(test_after_a_reset_one_is_sent_to_learn),
      cmocka_unit_test(test_what_is_on_its_way_counts),
      cmocka_unit_test(test_an_older_answer_only_takes_away),
      cmocka_unit_test(test_a_policy_holds_in_any_stretch_of_time),
      cmocka_unit_test(test_a_large_quota_is_watched_over_too),
      cmocka_unit_test(test_retry_after),
      cmocka_unit_test(test_nonsense_limits_nobody),
      cmocka_unit_test(test_what_can_wait_is_spread),
      cmocka_unit_test(test_those_before_are_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
