/* The sentinel at work: what was read is held against what is known of the page
 * before the store hears of it. */
#include "base/clock.h"
#include "base/log.h"
#include "mill/refresh_run.h"

void judge_prepare(run *r)
{
  page *p = r->page;
  if (!p->doc || p->reread) /* other options read another page */
    return;
  r->known = fm_doc_ref(p->doc);
  r->history = p->history;
  r->history.feed = &r->known->feed;
}

void judge_look(run *r)
{
  if (r->error == FM_OK)
    r->bare = fm_sentinel_bare(&r->seen->feed);
  if (r->error == FM_E_NO_LIST)
    r->odd = FM_ODD_NO_LIST;
  else if (r->error == FM_OK && r->known)
    r->odd = fm_sentinel_look(&r->history, &r->seen->feed, r->dropped, &r->why);
}

static void log_taken(const run *r)
{
  fm_log(FM_LOG_WARN, "an odd page is taken as it is, it has been so for a day", "page",
         r->page->key.ptr, "reason", r->why.text, "kind", fm_oddity_name(r->odd), NULL);
}

int judge(run *r)
{
  page *p = r->page;
  p->odd = r->odd;
  if (r->error) {
    p->mill->stats.odd[r->odd] += r->odd && r->known;
    return r->error;
  }
  if (!r->known)
    return FM_OK;
  outage_recall(p);
  bool taken = p->sentinel.taken;
  if (fm_sentinel_refuses(&p->sentinel, r->odd, fm_clock_wall())) {
    p->mill->stats.odd[r->odd]++;
    return FM_E_NO_LIST;
  }
  if (r->odd && !taken)
    log_taken(r);
  if (!r->odd)
    outage_normal(p);
  return FM_OK;
}
