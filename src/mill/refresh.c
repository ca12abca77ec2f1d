/* A refresh: fetch -> extract (pool) -> merge (store) -> join (pool) -> new copy.
 * One value with one owner moves along; `finish` ends it from every step. */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "base/url.h"
#include "feed/codec.h"
#include "mill/merge.h"
#include "mill/refresh_run.h"
#include "source/registry.h"

#include <stdio.h>
#include <stdlib.h>

const char *refresh_doing(const page *p)
{
  if (!p->run)
    return NULL;
  return p->run->fetch ? fm_fetch_doing(p->run->fetch) : p->run->doing;
}

static void run_free(run *r)
{
  fm_doc_unref(r->seen);
  fm_doc_unref(r->known);
  fm_doc_unref(r->before);
  fm_doc_unref(r->joined);
  fm_source_unref(r->source);
  free((char *)r->body.ptr);
  fm_arena_deinit(&r->arena);
  free(r);
}

void run_finish(run *r)
{
  page *p = r->page;
  fm_mill *mill = p->mill;
  turn_end(r);
  p->run = NULL;
  run_free(r);
  fm_schedule_sent(&p->slot); /* or never was */
  page_settle(p);
  ahead_run(mill);
  p->busy--;
  page_release(p);
  mill_left(mill);
}

static void fail(run *r, int error, const fm_why *why, int64_t retry_after)
{
  r->page->fetch_errors++;
  r->page->mill->stats.fetch_errors++;
  page_failed(r->page, error, why, retry_after);
  run_finish(r);
}

static void log_refreshed(const run *r)
{
  char seen[24], held[24], took[24], dropped[24] = "";
  snprintf(seen, sizeof seen, "%zu", r->seen->feed.nentries);
  snprintf(held, sizeof held, "%zu", r->joined->feed.nentries);
  snprintf(took, sizeof took, "%lldms", (long long)(fm_clock_mono_ms() - r->started));
  snprintf(dropped, sizeof dropped, "%zu", r->dropped);
  fm_log(FM_LOG_INFO, "refreshed", "page", r->page->key.ptr, "entries", seen, "remembered", held,
         "dropped", r->dropped ? dropped : NULL, "took", took, NULL);
}

static void joined(run *r)
{
  page *p = r->page;
  log_refreshed(r);
  page_meta_set(p, &r->meta);
  page_doc_set(p, r->joined);
  r->joined = NULL;
  p->history = (fm_history){.counted = true, .shown = r->seen->feed.nentries, .dropped = r->dropped};
  if (p->options == r->options) /* no reload came in between */
    p->reread = false;
  p->changes++;
  p->mill->stats.changes++;
  page_fresh(p);
  if (!r->stored)
    page_touch(p);
  archives_look(p); /* and then makes the faces */
  run_finish(r);
}

static void on_joined(uv_work_t *work, int status)
{
  (void)status;
  joined(work->data);
}

static bool differs(const fm_doc *a, const fm_doc *b)
{
  fm_buf x, y;
  fm_buf_init(&x, FM_BUF_MAX);
  fm_buf_init(&y, FM_BUF_MAX);
  fm_feed_encode(&a->feed, &x);
  fm_feed_encode(&b->feed, &y);
  bool same = fm_str_eq(fm_buf_view(&x), fm_buf_view(&y));
  fm_buf_deinit(&x);
  fm_buf_deinit(&y);
  return !same;
}

static void join(uv_work_t *work)
{
  run *r = work->data;
  if (!r->stored) {
    fm_doc *merged = fm_merge_seen(r->before, r->seen, r->meta.fetched);
    fm_doc_unref(r->seen);
    r->seen = merged;
  }
  r->joined = fm_merge_join(r->before, r->seen, FM_MILL_ENTRIES);
  if (!r->stored && (!r->before || differs(r->before, r->joined)))
    r->meta.changed = r->meta.fetched;
}

static void join_in_pool(run *r)
{
  r->doing = "joining with what was remembered";
  uv_queue_work(r->page->mill->spec.loop, &r->work, join, on_joined);
}

/* With others at the same store, what it holds now is the copy, theirs and ours
 * in one order, so that every machine makes the same bytes. The first copy of a
 * page joins what a backfill left there. */
static void on_reread(void *ctx, int error, const fm_why *why, fm_memory *memory)
{
  (void)error, (void)why;
  run *r = ctx;
  if (memory && memory->doc) {
    r->meta.changed = memory->meta.changed;
    r->joined = fm_doc_ref(memory->doc);
    joined(r);
  } else {
    join_in_pool(r);
  }
}

static void on_merged(void *ctx, int error, const fm_why *why, fm_memory *memory)
{
  run *r = ctx;
  page *p = r->page;
  fm_mill *mill = p->mill;
  r->stored = memory && memory->doc;
  if (r->stored) {
    fm_doc_unref(r->seen);
    r->seen = fm_doc_ref(memory->doc);
    r->meta.changed = memory->meta.changed;
  }
  p->unsaved = !r->stored;
  mill_store_said(p, error, why);
  r->before = p->doc ? fm_doc_ref(p->doc) : NULL;
  if (r->stored && (mill->spec.shared || !p->doc))
    fm_store_load(mill->spec.store, p->key, FM_MILL_ENTRIES, on_reread, r);
  else
    join_in_pool(r);
}

