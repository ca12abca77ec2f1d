/* A refresh: walk (walk.c: fetch, extract) -> gather (pool) -> merge (store) -> join
 * (pool) -> new copy. One value with one owner moves along; `finish` ends it from every
 * step. */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "feed/codec.h"
#include "mill/gather.h"
#include "mill/merge.h"
#include "mill/refresh_run.h"
#include "mill/trail.h"
#include "source/registry.h"

#include <stdio.h>
#include <stdlib.h>

const char *refresh_doing(const page *p)
{
  if (!p->run)
    return NULL;
  FM_LIST_EACH(node, &p->run->legs)
    if (FM_OF(node, leg, node)->fetch)
      return fm_fetch_doing(FM_OF(node, leg, node)->fetch);
  return p->run->doing;
}

static void run_free(run *r)
{
  fm_doc_unref(r->seen);
  fm_doc_unref(r->known);
  fm_doc_unref(r->before);
  fm_doc_unref(r->joined);
  fm_source_unref(r->source);
  fm_doc_unref(r->held);
  fm_doc_unref(r->gathered);
  walk_free(r);
  details_free(r);
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
  char seen[24], held[24], took[24], dropped[24] = "", details[24] = "";
  snprintf(seen, sizeof seen, "%zu", r->seen->feed.nentries);
  snprintf(held, sizeof held, "%zu", r->joined->feed.nentries);
  snprintf(took, sizeof took, "%lldms", (long long)(fm_clock_mono_ms() - r->started));
  snprintf(details, sizeof details, "%zu", r->detailed);
  snprintf(dropped, sizeof dropped, "%zu", r->dropped);
  fm_log(FM_LOG_INFO, "refreshed", "page", r->page->key.ptr, "entries", seen, "remembered", held,
         "dropped", r->dropped ? dropped : NULL,
         "details", r->detailed ? details : NULL, "took", took, NULL);
}

