/* Sealing of archives and expiry in Redis. */
#include "store/redis/redis.h"

#include "base/str.h"

/* PART: records in one part of an archive, which is one step of sealing. */
enum { PART = 100, DROP = 200, PHASES = 5 };

/* ---- seal ---- */

typedef struct sealing {
  int64_t month;
  int64_t *entries;
  size_t count, at;
  char stage[64]; /* key of the parts until the month is complete */
  fm_str packed;
  const fm_rval *rows;
} sealing;

static void on_sealed(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  sealing *s = job->state;
  job->count += (size_t)reply->integer;
  s->count = s->at = 0;
  /* 0: another instance sealed the month, and seals the next ones. */
  if (reply->integer == 0)
    fm_redis_end(self, job);
  else
    fm_redis_step(self, job);
}

static void finish_month(fm_redis *self, fm_job *job)
{
  sealing *s = job->state;
  fm_args args = fm_args_begin(self);
  fm_args_text(&args, job->upstream);
  fm_args_int(&args, s->month);
  fm_args_int(&args, job->now);
  fm_args_int(&args, (int64_t)s->count);
  fm_args_text(&args, fm_str_of(s->stage));
  for (size_t i = 0; i < s->count; i++)
    fm_args_int(&args, s->entries[i]);
  fm_redis_eval(self, job, fm_lua_seal, &args, on_sealed);
}

static void on_staged(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  (void)reply;
  fm_redis_step(self, job);
}

static void stage_part(fm_redis *self, fm_job *job)
{
  sealing *s = job->state;
  fm_args args = fm_args_begin(self);
  fm_args_text(&args, fm_str_of(s->stage));
  fm_args_text(&args, s->packed);
  fm_redis_eval(self, job, fm_lua_stage, &args, on_staged);
}

/* In the pool. */
static void make_part(fm_redis *self, fm_job *job)
{
  sealing *s = job->state;
  fm_buf lines, packed;
  fm_str json;
  fm_why inner = {""};
  int error = 0;
  fm_buf_init(&lines, FM_PACK_MAX);
  fm_buf_init(&packed, FM_PACK_MAX + 1024);
  for (size_t i = 0; i + 2 < s->rows->count && !error; i += 3) {
    error = fm_pack_decode(&self->pack, s->rows->items[i + 2].str, &self->scratch, &json, &inner);
    if (!error)
      error = fm_buf_str(&lines, json);
    fm_buf_char(&lines, '\n');
  }
  if (!error)
    error = fm_pack_encode(&self->pack, fm_buf_view(&lines), &packed);
  if (error)
    job->error = fm_fail(&job->why, FM_E_IO, "%s: a record cannot be read: %s", self->place,
                         inner.text);
  else
    s->packed = fm_arena_str(&self->scratch, fm_buf_view(&packed));
  fm_buf_deinit(&packed);
  fm_buf_deinit(&lines);
}

static void on_rows(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  ((sealing *)job->state)->rows = reply;
  fm_redis_pool(self, job, make_part, stage_part);
}

static void next_part(fm_redis *self, fm_job *job)
{
  sealing *s = job->state;
  fm_args args = fm_args_begin(self);
  for (size_t i = 0; i < PART && s->at < s->count; i++)
    fm_args_int(&args, s->entries[s->at++]);
  fm_redis_eval(self, job, fm_lua_entries, &args, on_rows);
}

/* Chooses the oldest month that is not sealed. Months are sealed in order. */
static bool choose(const fm_job *job, const fm_redis_overflow *overflow, sealing *s)
{
  s->month = FM_NO_TIME;
  for (size_t i = 0; i < overflow->count; i++) {
    int64_t month = fm_archive_month(overflow->shown[i].published, overflow->upstream.sealed);
    if (s->month == FM_NO_TIME || month < s->month)
      s->month = month;
  }
  int64_t end = s->month == FM_NO_TIME ? INT64_MAX : fm_month_after(s->month);
  return end <= job->before && end <= overflow->oldest;
}

static void on_listed(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  sealing *s = job->state;
  fm_redis_overflow overflow = {.count = 0};
  if (reply->type != REDIS_REPLY_NIL)
    job->error = fm_redis_overflow_parse(reply, job->limit, &self->scratch, &overflow, &job->why);
  if (job->error || overflow.count == 0 || !choose(job, &overflow, s)) {
    fm_redis_end(self, job);
    return;
  }
  s->entries = fm_arena_alloc(&job->arena, overflow.count * sizeof *s->entries);
  for (size_t i = 0; i < overflow.count; i++)
    if (fm_archive_month(overflow.shown[i].published, overflow.upstream.sealed) == s->month)
      s->entries[s->count++] = overflow.shown[i].entry;
  memcpy(s->stage, "feedmill:stage:", 15);
  fm_redis_token(s->stage + 15, 16);
  fm_redis_step(self, job);
}

void fm_redis_seal(fm_redis *self, fm_job *job)
{
  if (!job->state)
    job->state = fm_arena_alloc(&job->arena, sizeof(sealing));
  sealing *s = job->state;
  if (s->count && s->at < s->count) {
    next_part(self, job);
  } else if (s->count) {
    finish_month(self, job);
  } else {
    fm_args args = fm_redis_list_args(self, job);
    fm_redis_eval(self, job, fm_lua_list, &args, on_listed);
  }
}

/* ---- expiry ---- */

static void on_expired(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  int *phase = job->state;
  job->count += (size_t)fm_rval_int(fm_rval_at(reply, 1));
  if (fm_rval_int(fm_rval_at(reply, 0)) == 0)
    (*phase)++;
  if (*phase == PHASES)
    fm_redis_end(self, job);
  else
    fm_redis_step(self, job);
}

void fm_redis_expire(fm_redis *self, fm_job *job)
{
  if (job->store->keep <= 0) {
    fm_redis_end(self, job);
    return;
  }
  if (!job->state)
    job->state = fm_arena_alloc(&job->arena, sizeof(int));
  fm_args args = fm_args_begin(self);
  fm_args_int(&args, *(int *)job->state);
  fm_args_int(&args, job->now - job->store->keep);
  fm_args_int(&args, DROP);
  fm_redis_eval(self, job, fm_lua_expire, &args, on_expired);
}
