/* Fetching from an origin: good responses and bad ones. */
#include "fetch/fetch_bed.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#define OK "HTTP/1.1 200 OK\r\n"

static void test_page_with_all(void **state)
{
  (void)state;
  bed b;
  got g = {0};
  bed_start(&b);
  origin_route *r = origin_page(&b.host, "/p?q=1",
                                "Content-Type: text/html; x=y; Charset=\"utf-8\"\r\nETag: \"a\"\r\n"
                                "Last-Modified: Tue, 04 Aug 2026 00:00:00 GMT\r\n", "<p>x", 4);
  got_page(&g, &b, "/p?q=1");
  assert_int_equal(g.result.error, FM_OK);
  assert_int_equal(g.result.status, 200);
  assert_text(g.result.body, "<p>x");
  assert_text(g.result.charset, "utf-8");
  assert_text(g.result.etag, "\"a\"");
  assert_text(g.result.last_modified, "Tue, 04 Aug 2026 00:00:00 GMT");
  assert_text(g.result.url, g.spec.url.ptr);
  assert_int_equal(g.result.retry_after, -1);
  assert_holds(r->head, "GET /p?q=1 HTTP/1.1\r\n");
  assert_holds(r->head, "\r\nUser-Agent: feedmill/");
  assert_holds(r->head, " (+https://");
  assert_holds(r->head, "\r\nAccept: text/html");
  assert_holds(r->head, "\r\nAccept-Encoding: deflate, gzip, br, zstd\r\n");
  assert_null(strstr(r->head, "If-"));
  assert_null(strstr(r->head, "Cookie"));
  got_free(&g);
  bed_end(&b);
}

static void test_empty_body_is_fine(void **state)
{
  (void)state;
  bed b;
  got g = {0};
  bed_start(&b);
  origin_page(&b.host, "/empty", "", "", 0);
  got_page(&g, &b, "/empty");
  assert_int_equal(g.result.error, FM_OK);
  assert_int_equal(g.result.body.len, 0);
  got_free(&g);
  bed_end(&b);
}

static void test_validators_and_304(void **state)
{
  (void)state;
  bed b;
  got g = {.spec = {.etag = FM_STR("W/\"a\""), .accept = FM_STR("application/json"),
                    .last_modified = FM_STR("Tue, 04 Aug 2026 00:00:00 GMT")}};
  bed_start(&b);
  origin_route *r = origin_set(&b.host, "/p", KEEP,
                               "HTTP/1.1 304 Not Modified\r\nETag: W/\"a\"\r\n\r\n");
  got_page(&g, &b, "/p");
  assert_int_equal(g.result.error, FM_OK);
  assert_int_equal(g.result.status, 304);
  assert_int_equal(g.result.body.len, 0);
  assert_text(g.result.etag, "W/\"a\"");
  assert_holds(r->head, "\r\nIf-None-Match: W/\"a\"\r\n");
  assert_holds(r->head, "\r\nIf-Modified-Since: Tue, 04 Aug 2026 00:00:00 GMT\r\n");
  assert_holds(r->head, "\r\nAccept: application/json\r\n");
  got_free(&g);
  assert_fails(&b, "/p", FM_E_UNAVAILABLE, "/p: 304 Not Modified, though");
  bed_end(&b);
}

static void test_validators_that_are_not_kept(void **state)
{
  (void)state;
  bed b;
  got g = {.spec = {.etag = FM_STR("\"a\"\r\nX-Evil: 1")}};
  char fields[1024];
  bed_start(&b);
  int n = snprintf(fields, sizeof fields, "ETag: \"");
  memset(fields + n, 'x', 600);
  strcpy(fields + n + 600, "\"\r\n");
  origin_route *r = origin_page(&b.host, "/p", fields, "x", 1);
  got_page(&g, &b, "/p");
  assert_int_equal(g.result.etag.len, 0); /* over 512 bytes */
  assert_null(strstr(r->head, "X-Evil"));
  got_free(&g);
  bed_end(&b);
}

