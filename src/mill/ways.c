/* Which of the ways to a part is taken. The first is the one that is wanted. While it
 * fails, the one that works is taken at once, and the first tried again after longer and
 * longer times; while its host has no room for it, one whose host has is taken. */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "mill/refresh_run.h"

static bool has_room(const page *p, const way *w)
{
  return fm_fetcher_delay(p->mill->spec.fetcher, w->turn, 0) == 0;
}

static bool rests(const part *one, size_t at)
{
  return at == 0 && one->again > fm_clock_mono_ms();
}

size_t way_first(const page *p, const part *one)
{
  size_t first = rests(one, 0) ? one->way : 0;
  if (one->nways == 1 || p->ncommand || has_room(p, &one->ways[first]))
    return first;
  for (size_t i = 0; i < one->nways; i++)
    if (!rests(one, i) && has_room(p, &one->ways[i]))
      return i;
  return first;
}

/* A command prints the page that it was written for. */
bool way_next(walker *w)
{
  if (w->tried + 1 >= w->part->nways || w->leg.run->page->ncommand)
    return false;
  w->tried++;
  w->way = (w->began + w->tried) % w->part->nways;
  return true;
}

/* Was the first way tried in this walk, and in vain? */
static bool first_failed(const walker *w)
{
  size_t n = w->part->nways, at = (n - w->began) % n; /* its place in the order of trying */
  return w->way != 0 && at < w->tried;
}

static void log_switch(const page *p, const walker *w)
{
  if (w->way == 0)
    fm_log(FM_LOG_INFO, "had by the first way again", "page", p->key.ptr, "url", w->url.ptr, NULL);
  else if (w->error)
    fm_log(FM_LOG_WARN, "had by another way", "page", p->key.ptr, "url", w->from.ptr, "reason",
           w->why.text, NULL);
  else
    fm_log(FM_LOG_INFO, "had by another way", "page", p->key.ptr, "url", w->from.ptr, "reason",
           "the host of the first has no room for more", NULL);
}

void way_came(page *p, const walker *w, part *to)
{
  if (to->nways == 1)
    return;
  if (w->way != to->way) {
    log_switch(p, w);
    p->mill->stats.switches++;
  }
  to->way = w->way;
  if (first_failed(w)) {
    int64_t wait = fm_schedule_back_off(page_every(p), ++to->failures);
    to->again = fm_clock_mono_ms() + wait;
  } else if (w->way == 0) {
    to->failures = 0;
    to->again = 0;
  }
}
