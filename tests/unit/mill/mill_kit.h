/* A mill with a store in memory, a web of a few pages (fake_loader.h) and a clock that a test
 * moves by hand. */
#ifndef TEST_MILL_KIT_H
#define TEST_MILL_KIT_H

#include "fake_loader.h"

#include "mill/mill.h"

enum { KIT_T0 = 1785800000, KIT_READERS = 64 };

#define UNUSED __attribute__((unused))

/* ---- the clock ---- */

static struct {
  int64_t ms;      /* since KIT_T0 */
  fm_list timers;  /* started */
} kit_time;

static int64_t kit_wall(void) { return KIT_T0 + kit_time.ms / 1000; }
static int64_t kit_mono_ms(void) { return 1000000 + kit_time.ms; }

static void kit_timer_stop(fm_timer *timer) { fm_list_del(&timer->node); }

static void kit_timer_start(fm_timer *timer, int64_t ms)
{
  kit_timer_stop(timer);
  timer->at = kit_time.ms + (ms > 0 ? ms : 0);
  fm_list_add(&kit_time.timers, &timer->node);
}

static const fm_mill_clock kit_clock = {kit_wall, kit_mono_ms, kit_timer_start, kit_timer_stop};

/* ---- the mill ---- */

typedef struct reader {
  bool answered;
  int status;
  char body[8192];
} reader;

typedef struct mill_kit {
  uv_loop_t loop;
  fake web;
  fm_store *store;
  fm_mill *mill;
  fm_page_fetcher fetcher;
  fm_mill_hosts hosts;
  int64_t room_ms; /* what every host answers */
  char blocked[256];
  reader readers[KIT_READERS];
  size_t nreaders;
  bool mill_closed, store_closed;
  bool shared;
  fm_source source; /* "test" */
} mill_kit;

static mill_kit k;

static int64_t kit_room(void *ctx, fm_str permit, size_t before, bool dynamic)
{
  (void)permit, (void)before, (void)dynamic;
  return ((const mill_kit *)ctx)->room_ms;
}

static void kit_block(void *ctx, fm_str permit, int64_t seconds)
{
  mill_kit *kit = ctx;
  ADD(kit->blocked, "%.*s:%lld ", FM_FMT(permit), (long long)seconds);
}

static int kit_extract(const fm_host *host, const fm_page *page, fm_feed *feed)
{
  (void)host, (void)page, (void)feed;
  return FM_E_NO_LIST; /* the fake extractor is asked in its place */
}

static int kit_extract_entry(const fm_host *host, const fm_page *page, fm_entry *entry)
{
  (void)host, (void)page, (void)entry;
  return FM_E_NO_LIST;
}

static void kit_open_mill(void)
{
  fm_mill_spec spec = {.loop = &k.loop, .store = k.store, .dynamic = 10, .plain = true,
                       .shared = k.shared, .lease_ms = 30000, .clock = &kit_clock,
                       .page_fetcher = &k.fetcher, .hosts = &k.hosts,
                       .extractor = &k.web.extractor};
  k.mill_closed = false;
  k.mill = fm_mill_new(&spec);
}

static int64_t kit_keep; /* of the store, seconds; 0: for ever */

static void kit_open(bool entry_pages)
{
  fm_why why;
  memset(&k, 0, sizeof k);
  kit_time.ms = 0;
  fm_list_init(&kit_time.timers);
  fake_init(&k.web);
  uv_loop_init(&k.loop);
  k.fetcher = k.web.loader.fetcher;
  k.hosts = (fm_mill_hosts){kit_room, kit_block, &k};
  k.source = (fm_source){.abi = FM_PLUGIN_ABI, .size = sizeof k.source, .name = "test",
                         .title = "test", .extract = kit_extract,
                         .extract_entry = entry_pages ? kit_extract_entry : NULL};
  fm_store_spec store = {.uri = FM_STR("memory:"), .keep = kit_keep};
  assert_int_equal(fm_store_open(&k.loop, &store, &k.store, &why), FM_OK);
  kit_open_mill();
}

static UNUSED void kit_open_keeping(int64_t seconds)
{
  kit_keep = seconds;
  kit_open(false);
  kit_keep = 0;
}

/* ---- moving on ---- */

/* Ends one fetch or extraction, else lets the store and the pool move on. False: nothing is
 * under way. */
static bool kit_step(void)
{
  if (fake_step(&k.web))
    return true;
  bool jobs = k.loop.active_reqs.count > 0;
  uv_run(&k.loop, jobs ? UV_RUN_ONCE : UV_RUN_NOWAIT);
  return jobs;
}

static void kit_run(void)
{
  for (int idle = 0; idle < 3;)
    idle = kit_step() ? 0 : idle + 1;
}

/* ---- readers ---- */

/* An upstream with one input: `url`, then the fallbacks. */
typedef struct request {
  const char *url, *fallback, *next_input;
  const char *name; /* of a configured feed; NULL: a dynamic address */
  int64_t wait;
  size_t limit;
  int64_t archive; /* first second of its month */
  int64_t valid_until;
  fm_param option;  /* a reload with another one reads the page anew */
} request;

