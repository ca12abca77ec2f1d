/* Fetching one input: every candidate with every outcome, cancelled in every state. */
#include "fake_loader.h"

#include "mill/list_fetch.h"
#include "mill/list_union.h"

#define A "http://a.test/"
#define B "http://b.test/"
#define C "http://c.test/"
#define X "http://x.test/feed" /* where A's page leads */
#define VALIDATOR(url) "\"" url "\""

static fake w;
static fm_input input; /* of up to three endpoints */
static const fm_endpoint endpoints[3] = {
  {.url = {A, sizeof A - 1}, .key = {"ka", 2}, .accept = {"x/a", 3}, .permit = {"pa", 2}},
  {.url = {B, sizeof B - 1}, .key = {"kb", 2}, .permit = {"pb", 2}},
  {.url = {C, sizeof C - 1}, .key = {"kc", 2}, .permit = {"pc", 2}},
};
static fm_list_fetch *fetch;
static fm_doc *copy;

static void on_ended(void *ctx, fm_list_fetch *f)
{
  fake *world = ctx;
  assert_ptr_equal(f, fetch);
  assert_null(fm_list_fetch_doing(f));
  world->ended++;
}

static int setup(void **state)
{
  (void)state;
  fake_init(&w);
  fake_now = 5000;
  input = (fm_input){.endpoints = endpoints, .nendpoints = 1};
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  fm_list_fetch_free(fetch);
  fetch = NULL;
  fm_input_state_deinit(&input.state);
  fm_doc_unref(copy);
  copy = NULL;
  fake_deinit(&w);
  return 0;
}

static void know(fm_input_state from) { fm_input_state_set(&input.state, &from); }

static void start_one(bool one_of_several)
{
  fm_list_fetch_free(fetch);
  w.ended = 0;
  *w.requests = *w.events = 0;
  fm_list_fetch_spec spec = {.loader = &w.loader, .input = &input, .copy = copy, .copied_at = 33,
                             .one_of_several = one_of_several, .cb = on_ended, .ctx = &w};
  fetch = fm_list_fetch_new(&spec);
  assert_int_equal(fm_list_fetch_result(fetch)->state, FM_LIST_IDLE);
  assert_null(fm_list_fetch_doing(fetch));
  fm_list_fetch_cancel(fetch); /* nothing is under way */
  fm_list_fetch_start(fetch);
  assert_int_equal(fm_list_fetch_result(fetch)->state, FM_LIST_FIRST_PAGE);
  assert_int_equal(w.ended, 0);
}

static const fm_list_result *run(void)
{
  start_one(false);
  fake_run(&w);
  assert_int_equal(w.ended, 1);
  return fm_list_fetch_result(fetch);
}

static const fm_list_result *run_one_of_several(void)
{
  start_one(true);
  fake_run(&w);
  return fm_list_fetch_result(fetch);
}

static bool remember(void) { return fm_list_fetch_remember(fetch, &input.state, NULL, 0, true, 60); }

static void assert_ids(const fm_list_result *r, const char *wanted)
{
  char ids[512] = "";
  for (size_t i = 0; i < r->npages; i++)
    for (size_t k = 0; k < r->pages[i]->feed.nentries; k++)
      ADD(ids, "%s%.*s", *ids ? " " : "", FM_FMT(r->pages[i]->feed.entries[k].id));
  assert_string_equal(ids, wanted);
}

static void assert_str(fm_str got, const char *wanted)
{
  if (!fm_str_is(got, wanted))
    fail_msg("\"%.*s\" is not \"%s\"", FM_FMT(got), wanted);
}

#define SET(url, ...) fake_set(&w, url, (answer){__VA_ARGS__})

/* ---- one endpoint ---- */

static void a_list_of_one_page(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a b", .dropped = 2, .note = "left out 2");
  w.urgent = true;
  const fm_list_result *r = run();
  assert_int_equal(r->state, FM_LIST_WHOLE);
  assert_ids(r, "a b");
  assert_str(r->url, A);
  assert_str(r->etag, VALIDATOR(A));
  assert_true(r->last_modified.len > 0);
  assert_int_equal(r->dropped, 2);
  assert_int_equal(r->error, FM_OK);
  assert_string_equal(w.requests, A " ");
  assert_string_equal(w.notes, A ":left out 2 ");
  assert_str(w.last.accept, "x/a");
  assert_str(w.last_page.key, "ka");
  assert_true(w.last.urgent);
  assert_int_equal(w.last.since, 33);
}

