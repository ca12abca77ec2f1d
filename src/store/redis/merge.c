/* Merges into Redis: reads, merges in the pool, and writes if nothing changed meanwhile. */
#include "store/redis/redis.h"

#include "base/str.h"
#include "store/observation.h"
#include <stdlib.h>

/* Attempts of a merge while other instances write the same upstream. */
enum { TRIES = 20 };

/* An observed entry of this merge. */
typedef struct observed {
  const fm_entry *seen;
  int64_t number; /* in Redis; 0: not stored */
  fm_str version;
  fm_stored_entry known;
  fm_observation observation;
} observed;

/* Optimistic concurrency: the merge is computed from what was read, and written only if
 * that has not changed, else repeated. So the first of two instances dates an entry, and
 * the second finds that date. */
typedef struct merge {
  fm_doc *from;            /* job->held or job->seen */
  const fm_upstream_meta *meta; /* NULL: fm_store_add */
  int64_t now;
  unsigned tries;
  bool restored; /* or attempted */
  const fm_rval *reply;
  fm_redis_upstream upstream;
  fm_upstream_meta result;
  fm_str head;
  observed *items;
  size_t count;
  bool changed;
} merge;

static void ask(fm_redis *self, fm_job *job);
static void end_restore(fm_redis *self, fm_job *job);

static bool restoring(const fm_job *job)
{
  return ((const merge *)job->state)->from == job->held;
}

static void answer(fm_redis *self, fm_job *job)
{
  merge *m = job->state;
  fm_doc *doc = fm_doc_new();
  fm_feed_copy_head(&doc->arena, &m->from->feed, &doc->feed);
  fm_entry *entries = fm_arena_alloc(&doc->arena, (m->count + 1) * sizeof *entries);
  for (size_t i = 0; i < m->count; i++)
    fm_entry_copy(&doc->arena, &m->items[i].observation.record.entry, &entries[i]);
  doc->feed.entries = entries;
  doc->feed.nentries = m->count;
  fm_meta_copy(&doc->arena, &m->result, &job->memory.meta);
  job->memory.doc = doc;
  fm_redis_end(self, job);
}

/* ---- what is to be written; in the pool ---- */

static void read_items(merge *m, fm_arena *arena)
{
  const fm_rval *rows = fm_rval_at(m->reply, 2);
  fm_entry_set all = fm_entry_set_of(&m->from->feed, arena);
  m->count = all.count;
  m->items = fm_arena_alloc(arena, (all.count + 1) * sizeof *m->items);
  for (size_t i = 0; i < all.count; i++) {
    const fm_rval *row = fm_rval_at(rows, i);
    m->items[i] = (observed){
      .seen = all.entries[i],
      .number = fm_rval_int(fm_rval_at(row, 0)),
      .version = fm_rval_at(row, 1)->str,
      .known = {.first_seen = fm_rval_int(fm_rval_at(row, 2)),
                .published = fm_rval_int(fm_rval_at(row, 3)),
                .updated = fm_rval_int(fm_rval_at(row, 4)),
                .changed = fm_rval_int(fm_rval_at(row, 5)),
                .fingerprint = (uint64_t)fm_rval_int(fm_rval_at(row, 6)),
                .packed = fm_rval_at(row, 7)->str}};
  }
}

static int by_entry(const void *a, const void *b)
{
  const fm_shown *x = a, *y = b;
  return (x->entry > y->entry) - (x->entry < y->entry);
}

/* True if the order of the feed changes. A new entry gets a negative number. */
static bool reordered(const merge *m, fm_arena *arena)
{
  const fm_rval *listed = fm_rval_at(m->reply, 1);
  size_t nwas = listed->count / 2, nleft = 0;
  fm_shown *was = fm_arena_alloc(arena, (nwas + 1) * sizeof *was);
  fm_shown *is = fm_arena_alloc(arena, (nwas + m->count + 1) * sizeof *is);
  fm_shown *sorted = fm_arena_alloc(arena, (m->count + 1) * sizeof *sorted);
  for (size_t i = 0; i < m->count; i++) {
    is[i].entry = m->items[i].number ? m->items[i].number : -1 - (int64_t)i;
    is[i].published = m->items[i].observation.record.entry.published;
    sorted[i] = is[i];
  }
  qsort(sorted, m->count, sizeof *sorted, by_entry);
  for (size_t i = 0; i < nwas; i++) {
    was[i].entry = fm_rval_int(&listed->items[2 * i]);
    was[i].published = fm_rval_int(&listed->items[2 * i + 1]);
    if (!bsearch(&was[i], sorted, m->count, sizeof *sorted, by_entry))
      is[m->count + nleft++] = was[i];
  }
  return fm_shown_changed(m->from->feed.order, was, nwas, is, m->count, nleft);
}

static void make_meta(merge *m, const fm_job *job)
{
  const fm_upstream_meta *was = &m->upstream.meta;
  m->result = m->meta ? *m->meta : *was;
  m->result.read = m->result.read < was->read ? was->read : m->result.read;
  m->result.changed = m->changed ? m->now : was->changed;
  if (restoring(job) && m->meta->changed != FM_NO_TIME)
    m->result.changed = m->meta->changed;
}

