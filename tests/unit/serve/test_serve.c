/* The serving plane, whole: what readers get. */
#include "serve/serve_bed.h"

static void hits(void **state)
{
  (void)state;
  bed b;
  client c;
  answer a;
  bed_open(&b, 2);
  fm_reply_spec spec = feed_spec();
  fm_reply *reply = bed_publish(&b, "/papers.atom", &spec, 90500);
  client_open(&c, &b);
  ask(&c, get(&b, "/papers.atom", ""), &a);
  assert_int_equal(a.status, 200);
  assert_body(&a, "<feed>identity</feed>");
  assert_true(has_line(&a, "Cache-Control: public, max-age=91") ||
              has_line(&a, "Cache-Control: public, max-age=90"));
  assert_true(has_line(&a, "Vary: Accept, Accept-Encoding"));
  assert_true(has_line(&a, "Last-Modified: Tue, 04 Aug 2026 00:00:00 GMT"));
  char date[256], etag[256];
  assert_true(header(&a, "Date", date));
  assert_int_equal(strlen(date), 29);
  assert_false(header(&a, "Connection", date));
  ask(&c, get(&b, "/papers.atom", "Accept-Encoding: gzip, br\r\n"), &a);
  assert_body(&a, "gzipped");
  assert_true(has_line(&a, "Content-Encoding: gzip"));
  assert_true(header(&a, "ETag", etag));
  assert_true(fm_str_is(fm_reply_etag(reply, FM_GZIP), etag));
  ask(&c, get(&b, "/papers.atom", "Connection: close\r\n"), &a);
  assert_true(has_line(&a, "Connection: close"));
  client_until_end(&c);
  client_close(&c);
  assert_int_equal(b.seen, 0);
  assert_true(atomic_load(&fm_reply_freshness(reply)->last_read) > 0);
  fm_serve_stats stats;
  fm_server_stats(b.server, &stats);
  assert_int_equal(stats.requests, 3);
  assert_int_equal(stats.hits, 3);
  assert_int_equal(stats.status[2], 3);
  assert_int_equal(stats.connections_total, 1);
  assert_true(stats.bytes_sent > 700);
  bed_close(&b);
  fm_reply_unref(reply);
}