static void pages_follow_each_other(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a", .next = A "2#fragment", .dropped = 1);
  SET(A "2", .kind = LIST, .ids = "b", .next = A "3", .dropped = 1);
  SET(A "3", .kind = LIST, .ids = "c", .next = A); /* round in a circle */
  const fm_list_result *r = run();
  assert_int_equal(r->state, FM_LIST_WHOLE);
  assert_ids(r, "a b c");
  assert_int_equal(r->dropped, 2);
  assert_str(r->etag, VALIDATOR(A));
  assert_string_equal(w.requests, A " " A "2 " A "3 ");
  assert_int_equal(w.last_page.number, 2);
}

static void where_a_redirect_led_is_not_asked_again(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a", .next = A "2", .lands = A "landed");
  SET(A "landed", .kind = LIST, .ids = "a", .next = A "landed");
  assert_int_equal(run()->state, FM_LIST_WHOLE);
  assert_string_equal(w.requests, A " ");
}

static void there_is_an_end_of_pages(void **state)
{
  (void)state;
  char url[64], next[64];
  for (int i = 0; i < 30; i++) {
    snprintf(url, sizeof url, i ? A "%d" : A, i);
    snprintf(next, sizeof next, A "%d", i + 1);
    fake_set(&w, url, (answer){.kind = LIST, .ids = "a", .next = fm_arena_str(&w.arena, fm_str_of(next)).ptr});
  }
  const fm_list_result *r = run();
  assert_int_equal(r->npages, FM_LIST_PAGES);
  assert_int_equal(r->state, FM_LIST_WHOLE);
}

static void there_is_an_end_of_entries(void **state)
{
  (void)state;
  char *many = fm_arena_alloc(&w.arena, 2 * FM_LIST_MAX + 1);
  for (size_t i = 0; i < FM_LIST_MAX; i++)
    memcpy(many + 2 * i, "i ", 2);
  SET(A, .kind = LIST, .ids = many, .next = A "2");
  assert_int_equal(run()->npages, 1);
}

/* Every way in which a further page may fail leaves a partial list without validators. */
static void a_further_page_fails(void **state)
{
  (void)state;
  static const answer ends[] = {{.kind = FAILS, .status = 500}, {.kind = NO_LIST},
                                {.kind = NO_LIST, .redirect_to = X}, {.kind = UNMODIFIED},
                                {.kind = FAILS, .error = FM_E_BUSY}};
  SET(A, .kind = LIST, .ids = "a b", .next = A "2");
  SET(X, .kind = LIST, .ids = "x");
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    fake_set(&w, A "2", ends[i]);
    know((fm_input_state){.etag = FM_STR("\"old\""), .url = FM_STR("http://old.test/")});
    const fm_list_result *r = run();
    assert_int_equal(r->state, FM_LIST_PARTIAL);
    assert_ids(r, "a b");
    assert_int_equal(r->etag.len + r->last_modified.len, 0);
    assert_true(r->error != FM_OK);
    assert_true(*r->why.text);
    assert_string_equal(w.requests, A " " A "2 ");
    assert_false(remember());
    assert_true(input.state.failing);
    assert_true(input.state.reason.len > 0);
    assert_str(input.state.url, A);
    assert_int_equal(input.state.etag.len, 0); /* the next request is not conditional */
    fm_input_state_deinit(&input.state);
  }
}

static void the_only_endpoint_fails(void **state)
{
  (void)state;
  static const struct { answer answer; int error; bool unreadable; const char *why; } ends[] = {
    {{.kind = FAILS, .status = 503, .retry_after = 7}, FM_E_UNAVAILABLE, false, "GET " A ": 503"},
    {{.kind = FAILS, .error = FM_E_BUSY, .retry_after = 7}, FM_E_BUSY, false, "GET " A ": 0"},
    {{.kind = NO_LIST}, FM_E_NO_LIST, true, A ": no list"},
    {{.kind = UNMODIFIED}, FM_E_UNAVAILABLE, false,
     "GET " A ": 304 Not Modified to an unconditional request"},
  };
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    fake_set(&w, A, ends[i].answer);
    const fm_list_result *r = run();
    assert_int_equal(r->state, FM_LIST_FAILED);
    assert_int_equal(r->npages, 0);
    assert_int_equal(r->error, ends[i].error);
    assert_int_equal(r->unreadable, ends[i].unreadable);
    assert_string_equal(r->why.text, ends[i].why);
    assert_int_equal(r->retry_after, ends[i].answer.retry_after ? 7 : -1);
    assert_false(fm_list_fetch_next_candidate(fetch, "odd"));
    assert_int_equal(run_one_of_several()->state, FM_LIST_FAILED);
    assert_false(remember());
    assert_true(input.state.failing);
  }
  SET(A, .kind = LIST, .ids = "a");
  run();
  remember();
  assert_false(input.state.failing);
  assert_int_equal(input.state.reason.len, 0);
}

