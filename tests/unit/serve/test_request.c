/* Requests: whole, in pieces, in a row, and what is refused. Each case is parsed
 * at once and byte by byte, the bytes moving between two calls. */
#include "base/mem.h"
#include "base/str.h"
#include "serve/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Parses with `step` more bytes each time. */
static enum fm_parse parse(fm_request *r, const char *bytes, size_t len, size_t step)
{
  fm_request_init(r);
  enum fm_parse got = FM_PARSE_MORE;
  for (size_t have = 0; got == FM_PARSE_MORE && have < len;) {
    have = have + step < len ? have + step : len;
    char *moved = fm_dup(bytes, have); /* out of bounds is seen by ASan */
    got = fm_request_parse(r, moved, have);
    free(moved);
  }
  return got;
}

static void assert_span(const char *bytes, fm_span span, const char *want)
{
  fm_str got = fm_span_str(bytes, span);
  if (!fm_str_is(got, want))
    fail_msg("%.*s is not %s", FM_FMT(got), want);
}

static const char full[] =
  "GET /papers.atom?limit=5 HTTP/1.1\r\nhost: example.org \r\nUser-Agent: test/1\r\n"
  "Accept-Encoding: gzip\r\nACCEPT-ENCODING:br\r\nIf-None-Match:  \"a\"\r\nif-none-match: \"b\"\r\n"
  "If-Modified-Since: Tue, 04 Aug 2026 00:00:00 GMT\t\r\nX-Forwarded-Proto: https\r\n"
  "X-Forwarded-Host: h\r\nX-Forwarded-Prefix: /p\r\nReferer:\r\nX-Other: \r\n\r\n";

static void all_headers(void **state)
{
  (void)state;
  for (size_t step = 1; step <= sizeof full; step += step < 40 ? 1 : 61) {
    fm_request r;
    assert_int_equal(parse(&r, full, sizeof full - 1, step), FM_PARSE_DONE);
    assert_int_equal(r.used, sizeof full - 1);
    assert_span(full, r.target, "/papers.atom?limit=5");
    assert_span(full, r.host, "example.org");
    assert_span(full, r.user_agent, "test/1");
    assert_int_equal(r.naccept_encoding, 2);
    assert_span(full, r.accept_encoding[0], "gzip");
    assert_span(full, r.accept_encoding[1], "br");
    assert_int_equal(r.nif_none_match, 2);
    assert_span(full, r.if_none_match[1], "\"b\"");
    assert_span(full, r.if_modified_since, "Tue, 04 Aug 2026 00:00:00 GMT");
    assert_span(full, r.proto, "https");
    assert_span(full, r.forwarded_host, "h");
    assert_span(full, r.prefix, "/p");
    assert_span(full, r.referer, "");
    assert_false(r.head);
    assert_false(r.http10);
    assert_true(r.keep_alive);
  }
}

static void one_after_the_other(void **state)
{
  (void)state;
  static const char two[] = "\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\nHEAD /b HTTP/1.0\r\n\r\nGET /c";
  fm_request r;
  assert_int_equal(parse(&r, two, sizeof two - 1, 1000), FM_PARSE_DONE);
  assert_span(two, r.target, "/a");
  const char *next = two + r.used, *end = two + sizeof two - 1;
  assert_int_equal(parse(&r, next, (size_t)(end - next), 1000), FM_PARSE_DONE);
  assert_span(next, r.target, "/b");
  assert_true(r.head);
  assert_true(r.http10);
  assert_false(r.keep_alive);
  next += r.used;
  assert_int_equal(parse(&r, next, (size_t)(end - next), 1000), FM_PARSE_MORE);
}

