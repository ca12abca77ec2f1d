/* State and views in Redis: hashes that all instances share. */
#include "store/redis/redis.h"

#include "base/str.h"

/* Keys in one script. */
enum { STEP = 200 };

static void on_state(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  bool get = job->kind == FM_JOB_STATE_GET;
  job->value = (fm_str){NULL, 0};
  if (get && reply->type != REDIS_REPLY_STRING)
    job->error = fm_fail(&job->why, FM_E_NOT_FOUND, "the key has no value");
  else if (get)
    job->value = fm_arena_str(&job->arena, reply->str);
  fm_redis_end(self, job);
}

void fm_redis_state(fm_redis *self, fm_job *job)
{
  fm_args args = fm_args_begin(self);
  const char *script = fm_lua_state_get;
  if (job->kind != FM_JOB_STATE_GET) {
    script = job->kind == FM_JOB_STATE_SET ? fm_lua_state_set : fm_lua_state_delete;
    fm_args_text(&args, fm_str_of(self->node));
  }
  fm_args_text(&args, job->upstream);
  if (job->kind == FM_JOB_STATE_SET)
    fm_args_text(&args, job->value);
  fm_redis_eval(self, job, script, &args, on_state);
}

typedef struct listing {
  fm_str after; /* the last key so far */
  size_t room;
} listing;

static void on_states(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  listing *l = job->state;
  for (size_t i = 0; i + 2 < reply->count && !job->error; i += 3) {
    job->error = fm_job_add_state(job, &l->room, reply->items[i].str, reply->items[i + 1].str);
    if (!job->error)
      l->after = job->states[job->nstates - 1].key;
  }
  if (job->error || reply->count < 3 * STEP)
    fm_redis_end(self, job);
  else
    fm_redis_step(self, job);
}

void fm_redis_state_list(fm_redis *self, fm_job *job)
{
  fm_args args = fm_args_begin(self);
  listing *l = job->state;
  if (!l) {
    l = job->state = fm_arena_alloc(&job->arena, sizeof *l);
    l->after = FM_STR("");
  }
  fm_args_text(&args, job->upstream);
  fm_args_text(&args, l->after);
  fm_args_int(&args, STEP);
  fm_redis_eval(self, job, fm_lua_state_list, &args, on_states);
}

/* ---- views ---- */

static void on_entered(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  if (reply->type == REDIS_REPLY_NIL)
    job->error = fm_fail(&job->why, FM_E_NOT_FOUND, "the upstream is not stored");
  for (size_t i = 0; i < reply->count && i < job->nids; i++)
    if (reply->items[i].type == REDIS_REPLY_STRING)
      job->entered[job->count++] = (fm_entered){job->ids[i], fm_rval_time(&reply->items[i])};
  fm_redis_end(self, job);
}

void fm_redis_enter(fm_redis *self, fm_job *job)
{
  fm_args args = fm_args_begin(self);
  fm_args_text(&args, job->upstream);
  fm_args_text(&args, fm_upstream_source(job->upstream));
  fm_args_text(&args, job->view);
  fm_args_time(&args, job->now);
  fm_args_int(&args, FM_STORE_VIEWS_MAX);
  for (size_t i = 0; i < job->nids; i++)
    fm_args_text(&args, job->ids[i]);
  fm_redis_eval(self, job, fm_lua_enter, &args, on_entered);
}
