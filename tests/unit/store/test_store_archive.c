/* Archives: every entry in the feed or in exactly one archive, and a sealed one
 * never changes. The same tests against every backend. */
#include "store/store_bed.h"

#include "base/map.h"

static int64_t day(const char *text)
{
  int64_t time = 0;
  assert_true(fm_date_parse_day(fm_str_of(text), &time));
  return time;
}

typedef struct listed {
  int calls;
  char text[512];
} listed;

static void on_archives(void *ctx, int error, const fm_why *why, const fm_archive *archives,
                        size_t count)
{
  (void)why;
  listed *got = ctx;
  got->calls++;
  assert_int_equal(error, 0);
  for (size_t i = 0; i < count; i++) {
    char month[16];
    size_t len = strlen(got->text);
    fm_date_month(archives[i].month, month);
    snprintf(got->text + len, sizeof got->text - len, "%s%s:%zu%s", i ? " " : "", month,
             archives[i].count, archives[i].sealed != FM_NO_TIME ? "!" : "");
  }
}

/* "2026-07:3! 2026-08:1": a sealed one with three entries, an open one with one. */
static void assert_archives(size_t most, const char *want)
{
  listed got = {0, ""};
  fm_store_archives(k.store, FM_STR(LIST), most, on_archives, &got);
  kit_wait(&k, &got.calls);
  assert_string_equal(got.text, want);
}

static answer archive(const char *month, size_t most)
{
  int64_t time = 0;
  answer got = {.calls = 0};
  assert_true(fm_date_parse_month(fm_str_of(month), &time));
  fm_store_archive(k.store, FM_STR(LIST), time, most, kit_on_answer, &got);
  kit_wait(&k, &got.calls);
  return got;
}

static void assert_archive(const char *month, size_t most, const char *words)
{
  answer got = archive(month, most);
  if (got.error)
    fail_msg("%s", got.why.text);
  assert_words(got.doc, words);
  fm_doc_unref(got.doc);
}

static void assert_feed(size_t most, const char *words)
{
  answer got = kit_load(&k, LIST, most);
  assert_int_equal(got.error, 0);
  assert_words(got.doc, words);
  fm_doc_unref(got.doc);
}

static void seal(size_t most, const char *before, size_t months)
{
  tally got = {.calls = 0};
  fm_store_seal(k.store, FM_STR(LIST), most, day(before), day(before), kit_on_counted, &got);
  kit_wait(&k, &got.calls);
  if (got.error)
    fail_msg("%s", got.why.text);
  assert_int_equal(got.count, months);
}

static void a_page_never_seen_has_no_archives(void **state)
{
  (void)state;
  assert_archives(10, "");
  assert_int_equal(archive("2026-08", 10).error, FM_E_NOT_FOUND);
  seal(10, "2026-09-01", 0);
}

static void what_the_feed_has_no_room_for_is_in_its_month(void **state)
{
  (void)state;
  merge(LIST, day("2026-08-03"), "d@2026-08-02 c@2026-08-01 b@2026-07-31 a@2026-07-30");
  assert_archives(4, "");
  assert_archives(3, "2026-07:1");
  assert_archives(1, "2026-07:2 2026-08:1");
  assert_archive("2026-07", 1, "b a");
  assert_archive("2026-08", 1, "c");
  assert_int_equal(archive("2026-06", 1).error, FM_E_NOT_FOUND);
  /* the same when they have left */
  merge(LIST, day("2026-08-04"), "e@2026-08-04");
  assert_archives(2, "2026-07:2 2026-08:1");
  assert_archive("2026-07", 2, "b a");
}

static void an_archive_has_the_head_of_the_feed(void **state)
{
  (void)state;
  merge(LIST, day("2026-08-03"), "b@2026-08-02 a@2026-07-30");
  answer got = archive("2026-07", 1);
  assert_str(got.doc->feed.title, "A list");
  assert_str(got.meta.url, "https://example.org/list");
  assert_true(got.doc->feed.entries[0].published == day("2026-07-30"));
  fm_doc_unref(got.doc);
}

static void a_ranking_keeps_what_is_on_the_page(void **state)
{
  (void)state;
  fm_doc *page = kit_page("a@2026-05-01 d@2026-08-02 b@2026-06-01");
  page->feed.order = FM_ORDER_PAGE;
  fm_doc_unref(kit_merge(&k, LIST, day("2026-08-03"), page).doc);
  page = kit_page("a@2026-05-01 e@2026-08-04");
  page->feed.order = FM_ORDER_PAGE;
  fm_doc_unref(kit_merge(&k, LIST, day("2026-08-04"), page).doc);
  assert_feed(3, "a e d");
  assert_archives(3, "2026-06:1");
  assert_archive("2026-06", 3, "b");
}

