/* Failure reasons are one line of valid UTF-8, whatever a page or a plugin put into them. */
#include "base/str.h"
#include "base/why.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(const char *said, const char *kept)
{
  fm_why why;
  assert_int_equal(fm_fail(&why, FM_E_IO, "%s", said), FM_E_IO);
  assert_string_equal(why.text, kept);
}

static void test_one_line_of_utf8(void **state)
{
  (void)state;
  expect("plain", "plain");
  expect("", "");
  expect("a\nb\r\tc\x7f\x1b", "a b  c  ");
  expect("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd");
  expect("a\xff\xc3z\xe2\x82", "a??z??");
  assert_int_equal(fm_fail(NULL, FM_E_IO, "%s", "x"), FM_E_IO);
}

static void test_cut_between_characters(void **state)
{
  (void)state;
  char said[2000];
  fm_why why;
  for (size_t start = 0; start < 4; start++) {
    memset(said, 'a', start);
    for (size_t at = start; at + 4 < sizeof said; at += 4)
      memcpy(said + at, "\xf0\x9f\x98\x80", 5);
    fm_fail(&why, FM_E_IO, "%s", said);
    fm_str kept = fm_str_of(why.text);
    assert_true(kept.len > 500 && fm_utf8_valid(kept));
    assert_null(memchr(kept.ptr, '?', kept.len));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_one_line_of_utf8), cmocka_unit_test(test_cut_between_characters)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
