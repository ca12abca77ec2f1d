/* Which feed an address stands for. */
#include "base/date.h"
#include "base/str.h"
#include "mill/catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct bed {
  fm_registry *registry;
  fm_catalog *catalog;
  fm_arena arena;
  fm_feed_request want;
  fm_why why;
} bed;

static const fm_format page_format = {"html", "text/html", NULL};

static fm_catalog *catalog_with_key(const fm_registry *registry, const char *key)
{
  static const fm_param fixed[] = {{FM_STR("owner"), FM_STR("ben")}, {FM_STR("repo"), FM_STR("wick")}};
  const fm_catalog_feed feeds[] = {
    {.name = FM_STR("strong"), .path = FM_STR("/papers?q=robots"),
     .refresh = {.every = 900, .wait = 1, .stale = 2, .idle = 3},
     .filter = {.limit = 7, .include = FM_STR("arm")}},
    {.name = FM_STR("lost"), .path = FM_STR("/nowhere")},
    {.name = FM_STR("path"), .path = FM_STR("/papers?min_upvotes=5&sort=title&limit=9"),
     .filter = {.exclude = FM_STR("leg")}},
    {.name = FM_STR("miss"), .path = FM_STR("/papers?min_upvote=5")},
    {.name = FM_STR("odd"), .source = FM_STR("no-such"), .path = FM_STR("/papers")},
    {.name = FM_STR("releases"), .title = FM_STR("Lamp"), .source = FM_STR("forge"),
     .path = FM_STR("/"), .refresh = {.every = 60}, .filter = {.include = FM_STR("arm")}},
    {.name = FM_STR("fixed"), .source = FM_STR("forge"), .path = FM_STR("/"),
     .options = fixed, .noptions = 2},
  };
  fm_catalog_spec spec = {
    .registry = registry, .feeds = feeds, .nfeeds = sizeof feeds / sizeof *feeds,
    .refresh = {.every = 1800, .wait = 5, .stale = 6, .idle = 7}, .limit = 100,
    .access_key = fm_str_of(key),
  };
  return fm_catalog_new(&spec);
}

static void add_recipe(fm_registry *registry)
{
  fm_problems problems = {0};
  fm_recipe *recipe = fm_recipe_parse(
    FM_STR("name: forge\nurl: https://forge.test/{owner}/{repo}/releases\ndefaults: {owner: ann, repo: lamp}\n"
           "items: \"css: a\"\nfields: {title: \"css: b\"}\n"), FM_STR("f"), &problems);
  assert_non_null(recipe);
  assert_int_equal(fm_registry_add_recipe(registry, recipe, &problems), FM_OK);
  fm_problems_deinit(&problems);
}

static int setup(void **state)
{
  bed *b = FM_NEW(bed);
  b->registry = fm_registry_new();
  add_recipe(b->registry);
  b->catalog = catalog_with_key(b->registry, "");
  *state = b;
  return 0;
}

static int teardown(void **state)
{
  bed *b = *state;
  fm_catalog_unref(b->catalog);
  fm_registry_unref(b->registry);
  fm_arena_deinit(&b->arena);
  free(b);
  return 0;
}

static int resolve(bed *b, const char *target)
{
  int64_t now = fm_date_from_civil((fm_civil){2026, 8, 4, 12, 0, 0});
  b->why.text[0] = 0;
  return fm_catalog_resolve(b->catalog, fm_str_of(target), &page_format, now, &b->arena, &b->want,
                            &b->why);
}

static void expect_url(bed *b, const char *target, const char *url)
{
  assert_int_equal(resolve(b, target), FM_OK);
  assert_int_equal(b->want.plan.url.len, strlen(url));
  assert_memory_equal(b->want.plan.url.ptr, url, strlen(url));
}

static void every_listing_has_its_feed(void **state)
{
  bed *b = *state;
  expect_url(b, "/papers.atom", "https://huggingface.co/papers");
  expect_url(b, "/papers/date/2026-08-04.rss", "https://huggingface.co/papers/date/2026-08-04");
  expect_url(b, "/papers.json?date=2026-08-04", "https://huggingface.co/papers/date/2026-08-04");
  expect_url(b, "/papers/week/2026-W32.atom", "https://huggingface.co/papers/week/2026-W32");
  expect_url(b, "/papers/week.atom", "https://huggingface.co/papers/week/2026-W32");
  expect_url(b, "/papers/month.atom", "https://huggingface.co/papers/month/2026-08");
  expect_url(b, "/papers/trending.atom", "https://huggingface.co/papers/trending");
  expect_url(b, "/papers.atom?q=neurons", "https://huggingface.co/papers?q=neurons");
  expect_url(b, "/%70apers.atom", "https://huggingface.co/papers");
}

