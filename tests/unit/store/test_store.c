/* The store: the same tests against every backend. */
#include "store/store_bed.h"

static void a_page_never_seen_is_not_found(void **state)
{
  (void)state;
  answer got = kit_load(&k, LIST, 10);
  assert_int_equal(got.error, FM_E_NOT_FOUND);
  assert_true(got.why.text[0]);
}

static void a_merge_brings_back_what_is_remembered(void **state)
{
  (void)state;
  answer got = kit_merge(&k, LIST, KIT_T0, kit_page("c a b"));
  assert_int_equal(got.error, 0);
  assert_words(got.doc, "c a b");
  const fm_entry *c = &got.doc->feed.entries[0];
  assert_true(c->published == KIT_T0 - 86400 + 60 * 'c');
  assert_true(c->updated == c->published);
  assert_true(got.meta.changed == KIT_T0 && got.meta.fetched == KIT_T0);
  assert_str(got.meta.url, "https://example.org/list");
  fm_doc_unref(got.doc);
  assert_load(LIST, 10, "c a b");
}

static void assert_entry(const fm_entry *got, const fm_entry *want)
{
  assert_true(fm_str_eq(got->id, want->id));
  assert_true(fm_str_eq(got->title, want->title));
  assert_true(fm_str_eq(got->summary, want->summary));
  assert_true(fm_str_eq(got->content, want->content));
  assert_true(fm_str_eq(got->rights, want->rights));
  assert_int_equal(got->nauthors, want->nauthors);
  for (size_t i = 0; i < want->nauthors; i++)
    assert_true(fm_str_eq(got->authors[i].name, want->authors[i].name));
  assert_int_equal(got->nlinks, want->nlinks);
  for (size_t i = 0; i < want->nlinks; i++)
    assert_true(fm_str_eq(got->links[i].href, want->links[i].href));
  assert_int_equal(got->ncategories, want->ncategories);
  assert_int_equal(got->nnumbers, want->nnumbers);
  for (size_t i = 0; i < want->nnumbers; i++)
    assert_true(got->numbers[i].value == want->numbers[i].value);
}

static void an_entry_comes_back_as_it_was(void **state)
{
  (void)state;
  enum { AUTHORS = 533 };
  fm_doc *page = kit_page("a b");
  fm_entry *a = kit_at(page, 0);
  fm_person *authors = fm_arena_alloc(&page->arena, AUTHORS * sizeof *authors);
  for (size_t i = 0; i < AUTHORS; i++)
    authors[i].name = fm_arena_printf(&page->arena, "Čárka \"%zu\" <O'Neil> 著", i);
  a->title = FM_STR("\\ \" & <b> \xf0\x9f\xa7\xa0 \xe2\x80\xa8 ünï");
  a->rights = FM_STR("CC-BY");
  a->authors = authors;
  a->nauthors = AUTHORS;
  answer merged = kit_merge(&k, LIST, KIT_T0, fm_doc_ref(page));
  answer loaded = kit_load(&k, LIST, 10);
  for (size_t i = 0; i < 2; i++) {
    assert_entry(&merged.doc->feed.entries[i], &page->feed.entries[i]);
    assert_entry(&loaded.doc->feed.entries[i], &page->feed.entries[i]);
  }
  fm_doc_unref(merged.doc);
  fm_doc_unref(loaded.doc);
  fm_doc_unref(page);
}

