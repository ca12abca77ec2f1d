/* The Redis backend: opening, closing, the queue of jobs and announcements. */
#include "store/redis/redis.h"

#include "base/log.h"
#include "base/str.h"
#include <stdio.h>
#include <stdlib.h>

static void run_queue(fm_redis *self);

/* ---- the queue ---- */

static void (*const handlers[FM_JOB_COUNT])(fm_redis *self, fm_job *job) = {
  [FM_JOB_LOAD] = fm_redis_load,
  [FM_JOB_LOAD_ENTRIES] = fm_redis_load_entries,
  [FM_JOB_FIND] = fm_redis_find,
  [FM_JOB_MERGE] = fm_redis_merge,
  [FM_JOB_TOUCH] = fm_redis_touch,
  [FM_JOB_UPSTREAMS] = fm_redis_upstreams,
  [FM_JOB_ADD] = fm_redis_merge,
  [FM_JOB_RESTORE] = fm_redis_merge,
  [FM_JOB_ARCHIVES] = fm_redis_archives,
  [FM_JOB_ARCHIVE] = fm_redis_archive,
  [FM_JOB_SEAL] = fm_redis_seal,
  [FM_JOB_EXPIRE] = fm_redis_expire,
  [FM_JOB_EXPORT] = fm_redis_export,
  [FM_JOB_IMPORT] = fm_redis_import,
  [FM_JOB_ENTER] = fm_redis_enter,
  [FM_JOB_STATE_GET] = fm_redis_state,
  [FM_JOB_STATE_SET] = fm_redis_state,
  [FM_JOB_STATE_DELETE] = fm_redis_state,
  [FM_JOB_STATE_LIST] = fm_redis_state_list,
};

static void on_queue_async(uv_async_t *async)
{
  run_queue(async->data);
}

void fm_redis_wake_queue(fm_redis *self)
{
  if (!uv_is_closing((uv_handle_t *)&self->queue_async))
    uv_async_send(&self->queue_async);
}

static void leave_queue(fm_redis *self, fm_job *job)
{
  if (self->running == job)
    self->running = NULL;
  fm_arena_deinit(&self->scratch);
  fm_redis_wake_queue(self);
}

void fm_redis_end(fm_redis *self, fm_job *job)
{
  leave_queue(self, job);
  fm_job_finish(job);
}

void fm_redis_step(fm_redis *self, fm_job *job)
{
  leave_queue(self, job);
  fm_job_step(job);
  if (self->store.closing && fm_job_is_background(job)) {
    job->error = fm_fail(&job->why, FM_E_CANCELLED, "the store was closed");
    fm_job_finish(job);
  } else {
    fm_list_add(&self->jobs, &job->node);
  }
}

/* ---- what runs next ---- */

static bool is_over(fm_redis *self);

static void run(fm_redis *self, fm_job *job)
{
  if (handlers[job->kind]) {
    self->running = job;
    handlers[job->kind](self, job);
  } else if (!fm_redis_lease(self, job)) {
    job->error = fm_fail(&job->why, FM_E_IO, "%s: not connected", self->place);
    fm_job_finish(job);
  }
}

static void take(fm_redis *self, fm_job *job)
{
  fm_list_del(&job->node);
  if (!job->error && self->ready) {
    run(self, job);
    return;
  }
  if (!job->error)
    job->error = fm_fail(&job->why, FM_E_IO, "%s", self->store.down_reason.text);
  fm_job_finish(job);
}

/* Jobs wait while a connection is being made. */
static void run_queue(fm_redis *self)
{
  fm_list_node *node;
  bool waits = !self->ready && !fm_redis_conn_is_backing_off(self->conn);
  while (!self->running && (node = fm_list_first(&self->jobs))) {
    fm_job *job = FM_OF(node, fm_job, node);
    if (waits && !job->error)
      return;
    take(self, job);
  }
  is_over(self);
}

/* Leases bypass the queue, so they do not wait behind an export. */
static void submit(fm_store *store, fm_job *job)
{
  fm_redis *self = (fm_redis *)store;
  if (!handlers[job->kind] && self->ready && fm_redis_lease(self, job))
    return;
  fm_list_add(&self->jobs, &job->node);
  fm_redis_wake_queue(self);
}

/* ---- up and down ---- */

/* True for errors that no waiting ends. */
static bool is_refusal(const char *reason)
{
  static const char *const begins[] = {"NOAUTH", "WRONGPASS", "NOPERM", "ERR AUTH", "ERR DB index",
                                       "ERR invalid DB", "ERR invalid password",
                                       "ERR Client sent AUTH", "filled by a newer"};
  for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
    if (strncmp(reason, begins[i], strlen(begins[i])) == 0)
      return true;
  return false;
}

