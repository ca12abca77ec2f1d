/* Filters: what is accepted, what passes, in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "base/str.h"
#include "feed/filter.h"

#define LEN(a) (sizeof(a) / sizeof *(a))

static fm_arena arena;

static int teardown(void **state)
{
  (void)state;
  fm_arena_deinit(&arena);
  return 0;
}

static int set(fm_filter *filter, const char *name, const char *value, fm_why *why)
{
  return fm_filter_set(filter, &arena, fm_str_of(name), fm_str_of(value), why);
}

/* name, value, name, value, ..., NULL */
static fm_filter filter_of(const char *const *pairs)
{
  fm_filter filter = {0};
  for (; pairs[0]; pairs += 2)
    assert_int_equal(set(&filter, pairs[0], pairs[1], NULL), FM_OK);
  return filter;
}
#define FILTER(...) filter_of((const char *const[]){__VA_ARGS__, NULL})

static void good_values_are_kept(void **state)
{
  (void)state;
  fm_filter filter = FILTER("limit", "1000", "min_upvotes", "50", "max_upvotes", "99.5",
                            "min_stars", "0", "include", "vision, Gr\xc3\xb6\xc3\x9f" "e",
                            "author", "Li");
  assert_int_equal(filter.limit, 1000);
  assert_int_equal(filter.nranges, 2);
  assert_true(fm_str_is(filter.ranges[0].name, "upvotes"));
  assert_true(filter.ranges[0].min == 50 && filter.ranges[0].max == 99.5);
  assert_true(filter.ranges[1].min == 0 && filter.ranges[1].max == INFINITY);
  assert_true(fm_str_is(filter.include, "vision, Gr\xc3\xb6\xc3\x9f" "e"));
  assert_int_equal(filter.exclude.len, 0);
}

static void bad_values_are_named(void **state)
{
  (void)state;
  static const char *const bad[][2] = {
    {"limit", ""}, {"limit", "0"}, {"limit", "1001"}, {"limit", "-1"}, {"limit", "5x"},
    {"limit", "1.0"}, {"limit", " 5"}, {"limit", "99999999999999999999999"},
    {"min_upvotes", ""}, {"min_upvotes", "many"}, {"min_upvotes", "-5"}, {"min_upvotes", "+5"},
    {"min_upvotes", "1e3"}, {"min_upvotes", "0x10"}, {"min_upvotes", "."}, {"min_upvotes", "5."},
    {"min_upvotes", ".5"}, {"min_upvotes", "1.2.3"}, {"min_upvotes", "nan"},
    {"min_upvotes", "1,5"}, {"max_comments", "inf"}, {"max_stars", "1234567890123456"},
    {"include", ""}, {"include", " "}, {"include", ","}, {"exclude", " , ,"},
    {"max_age", ""}, {"max_age", "5"}, {"max_age", "d"}, {"max_age", "0d"}, {"max_age", "-1d"},
    {"max_age", "1y"}, {"max_age", "1.5h"}, {"max_age", "99999d"}, {"max_age",
    "9999999999999999999d"},
    {"sort", ""}, {"sort", "Title"}, {"sort", "a b"}, {"sort", "-points"}, {"sort", "points_"},
    {"dedupe", ""}, {"dedupe", "yes"}, {"category", ","},
    {"author", "\xff"}, {"author", "a\nb"}, {"org", "a\x7f"}, {"org", "\xed\xa0\x80"},
  };
  for (size_t i = 0; i < LEN(bad); i++) {
    fm_filter filter = {0};
    fm_why why = {""};
    int error = set(&filter, bad[i][0], bad[i][1], &why);
    if (error != FM_E_BAD_ADDRESS)
      fail_msg("%s=%s gave %d", bad[i][0], bad[i][1], error);
    assert_int_equal(strncmp(why.text, bad[i][0], strlen(bad[i][0])), 0);
    assert_int_equal(why.text[strlen(bad[i][0])], ':');
    assert_true(filter.limit == 0 && filter.nranges <= 1 && filter.include.len == 0);
    assert_true(!filter.max_age && !filter.sort && !filter.dedupe);
    fm_buf canon;
    fm_buf_init(&canon, 100);
    assert_int_equal(fm_filter_canon(&filter, &canon), FM_OK);
    assert_int_equal(canon.len, 0);
    fm_buf_deinit(&canon);
  }
}

