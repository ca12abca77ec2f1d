/* The source exec: real programs, their limits, and what their lines give. */
#include "base/str.h"
#include "source/exec/exec.h"
#include "source/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>

#define BASE "https://a.example/news/"

/* ---- running ---- */

static int run_with(fm_exec_run run, const char *script, fm_buf *out, fm_why *why)
{
  const char *words[] = {"sh", "-c", script, NULL};
  run.words = run.words ? run.words : words;
  run.url = FM_STR(BASE);
  run.time = run.time ? run.time : 60;
  run.memory = run.memory ? run.memory : FM_EXEC_MEMORY;
  run.output_max = run.output_max ? run.output_max : 1 << 20;
  return fm_exec_program(&run, out, why);
}

static void assert_output(fm_exec_run run, const char *script, const char *expected)
{
  fm_buf out;
  fm_why why = {""};
  if (run_with(run, script, &out, &why))
    fail_msg("%s: %s", script, why.text);
  if (!fm_str_is(fm_buf_view(&out), expected))
    fail_msg("%s: \"%.*s\"", script, FM_FMT(fm_buf_view(&out)));
  fm_buf_deinit(&out);
}

static void assert_failure(fm_exec_run run, const char *script, int error, const char *reason)
{
  fm_buf out;
  fm_why why = {""};
  assert_int_equal(run_with(run, script, &out, &why), error);
  if (!strstr(why.text, reason))
    fail_msg("\"%s\" does not say \"%s\"", why.text, reason);
}

static void test_input_and_output(void **state)
{
  (void)state;
  fm_buf page;
  fm_buf_init(&page, FM_BUF_MAX);
  for (int i = 0; i < 200000; i++)
    fm_buf_addf(&page, "%d\n", i);
  fm_exec_run run = {.input = fm_buf_view(&page), .output_max = 1 << 22};
  assert_output(run, "wc -l", "200000\n");
  assert_output(run, "head -1", "0\n"); /* it need not want all */
  assert_output(run, "exec <&-; echo none", "none\n");
  assert_output(run, "tail -n 1 >&2; echo x", "x\n");
  fm_buf out;
  fm_why why;
  assert_int_equal(run_with(run, "cat", &out, &why), FM_OK);
  assert_true(fm_str_eq(fm_buf_view(&out), run.input)); /* both ways at once, more than a pipe holds */
  fm_buf_deinit(&out);
  fm_buf_deinit(&page);
  assert_output((fm_exec_run){0}, "cat; echo end", "end\n");
}

static void test_surroundings(void **state)
{
  (void)state;
  const char *words[] = {"printf", "%s|", "{url}", "$HOME; *", "{url}{url}", NULL};
  assert_output((fm_exec_run){.words = words}, NULL, BASE "|$HOME; *|" BASE BASE "|");
  assert_output((fm_exec_run){.charset = FM_STR("x-y")}, "echo $FEEDMILL_URL $FEEDMILL_CHARSET",
                BASE " x-y\n");
  assert_output((fm_exec_run){0}, "ls /proc/$$/fd; :", "0\n1\n2\n");
  assert_output((fm_exec_run){0}, "test $(ps -o pgid= -p $$) = $$ && echo leads", "leads\n");
  assert_output((fm_exec_run){0}, "sh -c 'kill -PIPE $$'; echo $?", "141\n");
  assert_output((fm_exec_run){.memory = 64 << 20}, "ulimit -v; ulimit -c", "65536\n0\n");
  assert_output((fm_exec_run){.time = 7}, "ulimit -t", "7\n");
}

static void test_failures(void **state)
{
  (void)state;
  fm_exec_run run = {0};
  assert_failure(run, "echo one >&2; echo last one >&2; exit 3", FM_E_NO_LIST,
                 "sh failed with status 3: last one");
  assert_failure(run, "exit 1", FM_E_NO_LIST, "sh failed with status 1");
  assert_failure(run, "kill -SEGV $$", FM_E_NO_LIST, "sh was ended by signal 11");
  assert_failure((fm_exec_run){.output_max = 1000}, "yes", FM_E_TOO_BIG,
                 "sh wrote more than 1000 bytes");
  const char *none[] = {"no-such-program", NULL}, *lost[] = {"/no/such/program", NULL};
  const char *folder[] = {"/tmp", NULL};
  assert_failure((fm_exec_run){.words = none}, NULL, FM_E_IO,
                 "no-such-program cannot be started: it is not in PATH");
  assert_failure((fm_exec_run){.words = lost}, NULL, FM_E_IO,
                 "/no/such/program cannot be started: No such file");
  assert_failure((fm_exec_run){.words = folder}, NULL, FM_E_IO,
                 "/tmp cannot be started: Permission denied");
}

static void test_limits(void **state)
{
  (void)state;
  assert_failure((fm_exec_run){.time = 1}, "sleep 1000", FM_E_TIMEOUT, "sh was stopped after 1 s");
  assert_failure((fm_exec_run){.time = 1}, "trap '' TERM INT HUP; while :; do sleep 1; done",
                 FM_E_TIMEOUT, "sh was stopped after 1 s");
  /* by the clock or of CPU, whichever the machine comes to first */
  assert_failure((fm_exec_run){.time = 1}, "while :; do :; done", FM_E_TIMEOUT, "1 s");
  assert_failure((fm_exec_run){.memory = 64 << 20}, "awk 'BEGIN { for (;;) s = s \"xxxxxxxxxxxxxxxx\" s \"x\" }'",
                 FM_E_NO_LIST, "sh failed with status");
}

/* Its children end with it: they hold a pipe whose end is seen. */
static void test_children(void **state)
{
  (void)state;
  int ends[2];
  char script[128], byte;
  assert_int_equal(pipe(ends), 0);
  snprintf(script, sizeof script, "sleep 1000 & sleep 1000 & echo page");
  assert_output((fm_exec_run){0}, script, "page\n"); /* and does not wait for them */
  assert_failure((fm_exec_run){.time = 1}, "(trap '' TERM; sleep 1000) & wait", FM_E_TIMEOUT, "1 s");
  close(ends[1]);
  assert_int_equal(read(ends[0], &byte, 1), 0); /* nobody got the other end */
  close(ends[0]);
}

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
  assert_text(feed.author.name, "Eva");
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

static void test_source(void **state)
{
  (void)state;
  const fm_param options[] = {
    {FM_STR("url"), FM_STR(BASE)}, {FM_STR("command"), FM_STR("awk")},
    {FM_STR("command"), FM_STR("-F;")}, {FM_STR("command"), FM_STR(
     "{ printf \"{\\\"title\\\": \\\"%s\\\", \\\"link\\\": \\\"%s\\\"}\\n\", $2, $1 }")},
    {FM_STR("time"), FM_STR("60")},
  };
  fm_page page = {.size = sizeof page, .body = FM_STR("one;First\ntwo;Second\n;Third\ntwo;Again\n"),
                  .url = FM_STR(BASE), .key = FM_STR("k"), .options = options, .noptions = 5};
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
  signal(SIGPIPE, SIG_IGN);
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_input_and_output), cmocka_unit_test(test_surroundings),
    cmocka_unit_test(test_failures),         cmocka_unit_test(test_limits),
    cmocka_unit_test(test_children),         cmocka_unit_test(test_entry),
    cmocka_unit_test(test_other_forms),      cmocka_unit_test(test_wrong_lines),
    cmocka_unit_test(test_plan),             cmocka_unit_test(test_source),
  };
  return cmocka_run_group_tests(tests, NULL, done);
}