static void the_head_of_a_feed_comes_back(void **state)
{
  (void)state;
  fm_doc *page = kit_page("a");
  fm_feed *feed = &page->feed;
  feed->subtitle = FM_STR("Of today");
  feed->link = FM_STR("https://example.org/list.html");
  feed->icon = FM_STR("https://example.org/icon.svg");
  feed->logo = FM_STR("https://example.org/logo.svg");
  feed->language = FM_STR("en");
  fm_person who = {.name = FM_STR("Who"), .uri = FM_STR("https://example.org/who")};
  feed->authors = &who;
  feed->nauthors = 1;
  feed->day = KIT_T0 - KIT_T0 % 86400;
  feed->order = FM_ORDER_PAGE;
  feed->state = FM_STR("items: \"css: li\"\n");
  answer merged = kit_merge(&k, LIST, KIT_T0, fm_doc_ref(page));
  answer loaded = kit_load(&k, LIST, 10);
  const fm_feed *heads[] = {&merged.doc->feed, &loaded.doc->feed};
  for (size_t i = 0; i < LEN(heads); i++) {
    assert_str(heads[i]->id, "https://example.org/list");
    assert_str(heads[i]->title, "A list");
    assert_str(heads[i]->subtitle, "Of today");
    assert_str(heads[i]->link, "https://example.org/list.html");
    assert_str(heads[i]->icon, "https://example.org/icon.svg");
    assert_str(heads[i]->logo, "https://example.org/logo.svg");
    assert_str(heads[i]->language, "en");
    assert_str(heads[i]->state, "items: \"css: li\"\n");
    assert_str(heads[i]->authors[0].name, "Who");
    assert_str(heads[i]->authors[0].uri, "https://example.org/who");
    assert_true(heads[i]->day == feed->day && heads[i]->order == FM_ORDER_PAGE);
  }
  fm_doc_unref(merged.doc);
  fm_doc_unref(loaded.doc);
  fm_doc_unref(page);
}

static void dates_stay_and_updated_moves_with_the_text(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "a b c");
  fm_doc *page = kit_page("a b c");
  for (size_t i = 0; i < 3; i++)
    kit_at(page, i)->published = KIT_T0 + 999;
  kit_at(page, 1)->summary = FM_STR("Quite another abstract.");
  ((fm_number *)kit_at(page, 2)->numbers)->value = 77;
  answer got = kit_merge(&k, LIST, KIT_T0 + 60, page);
  for (size_t i = 0; i < 3; i++) {
    const fm_entry *entry = &got.doc->feed.entries[i];
    int64_t published = KIT_T0 - 86400 + 60 * ('a' + (int64_t)i);
    assert_true(entry->published == published);
    assert_true(entry->updated == (i == 1 ? KIT_T0 + 60 : published));
  }
  fm_doc_unref(got.doc);
  got = kit_load(&k, LIST, 10);
  assert_true(got.doc->feed.entries[1].updated == KIT_T0 + 60);
  assert_true(got.doc->feed.entries[2].numbers[0].value == 77);
  fm_doc_unref(got.doc);
}

static void a_half_filled_entry_keeps_its_text_and_its_peaks(void **state)
{
  (void)state;
  fm_doc *page = kit_page("a");
  ((fm_number *)kit_at(page, 0)->numbers)->value = 60;
  fm_doc_unref(kit_merge(&k, LIST, KIT_T0, page).doc);
  page = kit_page("a");
  fm_entry *a = kit_at(page, 0);
  a->summary = a->content = (fm_str){NULL, 0};
  a->nauthors = a->nlinks = a->ncategories = 0;
  answer got = kit_merge(&k, LIST, KIT_T0 + 60, page);
  const fm_entry *kept = &got.doc->feed.entries[0];
  assert_str(kept->summary, "About a.");
  assert_str(kept->content, "<p>About a.</p>");
  assert_int_equal(kept->nauthors, 1);
  assert_true(kept->numbers[0].value == 60);
  assert_true(kept->updated == kept->published);
  assert_true(got.meta.changed == KIT_T0);
  fm_doc_unref(got.doc);
}

static void a_page_that_shrank_does_not_shrink_the_feed(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "d a c b");
  merge(LIST, KIT_T0 + 60, "a");
  assert_load(LIST, 10, "a d c b");
  merge(LIST, KIT_T0 + 120, "");
  assert_load(LIST, 10, "d c b a");
  merge(LIST, KIT_T0 + 180, "b e");
  assert_load(LIST, 10, "b e d c a");
}

/* Else a feed by date would be shuffled when a day's entries leave the page. */
static void entries_of_one_date_keep_the_pages_order(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "b@2026-08-01 a@2026-08-01");
  merge(LIST, KIT_T0 + 60, "c@2026-08-01 b@2026-08-01 a@2026-08-01");
  merge(LIST, KIT_T0 + 120, "d@2026-08-02");
  assert_load(LIST, 10, "d c b a");
}

static void a_load_brings_at_most_what_was_asked_for(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "a b c d");
  merge(LIST, KIT_T0 + 60, "b a");
  assert_load(LIST, 3, "b a d");
  assert_load(LIST, 1, "b");
  assert_load(LIST, 0, "");
}