static void words_have_a_longest(void **state)
{
  (void)state;
  char text[FM_FILTER_WORDS_MAX + 2];
  memset(text, 'w', sizeof text - 1);
  text[sizeof text - 1] = 0;
  fm_filter filter = {0};
  fm_why why;
  assert_int_equal(set(&filter, "include", text, &why), FM_E_BAD_ADDRESS);
  assert_string_equal(why.text, "include: over 512 bytes");
  text[FM_FILTER_WORDS_MAX] = 0;
  assert_int_equal(set(&filter, "include", text, &why), FM_OK);
}

static void unknown_names_are_not_ours(void **state)
{
  (void)state;
  static const char *const names[] = {"", "limits", "Limit", "min_", "max_", "min_Votes", "q",
                                      "min_upvotes_", "_upvotes", "mid_upvotes", "date", "min_a__b",
                                      "max__a", "min_a1", "min_a-b", "max_age_", "min_\xc3\xa9",
                                      "min_abcdefghijklmnopqrstuvwxyzabcdefg"};
  for (size_t i = 0; i < LEN(names); i++) {
    fm_filter filter = {0};
    fm_why why = {"as before"};
    assert_int_equal(set(&filter, names[i], "5", &why), FM_E_NOT_FOUND);
    assert_string_equal(why.text, "as before");
    assert_int_equal(filter.nranges, 0);
  }
}

static void nothing_is_given_twice(void **state)
{
  (void)state;
  static const char *const rows[][3] = {
    {"limit", "5", "6"}, {"min_upvotes", "5", "6"}, {"max_any_number", "5", "6"},
    {"include", "5", "6"}, {"exclude", "5", "6"}, {"author", "5", "6"}, {"category", "5", "6"},
    {"org", "5", "6"}, {"max_age", "5d", "6d"}, {"sort", "title", "page"},
    {"sort", "points", "votes"}, {"dedupe", "title", "title"}};
  for (size_t i = 0; i < LEN(rows); i++) {
    fm_filter filter = {0};
    fm_why why;
    assert_int_equal(set(&filter, rows[i][0], rows[i][1], &why), FM_OK);
    assert_int_equal(set(&filter, rows[i][0], rows[i][2], &why), FM_E_BAD_ADDRESS);
    assert_non_null(strstr(why.text, "given twice"));
  }
}

static void every_range_has_room(void **state)
{
  (void)state;
  fm_filter filter = FILTER("min_upvotes", "1", "max_upvotes", "2", "min_comments", "1",
                            "max_comments", "2", "min_stars", "1", "max_stars", "2");
  assert_int_equal(filter.nranges, 3);
}

static void ranges_have_a_most(void **state)
{
  (void)state;
  fm_filter filter = {0};
  fm_why why;
  char name[] = "min_x";
  for (int i = 0; i < FM_FILTER_RANGES; i++) {
    name[4] = (char)('a' + i);
    assert_int_equal(set(&filter, name, "1", &why), FM_OK);
  }
  assert_int_equal(set(&filter, "max_a", "2", &why), FM_OK);
  assert_int_equal(set(&filter, "min_z", "1", &why), FM_E_BAD_ADDRESS);
  assert_non_null(strstr(why.text, "more than 8"));
}

static void other_numbers_are_told(void **state)
{
  (void)state;
  fm_filter known = FILTER("min_upvotes", "1", "max_stars", "2", "sort", "comments");
  assert_int_equal(fm_filter_other_number(&known).len, 0);
  fm_filter none = FILTER("sort", "title", "max_age", "1d");
  assert_int_equal(fm_filter_other_number(&none).len, 0);
  fm_filter range = FILTER("min_upvotes", "1", "min_votes", "2");
  assert_true(fm_str_is(fm_filter_other_number(&range), "votes"));
  fm_filter sort = FILTER("sort", "points");
  assert_true(fm_str_is(fm_filter_other_number(&sort), "points"));
}

static void canon_is(fm_filter filter, const char *want)
{
  fm_buf out;
  fm_buf_init(&out, 4096);
  fm_buf_text(&out, "x?");
  assert_int_equal(fm_filter_canon(&filter, &out), FM_OK);
  fm_buf_char(&out, 0);
  assert_string_equal(out.ptr + 2, want);
  fm_buf_deinit(&out);
}

