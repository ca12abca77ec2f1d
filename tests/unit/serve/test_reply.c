/* Replies: heads, ETags, bodies in memory and in the body file. */
#include "base/mem.h"
#include "base/str.h"
#include "serve/body_file.h"
#include "serve/reply_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static fm_str heap(const char *text)
{
  return (fm_str){fm_strdup(text), strlen(text)};
}

static fm_str heap_filled(size_t len, char c)
{
  char *bytes = fm_alloc(len);
  memset(bytes, c, len);
  return (fm_str){bytes, len};
}

static void expect(fm_str head, const char *want)
{
  char *got = strndup(head.ptr ? head.ptr : "", head.len);
  assert_string_equal(got, want);
  free(got);
}

static fm_reply_spec feed_spec(void)
{
  return (fm_reply_spec){
    .status = 200,
    .content_type = FM_STR("application/atom+xml; charset=utf-8"),
    .body = {[FM_IDENTITY] = heap("<feed/>"), [FM_GZIP] = heap("zzz")},
    .last_modified = 1785801600,
    .cacheable = true,
    .stale_while_revalidate = 60,
    .stale_if_error = 604800,
  };
}

static void heads_of_a_feed(void **state)
{
  (void)state;
  fm_reply_spec spec = feed_spec();
  spec.extra = FM_STR("Link: <x>; rel=\"y\"\r\n");
  fm_reply *r = fm_reply_new(&spec);
  assert_null(spec.body[FM_IDENTITY].ptr); /* moved in */
  fm_str plain = fm_reply_etag(r, FM_IDENTITY), gzip = fm_reply_etag(r, FM_GZIP);
  assert_int_equal(plain.len, 34);
  assert_int_equal(gzip.len, 37);
  assert_memory_equal(plain.ptr, gzip.ptr, 33);
  char want[1024];
  snprintf(want, sizeof want,
           "HTTP/1.1 200 OK\r\nContent-Type: application/atom+xml; charset=utf-8\r\n"
           "Content-Length: 3\r\nContent-Encoding: gzip\r\nX-Content-Type-Options: nosniff\r\n"
           "ETag: %.*s\r\nLast-Modified: Tue, 04 Aug 2026 00:00:00 GMT\r\n"
           "Access-Control-Allow-Origin: *\r\n"
           "Link: <x>; rel=\"y\"\r\n"
           "Cache-Control: public, stale-while-revalidate=60, stale-if-error=604800, max-age=",
           FM_FMT(gzip));
  expect(r->by_coding[FM_GZIP].head, want);
  snprintf(want, sizeof want,
           "HTTP/1.1 304 Not Modified\r\nETag: %.*s\r\n"
           "Last-Modified: Tue, 04 Aug 2026 00:00:00 GMT\r\nAccess-Control-Allow-Origin: *\r\n"
           "Cache-Control: public, stale-while-revalidate=60, stale-if-error=604800, max-age=",
           FM_FMT(plain));
  expect(r->by_coding[FM_IDENTITY].head_304, want);
  assert_int_equal(r->by_coding[FM_BR].head.len, 0);
  assert_int_equal(r->ncodings, 2);
  assert_int_equal(r->by_size[0], FM_GZIP);
  assert_true(r->aging);
  fm_reply_unref(r);
}

static void etags_follow_the_identity_bytes(void **state)
{
  (void)state;
  fm_reply_spec a = feed_spec(), b = feed_spec(), c = feed_spec();
  free((char *)(uintptr_t)b.body[FM_GZIP].ptr);
  b.body[FM_GZIP] = heap("another compressor");
  free((char *)(uintptr_t)c.body[FM_IDENTITY].ptr);
  c.body[FM_IDENTITY] = heap("<feeD/>");
  fm_reply *ra = fm_reply_new(&a), *rb = fm_reply_new(&b), *rc = fm_reply_new(&c);
  assert_true(fm_str_eq(fm_reply_etag(ra, FM_GZIP), fm_reply_etag(rb, FM_GZIP)));
  assert_false(fm_str_eq(fm_reply_etag(ra, FM_GZIP), fm_reply_etag(rc, FM_GZIP)));
  /* The same on every machine: the value is part of what readers keep. */
  expect(fm_reply_etag(ra, FM_IDENTITY), "\"3cfceceba08dfa2b94bb28e520ae5fa9\"");
  fm_reply_unref(ra);
  fm_reply_unref(rb);
  fm_reply_unref(rc);
}

