/* Archives in Redis: the entries beyond the feed document, listed and loaded by month. */
#include "store/redis/redis.h"

#include "base/str.h"
#include "feed/codec.h"
#include "store/observation.h"
#include <stdlib.h>

/* ---- what is beyond the feed ---- */

typedef struct candidate {
  int64_t entry;
  bool listed, archived;
} candidate;

typedef struct candidates {
  fm_shown *shown; /* `entry` is an index of `is` */
  candidate *is;
  size_t count;
} candidates;

static void push(candidates *all, int64_t entry, int64_t published, bool listed, bool archived)
{
  size_t at = all->count++;
  all->shown[at] = (fm_shown){.entry = (int64_t)at, .published = published};
  all->is[at] = (candidate){entry, listed, archived};
}

static void push_listed(const fm_rval *listed, int64_t sealed, candidates *all)
{
  for (size_t i = 0; i + 2 < listed->count; i += 3) {
    int64_t archive = fm_rval_time(&listed->items[i + 2]); /* "-" gives FM_NO_TIME */
    push(all, fm_rval_int(&listed->items[i]), fm_rval_int(&listed->items[i + 1]), true,
         archive != FM_NO_TIME && sealed != FM_NO_TIME && archive <= sealed);
  }
}

/* Merges both sets, newest first; of entries of one time the higher number is first. */
static void push_left(const fm_rval *open, const fm_rval *destroy, candidates *all)
{
  size_t i = 0, j = 0;
  while (i + 1 < open->count || j + 1 < destroy->count) {
    bool first = i + 1 < open->count;
    if (first && j + 1 < destroy->count) {
      int64_t a = fm_rval_int(&open->items[i + 1]), b = fm_rval_int(&destroy->items[j + 1]);
      first = a > b || (a == b && fm_rval_int(&open->items[i]) > fm_rval_int(&destroy->items[j]));
    }
    const fm_rval *from = first ? open : destroy;
    size_t *at = first ? &i : &j;
    push(all, fm_rval_int(&from->items[*at]), fm_rval_int(&from->items[*at + 1]), false, !first);
    *at += 2;
  }
}

static void cut(const candidates *all, size_t limit, fm_redis_overflow *overflow)
{
  overflow->oldest = INT64_MAX;
  for (size_t i = 0; i < all->count; i++) {
    const candidate *is = &all->is[all->shown[i].entry];
    if (i < limit && !is->listed)
      overflow->oldest = all->shown[i].published;
    if (i >= limit && !is->archived)
      overflow->shown[overflow->count++] = (fm_shown){.entry = is->entry,
                                              .published = all->shown[i].published};
  }
  fm_shown_sort(overflow->shown, overflow->count);
}

int fm_redis_overflow_parse(const fm_rval *reply, size_t limit, fm_arena *arena,
                            fm_redis_overflow *overflow, fm_why *why)
{
  fm_doc *head;
  candidates all = {NULL, NULL, 0};
  *overflow = (fm_redis_overflow){.count = 0};
  fm_redis_upstream_parse(fm_rval_at(reply, 0), &overflow->upstream);
  const fm_rval *listed = fm_rval_at(reply, 1), *open = fm_rval_at(reply, 2);
  const fm_rval *destroy = fm_rval_at(reply, 3);
  overflow->archives = fm_rval_at(reply, 4);
  if (fm_head_decode(overflow->upstream.head, &head, why) != 0)
    return FM_E_IO;
  size_t room = listed->count / 3 + open->count / 2 + destroy->count / 2 + 1;
  all.shown = fm_arena_alloc(arena, room * sizeof *all.shown);
  all.is = fm_arena_alloc(arena, room * sizeof *all.is);
  overflow->shown = fm_arena_alloc(arena, room * sizeof *overflow->shown);
  push_listed(listed, overflow->upstream.sealed, &all);
  push_left(open, destroy, &all);
  if (head->feed.order == FM_ORDER_PUBLISHED)
    fm_shown_sort(all.shown, all.count);
  cut(&all, limit, overflow);
  fm_doc_unref(head);
  return 0;
}

fm_args fm_redis_list_args(fm_redis *self, const fm_job *job)
{
  fm_args args = fm_args_begin(self);
  fm_args_text(&args, job->upstream);
  fm_args_int(&args, job->limit < FM_STORE_FEED_MAX ? (int64_t)job->limit : FM_STORE_FEED_MAX);
  return args;
}

/* ---- the list of archives ---- */

static int by_month(const void *a, const void *b)
{
  const fm_archive *x = a, *y = b;
  return (x->month > y->month) - (x->month < y->month);
}

static void add_sealed(fm_job *job, const fm_rval *archives)
{
  for (size_t i = 0; i + 1 < archives->count; i += 2) {
    fm_str value = archives->items[i + 1].str, sealed, count;
    fm_str_cut(&value, ' ', &sealed);
    fm_str_cut(&value, ' ', &count);
    fm_rval at = {.str = sealed}, many = {.str = count};
    job->archives[job->count++] = (fm_archive){.month = fm_rval_int(&archives->items[i]),
                                               .sealed = fm_rval_int(&at),
                                               .count = (size_t)fm_rval_int(&many)};
  }
}

/* Entries come newest first except late ones, so the search starts at the last month. */
static void add_open(fm_job *job, const fm_redis_overflow *overflow)
{
  size_t sealed = job->count;
  for (size_t i = 0; i < overflow->count; i++) {
    int64_t month = fm_archive_month(overflow->shown[i].published, overflow->upstream.sealed);
    size_t at = job->count;
    while (at > sealed && job->archives[at - 1].month != month)
      at--;
    if (at == sealed) {
      job->archives[job->count] = (fm_archive){.month = month, .sealed = FM_NO_TIME};
      at = ++job->count;
    }
    job->archives[at - 1].count++;
  }
}

