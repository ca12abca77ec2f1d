/* Extraction in worker processes: results as in the own process, limits, crashes, cancelling. */
#include "mill/worker_extractor.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "feed/codec.h"
#include "mill/extract_wire.h"
#include "mill/extract_worker.h"
#include "pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* A plugin that does what its page says. */
static const char plugin_code[] =
  "#include <feedmill/plugin.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n"
  "static int plan(const fm_host *h, const fm_plan_request *r, fm_plan *p)\n"
  "{ (void)h; p->url = p->key = r->path; return FM_OK; }\n"
  "static int is(fm_str s, const char *w) { return s.len == strlen(w) && !memcmp(s.ptr, w, s.len); }\n"
  "static int extract(const fm_host *h, const fm_page *page, fm_feed *feed)\n"
  "{\n"
  "  if (is(page->body, \"loop\")) for (volatile int i = 0;; i++) ;\n"
  "  if (is(page->body, \"sleep\")) for (;;) sleep(1000);\n"
  "  if (is(page->body, \"crash\")) *(volatile int *)8 = 1;\n"
  "  if (is(page->body, \"exit\")) _exit(0);\n"
  "  if (is(page->body, \"grow\")) for (;;) memset(h->alloc(h, 1 << 20), 1, 1 << 20);\n"
  "  if (is(page->body, \"none\")) return h->fail(h, FM_E_NO_LIST, \"nothing here\");\n"
  "  fm_entry *e = h->alloc(h, sizeof *e);\n"
  "  char *text = h->alloc(h, page->body.len + 1);\n"
  "  memcpy(text, page->body.ptr, page->body.len);\n"
  "  e->id = (fm_str){\"urn:x:1\", 7}; e->title = (fm_str){text, page->body.len};\n"
  "  e->published = e->updated = FM_NO_TIME;\n"
  "  feed->entries = e; feed->nentries = 1; feed->state = page->state;\n"
  "  h->note(h, \"a remark\"); h->next(h, (fm_str){\"https://n.example/2\", 19});\n"
  "  return FM_OK;\n"
  "}\n"
  "const fm_source feedmill_plugin = {.abi = FM_PLUGIN_ABI, .size = sizeof(fm_source),\n"
  "  .name = \"obedient\", .title = \"A test\", .plan = plan, .extract = extract};\n";

struct bed {
  uv_loop_t loop;
  fm_registry *registry;
  fm_extractor *extractor;
  const fm_source *plugin;
  size_t pending;
};

static char folder[] = "/tmp/feedmill-workers-XXXXXX";

static int setup_plugin(void **state)
{
  (void)state;
  char path[128], command[400];
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/p.c", folder);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(plugin_code, file);
  fclose(file);
  snprintf(command, sizeof command, "cc -std=c11 -D_GNU_SOURCE -shared -fPIC -Iinclude -o %s/p.so %s", folder, path);
  return system(command);
}

static void open_bed(struct bed *bed, fm_worker_limits limits)
{
  char path[128];
  fm_why why = {""};
  *bed = (struct bed){.registry = fm_registry_new()};
  uv_loop_init(&bed->loop);
  fm_worker_spec spec = {.loop = &bed->loop, .limits = limits};
  bed->extractor = fm_worker_extractor_new(&spec);
  snprintf(path, sizeof path, "%s/p.so", folder);
  if (fm_registry_load(bed->registry, path, &why))
    fail_msg("%s", why.text);
  bed->plugin = fm_registry_find(bed->registry, FM_STR("obedient"));
}

static void close_bed(struct bed *bed)
{
  fm_extractor_close(bed->extractor, NULL, NULL);
  uv_run(&bed->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&bed->loop), 0);
  fm_registry_unref(bed->registry);
}

static const fm_worker_limits generous = {.cpu_ms = 60000, .memory = (uint64_t)512 << 20};

/* One extraction, and what came of it. */
struct got {
  struct bed *bed;
  fm_extract *extract;
  int error, calls;
  char why[512];
  fm_doc *doc;
  char next[64], note[64];
};

static void on_extracted(void *ctx, fm_extract_result *result)
{
  struct got *got = ctx;
  got->calls++;
  got->error = result->error;
  snprintf(got->why, sizeof got->why, "%s", result->why.text);
  got->doc = result->value.doc ? fm_doc_ref(result->value.doc) : NULL;
  snprintf(got->next, sizeof got->next, "%.*s", FM_FMT(result->value.next));
  snprintf(got->note, sizeof got->note, "%.*s", FM_FMT(result->value.note));
  got->bed->pending--;
}

