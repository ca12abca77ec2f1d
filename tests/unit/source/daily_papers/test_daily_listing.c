/* Addresses of Daily Papers: the plan, and what they make of a feed's head. */
#include "source/daily_papers/daily_kit.h"

#include "base/date.h"
#include "source/registry.h"

/* ---- the feed's head ---- */

struct head {
  const char *page, *key, *url, *id, *title, *subtitle, *day;
  enum fm_order order;
};

static void assert_head(const struct head *row)
{
  struct result result;
  fm_str body = read_page(row->page, ".html");
  fm_page page = page_of(body);
  page.key = fm_str_of(row->key);
  page.url = fm_str_of(row->url);
  fm_param upstream = {FM_STR("upstream"), FM_STR("http://127.0.0.1:9/mirror/")};
  page.options = &upstream;
  page.noptions = 1;
  extract(FM_DAILY_ANY, page, &result);
  free((char *)body.ptr);
  assert_int_equal(result.code, FM_OK);
  assert_str(result.feed.id, row->id);
  assert_str(result.feed.link, row->id);
  assert_str(result.feed.title, row->title);
  assert_non_null(fm_str_find(result.feed.subtitle, fm_str_of(row->subtitle)));
  int64_t day = FM_NO_TIME;
  if (*row->day)
    assert_true(fm_date_parse_day(fm_str_of(row->day), &day));
  assert_true(result.feed.day == day);
  assert_int_equal(result.feed.order, row->order);
  assert_str(result.feed.language, "en");
  assert_str(result.feed.icon, "https://huggingface.co/favicon.ico");
  assert_true(result.feed.logo.len && result.feed.author.name.len && result.feed.author.uri.len);
  drop(&result);
}

