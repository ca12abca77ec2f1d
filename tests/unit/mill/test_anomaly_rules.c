/* What is far from what was, and what only looks so. */
#include "feed/entry_page.h"
#include "mill/anomaly_rules.h"

#include "base/mem.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { DAY = 86400, MOST = 200 };
#define TUESDAY ((int64_t)1785801600) /* 2026-08-04 */

/* A feed as the tests put it together. */
typedef struct made {
  fm_feed feed;
  fm_entry entries[MOST];
  fm_arena arena;
} made;

static const fm_person somebody = {.name = FM_STR("Somebody")};

static fm_entry *add(made *m, int number, int64_t published)
{
  fm_entry *e = &m->entries[m->feed.nentries++];
  *e = (fm_entry){
    .id = fm_arena_printf(&m->arena, "https://site.test/papers/2608.%05d", number),
    .title = fm_arena_printf(&m->arena, "Title %d", number),
    .summary = FM_STR("An abstract."), .published = published, .updated = published,
    .authors = &somebody, .nauthors = 1,
  };
  m->feed.entries = m->entries;
  return e;
}

/* `count` entries of a day, numbered from `from`; the listing is that day's. */
static void add_day(made *m, int from, int count, int64_t day)
{
  for (int i = 0; i < count; i++)
    add(m, from + i, day + 3600);
  m->feed.day = day;
}

static enum fm_anomaly look(made *past, made *seen)
{
  fm_reading_history p = {.feed = &past->feed, .counted = true, .shown = past->feed.nentries};
  fm_why why = {""};
  enum fm_anomaly anomaly = fm_anomaly_find(&p, &seen->feed, 0, &why);
  assert_int_equal(anomaly == FM_ANOMALY_NONE, why.text[0] == 0);
  if (anomaly)
    printf("%s: %s\n", fm_anomaly_name(anomaly), why.text);
  return anomaly;
}

static void done(made *a, made *b)
{
  fm_arena_deinit(&a->arena);
  fm_arena_deinit(&b->arena);
  memset(a, 0, sizeof *a);
  memset(b, 0, sizeof *b);
}

static made past, seen;

static void test_a_first_sight_is_never_odd(void **state)
{
  (void)state;
  fm_reading_history none = {0};
  fm_why why;
  seen.feed.day = TUESDAY;
  assert_int_equal(fm_anomaly_find(&none, &seen.feed, 99, &why), FM_ANOMALY_NONE);
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  done(&past, &seen);
}

static void test_the_same_again(void **state)
{
  (void)state;
  add_day(&past, 100, 50, TUESDAY);
  add_day(&seen, 100, 50, TUESDAY);
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  done(&past, &seen);
}

static void test_no_entries_of_a_day_that_had_some(void **state)
{
  (void)state;
  add_day(&past, 100, 50, TUESDAY);
  seen.feed.day = TUESDAY;
  assert_int_equal(look(&past, &seen), FM_ANOMALY_EMPTY);
  past.feed.day = seen.feed.day = TUESDAY + 4 * DAY; /* of a Saturday that had some */
  for (size_t i = 0; i < past.feed.nentries; i++)
    past.entries[i].published += 4 * DAY;
  assert_int_equal(look(&past, &seen), FM_ANOMALY_EMPTY);
  done(&past, &seen);
}

static void test_no_entries_on_a_weekday(void **state)
{
  (void)state;
  for (int day = -5; day < 2; day++) /* Thursday to Wednesday, no weekend */
    if (day != -3 && day != -2)
      add_day(&past, 100 + 10 * (day + 5), 10, TUESDAY + day * DAY);
  seen.feed.day = TUESDAY + 2 * DAY;
  assert_int_equal(look(&past, &seen), FM_ANOMALY_EMPTY);
  seen.feed.day = TUESDAY + 4 * DAY; /* Saturday; and no papers on Friday would be odd too */
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  done(&past, &seen);
}

static void test_no_entries_on_a_weekday_after_one_day(void **state)
{
  (void)state;
  add_day(&past, 100, 50, TUESDAY);
  seen.feed.day = TUESDAY + DAY;
  assert_int_equal(look(&past, &seen), FM_ANOMALY_EMPTY);
  done(&past, &seen);
}