static void a_month_is_sealed_when_it_is_over_and_out_of_the_feed(void **state)
{
  (void)state;
  merge(LIST, day("2026-08-03"), "d@2026-08-02 c@2026-08-01 b@2026-07-31 a@2026-07-30");
  merge(LIST, day("2026-08-04"), "e@2026-08-04");
  seal(2, "2026-07-15", 0); /* not over */
  seal(4, "2026-08-04", 0); /* b is in the feed */
  assert_archives(2, "2026-07:2 2026-08:1");
  seal(2, "2026-08-04", 1);
  assert_archives(2, "2026-07:2! 2026-08:1");
  assert_archive("2026-07", 2, "b a");
  seal(2, "2026-08-04", 0);
  answer got = archive("2026-07", 2);
  assert_true(got.meta.changed == day("2026-08-04"));
  fm_doc_unref(got.doc);
}

static void a_sealed_archive_never_changes(void **state)
{
  (void)state;
  merge(LIST, day("2026-08-03"), "d@2026-08-02 b@2026-07-31 a@2026-07-30");
  merge(LIST, day("2026-08-04"), "e@2026-08-04");
  seal(2, "2026-08-04", 1);
  /* another page brings another title in; a late one comes for the month */
  fm_doc *page = kit_page("a");
  kit_at(page, 0)->title = FM_STR("Another title");
  fm_doc_unref(kit_merge(&k, "test /other", day("2026-08-05"), page).doc);
  merge(LIST, day("2026-08-06"), "e@2026-08-04 z@2026-07-30");
  merge(LIST, day("2026-08-07"), "f@2026-08-07 e@2026-08-04");
  answer got = archive("2026-07", 2);
  assert_words(got.doc, "b a");
  assert_str(got.doc->feed.entries[1].title, "Title of a");
  assert_true(got.meta.changed == day("2026-08-04"));
  fm_doc_unref(got.doc);
  /* it goes into the next */
  assert_archives(2, "2026-07:2! 2026-08:2");
  assert_archive("2026-08", 2, "d z");
  merge(LIST, day("2026-09-02"), "i@2026-09-02 h@2026-09-01");
  seal(2, "2026-09-02", 1);
  assert_archives(2, "2026-07:2! 2026-08:4!");
  assert_archive("2026-08", 2, "f e d z");
}

static void several_months_are_sealed_in_their_order(void **state)
{
  (void)state;
  merge(LIST, day("2026-08-03"), "c@2026-08-02 b@2026-05-31 a@2026-04-30");
  merge(LIST, day("2026-08-04"), "d@2026-08-04");
  seal(2, "2026-08-04", 2);
  assert_archives(2, "2026-04:1! 2026-05:1!");
  assert_archive("2026-04", 2, "a");
  assert_archive("2026-05", 2, "b");
}

static void a_large_month_is_whole(void **state)
{
  (void)state;
  enum { MANY = 350 };
  char words[MANY * 24] = "", want[MANY * 6] = "";
  size_t len = 0, want_len = 0;
  for (int i = 0; i < MANY; i++) {
    len += (size_t)snprintf(words + len, sizeof words - len, "%sw%03d@2026-07-%02d", i ? " " : "",
                            i, 31 - i / 12);
    want_len += (size_t)snprintf(want + want_len, sizeof want - want_len, "%sw%03d",
                                 i ? " " : "", i);
  }
  fm_doc *page = kit_page(words);
  for (size_t i = 0; i < MANY; i++)
    kit_at(page, i)->published -= (int64_t)i;
  fm_doc_unref(kit_merge(&k, LIST, day("2026-08-01"), page).doc);
  merge(LIST, day("2026-08-04"), "d@2026-08-04");
  assert_archive("2026-07", 1, want);
  seal(1, "2026-08-04", 1);
  assert_archives(1, "2026-07:350!");
  assert_archive("2026-07", 1, want);
}

static void count_once(fm_map *ids, const fm_doc *doc)
{
  for (size_t i = 0; i < doc->feed.nentries; i++)
    assert_null(fm_map_put(ids, doc->feed.entries[i].id, ids));
}

