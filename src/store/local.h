/* Base of the backends that work in this process. Jobs run on pool threads, one at a
 * time and in the order of their calls, so their data need no lock; callbacks run on
 * the loop. After each step of a job of several steps, the job goes to the end of the
 * queue. */
#ifndef FM_STORE_LOCAL_H
#define FM_STORE_LOCAL_H

#include "store/backend.h"

typedef struct fm_local {
  fm_store store; /* first: a store is cast to its backend's struct */
  /* Called on a pool thread. `run` sets the job's answer. `checkpoint` runs concurrently
   * with jobs if `wants_checkpoint` asked for it; it shares no data with them. `destroy`
   * is the last call and frees everything, including this struct. */
  void (*run)(struct fm_local *local, fm_job *job);
  bool (*wants_checkpoint)(struct fm_local *local); /* on the loop, no job running */
  void (*checkpoint)(struct fm_local *local);
  void (*destroy)(struct fm_local *local);
  fm_list jobs;
  fm_job *running;
  uv_work_t work, checkpoint_work;
  bool busy, checkpointing;
} fm_local;

void fm_local_init(fm_local *local);
void fm_local_submit(fm_store *store, fm_job *job);
void fm_local_close(fm_store *store);

#endif
