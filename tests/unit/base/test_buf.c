/* The byte buffer: its cap and the escapers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/buf.h"
#include "base/str.h"

#define assert_holds(buf, literal) \
  do { \
    assert_int_equal((buf)->len, sizeof(literal) - 1); \
    assert_memory_equal((buf)->ptr, literal, sizeof(literal) - 1); \
  } while (0)

static void nothing_is_allocated_for_nothing(void **state)
{
  (void)state;
  fm_buf buf;
  fm_buf_init(&buf, 10);
  assert_int_equal(fm_buf_add(&buf, NULL, 0), FM_OK);
  assert_int_equal(fm_buf_str(&buf, (fm_str){NULL, 0}), FM_OK);
  assert_null(buf.ptr);
  assert_false(buf.full);
  fm_buf_deinit(&buf);
}

static void it_grows_to_the_cap_and_no_further(void **state)
{
  (void)state;
  fm_buf buf;
  fm_buf_init(&buf, 1000);
  for (int i = 0; i < 1000; i++)
    assert_int_equal(fm_buf_char(&buf, (char)i), FM_OK);
  assert_false(buf.full);
  assert_int_equal(fm_buf_char(&buf, 'x'), FM_E_TOO_BIG);
  assert_true(buf.full);
  assert_int_equal(buf.len, 1000);
  assert_true(buf.cap <= 1000);
  for (int i = 0; i < 1000; i++)
    assert_int_equal(buf.ptr[i], (char)i);
  fm_buf_clear(&buf);
  assert_false(buf.full);
  assert_int_equal(fm_buf_text(&buf, "again"), FM_OK);
  assert_holds(&buf, "again");
  fm_buf_deinit(&buf);
}

static void a_refused_add_changes_nothing(void **state)
{
  (void)state;
  fm_buf buf;
  fm_buf_init(&buf, 8);
  assert_int_equal(fm_buf_text(&buf, "12345"), FM_OK);
  assert_int_equal(fm_buf_text(&buf, "6789"), FM_E_TOO_BIG);
  assert_int_equal(fm_buf_addf(&buf, "%d", 6789), FM_E_TOO_BIG);
  assert_int_equal(fm_buf_html(&buf, FM_STR("a&b")), FM_E_TOO_BIG);
  assert_int_equal(fm_buf_json(&buf, FM_STR("ab")), FM_E_TOO_BIG);
  assert_int_equal(fm_buf_percent(&buf, FM_STR("a/b")), FM_E_TOO_BIG);
  assert_int_equal(fm_buf_reserve(&buf, SIZE_MAX), FM_E_TOO_BIG);
  assert_holds(&buf, "12345");
  assert_int_equal(fm_buf_addf(&buf, "%d", 678), FM_OK); /* exactly fills the cap */
  assert_holds(&buf, "12345678");
  assert_true(buf.full);
  fm_buf_deinit(&buf);
}

static void printf_fits_every_length(void **state)
{
  (void)state;
  for (int len = 0; len < 600; len++) {
    fm_buf buf;
    fm_buf_init(&buf, FM_BUF_MAX);
    assert_int_equal(fm_buf_addf(&buf, "%*d|", len, 7), FM_OK);
    assert_int_equal(buf.len, (size_t)(len ? len : 1) + 1);
    assert_int_equal(buf.ptr[buf.len - 1], '|');
    assert_int_equal(fm_buf_addf(&buf, "%s", ""), FM_OK);
    fm_buf_deinit(&buf);
  }
}

static void take_moves_the_bytes_out(void **state)
{
  (void)state;
  fm_buf buf;
  fm_buf_init(&buf, 4);
  fm_buf_text(&buf, "abcd");
  size_t len = 0;
  char *bytes = fm_buf_take(&buf, &len);
  assert_string_equal(bytes, "abcd");
  assert_int_equal(len, 4);
  free(bytes);
  assert_int_equal(buf.len, 0);
  bytes = fm_buf_take(&buf, NULL);
  assert_string_equal(bytes, "");
  free(bytes);
  assert_int_equal(fm_buf_text(&buf, "abcde"), FM_E_TOO_BIG); /* the cap is kept */
  fm_buf_deinit(&buf);
}

static void html_is_escaped(void **state)
{
  (void)state;
  fm_buf buf;
  fm_buf_init(&buf, FM_BUF_MAX);
  fm_buf_html(&buf, FM_STR("<a href=\"x\">Tom & 'J'é</a>"));
  assert_holds(&buf, "&lt;a href=&quot;x&quot;&gt;Tom &amp; &#39;J&#39;é&lt;/a&gt;");
  fm_buf_clear(&buf);
  fm_buf_html(&buf, (fm_str){NULL, 0});
  assert_int_equal(buf.len, 0);
  fm_buf_deinit(&buf);
}

static void json_is_escaped(void **state)
{
  (void)state;
  fm_buf buf;
  fm_buf_init(&buf, FM_BUF_MAX);
  fm_buf_json(&buf, FM_STR("\"\\/\b\f\n\r\t\v\x01\x1f\x7f é😀\0."));
  assert_holds(&buf, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u000b\\u0001\\u001f\x7f é😀\\u0000.\"");
  fm_buf_clear(&buf);
  fm_buf_json(&buf, FM_STR("a\xffz\xe2\x82"));
  assert_holds(&buf, "\"a\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\"");
  fm_buf_clear(&buf);
  fm_buf_json(&buf, (fm_str){NULL, 0});
  assert_holds(&buf, "\"\"");
  fm_buf_deinit(&buf);
}

static void percent_leaves_only_the_unreserved(void **state)
{
  (void)state;
  fm_buf buf;
  fm_buf_init(&buf, FM_BUF_MAX);
  fm_buf_percent(&buf, FM_STR("aZ09-._~ +&=/%é\0"));
  assert_holds(&buf, "aZ09-._~%20%2B%26%3D%2F%25%C3%A9%00");
  fm_buf_deinit(&buf);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_is_allocated_for_nothing),
    cmocka_unit_test(it_grows_to_the_cap_and_no_further),
    cmocka_unit_test(a_refused_add_changes_nothing),
    cmocka_unit_test(printf_fits_every_length),
    cmocka_unit_test(take_moves_the_bytes_out),
    cmocka_unit_test(html_is_escaped),
    cmocka_unit_test(json_is_escaped),
    cmocka_unit_test(percent_leaves_only_the_unreserved),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
