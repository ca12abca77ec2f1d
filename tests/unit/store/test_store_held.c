/* A backend that lacks what a caller holds: it was emptied, could not be written, came
 * back from an old snapshot. Against every backend. */
#include "store/store_bed.h"

static int64_t published_of(const fm_doc *doc, size_t i)
{
  assert_true(i < doc->feed.nentries);
  return doc->feed.entries[i].published;
}

/* The backend was emptied while a copy was held: nothing is dated a second time. */
static void a_copy_that_is_held_gives_the_dates_back(void **state)
{
  (void)state;
  fm_doc *old = kit_page("b a z");
  fm_upstream_meta old_meta = kit_meta(KIT_T0 - 500);
  old_meta.changed = KIT_T0 - 900;
  kit_at(old, 0)->updated = KIT_T0 - 700;
  for (int round = 0; round < 2; round++) {
    answer got = {.calls = 0};
    fm_doc *page = kit_page("c b");
    fm_upstream_meta meta = kit_meta(KIT_T0 + round);
    for (size_t i = 0; i < 2; i++)
      kit_at(page, i)->published = FM_NO_TIME;
    fm_held_copy held = {.meta = &old_meta, .doc = old};
    fm_store_merge_held(k.store, FM_STR(LIST), &meta, page, &held, kit_on_answer, &got);
    fm_doc_unref(page);
    kit_wait(&k, &got.calls);
    assert_int_equal(got.error, 0);
    assert_words(got.doc, "c b");
    assert_true(published_of(got.doc, 0) == KIT_T0);
    assert_true(published_of(got.doc, 1) == old->feed.entries[0].published);
    assert_true(got.doc->feed.entries[1].updated == KIT_T0 - 700);
    assert_true(got.meta.changed == KIT_T0);
    fm_doc_unref(got.doc);
    assert_load(LIST, 10, "c b z a");
  }
  fm_doc_unref(old);
}

/* The backend missed a merge: what readers were given meanwhile keeps its dates, and
 * what left the page in that time is there still. */
static void what_a_backend_has_missed_is_put_back(void **state)
{
  (void)state;
  merge(LIST, KIT_T0 - 1000, "b a");
  fm_doc *held = kit_page("d c b a");
  fm_upstream_meta held_meta = kit_meta(KIT_T0 - 500);
  held_meta.changed = KIT_T0 - 500;
  kit_at(held, 0)->published = kit_at(held, 1)->published = KIT_T0 - 700;
  kit_at(held, 0)->updated = kit_at(held, 1)->updated = KIT_T0 - 600;
  kit_at(held, 3)->title = FM_STR("Another title");
  kit_at(held, 3)->updated = KIT_T0 - 650;
  fm_doc *page = kit_page("e d b a");
  for (size_t i = 0; i < 2; i++)
    kit_at(page, i)->published = FM_NO_TIME;
  kit_at(page, 3)->title = FM_STR("Another title");
  answer got = {.calls = 0};
  fm_upstream_meta meta = kit_meta(KIT_T0);
  fm_held_copy copy = {.meta = &held_meta, .doc = held, .unsaved = true};
  fm_store_merge_held(k.store, FM_STR(LIST), &meta, page, &copy, kit_on_answer, &got);
  fm_doc_unref(page);
  fm_doc_unref(held);
  kit_wait(&k, &got.calls);
  assert_int_equal(got.error, 0);
  assert_words(got.doc, "e d b a");
  assert_true(published_of(got.doc, 0) == KIT_T0);
  assert_true(published_of(got.doc, 1) == KIT_T0 - 700);
  assert_true(got.doc->feed.entries[1].updated == KIT_T0 - 600);
  assert_true(got.doc->feed.entries[3].updated == KIT_T0 - 650);
  fm_doc_unref(got.doc);
  got = kit_load(&k, LIST, 10);
  assert_words(got.doc, "e d b a c");
  assert_true(published_of(got.doc, 4) == KIT_T0 - 700);
  assert_true(got.doc->feed.entries[3].updated == KIT_T0 - 650);
  fm_doc_unref(got.doc);
}

/* The backend was started from an old snapshot: nobody said so, but its page is older. */
static void a_backend_that_fell_back_is_caught_up(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "b a");
  fm_doc *copy = kit_page("c b a"), *page = kit_page("c b a");
  kit_at(copy, 0)->published = KIT_T0 + 40;
  kit_at(page, 0)->published = FM_NO_TIME;
  fm_upstream_meta had = kit_meta(KIT_T0 + 50), meta = kit_meta(KIT_T0 + 60);
  fm_held_copy held = {.meta = &had, .doc = copy};
  for (int round = 0; round < 2; round++) {
    answer got = {.calls = 0};
    fm_store_merge_held(k.store, FM_STR(LIST), &meta, page, &held, kit_on_answer, &got);
    kit_wait(&k, &got.calls);
    assert_words(got.doc, "c b a");
    assert_true(published_of(got.doc, 0) == KIT_T0 + 40);
    fm_doc_unref(got.doc);
    kit_at(copy, 0)->published = KIT_T0 + 45; /* an older copy changes nothing */
  }
  fm_doc_unref(copy);
  fm_doc_unref(page);
}

static void a_copy_is_restored_where_there_is_none(void **state)
{
  (void)state;
  for (int round = 0; round < 2; round++) {
    answer got = {.calls = 0};
    fm_doc *page = kit_page(round ? "x" : "b a");
    fm_upstream_meta meta = kit_meta(KIT_T0);
    meta.changed = KIT_T0 - 900;
    meta.read = KIT_T0 + 5;
    fm_store_restore(k.store, FM_STR(LIST), &(fm_held_copy){.meta = &meta, .doc = page}, kit_on_touched,
                     &got);
    fm_doc_unref(page);
    kit_wait(&k, &got.calls);
    assert_int_equal(got.error, 0);
    got = kit_load(&k, LIST, 10);
    assert_words(got.doc, "b a");
    assert_str(got.doc->feed.title, "A list");
    assert_true(got.meta.fetched == KIT_T0 && got.meta.changed == KIT_T0 - 900);
    assert_true(got.meta.read == KIT_T0 + 5);
    fm_doc_unref(got.doc);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(a_copy_that_is_held_gives_the_dates_back),
    TEST(what_a_backend_has_missed_is_put_back),
    TEST(a_backend_that_fell_back_is_caught_up),
    TEST(a_copy_is_restored_where_there_is_none),
  };
  return kit_run("store/held", tests, LEN(tests));
}
