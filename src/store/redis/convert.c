/* Migrates a Redis of schema 1: hidden upstreams and the marks of backfills become states
 * and are deleted. Each step may be repeated, also by two instances at once. */
#include "store/redis/redis.h"

#include "base/str.h"
#include "store/legacy.h"
#include "store/observation.h"

enum phase { HIDDEN, NOTES, SCHEMA_SET };

typedef struct converting {
  enum phase phase;
  size_t hidden; /* index of the next one */
  fm_legacy_state *states; /* to be written */
  size_t nstates, room, at;
  fm_str *upstreams; /* to be deleted once the states are written */
  size_t nupstreams, upstreams_room, forgotten;
  const fm_rval *reply;
} converting;

static const char *const hidden[] = {FM_LEGACY_PAGES};
enum { NHIDDEN = sizeof hidden / sizeof *hidden };

static void add_state(fm_job *job, const fm_legacy_state *state)
{
  converting *x = job->state;
  *FM_PUSH(&job->arena, x->states, x->nstates, x->room) = *state;
}

static void forget_later(fm_job *job, fm_str upstream)
{
  converting *x = job->state;
  *FM_PUSH(&job->arena, x->upstreams, x->nupstreams, x->upstreams_room) =
      fm_arena_str(&job->arena, upstream);
}

/* Skips damaged records: they are not part of a feed. */
static void read_hidden(fm_redis *self, fm_job *job)
{
  converting *x = job->state;
  fm_str upstream = fm_str_of(hidden[x->hidden++]);
  const fm_rval *rows = fm_rval_at(x->reply, 1);
  for (size_t i = 0; i + 2 < rows->count; i += 3) {
    fm_entry entry;
    fm_legacy_state state;
    fm_why ignored;
    if (fm_entry_unpack(&self->pack, rows->items[i + 2].str, fm_rval_int(&rows->items[i]),
                        fm_rval_int(&rows->items[i + 1]), &self->scratch, &entry, &ignored) == 0 &&
        fm_legacy_from_entry(upstream, &entry, &job->arena, &state))
      add_state(job, &state);
  }
  forget_later(job, upstream);
  if (x->hidden == NHIDDEN)
    x->phase = NOTES;
}

static void read_notes(fm_redis *self, fm_job *job)
{
  converting *x = job->state;
  (void)self;
  for (size_t i = 0; i < x->reply->count; i++) {
    fm_redis_upstream upstream;
    fm_legacy_state state;
    fm_str key = fm_rval_at(&x->reply->items[i], 0)->str;
    fm_redis_upstream_parse(fm_rval_at(&x->reply->items[i], 1), &upstream);
    if (!fm_legacy_from_page(key, &upstream.meta, upstream.head, &job->arena, &state))
      continue;
    add_state(job, &state);
    forget_later(job, key);
  }
  x->phase = SCHEMA_SET;
}

static void on_done(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  (void)reply;
  fm_redis_convert(self, job);
}

static void on_reply(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  converting *x = job->state;
  x->reply = reply;
  fm_redis_pool(self, job, x->phase == HIDDEN ? read_hidden : read_notes, fm_redis_convert);
}

static void on_schema(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  (void)reply;
  fm_redis_end(self, job);
}

/* Writes the states first, then deletes what they were made of. */
static bool write_next(fm_redis *self, fm_job *job)
{
  converting *x = job->state;
  fm_args args = fm_args_begin(self);
  if (x->at < x->nstates) {
    const fm_legacy_state *state = &x->states[x->at++];
    fm_args_text(&args, FM_STR("")); /* used: now */
    fm_args_text(&args, state->key);
    fm_args_text(&args, state->value);
    fm_redis_eval(self, job, fm_lua_state_add, &args, on_done);
    return true;
  }
  if (x->forgotten < x->nupstreams) {
    fm_args_text(&args, x->upstreams[x->forgotten++]);
    fm_redis_eval(self, job, fm_lua_forget_upstream, &args, on_done);
    return true;
  }
  return false;
}

static void read_next(fm_redis *self, fm_job *job)
{
  converting *x = job->state;
  fm_args args = fm_args_begin(self);
  switch (x->phase) {
  case HIDDEN:
    fm_args_text(&args, fm_str_of(hidden[x->hidden]));
    fm_args_int(&args, INT32_MAX);
    fm_redis_eval(self, job, fm_lua_load, &args, on_reply);
    break;
  case NOTES:
    fm_redis_eval(self, job, fm_lua_upstreams, &args, on_reply);
    break;
  case SCHEMA_SET:
    fm_args_int(&args, FM_REDIS_SCHEMA);
    fm_redis_eval(self, job, fm_lua_schema, &args, on_schema);
  }
}

void fm_redis_convert(fm_redis *self, fm_job *job)
{
  if (!job->state)
    job->state = fm_arena_alloc(&job->arena, sizeof(converting));
  if (!write_next(self, job))
    read_next(self, job);
}
