/* Finding entries in all that is stored of an upstream, against every backend. */
#include "store/store_bed.h"

static bool by_letter(const void *ctx, const fm_entry *entry)
{
  fm_str word = fm_str_from(entry->id, strlen("https://example.org/"));
  return strchr(ctx, word.ptr[0]) != NULL;
}

static answer find(const char *letters, size_t limit)
{
  answer got = {.calls = 0};
  fm_store_find(k.store, FM_STR(LIST), limit, by_letter, letters, kit_on_answer, &got);
  kit_wait(&k, &got.calls);
  return got;
}

static void assert_find(const char *letters, size_t limit, const char *words)
{
  answer got = find(letters, limit);
  if (got.error)
    fail_msg("%s", got.why.text);
  assert_words(got.doc, words);
  assert_str(got.doc->feed.title, "A list");
  assert_true(got.meta.fetched == KIT_T0 + 60);
  fm_doc_unref(got.doc);
}

static void an_upstream_never_seen_is_not_found(void **state)
{
  (void)state;
  assert_int_equal(find("a", 10).error, FM_E_NOT_FOUND);
}

static void listed_entries_come_first(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "d c b a");
  merge(LIST, KIT_T0 + 60, "f e a");
  assert_find("abcdef", 10, "f e a d c b");
  assert_find("abd", 10, "a d b");
  assert_find("abd", 2, "a d");
  assert_find("abd", 0, "");
  assert_find("x", 10, "");
}

/* More than a step holds, with sealed archives among them. */
static void all_that_is_stored_is_looked_at(void **state)
{
  (void)state;
  static char many[40000];
  size_t len = 0;
  for (int i = 0; i < 1500; i++)
    len += (size_t)snprintf(many + len, sizeof many - len, "%sm%d@2026-0%d-%02d", i ? " " : "", i,
                            6 - i / 750, 28 - i % 750 / 30);
  merge(LIST, KIT_T0 - 60, many);
  merge(LIST, KIT_T0, "z@2026-04-01");
  merge(LIST, KIT_T0 + 60, "b a");
  tally sealed = {.calls = 0};
  fm_store_seal(k.store, FM_STR(LIST), 3, KIT_T0, KIT_T0 + 200, kit_on_counted, &sealed);
  kit_wait(&k, &sealed.calls);
  assert_true(sealed.count > 0);
  assert_find("az", 10, "a z");
  answer got = find("m", 100000);
  assert_int_equal(got.doc->feed.nentries, 1500);
  for (size_t i = 1; i < got.doc->feed.nentries; i++)
    assert_true(got.doc->feed.entries[i - 1].published >= got.doc->feed.entries[i].published);
  fm_doc_unref(got.doc);
}

static void closing_finishes_it(void **state)
{
  (void)state;
  answer got = {.calls = 0};
  merge(LIST, KIT_T0 + 60, "b a");
  fm_store_find(k.store, FM_STR(LIST), 10, by_letter, "a", kit_on_answer, &got);
  kit_close(&k);
  assert_int_equal(got.calls, 1);
  assert_words(got.doc, "a");
  fm_doc_unref(got.doc);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(an_upstream_never_seen_is_not_found),
    TEST(listed_entries_come_first),
    TEST(all_that_is_stored_is_looked_at),
    TEST(closing_finishes_it),
  };
  return kit_run("store/find", tests, LEN(tests));
}
