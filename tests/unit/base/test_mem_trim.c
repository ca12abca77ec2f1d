/* Memory that fm_mem_trim() returned to the kernel is intact when it is used again. */
#include "base/mem_trim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

static char written[] = "data that was relocated or written stays";

static long resident_kib(void)
{
  long pages = 0;
  FILE *statm = fopen("/proc/self/statm", "r");
  assert_non_null(statm);
  assert_int_equal(fscanf(statm, "%*s %ld", &pages), 1);
  fclose(statm);
  return pages * 4;
}

static void the_program_goes_on_after_it(void **state)
{
  (void)state;
  written[0] = 'D';
  char *heap = strdup("on the heap");
  unsigned long before = crc32(0, (const Bytef *)written, sizeof written);
  for (int i = 0; i < 3; i++) {
    fm_mem_trim();
    assert_string_equal(heap, "on the heap");
    assert_int_equal(written[0], 'D');
    assert_int_equal(crc32(0, (const Bytef *)written, sizeof written), before);
  }
  free(heap);
}

static void it_makes_the_program_smaller(void **state)
{
  (void)state;
  long before = resident_kib();
  fm_mem_trim();
  assert_true(resident_kib() < before);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_makes_the_program_smaller),
    cmocka_unit_test(the_program_goes_on_after_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