static void an_entry_has_one_date_on_all_pages(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "a b");
  fm_doc *page = kit_page("c b");
  kit_at(page, 1)->published = KIT_T0 + 5;
  kit_at(page, 1)->title = FM_STR("Changed title");
  answer got = kit_merge(&k, "test /trending", KIT_T0 + 60, page);
  assert_true(got.doc->feed.entries[1].published == KIT_T0 - 86400 + 60 * 'b');
  assert_true(got.doc->feed.entries[1].updated == KIT_T0 + 60);
  fm_doc_unref(got.doc);
  got = kit_load(&k, LIST, 10);
  assert_str(got.doc->feed.entries[1].title, "Changed title");
  fm_doc_unref(got.doc);
  assert_load("test /trending", 10, "c b");
}

static void sources_do_not_share_entries(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "a");
  fm_doc *page = kit_page("a");
  kit_at(page, 0)->published = KIT_T0 + 5;
  answer got = kit_merge(&k, "other /list", KIT_T0, page);
  assert_true(got.doc->feed.entries[0].published == KIT_T0 + 5);
  fm_doc_unref(got.doc);
}

static void an_entry_shown_twice_or_without_an_id_counts_once_or_not(void **state)
{
  (void)state;
  fm_doc *page = kit_page("a b a c");
  kit_at(page, 3)->id = (fm_str){NULL, 0};
  answer got = kit_merge(&k, LIST, KIT_T0, page);
  assert_words(got.doc, "a b");
  fm_doc_unref(got.doc);
  assert_load(LIST, 10, "a b");
}

static int64_t changed_by(const char *page, int64_t at, fm_doc *seen)
{
  answer got = kit_merge(&k, page, at, seen);
  assert_int_equal(got.error, 0);
  fm_doc_unref(got.doc);
  return got.meta.changed;
}

static void changed_moves_with_what_is_served(void **state)
{
  (void)state;
  assert_true(changed_by(LIST, KIT_T0, kit_page("b a")) == KIT_T0);
  assert_true(changed_by(LIST, KIT_T0 + 1, kit_page("b a")) == KIT_T0);
  /* the order of the page is not the order of a feed by date */
  assert_true(changed_by(LIST, KIT_T0 + 2, kit_page("a b")) == KIT_T0);
  /* nor does an entry leave the feed when it leaves the page */
  assert_true(changed_by(LIST, KIT_T0 + 3, kit_page("b")) == KIT_T0);
  assert_true(changed_by(LIST, KIT_T0 + 4, kit_page("b c")) == KIT_T0 + 4);
  fm_doc *page = kit_page("b c");
  kit_at(page, 0)->content = FM_STR("<p>3 votes</p>");
  assert_true(changed_by(LIST, KIT_T0 + 5, fm_doc_ref(page)) == KIT_T0 + 5);
  assert_true(changed_by(LIST, KIT_T0 + 6, fm_doc_ref(page)) == KIT_T0 + 5);
  page->feed.title = FM_STR("Another list");
  assert_true(changed_by(LIST, KIT_T0 + 7, page) == KIT_T0 + 7);
}

static void changed_moves_with_the_order_of_a_ranking(void **state)
{
  (void)state;
  for (int i = 0; i < 4; i++) {
    static const char *const words[] = {"b a c", "b a c", "a b c", "a b"};
    static const int64_t want[] = {KIT_T0, KIT_T0, KIT_T0 + 2, KIT_T0 + 3};
    fm_doc *page = kit_page(words[i]);
    page->feed.order = FM_ORDER_PAGE;
    assert_true(changed_by(LIST, KIT_T0 + i, page) == want[i]);
  }
}

static void a_change_through_another_page_is_a_change_here(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "a");
  merge("test /week", KIT_T0, "a");
  fm_doc *page = kit_page("a");
  kit_at(page, 0)->title = FM_STR("Another title");
  assert_true(changed_by("test /week", KIT_T0 + 1, fm_doc_ref(page)) == KIT_T0 + 1);
  assert_true(changed_by(LIST, KIT_T0 + 2, fm_doc_ref(page)) == KIT_T0 + 2);
  assert_true(changed_by(LIST, KIT_T0 + 3, page) == KIT_T0 + 2);
}

