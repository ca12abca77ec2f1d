#include "base/str.h"
#include "mill/merge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct given {
  const char *id, *title, *summary;
  int64_t published;
} given;

static fm_doc *doc_of(const given *entries, size_t count)
{
  fm_doc *doc = fm_doc_new();
  fm_entry *e = fm_arena_alloc(&doc->arena, (count + 1) * sizeof *e);
  for (size_t i = 0; i < count; i++)
    e[i] = (fm_entry){
      .id = fm_str_of(entries[i].id), .title = fm_str_of(entries[i].title),
      .summary = fm_str_of(entries[i].summary), .published = entries[i].published,
      .updated = entries[i].published,
    };
  doc->feed.id = FM_STR("urn:test");
  doc->feed.title = FM_STR("Test");
  doc->feed.entries = e;
  doc->feed.nentries = count;
  return doc;
}

static void expect_ids(const fm_doc *doc, const char *ids)
{
  char got[256] = "";
  for (size_t i = 0; i < doc->feed.nentries; i++)
    snprintf(got + strlen(got), sizeof got - strlen(got), "%s%.*s", i ? " " : "",
             FM_FMT(doc->feed.entries[i].id));
  assert_string_equal(got, ids);
}

static void the_first_page_is_the_memory(void **state)
{
  (void)state;
  const given page[] = {{"b", "B", "", 5}, {"a", "A", "", 9}};
  fm_doc *seen = doc_of(page, 2);
  fm_doc *joined = fm_merge_join(NULL, seen, 10);
  expect_ids(joined, "b a");
  assert_true(fm_str_is(joined->feed.title, "Test"));
  fm_doc_unref(seen);
  fm_doc_unref(joined);
}

static void what_left_the_page_comes_after_it_newest_first(void **state)
{
  (void)state;
  const given old[] = {{"a", "A", "", 1}, {"b", "B", "", 3}, {"c", "C", "", 2}};
  const given new[] = {{"d", "D", "", 4}, {"a", "A", "", 1}};
  fm_doc *before = doc_of(old, 3), *seen = doc_of(new, 2);
  fm_doc *joined = fm_merge_join(before, seen, 10);
  expect_ids(joined, "d a b c");
  fm_doc_unref(joined);
  joined = fm_merge_join(before, seen, 3);
  expect_ids(joined, "d a b");
  fm_doc_unref(joined);
  fm_doc_unref(before);
  fm_doc_unref(seen);
}

/* What left is in one order, in the copy at hand and after a restart. */
static void what_left_is_in_the_stores_order(void **state)
{
  (void)state;
  const given old[] = {{"a", "A", "", 1}, {"b", "B", "", 1}, {"c", "C", "", 1}};
  const given new[] = {{"d", "D", "", 1}, {"c", "C", "", 1}};
  const int64_t was[] = {7, 9, 8}, is[] = {10, 8};
  fm_doc *before = doc_of(old, 3), *seen = doc_of(new, 2);
  before->numbers = was;
  fm_doc *joined = fm_merge_join(before, seen, 10);
  expect_ids(joined, "d c b a");
  assert_null(joined->numbers); /* not of all of them */
  fm_doc_unref(joined);
  seen->numbers = is;
  joined = fm_merge_join(before, seen, 10);
  expect_ids(joined, "d c b a");
  const int64_t all[] = {10, 8, 9, 7};
  assert_memory_equal(joined->numbers, all, sizeof all);
  fm_doc_unref(joined);
  fm_doc_unref(before);
  fm_doc_unref(seen);
}

static void a_half_filled_page_shrinks_nothing(void **state)
{
  (void)state;
  const given old[] = {{"a", "A", "text", 1}, {"b", "B", "", 3}};
  fm_doc *before = doc_of(old, 2), *seen = doc_of(old, 0);
  fm_doc *joined = fm_merge_join(before, seen, 10);
  expect_ids(joined, "b a");
  fm_doc_unref(before);
  fm_doc_unref(seen);
  fm_doc_unref(joined);
}

static void dates_of_known_entries_stay(void **state)
{
  (void)state;
  const given old[] = {{"a", "A", "text", 100}, {"b", "B", "text", 100}};
  const given new[] = {{"a", "A", "text", 777}, {"b", "B (v2)", "text", 777}, {"c", "C", "", 777}};
  fm_doc *before = doc_of(old, 2), *seen = doc_of(new, 3);
  fm_doc *merged = fm_merge_seen(before, seen, 1000);
  const fm_entry *e = merged->feed.entries;
  assert_int_equal(e[0].published, 100);
  assert_int_equal(e[0].updated, 100);
  assert_int_equal(e[1].published, 100);
  assert_int_equal(e[1].updated, 1000);
  assert_int_equal(e[2].published, 777);
  fm_doc_unref(before);
  fm_doc_unref(seen);
  fm_doc_unref(merged);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_first_page_is_the_memory),
    cmocka_unit_test(what_left_the_page_comes_after_it_newest_first),
    cmocka_unit_test(what_left_is_in_the_stores_order),
    cmocka_unit_test(a_half_filled_page_shrinks_nothing),
    cmocka_unit_test(dates_of_known_entries_stay),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