/* ---- conditional requests ---- */

static void with_validators(fm_str url)
{
  fm_doc_unref(copy);
  copy = fake_doc("a b");
  know((fm_input_state){.url = url, .etag = FM_STR("\"e\""), .last_modified = FM_STR("then")});
}

static void a_304_leaves_the_copy(void **state)
{
  (void)state;
  with_validators(FM_STR(A));
  SET(A, .kind = UNMODIFIED);
  const fm_list_result *r = run();
  assert_int_equal(r->state, FM_LIST_NOT_MODIFIED);
  assert_int_equal(r->npages, 0);
  assert_string_equal(w.requests, "?" A " ");
  assert_str(w.last.etag, "\"e\"");
  assert_str(w.last.last_modified, "then");
  assert_false(remember());
  assert_str(input.state.etag, "\"e\""); /* stays for the next time */
  assert_false(input.state.failing);
}

static void what_a_304_would_leave_must_be_there(void **state)
{
  (void)state;
  const uint64_t known[] = {fm_list_hash(FM_STR("a")), fm_list_hash(FM_STR("b"))};
  const uint64_t gone[] = {fm_list_hash(FM_STR("a")), fm_list_hash(FM_STR("z"))};
  SET(A, .kind = LIST, .ids = "a");
  with_validators(FM_STR(B)); /* validators of another address */
  run();
  assert_string_equal(w.requests, A " ");
  with_validators(FM_STR(A));
  w.outdated = true; /* a reload */
  run();
  assert_string_equal(w.requests, A " ");
  w.outdated = false;
  run_one_of_several(); /* which entries are its own is unknown */
  assert_string_equal(w.requests, A " ");
  fm_input_state from = input.state;
  from.ids = gone;
  from.nids = 2;
  fm_input_state_set(&input.state, &from);
  run_one_of_several();
  assert_string_equal(w.requests, A " ");
  from = input.state;
  from.ids = known;
  from.nids = 2;
  fm_input_state_set(&input.state, &from);
  const fm_list_result *r = run_one_of_several();
  assert_string_equal(w.requests, "?" A " ");
  assert_int_equal(r->nprevious_ids, 2);
  assert_true(r->previous_ids[1] == known[1]);
  fm_doc_unref(copy);
  copy = NULL;
  run();
  assert_string_equal(w.requests, A " ");
}

static void a_reload_while_a_304_is_on_its_way(void **state)
{
  (void)state;
  with_validators(FM_STR(A));
  SET(A, .kind = UNMODIFIED);
  start_one(false);
  w.outdated = true;
  fake_step(&w);
  assert_string_equal(w.requests, "?" A " " A " ");
  SET(A, .kind = LIST, .ids = "new");
  fake_run(&w);
  assert_ids(fm_list_fetch_result(fetch), "new");
}

/* ---- several endpoints ---- */

/* What the first endpoint may do wrong; then the second serves. */
static void failover(void **state)
{
  (void)state;
  static const answer ends[] = {{.kind = FAILS, .status = 500}, {.kind = NO_LIST},
                                {.kind = FAILS, .error = FM_E_BUSY}, {.kind = UNMODIFIED},
                                {.kind = LIST, .ids = "a", .incomplete = "no titles"}};
  input.nendpoints = 2;
  SET(B, .kind = LIST, .ids = "b", .next = B "2");
  SET(B "2", .kind = LIST, .ids = "c");
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    fm_input_state_deinit(&input.state);
    fake_set(&w, A, ends[i]);
    const fm_list_result *r = run();
    assert_int_equal(r->state, FM_LIST_WHOLE);
    assert_ids(r, "b c");
    assert_int_equal(r->endpoint, 1);
    assert_str(r->etag, VALIDATOR(B));
    assert_true(r->error != FM_OK); /* of the first */
    assert_string_equal(w.requests, A " " B " " B "2 ");
    assert_str(w.last_page.key, "kb");
    assert_true(remember());
    assert_int_equal(input.state.failover.endpoint, 1);
    assert_int_equal(input.state.failover.failures, 1);
    assert_true(input.state.failover.retry_at > fake_now);
    assert_false(input.state.failing);
    run(); /* the first one backs off */
    assert_string_equal(w.requests, "" B " " B "2 ");
    assert_false(remember());
    fake_now = input.state.failover.retry_at;
    SET(A, .kind = LIST, .ids = "a");
    assert_ids(run(), "a");
    assert_true(remember()); /* back */
    assert_int_equal(input.state.failover.failures, 0);
  }
}

