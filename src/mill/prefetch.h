/* Prefetch: refreshes that no reader waits for, spread by what each host's budget takes
 * (schedule.h). */
#ifndef FM_MILL_PREFETCH_H
#define FM_MILL_PREFETCH_H

#include "mill/env.h"
#include "mill/schedule.h"

typedef struct fm_prefetch fm_prefetch;

typedef struct fm_prefetch_cbs {
  void (*start)(fm_slot *slot);             /* its refresh may start now */
  void (*held)(fm_slot *slot, int64_t ms);  /* its host has no room for about so long */
} fm_prefetch_cbs;

fm_prefetch *fm_prefetch_new(fm_mill_env *env, const fm_prefetch_cbs *cbs);
void fm_prefetch_close(fm_prefetch *prefetch); /* ends its timer, which holds `env` */
void fm_prefetch_free(fm_prefetch *prefetch);  /* when that is done and no slot is queued */

/* Queues a slot for the host behind a permit: configured upstreams first, then the oldest copy
 * (`since`, Unix seconds). Nothing starts before the next fm_prefetch_run. */
void fm_prefetch_queue(fm_prefetch *prefetch, fm_slot *slot, fm_str permit, bool dynamic,
                       int64_t since);
/* Starts what has room, and again when the next one has. Nothing while the mill closes. */
void fm_prefetch_run(fm_prefetch *prefetch);

#endif