static void start(struct bed *bed, struct got *got, const fm_source *source, fm_str body)
{
  static const fm_param option = {{"url", 3}, {"https://p.example/", 18}};
  *got = (struct got){.bed = bed};
  fm_extract_request request = {
    .kind = FM_EXTRACT_LIST, .source = source,
    .page = {.body = {fm_dup(body.ptr, body.len), body.len}, .url = FM_STR("https://p.example/"),
             .state = FM_STR("kept"), .options = &option, .noptions = 1,
             .now = INT64_C(1786190400)}};
  bed->pending++;
  got->extract = fm_extract_start(bed->extractor, &request, on_extracted, got);
  assert_int_equal(got->calls, 0); /* never from inside the call */
}

static void wait_all(struct bed *bed)
{
  while (bed->pending)
    uv_run(&bed->loop, UV_RUN_ONCE);
}

static void drop(struct got *got)
{
  assert_int_equal(got->calls, 1);
  fm_doc_unref(got->doc);
}

static void assert_title(const struct got *got, const char *title)
{
  if (got->error || !got->doc || !fm_str_is(got->doc->feed.entries[0].title, title))
    fail_msg("%d \"%s\"", got->error, got->why);
}

/* ---- results ---- */

static fm_str encoded(const fm_feed *feed, fm_buf *out)
{
  fm_buf_init(out, FM_BUF_MAX);
  assert_int_equal(fm_feed_encode(feed, out), FM_OK);
  return fm_buf_view(out);
}

static void test_same_as_in_this_process(void **state)
{
  (void)state;
  static const char *const names[] = {"daily", "week", "search", "no-data", "empty-day"};
  struct bed bed;
  open_bed(&bed, generous);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    struct got got;
    fm_buf one, other;
    fm_str body = read_page(names[i], ".html");
    start(&bed, &got, &fm_daily_papers, body);
    wait_all(&bed);
    fm_extract_request request = {.source = &fm_daily_papers,
                                  .page = {.body = body, .url = FM_STR("https://p.example/"),
                                           .now = INT64_C(1786190400)}};
    fm_extract_result here;
    fm_extract_now(&request, &here);
    if (here.error || got.error)
      fail_msg("%s: \"%s\", \"%s\"", names[i], here.why.text, got.why);
    assert_true(fm_str_eq(encoded(&got.doc->feed, &one), encoded(&here.value.doc->feed, &other)));
    fm_buf_deinit(&one);
    fm_buf_deinit(&other);
    fm_doc_unref(here.value.doc);
    drop(&got);
    free((char *)body.ptr);
  }
  close_bed(&bed);
}

static void test_a_plugin(void **state)
{
  (void)state;
  struct bed bed;
  struct got got, none;
  open_bed(&bed, generous);
  start(&bed, &got, bed.plugin, FM_STR("Lamps"));
  start(&bed, &none, bed.plugin, FM_STR("none"));
  wait_all(&bed);
  assert_title(&got, "Lamps");
  assert_string_equal(got.next, "https://n.example/2");
  assert_string_equal(got.note, "a remark");
  assert_true(fm_str_is(got.doc->feed.state, "kept"));
  assert_int_equal(none.error, FM_E_NO_LIST);
  assert_string_equal(none.why, "nothing here");
  assert_null(none.doc);
  drop(&got);
  drop(&none);
  close_bed(&bed);
}

static void test_a_recipe(void **state)
{
  (void)state;
  static const char yaml[] = "name: lamps\ntitle: Lamps\nurl: https://p.example/\nitems: 'css: li'\n"
                             "fields:\n  title: 'css: a'\n  link: 'css: a @href'\n";
  struct bed bed;
  struct got got[2];
  fm_problems problems = {0};
  fm_recipe *recipe = fm_recipe_parse(fm_str_of(yaml), FM_STR("lamps.yaml"), &problems);
  assert_non_null(recipe);
  open_bed(&bed, generous);
  for (int i = 0; i < 2; i++)
    start(&bed, &got[i], fm_recipe_source(recipe), FM_STR("<ul><li><a href=/1>One</a><li><a href=/2>Two</a></ul>"));
  fm_recipe_unref(recipe); /* the extractions have references of their own */
  wait_all(&bed);
  for (int i = 0; i < 2; i++) {
    assert_title(&got[i], "One");
    assert_int_equal(got[i].doc->feed.nentries, 2);
    drop(&got[i]);
  }
  close_bed(&bed);
}