static void an_endpoint_whose_host_has_no_room_is_passed_over(void **state)
{
  (void)state;
  input.nendpoints = 3;
  fm_map_put(&w.full, FM_STR("pa"), &w);
  SET(B, .kind = LIST, .ids = "b");
  const fm_list_result *r = run();
  assert_string_equal(w.requests, B " ");
  assert_int_equal(r->error, FM_OK);
  assert_true(remember());
  assert_int_equal(input.state.failover.failures, 0); /* nothing has failed */
  SET(B, .kind = FAILS, .status = 500);
  SET(C, .kind = FAILS, .status = 500);
  SET(A, .kind = LIST, .ids = "a"); /* in the order from there, round */
  assert_ids(run(), "a");
  assert_string_equal(w.requests, B " " C " " A " ");
}

static void all_endpoints_fail(void **state)
{
  (void)state;
  input.nendpoints = 3;
  SET(A, .kind = FAILS, .status = 503, .retry_after = 9);
  SET(B, .kind = NO_LIST);
  SET(C, .kind = FAILS, .error = FM_E_BUSY, .retry_after = 99);
  const fm_list_result *r = run();
  assert_int_equal(r->state, FM_LIST_FAILED);
  assert_string_equal(r->why.text, "GET " A ": 503; and " B ": no list; and GET " C ": 0");
  assert_int_equal(r->error, FM_E_UNAVAILABLE);
  assert_int_equal(r->retry_after, 9);
  assert_false(r->unreadable);
  assert_int_equal(r->endpoint, 2);
}

static void an_incomplete_list_counts_if_nothing_is_better(void **state)
{
  (void)state;
  input.nendpoints = 2;
  SET(A, .kind = LIST, .ids = "a", .incomplete = "no titles", .next = A "2");
  SET(A "2", .kind = LIST, .ids = "b");
  SET(B, .kind = FAILS, .status = 500);
  const fm_list_result *r = run();
  assert_int_equal(r->state, FM_LIST_WHOLE);
  assert_ids(r, "a b"); /* with its further pages */
  assert_int_equal(r->endpoint, 0);
  assert_int_equal(r->etag.len, 0); /* a 304 would keep it */
  assert_string_equal(w.requests, A " " B " " A "2 ");
  SET(B, .kind = LIST, .ids = "c", .incomplete = "no dates");
  assert_ids(run(), "c"); /* no endpoint is left to look for better */
  input.nendpoints = 1;
  assert_str(run()->etag, VALIDATOR(A)); /* nor is there one here */
}

/* A command prints the page that it was written for. */
static void a_command_has_one_endpoint(void **state)
{
  (void)state;
  const fm_str words[] = {FM_STR("/bin/cat")};
  w.loader.command = words;
  w.loader.ncommand = 1;
  input.nendpoints = 2;
  input.state.failover.endpoint = 1;
  fm_map_put(&w.full, FM_STR("pa"), &w);
  SET(A, .kind = FAILS);
  assert_int_equal(run()->state, FM_LIST_FAILED);
  assert_string_equal(w.requests, A " ");
}

/* ---- pages that lead elsewhere ---- */

static void a_page_leads_to_its_list(void **state)
{
  (void)state;
  static const answer pages[] = {{.kind = NO_LIST, .redirect_to = X "#top"},
                                 {.kind = LIST, .ids = "a b", .redirect_to = X}};
  SET(X, .kind = LIST, .ids = "b c", .redirect_to = "http://y.test/"); /* once is enough */
  for (size_t i = 0; i < 2; i++) {
    fm_input_state_deinit(&input.state);
    fake_set(&w, A, pages[i]);
    const fm_list_result *r = run();
    assert_int_equal(r->state, FM_LIST_WHOLE);
    assert_ids(r, "b c");
    assert_str(r->url, X);
    assert_str(r->etag, VALIDATOR(X));
    assert_string_equal(w.requests, A " " X " ");
    assert_str(w.last_page.key, "ka");
    assert_false(remember());
    assert_str(input.state.redirect_to, X);
    run(); /* straight there */
    assert_string_equal(w.requests, X " ");
    remember();
    assert_str(input.state.redirect_to, X);
  }
}

