/* Export and import: everything out as lines and in again, from every backend to every
 * backend. */
#include "store/store_bed.h"

typedef struct lines {
  fm_buf text;
  size_t count;
  tally done;
} lines;

static void on_line(void *ctx, fm_str line)
{
  lines *got = ctx;
  assert_int_equal(got->done.calls, 0);
  assert_null(memchr(line.ptr, '\n', line.len));
  fm_buf_str(&got->text, line);
  fm_buf_char(&got->text, '\n');
  got->count++;
}

static void on_exported(void *ctx, int error, const fm_why *why, size_t count)
{
  kit_on_counted(&((lines *)ctx)->done, error, why, count);
}

static lines export(kit *from)
{
  lines got = {.count = 0};
  fm_buf_init(&got.text, FM_BUF_MAX);
  fm_store_export(from->store, on_line, on_exported, &got);
  kit_wait(from, &got.done.calls);
  if (got.done.error)
    fail_msg("%s", got.done.why.text);
  assert_int_equal(got.done.count, got.count);
  return got;
}

static tally import(kit *into, fm_str text, size_t first)
{
  tally got = {.calls = 0};
  fm_store_import(into->store, text, first, kit_on_counted, &got);
  kit_wait(into, &got.calls);
  return got;
}

static int by_text(const void *a, const void *b)
{
  return fm_str_cmp(*(const fm_str *)a, *(const fm_str *)b);
}

/* Two exports hold the same lines; which order entries come in is a backend's own. */
static void assert_same(const lines *a, const lines *b)
{
  const lines *both[] = {a, b};
  fm_str *sorted[2];
  assert_int_equal(a->count, b->count);
  for (size_t i = 0; i < 2; i++) {
    fm_str rest = fm_buf_view(&both[i]->text);
    sorted[i] = malloc((both[i]->count + 1) * sizeof *sorted[i]);
    for (size_t n = 0; n < both[i]->count; n++)
      assert_true(fm_str_cut(&rest, '\n', &sorted[i][n]));
    qsort(sorted[i], both[i]->count, sizeof *sorted[i], by_text);
  }
  for (size_t n = 0; n < a->count; n++)
    if (!fm_str_eq(sorted[0][n], sorted[1][n]))
      fail_msg("%.*s\nis not\n%.*s", FM_FMT(sorted[0][n]), FM_FMT(sorted[1][n]));
  free(sorted[0]);
  free(sorted[1]);
}

/* A bit of everything: two sources, pages that share entries, entries that left,
 * a page that only ever failed, sealed archives of more than one part. */
static void furnish(kit *in)
{
  char many[4096] = "";
  size_t len = 0;
  for (int i = 0; i < 150; i++)
    len += (size_t)snprintf(many + len, sizeof many - len, "%sm%d@2026-05-%02d", i ? " " : "", i,
                            31 - i / 5);
  merge_in(in, LIST, KIT_T0, many);
  merge_in(in, LIST, KIT_T0 + 60, "c b a@2026-06-01");
  fm_doc *page = kit_page("d a");
  fm_entry *d = kit_at(page, 0);
  fm_person *who = fm_arena_alloc(&page->arena, sizeof *who);
  *who = (fm_person){FM_STR("Ünï \"quoted\""), FM_STR("https://example.org/u"), FM_STR("u@example.org")};
  d->authors = who;
  d->rights = FM_STR("\\back / slash \xe2\x80\xa8 line");
  kit_at(page, 1)->title = FM_STR("Another title");
  page->feed.order = FM_ORDER_PAGE;
  page->feed.subtitle = FM_STR("of today");
  page->feed.state = FM_STR("kept:\n \"by its source\"");
  fm_doc_unref(kit_merge(in, "test /trending", KIT_T0 + 120, page).doc);
  merge_in(in, "other /a", KIT_T0 + 180, "a z");
  fm_upstream_meta meta = kit_meta(FM_NO_TIME);
  meta.failures = 3;
  meta.failure = FM_STR("no \"list\"");
  meta.next_try = KIT_T0 + 500;
  assert_int_equal(kit_touch(in, "other /broken", &meta), 0);
  tally sealed = {.calls = 0};
  fm_store_seal(in->store, FM_STR(LIST), 3, KIT_T0, KIT_T0 + 200, kit_on_counted, &sealed);
  kit_wait(in, &sealed.calls);
  assert_int_equal(sealed.error, 0);
  assert_int_equal(sealed.count, 1);
}

static void assert_words_of(kit *in, const char *page, size_t most, const char *words)
{
  answer got = kit_load(in, page, most);
  assert_int_equal(got.error, 0);
  assert_words(got.doc, words);
  fm_doc_unref(got.doc);
}

static void a_round_trip_loses_nothing(void **state)
{
  (void)state;
  furnish(&k);
  lines out = export(&k);
  for (size_t i = 0; i < LEN(kit_backends); i++) {
    kit other;
    kit_start(&other, kit_backends[i].uri);
    kit_open(&other);
    tally taken = import(&other, fm_buf_view(&out.text), 1);
    if (taken.error)
      fail_msg("%s", taken.why.text);
    assert_int_equal(taken.count, out.count);
    lines again = export(&other);
    assert_same(&out, &again);
    fm_buf_deinit(&again.text);
    assert_words_of(&other, LIST, 4, "c b a m0");
    assert_words_of(&other, "test /trending", 10, "d a");
    answer trending = kit_load(&other, "test /trending", 10);
    assert_true(fm_str_is(trending.doc->feed.state, "kept:\n \"by its source\""));
    fm_doc_unref(trending.doc);
    kit_stop(&other);
  }
  fm_buf_deinit(&out.text);
}