static void whether_to_keep_the_connection(void **state)
{
  (void)state;
  static const struct {
    const char *line;
    bool keep;
  } cases[] = {
    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n", false},
    {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
    {"GET / HTTP/1.0\r\n\r\n", false},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, X\r\nUpgrade: h2c\r\n\r\n", true},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", true},
    {"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fm_request r;
    size_t len = strlen(cases[i].line);
    assert_int_equal(parse(&r, cases[i].line, len, 1000), FM_PARSE_DONE);
    assert_int_equal(r.used, len);
    assert_int_equal(r.keep_alive, cases[i].keep);
  }
}

static void absolute_targets(void **state)
{
  (void)state;
  static const char text[] = "GET http://Example.org:81/a?b HTTP/1.1\r\nHost: other\r\n\r\n";
  fm_request r;
  assert_int_equal(parse(&r, text, sizeof text - 1, 1000), FM_PARSE_DONE);
  assert_span(text, r.authority, "Example.org:81");
  assert_span(text, r.target, "/a?b");
  static const char bare[] = "GET http://example.org HTTP/1.1\r\nHost: other\r\n\r\n";
  assert_int_equal(parse(&r, bare, sizeof bare - 1, 1000), FM_PARSE_DONE);
  assert_span(bare, r.authority, "example.org");
  assert_int_equal(r.target.len, 0); /* stands for "/" */
}

static void refused(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    int status;
  } cases[] = {
    {"\x16\x03\x01 TLS", 400},
    {"GET\r\n\r\n", 400},
    {"GET  \r\n\r\n", 400},
    {"GET / HTTP/1.1 x\r\n\r\n", 400},
    {"GET / HTTX/1.1\r\n\r\n", 400},
    {"GET foo HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nX:\r\n b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\x01z\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 405},
    {"DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
    {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 405},
    {"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 405},
    {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    {"GET /\r\n\r\n", 505},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (size_t step = 1; step < 1000; step += 998) {
      fm_request r;
      enum fm_parse got = parse(&r, cases[i].text, strlen(cases[i].text), step);
      if (got != FM_PARSE_BAD || r.status != cases[i].status)
        fail_msg("%s: %d, status %d", cases[i].text, got, got == FM_PARSE_BAD ? r.status : 0);
      assert_non_null(r.why);
    }
  fm_request r;
  static const char brew[] = "BREW / HTTP/1.1\r\nHost: a\r\n\r\n";
  static const char nul[] = "GET /\0 HTTP/1.1\r\n\r\n";
  assert_int_equal(parse(&r, brew, sizeof brew - 1, 1000), FM_PARSE_BAD);
  assert_int_equal(r.status, 405);
  assert_int_equal(parse(&r, nul, sizeof nul - 1, 1), FM_PARSE_BAD);
  assert_int_equal(r.status, 400);
}

/* "GET /aaa... HTTP/1.1", Host, then `lines` headers of `size` bytes each. */
static char *big(size_t target, size_t lines, size_t size, size_t *len)
{
  char *text = fm_alloc(target + lines * size + 100), *at = text;
  at += sprintf(at, "GET /");
  memset(at, 'a', target - 1);
  at += target - 1;
  at += sprintf(at, " HTTP/1.1\r\nHost: a\r\n");
  for (size_t i = 0; i < lines; i++) {
    memset(at, 'x', size);
    memcpy(at, "X: ", 3);
    at[size - 2] = '\r';
    at[size - 1] = '\n';
    at += size;
  }
  at += sprintf(at, "\r\n");
  *len = (size_t)(at - text);
  return text;
}

static void limits(void **state)
{
  (void)state;
  static const struct {
    size_t target, lines, size;
    int status; /* 0: it passes */
  } cases[] = {
    {8192, 0, 0, 0},       {8193, 0, 0, 414},     {60000, 0, 0, 414},
    {10, 99, 10, 0},       {10, 100, 10, 431},    {10, 5000, 10, 431},
    {10, 1, 16300, 0},     {10, 1, 16400, 431},   {10, 1, 60000, 431},
    {8192, 16, 1000, 0},   {10, 17, 1000, 431},   {8192, 99, 164, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    size_t len;
    char *text = big(cases[i].target, cases[i].lines, cases[i].size, &len);
    for (size_t step = 977; step < 100000; step += 99000) {
      fm_request r;
      enum fm_parse got = parse(&r, text, len, step);
      int status = got == FM_PARSE_BAD ? r.status : got == FM_PARSE_DONE ? 0 : -1;
      if (status != cases[i].status)
        fail_msg("%zu %zu %zu: %d", cases[i].target, cases[i].lines, cases[i].size, status);
    }
    free(text);
  }
}

static void line_breaks_without_end(void **state)
{
  (void)state;
  size_t len = 40000;
  char *text = fm_alloc(len);
  memset(text, '\n', len);
  fm_request r;
  assert_int_equal(parse(&r, text, len, 4096), FM_PARSE_BAD);
  assert_int_equal(r.status, 400);
  free(text);
}

/* A name that begins with "Transfer-Encoding" is none; the library thought so when it
 * read it byte by byte. */
static void longer_name_than_transfer_encoding(void **state)
{
  (void)state;
  static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encodings: x\r\n\r\n";
  for (size_t step = 1; step < 1000; step += 998) {
    fm_request r;
    assert_int_equal(parse(&r, text, sizeof text - 1, step), FM_PARSE_DONE);
    assert_int_equal(r.used, sizeof text - 1);
  }
}

static uint64_t random_state = 42;

static uint32_t random_below(uint32_t n)
{
  random_state = random_state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(random_state >> 33) % n;
}

/* A request made of likely lines, then spoilt in a few places. */
static size_t make_spoilt(char *out)
{
  static const char *const lines[] = {
    "Host: example.org", "host:a", "HOST:\t a:80 ", "User-Agent: x/1 (y; z)", "Referer: http://a/b",
    "Accept-Encoding: gzip, br;q=0.5", "Accept-Encoding:", "If-None-Match: \"abc\", W/\"d\"",
    "If-None-Match: *", "If-Modified-Since: Tue, 04 Aug 2026 00:00:00 GMT  ", "Accept: */*",
    "Connection: close", "Connection: Keep-Alive", "connection: close, x", "Connection:",
    "Content-Length: 0", "Content-Length: 7", "Transfer-Encoding: chunked", "Upgrade: h2c",
    "X-Forwarded-Proto: https", "X-Forwarded-Host: a, b", "X-Forwarded-Prefix: /p", "X:",
    "X_y-9: \t",
    "Proxy-Connection: close", "Cookie: a=b; c=\xc3\xa4\tz", " folded", "Expect: 100-continue",
  };
  static const char *const starts[] = {
    "GET /papers.atom HTTP/1.1", "HEAD /a?b=c%20d HTTP/1.1", "GET / HTTP/1.0",
    "GET http://a/b HTTP/1.1",
    "GET /a#b HTTP/1.1", "POST / HTTP/1.1", "GET /\xc3\xa4 HTTP/1.1", "GET /a HTTP/1.2", "GET /a",
  };
  char *at = out + sprintf(out, "%s\r\n", starts[random_below(3) ? 0 : random_below(9)]);
  for (uint32_t n = random_below(6); n > 0; n--)
    at += sprintf(at, "%s\r\n", lines[random_below(sizeof lines / sizeof *lines)]);
  at += sprintf(at, "%s\r\n\r\n%s", lines[random_below(3)], random_below(3) ? "" : "GET /next");
  size_t len = (size_t)(at - out);
  static const char spoilers[] = "\0\1\t\n\r :?#/HaZ\x7f\x80\xff";
  for (uint32_t n = random_below(4); n > 1; n--)
    out[random_below((uint32_t)len)] = spoilers[random_below(sizeof spoilers - 1)];
  return random_below(8) ? len : random_below((uint32_t)len) + 1;
}

static bool same_span(const char *bytes, fm_span a, fm_span b)
{
  return fm_str_eq(fm_span_str(bytes, a), fm_span_str(bytes, b));
}

static bool same(const char *bytes, const fm_request *a, const fm_request *b)
{
  bool all = a->used == b->used && a->head == b->head && a->http10 == b->http10 &&
             a->keep_alive == b->keep_alive && a->nhost == b->nhost && a->nheaders == b->nheaders &&
             a->naccept_encoding == b->naccept_encoding && a->nif_none_match == b->nif_none_match &&
             same_span(bytes, a->target, b->target) &&
             same_span(bytes, a->authority, b->authority) &&
             same_span(bytes, a->host, b->host) && same_span(bytes, a->proto, b->proto) &&
             same_span(bytes, a->if_modified_since, b->if_modified_since) &&
             same_span(bytes, a->forwarded_host, b->forwarded_host) &&
             same_span(bytes, a->prefix, b->prefix) && same_span(bytes, a->referer, b->referer) &&
             same_span(bytes, a->user_agent, b->user_agent);
  for (int i = 0; i < FM_LIST_LINES_MAX; i++)
    all = all && same_span(bytes, a->accept_encoding[i], b->accept_encoding[i]) &&
          same_span(bytes, a->if_none_match[i], b->if_none_match[i]);
  return all;
}

/* A whole request is read the fast way where it is of the usual form, one in two
 * pieces by the library: whatever comes, they agree. */
static void both_readers_agree(void **state)
{
  (void)state;
  int done = 0, bad = 0;
  for (int i = 0; i < 200000; i++) {
    char text[2048];
    size_t len = make_spoilt(text);
    fm_request whole, pieces;
    char *exact = fm_dup(text, len); /* out of bounds is seen by ASan */
    fm_request_init(&whole);
    enum fm_parse a = fm_request_parse(&whole, exact, len);
    fm_request_init(&pieces);
    enum fm_parse b = fm_request_parse(&pieces, exact, 1);
    if (b == FM_PARSE_MORE && len > 1)
      b = fm_request_parse(&pieces, exact, len);
    if (a != b || (a == FM_PARSE_BAD && whole.status != pieces.status && pieces.parsed > 1) ||
        (a == FM_PARSE_DONE && !same(exact, &whole, &pieces)))
      fail_msg("%d and %d, %d and %d: %.*s", a, b, whole.status, pieces.status, (int)len, text);
    done += a == FM_PARSE_DONE;
    bad += a == FM_PARSE_BAD;
    free(exact);
  }
  assert_true(done > 20000 && bad > 20000); /* the cases are worth the time */
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(all_headers),
    cmocka_unit_test(one_after_the_other),
    cmocka_unit_test(whether_to_keep_the_connection),
    cmocka_unit_test(absolute_targets),
    cmocka_unit_test(refused),
    cmocka_unit_test(limits),
    cmocka_unit_test(line_breaks_without_end),
    cmocka_unit_test(longer_name_than_transfer_encoding),
    cmocka_unit_test(both_readers_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
