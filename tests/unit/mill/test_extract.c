/* Extraction in the pool: each kind, its failures, cancelled before and while it runs. */
#include "mill/extract.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#undef fail

#define URL "http://a.test/"

static uv_loop_t loop;
static fm_extractor *extractor;
static size_t ended, closed;
static fm_extract_result got;
static fm_doc *got_doc;

/* ---- a source ---- */

static fm_str taken(const fm_host *host, fm_str text)
{
  char *copy = host->alloc(host, text.len + 1);
  memcpy(copy, text.ptr, text.len);
  return (fm_str){copy, text.len};
}

/* "fail", "lead", or else one entry of which the body is the title. */
static int source_extract(const fm_host *host, const fm_page *page, fm_feed *feed)
{
  if (fm_str_is(page->body, "fail"))
    return host->fail(host, FM_E_NO_LIST, "no list here");
  if (fm_str_is(page->body, "lead")) {
    host->redirect_to(host, FM_STR("http://b.test/"));
    return host->fail(host, FM_E_NO_LIST, "the list is there");
  }
  fm_entry *entry = host->alloc(host, sizeof *entry);
  *entry = (fm_entry){.id = FM_STR("http://a.test/1"), .title = taken(host, page->body),
                      .published = 1, .updated = FM_NO_TIME};
  host->next(host, FM_STR("http://a.test/2"));
  *feed = (fm_feed){.id = FM_STR(URL), .title = FM_STR("t"), .link = page->url,
                    .state = page->state, .entries = entry, .nentries = 1};
  return FM_OK;
}

static int source_extract_entry(const fm_host *host, const fm_page *page, fm_entry *entry)
{
  if (fm_str_is(page->body, "fail"))
    return host->fail(host, FM_E_NO_LIST, "no entry here");
  entry->summary = taken(host, page->body);
  return FM_OK;
}

static int64_t source_previous_day(const fm_host *host, const fm_page *page)
{
  (void)host;
  return (int64_t)page->body.len;
}

static const fm_source source = {
  .abi = FM_PLUGIN_ABI, .size = sizeof source, .name = "test", .title = "test",
  .extract = source_extract, .extract_entry = source_extract_entry,
  .previous_day = source_previous_day,
};

/* ---- */

static void on_extracted(void *ctx, fm_extract_result *result)
{
  assert_ptr_equal(ctx, &loop);
  ended++;
  got = *result;
  fm_doc_unref(got_doc);
  got_doc = result->value.doc ? fm_doc_ref(result->value.doc) : NULL;
}

static void on_closed(void *ctx)
{
  assert_ptr_equal(ctx, &loop);
  closed++;
}

