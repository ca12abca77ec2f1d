/* The hash map, compared with a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"

enum { KEYS = 700 };

static uint32_t next_random(uint32_t *seed)
{
  *seed ^= *seed << 13;
  *seed ^= *seed >> 17;
  *seed ^= *seed << 5;
  return *seed;
}

static void an_empty_map_answers(void **state)
{
  (void)state;
  fm_map map = {0};
  size_t at = 0;
  assert_null(fm_map_get(&map, FM_STR("a")));
  assert_null(fm_map_del(&map, FM_STR("a")));
  assert_null(fm_map_next(&map, &at));
  fm_map_deinit(&map);
}

static void keys_are_copied_and_told_apart(void **state)
{
  (void)state;
  fm_map map = {0};
  int one, two, three;
  char key[] = "a\0b";
  assert_null(fm_map_put(&map, (fm_str){key, 3}, &one));
  assert_null(fm_map_put(&map, FM_STR("a"), &two));
  assert_null(fm_map_put(&map, (fm_str){NULL, 0}, &three));
  memset(key, 'x', sizeof key);
  assert_ptr_equal(fm_map_get(&map, FM_STR("a\0b")), &one);
  assert_ptr_equal(fm_map_get(&map, FM_STR("a")), &two);
  assert_ptr_equal(fm_map_get(&map, FM_STR("")), &three);
  assert_ptr_equal(fm_map_put(&map, FM_STR("a"), &one), &two);
  assert_int_equal(map.count, 3);
  assert_ptr_equal(fm_map_del(&map, FM_STR("")), &three);
  assert_null(fm_map_get(&map, FM_STR("")));
  fm_map_deinit(&map);
  assert_int_equal(map.count, 0);
}

/* Iteration yields exactly the keys of the model, each once. */
static void assert_same(const fm_map *map, void *const *model, char keys[][16])
{
  size_t at = 0, seen = 0, held = 0;
  for (const fm_map_slot *slot; (slot = fm_map_next(map, &at)); seen++) {
    size_t i = (size_t)((char(*)[16])slot->value - keys);
    assert_ptr_equal(model[i], slot->value);
    assert_true(fm_str_is((fm_str){slot->key, slot->key_len}, keys[i]));
  }
  for (size_t i = 0; i < KEYS; i++) {
    assert_ptr_equal(fm_map_get(map, fm_str_of(keys[i])), model[i]);
    held += model[i] != NULL;
  }
  assert_int_equal(seen, held);
  assert_int_equal(map->count, held);
}

static void random_work_agrees_with_an_array(void **state)
{
  (void)state;
  static char keys[KEYS][16];
  static void *model[KEYS];
  fm_map map = {0};
  uint32_t seed = 2463534242;
  for (int i = 0; i < KEYS; i++)
    snprintf(keys[i], sizeof keys[i], "k%d", i);
  for (int round = 0; round < 60000; round++) {
    size_t i = next_random(&seed) % KEYS;
    /* Alternates phases of mostly insertions and mostly deletions, so that long probe
     * sequences form and dissolve. */
    bool in = next_random(&seed) % 10 < (round / 5000 % 2 ? 2u : 8u);
    void *old = in ? fm_map_put(&map, fm_str_of(keys[i]), keys[i])
                   : fm_map_del(&map, fm_str_of(keys[i]));
    assert_ptr_equal(old, model[i]);
    model[i] = in ? keys[i] : NULL;
    if (round % 1000 == 0)
      assert_same(&map, model, keys);
  }
  assert_same(&map, model, keys);
  assert_true(map.count * 4 <= map.cap * 3);
  fm_map_deinit(&map);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_empty_map_answers),
    cmocka_unit_test(keys_are_copied_and_told_apart),
    cmocka_unit_test(random_work_agrees_with_an_array),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