static void conditions(void **state)
{
  (void)state;
  bed b;
  client c;
  answer a;
  bed_open(&b, 1);
  fm_reply_spec spec = feed_spec();
  fm_reply *reply = bed_publish(&b, "/f.atom", &spec, 60000);
  char lines[512], etag[64];
  snprintf(etag, sizeof etag, "%.*s", FM_FMT(fm_reply_etag(reply, FM_IDENTITY)));
  client_open(&c, &b);
  snprintf(lines, sizeof lines, "If-None-Match: \"x\", W/%s\r\n", etag);
  ask(&c, get(&b, "/f.atom", lines), &a);
  assert_int_equal(a.status, 304);
  assert_true(header(&a, "Cache-Control", lines));
  assert_true(header(&a, "Date", lines));
  assert_true(has_line(&a, "Vary: Accept, Accept-Encoding"));
  assert_false(header(&a, "Content-Length", lines));
  snprintf(lines, sizeof lines, "ETag: %s", etag);
  assert_true(has_line(&a, lines));
  /* The tag of another coding is not this one's. */
  snprintf(lines, sizeof lines, "Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n", etag);
  ask(&c, get(&b, "/f.atom", lines), &a);
  assert_int_equal(a.status, 200);
  ask(&c, get(&b, "/f.atom", "If-Modified-Since: Tue, 04 Aug 2026 00:00:00 GMT\r\n"), &a);
  assert_int_equal(a.status, 304);
  ask(&c, get(&b, "/f.atom", "If-Modified-Since: Mon, 03 Aug 2026 00:00:00 GMT\r\n"), &a);
  assert_int_equal(a.status, 200);
  /* If-None-Match is what counts where both are there. */
  ask(&c, get(&b, "/f.atom", "If-None-Match: \"x\"\r\n"
                             "If-Modified-Since: Tue, 04 Aug 2026 00:00:00 GMT\r\n"), &a);
  assert_int_equal(a.status, 200);
  ask(&c, get(&b, "/f.atom", "If-None-Match: *\r\n"), &a);
  assert_int_equal(a.status, 304);
  ask(&c, get(&b, "/f.atom", "Accept-Encoding: br, identity;q=0\r\n"), &a);
  assert_int_equal(a.status, 406);
  assert_true(has_line(&a, "Vary: Accept-Encoding"));
  fm_serve_stats stats;
  fm_server_stats(b.server, &stats);
  assert_int_equal(stats.not_modified, 3);
  /* RFC 9110 section 13.2.2: If-Match before all, and by strong comparison */
  static const struct {
    const char *lines;
    int status;
  } cases[] = {
    {"If-Match: \"x\"\r\n", 412}, {"If-Match: *\r\n", 200}, {"If-Match: \"x\"\r\nIf-None-Match: *\r\n", 412},
    {"If-Unmodified-Since: Mon, 03 Aug 2026 00:00:00 GMT\r\n", 412},
    {"If-Unmodified-Since: Tue, 04 Aug 2026 00:00:00 GMT\r\n", 200},
    {"If-Unmodified-Since: nonsense\r\n", 200},
    {"If-Match: *\r\nIf-Unmodified-Since: Mon, 03 Aug 2026 00:00:00 GMT\r\n", 200},
    {"If-Unmodified-Since: Tue, 04 Aug 2026 00:00:00 GMT\r\nIf-None-Match: *\r\n", 304},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ask(&c, get(&b, "/f.atom", cases[i].lines), &a);
    if (a.status != cases[i].status)
      fail_msg("%s: %d", cases[i].lines, a.status);
  }
  snprintf(lines, sizeof lines, "If-Match: \"x\", %s\r\n", etag);
  ask(&c, get(&b, "/f.atom", lines), &a);
  assert_int_equal(a.status, 200);
  snprintf(lines, sizeof lines, "If-Match: W/%s\r\n", etag);
  ask(&c, get(&b, "/f.atom", lines), &a);
  assert_int_equal(a.status, 412);
  client_close(&c);
  bed_close(&b);
  fm_reply_unref(reply);
}

static void head_requests(void **state)
{
  (void)state;
  bed b;
  client c;
  answer a, full;
  bed_open(&b, 1);
  fm_reply_spec spec = feed_spec();
  spec.immutable = true;
  fm_reply_unref(bed_publish(&b, "/f.atom", &spec, 60000));
  client_open(&c, &b);
  char text[8192];
  ask(&c, get(&b, "/f.atom", ""), &full);
  snprintf(text, sizeof text, "HEAD /f.atom HTTP/1.1\r\nHost: %s\r\n\r\n", b.base + 7);
  ask(&c, text, &a);
  char *date = strstr(a.head, "Date:"), *full_date = strstr(full.head, "Date:");
  assert_int_equal(date - a.head, full_date - full.head);
  assert_memory_equal(a.head, full.head, (size_t)(date - a.head));
  ask(&c, get(&b, "/f.atom", ""), &a); /* no byte of a body came between */
  assert_int_equal(a.status, 200);
  client_close(&c);
  bed_close(&b);
}

static void old_clients(void **state)
{
  (void)state;
  bed b;
  client c;
  answer a;
  bed_open(&b, 1);
  fm_reply_spec spec = feed_spec();
  fm_reply_unref(bed_publish(&b, "/f.atom", &spec, 60000));
  client_open(&c, &b);
  ask(&c, "GET /f.atom HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", &a);
  assert_int_equal(a.status, 200);
  assert_true(has_line(&a, "Connection: keep-alive"));
  ask(&c, "GET /f.atom HTTP/1.0\r\n\r\n", &a);
  assert_int_equal(a.status, 200);
  assert_true(has_line(&a, "Connection: close"));
  client_until_end(&c);
  client_close(&c);
  bed_close(&b);
}