static int setup(void **state)
{
  (void)state;
  uv_loop_init(&loop);
  extractor = fm_pool_extractor_new(&loop);
  ended = closed = 0;
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  fm_extractor_close(extractor, on_closed, &loop);
  assert_int_equal(closed, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(closed, 1);
  assert_int_equal(uv_loop_close(&loop), 0);
  fm_doc_unref(got_doc);
  got_doc = NULL;
  return 0;
}

/* What describes the page goes away with the callback. */
static fm_extract *start(enum fm_extract_kind kind, const char *body, char *url)
{
  fm_extract_request request = {
    .kind = kind, .source = &source,
    .page = {.body = {strdup(body), strlen(body)}, .url = fm_str_of(url), .key = FM_STR("k"),
             .state = fm_str_of(url), .now = FM_NO_TIME},
  };
  fm_extract *extract = fm_extract_start(extractor, &request, on_extracted, &loop);
  assert_int_equal(ended, 0);
  return extract;
}

static void run(enum fm_extract_kind kind, const char *body)
{
  char url[] = URL;
  ended = 0;
  start(kind, body, url);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(ended, 1);
  memset(url, 'x', sizeof url - 1);
}

static void a_list(void **state)
{
  (void)state;
  run(FM_EXTRACT_LIST, "hello");
  assert_int_equal(got.error, FM_OK);
  assert_true(fm_str_is(got_doc->feed.entries[0].title, "hello"));
  assert_true(fm_str_is(got.value.next, "http://a.test/2"));
  assert_true(fm_str_is(got_doc->feed.link, URL)); /* borrowed from the page by the source */
  assert_true(fm_str_is(got_doc->feed.state, URL));
  assert_int_equal(got.previous_day, FM_NO_TIME);
}

static void a_day(void **state)
{
  (void)state;
  run(FM_EXTRACT_DAY, "hello");
  assert_int_equal(got_doc->feed.nentries, 1);
  assert_int_equal(got.previous_day, 5);
  run(FM_EXTRACT_DAY, "fail");
  assert_int_equal(got.previous_day, FM_NO_TIME);
}

static void an_entry(void **state)
{
  (void)state;
  run(FM_EXTRACT_ENTRY, "hello");
  assert_int_equal(got.error, FM_OK);
  assert_int_equal(got_doc->feed.nentries, 1);
  assert_true(fm_str_is(got_doc->feed.entries[0].summary, "hello"));
  assert_int_equal(got_doc->feed.entries[0].published, FM_NO_TIME);
}

static void failures(void **state)
{
  (void)state;
  run(FM_EXTRACT_LIST, "fail");
  assert_int_equal(got.error, FM_E_NO_LIST);
  assert_string_equal(got.why.text, "no list here");
  assert_null(got_doc);
  run(FM_EXTRACT_LIST, "lead");
  assert_int_equal(got.error, FM_E_NO_LIST);
  assert_true(fm_str_is(got.value.redirect_to, "http://b.test/"));
  run(FM_EXTRACT_ENTRY, "fail");
  assert_int_equal(got.error, FM_E_NO_LIST);
  assert_string_equal(got.why.text, "no entry here");
  assert_null(got_doc);
}

static uv_sem_t hold, held;
static void block(uv_work_t *work)
{
  (void)work;
  uv_sem_post(&held);
  uv_sem_wait(&hold);
}

/* Cancelled while it waits for a thread: the pool's threads are all taken. */
static void cancelled_before_it_runs(void **state)
{
  (void)state;
  enum { THREADS = 4 };
  char url[] = URL;
  uv_work_t work[THREADS];
  uv_sem_init(&hold, 0);
  uv_sem_init(&held, 0);
  for (size_t i = 0; i < THREADS; i++)
    uv_queue_work(&loop, &work[i], block, NULL);
  for (size_t i = 0; i < THREADS; i++)
    uv_sem_wait(&held);
  fm_extract *extract = start(FM_EXTRACT_LIST, "hello", url);
  fm_extract_cancel(extractor, extract);
  fm_extract_cancel(extractor, extract);
  assert_int_equal(ended, 0);
  while (!ended) /* though no thread is free */
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(got.error, FM_E_CANCELLED);
  assert_null(got_doc);
  for (size_t i = 0; i < THREADS; i++)
    uv_sem_post(&hold);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_sem_destroy(&hold);
  uv_sem_destroy(&held);
}

static int source_extract_held(const fm_host *host, const fm_page *page, fm_feed *feed)
{
  block(NULL);
  return source_extract(host, page, feed);
}

static void cancelled_while_it_runs(void **state)
{
  (void)state;
  fm_source slow = source;
  slow.extract = source_extract_held;
  uv_sem_init(&hold, 0);
  uv_sem_init(&held, 0);
  fm_extract_request request = {.kind = FM_EXTRACT_LIST, .source = &slow,
                                .page = {.body = {strdup("x"), 1}, .url = FM_STR(URL)}};
  fm_extract *extract = fm_extract_start(extractor, &request, on_extracted, &loop);
  uv_sem_wait(&held);
  fm_extract_cancel(extractor, extract);
  uv_sem_post(&hold);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(ended, 1);
  assert_int_equal(got.error, FM_E_CANCELLED);
  assert_string_equal(got.why.text, "cancelled");
  assert_null(got_doc);
  uv_sem_destroy(&hold);
  uv_sem_destroy(&held);
}

static void closing_without_a_callback(void **state)
{
  (void)state;
  fm_extractor *other = fm_pool_extractor_new(&loop);
  fm_extractor_close(other, NULL, NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(a_list),
    TEST(a_day),
    TEST(an_entry),
    TEST(failures),
    TEST(cancelled_before_it_runs),
    TEST(cancelled_while_it_runs),
    TEST(closing_without_a_callback),
  };
  setenv("UV_THREADPOOL_SIZE", "4", 1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
