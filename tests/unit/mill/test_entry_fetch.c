/* Entries' own pages: which ones are picked, every end of each, patches of what came. */
#include "fake_loader.h"

#include "feed/entry_page.h"
#include "mill/entry_fetch.h"

#define N "http://n.test/"

static fake w;
static fm_entry_fetch *fetch;
static const fm_endpoint endpoint = {.key = {"key", 3}, .origin = {"http://n.test", 13},
                                     .budget = {"api", 3}};

static void on_ended(void *ctx, fm_entry_fetch *f)
{
  fake *world = ctx;
  assert_ptr_equal(f, fetch);
  assert_int_equal(fm_entry_fetch_pending(f), 0);
  assert_null(fm_entry_fetch_doing(f));
  world->ended++;
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
  fm_entry_fetch_free(fetch);
  fetch = NULL;
  fake_deinit(&w);
  return 0;
}

static fm_entry_fetch *pick(size_t most, const fm_doc *list, const fm_doc *a, const fm_doc *b)
{
  const fm_doc *known[] = {a, b};
  fm_entry_fetch_spec spec = {.loader = &w.loader, .endpoint = &endpoint, .max_pages = most,
                              .cb = on_ended, .ctx = &w};
  fm_entry_fetch_free(fetch);
  w.ended = 0;
  *w.requests = 0;
  fetch = fm_entry_fetch_new(&spec, list, known, 2);
  return fetch;
}

static void run(void)
{
  fm_entry_fetch_start(fetch);
  assert_int_equal(w.ended, 0);
  fake_run(&w);
  assert_int_equal(w.ended, 1);
}

/* As the store would have it: each entry's page was fetched, or failed so often. */
static fm_doc *after(const char *ids, int fetched, unsigned failures)
{
  fm_doc *list = fake_doc(ids), *doc = fm_doc_new();
  fm_entry said = {.published = FM_NO_TIME, .updated = FM_NO_TIME, .summary = FM_STR("s")};
  fm_entry *entries = fm_arena_alloc(&doc->arena, list->feed.nentries * sizeof *entries);
  for (size_t i = 0; i < list->feed.nentries; i++) {
    fm_entry entry = list->feed.entries[i];
    if (fetched)
      fm_entry_page_add(&said, &doc->arena, &entry);
    for (unsigned k = 0; k < failures; k++)
      fm_entry_page_failed(k, &entry);
    fm_entry_copy(&doc->arena, &entry, &entries[i]);
  }
  doc->feed.entries = entries;
  doc->feed.nentries = list->feed.nentries;
  fm_doc_unref(list);
  return doc;
}

/* "a=said b!1 c": the summary that an entry has, or how often its page failed. */
static void assert_doc(fm_doc *doc, const char *wanted)
{
  char text[512] = "";
  for (size_t i = 0; i < doc->feed.nentries; i++) {
    const fm_entry *e = &doc->feed.entries[i];
    ADD(text, "%s%.*s", i ? " " : "", FM_FMT(e->id));
    if (e->summary.len)
      ADD(text, "=%.*s", FM_FMT(e->summary));
    if (fm_entry_page_tries(e))
      ADD(text, "!%u", fm_entry_page_tries(e));
  }
  assert_string_equal(text, wanted);
  fm_doc_unref(doc);
}

/* ---- which ones ---- */

static void what_was_fetched_or_given_up_is_not_picked(void **state)
{
  (void)state;
  fm_doc *list = fake_doc("a b c d"), *had = after("a", 1, 0), *lost = after("b", 0, FM_ENTRY_PAGE_TRIES);
  assert_int_equal(fm_entry_fetch_picked(pick(10, list, NULL, NULL)), 4);
  assert_int_equal(fm_entry_fetch_picked(pick(10, list, had, NULL)), 3);
  assert_int_equal(fm_entry_fetch_picked(pick(10, list, had, lost)), 2);
  assert_int_equal(fm_entry_fetch_pending(fetch), 2);
  assert_int_equal(fm_entry_fetch_picked(pick(1, list, had, lost)), 1);
  fm_entry_fetch_start(fetch);
  assert_string_equal(w.requests, N "c ");
  fake_run(&w);
  assert_int_equal(fm_entry_fetch_picked(pick(0, list, NULL, NULL)), 0);
  assert_true(fm_entry_fetch_is_wanted(list, NULL));
  assert_true(fm_entry_fetch_is_wanted(list, had));
  fm_doc *all = after("d c b a", 1, 0);
  assert_false(fm_entry_fetch_is_wanted(list, all));
  assert_false(fm_entry_fetch_is_wanted(all, NULL)); /* the list itself has it */
  fm_doc_unref(list);
  fm_doc_unref(had);
  fm_doc_unref(lost);
  fm_doc_unref(all);
}

