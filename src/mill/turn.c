/* Many machines: those that share a store take turns. Who holds a page's lease
 * fetches it; the others wait for the announcement that it changed, and take
 * over when the lease ends without one. The announcement comes with the change,
 * before the lease is given back: who hears it looks first. */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "mill/refresh_run.h"

#include <stdlib.h>

/* A lease that is given back early with no word of it is found at the next look. */
enum { RETRY_LEAST_MS = 200, RETRY_MOST_MS = 2000, LEASE_LEAST_MS = 15000 };

static void take(run *r);

bool turn_waits(const run *r) { return r->retry != NULL; }

static void on_timer_closed(uv_handle_t *handle)
{
  free(handle);
}

static void stop_waiting(run *r)
{
  if (r->retry)
    uv_close((uv_handle_t *)r->retry, on_timer_closed);
  r->retry = NULL;
}

/* A shared store is newer than any copy of ours: one that is older was started
 * from an old snapshot, or is a replica that took over. */
static bool fell_back(const page *p, const fm_stored_feed *memory)
{
  return p->doc && memory && memory->meta.fetched != FM_NO_TIME &&
         memory->meta.fetched < p->meta.fetched;
}

/* True: it went on from what the store holds, or ended. */
static bool looked(run *r, int error, const fm_stored_feed *memory)
{
  page *p = r->page;
  p->unsaved |= fell_back(p, memory);
  if (error == FM_E_NOT_FOUND)
    page_restore(p);
  if (p->mill->closing)
    turn_cancel(r);
  else if (memory && page_adopt(p, memory))
    run_finish(r);
  else
    return false;
  return true;
}

static void on_told(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)why;
  run *r = ctx;
  if (!looked(r, error, memory))
    take(r);
}

void turn_retry(run *r)
{
  stop_waiting(r);
  r->told = false;
  r->doing = "asking the store";
  fm_store_load(r->page->mill->spec.store, r->page->key, FM_MILL_ENTRIES, on_told, r);
}

static void on_retry(uv_timer_t *timer)
{
  run *r = timer->data;
  stop_waiting(r);
  take(r);
}

static void wait_for(run *r, int64_t ms)
{
  r->doing = "waiting for another feedmill's refresh";
  r->retry = FM_NEW(uv_timer_t);
  uv_timer_init(r->page->mill->spec.loop, r->retry);
  r->retry->data = r;
  ms = ms < RETRY_LEAST_MS ? RETRY_LEAST_MS : ms > RETRY_MOST_MS ? RETRY_MOST_MS : ms;
  uv_timer_start(r->retry, on_retry, (uint64_t)ms, 0);
}

/* With the lease in hand: another may have just been here. */
static void on_looked(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)why;
  run *r = ctx;
  if (!looked(r, error, memory))
    run_fetch(r);
}

static void on_lease(void *ctx, int error, const fm_why *why, const fm_lease *lease)
{
  (void)why;
  run *r = ctx;
  page *p = r->page;
  if (error == FM_E_BUSY && !p->mill->closing) {
    if (r->told)
      turn_retry(r);
    else
      wait_for(r, lease->left_ms);
    return;
  }
  if (error == FM_OK) {
    r->lease = *lease;
    r->leased = fm_clock_mono_ms();
  }
  r->doing = "asking the store";
  fm_store_load(p->mill->spec.store, p->key, FM_MILL_ENTRIES, on_looked, r);
}

static int64_t ttl_of(const run *r)
{
  int64_t wanted = r->page->mill->spec.lease_ms;
  return wanted > LEASE_LEAST_MS ? wanted : LEASE_LEAST_MS;
}

static void take(run *r)
{
  fm_mill *mill = r->page->mill;
  r->doing = "taking its turn";
  fm_store_lease_take(mill->spec.store, r->page->key, ttl_of(r), on_lease, r);
}

void turn_begin(run *r) { take(r); }

/* Who goes from page to page may take longer than a lease lasts; who hangs or died does
 * not come here. A lease is asked for with ten seconds beyond fetch.timeout: enough for
 * what comes between two calls, if each of them counts. */
void turn_renew(run *r)
{
  int64_t ttl = ttl_of(r), now = fm_clock_mono_ms();
  if (!r->lease.token[0] || now - r->leased < ttl / 8)
    return;
  r->leased = now;
  fm_store_lease_renew(r->page->mill->spec.store, r->page->key, &r->lease, ttl, NULL, NULL);
}

void turn_end(run *r)
{
  if (r->lease.token[0])
    fm_store_lease_release(r->page->mill->spec.store, r->page->key, &r->lease, NULL, NULL);
  r->lease.token[0] = 0;
}

void turn_cancel(run *r)
{
  fm_why why;
  stop_waiting(r);
  fm_fail(&why, FM_E_CANCELLED, "cancelled");
  page_failed(r->page, FM_E_CANCELLED, &why, -1);
  run_finish(r);
}

/* A copy on its way into the store. */
typedef struct filling {
  page *page;
  uint64_t version;
} filling;

static void on_filled(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)why, (void)memory;
  filling *f = ctx;
  page *p = f->page;
  fm_mill *mill = p->mill;
  if (error == FM_OK && f->version == p->version)
    p->unsaved = false;
  free(f);
  p->busy--;
  page_release(p);
  mill_left(mill);
}

void page_fill(page *p)
{
  if (!p->doc || p->mill->closing)
    return;
  p->busy++;
  p->mill->open++;
  filling *f = FM_NEW(filling);
  *f = (filling){.page = p, .version = p->version};
  fm_held_copy held = {.meta = &p->meta, .doc = p->doc, .unsaved = p->unsaved};
  fm_store_restore(p->mill->spec.store, p->key, &held, on_filled, f);
}

void page_restore(page *p)
{
  if (p->doc && !p->mill->closing)
    fm_log(FM_LOG_WARN, "the store lacks what is known of a page, filling it again", "page",
           p->key.ptr, NULL);
  page_fill(p);
}

static void on_reloaded(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)why;
  page *p = ctx;
  fm_mill *mill = p->mill;
  p->unsaved |= !p->run && p->busy == 1 && fell_back(p, memory); /* no touch is on its way */
  if (memory && !p->run && p->state != FM_PAGE_LOADING)
    page_adopt(p, memory);
  if (error == FM_E_NOT_FOUND || (error == FM_OK && p->unsaved))
    page_restore(p);
  p->busy--;
  page_release(p);
  mill_left(mill);
}

void refresh_changed(page *p)
{
  if (p->run) {
    p->run->told = true; /* it looks itself before it fetches, or waits */
    if (turn_waits(p->run))
      turn_retry(p->run);
    return;
  }
  if (p->state == FM_PAGE_LOADING || p->mill->closing)
    return;
  p->busy++;
  p->mill->open++;
  fm_store_load(p->mill->spec.store, p->key, FM_MILL_ENTRIES, on_reloaded, p);
}

static void on_announced(void *ctx, fm_str key, uint64_t version)
{
  (void)version;
  fm_mill *mill = ctx;
  if (key.ptr && own_changed(mill, key))
    return;
  page *p = key.ptr ? fm_map_get(&mill->pages, key) : NULL;
  if (p)
    refresh_changed(p);
  if (key.ptr)
    return;
  const fm_map_slot *slot; /* some were missed */
  for (size_t at = 0; (slot = fm_map_next(&mill->pages, &at));)
    refresh_changed(slot->value);
}

void refresh_watch(fm_mill *mill)
{
  if (mill->spec.shared)
    fm_store_watch(mill->spec.store, mill->closing ? NULL : on_announced, mill);
}