static void immutable_heads_are_whole(void **state)
{
  (void)state;
  fm_reply_spec spec = feed_spec();
  spec.immutable = true;
  fm_reply *r = fm_reply_new(&spec);
  assert_false(r->aging);
  assert_true(fm_str_ends(r->by_coding[FM_IDENTITY].head,
                          FM_STR("Cache-Control: public, max-age=31536000, immutable\r\n")));
  fm_reply_unref(r);
}

static void short_texts_are_not_kept(void **state)
{
  (void)state;
  fm_reply *r = fm_reply_text(503, FM_STR("the page could not be had"), 30, FM_STR("X-A: b\r\n"));
  expect(r->by_coding[FM_IDENTITY].head,
         "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
         "Content-Length: 26\r\nX-Content-Type-Options: nosniff\r\nAccess-Control-Allow-Origin: *\r\n"
         "Retry-After: 30\r\nX-A: b\r\nCache-Control: no-store\r\n");
  expect(fm_reply_body(r, FM_IDENTITY), "the page could not be had\n");
  assert_int_equal(fm_reply_etag(r, FM_IDENTITY).len, 0);
  assert_int_equal(r->by_coding[FM_IDENTITY].head_304.len, 0);
  assert_int_equal(fm_reply_status(r), 503);
  assert_null(fm_reply_freshness(r));
  fm_reply_unref(r);
  fm_reply_unref(NULL);
}

static void heads_for_browsers(void **state)
{
  (void)state;
  fm_reply_spec spec = {.status = 200, .content_type = FM_STR("text/html; charset=utf-8"),
                        .body[FM_IDENTITY] = heap("<p>"), .last_modified = FM_NO_TIME};
  fm_reply *r = fm_reply_new(&spec);
  fm_str head = r->by_coding[FM_IDENTITY].head;
  assert_non_null(fm_str_find(head, FM_STR("frame-ancestors 'none'")));
  assert_non_null(fm_str_find(head, FM_STR("X-Robots-Tag: noindex\r\n")));
  assert_null(fm_str_find(head, FM_STR("Access-Control")));
  fm_reply_unref(r);
}

static void large_bodies_lie_in_the_file(void **state)
{
  (void)state;
  fm_reply_spec spec = feed_spec();
  free((char *)(uintptr_t)spec.body[FM_IDENTITY].ptr);
  spec.body[FM_IDENTITY] = heap_filled(100001, 'x');
  spec.life = fm_freshness_new();
  fm_reply *r = fm_reply_new(&spec);
  const fm_representation *part = &r->by_coding[FM_IDENTITY];
  assert_true(part->file_at >= 0);
  assert_int_equal(r->by_coding[FM_GZIP].file_at, -1);
  char *back = malloc(100001);
  assert_int_equal(pread(fm_body_file_fd(), back, 100001, part->file_at), 100001);
  assert_memory_equal(back, part->body.ptr, 100001);
  assert_int_equal(back[100000], 'x');
  int64_t at = part->file_at;
  fm_reply_unref(fm_reply_ref(r));
  fm_reply_unref(r);
  assert_int_equal(pread(fm_body_file_fd(), back, 1, at), 1);
  assert_int_equal(back[0], 0); /* punched out */
  free(back);
  assert_int_equal(atomic_load(&spec.life->refs), 1);
  fm_freshness_unref(spec.life);
}

static void an_empty_body_is_a_body(void **state)
{
  (void)state;
  fm_reply_spec spec = {.status = 200, .last_modified = FM_NO_TIME, .cacheable = true};
  fm_reply *r = fm_reply_new(&spec);
  char *head = strndup(r->by_coding[FM_IDENTITY].head.ptr, r->by_coding[FM_IDENTITY].head.len);
  assert_non_null(strstr(head, "Content-Length: 0\r\n"));
  assert_null(strstr(head, "Last-Modified"));
  assert_null(strstr(head, "Content-Type:"));
  free(head);
  fm_reply_unref(r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(heads_of_a_feed),
    cmocka_unit_test(etags_follow_the_identity_bytes),
    cmocka_unit_test(immutable_heads_are_whole),
    cmocka_unit_test(short_texts_are_not_kept),
    cmocka_unit_test(heads_for_browsers),
    cmocka_unit_test(large_bodies_lie_in_the_file),
    cmocka_unit_test(an_empty_body_is_a_body),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
