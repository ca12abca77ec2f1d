/* Forgetting: what, when, and never in anybody's way. Against every backend. */
#include "store/store_bed.h"

enum { DAY = 86400, KEEP = 90 * DAY };

static size_t expire(int64_t now)
{
  tally got = {.calls = 0};
  fm_store_expire(k.store, now, kit_on_counted, &got);
  kit_wait(&k, &got.calls);
  if (got.error)
    fail_msg("%s", got.why.text);
  return got.count;
}

static int64_t published(const char *page, int64_t at, const char *word, int64_t says)
{
  fm_doc *doc = kit_page(word);
  kit_at(doc, 0)->published = says;
  answer got = kit_merge(&k, page, at, doc);
  assert_int_equal(got.error, 0);
  int64_t date = got.doc->feed.entries[0].published;
  fm_doc_unref(got.doc);
  return date;
}

static void an_entry_is_kept_so_long_after_it_left(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "a b c");
  merge(LIST, KIT_T0 + DAY, "b c");
  merge(LIST, KIT_T0 + 2 * DAY, "c");
  assert_int_equal(expire(KIT_T0 + KEEP), 0);
  assert_load(LIST, 1000, "c b a");
  assert_int_equal(expire(KIT_T0 + KEEP + 1), 1);
  assert_load(LIST, 1000, "c b");
  assert_int_equal(expire(KIT_T0 + DAY + KEEP + 1), 1);
  assert_load(LIST, 1000, "c");
  /* what was forgotten is new again */
  assert_true(published(LIST, KIT_T0 + 200 * DAY, "a", KIT_T0 + 5) == KIT_T0 + 5);
}

static void an_entry_on_a_page_stays_while_the_page_is_fetched(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "a b");
  fm_upstream_meta meta = kit_meta(KIT_T0 + 100 * DAY); /* a 304 */
  assert_int_equal(kit_touch(&k, LIST, &meta), 0);
  assert_int_equal(expire(KIT_T0 + 101 * DAY), 0);
  assert_load(LIST, 1000, "a b");
}

static void an_entry_is_kept_while_any_page_has_it(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "a b");
  merge("test /week", KIT_T0, "a");
  merge(LIST, KIT_T0 + DAY, "c");
  fm_upstream_meta meta = kit_meta(KIT_T0 + 100 * DAY);
  assert_int_equal(kit_touch(&k, LIST, &meta), 0);
  assert_int_equal(kit_touch(&k, "test /week", &meta), 0);
  assert_int_equal(expire(KIT_T0 + 101 * DAY), 1); /* b */
  assert_load(LIST, 1000, "c");
  assert_load("test /week", 1000, "a");
  assert_true(published(LIST, KIT_T0 + 101 * DAY, "a", KIT_T0 + 5) != KIT_T0 + 5);
}

static void a_page_that_nobody_fetches_or_reads_goes(void **state)
{
  (void)state;
  merge("test /date/2026-08-04", KIT_T0, "a b");
  merge(LIST, KIT_T0 + 100 * DAY, "c");
  assert_int_equal(expire(KIT_T0 + 101 * DAY), 2);
  assert_int_equal(kit_load(&k, "test /date/2026-08-04", 10).error, FM_E_NOT_FOUND);
  assert_load(LIST, 1000, "c");
}

static void a_page_that_is_still_read_is_kept_empty(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "a");
  fm_upstream_meta meta = kit_meta(KIT_T0);
  meta.read = KIT_T0 + 100 * DAY;
  meta.failures = 7;
  assert_int_equal(kit_touch(&k, LIST, &meta), 0);
  assert_int_equal(expire(KIT_T0 + 101 * DAY), 1);
  answer got = kit_load(&k, LIST, 10);
  assert_int_equal(got.error, 0);
  assert_words(got.doc, "");
  assert_int_equal(got.meta.failures, 7);
  assert_str(got.doc->feed.title, "A list");
  fm_doc_unref(got.doc);
}