static void test_no_entries_where_that_happens(void **state)
{
  (void)state;
  add_day(&past, 100, 1, TUESDAY - 4 * DAY); /* Friday; nothing on Monday */
  add_day(&past, 200, 1, TUESDAY);
  seen.feed.day = TUESDAY + DAY;
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  done(&past, &seen);
}

static void test_an_empty_weekend(void **state)
{
  (void)state;
  add_day(&past, 100, 50, TUESDAY + 3 * DAY);
  for (int day = 4; day < 6; day++) {
    seen.feed.day = TUESDAY + day * DAY;
    assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  }
  /* the last ones of Friday came in the night */
  past.entries[0].published = past.entries[1].published = TUESDAY + 4 * DAY + 60;
  seen.feed.day = TUESDAY + 4 * DAY;
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  done(&past, &seen);
}

static void test_an_empty_list_stays_empty(void **state)
{
  (void)state;
  add_day(&past, 100, 50, TUESDAY);
  fm_reading_history p = {.feed = &past.feed, .counted = true, .shown = 0};
  fm_why why;
  past.feed.day = seen.feed.day = FM_NO_TIME;
  assert_int_equal(fm_anomaly_find(&p, &seen.feed, 0, &why), FM_ANOMALY_NONE);
  p.counted = false;
  assert_int_equal(fm_anomaly_find(&p, &seen.feed, 0, &why), FM_ANOMALY_EMPTY);
  done(&past, &seen);
}

static void test_a_new_day_with_few(void **state)
{
  (void)state;
  add_day(&past, 100, 50, TUESDAY);
  add_day(&seen, 500, 1, TUESDAY + DAY);
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  seen.feed.day = past.feed.day = FM_NO_TIME; /* of a list without days */
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  done(&past, &seen);
}

static void test_far_fewer_and_none_new(void **state)
{
  (void)state;
  add_day(&past, 100, 50, TUESDAY);
  add_day(&seen, 120, 3, TUESDAY);
  assert_int_equal(look(&past, &seen), FM_ANOMALY_FEW);
  add_day(&seen, 500, 1, TUESDAY); /* a new one */
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  done(&past, &seen);
  add_day(&past, 100, 50, TUESDAY); /* after a restart the day's own count */
  add_day(&seen, 120, 3, TUESDAY);
  fm_reading_history p = {.feed = &past.feed};
  fm_why why;
  assert_int_equal(fm_anomaly_find(&p, &seen.feed, 0, &why), FM_ANOMALY_FEW);
  past.feed.order = seen.feed.order = FM_ORDER_PAGE; /* of a ranking nobody can tell then */
  assert_int_equal(fm_anomaly_find(&p, &seen.feed, 0, &why), FM_ANOMALY_NONE);
  p.counted = true;
  p.shown = 12; /* of 50 that are remembered, it showed as many */
  assert_int_equal(fm_anomaly_find(&p, &seen.feed, 0, &why), FM_ANOMALY_NONE);
  p.shown = 40;
  assert_int_equal(fm_anomaly_find(&p, &seen.feed, 0, &why), FM_ANOMALY_FEW);
  done(&past, &seen);
}

static void test_an_older_list_again(void **state)
{
  (void)state;
  add_day(&past, 100, 50, TUESDAY);
  add_day(&past, 500, 15, TUESDAY + DAY);
  add_day(&seen, 100, 1, TUESDAY);
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  done(&past, &seen);
}

static void test_no_abstracts(void **state)
{
  (void)state;
  add_day(&past, 100, 50, TUESDAY);
  add_day(&seen, 100, 50, TUESDAY);
  for (int i = 0; i < 25; i++)
    seen.entries[i].summary = (fm_str){0};
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE); /* half */
  seen.entries[25].summary = (fm_str){0};
  assert_int_equal(look(&past, &seen), FM_ANOMALY_ABSTRACTS);
  fm_why why;
  fm_reading_history p = {.feed = &past.feed, .counted = true, .shown = 50, .bare = 26};
  assert_int_equal(fm_anomaly_find(&p, &seen.feed, 0, &why), FM_ANOMALY_NONE); /* memory's, not the page's */
  p.bare = 25;
  assert_int_equal(fm_anomaly_find(&p, &seen.feed, 0, &why), FM_ANOMALY_ABSTRACTS);
  for (int i = 0; i < 20; i++)
    past.entries[i].summary = (fm_str){0}; /* many had none before */
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  done(&past, &seen);
}