static void a_remembered_list_is_requested_conditionally(void **state)
{
  (void)state;
  copy = fake_doc("a");
  know((fm_input_state){.redirect_to = FM_STR(X), .url = FM_STR(X), .etag = FM_STR("\"x\"")});
  SET(X, .kind = UNMODIFIED);
  assert_int_equal(run()->state, FM_LIST_NOT_MODIFIED);
  assert_string_equal(w.requests, "?" X " ");
  remember();
  assert_str(input.state.redirect_to, X);
}

static void a_page_that_leads_to_itself_is_the_list(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a", .redirect_to = A "#x");
  assert_ids(run(), "a");
  assert_string_equal(w.requests, A " ");
  SET(A, .kind = LIST, .ids = "a", .lands = A "landed");
  SET(A "landed", .kind = LIST, .ids = "a", .redirect_to = A "landed");
  assert_ids(run(), "a");
  assert_string_equal(w.requests, A " ");
  SET(A, .kind = NO_LIST, .redirect_to = A);
  assert_int_equal(run()->state, FM_LIST_FAILED);
}

/* The page's own list counts, with its further pages, if the other is not to be had. */
static void the_better_list_is_not_there(void **state)
{
  (void)state;
  static const answer ends[] = {{.kind = FAILS, .status = 404}, {.kind = NO_LIST},
                                {.kind = FAILS, .error = FM_E_BUSY}, {.kind = UNMODIFIED},
                                {.kind = LIST, .ids = "q r"} /* none of the page's entries */};
  SET(A, .kind = LIST, .ids = "a b", .redirect_to = X, .next = A "2");
  SET(A "2", .kind = LIST, .ids = "c");
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    fm_input_state_deinit(&input.state);
    fake_set(&w, X, ends[i]);
    const fm_list_result *r = run();
    assert_int_equal(r->state, FM_LIST_WHOLE);
    assert_ids(r, "a b c");
    assert_str(r->url, A);
    assert_int_equal(r->etag.len, 0); /* the next refresh looks again */
    assert_string_equal(w.requests, A " " X " " A "2 ");
    remember();
    assert_int_equal(input.state.redirect_to.len, 0);
  }
}

static void neither_is_there(void **state)
{
  (void)state;
  SET(A, .kind = NO_LIST, .redirect_to = X);
  SET(X, .kind = FAILS, .status = 500);
  const fm_list_result *r = run();
  assert_int_equal(r->state, FM_LIST_FAILED);
  assert_string_equal(r->why.text, "GET " X ": 500");
  input.nendpoints = 2;
  SET(B, .kind = LIST, .ids = "b");
  assert_ids(run(), "b");
  assert_string_equal(w.requests, A " " X " " B " ");
}

/* The page's own list is incomplete and the better one is not there: other endpoints next. */
static void an_incomplete_page_leads_nowhere(void **state)
{
  (void)state;
  input.nendpoints = 2;
  SET(A, .kind = LIST, .ids = "a", .redirect_to = X, .incomplete = "no titles");
  SET(B, .kind = LIST, .ids = "b");
  assert_ids(run(), "b");
  assert_string_equal(w.requests, A " " X " " B " ");
  SET(B, .kind = FAILS);
  assert_ids(run(), "a");
}

static void the_remembered_list_is_gone(void **state)
{
  (void)state;
  static const answer ends[] = {{.kind = FAILS, .status = 404}, {.kind = FAILS, .status = 500},
                                {.kind = NO_LIST}};
  SET(A, .kind = LIST, .ids = "a");
  for (size_t i = 0; i < 3; i++) {
    know((fm_input_state){.redirect_to = FM_STR(X)});
    fake_set(&w, X, ends[i]);
    const fm_list_result *r = run();
    assert_ids(r, "a");
    assert_int_equal(r->error, FM_OK); /* this was no failure of an endpoint */
    assert_string_equal(w.requests, X " " A " ");
    remember();
    assert_int_equal(input.state.redirect_to.len, 0);
  }
}

/* The page still leads there: gone for good, its own list counts; else, the failure may pass, and
 * its own list would bring entries under other ids. */