/* As a reader that follows prev-archive. */
static size_t walk(size_t most)
{
  static const char *const months[] = {"2026-06", "2026-07", "2026-08"};
  fm_map ids = {NULL, 0, 0};
  answer got = kit_load(&k, LIST, most);
  count_once(&ids, got.doc);
  fm_doc_unref(got.doc);
  for (size_t i = LEN(months); i-- > 0;) {
    got = archive(months[i], most);
    if (got.error)
      continue;
    count_once(&ids, got.doc);
    fm_doc_unref(got.doc);
  }
  size_t count = ids.count;
  fm_map_deinit(&ids);
  return count;
}

/* Three months, day by day: walking the archives from the feed finds each entry
 * exactly once at any time. */
static void a_walk_finds_each_entry_once(void **state)
{
  (void)state;
  enum { DAYS = 92, EACH = 3, LIMIT = 10 };
  int64_t start = day("2026-06-01");
  for (int d = 0; d < DAYS; d++) {
    char words[EACH * 32] = "", date[32], before[32];
    fm_date_iso(start + d * 86400, date);
    date[10] = 0;
    for (int i = 0; i < EACH; i++) {
      size_t len = strlen(words);
      snprintf(words + len, sizeof words - len, "%sw%d-%d@%s", i ? " " : "", d, i, date);
    }
    merge(LIST, day(date), words);
    memcpy(before, date, sizeof before);
    tally sealed = {.calls = 0};
    fm_store_seal(k.store, FM_STR(LIST), LIMIT, day(before), day(before), kit_on_counted, &sealed);
    kit_wait(&k, &sealed.calls);
    assert_int_equal(sealed.error, 0);
    assert_int_equal(walk(LIMIT), (d + 1) * EACH);
  }
  listed got = {0, ""};
  fm_store_archives(k.store, FM_STR(LIST), LIMIT, on_archives, &got);
  kit_wait(&k, &got.calls);
  assert_string_equal(got.text, "2026-06:90! 2026-07:93! 2026-08:83");
}

static void entries_of_an_older_listing_are_added(void **state)
{
  (void)state;
  fm_doc *page = kit_page("c@2026-08-02 b@2026-08-01");
  fm_doc_unref(kit_merge(&k, LIST, day("2026-08-03"), page).doc);
  answer got = {.calls = 0};
  page = kit_page("b@2026-08-01 a@2026-07-30");
  page->feed.title = FM_STR("The list of another day");
  fm_store_add(k.store, FM_STR(LIST), day("2026-08-04"), page, kit_on_answer, &got);
  fm_doc_unref(page);
  kit_wait(&k, &got.calls);
  assert_int_equal(got.error, 0);
  assert_words(got.doc, "b a");
  assert_true(got.meta.changed == day("2026-08-04") && got.meta.fetched == day("2026-08-03"));
  fm_doc_unref(got.doc);
  assert_feed(10, "c b a");
  got = kit_load(&k, LIST, 10);
  assert_str(got.doc->feed.title, "A list");
  fm_doc_unref(got.doc);
  assert_archive("2026-07", 2, "a");
  merge(LIST, day("2026-08-05"), "c@2026-08-02");
  assert_feed(10, "c b a");
}

static void entries_are_added_to_a_page_never_seen(void **state)
{
  (void)state;
  answer got = {.calls = 0};
  fm_doc *page = kit_page("b a");
  fm_store_add(k.store, FM_STR(LIST), KIT_T0, page, kit_on_answer, &got);
  fm_doc_unref(page);
  kit_wait(&k, &got.calls);
  assert_int_equal(got.error, 0);
  assert_true(got.meta.fetched == FM_NO_TIME);
  fm_doc_unref(got.doc);
  assert_feed(10, "b a");
  answer merged = kit_merge(&k, LIST, KIT_T0 + 60, kit_page("c b"));
  assert_true(merged.doc->feed.entries[1].published == KIT_T0 - 86400 + 60 * 'b');
  fm_doc_unref(merged.doc);
  assert_feed(10, "c b a");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(a_page_never_seen_has_no_archives),
    TEST(what_the_feed_has_no_room_for_is_in_its_month),
    TEST(an_archive_has_the_head_of_the_feed),
    TEST(a_ranking_keeps_what_is_on_the_page),
    TEST(a_month_is_sealed_when_it_is_over_and_out_of_the_feed),
    TEST(a_sealed_archive_never_changes),
    TEST(several_months_are_sealed_in_their_order),
    TEST(a_large_month_is_whole),
    TEST(a_walk_finds_each_entry_once),
    TEST(entries_of_an_older_listing_are_added),
    TEST(entries_are_added_to_a_page_never_seen),
  };
  return kit_run("store/archive", tests, LEN(tests));
}