static void canon_does_not_know_the_order(void **state)
{
  (void)state;
  const char *want = "author=Li&exclude=a%2Cb&include=x%20%26%20y&limit=5&max_comments=3"
                     "&max_stars=9&min_upvotes=50.5&org=org0";
  canon_is(FILTER("limit", "05", "min_upvotes", "50.50", "max_stars", "9", "max_comments", "3.0",
                  "org", "org0", "include", "x & y", "exclude", "a,b", "author", "Li"), want);
  canon_is(FILTER("author", "Li", "exclude", "a,b", "include", "x & y", "org", "org0",
                  "max_comments", "3", "max_stars", "09", "min_upvotes", "50.5", "limit", "5"),
           want);
  canon_is((fm_filter){0}, "");
  canon_is(FILTER("sort", "points", "min_b", "1", "min_a", "2", "max_b", "3", "max_age", "2h",
                  "dedupe", "title", "category", "x", "author", "y"),
           "author=y&category=x&dedupe=title&max_age=7200s&max_b=3&min_a=2&min_b=1&sort=points");
  canon_is(FILTER("sort", "updated"), "sort=updated");
}

static void canon_over_the_cap_adds_nothing(void **state)
{
  (void)state;
  fm_filter filter = FILTER("include", "something long enough", "limit", "5");
  fm_buf out;
  fm_buf_init(&out, 12);
  fm_buf_text(&out, "x?");
  assert_int_equal(fm_filter_canon(&filter, &out), FM_E_TOO_BIG);
  assert_int_equal(out.len, 2);
  fm_buf_deinit(&out);
}

static const fm_person people[] = {{.name = FM_STR("Ren\xc3\xa9 M\xc3\xbcller")},
                                   {.name = FM_STR("Li Wei")}};
static const fm_category kinds[] = {
  {.term = FM_STR("neural networks"), .scheme = FM_STR("https://x.test/keywords")},
  {.term = FM_STR("Neural & Co"), .scheme = FM_STR("https://x.test/organizations"),
   .handle = FM_STR("neural-co")},
  {.term = FM_STR("lab"), .scheme = FM_STR("https://x.test/organizations"),
   .label = FM_STR("The Laboratory")},
};
static const fm_number counts[] = {{FM_STR("upvotes"), 50}, {FM_STR("comments"), 0}};
static const fm_entry paper = {
  .id = FM_STR("p"), .title = FM_STR("Visual Search in Neurons"),
  .summary = FM_STR("A smart model of\nhuman vision."), .authors = people, .nauthors = 2,
  .categories = kinds, .ncategories = 3, .numbers = counts, .nnumbers = 2,
};

static void passes(const char *name, const char *value, int want)
{
  fm_filter filter = FILTER(name, value);
  if (fm_filter_passes(&filter, &paper) != want)
    fail_msg("%s=%s: wanted %d", name, value, want);
}

static void entries_pass_or_not(void **state)
{
  (void)state;
  passes("min_upvotes", "50", 1);
  passes("min_upvotes", "50.1", 0);
  passes("max_upvotes", "50", 1);
  passes("max_upvotes", "49", 0);
  passes("min_comments", "0", 1);
  passes("min_comments", "1", 0);
  passes("min_stars", "0", 0);
  passes("max_stars", "5", 1);
  passes("include", "NEURON", 1);
  passes("include", "art", 0);
  passes("include", "nothing, human vision", 1);
  passes("exclude", "model", 0);
  passes("exclude", "odel", 1);
  passes("author", "m\xc3\x9cller", 1);
  passes("author", "wei", 1);
  passes("author", "neuron", 0);
  passes("org", "neural-co", 1);
  passes("org", "Neural & Co", 1);
  passes("org", "laboratory", 1);
  passes("org", "LAB", 1);
  passes("org", "networks", 0);
  passes("limit", "1", 1);
  passes("category", "NEURAL", 1);
  passes("category", "neural-co, nothing", 1);
  passes("category", "laboratory", 1);
  passes("category", "etworks", 0);
  passes("min_points", "0", 0);
  passes("max_points", "0", 1);
  passes("sort", "points", 1);
}

/* Without a summary the text of the content counts, its markup does not. */
static void words_are_found_in_content(void **state)
{
  (void)state;
  fm_entry entry = {.title = FM_STR("t"), .content =
    FM_STR("<p title=\"hidden\">Some <b>bold</b> text &lt;tag&gt;</p><img "
        "src=\"https://a/photo\">")};
  static const struct {
    const char *words;
    int found;
  } rows[] = {{"bold", 1}, {"some", 1}, {"TEXT", 1}, {"tag", 1}, {"hidden", 0}, {"photo", 0},
      {"img", 0}};
  for (size_t i = 0; i < LEN(rows); i++) {
    fm_filter filter = FILTER("include", rows[i].words);
    assert_int_equal(fm_filter_passes(&filter, &entry), rows[i].found);
  }
  entry.summary = FM_STR("something else");
  fm_filter filter = FILTER("include", "bold");
  assert_false(fm_filter_passes(&filter, &entry));
}