static void make(fm_redis *self, fm_job *job)
{
  merge *m = job->state;
  fm_arena *arena = &self->scratch;
  fm_why inner = {""};
  fm_observation_context how = {.now = m->now,
                                .upstream_changed = m->upstream.meta.changed,
                                .is_copy = restoring(job)};
  read_items(m, arena);
  m->changed = m->upstream.meta.changed == FM_NO_TIME;
  for (size_t i = 0; i < m->count && !job->error; i++) {
    observed *item = &m->items[i];
    job->error = fm_observation_merge(&self->pack, item->number ? &item->known : NULL, item->seen,
                                      &how, arena, &item->observation, &inner);
    m->changed |= !job->error && item->observation.changed;
  }
  m->head = m->upstream.head;
  if (!job->error && m->meta) {
    job->error =
        fm_head_encode(&m->from->feed, m->upstream.head, arena, &m->head, &m->changed, &inner);
    m->changed |= reordered(m, arena);
  }
  make_meta(m, job);
  if (job->error == FM_E_SYNTAX)
    job->error = fm_fail(&job->why, FM_E_IO, "%s: a record cannot be read: %s", self->place,
                         inner.text);
  else if (job->error)
    job->why = inner;
}

/* ---- to Redis and back ---- */

static void put_item(const observed *item, fm_args *args)
{
  const fm_record *record = &item->observation.record;
  fm_args_text(args, item->seen->id);
  if (item->number)
    fm_args_int(args, item->number);
  else
    fm_args_text(args, FM_STR(""));
  fm_args_text(args, item->version);
  fm_args_int(args, record->first_seen);
  fm_args_int(args, record->entry.published);
  fm_args_int(args, record->entry.updated);
  fm_args_int(args, item->observation.changed_at);
  fm_args_int(args, (int64_t)record->fingerprint);
  fm_args_text(args, item->observation.packed);
}

static void on_put(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  merge *m = job->state;
  if (reply->integer == 0 && ++m->tries >= TRIES) {
    job->error = fm_fail(&job->why, FM_E_IO, "%s: other feedmills write the same page all the time",
                         self->place);
    fm_redis_end(self, job);
  } else if (reply->integer == 0) {
    ask(self, job);
  } else if (restoring(job)) {
    end_restore(self, job);
  } else {
    answer(self, job);
  }
}

static void put(fm_redis *self, fm_job *job)
{
  merge *m = job->state;
  fm_args args = fm_args_begin(self);
  int64_t last = m->upstream.meta.fetched;
  fm_args_text(&args, job->upstream);
  fm_args_text(&args, fm_upstream_source(job->upstream));
  fm_args_text(&args, fm_str_of(self->node));
  fm_args_int(&args, m->now);
  fm_args_int(&args, last != FM_NO_TIME ? last : m->now);
  fm_args_text(&args, m->upstream.rev);
  fm_args_int(&args, m->meta ? 0 : 1);
  fm_redis_meta_args(&args, &m->result, m->head);
  for (size_t i = 0; i < m->count; i++)
    put_item(&m->items[i], &args);
  fm_redis_eval(self, job, fm_lua_merge_put, &args, on_put);
}

/* Merges the caller's copy first if it has something that Redis lacks. */
static void begin_restore(fm_redis *self, fm_job *job)
{
  merge *m = job->state;
  m->restored = true;
  m->from = job->held;
  m->meta = &job->held_meta;
  if (m->meta->fetched != FM_NO_TIME)
    m->now = m->meta->fetched;
  ask(self, job);
}

static void end_restore(fm_redis *self, fm_job *job)
{
  merge *m = job->state;
  m->from = job->seen;
  m->meta = job->kind == FM_JOB_MERGE ? &job->meta : NULL;
  m->now = job->now;
  if (m->from)
    ask(self, job);
  else
    fm_redis_end(self, job);
}

static void on_got(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  merge *m = job->state;
  m->reply = reply;
  fm_redis_upstream_parse(fm_rval_at(reply, 0), &m->upstream);
  bool lost = fm_job_copy_is_newer(job, &m->upstream.meta, m->upstream.head);
  if (lost && !m->restored)
    begin_restore(self, job);
  else if (!m->from || (restoring(job) && !lost))
    end_restore(self, job); /* another instance has restored the feed */
  else
    fm_redis_pool(self, job, make, put);
}

static void ask(fm_redis *self, fm_job *job)
{
  merge *m = job->state;
  fm_args args = fm_args_begin(self);
  fm_args_text(&args, job->upstream);
  fm_args_text(&args, fm_upstream_source(job->upstream));
  if (m->from) {
    fm_entry_set all = fm_entry_set_of(&m->from->feed, &self->scratch);
    for (size_t i = 0; i < all.count; i++)
      fm_args_text(&args, all.entries[i]->id);
  }
  fm_redis_eval(self, job, fm_lua_merge_get, &args, on_got);
}

void fm_redis_merge(fm_redis *self, fm_job *job)
{
  merge *m = job->state = fm_arena_alloc(&job->arena, sizeof *m);
  m->from = job->seen;
  m->meta = job->kind == FM_JOB_MERGE ? &job->meta : NULL;
  m->now = job->now;
  ask(self, job);
}
