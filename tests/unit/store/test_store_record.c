/* What one sighting makes of what is remembered of an entry. */
#include "store/store_kit.h"

static fm_arena arena;

static int teardown(void **state)
{
  (void)state;
  fm_arena_deinit(&arena);
  return 0;
}

static fm_record first(const fm_entry *seen)
{
  fm_record record;
  fm_record_merge(NULL, seen, KIT_T0, &arena, &record);
  return record;
}

static fm_record again(const fm_record *old, const fm_entry *seen)
{
  fm_record record;
  fm_record_merge(old, seen, KIT_T0 + 100, &arena, &record);
  return record;
}

static void first_sighting_dates_an_entry(void **state)
{
  (void)state;
  fm_entry seen = kit_entry(&arena, FM_STR("a"));
  fm_record got = first(&seen);
  assert_true(got.first_seen == KIT_T0 && got.last_seen == KIT_T0);
  assert_true(got.entry.published == seen.published);
  assert_true(got.entry.updated == seen.published);
  assert_true(got.fingerprint == fm_fingerprint(&seen));
  seen.updated = seen.published + 5;
  got = first(&seen);
  assert_true(got.entry.updated == seen.published + 5);
}

static void an_undated_entry_is_dated_by_its_first_sighting(void **state)
{
  (void)state;
  fm_entry seen = kit_entry(&arena, FM_STR("a"));
  seen.published = FM_NO_TIME;
  fm_record one = first(&seen);
  assert_true(one.entry.published == KIT_T0 && one.entry.updated == KIT_T0);
  seen.published = KIT_T0 - 7;
  fm_record two = again(&one, &seen);
  assert_true(two.entry.published == KIT_T0 && two.first_seen == KIT_T0);
  assert_true(two.last_seen == KIT_T0 + 100);
}

static void only_title_abstract_and_authors_move_updated(void **state)
{
  (void)state;
  fm_person two[2] = {{.name = FM_STR("Author of a")}, {.name = FM_STR("Another")}};
  fm_number votes = {FM_STR("upvotes"), 99};
  fm_entry seen = kit_entry(&arena, FM_STR("a"));
  fm_record old = first(&seen);
  for (int i = 0; i < 8; i++) {
    fm_entry now = seen;
    switch (i) {
    case 0: now.content = FM_STR("<p>99 votes</p>"); break;
    case 1: now.numbers = &votes; break;
    case 2: now.nlinks = 0; break;
    case 3: now.published = now.updated = KIT_T0 + 50; break;
    case 4: now.summary = FM_STR("  About\n a. "); break; /* the same words */
    case 5: now.title = FM_STR("Another title"); break;
    case 6: now.summary = FM_STR("About b."); break;
    case 7: now.authors = two; now.nauthors = 2; break;
    }
    fm_record got = again(&old, &now);
    assert_true(got.entry.published == old.entry.published);
    assert_int_equal(got.entry.updated, i < 5 ? old.entry.updated : KIT_T0 + 100);
    assert_int_equal(got.fingerprint == old.fingerprint, i < 5);
  }
}

static void updated_moves_forward_when_the_page_is_ahead_of_the_clock(void **state)
{
  (void)state;
  fm_entry seen = kit_entry(&arena, FM_STR("a"));
  seen.published = KIT_T0 + 86400;
  fm_record old = first(&seen);
  seen.title = FM_STR("Another title");
  fm_record got = again(&old, &seen);
  assert_true(got.entry.updated == KIT_T0 + 86401);
}

static void what_the_page_lacks_is_kept(void **state)
{
  (void)state;
  fm_entry seen = kit_entry(&arena, FM_STR("a"));
  seen.rights = FM_STR("Free");
  fm_record old = first(&seen);
  fm_entry bare = {.id = seen.id, .content = FM_STR("<p>2 votes</p>"),
                   .published = FM_NO_TIME, .updated = FM_NO_TIME};
  fm_record got = again(&old, &bare);
  assert_str(got.entry.title, "Title of a");
  assert_str(got.entry.summary, "About a.");
  assert_str(got.entry.content, "<p>About a.</p>"); /* the new one has no abstract */
  assert_str(got.entry.rights, "Free");
  assert_int_equal(got.entry.nauthors, 1);
  assert_int_equal(got.entry.nlinks, 1);
  assert_int_equal(got.entry.ncategories, 1);
  assert_true(got.entry.updated == old.entry.updated);
}

static void numbers_keep_their_peaks(void **state)
{
  (void)state;
  fm_number high[2] = {{FM_STR("upvotes"), 60}, {FM_STR("stars"), 5}};
  fm_number low[2] = {{FM_STR("comments"), 3}, {FM_STR("upvotes"), 40}};
  fm_entry seen = kit_entry(&arena, FM_STR("a"));
  seen.numbers = high;
  seen.nnumbers = 2;
  fm_record old = first(&seen);
  seen.numbers = low;
  fm_record got = again(&old, &seen);
  double value;
  assert_int_equal(got.entry.nnumbers, 3);
  assert_true(fm_entry_number(&got.entry, FM_STR("upvotes"), &value) && value == 60);
  assert_true(fm_entry_number(&got.entry, FM_STR("stars"), &value) && value == 5);
  assert_true(fm_entry_number(&got.entry, FM_STR("comments"), &value) && value == 3);
}

static void numbers_with_new_names_do_not_pile_up(void **state)
{
  (void)state;
  fm_entry seen = kit_entry(&arena, FM_STR("a"));
  fm_record old = first(&seen);
  for (int i = 0; i < 200; i++) {
    fm_number number = {fm_arena_printf(&arena, "n%d", i), i};
    seen.numbers = &number;
    seen.nnumbers = 1;
    old = again(&old, &seen);
  }
  assert_true(old.entry.nnumbers <= 32);
  double value;
  assert_true(fm_entry_number(&old.entry, FM_STR("upvotes"), &value));
}

static void fingerprints_tell_fields_apart(void **state)
{
  (void)state;
  fm_person one = {.name = FM_STR("x y")}, two[2] = {{.name = FM_STR("x")}, {.name = FM_STR("y")}};
  fm_entry a = {.title = FM_STR("t"), .summary = FM_STR("s"), .authors = &one, .nauthors = 1};
  fm_entry b = a, c = a;
  b.authors = two;
  b.nauthors = 2;
  c.title = FM_STR("t s");
  c.summary = (fm_str){NULL, 0};
  assert_true(fm_fingerprint(&a) != fm_fingerprint(&b));
  assert_true(fm_fingerprint(&a) != fm_fingerprint(&c));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_teardown(first_sighting_dates_an_entry, teardown),
    cmocka_unit_test_teardown(an_undated_entry_is_dated_by_its_first_sighting, teardown),
    cmocka_unit_test_teardown(only_title_abstract_and_authors_move_updated, teardown),
    cmocka_unit_test_teardown(updated_moves_forward_when_the_page_is_ahead_of_the_clock, teardown),
    cmocka_unit_test_teardown(what_the_page_lacks_is_kept, teardown),
    cmocka_unit_test_teardown(numbers_keep_their_peaks, teardown),
    cmocka_unit_test_teardown(numbers_with_new_names_do_not_pile_up, teardown),
    cmocka_unit_test_teardown(fingerprints_tell_fields_apart, teardown),
  };
  return cmocka_run_group_tests_name("store/record", tests, NULL, NULL);
}
