/* The codec: what goes in comes out the same. */
#include "sample.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "feed/codec.h"

static void same(fm_str a, fm_str b)
{
  if (!fm_str_eq(a, b))
    fail_msg("'%.*s' became '%.*s'", FM_FMT(a), FM_FMT(b));
  if (b.len == 0)
    assert_null(b.ptr);
}

static void same_person(const fm_person *a, const fm_person *b)
{
  same(a->name, b->name);
  same(a->uri, b->uri);
  same(a->email, b->email);
}

static void same_entry(const fm_entry *a, const fm_entry *b)
{
  same(a->id, b->id);
  same(a->title, b->title);
  same(a->summary, b->summary);
  same(a->content, b->content);
  same(a->rights, b->rights);
  assert_true(a->published == b->published && a->updated == b->updated);
  assert_int_equal(a->nauthors, b->nauthors);
  for (size_t i = 0; i < a->nauthors; i++)
    same_person(&a->authors[i], &b->authors[i]);
  assert_int_equal(a->nlinks, b->nlinks);
  for (size_t i = 0; i < a->nlinks; i++) {
    same(a->links[i].rel, b->links[i].rel);
    same(a->links[i].href, b->links[i].href);
    same(a->links[i].type, b->links[i].type);
    same(a->links[i].title, b->links[i].title);
  }
  assert_int_equal(a->ncategories, b->ncategories);
  for (size_t i = 0; i < a->ncategories; i++) {
    same(a->categories[i].term, b->categories[i].term);
    same(a->categories[i].scheme, b->categories[i].scheme);
    same(a->categories[i].label, b->categories[i].label);
    same(a->categories[i].handle, b->categories[i].handle);
  }
  assert_int_equal(a->nnumbers, b->nnumbers);
  for (size_t i = 0; i < a->nnumbers; i++) {
    same(a->numbers[i].name, b->numbers[i].name);
    assert_memory_equal(&a->numbers[i].value, &b->numbers[i].value, sizeof(double));
  }
}

static void same_feed(const fm_feed *a, const fm_feed *b)
{
  same(a->id, b->id);
  same(a->title, b->title);
  same(a->subtitle, b->subtitle);
  same(a->state, b->state);
  same(a->link, b->link);
  same(a->icon, b->icon);
  same(a->logo, b->logo);
  same(a->language, b->language);
  assert_int_equal(a->nauthors, b->nauthors);
  for (size_t i = 0; i < a->nauthors; i++)
    same_person(&a->authors[i], &b->authors[i]);
  assert_true(a->day == b->day);
  assert_int_equal(a->order, b->order);
  assert_int_equal(a->nentries, b->nentries);
  for (size_t i = 0; i < a->nentries; i++)
    same_entry(&a->entries[i], &b->entries[i]);
}

static void feed_round_trip(const fm_feed *feed)
{
  fm_buf out;
  fm_why why;
  fm_buf_init(&out, FM_BUF_MAX);
  assert_int_equal(fm_feed_encode(feed, &out), FM_OK);
  assert_null(memchr(out.ptr, '\n', out.len));
  fm_doc *doc;
  if (fm_feed_decode(fm_buf_view(&out), &doc, &why) != FM_OK)
    fail_msg("%s in %.*s", why.text, (int)out.len, out.ptr);
  memset(out.ptr, '?', out.len); /* nothing may point into the text */
  fm_buf_deinit(&out);
  same_feed(feed, &doc->feed);
  fm_doc_unref(doc);
}

static void entry_round_trip(const fm_entry *entry)
{
  fm_buf out;
  fm_arena arena = {0};
  fm_why why;
  fm_buf_init(&out, FM_BUF_MAX);
  assert_int_equal(fm_entry_encode(entry, &out), FM_OK);
  fm_entry back;
  if (fm_entry_decode(fm_buf_view(&out), &arena, &back, &why) != FM_OK)
    fail_msg("%s in %.*s", why.text, (int)out.len, out.ptr);
  fm_buf_deinit(&out);
  same_entry(entry, &back);
  fm_arena_deinit(&arena);
}

