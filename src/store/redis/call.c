/* Runs scripts in Redis and work in the pool, and copies replies and arguments. */
#include "store/redis/redis.h"

#include "base/clock.h"
#include "base/str.h"
#include <stdlib.h>

/* After this time without an answer the connection is dropped. */
enum { ANSWER_MS = 5000 };

/* ---- replies and arguments ---- */

static const fm_rval nil = {.type = REDIS_REPLY_NIL};

const fm_rval *fm_rval_at(const fm_rval *list, size_t i)
{
  return i < list->count ? &list->items[i] : &nil;
}

int64_t fm_rval_time(const fm_rval *value)
{
  char text[32], *end;
  if (value->type == REDIS_REPLY_INTEGER)
    return value->integer;
  if (value->str.len == 0 || value->str.len >= sizeof text)
    return FM_NO_TIME;
  memcpy(text, value->str.ptr, value->str.len);
  text[value->str.len] = 0;
  long long number = strtoll(text, &end, 10);
  return *end ? FM_NO_TIME : number;
}

int64_t fm_rval_int(const fm_rval *value)
{
  int64_t number = fm_rval_time(value);
  return number == FM_NO_TIME ? 0 : number;
}

static void copy_reply(fm_arena *arena, const redisReply *from, fm_rval *to)
{
  *to = (fm_rval){.type = from->type, .integer = from->integer};
  if (from->type == REDIS_REPLY_STRING || from->type == REDIS_REPLY_STATUS)
    to->str = fm_arena_str(arena, (fm_str){from->str, from->len});
  if (from->type != REDIS_REPLY_ARRAY)
    return;
  to->count = from->elements;
  to->items = fm_arena_alloc(arena, (to->count + 1) * sizeof *to->items);
  for (size_t i = 0; i < to->count; i++)
    copy_reply(arena, from->element[i], &to->items[i]);
}

fm_args fm_args_begin(fm_redis *self)
{
  return (fm_args){.arena = &self->scratch};
}

void fm_args_text(fm_args *args, fm_str text)
{
  if (!text.ptr)
    text = FM_STR("");
  *FM_PUSH(args->arena, args->texts, args->count, args->room) = text;
}

void fm_args_int(fm_args *args, int64_t number)
{
  fm_args_text(args, fm_arena_printf(args->arena, "%lld", (long long)number));
}

void fm_args_time(fm_args *args, int64_t time)
{
  if (time == FM_NO_TIME)
    fm_args_text(args, FM_STR(""));
  else
    fm_args_int(args, time);
}

/* ---- commands ---- */

void fm_redis_set_clock(fm_redis *self, int64_t seconds)
{
  self->store.clock_offset = seconds - fm_clock_wall();
}

static void on_stuck(uv_timer_t *timer)
{
  fm_redis *self = timer->data;
  fm_redis_conn_drop(self->conn, "no answer in time");
}

void fm_redis_watchdog_update(fm_redis *self)
{
  if (self->outstanding && fm_redis_conn_is_up(self->conn))
    uv_timer_start(&self->watchdog, on_stuck, ANSWER_MS, 0);
  else
    uv_timer_stop(&self->watchdog);
}

bool fm_redis_send(fm_redis *self, const char *script, const fm_args *args, fm_redis_conn_cb cb,
                   void *ctx)
{
  fm_arena arena = {0};
  size_t count = args->count + 3;
  const char **argv = fm_arena_alloc(&arena, count * sizeof *argv);
  size_t *lens = fm_arena_alloc(&arena, count * sizeof *lens);
  argv[0] = "EVAL";
  argv[1] = script;
  argv[2] = "0";
  for (size_t i = 0; i < 3; i++)
    lens[i] = strlen(argv[i]);
  for (size_t i = 0; i < args->count; i++) {
    argv[i + 3] = args->texts[i].ptr;
    lens[i + 3] = args->texts[i].len;
  }
  bool sent = fm_redis_conn_send(self->conn, (int)count, argv, lens, cb, ctx);
  fm_arena_deinit(&arena);
  self->outstanding += sent;
  if (sent && self->outstanding == 1)
    fm_redis_watchdog_update(self);
  return sent;
}

