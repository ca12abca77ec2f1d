/* /api/daily_papers: the same listings another way, and the same entries. */
#include "source/daily_papers/daily_kit.h"

#include "source/feed_in/feed_text.h"
#include "source/registry.h"

/* ---- what it gives ---- */

static fm_buf text_of(fm_str body, const char *key, const char *url)
{
  struct result result;
  fm_buf out;
  fm_page page = page_of(body);
  page.key = fm_str_of(key);
  page.url = fm_str_of(url);
  extract(FM_DAILY_ANY, page, &result);
  if (result.code)
    fail_msg("%s: %s", key, result.lender.why.text);
  fm_buf_init(&out, FM_BUF_MAX);
  put_feed(&out, &result.feed);
  fm_buf_char(&out, 0);
  drop(&result);
  return out;
}

static void assert_twins(fm_str html, fm_str json, const char *key, const char *url)
{
  fm_buf a = text_of(html, key, ""), b = text_of(json, key, url);
  assert_string_equal(a.ptr, b.ptr);
  fm_buf_deinit(&a);
  fm_buf_deinit(&b);
}

static const struct twin {
  const char *page, *answer, *key, *query;
} twins[] = {
  {"daily", "daily", "/papers", "?limit=100"},
  {"early", "early", "/papers", "?limit=100"},
  {"later", "later", "/papers", "?limit=100"},
  {"next-day", "days", "/papers", "?limit=100"}, /* the newest of all days */
  {"daily", "daily", "/papers/date/2026-08-04", "?date=2026-08-04&limit=100"},
  {"empty-day", "empty-day", "/papers/date/2026-08-08", "?date=2026-08-08&limit=100"},
  {"week", "week", "/papers/week/2026-W32", "?week=2026-W32&limit=100"},
  {"month", "month", "/papers/month/2026-08", "?month=2026-08&limit=100"},
  {"trending", "trending", "/papers/trending", "?sort=trending&limit=50"},
};

#define API "https://huggingface.co/api/daily_papers"

/* By the plan's key; by the address alone; and, of one day, with neither. */
static void test_twins(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof twins / sizeof *twins; i++) {
    const struct twin *t = &twins[i];
    fm_str html = read_page(t->page, ".html"), json = read_page(t->answer, ".api");
    char url[200];
    snprintf(url, sizeof url, API "%s", t->query);
    assert_twins(html, json, t->key, url);
    fm_buf known = text_of(html, t->key, ""), found = text_of(json, "", url);
    assert_string_equal(known.ptr, found.ptr);
    fm_buf_deinit(&known);
    fm_buf_deinit(&found);
    free((char *)html.ptr);
    free((char *)json.ptr);
  }
}

static void test_no_address(void **state)
{
  (void)state;
  fm_str html = read_page("daily", ".html"), json = read_page("daily", ".api");
  assert_twins(html, json, "", "");
  free((char *)html.ptr);
  free((char *)json.ptr);
  struct result result;
  json = read_page("days", ".api"); /* maybe a week's: nothing is left out */
  extract(FM_DAILY_ANY, page_of(json), &result);
  free((char *)json.ptr);
  assert_int_equal(result.code, FM_OK);
  assert_int_equal(result.feed.nentries, 65);
  assert_true(result.feed.day == FM_NO_TIME);
  drop(&result);
}

static void test_shared(void **state)
{
  (void)state;
  fm_str html = read_whole(SHARED_PAGES "/daily.html");
  fm_str json = read_whole(SHARED_PAGES "/api-daily_papers.json");
  if (html.ptr && json.ptr) {
    assert_twins(html, json, "/papers", "");
    assert_twins(html, json, "/papers/date/2026-08-04", "");
    assert_twins(html, json, "", "");
  }
  free((char *)html.ptr);
  free((char *)json.ptr);
}

/* ---- more than one answer holds ---- */

static char gone_on[300];

static void hear_next(const fm_host *host, fm_str url)
{
  (void)host;
  snprintf(gone_on, sizeof gone_on, "%.*s", FM_FMT(url));
}