static void test_compressed_bodies(void **state)
{
  (void)state;
  bed b;
  char text[20000], packed[20000];
  for (size_t i = 0; i < sizeof text - 1; i++)
    text[i] = "feedmill "[i * i % 9];
  text[sizeof text - 1] = 0;
  bed_start(&b);

  z_stream z = {0};
  deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  z.next_in = (Bytef *)text;
  z.avail_in = sizeof text - 1;
  z.next_out = (Bytef *)packed;
  z.avail_out = sizeof packed;
  deflate(&z, Z_FINISH);
  origin_page(&b.host, "/gzip", "Content-Encoding: gzip\r\n", packed, z.total_out);
  deflateEnd(&z);

  size_t len = sizeof packed;
  BrotliEncoderCompress(5, 22, BROTLI_MODE_TEXT, sizeof text - 1, (uint8_t *)text, &len,
                        (uint8_t *)packed);
  origin_page(&b.host, "/br", "Content-Encoding: br\r\n", packed, len);
  len = ZSTD_compress(packed, sizeof packed, text, sizeof text - 1, 3);
  origin_page(&b.host, "/zstd", "Content-Encoding: zstd\r\n", packed, len);

  assert_gives(&b, "/gzip", text);
  assert_gives(&b, "/br", text);
  assert_gives(&b, "/zstd", text);

  origin_page(&b.host, "/cut", "Content-Encoding: zstd\r\n", packed, len / 2);
  origin_page(&b.host, "/lie", "Content-Encoding: gzip\r\n", "not gzip at all", 15);
  assert_fails(&b, "/lie", FM_E_UNAVAILABLE, "/lie: gave up while reading the body after 0 bytes");
  bed_end(&b);
}

static void test_statuses(void **state)
{
  (void)state;
  static const char *const rows[] = {"404 Gone Fishing", "404 Not Found", "500 X",
                                     "500 Internal Server Error", "403 X", "403 Forbidden",
                                     "599 Odd", "599", "206 Y", "206 Partial Content",
                                     "302 Found", "302 Found, and it does not say where to", NULL};
  bed b;
  char text[128];
  bed_start(&b);
  for (const char *const *row = rows; *row; row += 2) {
    snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: 4\r\n\r\nbody", row[0]);
    origin_set(&b.host, "/s", KEEP, text);
    snprintf(text, sizeof text, "/s: %s", row[1]);
    got g = {0};
    got_page(&g, &b, "/s");
    assert_int_equal(g.result.error, FM_E_UNAVAILABLE);
    assert_holds(g.result.why.text, text);
    assert_int_equal(g.result.status, atoi(row[0]));
    assert_int_equal(g.result.body.len, 0);
    got_free(&g);
  }
  assert_int_equal(b.host.connections, 1); /* an error's body does not cost the connection */
  bed_end(&b);
}

/* Statuses that do not block the host; for the others see test_fetch_budget.c. */
static int64_t retry_of(bed *b, const char *fields)
{
  got g = {0};
  char text[512];
  snprintf(text, sizeof text,
           "HTTP/1.1 502 Down\r\n%sContent-Length: 0\r\n\r\n", fields);
  origin_set(&b->host, "/502", KEEP, text);
  got_page(&g, b, "/502");
  assert_int_equal(g.result.error, FM_E_UNAVAILABLE);
  assert_int_equal(g.result.status, 502);
  assert_holds(g.result.why.text, ": 502 Bad Gateway");
  got_free(&g);
  return g.result.retry_after;
}