/* An entry's own page tells what its list never had. */
static void test_details_are_not_the_list(void **state)
{
  (void)state;
  fm_arena arena = {0};
  add_day(&past, 100, 20, TUESDAY);
  add_day(&seen, 100, 20, TUESDAY);
  for (int i = 0; i < 20; i++) {
    seen.entries[i].summary = (fm_str){0};
    seen.entries[i].title = FM_STR("Read more");
  }
  assert_int_equal(look(&past, &seen), FM_ANOMALY_TITLES);
  for (int i = 0; i < 20; i++) {
    fm_entry said = {.title = past.entries[i].title, .published = FM_NO_TIME, .updated = FM_NO_TIME};
    fm_entry_page_add(&said, &arena, &past.entries[i]);
  }
  assert_int_equal(look(&past, &seen), FM_ANOMALY_ABSTRACTS);
  for (int i = 0; i < 20; i++) {
    fm_entry said = {.title = past.entries[i].title, .summary = past.entries[i].summary,
                     .published = FM_NO_TIME, .updated = FM_NO_TIME};
    fm_entry_page_add(&said, &arena, &past.entries[i]);
  }
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  fm_arena_deinit(&arena);
  done(&past, &seen);
}

static void test_a_page_read_by_what_it_shows(void **state)
{
  (void)state;
  add_day(&past, 100, 50, TUESDAY);
  add_day(&seen, 110, 50, TUESDAY);
  for (int i = 0; i < 50; i++) {
    seen.entries[i].summary = (fm_str){0};
    seen.entries[i].nauthors = 0;
  }
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  for (int i = 0; i < 50; i++)
    past.entries[i].nauthors = 0; /* it never had authors */
  assert_int_equal(look(&past, &seen), FM_ANOMALY_ABSTRACTS);
  done(&past, &seen);
}

static void test_no_titles(void **state)
{
  (void)state;
  fm_why why;
  add_day(&past, 100, 50, TUESDAY);
  add_day(&seen, 500, 5, TUESDAY + DAY);
  fm_reading_history p = {.feed = &past.feed, .counted = true, .shown = 50};
  assert_int_equal(fm_anomaly_find(&p, &seen.feed, 5, &why), FM_ANOMALY_NONE);
  assert_int_equal(fm_anomaly_find(&p, &seen.feed, 45, &why), FM_ANOMALY_TITLES);
  assert_string_equal(why.text, "45 of 50 entries have no title or no id");
  p.dropped = 60; /* as ever */
  assert_int_equal(fm_anomaly_find(&p, &seen.feed, 45, &why), FM_ANOMALY_NONE);
  done(&past, &seen);
}

static void test_titles_that_are_the_same(void **state)
{
  (void)state;
  add_day(&past, 100, 50, TUESDAY);
  add_day(&seen, 100, 50, TUESDAY);
  for (int i = 0; i < 26; i++)
    seen.entries[i].title = FM_STR("Loading...");
  assert_int_equal(look(&past, &seen), FM_ANOMALY_TITLES);
  for (int i = 0; i < 26; i++)
    past.entries[i].title = FM_STR("New release");
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  done(&past, &seen);
}

static void set_ids(made *m, const char *format, int from)
{
  for (size_t i = 0; i < m->feed.nentries; i++) {
    char text[200];
    snprintf(text, sizeof text, format, from + (int)i);
    m->entries[i].id = fm_arena_str(&m->arena, fm_str_of(text));
  }
}

