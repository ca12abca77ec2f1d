/* Schedules extractions on worker processes: a queue, batches of small pages, a watchdog for
 * CPU time, and replacement of workers that were ended. */
#include "mill/worker_extractor.h"

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "mill/extract_wire.h"
#include "mill/extract_worker.h"
#include "mill/worker_process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
  WORKERS_MAX = 8,
  SMALL = 64 * 1024,   /* bytes of a request that may share a batch */
  TICK_MS = 50,        /* watchdog, while a worker is busy */
  PATIENCE_MS = 100,   /* an extraction waits so long for a busy worker before another starts */
  YIELD_AFTER_MS = 500, /* CPU time after which an extraction yields to others */
  IDLE_MS = 60 * 1000, /* an idle worker is ended after this time */
  WALL_FACTOR = 4      /* an extraction that sleeps is ended after cpu_ms times this */
};

typedef struct extractor extractor;
typedef struct worker worker;

/* One extraction. */
typedef struct job {
  fm_list_node node; /* in extractor->waiting, worker->jobs or extractor->done */
  extractor *owner;
  worker *worker; /* NULL: waiting, or done */
  fm_extract_request request;
  fm_extract_cb cb;
  void *ctx;
  int64_t queued; /* mono ms */
  bool retried;   /* its first worker was killed by somebody else */
  uv_work_t decoding;
  char *bytes;    /* the encoded result */
  size_t len;
  bool cancelled, decoding_now;
  fm_extract_result result;
} job;

struct worker {
  fm_list_node node; /* in extractor->workers */
  extractor *owner;
  fm_worker_process *process;
  fm_list jobs;      /* of the batch under way, the first is being extracted */
  int64_t began;     /* mono ms: of the first job, or idle since */
  int64_t cpu_began; /* CPU ms of the process then */
  bool retired;      /* ended when idle: it has other limits, or a low priority */
  int verdict;       /* why it is being killed: FM_E_TIMEOUT, FM_E_CANCELLED or FM_OK */
};

struct extractor {
  fm_extractor base;
  fm_worker_spec spec;
  fm_list waiting, workers, done;
  fm_worker_stats stats;
  unsigned decoding;
  uv_timer_t tick;
  uv_async_t wake; /* calls back for what is in `done`; keeps the loop alive for the jobs */
  size_t jobs;
  unsigned handles;
  bool closing;
  void (*closed)(void *ctx);
  void *closed_ctx;
};

static int64_t now_of(const extractor *x) { return x->spec.mono_ms(); }

static bool is_busy(const worker *w) { return !fm_list_empty(&w->jobs); }

static job *first_job(worker *w) { return FM_OF(fm_list_first(&w->jobs), job, node); }

/* ---- results ---- */

static void finish(job *j)
{
  extractor *x = j->owner;
  fm_list_del(&j->node);
  j->worker = NULL;
  fm_list_add(&x->done, &j->node);
  uv_async_send(&x->wake);
}

static void fail(job *j, int error, const char *reason)
{
  j->result = (fm_extract_result){.previous_day = FM_NO_TIME};
  j->result.error = fm_fail(&j->result.why, error, "%s", reason);
  finish(j);
}

static void free_job(job *j)
{
  extractor *x = j->owner;
  fm_doc_unref(j->result.value.doc);
  fm_source_unref(j->request.source);
  free((char *)j->request.page.body.ptr);
  free(j->bytes);
  free(j);
  if (--x->jobs == 0)
    uv_unref((uv_handle_t *)&x->wake);
}

static void on_wake(uv_async_t *async)
{
  extractor *x = async->data;
  fm_list_node *node;
  while ((node = fm_list_first(&x->done))) {
    job *j = FM_OF(node, job, node);
    fm_list_del(node);
    if (j->cancelled && j->result.error != FM_E_CANCELLED) {
      fm_doc_unref(j->result.value.doc);
      j->result = (fm_extract_result){.previous_day = FM_NO_TIME};
      j->result.error = fm_fail(&j->result.why, FM_E_CANCELLED, "cancelled");
    }
    j->cb(j->ctx, &j->result);
    free_job(j);
  }
}

