/* What the serving plane refuses, and that those who are refused get to read it. */
#include "serve/serve_bed.h"

/* Sends, expects the status as the last thing, then the end of the connection. */
static void refused(bed *b, const char *request, size_t len, int status, const char *line)
{
  client c;
  answer a;
  client_open(&c, b);
  client_send_bytes(&c, request, len);
  take_answer(&c, &a);
  if (a.status != status)
    fail_msg("%.60s: %d", request, a.status);
  assert_true(has_line(&a, "Connection: close"));
  assert_true(has_line(&a, "Cache-Control: no-store"));
  if (line)
    assert_true(has_line(&a, line));
  assert_true(a.len > 5 && a.body[a.len - 1] == '\n');
  client_until_end(&c);
  assert_int_equal(c.at, c.len);
  client_close(&c);
}

static void bad_requests(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    int status;
    const char *line;
  } cases[] = {
    {"nonsense\r\n\r\n", 400, NULL},
    {"GET / HTTP/1.1\r\n\r\n", 400, NULL},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, NULL},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, NULL},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, NULL},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 400, NULL},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, NULL},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 405, "Allow: GET, HEAD"},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, NULL},
    {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, NULL},
    /* What follows is not looked at. */
    {"GET / HTTP/1.1\r\n\r\nGET /f.atom HTTP/1.1\r\nHost: a\r\n\r\n", 400, NULL},
  };
  bed b;
  bed_open(&b, 1);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    refused(&b, cases[i].text, strlen(cases[i].text), cases[i].status, cases[i].line);
  fm_serve_stats stats;
  fm_server_stats(b.server, &stats);
  assert_int_equal(stats.bad_requests, sizeof cases / sizeof *cases);
  assert_int_equal(b.seen, 0);
  bed_close(&b);
}

/* "GET /aaa", then "X: xxx" lines, `size` bytes in all, and no end. */
static char *endless(size_t target, size_t lines, size_t *size)
{
  char *text = malloc(target + lines * 16 + 64), *at = text;
  at += sprintf(at, "GET /");
  memset(at, 'a', target);
  at += target;
  if (lines)
    at += sprintf(at, " HTTP/1.1\r\nHost: a\r\n");
  for (size_t i = 0; i < lines; i++)
    at += sprintf(at, "X: 0123456789\r\n");
  *size = (size_t)(at - text);
  return text;
}

static void too_large(void **state)
{
  (void)state;
  bed b;
  bed_open(&b, 1);
  size_t size;
  char *text = endless(9000, 0, &size);
  refused(&b, text, size, 414, NULL);
  free(text);
  text = endless(10, 150, &size);
  refused(&b, text, size, 431, NULL);
  free(text);
  text = endless(100000, 0, &size); /* more than one read, much of it unread at the end */
  refused(&b, text, size, 414, NULL);
  memset(text + 5, 'x', size - 5);
  memcpy(text, "GET / HTTP/1.1\r\nX: ", 19);
  refused(&b, text, size, 431, NULL);
  free(text);
  bed_close(&b);
}

/* A client that goes on sending while it is refused still gets its answer. */
static void still_sending(void **state)
{
  (void)state;
  bed b;
  client c;
  answer a;
  bed_open(&b, 1);
  client_open(&c, &b);
  client_send(&c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
  char *body = calloc(1, 200000);
  client_send_bytes(&c, body, 200000);
  take_answer(&c, &a);
  assert_int_equal(a.status, 405);
  client_until_end(&c);
  free(body);
  client_close(&c);
  bed_close(&b);
}

/* Half of a request, then the end; an end right after a whole one that is answered at once; and
 * after one that waits: who does not wait for the answer has no place kept. */
static void ends(void **state)
{
  (void)state;
  bed b;
  client c;
  answer a;
  bed_open(&b, 1);
  client_open(&c, &b);
  client_send(&c, "GET / HT");
  shutdown(c.fd, SHUT_WR);
  client_until_end(&c);
  assert_int_equal(c.len, 0);
  client_close(&c);
  fm_reply_spec spec = feed_spec();
  fm_reply_unref(bed_publish(&b, "/f.atom", &spec, 60000));
  client_open(&c, &b);
  client_send(&c, get(&b, "/f.atom", ""));
  shutdown(c.fd, SHUT_WR);
  take_answer(&c, &a);
  assert_int_equal(a.status, 200);
  client_until_end(&c);
  client_close(&c);
  client_open(&c, &b);
  client_send(&c, get(&b, "/missing", ""));
  PUMP_UNTIL(&b, b.nmisses == 1);
  shutdown(c.fd, SHUT_WR);
  client_until_end(&c);
  assert_int_equal(c.len, 0);
  client_close(&c);
  answer_all_text(&b, 404, "no");
  bed_close(&b);
}

/* Connections that are closed while they wait, with a FIN or a RST: their places are free before
 * the answer comes. */
static void gone_while_waiting(void **state)
{
  (void)state;
  bed b;
  client c;
  bed_open(&b, 1);
  fm_serve_stats stats;
  for (int i = 0; i < 4; i++) {
    client_open(&c, &b);
    client_send(&c, get(&b, "/missing", ""));
    if (i < 3)
      PUMP_UNTIL(&b, b.nmisses == 1);
    struct linger now = {.l_onoff = i % 2};
    setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now); /* RST */
    client_close(&c);
    PUMP_UNTIL(&b, (fm_server_stats(b.server, &stats),
                    stats.connections_total == (uint64_t)i + 1 && stats.connections_open == 0 &&
                    stats.misses == b.seen));
    answer_all_text(&b, 404, "no");
  }
  bed_close(&b);
}

