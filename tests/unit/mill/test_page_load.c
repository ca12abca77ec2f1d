/* One page: fetched, then extracted; every end of both, cancelled in every state. */
#include "fake_loader.h"

#define URL "http://a.test/list"

static fake w;
static fm_page_load_result got; /* of the last callback; strings and document are kept below */
static char got_url[128], got_etag[128];
static fm_doc *got_doc;

static const fm_param key_header = {.name = {"X-Key", 5}, .value = {"secret", 6}};
static const fm_endpoint endpoint = {
  .url = {URL, sizeof URL - 1}, .key = {"key", 3}, .accept = {"text/x", 6},
  .origin = {"http://a.test", 13}, .budget = {"api", 3}, .headers = &key_header, .nheaders = 1,
};

static void on_loaded(void *ctx, const fm_page_load_result *result)
{
  fake *world = ctx;
  world->ended++;
  got = *result;
  snprintf(got_url, sizeof got_url, "%.*s", FM_FMT(result->url));
  snprintf(got_etag, sizeof got_etag, "%.*s", FM_FMT(result->etag));
  fm_doc_unref(got_doc);
  got_doc = result->value.doc ? fm_doc_ref(result->value.doc) : NULL;
}

static int setup(void **state)
{
  (void)state;
  fake_init(&w);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  fm_doc_unref(got_doc);
  got_doc = NULL;
  fake_deinit(&w);
  return 0;
}

static fm_page_load *start_at(const char *url)
{
  fm_page_load_spec spec = {.kind = FM_EXTRACT_LIST, .url = fm_str_of(url),
                            .accept = endpoint.accept, .endpoint = &endpoint, .number = 3,
                            .etag = FM_STR("\"e\""), .last_modified = FM_STR("then"),
                            .urgent = true, .since = 77};
  return fm_page_load_start(&w.loader, &spec, on_loaded, &w);
}

static void a_page_comes_through(void **state)
{
  (void)state;
  fake_set(&w, URL, (answer){.kind = LIST, .ids = "a b", .next = "http://a.test/2"});
  fm_page_load *load = start_at(URL);
  assert_string_equal(fm_page_load_doing(load), "connecting");
  assert_true(fm_str_is(w.last.accept, "text/x") && fm_str_is(w.last.etag, "\"e\"") &&
              fm_str_is(w.last.last_modified, "then"));
  assert_true(w.last.urgent);
  assert_false(w.last.dynamic);
  assert_int_equal(w.last.since, 77);
  assert_true(fake_step(&w));
  assert_string_equal(fm_page_load_doing(load), "extracting");
  assert_int_equal(w.ended, 0);
  assert_true(fm_str_is(w.last_page.body, "body") && fm_str_is(w.last_page.url, URL) &&
              fm_str_is(w.last_page.key, "key") && fm_str_is(w.last_page.charset, "utf-8") &&
              fm_str_is(w.last_page.state, "state"));
  assert_int_equal(w.last_page.number, 3);
  assert_int_equal(w.last_page.now, 1000);
  fake_run(&w);
  assert_int_equal(w.ended, 1);
  assert_int_equal(got.status, FM_LOAD_OK);
  assert_int_equal(got.error, FM_OK);
  assert_int_equal(got.http_status, 200);
  assert_string_equal(got_url, URL);
  assert_string_equal(got_etag, "\"" URL "\"");
  assert_int_equal(got_doc->feed.nentries, 2);
  assert_string_equal(w.events, "S>E");
}

static void an_entrys_page_has_no_state(void **state)
{
  (void)state;
  fake_set(&w, URL, (answer){.kind = LIST, .ids = "said"});
  fm_page_load_spec spec = {.kind = FM_EXTRACT_ENTRY, .url = FM_STR(URL), .endpoint = &endpoint};
  fm_page_load_start(&w.loader, &spec, on_loaded, &w);
  fake_run(&w);
  assert_int_equal(w.last_kind, FM_EXTRACT_ENTRY);
  assert_int_equal(w.last_page.state.len, 0);
  assert_true(fm_str_is(got_doc->feed.entries[0].summary, "said"));
}

