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
  assert_true(result.feed.logo.len && result.feed.authors[0].name.len && result.feed.authors[0].uri.len);
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
    {"week", "", HF "/week", HF "/week", "Weekly Papers", "2026-W32", "2026-08-03", 0},
    {"week", "/papers/week", HF "/week/2026-W32", HF "/week", "Weekly Papers", "2026-W32",
     "2026-08-03", 0},
    {"month", "/papers/month", "", HF "/month", "Monthly Papers", "2026-08", "2026-08-01", 0},
    {"search", "/papers/week/2026-W32?q=lanterns", "", HF "/week/2026-W32?q=lanterns",
     "Weekly Papers: lanterns", "lanterns", "2026-08-03", FM_ORDER_PAGE},
    {"search", "/papers/trending?q=lanterns", "", HF "/trending?q=lanterns",
     "Trending Papers: lanterns", "lanterns", "", FM_ORDER_PAGE},
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
    {"/papers/week", "", "/papers/week/2026-W32", "/papers/week"},
    {"/papers/week", "q=a b", "/papers/week/2026-W32?q=a%20b", "/papers/week?q=a b"},
    {"/papers/week/2026-W31", "q=a", "/papers/week/2026-W31?q=a", "/papers/week/2026-W31?q=a"},
    {"/papers/month/2026-07", "q=a", "/papers/month/2026-07?q=a", "/papers/month/2026-07?q=a"},
    {"/papers/trending", "q=a", "/papers/trending?q=a", "/papers/trending?q=a"},
    {"/papers/month/2026-08", "", "/papers/month/2026-08", "/papers/month/2026-08"},
    {"/papers/month", "", "/papers/month/2026-08", "/papers/month"},
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

/* The current week and month are planned anew when they end. */
static void test_plans_that_end(void **state)
{
  (void)state;
  static const struct {
    const char *path;
    int64_t now, until;
  } rows[] = {
    {"/papers/week", NOW, INT64_C(1786320000)},                /* Monday, 10 August 2026 */
    {"/papers/week", INT64_C(1786319999), INT64_C(1786320000)}, /* its last second */
    {"/papers/week", INT64_C(1786320000), INT64_C(1786924800)},
    {"/papers/month", NOW, INT64_C(1788220800)},                /* 1 September 2026 */
    {"/papers/month", INT64_C(1798761599), INT64_C(1798761600)}, /* the last second of 2026 */
    {"/papers/week", INT64_C(1798761600), INT64_C(1799020800)},  /* 2026-W53 ends 4 January */
    {"/papers/week/2026-W32", NOW, FM_NO_TIME},
    {"/papers/month/2026-08", NOW, FM_NO_TIME},
    {"/papers", NOW, FM_NO_TIME},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fm_arena arena = {0};
    fm_plan made;
    fm_why why = {""};
    fm_plan_request request = {.size = sizeof request, .path = fm_str_of(rows[i].path),
                               .now = rows[i].now};
    assert_int_equal(fm_source_plan(&fm_daily_papers, &request, &arena, &made, &why), FM_OK);
    assert_int_equal(made.valid_until, rows[i].until);
    fm_arena_deinit(&arena);
  }
}

/* ---- a page of another listing ---- */

#define PAPER "{\"paper\":{\"id\":\"2608.00001\",\"title\":\"Lamps\"}}"