static void a_touch_writes_all_of_meta(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "a");
  fm_upstream_meta meta = {.url = FM_STR("https://example.org/moved"),
                       .etag = FM_STR("\"x\""),
                       .last_modified = FM_STR("Tue, 04 Aug 2026 00:00:00 GMT"),
                       .fetched = KIT_T0 + 1, .changed = KIT_T0 + 2, .read = KIT_T0 + 3,
                       .next_try = KIT_T0 + 4, .failures = 5,
                       .failure = FM_STR("no \"list\" found")};
  assert_int_equal(kit_touch(&k, LIST, &meta), 0);
  answer got = kit_load(&k, LIST, 10);
  assert_str(got.meta.url, "https://example.org/moved");
  assert_str(got.meta.etag, "\"x\"");
  assert_str(got.meta.last_modified, "Tue, 04 Aug 2026 00:00:00 GMT");
  assert_true(got.meta.fetched == KIT_T0 + 1 && got.meta.changed == KIT_T0 + 2);
  assert_true(got.meta.read == KIT_T0 + 3 && got.meta.next_try == KIT_T0 + 4);
  assert_int_equal(got.meta.failures, 5);
  assert_str(got.meta.failure, "no \"list\" found");
  assert_words(got.doc, "a");
  fm_doc_unref(got.doc);
  merge(LIST, KIT_T0 + 9, "a");
  got = kit_load(&k, LIST, 10);
  assert_true(got.meta.read == KIT_T0 + 3 && got.meta.next_try == FM_NO_TIME);
  assert_true(got.meta.changed == KIT_T0 + 2);
  assert_int_equal(got.meta.failures, 0);
  assert_str(got.meta.failure, "");
  fm_doc_unref(got.doc);
}

static void a_touch_tells_that_the_memory_was_emptied(void **state)
{
  (void)state;
  fm_upstream_meta meta = kit_meta(KIT_T0);
  assert_int_equal(kit_touch(&k, LIST, &meta), FM_E_NOT_FOUND);
  merge(LIST, KIT_T0, "a");
  assert_int_equal(kit_touch(&k, LIST, &meta), 0);
}

static void a_page_that_was_only_touched_is_remembered_without_a_feed(void **state)
{
  (void)state;
  fm_upstream_meta meta = kit_meta(FM_NO_TIME);
  meta.failures = 2;
  assert_int_equal(kit_touch(&k, LIST, &meta), 0);
  answer got = kit_load(&k, LIST, 10);
  assert_int_equal(got.error, 0);
  assert_true(got.meta.fetched == FM_NO_TIME && got.meta.changed == FM_NO_TIME);
  assert_int_equal(got.meta.failures, 2);
  assert_int_equal(got.doc->feed.nentries, 0);
  assert_int_equal(got.doc->feed.id.len, 0);
  fm_doc_unref(got.doc);
}

static void a_touch_without_a_callback_is_done(void **state)
{
  (void)state;
  fm_upstream_meta meta = kit_meta(KIT_T0);
  fm_store_touch(k.store, FM_STR(LIST), &meta, NULL, NULL);
  answer got = kit_load(&k, LIST, 10);
  assert_true(got.meta.fetched == KIT_T0);
  fm_doc_unref(got.doc);
}

typedef struct seen_pages {
  int calls;
  char keys[256];
  int64_t fetched;
} seen_pages;

static void on_page(void *ctx, fm_str page, const fm_upstream_meta *meta)
{
  seen_pages *seen = ctx;
  if (!page.ptr) {
    assert_null(meta);
    seen->calls++;
    return;
  }
  assert_int_equal(seen->calls, 0);
  size_t len = strlen(seen->keys);
  snprintf(seen->keys + len, sizeof seen->keys - len, "%.*s;", FM_FMT(page));
  seen->fetched += meta->fetched - KIT_T0;
}

