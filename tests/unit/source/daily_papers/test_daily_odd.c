/* Pages and papers of Daily Papers that are not as they should be. */
#include "source/daily_papers/daily_kit.h"

#include "base/date.h"
#include "feed/doc.h"

/* ---- pages that are no listing ---- */

static void assert_no_list(fm_str body, const char *why)
{
  struct result result;
  extract(FM_DAILY_ANY, page_of(body), &result);
  assert_int_equal(result.code, FM_E_NO_LIST);
  if (!strstr(result.lender.why.text, why))
    fail_msg("\"%s\" does not say \"%s\"", result.lender.why.text, why);
  drop(&result);
}

static void test_no_list(void **state)
{
  (void)state;
  static const struct {
    const char *name, *why;
  } rows[] = {
    {"challenge", "no element with data-target=\"DailyPapers\" and no rendered articles: is it a "
                  "login or challenge page? title: \"One moment, please\""},
    {"login", "title: \"Sign in & continue\""},
    {"other-articles", "title: \"Blog\""},
    {"truncated", "the page ends within data-props"},
    {"truncated-articles", "the page ends within the rendered articles"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fm_str body = read_page(rows[i].name, ".html");
    assert_no_list(body, rows[i].why);
    free((char *)body.ptr);
  }
  assert_no_list(FM_STR(""), "the page is empty");
  assert_no_list(FM_STR(" \n"), "the page is empty");
  assert_no_list(FM_STR("\"no\""), "no element with data-target");
}

static void test_useless_data(void **state)
{
  (void)state;
  assert_no_list(WITH("{}"), "neither dailyPapers nor searchResults");
  assert_no_list(WITH("{\"dailyPapers\":null}"), "neither dailyPapers nor searchResults");
  assert_no_list(WITH("{\"dailyPapers\":[}"), "JSON, byte 16");
  assert_no_list(WITH("[]"), "JSON, but no object");
  assert_no_list(WITH(""), "JSON, byte 0");
  assert_no_list(WITH("{\"dailyPapers\":[{\"paper\":{\"id\":\"2608.00001\"}},{}]}"),
                 "none of its 2 papers has an id and a title");
}

static void test_empty_list(void **state)
{
  (void)state;
  struct result result;
  fm_str body = WITH("{\"dailyPapers\":[],\"dateString\":\"2026-08-08\"}");
  extract(FM_DAILY_ANY, page_of(body), &result);
  assert_int_equal(result.code, FM_OK);
  assert_int_equal(result.feed.nentries, 0);
  assert_true(result.feed.day == INT64_C(1786147200));
  drop(&result);
}

/* A page that ends anywhere is the whole list or an error with a reason. */
static void test_cut_anywhere(void **state)
{
  (void)state;
  fm_str body = read_page("early", ".html");
  for (size_t len = 0; len <= body.len; len += len < 6500 ? 131 : 61) {
    struct result result;
    extract(FM_DAILY_ANY, page_of((fm_str){body.ptr, len}), &result);
    if (result.code == FM_OK)
      assert_int_equal(result.feed.nentries, 1);
    else
      assert_true(result.code == FM_E_NO_LIST && result.lender.why.text[0]);
    drop(&result);
  }
  free((char *)body.ptr);
}

/* Bytes broken at random, the same ones in every run: whatever comes out is a
 * feed or a reason, and no byte beside the page is touched (sanitizers look). */
static void test_broken_anywhere(void **state)
{
  (void)state;
  static const char odd[] = "<>\"'&;{}[],:\\/\0\x80\xff-! =";
  fm_str body = read_page("odd-markup", ".html");
  char *bytes = fm_dup(body.ptr, 24000);
  uint32_t seed = 1;
  for (int round = 0; round < 400; round++) {
    memcpy(bytes, body.ptr, 24000);
    for (int i = 0; i < 1 + round % 16; i++) {
      seed = seed * 1664525 + 1013904223;
      bytes[(seed >> 8) % 24000] = odd[seed % (sizeof odd - 1)];
    }
    struct result result;
    extract(FM_DAILY_ANY, page_of((fm_str){bytes, 24000}), &result);
    assert_true(result.code == FM_OK || result.lender.why.text[0]);
    drop(&result);
  }
  free(bytes);
  free((char *)body.ptr);
}

/* ---- entries that lack something ---- */

static const fm_entry *entry_of(const struct result *result, const char *id)
{
  for (size_t i = 0; i < result->feed.nentries; i++)
    if (fm_str_ends(result->feed.entries[i].id, fm_str_of(id)))
      return &result->feed.entries[i];
  fail_msg("no entry %s", id);
  return NULL;
}

static void assert_published(const fm_entry *entry, const char *expected)
{
  char text[FM_DATE_ISO_LEN + 1];
  fm_date_iso(entry->published, text);
  assert_string_equal(text, expected);
}

static void test_ragged(void **state)
{
  (void)state;
  struct result result;
  fm_str href[8];
  extract_named(FM_DAILY_ANY, "ragged", &result);
  assert_int_equal(result.feed.nentries, 9); /* one of them twice */
  const fm_entry *e = entry_of(&result, "/2608.00403");
  assert_int_equal(count_links(e, "related", href, 8), 1); /* no script, nothing relative */
  assert_int_equal(e->ncategories, 0);
  e = entry_of(&result, "/2608.00404v2");
  assert_int_equal(e->nauthors, 0);
  assert_int_equal(count_links(e, "related", href, 8), 1);
  assert_str(href[0], "https://arxiv.org/abs/2608.00404v2");
  e = entry_of(&result, "/a-blog_post.2");
  assert_int_equal(count_links(e, "related", href, 8) + count_links(e, "enclosure", href, 8), 0);
  assert_int_equal(e->summary.len, 0);
  assert_published(e, "2026-08-04T00:00:00Z"); /* "yesterday" is no date: the listing's day */
  e = entry_of(&result, "/2608.00407");
  double value;
  assert_false(fm_entry_number(e, FM_STR("upvotes"), &value));
  assert_false(fm_entry_number(e, FM_STR("stars"), &value));
  assert_str(e->categories[0].term, "kept");
  assert_int_equal(e->ncategories, 1);
  e = entry_of(&result, "/2608.00408");
  assert_int_equal(e->nauthors, 1);
  assert_str(e->authors[0].name, "Only One");
  e = entry_of(&result, "/2608.00409");
  assert_true(e->title.len > 0); /* the paper's own */
  assert_null(fm_str_find(e->content, FM_STR("<img")));
  assert_published(entry_of(&result, "/2608.00412"), "2026-08-04T00:00:00Z");
  drop(&result);
}

#define PAPER(id, rest) \
  WITH("{\"dailyPapers\":[{\"paper\":{\"id\":\"" id "\"," rest "}}]}")

static void assert_date_of(fm_str body, const char *url, const char *expected)
{
  struct result result;
  fm_page page = page_of(body);
  page.url = fm_str_of(url);
  extract(FM_DAILY_ANY, page, &result);
  assert_int_equal(result.code, FM_OK);
  if (expected)
    assert_published(&result.feed.entries[0], expected);
  else
    assert_true(result.feed.entries[0].published == FM_NO_TIME);
  drop(&result);
}

/* Each step of the chain, when all before it are missing; the clock is none. */
static void test_dates(void **state)
{
  (void)state;
  static const char front[] = "https://huggingface.co/papers";
  static const char day[] = "https://huggingface.co/papers/date/2026-08-04";
#define SUBMITTED "\"title\":\"T\",\"submittedOnDailyAt\":\"2026-08-03T10:11:12.5Z\""
#define APPEARED "\"title\":\"T\",\"publishedAt\":\"2026-07-09T01:00:00+01:00\""
  assert_date_of(PAPER("2607.01234", SUBMITTED), day, "2026-08-03T10:11:12Z");
  assert_date_of(PAPER("2607.01234", APPEARED), day, "2026-08-04T00:00:00Z");
  assert_date_of(PAPER("2607.01234", APPEARED), front, "2026-07-09T00:00:00Z");
  assert_date_of(PAPER("2607.01234", "\"title\":\"T\""), front, NULL);
  assert_date_of(PAPER("other", "\"title\":\"T\""), front, NULL);
}

static void test_content(void **state)
{
  (void)state;
  struct result result;
  fm_page page = page_of(WITH(
    "{\"dailyPapers\":[{\"title\":\"T\",\"numComments\":1,"
    "\"thumbnail\":\"https://t.example/a.png?x=1&amp;y=2\","
    "\"paper\":{\"id\":\"2608.00001\",\"upvotes\":0,\"githubStars\":1500,"
    "\"githubRepo\":\"https://g.example/r\","
    "\"summary\":\"One &lt;b&gt; &amp;amp; \\\"two\\\"\\nthree.\\n \\n\\n Four.\"}}]}"));
  extract(FM_DAILY_ANY, page, &result);
  assert_int_equal(result.code, FM_OK);
  assert_str(result.feed.entries[0].summary, "One <b> &amp; \"two\"\nthree.\n \n\n Four.");
#define CONTENT \
  "<p>One &lt;b&gt; &amp;amp; &quot;two&quot;\nthree.</p><p>Four.</p>" \
  "<p><a href=\"https://huggingface.co/papers/2608.00001\">" \
  "<img src=\"https://t.example/a.png?x=1&amp;y=2\" alt=\"\"></a></p>" \
  "<p><a href=\"https://huggingface.co/papers/2608.00001\">Paper page</a> · " \
  "<a href=\"https://arxiv.org/abs/2608.00001\">arXiv</a> · " \
  "<a href=\"https://g.example/r\">Code</a> · " \
  "<a href=\"https://arxiv.org/pdf/2608.00001\">PDF</a></p>"
  assert_str(result.feed.entries[0].content, CONTENT "<p>0 votes · 1 comment · 1500 stars</p>");
  drop(&result);

  fm_param off = {FM_STR("metrics"), FM_STR("off")};
  page.options = &off;
  page.noptions = 1;
  extract(FM_DAILY_ANY, page, &result);
  assert_str(result.feed.entries[0].content, CONTENT);
  drop(&result);
}

/* Text of any kind gets through; what XML forbids does not. */
static void assert_clean(fm_str text)
{
  assert_true(fm_utf8_valid(text));
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    assert_true(c >= ' ' || c == '\n' || c == '\t');
  }
  assert_null(fm_str_find(text, FM_STR("\xef\xbf\xbe")));
  assert_null(fm_str_find(text, FM_STR("\xef\xbf\xbf")));
}