static void the_page_still_leads_to_what_is_gone(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a", .redirect_to = X);
  know((fm_input_state){.redirect_to = FM_STR(X)});
  SET(X, .kind = FAILS, .status = 410);
  assert_ids(run(), "a");
  SET(X, .kind = NO_LIST);
  assert_ids(run(), "a");
  assert_string_equal(w.requests, X " " A " ");
  SET(X, .kind = FAILS, .status = 503, .retry_after = 5);
  const fm_list_result *r = run();
  assert_int_equal(r->state, FM_LIST_FAILED);
  assert_string_equal(r->why.text, "GET " X ": 503");
  assert_int_equal(r->retry_after, 5);
  assert_false(r->unreadable);
  remember();
  assert_str(input.state.redirect_to, X); /* stays */
  input.nendpoints = 2;
  SET(B, .kind = LIST, .ids = "b");
  assert_ids(run(), "b");
  SET(A, .kind = LIST, .ids = "a", .redirect_to = "http://y.test/");
  SET("http://y.test/", .kind = LIST, .ids = "a y"); /* it leads somewhere else now */
  assert_ids(run(), "a y");
}

/* No room at the host is no reason to ask the page. */
static void the_remembered_list_is_busy(void **state)
{
  (void)state;
  know((fm_input_state){.redirect_to = FM_STR(X)});
  SET(A, .kind = LIST, .ids = "a");
  SET(X, .kind = FAILS, .error = FM_E_BUSY, .retry_after = 4);
  const fm_list_result *r = run();
  assert_string_equal(w.requests, X " ");
  assert_int_equal(r->state, FM_LIST_FAILED);
  assert_int_equal(r->error, FM_E_BUSY);
  assert_int_equal(r->retry_after, 4);
  input.nendpoints = 2; /* of another endpoint it is */
  SET(B, .kind = LIST, .ids = "b");
  assert_ids(run(), "b");
  assert_string_equal(w.requests, X " " B " ");
  assert_true(remember());
  assert_int_equal(input.state.failover.failures, 1);
}

static void from_another_endpoint_nothing_is_remembered(void **state)
{
  (void)state;
  input.nendpoints = 2;
  input.state.failover = (fm_failover){.endpoint = 1, .failures = 1, .retry_at = fake_now + 1};
  know((fm_input_state){.redirect_to = FM_STR(X)});
  SET(B, .kind = LIST, .ids = "b");
  run();
  assert_string_equal(w.requests, B " ");
}

static void a_remembered_list_is_taken_though_incomplete(void **state)
{
  (void)state;
  input.nendpoints = 2;
  know((fm_input_state){.redirect_to = FM_STR(X)});
  SET(X, .kind = LIST, .ids = "x", .incomplete = "no titles");
  assert_ids(run(), "x");
  assert_string_equal(w.requests, X " ");
  assert_false(fm_list_fetch_next_candidate(fetch, "odd"));
}

/* ---- anomalies ---- */

static void an_anomaly_looks_elsewhere(void **state)
{
  (void)state;
  input.nendpoints = 3;
  SET(A, .kind = LIST, .ids = "a", .dropped = 3);
  SET(B, .kind = FAILS, .status = 500);
  SET(C, .kind = LIST, .ids = "c");
  run();
  assert_true(fm_list_fetch_next_candidate(fetch, "far fewer entries"));
  assert_int_equal(fm_list_fetch_result(fetch)->state, FM_LIST_FIRST_PAGE);
  assert_int_equal(w.ended, 1);
  fake_run(&w);
  assert_int_equal(w.ended, 2);
  const fm_list_result *r = fm_list_fetch_result(fetch);
  assert_ids(r, "c");
  assert_int_equal(r->dropped, 0);
  assert_string_equal(r->why.text, A ": far fewer entries; and GET " B ": 500");
  assert_false(fm_list_fetch_next_candidate(fetch, "odd too")); /* none is left */
  assert_ids(r, "c");
  assert_true(remember());
  assert_int_equal(input.state.failover.failures, 1);
}

static void an_anomaly_counts_if_nothing_else_is_there(void **state)
{
  (void)state;
  input.nendpoints = 2;
  SET(A, .kind = LIST, .ids = "a", .dropped = 3);
  SET(B, .kind = NO_LIST);
  run();
  assert_true(fm_list_fetch_next_candidate(fetch, "odd"));
  fake_run(&w);
  const fm_list_result *r = fm_list_fetch_result(fetch);
  assert_int_equal(r->state, FM_LIST_WHOLE);
  assert_ids(r, "a");
  assert_int_equal(r->dropped, 3);
  assert_int_equal(r->endpoint, 0);
  assert_int_equal(r->etag.len, 0);
  assert_false(fm_list_fetch_next_candidate(fetch, "odd"));
}

