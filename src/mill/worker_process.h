/* One extraction worker seen from the program: its process, shared memory and messages.
 * Callbacks come on the loop, never from inside a call. */
#ifndef FM_MILL_WORKER_PROCESS_H
#define FM_MILL_WORKER_PROCESS_H

#include "base/why.h"
#include <stdbool.h>
#include <uv.h>

typedef struct fm_worker_process fm_worker_process;

typedef struct fm_worker_process_spec {
  uv_loop_t *loop;
  const char *program; /* started with FM_WORKER_COMMAND; borrowed until the end */
  uint64_t memory;     /* bytes: limit of what one worker may allocate */
  /* The next request of the batch is done. `bytes` is the caller's copy, malloc'd. */
  void (*on_result)(void *ctx, char *bytes, size_t len);
  /* The process has ended, by itself or killed, and on_result will not come any more; last
   * callback but that of fm_worker_process_close. */
  void (*on_exit)(void *ctx, int64_t status, int signal);
  void *ctx;
} fm_worker_process_spec;

/* FM_E_IO with the reason. */
int fm_worker_process_start(const fm_worker_process_spec *spec, fm_worker_process **process,
                            fm_why *why);

/* A request as extract_wire.h encodes it, and the page's body. */
typedef struct fm_worker_request {
  fm_str head, body;
} fm_worker_request;

/* Sends up to FM_WORKER_BATCH requests; none must be under way. FM_E_IO: shared memory cannot
 * grow, or the worker has gone, and on_exit follows. */
int fm_worker_process_send(fm_worker_process *process, const fm_worker_request *requests,
                           size_t count);

/* CPU time that the process has used, in milliseconds; -1: it has ended. */
int64_t fm_worker_process_cpu_ms(const fm_worker_process *process);
/* Lowers its scheduling priority for the rest of its life: only root may raise it again. */
void fm_worker_process_yield(const fm_worker_process *process);

void fm_worker_process_kill(fm_worker_process *process); /* SIGKILL; on_exit follows */
/* Frees it: after on_exit at once, before it the process is killed and its end awaited without
 * further callbacks. `closed` is called when nothing of it is left on the loop. */
void fm_worker_process_close(fm_worker_process *process, void (*closed)(void *ctx), void *ctx);

#endif
