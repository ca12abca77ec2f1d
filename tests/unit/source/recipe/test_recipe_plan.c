/* URLs of recipes: placeholders, the origin of their values, request headers. */
#include "source/recipe/recipe_kit.h"

#define PLACES(url) "name: r\nurl: \"" url "\"\n" ITEMS FIELDS

typedef struct asked {
  fm_recipe *recipe;
  fm_arena arena;
  fm_plan plan;
  fm_why why;
  int error;
} asked;

static fm_param params[8];

/* "a=1&b=2" as names and values. */
static size_t split(const char *text, fm_param *into)
{
  size_t count = 0;
  fm_str rest = fm_str_of(text), one;
  while (text && fm_str_cut(&rest, '&', &one)) {
    fm_str value = one;
    fm_str_cut(&value, '=', &into[count].name);
    into[count++].value = value.ptr ? value : FM_STR("");
  }
  return count;
}

static asked ask(const char *recipe, const char *path, const char *options, const char *query)
{
  asked a = {.recipe = recipe_of(recipe)};
  fm_param own[8];
  fm_plan_request what = {.size = sizeof what, .path = fm_str_of(path), .params = params,
                 .nparams = split(query, params), .options = own, .noptions = split(options, own),
                 .now = NOW};
  a.error = fm_source_plan(fm_recipe_source(a.recipe), &what, &a.arena, &a.plan, &a.why);
  return a;
}

static void done(asked *a)
{
  fm_arena_deinit(&a->arena);
  fm_recipe_unref(a->recipe);
}

static void expect_url(const char *recipe, const char *path, const char *options, const char *query,
                       const char *url)
{
  asked a = ask(recipe, path, options, query);
  if (a.error)
    fail_msg("%s: %s", url, a.why.text);
  expect(a.plan.url, url);
  expect(a.plan.key, url);
  done(&a);
}

static void expect_refused(const char *recipe, const char *path, const char *options, const char *query,
                           int error, const char *reason)
{
  asked a = ask(recipe, path, options, query);
  assert_int_equal(a.error, error);
  expect(fm_str_of(a.why.text), reason);
  done(&a);
}

static void test_plain(void **state)
{
  (void)state;
  const char *recipe = PLACES("https://x.test/list?a=1");
  expect_url(recipe, "/", NULL, NULL, "https://x.test/list?a=1");
  expect_url(recipe, "", "upstream=https://other.test&metrics=on", NULL, "https://x.test/list?a=1");
  expect_refused(recipe, "/more", NULL, NULL, FM_E_NOT_FOUND,
                 "\"more\" is too much for this source's address");
  expect_refused(recipe, "/", NULL, "page=2", FM_E_BAD_ADDRESS, "page: unknown parameter");
}

/* Values come from the feed's keys, the query, the path, the defaults, in this order. */
static void test_order(void **state)
{
  (void)state;
  const char *recipe = PLACES("https://x.test/{owner}/{repo}/list") "defaults: {repo: main}\n";
  expect_url(recipe, "/ann/lamp", NULL, NULL, "https://x.test/ann/lamp/list");
  expect_url(recipe, "/ann", NULL, NULL, "https://x.test/ann/main/list");
  expect_url(recipe, "/", "owner=ann&repo=lamp", NULL, "https://x.test/ann/lamp/list");
  expect_url(recipe, "/lamp", "owner=ann", NULL, "https://x.test/ann/lamp/list");
  expect_url(recipe, "/ann", NULL, "repo=lamp", "https://x.test/ann/lamp/list");
  expect_refused(recipe, "/", NULL, NULL, FM_E_BAD_ADDRESS,
                 "owner: not given, and this source has no default for it");
  expect_refused(recipe, "/ann/lamp/more", NULL, NULL, FM_E_NOT_FOUND,
                 "\"more\" is too much for this source's address");
  expect_refused(recipe, "/lamp", "owner=ann", "repo=wick", FM_E_NOT_FOUND,
                 "\"lamp\" is too much for this source's address");
  expect_refused(recipe, "/", "owner=ann", "owner=ben", FM_E_BAD_ADDRESS,
                 "owner: set in the configuration already");
  expect_refused(recipe, "/ann", NULL, "page=2", FM_E_BAD_ADDRESS, "page: unknown parameter");
  expect_refused(recipe, "/", "owner=", NULL, FM_E_BAD_ADDRESS, "owner: must not be empty");
  expect_url(PLACES("https://x.test/{a}?q={q}") "defaults: {q: \"\"}\n", "/b", NULL, NULL,
             "https://x.test/b?q=");
}

/* A value cannot leave its component. */
static void test_escapes(void **state)
{
  (void)state;
  const char *one = PLACES("https://x.test/{a}/list?q={q}"), *more = PLACES("https://x.test/in/{+a}");
  expect_url(one, "/", "a=b/c?d#e&q=f%20g+h", NULL, "https://x.test/b%2Fc%3Fd%23e/list?q=f%2520g%2Bh");
  expect_url(one, "/x y", NULL, "q=\xc3\xa4", "https://x.test/x%20y/list?q=%C3%A4");
  expect_url(more, "/", "a=b/c d/e", NULL, "https://x.test/in/b/c%20d/e");
  expect_refused(one, "/", "a=..&q=1", NULL, FM_E_BAD_ADDRESS, "a: \".\" and \"..\" lead elsewhere");
  expect_refused(more, "/", "a=b/../../c", NULL, FM_E_BAD_ADDRESS, "a: \".\" and \"..\" lead elsewhere");
}