static void full_feeds_come_back(void **state)
{
  (void)state;
  fm_feed feed = sample_feed();
  feed_round_trip(&feed);
  feed.order = FM_ORDER_PAGE;
  feed.day = FM_NO_TIME;
  fm_person named = {.name = FM_STR("only a name")};
  feed.authors = &named;
  feed.nauthors = 1;
  feed.state = FM_STR("what: \"a source\"\nwants back\n");
  feed_round_trip(&feed);
  for (size_t i = 0; i < feed.nentries; i++)
    entry_round_trip(&feed.entries[i]);
}

static void empty_ones_come_back(void **state)
{
  (void)state;
  fm_feed feed = {.day = FM_NO_TIME};
  feed_round_trip(&feed);
  fm_entry entry = {.published = FM_NO_TIME, .updated = FM_NO_TIME};
  entry_round_trip(&entry);
  fm_person nobody = {.email = FM_STR("a@b")}, nothing = {.name = {NULL, 0}};
  fm_person people[] = {nobody, nothing};
  fm_link link = {.rel = {0}};
  fm_category category = {.handle = FM_STR("h")};
  entry = (fm_entry){.authors = people, .nauthors = 2, .links = &link, .nlinks = 1,
                     .categories = &category, .ncategories = 1};
  entry_round_trip(&entry);
}

static void times_come_back(void **state)
{
  (void)state;
  static const int64_t times[] = {FM_NO_TIME, INT64_MIN + 1, INT64_MAX, 0, 1, -1,
                                  INT64_C(9007199254740993), INT64_C(-9007199254740993)};
  for (size_t i = 0; i < LEN(times); i++)
    for (size_t k = 0; k < LEN(times); k++) {
      fm_entry entry = {.published = times[i], .updated = times[k]};
      entry_round_trip(&entry);
      fm_feed feed = {.day = times[i]};
      feed_round_trip(&feed);
    }
}

static void number_comes_back(double value)
{
  fm_number number = {FM_STR("n"), value};
  fm_entry entry = {.numbers = &number, .nnumbers = 1};
  entry_round_trip(&entry);
}

static void numbers_come_back(void **state)
{
  (void)state;
  static const double values[] = {0, 1, -1, 0.1, 1.0 / 3, 402, 1e22, 1e23, 1e300, DBL_MAX, DBL_MIN,
                                  DBL_TRUE_MIN, -DBL_MAX, 9007199254740993.0, 123456789.123456789};
  for (size_t i = 0; i < LEN(values); i++)
    number_comes_back(values[i]);
  for (int i = 0; i < 20000; i++) {
    double value;
    uint64_t bits = sample_random(UINT64_C(1) << 31) << 33 ^ sample_random(UINT64_C(1) << 31) << 10;
    memcpy(&value, &bits, sizeof value);
    if (isfinite(value))
      number_comes_back(value);
  }
}

static void numbers_keep_order_and_name(void **state)
{
  (void)state;
  fm_number numbers[] = {{FM_STR("b"), 2}, {FM_STR("a"), 1}, {{0}, 3}, {FM_STR("b"), 4},
                         {FM_STR("q\"\\\n"), 5}};
  fm_entry entry = {.numbers = numbers, .nnumbers = LEN(numbers)};
  entry_round_trip(&entry);
}

static void infinities_are_left_out(void **state)
{
  (void)state;
  fm_number numbers[] = {{FM_STR("a"), INFINITY}, {FM_STR("b"), NAN}, {FM_STR("c"), 1}};
  fm_entry entry = {.numbers = numbers, .nnumbers = 3}, back;
  fm_buf out;
  fm_arena arena = {0};
  fm_buf_init(&out, 1000);
  assert_int_equal(fm_entry_encode(&entry, &out), FM_OK);
  assert_int_equal(fm_entry_decode(fm_buf_view(&out), &arena, &back, NULL), FM_OK);
  assert_int_equal(back.nnumbers, 1);
  assert_true(fm_str_is(back.numbers[0].name, "c") && back.numbers[0].value == 1);
  fm_arena_deinit(&arena);
  fm_buf_deinit(&out);
}