static void mark_down(fm_redis *self, const char *reason)
{
  self->store.refused = is_refusal(reason);
  fm_fail(&self->store.down_reason, FM_E_IO, "%s: %s%s", self->place, reason,
          fm_redis_advice(reason));
  self->ready = false;
  if (!self->logged_down)
    fm_log(FM_LOG_ERROR, "store down, serving goes on without it", "store", "redis",
           "reason", self->store.down_reason.text, NULL);
  self->store.down = self->logged_down = true;
  fm_redis_wake_queue(self);
}

static void mark_up(fm_redis *self)
{
  fm_redis_conn_reset_backoff(self->conn);
  self->ready = self->store.opened = true;
  self->store.refused = false;
  if (self->logged_down)
    fm_log(FM_LOG_INFO, "store up again", "store", "redis", NULL);
  self->store.down = self->logged_down = false;
  self->store.failing[0] = self->store.failing[1] = false;
  fm_redis_wake_queue(self);
}

static void on_converted(void *ctx, int error, const fm_why *why, size_t count)
{
  (void)count;
  fm_redis *self = ctx;
  if (!error)
    mark_up(self);
  else if (fm_redis_conn_is_up(self->conn))
    fm_redis_conn_drop(self->conn, why->text); /* else on_down() has been called */
}

/* Jobs wait until the conversion is done. */
static void convert(fm_redis *self)
{
  fm_job *job = fm_job_new(&self->store, FM_JOB_CONVERT, (fm_str){NULL, 0}, self);
  job->counted = on_converted;
  self->running = job;
  fm_redis_convert(self, job);
}

static void on_hello(void *ctx, const redisReply *reply)
{
  fm_redis *self = ctx;
  fm_why why = {""};
  fm_redis_answered(self);
  if (!reply)
    return; /* on_down() follows */
  bool pair = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2;
  int64_t schema = pair ? reply->element[0]->integer : INT64_MAX;
  if (pair)
    fm_redis_set_clock(self, reply->element[1]->integer);
  if (reply->type == REDIS_REPLY_ERROR) {
    fm_fail(&why, FM_E_IO, "%s", reply->str);
  } else if (schema > FM_REDIS_SCHEMA) {
    fm_fail(&why, FM_E_IO, "filled by a newer feedmill (schema %lld, this one knows %d)",
            (long long)schema, (int)FM_REDIS_SCHEMA);
  }
  if (why.text[0]) {
    fm_redis_conn_drop(self->conn, why.text);
    return;
  }
  if (schema < FM_REDIS_SCHEMA)
    convert(self);
  else
    mark_up(self);
}

static void on_up(void *ctx)
{
  fm_redis *self = ctx;
  fm_arena arena = {0};
  fm_args args = {.arena = &arena};
  fm_args_int(&args, FM_REDIS_SCHEMA);
  fm_redis_send(self, fm_lua_hello, &args, on_hello, self);
  fm_arena_deinit(&arena);
}

static void on_down(void *ctx, const char *reason)
{
  fm_redis *self = ctx;
  fm_redis_watchdog_update(self);
  mark_down(self, reason);
}

/* ---- the channel ---- */

/* "NODE REV PAGE" or "NODE s KEY"; announcements of this instance are ignored. */
static void on_announcement(fm_redis *self, fm_str message)
{
  fm_store *store = &self->store;
  fm_str node, rev;
  uint64_t version;
  if (!fm_str_cut(&message, ' ', &node) || fm_str_is(node, self->node) ||
      !fm_str_cut(&message, ' ', &rev) || message.len == 0)
    return;
  if (fm_str_is(rev, "s") && store->state_watch)
    store->state_watch(store->state_watch_ctx, message);
  else if (fm_str_number(rev, UINT64_MAX, &version) && store->watch)
    store->watch(store->watch_ctx, message, version);
}

/* Announcements before the subscription were missed. */
static void on_subscribed(fm_store *store)
{
  if (store->state_watch)
    store->state_watch(store->state_watch_ctx, (fm_str){NULL, 0});
  if (store->watch)
    store->watch(store->watch_ctx, (fm_str){NULL, 0}, 0);
}

static void on_message(void *ctx, const redisReply *reply)
{
  fm_redis *self = ctx;
  if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements < 3 || self->store.closing)
    return;
  const redisReply *kind = reply->element[0], *text = reply->element[2];
  if (kind->type == REDIS_REPLY_STRING && strcmp(kind->str, "subscribe") == 0)
    on_subscribed(&self->store);
  else if (text->type == REDIS_REPLY_STRING)
    on_announcement(self, (fm_str){text->str, text->len});
}

static const char *database(const fm_redis *self)
{
  return self->address.db[0] ? self->address.db : "0";
}

