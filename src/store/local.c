/* Queue of the backends that work in this process: one job at a time on a pool thread. */
#include "store/local.h"

#include <stdlib.h>

static void next(fm_local *local);

static void work(uv_work_t *request)
{
  fm_local *local = request->data;
  if (!local->running->error) /* else refused by the call */
    local->run(local, local->running);
}

/* Background work ends with the store. */
static bool goes_on(const fm_local *local, fm_job *job)
{
  if (!job->more || job->error)
    return false;
  if (!local->store.closing || !fm_job_is_background(job))
    return true;
  job->error = fm_fail(&job->why, FM_E_CANCELLED, "the memory was closed");
  return false;
}

static void checkpoint(uv_work_t *request)
{
  fm_local *local = request->data;
  local->checkpoint(local);
}

static void on_checkpointed(uv_work_t *request, int status)
{
  (void)status;
  fm_local *local = request->data;
  local->checkpointing = false;
  next(local);
}

static void on_worked(uv_work_t *request, int status)
{
  (void)status; /* never cancelled */
  fm_local *local = request->data;
  fm_job *job = local->running;
  local->running = NULL;
  /* `busy` is still set: jobs and a close that a callback asks for start after its return. */
  if (goes_on(local, job)) {
    fm_job_step(job);
    fm_list_add(&local->jobs, &job->node);
  } else {
    fm_job_finish(job);
  }
  local->busy = false;
  if (!local->checkpointing && !local->store.closing && local->wants_checkpoint(local)) {
    local->checkpointing = true;
    local->checkpoint_work.data = local;
    uv_queue_work(local->store.loop, &local->checkpoint_work, checkpoint, on_checkpointed);
  }
  next(local);
}

/* `destroy` frees the store's struct, so the last work item has its own copies. */
typedef struct last_work {
  uv_work_t work;
  fm_local *local;
  void (*closed)(void *ctx);
  void *ctx;
} last_work;

static void destroy(uv_work_t *request)
{
  last_work *last = request->data;
  last->local->destroy(last->local);
}

static void on_destroyed(uv_work_t *request, int status)
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
  local->busy = true;
  uv_queue_work(local->store.loop, &last->work, destroy, on_destroyed);
}

static void next(fm_local *local)
{
  fm_list_node *node = fm_list_first(&local->jobs);
  if (local->busy)
    return;
  if (node) {
    fm_list_del(node);
    local->running = FM_OF(node, fm_job, node);
    local->running->more = false;
    local->busy = true;
    local->work.data = local;
    uv_queue_work(local->store.loop, &local->work, work, on_worked);
  } else if (local->store.closing && !local->checkpointing) {
    close_now(local);
  }
}

void fm_local_init(fm_local *local)
{
  fm_list_init(&local->jobs);
  local->store.opened = true;
}

void fm_local_submit(fm_store *store, fm_job *job)
{
  fm_local *local = (fm_local *)store;
  fm_list_add(&local->jobs, &job->node);
  next(local);
}

void fm_local_close(fm_store *store)
{
  next((fm_local *)store);
}