/* All characters, NUL and what XML forbids included. */
static void every_character_comes_back(void **state)
{
  (void)state;
  fm_buf all;
  fm_buf_init(&all, FM_BUF_MAX);
  for (uint32_t c = 0; c <= 0x10ffff; c++) {
    char utf8[4];
    if (c < 0xd800 || c >= 0xe000)
      fm_buf_add(&all, utf8, fm_utf8_put(c, utf8));
  }
  fm_entry entry = {.title = fm_buf_view(&all)};
  entry_round_trip(&entry);
  fm_buf_deinit(&all);
}

/* Of random feeds the texts may change once, where they are not UTF-8, and
 * never again. */
static void random_feeds_come_back(void **state)
{
  (void)state;
  for (int i = 0; i < 2000; i++) {
    fm_arena arena = {0};
    fm_feed feed = sample_noise_feed(&arena);
    fm_buf out;
    fm_doc *doc;
    fm_buf_init(&out, FM_BUF_MAX);
    assert_int_equal(fm_feed_encode(&feed, &out), FM_OK);
    assert_int_equal(fm_feed_decode(fm_buf_view(&out), &doc, NULL), FM_OK);
    assert_int_equal(doc->feed.nentries, feed.nentries);
    feed_round_trip(&doc->feed);
    fm_doc_unref(doc);
    fm_buf_deinit(&out);
    fm_arena_deinit(&arena);
  }
}

