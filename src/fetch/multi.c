/* Drives libcurl's multi_socket interface from a uv loop. */
#include "fetch/multi.h"

#include "base/list.h"
#include "base/mem.h"

#include <stdlib.h>

enum { IDLE_MS = 60 * 1000, KEEP_CONNECTIONS = 4 };

/* A CURLM and its connections. fm_multi_retire starts another pool; the old one is closed
 * after its last transfer. */
typedef struct fm_multi_pool {
  fm_list_node node; /* in multi->pools */
  fm_multi *multi;
  CURLM *curl;
  uv_timer_t timer; /* CURLMOPT_TIMERFUNCTION */
  uv_timer_t idle;  /* closes the pool */
  fm_list sockets;  /* of socket_watch */
  unsigned running, handles;
  bool retired;
} fm_multi_pool;

struct fm_multi {
  uv_loop_t *loop;
  fm_multi_pool *pool; /* for new transfers; NULL: none */
  fm_list pools;
  bool started, closing;
  uv_timer_t last; /* its close callback frees the multi */
  void (*closed)(void *ctx);
  void *ctx;
};

typedef struct socket_watch {
  uv_poll_t poll;
  fm_list_node node;
  fm_multi_pool *pool;
  curl_socket_t fd;
} socket_watch;

/* ---- closing ---- */

static void on_multi_closed(uv_handle_t *handle)
{
  fm_multi *multi = handle->data;
  if (multi->started)
    curl_global_cleanup();
  if (multi->closed)
    multi->closed(multi->ctx);
  free(multi);
}

static void end_if_last(fm_multi *multi)
{
  if (multi->closing && fm_list_empty(&multi->pools) && !uv_is_closing((uv_handle_t *)&multi->last))
    uv_close((uv_handle_t *)&multi->last, on_multi_closed);
}

static void drop_handle(fm_multi_pool *pool)
{
  if (--pool->handles)
    return;
  fm_multi *multi = pool->multi;
  fm_list_del(&pool->node);
  free(pool);
  end_if_last(multi);
}

static void on_timer_closed(uv_handle_t *handle) { drop_handle(handle->data); }

static void on_watch_closed(uv_handle_t *handle)
{
  socket_watch *self = handle->data;
  drop_handle(self->pool);
  free(self);
}

/* Stops polling before curl closes the socket; freed in the close callback. */
static void close_watch(socket_watch *self)
{
  fm_list_del(&self->node);
  uv_close((uv_handle_t *)&self->poll, on_watch_closed);
}

/* May not be called inside a curl callback. */
static void close_pool(fm_multi_pool *pool)
{
  if (!pool->curl)
    return;
  if (pool->multi->pool == pool)
    pool->multi->pool = NULL;
  CURLM *curl = pool->curl;
  pool->curl = NULL;
  curl_multi_cleanup(curl); /* may still call set_socket */
  FM_LIST_EACH(at, &pool->sockets)
    close_watch(FM_OF(at, socket_watch, node));
  uv_close((uv_handle_t *)&pool->timer, on_timer_closed);
  uv_close((uv_handle_t *)&pool->idle, on_timer_closed);
}

static void on_idle(uv_timer_t *timer) { close_pool(timer->data); }

/* ---- curl's callbacks ---- */

static void drain(fm_multi_pool *pool)
{
  CURLMsg *message;
  int left;
  while (pool->curl && (message = curl_multi_info_read(pool->curl, &left))) {
    if (message->msg != CURLMSG_DONE)
      continue;
    fm_multi_job *job = NULL;
    CURLcode result = message->data.result; /* fm_multi_remove frees the message */
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&job);
    fm_multi_remove(job);
    job->done(job, result);
  }
}

static void act(fm_multi_pool *pool, curl_socket_t fd, int events)
{
  int running;
  pool->handles++; /* the pool must outlive `done` */
  if (pool->curl) {
    curl_multi_socket_action(pool->curl, fd, events, &running);
    drain(pool);
  }
  drop_handle(pool);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
  socket_watch *self = poll->data;
  int flags = 0;
  if (status < 0) /* reading gives the error's cause, CURL_CSELECT_ERR does not */
    flags = CURL_CSELECT_IN | CURL_CSELECT_OUT;
  if (events & UV_READABLE)
    flags |= CURL_CSELECT_IN;
  if (events & UV_WRITABLE)
    flags |= CURL_CSELECT_OUT;
  act(self->pool, self->fd, flags);
}

static void on_timeout(uv_timer_t *timer) { act(timer->data, CURL_SOCKET_TIMEOUT, 0); }