/* Past ids, ids now, and what that is. */
static void test_ids_of_another_form(void **state)
{
  (void)state;
  static const struct { const char *before, *now; enum fm_anomaly anomaly; } cases[] = {
    {"https://a.test/papers/2608.%05d", "https://a.test/papers/2609.%04d", FM_ANOMALY_NONE},
    {"https://a.test/papers/2608.%05d", "https://a.test/papers/undefined-%d", FM_ANOMALY_IDS},
    {"https://a.test/papers/2608.%05d", "https://b.test/papers/2608.%05d", FM_ANOMALY_IDS},
    {"https://a.test/papers/2608.%05d", "https://a.test/articles/%d", FM_ANOMALY_IDS},
    {"https://a.test/papers/2608.%05d", "https://a.test/papers/2608.%05d/view", FM_ANOMALY_IDS},
    {"https://a.test/papers/2608.%05d", "/papers/2608.%05d", FM_ANOMALY_IDS},
    {"https://a.test/papers/2608.%05d", "%d", FM_ANOMALY_IDS},
    {"https://a.test/2026/a-slug-%d", "https://a.test/2027/other-slug-%d", FM_ANOMALY_NONE},
    {"https://a.test/2026/a-slug-%d", "https://a.test/2027/slug-%d", FM_ANOMALY_NONE},
    {"https://a.test/2026/a-slug-%d", "https://a.test/2027/%d", FM_ANOMALY_IDS},
    {"https://a.test/?p=%d", "https://a.test/?p=%d", FM_ANOMALY_NONE},
    {"https://a.test/?p=%d", "https://a.test/?page_id=%d", FM_ANOMALY_IDS},
    {"tag:a.test,2026:%d", "tag:a.test,2027:%d", FM_ANOMALY_NONE},
    {"tag:a.test,2026:%d", "https://a.test/%d", FM_ANOMALY_IDS},
    {"\xd1\x8f%d", "\xd0\x96%d", FM_ANOMALY_NONE},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    add_day(&past, 100, 50, TUESDAY);
    add_day(&seen, 500, 20, TUESDAY + DAY);
    set_ids(&past, cases[i].before, 100);
    set_ids(&seen, cases[i].now, 500);
    if (look(&past, &seen) != cases[i].anomaly)
      fail_msg("%s -> %s", cases[i].before, cases[i].now);
    done(&past, &seen);
  }
}

/* Where each lies in a place of its own, or there are too few, form says nothing. */
static void test_ids_that_tell_nothing(void **state)
{
  (void)state;
  add_day(&past, 100, 50, TUESDAY);
  add_day(&seen, 500, 20, TUESDAY + DAY);
  for (int i = 0; i < 50; i++) {
    char text[200] = "https://a.test/";
    for (int k = 0; k <= i % 20; k++)
      strcat(text, k % 2 ? "1/" : "x/");
    past.entries[i].id = fm_arena_str(&past.arena, fm_str_of(text));
  }
  set_ids(&seen, "https://b.test/%d", 1);
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  done(&past, &seen);
  add_day(&past, 100, 4, TUESDAY);
  add_day(&seen, 500, 20, TUESDAY + DAY);
  set_ids(&seen, "https://b.test/%d", 1);
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  done(&past, &seen);
  add_day(&past, 100, 50, TUESDAY);
  add_day(&seen, 500, 2, TUESDAY + DAY); /* a new day with two from a blog */
  set_ids(&seen, "https://site.test/papers/a-blog-post-%d", 1);
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  done(&past, &seen);
}

static void test_ids_of_owners_and_names(void **state)
{
  (void)state;
  add_day(&past, 100, 50, TUESDAY);
  add_day(&seen, 500, 20, TUESDAY + DAY);
  for (int i = 0; i < 50; i++)
    past.entries[i].id = fm_arena_printf(&past.arena, "https://code.test/o%c%c/name%d", 'a' + i % 26,
                                         'a' + i / 2, i);
  for (int i = 0; i < 20; i++)
    seen.entries[i].id = fm_arena_printf(&seen.arena, "https://code.test/new-%c/thing", 'a' + i);
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  set_ids(&seen, "https://code.test/login?next=%d", 1);
  assert_int_equal(look(&past, &seen), FM_ANOMALY_IDS);
  done(&past, &seen);
}

static void test_hostile_ids(void **state)
{
  (void)state;
  char longest[5000];
  memset(longest, '/', sizeof longest);
  add_day(&past, 100, 50, TUESDAY);
  add_day(&seen, 500, 20, TUESDAY + DAY);
  for (int i = 0; i < 20; i++)
    seen.entries[i].id = (fm_str){longest, sizeof longest - (size_t)i};
  assert_int_equal(look(&past, &seen), FM_ANOMALY_IDS);
  for (int i = 0; i < 50; i++)
    past.entries[i].id = (fm_str){longest, sizeof longest - (size_t)i};
  assert_int_equal(look(&past, &seen), FM_ANOMALY_NONE);
  done(&past, &seen);
}