static void test_retry_after(void **state)
{
  (void)state;
  bed b;
  bed_start(&b);
  assert_int_equal(retry_of(&b, ""), -1);
  assert_int_equal(retry_of(&b, "Retry-After: 120\r\n"), 120);
  assert_int_equal(retry_of(&b, "Retry-After: 0\r\n"), 0);
  assert_int_equal(retry_of(&b, "Retry-After: soon\r\n"), -1);
  assert_int_equal(retry_of(&b, "Retry-After: -5\r\n"), -1);
  assert_int_equal(retry_of(&b, "Retry-After: 99999999999\r\n"), 30 * 24 * 3600);
  /* a date is compared with the host's Date */
  assert_int_equal(retry_of(&b, "Date: Tue, 04 Aug 2026 00:00:00 GMT\r\n"
                                "Retry-After: Tue, 04 Aug 2026 00:05:00 GMT\r\n"), 300);
  assert_int_equal(retry_of(&b, "Date: Tue, 04 Aug 2026 00:00:00 GMT\r\n"
                                "Retry-After: Mon, 03 Aug 2026 00:05:00 GMT\r\n"), 0);
  assert_true(retry_of(&b, "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n") == 30 * 24 * 3600);
  assert_int_equal(retry_of(&b, "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n"), 0);
  bed_end(&b);
}

