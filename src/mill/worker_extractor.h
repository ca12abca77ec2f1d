/* The extractor whose work runs in worker processes of the program itself: few, long-lived,
 * limited in CPU time and memory from outside. */
#ifndef FM_MILL_WORKER_EXTRACTOR_H
#define FM_MILL_WORKER_EXTRACTOR_H

#include "mill/extract.h"

typedef struct fm_worker_limits {
  int64_t cpu_ms;  /* CPU time of one extraction (extract.cpu) */
  uint64_t memory; /* bytes that a worker may allocate (extract.memory) */
} fm_worker_limits;

typedef struct fm_worker_spec {
  uv_loop_t *loop;
  const char *program;  /* NULL: this program, /proc/self/exe; borrowed */
  fm_worker_limits limits;
  int64_t (*mono_ms)(void); /* NULL: fm_clock_mono_ms */
} fm_worker_spec;

/* An extraction that uses up its CPU time fails with FM_E_TIMEOUT, one that uses up its memory
 * with FM_E_TOO_BIG, one that crashes with FM_E_NO_LIST; the others in its worker's queue go to
 * another. While workers are busy for long, further ones are started, up to a cap, so that no
 * extraction waits for another's. */
fm_extractor *fm_worker_extractor_new(const fm_worker_spec *spec);

/* Other limits, after a reload. They hold for extractions that start from now on. */
void fm_worker_extractor_set_limits(fm_extractor *extractor, fm_worker_limits limits);

/* For metrics. */
typedef struct fm_worker_stats {
  unsigned workers;      /* running now */
  uint64_t started;      /* processes started so far */
  uint64_t killed_cpu, killed_memory, crashed; /* extractions ended for each reason */
  size_t waiting;        /* extractions without a worker now */
} fm_worker_stats;
fm_worker_stats fm_worker_extractor_stats(const fm_extractor *extractor);

#endif