static void the_ending_chooses_the_format(void **state)
{
  bed *b = *state;
  assert_int_equal(resolve(b, "/papers.rss"), FM_OK);
  assert_string_equal(b->want.format->name, "rss");
  assert_int_equal(resolve(b, "/papers"), FM_OK);
  assert_ptr_equal(b->want.format, &page_format);
}

static void both_forms_of_a_date_are_one_page(void **state)
{
  bed *b = *state;
  assert_int_equal(resolve(b, "/papers/date/2026-08-04.atom"), FM_OK);
  fm_str key = b->want.plan.key;
  assert_int_equal(resolve(b, "/papers.atom?date=2026-08-04"), FM_OK);
  assert_true(fm_str_eq(key, b->want.plan.key));
}

static void filters_are_kept_apart_from_the_source(void **state)
{
  bed *b = *state;
  assert_int_equal(resolve(b, "/papers.atom?min_upvotes=50&q=x&limit=5&author=Li%2CWei"), FM_OK);
  assert_int_equal(b->want.limit, 5);
  assert_int_equal(b->want.nfilters, 1);
  assert_true(fm_str_is(b->want.filters[0].author, "Li,Wei"));
  assert_int_equal(resolve(b, "/papers.atom"), FM_OK);
  assert_int_equal(b->want.limit, 100);
  assert_int_equal(b->want.refresh.every, 1800);
}

static void a_configured_feed_brings_its_own(void **state)
{
  bed *b = *state;
  expect_url(b, "/feeds/strong.atom?exclude=leg", "https://huggingface.co/papers?q=robots");
  assert_int_equal(b->want.limit, 7);
  assert_int_equal(b->want.refresh.every, 900);
  assert_int_equal(b->want.nfilters, 2);
  assert_true(fm_str_is(b->want.filters[0].include, "arm"));
  assert_true(fm_str_is(b->want.filters[1].exclude, "leg"));
  assert_int_equal(resolve(b, "/feeds/strong.atom?limit=3"), FM_OK);
  assert_int_equal(b->want.limit, 3);
}

/* They were read and forgotten once. */
static void filters_of_a_configured_path_count(void **state)
{
  bed *b = *state;
  expect_url(b, "/feeds/path.atom?include=arm", "https://huggingface.co/papers");
  assert_int_equal(b->want.limit, 9);
  assert_int_equal(b->want.nfilters, 3);
  assert_int_equal(b->want.filters[0].nranges, 1);
  assert_int_equal(b->want.filters[0].sort, FM_SORT_TITLE);
  assert_true(fm_str_is(b->want.filters[1].exclude, "leg"));
  assert_true(fm_str_is(b->want.filters[2].include, "arm"));
  assert_int_equal(resolve(b, "/feeds/miss.atom"), FM_E_BAD_ADDRESS);
}

static void what_is_none_says_why(void **state)
{
  static const struct { const char *target; int error; const char *reason; } cases[] = {
    {"/nothing.atom", FM_E_NOT_FOUND, NULL},
    {"/papers/.atom", FM_E_NOT_FOUND, NULL},
    {"/feeds/none.atom", FM_E_NOT_FOUND, "none"},
    {"/feeds/lost.atom", FM_E_NOT_FOUND, NULL},
    {"/feeds/odd.atom", FM_E_NOT_FOUND, "no-such"},
    {"/papers/date/2026-02-30.atom", FM_E_BAD_ADDRESS, "2026-02-30"},
    {"/papers/week/2026-W54.atom", FM_E_BAD_ADDRESS, "2026-W54"},
    {"/papers/month/2026-13.atom", FM_E_BAD_ADDRESS, "2026-13"},
    {"/papers.atom?colour=red", FM_E_BAD_ADDRESS, "colour"},
    {"/papers.atom?limit=0", FM_E_BAD_ADDRESS, "limit"},
    {"/papers.atom?min_votes=5", FM_E_BAD_ADDRESS, "votes"},
    {"/papers.atom?sort=title", FM_E_BAD_ADDRESS, "sort"},
    {"/papers.atom?max_age=7d", FM_E_BAD_ADDRESS, "max_age"},
    {"/feeds/strong.atom?dedupe=title", FM_E_BAD_ADDRESS, "dedupe"},
    {"/papers.atom?category=", FM_E_BAD_ADDRESS, "category"},
    {"/feeds/strong.atom?min_Points=5", FM_E_BAD_ADDRESS, "min_Points"},
    {"/papers.atom?limit=many", FM_E_BAD_ADDRESS, "limit"},
    {"/papers.atom?q=a&q=b", FM_E_BAD_ADDRESS, "q"},
    {"/papers.atom?q=%zz", FM_E_BAD_ADDRESS, "query"},
    {"/feeds/strong.atom?q=b", FM_E_BAD_ADDRESS, "q"},
  };
  bed *b = *state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int rc = resolve(b, cases[i].target);
    if (rc != cases[i].error)
      fail_msg("%s: %d (%s)", cases[i].target, rc, b->why.text);
    if (cases[i].reason && !strstr(b->why.text, cases[i].reason))
      fail_msg("%s: the reason is \"%s\"", cases[i].target, b->why.text);
  }
}