/* A feed of thousands of entries is decoded in the pool, away from the loop. */
static void decode(uv_work_t *work)
{
  job *j = work->data;
  if (fm_wire_get_result((fm_str){j->bytes, j->len}, &j->result)) {
    j->result = (fm_extract_result){.previous_day = FM_NO_TIME};
    j->result.error = fm_fail(&j->result.why, FM_E_NO_LIST, "the extraction gave no valid result");
  }
}

static void release(extractor *x);

static void on_decoded(uv_work_t *work, int status)
{
  (void)status;
  job *j = work->data;
  extractor *x = j->owner;
  x->decoding--;
  j->decoding_now = false;
  finish(j);
  release(x);
}

/* ---- workers ---- */

static void dispatch(extractor *x);

static void begin_first(worker *w)
{
  w->began = now_of(w->owner);
  w->cpu_began = fm_worker_process_cpu_ms(w->process);
}

static void on_result(void *ctx, char *bytes, size_t len)
{
  worker *w = ctx;
  extractor *x = w->owner;
  if (!is_busy(w)) { /* a result that nobody asked for */
    free(bytes);
    fm_worker_process_kill(w->process);
    return;
  }
  job *j = first_job(w);
  fm_list_del(&j->node);
  j->worker = NULL;
  j->bytes = bytes;
  j->len = len;
  j->decoding.data = j;
  j->decoding_now = true;
  x->decoding++;
  uv_queue_work(x->spec.loop, &j->decoding, decode, on_decoded);
  begin_first(w);
  dispatch(x);
}

static void on_worker_closed(void *ctx)
{
  extractor *x = ctx;
  x->handles--;
  release(x);
}

static void close_worker(worker *w)
{
  extractor *x = w->owner;
  fm_list_del(&w->node);
  x->stats.workers--;
  x->handles++;
  fm_worker_process_close(w->process, on_worker_closed, x);
  free(w);
}

/* Why the extraction that the worker was busy with has ended. */
static void fail_first(worker *w, int64_t status, int signal)
{
  extractor *x = w->owner;
  job *j = first_job(w);
  char text[160];
  if (w->verdict == FM_E_CANCELLED) {
    fail(j, FM_E_CANCELLED, "cancelled");
  } else if (w->verdict == FM_E_TIMEOUT || signal == SIGXCPU) {
    x->stats.killed_cpu++;
    snprintf(text, sizeof text, "extracting it took more than %lld ms of CPU time (extract.cpu)",
             (long long)x->spec.limits.cpu_ms);
    fail(j, FM_E_TIMEOUT, text);
  } else if (!signal && status == FM_WORKER_NO_MEMORY) {
    x->stats.killed_memory++;
    snprintf(text, sizeof text, "extracting it took more than %llu MB of memory (extract.memory)",
             (unsigned long long)(x->spec.limits.memory >> 20));
    fail(j, FM_E_TOO_BIG, text);
  } else {
    x->stats.crashed++;
    if (signal)
      snprintf(text, sizeof text, "extracting it crashed (signal %d)", signal);
    else
      snprintf(text, sizeof text, "extracting it ended early (status %lld)", (long long)status);
    fail(j, FM_E_NO_LIST, text);
  }
}

static void on_ended(void *ctx, int64_t status, int signal)
{
  worker *w = ctx;
  extractor *x = w->owner;
  if (is_busy(w) && signal == SIGKILL && w->verdict == FM_OK && !first_job(w)->retried)
    first_job(w)->retried = true; /* not ended by the watchdog: once more with another worker */
  else if (is_busy(w))
    fail_first(w, status, signal);
  fm_list rest;
  fm_list_init(&rest);
  FM_LIST_EACH(node, &w->jobs)
    FM_OF(node, job, node)->worker = NULL;
  fm_list_move(&rest, &w->jobs);
  fm_list_move(&rest, &x->waiting); /* they were first */
  fm_list_move(&x->waiting, &rest);
  close_worker(w);
  dispatch(x);
}

/* NULL: it cannot be started. */
static worker *start_worker(extractor *x, fm_why *why)
{
  worker *w = FM_NEW(worker);
  fm_worker_process_spec spec = {.loop = x->spec.loop, .program = x->spec.program,
                                 .memory = x->spec.limits.memory, .on_result = on_result,
                                 .on_exit = on_ended, .ctx = w};
  w->owner = x;
  fm_list_init(&w->jobs);
  if (fm_worker_process_start(&spec, &w->process, why)) {
    free(w);
    return NULL;
  }
  w->began = now_of(x);
  fm_list_add(&x->workers, &w->node);
  x->stats.workers++;
  x->stats.started++;
  return w;
}

