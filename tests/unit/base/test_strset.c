/* The string set: insertion, and the index of duplicates. */
#include "base/strset.h"
#include "base/str.h"
#include "cmd/config_kit.h"

static void test_first_of_each(void **state)
{
  (void)state;
  static const char *const texts[] = {"a", "", "b", "a", "ab", "", "b", "a"};
  static const int wanted[] = {-1, -1, -1, 0, -1, 1, 2, 0};
  fm_arena arena = {0};
  fm_strset seen;
  fm_strset_init(&seen, &arena, sizeof texts / sizeof *texts);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    size_t first = 99;
    bool new = fm_strset_add(&seen, fm_str_of(texts[i]), &first);
    assert_int_equal(new ? -1 : (int)first, wanted[i]);
  }
  assert_int_equal(seen.count, 4);
  fm_arena_deinit(&arena);
}

static void test_full(void **state)
{
  (void)state;
  for (size_t most = 0; most < 300; most = most * 2 + 1) {
    fm_arena arena = {0};
    fm_strset seen;
    size_t first;
    fm_strset_init(&seen, &arena, most);
    for (size_t i = 0; i < most; i++)
      assert_true(fm_strset_add(&seen, fm_arena_printf(&arena, "%zu", i), NULL));
    for (size_t i = 0; i < most; i++)
      assert_true(!fm_strset_add(&seen, fm_arena_printf(&arena, "%zu", i), &first) && first == i);
    fm_arena_deinit(&arena);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_first_of_each), cmocka_unit_test(test_full)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