static void all_of_a_filter_must_hold(void **state)
{
  (void)state;
  fm_filter both = FILTER("include", "neuron", "author", "li", "min_upvotes", "40");
  assert_true(fm_filter_passes(&both, &paper));
  fm_filter half = FILTER("include", "neuron", "author", "li", "min_upvotes", "60");
  assert_false(fm_filter_passes(&half, &paper));
  fm_filter none = {0};
  fm_entry bare = {.id = FM_STR("b")};
  assert_true(fm_filter_passes(&none, &bare));
  assert_false(fm_filter_passes(&both, &bare));
}

static const int64_t dates[] = {300, FM_NO_TIME, 500, 300, 100, FM_NO_TIME, 500, 300};

static void make_entries(fm_entry *entries)
{
  static const char names[] = "abcdefgh";
  static const fm_number odd = {FM_STR("upvotes"), 1}, even = {FM_STR("upvotes"), 2};
  for (size_t i = 0; i < LEN(dates); i++)
    entries[i] = (fm_entry){.id = {names + i, 1}, .published = dates[i], .updated = FM_NO_TIME,
                            .numbers = i % 2 ? &odd : &even, .nnumbers = 1};
}

static void view_is(fm_view view, enum fm_order order, const char *want)
{
  fm_entry entries[LEN(dates)];
  make_entries(entries);
  fm_feed in = {.id = FM_STR("id"), .title = FM_STR("t"), .day = 5, .order = order,
                .entries = entries, .nentries = LEN(entries)};
  fm_feed out;
  fm_view_apply(&view, &in, &arena, &out);
  assert_ptr_equal(out.title.ptr, in.title.ptr);
  assert_true(out.day == 5 && out.order == order);
  assert_int_equal(out.nentries, strlen(want));
  for (size_t i = 0; i < out.nentries; i++)
    assert_int_equal(out.entries[i].id.ptr[0], want[i]);
  assert_true(entries[1].id.ptr[0] == 'b' && entries[2].published == 500);
}

static void views_order_filter_and_cut(void **state)
{
  (void)state;
  fm_view all = {0};
  view_is(all, FM_ORDER_PUBLISHED, "cgadhebf");
  view_is(all, FM_ORDER_PAGE, "abcdefgh");
  fm_filter filters[2] = {FILTER("limit", "7", "min_upvotes", "2"), FILTER("limit", "2")};
  view_is(fm_view_of(filters, 2), FM_ORDER_PUBLISHED, "cg");
  view_is(fm_view_of(filters, 1), FM_ORDER_PUBLISHED, "cgae");
  view_is(fm_view_of(filters, 1), FM_ORDER_PAGE, "aceg");
  view_is((fm_view){.limit = 3}, FM_ORDER_PAGE, "abc");
  fm_filter narrow[2] = {FILTER("min_upvotes", "2"), FILTER("max_upvotes", "1")};
  view_is(fm_view_of(narrow, 2), FM_ORDER_PUBLISHED, "");
}

/* ---- order, age, duplicates ---- */

static const struct {
  const char *title;
  int64_t published, updated;
  double points; /* below 0: not said */
} posts[] = {
  {"b", 300, 900, 5}, {"\xc3\x89" "clair", 500, FM_NO_TIME, -1}, {"A  b", 400, 450, 7}, {"a",
  FM_NO_TIME, FM_NO_TIME, 7},
  {"a B", 100, 100, 0}, {" B ", 200, 950, -1}, {"\xc3\xa9" "CLAIR", 600, 600, 6},
};

static void posts_are(const char *want, int64_t now, fm_filter filter)
{
  fm_entry entries[LEN(posts)];
  fm_number points[LEN(posts)];
  char ids[LEN(posts)];
  for (size_t i = 0; i < LEN(posts); i++) {
    ids[i] = (char)('0' + i);
    points[i] = (fm_number){FM_STR("points"), posts[i].points};
    entries[i] = (fm_entry){.id = {&ids[i], 1}, .title = fm_str_of(posts[i].title),
                            .published = posts[i].published, .updated = posts[i].updated,
                            .numbers = &points[i], .nnumbers = posts[i].points >= 0};
  }
  fm_feed in = {.order = FM_ORDER_PUBLISHED, .entries = entries, .nentries = LEN(entries)}, out;
  fm_view view = fm_view_of(&filter, 1);
  fm_view_apply_at(&view, now ? now : FM_NO_TIME, &in, &arena, &out);
  char got[LEN(posts) + 1] = "";
  for (size_t i = 0; i < out.nentries; i++)
    got[i] = out.entries[i].id.ptr[0];
  assert_string_equal(got, want);
}

