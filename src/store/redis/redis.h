/* The Redis home; for src/store/ alone.
 *
 * Jobs are worked off one after the other on the loop, each as a chain of
 * steps: a script in Redis (store/redis/lua.h), or work in the pool, then the
 * next function. While the connection is being made jobs wait (two seconds at
 * most), while it is down they fail at once. */
#ifndef FM_STORE_REDIS_REDIS_H
#define FM_STORE_REDIS_REDIS_H

#include "store/backend.h"
#include "store/order.h"
#include "store/pack.h"
#include "store/redis/lua.h"
#include "store/redis/wire.h"

typedef struct fm_redis {
  fm_store store; /* first */
  fm_redis_address address;
  char place[320];  /* for messages: without the password */
  char node[48];    /* names this process among the others: "DB.TOKEN" */
  fm_wire *wire;    /* commands */
  fm_wire *ear;     /* the channel; NULL: nobody watches */
  bool ready;       /* Redis answered, and it is ours */
  bool said;        /* that it is lost, in the log */
  fm_list jobs;
  fm_job *running;
  unsigned outstanding; /* commands not answered yet */
  uv_async_t kick; /* lets the queue go on, never from inside a call */
  uv_timer_t watchdog;
  unsigned open;    /* handles and wires to close at the end */
  uv_work_t work;
  fm_arena scratch; /* replies and arguments of the running job's step */
  fm_pack pack;     /* the running job's, in the pool */
} fm_redis;

/* A reply, copied: it outlives hiredis's. */
typedef struct fm_rval {
  int type; /* REDIS_REPLY_* */
  fm_str str;
  int64_t integer;
  struct fm_rval *items;
  size_t count;
} fm_rval;

/* Element i; a nil where there is none. */
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

/* Runs a script. `then` gets its reply, on the loop; when it failed the job is
 * ended and `then` is not called. */
typedef void (*fm_redis_then)(fm_redis *self, fm_job *job, const fm_rval *reply);
void fm_redis_eval(fm_redis *self, fm_job *job, const char *script, const fm_args *args,
                   fm_redis_then then);
/* Runs `work` in the pool, which may set job->error; then `after` on the loop,
 * unless it did. */
typedef void (*fm_redis_work)(fm_redis *self, fm_job *job);
void fm_redis_pool(fm_redis *self, fm_job *job, fm_redis_work work, fm_redis_work after);
/* The job is done, or one step of it: the scratch arena is emptied. */
void fm_redis_end(fm_redis *self, fm_job *job);
void fm_redis_step(fm_redis *self, fm_job *job);

/* Lets the queue go on, from the loop. */
void fm_redis_kick(fm_redis *self);

/* ---- redis_call.c, below the above ---- */

/* False: not connected. Every callback calls fm_redis_answered first. */
bool fm_redis_send(fm_redis *self, const char *script, const fm_args *args, fm_wire_cb cb,
                   void *ctx);
void fm_redis_answered(fm_redis *self);
void fm_redis_watch_over(fm_redis *self); /* drops the connection if an answer takes too long */
/* 0, or FM_E_IO for no reply or one that is an error. */
int fm_redis_reply_error(fm_redis *self, const redisReply *reply, fm_why *why);
const char *fm_redis_advice(const char *text); /* begins with "; " or is "" */

/* ---- redis_lease.c ---- */

/* Asks at once, beside the jobs. False: not connected. */
bool fm_redis_lease(fm_redis *self, fm_job *job);
/* 2 * bytes hexadecimal digits and NUL; at most 32 bytes. */
void fm_redis_token(char *out, size_t bytes);

/* ---- redis_page.c ---- */

/* A page's fields as a reply has them. */
typedef struct fm_redis_page {
  fm_page_meta meta; /* borrowed from the reply, like the others */
  fm_str head, here, rev;
  int64_t sealed;
} fm_redis_page;
void fm_redis_page_read(const fm_rval *fields, fm_redis_page *page);
void fm_redis_page_args(fm_args *args, const fm_page_meta *meta, fm_str head);
/* Reads [p,u,d, ...] into a document under a page's head; in the pool. */
int fm_redis_doc(fm_redis *self, const fm_redis_page *page, const fm_rval *rows, fm_doc **doc,
                 fm_why *why);
void fm_redis_load(fm_redis *self, fm_job *job);
void fm_redis_recall(fm_redis *self, fm_job *job);
void fm_redis_touch(fm_redis *self, fm_job *job);
void fm_redis_pages(fm_redis *self, fm_job *job);

/* ---- redis_state.c ---- */

void fm_redis_state(fm_redis *self, fm_job *job); /* get, set and delete */
void fm_redis_state_list(fm_redis *self, fm_job *job);

/* ---- redis_convert.c ---- */

/* Brings a Redis of an older schema up to date: makes states of its hidden pages. */
void fm_redis_convert(fm_redis *self, fm_job *job);

/* ---- redis_merge.c, redis_archive.c, redis_seal.c, redis_move.c ---- */

void fm_redis_merge(fm_redis *self, fm_job *job);
void fm_redis_archives(fm_redis *self, fm_job *job);
void fm_redis_archive(fm_redis *self, fm_job *job);
void fm_redis_seal(fm_redis *self, fm_job *job);
void fm_redis_expire(fm_redis *self, fm_job *job);
void fm_redis_export(fm_redis *self, fm_job *job);
void fm_redis_import(fm_redis *self, fm_job *job);

/* The page's entries that are in no sealed archive and beyond the feed, newest
 * published first; and the oldest in the feed that left (INT64_MAX: none). */
typedef struct fm_redis_rest {
  fm_redis_page page;
  const fm_rval *archives; /* [month,value, ...] */
  fm_shown *shown;
  size_t count;
  int64_t oldest;
} fm_redis_rest;
/* From the reply of fm_lua_list; FM_E_IO: the page's head is damaged. */
int fm_redis_rest_read(const fm_rval *reply, size_t most, fm_arena *arena, fm_redis_rest *rest,
                       fm_why *why);
/* PAGE MOST, for fm_lua_list. */
fm_args fm_redis_list_args(fm_redis *self, const fm_job *job);

#endif
