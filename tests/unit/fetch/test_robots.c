/* robots.txt: groups, the longest match, wildcards, percent-encoding, rubbish. */
#include "fetch/robots.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static bool allows(const char *text, const char *target)
{
  fm_robots *robots = fm_robots_parse(fm_str_of(text), FM_STR("feedmill"));
  bool answer = fm_robots_allows(robots, fm_str_of(target));
  fm_robots_free(robots);
  return answer;
}

static void test_nothing_allows_all(void **state)
{
  (void)state;
  assert_true(fm_robots_allows(NULL, FM_STR("/x")));
  assert_true(allows("", "/x"));
  assert_true(allows("<!doctype html><title>a: page</title>\n<p>Disallow: /", "/x"));
  assert_true(allows("Disallow: /\n", "/x")); /* no group */
  assert_true(allows("User-agent: *\nDisallow:\n", "/x"));
}

static void test_groups(void **state)
{
  (void)state;
  const char *text = "User-agent: *\nDisallow: /\n\n"
                     "User-agent: otherbot\nUser-Agent: FeedMill/1.0\nDisallow: /private\n\n"
                     "user-agent: third\nDisallow: /third\n\n"
                     "User-agent: feedmill\nDisallow: /more # and why\n";
  assert_true(allows(text, "/x"));
  assert_false(allows(text, "/private/a"));
  assert_false(allows(text, "/more"));
  assert_true(allows(text, "/third"));
  assert_false(allows("User-agent: *\nDisallow: /\nUser-agent: feedmillion\nAllow: /\n", "/x"));
  /* a group of our own without rules forbids nothing */
  assert_true(allows("User-agent: feedmill\n\nUser-agent: *\nDisallow: /\n", "/x") == false);
  assert_true(allows("User-agent: feedmill\nDisallow:\nUser-agent: *\nDisallow: /\n", "/x"));
  /* an unknown line does not end a group's user-agent lines */
  assert_false(allows("User-agent: feedmill\nCrawl-delay: 3\nUser-agent: b\nDisallow: /x\n", "/x"));
}

static void test_longest_match(void **state)
{
  (void)state;
  const char *text = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\n"
                     "Disallow: /same\nAllow: /same\nAllow: /papers\nDisallow: /*?q=\n";
  assert_false(allows(text, "/a"));
  assert_false(allows(text, "/abc"));
  assert_true(allows(text, "/a/b"));
  assert_false(allows(text, "/a/b/c/d"));
  assert_true(allows(text, "/same"));
  assert_true(allows(text, "/papers?q=x")); /* seven octets beat five */
  assert_false(allows(text, "/b?q=x"));
  assert_true(allows(text, "/"));
}

static void test_wildcards(void **state)
{
  (void)state;
  const char *text = "User-agent: *\nDisallow: /*.php$\nDisallow: /fish*tail*end\nDisallow: /only$\n"
                     "Disallow: /a*b*a$\n";
  assert_false(allows(text, "/x.php"));
  assert_true(allows(text, "/x.php?y"));
  assert_true(allows(text, "/x.php5"));
  assert_false(allows(text, "/fish-tail-end/more"));
  assert_true(allows(text, "/fish-end-tail"));
  assert_false(allows(text, "/only"));
  assert_true(allows(text, "/only/"));
  assert_false(allows(text, "/aba"));
  assert_true(allows(text, "/ab"));
  assert_false(allows("User-agent: *\nDisallow: *\n", "/x"));
  assert_false(allows("User-agent: *\nDisallow: /**x\n", "/yx"));
  assert_true(allows("User-agent: *\nDisallow: /ab*b$\n", "/ab")); /* no octet counts twice */
}

static void test_percent(void **state)
{
  (void)state;
  const char *text = "User-agent: *\nDisallow: /foo/bar/\xe3\x83\x84\nDisallow: /a%3cd\n"
                     "Disallow: /%62ook\nDisallow: /x%2Ay\nDisallow: /m$oney\nDisallow: /p%2fq\n";
  assert_false(allows(text, "/foo/bar/%E3%83%84"));
  assert_false(allows(text, "/foo/bar/%e3%83%84x"));
  assert_false(allows(text, "/foo/bar/\xe3\x83\x84"));
  assert_false(allows(text, "/a%3Cd"));
  assert_false(allows(text, "/book"));
  assert_false(allows(text, "/b%6Fok"));
  assert_false(allows(text, "/x*y"));
  assert_true(allows(text, "/xzy"));
  assert_false(allows(text, "/m$oney"));
  assert_true(allows(text, "/p/q")); /* an encoded slash is not a slash */
  assert_true(allows("User-agent: *\nDisallow: /100%\n", "/100"));
  assert_false(allows("User-agent: *\nDisallow: /100%\n", "/100%"));
}

static void test_targets(void **state)
{
  (void)state;
  assert_false(allows("User-agent: *\nDisallow: /$\n", ""));
  assert_false(allows("User-agent: *\nDisallow: /?q\n", "?q=1"));
  assert_true(allows("User-agent: *\nDisallow: /a#b\n", "/b"));
  assert_false(allows("User-agent: *\nDisallow: /a$\n", "/a#b"));
  assert_true(allows("User-agent: *\nDisallow: /\n", "/robots.txt"));
}

static void test_lines(void **state)
{
  (void)state;
  assert_false(allows("\xef\xbb\xbfUser-agent:*\rDisallow:/x\r", "/x"));
  assert_false(allows(" USER-AGENT \t: *\r\n\tdisallow :  /x  \r\n", "/x"));
  assert_true(allows("User-agent: *\nDisallow: /x # /y\n", "/y"));
}

static void test_only_the_first_500_kib_count(void **state)
{
  (void)state;
  size_t len = FM_ROBOTS_MAX + 100;
  char *text = malloc(len);
  memset(text, '#', len);
  int n = snprintf(text, 64, "User-agent: *\nDisallow: /first\n");
  text[n] = '#';
  memcpy(text + FM_ROBOTS_MAX + 10, "\nDisallow: /late\n", 17);
  fm_robots *robots = fm_robots_parse((fm_str){text, len}, FM_STR("feedmill"));
  assert_false(fm_robots_allows(robots, FM_STR("/first")));
  assert_true(fm_robots_allows(robots, FM_STR("/late")));
  fm_robots_free(robots);
  free(text);
}

static void test_a_hostile_pattern_ends(void **state)
{
  (void)state;
  /* exponential for a matcher that backtracks over each '*' */
  char text[4096] = "User-agent: *\nDisallow: /", target[2048] = "/";
  for (int i = 0; i < 1000; i++)
    strcat(text, "*a");
  strcat(text, "*b$");
  memset(target + 1, 'a', sizeof target - 2);
  assert_true(allows(text, target));
  target[sizeof target - 2] = 'b';
  assert_false(allows(text, target));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_nothing_allows_all),
      cmocka_unit_test(test_groups),
      cmocka_unit_test(test_longest_match),
      cmocka_unit_test(test_wildcards),
      cmocka_unit_test(test_percent),
      cmocka_unit_test(test_targets),
      cmocka_unit_test(test_lines),
      cmocka_unit_test(test_only_the_first_500_kib_count),
      cmocka_unit_test(test_a_hostile_pattern_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
