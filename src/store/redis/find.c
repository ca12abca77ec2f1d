/* Finds entries of an upstream that a caller's function accepts, in small steps. */
#include "store/redis/redis.h"

#include "base/str.h"
#include "store/observation.h"

/* Entries that are read in one step. */
enum { STEP = 200 };

typedef struct finding {
  int64_t *numbers; /* of all entries, in the order of the result */
  size_t count, at;
  fm_doc *doc;
  fm_entry *entries;
  size_t nentries, room;
  const fm_rval *rows;
} finding;

/* Merges both sets of unlisted entries, newest first; of one time the higher number first. */
static void add_unlisted(finding *f, const fm_rval *open, const fm_rval *shut)
{
  size_t i = 0, j = 0;
  while (i + 1 < open->count || j + 1 < shut->count) {
    bool first = i + 1 < open->count;
    if (first && j + 1 < shut->count) {
      int64_t a = fm_rval_int(&open->items[i + 1]), b = fm_rval_int(&shut->items[j + 1]);
      first = a > b || (a == b && fm_rval_int(&open->items[i]) > fm_rval_int(&shut->items[j]));
    }
    f->numbers[f->count++] = fm_rval_int(first ? &open->items[i] : &shut->items[j]);
    *(first ? &i : &j) += 2;
  }
}

static void match_rows(fm_redis *self, fm_job *job)
{
  finding *f = job->state;
  fm_arena *arena = &f->doc->arena;
  for (size_t i = 0; i + 2 < f->rows->count && f->nentries < job->limit; i += 3) {
    const fm_rval *row = &f->rows->items[i];
    fm_arena scratch = {0};
    fm_entry entry;
    fm_why inner = {""};
    int error = fm_entry_unpack(&self->pack, row[2].str, fm_rval_int(&row[0]),
                                fm_rval_int(&row[1]), &scratch, &entry, &inner);
    if (error)
      job->error = fm_fail(&job->why, FM_E_IO, "%s: a record cannot be read: %s", self->place,
                           inner.text);
    else if (job->match(job->match_ctx, &entry))
      fm_entry_copy(arena, &entry, FM_PUSH(arena, f->entries, f->nentries, f->room));
    fm_arena_deinit(&scratch);
    if (error)
      return;
  }
}

static void finish(fm_redis *self, fm_job *job)
{
  finding *f = job->state;
  f->doc->feed.entries = f->entries;
  f->doc->feed.nentries = f->nentries;
  fm_redis_end(self, job);
}

static void on_matched(fm_redis *self, fm_job *job)
{
  finding *f = job->state;
  if (f->at < f->count && f->nentries < job->limit)
    fm_redis_step(self, job);
  else
    finish(self, job);
}

static void on_rows(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  ((finding *)job->state)->rows = reply;
  fm_redis_pool(self, job, match_rows, on_matched);
}

static void on_numbers(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  fm_redis_upstream upstream;
  const fm_rval *listed = fm_rval_at(reply, 1);
  const fm_rval *open = fm_rval_at(reply, 2), *shut = fm_rval_at(reply, 3);
  finding *f = job->state;
  if (reply->type == REDIS_REPLY_NIL)
    job->error = fm_fail(&job->why, FM_E_NOT_FOUND, "the upstream is not stored");
  fm_redis_upstream_parse(fm_rval_at(reply, 0), &upstream);
  if (!job->error && fm_head_decode(upstream.head, &f->doc, &job->why) != 0)
    job->error = FM_E_IO;
  if (job->error) {
    fm_redis_end(self, job);
    return;
  }
  job->memory.doc = f->doc; /* freed with the job, also on failure */
  fm_meta_copy(&f->doc->arena, &upstream.meta, &job->memory.meta);
  size_t room = listed->count / 3 + open->count / 2 + shut->count / 2 + 1;
  f->numbers = fm_arena_alloc(&job->arena, room * sizeof *f->numbers);
  for (size_t i = 0; i + 2 < listed->count; i += 3)
    f->numbers[f->count++] = fm_rval_int(&listed->items[i]);
  add_unlisted(f, open, shut);
  fm_redis_step(self, job);
}

void fm_redis_find(fm_redis *self, fm_job *job)
{
  fm_args args = fm_args_begin(self);
  finding *f = job->state;
  if (!f) {
    job->state = fm_arena_alloc(&job->arena, sizeof *f);
    fm_args_text(&args, job->upstream);
    fm_args_int(&args, INT32_MAX);
    fm_redis_eval(self, job, fm_lua_list, &args, on_numbers);
    return;
  }
  for (size_t i = 0; i < STEP && f->at < f->count; i++)
    fm_args_int(&args, f->numbers[f->at++]);
  fm_redis_eval(self, job, fm_lua_entries, &args, on_rows);
}
