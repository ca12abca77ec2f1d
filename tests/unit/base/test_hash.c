/* The keyed hash: it depends on the secret, and on nothing else. */
#include "base/hash.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants these first */
#include <cmocka.h>

static const fm_str keys[] = {{NULL, 0}, {"a", 1}, {"https://example.test/", 21}};

static void test_differs_by_seed(void **state)
{
  (void)state;
  char text[400];
  memset(text, 'x', sizeof text);
  for (size_t i = 0; i < 400; i++) {
    fm_str key = {text, i};
    fm_hash_seed(1);
    uint64_t first = fm_hash(key);
    fm_hash_seed(2);
    assert_true(fm_hash(key) != first);
    fm_hash_seed(1);
    assert_true(fm_hash(key) == first);
  }
}

static void test_keys(void **state)
{
  (void)state;
  fm_hash_seed(3);
  assert_true(fm_hash(keys[0]) == fm_hash((fm_str){"", 0}));
  assert_true(fm_hash(keys[1]) != fm_hash(keys[0]));
  assert_true(fm_hash(keys[2]) != fm_hash(keys[1]));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_differs_by_seed),
    cmocka_unit_test(test_keys),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
