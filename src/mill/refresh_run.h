/* A refresh under way; for refresh.c, judge.c and turn.c alone. */
#ifndef FM_MILL_REFRESH_RUN_H
#define FM_MILL_REFRESH_RUN_H

#include "mill/details.h"
#include "mill/mill_internal.h"
#include "mill/walk.h"

struct run {
  page *page;
  fm_list legs;      /* under way */
  const char *doing; /* when no leg is fetching */
  uv_work_t work;
  fm_arena arena; /* of validators */
  const part *parts; /* the page's at the beginning */
  walker *walkers;   /* one for each of them */
  size_t nwalkers, walking; /* not done yet */
  const uint64_t **ids;     /* as fm_gather made them, in gathered's arena */
  size_t *nids;
  fm_doc *gathered;  /* what holds them; NULL: there was nothing to gather */
  fm_doc *held;      /* the copy at hand when it began */
  int64_t now;       /* wall clock */
  enum details_stage stage; /* details.c, as what follows */
  visit *visits;
  size_t nvisits, visiting; /* not done yet */
  fm_map picked;     /* id of an entry -> the visit of its page; several may share one */
  size_t detailed;   /* had in this refresh */
  bool unmodified;   /* the list had not changed */
  fm_doc *base, *late; /* the copy that is out; those of its entries that came late */
  int64_t late_now;
  const fm_source *source;
  const fm_param *options;
  size_t noptions;
  fm_doc *seen, *before, *joined;
  size_t dropped, bare; /* things without id or title; entries without an abstract */
  int error;
  fm_why why;
  /* what is known of the page (judge.c); `known` NULL: nothing */
  fm_doc *known;
  fm_history history;
  enum fm_oddity odd;
  fm_upstream_meta meta;
  bool stored;
  int64_t started;
  /* many machines (turn.c) */
  fm_lease lease;    /* token "" while it is not ours */
  int64_t leased;    /* mono ms: when it last was made to last */
  uv_timer_t *retry; /* waiting for another's refresh; NULL: not */
  bool told;         /* that the page changed, since it last looked */
};

void run_fetch(run *r);  /* the page is ours to fetch */
void walked(run *r);     /* walk.c is done */
void store_seen(run *r); /* what there is of details is in r->seen */
void unchanged(run *r);  /* a 304, or as good as one */
void note_stop(run *r, const fm_fetch_result *result); /* a host wants to be left alone */
void run_finish(run *r); /* the end of every refresh; the page has its new state already */

/* judge.c: is what was read the page that is known? */
void judge_prepare(run *r);
void judge_look(run *r); /* in the pool */
int judge(run *r);       /* FM_OK, or r->error, or FM_E_NO_LIST with r->why */

/* turn.c: one fetch for all machines that share the store. */
void turn_begin(run *r);   /* run_fetch when it is ours, else waits for the other's copy */
void turn_end(run *r);     /* gives the lease back */
void turn_renew(run *r);   /* it goes on: the lease is made to last */
void turn_cancel(run *r);  /* stops waiting; the run finishes */
bool turn_waits(const run *r);
void turn_retry(run *r);   /* the page changed: looks again now */

#endif
