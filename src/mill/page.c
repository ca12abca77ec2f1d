/* One page's life: loading, fresh, stale, held, refreshing, backing off.
 *
 *   loading ----> fresh <---> refreshing <---> backing off
 *      |            |             ^                 |
 *      +--> stale <-+-------------+-----------------+  (nobody reads it)
 *
 * and held, before refreshing, while the host's budget has no room (ahead.c).
 *
 * page_settle is the one place where it is decided who gets what. */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "base/url.h"
#include "mill/mill_internal.h"
#include "source/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

enum { RETRY_AFTER_MOST = 86400 };

static void load(page *p);

int64_t page_read(const page *p)
{
  int64_t last = p->resumed;
  FM_LIST_EACH(vnode, &p->views)
    FM_LIST_EACH(fnode, &FM_OF(vnode, view, node)->faces) {
      face *f = FM_OF(fnode, face, node);
      int64_t at = atomic_load_explicit(&f->life->last_read, memory_order_relaxed);
      last = at > last ? at : last;
    }
  return last;
}

/* The most eager of its feeds decides for all. */
int64_t page_every(const page *p)
{
  int64_t every = 0;
  FM_LIST_EACH(node, &p->views) {
    int64_t v = FM_OF(node, view, node)->refresh.every;
    every = every && every < v ? every : v;
  }
  every = every ? every : p->every;
  return every > 0 ? every : 1;
}

/* Somebody read one of its feeds within refresh.idle, the longest of them. */
static bool wanted(const page *p)
{
  int64_t idle = fm_list_empty(&p->views) ? p->idle : 0;
  FM_LIST_EACH(node, &p->views) {
    int64_t v = FM_OF(node, view, node)->refresh.idle;
    idle = v > idle ? v : idle;
  }
  return fm_clock_mono_ms() - page_read(p) <= idle * 1000;
}

bool page_usable(const page *p, const view *v)
{
  if (!p->doc)
    return false;
  return p->state == FM_PAGE_FRESH || fm_clock_wall() - p->meta.fetched <= v->refresh.stale;
}

static void on_due(uv_timer_t *timer)
{
  page *p = timer->data;
  if (p->state != FM_PAGE_FRESH && p->state != FM_PAGE_BACKING_OFF && p->state != FM_PAGE_HELD)
    return;
  if (wanted(p)) {
    ahead_ask(p);
  } else {
    p->state = FM_PAGE_STALE;
    p->due = 0;
    p->resumed = 0;
    faces_age(p);
    page_release(p);
  }
}

static void set_due(page *p, int64_t in_ms)
{
  fm_schedule_leave(&p->slot);
  p->due = fm_clock_mono_ms() + in_ms;
  uv_timer_start(&p->timer, on_due, (uint64_t)in_ms, 0);
}

void page_meta_set(page *p, const fm_upstream_meta *meta)
{
  fm_arena arena = {0};
  fm_upstream_meta copy = *meta;
  copy.url = fm_arena_str(&arena, meta->url);
  copy.etag = fm_arena_str(&arena, meta->etag);
  copy.last_modified = fm_arena_str(&arena, meta->last_modified);
  copy.failure = fm_arena_str(&arena, meta->failure);
  fm_arena_deinit(&p->meta_arena); /* after copying: `meta` may be p->meta itself */
  p->meta_arena = arena;
  p->meta = copy;
}

void page_doc_set(page *p, fm_doc *doc)
{
  fm_doc_unref(p->doc);
  p->doc = doc;
  p->version++;
}

static void on_touched(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)memory;
  page *p = ctx;
  fm_mill *mill = p->mill;
  if (error == FM_E_NOT_FOUND) {
    page_restore(p);
    error = FM_OK;
  } else if (error == FM_OK && p->unsaved) {
    page_fill(p); /* the page may stay as it is, and then no merge brings it there */
  }
  mill_store_said(p, error, why);
  p->busy--;
  page_release(p);
  mill_left(mill);
}