/* {+name} at the end of the path takes the remaining segments. */
static void test_steps(void **state)
{
  (void)state;
  expect_url(PLACES("https://x.test/in/{+a}"), "/b/c/d", NULL, NULL, "https://x.test/in/b/c/d");
  expect_url(PLACES("https://x.test/{o}/{+a}/list"), "/b/c/d", NULL, NULL, "https://x.test/b/c/d/list");
  expect_url(PLACES("https://x.test/{+a}/in/{o}"), "/b/c", NULL, NULL, "https://x.test/b/in/c");
}

/* A client cannot choose the host. */
static void test_host(void **state)
{
  (void)state;
  const char *recipe = PLACES("https://{host}/list/{a}");
  expect_url(recipe, "/b", "host=forum.test", NULL, "https://forum.test/list/b");
  expect_url(recipe, "/b", "host=127.0.0.1:8080", NULL, "https://127.0.0.1:8080/list/b");
  expect_refused(recipe, "/forum.test/b", NULL, NULL, FM_E_BAD_ADDRESS,
                 "host: not given, and this source has no default for it");
  expect_refused(recipe, "/b", NULL, "host=evil.test", FM_E_BAD_ADDRESS,
                 "host: not given, and this source has no default for it");
  expect_refused(recipe, "/b", "host=forum.test", "host=evil.test", FM_E_BAD_ADDRESS,
                 "host: set in the configuration already");
  const char *const bad[] = {"a/b", "a?b", "user@a", "a b", "a#b", ""};
  for (size_t i = 0; i < LEN(bad); i++) {
    char option[50];
    snprintf(option, sizeof option, "host=%s", bad[i]);
    asked a = ask(recipe, "/b", option, NULL);
    assert_int_equal(a.error, FM_E_BAD_ADDRESS);
    done(&a);
  }
  expect_url(PLACES("https://{site}.forum.test/") "defaults: {site: www}\n", "/", NULL, NULL,
             "https://www.forum.test/");
  expect_url(PLACES("https://{site}.forum.test/"), "/", "site=en", NULL, "https://en.forum.test/");
}

static void test_too_long(void **state)
{
  (void)state;
  char path[8300];
  memset(path, 'a', sizeof path - 1);
  path[0] = '/';
  path[sizeof path - 1] = 0;
  asked a = ask(PLACES("https://x.test/{a}"), path, NULL, NULL);
  assert_int_equal(a.error, FM_E_BAD_ADDRESS);
  expect(fm_str_of(a.why.text), "an address of more than 8192 bytes");
  done(&a);
}

/* A long address is fetched whole; its key is cut, with a hash. Brackets and spaces are encoded. */
static void test_long_address(void **state)
{
  (void)state;
  char path[4000];
  memset(path, 'a', sizeof path - 1);
  path[0] = '/';
  path[sizeof path - 1] = 0;
  asked a = ask(PLACES("https://x.test/{a}?f[y]=1|2&q=a b"), path, NULL, NULL);
  assert_int_equal(a.error, FM_OK);
  assert_true(fm_str_ends(a.plan.url, FM_STR("aaa?f%5By%5D=1%7C2&q=a%20b")));
  assert_true(a.plan.url.len > 4000 && a.plan.key.len == 512);
  done(&a);
}

/* Request headers. */
static void test_headers(void **state)
{
  (void)state;
  asked a = ask(HEAD ITEMS FIELDS "headers: {Accept-Language: \"de, en\", X-Key: a b}\n", "/", NULL, NULL);
  assert_int_equal(a.error, FM_OK);
  assert_int_equal(a.plan.nheaders, 2);
  expect(a.plan.headers[0].name, "Accept-Language");
  expect(a.plan.headers[0].value, "de, en");
  expect(a.plan.headers[1].name, "X-Key");
  assert_int_equal(a.plan.accept.len, 0);
  done(&a);
  a = ask(HEAD "items: \"json: /a\"\nfields: {title: \"json: /t\"}\n", "/", NULL, NULL);
  expect(a.plan.accept, "application/json, */*;q=0.5");
  done(&a);
}

/* Values are recovered from the URL, for titles and text:. */
static void test_match(void **state)
{
  (void)state;
  reading r = {.recipe = recipe_of(PLACES("https://x.test/{a}/{b}?c={c}") "title: \"{b} of {a} by {c}\"\n")};
  fm_page page = {.body = FM_STR("<article><h2>x</h2></article>"), .url = FM_STR("https://x.test/elsewhere"),
                  .key = FM_STR("https://x.test/one%2Ftwo/three?c=f%C3%BCr")};
  read_on(&r, &page);
  expect(r.feed->title, "three of one/two by f\xc3\xbcr");
  expect(r.feed->link, "https://x.test/one%2Ftwo/three?c=f%C3%BCr");
  end(&r);
  assert_int_equal(fm_recipe_placeholders((r.recipe = recipe_of(PLACES("https://x.test/{a}/{a}/{b}")))).count, 2);
  expect(fm_recipe_base(r.recipe), "https://x.test/");
  fm_recipe_unref(r.recipe);
  expect(fm_recipe_base((r.recipe = recipe_of(PLACES("https://{a}.test/b/")))), "");
  fm_recipe_unref(r.recipe);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_plain),    cmocka_unit_test(test_order), cmocka_unit_test(test_escapes),
    cmocka_unit_test(test_steps),    cmocka_unit_test(test_host),  cmocka_unit_test(test_too_long), cmocka_unit_test(test_long_address),
    cmocka_unit_test(test_headers),  cmocka_unit_test(test_match),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
