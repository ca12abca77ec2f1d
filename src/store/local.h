/* A home that works in this process: jobs go to a pool thread one at a time,
 * in the order in which they were asked for, so that what they work on needs
 * no lock; answers come back on the loop. */
#ifndef FM_STORE_LOCAL_H
#define FM_STORE_LOCAL_H

#include "store/home.h"

typedef struct fm_local {
  fm_store store; /* first: a store is cast to its home's struct */
  /* On a pool thread. `run` sets the job's answer; `rest` is called when no
   * job is waiting, for work that nobody waits for; `shut` frees everything,
   * this struct too. */
  void (*run)(struct fm_local *local, fm_job *job);
  void (*rest)(struct fm_local *local);
  void (*shut)(struct fm_local *local);
  fm_list jobs;
  fm_job *running;
  uv_work_t work;
  bool busy, rested, closing;
} fm_local;

void fm_local_init(fm_local *local);
void fm_local_submit(fm_store *store, fm_job *job);
void fm_local_close(fm_store *store);

#endif
