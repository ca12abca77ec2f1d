/* How a page's parts were had, as text and back. */
#include "base/str.h"
#include "mill/gather.h"
#include "mill/trail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ONE "https://a.example/feed"
#define TWO "https://b.example/"
#define FIELDS(found, from, etag, modified, ids) \
  "\t" found "\t" from "\t" etag "\t" modified "\t" ids "\n"

static page p;

static int setup(void **state)
{
  (void)state;
  fm_plan second = {.url = FM_STR(TWO), .key = FM_STR(TWO)};
  fm_plan first = {.url = FM_STR(ONE), .key = FM_STR("k"), .next_input = &second};
  memset(&p, 0, sizeof p);
  course_set(&p, &first);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  course_free(&p);
  fm_arena_deinit(&p.own);
  return 0;
}

static void assert_written(const char *wanted)
{
  fm_buf out;
  fm_buf_init(&out, TRAIL_MAX);
  trail_write(&p, &out);
  fm_buf_char(&out, 0);
  assert_string_equal(out.ptr, wanted);
  fm_buf_deinit(&out);
}

static void assert_str(fm_str got, const char *wanted)
{
  if (!fm_str_is(got, wanted))
    fail_msg("\"%.*s\" is not \"%s\"", FM_FMT(got), wanted);
}

static void what_was_written_comes_back(void **state)
{
  (void)state;
  static const char text[] =
    ONE FIELDS("", ONE, "\"e\"", "Tue, 04 Aug 2026 08:00:00 GMT", "00000000000000010123456789abcdef")
    TWO FIELDS("https://b.example/x.xml", "https://b.example/x.xml", "", "", "");
  trail_read(&p, fm_str_of(text), false);
  assert_str(p.parts[0].from, ONE);
  assert_str(p.parts[0].etag, "\"e\"");
  assert_str(p.parts[0].last_modified, "Tue, 04 Aug 2026 08:00:00 GMT");
  assert_int_equal(p.parts[0].nids, 2);
  assert_true(p.parts[0].ids[0] == 1 && p.parts[0].ids[1] == 0x0123456789abcdef);
  assert_str(p.parts[1].found, "https://b.example/x.xml");
  assert_int_equal(p.parts[1].nids, 0);
  assert_written(text);
}

/* The configuration may have other addresses than when it was written. */
static void a_line_is_of_its_address(void **state)
{
  (void)state;
  trail_read(&p, FM_STR("https://c.example/" FIELDS("x", "x", "x", "x", "")
                        TWO FIELDS("", TWO, "\"two\"", "", "")), false);
  assert_int_equal(p.parts[0].from.len, 0);
  assert_str(p.parts[1].etag, "\"two\"");
  trail_read(&p, FM_STR(TWO FIELDS("", TWO, "\"old\"", "", "")), false);
  assert_str(p.parts[1].etag, "\"two\""); /* what this process knows goes first, */
  trail_read(&p, FM_STR(TWO FIELDS("", TWO, "\"new\"", "", "")), true);
  assert_str(p.parts[1].etag, "\"new\""); /* but for another's word */
}

static void what_is_none_is_passed_over(void **state)
{
  (void)state;
  static const char *const bad[] = {
    "", "\n\n", "-", ONE, ONE "\tx\ty\n", "\t\t\t\t\t\n", "\xff\xfe\n",
    ONE FIELDS("", "", "", "", "123"), ONE FIELDS("", "", "", "", "zzzzzzzzzzzzzzzz")};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    trail_read(&p, fm_str_of(bad[i]), true);
  assert_int_equal(p.parts[0].from.len, 0);
  assert_int_equal(p.parts[0].nids, 0);
}

/* More than is kept: then without, and the next request is no conditional one. */
static void too_many_entries_are_none(void **state)
{
  (void)state;
  uint64_t *ids = fm_arena_alloc(&p.parts[0].memory, (TRAIL_IDS + 1) * sizeof *ids);
  p.parts[0].ids = ids;
  p.parts[0].nids = TRAIL_IDS + 1;
  assert_written(ONE FIELDS("", "", "", "", "") TWO FIELDS("", "", "", "", ""));
  p.parts[0].nids = TRAIL_IDS;
  fm_buf out;
  fm_buf_init(&out, TRAIL_MAX);
  trail_write(&p, &out);
  assert_false(out.full);
  trail_read(&p, fm_buf_view(&out), true);
  assert_int_equal(p.parts[0].nids, TRAIL_IDS);
  fm_buf_deinit(&out);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(what_was_written_comes_back),
    TEST(a_line_is_of_its_address),
    TEST(what_is_none_is_passed_over),
    TEST(too_many_entries_are_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
