/* Rate limits: parsed from real responses, and obeyed. */
#include "fetch/fetch_bed.h"
#include "fetch/budget.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"

static const char *said(char text[512], const char *status, const char *fields)
{
  snprintf(text, 512, "HTTP/1.1 %s\r\nContent-Length: 0\r\n%s\r\n", status, fields);
  return text;
}

/* After an answer of that kind: the next page's, of the same host. */
static got after(const char *status, const char *fields)
{
  bed b;
  got first = {0}, second = {.spec.urgent = true};
  char text[512];
  bed_start_at(&b, "127.0.0.1");
  b.conf.timeout_ms = 20000; /* also the queue's patience */
  bed_open(&b);
  origin_set(&b.host, "/first", KEEP, said(text, status, fields));
  origin_set(&b.host, "/second", KEEP, OK "\r\nx");
  got_page(&first, &b, "/first");
  got_page(&second, &b, "/second");
  assert_int_equal(origin_count(&b.host, "/second"), second.result.error == FM_OK);
  bed_end(&b);
  got_free(&first);
  return second;
}

static void assert_goes_on(const char *status, const char *fields)
{
  got g = after(status, fields);
  if (g.result.error != FM_OK)
    fail_msg("%s after %s %s", g.result.why.text, status, fields);
  got_free(&g);
}

static void assert_refused(const char *status, const char *fields, int64_t least, int64_t most)
{
  got g = after(status, fields);
  if (g.result.error != FM_E_BUSY || g.result.retry_after < least || g.result.retry_after > most)
    fail_msg("%d, %lld s after %s %s", g.result.error, (long long)g.result.retry_after, status,
             fields);
  assert_holds(g.result.why.text, "GET http://127.0.0.1:");
  assert_holds(g.result.why.text, "/second: the host takes no more requests for ");
  assert_int_equal(g.result.status, 0);
  got_free(&g);
}

static void test_what_stops_a_host(void **state)
{
  (void)state;
  assert_refused("429 Slow", "Retry-After: 1200\r\n", 1190, 1200);
  assert_refused("503 Down", "Retry-After: 1200\r\n", 1190, 1200);
  assert_refused("429 Slow", "Date: Tue, 04 Aug 2026 00:00:00 GMT\r\n"
                             "Retry-After: Tue, 04 Aug 2026 00:20:00 GMT\r\n", 1190, 1200);
  assert_refused("429 Slow", "", FM_PACE_DEFAULT_MS / 1000 - 10, FM_PACE_DEFAULT_MS / 1000);
  assert_refused("429 Slow", "Retry-After: 99999999\r\n", 86390, 86400);
  assert_refused("200 OK", "RateLimit: \"pages\";r=0;t=200\r\n", 190, 201);
  assert_refused("200 OK", "RateLimit: limit=10, remaining=0, reset=200\r\n", 190, 201);
  assert_refused("404 No", "RateLimit-Remaining: 0\r\nRateLimit-Reset: 200\r\n", 190, 201);
  assert_refused("304 Not Modified", "RateLimit-Policy: 1;w=200\r\n", 190, 201);
}

static void test_what_does_not(void **state)
{
  (void)state;
  assert_goes_on("503 Down", "");
  assert_goes_on("500 Down", "Retry-After: 1200\r\n");
  assert_goes_on("429 Slow", "Retry-After: 0\r\n");
  assert_goes_on("429 Slow", "RateLimit: \"pages\";r=5;t=200\r\n");
  assert_goes_on("200 OK", "RateLimit: \"pages\";r=1;t=200\r\n");
  assert_goes_on("200 OK", "RateLimit: nonsense\r\nRateLimit-Policy: \"x\";q=0;w=0\r\n");
}

static void test_each_host_has_its_own(void **state)
{
  (void)state;
  bed b;
  origin other;
  got first = {0}, second = {0}, moved = {0};
  char url[128], text[512];
  bed_start(&b);
  origin_start_at(&other, &b.loop, "127.0.0.1");
  origin_set(&other, "/", KEEP, said(text, "429 Slow", "Retry-After: 999\r\n"));
  origin_set(&b.host, "/", KEEP, OK "\r\nx");
  snprintf(text, sizeof text, "HTTP/1.1 302 Found\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n",
           other.url);
  origin_set(&b.host, "/moved", KEEP, text);
  got_page(&moved, &b, "/moved"); /* the other host's limits do not apply here */
  assert_int_equal(moved.result.status, 429);
  snprintf(url, sizeof url, "%s/", other.url);
  got_page(&first, &b, url);
  assert_int_equal(first.result.error, FM_E_BUSY);
  got_page(&second, &b, "/");
  assert_int_equal(second.result.error, FM_OK);
  assert_int_equal(other.requests, 1);
  origin_stop(&other);
  bed_end(&b);
  origin_free(&other);
  got_free(&first);
  got_free(&second);
  got_free(&moved);
}

