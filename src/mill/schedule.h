/* The order of prefetches at a host whose budget is short.
 *
 * Upstreams that are due and whose copy serves on are queued for their host: configured ones
 * before dynamic ones, then the oldest copy first, so that none gets older than the budget
 * forces. Pure but for what `room` answers: no clock, no timers; the mill calls fm_schedule_run
 * when it was told to, and when a refresh has ended. */
#ifndef FM_MILL_SCHEDULE_H
#define FM_MILL_SCHEDULE_H

#include "base/list.h"
#include <feedmill/feed.h>
#include <stdint.h>

/* An upstream's place. Embedded in it; zero-initialised it is in no queue. */
typedef struct fm_slot {
  fm_list_node node;
  struct fm_line *line; /* NULL: neither waiting nor let go */
  bool dynamic;         /* not configured */
  int64_t since;
  bool let_go;          /* and its request is not out yet */
} fm_slot;

typedef struct fm_schedule {
  fm_list lines; /* struct of schedule.c, one for each host that ever had one */
  /* Milliseconds until a host takes one more refresh after `before` others; 0:
   * now. Later than now it is a guess. */
  int64_t (*room)(void *ctx, fm_str host, size_t before, bool dynamic);
  void (*go)(void *ctx, fm_slot *slot);               /* refresh it now */
  void (*held)(void *ctx, fm_slot *slot, int64_t ms); /* it waits for about so long */
  void *ctx;
} fm_schedule;

void fm_schedule_init(fm_schedule *schedule); /* the functions are the caller's to set */
void fm_schedule_deinit(fm_schedule *schedule); /* no slot may be in a line */

/* Queues a slot for its host. `since`: when its copy was fetched. Nothing is called before the
 * next run. */
void fm_schedule_ask(fm_schedule *schedule, fm_slot *slot, fm_str host, bool dynamic,
                     int64_t since);

/* Lets go who may go, tells the others how long it will take. Returns after how
 * many milliseconds it wants to be called again; -1: nobody waits. */
int64_t fm_schedule_run(fm_schedule *schedule);

void fm_schedule_sent(fm_slot *slot);  /* the request of one that was let go is out */
void fm_schedule_leave(fm_slot *slot); /* it waits no more, or it ended unsent; twice is fine */

/* By how much earlier than `every` (seconds) a page is refreshed, in
 * milliseconds: under a tenth of it, always the same for one page, so that
 * pages that began together drift apart and a restart changes nothing. */
int64_t fm_schedule_early(fm_str page, int64_t every);

/* After how many milliseconds a page that failed `failures` times in a row is
 * tried again: doubling from the interval (at most a minute) to an hour (or the
 * interval, if longer). `every` is in seconds. */
int64_t fm_schedule_back_off(int64_t every, unsigned failures);

#endif
