/* Keep: what left its page long ago is forgotten by the store, then by the
 * copies at hand. */
#include "base/clock.h"
#include "base/log.h"
#include "mill/mill_internal.h"

#include <stdio.h>

static void on_reread(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)error, (void)why;
  page *p = ctx;
  fm_mill *mill = p->mill;
  /* a refresh under way, or one that ended meanwhile, has read the store later */
  bool same = memory && memory->doc && p->doc && !p->run && memory->meta.fetched == p->meta.fetched;
  if (same && memory->doc->feed.nentries < p->doc->feed.nentries) {
    page_doc_set(p, fm_doc_ref(memory->doc));
    faces_age(p);
    archives_list(p);
  }
  p->busy--;
  page_release(p);
  mill_left(mill);
}

static void reread(page *p)
{
  if (!p->doc || p->run || p->state == FM_PAGE_LOADING)
    return;
  p->busy++;
  p->mill->open++;
  fm_store_load(p->mill->spec.store, p->key, FM_MILL_ENTRIES, on_reread, p);
}

static void on_expired(void *ctx, int error, const fm_why *why, size_t count)
{
  fm_mill *mill = ctx;
  if (error && error != FM_E_BUSY)
    fm_log(FM_LOG_ERROR, "forgetting old entries failed", "reason", why->text, NULL);
  if (count && !mill->closing) {
    char forgotten[24];
    snprintf(forgotten, sizeof forgotten, "%zu", count);
    fm_log(FM_LOG_INFO, "forgot old entries", "entries", forgotten, NULL);
    const fm_map_slot *slot;
    for (size_t at = 0; (slot = fm_map_next(&mill->pages, &at));)
      reread(slot->value);
  }
  mill_left(mill);
}

void fm_mill_expire(fm_mill *mill)
{
  mill->open++;
  fm_store_expire(mill->spec.store, fm_clock_wall(), on_expired, mill);
}