static void an_access_key_is_wanted_where_one_is_set(void **state)
{
  bed *b = *state;
  fm_catalog_unref(b->catalog);
  b->catalog = catalog_with_key(b->registry, "s3cret");
  assert_int_equal(resolve(b, "/papers.atom"), FM_E_FORBIDDEN);
  assert_int_equal(resolve(b, "/papers.atom?key=s3cre"), FM_E_FORBIDDEN);
  assert_int_equal(resolve(b, "/papers.atom?key=s3cretx"), FM_E_FORBIDDEN);
  assert_int_equal(resolve(b, "/papers.atom?key=s3cret&limit=3"), FM_OK);
}

/* A recipe's placeholders may come out of the address below a feed's own. */
static void below_a_feed_stand_its_placeholders(void **state)
{
  bed *b = *state;
  expect_url(b, "/feeds/releases.atom", "https://forge.test/ann/lamp/releases");
  assert_true(fm_str_is(b->want.name, "releases") && fm_str_is(b->want.title, "Lamp"));
  expect_url(b, "/feeds/releases/cid/oil.rss?limit=3", "https://forge.test/cid/oil/releases");
  assert_true(!b->want.name.len && !b->want.title.len); /* nobody configured it */
  assert_int_equal(b->want.refresh.every, 60);
  assert_true(fm_str_is(b->want.filters[0].include, "arm"));
  assert_int_equal(b->want.limit, 3);
  expect_url(b, "/feeds/releases/cid.json", "https://forge.test/cid/lamp/releases");
  expect_url(b, "/feeds/releases.atom?repo=oil", "https://forge.test/ann/oil/releases");
  expect_url(b, "/feeds/releases/cid/archive/2026-07.atom", "https://forge.test/cid/lamp/releases");
  expect_url(b, "/feeds/fixed.atom", "https://forge.test/ben/wick/releases");
  static const struct {
    const char *target, *why;
    int error;
  } wrong[] = {
    {"/feeds/releases/a/b/c.atom", "\"c\" is too much for this source's address", FM_E_NOT_FOUND},
    {"/feeds/releases/.atom", "no feed is named \"releases/\"", FM_E_NOT_FOUND},
    {"/feeds/releases/a/...atom", "repo: \".\" and \"..\" lead elsewhere", FM_E_BAD_ADDRESS},
    {"/feeds/releases.atom?branch=x", "branch: unknown parameter", FM_E_BAD_ADDRESS},
    {"/feeds/releases.atom?repo=", "repo: must not be empty", FM_E_BAD_ADDRESS},
    {"/feeds/fixed/oil.atom", "\"oil\" is too much for this source's address", FM_E_NOT_FOUND},
    {"/feeds/fixed.atom?repo=oil", "repo: set in the configuration already", FM_E_BAD_ADDRESS},
    {"/feeds/strong/x.atom", "no feed is named \"strong/x\"", FM_E_NOT_FOUND},
    {"/feeds/strong.atom?date=2026-08-04", "unknown parameter \"date\"", FM_E_BAD_ADDRESS},
    {"/feeds/odd/x.atom", "no feed is named \"odd/x\"", FM_E_NOT_FOUND},
    {"/feeds/.atom", "no feed is named \"\"", FM_E_NOT_FOUND}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    if (resolve(b, wrong[i].target) != wrong[i].error)
      fail_msg("%s: %s", wrong[i].target, b->why.text);
    assert_string_equal(b->why.text, wrong[i].why);
  }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
    TEST(every_listing_has_its_feed),
    TEST(the_ending_chooses_the_format),
    TEST(both_forms_of_a_date_are_one_page),
    TEST(filters_are_kept_apart_from_the_source),
    TEST(a_configured_feed_brings_its_own),
    TEST(filters_of_a_configured_path_count),
    TEST(what_is_none_says_why),
    TEST(below_a_feed_stand_its_placeholders),
    TEST(an_access_key_is_wanted_where_one_is_set),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