/* ---- dispatch ---- */

static worker *idle_worker(extractor *x)
{
  FM_LIST_EACH(node, &x->workers) {
    worker *w = FM_OF(node, worker, node);
    if (!is_busy(w) && !w->retired)
      return w;
  }
  return NULL;
}

/* Another worker is started while there are fewer than cores, and beyond that if an extraction
 * has waited for longer than is usual. */
static bool may_start(const extractor *x)
{
  const job *oldest = FM_OF(x->waiting.next, job, node);
  if (x->stats.workers >= WORKERS_MAX)
    return false;
  return x->stats.workers < uv_available_parallelism() ||
         now_of(x) - oldest->queued >= PATIENCE_MS;
}

static size_t batch_size(const extractor *x)
{
  size_t waiting = 0;
  for (const fm_list_node *n = x->waiting.next; n != &x->waiting; n = n->next)
    waiting++;
  size_t share = waiting / uv_available_parallelism();
  return share < 1 ? 1 : share < FM_WORKER_BATCH ? share : FM_WORKER_BATCH;
}

static void send_batch(extractor *x, worker *w)
{
  fm_buf encoded[FM_WORKER_BATCH];
  fm_worker_request requests[FM_WORKER_BATCH];
  size_t most = batch_size(x), count = 0;
  bool small = true;
  while (count < most && small && !fm_list_empty(&x->waiting)) {
    job *j = FM_OF(fm_list_first(&x->waiting), job, node);
    small = j->request.page.body.len < SMALL;
    if (count && !small)
      break;
    fm_buf_init(&encoded[count], FM_BUF_MAX);
    if (fm_wire_put_request(&encoded[count], &j->request, (uint64_t)x->spec.limits.cpu_ms)) {
      fm_buf_deinit(&encoded[count]);
      fail(j, FM_E_TOO_BIG, "the page is too big to be extracted");
      continue;
    }
    requests[count] = (fm_worker_request){fm_buf_view(&encoded[count]), j->request.page.body};
    count++;
    fm_list_del(&j->node);
    j->worker = w;
    fm_list_add(&w->jobs, &j->node);
  }
  begin_first(w);
  if (count && fm_worker_process_send(w->process, requests, count))
    fm_worker_process_kill(w->process);
  for (size_t i = 0; i < count; i++)
    fm_buf_deinit(&encoded[i]);
}

static void watch(extractor *x);

static void dispatch(extractor *x)
{
  while (!x->closing && !fm_list_empty(&x->waiting)) {
    fm_why why = {""};
    worker *w = idle_worker(x);
    if (!w && may_start(x) && !(w = start_worker(x, &why)) && fm_list_empty(&x->workers)) {
      fail(FM_OF(fm_list_first(&x->waiting), job, node), FM_E_IO, why.text);
      continue;
    }
    if (!w)
      break;
    send_batch(x, w);
  }
  watch(x);
}

/* ---- watchdog ---- */

static void look_at(worker *w, int64_t now)
{
  extractor *x = w->owner;
  if (!is_busy(w)) {
    if (w->retired || now - w->began >= IDLE_MS)
      close_worker(w);
    return;
  }
  int64_t cpu = fm_worker_process_cpu_ms(w->process) - w->cpu_began;
  if (cpu >= x->spec.limits.cpu_ms || now - w->began >= WALL_FACTOR * x->spec.limits.cpu_ms) {
    w->verdict = FM_E_TIMEOUT;
    fm_worker_process_kill(w->process);
  } else if (cpu >= YIELD_AFTER_MS && !w->retired) {
    w->retired = true;
    fm_worker_process_yield(w->process);
  }
}

static void on_tick(uv_timer_t *timer)
{
  extractor *x = timer->data;
  int64_t now = now_of(x);
  FM_LIST_EACH(node, &x->workers)
    look_at(FM_OF(node, worker, node), now);
  dispatch(x);
}