static void on_listed(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  fm_redis_overflow overflow;
  if (reply->type != REDIS_REPLY_NIL) {
    job->error = fm_redis_overflow_parse(reply, job->limit, &self->scratch, &overflow, &job->why);
    if (!job->error) {
      size_t room = overflow.archives->count / 2 + overflow.count + 1;
      job->archives = fm_arena_alloc(&job->arena, room * sizeof *job->archives);
      add_sealed(job, overflow.archives);
      add_open(job, &overflow);
      qsort(job->archives, job->count, sizeof *job->archives, by_month);
    }
  }
  fm_redis_end(self, job);
}

void fm_redis_archives(fm_redis *self, fm_job *job)
{
  fm_args args = fm_redis_list_args(self, job);
  fm_redis_eval(self, job, fm_lua_list, &args, on_listed);
}

/* ---- one archive ---- */

typedef struct gathering {
  fm_redis_upstream upstream;
  const fm_rval *rows;  /* entries of an open archive */
  const fm_rval *parts; /* of a sealed archive */
  int64_t sealed;
} gathering;

static int gather_part(fm_redis *self, fm_str packed, fm_doc *doc, fm_entry **entries, size_t *room,
                       fm_why *why)
{
  fm_arena scratch = {0};
  fm_str lines, line;
  int error = fm_pack_decode(&self->pack, packed, &scratch, &lines, why);
  while (!error && lines.len && fm_str_cut(&lines, '\n', &line))
    error = fm_entry_decode(line, &doc->arena,
                            FM_PUSH(&doc->arena, *entries, doc->feed.nentries, *room), why);
  fm_arena_deinit(&scratch);
  return error;
}

static int gather_sealed(fm_redis *self, gathering *g, fm_doc **doc, fm_why *why)
{
  fm_why inner = {""};
  fm_entry *entries = NULL;
  size_t room = 0;
  int error = fm_head_decode(g->upstream.head, doc, &inner);
  if (error)
    return fm_fail(why, FM_E_IO, "%s: a page cannot be read: %s", self->place, inner.text);
  for (size_t i = 0; i < g->parts->count && !error; i++)
    error = gather_part(self, g->parts->items[i].str, *doc, &entries, &room, &inner);
  (*doc)->feed.entries = entries;
  if (!error)
    return 0;
  fm_doc_unref(*doc);
  return fm_fail(why, FM_E_IO, "%s: an archive cannot be read: %s", self->place, inner.text);
}

static void gather(fm_redis *self, fm_job *job)
{
  gathering *g = job->state;
  fm_doc *doc;
  if (g->parts)
    job->error = gather_sealed(self, g, &doc, &job->why);
  else
    job->error = fm_redis_doc(self, &g->upstream, g->rows, &doc, &job->why);
  if (job->error)
    return;
  job->memory.doc = doc;
  fm_meta_copy(&doc->arena, &g->upstream.meta, &job->memory.meta);
  if (g->parts)
    job->memory.meta.changed = g->sealed;
}

static void on_parts(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  ((gathering *)job->state)->parts = reply;
  fm_redis_pool(self, job, gather, fm_redis_end);
}

static void on_rows(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  ((gathering *)job->state)->rows = reply;
  fm_redis_pool(self, job, gather, fm_redis_end);
}

static void ask_parts(fm_redis *self, fm_job *job)
{
  fm_args args = fm_args_begin(self);
  fm_args_text(&args, job->upstream);
  fm_args_int(&args, job->month);
  fm_redis_eval(self, job, fm_lua_parts, &args, on_parts);
}

static void ask_rows(fm_redis *self, fm_job *job, const fm_redis_overflow *overflow)
{
  fm_args args = fm_args_begin(self);
  for (size_t i = 0; i < overflow->count; i++)
    if (fm_archive_month(overflow->shown[i].published, overflow->upstream.sealed) == job->month)
      fm_args_int(&args, overflow->shown[i].entry);
  if (args.count) {
    fm_redis_eval(self, job, fm_lua_entries, &args, on_rows);
    return;
  }
  job->error = fm_fail(&job->why, FM_E_NOT_FOUND, "the page has no archive of this month");
  fm_redis_end(self, job);
}

static void on_found(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  gathering *g = job->state = fm_arena_alloc(&job->arena, sizeof *g);
  fm_redis_overflow overflow;
  if (reply->type == REDIS_REPLY_NIL)
    job->error = fm_fail(&job->why, FM_E_NOT_FOUND, "the page is not remembered");
  else
    job->error = fm_redis_overflow_parse(reply, job->limit, &self->scratch, &overflow, &job->why);
  if (job->error) {
    fm_redis_end(self, job);
    return;
  }
  g->upstream = overflow.upstream;
  g->sealed = FM_NO_TIME;
  job->archives =
      fm_arena_alloc(&job->arena, (overflow.archives->count / 2 + 1) * sizeof *job->archives);
  add_sealed(job, overflow.archives);
  for (size_t i = 0; i < job->count; i++)
    if (job->archives[i].month == job->month)
      g->sealed = job->archives[i].sealed;
  if (g->sealed != FM_NO_TIME)
    ask_parts(self, job);
  else
    ask_rows(self, job, &overflow);
}

void fm_redis_archive(fm_redis *self, fm_job *job)
{
  fm_args args = fm_redis_list_args(self, job);
  fm_redis_eval(self, job, fm_lua_list, &args, on_found);
}