void page_touch(page *p)
{
  int64_t read = page_read(p);
  if (read)
    p->meta.read = fm_clock_wall() - (fm_clock_mono_ms() - read) / 1000;
  p->busy++;
  p->mill->open++;
  fm_store_touch(p->mill->spec.store, p->key, &p->meta, on_touched, p);
}

static void set_due_after(page *p, int64_t every)
{
  int64_t left = p->meta.fetched + every - fm_clock_wall();
  p->planned = every;
  set_due(p, (left > 0 ? left : 1) * 1000 - (left > 0 ? fm_schedule_early(p->key, every) : 0));
}

static void plan_next(page *p)
{
  set_due_after(p, page_every(p));
  faces_age(p);
}

void page_replan(page *p)
{
  if (p->state == FM_PAGE_FRESH && p->planned != page_every(p))
    plan_next(p);
}

void page_fresh(page *p)
{
  outage_ended(p);
  p->state = FM_PAGE_FRESH;
  p->error = FM_OK;
  p->meta.failures = 0;
  p->meta.failure = (fm_str){0};
  p->meta.next_try = FM_NO_TIME;
  if (p->reread) { /* a reload came meanwhile */
    fm_schedule_leave(&p->slot);
    p->state = FM_PAGE_STALE;
    p->due = 0;
    faces_age(p);
    return;
  }
  plan_next(p);
}

/* Spread by a tenth so that many feeds of one host do not come back in one
 * moment. */
static int64_t back_off(const page *p, int64_t retry_after)
{
  int64_t delay = fm_schedule_back_off(page_every(p), p->meta.failures);
  delay += (int64_t)arc4random_uniform((uint32_t)(delay / 10 + 1));
  if (retry_after > RETRY_AFTER_MOST)
    retry_after = RETRY_AFTER_MOST;
  return delay > retry_after * 1000 ? delay : retry_after * 1000;
}

/* Nothing was wrong with it: it is asked for again after the next start. */
static void given_up(page *p)
{
  fm_schedule_leave(&p->slot);
  p->state = FM_PAGE_STALE;
  p->due = 0;
  faces_age(p);
}

void page_failed(page *p, int error, const fm_why *why, int64_t retry_after)
{
  fm_upstream_meta meta = p->meta;
  if (error == FM_E_CANCELLED) {
    given_up(p);
    return;
  }
  meta.failures++;
  meta.failure = fm_str_of(why->text);
  if (!p->doc)
    meta.url = p->url;
  page_meta_set(p, &meta);
  p->state = FM_PAGE_BACKING_OFF;
  p->error = error;
  outage_began(p);
  int64_t delay = back_off(p, retry_after);
  p->meta.next_try = fm_clock_wall() + (delay + 999) / 1000;
  set_due(p, delay);
  faces_age(p);
  char failures[16], seconds[24];
  snprintf(failures, sizeof failures, "%u", p->meta.failures);
  snprintf(seconds, sizeof seconds, "%llds", (long long)(delay + 999) / 1000);
  fm_log(FM_LOG_WARN, "refresh failed", "page", p->key.ptr, "reason", why->text, "serving",
         p->doc ? "the last good copy" : "an error", "failures", failures, "next_try_in",
         seconds, NULL);
  page_touch(p);
}

/* The schedule knows when the page's own host has room; it may be another, that the
 * page leads to, which has none. */
void page_busy(page *p, const fm_why *why, int64_t retry_after)
{
  int64_t ms = (retry_after > 0 ? retry_after : 1) * 1000;
  fm_upstream_meta meta = p->meta;
  if (!meta.failures)
    meta.failure = fm_str_of(why->text);
  page_meta_set(p, &meta);
  p->error = FM_E_BUSY;
  ahead_hold(p); /* the end of its refresh runs the schedule */
  p->due = fm_clock_mono_ms() + ms;
  if (ahead_room(p) + 1000 < ms) { /* seconds are rounded */
    set_due(p, ms);
    faces_age(p);
  }
}