static void all_pages_are_listed_once(void **state)
{
  (void)state;
  seen_pages seen = {0, "", 0};
  fm_store_upstreams(k.store, on_page, &seen);
  kit_wait(&k, &seen.calls);
  assert_string_equal(seen.keys, "");
  merge("test /b", KIT_T0 + 1, "a b");
  merge("test /a", KIT_T0 + 10, "a");
  merge("test /b", KIT_T0 + 100, "a");
  fm_upstream_meta meta = kit_meta(KIT_T0 + 1000);
  assert_int_equal(kit_touch(&k, "a /c", &meta), FM_E_NOT_FOUND);
  seen.calls = 0;
  fm_store_upstreams(k.store, on_page, &seen);
  kit_wait(&k, &seen.calls);
  assert_string_equal(seen.keys, "a /c;test /a;test /b;");
  assert_true(seen.fetched == 1110);
}

static void calls_are_done_in_their_order(void **state)
{
  (void)state;
  enum { MERGES = 20 };
  answer merged[MERGES] = {{0}}, loaded = {0};
  for (int i = 0; i < MERGES; i++) {
    fm_upstream_meta meta = kit_meta(KIT_T0 + i);
    fm_doc *page = kit_page(i % 2 ? "a b" : "b");
    fm_store_merge(k.store, FM_STR(LIST), &meta, page, kit_on_answer, &merged[i]);
    fm_doc_unref(page);
  }
  fm_store_load(k.store, FM_STR(LIST), 10, kit_on_answer, &loaded);
  kit_wait(&k, &loaded.calls);
  for (int i = 0; i < MERGES; i++) {
    assert_int_equal(merged[i].calls, 1);
    assert_int_equal(merged[i].error, 0);
    assert_true(merged[i].meta.fetched == KIT_T0 + i);
    fm_doc_unref(merged[i].doc);
  }
  assert_words(loaded.doc, "a b");
  fm_doc_unref(loaded.doc);
}

static void closing_finishes_what_was_asked_for(void **state)
{
  (void)state;
  answer got[3] = {{0}};
  for (int i = 0; i < 3; i++) {
    fm_upstream_meta meta = kit_meta(KIT_T0 + i);
    fm_doc *page = kit_page("a");
    fm_store_merge(k.store, FM_STR(LIST), &meta, page, kit_on_answer, &got[i]);
    fm_doc_unref(page);
  }
  kit_close(&k);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(got[i].calls, 1);
    assert_int_equal(got[i].error, 0);
    fm_doc_unref(got[i].doc);
  }
}

static void an_unknown_address_is_a_wrong_configuration(void **state)
{
  (void)state;
  static const char *const uris[] = {"", "postgres://x", "sqlite:", "sqlite::memory:", "memory:x"};
  for (size_t i = 0; i < LEN(uris); i++) {
    fm_store *store = NULL;
    fm_why why = {""};
    fm_store_spec spec = {.uri = fm_str_of(uris[i])};
    assert_int_equal(fm_store_open(&k.loop, &spec, &store, &why), FM_E_CONFIG);
    assert_null(store);
    assert_true(why.text[0]);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(a_page_never_seen_is_not_found),
    TEST(a_merge_brings_back_what_is_remembered),
    TEST(an_entry_comes_back_as_it_was),
    TEST(the_head_of_a_feed_comes_back),
    TEST(dates_stay_and_updated_moves_with_the_text),
    TEST(a_half_filled_entry_keeps_its_text_and_its_peaks),
    TEST(a_page_that_shrank_does_not_shrink_the_feed),
    TEST(entries_of_one_date_keep_the_pages_order),
    TEST(a_load_brings_at_most_what_was_asked_for),
    TEST(an_entry_has_one_date_on_all_pages),
    TEST(sources_do_not_share_entries),
    TEST(an_entry_shown_twice_or_without_an_id_counts_once_or_not),
    TEST(changed_moves_with_what_is_served),
    TEST(changed_moves_with_the_order_of_a_ranking),
    TEST(a_change_through_another_page_is_a_change_here),
    TEST(a_touch_writes_all_of_meta),
    TEST(a_touch_tells_that_the_memory_was_emptied),
    TEST(a_page_that_was_only_touched_is_remembered_without_a_feed),
    TEST(a_touch_without_a_callback_is_done),
    TEST(all_pages_are_listed_once),
    TEST(calls_are_done_in_their_order),
    TEST(closing_finishes_what_was_asked_for),
    TEST(an_unknown_address_is_a_wrong_configuration),
  };
  return kit_run("store", tests, LEN(tests));
}