static bool any_busy(const extractor *x)
{
  for (const fm_list_node *n = x->workers.next; n != &x->workers; n = n->next)
    if (is_busy(FM_OF(n, worker, node)))
      return true;
  return !fm_list_empty(&x->waiting);
}

/* The timer runs fast while something is extracted, slowly while workers are idle. */
static void watch(extractor *x)
{
  if (x->closing)
    return;
  if (any_busy(x))
    uv_timer_start(&x->tick, on_tick, TICK_MS, 0);
  else if (!fm_list_empty(&x->workers))
    uv_timer_start(&x->tick, on_tick, IDLE_MS, 0);
  else
    uv_timer_stop(&x->tick);
}

/* ---- the interface ---- */

static fm_extract *start(fm_extractor *self, const fm_extract_request *request, fm_extract_cb cb,
                         void *ctx)
{
  extractor *x = FM_OF(self, extractor, base);
  job *j = FM_NEW(job);
  j->owner = x;
  j->request = *request;
  j->cb = cb;
  j->ctx = ctx;
  j->queued = now_of(x);
  fm_source_ref(request->source);
  if (x->jobs++ == 0)
    uv_ref((uv_handle_t *)&x->wake);
  fm_list_add(&x->waiting, &j->node);
  dispatch(x);
  return (fm_extract *)j;
}

static void cancel(fm_extractor *self, fm_extract *extract)
{
  job *j = (job *)extract;
  (void)self;
  if (j->cancelled)
    return;
  j->cancelled = true;
  worker *w = j->worker;
  if (w && first_job(w) == j) {
    w->verdict = FM_E_CANCELLED;
    fm_worker_process_kill(w->process);
  } else if (!w && !j->decoding_now && !j->result.error && !j->bytes) {
    fail(j, FM_E_CANCELLED, "cancelled");
  }
}

static void release(extractor *x)
{
  if (!x->closing || x->handles || x->decoding)
    return;
  void (*closed)(void *ctx) = x->closed;
  void *ctx = x->closed_ctx;
  free(x);
  if (closed)
    closed(ctx);
}

static void on_handle_closed(uv_handle_t *handle)
{
  extractor *x = handle->data;
  x->handles--;
  release(x);
}

static void close_extractor(fm_extractor *self, void (*closed)(void *ctx), void *ctx)
{
  extractor *x = FM_OF(self, extractor, base);
  x->closed = closed;
  x->closed_ctx = ctx;
  x->closing = true;
  x->handles += 2;
  uv_close((uv_handle_t *)&x->tick, on_handle_closed);
  uv_close((uv_handle_t *)&x->wake, on_handle_closed);
  FM_LIST_EACH(node, &x->workers)
    close_worker(FM_OF(node, worker, node));
}

fm_extractor *fm_worker_extractor_new(const fm_worker_spec *spec)
{
  extractor *x = FM_NEW(extractor);
  x->base = (fm_extractor){.start = start, .cancel = cancel, .close = close_extractor};
  x->spec = *spec;
  if (!x->spec.program)
    x->spec.program = "/proc/self/exe";
  if (!x->spec.mono_ms)
    x->spec.mono_ms = fm_clock_mono_ms;
  fm_list_init(&x->waiting);
  fm_list_init(&x->workers);
  fm_list_init(&x->done);
  uv_timer_init(spec->loop, &x->tick);
  uv_async_init(spec->loop, &x->wake, on_wake);
  uv_unref((uv_handle_t *)&x->tick);
  uv_unref((uv_handle_t *)&x->wake);
  x->tick.data = x->wake.data = x;
  return &x->base;
}

void fm_worker_extractor_set_limits(fm_extractor *extractor_, fm_worker_limits limits)
{
  extractor *x = FM_OF(extractor_, extractor, base);
  bool other = limits.memory != x->spec.limits.memory;
  x->spec.limits = limits;
  FM_LIST_EACH(node, &x->workers)
    if (other)
      FM_OF(node, worker, node)->retired = true;
}

fm_worker_stats fm_worker_extractor_stats(const fm_extractor *extractor_)
{
  const extractor *x = FM_OF(extractor_, extractor, base);
  fm_worker_stats stats = x->stats;
  for (const fm_list_node *n = x->waiting.next; n != &x->waiting; n = n->next)
    stats.waiting++;
  return stats;
}
