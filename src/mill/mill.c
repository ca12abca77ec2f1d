#include "mill/mill.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "mill/mill_internal.h"

#include <stdlib.h>

const char *fm_page_state_name(enum fm_page_state state)
{
  static const char *const names[] = {
#define ROW(name, word, text) word,
    FM_PAGE_STATES(ROW)
#undef ROW
  };
  return names[state];
}

const char *fm_page_state_text(enum fm_page_state state)
{
  static const char *const texts[] = {
#define ROW(name, word, text) text,
    FM_PAGE_STATES(ROW)
#undef ROW
  };
  return texts[state];
}

fm_mill *fm_mill_new(const fm_mill_spec *spec)
{
  fm_mill *mill = FM_NEW(fm_mill);
  mill->spec = *spec;
  mill->open = 1; /* until it is closed */
  ahead_init(mill);
  own_load(mill);
  refresh_watch(mill);
  return mill;
}

void mill_left(fm_mill *mill)
{
  if (--mill->open)
    return;
  void (*closed)(void *) = mill->closed;
  void *ctx = mill->closed_ctx;
  fm_map_deinit(&mill->pages);
  fm_map_deinit(&mill->views);
  fm_schedule_deinit(&mill->schedule);
  outages_free(mill);
  free(mill);
  if (closed)
    closed(ctx);
}

/* All pages as an array of their own: what is done to one may free it. */
static page **all_pages(fm_mill *mill, size_t *count)
{
  page **pages = fm_alloc((mill->pages.count + 1) * sizeof *pages);
  const fm_map_slot *slot;
  size_t n = 0;
  for (size_t at = 0; (slot = fm_map_next(&mill->pages, &at));)
    pages[n++] = slot->value;
  *count = n;
  return pages;
}

void fm_mill_close(fm_mill *mill, void (*closed)(void *ctx), void *ctx)
{
  mill->closing = true;
  mill->closed = closed;
  mill->closed_ctx = ctx;
  ahead_close(mill);
  refresh_watch(mill);
  size_t n;
  page **pages = all_pages(mill, &n);
  for (size_t i = 0; i < n; i++) {
    page *p = pages[i];
    p->busy++;
    refresh_cancel(p);
    if (p->doc && page_read(p))
      page_touch(p);
    page_settle(p);
    p->busy--;
    page_release(p);
  }
  free(pages);
  mill_left(mill);
}

void fm_mill_ask(fm_mill *mill, const fm_want *want, fm_mill_cb cb, void *ctx)
{
  mill->stats.asks++;
  page *p = page_of(mill, want);
  p->busy++;
  face *f = face_of(view_of(p, want), want);
  page_replan(p);
  if (p->state == FM_PAGE_REFRESHING || p->state == FM_PAGE_LOADING)
    mill->stats.joined++;
  waiter_new(p, f, cb, ctx);
  page_settle(p);
  p->busy--;
}

void fm_mill_resume(fm_mill *mill, const fm_want *want)
{
  if (mill->pages.count >= mill->spec.dynamic)
    return;
  page *p = page_of(mill, want);
  p->resumed = fm_clock_mono_ms();
}

void fm_mill_reconfigure(fm_mill *mill, size_t dynamic)
{
  mill->spec.dynamic = dynamic;
  mill->reloads++;
  size_t n;
  page **pages = all_pages(mill, &n);
  for (size_t i = 0; i < n; i++) {
    page *p = pages[i];
    p->resumed = page_read(p); /* its copy stays when its views go */
    FM_LIST_EACH(node, &p->views)
      view_forget(FM_OF(node, view, node));
    page_release(p);
  }
  free(pages);
}

void mill_store_said(page *p, int error, const fm_why *why)
{
  if (error == FM_OK || error == FM_E_NOT_FOUND)
    return;
  p->mill->stats.store_errors++;
  if (error != FM_E_IO)
    fm_log(FM_LOG_ERROR, "a page is not remembered, going on from memory", "page", p->key.ptr,
           "reason", why ? why->text : fm_error_text(error), NULL);
}

static void info_missing(const page *p, fm_page_info *info)
{
  info->lists = p->nparts;
  for (size_t i = 0; i < p->nparts; i++) {
    if (p->parts[i].failing && !info->missing++)
      info->missed = p->parts[i].reason;
  }
}

static void info_of(page *p, fm_page_info_cb cb, void *ctx)
{
  int64_t left = p->due ? p->due - fm_clock_mono_ms() : 0;
  fm_page_info info = {
    .key = p->key, .url = p->parts[0].ways[p->parts[0].way].url, .another = p->parts[0].way > 0,
    .state = p->state, .has_copy = p->doc != NULL,
    .entries = p->doc ? p->doc->feed.nentries : 0,
    .fetched = p->meta.fetched, .changed = p->meta.changed,
    .next = p->due ? fm_clock_wall() + (left + 999) / 1000 : FM_NO_TIME,
    .failures = p->meta.failures, .failure = p->meta.failure, .doing = refresh_doing(p),
    .fetches = p->fetches, .fetch_errors = p->fetch_errors, .not_modified = p->not_modified,
    .changes = p->changes,
  };
  info_missing(p, &info);
  cb(ctx, &info);
}

void fm_mill_pages(fm_mill *mill, fm_page_info_cb cb, void *ctx)
{
  const fm_map_slot *slot;
  for (size_t at = 0; (slot = fm_map_next(&mill->pages, &at));)
    info_of(slot->value, cb, ctx);
}

int fm_mill_page(fm_mill *mill, const fm_want *want, fm_page_info_cb cb, void *ctx)
{
  page *p = page_find(mill, want);
  if (!p)
    return FM_E_NOT_FOUND;
  info_of(p, cb, ctx);
  return FM_OK;
}

void fm_mill_get_stats(const fm_mill *mill, fm_mill_stats *stats)
{
  *stats = mill->stats;
  stats->pages = mill->pages.count;
  stats->views = mill->views.count;
}