static void misses_are_joined(void **state)
{
  (void)state;
  enum { READERS = 40 };
  bed b;
  client c[READERS];
  answer a;
  bed_open(&b, 1);
  for (int i = 0; i < READERS; i++) {
    client_open(&c[i], &b);
    client_send(&c[i], get(&b, "/new.atom?limit=5", i % 2 ? "Accept-Encoding: gzip\r\n" : ""));
  }
  fm_serve_stats stats = {0};
  PUMP_UNTIL(&b, (fm_server_stats(b.server, &stats), stats.misses == READERS));
  PUMP_UNTIL(&b, b.nmisses == 1);
  assert_true(fm_str_is(b.misses[0]->base, b.base));
  assert_true(fm_str_is(b.misses[0]->target, "/new.atom?limit=5"));
  assert_null(b.misses[0]->stale);
  fm_reply_spec spec = feed_spec();
  fm_reply *reply = bed_publish(&b, "/new.atom?limit=5", &spec, 60000);
  answer_all(&b, reply);
  for (int i = 0; i < READERS; i++) {
    take_answer(&c[i], &a);
    assert_body(&a, i % 2 ? "gzipped" : "<feed>identity</feed>");
  }
  ask(&c[0], get(&b, "/new.atom?limit=5", ""), &a);
  assert_int_equal(a.status, 200);
  assert_int_equal(b.seen, 1);
  for (int i = 0; i < READERS; i++)
    client_close(&c[i]);
  bed_close(&b);
  fm_reply_unref(reply);
}

static void aged_and_retracted(void **state)
{
  (void)state;
  bed b;
  client c;
  answer a;
  bed_open(&b, 1);
  fm_reply_spec spec = feed_spec();
  fm_reply *reply = bed_publish(&b, "/f.atom", &spec, -1);
  client_open(&c, &b);
  client_send(&c, get(&b, "/f.atom", ""));
  PUMP_UNTIL(&b, b.nmisses == 1);
  assert_ptr_equal(b.misses[0]->stale, reply);
  answer_all(&b, reply);
  take_answer(&c, &a);
  assert_int_equal(a.status, 200);
  assert_true(has_line(&a, "Cache-Control: public, max-age=0"));
  /* A life that is made longer is enough: no new reply is needed. */
  atomic_store(&fm_reply_freshness(reply)->fresh_until, fm_clock_mono_ms() + 60000);
  ask(&c, get(&b, "/f.atom", ""), &a);
  assert_int_equal(a.status, 200);
  assert_int_equal(b.seen, 1);
  fm_server_retract(b.server, fm_str_of(b.base), FM_STR("/f.atom"));
  client_send(&c, get(&b, "/f.atom", ""));
  PUMP_UNTIL(&b, b.nmisses == 1);
  assert_null(b.misses[0]->stale);
  answer_all_text(&b, 404, "no such feed");
  take_answer(&c, &a);
  assert_int_equal(a.status, 404);
  assert_body(&a, "no such feed\n");
  assert_true(has_line(&a, "Cache-Control: no-store"));
  client_close(&c);
  bed_close(&b);
  fm_reply_unref(reply);
}

/* Hits and misses in one write: answers come in the order of the requests. */
static void pipelined(void **state)
{
  (void)state;
  enum { COUNT = 200 };
  bed b;
  client c;
  answer a;
  bed_open(&b, 2);
  fm_reply_spec spec = feed_spec();
  fm_reply_unref(bed_publish(&b, "/f.atom", &spec, 60000));
  client_open(&c, &b);
  char *all = malloc(COUNT * 128), *at = all;
  for (int i = 0; i < COUNT; i++)
    at += sprintf(at, "%s", get(&b, i % 50 == 7 ? "/missing" : "/f.atom", ""));
  client_send_bytes(&c, all, (size_t)(at - all));
  free(all);
  for (int i = 0; i < COUNT; i++) {
    if (i % 50 == 7) {
      PUMP_UNTIL(&b, b.nmisses == 1);
      answer_all_text(&b, 404, "no");
    }
    take_answer(&c, &a);
    assert_int_equal(a.status, i % 50 == 7 ? 404 : 200);
  }
  assert_int_equal(c.at, c.len);
  client_close(&c);
  bed_close(&b);
}