static void an_import_may_come_in_pieces_and_twice(void **state)
{
  (void)state;
  furnish(&k);
  lines out = export(&k);
  kit other;
  kit_start(&other, "memory:");
  kit_open(&other);
  for (int round = 0; round < 2; round++) {
    fm_str rest = fm_buf_view(&out.text), line;
    for (size_t n = 1; rest.len && fm_str_cut(&rest, '\n', &line); n++) {
      tally taken = import(&other, line, n);
      if (taken.error)
        fail_msg("%s", taken.why.text);
    }
    lines again = export(&other);
    assert_same(&out, &again);
    fm_buf_deinit(&again.text);
  }
  kit_stop(&other);
  fm_buf_deinit(&out.text);
}

static void what_is_remembered_wins_over_an_import(void **state)
{
  (void)state;
  merge_in(&k, LIST, KIT_T0, "a b");
  lines out = export(&k);
  kit other;
  kit_start(&other, kit_backend);
  kit_open(&other);
  fm_doc *page = kit_page("c a");
  kit_at(page, 1)->published = KIT_T0 + 7;
  page->feed.title = FM_STR("Here");
  fm_doc_unref(kit_merge(&other, LIST, KIT_T0 + 100, page).doc);
  tally taken = import(&other, fm_buf_view(&out.text), 1);
  if (taken.error)
    fail_msg("%s", taken.why.text);
  answer got = kit_load(&other, LIST, 10);
  assert_words(got.doc, "c a b"); /* b is new, and not on the page of now */
  assert_true(got.doc->feed.entries[1].published == KIT_T0 + 7);
  assert_str(got.doc->feed.title, "Here");
  assert_true(got.meta.fetched == KIT_T0 + 100);
  fm_doc_unref(got.doc);
  kit_stop(&other);
  fm_buf_deinit(&out.text);
}

static void a_bad_line_is_named_and_takes_nothing(void **state)
{
  (void)state;
  static const struct { const char *text, *why; } bad[] = {
    {"{\"feedmill\":1}\nnot JSON\n", "line 11"},
    {"{\"feedmill\":1}\n{\"entry\":\"x\"}\n", "line 11"},
    {"{\"feedmill\":3}\n", "another form"},
    {"{\"what\":1}\n", "no line of an export"},
    {"[]\n", "no line of an export"},
    {"{\"page\":\"test /x\",\"fetched\":1,\"here\":[]}\n{\"end\":12}\n", "12 lines"},
    {"{\"entry\":\"x\",\"source\":\"test\",\"first_seen\":1,\"changed\":1,\"fingerprint\":\"0\","
     "\"pages\":[],\"data\":{\"i\":\"y\",\"t\":\"t\",\"p\":1}}\n", "another's data"},
    {"{\"archive\":\"2026-13\",\"page\":\"test /x\",\"sealed\":1}\n", "archive without"},
  };
  for (size_t i = 0; i < LEN(bad); i++) {
    tally got = import(&k, fm_str_of(bad[i].text), 10);
    assert_int_equal(got.error, FM_E_SYNTAX);
    assert_int_equal(got.count, 0);
    if (!strstr(got.why.text, bad[i].why))
      fail_msg("\"%s\" does not say \"%s\"", got.why.text, bad[i].why);
  }
  assert_int_equal(kit_load(&k, "test /x", 10).error, FM_E_NOT_FOUND);
}

static void an_empty_memory_is_two_lines(void **state)
{
  (void)state;
  lines out = export(&k);
  assert_str(fm_buf_view(&out.text), "{\"feedmill\":2}\n{\"end\":1}\n");
  fm_buf_deinit(&out.text);
}

static void too_much_at_once_is_refused(void **state)
{
  (void)state;
  char *text = calloc(1, FM_STORE_IMPORT_MAX + 1);
  tally got = import(&k, (fm_str){text, FM_STORE_IMPORT_MAX + 1}, 1);
  assert_int_equal(got.error, FM_E_TOO_BIG);
  free(text);
}

static void other_jobs_run_between_the_steps(void **state)
{
  (void)state;
  lines got = {.count = 0};
  answer loaded = {.calls = 0};
  furnish(&k);
  fm_buf_init(&got.text, FM_BUF_MAX);
  fm_store_export(k.store, on_line, on_exported, &got);
  fm_store_load(k.store, FM_STR(LIST), 10, kit_on_answer, &loaded);
  kit_wait(&k, &loaded.calls);
  assert_int_equal(got.done.calls, 0);
  fm_doc_unref(loaded.doc);
  kit_close(&k); /* finishes it */
  assert_int_equal(got.done.calls, 1);
  assert_int_equal(got.done.error, 0);
  fm_buf_deinit(&got.text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(a_round_trip_loses_nothing),
    TEST(an_import_may_come_in_pieces_and_twice),
    TEST(what_is_remembered_wins_over_an_import),
    TEST(a_bad_line_is_named_and_takes_nothing),
    TEST(an_empty_memory_is_two_lines),
    TEST(too_much_at_once_is_refused),
    TEST(other_jobs_run_between_the_steps),
  };
  return kit_run("store/move", tests, LEN(tests));
}