static void on_subscriber_up(void *ctx)
{
  fm_redis *self = ctx;
  char channel[40];
  snprintf(channel, sizeof channel, FM_REDIS_CHANNEL "%s", database(self));
  const char *argv[] = {"SUBSCRIBE", channel};
  size_t lens[] = {strlen(argv[0]), strlen(argv[1])};
  fm_redis_conn_reset_backoff(self->subscriber);
  fm_redis_conn_send(self->subscriber, 2, argv, lens, on_message, self);
}

/* The loss is logged for the other connection. */
static void on_subscriber_down(void *ctx, const char *reason)
{
  (void)ctx;
  (void)reason;
}

static void watch(fm_store *store)
{
  fm_redis *self = (fm_redis *)store;
  if (self->subscriber || store->closing)
    return;
  self->subscriber = fm_redis_conn_new(&(fm_redis_conn_spec){.loop = store->loop,
                                                             .address = &self->address,
                                                             .up = on_subscriber_up,
                                                             .down = on_subscriber_down,
                                                             .ctx = self});
}

/* ---- opening and closing ---- */

static void on_closed_part(void *ctx)
{
  fm_redis *self = ctx;
  if (--self->open > 0)
    return;
  void (*closed)(void *ctx) = self->store.closed;
  void *closed_ctx = self->store.closed_ctx;
  fm_pack_release(&self->pack);
  free(self);
  if (closed)
    closed(closed_ctx);
}

static void on_closed_handle(uv_handle_t *handle)
{
  on_closed_part(handle->data);
}

static bool is_over(fm_redis *self)
{
  if (!self->store.closing || self->running || self->outstanding || !fm_list_empty(&self->jobs) ||
      self->open)
    return false;
  self->open = 3 + (self->subscriber != NULL);
  uv_close((uv_handle_t *)&self->queue_async, on_closed_handle);
  uv_close((uv_handle_t *)&self->watchdog, on_closed_handle);
  if (self->subscriber)
    fm_redis_conn_close(self->subscriber, on_closed_part, self);
  fm_redis_conn_close(self->conn, on_closed_part, self);
  return true;
}

static void close_redis(fm_store *store)
{
  fm_redis_wake_queue((fm_redis *)store);
}

static void name_self(fm_redis *self)
{
  const fm_redis_address *a = &self->address;
  const char *db = database(self);
  char token[33];
  fm_redis_token(token, 8);
  snprintf(self->node, sizeof self->node, "%s.%s", db, token);
  if (a->path[0])
    snprintf(self->place, sizeof self->place, "redis+unix://%s?db=%s", a->path, db);
  else
    snprintf(self->place, sizeof self->place, strchr(a->host, ':') ? "redis://[%s]:%s/%s"
                                                                   : "redis://%s:%s/%s",
             a->host, a->port, db);
}

static int open_redis(uv_loop_t *loop, bool local, fm_str place, fm_store **store, fm_why *why)
{
  fm_redis_address address;
  int error = fm_redis_address_parse(place, local, &address, why);
  if (error)
    return error;
  fm_redis *self = FM_NEW(fm_redis);
  self->address = address;
  self->store.loop = loop;
  name_self(self);
  fm_list_init(&self->jobs);
  uv_async_init(loop, &self->queue_async, on_queue_async);
  uv_timer_init(loop, &self->watchdog);
  self->queue_async.data = self->watchdog.data = self;
  self->conn = fm_redis_conn_new(&(fm_redis_conn_spec){
      .loop = loop, .address = &self->address, .up = on_up, .down = on_down, .ctx = self});
  *store = &self->store;
  return 0;
}

static int open_tcp(uv_loop_t *loop, const fm_store_spec *spec, fm_str place, fm_store **store,
                    fm_why *why)
{
  (void)spec;
  return open_redis(loop, false, place, store, why);
}

static int open_unix(uv_loop_t *loop, const fm_store_spec *spec, fm_str place, fm_store **store,
                     fm_why *why)
{
  (void)spec;
  return open_redis(loop, true, place, store, why);
}

static bool is_place(fm_str place, bool local)
{
  fm_redis_address address;
  fm_why why;
  return fm_redis_address_parse(place, local, &address, &why) == 0;
}

static bool is_tcp(fm_str place) { return is_place(place, false); }
static bool is_unix(fm_str place) { return is_place(place, true); }

const fm_backend fm_backend_redis = {.name = "redis",
                                     .scheme = "redis:",
                                     .is_place = is_tcp,
                                     .open = open_tcp,
                                     .submit = submit,
                                     .close = close_redis,
                                     .watch = watch};
const fm_backend fm_backend_redis_unix = {.name = "redis",
                                          .scheme = "redis+unix:",
                                          .is_place = is_unix,
                                          .open = open_unix,
                                          .submit = submit,
                                          .close = close_redis,
                                          .watch = watch};
