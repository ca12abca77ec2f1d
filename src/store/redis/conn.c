/* A connection to Redis by hiredis on libuv, with reconnects. */
#include "store/redis/conn.h"

#include "base/mem.h"
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* CONNECT_MS limits one attempt; RETRY_MS doubles up to RETRY_MAX_MS. */
enum { CONNECT_MS = 2000, RETRY_MS = 100, RETRY_MAX_MS = 5000 };

enum state { RESOLVING, CONNECTING, HANDSHAKE, UP, BACKING_OFF, CLOSING };

/* The libuv adapter of hiredis ignores a failed poll and would never notice a lost
 * connection; this one lets hiredis read the error. */
typedef struct poller {
  uv_poll_t handle;
  redisAsyncContext *context; /* NULL: detached */
  int events;
} poller;

struct fm_redis_conn {
  fm_redis_conn_spec spec;
  enum state state;
  redisAsyncContext *context; /* or NULL */
  uv_getaddrinfo_t resolve;
  bool resolving;
  uv_timer_t timer; /* limits an attempt, or starts the next */
  uint64_t retry_ms;
  fm_why why;
  void (*closed)(void *ctx);
  void *closed_ctx;
  bool timer_closed;
};

typedef struct command {
  fm_redis_conn_cb cb;
  void *ctx;
} command;

static void start(fm_redis_conn *w);

/* ---- the loop ---- */

static void on_poll(uv_poll_t *handle, int status, int events)
{
  poller *p = handle->data;
  if (p->context && (status < 0 || (events & UV_READABLE)))
    redisAsyncHandleRead(p->context);
  if (p->context && status == 0 && (events & UV_WRITABLE))
    redisAsyncHandleWrite(p->context);
}

static void set_events(poller *p, int events)
{
  p->events = events;
  if (events)
    uv_poll_start(&p->handle, events, on_poll);
  else
    uv_poll_stop(&p->handle);
}

static void add_read(void *p) { set_events(p, ((poller *)p)->events | UV_READABLE); }
static void del_read(void *p) { set_events(p, ((poller *)p)->events & ~UV_READABLE); }
static void add_write(void *p) { set_events(p, ((poller *)p)->events | UV_WRITABLE); }
static void del_write(void *p) { set_events(p, ((poller *)p)->events & ~UV_WRITABLE); }
static void free_poller(uv_handle_t *handle) { free(handle->data); }

static void detach(void *data)
{
  poller *p = data;
  p->context = NULL;
  uv_close((uv_handle_t *)&p->handle, free_poller);
}

static int attach(redisAsyncContext *context, uv_loop_t *loop)
{
  poller *p = FM_NEW(poller);
  int error = uv_poll_init(loop, &p->handle, context->c.fd);
  if (error) {
    free(p);
    return error;
  }
  p->handle.data = p;
  p->context = context;
  context->ev.data = p;
  context->ev.addRead = add_read;
  context->ev.delRead = del_read;
  context->ev.addWrite = add_write;
  context->ev.delWrite = del_write;
  context->ev.cleanup = detach;
  return 0;
}

/* ---- up and down ---- */

static void on_retry(uv_timer_t *timer)
{
  start(timer->data);
}

/* Every attempt and every connection ends here; may be called twice. */
static void finish(fm_redis_conn *w, const char *reason)
{
  if (w->state == BACKING_OFF || w->state == CLOSING)
    return;
  w->state = BACKING_OFF;
  fm_fail(&w->why, FM_E_IO, "%s", reason);
  redisAsyncContext *context = w->context;
  w->context = NULL;
  uint64_t jitter = w->retry_ms / 4 ? (uint64_t)rand() % (w->retry_ms / 4) : 0;
  uv_timer_start(&w->timer, on_retry, w->retry_ms + jitter, 0);
  w->retry_ms = w->retry_ms * 2 < RETRY_MAX_MS ? w->retry_ms * 2 : RETRY_MAX_MS;
  w->spec.down(w->spec.ctx, w->why.text);
  if (context)
    redisAsyncFree(context); /* answers pending commands */
}

static void on_too_long(uv_timer_t *timer)
{
  finish(timer->data, "no answer in time");
}

static void on_disconnect(const redisAsyncContext *context, int status)
{
  fm_redis_conn *w = context->data;
  if (!w || w->context != context)
    return;
  w->context = NULL; /* hiredis frees it */
  finish(w, status != REDIS_OK && context->errstr ? context->errstr : "the connection was closed");
}

static void become_up(fm_redis_conn *w)
{
  w->state = UP;
  uv_timer_stop(&w->timer);
  w->spec.up(w->spec.ctx);
}

/* ---- greeting ---- */

static void on_handshake(redisAsyncContext *context, void *data, void *ctx)
{
  fm_redis_conn *w = context->data;
  redisReply *reply = data;
  bool last = ctx != NULL;
  if (!w || w->context != context || !reply)
    return; /* on_disconnect() follows */
  if (reply->type == REDIS_REPLY_ERROR)
    finish(w, reply->str);
  else if (last)
    become_up(w);
}

static void handshake(fm_redis_conn *w)
{
  const fm_redis_address *a = w->spec.address;
  w->state = HANDSHAKE;
  if (a->user[0] && a->password[0])
    redisAsyncCommand(w->context, on_handshake, NULL, "AUTH %s %s", a->user, a->password);
  else if (a->password[0])
    redisAsyncCommand(w->context, on_handshake, NULL, "AUTH %s", a->password);
  redisAsyncCommand(w->context, on_handshake, w, "SELECT %s", a->db[0] ? a->db : "0");
}

