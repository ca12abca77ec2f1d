/* The life of fetches: queueing, cancelling, closing, calls from callbacks. */
#include "fetch/fetch_bed.h"

#define OK "HTTP/1.1 200 OK\r\n"

static void free_all(got *all, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    got_free(&all[i]);
}

static unsigned calls(const got *all, unsigned n)
{
  unsigned sum = 0;
  for (unsigned i = 0; i < n; i++)
    sum += all[i].calls;
  return sum;
}

static void test_per_host_at_a_time(void **state)
{
  (void)state;
  bed b;
  origin other;
  got all[7] = {0}, elsewhere = {0};
  char url[128];
  bed_start_at(&b, "127.0.0.1");
  b.conf.per_host = 2;
  bed_open(&b);
  origin_start_at(&other, &b.loop, "127.0.0.1");
  origin_page(&other, "/", "", "x", 1);
  origin_route *r = origin_page(&b.host, "/p", "", "x", 1);
  r->mode = HELD;
  for (int i = 0; i < 7; i++)
    got_start(&all[i], &b, "/p");
  bed_until(&b, r->open == 2);
  assert_string_equal(fm_fetch_doing(all[0].fetch), "waiting for the answer");
  assert_string_equal(fm_fetch_doing(all[2].fetch), "waiting in the host's queue");
  /* another origin's queue is another */
  snprintf(url, sizeof url, "%s/", other.url);
  got_page(&elsewhere, &b, url);
  assert_int_equal(elsewhere.result.error, FM_OK);
  assert_int_equal(calls(all, 7), 0);
  while (calls(all, 7) < 7) {
    origin_release(&b.host, r);
    unsigned had = calls(all, 7);
    bed_until(&b, r->open > 0 || calls(all, 7) > had);
  }
  assert_int_equal(r->most, 2);
  assert_int_equal(r->count, 7);
  for (int i = 0; i < 7; i++)
    assert_int_equal(all[i].result.error, FM_OK);
  origin_stop(&other);
  bed_end(&b);
  origin_free(&other);
  got_free(&elsewhere);
  free_all(all, 7);
}

static void test_per_host_may_grow(void **state)
{
  (void)state;
  bed b;
  got all[4] = {0};
  fm_why why;
  bed_start_at(&b, "127.0.0.1");
  b.conf.per_host = 1;
  bed_open(&b);
  origin_route *r = origin_page(&b.host, "/p", "", "x", 1);
  r->mode = HELD;
  for (int i = 0; i < 4; i++)
    got_start(&all[i], &b, "/p");
  bed_until(&b, r->open == 1);
  b.conf.per_host = 3;
  assert_int_equal(fm_fetcher_configure(b.fetcher, &b.conf, &why), FM_OK);
  origin_release(&b.host, r);
  bed_until(&b, r->open == 3);
  origin_release(&b.host, r);
  bed_until(&b, calls(all, 4) == 4);
  bed_end(&b);
  free_all(all, 4);
}

static void test_cancel_in_each_state(void **state)
{
  (void)state;
  bed b;
  got all[6] = {0};
  bed_start_at(&b, "127.0.0.1");
  b.conf.per_host = 3;
  bed_open(&b);
  origin_route *held = origin_page(&b.host, "/held", "", "x", 1);
  held->mode = HELD;
  origin_set(&b.host, "/body", HANG, OK "Content-Length: 100\r\n\r\nhalf");
  origin_page(&b.host, "/p", "", "x", 1);
  got_start(&all[0], &b, "/p");
  fm_fetch_cancel(all[0].fetch); /* before it began */
  fm_fetch_cancel(all[0].fetch);
  assert_int_equal(all[0].calls, 0);
  got_start(&all[1], &b, "/held");
  got_start(&all[2], &b, "/held");
  got_start(&all[3], &b, "/body");
  got_start(&all[4], &b, "/p"); /* queued */
  got_start(&all[5], &b, "/p");
  bed_until(&b, held->open == 2 && fm_fetch_received(all[3].fetch) == 4);
  assert_string_equal(fm_fetch_doing(all[3].fetch), "reading the body");
  fm_fetch_cancel(all[1].fetch);
  fm_fetch_cancel(all[3].fetch);
  fm_fetch_cancel(all[4].fetch);
  assert_int_equal(calls(all, 6), 1);
  bed_until(&b, calls(all, 6) == 5 && b.host.gone == 2); /* the connections are closed */
  assert_int_equal(all[5].result.error, FM_OK); /* the next in the queue */
  for (int i = 0; i < 5; i++) {
    if (i != 2)
      assert_int_equal(all[i].result.error, FM_E_CANCELLED);
  }
  assert_int_equal(origin_count(&b.host, "/p"), 1);
  origin_release(&b.host, held);
  got_wait(&all[2]);
  assert_int_equal(all[2].result.error, FM_OK);
  bed_end(&b);
  free_all(all, 6);
}

static void cancel_other_and_self(got *g)
{
  fm_fetch_cancel(g->other->fetch);
  fm_fetch_cancel(g->fetch); /* inside its own callback: no second call */
}

static void test_cancel_from_a_callback(void **state)
{
  (void)state;
  bed b;
  got all[2] = {0};
  bed_start(&b);
  origin_page(&b.host, "/p", "", "x", 1);
  origin_set(&b.host, "/hang", HANG, "");
  all[0].then = cancel_other_and_self;
  all[0].other = &all[1];
  got_start(&all[1], &b, "/hang");
  bed_until(&b, origin_count(&b.host, "/hang") == 1);
  got_start(&all[0], &b, "/p");
  got_wait(&all[0]);
  got_wait(&all[1]);
  assert_int_equal(all[0].result.error, FM_OK);
  assert_int_equal(all[1].result.error, FM_E_CANCELLED);
  bed_end(&b);
  free_all(all, 2);
}