static void an_entry_without_a_page_is_not_picked(void **state)
{
  (void)state;
  fm_doc *list = fake_doc("a b");
  ((fm_link *)list->feed.entries[0].links)->href = FM_STR("mailto:a");
  ((fm_entry *)list->feed.entries)[1].nlinks = 0;
  assert_int_equal(fm_entry_fetch_picked(pick(10, list, NULL, NULL)), 0);
  assert_false(fm_entry_fetch_is_wanted(list, NULL));
  fm_doc_unref(list);
}

static void entries_of_one_page_share_it(void **state)
{
  (void)state;
  fm_doc *list = fake_doc("a b c");
  ((fm_link *)list->feed.entries[1].links)->href = FM_STR(N "a");
  fake_set(&w, N "a", (answer){.kind = LIST, .ids = "said"});
  assert_int_equal(fm_entry_fetch_picked(pick(10, list, NULL, NULL)), 2);
  run();
  assert_string_equal(w.requests, N "a " N "c ");
  fm_entry_patch *patch = fm_entry_fetch_take(fetch);
  assert_doc(fm_entry_patch_apply(patch, list, true), "a=said b=said c!1");
  fm_entry_patch_free(patch);
  fm_doc_unref(list);
}

/* ---- requests ---- */

static void requests_go_behind_lists(void **state)
{
  (void)state;
  fm_doc *list = fake_doc("a");
  w.urgent = true;
  fake_set(&w, N "a", (answer){.kind = LIST, .ids = "said"});
  pick(10, list, NULL, NULL);
  assert_null(fm_entry_fetch_doing(fetch));
  fm_entry_fetch_start(fetch);
  assert_string_equal(fm_entry_fetch_doing(fetch), "connecting");
  assert_false(w.last.urgent);
  assert_int_equal(w.last.since, w.loader.now);
  assert_int_equal(w.last.accept.len + w.last.etag.len, 0);
  assert_true(fm_str_is(w.last.budget, "api"));
  fake_step(&w);
  assert_true(fm_str_is(w.last_page.key, "key"));
  assert_int_equal(w.last_kind, FM_EXTRACT_ENTRY);
  assert_string_equal(fm_entry_fetch_doing(fetch), "extracting");
  fake_run(&w);
  assert_int_equal(fm_entry_fetch_fetched(fetch), 1);
  fm_doc_unref(list);
}

/* ---- ends ---- */

