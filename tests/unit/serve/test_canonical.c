/* One spelling for one meaning: what is the same, and what is not. */
#include "base/mem.h"
#include "base/str.h"
#include "serve/canonical.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct pair {
  const char *target, *canonical;
} pairs[] = {
  {"/", "/"}, {"", "/"}, {"?x=1", "/?x=1"}, {"//", "/"}, {"/.", "/"}, {"/..", "/"}, {"/../..", "/"},
  {"/papers.atom", "/papers.atom"}, {"/%70apers.atom", "/papers.atom"}, {"/%50apers", "/Papers"},
  {"/papers%2Eatom", "/papers.atom"}, {"/papers%2fdate/2026-08-04", "/papers/date/2026-08-04"},
  {"/papers/", "/papers"}, {"/papers//", "/papers"}, {"//papers.atom", "/papers.atom"},
  {"/papers//date///2026-08-04", "/papers/date/2026-08-04"}, {"/a/./b", "/a/b"}, {"/a/../b", "/b"},
  {"/a/b/../../c/", "/c"}, {"/%2e%2E/b", "/b"}, {"/a/..b", "/a/..b"}, {"/a/.b", "/a/.b"}, {"/...", "/..."},
  {"/caf\xc3\xa9", "/caf%C3%A9"}, {"/caf%c3%a9", "/caf%C3%A9"}, {"/a%20b", "/a%20b"}, {"/a+b", "/a+b"},
  {"/a%2Bb", "/a+b"}, {"/a%3Fb", "/a%3Fb"}, {"/a%23b", "/a%23b"}, {"/a%25b", "/a%25b"}, {"/a|b", "/a%7Cb"},
  {"/a%00b", "/a%00b"}, {"/a;b=c&d", "/a;b=c&d"},
  {"/p?", "/p"}, {"/p?&&", "/p"}, {"/p?&a=1&&b=2&", "/p?a=1&b=2"}, {"/p?=", "/p"}, {"/p?b=2&a=1", "/p?a=1&b=2"},
  {"/p?a=1&a=1", "/p?a=1"}, {"/p?a=2&a=1", "/p?a=2&a=1"}, {"/p?a=1&b=2&a=1", "/p?a=1&b=2"},
  {"/p?limit=000100", "/p?limit=100"}, {"/p?limit=0", "/p?limit=0"}, {"/p?limit=000", "/p?limit=0"},
  {"/p?limit=05x", "/p?limit=05x"}, {"/p?min_upvotes=05&max_stars=007", "/p?max_stars=7&min_upvotes=5"},
  {"/p?id=007", "/p?id=007"}, {"/p?limit=%30%355", "/p?limit=55"}, {"/p?%6cimit=05", "/p?limit=5"},
  {"/p?q=a+b", "/p?q=a%20b"}, {"/p?q=a%20b", "/p?q=a%20b"}, {"/p?q=a%2bb", "/p?q=a%2Bb"},
  {"/p?q=%61%2Fb", "/p?q=a/b"}, {"/p?include=a%2Cb", "/p?include=a,b"}, {"/p?q=a=b", "/p?q=a%3Db"},
  {"/p?q=a%26b", "/p?q=a%26b"}, {"/p?q=", "/p?q="}, {"/p?q", "/p?q"}, {"/p?q=\xc3\xa9", "/p?q=%C3%A9"},
  {"/p?q=a?b", "/p?q=a%3Fb"}, {"/p?%6bey=S&a=1", "/p?a=1&key=S"},
  {"/p?utm_source=x&utm_campaign=&q=1", "/p?q=1"}, {"/p?fbclid=1&ref=hn", "/p"}, {"/p?%72ef=hn", "/p"},
  {"/p?reference=1&utm=2&REF=3", "/p?REF=3&reference=1&utm=2"},
  /* for its reader to refuse */
  {"/p%", "/p%"}, {"/p%4", "/p%4"}, {"/%zz//a", "/%zz//a"}, {"/p?b=%&a=1", "/p?b=%&a=1"},
};

static void pairs_of_spellings(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    char buffer[256], again[256];
    fm_str got, twice;
    assert_true(fm_target_canonical(fm_str_of(pairs[i].target), true, buffer, sizeof buffer, &got));
    if (!fm_str_is(got, pairs[i].canonical))
      fail_msg("%s is %.*s", pairs[i].target, FM_FMT(got));
    assert_true(fm_target_canonical(got, true, again, sizeof again, &twice));
    if (!fm_str_eq(got, twice))
      fail_msg("%s again is %.*s", pairs[i].target, FM_FMT(twice));
  }
}

/* Where no access key is wanted, one in the address is no other address. */
static void a_key_that_means_nothing(void **state)
{
  (void)state;
  char buffer[256];
  fm_str got;
  assert_true(fm_target_canonical(FM_STR("/p?key=1&a=2&%6bey=3"), false, buffer, sizeof buffer, &got));
  assert_true(fm_str_is(got, "/p?a=2"));
}

/* Every way to spell a path's letters leads to one key. */
static void all_escapings_are_one(void **state)
{
  (void)state;
  static const char path[] = "/papers";
  for (unsigned bits = 0; bits < 1u << 6; bits++) {
    char text[64] = "/", *at = text + 1, buffer[64];
    for (int i = 0; i < 6; i++)
      if (bits >> i & 1)
        at += sprintf(at, "%%%02x", (unsigned char)path[1 + i]);
      else
        *at++ = path[1 + i];
    *at = 0;
    fm_str got;
    assert_true(fm_target_canonical(fm_str_of(text), true, buffer, sizeof buffer, &got));
    assert_true(fm_str_is(got, path));
  }
}

static void limits(void **state)
{
  (void)state;
  char long_target[8192], buffer[32 * 1024];
  fm_str got;
  memset(long_target, 0xff, sizeof long_target);
  long_target[0] = '/';
  assert_true(fm_target_canonical((fm_str){long_target, sizeof long_target}, true, buffer, sizeof buffer, &got));
  assert_int_equal(got.len, 1 + 3 * (sizeof long_target - 1));
  assert_false(fm_target_canonical((fm_str){long_target, sizeof long_target}, true, buffer, 1000, &got));
  for (size_t cap = 0; cap < 20; cap++) { /* never past the buffer: ASan */
    char *small = fm_alloc(cap + 1);
    fm_target_canonical(FM_STR("/a b//../c?d=e&a=b&limit=0007"), true, small, cap, &got);
    free(small);
  }
  char many[4 * 100 + 3] = "/p?", *at = many + 3;
  for (int i = 0; i < 100; i++)
    at += sprintf(at, "%02d&", i);
  assert_true(fm_target_canonical(fm_str_of(many), true, buffer, sizeof buffer, &got));
  assert_true(fm_str_is(got, many)); /* too many: as it is */
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(pairs_of_spellings),
    cmocka_unit_test(a_key_that_means_nothing),
    cmocka_unit_test(all_escapings_are_one),
    cmocka_unit_test(limits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
