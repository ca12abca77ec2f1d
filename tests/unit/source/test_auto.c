/* The source auto: what it finds it keeps, and looks again only when that is gone. */
#include "source/recipe/recipe_kit.h"

#include "base/buf.h"

typedef struct seen {
  fm_extracted out;
  int error;
  fm_why why;
  char *state; /* to give back the next time */
} seen;

static seen look(const char *body, const char *state)
{
  seen s = {.error = 0};
  fm_page page = {.size = sizeof page, .body = fm_str_of(body), .url = NEWS_URL, .key = NEWS_URL, .now = NOW,
                  .state = fm_str_of(state)};
  s.error = fm_source_extract_page(&fm_auto, &page, &s.out, &s.why);
  if (!s.error && s.out.doc->feed.state.len)
    s.state = strndup(s.out.doc->feed.state.ptr, s.out.doc->feed.state.len);
  return s;
}

static void done(seen *s)
{
  fm_doc_unref(s->out.doc);
  free(s->state);
}

static const fm_feed *feed_of(const seen *s)
{
  if (s->error)
    fail_msg("not read: %s", s->why.text);
  return &s->out.doc->feed;
}

#define OLD(n) "<div class=item><h3><a href=/n/" #n ">Old news number " #n "</a></h3></div>"
#define LIST OLD(1) OLD(2) OLD(3) OLD(4)
/* As much of it and more, so that it would be the list if nobody had one already. */
#define MORE(n) \
  "<article class=story><h2><a href=/s/" #n ">A long and winding story, part number " #n "</a></h2><time datetime=2026-08-0" \
  #n ">x</time><p>Which has a text too, of some length, so that it is taken for what the page is about: " #n "</p></article>"
#define OTHER MORE(1) MORE(2) MORE(3) MORE(4) MORE(5) MORE(6)

static void test_kept(void **state)
{
  (void)state;
  seen first = look(LIST, NULL);
  assert_int_equal(feed_of(&first)->nentries, 4);
  expect(feed_of(&first)->entries[0].id, "https://news.test/n/1");
  assert_non_null(first.state);
  seen fresh = look(LIST OTHER, NULL), kept = look(LIST OTHER, first.state);
  expect(feed_of(&fresh)->entries[0].id, "https://news.test/s/1");
  expect(feed_of(&kept)->entries[0].id, "https://news.test/n/1");
  assert_int_equal(feed_of(&kept)->nentries, 4);
  assert_string_equal(kept.state, first.state);
  done(&first);
  done(&fresh);
  done(&kept);
}

static void test_looked_for_again(void **state)
{
  (void)state;
#define NEW(n) "<ol><li><b><a href=/n/" #n ">Old news number " #n "</a></b> <i>by Ann</i></ol>"
  seen first = look(LIST, NULL), again = look("<p>" NEW(5) NEW(1) NEW(2) NEW(3), first.state);
  assert_int_equal(feed_of(&again)->nentries, 4);
  expect(feed_of(&again)->entries[1].id, "https://news.test/n/1");
  expect(feed_of(&again)->entries[1].title, "Old news number 1");
  assert_string_not_equal(again.state, first.state);
  done(&first);
  done(&again);
}

static void test_a_state_that_is_none(void **state)
{
  (void)state;
  seen s = look(LIST, "no: recipe: at all");
  assert_int_equal(feed_of(&s)->nentries, 4);
  done(&s);
}

static void test_no_list(void **state)
{
  (void)state;
  seen first = look(LIST, NULL), s = look("<p>Back soon", first.state);
  assert_int_equal(s.error, FM_E_NO_LIST);
  assert_non_null(strstr(s.why.text, "no list found"));
  assert_null(s.out.doc);
  done(&first);
  done(&s);
}

static void test_a_page_that_only_names_its_feed(void **state)
{
  (void)state;
  seen s = look("<link rel=alternate type=application/rss+xml href=/rss><p>Hello", NULL);
  assert_int_equal(s.error, FM_E_NO_LIST);
  expect(s.out.redirect_to, "https://news.test/rss");
  done(&s);
}

static void test_its_own_feed_comes_first(void **state)
{
  (void)state;
  const char *page = "<link rel=alternate type=application/atom+xml href=/feed.atom>" LIST;
  seen first = look(page, NULL);
  assert_int_equal(feed_of(&first)->nentries, 4);
  expect(first.out.redirect_to, "https://news.test/feed.atom");
  seen kept = look(page, first.state); /* the list was taken: its entries stay who they are */
  assert_int_equal(feed_of(&kept)->nentries, 4);
  assert_int_equal(kept.out.redirect_to.len, 0);
  seen anew = look("<link rel=alternate type=application/atom+xml href=/feed.atom>" OTHER, first.state);
  expect(feed_of(&anew)->entries[0].id, "https://news.test/s/1");
  assert_int_equal(anew.out.redirect_to.len, 0);
  done(&first);
  done(&kept);
  done(&anew);
}

static void test_a_feed(void **state)
{
  (void)state;
  seen s = look("<rss version='2.0'><channel><title>T</title><item><title>a</title><link>https://x.test/a</link></item>"
                "</channel></rss>", NULL);
  assert_int_equal(feed_of(&s)->nentries, 1);
  expect(feed_of(&s)->title, "T");
  assert_null(s.state);
  done(&s);
}

static void test_plan(void **state)
{
  (void)state;
  fm_arena arena = {0};
  fm_param options[] = {{FM_STR("url"), FM_STR("https://news.test/list?a=1")}}, params[] = {{FM_STR("x"), FM_STR("1")}};
  fm_plan_request ask = {.size = sizeof ask, .path = FM_STR("/"), .options = options, .noptions = 1, .now = NOW};
  fm_plan plan;
  fm_why why;
  assert_int_equal(fm_source_plan(&fm_auto, &ask, &arena, &plan, &why), FM_OK);
  expect(plan.url, "https://news.test/list?a=1");
  expect(plan.key, "https://news.test/list?a=1");
  ask.params = params;
  ask.nparams = 1;
  assert_int_equal(fm_source_plan(&fm_auto, &ask, &arena, &plan, &why), FM_E_BAD_ADDRESS);
  ask.nparams = ask.noptions = 0;
  assert_int_equal(fm_source_plan(&fm_auto, &ask, &arena, &plan, &why), FM_E_NOT_FOUND);
  assert_non_null(strstr(why.text, "url: "));
  options[0].value = FM_STR("file:///etc/passwd");
  ask.noptions = 1;
  assert_int_equal(fm_source_plan(&fm_auto, &ask, &arena, &plan, &why), FM_E_BAD_ADDRESS);
  fm_arena_deinit(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_kept),    cmocka_unit_test(test_looked_for_again),
    cmocka_unit_test(test_a_state_that_is_none), cmocka_unit_test(test_no_list),
    cmocka_unit_test(test_a_page_that_only_names_its_feed), cmocka_unit_test(test_a_feed),
    cmocka_unit_test(test_its_own_feed_comes_first),
    cmocka_unit_test(test_plan),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