static void test_no_control_gets_through(void **state)
{
  (void)state;
  static const char *const names[] = {"daily", "no-data", "form-2024", "ragged", "search"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct result result;
    extract_named(FM_DAILY_ANY, names[i], &result);
    for (size_t k = 0; k < result.feed.nentries; k++) {
      const fm_entry *e = &result.feed.entries[k];
      assert_clean(e->title);
      assert_clean(e->summary);
      assert_clean(e->content);
      for (size_t a = 0; a < e->nauthors; a++)
        assert_clean(e->authors[a].name);
    }
    drop(&result);
  }
  struct result result;
  fm_str body = PAPER("2608.00001", "\"title\":\"a\\u0000\\ud800b \xff c\"");
  extract(FM_DAILY_ANY, page_of(body), &result);
  assert_str(result.feed.entries[0].title, "a\xef\xbf\xbd" "b \xef\xbf\xbd c");
  drop(&result);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_no_list),    cmocka_unit_test(test_useless_data),
    cmocka_unit_test(test_empty_list), cmocka_unit_test(test_cut_anywhere),
    cmocka_unit_test(test_broken_anywhere),
    cmocka_unit_test(test_ragged),     cmocka_unit_test(test_dates),
    cmocka_unit_test(test_content),    cmocka_unit_test(test_no_control_gets_through),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  xmlCleanupParser();
  return failed;
}