/* Advice for the operator. */
const char *fm_redis_advice(const char *text)
{
  static const struct {
    const char *begins, *advice;
  } known[] = {
    {"OOM", "; it needs more maxmemory, with maxmemory-policy noeviction"},
    {"READONLY", "; it is a replica, the address must lead to the master"},
    {"MOVED", "; a Redis Cluster cannot be used"},
    {"CROSSSLOT", "; a Redis Cluster cannot be used"},
    {"MISCONF", "; it cannot save to its disk"},
    {"NOAUTH", "; the address needs :PASSWORD@"},
    {"WRONGPASS", "; the password in the address is wrong"}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strncmp(text, known[i].begins, strlen(known[i].begins)) == 0)
      return known[i].advice;
  return "";
}

/* True for errors of a server that is not, or not yet, the master. */
static bool is_wrong_server(const char *text)
{
  return strncmp(text, "READONLY", 8) == 0 || strncmp(text, "LOADING", 7) == 0 ||
         strncmp(text, "MASTERDOWN", 10) == 0 || strncmp(text, "NOAUTH", 6) == 0;
}

int fm_redis_reply_error(fm_redis *self, const redisReply *reply, fm_why *why)
{
  if (!reply) {
    self->store.down = true; /* on_down() logs the reason in a moment */
    return fm_fail(why, FM_E_IO, "%s: the connection was lost", self->place);
  }
  if (reply->type != REDIS_REPLY_ERROR)
    return 0;
  return fm_fail(why, FM_E_IO, "%s: %s%s", self->place, reply->str, fm_redis_advice(reply->str));
}

typedef struct evaluation {
  fm_redis *self;
  fm_job *job;
  fm_redis_then then;
} evaluation;

void fm_redis_answered(fm_redis *self)
{
  self->outstanding--;
  fm_redis_watchdog_update(self);
}

static void on_evaluated(void *ctx, const redisReply *reply)
{
  evaluation e = *(evaluation *)ctx;
  fm_rval value;
  free(ctx);
  fm_redis_answered(e.self);
  e.job->error = fm_redis_reply_error(e.self, reply, &e.job->why);
  if (!e.job->error) {
    copy_reply(&e.self->scratch, reply, &value);
    fm_rval *kept = fm_arena_alloc(&e.self->scratch, sizeof *kept);
    *kept = value;
    e.then(e.self, e.job, kept);
    return;
  }
  if (reply && is_wrong_server(reply->str))
    fm_redis_conn_drop(e.self->conn, reply->str);
  fm_redis_end(e.self, e.job);
}

void fm_redis_eval(fm_redis *self, fm_job *job, const char *script, const fm_args *args,
                   fm_redis_then then)
{
  evaluation *e = FM_NEW(evaluation);
  *e = (evaluation){self, job, then};
  if (fm_redis_send(self, script, args, on_evaluated, e))
    return;
  free(e);
  job->error = fm_fail(&job->why, FM_E_IO, "%s: not connected", self->place);
  fm_redis_end(self, job);
}

/* ---- the pool ---- */

typedef struct pool_work {
  fm_redis *self;
  fm_job *job;
  fm_redis_work work, after;
} pool_work;

static void work(uv_work_t *request)
{
  pool_work *w = request->data;
  w->work(w->self, w->job);
  fm_pack_release(&w->self->pack);
}

static void on_worked(uv_work_t *request, int status)
{
  (void)status; /* never cancelled */
  pool_work w = *(pool_work *)request->data;
  free(request->data);
  if (w.job->error)
    fm_redis_end(w.self, w.job);
  else
    w.after(w.self, w.job);
}

void fm_redis_pool(fm_redis *self, fm_job *job, fm_redis_work do_work, fm_redis_work after)
{
  pool_work *w = FM_NEW(pool_work);
  *w = (pool_work){self, job, do_work, after};
  self->work.data = w;
  uv_queue_work(self->store.loop, &self->work, work, on_worked);
}