static void first_state(page *p)
{
  int64_t now = fm_clock_wall(), every = page_every(p);
  int64_t tries = p->meta.next_try != FM_NO_TIME ? p->meta.next_try - now : 0;
  if (p->meta.url.len && !fm_str_eq(p->meta.url, p->url)) /* empty: never was */
    p->reread = true;
  if (tries > 0 && tries <= RETRY_AFTER_MOST && !p->reread) {
    p->state = FM_PAGE_BACKING_OFF;
    p->error = FM_E_UNAVAILABLE;
    set_due(p, tries * 1000);
  } else if (p->doc && !p->reread && p->meta.fetched <= now && p->meta.fetched + every > now) {
    p->state = FM_PAGE_FRESH;
    set_due_after(p, every);
  } else {
    p->state = FM_PAGE_STALE;
  }
}

void page_loaded(page *p)
{
  if (p->resumed && p->meta.read != FM_NO_TIME) /* as long ago as it really was */
    p->resumed = fm_clock_mono_ms() - (fm_clock_wall() - p->meta.read) * 1000;
  first_state(p);
  faces_age(p);
  page_settle(p);
  if (p->resumed && p->state == FM_PAGE_STALE && p->doc && wanted(p) && !p->mill->closing)
    ahead_ask(p);
}

/* Another feedmill tried in vain: its back-off is ours too. */
static bool adopt_failure(page *p, const fm_upstream_meta *meta)
{
  int64_t tries = meta->next_try != FM_NO_TIME ? meta->next_try - fm_clock_wall() : 0;
  if (!meta->failures || tries <= 0 || tries > RETRY_AFTER_MOST)
    return false;
  page_meta_set(p, meta);
  p->state = FM_PAGE_BACKING_OFF;
  p->error = p->error ? p->error : FM_E_UNAVAILABLE;
  set_due(p, tries * 1000);
  faces_age(p);
  return true;
}

bool page_adopt(page *p, const fm_stored_feed *memory)
{
  const fm_upstream_meta *meta = &memory->meta;
  if (!fm_str_eq(meta->url, p->url) && meta->fetched != FM_NO_TIME)
    return false;
  bool newer = memory->doc && meta->fetched != FM_NO_TIME && !p->unsaved &&
               (!p->doc || meta->fetched > p->meta.fetched);
  if (newer) {
    page_meta_set(p, meta);
    page_doc_set(p, fm_doc_ref(memory->doc));
    archives_list(p); /* and then makes the faces */
  }
  if (adopt_failure(p, meta))
    return true;
  if (!newer || meta->fetched + page_every(p) <= fm_clock_wall())
    return false;
  page_fresh(p);
  return true;
}

static void on_loaded(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  page *p = ctx;
  fm_mill *mill = p->mill;
  if (memory) {
    page_meta_set(p, &memory->meta);
    if (p->meta.fetched != FM_NO_TIME && memory->doc)
      page_doc_set(p, fm_doc_ref(memory->doc));
  } else if (error != FM_E_NOT_FOUND) {
    mill_store_said(p, error, why);
  }
  if (p->doc)
    archives_list(p);
  else
    page_loaded(p);
  p->busy--;
  page_release(p);
  mill_left(mill);
}

static void load(page *p)
{
  p->state = FM_PAGE_LOADING;
  p->busy++;
  p->mill->open++;
  fm_store_load(p->mill->spec.store, p->key, FM_MILL_ENTRIES, on_loaded, p);
}

static void options_set(page *p, const fm_want *want)
{
  p->noptions = want->noptions;
  p->options = params_copy(&p->own, want->options, want->noptions);
}

static void command_set(page *p, const fm_want *want)
{
  fm_str *command = fm_arena_alloc(&p->own, (want->ncommand + 1) * sizeof *command);
  for (size_t i = 0; i < want->ncommand; i++)
    command[i] = fm_arena_str(&p->own, want->command[i]);
  p->command = command;
  p->ncommand = want->ncommand;
}