static void many_silent_ones(void **state)
{
  (void)state;
  enum { LIMIT = 20, SILENT = 60 };
  bed b;
  client silent[SILENT], c;
  answer a;
  fm_serve_conf conf = {.max_connections = LIMIT};
  bed_open_with(&b, "127.0.0.1:0", 1, &conf);
  fm_reply_spec spec = feed_spec();
  fm_reply_unref(bed_publish(&b, "/f.atom", &spec, 60000));
  for (int i = 0; i < SILENT; i++)
    client_open(&silent[i], &b);
  client_open(&c, &b);
  ask(&c, get(&b, "/f.atom", ""), &a);
  assert_int_equal(a.status, 200);
  client_until_end(&silent[0]); /* the oldest went first */
  client_until_end(&silent[SILENT - LIMIT]);
  ask(&silent[SILENT - 1], get(&b, "/f.atom", ""), &a);
  assert_int_equal(a.status, 200);
  fm_serve_stats stats;
  fm_server_stats(b.server, &stats);
  assert_int_equal(stats.connections_open, LIMIT);
  assert_int_equal(stats.connections_refused, 0);
  for (int i = 0; i < SILENT; i++)
    client_close(&silent[i]);
  client_close(&c);
  bed_close(&b);
}

/* All busy: the new one is told so. */
static void over_limit(void **state)
{
  (void)state;
  enum { LIMIT = 3 };
  bed b;
  client busy[LIMIT], c;
  answer a;
  fm_serve_conf conf = {.max_connections = LIMIT};
  bed_open_with(&b, "127.0.0.1:0", 1, &conf);
  for (int i = 0; i < LIMIT; i++) {
    client_open(&busy[i], &b);
    client_send(&busy[i], get(&b, "/missing", ""));
  }
  fm_serve_stats stats = {0};
  PUMP_UNTIL(&b, (fm_server_stats(b.server, &stats), stats.misses == LIMIT));
  client_open(&c, &b);
  take_answer(&c, &a);
  assert_int_equal(a.status, 503);
  assert_true(has_line(&a, "Connection: close"));
  client_until_end(&c);
  client_close(&c);
  answer_all_text(&b, 404, "no");
  for (int i = 0; i < LIMIT; i++) {
    PUMP_UNTIL(&b, (client_read(&busy[i], 65536), busy[i].len > 0));
    take_answer(&busy[i], &a);
    assert_int_equal(a.status, 404);
    client_close(&busy[i]);
  }
  answer_all_text(&b, 404, "no");
  fm_server_stats(b.server, &stats);
  assert_int_equal(stats.connections_refused, 1);
  assert_int_equal(stats.status[5], 1);
  bed_close(&b);
}

/* Over its rate a client is told when to come back; what is at hand costs it nothing, and neither
 * does what others wait for already. */
