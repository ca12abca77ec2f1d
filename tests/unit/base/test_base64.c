/* Base64: a table of cases, and generated data that must round-trip. */
#include "base/base64.h"
#include "base/str.h"
#include "cmd/config_kit.h"

static void check(const char *text, int error, const char *bytes)
{
  fm_buf out;
  fm_buf_init(&out, 100);
  fm_buf_text(&out, "=");
  assert_int_equal(fm_base64_decode(fm_str_of(text), &out), error);
  fm_str got = fm_str_from(fm_buf_view(&out), 1);
  if (!fm_str_is(got, bytes))
    fail_msg("%s: %.*s", text, FM_FMT(got));
  fm_buf_deinit(&out);
}

static void test_table(void **state)
{
  (void)state;
  check("", FM_OK, "");
  check("Zg==", FM_OK, "f");
  check("Zm8=", FM_OK, "fo");
  check("Zm9v", FM_OK, "foo");
  check(" Zm9v\n YmFy\t", FM_OK, "foobar");
  check("//+/", FM_OK, "\xff\xff\xbf");
  check("Z", FM_E_SYNTAX, "");
  check("Zg=", FM_E_SYNTAX, "");
  check("Zg=a", FM_E_SYNTAX, "");
  check("Z===", FM_E_SYNTAX, "");
  check("Zm9v!", FM_E_SYNTAX, "");
  check("Zm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9v"
        "Zm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9v", FM_E_TOO_BIG, "");
}

static void test_random(void **state)
{
  (void)state;
  static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int round = 0; round < 20000; round++) {
    unsigned char bytes[60];
    char text[200], *t = text;
    size_t len = dice(sizeof bytes);
    for (size_t i = 0; i < len; i++)
      bytes[i] = (unsigned char)dice(256);
    for (size_t i = 0; i < len; i += 3) {
      uint32_t bits = (uint32_t)bytes[i] << 16 | (i + 1 < len ? (uint32_t)bytes[i + 1] << 8 : 0) |
                      (i + 2 < len ? bytes[i + 2] : 0u);
      for (unsigned k = 0; k < 4; k++)
        *t++ = i + k > len ? '=' : set[bits >> (18 - 6 * k) & 63];
      if (dice(4) == 0)
        *t++ = '\n';
    }
    fm_buf out;
    fm_buf_init(&out, 200);
    assert_int_equal(fm_base64_decode(fm_str_span(text, t), &out), FM_OK);
    assert_int_equal(out.len, len);
    assert_true(len == 0 || memcmp(out.ptr, bytes, len) == 0);
    fm_buf_deinit(&out);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_random)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