/* Records of earlier versions have the record of an entry's page in a number. */
static void the_number_of_earlier_versions_is_converted(void **state)
{
  (void)state;
  static const struct {
    const char *json;
    int64_t fields, failures;
    size_t numbers;
  } cases[] = {
    {"{\"i\":\"a\",\"n\":[\"own page\",70,\"points\",7]}", 70, 0, 1},
    {"{\"i\":\"a\",\"n\":[\"points\",7,\"own page\",64]}", 64, 0, 1},
    {"{\"i\":\"a\",\"n\":[\"own page\",2]}", 0, 2, 0},
    {"{\"i\":\"a\",\"n\":[\"own page\",0,\"points\",7]}", 0, 0, 1},
    {"{\"i\":\"a\",\"n\":[\"own page\",1e99]}", 0, 0, 0},
    {"{\"i\":\"a\",\"n\":[\"own page\",-1]}", 0, 0, 0},
    {"{\"i\":\"a\",\"n\":[]}", 0, 0, 0},
    {"{\"i\":\"a\",\"f\":65,\"n\":[\"points\",7]}", 65, 0, 1},
    {"{\"i\":\"a\",\"e\":3}", 0, 3, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fm_arena arena = {0};
    fm_entry entry;
    fm_why why;
    fm_buf out;
    assert_int_equal(fm_entry_decode(fm_str_of(cases[i].json), &arena, &entry, &why), FM_OK);
    assert_int_equal(entry.page_fields, cases[i].fields);
    assert_int_equal(entry.page_failures, cases[i].failures);
    assert_int_equal(entry.nnumbers, cases[i].numbers);
    fm_buf_init(&out, FM_BUF_MAX);
    assert_int_equal(fm_entry_encode(&entry, &out), FM_OK);
    assert_null(fm_str_find(fm_buf_view(&out), FM_STR("own page")));
    fm_entry again;
    assert_int_equal(fm_entry_decode(fm_buf_view(&out), &arena, &again, &why), FM_OK);
    assert_int_equal(again.page_fields, cases[i].fields);
    assert_int_equal(again.page_failures, cases[i].failures);
    fm_buf_deinit(&out);
    fm_arena_deinit(&arena);
  }
}

static void unknown_members_are_skipped(void **state)
{
  (void)state;
  fm_doc *doc;
  fm_str text = FM_STR("{\"future\":{\"a\":[1,{}]},\"t\":\"title\",\"z\":[[]],\"k\":7,"
                       "\"e\":[{\"i\":\"1\",\"zz\":null,\"a\":[\"x\",{\"n\":\"y\",\"q\":1}]}]}");
  assert_int_equal(fm_feed_decode(text, &doc, NULL), FM_OK);
  assert_true(fm_str_is(doc->feed.title, "title"));
  assert_int_equal(doc->feed.order, FM_ORDER_PUBLISHED);
  assert_int_equal(doc->feed.nentries, 1);
  assert_int_equal(doc->feed.entries[0].nauthors, 2);
  assert_true(fm_str_is(doc->feed.entries[0].authors[1].name, "y"));
  assert_true(doc->feed.entries[0].published == FM_NO_TIME);
  fm_doc_unref(doc);
}

static void broken_text_is_refused(void **state)
{
  (void)state;
  static const char *const broken[] = {
    "", " ", "null", "[]", "\"x\"", "5", "{", "{\"i\"", "{\"i\":", "{\"i\":\"x", "{\"i\":\"x\"",
    "{\"i\":\"x\",}", "{i:1}", "{\"e\":[}", "{\"e\":[{]}", "{} {}", "{}x", "{\"a\":[\"x\",}",
  };
  for (size_t i = 0; i < LEN(broken); i++) {
    fm_doc *doc = NULL;
    fm_arena arena = {0};
    fm_entry entry = {.published = 77};
    fm_why why = {""};
    if (fm_feed_decode(fm_str_of(broken[i]), &doc, &why) != FM_E_SYNTAX)
      fail_msg("taken for a feed: %s", broken[i]);
    assert_null(doc);
    assert_int_not_equal(*why.text, 0);
    if (fm_entry_decode(fm_str_of(broken[i]), &arena, &entry, &why) != FM_E_SYNTAX)
      fail_msg("taken for an entry: %s", broken[i]);
    assert_true(entry.published == 77);
    fm_arena_deinit(&arena);
  }
}

/* Cut anywhere, a document is no document; a crash while writing is noticed. */
static void every_cut_is_noticed(void **state)
{
  (void)state;
  fm_feed feed = sample_feed();
  fm_buf out;
  fm_doc *doc;
  fm_buf_init(&out, FM_BUF_MAX);
  assert_int_equal(fm_feed_encode(&feed, &out), FM_OK);
  for (size_t len = 0; len < out.len; len++) {
    char *cut = fm_dup(out.ptr, len); /* its end is the allocation's, for ASan to see */
    assert_int_equal(fm_feed_decode((fm_str){cut, len}, &doc, NULL), FM_E_SYNTAX);
    free(cut);
  }
  fm_buf_deinit(&out);
}

static void over_the_cap_nothing_is_added(void **state)
{
  (void)state;
  fm_feed feed = sample_feed();
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  assert_int_equal(fm_feed_encode(&feed, &out), FM_OK);
  for (size_t max = 1; max <= out.len + 1; max++) {
    fm_buf small;
    fm_buf_init(&small, max);
    fm_buf_char(&small, '!');
    int error = fm_feed_encode(&feed, &small);
    assert_int_equal(error, max < out.len + 1 ? FM_E_TOO_BIG : FM_OK);
    assert_int_equal(small.len, error ? 1 : out.len + 1);
    fm_buf_deinit(&small);
  }
  fm_buf_deinit(&out);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(full_feeds_come_back),
    cmocka_unit_test(empty_ones_come_back),
    cmocka_unit_test(times_come_back),
    cmocka_unit_test(numbers_come_back),
    cmocka_unit_test(numbers_keep_order_and_name),
    cmocka_unit_test(infinities_are_left_out),
    cmocka_unit_test(every_character_comes_back),
    cmocka_unit_test(random_feeds_come_back),
    cmocka_unit_test(the_number_of_earlier_versions_is_converted),
    cmocka_unit_test(unknown_members_are_skipped),
    cmocka_unit_test(broken_text_is_refused),
    cmocka_unit_test(every_cut_is_noticed),
    cmocka_unit_test(over_the_cap_nothing_is_added),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