static page *page_new(fm_mill *mill, const fm_want *want, fm_str key)
{
  page *p = FM_NEW(page);
  p->mill = mill;
  p->reloads = mill->reloads;
  p->key = fm_arena_str(&p->own, key);
  p->source = want->source;
  fm_source_ref(p->source);
  course_set(p, &want->plan);
  options_set(p, want);
  command_set(p, want);
  p->meta = (fm_upstream_meta){.fetched = FM_NO_TIME, .changed = FM_NO_TIME, .read = FM_NO_TIME,
                           .next_try = FM_NO_TIME};
  p->newest_archive = FM_NO_TIME;
  p->every = want->refresh.every;
  p->idle = want->refresh.idle;
  fm_list_init(&p->views);
  fm_list_init(&p->waiters);
  uv_timer_init(mill->spec.loop, &p->timer);
  p->timer.data = p;
  mill->open++;
  mill->stats.pages++;
  fm_map_put(&mill->pages, p->key, p);
  load(p);
  return p;
}

/* A reload reads recipes anew. */
static void source_set(page *p, const fm_source *source)
{
  if (p->source == source)
    return;
  fm_source_ref(source);
  fm_source_unref(p->source);
  p->source = source;
}

/* A reload may have moved the page or changed what is read from it: the copy is
 * served on, and read anew at the next refresh, which is due at once. Between reloads
 * the options of the feed that was first are its: feeds of one page that differ in them
 * would else have it fetched anew for each reader. */
static void adopt(page *p, const fm_want *want)
{
  bool moved = !course_is(p, &want->plan) || !fm_source_same(p->source, want->source);
  bool reloaded = p->reloads != p->mill->reloads;
  p->reloads = p->mill->reloads;
  source_set(p, want->source);
  if (!moved && (!reloaded || params_same(p->options, p->noptions, want->options, want->noptions)))
    return;
  course_set(p, &want->plan);
  options_set(p, want);
  p->reread = true;
  if (p->state == FM_PAGE_FRESH || p->state == FM_PAGE_BACKING_OFF || p->state == FM_PAGE_HELD) {
    uv_timer_stop(&p->timer);
    fm_schedule_leave(&p->slot);
    p->state = FM_PAGE_STALE;
    faces_age(p);
  }
}

static uint64_t hash_command(const fm_want *want)
{
  uint64_t hash = want->ncommand;
  for (size_t i = 0; i < want->ncommand; i++)
    hash = XXH3_64bits_withSeed(want->command[i].len ? want->command[i].ptr : "",
                                want->command[i].len, hash);
  return hash;
}

/* The source's name stands before its key, so that no two sources share a page;
 * nor do what is fetched and what a command prints, which may well differ. */
fm_str page_key(const fm_want *want, char *text, size_t room)
{
  int len = snprintf(text, room, "%s %.*s", want->source->name, FM_FMT(want->plan.key));
  if (want->ncommand && len < (int)room)
    len += snprintf(text + len, room - (size_t)len, " by %016" PRIx64, hash_command(want));
  return (fm_str){text, len < (int)room ? (size_t)len : room - 1};
}

page *page_find(const fm_mill *mill, const fm_want *want)
{
  char text[PAGE_KEY_MAX];
  return fm_map_get(&mill->pages, page_key(want, text, sizeof text));
}

page *page_of(fm_mill *mill, const fm_want *want)
{
  char text[PAGE_KEY_MAX];
  fm_str key = page_key(want, text, sizeof text);
  page *p = fm_map_get(&mill->pages, key);
  if (!p)
    return page_new(mill, want, key);
  adopt(p, want);
  return p;
}

static void on_page_closed(uv_handle_t *handle)
{
  page *p = handle->data;
  fm_mill *mill = p->mill;
  fm_doc_unref(p->doc);
  fm_source_unref(p->source);
  fm_arena_deinit(&p->meta_arena);
  course_free(p);
  fm_arena_deinit(&p->own);
  free(p);
  mill_left(mill);
}

/* A page lives while it has a view or work; while a warm start or a reload keeps
 * it going; and, when the mill closes, no longer than its work. */