static void views_have_an_order(void **state)
{
  (void)state;
  posts_are("6120543", 0, (fm_filter){0});
  posts_are("6120543", 0, FILTER("sort", "published"));
  posts_are("5061243", 0, FILTER("sort", "updated"));
  posts_are("3240516", 0, FILTER("sort", "title"));
  posts_are("0123456", 0, FILTER("sort", "page"));
  posts_are("2360415", 0, FILTER("sort", "points"));
  posts_are("0123456", 0, FILTER("sort", "nothing"));
  posts_are("23", 0, FILTER("sort", "points", "limit", "2"));
  fm_filter two[2] = {FILTER("sort", "title"), FILTER("sort", "page")};
  fm_entry entries[2] = {{.title = FM_STR("z")}, {.title = FM_STR("y")}};
  fm_feed in = {.entries = entries, .nentries = 2}, out;
  fm_view view = fm_view_of(two, 2);
  fm_view_apply(&view, &in, &arena, &out);
  assert_true(fm_str_is(out.entries[0].title, "z")); /* the last one counts */
}

/* A view is as it is from one turn to the next. */
static void age_turns_a_view(void **state)
{
  (void)state;
  fm_entry entries[] = {{.published = 100}, {.published = FM_NO_TIME}, {.published = 300}};
  fm_feed feed = {.entries = entries, .nentries = LEN(entries)}, out;
  fm_filter filters[] = {FILTER("max_age", "100s"), FILTER("max_age", "50s"), FILTER("limit", "9")};
  fm_view view = fm_view_of(filters, 3), none = fm_view_of(filters + 2, 1);
  static const struct {
    int64_t now, last, next;
    size_t shown;
  } rows[] = {{0, FM_NO_TIME, 151, 3}, {150, FM_NO_TIME, 151, 3}, {151, 151, 351, 2},
              {350, 151, 351, 2}, {351, 351, INT64_MAX, 1}};
  int64_t last;
  for (size_t i = 0; i < LEN(rows); i++) {
    assert_int_equal(fm_view_turns(&view, rows[i].now, &feed, &last), rows[i].next);
    assert_int_equal(last, rows[i].last);
    fm_view_apply_at(&view, rows[i].now, &feed, &arena, &out);
    assert_int_equal(out.nentries, rows[i].shown);
  }
  assert_int_equal(fm_view_turns(&none, 1000, &feed, &last), INT64_MAX);
  assert_int_equal(last, FM_NO_TIME);
}

static void old_entries_go(void **state)
{
  (void)state;
  posts_are("6120543", 0, FILTER("max_age", "100s"));
  posts_are("613", 600, FILTER("max_age", "100s"));
  posts_are("61203", 600, FILTER("max_age", "5m"));
  posts_are("3", 100000, FILTER("max_age", "1h"));
}

/* The first published stays, in the order that is asked for. */
static void same_titles_are_one(void **state)
{
  (void)state;
  posts_are("1543", 0, FILTER("dedupe", "title"));
  posts_are("5143", 0, FILTER("dedupe", "title", "sort", "page"));
  posts_are("63", 600, FILTER("dedupe", "title", "max_age", "99s"));
}

static void empty_feed_stays_empty(void **state)
{
  (void)state;
  fm_feed feed = {.title = FM_STR("t")};
  fm_view view = {.limit = 5};
  fm_view_apply(&view, &feed, &arena, &feed);
  assert_int_equal(feed.nentries, 0);
  assert_null(feed.entries);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(good_values_are_kept),
    cmocka_unit_test(bad_values_are_named),
    cmocka_unit_test(words_have_a_longest),
    cmocka_unit_test(unknown_names_are_not_ours),
    cmocka_unit_test(nothing_is_given_twice),
    cmocka_unit_test(every_range_has_room),
    cmocka_unit_test(ranges_have_a_most),
    cmocka_unit_test(other_numbers_are_told),
    cmocka_unit_test(words_are_found_in_content),
    cmocka_unit_test(views_have_an_order),
    cmocka_unit_test(age_turns_a_view),
    cmocka_unit_test(old_entries_go),
    cmocka_unit_test(same_titles_are_one),
    cmocka_unit_test(canon_does_not_know_the_order),
    cmocka_unit_test(canon_over_the_cap_adds_nothing),
    cmocka_unit_test(entries_pass_or_not),
    cmocka_unit_test(all_of_a_filter_must_hold),
    cmocka_unit_test(views_order_filter_and_cut),
    cmocka_unit_test(empty_feed_stays_empty),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