/* Whether pages and "api" requests are blocked after a response. */
static void assert_stops(const char *fields, bool of_api, bool pages, bool api, const char *whom)
{
  bed b;
  got first = {.spec.budget = of_api ? FM_STR("api") : (fm_str){NULL, 0}};
  got page = {.spec.urgent = true}, other = {.spec = {.urgent = true, .budget = FM_STR("api")}};
  char text[512];
  bed_start_at(&b, "127.0.0.1");
  b.conf.timeout_ms = 20000;
  bed_open(&b);
  origin_set(&b.host, "/first", KEEP, said(text, "429 Slow", fields));
  origin_set(&b.host, "/p", KEEP, OK "\r\nx");
  got_page(&first, &b, "/first");
  got_page(&page, &b, "/p");
  got_page(&other, &b, "/p");
  assert_int_equal(page.result.error, pages ? FM_E_BUSY : FM_OK);
  assert_int_equal(other.result.error, api ? FM_E_BUSY : FM_OK);
  fm_str rest = fm_str_from(first.result.blocked, strlen(b.host.url));
  assert_true(fm_str_starts(first.result.blocked, fm_str_of(b.host.url)));
  assert_text(rest, whom);
  bed_end(&b);
  got_free(&first);
  got_free(&page);
  got_free(&other);
}

/* A 429 without a RateLimit field blocks the whole host. */
static void test_budgets_stop_apart(void **state)
{
  (void)state;
  assert_stops("Retry-After: 500\r\n", false, true, true, "");
  assert_stops("Retry-After: 500\r\n", true, true, true, "");
  assert_stops("Retry-After: 500\r\nRateLimit: \"pages\";r=0;t=500\r\n", false, true, false, " ");
  assert_stops("Retry-After: 500\r\nRateLimit: \"api\";r=0;t=500\r\n", true, false, true, " api");
}

static void test_a_page_waits_for_the_next_window(void **state)
{
  (void)state;
  bed b;
  got first = {0}, second = {0};
  char text[512];
  bed_start(&b);
  origin_set(&b.host, "/first", KEEP, said(text, "200 OK", "RateLimit: \"pages\";r=0;t=0\r\n"));
  origin_set(&b.host, "/second", KEEP, OK "\r\nx");
  got_page(&first, &b, "/first");
  fm_arena arena = {0};
  int64_t room = fm_fetcher_delay(b.fetcher, fm_str_of(b.host.url), 0, false);
  assert_true(room > 0 && room <= FM_PACE_SLACK_MS);
  got_start(&second, &b, "/second");
  bed_until(&b, strcmp(fm_fetch_doing(second.fetch), "waiting in the host's queue") == 0);
  got_wait(&second);
  assert_int_equal(second.result.error, FM_OK);
  assert_int_equal(fm_fetcher_delay(b.fetcher, fm_str_of(b.host.url), 0, false), 0);
  fm_arena_deinit(&arena);
  bed_end(&b);
  got_free(&first);
  got_free(&second);
}

static void test_robots_txt_is_a_request_too(void **state)
{
  (void)state;
  bed b;
  got g = {0};
  char text[512];
  bed_start_at(&b, "127.0.0.1");
  b.conf.robots = true;
  bed_open(&b);
  origin_set(&b.host, "/robots.txt", KEEP,
             said(text, "404 No", "RateLimit: \"pages\";r=0;t=500\r\n"));
  origin_set(&b.host, "/p", KEEP, OK "\r\nx");
  got_page(&g, &b, "/p");
  assert_int_equal(g.result.error, FM_E_BUSY);
  assert_int_equal(origin_count(&b.host, "/p"), 0);
  bed_end(&b);
  got_free(&g);
}