static void every_end_of_a_page(void **state)
{
  (void)state;
  static const struct { answer answer; const char *doc; } cases[] = {
    {{.kind = LIST, .ids = "said"}, "a=said"},
    {{.kind = NO_LIST}, "a!1"},
    {{.kind = UNMODIFIED}, "a!1"},
    {{.kind = FAILS, .status = 404}, "a!1"},
    {{.kind = FAILS, .error = FM_E_TIMEOUT}, "a!1"},
    {{.kind = FAILS, .error = FM_E_BUSY, .retry_after = 5}, NULL}, /* not tried */
    {{.kind = FAILS, .status = 429, .retry_after = 5, .stops = "http://n.test"}, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fm_doc *list = fake_doc("a");
    fake_set(&w, N "a", cases[i].answer);
    pick(10, list, NULL, NULL);
    run();
    fm_entry_patch *patch = fm_entry_fetch_take(fetch);
    assert_int_equal(patch != NULL, cases[i].doc != NULL);
    if (patch)
      assert_doc(fm_entry_patch_apply(patch, list, true), cases[i].doc);
    assert_int_equal(fm_entry_fetch_fetched(fetch), i == 0);
    fm_entry_patch_free(patch);
    fm_doc_unref(list);
  }
}

static void tries_add_up_until_it_is_given_up(void **state)
{
  (void)state;
  fm_doc *list = fake_doc("a"), *known = NULL;
  for (unsigned i = 1; i <= FM_ENTRY_PAGE_TRIES; i++) {
    assert_true(fm_entry_fetch_is_wanted(list, known));
    assert_int_equal(fm_entry_fetch_picked(pick(10, list, known, NULL)), 1);
    run();
    fm_entry_patch *patch = fm_entry_fetch_take(fetch);
    fm_doc *merged = fm_entry_patch_apply(patch, list, true);
    assert_int_equal(fm_entry_page_tries(&merged->feed.entries[0]), i);
    fm_entry_patch_free(patch);
    fm_doc_unref(known);
    known = merged;
  }
  assert_false(fm_entry_fetch_is_wanted(list, known));
  assert_int_equal(fm_entry_fetch_picked(pick(10, list, NULL, known)), 0);
  fm_doc_unref(list);
  fm_doc_unref(known);
}

/* ---- patches ---- */

/* What comes late is a patch of its own; each page is in one of them. */
static void patches_are_taken_as_they_come(void **state)
{
  (void)state;
  fm_doc *list = fake_doc("a b c d");
  fake_set(&w, N "a", (answer){.kind = LIST, .ids = "A"});
  fake_set(&w, N "c", (answer){.kind = LIST, .ids = "C"});
  fake_set(&w, N "d", (answer){.kind = FAILS, .error = FM_E_BUSY});
  pick(10, list, NULL, NULL);
  assert_false(fm_entry_fetch_has_patch(fetch));
  assert_null(fm_entry_fetch_take(fetch));
  fm_entry_fetch_start(fetch);
  fake_step(&w); /* a is fetched, */
  assert_false(fm_entry_fetch_has_patch(fetch));
  fake_step(&w); /* and extracted */
  assert_true(fm_entry_fetch_has_patch(fetch));
  assert_int_equal(fm_entry_fetch_pending(fetch), 3);
  fm_entry_patch *first = fm_entry_fetch_take(fetch);
  assert_false(fm_entry_fetch_has_patch(fetch));
  assert_null(fm_entry_fetch_take(fetch));
  fake_run(&w);
  assert_int_equal(w.ended, 1);
  assert_true(fm_entry_fetch_has_patch(fetch));
  fm_entry_patch *second = fm_entry_fetch_take(fetch);
  assert_null(fm_entry_fetch_take(fetch));
  fm_entry_fetch_free(fetch);
  fetch = NULL; /* patches live on */
  assert_doc(fm_entry_patch_apply(first, list, true), "a=A b c d");
  assert_doc(fm_entry_patch_apply(first, list, false), "a=A");
  assert_doc(fm_entry_patch_apply(second, list, true), "a b!1 c=C d");
  assert_doc(fm_entry_patch_apply(second, list, false), "b!1 c=C");
  fm_entry_patch_free(first);
  fm_entry_patch_free(second);
  fm_entry_patch_free(NULL);
  fm_doc_unref(list);
}

static void a_patch_keeps_the_rest_of_a_document(void **state)
{
  (void)state;
  fm_doc *list = fake_doc("a a");
  list->feed.subtitle = FM_STR("sub");
  fake_set(&w, N "a", (answer){.kind = LIST, .ids = "A"});
  assert_int_equal(fm_entry_fetch_picked(pick(10, list, NULL, NULL)), 1); /* one id twice */
  run();
  fm_entry_patch *patch = fm_entry_fetch_take(fetch);
  fm_doc *doc = fm_entry_patch_apply(patch, list, true);
  assert_true(fm_str_is(doc->feed.subtitle, "sub"));
  assert_doc(doc, "a=A a=A");
  fm_entry_patch_free(patch);
  fm_doc_unref(list);
}

/* ---- cancelling ---- */

static void cancelling_in_every_state(void **state)
{
  (void)state;
  for (size_t steps = 0; steps < 8; steps++) {
    fm_doc *list = fake_doc("a b c");
    fake_set(&w, N "a", (answer){.kind = LIST, .ids = "A"});
    fake_set(&w, N "b", (answer){.kind = NO_LIST});
    pick(10, list, NULL, NULL);
    fm_entry_fetch_cancel(fetch); /* nothing is under way */
    fm_entry_fetch_start(fetch);
    for (size_t i = 0; i < steps; i++)
      fake_step(&w);
    size_t pending = fm_entry_fetch_pending(fetch), fetched = fm_entry_fetch_fetched(fetch);
    fm_entry_fetch_cancel(fetch);
    fm_entry_fetch_cancel(fetch);
    assert_int_equal(w.ended, pending == 0);
    fake_run(&w);
    assert_int_equal(w.ended, 1);
    assert_int_equal(fm_entry_fetch_fetched(fetch), fetched);
    fm_entry_patch *patch = fm_entry_fetch_take(fetch);
    assert_int_equal(patch != NULL, pending < 3); /* what was cancelled was not tried */
    fm_entry_patch_free(patch);
    fm_doc_unref(list);
  }
}

static void on_ended_free(void *ctx, fm_entry_fetch *f)
{
  fake *world = ctx;
  world->ended++;
  fm_entry_fetch_free(f);
}

static void freed_from_inside_its_callback(void **state)
{
  (void)state;
  fm_doc *list = fake_doc("a b");
  fm_entry_fetch_spec spec = {.loader = &w.loader, .endpoint = &endpoint, .max_pages = 5,
                              .cb = on_ended_free, .ctx = &w};
  fm_entry_fetch_start(fm_entry_fetch_new(&spec, list, NULL, 0));
  fake_run(&w);
  assert_int_equal(w.ended, 1);
  fm_entry_fetch_free(fm_entry_fetch_new(&spec, list, NULL, 0)); /* or never started */
  fm_doc_unref(list);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(what_was_fetched_or_given_up_is_not_picked),
    TEST(an_entry_without_a_page_is_not_picked),
    TEST(entries_of_one_page_share_it),
    TEST(requests_go_behind_lists),
    TEST(every_end_of_a_page),
    TEST(tries_add_up_until_it_is_given_up),
    TEST(patches_are_taken_as_they_come),
    TEST(a_patch_keeps_the_rest_of_a_document),
    TEST(cancelling_in_every_state),
    TEST(freed_from_inside_its_callback),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