/* Headers may hold a key, which is for one origin alone. */
static void headers_stay_at_their_origin(void **state)
{
  (void)state;
  static const struct { const char *url; bool own; } cases[] = {
    {URL, true}, {"http://a.test:80/other", true}, {"https://a.test/list", false},
    {"http://a.test:8080/list", false}, {"http://a.test.evil.example/", false},
    {"http://b.test/", false}, {"nonsense", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    start_at(cases[i].url);
    assert_int_equal(w.last.nheaders, cases[i].own);
    assert_int_equal(w.last.budget.len, cases[i].own ? 3 : 0);
    fake_run(&w);
  }
}

static void a_command_and_its_kind_go_along(void **state)
{
  (void)state;
  const fm_str words[] = {FM_STR("/bin/cat"), FM_STR("{url}")};
  w.loader.command = words;
  w.loader.ncommand = 2;
  w.loader.dynamic = true;
  start_at(URL);
  assert_int_equal(w.last.ncommand, 2);
  assert_true(w.last.dynamic);
  fake_run(&w);
}

static void every_end(void **state)
{
  (void)state;
  static const struct {
    answer answer;
    enum fm_page_load_status status;
    int error;
  } cases[] = {
    {{.kind = FAILS, .status = 503, .retry_after = 60}, FM_LOAD_UNREACHABLE, FM_E_UNAVAILABLE},
    {{.kind = FAILS, .error = FM_E_BUSY, .retry_after = 9}, FM_LOAD_UNREACHABLE, FM_E_BUSY},
    {{.kind = FAILS, .error = FM_E_TIMEOUT}, FM_LOAD_UNREACHABLE, FM_E_TIMEOUT},
    {{.kind = FAILS, .error = FM_E_FORBIDDEN}, FM_LOAD_UNREACHABLE, FM_E_FORBIDDEN},
    {{.kind = UNMODIFIED}, FM_LOAD_NOT_MODIFIED, FM_OK},
    {{.kind = NO_LIST}, FM_LOAD_UNREADABLE, FM_E_NO_LIST},
    {{.kind = NO_LIST, .redirect_to = "http://b.test/"}, FM_LOAD_UNREADABLE, FM_E_NO_LIST},
    {{.kind = NO_LIST, .error = FM_E_TIMEOUT}, FM_LOAD_UNREADABLE, FM_E_TIMEOUT},
    {{.kind = LIST, .ids = ""}, FM_LOAD_OK, FM_OK},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fake_set(&w, URL, cases[i].answer);
    start_at(URL);
    fake_run(&w);
    assert_int_equal(got.status, cases[i].status);
    assert_int_equal(got.error, cases[i].error);
    assert_int_equal(got.retry_after, cases[i].answer.retry_after ? cases[i].answer.retry_after
                                                                  : -1);
    assert_int_equal(*got.why.text != 0, cases[i].error != FM_OK);
    assert_int_equal(got_doc != NULL, cases[i].status == FM_LOAD_OK || cases[i].answer.redirect_to);
    assert_int_equal(w.ended, i + 1);
  }
}

static void a_host_that_wants_to_be_left_alone_is_told(void **state)
{
  (void)state;
  fake_set(&w, URL, (answer){.kind = FAILS, .status = 429, .retry_after = 60,
                             .stops = "http://a.test"});
  start_at(URL);
  fake_run(&w);
  assert_true(got.blocked);
  assert_string_equal(w.stops, "http://a.test:60 ");
  fake_set(&w, URL, (answer){.kind = FAILS, .status = 429, .stops = "http://a.test"});
  start_at(URL);
  fake_run(&w);
  assert_string_equal(w.stops, "http://a.test:60 "); /* it did not say for how long */
}

/* Cancelled while fetching, while extracting; twice is as good as once. */
static void cancelling(void **state)
{
  (void)state;
  static const answer answers[] = {{.kind = LIST, .ids = "a"}, {.kind = NO_LIST},
                                   {.kind = UNMODIFIED}, {.kind = FAILS}};
  for (size_t i = 0; i < 4; i++)
    for (size_t steps = 0; steps < 2; steps++) {
      fake_set(&w, URL, answers[i]);
      size_t before = w.ended;
      fm_page_load *load = start_at(URL);
      for (size_t k = 0; k < steps; k++)
        fake_step(&w);
      bool over = w.ended > before;
      if (!over) {
        fm_page_load_cancel(load);
        fm_page_load_cancel(load);
      }
      fake_run(&w);
      assert_int_equal(w.ended, before + 1);
      assert_int_equal(got.status == FM_LOAD_CANCELLED, !over);
      if (!over) {
        assert_int_equal(got.error, FM_E_CANCELLED);
        assert_null(got_doc);
      }
    }
}

/* The fetcher may have been done already when it was told to stop. */
static void cancelled_too_late_for_the_fetcher(void **state)
{
  (void)state;
  fake_set(&w, URL, (answer){.kind = LIST, .ids = "a"});
  fm_page_load *load = start_at(URL);
  fm_page_load_cancel(load);
  FM_OF(fm_list_first(&w.fetches), fm_fetch, node)->cancelled = false;
  fake_run(&w);
  assert_int_equal(got.status, FM_LOAD_CANCELLED);
  load = start_at(URL);
  fake_step(&w);
  fm_page_load_cancel(load);
  FM_OF(fm_list_first(&w.extracts), fm_extract, node)->cancelled = false;
  fake_run(&w);
  assert_int_equal(got.status, FM_LOAD_CANCELLED);
  assert_null(got_doc);
}

static void hooks_may_be_missing(void **state)
{
  (void)state;
  w.loader.hooks = (fm_page_load_hooks){.ctx = NULL};
  fake_set(&w, URL, (answer){.kind = FAILS, .retry_after = 5, .stops = "http://a.test"});
  start_at(URL);
  fake_run(&w);
  assert_int_equal(w.ended, 1);
  assert_string_equal(w.events, "");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(a_page_comes_through),
    TEST(an_entrys_page_has_no_state),
    TEST(headers_stay_at_their_origin),
    TEST(a_command_and_its_kind_go_along),
    TEST(every_end),
    TEST(a_host_that_wants_to_be_left_alone_is_told),
    TEST(cancelling),
    TEST(cancelled_too_late_for_the_fetcher),
    TEST(hooks_may_be_missing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