static void on_connect(const redisAsyncContext *context, int status)
{
  fm_redis_conn *w = context->data;
  if (!w || w->context != context)
    return;
  if (status == REDIS_OK) {
    handshake(w);
    return;
  }
  w->context = NULL; /* hiredis frees it */
  finish(w, context->errstr && context->errstr[0] ? context->errstr : "cannot connect");
}

static void use(fm_redis_conn *w, redisAsyncContext *context)
{
  if (!context || context->err || attach(context, w->spec.loop) != 0) {
    fm_why why;
    fm_fail(&why, FM_E_IO, "%s", context && context->err ? context->errstr : "cannot connect");
    if (context)
      redisAsyncFree(context);
    finish(w, why.text);
    return;
  }
  w->context = context;
  w->state = CONNECTING;
  context->data = w;
  if (!w->spec.address->path[0])
    redisEnableKeepAlive(&context->c);
  redisAsyncSetConnectCallback(context, on_connect);
  redisAsyncSetDisconnectCallback(context, on_disconnect);
}

static void reap(fm_redis_conn *w)
{
  if (w->state != CLOSING || !w->timer_closed || w->resolving)
    return;
  void (*closed)(void *ctx) = w->closed;
  void *ctx = w->closed_ctx;
  free(w);
  closed(ctx);
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
  fm_redis_conn *w = request->data;
  char ip[NI_MAXHOST] = "";
  w->resolving = false;
  if (status == 0)
    status = getnameinfo(found->ai_addr, found->ai_addrlen, ip, sizeof ip, NULL, 0, NI_NUMERICHOST);
  uv_freeaddrinfo(found);
  if (w->state == CLOSING)
    reap(w);
  else if (w->state != RESOLVING)
    return; /* timed out; the next attempt resolves again */
  else if (status != 0)
    finish(w, "its name cannot be resolved");
  else
    use(w, redisAsyncConnect(ip, atoi(w->spec.address->port)));
}

static void start(fm_redis_conn *w)
{
  const fm_redis_address *a = w->spec.address;
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  w->state = RESOLVING;
  uv_timer_start(&w->timer, on_too_long, CONNECT_MS, 0);
  if (a->path[0])
    use(w, redisAsyncConnectUnix(a->path));
  else if (w->resolving)
    return; /* the previous lookup is still pending */
  else if (uv_getaddrinfo(w->spec.loop, &w->resolve, on_resolved, a->host, a->port, &hints) == 0)
    w->resolving = true;
  else
    finish(w, "its name cannot be resolved");
}

/* The first attempt starts from the loop, so no callback runs inside fm_redis_conn_new. */
fm_redis_conn *fm_redis_conn_new(const fm_redis_conn_spec *spec)
{
  fm_redis_conn *w = FM_NEW(fm_redis_conn);
  w->spec = *spec;
  w->state = RESOLVING;
  w->retry_ms = RETRY_MS;
  w->resolve.data = w;
  uv_timer_init(spec->loop, &w->timer);
  w->timer.data = w;
  uv_timer_start(&w->timer, on_retry, 0, 0);
  return w;
}

static void on_timer_closed(uv_handle_t *handle)
{
  fm_redis_conn *w = handle->data;
  w->timer_closed = true;
  reap(w);
}

void fm_redis_conn_close(fm_redis_conn *w, void (*closed)(void *ctx), void *ctx)
{
  redisAsyncContext *context = w->context;
  w->state = CLOSING;
  w->context = NULL;
  w->closed = closed;
  w->closed_ctx = ctx;
  if (context)
    redisAsyncFree(context);
  if (w->resolving)
    uv_cancel((uv_req_t *)&w->resolve);
  uv_close((uv_handle_t *)&w->timer, on_timer_closed);
}

bool fm_redis_conn_is_up(const fm_redis_conn *w) { return w->state == UP; }
bool fm_redis_conn_is_backing_off(const fm_redis_conn *w)
{
  return w->state == BACKING_OFF || w->state == CLOSING;
}

static void on_reply(redisAsyncContext *context, void *reply, void *ctx)
{
  (void)context;
  command *c = ctx;
  command copy = *c;
  free(c);
  copy.cb(copy.ctx, reply);
}

/* A subscription's callback is called for each message. */
static void on_message(redisAsyncContext *context, void *reply, void *ctx)
{
  (void)context;
  command *c = ctx;
  c->cb(c->ctx, reply);
  if (!reply)
    free(c);
}

bool fm_redis_conn_send(fm_redis_conn *w, int argc, const char **argv, const size_t *lens,
                        fm_redis_conn_cb cb, void *ctx)
{
  if (w->state != UP)
    return false;
  command *c = FM_NEW(command);
  *c = (command){cb, ctx};
  bool subscribes = argc > 1 && strcmp(argv[0], "SUBSCRIBE") == 0;
  if (redisAsyncCommandArgv(w->context, subscribes ? on_message : on_reply, c, argc, argv, lens) !=
      REDIS_OK) {
    free(c);
    return false;
  }
  return true;
}

void fm_redis_conn_reset_backoff(fm_redis_conn *w)
{
  w->retry_ms = RETRY_MS;
}

void fm_redis_conn_drop(fm_redis_conn *w, const char *reason)
{
  finish(w, reason);
}