static void on_extracted(uv_work_t *work, int status)
{
  (void)status;
  run *r = work->data;
  page *p = r->page;
  free((char *)r->body.ptr);
  r->body = (fm_str){0};
  int error = judge(r);
  if (error) {
    fm_why why;
    fm_fail(&why, error, "%.*s: %s", FM_FMT(p->url), r->why.text);
    fail(r, error, &why, -1);
    return;
  }
  r->doing = "writing to the store";
  fm_held held = {.meta = &p->meta, .doc = p->doc, .unsaved = p->unsaved};
  fm_store_merge_held(p->mill->spec.store, p->key, &r->meta, r->seen, &held, on_merged, r);
}

static void extract(uv_work_t *work)
{
  run *r = work->data;
  fm_page got = {
    .size = sizeof got, .body = r->body, .url = r->url, .key = r->page->plan_key,
    .charset = r->charset, .options = r->options, .noptions = r->noptions,
    .now = r->meta.fetched,
  };
  r->error = fm_source_extract(r->source, &got, &r->seen, &r->dropped, &r->why);
  judge_look(r);
}

/* A 304: the copy is current; nothing of it changes. */
static void not_modified(run *r)
{
  page *p = r->page;
  p->meta.fetched = fm_clock_wall();
  p->not_modified++;
  p->mill->stats.not_modified++;
  page_fresh(p);
  page_touch(p);
  run_finish(r);
}

/* For the next start: until then the fetcher knows. */
static void note_stop(run *r, const fm_fetch_result *result)
{
  fm_str origin;
  if ((result->status == 429 || result->status == 503) && result->retry_after > 0 &&
      fm_url_origin(result->url, &r->arena, &origin) == FM_OK)
    own_stop(r->page->mill, origin, result->retry_after);
}

static void on_fetched(void *ctx, fm_fetch_result *result)
{
  run *r = ctx;
  page *p = r->page;
  r->fetch = NULL;
  if (result->error == FM_E_BUSY) {
    page_busy(p, &result->why, result->retry_after);
    run_finish(r);
    return;
  }
  if (result->error) {
    note_stop(r, result);
    fail(r, result->error, &result->why, result->retry_after);
    return;
  }
  if (result->status == 304 && p->doc) {
    not_modified(r);
    return;
  }
  r->url = fm_arena_str(&r->arena, result->url);
  r->charset = fm_arena_str(&r->arena, result->charset);
  r->meta = p->meta;
  r->meta.url = fm_arena_str(&r->arena, p->url);
  r->meta.etag = fm_arena_str(&r->arena, result->etag);
  r->meta.last_modified = fm_arena_str(&r->arena, result->last_modified);
  r->meta.fetched = fm_clock_wall();
  r->meta.failures = 0;
  r->meta.failure = (fm_str){0};
  r->meta.next_try = FM_NO_TIME;
  r->body = fm_fetch_take_body(result);
  r->doing = "reading the page";
  judge_prepare(r);
  uv_queue_work(p->mill->spec.loop, &r->work, extract, on_extracted);
}

static void on_sent(void *ctx)
{
  const run *r = ctx;
  fm_schedule_sent(&r->page->slot);
}

void run_fetch(run *r)
{
  page *p = r->page;
  fm_fetch_spec spec = {.url = p->url, .accept = p->accept, .sent = on_sent,
                        .urgent = page_starving(p),
                        .since = p->doc && p->meta.fetched != FM_NO_TIME ? p->meta.fetched : 0};
  if (p->doc && !p->reread) {
    spec.etag = p->meta.etag;
    spec.last_modified = p->meta.last_modified;
  }
  spec.command = p->command;
  spec.ncommand = p->ncommand;
  p->fetches++;
  p->mill->stats.fetches++;
  r->fetch = fm_fetch_start(p->mill->spec.fetcher, &spec, on_fetched, r);
}

void refresh_start(page *p)
{
  fm_mill *mill = p->mill;
  run *r = FM_NEW(run);
  r->page = p;
  r->work.data = r;
  r->source = p->source;
  fm_source_ref(r->source);
  r->options = p->options;
  r->noptions = p->noptions;
  r->started = fm_clock_mono_ms();
  p->run = r;
  if (!p->slot.let_go)
    fm_schedule_leave(&p->slot);
  p->state = FM_PAGE_REFRESHING;
  uv_timer_stop(&p->timer);
  p->due = 0;
  faces_age(p);
  p->busy++;
  mill->open++;
  if (mill->spec.shared)
    turn_begin(r);
  else
    run_fetch(r);
}

void refresh_cancel(page *p)
{
  if (p->run && p->run->fetch)
    fm_fetch_cancel(p->run->fetch);
  else if (p->run && turn_waits(p->run))
    turn_cancel(p->run);
}
