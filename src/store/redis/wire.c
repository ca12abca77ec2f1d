#include "store/redis/wire.h"

#include "base/mem.h"
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An attempt that takes longer than CONNECT_MS is given up. */
enum { CONNECT_MS = 2000, RETRY_MS = 100, RETRY_MAX_MS = 5000 };

enum state { RESOLVING, CONNECTING, GREETING, UP, WAITING, CLOSING };

/* hiredis's own adapter for libuv passes over a failed poll, so that a lost
 * connection would never be noticed; this one lets hiredis read the error. */
typedef struct poller {
  uv_poll_t handle;
  redisAsyncContext *context; /* NULL: let go */
  int events;
} poller;

struct fm_wire {
  fm_wire_spec spec;
  enum state state;
  redisAsyncContext *context; /* NULL: none */
  uv_getaddrinfo_t resolve;
  bool resolving;
  uv_timer_t timer; /* gives an attempt up, or starts the next */
  uint64_t retry_ms;
  fm_why why;
  void (*closed)(void *ctx);
  void *closed_ctx;
  bool timer_closed;
};

typedef struct command {
  fm_wire_cb cb;
  void *ctx;
} command;

static void start(fm_wire *w);

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

static void let_go(void *data)
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
  context->ev.cleanup = let_go;
  return 0;
}

/* ---- up and down ---- */

static void on_retry(uv_timer_t *timer)
{
  start(timer->data);
}

/* The one end of every attempt and of every connection; may be called twice. */
static void finish(fm_wire *w, const char *reason)
{
  if (w->state == WAITING || w->state == CLOSING)
    return;
  w->state = WAITING;
  fm_fail(&w->why, FM_E_IO, "%s", reason);
  redisAsyncContext *context = w->context;
  w->context = NULL;
  uint64_t jitter = w->retry_ms / 4 ? (uint64_t)rand() % (w->retry_ms / 4) : 0;
  uv_timer_start(&w->timer, on_retry, w->retry_ms + jitter, 0);
  w->retry_ms = w->retry_ms * 2 < RETRY_MAX_MS ? w->retry_ms * 2 : RETRY_MAX_MS;
  w->spec.down(w->spec.ctx, w->why.text);
  if (context)
    redisAsyncFree(context); /* answers what is under way */
}

static void on_too_long(uv_timer_t *timer)
{
  finish(timer->data, "no answer in time");
}

static void on_disconnect(const redisAsyncContext *context, int status)
{
  fm_wire *w = context->data;
  if (!w || w->context != context)
    return;
  w->context = NULL; /* hiredis frees it */
  finish(w, status != REDIS_OK && context->errstr ? context->errstr : "the connection was closed");
}

static void be_up(fm_wire *w)
{
  w->state = UP;
  uv_timer_stop(&w->timer);
  w->spec.up(w->spec.ctx);
}

/* ---- greeting ---- */

static void on_greeted(redisAsyncContext *context, void *data, void *ctx)
{
  fm_wire *w = context->data;
  redisReply *reply = data;
  bool last = ctx != NULL;
  if (!w || w->context != context || !reply)
    return; /* on_disconnect tells */
  if (reply->type == REDIS_REPLY_ERROR)
    finish(w, reply->str);
  else if (last)
    be_up(w);
}

static void greet(fm_wire *w)
{
  const fm_redis_address *a = w->spec.address;
  w->state = GREETING;
  if (a->user[0] && a->password[0])
    redisAsyncCommand(w->context, on_greeted, NULL, "AUTH %s %s", a->user, a->password);
  else if (a->password[0])
    redisAsyncCommand(w->context, on_greeted, NULL, "AUTH %s", a->password);
  redisAsyncCommand(w->context, on_greeted, w, "SELECT %s", a->db[0] ? a->db : "0");
}

static void on_connect(const redisAsyncContext *context, int status)
{
  fm_wire *w = context->data;
  if (!w || w->context != context)
    return;
  if (status == REDIS_OK) {
    greet(w);
    return;
  }
  w->context = NULL; /* hiredis frees it */
  finish(w, context->errstr && context->errstr[0] ? context->errstr : "cannot connect");
}

static void use(fm_wire *w, redisAsyncContext *context)
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

static void reap(fm_wire *w)
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
  fm_wire *w = request->data;
  char ip[NI_MAXHOST] = "";
  w->resolving = false;
  if (status == 0)
    status = getnameinfo(found->ai_addr, found->ai_addrlen, ip, sizeof ip, NULL, 0, NI_NUMERICHOST);
  uv_freeaddrinfo(found);
  if (w->state == CLOSING)
    reap(w);
  else if (w->state != RESOLVING)
    return; /* it took too long, the next attempt asks again */
  else if (status != 0)
    finish(w, "its name cannot be resolved");
  else
    use(w, redisAsyncConnect(ip, atoi(w->spec.address->port)));
}

static void start(fm_wire *w)
{
  const fm_redis_address *a = w->spec.address;
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  w->state = RESOLVING;
  uv_timer_start(&w->timer, on_too_long, CONNECT_MS, 0);
  if (a->path[0])
    use(w, redisAsyncConnectUnix(a->path));
  else if (w->resolving)
    return; /* the last question is still open */
  else if (uv_getaddrinfo(w->spec.loop, &w->resolve, on_resolved, a->host, a->port, &hints) == 0)
    w->resolving = true;
  else
    finish(w, "its name cannot be resolved");
}

/* The first attempt begins on the loop: no callback from inside fm_wire_new. */
fm_wire *fm_wire_new(const fm_wire_spec *spec)
{
  fm_wire *w = FM_NEW(fm_wire);
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
  fm_wire *w = handle->data;
  w->timer_closed = true;
  reap(w);
}

void fm_wire_close(fm_wire *w, void (*closed)(void *ctx), void *ctx)
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

bool fm_wire_is_up(const fm_wire *w) { return w->state == UP; }
bool fm_wire_is_waiting(const fm_wire *w) { return w->state == WAITING || w->state == CLOSING; }

static void on_reply(redisAsyncContext *context, void *reply, void *ctx)
{
  (void)context;
  command *c = ctx;
  command copy = *c;
  free(c);
  copy.cb(copy.ctx, reply);
}

/* A subscription's callback comes again and again. */
static void on_message(redisAsyncContext *context, void *reply, void *ctx)
{
  (void)context;
  command *c = ctx;
  c->cb(c->ctx, reply);
  if (!reply)
    free(c);
}

bool fm_wire_send(fm_wire *w, int argc, const char **argv, const size_t *lens, fm_wire_cb cb,
                  void *ctx)
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

void fm_wire_settle(fm_wire *w)
{
  w->retry_ms = RETRY_MS;
}

void fm_wire_drop(fm_wire *w, const char *reason)
{
  finish(w, reason);
}
