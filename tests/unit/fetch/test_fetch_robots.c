/* robots.txt before the first page of an origin. */
#include "fetch/fetch_bed.h"
#include "fetch/robots_cache.h"

#define OK "HTTP/1.1 200 OK\r\n"
#define TEXT "Content-Type: text/plain\r\n"

static void robots_start(bed *b, int64_t timeout_ms)
{
  bed_start_at(b, "127.0.0.1");
  b->conf.robots = true;
  b->conf.timeout_ms = timeout_ms;
  bed_open(b);
  origin_page(&b->host, "/p", "", "page", 4);
}

static origin_route *set_rules(bed *b, const char *text)
{
  return origin_page(&b->host, "/robots.txt", TEXT, text, strlen(text));
}

static void test_rules_are_kept_to(void **state)
{
  (void)state;
  bed b;
  char text[128];
  robots_start(&b, 60000);
  origin_route *r = set_rules(&b, "User-agent: feedmill\nDisallow: /no\nDisallow: /*?secret=\n");
  origin_page(&b.host, "/p?x=1", "", "x", 1);
  snprintf(text, sizeof text, "/no/x: robots.txt of 127.0.0.1:%d forbids it", b.host.port);
  assert_fails(&b, "/no/x", FM_E_FORBIDDEN, text);
  assert_gives(&b, "/p", "page");
  assert_gives(&b, "/p?x=1", "x");
  assert_fails(&b, "/p?secret=1", FM_E_FORBIDDEN, "forbids it");
  assert_int_equal(r->count, 1);
  assert_int_equal(origin_count(&b.host, "/no/x"), 0);
  assert_holds(r->head, "\r\nUser-Agent: feedmill/");
  bed_end(&b);
}

static void test_not_asked_for_when_off(void **state)
{
  (void)state;
  bed b;
  bed_start(&b);
  set_rules(&b, "User-agent: *\nDisallow: /\n");
  origin_page(&b.host, "/p", "", "page", 4);
  assert_gives(&b, "/p", "page");
  assert_int_equal(origin_count(&b.host, "/robots.txt"), 0);
  bed_end(&b);
}

static void test_no_file_allows_all(void **state)
{
  (void)state;
  static const char *const answers[] = {
      "HTTP/1.1 404 N\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 403 F\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 410 G\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 204 N\r\n\r\n",
      "HTTP/1.1 302 F\r\nLocation: /robots.txt\r\nContent-Length: 0\r\n\r\n", /* for ever */
      OK "Content-Type: text/html\r\nContent-Length: 22\r\n\r\n<p>User-agent: *</p>\n\n",
      OK "Content-Length: 0\r\n\r\n", NULL};
  for (const char *const *answer = answers; *answer; answer++) {
    bed b;
    robots_start(&b, 60000);
    origin_set(&b.host, "/robots.txt", KEEP, *answer);
    assert_gives(&b, "/p", "page");
    unsigned asked = origin_count(&b.host, "/robots.txt");
    assert_gives(&b, "/p", "page");
    assert_int_equal(origin_count(&b.host, "/robots.txt"), asked); /* cached */
    bed_end(&b);
  }
}

static void test_redirected_file(void **state)
{
  (void)state;
  bed b;
  robots_start(&b, 60000);
  origin_set(&b.host, "/robots.txt", KEEP,
             "HTTP/1.1 301 M\r\nLocation: /r2\r\nContent-Length: 0\r\n\r\n");
  const char *text = "User-agent: *\nDisallow: /p\n";
  origin_page(&b.host, "/r2", TEXT, text, strlen(text));
  assert_fails(&b, "/p", FM_E_FORBIDDEN, "forbids it");
  bed_end(&b);
}