static void over_the_rate(void **state)
{
  (void)state;
  enum { BURST = 5 };
  bed b;
  client c, other;
  answer a;
  char wait[256];
  fm_serve_conf conf = {.max_connections = 100, .miss_interval_ms = 60000, .miss_burst = BURST};
  bed_open_with(&b, "127.0.0.1:0", 2, &conf);
  fm_reply_spec spec = feed_spec();
  fm_reply_unref(bed_publish(&b, "/f.atom", &spec, 60000));
  client_open(&c, &b);
  for (int i = 0; i < BURST; i++) {
    char target[32];
    snprintf(target, sizeof target, "/new%d", i);
    client_send(&c, get(&b, target, ""));
    PUMP_UNTIL(&b, b.nmisses == 1);
    answer_all_text(&b, 404, "no");
    take_answer(&c, &a);
    assert_int_equal(a.status, 404);
  }
  for (int i = 0; i < 3; i++) {
    ask(&c, get(&b, "/new", ""), &a);
    assert_int_equal(a.status, 429);
    assert_true(header(&a, "Retry-After", wait) && atoi(wait) >= 1 && atoi(wait) <= 60);
    ask(&c, get(&b, "/f.atom", ""), &a);
    assert_int_equal(a.status, 200);
  }
  client_open(&other, &b); /* another connection is the same client */
  ask(&other, get(&b, "/new", ""), &a);
  assert_int_equal(a.status, 429);
  fm_serve_stats stats;
  fm_server_stats(b.server, &stats);
  assert_int_equal(stats.rate_limited, 4);
  assert_int_equal(b.seen, BURST);
  client_close(&c);
  client_close(&other);
  bed_close(&b);
}

/* Behind a trusted proxy each client has its own rate, whatever it says of itself. */
static void rates_behind_a_proxy(void **state)
{
  (void)state;
  bed b;
  client c;
  answer a;
  fm_cidr trusted;
  assert_true(fm_cidr_parse(FM_STR("127.0.0.0/8"), &trusted));
  fm_serve_conf conf = {.max_connections = 100, .miss_interval_ms = 60000, .miss_burst = 1,
                        .trusted = &trusted, .ntrusted = 1};
  static const struct {
    const char *lines;
    int status;
  } steps[] = {
    {"X-Forwarded-For: 192.0.2.1\r\n", 404}, {"X-Forwarded-For: 192.0.2.1\r\n", 429},
    {"X-Forwarded-For: 10.9.9.9, 192.0.2.1\r\n", 429}, {"X-Forwarded-For: 192.0.2.2\r\n", 404},
    {"X-Forwarded-For: 2001:db8::1\r\n", 404}, {"X-Forwarded-For: 2001:db8::2\r\n", 429},
    {"Forwarded: for=192.0.2.9\r\n", 404}, {"Forwarded: for=\"192.0.2.9:1\"\r\n", 429},
  };
  bed_open_with(&b, "127.0.0.1:0", 1, &conf);
  client_open(&c, &b);
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    client_send(&c, get(&b, "/new", steps[i].lines));
    if (steps[i].status == 404) {
      PUMP_UNTIL(&b, b.nmisses == 1);
      answer_all_text(&b, 404, "no");
    }
    take_answer(&c, &a);
    if (a.status != steps[i].status)
      fail_msg("%s: %d", steps[i].lines, a.status);
  }
  client_close(&c);
  bed_close(&b);
}

static void connections_of_one_address(void **state)
{
  (void)state;
  enum { MOST = 4 };
  bed b;
  client c[MOST], extra;
  answer a;
  fm_serve_conf conf = {.max_connections = 100, .per_address = MOST};
  bed_open_with(&b, "127.0.0.1:0", 2, &conf);
  fm_reply_spec spec = feed_spec();
  fm_reply_unref(bed_publish(&b, "/f.atom", &spec, 60000));
  for (int i = 0; i < MOST; i++) {
    client_open(&c[i], &b);
    ask(&c[i], get(&b, "/f.atom", ""), &a);
  }
  client_open(&extra, &b);
  take_answer(&extra, &a);
  assert_int_equal(a.status, 503);
  assert_true(has_line(&a, "Connection: close"));
  client_until_end(&extra);
  client_close(&extra);
  ask(&c[0], get(&b, "/f.atom", ""), &a); /* those that were there stay */
  assert_int_equal(a.status, 200);
  fm_serve_stats stats;
  client_close(&c[0]);
  PUMP_UNTIL(&b, (fm_server_stats(b.server, &stats), stats.connections_open == MOST - 1));
  client_open(&c[0], &b);
  ask(&c[0], get(&b, "/f.atom", ""), &a);
  assert_int_equal(a.status, 200);
  for (int i = 0; i < MOST; i++)
    client_close(&c[i]);
  bed_close(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bad_requests),
    cmocka_unit_test(too_large),
    cmocka_unit_test(still_sending),
    cmocka_unit_test(ends),
    cmocka_unit_test(gone_while_waiting),
    cmocka_unit_test(many_silent_ones),
    cmocka_unit_test(over_limit),
    cmocka_unit_test(over_the_rate),
    cmocka_unit_test(rates_behind_a_proxy),
    cmocka_unit_test(connections_of_one_address),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