static void on_answer(void *ctx, fm_reply *reply)
{
  reader *r = ctx;
  fm_str body = fm_reply_body(reply, FM_IDENTITY);
  assert_false(r->answered);
  r->answered = true;
  r->status = fm_reply_status(reply);
  snprintf(r->body, sizeof r->body, "%.*s", FM_FMT(body));
}

static void with_request(request from, void (*use)(const fm_feed_request *want, void *ctx), void *ctx)
{
  fm_plan fallback = {.size = sizeof fallback, .url = fm_str_of(from.fallback),
                      .key = fm_str_of(from.url)};
  fm_plan next = {.size = sizeof next, .url = fm_str_of(from.next_input),
                  .key = fm_str_of(from.next_input)};
  fm_feed_request want = {
    .source = &k.source,
    .plan = {.size = sizeof want.plan, .url = fm_str_of(from.url), .key = fm_str_of(from.url),
             .fallback = from.fallback ? &fallback : NULL,
             .next_input = from.next_input ? &next : NULL,
             .valid_until = from.valid_until},
    .ask = {.size = sizeof want.ask, .path = FM_STR("/listing")},
    .refresh = {.every = 600, .wait = from.wait ? from.wait : 5, .stale = 7200, .idle = 86400},
    .limit = from.limit ? from.limit : 20, .name = fm_str_of(from.name), .archive = from.archive,
    .options = &from.option, .noptions = from.option.name.len > 0,
    .format = fm_format_find(FM_STR("json")), .base = FM_STR("http://f.test"),
    .target = FM_STR("/x.json"),
  };
  use(&want, ctx);
}

static void request_it(const fm_feed_request *want, void *ctx)
{
  fm_mill_request(k.mill, want, on_answer, ctx);
}

static reader *kit_request(request from)
{
  reader *r = &k.readers[k.nreaders++];
  assert_true(k.nreaders <= KIT_READERS);
  *r = (reader){.answered = false};
  with_request(from, request_it, r);
  return r;
}

static void resume_it(const fm_feed_request *want, void *ctx)
{
  (void)ctx;
  fm_mill_resume(k.mill, want);
}

static UNUSED void kit_resume(request from) { with_request(from, resume_it, NULL); }

/* One that is answered without the clock. */
static UNUSED reader *kit_get(request from)
{
  reader *r = kit_request(from);
  kit_run();
  if (!r->answered)
    fail_msg("not answered");
  return r;
}

/* "a b c": the ids in the order of the JSON feed. */
static UNUSED const char *kit_ids(const reader *r)
{
  static char ids[512];
  *ids = 0;
  for (const char *at = r->body; (at = strstr(at, "\"id\""));) {
    at += 4 + strspn(at + 4, ": \"");
    ADD(ids, "%s%.*s", *ids ? " " : "", (int)strcspn(at, "\""), at);
  }
  return ids;
}

typedef struct info {
  enum fm_upstream_state state;
  bool failed_over, has_copy;
  size_t entries;
  unsigned failures;
  char doing[128];
} info;

static void on_info(void *ctx, const fm_upstream_info *from)
{
  info *got = ctx;
  *got = (info){.state = from->state, .failed_over = from->failed_over,
                .has_copy = from->has_copy, .entries = from->entries,
                .failures = from->failures};
  snprintf(got->doing, sizeof got->doing, "%s", from->doing ? from->doing : "");
}

/* Of the only upstream. */
static UNUSED info kit_info(void)
{
  info got = {.entries = 0};
  fm_mill_upstreams(k.mill, on_info, &got);
  return got;
}

/* ---- time ---- */

/* Moves the clock, to each timer on the way. */
static UNUSED void kit_fire(void) /* the timer that is due next, alone */
{
  fm_timer *first = FM_OF(fm_list_first(&kit_time.timers), fm_timer, node);
  FM_LIST_EACH(node, &kit_time.timers)
    first = FM_OF(node, fm_timer, node)->at < first->at ? FM_OF(node, fm_timer, node) : first;
  kit_time.ms = first->at > kit_time.ms ? first->at : kit_time.ms;
  fm_list_del(&first->node);
  first->due(first);
}

static UNUSED void kit_advance(int64_t ms)
{
  int64_t end = kit_time.ms + ms;
  for (;;) {
    fm_timer *first = NULL;
    FM_LIST_EACH(node, &kit_time.timers) {
      fm_timer *timer = FM_OF(node, fm_timer, node);
      first = !first || timer->at < first->at ? timer : first;
    }
    if (!first || first->at > end)
      break;
    kit_time.ms = first->at > kit_time.ms ? first->at : kit_time.ms;
    fm_list_del(&first->node);
    first->due(first);
    kit_run();
  }
  kit_time.ms = end;
  kit_run();
}

static void on_mill_closed(void *ctx) { ((mill_kit *)ctx)->mill_closed = true; }
static void on_store_closed(void *ctx) { ((mill_kit *)ctx)->store_closed = true; }

static void kit_close_mill(void)
{
  fm_mill_close(k.mill, on_mill_closed, &k);
  while (!k.mill_closed)
    kit_step();
}

static void kit_close(void)
{
  if (!k.mill_closed)
    kit_close_mill();
  fm_store_close(k.store, on_store_closed, &k);
  while (!k.store_closed)
    kit_step();
  uv_run(&k.loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&k.loop), 0);
  fake_deinit(&k.web);
}
#endif