static void byte_by_byte(void **state)
{
  (void)state;
  bed b;
  client c;
  answer a;
  bed_open(&b, 1);
  fm_reply_spec spec = feed_spec();
  fm_reply_unref(bed_publish(&b, "/f.atom", &spec, 60000));
  client_open(&c, &b);
  int on = 1;
  setsockopt(c.fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
  char text[20000];
  snprintf(text, sizeof text, "\r\n%s", get(&b, "/f.atom", "Accept-Encoding: gzip\r\n"));
  size_t len = strlen(text);
  snprintf(text + len, sizeof text - len, "%s", get(&b, "/f.atom", ""));
  for (const char *at = text; *at; at++)
    client_send_bytes(&c, at, 1);
  take_answer(&c, &a);
  assert_body(&a, "gzipped");
  take_answer(&c, &a);
  assert_body(&a, "<feed>identity</feed>");
  client_close(&c);
  bed_close(&b);
}

/* A reader with a tiny window: the answer goes out in many pieces, from the body
 * file (identity) and from memory (head only there; gzip under the limit). */
static void slow_readers(void **state)
{
  (void)state;
  enum { SIZE = 3000000 };
  bed b;
  client c;
  answer a;
  bed_open(&b, 1);
  char *body = malloc(SIZE + 1);
  for (size_t i = 0; i < SIZE; i++)
    body[i] = (char)('a' + i * 7 % 23);
  fm_reply_spec spec = feed_spec();
  free((char *)(uintptr_t)spec.body[FM_IDENTITY].ptr);
  spec.body[FM_IDENTITY] = (fm_str){fm_dup(body, SIZE), SIZE};
  fm_reply *reply = bed_publish(&b, "/big.atom", &spec, 60000);
  client_open_rcvbuf(&c, &b, 4096);
  char two[8192];
  snprintf(two, sizeof two, "%s", get(&b, "/big.atom", ""));
  snprintf(two + strlen(two), sizeof two - strlen(two), "%s",
           get(&b, "/big.atom", "Accept-Encoding: gzip\r\n"));
  client_send(&c, two);
  /* The server is stuck in the first answer when the reply is replaced. */
  PUMP_UNTIL(&b, (client_read(&c, 100), c.len > 1000));
  fm_reply_spec other = feed_spec();
  fm_reply_unref(reply);
  reply = bed_publish(&b, "/big.atom", &other, 60000);
  take_answer(&c, &a);
  assert_int_equal(a.len, SIZE);
  assert_memory_equal(a.body, body, SIZE);
  take_answer(&c, &a);
  assert_body(&a, "gzipped");
  client_close(&c);
  bed_close(&b);
  fm_reply_unref(reply);
  free(body);
}

static void several_threads(void **state)
{
  (void)state;
  enum { READERS = 64 };
  bed b;
  client c[READERS];
  answer a;
  bed_open(&b, 4);
  fm_reply_spec spec = feed_spec();
  fm_reply_unref(bed_publish(&b, "/f.atom", &spec, 60000));
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < READERS; i++) {
      client_open(&c[i], &b);
      client_send(&c[i], get(&b, "/f.atom", ""));
      client_send(&c[i], get(&b, "/other", ""));
    }
    for (int i = 0; i < READERS; i++) {
      take_answer(&c[i], &a);
      assert_int_equal(a.status, 200);
      spec = feed_spec(); /* publishing goes on under load */
      fm_reply_unref(bed_publish(&b, "/f.atom", &spec, 60000));
    }
    fm_serve_stats stats;
    PUMP_UNTIL(&b, (fm_server_stats(b.server, &stats),
                    stats.misses == (uint64_t)READERS * (unsigned)(round + 1)));
    PUMP_UNTIL(&b, b.nmisses > 0);
    assert_true(b.nmisses <= 4); /* one for each thread */
    for (int i = 0; i < READERS; i++) {
      PUMP_UNTIL(&b, (answer_all_text(&b, 404, "no"), client_read(&c[i], 65536),
                      c[i].len > c[i].at));
      take_answer(&c[i], &a);
      assert_int_equal(a.status, 404);
      client_close(&c[i]);
    }
  }
  bed_close(&b);
}

