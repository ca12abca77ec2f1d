/* Entries' own pages (fm_source.detail): each is had once, some in each refresh, and
 * what it said is remembered with the entry (feed/detail.h).
 *
 * They are fetched before the store hears of the refresh, so that the first version of
 * an entry that readers get is the whole one, with its dates. A reader who has waited
 * for refresh.wait with nothing at hand does not wait for them: the feed is given as the
 * list has it, and what comes later is merged once more, as is what is had after a 304.
 * A page that fails is tried at later refreshes too, FM_ENTRY_PAGE_TRIES times in all; one
 * for which its host has no room now has not been tried. */
#ifndef FM_MILL_DETAILS_H
#define FM_MILL_DETAILS_H

#include "mill/leg.h"
#include <feedmill/feed.h>

typedef struct visit {
  leg leg;
  fm_str url;
  unsigned tries;  /* before this one */
  fm_arena arena;  /* of `said` */
  fm_entry said;   /* by the page */
  bool had, failed; /* neither: not tried after all */
  bool done, taken; /* taken: it is part of a merge that was begun */
  int error;
  fm_why why;
} visit;

enum details_stage {
  DETAILS_NONE,
  DETAILS_FIRST,   /* waited for, nothing is merged yet */
  DETAILS_MERGING, /* what came is being merged, others may be under way */
  DETAILS_LATE     /* a copy is out: the rest is merged when all of it is there */
};

/* r->seen was judged: fetches what its entries lack, then store_seen. */
void details_of_seen(struct run *r);
/* Nothing changed: fetches what the copy at hand lacks, then unchanged. */
void details_of_copy(struct run *r);
/* A merge has ended and its copy is the page's: true if the run goes on with what comes
 * late, and will be finished by it. */
bool details_go_on(struct run *r);
void details_rest(struct run *r); /* then, when all else is done */
/* Somebody has waited long enough with nothing at hand. */
void details_hurry(struct run *r);
void details_free(struct run *r);

#endif
