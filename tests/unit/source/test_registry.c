/* Registry, plugins, and what feedmill makes of anything that a source returns. */
#include "source/registry.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Real shared objects, compiled here against the installed header only. */

static char folder[] = "/tmp/feedmill-registry-XXXXXX";

static void write_file(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

/* A plugin of this code; the path of its object stays valid until the next call. */
static const char *build(const char *name, const char *code)
{
  static char object[128];
  char source[128], command[512], text[4096];
  snprintf(source, sizeof source, "%s/%s.c", folder, name);
  snprintf(object, sizeof object, "%s/%s.so", folder, name);
  snprintf(text, sizeof text, "#include <feedmill/plugin.h>\n%s", code);
  write_file(source, text);
  const char *cc = getenv("CC");
  snprintf(command, sizeof command, "%s -std=c11 -Wall -Werror -shared -fPIC -Iinclude -o %s %s",
           cc && *cc ? cc : "cc", object, source);
  if (system(command) != 0)
    fail_msg("cannot build: %s", command);
  return object;
}

#define CALLS \
  "static int plan(const fm_host *host, const fm_plan_request *ask, fm_plan *plan)\n" \
  "{ (void)ask; plan->url = (fm_str){\"http://a.example/\", 17};\n" \
  "  plan->key = (fm_str){\"/\", 1};\n" \
  "  return host->size ? FM_OK : FM_E_BUSY; }\n" \
  "static int extract(const fm_host *host, const fm_page *page, fm_feed *feed)\n" \
  "{ (void)host; feed->id = page->url; return FM_OK; }\n"
#define PLUGIN(abi, size, name, plan, extract) \
  "const fm_source feedmill_plugin = {.abi = " abi ", .size = " size ", .name = " name \
  ", .title = \"A test\", .plan = " plan ", .extract = " extract "};\n"
#define NAMED(name) \
  CALLS PLUGIN("FM_PLUGIN_ABI", "sizeof(fm_source)", name, "plan", "extract")

static int load(fm_registry *registry, const char *path, const char *expected)
{
  fm_why why = {""};
  int code = fm_registry_load(registry, path, &why);
  if (!strstr(why.text, expected))
    fail_msg("\"%s\" does not say \"%s\"", why.text, expected);
  if (code)
    assert_true(why.text[0] && strstr(why.text, path));
  return code;
}

static void test_built_in(void **state)
{
  (void)state;
  fm_registry *registry = fm_registry_new();
  assert_ptr_equal(fm_registry_find(registry, FM_STR("daily-papers")), &fm_daily_papers);
  assert_null(fm_registry_find(registry, FM_STR("daily")));
  assert_null(fm_registry_find(registry, FM_STR("")));
  size_t at = 0;
  const char *from = NULL;
  assert_ptr_equal(fm_registry_next(registry, &at, &from), &fm_daily_papers);
  assert_string_equal(from, "built in");
  while (fm_registry_next(registry, &at, NULL))
    ;
  fm_registry_unref(registry);
  fm_registry_unref(NULL);
}

static void test_loads(void **state)
{
  (void)state;
  fm_registry *registry = fm_registry_new();
  const char *path = build("good", NAMED("\"good-1\""));
  assert_int_equal(load(registry, path, ""), FM_OK);
  const fm_source *source = fm_registry_find(registry, FM_STR("good-1"));
  assert_non_null(source);
  size_t at = 0;
  const char *from = NULL;
  bool seen = false;
  for (const fm_source *s; (s = fm_registry_next(registry, &at, &from)); )
    seen = seen || (s == source && strcmp(from, path) == 0);
  assert_true(seen);

  fm_arena arena = {0};
  fm_why why = {""};
  fm_plan plan = {0};
  fm_plan_request ask = {.size = sizeof ask, .path = FM_STR("/")};
  assert_int_equal(fm_source_plan(source, &ask, &arena, &plan, &why), FM_OK);
  assert_true(fm_str_is(plan.url, "http://a.example/") && fm_str_is(plan.key, "/"));
  fm_arena_deinit(&arena);

  assert_int_equal(load(registry, path, "there is a source good-1 already"), FM_E_CONFIG);
  fm_registry_unref(registry);
  assert_string_equal(source->name, "good-1"); /* stays loaded: documents may point into it */
}

static void test_refuses(void **state)
{
  (void)state;
  static const struct {
    const char *name, *code;
    int error;
    const char *why;
  } rows[] = {
    {"newer", CALLS PLUGIN("FM_PLUGIN_ABI + 1", "sizeof(fm_source)", "\"x\"", "plan", "extract"),
     FM_E_ABI, "made for source ABI 3, this feedmill has 2"},
    {"short", CALLS PLUGIN("FM_PLUGIN_ABI", "8", "\"x\"", "plan", "extract"), FM_E_ABI,
     "feedmill_plugin is of 8 bytes, too few for ABI 2"},
    {"nothing", "int something_else = 1;\n", FM_E_ABI, "it does not export feedmill_plugin"},
    {"bad-name", NAMED("\"Bad_Name\""),
     FM_E_CONFIG, "its name \"Bad_Name\" is not 1 to 64 of a-z, 0-9 and '-'"},
    {"no-name", NAMED("\"\""),
     FM_E_CONFIG, "its name \"\" is not"},
    {"null-name", NAMED("0"),
     FM_E_CONFIG, "its name \"\" is not"},
    {"taken", NAMED("\"daily-papers\""),
     FM_E_CONFIG, "there is a source daily-papers already (built in)"},
    {"half", CALLS "int unused(void);\nint unused(void) { return extract(0, 0, 0); }\n"
     PLUGIN("FM_PLUGIN_ABI", "sizeof(fm_source)", "\"half\"", "plan", "0"), FM_E_CONFIG,
     "source half lacks extract"},
    {"undefined", "extern int nobody_has_this(void);\nint call(void);\n"
     "int call(void) { return nobody_has_this(); }\n", FM_E_CONFIG, "nobody_has_this"},
  };
  fm_registry *registry = fm_registry_new();
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_int_equal(load(registry, build(rows[i].name, rows[i].code), rows[i].why), rows[i].error);
  assert_int_equal(load(registry, "/no/such/file.so", "cannot load"), FM_E_CONFIG);
  assert_int_equal(load(registry, "Makefile", "cannot load"), FM_E_CONFIG);
  size_t at = 0;
  assert_non_null(fm_registry_next(registry, &at, NULL));
  assert_null(fm_registry_find(registry, FM_STR("half")));
  fm_registry_unref(registry);
}

/* A name without a slash is a file here, not a library of the system's. */
static void test_bare_name(void **state)
{
  (void)state;
  fm_registry *registry = fm_registry_new();
  fm_why why = {""};
  assert_int_equal(fm_registry_load(registry, "libc.so.6", &why), FM_E_CONFIG);
  assert_non_null(strstr(why.text, "./libc.so.6"));
  fm_registry_unref(registry);
}

/* ---- what a source gives back ---- */

/* (host->fail): cmocka has a macro of that name. */
static int plan_as_told(const fm_host *host, const fm_plan_request *ask, fm_plan *plan)
{
  for (size_t i = 0; i < ask->nparams; i++) {
    if (fm_str_is(ask->params[i].name, "url"))
      plan->url = ask->params[i].value;
    else if (fm_str_is(ask->params[i].name, "key"))
      plan->key = ask->params[i].value;
    else if (fm_str_is(ask->params[i].name, "budget"))
      plan->budget = ask->params[i].value;
    else if (fm_str_is(ask->params[i].name, "fail"))
      return (host->fail)(host, -(int)ask->params[i].value.len, "first\nreason");
    else
      return -(int)ask->params[i].value.len;
  }
  return FM_OK;
}

/* Everything that may be wrong with a feed is wrong with this one. */
static int extract_badly(const fm_host *host, const fm_page *page, fm_feed *feed)
{
  static const fm_person authors[] = {{.name = {"Good", 4}}, {.uri = {"http://x/", 9}},
                                      {.name = {"B\xff" "d", 3}}};
  static const fm_link links[] = {{.rel = {"alternate", 9}}, {.href = {"http://x/", 9}},
                                  {.rel = {"related", 7}, .href = {"http://y/", 9}}};
  static const fm_category categories[] = {{.label = {"none", 4}}, {.term = {"t\xc3", 2}}};
  static const fm_entry entries[] = {
    {.id = {"urn:1", 5}, .title = {"First \xf0\x9f", 8}, .authors = authors, .nauthors = 3,
     .links = links, .nlinks = 3, .categories = categories, .ncategories = 2, .summary = {NULL, 9}},
    {.id = {"urn:2", 5}},
    {.title = {"No id", 5}},
    {.id = {"urn:1", 5}, .title = {"Again", 5}},
    {.id = {"urn:3", 5}, .title = {"Fine", 4}, .content = {"<p>\xed\xa0\x80</p>", 10}},
  };
  if (page->charset.len) {
    (host->fail)(host, FM_E_NO_LIST, "the first reason");
    return (host->fail)(host, FM_E_NO_LIST, "the second reason");
  }
  feed->entries = entries;
  feed->nentries = page->noptions ? 0 : 5;
  feed->subtitle = (fm_str){"s\x80", 2};
  feed->order = (enum fm_order)7;
  return FM_OK;
}

static const fm_source told = {.abi = FM_PLUGIN_ABI, .size = sizeof(fm_source), .name = "told",
                               .title = "Told", .plan = plan_as_told, .extract = extract_badly};

static int plan_with(const char *name, const char *value, fm_why *why)
{
  fm_arena arena = {0};
  fm_plan plan = {0};
  fm_param params[] = {{FM_STR("url"), FM_STR("https://a.example/")}, {FM_STR("key"), FM_STR("k")},
                       {fm_str_of(name), fm_str_of(value)}};
  fm_plan_request ask = {.size = sizeof ask, .params = params, .nparams = 3};
  int code = fm_source_plan(&told, &ask, &arena, &plan, why);
  if (code == FM_OK)
    assert_true(fm_str_is(plan.url, "https://a.example/"));
  fm_arena_deinit(&arena);
  return code;
}

static void test_plans_are_checked(void **state)
{
  (void)state;
  fm_why why = {""};
  char key[600] = "";
  memset(key, 'k', 513);
  assert_int_equal(plan_with("key", "the key", &why), FM_OK);
  assert_int_equal(plan_with("key", key, &why), FM_E_ABI);
  assert_non_null(strstr(why.text, "source told: a key of 513 bytes"));
  assert_int_equal(plan_with("key", key + 1, &why), FM_OK);
  assert_int_equal(plan_with("key", "", &why), FM_E_ABI);
  assert_int_equal(plan_with("url", "file:///etc/passwd", &why), FM_E_ABI);
  assert_non_null(strstr(why.text, "\"file:///etc/passwd\" is not an http or https address"));
  assert_int_equal(plan_with("url", "", &why), FM_E_ABI);
  assert_int_equal(plan_with("budget", key + 513 - 64, &why), FM_OK);
  assert_int_equal(plan_with("budget", key + 513 - 65, &why), FM_E_ABI);
  assert_non_null(strstr(why.text, "a budget's name of 65 bytes"));
  assert_int_equal(plan_with("fail", "four", &why), FM_E_BAD_ADDRESS);
  assert_string_equal(why.text, "first reason"); /* one line */
  assert_int_equal(plan_with("return", "333", &why), FM_E_NOT_FOUND);
  assert_string_equal(why.text, "no such address"); /* no reason given: the code's own */
  assert_int_equal(plan_with("return", key, &why), FM_E_ABI);
  assert_non_null(strstr(why.text, "plan returned -513, which is no error code"));
}

/* ask->now: which of the plans below is wrong. */
static int plan_of_several(const fm_host *host, const fm_plan_request *ask, fm_plan *plan)
{
  static fm_param headers[] = {{{"X-Key", 5}, {"k", 1}}, {{"bad name", 8}, {"v", 1}}};
  static fm_plan other = {.size = sizeof other, .url = {"http://a.example/api", 20}};
  static fm_plan third = {.size = sizeof third, .url = {"http://c.example/", 17}};
  static fm_plan older = {.size = offsetof(fm_plan, fallback), .url = {"http://b.example/", 17},
                          .fallback = &other, .next_input = &third};
  (void)host;
  older.size = ask->now == 1 ? sizeof older : offsetof(fm_plan, fallback);
  older.fallback = &other;
  third.url.len = ask->now == 1 ? 17 : 3;
  other.headers = headers;
  other.nheaders = 2;
  plan->url = (fm_str){"http://a.example/", 17};
  plan->key = (fm_str){"k", 1};
  plan->fallback = ask->now == 3 ? plan : &other;
  plan->next_input = ask->now == 4 ? plan : &older;
  return FM_OK;
}

static const fm_source several = {.abi = FM_PLUGIN_ABI, .size = sizeof(fm_source), .name = "several",
                                  .title = "S", .plan = plan_of_several, .extract = extract_badly};

static void test_plans_of_several_pages(void **state)
{
  (void)state;
  fm_arena arena = {0};
  fm_plan plan = {0};
  fm_why why = {""};
  fm_plan_request ask = {.size = sizeof ask, .now = 1};
  assert_int_equal(fm_source_plan(&several, &ask, &arena, &plan, &why), FM_OK);
  assert_true(fm_str_is(plan.fallback->url, "http://a.example/api"));
  assert_true(fm_str_is(plan.fallback->key, "k")); /* the first's, as it has none */
  assert_int_equal(plan.fallback->nheaders, 1);
  assert_null(plan.fallback->fallback);
  assert_true(fm_str_is(plan.next_input->key, "http://b.example/"));
  assert_true(fm_str_is(plan.next_input->fallback->key, "http://b.example/"));
  assert_true(fm_str_is(plan.next_input->next_input->url, "http://c.example/"));
  assert_null(plan.next_input->next_input->next_input);
  ask.now = 2; /* a chain ends at a plan that is shorter than its links */
  assert_int_equal(fm_source_plan(&several, &ask, &arena, &plan, &why), FM_OK);
  assert_null(plan.next_input->fallback);
  assert_null(plan.next_input->next_input);
  ask.now = 3;
  assert_int_equal(fm_source_plan(&several, &ask, &arena, &plan, &why), FM_E_ABI);
  assert_string_equal(why.text, "source several: more than 3 fallbacks of one input");
  ask.now = 4;
  assert_int_equal(fm_source_plan(&several, &ask, &arena, &plan, &why), FM_E_ABI);
  assert_string_equal(why.text, "source several: more than 32 inputs in one feed");
  fm_arena_deinit(&arena);
}

static int extract_elsewhere(const fm_host *host, const fm_page *page, fm_feed *feed)
{
  feed->title = FM_STR("half read");
  host->redirect_to(host, page->body);
  return page->charset.len ? FM_OK : (host->fail)(host, FM_E_NO_LIST, "a page");
}

static void test_a_page_that_names_another(void **state)
{
  (void)state;
  const fm_source source = {.abi = FM_PLUGIN_ABI, .size = sizeof(fm_source), .name = "else",
                            .title = "E", .plan = plan_as_told, .extract = extract_elsewhere};
  fm_page page = {.size = sizeof page, .url = FM_STR("http://p.example/"),
                  .body = FM_STR("http://q.example/feed")};
  fm_extracted got = {.doc = NULL};
  fm_why why = {""};
  assert_int_equal(fm_source_extract_page(&source, &page, &got, &why), FM_E_NO_LIST);
  assert_true(fm_str_is(got.redirect_to, "http://q.example/feed"));
  assert_int_equal(got.doc->feed.title.len, 0);
  fm_doc_unref(got.doc);
  got = (fm_extracted){.doc = NULL};
  page.body = FM_STR("javascript:1");
  assert_int_equal(fm_source_extract_page(&source, &page, &got, &why), FM_E_NO_LIST);
  assert_null(got.doc);
  fm_doc *doc = NULL;
  page.body = FM_STR("http://q.example/feed");
  assert_int_equal(fm_source_extract(&source, &page, &doc, NULL, &why), FM_E_NO_LIST);
  assert_null(doc);
  page.charset = FM_STR("x"); /* it is a list too, and there is the better one */
  assert_int_equal(fm_source_extract_page(&source, &page, &got, &why), FM_OK);
  assert_true(fm_str_is(got.redirect_to, "http://q.example/feed"));
  fm_doc_unref(got.doc);
}

static void test_feeds_are_checked(void **state)
{
  (void)state;
  fm_page page = {.size = sizeof page, .url = FM_STR("http://p.example/")};
  fm_doc *doc = NULL;
  fm_why why = {""};
  size_t dropped = 99;
  assert_int_equal(fm_source_extract(&told, &page, &doc, &dropped, &why), FM_OK);
  assert_int_equal(dropped, 3);
  assert_int_equal(doc->feed.nentries, 2);
  assert_true(fm_str_is(doc->feed.id, "http://p.example/"));
  assert_true(fm_str_is(doc->feed.title, "http://p.example/"));
  assert_true(fm_str_is(doc->feed.subtitle, "s\xef\xbf\xbd"));
  assert_int_equal(doc->feed.order, FM_ORDER_PUBLISHED);
  const fm_entry *e = &doc->feed.entries[0];
  assert_true(fm_utf8_valid(e->title) && fm_str_starts(e->title, FM_STR("First \xef\xbf\xbd")));
  assert_int_equal(e->summary.len, 0);
  assert_int_equal(e->nauthors, 2);
  assert_true(fm_str_is(e->authors[1].name, "B\xef\xbf\xbd" "d"));
  assert_int_equal(e->nlinks, 1);
  assert_true(fm_str_is(e->links[0].href, "http://y/"));
  assert_int_equal(e->ncategories, 1);
  assert_true(fm_str_is(e->categories[0].term, "t\xef\xbf\xbd"));
  assert_true(fm_str_is(doc->feed.entries[1].title, "Fine"));
  assert_true(fm_utf8_valid(doc->feed.entries[1].content));
  fm_doc_unref(doc);
}

static void test_failures_leave_nothing(void **state)
{
  (void)state;
  fm_page page = {.size = sizeof page, .url = FM_STR("http://p.example/"), .charset = FM_STR("x")};
  fm_doc *doc = NULL;
  fm_why why = {""};
  assert_int_equal(fm_source_extract(&told, &page, &doc, NULL, &why), FM_E_NO_LIST);
  assert_string_equal(why.text, "the first reason");
  assert_null(doc);
  page.charset = page.url = (fm_str){NULL, 0};
  assert_int_equal(fm_source_extract(&told, &page, &doc, NULL, &why), FM_E_NO_LIST);
  assert_string_equal(why.text, "source told: the feed has no id");
  assert_null(doc);
}

static int make_folder(void **state)
{
  (void)state;
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -r %s", folder);
  return system(command);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_built_in),          cmocka_unit_test(test_loads),
    cmocka_unit_test(test_refuses),           cmocka_unit_test(test_bare_name),
    cmocka_unit_test(test_plans_are_checked), cmocka_unit_test(test_feeds_are_checked),
    cmocka_unit_test(test_plans_of_several_pages),
    cmocka_unit_test(test_a_page_that_names_another),
    cmocka_unit_test(test_failures_leave_nothing),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