static void test_bad_answers(void **state)
{
  (void)state;
  bed b;
  bed_start(&b);
  origin_set(&b.host, "/drop", CLOSE, "");
  origin_set(&b.host, "/half", CLOSE, OK "Content-Length: 100\r\n\r\nhalf");
  origin_set(&b.host, "/chunk", CLOSE, OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  origin_set(&b.host, "/head", CLOSE, OK "Content-Ty");
  origin_set(&b.host, "/rubbish", CLOSE, "SSH-2.0-x\r\n");
  origin_set(&b.host, "/till-close", CLOSE, OK "\r\nwhole");
  assert_fails(&b, "/drop", FM_E_UNAVAILABLE, "/drop: gave up while waiting for the answer: ");
  assert_fails(&b, "/half", FM_E_UNAVAILABLE, "gave up while reading the body after 4 bytes: ");
  assert_fails(&b, "/chunk", FM_E_UNAVAILABLE, "gave up while reading the body after 5 bytes: ");
  assert_fails(&b, "/head", FM_E_UNAVAILABLE, "gave up while waiting for the answer: ");
  assert_fails(&b, "/rubbish", FM_E_UNAVAILABLE, "gave up while waiting for the answer: ");
  assert_gives(&b, "/till-close", "whole");
  bed_end(&b);
}

static void test_caps(void **state)
{
  (void)state;
  bed b;
  bed_start(&b);
  char *big = malloc(40000), *bomb = malloc(1 << 20);
  memset(big, 'x', 40000);
  int n = sprintf(big, OK "\r\n");
  big[n] = 'x';
  origin_set_bytes(&b.host, "/endless", ENDLESS, big, 40000);
  /* the origin sends the length and then hangs: only a check of the length ends the fetch */
  origin_set(&b.host, "/said", HANG, OK "Content-Length: 1048577\r\n\r\n");
  memset(big, 0, 40000);
  z_stream z = {.next_out = (Bytef *)bomb, .avail_out = 1 << 20};
  deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  for (int i = 0; i < 6000; i++) { /* 240 MB */
    z.next_in = (Bytef *)big;
    z.avail_in = 40000;
    deflate(&z, i == 5999 ? Z_FINISH : Z_NO_FLUSH);
  }
  origin_page(&b.host, "/bomb", "Content-Encoding: gzip\r\n", bomb, z.total_out);
  deflateEnd(&z);
  assert_fails(&b, "/endless", FM_E_TOO_BIG, "/endless: the body is over 1048576 bytes");
  assert_fails(&b, "/said", FM_E_TOO_BIG, "the body is over 1048576 bytes (fetch.max_body)");
  assert_fails(&b, "/bomb", FM_E_TOO_BIG, "the body is over 1048576 bytes");
  char *exact = malloc(1 << 20);
  memset(exact, 'y', 1 << 20);
  origin_page(&b.host, "/exact", "", exact, 1 << 20);
  got g = {0};
  got_page(&g, &b, "/exact");
  assert_int_equal(g.result.error, FM_OK);
  assert_int_equal(g.result.body.len, 1 << 20);
  got_free(&g);
  free(big), free(bomb), free(exact);
  bed_end(&b);
}

static void test_headers(void **state)
{
  (void)state;
  bed b;
  got g = {0};
  bed_start(&b);
  char *many = malloc(400000); /* pieces of 16 and 32 bytes, so that whole lines repeat */
  strcpy(many, OK);
  for (int i = 0; i < 1024; i++)
    strcat(many, "X-More: 123456\r\n");
  origin_set(&b.host, "/endless", ENDLESS, many);
  strcpy(many, "");
  for (int i = 0; i < 512; i++)
    strcat(many, "HTTP/1.1 103 E\r\nA: 234567890\r\n\r\n");
  origin_set(&b.host, "/hints", ENDLESS, many);
  sprintf(many, OK "X: %0200000d\r\n\r\n", 0);
  origin_set(&b.host, "/long", KEEP, many);
  origin_set(&b.host, "/early", KEEP, "HTTP/1.1 103 Early\r\nETag: \"early\"\r\n\r\n"
             OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n"
             "ETag: \"late\"\r\nRetry-After: 3\r\n\r\n");
  assert_fails(&b, "/endless", FM_E_TOO_BIG, "/endless: the header is over 262144 bytes");
  assert_fails(&b, "/hints", FM_E_TOO_BIG, "/hints: the header is over 262144 bytes");
  assert_fails(&b, "/long", FM_E_TOO_BIG, "/long: a line of the header is too long");
  got_page(&g, &b, "/early"); /* not the 1xx response's fields */
  assert_int_equal(g.result.error, FM_OK);
  assert_text(g.result.body, "hi");
  assert_int_equal(g.result.etag.len, 0);
  assert_int_equal(g.result.retry_after, -1);
  got_free(&g);
  free(many);
  bed_end(&b);
}

static void test_redirects(void **state)
{
  (void)state;
  bed b;
  got g = {0};
  char text[256];
  bed_start(&b);
  origin_set(&b.host, "/a", KEEP, "HTTP/1.1 301 M\r\nETag: \"old\"\r\nLocation: /b?x=1\r\n"
                                  "Content-Length: 0\r\n\r\n");
  origin_page(&b.host, "/b?x=1", "", "here", 4);
  got_page(&g, &b, "/a");
  assert_int_equal(g.result.error, FM_OK);
  assert_text(g.result.body, "here");
  assert_int_equal(g.result.etag.len, 0); /* not the redirect's ETag */
  snprintf(text, sizeof text, "%s/b?x=1", b.host.url);
  assert_text(g.result.url, text);
  got_free(&g);

  origin_set(&b.host, "/loop", KEEP,
             "HTTP/1.1 302 F\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n");
  assert_fails(&b, "/loop", FM_E_UNAVAILABLE, "/loop: more than 5 redirects, the last to http://");
  assert_int_equal(origin_count(&b.host, "/loop"), 6);

  origin_set(&b.host, "/gone", KEEP,
             "HTTP/1.1 302 F\r\nLocation: /404\r\nContent-Length: 0\r\n\r\n");
  origin_set(&b.host, "/404", KEEP, "HTTP/1.1 404 N\r\nContent-Length: 0\r\n\r\n");
  assert_fails(&b, "/gone", FM_E_UNAVAILABLE, "/gone: 404 Not Found, redirected to http://127");
  origin_set(&b.host, "/dead", KEEP,
             "HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  assert_fails(&b, "/dead", FM_E_UNAVAILABLE, "/dead: gave up while connecting: ");
  bed_end(&b);
}

static void test_other_schemes_are_refused(void **state)
{
  (void)state;
  bed b;
  bed_start(&b);
  origin_set(&b.host, "/file", KEEP,
             "HTTP/1.1 302 F\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n");
  origin_set(&b.host, "/ftp", KEEP,
             "HTTP/1.1 302 F\r\nLocation: ftp://127.0.0.1/x\r\nContent-Length: 0\r\n\r\n");
  assert_fails(&b, "/file", FM_E_FORBIDDEN, "redirected to file:///etc/passwd: only http and https");
  assert_fails(&b, "/ftp", FM_E_FORBIDDEN, "redirected to ftp://127.0.0.1/x: only http and https");
  assert_fails(&b, "file:///etc/passwd", FM_E_FORBIDDEN, "only http and https");
  assert_fails(&b, "gopher://127.0.0.1:70/", FM_E_FORBIDDEN, "only http and https");
  assert_fails(&b, "http:///x", FM_E_UNAVAILABLE, "no host");
  assert_fails(&b, "http://a b:/", FM_E_UNAVAILABLE, "not an absolute address");
  bed_end(&b);
}

static void test_what_may_not_stand_in_a_request_is_encoded(void **state)
{
  (void)state;
  bed b;
  bed_start(&b);
  origin_page(&b.host, "/%C3%BC?q=%E4%B8%96", "", "x", 1);
  assert_gives(&b, "/\xc3\xbc?q=\xe4\xb8\x96#part", "x");
  bed_end(&b);
}

static void test_passwords_are_not_shown(void **state)
{
  (void)state;
  bed b;
  got g = {0};
  char url[128];
  bed_start(&b);
  origin_route *r = origin_set(&b.host, "/p", KEEP,
                               "HTTP/1.1 401 U\r\nContent-Length: 0\r\n\r\n");
  snprintf(url, sizeof url, "http://me:secret@127.0.0.1:%d/p", b.host.port);
  got_page(&g, &b, url);
  assert_holds(g.result.why.text, "/p: 401 Unauthorized");
  assert_null(strstr(g.result.why.text, "secret"));
  assert_holds(r->head, "Authorization: Basic ");
  got_free(&g);
  bed_end(&b);
}

static void test_timeouts(void **state)
{
  (void)state;
  bed b;
  bed_start_at(&b, "127.0.0.1");
  b.conf.timeout_ms = 1500; /* enough for a loaded machine to get to where it hangs */
  bed_open(&b);
  origin_set(&b.host, "/hang", HANG, "");
  origin_set(&b.host, "/stuck", HANG, OK "Content-Length: 100\r\n\r\nhalf");
  origin_set(&b.host, "/503", HANG, "HTTP/1.1 503 X\r\nRetry-After: 9\r\nContent-Length: 5\r\n\r\n");
  assert_fails(&b, "/hang", FM_E_TIMEOUT, "/hang: gave up while waiting for the answer, after ");
  assert_fails(&b, "/stuck", FM_E_TIMEOUT, "gave up while reading the body after 4 bytes and ");
  got g = {0};
  got_page(&g, &b, "/503"); /* the status was received, the rest does not matter */
  assert_int_equal(g.result.error, FM_E_UNAVAILABLE);
  assert_int_equal(g.result.retry_after, 9);
  got_free(&g);
  bed_end(&b);
}

static void test_nobody_listens(void **state)
{
  (void)state;
  bed b;
  bed_start(&b);
  assert_fails(&b, "http://127.0.0.1:1/x", FM_E_UNAVAILABLE,
               "GET http://127.0.0.1:1/x: gave up while connecting: ");
  assert_fails(&b, "http://nowhere.invalid/", FM_E_UNAVAILABLE, ": gave up while looking up the name");
  bed_end(&b);
}

static void test_environment_gives_no_proxy(void **state)
{
  (void)state;
  bed b;
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("all_proxy", "http://127.0.0.1:1", 1);
  bed_start(&b);
  origin_page(&b.host, "/p", "", "x", 1);
  assert_gives(&b, "/p", "x");
  unsetenv("http_proxy");
  unsetenv("all_proxy");
  bed_end(&b);
}

static void test_no_cookies(void **state)
{
  (void)state;
  bed b;
  bed_start(&b);
  origin_route *r = origin_page(&b.host, "/p", "Set-Cookie: a=b; Path=/\r\n", "x", 1);
  assert_gives(&b, "/p", "x");
  assert_gives(&b, "/p", "x");
  assert_int_equal(r->count, 2);
  assert_null(strstr(r->head, "Cookie"));
  bed_end(&b);
}

/* Further fields may hold a key: after a redirect to another origin they are not sent. */
static void further_fields_go_to_their_origin_alone(void **state)
{
  (void)state;
  bed b;
  got g = {0};
  char text[256];
  const fm_param headers[] = {{FM_STR("X-Key"), FM_STR("k 1")}, {FM_STR("accept"), FM_STR("x/y")},
                              {FM_STR("X-None"), FM_STR("")}};
  bed_start(&b);
  snprintf(text, sizeof text, "HTTP/1.1 302 Found\r\nLocation: http://localhost:%d/three\r\n"
           "Content-Length: 0\r\n\r\n", b.host.port);
  origin_set(&b.host, "/one", KEEP, "HTTP/1.1 302 Found\r\nLocation: two\r\nContent-Length: 0\r\n\r\n");
  origin_set(&b.host, "/two", KEEP, text);
  snprintf(text, sizeof text, "HTTP/1.1 302 Found\r\nLocation: %s/four\r\nContent-Length: 0\r\n\r\n",
           b.host.url);
  origin_set(&b.host, "/three", KEEP, text);
  origin_page(&b.host, "/four", "", "page", 4);
  g.spec.headers = headers;
  g.spec.nheaders = 3;
  g.spec.etag = FM_STR("\"e\"");
  got_page(&g, &b, "/one");
  assert_int_equal(g.result.error, FM_OK);
  const char *own[] = {"/one", "/two"}, *others[] = {"/three", "/four"};
  for (int i = 0; i < 2; i++) {
    const origin_route *mine = origin_find(&b.host, own[i]), *theirs = origin_find(&b.host, others[i]);
    assert_non_null(mine);
    assert_non_null(theirs);
    if (!mine || !theirs) /* for gcc, which does not know that cmocka's assertions exit */
      return;
    assert_holds(mine->head, "X-Key: k 1\r\n");
    assert_holds(mine->head, "accept: x/y\r\n");
    assert_holds(mine->head, "X-None:\r\n");
    assert_null(strstr(mine->head, "text/html"));
    assert_null(strstr(theirs->head, "X-"));
    assert_holds(theirs->head, "Accept: text/html");
    assert_holds(theirs->head, "If-None-Match: \"e\"");
  }
  got_free(&g);
  bed_end(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_page_with_all),
      cmocka_unit_test(test_empty_body_is_fine),
      cmocka_unit_test(test_validators_and_304),
      cmocka_unit_test(test_validators_that_are_not_kept),
      cmocka_unit_test(test_compressed_bodies),
      cmocka_unit_test(test_statuses),
      cmocka_unit_test(test_retry_after),
      cmocka_unit_test(test_bad_answers),
      cmocka_unit_test(test_caps),
      cmocka_unit_test(test_headers),
      cmocka_unit_test(test_redirects),
      cmocka_unit_test(test_other_schemes_are_refused),
      cmocka_unit_test(test_what_may_not_stand_in_a_request_is_encoded),
      cmocka_unit_test(test_passwords_are_not_shown),
      cmocka_unit_test(test_timeouts),
      cmocka_unit_test(test_nobody_listens),
      cmocka_unit_test(test_environment_gives_no_proxy),
      cmocka_unit_test(test_no_cookies),
    cmocka_unit_test(further_fields_go_to_their_origin_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