/* Time ---------------------------------------------------------------------------------- */

static void test_a_day_of_the_same_is_taken(void **state)
{
  (void)state;
  fm_anomaly_streak s = {0};
  int64_t now = TUESDAY;
  for (int i = 0; i < 24; i++)
    assert_true(fm_anomaly_streak_refuses(&s, FM_ANOMALY_EMPTY, now + i * 3600));
  assert_false(fm_anomaly_streak_refuses(&s, FM_ANOMALY_EMPTY, now + 24 * 3600));
  assert_true(s.accepted);
  assert_false(fm_anomaly_streak_refuses(&s, FM_ANOMALY_EMPTY, now + 90 * DAY)); /* and stays so */
  assert_true(fm_anomaly_streak_refuses(&s, FM_ANOMALY_IDS, now + 91 * DAY));   /* another one is new */
  assert_false(fm_anomaly_streak_refuses(&s, FM_ANOMALY_NONE, now + 92 * DAY));
  assert_true(fm_anomaly_streak_refuses(&s, FM_ANOMALY_EMPTY, now + 93 * DAY));
}

static void test_a_few_readings_are_not_enough(void **state)
{
  (void)state;
  fm_anomaly_streak s = {0};
  for (int i = 0; i < FM_ANOMALY_READINGS - 1; i++)
    assert_true(fm_anomaly_streak_refuses(&s, FM_ANOMALY_FEW, TUESDAY + i * DAY));
  assert_false(fm_anomaly_streak_refuses(&s, FM_ANOMALY_FEW, TUESDAY + 9 * DAY));
}

static void test_one_good_reading_begins_anew(void **state)
{
  (void)state;
  fm_anomaly_streak s = {0};
  for (int i = 0; i < 100; i++) {
    enum fm_anomaly anomaly = i % 20 == 19 ? FM_ANOMALY_NONE : FM_ANOMALY_TITLES;
    assert_int_equal(fm_anomaly_streak_refuses(&s, anomaly, TUESDAY + i * 3600), anomaly != FM_ANOMALY_NONE);
  }
}

static void test_names(void **state)
{
  (void)state;
  for (int at = 0; at < FM_ANOMALY_COUNT; at++) {
    enum fm_anomaly it = (enum fm_anomaly)at;
    assert_int_equal(fm_anomaly_from_name(fm_str_of(fm_anomaly_name(it))), it);
    assert_true(strlen(fm_anomaly_text(it)) > 5);
  }
  assert_int_equal(fm_anomaly_from_name(FM_STR("nonsense")), FM_ANOMALY_NONE);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_first_sight_is_never_odd),
      cmocka_unit_test(test_the_same_again),
      cmocka_unit_test(test_no_entries_of_a_day_that_had_some),
      cmocka_unit_test(test_no_entries_on_a_weekday),
      cmocka_unit_test(test_no_entries_on_a_weekday_after_one_day),
      cmocka_unit_test(test_no_entries_where_that_happens),
      cmocka_unit_test(test_an_empty_weekend),
      cmocka_unit_test(test_an_empty_list_stays_empty),
      cmocka_unit_test(test_a_new_day_with_few),
      cmocka_unit_test(test_far_fewer_and_none_new),
      cmocka_unit_test(test_an_older_list_again),
      cmocka_unit_test(test_no_abstracts),
      cmocka_unit_test(test_details_are_not_the_list),
    cmocka_unit_test(test_a_page_read_by_what_it_shows),
      cmocka_unit_test(test_no_titles),
      cmocka_unit_test(test_titles_that_are_the_same),
      cmocka_unit_test(test_ids_of_another_form),
      cmocka_unit_test(test_ids_that_tell_nothing),
      cmocka_unit_test(test_ids_of_owners_and_names),
      cmocka_unit_test(test_hostile_ids),
      cmocka_unit_test(test_a_day_of_the_same_is_taken),
      cmocka_unit_test(test_a_few_readings_are_not_enough),
      cmocka_unit_test(test_one_good_reading_begins_anew),
      cmocka_unit_test(test_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