static const char *more_of(const char *answer, const char *key, unsigned number)
{
  struct lender lender;
  fm_feed feed = {.day = FM_NO_TIME};
  fm_str json = read_page(answer, ".api");
  fm_param upstream = {FM_STR("upstream"), FM_STR("http://h/x/")};
  fm_page page = {.size = sizeof page, .body = json, .key = fm_str_of(key), .number = number,
                  .options = &upstream, .noptions = 1};
  lender_init(&lender);
  lender.host.next = hear_next;
  *gone_on = 0;
  assert_int_equal(fm_daily_papers.extract(&lender.host, &page, &feed), FM_OK);
  fm_arena_deinit(&lender.arena);
  free((char *)json.ptr);
  return gone_on;
}

static void test_more(void **state)
{
  (void)state;
  const char *next = "http://h/x/api/daily_papers?date=2026-08-04&limit=100&p=";
  char wanted[300];
  snprintf(wanted, sizeof wanted, "%s1", next);
  assert_string_equal(more_of("full", "/papers", 0), wanted);
  assert_string_equal(more_of("full", "/papers/date/2026-08-04", 0), wanted);
  snprintf(wanted, sizeof wanted, "%s4", next);
  assert_string_equal(more_of("full", "/papers", 3), wanted);
  assert_string_equal(more_of("full", "/papers", 4), ""); /* there is an end */
  assert_string_equal(more_of("full", "/papers/week/2026-W32", 0), "");
  assert_string_equal(more_of("full", "/papers/trending", 0), "");
  assert_string_equal(more_of("daily", "/papers", 0), "");
  assert_string_equal(more_of("days", "/papers", 0), "");
}

/* ---- what is no list ---- */