void page_release(page *p)
{
  bool kept = !p->mill->closing && (!fm_list_empty(&p->views) || p->resumed);
  if (p->busy || p->run || p->closing || kept)
    return;
  p->closing = true;
  fm_schedule_leave(&p->slot);
  FM_LIST_EACH(node, &p->views)
    view_free(FM_OF(node, view, node));
  fm_map_del(&p->mill->pages, p->key);
  p->mill->stats.pages--;
  uv_close((uv_handle_t *)&p->timer, on_page_closed);
}

static fm_reply *face_reply(face *f, bool *render)
{
  if (f->lost)
    return fm_reply_text(404, FM_STR("no archive of this month"), 0, (fm_str){0});
  if (!face_current(f)) {
    *render = true;
    return NULL;
  }
  face_publish(f);
  return fm_reply_ref(f->reply);
}

static bool starves(const page *p, const waiter *w)
{
  const view *v = w->face->view;
  return !page_usable(p, v) && !(v->archive && p->doc);
}

bool page_starving(const page *p)
{
  FM_LIST_EACH(node, &p->waiters)
    if (starves(p, FM_OF(node, waiter, node)))
      return true;
  return false;
}

bool page_impatient(const page *p)
{
  FM_LIST_EACH(node, &p->waiters)
    if (FM_OF(node, waiter, node)->expired && starves(p, FM_OF(node, waiter, node)))
      return true;
  return false;
}

/* A held page's copy is given at once, unless its turn is near. With none, it
 * does not wait in line like the others; where the host has no room even so,
 * that is the answer. */
static fm_reply *held_answer(page *p, const waiter *w, bool usable, bool *render, bool *refresh)
{
  const view *v = w->face->view;
  int64_t left = p->due - fm_clock_mono_ms();
  if (usable && !w->expired && left > 0 && left <= v->refresh.wait * 1000)
    return NULL;
  if (usable)
    return face_reply(w->face, render);
  if (p->error == FM_E_BUSY && left > 0)
    return render_error(p, v);
  *refresh = true;
  return NULL;
}

/* What a waiter gets now: its reply, NULL to wait on. `*render` asks for its
 * face to be made, `*refresh` for the page to be fetched. */
static fm_reply *answer(page *p, waiter *w, bool *render, bool *refresh)
{
  const view *v = w->face->view;
  bool usable = page_usable(p, v);
  if (p->state == FM_PAGE_LOADING)
    return NULL;
  if (v->archive && p->doc) /* what was seen is there without the page */
    return face_reply(w->face, render);
  switch (p->state) {
  case FM_PAGE_STALE:
    *refresh = true;
    return NULL;
  case FM_PAGE_HELD:
    return held_answer(p, w, usable, render, refresh);
  case FM_PAGE_REFRESHING:
    if (!usable || !w->expired)
      return NULL;
    break;
  case FM_PAGE_BACKING_OFF:
    if (!usable)
      return render_error(p, v);
    break;
  default:
    break;
  }
  return face_reply(w->face, render);
}

void page_settle(page *p)
{
  bool refresh = false, render = false;
  p->busy++; /* an answer may lead back here */
  FM_LIST_EACH(node, &p->waiters) {
    waiter *w = FM_OF(node, waiter, node);
    fm_reply *reply = p->mill->closing
                        ? fm_reply_text(503, FM_STR("feedmill is stopping"), 5, (fm_str){0})
                        : answer(p, w, &render, &refresh);
    if (!reply)
      continue;
    waiter_finish(w, reply);
    fm_reply_unref(reply);
  }
  if (render && !p->listing) /* else the feed would not say where its archives begin */
    render_page(p, false);
  if (refresh && (p->state == FM_PAGE_STALE || p->state == FM_PAGE_HELD)) {
    if (page_starving(p))
      refresh_start(p);
    else
      ahead_ask(p);
    page_settle(p); /* who will not wait gets the copy at hand */
  }
  if (p->run && page_impatient(p))
    refresh_hurry(p);
  p->busy--;
}