static void an_archive_goes_as_a_whole(void **state)
{
  (void)state;
  int64_t month = 0, other = 0;
  tally sealed = {.calls = 0};
  assert_true(fm_date_parse_month(FM_STR("2026-05"), &month));
  assert_true(fm_date_parse_month(FM_STR("2026-06"), &other));
  merge(LIST, KIT_T0, "a@2026-05-01");
  merge(LIST, KIT_T0 + 10 * DAY, "b@2026-05-02");
  merge(LIST, KIT_T0 + 20 * DAY, "c");
  fm_store_seal(k.store, FM_STR(LIST), 1, KIT_T0, KIT_T0 + 20 * DAY, kit_on_counted, &sealed);
  kit_wait(&k, &sealed.calls);
  assert_int_equal(sealed.count, 1);
  fm_upstream_meta meta = kit_meta(KIT_T0 + 110 * DAY);
  assert_int_equal(kit_touch(&k, LIST, &meta), 0);
  for (int i = 0; i < 2; i++) {
    answer got = {.calls = 0};
    assert_int_equal(expire(KIT_T0 + KEEP + (i ? 10 * DAY + 1 : DAY)), 1);
    fm_store_archive(k.store, FM_STR(LIST), month, 1, kit_on_answer, &got);
    kit_wait(&k, &got.calls);
    assert_int_equal(got.error, i ? FM_E_NOT_FOUND : 0);
    if (got.doc)
      assert_words(got.doc, "b a");
    fm_doc_unref(got.doc);
  }
  /* its month is never used again */
  merge(LIST, KIT_T0 + 111 * DAY, "z@2026-05-03");
  merge(LIST, KIT_T0 + 112 * DAY, "d");
  answer got = {.calls = 0};
  fm_store_archive(k.store, FM_STR(LIST), other, 1, kit_on_answer, &got);
  kit_wait(&k, &got.calls);
  assert_int_equal(got.error, 0);
  assert_words(got.doc, "z");
  fm_doc_unref(got.doc);
}

/* Merges that were asked for meanwhile are not held up until the end. */
static void other_jobs_run_between_the_steps(void **state)
{
  (void)state;
  enum { MANY = 1000 };
  char *words = malloc(MANY * 8);
  for (int page = 0; page < 2; page++) {
    size_t len = 0;
    for (int i = 0; i < MANY; i++)
      len += (size_t)snprintf(words + len, MANY * 8 - len, "%s%c%d", i ? " " : "", 'a' + page, i);
    merge(LIST, KIT_T0 + page, words);
  }
  free(words);
  merge(LIST, KIT_T0 + 2, "z");
  fm_upstream_meta meta = kit_meta(KIT_T0 + 101 * DAY);
  assert_int_equal(kit_touch(&k, LIST, &meta), 0);
  tally expired = {.calls = 0};
  answer loaded = {.calls = 0};
  fm_store_expire(k.store, KIT_T0 + 101 * DAY, kit_on_counted, &expired);
  fm_store_load(k.store, FM_STR(LIST), 10, kit_on_answer, &loaded);
  kit_wait(&k, &loaded.calls);
  assert_int_equal(expired.calls, 0);
  fm_doc_unref(loaded.doc);
  tally second = {.calls = 0};
  fm_store_expire(k.store, KIT_T0 + 101 * DAY, kit_on_counted, &second);
  kit_wait(&k, &second.calls);
  assert_int_equal(second.error, FM_E_BUSY);
  if (expired.calls == 0)
    kit_wait(&k, &expired.calls);
  assert_int_equal(expired.error, 0);
  assert_int_equal(expired.count, 2 * MANY);
  assert_load(LIST, 1000, "z");
  assert_int_equal(expire(KIT_T0 + 101 * DAY), 0);
}

static void closing_ends_it(void **state)
{
  (void)state;
  tally expired = {.calls = 0};
  merge(LIST, KIT_T0, "a b");
  fm_store_expire(k.store, KIT_T0 + 101 * DAY, kit_on_counted, &expired);
  kit_close(&k);
  assert_int_equal(expired.calls, 1);
  assert_int_equal(expired.error, FM_E_CANCELLED);
}

static void keep_nought_keeps_for_ever(void **state)
{
  (void)state;
  fm_why why;
  kit_close(&k);
  fm_store_spec spec = {.uri = fm_str_of(k.uri), .keep = 0};
  assert_int_equal(fm_store_open(&k.loop, &spec, &k.store, &why), 0);
  merge(LIST, KIT_T0, "a b");
  merge(LIST, KIT_T0 + 1, "a");
  assert_int_equal(expire(KIT_T0 + 10000 * (int64_t)DAY), 0);
  assert_load(LIST, 1000, "a b");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(an_entry_is_kept_so_long_after_it_left),
    TEST(an_entry_on_a_page_stays_while_the_page_is_fetched),
    TEST(an_entry_is_kept_while_any_page_has_it),
    TEST(a_page_that_nobody_fetches_or_reads_goes),
    TEST(a_page_that_is_still_read_is_kept_empty),
    TEST(an_archive_goes_as_a_whole),
    TEST(other_jobs_run_between_the_steps),
    TEST(closing_ends_it),
    TEST(keep_nought_keeps_for_ever),
  };
  return kit_run("store/keep", tests, LEN(tests));
}