static void test_refused(void **state)
{
  (void)state;
  static const char *const rows[][2] = {
    {"{\"error\":\"Too big: expected number to be <=100\"}", "the API says \"Too big: expected"},
    {"{\"error\":7}", "JSON, but no array"},
    {"{\"dailyPapers\":[]}", "JSON, but no array"},
    {"[{\"paper\":{\"id\":\"2608.00001\"", "JSON, byte 28: ends"},
    {"[] []", "JSON, byte 3: more than one value"},
    {"[1,2]", "none of its 2 papers has an id and a title"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct result result;
    extract(FM_DAILY_ANY, page_of(fm_str_of(rows[i][0])), &result);
    assert_int_equal(result.code, FM_E_NO_LIST);
    if (!strstr(result.lender.why.text, rows[i][1]) ||
        !strstr(result.lender.why.text, "the API's answer is no list of papers: "))
      fail_msg("%s: %s", rows[i][0], result.lender.why.text);
    drop(&result);
  }
}

/* The search endpoint's entries are as in the listings, and were bare papers in 2024. */
static void test_search(void **state)
{
  (void)state;
  static const char *const bodies[] = {
    "[{\"paper\":{\"id\":\"2608.00001\",\"title\":\"Lamps\",\"summary\":\"Light.\",\"upvotes\":3,"
    "\"authors\":[{\"name\":\"Ann Lee\"}],\"publishedAt\":\"2026-08-01T00:00:00.000Z\"},"
    "\"title\":\"Lamps\",\"numComments\":2}]",
    "[{\"_id\":\"66\",\"id\":\"2608.00001\",\"title\":\"Lamps\",\"summary\":\"Light.\",\"upvotes\":3,"
    "\"authors\":[{\"name\":\"Ann Lee\"}],\"publishedAt\":\"2026-08-01T00:00:00.000Z\"}]"};
  for (size_t i = 0; i < 2; i++) {
    struct result got;
    fm_page page = page_of(fm_str_of(bodies[i]));
    page.key = FM_STR("/papers?q=lamps");
    page.url = FM_STR("https://huggingface.co/api/papers/search?q=lamps");
    extract(FM_DAILY_ANY, page, &got);
    assert_int_equal(got.code, FM_OK);
    assert_int_equal(got.feed.nentries, 1);
    assert_str(got.feed.id, "https://huggingface.co/papers?q=lamps");
    assert_int_equal(got.feed.order, FM_ORDER_PAGE);
    assert_str(got.feed.entries[0].id, "https://huggingface.co/papers/2608.00001");
    assert_str(got.feed.entries[0].authors[0].name, "Ann Lee");
    assert_str(got.feed.entries[0].summary, "Light.");
    assert_int_equal(got.feed.entries[0].published, INT64_C(1785542400));
    drop(&got);
  }
}

/* ---- the plan ---- */

static int plan(const char *path, const char *via, fm_arena *arena, fm_plan *made, fm_why *why)
{
  fm_param options[] = {{FM_STR("upstream"), FM_STR("https://h")},
                        {FM_STR("via"), fm_str_of(via)}};
  fm_str value = fm_str_of(path), bare = value;
  bool search = fm_str_cut(&value, '?', &bare) && value.ptr;
  fm_param query = {FM_STR("q"), fm_str_from(value, 2)};
  fm_plan_request ask = {.size = sizeof ask, .path = bare, .params = &query, .nparams = search,
                .options = options, .noptions = 2, .now = INT64_C(1786190400)};
  return fm_source_plan(&fm_daily_papers, &ask, arena, made, why);
}

static void test_ways(void **state)
{
  (void)state;
  static const char *const rows[][4] = {
    {"/papers", "/papers", "daily_papers?limit=100", "/papers"},
    {"/papers/date/2026-08-04", "/papers/date/2026-08-04",
     "daily_papers?date=2026-08-04&limit=100", "/papers/date/2026-08-04"},
    {"/papers/week", "/papers/week/2026-W32", "daily_papers?week=2026-W32&limit=100",
     "/papers/week"},
    {"/papers/month", "/papers/month/2026-08", "daily_papers?month=2026-08&limit=100",
     "/papers/month"},
    {"/papers/trending", "/papers/trending", "daily_papers?sort=trending&limit=50",
     "/papers/trending"},
    {"/papers?q=a b", "/papers?q=a%20b", "papers/search?q=a%20b", "/papers?q=a b"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fm_arena arena = {0};
    fm_plan page, api, both;
    char page_url[100], api_url[100];
    snprintf(page_url, sizeof page_url, "https://h%s", rows[i][1]);
    snprintf(api_url, sizeof api_url, "https://h/api/%s", rows[i][2]);
    assert_int_equal(plan(rows[i][0], "page", &arena, &page, NULL), FM_OK);
    assert_int_equal(plan(rows[i][0], "api", &arena, &api, NULL), FM_OK);
    assert_int_equal(plan(rows[i][0], "auto", &arena, &both, NULL), FM_OK);
    assert_str(page.url, page_url);
    assert_str(api.url, api_url);
    assert_str(api.accept, "application/json");
    assert_str(api.budget, "api");
    assert_str(both.url, page_url);
    assert_int_equal(both.accept.len + both.budget.len, 0);
    assert_str(both.fallback->url, api_url);
    assert_str(both.fallback->accept, "application/json");
    assert_str(both.fallback->budget, "api");
    assert_true(fm_str_eq(both.fallback->key, both.key));
    assert_true(!page.fallback && !api.fallback && !both.fallback->fallback);
    assert_str(api.key, rows[i][3]);
    assert_true(fm_str_eq(page.key, api.key) && fm_str_eq(page.key, both.key));
    fm_arena_deinit(&arena);
  }
}

/* What the API does not have. */
static void test_page_alone(void **state)
{
  (void)state;
  static const char *const rows[] = {"/papers/week/2026-W31?q=neurons", "/papers/trending?q=neurons",
                                     "/papers/week/2026-W53"};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fm_arena arena = {0};
    fm_plan made;
    fm_why why = {""};
    char wanted[200];
    assert_int_equal(plan(rows[i], "auto", &arena, &made, NULL), FM_OK);
    assert_null(made.fallback);
    assert_int_equal(plan(rows[i], "api", &arena, &made, &why), FM_E_NOT_FOUND);
    snprintf(wanted, sizeof wanted, "the API does not have %s: set papers.via to page or auto",
             rows[i]);
    assert_string_equal(why.text, wanted);
    fm_arena_deinit(&arena);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_twins),   cmocka_unit_test(test_no_address),
    cmocka_unit_test(test_shared),  cmocka_unit_test(test_more),
    cmocka_unit_test(test_refused), cmocka_unit_test(test_ways),
    cmocka_unit_test(test_search), cmocka_unit_test(test_page_alone),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  xmlCleanupParser();
  return failed;
}
