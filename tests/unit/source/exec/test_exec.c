/* The source exec: its plan, and the entries that a program's lines give. */
#include "base/str.h"
#include "source/exec/exec.h"
#include "source/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BASE "https://a.example/news/"

/* ---- lines ---- */

static fm_arena memory;

static void *lend(const fm_host *host, size_t bytes)
{
  (void)host;
  return fm_arena_alloc(&memory, bytes);
}

static const fm_host host = {.size = sizeof(fm_host), .alloc = lend};

static fm_feed feed_of(const char *lines)
{
  fm_feed feed = {.day = FM_NO_TIME};
  fm_why why = {""};
  if (fm_exec_lines(&host, fm_str_of(lines), FM_STR(BASE), &feed, &why))
    fail_msg("%s: %s", lines, why.text);
  return feed;
}

#define assert_text(s, text)                                                  \
  do {                                                                        \
    fm_str text_got = (s);                                                    \
    if (!fm_str_is(text_got, text))                                           \
      fail_msg("%s is \"%.*s\"", #s, FM_FMT(text_got));                       \
  } while (0)

static void test_entry(void **state)
{
  (void)state;
  fm_feed feed = feed_of(
    "{\"title\": \" A  title\\u0000 \", \"link\": \"../one?a=1\", \"summary\": \"s\\nt\", "
    "\"content\": \"<p onclick=x>c <a href='b'>b</a><script>x</script>\", "
    "\"published\": \"2026-08-04T10:00:00+02:00\", \"updated\": 1785830400, "
    "\"authors\": [\"Ada\", {\"name\": \"Bob\", \"uri\": \"/bob\", \"email\": \"b@b.example\"}, \"\"], "
    "\"categories\": [\"x\", {\"term\": \"y\", \"label\": \"Y\"}], "
    "\"numbers\": {\"upvotes\": 12, \"odd\": null}, \"rights\": \"r\", \"more\": [{}]}\n");
  assert_int_equal(feed.nentries, 1);
  const fm_entry *e = feed.entries;
  assert_text(e->id, "https://a.example/one?a=1");
  assert_text(e->title, "A title");
  assert_text(e->summary, "s\nt");
  assert_text(e->content, "<p>c <a href=\"https://a.example/news/b\">b</a></p>");
  assert_text(e->rights, "r");
  assert_int_equal(e->published, 1785830400);
  assert_int_equal(e->updated, 1785830400);
  assert_int_equal(e->nauthors, 2);
  assert_text(e->authors[0].name, "Ada");
  assert_text(e->authors[1].uri, "https://a.example/bob");
  assert_text(e->authors[1].email, "b@b.example");
  assert_int_equal(e->ncategories, 2);
  assert_text(e->categories[1].label, "Y");
  assert_int_equal(e->nnumbers, 1);
  assert_true(e->numbers[0].value == 12);
  assert_int_equal(e->nlinks, 1);
  assert_text(e->links[0].rel, "alternate");
}

static void test_other_forms(void **state)
{
  (void)state;
  fm_feed feed = feed_of(
    "\n{\"feed\": {\"title\": \"T\", \"subtitle\": null, \"link\": \"/\", \"language\": \"de\", "
    "\"author\": \"Eva\", \"order\": \"page\", \"x\": 1}}\r\n"
    "{\"id\": \"urn:x:1\", \"title\": \"a\", \"link\": [{\"href\": \"p.pdf\", \"rel\": \"enclosure\", "
    "\"type\": \"application/pdf\"}, \"a\"], \"authors\": \"Ada\", \"categories\": \"c\", "
    "\"published\": \"Tue, 04 Aug 2026 08:00:00 GMT\"}\n\n"
    "{\"id\": \"7\", \"title\": \"b\", \"published\": \"who knows\", \"link\": \"javascript:x\"}\n"
    "{\"title\": \"c\", \"link\": null, \"authors\": null, \"numbers\": null}");
  assert_text(feed.title, "T");
  assert_text(feed.link, "https://a.example/");
  assert_text(feed.language, "de");
  assert_text(feed.authors[0].name, "Eva");
  assert_int_equal(feed.order, FM_ORDER_PAGE);
  assert_int_equal(feed.nentries, 3);
  assert_text(feed.entries[0].id, "urn:x:1");
  assert_int_equal(feed.entries[0].nlinks, 2);
  assert_text(feed.entries[0].links[0].href, "https://a.example/news/p.pdf");
  assert_text(feed.entries[0].authors[0].name, "Ada");
  assert_text(feed.entries[0].categories[0].term, "c");
  assert_int_equal(feed.entries[0].published, 1785830400);
  assert_text(feed.entries[1].id, "https://a.example/news/7");
  assert_true(feed.entries[1].published == FM_NO_TIME);
  assert_int_equal(feed.entries[1].nlinks, 0);
  assert_int_equal(feed.entries[2].id.len, 0); /* left out and counted by the caller */
  assert_int_equal(feed_of("").nentries, 0);
  assert_int_equal(feed_of(" \n\n").nentries, 0);
}

static void test_wrong_lines(void **state)
{
  (void)state;
  static const char *const rows[][2] = {
    {"{\"title\": \"a\"}\nno JSON\n", "line 2 of its output: JSON, byte 0"},
    {"{\"title\": \"a\"", "line 1 of its output"},
    {"[]", "line 1 of its output: no JSON object"},
    {"{} {}", "line 1 of its output"},
    {"{\"title\": 5}", "\"title\" is of the wrong kind"},
    {"{\"title\": [\"a\"]}", "\"title\" is of the wrong kind"},
    {"{\"authors\": [5]}", "\"authors\" is of the wrong kind"},
    {"{\"authors\": {\"name\": 5}}", "\"authors\" is of the wrong kind"},
    {"{\"numbers\": [1]}", "\"numbers\" is of the wrong kind"},
    {"{\"link\": {\"href\": 1}}", "\"link\" is of the wrong kind"},
    {"{\"feed\": \"x\"}", "\"feed\" is of the wrong kind"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fm_feed feed = {0};
    fm_why why = {""};
    assert_int_equal(fm_exec_lines(&host, fm_str_of(rows[i][0]), FM_STR(BASE), &feed, &why),
                     FM_E_NO_LIST);
    if (!strstr(why.text, rows[i][1]))
      fail_msg("%s: %s", rows[i][0], why.text);
    assert_int_equal(feed.nentries, 0);
  }
  fm_buf many;
  fm_buf_init(&many, FM_BUF_MAX);
  for (int i = 0; i <= FM_EXEC_LINES_MAX; i++)
    fm_buf_text(&many, "{}\n");
  fm_feed feed = {0};
  fm_why why;
  assert_int_equal(fm_exec_lines(&host, fm_buf_view(&many), FM_STR(BASE), &feed, &why),
                   FM_E_NO_LIST);
  assert_non_null(strstr(why.text, "more than 5000 entries"));
  fm_buf_deinit(&many);
}

/* ---- the source ---- */

static int plan(const fm_param *options, size_t noptions, fm_plan *made, fm_why *why)
{
  fm_plan_request ask = {.size = sizeof ask, .path = FM_STR("/"), .options = options, .noptions = noptions};
  why->text[0] = 0;
  return fm_source_plan(&fm_exec, &ask, &memory, made, why);
}

static void test_plan(void **state)
{
  (void)state;
  fm_param options[] = {{FM_STR("url"), FM_STR(BASE)}, {FM_STR("command"), FM_STR("a")},
                        {FM_STR("command"), FM_STR("b")}, {FM_STR("upstream"), FM_STR("x")}};
  fm_plan first, other;
  fm_why why;
  assert_int_equal(plan(options, 4, &first, &why), FM_OK);
  assert_text(first.url, BASE);
  assert_int_equal(plan(options, 2, &other, &why), FM_OK);
  assert_false(fm_str_eq(first.key, other.key)); /* another command, another page */
  options[3].value = FM_STR("y");
  assert_int_equal(plan(options, 4, &other, &why), FM_OK);
  assert_true(fm_str_eq(first.key, other.key));
  assert_int_equal(plan(options + 1, 2, &other, &why), FM_E_CONFIG);
  assert_string_equal(why.text, "url: a feed of source exec wants the page's address");
  assert_int_equal(plan(options, 1, &other, &why), FM_E_CONFIG);
  assert_string_equal(why.text, "command: a feed of source exec wants its program");
  char text[1000], twin[1000];
  memset(text, 'x', sizeof text);
  memcpy(text, BASE, sizeof BASE - 1);
  memcpy(twin, text, sizeof twin);
  twin[999] = 'y';
  options[0].value = (fm_str){text, sizeof text};
  assert_int_equal(plan(options, 4, &first, &why), FM_OK);
  options[0].value = (fm_str){twin, sizeof twin};
  assert_int_equal(plan(options, 4, &other, &why), FM_OK);
  assert_int_equal(first.key.len, 512);
  assert_false(fm_str_eq(first.key, other.key));
}

static void test_planned_program(void **state)
{
  (void)state;
  const fm_param options[] = {
    {FM_STR("command"), FM_STR("bin/a")}, {FM_STR("url"), FM_STR(BASE)},
    {FM_STR("command"), FM_STR("")}, {FM_STR("command"), FM_STR("{url}")},
    {FM_STR("time"), FM_STR("7")}, {FM_STR("memory"), FM_STR("67108864")}};
  fm_plan made;
  fm_why why;
  assert_int_equal(plan(options, 6, &made, &why), FM_OK);
  assert_int_equal(made.program->argc, 3);
  assert_text(made.program->argv[0], "bin/a");
  assert_text(made.program->argv[1], "");
  assert_text(made.program->argv[2], "{url}");
  assert_int_equal(made.program->time, 7);
  assert_int_equal(made.program->memory, 64 << 20);
  assert_int_equal(plan(options, 2, &made, &why), FM_OK);
  assert_int_equal(made.program->time, FM_EXEC_TIME);
  assert_int_equal(made.program->memory, FM_EXEC_MEMORY);
}

/* The page that extract gets is the program's output; no program runs there. */
static void test_source(void **state)
{
  (void)state;
  const fm_param options[] = {{FM_STR("url"), FM_STR(BASE)}, {FM_STR("command"), FM_STR("false")}};
  fm_page page = {.size = sizeof page, .url = FM_STR(BASE), .key = FM_STR("k"), .options = options,
                  .noptions = 2,
                  .body = FM_STR("{\"title\": \"First\", \"link\": \"one\"}\n"
                                 "{\"title\": \"Second\", \"link\": \"two\"}\n"
                                 "{\"title\": \"Third\", \"link\": \"\"}\n"
                                 "{\"title\": \"Again\", \"link\": \"two\"}\n")};
  fm_doc *doc;
  fm_why why = {""};
  size_t dropped;
  if (fm_source_extract(&fm_exec, &page, &doc, &dropped, &why))
    fail_msg("%s", why.text);
  assert_int_equal(doc->feed.nentries, 2);
  assert_int_equal(dropped, 2); /* no link, and a link twice */
  assert_text(doc->feed.id, BASE);
  assert_text(doc->feed.entries[1].id, BASE "two");
  assert_text(doc->feed.entries[1].title, "Second");
  fm_doc_unref(doc);
  page.body = FM_STR("broken\"\n");
  assert_int_equal(fm_source_extract(&fm_exec, &page, &doc, &dropped, &why), FM_E_NO_LIST);
  assert_non_null(strstr(why.text, "line 1 of its output"));
}

static int done(void **state)
{
  (void)state;
  fm_arena_deinit(&memory);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_entry),           cmocka_unit_test(test_other_forms),
    cmocka_unit_test(test_wrong_lines),     cmocka_unit_test(test_plan),
    cmocka_unit_test(test_planned_program), cmocka_unit_test(test_source),
  };
  return cmocka_run_group_tests(tests, NULL, done);
}