/* Of two that were set aside the one that was no anomaly. */
static void an_incomplete_list_is_better_than_an_anomaly(void **state)
{
  (void)state;
  input.nendpoints = 3;
  SET(A, .kind = LIST, .ids = "a");
  SET(B, .kind = LIST, .ids = "b", .incomplete = "no titles");
  SET(C, .kind = FAILS);
  run();
  assert_true(fm_list_fetch_next_candidate(fetch, "odd"));
  fake_run(&w);
  assert_ids(fm_list_fetch_result(fetch), "b");
}

static void after_an_anomaly_a_304_leaves_the_copy(void **state)
{
  (void)state;
  input.nendpoints = 2;
  with_validators(FM_STR(B));
  SET(A, .kind = LIST, .ids = "z", .dropped = 3);
  SET(B, .kind = UNMODIFIED);
  run();
  assert_true(fm_list_fetch_next_candidate(fetch, "odd"));
  fake_run(&w);
  assert_int_equal(fm_list_fetch_result(fetch)->state, FM_LIST_NOT_MODIFIED);
  assert_int_equal(fm_list_fetch_result(fetch)->npages, 0);
  assert_int_equal(fm_list_fetch_result(fetch)->dropped, 0);
}

static void not_every_anomaly_may_look_elsewhere(void **state)
{
  (void)state;
  input.nendpoints = 2;
  SET(A, .kind = LIST, .ids = "a", .next = A "2");
  SET(B, .kind = LIST, .ids = "b");
  run();
  assert_false(fm_list_fetch_next_candidate(fetch, "odd")); /* partial */
  SET(A "2", .kind = LIST, .ids = "c");
  run();
  assert_false(fm_list_fetch_next_candidate(fetch, "odd")); /* of two pages */
  SET(A, .kind = LIST, .ids = "a");
  run_one_of_several();
  assert_false(fm_list_fetch_next_candidate(fetch, "odd"));
}

/* ---- what is remembered ---- */

static void ids_are_replaced_or_kept(void **state)
{
  (void)state;
  const uint64_t old = 1, new[] = {2, 3};
  know((fm_input_state){.ids = &old, .nids = 1});
  SET(A, .kind = LIST, .ids = "a");
  run();
  fm_list_fetch_remember(fetch, &input.state, NULL, 0, true, 60);
  assert_int_equal(input.state.nids, 1);
  fm_list_fetch_remember(fetch, &input.state, new, 2, false, 60);
  assert_int_equal(input.state.nids, 2);
  assert_true(input.state.ids[1] == 3);
}

/* ---- cancelling ---- */

typedef struct scenario {
  size_t endpoints;
  const char *redirect_to; /* remembered */
  answer a, b, x;
} scenario;

static const scenario scenarios[] = {
  {1, NULL, {.kind = LIST, .ids = "a"}, {.kind = FAILS}, {.kind = FAILS}},
  {1, NULL, {.kind = LIST, .ids = "a", .next = X}, {.kind = FAILS}, {.kind = LIST, .next = B}},
  {2, NULL, {.kind = FAILS}, {.kind = LIST, .ids = "b"}, {.kind = FAILS}},
  {2, NULL, {.kind = NO_LIST, .redirect_to = X}, {.kind = NO_LIST}, {.kind = NO_LIST}},
  {2, NULL, {.kind = LIST, .ids = "a", .incomplete = "i"}, {.kind = FAILS}, {.kind = FAILS}},
  {2, NULL, {.kind = LIST, .ids = "a", .redirect_to = X}, {.kind = FAILS}, {.kind = LIST, .ids = "a"}},
  {2, NULL, {.kind = LIST, .ids = "a", .redirect_to = X, .next = B}, {.kind = LIST, .ids = "b"},
   {.kind = LIST, .ids = "z"}},
  {2, X, {.kind = LIST, .ids = "a", .redirect_to = X}, {.kind = FAILS}, {.kind = FAILS}},
  {2, X, {.kind = FAILS}, {.kind = FAILS}, {.kind = UNMODIFIED}},
};