/* Both end in one loop iteration: the first callback cancels the second,
 * whose result is there already. */
static void test_cancel_what_has_ended(void **state)
{
  (void)state;
  bed b;
  got all[2] = {0};
  bed_start(&b);
  all[0].then = cancel_other_and_self;
  all[0].other = &all[1];
  got_start(&all[0], &b, "ftp://x/");
  got_start(&all[1], &b, "ftp://x/");
  got_wait(&all[1]);
  assert_int_equal(all[0].result.error, FM_E_FORBIDDEN);
  assert_int_equal(all[1].result.error, FM_E_CANCELLED);
  bed_end(&b);
  free_all(all, 2);
}

static void start_other(got *g) { got_start(g->other, g->bed, "/p"); }

static void test_start_from_a_callback(void **state)
{
  (void)state;
  bed b;
  got all[3] = {0};
  bed_start(&b);
  origin_page(&b.host, "/p", "", "x", 1);
  all[0].then = all[1].then = start_other;
  all[0].other = &all[1];
  all[1].other = &all[2];
  got_start(&all[0], &b, "/p");
  assert_int_equal(all[0].calls, 0); /* never from inside */
  bed_until(&b, all[2].calls);
  assert_int_equal(b.host.connections, 1); /* reused */
  bed_end(&b);
  free_all(all, 3);
}

static void test_close_with_all_under_way(void **state)
{
  (void)state;
  bed b;
  got all[8] = {0};
  bed_start_at(&b, "127.0.0.1");
  b.conf.per_host = 2;
  b.conf.robots = true;
  bed_open(&b);
  origin other;
  origin_start_at(&other, &b.loop, "127.0.0.1");
  origin_set(&other, "/robots.txt", HANG, "");
  char url[128];
  snprintf(url, sizeof url, "%s/", other.url);
  origin_set(&b.host, "/hang", HANG, "");
  for (int i = 0; i < 6; i++)
    got_start(&all[i], &b, i < 4 ? "/hang" : url);
  bed_until(&b, origin_count(&b.host, "/hang") == 2 && origin_count(&other, "/robots.txt") == 1);
  assert_string_equal(fm_fetch_doing(all[5].fetch), "asking robots.txt");
  got_start(&all[6], &b, "/hang");
  fm_fetcher_close(b.fetcher, bed_closed, &b);
  assert_int_equal(calls(all, 7), 0);
  got_start(&all[7], &b, "/hang"); /* too late */
  bed_until(&b, b.closed);
  assert_int_equal(calls(all, 8), 8);
  for (int i = 0; i < 8; i++)
    assert_int_equal(all[i].result.error, FM_E_CANCELLED);
  assert_int_equal(origin_count(&b.host, "/hang"), 2);
  b.fetcher = NULL;
  origin_stop(&other);
  bed_end(&b);
  origin_free(&other);
  free_all(all, 8);
}

static void close_fetcher(got *g) { fm_fetcher_close(g->bed->fetcher, bed_closed, g->bed); }

static void test_close_from_a_callback(void **state)
{
  (void)state;
  bed b;
  got all[3] = {0};
  bed_start(&b);
  origin_page(&b.host, "/p", "", "x", 1);
  origin_set(&b.host, "/hang", HANG, "");
  all[0].then = close_fetcher;
  got_start(&all[1], &b, "/hang");
  bed_until(&b, origin_count(&b.host, "/hang") == 1);
  got_start(&all[0], &b, "/p");
  bed_until(&b, b.closed);
  assert_int_equal(all[0].result.error, FM_OK);
  assert_int_equal(all[1].result.error, FM_E_CANCELLED);
  b.fetcher = NULL;
  bed_end(&b);
  free_all(all, 3);
}

static void test_close_unused(void **state)
{
  (void)state;
  bed b;
  bed_start(&b);
  bed_end(&b);
}

static void test_many_at_once(void **state)
{
  (void)state;
  enum { MANY = 300 };
  bed b;
  static got all[MANY];
  memset(all, 0, sizeof all);
  bed_start_at(&b, "127.0.0.1");
  b.conf.per_host = 8;
  bed_open(&b);
  origin_page(&b.host, "/p", "", "x", 1);
  origin_set(&b.host, "/half", CLOSE, OK "Content-Length: 9\r\n\r\nx");
  origin_set(&b.host, "/drop", CLOSE, "");
  for (int i = 0; i < MANY; i++)
    got_start(&all[i], &b, i % 3 == 0 ? "/p" : i % 3 == 1 ? "/half" : "/drop");
  for (int i = 0; i < MANY; i += 7)
    fm_fetch_cancel(all[i].fetch);
  bed_until(&b, calls(all, MANY) == MANY);
  for (int i = 0; i < MANY; i++) {
    int want = i % 7 == 0 ? FM_E_CANCELLED : i % 3 == 0 ? FM_OK : FM_E_UNAVAILABLE;
    assert_int_equal(all[i].result.error, want);
  }
  bed_end(&b);
  free_all(all, MANY);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_per_host_at_a_time),
      cmocka_unit_test(test_per_host_may_grow),
      cmocka_unit_test(test_cancel_in_each_state),
      cmocka_unit_test(test_cancel_from_a_callback),
      cmocka_unit_test(test_cancel_what_has_ended),
      cmocka_unit_test(test_start_from_a_callback),
      cmocka_unit_test(test_close_with_all_under_way),
      cmocka_unit_test(test_close_from_a_callback),
      cmocka_unit_test(test_close_unused),
      cmocka_unit_test(test_many_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