/* An unknown robots.txt is requested first, and counts in the main budget. */
static void test_room_for_robots_txt_too(void **state)
{
  (void)state;
  bed b;
  got g = {0};
  fm_arena arena = {0};
  bed_start_at(&b, "127.0.0.1");
  b.conf.robots = true;
  bed_open(&b);
  origin_set(&b.host, "/p", KEEP, OK "\r\nx");
  fm_str pages = fm_arena_printf(&arena, "%s ", b.host.url);
  fm_str api = fm_arena_printf(&arena, "%s api", b.host.url);
  got_page(&g, &b, "/p");
  assert_int_equal(g.result.error, FM_OK);
  fm_fetcher_block(b.fetcher, pages, 700);
  assert_int_equal(fm_fetcher_delay(b.fetcher, api, 0, false), 0);
  fm_fetcher_block(b.fetcher, FM_STR("http://other.test "), 700);
  assert_true(fm_fetcher_delay(b.fetcher, FM_STR("http://other.test api"), 0, false) > 690000);
  b.conf.robots = false;
  fm_why why;
  assert_int_equal(fm_fetcher_configure(b.fetcher, &b.conf, &why), FM_OK);
  assert_int_equal(fm_fetcher_delay(b.fetcher, FM_STR("http://other.test api"), 0, false), 0);
  fm_arena_deinit(&arena);
  bed_end(&b);
  got_free(&g);
}

static void test_a_host_is_stopped_from_outside(void **state)
{
  (void)state;
  bed b;
  got g = {0}, with_robots = {0};
  bed_start_at(&b, "127.0.0.1");
  b.conf.robots = true;
  bed_open(&b);
  origin_set(&b.host, "/p", KEEP, OK "\r\nx");
  assert_int_equal(fm_fetcher_delay(b.fetcher, fm_str_of(b.host.url), 0, false), 0);
  fm_fetcher_block(b.fetcher, fm_str_of(b.host.url), 700);
  int64_t room = fm_fetcher_delay(b.fetcher, fm_str_of(b.host.url), 0, false);
  assert_true(room > 690000 && room <= 700000);
  got_page(&with_robots, &b, "/p");
  assert_int_equal(with_robots.result.error, FM_E_BUSY);
  assert_int_equal(b.host.requests, 0);
  bed_end(&b);
  got_free(&g);
  got_free(&with_robots);
}

static unsigned sent;
static void on_sent(void *ctx)
{
  (void)ctx;
  sent++;
}

static void test_it_is_told_when_it_is_sent(void **state)
{
  (void)state;
  bed b;
  got all[3] = {{.spec.sent = on_sent}, {.spec.sent = on_sent}, {.spec.sent = on_sent}};
  sent = 0;
  bed_start_at(&b, "127.0.0.1");
  b.conf.per_host = 1;
  bed_open(&b);
  origin_route *r = origin_set(&b.host, "/p", HELD, OK "\r\nx");
  for (int i = 0; i < 3; i++)
    got_start(&all[i], &b, "/p");
  bed_until(&b, r->open == 1);
  assert_int_equal(sent, 1);
  fm_fetch_cancel(all[2].fetch);
  origin_release(&b.host, r);
  bed_until(&b, r->open == 1);
  assert_int_equal(sent, 2);
  origin_release(&b.host, r);
  bed_until(&b, all[0].calls && all[1].calls && all[2].calls);
  assert_int_equal(sent, 2);
  bed_end(&b);
  for (int i = 0; i < 3; i++)
    got_free(&all[i]);
}

static char order[8];
static void note_order(got *g)
{
  size_t n = strlen(order);
  order[n] = g->spec.urgent ? 'u' : (char)('0' + g->spec.since);
}

static void test_who_waits_with_nothing_goes_first(void **state)
{
  (void)state;
  bed b;
  got all[5] = {{.spec.since = 9}, {.spec.since = 5}, {.spec.since = 3}, {.spec.urgent = true},
                {.spec.since = 4}};
  memset(order, 0, sizeof order);
  bed_start_at(&b, "127.0.0.1");
  b.conf.per_host = 1;
  bed_open(&b);
  origin_route *r = origin_set(&b.host, "/p", HELD, OK "\r\nx");
  for (int i = 0; i < 5; i++) {
    all[i].then = note_order;
    got_start(&all[i], &b, "/p");
  }
  for (int i = 0; i < 5; i++) {
    bed_until(&b, r->open == 1);
    origin_release(&b.host, r);
    bed_until(&b, strlen(order) == (size_t)i + 1);
  }
  assert_string_equal(order, "9u345");
  bed_end(&b);
  for (int i = 0; i < 5; i++)
    got_free(&all[i]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_stops_a_host),
      cmocka_unit_test(test_what_does_not),
      cmocka_unit_test(test_each_host_has_its_own),
      cmocka_unit_test(test_budgets_stop_apart),
    cmocka_unit_test(test_a_page_waits_for_the_next_window),
      cmocka_unit_test(test_robots_txt_is_a_request_too),
      cmocka_unit_test(test_room_for_robots_txt_too),
      cmocka_unit_test(test_a_host_is_stopped_from_outside),
      cmocka_unit_test(test_it_is_told_when_it_is_sent),
      cmocka_unit_test(test_who_waits_with_nothing_goes_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
