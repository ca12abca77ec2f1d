#include "store/redis/redis.h"

#include "base/str.h"
#include "feed/codec.h"
#include "store/sight.h"
#include <stdlib.h>

/* ---- what is beyond the feed ---- */

typedef struct candidate {
  int64_t entry;
  bool here, archived;
} candidate;

typedef struct candidates {
  fm_shown *shown; /* `entry` is a place in `is` */
  candidate *is;
  size_t count;
} candidates;

static void push(candidates *all, int64_t entry, int64_t published, bool here, bool archived)
{
  size_t at = all->count++;
  all->shown[at] = (fm_shown){.entry = (int64_t)at, .published = published};
  all->is[at] = (candidate){entry, here, archived};
}

static void push_here(const fm_rval *here, int64_t sealed, candidates *all)
{
  for (size_t i = 0; i + 2 < here->count; i += 3) {
    int64_t archive = fm_rval_time(&here->items[i + 2]); /* "-": none */
    push(all, fm_rval_int(&here->items[i]), fm_rval_int(&here->items[i + 1]), true,
         archive != FM_NO_TIME && sealed != FM_NO_TIME && archive <= sealed);
  }
}

/* Both are newest first; of one time the later number is first. */
static void push_left(const fm_rval *open, const fm_rval *shut, candidates *all)
{
  size_t i = 0, j = 0;
  while (i + 1 < open->count || j + 1 < shut->count) {
    bool first = i + 1 < open->count;
    if (first && j + 1 < shut->count) {
      int64_t a = fm_rval_int(&open->items[i + 1]), b = fm_rval_int(&shut->items[j + 1]);
      first = a > b || (a == b && fm_rval_int(&open->items[i]) > fm_rval_int(&shut->items[j]));
    }
    const fm_rval *from = first ? open : shut;
    size_t *at = first ? &i : &j;
    push(all, fm_rval_int(&from->items[*at]), fm_rval_int(&from->items[*at + 1]), false, !first);
    *at += 2;
  }
}

static void cut(const candidates *all, size_t most, fm_redis_rest *rest)
{
  rest->oldest = INT64_MAX;
  for (size_t i = 0; i < all->count; i++) {
    const candidate *is = &all->is[all->shown[i].entry];
    if (i < most && !is->here)
      rest->oldest = all->shown[i].published;
    if (i >= most && !is->archived)
      rest->shown[rest->count++] = (fm_shown){.entry = is->entry,
                                              .published = all->shown[i].published};
  }
  fm_shown_sort(rest->shown, rest->count);
}

int fm_redis_rest_read(const fm_rval *reply, size_t most, fm_arena *arena, fm_redis_rest *rest,
                       fm_why *why)
{
  fm_doc *head;
  candidates all = {NULL, NULL, 0};
  *rest = (fm_redis_rest){.count = 0};
  fm_redis_page_read(fm_rval_at(reply, 0), &rest->page);
  const fm_rval *here = fm_rval_at(reply, 1), *open = fm_rval_at(reply, 2);
  const fm_rval *shut = fm_rval_at(reply, 3);
  rest->archives = fm_rval_at(reply, 4);
  if (fm_head_read(rest->page.head, &head, why) != 0)
    return FM_E_IO;
  size_t room = here->count / 3 + open->count / 2 + shut->count / 2 + 1;
  all.shown = fm_arena_alloc(arena, room * sizeof *all.shown);
  all.is = fm_arena_alloc(arena, room * sizeof *all.is);
  rest->shown = fm_arena_alloc(arena, room * sizeof *rest->shown);
  push_here(here, rest->page.sealed, &all);
  push_left(open, shut, &all);
  if (head->feed.order == FM_ORDER_PUBLISHED)
    fm_shown_sort(all.shown, all.count);
  cut(&all, most, rest);
  fm_doc_unref(head);
  return 0;
}

fm_args fm_redis_list_args(fm_redis *self, const fm_job *job)
{
  fm_args args = fm_args_begin(self);
  fm_args_text(&args, job->page);
  fm_args_int(&args, job->most < FM_STORE_FEED_MAX ? (int64_t)job->most : FM_STORE_FEED_MAX);
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

/* Newest first, but for those that came too late: look from the end. */
static void add_open(fm_job *job, const fm_redis_rest *rest)
{
  size_t sealed = job->count;
  for (size_t i = 0; i < rest->count; i++) {
    int64_t month = fm_archive_month(rest->shown[i].published, rest->page.sealed);
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
  fm_redis_rest rest;
  if (reply->type != REDIS_REPLY_NIL) {
    job->error = fm_redis_rest_read(reply, job->most, &self->scratch, &rest, &job->why);
    if (!job->error) {
      size_t room = rest.archives->count / 2 + rest.count + 1;
      job->archives = fm_arena_alloc(&job->arena, room * sizeof *job->archives);
      add_sealed(job, rest.archives);
      add_open(job, &rest);
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
  fm_redis_page page;
  const fm_rval *rows;  /* of an open one */
  const fm_rval *parts; /* of a sealed one */
  int64_t sealed;
} gathering;

static int gather_part(fm_redis *self, fm_str packed, fm_doc *doc, fm_entry **entries, size_t *room,
                       fm_why *why)
{
  fm_arena scratch = {0};
  fm_str lines, line;
  int error = fm_pack_read(&self->pack, packed, &scratch, &lines, why);
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
  int error = fm_head_read(g->page.head, doc, &inner);
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
    job->error = fm_redis_doc(self, &g->page, g->rows, &doc, &job->why);
  if (job->error)
    return;
  job->memory.doc = doc;
  fm_meta_copy(&doc->arena, &g->page.meta, &job->memory.meta);
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
  fm_args_text(&args, job->page);
  fm_args_int(&args, job->month);
  fm_redis_eval(self, job, fm_lua_parts, &args, on_parts);
}

static void ask_rows(fm_redis *self, fm_job *job, const fm_redis_rest *rest)
{
  fm_args args = fm_args_begin(self);
  for (size_t i = 0; i < rest->count; i++)
    if (fm_archive_month(rest->shown[i].published, rest->page.sealed) == job->month)
      fm_args_int(&args, rest->shown[i].entry);
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
  fm_redis_rest rest;
  if (reply->type == REDIS_REPLY_NIL)
    job->error = fm_fail(&job->why, FM_E_NOT_FOUND, "the page is not remembered");
  else
    job->error = fm_redis_rest_read(reply, job->most, &self->scratch, &rest, &job->why);
  if (job->error) {
    fm_redis_end(self, job);
    return;
  }
  g->page = rest.page;
  g->sealed = FM_NO_TIME;
  job->archives = fm_arena_alloc(&job->arena, (rest.archives->count / 2 + 1) *
                                                  sizeof *job->archives);
  add_sealed(job, rest.archives);
  for (size_t i = 0; i < job->count; i++)
    if (job->archives[i].month == job->month)
      g->sealed = job->archives[i].sealed;
  if (g->sealed != FM_NO_TIME)
    ask_parts(self, job);
  else
    ask_rows(self, job, &rest);
}

void fm_redis_archive(fm_redis *self, fm_job *job)
{
  fm_args args = fm_redis_list_args(self, job);
  fm_redis_eval(self, job, fm_lua_list, &args, on_found);
}
