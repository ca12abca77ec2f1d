/* A home that works in this process: jobs go to a pool thread one at a time,
 * in the order in which they were asked for, so that what they work on needs
 * no lock; answers come back on the loop. A job of several steps goes to the
 * end of the queue after each. */
#ifndef FM_STORE_LOCAL_H
#define FM_STORE_LOCAL_H

#include "store/backend.h"

typedef struct fm_local {
  fm_store store; /* first: a store is cast to its home's struct */
  /* On a pool thread. `run` sets the job's answer. `tidy` is called beside the
   * jobs when `untidy` says so after one; it shares nothing with them. `shut`
   * frees everything, this struct too, when all else is over. */
  void (*run)(struct fm_local *local, fm_job *job);
  bool (*untidy)(struct fm_local *local); /* on the loop, no job running */
  void (*tidy)(struct fm_local *local);
  void (*shut)(struct fm_local *local);
  fm_list jobs;
  fm_job *running;
  uv_work_t work, tidying;
  bool busy, is_tidying;
} fm_local;

void fm_local_init(fm_local *local);
void fm_local_submit(fm_store *store, fm_job *job);
void fm_local_close(fm_store *store);

#endif
