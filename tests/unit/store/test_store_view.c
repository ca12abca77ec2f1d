/* Views: when entries entered a filtered feed, against every backend. */
#include "store/store_bed.h"

#include <time.h>

typedef struct got_entered {
  int calls, error;
  fm_why why;
  char text[512]; /* "a@60 b@?": minutes after KIT_T0 */
} got_entered;

static void on_entered(void *ctx, int error, const fm_why *why, const fm_entered *entered,
                       size_t count)
{
  got_entered *got = ctx;
  got->calls++;
  got->error = error;
  got->why = *why;
  for (size_t i = 0; i < count; i++) {
    size_t len = strlen(got->text);
    fm_str word = fm_str_from(entered[i].id, strlen("https://example.org/"));
    if (entered[i].at == FM_NO_TIME)
      snprintf(got->text + len, sizeof got->text - len, "%s%.*s@?", i ? " " : "", FM_FMT(word));
    else
      snprintf(got->text + len, sizeof got->text - len, "%s%.*s@%lld", i ? " " : "",
               FM_FMT(word), (long long)(entered[i].at - KIT_T0));
  }
}

static got_entered enter_in(kit *in, const char *upstream, const char *view, int64_t at,
                            const char *words)
{
  got_entered got = {.calls = 0};
  fm_doc *page = kit_page(words);
  fm_str ids[16];
  for (size_t i = 0; i < page->feed.nentries; i++)
    ids[i] = page->feed.entries[i].id;
  fm_store_enter(in->store, fm_str_of(upstream), fm_str_of(view), KIT_T0 + at, ids,
                 page->feed.nentries, on_entered, &got);
  fm_doc_unref(page);
  kit_wait(in, &got.calls);
  return got;
}

static void assert_enter_in(kit *in, const char *view, int64_t at, const char *words,
                            const char *want)
{
  got_entered got = enter_in(in, LIST, view, at, words);
  if (got.error)
    fail_msg("%s", got.why.text);
  assert_string_equal(got.text, want);
}

static void assert_enter(const char *view, int64_t at, const char *words, const char *want)
{
  assert_enter_in(&k, view, at, words, want);
}

static void the_first_time_stays(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "c b a");
  assert_enter("min=50", 10, "a", "a@?"); /* the view is new: nobody saw when */
  assert_enter("min=50", 20, "b a", "b@20 a@?");
  assert_enter("min=50", 30, "c b", "c@30 b@20");
  assert_enter("min=50", 5, "b", "b@20"); /* an instance whose clock is behind */
  assert_enter("min=90", 40, "b", "b@?"); /* each view by itself */
}

static void an_empty_evaluation_counts(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "a");
  assert_enter("min=50", 10, "", "");
  assert_enter("min=50", 20, "a", "a@20");
}

static void what_is_not_stored_is_left_out(void **state)
{
  (void)state;
  assert_int_equal(enter_in(&k, LIST, "v", 0, "a").error, FM_E_NOT_FOUND);
  merge(LIST, KIT_T0, "b");
  assert_enter("v", 10, "", "");
  assert_enter("v", 20, "a b c", "b@20");
  assert_int_equal(enter_in(&k, LIST, "", 0, "a").error, FM_E_TOO_BIG);
}

static void times_outlive_the_process(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "b a");
  assert_enter("v", 10, "", "");
  assert_enter("v", 20, "a", "a@20");
  if (strcmp(kit_backend, "memory:") == 0)
    return;
  kit_close(&k);
  kit_open(&k);
  assert_enter("v", 30, "b a", "b@30 a@20");
}

static void the_least_recently_used_view_makes_room(void **state)
{
  (void)state;
  char name[16];
  merge(LIST, KIT_T0, "a");
  for (int i = 0; i < FM_STORE_VIEWS_MAX + 3; i++) {
    snprintf(name, sizeof name, "v%03d", i);
    assert_enter(name, 10, "", "");
  }
  snprintf(name, sizeof name, "v%03d", FM_STORE_VIEWS_MAX + 2);
  assert_enter(name, 20, "a", "a@20");
}

static void expire_at(int64_t now)
{
  tally got = {.calls = 0};
  fm_store_expire(k.store, now, kit_on_counted, &got);
  kit_wait(&k, &got.calls);
  assert_int_equal(got.error, 0);
}

static void a_view_that_nobody_evaluates_is_forgotten(void **state)
{
  (void)state;
  int64_t now = (int64_t)time(NULL);
  merge(LIST, now, "a");
  assert_enter("v", 10, "", "");
  assert_enter("v", 20, "a", "a@20");
  expire_at(now + 60);
  assert_enter("v", 30, "a", "a@20");
  merge(LIST, now + 91 * 86400, "a");
  expire_at(now + 91 * 86400);
  assert_enter("v", 40, "a", "a@?");
}

typedef struct lines {
  fm_buf text;
  tally done;
} lines;

static void on_line(void *ctx, fm_str line)
{
  fm_buf_str(&((lines *)ctx)->text, line);
  fm_buf_char(&((lines *)ctx)->text, '\n');
}

static void on_exported(void *ctx, int error, const fm_why *why, size_t count)
{
  kit_on_counted(&((lines *)ctx)->done, error, why, count);
}

static void an_export_holds_the_times(void **state)
{
  (void)state;
  lines out = {.done = {.calls = 0}};
  merge(LIST, KIT_T0, "c b a");
  assert_enter("w", 5, "c", "c@?");
  assert_enter("v", 10, "a", "a@?");
  assert_enter("v", 20, "b a", "b@20 a@?");
  fm_buf_init(&out.text, FM_BUF_MAX);
  fm_store_export(k.store, on_line, on_exported, &out);
  kit_wait(&k, &out.done.calls);
  for (size_t i = 0; i < LEN(kit_backends); i++) {
    kit other;
    tally taken = {.calls = 0};
    kit_start(&other, kit_backends[i].uri);
    kit_open(&other);
    fm_store_import(other.store, fm_buf_view(&out.text), 1, kit_on_counted, &taken);
    kit_wait(&other, &taken.calls);
    if (taken.error)
      fail_msg("%s", taken.why.text);
    assert_enter_in(&other, "v", 30, "c b a", "c@30 b@20 a@?");
    assert_enter_in(&other, "w", 30, "c a", "c@? a@30");
    kit_stop(&other);
  }
  fm_buf_deinit(&out.text);
}

static void the_clock_is_at_hand(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "a");
  int64_t apart = fm_store_clock(k.store) - (int64_t)time(NULL);
  assert_true(apart >= -2 && apart <= 2);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(the_first_time_stays),
    TEST(an_empty_evaluation_counts),
    TEST(what_is_not_stored_is_left_out),
    TEST(times_outlive_the_process),
    TEST(the_least_recently_used_view_makes_room),
    TEST(a_view_that_nobody_evaluates_is_forgotten),
    TEST(an_export_holds_the_times),
    TEST(the_clock_is_at_hand),
  };
  return kit_run("store/view", tests, LEN(tests));
}
