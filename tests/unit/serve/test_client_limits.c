/* Limits of one client: connections and requests, by an IPv4 address or an IPv6 /64. */
#include "base/str.h"
#include "serve/client_limits.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static fm_peer peer(const char *text)
{
  fm_peer made;
  assert_true(fm_peer_parse(fm_str_of(text), &made));
  return made;
}

static void connections(void **state)
{
  (void)state;
  fm_client_limits *limits = fm_client_limits_new(7);
  fm_peer a = peer("192.0.2.1"), b = peer("192.0.2.2");
  for (int i = 0; i < 64; i++)
    assert_true(fm_client_limits_connect(limits, &a, 64));
  assert_false(fm_client_limits_connect(limits, &a, 64));
  assert_true(fm_client_limits_connect(limits, &b, 64));
  fm_client_limits_disconnect(limits, &a);
  assert_true(fm_client_limits_connect(limits, &a, 64));
  assert_false(fm_client_limits_connect(limits, &a, 64));
  fm_client_limits_free(limits);
}

static void a_network_is_one_client(void **state)
{
  (void)state;
  fm_client_limits *limits = fm_client_limits_new(7);
  fm_peer a = peer("2001:db8:1:2::1"), same = peer("2001:db8:1:2:ffff::9"), other = peer("2001:db8:1:3::1");
  assert_true(fm_client_limits_connect(limits, &a, 1));
  assert_false(fm_client_limits_connect(limits, &same, 1));
  assert_true(fm_client_limits_connect(limits, &other, 1));
  fm_client_limits_free(limits);
}

static void requests(void **state)
{
  (void)state;
  fm_client_limits *limits = fm_client_limits_new(7);
  fm_peer a = peer("192.0.2.1"), b = peer("192.0.2.2");
  int64_t now = 1000000;
  for (int i = 0; i < 30; i++)
    assert_int_equal(fm_client_limits_take(limits, &a, 1000, 30, now), 0);
  assert_int_equal(fm_client_limits_take(limits, &a, 1000, 30, now), 1);
  assert_int_equal(fm_client_limits_take(limits, &b, 1000, 30, now), 0);
  now += 999;
  assert_int_equal(fm_client_limits_take(limits, &a, 1000, 30, now), 1);
  now += 1; /* one for each second, and who is refused loses nothing */
  assert_int_equal(fm_client_limits_take(limits, &a, 1000, 30, now), 0);
  assert_int_equal(fm_client_limits_take(limits, &a, 1000, 30, now), 1);
  now += 1000 * 1000; /* never more than the burst */
  for (int i = 0; i < 30; i++)
    assert_int_equal(fm_client_limits_take(limits, &a, 1000, 30, now), 0);
  assert_int_equal(fm_client_limits_take(limits, &a, 1000, 30, now), 1);
  assert_int_equal(fm_client_limits_take(limits, &b, 3600000, 1, now), 0);
  assert_int_equal(fm_client_limits_take(limits, &b, 3600000, 1, now), 3600);
  fm_client_limits_free(limits);
}

/* Greedy clients hold back nobody else, as long as they are not very many. */
static void many_clients(void **state)
{
  (void)state;
  fm_client_limits *limits = fm_client_limits_new(7);
  for (unsigned i = 0; i < 1000; i++) {
    fm_peer greedy = {.family = FM_PEER_V4, .addr = {10, 0, (uint8_t)(i >> 8), (uint8_t)i}};
    for (int k = 0; k < 40; k++)
      fm_client_limits_take(limits, &greedy, 1000, 30, 5000);
  }
  unsigned refused = 0;
  for (unsigned i = 0; i < 10000; i++) {
    fm_peer calm = {.family = FM_PEER_V4, .addr = {172, 16, (uint8_t)(i >> 8), (uint8_t)i}};
    refused += fm_client_limits_take(limits, &calm, 1000, 30, 5000) != 0;
  }
  assert_true(refused < 50); /* both slots of one in a thousand are a greedy one's */
  fm_client_limits_free(limits);
}

static fm_client_limits *shared;

static void *in_thread(void *arg)
{
  fm_peer a = peer("192.0.2.1");
  size_t *got = arg;
  for (int i = 0; i < 20000; i++) {
    if (fm_client_limits_connect(shared, &a, 1000))
      fm_client_limits_disconnect(shared, &a);
    *got += fm_client_limits_take(shared, &a, 1000, 100, 5000) == 0;
  }
  return NULL;
}

/* Threads may let a few more through, as many as there are, and forget nothing. */
static void several_threads(void **state)
{
  (void)state;
  enum { THREADS = 4 };
  pthread_t id[THREADS];
  size_t got[THREADS] = {0}, all = 0;
  shared = fm_client_limits_new(7);
  for (int i = 0; i < THREADS; i++)
    pthread_create(&id[i], NULL, in_thread, &got[i]);
  for (int i = 0; i < THREADS; i++) {
    pthread_join(id[i], NULL);
    all += got[i];
  }
  assert_true(all >= 100 && all <= 100 * THREADS);
  fm_peer a = peer("192.0.2.1");
  assert_true(fm_client_limits_connect(shared, &a, 1));
  fm_client_limits_free(shared);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(connections),
    cmocka_unit_test(a_network_is_one_client),
    cmocka_unit_test(requests),
    cmocka_unit_test(many_clients),
    cmocka_unit_test(several_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
