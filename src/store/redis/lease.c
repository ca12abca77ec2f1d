/* Leases in Redis; asked for beside the queue of jobs. */
#include "store/redis/redis.h"

#include "base/str.h"
#include <stdio.h>

static void on_lease(void *ctx, const redisReply *reply)
{
  fm_job *job = ctx;
  fm_redis *self = (fm_redis *)job->store;
  fm_redis_answered(self);
  job->error = fm_redis_reply_error(self, reply, &job->why);
  int64_t got = !job->error && reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
  if (!job->error && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2) {
    got = reply->element[0]->integer;
    fm_redis_set_clock(self, reply->element[1]->integer);
  }
  bool taken = job->kind == FM_JOB_LEASE_TAKE ? got == 0 : got == 1;
  if (!job->error && taken) {
    job->lease.left_ms = job->ttl_ms;
  } else if (!job->error) {
    job->error = fm_fail(&job->why, FM_E_BUSY, "another feedmill has it");
    job->lease = (fm_lease){.left_ms = job->kind == FM_JOB_LEASE_TAKE ? got : 0};
  }
  fm_job_finish(job);
  fm_redis_wake_queue(self);
}

void fm_redis_token(char *out, size_t bytes)
{
  unsigned char random[32];
  uv_random(NULL, NULL, random, bytes, 0, NULL);
  for (size_t i = 0; i < bytes; i++)
    snprintf(out + 2 * i, 3, "%02x", random[i]);
}

bool fm_redis_lease(fm_redis *self, fm_job *job)
{
  fm_arena arena = {0};
  fm_args args = {.arena = &arena};
  const char *script = job->kind == FM_JOB_LEASE_TAKE ? fm_lua_lease_take
                       : job->kind == FM_JOB_LEASE_RENEW ? fm_lua_lease_renew
                                                         : fm_lua_lease_release;
  if (job->kind == FM_JOB_LEASE_TAKE)
    fm_redis_token(job->lease.token, 16);
  fm_args_text(&args, fm_arena_printf(&arena, "feedmill:lease:%.*s", FM_FMT(job->upstream)));
  fm_args_text(&args, fm_str_of(job->lease.token));
  fm_args_int(&args, job->ttl_ms);
  bool sent = fm_redis_send(self, script, &args, on_lease, job);
  fm_arena_deinit(&arena);
  return sent;
}