static void test_a_file_that_cannot_be_had(void **state)
{
  (void)state;
  static const struct {
    const char *answer;
    enum origin_mode mode;
    int error;
    const char *reason;
  } rows[] = {
      {"HTTP/1.1 503 X\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n", KEEP, FM_E_UNAVAILABLE,
       "/p: robots.txt could not be had: 503 Service Unavailable"},
      {"HTTP/1.1 429 X\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n", KEEP, FM_E_UNAVAILABLE,
       "/p: robots.txt could not be had: 429 Too Many Requests"},
      {"", CLOSE, FM_E_UNAVAILABLE,
       "/p: robots.txt could not be had: gave up while waiting for the answer: "},
      {OK "Content-Length: 100\r\n\r\nUser-agent: *\n", CLOSE, FM_E_UNAVAILABLE,
       "robots.txt could not be had: gave up while reading the body after 14 bytes"},
      {"", HANG, FM_E_TIMEOUT,
       "/p: robots.txt could not be had: gave up while waiting for the answer, after "},
      {"HTTP/1.1 302 F\r\nLocation: file:///x\r\nContent-Length: 0\r\n\r\n", KEEP, FM_E_FORBIDDEN,
       "/p: robots.txt could not be had: redirected to file:///x"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bed b;
    got g = {0};
    fm_why why;
    robots_start(&b, rows[i].error == FM_E_TIMEOUT ? 1000 : 60000);
    origin_route *r = origin_set(&b.host, "/robots.txt", rows[i].mode, rows[i].answer);
    got_page(&g, &b, "/p");
    assert_int_equal(g.result.error, rows[i].error);
    assert_holds(g.result.why.text, rows[i].reason);
    assert_int_equal(g.result.retry_after, i < 2 ? 1 : -1);
    assert_int_equal(g.result.status, 0);
    assert_int_equal(origin_count(&b.host, "/p"), 0);
    got_free(&g);
    unsigned asked = r->count;
    b.conf.timeout_ms = 60000;
    assert_int_equal(fm_fetcher_configure(b.fetcher, &b.conf, &why), FM_OK);
    set_rules(&b, "");
    assert_gives(&b, "/p", "page"); /* the failure is not cached */
    assert_int_equal(r->count, asked + 1);
    bed_end(&b);
  }
}

static void test_shared_by_all_that_wait(void **state)
{
  (void)state;
  bed b;
  got all[5] = {0};
  robots_start(&b, 60000);
  origin_route *r = set_rules(&b, "User-agent: *\nDisallow: /no\n");
  r->mode = HELD;
  for (int i = 0; i < 5; i++)
    got_start(&all[i], &b, i == 4 ? "/no" : "/p");
  bed_until(&b, r->open == 1);
  assert_string_equal(fm_fetch_doing(all[3].fetch), "asking robots.txt");
  fm_fetch_cancel(all[0].fetch);
  got_wait(&all[0]);
  assert_int_equal(all[0].result.error, FM_E_CANCELLED);
  origin_release(&b.host, r);
  for (int i = 1; i < 5; i++)
    got_wait(&all[i]);
  assert_int_equal(all[3].result.error, FM_OK);
  assert_int_equal(all[4].result.error, FM_E_FORBIDDEN);
  assert_int_equal(r->count, 1);
  assert_int_equal(origin_count(&b.host, "/p"), 3);
  bed_end(&b);
  for (int i = 0; i < 5; i++)
    got_free(&all[i]);
}

static void test_a_long_file_is_cut(void **state)
{
  (void)state;
  bed b;
  size_t len = 2 << 20;
  char *text = malloc(len);
  memset(text, '#', len);
  memcpy(text, "User-agent: *\nDisallow: /no\n#", 29);
  memcpy(text + len - 20, "\nDisallow: /p\n", 14);
  robots_start(&b, 60000);
  origin_page(&b.host, "/robots.txt", TEXT, text, len);
  assert_fails(&b, "/no", FM_E_FORBIDDEN, "forbids it");
  assert_gives(&b, "/p", "page");
  free(text);
  bed_end(&b);
}

/* ---- the cache, with a fake clock ---- */

static int64_t clock_ms;
static int64_t test_clock(void) { return clock_ms; }

typedef struct asker {
  fm_robots_query query;
  bed *bed;
  unsigned calls;
  bool failed, allowed;
} asker;

static void on_answer(fm_robots_query *query, const fm_robots *rules, const fm_fetch_result *failed)
{
  asker *a = FM_OF(query, asker, query);
  a->calls++;
  a->failed = failed != NULL;
  a->allowed = !failed && fm_robots_allows(rules, FM_STR("/p"));
  uv_stop(&a->bed->loop);
}

typedef struct cache_bed {
  bed b;
  fm_transport transport;
  fm_fetch_settings *settings;
  fm_robots_cache cache;
} cache_bed;

/* The origin listens on all addresses, so that there are many origins. */
static void cache_start(cache_bed *c)
{
  fm_why why;
  bed_start_at(&c->b, "0.0.0.0");
  assert_int_equal(fm_fetch_settings_new(&c->b.conf, &c->settings, &why), FM_OK);
  c->transport.multi = fm_multi_new(&c->b.loop);
  fm_hosts_init(&c->transport.hosts, 1000);
  fm_robots_cache_init(&c->cache, &c->transport);
  c->cache.now_ms = test_clock;
  clock_ms = 1000;
}

static void cache_end(cache_bed *c)
{
  fm_robots_cache_deinit(&c->cache);
  fm_hosts_deinit(&c->transport.hosts);
  fm_fetch_settings_unref(c->settings);
  fm_multi_close(c->transport.multi, NULL, NULL);
  bed_end(&c->b);
}

static asker ask(cache_bed *c, const char *origin_url)
{
  asker a = {.query = {.answer = on_answer}, .bed = &c->b};
  fm_robots_cache_lookup(&c->cache, c->settings, fm_str_of(origin_url), &a.query);
  bed_until(&c->b, a.calls);
  assert_int_equal(a.calls, 1);
  return a;
}

static void test_a_day_and_an_older_copy(void **state)
{
  (void)state;
  cache_bed c;
  cache_start(&c);
  const char *url = c.b.host.url;
  origin_route *r = set_rules(&c.b, "User-agent: *\nDisallow: /p\n");
  assert_false(ask(&c, url).allowed);
  clock_ms += FM_ROBOTS_FRESH_MS - 1;
  assert_false(ask(&c, url).allowed);
  assert_int_equal(r->count, 1);
  clock_ms += 1;
  origin_set(&c.b.host, "/robots.txt", KEEP, "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n");
  asker a = ask(&c, url); /* the old rules stay in force */
  assert_false(a.failed);
  assert_false(a.allowed);
  assert_int_equal(r->count, 2);
  ask(&c, url);
  assert_int_equal(r->count, 2); /* and are not refreshed each time */
  clock_ms += FM_ROBOTS_RETRY_MS;
  set_rules(&c.b, "User-agent: *\nAllow: /p\n");
  assert_true(ask(&c, url).allowed);
  assert_int_equal(r->count, 3);
  clock_ms += FM_ROBOTS_FRESH_MS;
  origin_set(&c.b.host, "/robots.txt", KEEP, "HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n");
  assert_true(ask(&c, url).allowed);
  assert_int_equal(c.cache.bytes, 0);
  cache_end(&c);
}

static void test_origins_are_bounded(void **state)
{
  (void)state;
  cache_bed c;
  char url[64];
  cache_start(&c);
  origin_route *r = set_rules(&c.b, "User-agent: *\nDisallow: /p\n");
  for (int i = 0; i < FM_ROBOTS_ORIGINS + 20; i++) {
    snprintf(url, sizeof url, "http://127.0.%d.%d:%d", i / 250, 1 + i % 250, c.b.host.port);
    asker a = ask(&c, url);
    assert_false(a.failed || a.allowed);
    ask(&c, c.b.host.url); /* used all the time, so never evicted */
  }
  assert_int_equal(c.cache.origins.count, FM_ROBOTS_ORIGINS);
  unsigned count = r->count;
  ask(&c, c.b.host.url);
  assert_int_equal(r->count, count);
  cache_end(&c);
}

static void test_rules_are_bounded(void **state)
{
  (void)state;
  cache_bed c;
  char url[64];
  size_t len = FM_ROBOTS_MAX - 100;
  char *text = malloc(len + 1), *at = text + sprintf(text, "User-agent: *\n");
  while (at < text + len - 40)
    at += sprintf(at, "Disallow: /%016d\n", (int)(at - text));
  *at = 0;
  cache_start(&c);
  set_rules(&c.b, text);
  for (int i = 1; i < 30; i++) {
    snprintf(url, sizeof url, "http://127.0.0.%d:%d", i, c.b.host.port);
    assert_false(ask(&c, url).failed);
    assert_true(c.cache.bytes <= FM_ROBOTS_BYTES);
  }
  assert_true(c.cache.bytes > FM_ROBOTS_BYTES / 2);
  assert_true(c.cache.origins.count < 29);
  cache_end(&c);
  free(text);
}

/* Whichever response says it. */
static void test_a_hosts_budget_is_noted(void **state)
{
  (void)state;
  cache_bed c;
  cache_start(&c);
  fm_str host = fm_str_of(c.b.host.url);
  assert_int_equal(fm_hosts_budget(&c.transport.hosts, host).remaining, -1);
  origin_set(&c.b.host, "/robots.txt", KEEP,
             "HTTP/1.1 404 N\r\nRateLimit: \"pages\";r=95;t=244\r\n"
             "RateLimit-Policy: \"fixed window\";\"pages\";q=100;w=300\r\nContent-Length: 0\r\n\r\n");
  ask(&c, c.b.host.url);
  fm_budget budget = fm_hosts_budget(&c.transport.hosts, host);
  assert_int_equal(budget.remaining, 95);
  assert_int_equal(budget.reset, 244);
  assert_int_equal(budget.quota, 100);
  assert_int_equal(budget.window, 300);
  assert_true(budget.at > 0);
  cache_end(&c);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rules_are_kept_to),
      cmocka_unit_test(test_not_asked_for_when_off),
      cmocka_unit_test(test_no_file_allows_all),
      cmocka_unit_test(test_redirected_file),
      cmocka_unit_test(test_a_file_that_cannot_be_had),
      cmocka_unit_test(test_shared_by_all_that_wait),
      cmocka_unit_test(test_a_long_file_is_cut),
      cmocka_unit_test(test_a_day_and_an_older_copy),
      cmocka_unit_test(test_origins_are_bounded),
      cmocka_unit_test(test_rules_are_bounded),
      cmocka_unit_test(test_a_hosts_budget_is_noted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
