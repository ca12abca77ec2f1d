/* The request parser: fields, framing, limits, refusals. Every case is parsed in every
 * segmentation into two pieces and byte by byte, the bytes moving between two calls. */
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
    assert_span(full, r.forwarded_proto, "https");
    assert_span(full, r.forwarded_host, "h");
    assert_span(full, r.forwarded_prefix, "/p");
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
  static const char query[] = "GET http://example.org?x=1 HTTP/1.1\r\nHost: other\r\n\r\n";
  assert_int_equal(parse(&r, query, sizeof query - 1, 1000), FM_PARSE_DONE);
  assert_span(query, r.authority, "example.org");
  assert_span(query, r.target, "?x=1"); /* stands for "/?x=1" */
}

/* One case: its bytes (which may hold NUL) and what becomes of them: 0 is accepted. */
typedef struct oddity {
  fm_str text;
  int status;
} oddity;

#define CASE(text, status) {{text, sizeof(text) - 1}, status}
#define H "Host: a\r\n"
#define REST " HTTP/1.1\r\n" H "\r\n"

static const oddity oddities[] = {
  /* not HTTP */
  CASE("\x16\x03\x01 TLS", 400), CASE("\0GET / HTTP/1.1\r\n" H "\r\n", 400), CASE(" GET /" REST, 400),
  CASE("GET\r\n\r\n", 400), CASE("GET  \r\n\r\n", 400), CASE("GET /\r\n\r\n", 400), CASE("GET\t/" REST, 400),
  CASE("G(T /" REST, 400), CASE("\xef\xbb\xbfGET /" REST, 400), CASE("\r\r\nGET /" REST, 400),
  CASE("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET /" REST, 400), CASE("*1\r\n$4\r\nPING\r\n", 400),
  CASE("GET / HTTP/1.1 x\r\n\r\n", 400), CASE("GET  /" REST, 400), CASE("GET /  HTTP/1.1\r\n" H "\r\n", 400),
  /* the version */
  CASE("GET / HTTX/1.1\r\n" H "\r\n", 400), CASE("GET / HXYZ/1.1\r\n" H "\r\n", 400),
  CASE("GET / HTTPX1.1\r\n" H "\r\n", 400), CASE("GET / http/1.1\r\n" H "\r\n", 400),
  CASE("GET / H\x80\x80\x80/1.0\r\n\r\n", 400), CASE("GET / HTTP/1.\r\n" H "\r\n", 400),
  CASE("GET / HTTP/1.10\r\n" H "\r\n", 400), CASE("GET / HTTP/11\r\n" H "\r\n", 400),
  CASE("GET / HTTP/ 1.1\r\n" H "\r\n", 400), CASE("GET / HTTP/1.1\t\r\n" H "\r\n", 400),
  CASE("GET / HTTP/+1.1\r\n" H "\r\n", 400), CASE("GET / ICY/1.1\r\n" H "\r\n", 400),
  CASE("GET / HTTP/2.0\r\n" H "\r\n", 505), CASE("GET / HTTP/0.9\r\n" H "\r\n", 505),
  CASE("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505), CASE("GET / HTTP/1.2\r\n" H "\r\n", 0),
  /* CR */
  CASE("GET /healthz HTTP/1.1\r\n" H "\r\rZGET /robots.txt HTTP/1.1\r\n" H "\r\n", 400),
  CASE("GET /healthz HTTP/1.1\r\nHost: a\r\n\rZGET /robots.txt HTTP/1.1\r\n" H "\r\n", 400),
  CASE("GET / HTTP/1.1\r\rHost: a\r\n\r\n", 400), CASE("GET / HTTP/1.1\rHost: a\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400), CASE("GET / HTTP/1.1\r\n" H "X: a\rb\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "X\r: a\r\n\r\n", 400), CASE("GET /\r HTTP/1.1\r\n" H "\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "\rX: a\r\n\r\n", 400), CASE("GET / HTTP/1.1\r\n" H "X: a\r\0\n\r\n", 400),
  CASE("GET / HTTP/1.1\nHost: a\n\n", 0), CASE("\r\n\n\r\nGET /" REST, 0),
  /* the target */
  CASE("GET /\0" REST, 400), CASE("GET /heal\tthz" REST, 400), CASE("GET /heal\x0cthz" REST, 400),
  CASE("GET /a\x0b" REST, 400), CASE("GET /a\x7f" REST, 400), CASE("GET /a\x1b[2J" REST, 400),
  CASE("GET /\x01" REST, 400), CASE("GET /a b" REST, 400), CASE("GET foo" REST, 400), CASE("GET *" REST, 400),
  CASE("GET ?x=1" REST, 400), CASE("GET a:443" REST, 400), CASE("GET /a#b" REST, 400), CASE("GET ftp://a/" REST, 400),
  CASE("GET http:/a/" REST, 400), CASE("GET http:///a" REST, 400), CASE("GET http://?a" REST, 400),
  CASE("GET :///a" REST, 400), CASE("GET javascript://a" REST, 400), CASE("GET /\xc3\xa4" REST, 0),
  CASE("GET http://h?x=1" REST, 0), CASE("GET HTTPS://h:1/" REST, 0), CASE("GET /a:b@c//d;e|{}" REST, 0),
  /* methods: which one, never depends on how it arrived */
  CASE("get /healthz" REST, 405), CASE("BREW /" REST, 405), CASE("QUERY /" REST, 405), CASE("PROXY /" REST, 405),
  CASE("Get /" REST, 405), CASE("GETT /" REST, 405), CASE("GE /" REST, 405), CASE("HEADS /" REST, 405),
  CASE("M-SEARCH /" REST, 405), CASE("!#$%&'*+.^_`|~ /" REST, 405), CASE("DELETE /" REST, 405),
  CASE("OPTIONS *" REST, 405), CASE("OPTIONS /" REST, 405), CASE("CONNECT a:443" REST, 405),
  CASE("TRACE /" REST, 405), CASE("BREW *" REST, 400),
  CASE("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA /" REST, 400),
  CASE("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello", 405),
  CASE("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 405),
  /* fields */
  CASE("GET / HTTP/1.1\r\n\r\n", 400), CASE("GET / HTTP/1.1\r\n" H H "\r\n", 400),
  CASE("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400), CASE("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n", 400), CASE("GET / HTTP/1.1\r\n" H "X:\r\n\tb\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H ": b\r\n\r\n", 400), CASE("GET / HTTP/1.1\r\n" H "X\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "X y: b\r\n\r\n", 400), CASE("GET / HTTP/1.1\r\n" H "X\t: b\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "X\0: b\r\n\r\n", 400), CASE("GET / HTTP/1.1\r\n" H "X\x80: b\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "X: a\x01z\r\n\r\n", 400), CASE("GET / HTTP/1.1\r\n" H "X: a\0z\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "X: \x7f\r\n\r\n", 400), CASE("GET / HTTP/1.1\r\n" H "X: a\x0b\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "X: a\tb \xff\t\r\n\r\n", 0), CASE("GET / HTTP/1.1\r\n" H "!#$%&'*+-.^_`|~9: b\r\n\r\n", 0),
  CASE("GET / HTTP/1.1\r\n" H "X:\r\nY:  \t\r\n\r\n", 0), CASE("GET / HTTP/1.0\r\n\r\n", 0),
  /* framing: each of the shapes that smuggle a second request */
  CASE("GET / HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\n", 400), CASE("GET / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "Content-Length: +0\r\n\r\n", 400), CASE("GET / HTTP/1.1\r\n" H "Content-Length: 0x0\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n", 400), CASE("GET / HTTP/1.1\r\n" H "Content-Length: 0, 0\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "Content-Length: 0 0\r\n\r\n", 400), CASE("GET / HTTP/1.1\r\n" H "Content-Length: 1e1\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "Content-Length: 99999999999999999999999999999999\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "Content-Length: 0\r\nContent-Length: 44\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "Content-Length : 0\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
  CASE("POST / HTTP/1.1\r\n" H "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG", 400),
  CASE("POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
  CASE("POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n", 400),
  CASE("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, identity\r\n\r\n", 400),
  CASE("POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n", 400),
  CASE("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n", 400),
  CASE("POST / HTTP/1.1\r\n" H "Transfer-Encoding:\x0b" "chunked\r\n\r\n", 400),
  CASE("POST / HTTP/1.1\r\n" H "Transfer-Encoding\x00: chunked\r\n\r\n", 400),
  CASE("POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n chunked\r\n\r\n", 400),
  CASE("GET / HTTP/1.1\r\n" H "Transfer-Encodings: x\r\n\r\n", 0),
  CASE("GET / HTTP/1.1\r\n" H "Content-Length: 000\r\n\r\n", 0),
};

static int status_of(enum fm_parse got, const fm_request *r)
{
  return got == FM_PARSE_BAD ? r->status : got == FM_PARSE_DONE ? 0 : -1;
}

/* Two pieces, cut at `first`. */
static enum fm_parse parse_cut(fm_request *r, fm_str text, size_t first)
{
  fm_request_init(r);
  char *moved = fm_dup(text.ptr, first);
  enum fm_parse got = fm_request_parse(r, moved, first);
  free(moved);
  if (got != FM_PARSE_MORE)
    return got;
  moved = fm_dup(text.ptr, text.len);
  got = fm_request_parse(r, moved, text.len);
  free(moved);
  return got;
}

static void oddities_in_every_segmentation(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof oddities / sizeof *oddities; i++) {
    const oddity *o = &oddities[i];
    fm_request r;
    for (size_t cut = 1; cut < o->text.len; cut++)
      if (status_of(parse_cut(&r, o->text, cut), &r) != o->status)
        fail_msg("%s, cut at %zu: %d", o->text.ptr, cut, r.status);
    for (size_t step = 1; step < 6; step++)
      if (status_of(parse(&r, o->text.ptr, o->text.len, step), &r) != o->status)
        fail_msg("%s, by %zu: %d", o->text.ptr, step, r.status);
    if (o->status)
      assert_non_null(r.why);
  }
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
             same_span(bytes, a->host, b->host) && same_span(bytes, a->forwarded_proto, b->forwarded_proto) &&
             same_span(bytes, a->if_modified_since, b->if_modified_since) &&
             same_span(bytes, a->forwarded_host, b->forwarded_host) &&
             same_span(bytes, a->forwarded_prefix, b->forwarded_prefix) && same_span(bytes, a->referer, b->referer) &&
             same_span(bytes, a->user_agent, b->user_agent);
  for (int i = 0; i < FM_LIST_LINES_MAX; i++)
    all = all && same_span(bytes, a->accept_encoding[i], b->accept_encoding[i]) &&
          same_span(bytes, a->if_none_match[i], b->if_none_match[i]);
  return all;
}

/* Whatever comes, at once, cut in two anywhere, or byte by byte: the result is the same. */
static void segmentation_does_not_matter(void **state)
{
  (void)state;
  int done = 0, bad = 0;
  for (int i = 0; i < 100000; i++) {
    char text[2048];
    size_t len = make_spoilt(text);
    fm_request whole, pieces;
    enum fm_parse a = parse(&whole, text, len, len);
    enum fm_parse b = i % 16 ? parse_cut(&pieces, (fm_str){text, len}, random_below((uint32_t)len) + 1)
                             : parse(&pieces, text, len, 1);
    if (a != b || (a == FM_PARSE_BAD && (whole.status != pieces.status || whole.why != pieces.why)) ||
        (a == FM_PARSE_DONE && !same(text, &whole, &pieces)))
      fail_msg("%d and %d, %d and %d: %.*s", a, b, whole.status, pieces.status, (int)len, text);
    done += a == FM_PARSE_DONE;
    bad += a == FM_PARSE_BAD;
  }
  assert_true(done > 10000 && bad > 10000); /* the cases are worth the time */
}

/* What the nearest proxy added stands last. */
static void last_line_of_a_proxy(void **state)
{
  (void)state;
  static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Host: good\r\n"
                             "Forwarded: host=evil\r\nforwarded: host=good\r\nUser-Agent: 1\r\nUser-Agent: 2\r\n"
                             "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2 \r\nX-Forwarded-Port: 8\r\n"
                             "If-Match: \"a\"\r\nIf-Match: \"b\"\r\nIf-Unmodified-Since: x\r\n\r\n";
  fm_request r;
  assert_int_equal(parse(&r, text, sizeof text - 1, 7), FM_PARSE_DONE);
  assert_span(text, r.forwarded_host, "good");
  assert_span(text, r.forwarded, "host=good");
  assert_span(text, r.forwarded_for, "2.2.2.2");
  assert_span(text, r.forwarded_port, "8");
  assert_span(text, r.user_agent, "1");
  assert_int_equal(r.nif_match, 2);
  assert_span(text, r.if_match[1], "\"b\"");
  assert_span(text, r.if_unmodified_since, "x");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(all_headers),
    cmocka_unit_test(one_after_the_other),
    cmocka_unit_test(whether_to_keep_the_connection),
    cmocka_unit_test(absolute_targets),
    cmocka_unit_test(oddities_in_every_segmentation),
    cmocka_unit_test(limits),
    cmocka_unit_test(line_breaks_without_end),
    cmocka_unit_test(segmentation_does_not_matter),
    cmocka_unit_test(last_line_of_a_proxy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