static void cancel_after(const scenario *s, size_t steps)
{
  input.nendpoints = s->endpoints;
  know((fm_input_state){.redirect_to = fm_str_of(s->redirect_to)});
  fake_set(&w, A, s->a);
  fake_set(&w, B, s->b);
  fake_set(&w, X, s->x);
  start_one(false);
  for (size_t i = 0; i < steps; i++)
    fake_step(&w);
  bool over = w.ended > 0;
  fm_list_fetch_cancel(fetch);
  fm_list_fetch_cancel(fetch);
  fake_run(&w);
  const fm_list_result *r = fm_list_fetch_result(fetch);
  assert_int_equal(w.ended, 1);
  assert_int_equal(r->state == FM_LIST_CANCELLED, !over);
  if (!over) {
    assert_int_equal(r->error, FM_E_CANCELLED);
    assert_int_equal(r->npages, 0);
    assert_false(fm_list_fetch_next_candidate(fetch, "odd"));
  }
}

static void cancelling_in_every_state(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
    for (size_t steps = 0; steps < 10; steps++)
      cancel_after(&scenarios[i], steps);
}

static void on_ended_free(void *ctx, fm_list_fetch *f)
{
  fake *world = ctx;
  world->ended++;
  fm_list_fetch_free(f);
}

static void freed_from_inside_its_callback(void **state)
{
  (void)state;
  SET(A, .kind = LIST, .ids = "a");
  for (size_t i = 0; i < 2; i++) {
    fm_list_fetch_spec spec = {.loader = &w.loader, .input = &input, .cb = on_ended_free, .ctx = &w};
    fm_list_fetch *f = fm_list_fetch_new(&spec);
    fm_list_fetch_start(f);
    if (i)
      fm_list_fetch_cancel(f);
    assert_string_equal(fm_list_fetch_doing(f), "connecting");
    fake_run(&w);
    assert_int_equal(w.ended, i + 1);
  }
  fm_list_fetch_spec spec = {.loader = &w.loader, .input = &input, .cb = on_ended_free, .ctx = &w};
  fm_list_fetch_free(fm_list_fetch_new(&spec)); /* or never started */
}

static void hooks_may_be_missing(void **state)
{
  (void)state;
  w.loader.hooks = (fm_page_load_hooks){.ctx = NULL};
  copy = fake_doc("a");
  know((fm_input_state){.url = FM_STR(A)});
  SET(A, .kind = UNMODIFIED);
  assert_int_equal(run()->state, FM_LIST_NOT_MODIFIED);
  SET(A, .kind = LIST, .note = "x");
  assert_int_equal(run()->state, FM_LIST_WHOLE);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(a_list_of_one_page),
    TEST(pages_follow_each_other),
    TEST(where_a_redirect_led_is_not_asked_again),
    TEST(there_is_an_end_of_pages),
    TEST(there_is_an_end_of_entries),
    TEST(a_further_page_fails),
    TEST(the_only_endpoint_fails),
    TEST(a_304_leaves_the_copy),
    TEST(what_a_304_would_leave_must_be_there),
    TEST(a_reload_while_a_304_is_on_its_way),
    TEST(failover),
    TEST(an_endpoint_whose_host_has_no_room_is_passed_over),
    TEST(all_endpoints_fail),
    TEST(an_incomplete_list_counts_if_nothing_is_better),
    TEST(a_command_has_one_endpoint),
    TEST(a_page_leads_to_its_list),
    TEST(a_remembered_list_is_requested_conditionally),
    TEST(a_page_that_leads_to_itself_is_the_list),
    TEST(the_better_list_is_not_there),
    TEST(neither_is_there),
    TEST(an_incomplete_page_leads_nowhere),
    TEST(the_remembered_list_is_gone),
    TEST(the_page_still_leads_to_what_is_gone),
    TEST(the_remembered_list_is_busy),
    TEST(from_another_endpoint_nothing_is_remembered),
    TEST(a_remembered_list_is_taken_though_incomplete),
    TEST(an_anomaly_looks_elsewhere),
    TEST(an_anomaly_counts_if_nothing_else_is_there),
    TEST(an_incomplete_list_is_better_than_an_anomaly),
    TEST(after_an_anomaly_a_304_leaves_the_copy),
    TEST(not_every_anomaly_may_look_elsewhere),
    TEST(ids_are_replaced_or_kept),
    TEST(cancelling_in_every_state),
    TEST(freed_from_inside_its_callback),
    TEST(hooks_may_be_missing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