static void test_many(void **state)
{
  (void)state;
  enum { MANY = 200 };
  static struct got got[MANY];
  struct bed bed;
  open_bed(&bed, generous);
  for (int i = 0; i < MANY; i++) {
    char text[32];
    snprintf(text, sizeof text, "entry %d", i);
    start(&bed, &got[i], bed.plugin, fm_str_of(text));
  }
  wait_all(&bed);
  for (int i = 0; i < MANY; i++) {
    char text[32];
    snprintf(text, sizeof text, "entry %d", i);
    assert_title(&got[i], text);
    drop(&got[i]);
  }
  assert_true(fm_worker_extractor_stats(bed.extractor).started <= 8);
  close_bed(&bed);
}

/* ---- limits ---- */

/* One page misbehaves; those around it, in the same batch too, are extracted. */
static void assert_costs_itself_alone(const char *page, int error, const char *reason,
                                      fm_worker_limits limits)
{
  enum { OTHERS = 24 };
  struct bed bed;
  struct got bad, good[OTHERS];
  open_bed(&bed, limits);
  for (int i = 0; i < OTHERS; i++) {
    if (i == OTHERS / 2)
      start(&bed, &bad, bed.plugin, fm_str_of(page));
    start(&bed, &good[i], bed.plugin, FM_STR("fine"));
  }
  wait_all(&bed);
  if (bad.error != error || !strstr(bad.why, reason))
    fail_msg("%s: %d \"%s\"", page, bad.error, bad.why);
  for (int i = 0; i < OTHERS; i++) {
    assert_title(&good[i], "fine");
    drop(&good[i]);
  }
  start(&bed, &good[0], bed.plugin, FM_STR("after")); /* the next one gets a fresh worker */
  wait_all(&bed);
  assert_title(&good[0], "after");
  drop(&good[0]);
  drop(&bad);
  close_bed(&bed);
}

static const fm_worker_limits tight = {.cpu_ms = 300, .memory = (uint64_t)64 << 20};

static void test_cpu(void **state)
{
  (void)state;
  assert_costs_itself_alone("loop", FM_E_TIMEOUT, "more than 300 ms of CPU time (extract.cpu)", tight);
}

static void test_sleep(void **state)
{
  (void)state;
  assert_costs_itself_alone("sleep", FM_E_TIMEOUT, "extract.cpu", tight);
}

static void test_memory(void **state)
{
  (void)state;
  if (!SANITIZED)
    assert_costs_itself_alone("grow", FM_E_TOO_BIG, "more than 64 MB of memory (extract.memory)",
                              (fm_worker_limits){.cpu_ms = 60000, .memory = (uint64_t)64 << 20});
}

static void test_crash(void **state)
{
  (void)state;
  assert_costs_itself_alone("crash", FM_E_NO_LIST, SANITIZED ? "extracting it" : "crashed (signal 11)",
                            generous);
}

static void test_exit(void **state)
{
  (void)state;
  assert_costs_itself_alone("exit", FM_E_NO_LIST, "ended early (status 0)", generous);
}

/* While every core has a page that never ends, another one does not wait for them. */
static void test_nobody_waits_for_another(void **state)
{
  (void)state;
  enum { HOGS = 4 };
  struct bed bed;
  struct got hogs[HOGS], good;
  open_bed(&bed, (fm_worker_limits){.cpu_ms = 3600 * 1000, .memory = (uint64_t)64 << 20});
  for (int i = 0; i < HOGS; i++)
    start(&bed, &hogs[i], bed.plugin, FM_STR("loop"));
  start(&bed, &good, bed.plugin, FM_STR("fine"));
  while (!good.calls)
    uv_run(&bed.loop, UV_RUN_ONCE);
  assert_title(&good, "fine");
  drop(&good);
  for (int i = 0; i < HOGS; i++)
    fm_extract_cancel(bed.extractor, hogs[i].extract);
  wait_all(&bed);
  for (int i = 0; i < HOGS; i++) {
    assert_int_equal(hogs[i].error, FM_E_CANCELLED);
    drop(&hogs[i]);
  }
  close_bed(&bed);
}

