/* The Redis backend; private to src/store/.
 *
 * Jobs run one after the other on the loop, each as a chain of steps: a script in Redis
 * (store/redis/lua.h) or work in the pool, then the next function. While a connection is
 * being made, jobs wait (two seconds at most); while it is down, they fail at once. */
#ifndef FM_STORE_REDIS_REDIS_H
#define FM_STORE_REDIS_REDIS_H

#include "store/backend.h"
#include "store/feed_order.h"
#include "store/pack.h"
#include "store/redis/lua.h"
#include "store/redis/conn.h"

typedef struct fm_redis {
  fm_store store; /* first */
  fm_redis_address address;
  char place[320];  /* for messages: without the password */
  char node[48];    /* names this instance: "DB.TOKEN" */
  fm_redis_conn *conn;    /* commands */
  fm_redis_conn *subscriber;     /* of the channel; NULL: nobody watches */
  bool ready;       /* the server has been verified */
  bool logged_down;        /* the loss has been logged */
  fm_list jobs;
  fm_job *running;
  unsigned outstanding; /* pending commands */
  uv_async_t queue_async; /* resumes the queue, never inside a call */
  uv_timer_t watchdog;
  unsigned open;    /* handles and connections that are still to be closed */
  uv_work_t work;
  fm_arena scratch; /* replies and arguments of the current step */
  fm_pack pack;     /* of the current job, in the pool */
} fm_redis;

/* A copied reply, which outlives that of hiredis. */
typedef struct fm_rval {
  int type; /* REDIS_REPLY_* */
  fm_str str;
  int64_t integer;
  struct fm_rval *items;
  size_t count;
} fm_rval;

/* Element i, or a nil. */
const fm_rval *fm_rval_at(const fm_rval *list, size_t i);
int64_t fm_rval_int(const fm_rval *value);  /* of a number or digits; 0 for others */
int64_t fm_rval_time(const fm_rval *value); /* likewise; FM_NO_TIME for others */

/* A command's arguments, in the scratch arena. */
typedef struct fm_args {
  fm_arena *arena;
  fm_str *texts;
  size_t count, room;
} fm_args;
fm_args fm_args_begin(fm_redis *self);
void fm_args_text(fm_args *args, fm_str text); /* borrowed until the script is sent */
void fm_args_int(fm_args *args, int64_t number);
void fm_args_time(fm_args *args, int64_t time); /* FM_NO_TIME is "" */

/* Runs a script. `then` is called with the reply, on the loop; on failure the job ends with
 * the error instead. */
typedef void (*fm_redis_then)(fm_redis *self, fm_job *job, const fm_rval *reply);
void fm_redis_eval(fm_redis *self, fm_job *job, const char *script, const fm_args *args,
                   fm_redis_then then);
/* Runs `work` in the pool, which may set job->error; then `after` on the loop, unless the
 * error is set. */
typedef void (*fm_redis_work)(fm_redis *self, fm_job *job);
void fm_redis_pool(fm_redis *self, fm_job *job, fm_redis_work work, fm_redis_work after);
/* Ends the job, or one step of it; both empty the scratch arena. */
void fm_redis_end(fm_redis *self, fm_job *job);
void fm_redis_step(fm_redis *self, fm_job *job);

/* Resumes the queue, from the loop. */
void fm_redis_wake_queue(fm_redis *self);

/* ---- call.c, internals ---- */

/* False: not connected. Every callback must call fm_redis_answered first. */
/* Notes the time of the server, which decides fm_store_clock. */
void fm_redis_set_clock(fm_redis *self, int64_t seconds);
bool fm_redis_send(fm_redis *self, const char *script, const fm_args *args, fm_redis_conn_cb cb,
                   void *ctx);
void fm_redis_answered(fm_redis *self);
void fm_redis_watchdog_update(
    fm_redis *self); /* drops the connection if an answer takes too long */
/* FM_E_IO for a missing reply or one that is an error. */
int fm_redis_reply_error(fm_redis *self, const redisReply *reply, fm_why *why);
const char *fm_redis_advice(const char *text); /* begins with "; " or is "" */

/* ---- lease.c ---- */

/* Sends the request at once, beside the queue. False: not connected. */
bool fm_redis_lease(fm_redis *self, fm_job *job);
/* 2 * bytes hexadecimal digits and NUL; at most 32 bytes. */
void fm_redis_token(char *out, size_t bytes);

/* ---- upstream.c ---- */

/* The fields of an upstream in a reply. */
typedef struct fm_redis_upstream {
  fm_upstream_meta meta; /* borrowed from the reply, like the others */
  fm_str head, listed, rev;
  int64_t sealed;
} fm_redis_upstream;
void fm_redis_upstream_parse(const fm_rval *fields, fm_redis_upstream *upstream);
void fm_redis_meta_args(fm_args *args, const fm_upstream_meta *meta, fm_str head);
/* Makes a document of [p,u,d, ...] and an upstream's head; in the pool. */
int fm_redis_doc(fm_redis *self, const fm_redis_upstream *upstream, const fm_rval *rows,
                 fm_doc **doc, fm_why *why);
void fm_redis_load(fm_redis *self, fm_job *job);
void fm_redis_find(fm_redis *self, fm_job *job); /* find.c */
void fm_redis_load_entries(fm_redis *self, fm_job *job);
void fm_redis_touch(fm_redis *self, fm_job *job);
void fm_redis_upstreams(fm_redis *self, fm_job *job);

/* ---- state.c ---- */

void fm_redis_state(fm_redis *self, fm_job *job); /* get, set and delete */
void fm_redis_enter(fm_redis *self, fm_job *job);
void fm_redis_state_list(fm_redis *self, fm_job *job);

/* ---- convert.c ---- */

/* Migrates a Redis of schema 1: makes states of its hidden upstreams. */
void fm_redis_convert(fm_redis *self, fm_job *job);

/* ---- merge.c, archive.c, seal.c, export.c, import.c ---- */

void fm_redis_merge(fm_redis *self, fm_job *job);
void fm_redis_archives(fm_redis *self, fm_job *job);
void fm_redis_archive(fm_redis *self, fm_job *job);
void fm_redis_seal(fm_redis *self, fm_job *job);
void fm_redis_expire(fm_redis *self, fm_job *job);
void fm_redis_export(fm_redis *self, fm_job *job);
void fm_redis_import(fm_redis *self, fm_job *job);

/* Entries beyond the feed document and in no sealed archive, newest published first. */
typedef struct fm_redis_overflow {
  fm_redis_upstream upstream;
  const fm_rval *archives; /* [month,value, ...] */
  fm_shown *shown;
  size_t count;
  int64_t oldest; /* published of the oldest unlisted entry in the feed; INT64_MAX: none */
} fm_redis_overflow;
/* Parses the reply of fm_lua_list. FM_E_IO: the head is damaged. */
int fm_redis_overflow_parse(const fm_rval *reply, size_t limit, fm_arena *arena,
                            fm_redis_overflow *overflow, fm_why *why);
/* Arguments of fm_lua_list. */
fm_args fm_redis_list_args(fm_redis *self, const fm_job *job);

#endif
