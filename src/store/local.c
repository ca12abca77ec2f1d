#include "store/local.h"

#include <stdlib.h>

static void next(fm_local *local);

static void work(uv_work_t *request)
{
  fm_local *local = request->data;
  if (local->running)
    local->run(local, local->running);
  else
    local->rest(local);
}

static void on_worked(uv_work_t *request, int status)
{
  (void)status; /* nothing cancels it */
  fm_local *local = request->data;
  fm_job *job = local->running;
  local->running = NULL;
  /* Still busy: what the callback asks for, a close too, waits for its return. */
  if (job)
    fm_job_finish(job);
  local->busy = false;
  next(local);
}

/* The struct is freed by `shut` on the pool; what the end needs goes along. */
typedef struct last_work {
  uv_work_t work;
  fm_local *local;
  void (*closed)(void *ctx);
  void *ctx;
} last_work;

static void shut(uv_work_t *request)
{
  last_work *last = request->data;
  last->local->shut(last->local);
}

static void on_shut(uv_work_t *request, int status)
{
  (void)status;
  last_work *last = request->data;
  if (last->closed)
    last->closed(last->ctx);
  free(last);
}

static void close_now(fm_local *local)
{
  last_work *last = FM_NEW(last_work);
  last->work.data = last;
  last->local = local;
  last->closed = local->store.closed;
  last->ctx = local->store.closed_ctx;
  uv_queue_work(local->store.loop, &last->work, shut, on_shut);
}

static void next(fm_local *local)
{
  if (local->busy)
    return;
  fm_node *node = fm_list_first(&local->jobs);
  if (node) {
    fm_list_del(node);
    local->running = FM_OF(node, fm_job, node);
  } else if (local->closing) {
    local->busy = true;
    close_now(local);
    return;
  } else if (local->rested) {
    return;
  }
  local->rested = !local->running;
  local->busy = true;
  local->work.data = local;
  uv_queue_work(local->store.loop, &local->work, work, on_worked);
}

void fm_local_init(fm_local *local)
{
  fm_list_init(&local->jobs);
  local->rested = true;
}

void fm_local_submit(fm_store *store, fm_job *job)
{
  fm_local *local = (fm_local *)store;
  fm_list_add(&local->jobs, &job->node);
  next(local);
}

void fm_local_close(fm_store *store)
{
  fm_local *local = (fm_local *)store;
  local->closing = true;
  next(local);
}