static void test_heads(void **state)
{
  (void)state;
#define HF "https://huggingface.co/papers"
  static const struct head rows[] = {
    {"daily", "/papers", HF, HF, "Daily Papers", "2026-08-04", "2026-08-04", 0},
    {"next-day", "/papers", HF, HF, "Daily Papers", "2026-08-05", "2026-08-05", 0},
    {"daily", "", "", HF, "Daily Papers", "2026-08-04", "2026-08-04", 0},
    {"daily", "/papers/date/2026-08-04", HF, HF "/date/2026-08-04",
     "Daily Papers: 4 August 2026", "2026-08-04", "2026-08-04", 0},
    {"daily", "", HF "?date=2026-08-04", HF "/date/2026-08-04", "Daily Papers: 4 August 2026",
     "2026-08-04", "2026-08-04", 0},
    {"daily", "", "http://127.0.0.1:9/mirror/papers/date/2026-08-04", HF "/date/2026-08-04",
     "Daily Papers: 4 August 2026", "2026-08-04", "2026-08-04", 0},
    {"no-data", "/papers/date/2026-08-04", "", HF "/date/2026-08-04",
     "Daily Papers: 4 August 2026", "2026-08-04", "2026-08-04", 0},
    {"empty-day", "/papers/date/2026-08-08", "", HF "/date/2026-08-08",
     "Daily Papers: 8 August 2026", "2026-08-08", "2026-08-08", 0},
    {"form-2024", "", "", HF, "Daily Papers", "2024-08-01", "2024-08-01", 0},
    {"week", "", "", HF "/week/2026-W32", "Weekly Papers: 2026-W32", "2026-W32", "2026-08-03", 0},
    {"week", "", HF "/week", HF "/week/2026-W32", "Weekly Papers: 2026-W32", "2026-W32",
     "2026-08-03", 0},
    {"month", "/papers/month/2026-08", "", HF "/month/2026-08",
     "Monthly Papers: August 2026", "2026-08", "2026-08-01", 0},
    {"trending", "", "", HF "/trending", "Trending Papers", "trending", "", FM_ORDER_PAGE},
    {"trending", "/papers/trending", "", HF "/trending", "Trending Papers", "", "", FM_ORDER_PAGE},
    {"search", "", "", HF "?q=lanterns", "Papers: lanterns", "lanterns", "", FM_ORDER_PAGE},
    {"search-old", "", "", HF "?q=lanterns", "Papers: lanterns", "lanterns", "", FM_ORDER_PAGE},
    {"search", "/papers?q=a b&c=\"é\"?", HF, HF "?q=a%20b%26c%3D%22%C3%A9%22%3F",
     "Papers: a b&c=\"é\"?", "a b&c", "", FM_ORDER_PAGE},
    {"search", "", HF "?q=a+b%26", HF "?q=a%20b%26", "Papers: a b&", "a b&", "", FM_ORDER_PAGE},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_head(&rows[i]);
}

/* ---- the plan ---- */

/* 2026-08-08T12:00:00Z, a Saturday in week 32. */
#define NOW INT64_C(1786190400)

static int plan(const char *path, const char *query, const char *upstream, fm_arena *arena,
                fm_plan *made, fm_why *why)
{
  fm_param params[4], options[] = {{FM_STR("upstream"), fm_str_of(upstream)}};
  size_t count = 0;
  fm_str rest = fm_str_of(query), piece;
  while (rest.len && fm_str_cut(&rest, '&', &piece)) {
    fm_str value = piece;
    fm_str_cut(&value, '=', &params[count].name);
    params[count++].value = value;
  }
  fm_plan_request ask = {.size = sizeof ask, .path = fm_str_of(path), .params = params, .nparams = count,
                .options = options, .noptions = upstream ? 1 : 0, .now = NOW};
  return fm_source_plan(&fm_daily_papers, &ask, arena, made, why);
}

static void test_addresses(void **state)
{
  (void)state;
  static const struct {
    const char *path, *query, *address, *key;
  } rows[] = {
    {"/papers", "", "/papers", "/papers"},
    {"/papers/date/2026-08-04", "", "/papers/date/2026-08-04", "/papers/date/2026-08-04"},
    {"/papers", "date=2026-08-04", "/papers/date/2026-08-04", "/papers/date/2026-08-04"},
    {"/papers/date/2024-02-29", "", "/papers/date/2024-02-29", "/papers/date/2024-02-29"},
    {"/papers/week/2026-W32", "", "/papers/week/2026-W32", "/papers/week/2026-W32"},
    {"/papers/week/2026-W53", "", "/papers/week/2026-W53", "/papers/week/2026-W53"},
    {"/papers/week", "", "/papers/week/2026-W32", "/papers/week/2026-W32"},
    {"/papers/month/2026-08", "", "/papers/month/2026-08", "/papers/month/2026-08"},
    {"/papers/month", "", "/papers/month/2026-08", "/papers/month/2026-08"},
    {"/papers/trending", "", "/papers/trending", "/papers/trending"},
    {"/papers", "q=neurons", "/papers?q=neurons", "/papers?q=neurons"},
    {"/papers", "q=  two \t words ", "/papers?q=two%20words", "/papers?q=two words"},
    {"/papers", "q=c++ é#%", "/papers?q=c%2B%2B%20%C3%A9%23%25", "/papers?q=c++ é#%"},
  };
  static const struct {
    const char *option, *base;
  } upstreams[] = {{NULL, "https://huggingface.co"},
                   {"", "https://huggingface.co"},
                   {"http://127.0.0.1:8099", "http://127.0.0.1:8099"},
                   {"https://mirror.example/hf/", "https://mirror.example/hf"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (size_t k = 0; k < sizeof upstreams / sizeof *upstreams; k++) {
      fm_arena arena = {0};
      fm_plan made = {0};
      fm_why why = {""};
      char url[256];
      if (plan(rows[i].path, rows[i].query, upstreams[k].option, &arena, &made, &why) != FM_OK)
        fail_msg("%s?%s: %s", rows[i].path, rows[i].query, why.text);
      snprintf(url, sizeof url, "%s%s", upstreams[k].base, rows[i].address);
            assert_str(made.url, url);
      assert_str(made.key, rows[i].key);
      assert_int_equal(made.accept.len, 0);
      fm_arena_deinit(&arena);
    }
}

static void test_bad_addresses(void **state)
{
  (void)state;
  static const struct {
    const char *path, *query;
    int code;
    const char *why;
  } rows[] = {
    {"/papers/date/2026-02-30", "", FM_E_BAD_ADDRESS,
     "date: \"2026-02-30\" is not a day (YYYY-MM-DD)"},
    {"/papers/date/yesterday", "", FM_E_BAD_ADDRESS, "date: \"yesterday\" is not a day"},
    {"/papers/date/2026-8-4", "", FM_E_BAD_ADDRESS, "date: \"2026-8-4\" is not a day (YYYY-MM-DD)"},
    {"/papers", "date=2026-02-30", FM_E_BAD_ADDRESS, "date: \"2026-02-30\" is not a day"},
    {"/papers", "date=", FM_E_BAD_ADDRESS, "date: \"\" is not a day (YYYY-MM-DD)"},
    {"/papers/week/2026-W54", "", FM_E_BAD_ADDRESS,
     "week: \"2026-W54\" is not a week (YYYY-Www, ISO 8601)"},
    {"/papers/week/2025-W53", "", FM_E_BAD_ADDRESS, "week: \"2025-W53\" is not a week"}, /* of 52 */
    {"/papers/week/2026-W00", "", FM_E_BAD_ADDRESS, "week: \"2026-W00\" is not a week"},
    {"/papers/month/2026-13", "", FM_E_BAD_ADDRESS, "month: \"2026-13\" is not a month (YYYY-MM)"},
    {"/papers", "foo=1", FM_E_BAD_ADDRESS, "unknown parameter \"foo\""},
    {"/papers/date/2026-08-04", "foo=1", FM_E_BAD_ADDRESS, "unknown parameter \"foo\""},
    {"/papers/date/2026-08-04", "date=2026-08-04", FM_E_BAD_ADDRESS, "date: only /papers takes it"},
    {"/papers/trending", "q=x", FM_E_BAD_ADDRESS, "q: only /papers takes it"},
    {"/papers", "q=x&date=2026-08-04", FM_E_BAD_ADDRESS,
     "q: a search is of all days, leave out date"},
    {"/papers", "q=a&q=b", FM_E_BAD_ADDRESS, "q: given twice"},
    {"/papers", "q=", FM_E_BAD_ADDRESS, "q: nothing to search for"},
    {"/papers", "q= \t", FM_E_BAD_ADDRESS, "q: nothing to search for"},
    {"/papers", "q=\xff", FM_E_BAD_ADDRESS, "q: not UTF-8"},
    {"/", "", FM_E_NOT_FOUND, ""},
    {"/papers/", "", FM_E_NOT_FOUND, ""},
    {"/papersx", "", FM_E_NOT_FOUND, ""},
    {"/papers/date", "", FM_E_NOT_FOUND, ""},
    {"/papers/date/", "", FM_E_NOT_FOUND, ""},
    {"/papers/date/2026-08-04/", "", FM_E_NOT_FOUND, ""},
    {"/papers/trending/", "", FM_E_NOT_FOUND, ""},
    {"/papers/2608.00001", "", FM_E_NOT_FOUND, ""},
    {"/papers/2608.00001", "foo=1", FM_E_NOT_FOUND, ""},
    {"/models", "", FM_E_NOT_FOUND, ""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fm_arena arena = {0};
    fm_plan made = {0};
    fm_why why = {""};
    int code = plan(rows[i].path, rows[i].query, NULL, &arena, &made, &why);
    if (code != rows[i].code || !strstr(why.text, rows[i].why) || !why.text[0])
      fail_msg("%s?%s: %d \"%s\"", rows[i].path, rows[i].query, code, why.text);
    fm_arena_deinit(&arena);
  }
}

static void test_long_query(void **state)
{
  (void)state;
  for (size_t len = 255; len <= 257; len++) {
    fm_arena arena = {0};
    fm_plan made = {0};
    fm_why why = {""};
    char query[300] = "q=";
    memset(query + 2, '%', len);
    int code = plan("/papers", query, NULL, &arena, &made, &why);
    assert_int_equal(code, len <= 256 ? FM_OK : FM_E_BAD_ADDRESS);
    fm_arena_deinit(&arena);
  }
}

static void test_bad_upstream(void **state)
{
  (void)state;
  fm_arena arena = {0};
  fm_plan made = {0};
  fm_why why = {""};
  assert_int_equal(plan("/papers", "", "ftp://x", &arena, &made, &why), FM_E_CONFIG);
  assert_string_equal(why.text, "upstream: \"ftp://x\" is not an http or https address");
  fm_arena_deinit(&arena);
}

/* ---- days gone by ---- */

static int plan_day(const char *key, int64_t day, fm_arena *arena, fm_plan *made, fm_why *why)
{
  fm_param upstream = {FM_STR("upstream"), FM_STR("http://127.0.0.1:9/mirror/")};
  fm_day_request past = {.size = sizeof past, .key = fm_str_of(key), .day = day, .options = &upstream,
                  .noptions = 1};
  return fm_source_plan_day(&fm_daily_papers, &past, arena, made, why);
}

static void test_days_gone_by(void **state)
{
  (void)state;
  static const char *const others[] = {"/papers/date/2026-08-04", "/papers/week/2026-W32",
                                       "/papers/month/2026-08", "/papers/trending", "/papers?q=x"};
  fm_arena arena = {0};
  fm_plan made = {0};
  fm_why why = {""};
  int64_t day;
  assert_true(fm_date_parse_day(FM_STR("2024-02-29"), &day));
  assert_int_equal(plan_day("/papers", day, &arena, &made, &why), FM_OK);
  assert_str(made.url, "http://127.0.0.1:9/mirror/papers/date/2024-02-29");
  assert_str(made.key, "/papers/date/2024-02-29");
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    assert_int_equal(plan_day(others[i], day, &arena, &made, &why), FM_E_NOT_FOUND);
    assert_string_equal(why.text, "only /papers has a page for each day gone by");
  }
  fm_arena_deinit(&arena);
}

static void test_the_day_before(void **state)
{
  (void)state;
  static const struct {
    const char *page, *day; /* "": it does not say */
  } rows[] = {{"daily", "2026-08-03"}, {"next-day", "2026-08-04"}, {"form-2024", "2024-07-31"},
              {"odd-markup", "2026-08-03"}, {"week", ""}, {"trending", ""}, {"no-data", ""},
              {"broken-json", ""}, {"truncated", ""}, {"challenge", ""}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fm_str body = read_page(rows[i].page, ".html");
    fm_page page = page_of(body);
    int64_t day = FM_NO_TIME;
    if (*rows[i].day)
      assert_true(fm_date_parse_day(fm_str_of(rows[i].day), &day));
    if (fm_source_previous_day(&fm_daily_papers, &page) != day)
      fail_msg("%s", rows[i].page);
    free((char *)body.ptr);
  }
}

/* Built before these members were thought of. */
static void test_a_source_without_days_gone_by(void **state)
{
  (void)state;
  fm_source old = fm_daily_papers, without = fm_daily_papers;
  fm_arena arena = {0};
  fm_plan made = {0};
  fm_why why = {""};
  fm_day_request past = {.size = sizeof past, .key = FM_STR("/papers")};
  fm_page page = page_of(WITH("{\"dailyPapers\":[],\"prevDate\":\"2026-08-03\"}"));
  assert_true(fm_source_previous_day(&fm_daily_papers, &page) != FM_NO_TIME);
  old.size = offsetof(fm_source, plan_day);
  without.plan_day = NULL;
  without.previous_day = NULL;
  const fm_source *const both[] = {&old, &without};
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(fm_source_plan_day(both[i], &past, &arena, &made, &why), FM_E_NOT_FOUND);
    assert_string_equal(why.text, "source daily-papers: it has no pages of past days");
    assert_true(fm_source_previous_day(both[i], &page) == FM_NO_TIME);
  }
  fm_arena_deinit(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_heads),      cmocka_unit_test(test_addresses),
    cmocka_unit_test(test_bad_addresses), cmocka_unit_test(test_long_query),
    cmocka_unit_test(test_bad_upstream), cmocka_unit_test(test_days_gone_by),
    cmocka_unit_test(test_the_day_before), cmocka_unit_test(test_a_source_without_days_gone_by),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  xmlCleanupParser();
  return failed;
}