static void test_cancel(void **state)
{
  (void)state;
  enum { MANY = 30 };
  struct bed bed;
  struct got got[MANY];
  open_bed(&bed, generous);
  for (int i = 0; i < MANY; i++)
    start(&bed, &got[i], bed.plugin, i % 3 ? FM_STR("fine") : FM_STR("sleep"));
  for (int i = 0; i < MANY; i += 3)
    fm_extract_cancel(bed.extractor, got[i].extract);
  fm_extract_cancel(bed.extractor, got[0].extract); /* twice is fine */
  wait_all(&bed);
  for (int i = 0; i < MANY; i++) {
    if (i % 3)
      assert_title(&got[i], "fine");
    else
      assert_int_equal(got[i].error, FM_E_CANCELLED);
    drop(&got[i]);
  }
  close_bed(&bed);
}

static void test_other_limits(void **state)
{
  (void)state;
  struct bed bed;
  struct got got;
  open_bed(&bed, generous);
  start(&bed, &got, bed.plugin, FM_STR("fine"));
  wait_all(&bed);
  drop(&got);
  fm_worker_extractor_set_limits(bed.extractor, tight);
  start(&bed, &got, bed.plugin, FM_STR("loop"));
  wait_all(&bed);
  assert_int_equal(got.error, FM_E_TIMEOUT);
  drop(&got);
  assert_int_equal(fm_worker_extractor_stats(bed.extractor).started, 2);
  assert_int_equal(fm_worker_extractor_stats(bed.extractor).killed_cpu, 1);
  close_bed(&bed);
}

/* ---- the encoding ---- */

/* A worker may send anything. */
static void test_any_bytes_as_a_result(void **state)
{
  (void)state;
  fm_buf out;
  fm_doc *doc = fm_doc_new();
  fm_entry entry = {.id = FM_STR("urn:x"), .title = FM_STR("T"), .published = 7, .updated = FM_NO_TIME};
  doc->feed.id = FM_STR("urn:feed");
  doc->feed.title = FM_STR("F");
  doc->feed.entries = &entry;
  doc->feed.nentries = 1;
  fm_extract_result sent = {.value = {.doc = doc, .next = FM_STR("https://n.example/")}}, got;
  fm_buf_init(&out, FM_BUF_MAX);
  assert_int_equal(fm_wire_put_result(&out, &sent), FM_OK);
  for (size_t len = 0; len < out.len; len++) /* cut anywhere */
    assert_int_equal(fm_wire_get_result((fm_str){out.ptr, len}, &got), FM_E_SYNTAX);
  uint32_t seed = 1;
  for (int round = 0; round < 20000; round++) { /* broken anywhere */
    seed = seed * 1664525 + 1013904223;
    size_t at = (seed >> 8) % out.len;
    char old = out.ptr[at];
    out.ptr[at] = (char)seed;
    if (fm_wire_get_result(fm_buf_view(&out), &got) == FM_OK)
      fm_doc_unref(got.value.doc);
    out.ptr[at] = old;
  }
  assert_int_equal(fm_wire_get_result(fm_buf_view(&out), &got), FM_OK);
  assert_true(fm_str_is(got.value.next, "https://n.example/"));
  assert_int_equal(got.value.doc->feed.entries[0].published, 7);
  fm_doc_unref(got.value.doc);
  fm_buf_deinit(&out);
  fm_doc_unref(doc);
}

int main(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], FM_WORKER_COMMAND) == 0)
    return fm_extract_worker_main(argc, argv);
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_same_as_in_this_process), cmocka_unit_test(test_a_plugin),
    cmocka_unit_test(test_a_recipe), cmocka_unit_test(test_many), cmocka_unit_test(test_cpu),
    cmocka_unit_test(test_sleep), cmocka_unit_test(test_memory), cmocka_unit_test(test_crash),
    cmocka_unit_test(test_exit), cmocka_unit_test(test_nobody_waits_for_another),
    cmocka_unit_test(test_cancel), cmocka_unit_test(test_other_limits),
    cmocka_unit_test(test_any_bytes_as_a_result),
  };
  return cmocka_run_group_tests(tests, setup_plugin, NULL);
}