static int set_timer(CURLM *curl, long ms, void *data)
{
  fm_multi_pool *pool = data;
  (void)curl;
  if (!pool->curl)
    return 0;
  if (ms < 0)
    uv_timer_stop(&pool->timer);
  else
    uv_timer_start(&pool->timer, on_timeout, (uint64_t)ms, 0);
  return 0;
}

static socket_watch *open_watch(fm_multi_pool *pool, curl_socket_t fd)
{
  socket_watch *self = FM_NEW(socket_watch);
  *self = (socket_watch){.pool = pool, .fd = fd};
  if (uv_poll_init_socket(pool->multi->loop, &self->poll, fd)) {
    free(self);
    return NULL;
  }
  self->poll.data = self;
  pool->handles++;
  fm_list_add(&pool->sockets, &self->node);
  curl_multi_assign(pool->curl, fd, self);
  return self;
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *assigned)
{
  fm_multi_pool *pool = data;
  socket_watch *self = assigned;
  (void)easy;
  if (what == CURL_POLL_REMOVE) {
    if (self && pool->curl)
      curl_multi_assign(pool->curl, fd, NULL);
    if (self)
      close_watch(self);
    return 0;
  }
  if (!pool->curl || (!self && !(self = open_watch(pool, fd))))
    return -1;
  int events = 0;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
    events |= UV_READABLE;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
    events |= UV_WRITABLE;
  return uv_poll_start(&self->poll, events, on_poll) ? -1 : 0;
}

static fm_multi_pool *open_pool(fm_multi *multi)
{
  CURLM *curl = curl_multi_init();
  if (!curl)
    return NULL;
  fm_multi_pool *pool = FM_NEW(fm_multi_pool);
  *pool = (fm_multi_pool){.multi = multi, .curl = curl, .handles = 2};
  fm_list_init(&pool->sockets);
  uv_timer_init(multi->loop, &pool->timer);
  uv_timer_init(multi->loop, &pool->idle);
  uv_unref((uv_handle_t *)&pool->idle);
  pool->timer.data = pool->idle.data = pool;
  curl_multi_setopt(curl, CURLMOPT_SOCKETFUNCTION, set_socket);
  curl_multi_setopt(curl, CURLMOPT_SOCKETDATA, pool);
  curl_multi_setopt(curl, CURLMOPT_TIMERFUNCTION, set_timer);
  curl_multi_setopt(curl, CURLMOPT_TIMERDATA, pool);
  curl_multi_setopt(curl, CURLMOPT_MAXCONNECTS, (long)KEEP_CONNECTIONS);
  fm_list_add(&multi->pools, &pool->node);
  return pool;
}

/* ---- the interface ---- */

fm_multi *fm_multi_new(uv_loop_t *loop)
{
  fm_multi *multi = FM_NEW(fm_multi);
  multi->loop = loop;
  fm_list_init(&multi->pools);
  uv_timer_init(loop, &multi->last);
  multi->last.data = multi;
  return multi;
}

bool fm_multi_start(fm_multi *multi)
{
  if (!multi->started)
    multi->started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return multi->started;
}

bool fm_multi_add(fm_multi *multi, fm_multi_job *job)
{
  if (!multi->pool)
    multi->pool = open_pool(multi);
  fm_multi_pool *pool = multi->pool;
  if (!pool)
    return false;
  curl_easy_setopt(job->easy, CURLOPT_PRIVATE, job);
  if (curl_multi_add_handle(pool->curl, job->easy) != CURLM_OK)
    return false;
  uv_timer_stop(&pool->idle);
  pool->running++;
  job->pool = pool;
  return true;
}

void fm_multi_remove(fm_multi_job *job)
{
  fm_multi_pool *pool = job->pool;
  if (!pool)
    return;
  curl_multi_remove_handle(pool->curl, job->easy);
  job->pool = NULL;
  if (--pool->running)
    return;
  /* by a timer, as curl may be on the stack */
  uint64_t keep = pool->retired ? 0 : IDLE_MS;
  uv_timer_start(&pool->idle, on_idle, keep, 0);
}

void fm_multi_retire(fm_multi *multi)
{
  fm_multi_pool *pool = multi->pool;
  if (!pool)
    return;
  multi->pool = NULL;
  pool->retired = true;
  if (!pool->running)
    uv_timer_start(&pool->idle, on_idle, 0, 0);
}

void fm_multi_close(fm_multi *multi, void (*closed)(void *ctx), void *ctx)
{
  multi->closing = true;
  multi->closed = closed;
  multi->ctx = ctx;
  FM_LIST_EACH(at, &multi->pools)
    close_pool(FM_OF(at, fm_multi_pool, node));
  end_if_last(multi);
}