static void test_identity(void **state)
{
  (void)state;
  static const struct {
    const char *key, *url, *data;
    int code;
    size_t entries;
    const char *why;
  } rows[] = {
    {"/papers", HF, "'periodType':'day','dateString':'2026-08-04'", FM_OK, 1, ""},
    {"/papers", HF "/date/2026-08-04", "'dateString':'2026-08-04'", FM_OK, 1, ""},
    {"/papers", HF, "'periodType':'trending'", FM_E_NO_LIST, 0, "another listing (trending)"},
    {"/papers", HF, "'periodType':'week','dateString':'2026-W32'", FM_E_NO_LIST, 0, "(week)"},
    {"/papers", HF "/trending", "'dateString':''", FM_E_NO_LIST, 0, "another listing"},
    {"/papers", HF "/week/2026-W32", "'date':'2026-08-04'", FM_E_NO_LIST, 0, "another listing"},
    {"/papers/trending", HF "/trending", "'periodType':'day'", FM_E_NO_LIST, 0, "(day)"},
    {"/papers/date/2026-08-08", HF, "'periodType':'day','dateString':'2026-08-07'", FM_OK, 0, ""},
    {"/papers/date/2026-08-08", HF, "'date':'2026-08-07T00:00:00.000Z'", FM_OK, 0, ""},
    {"/papers/date/2026-08-08", HF "/date/2026-08-07", "'x':1", FM_OK, 0, ""},
    {"/papers/date/2026-08-07", HF, "'periodType':'day','dateString':'2026-08-07'", FM_OK, 1, ""},
    {"/papers/date/2026-08-07", HF, "'periodType':'month','dateString':'2026-08'", FM_E_NO_LIST, 0,
     "(month)"},
    {"/papers/week/2026-W33", HF, "'periodType':'week','dateString':'2026-W32'", FM_OK, 0, ""},
    {"/papers/week/2026-W33", HF "/week/2026-W32", "'periodType':'week'", FM_OK, 0, ""},
    {"/papers/week/2026-W33", HF, "'periodType':'week','dateString':'2026-W33'", FM_OK, 1, ""},
    {"/papers/week", HF "/week/2026-W33", "'periodType':'week','dateString':'2026-W32'", FM_OK, 1,
     ""},
    {"/papers/month/2026-09", HF, "'periodType':'month','dateString':'2026-08'", FM_OK, 0, ""},
    {"/papers?q=lamps", HF, "'periodType':'day','dateString':'2026-08-04'", FM_OK, 1, ""},
    {"/papers?q=lamps", HF, "'query':{'q':'lamps'},'periodType':'day'", FM_OK, 1, ""},
    {"/papers/week/2026-W33?q=lamps", HF, "'searchResults':[" PAPER "]", FM_OK, 1, ""},
    {"", "", "'periodType':'week','dateString':'2026-W32'", FM_OK, 1, ""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char body[512];
    struct result got;
    snprintf(body, sizeof body,
             "<div data-target=DailyPapers data-props='{\"dailyPapers\":[" PAPER "],%s}'></div>",
             "@");
    fm_buf text;
    fm_buf_init(&text, FM_BUF_MAX);
    for (const char *c = body; *c; c++) {
      if (*c != '@') {
        fm_buf_add(&text, c, 1);
        continue;
      }
      for (const char *d = rows[i].data; *d; d++)
        fm_buf_add(&text, *d == '\'' ? "\"" : d, 1);
    }
    fm_page page = page_of(fm_buf_view(&text));
    page.key = fm_str_of(rows[i].key);
    page.url = fm_str_of(rows[i].url);
    extract(FM_DAILY_ANY, page, &got);
    if (got.code != rows[i].code || got.feed.nentries != rows[i].entries ||
        !strstr(got.lender.why.text, rows[i].why))
      fail_msg("row %zu: %d, %zu entries, \"%s\"", i, got.code, got.feed.nentries,
               got.lender.why.text);
    drop(&got);
    fm_buf_deinit(&text);
  }
}

/* A day without papers is answered with another day's: the feed is the empty one of the day
 * that was asked for. */
static void test_another_day_names_the_feed(void **state)
{
  (void)state;
  struct result got;
  fm_page page = page_of(WITH("{\"dailyPapers\":[" PAPER "],\"dateString\":\"2026-08-07\"}"));
  page.key = FM_STR("/papers/date/2026-08-08");
  extract(FM_DAILY_ANY, page, &got);
  assert_int_equal(got.code, FM_OK);
  assert_str(got.feed.id, HF "/date/2026-08-08");
  assert_str(got.feed.title, "Daily Papers: 8 August 2026");
  assert_int_equal(got.feed.nentries, 0);
  drop(&got);
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
    {"/papers/date/2026-08-04", "q=x", FM_E_BAD_ADDRESS, "q: a day's listing has no search"},
    {"/papers/trending", "q=", FM_E_BAD_ADDRESS, "q: nothing to search for"},
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
    assert_string_equal(why.text, "only /papers has a page for each past day");
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
    cmocka_unit_test(test_bad_addresses),
    cmocka_unit_test(test_plans_that_end), cmocka_unit_test(test_identity),
    cmocka_unit_test(test_another_day_names_the_feed), cmocka_unit_test(test_long_query),
    cmocka_unit_test(test_bad_upstream), cmocka_unit_test(test_days_gone_by),
    cmocka_unit_test(test_the_day_before), cmocka_unit_test(test_a_source_without_days_gone_by),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  xmlCleanupParser();
  return failed;
}