static void public_addresses(void **state)
{
  (void)state;
  bed b;
  client c;
  answer a;
  fm_cidr trusted;
  assert_true(fm_cidr_parse(FM_STR("127.0.0.0/8"), &trusted));
  fm_serve_conf conf = {.trusted = &trusted, .ntrusted = 1, .max_connections = 10};
  bed_open_with(&b, "127.0.0.1:0", 1, &conf);
  client_open(&c, &b);
  client_send(&c, get(&b, "/f", "X-Forwarded-Proto: https\r\nX-Forwarded-Host: Feeds.example\r\n"
                               "X-Forwarded-Prefix: /p/\r\n"));
  PUMP_UNTIL(&b, b.nmisses == 1);
  assert_true(fm_str_is(b.misses[0]->base, "https://feeds.example/p"));
  answer_all_text(&b, 404, "no");
  take_answer(&c, &a);
  fm_reply_spec spec = feed_spec();
  fm_reply_unref(bed_publish(&b, "/g.atom", &spec, 60000));
  static const char long_vary[] = "Vary: Accept, Accept-Encoding, Forwarded, X-Forwarded-Host, X-Forwarded-Port, "
                                  "X-Forwarded-Prefix, X-Forwarded-Proto";
  ask(&c, get(&b, "/g.atom", ""), &a); /* it would have been another with another field */
  assert_true(has_line(&a, long_vary));
  ask(&c, get(&b, "/g.atom", "If-None-Match: *\r\n"), &a);
  assert_int_equal(a.status, 304);
  assert_true(has_line(&a, long_vary));
  client_send(&c, "GET http://other.example:8080?x=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  PUMP_UNTIL(&b, b.nmisses == 1);
  assert_true(fm_str_is(b.misses[0]->target, "/?x=1"));
  answer_all_text(&b, 404, "no");
  take_answer(&c, &a);
  client_send(&c, get(&b, "//%66/?b=2&&a=1&utm_x=1", "")); /* one spelling for one meaning */
  PUMP_UNTIL(&b, b.nmisses == 1);
  assert_true(fm_str_is(b.misses[0]->target, "/f?a=1&b=2"));
  answer_all_text(&b, 404, "no");
  take_answer(&c, &a);
  client_send(&c, "GET http://other.example:8080/f HTTP/1.1\r\nHost: x\r\n\r\n");
  PUMP_UNTIL(&b, b.nmisses == 1);
  assert_true(fm_str_is(b.misses[0]->base, "http://other.example:8080"));
  answer_all_text(&b, 404, "no");
  take_answer(&c, &a);
  conf.ntrusted = 0; /* an open connection sees the new configuration */
  fm_server_configure(b.server, &conf);
  client_send(&c, get(&b, "/f", "X-Forwarded-Host: feeds.example\r\n"));
  PUMP_UNTIL(&b, b.nmisses == 1);
  assert_true(fm_str_is(b.misses[0]->base, b.base));
  answer_all_text(&b, 404, "no");
  take_answer(&c, &a);
  ask(&c, get(&b, "/g.atom", "X-Forwarded-Host: feeds.example\r\n"), &a);
  assert_true(has_line(&a, "Vary: Accept, Accept-Encoding"));
  conf.base_url = FM_STR("https://fixed.example");
  fm_server_configure(b.server, &conf);
  client_send(&c, get(&b, "/f", ""));
  PUMP_UNTIL(&b, b.nmisses == 1);
  assert_true(fm_str_is(b.misses[0]->base, "https://fixed.example"));
  answer_all_text(&b, 404, "no");
  take_answer(&c, &a);
  ask(&c, "GET /f HTTP/1.1\r\nHost: a/b\r\n\r\n", &a);
  assert_int_equal(a.status, 400);
  client_close(&c);
  bed_close(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(hits),
    cmocka_unit_test(conditions),
    cmocka_unit_test(head_requests),
    cmocka_unit_test(old_clients),
    cmocka_unit_test(misses_are_joined),
    cmocka_unit_test(aged_and_retracted),
    cmocka_unit_test(pipelined),
    cmocka_unit_test(byte_by_byte),
    cmocka_unit_test(slow_readers),
    cmocka_unit_test(several_threads),
    cmocka_unit_test(public_addresses),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