static void joined(run *r)
{
  page *p = r->page;
  log_refreshed(r);
  page_meta_set(p, &r->meta);
  page_doc_set(p, r->joined);
  r->joined = NULL;
  p->history = (fm_history){.counted = true, .shown = r->seen->feed.nentries,
                            .dropped = r->dropped, .bare = r->bare};
  walk_remember(r);
  if (p->options == r->options) /* no reload came in between */
    p->reread = false;
  p->changes++;
  p->mill->stats.changes++;
  if (details_go_on(r)) { /* who waited has the list at least */
    archives_look(p);
    page_settle(p);
    details_rest(r);
    return;
  }
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
 * page joins what a backfill left there; one that the store has missed gets its
 * order. */
static void on_reread(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
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

static void on_merged(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
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
  if (r->stored && (mill->spec.shared || !p->doc || !p->doc->numbers))
    fm_store_load(mill->spec.store, p->key, FM_MILL_ENTRIES, on_reread, r);
  else
    join_in_pool(r);
}

/* ---- what was fetched ---- */

void store_seen(run *r)
{
  page *p = r->page;
  r->doing = "writing to the store";
  fm_held_copy held = {.meta = &p->meta, .doc = p->doc, .unsaved = p->unsaved};
  fm_store_merge_held(p->mill->spec.store, p->key, &r->meta, r->seen, &held, on_merged, r);
}

/* Before an odd page is held against its host: another way may be as ever. Readings
 * that were taken for normal after a day are not odd any more. */
static bool look_elsewhere(run *r)
{
  fm_doc *seen = r->seen, *known = r->known;
  enum fm_oddity odd = r->odd;
  size_t dropped = r->dropped;
  if (r->page->sentinel.taken)
    return false;
  r->seen = r->known = NULL;
  r->odd = FM_ODD_NONE;
  r->dropped = 0;
  if (walk_another(r)) { /* the run may be over */
    fm_doc_unref(seen);
    fm_doc_unref(known);
    return true;
  }
  r->seen = seen;
  r->known = known;
  r->odd = odd;
  r->dropped = dropped;
  return false;
}

static void on_gathered(uv_work_t *work, int status)
{
  (void)status;
  run *r = work->data;
  if (r->odd && look_elsewhere(r))
    return;
  int error = judge(r);
  if (error) {
    fm_why why;
    fm_fail(&why, error, "%.*s: %s", FM_FMT(r->page->url), r->why.text);
    fail(r, error, &why, -1);
    return;
  }
  details_of_seen(r);
}

/* One page of one list is taken as it is. */
static void gather(uv_work_t *work)
{
  run *r = work->data;
  const walker *only = r->walkers;
  if (r->nwalkers == 1 && only->ndocs == 1 && !only->partial) {
    r->seen = fm_doc_ref(only->docs[0]);
    judge_look(r);
    return;
  }
  fm_gather_part *parts = fm_arena_alloc(&r->arena, r->nwalkers * sizeof *parts);
  for (size_t i = 0; i < r->nwalkers; i++) {
    const walker *w = &r->walkers[i];
    parts[i] = (fm_gather_part){.docs = w->docs, .ndocs = w->ndocs, .whole = !w->partial,
                                .ids = w->ids, .nids = w->nids};
  }
  r->gathered = fm_gather(parts, r->nwalkers, r->held, &r->ids, &r->nids);
  r->seen = fm_doc_ref(r->gathered);
  judge_look(r);
}

/* All is as it was; but for details nothing of the copy changes. */
void unchanged(run *r)
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
void note_stop(run *r, const fm_fetch_result *result)
{
  if (result->blocked.len && result->retry_after > 0)
    own_stop(r->page->mill, result->blocked, result->retry_after);
}

/* No part came: the first one's reason is that of the page. */
static void walked_in_vain(run *r)
{
  page *p = r->page;
  const walker *w = &r->walkers[0];
  for (size_t i = 0; i < r->nwalkers; i++)
    if (r->walkers[i].error == FM_E_CANCELLED)
      w = &r->walkers[i];
  fm_why why = w->why;
  if (w->unread) {
    r->error = w->error;
    judge_prepare(r);
    judge_look(r);
    judge(r);
  }
  if (w->error == FM_E_BUSY) {
    page_busy(p, &why, w->retry_after);
    run_finish(r);
  } else {
    fail(r, w->error, &why, w->retry_after);
  }
}

static void meta_of(run *r)
{
  const page *p = r->page;
  const walker *w = &r->walkers[0];
  r->meta = p->meta;
  r->meta.url = fm_arena_str(&r->arena, p->url);
  bool first = w->ndocs && !w->partial && fm_str_eq(w->from, p->url);
  bool kept = !w->ndocs && fm_str_eq(p->meta.url, p->url);
  r->meta.etag = fm_arena_str(&r->arena, first ? w->etag : kept ? p->meta.etag : FM_STR(""));
  r->meta.last_modified = fm_arena_str(&r->arena, first  ? w->last_modified
                                                  : kept ? p->meta.last_modified
                                                         : FM_STR(""));
  r->meta.fetched = r->now;
  r->meta.failures = 0;
  r->meta.failure = (fm_str){0};
  r->meta.next_try = FM_NO_TIME;
}

void walked(run *r)
{
  size_t came = 0, same = 0;
  bool cancelled = false;
  for (size_t i = 0; i < r->nwalkers; i++) {
    came += r->walkers[i].ndocs > 0;
    same += r->walkers[i].not_modified;
    cancelled |= r->walkers[i].error == FM_E_CANCELLED;
    r->dropped += r->walkers[i].dropped;
  }
  if (cancelled || !(came || same)) {
    walked_in_vain(r);
  } else if (!came) {
    walk_remember(r);
    details_of_copy(r);
  } else {
    meta_of(r);
    r->doing = "reading the page";
    judge_prepare(r);
    uv_queue_work(r->page->mill->spec.loop, &r->work, gather, on_gathered);
  }
}

static void walk(run *r)
{
  page *p = r->page;
  r->now = fm_clock_wall();
  r->held = p->doc ? fm_doc_ref(p->doc) : NULL;
  r->doing = "reading the page";
  walk_start(r);
}

static void on_trail(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  run *r = ctx;
  page *p = r->page;
  mill_store_said(p, error, why);
  fm_str text = memory && memory->doc->feed.nentries ? memory->doc->feed.entries[0].content
                                                     : (fm_str){NULL, 0};
  uint64_t hash = fm_gather_id(text);
  if (!error && hash != p->trail && !p->reread)
    trail_read(p, text, p->trail != 0);
  if (!error)
    p->trail = hash;
  walk(r);
}

/* Where the parts were found last, others at the same store may know better. */
void run_fetch(run *r)
{
  page *p = r->page;
  if (p->trail && !p->mill->spec.shared) {
    walk(r);
    return;
  }
  r->doing = "asking the store";
  own_trail_read(p->mill, p->key, on_trail, r);
}

void refresh_start(page *p)
{
  fm_mill *mill = p->mill;
  run *r = FM_NEW(run);
  r->page = p;
  r->work.data = r;
  fm_list_init(&r->legs);
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

void refresh_hurry(page *p) { details_hurry(p->run); }

void refresh_cancel(page *p)
{
  if (p->run && turn_waits(p->run)) {
    turn_cancel(p->run);
    return;
  }
  if (!p->run)
    return;
  FM_LIST_EACH(node, &p->run->legs)
    if (FM_OF(node, leg, node)->fetch)
      fm_fetch_cancel(FM_OF(node, leg, node)->fetch);
}
