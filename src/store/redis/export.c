/* Exports a Redis as lines, in small steps. */
#include "store/redis/redis.h"

#include "base/str.h"
#include "store/export_line.h"
#include <stdlib.h>

/* Entries, or states, in one step. */
enum { STEP = 100 };

enum phase { ENTRIES, PAGES, ARCHIVES, VIEWS, STATES, END };

typedef struct exporting {
  enum phase phase;
  int64_t entry; /* the next entry's number */
  fm_str upstream;   /* the last upstream (of archives with `month`), or the last state's key */
  int64_t month;
  fm_str view; /* the last one, of `upstream` */
  const fm_rval *reply;
} exporting;

static void put(fm_job *job, const fm_export_line *line)
{
  job->count++;
  if (fm_export_line_write(line, &job->out) != 0)
    job->error = fm_fail(&job->why, FM_E_TOO_BIG, "a line is too long to be exported");
}

static void unpack(fm_redis *self, fm_job *job, fm_str packed, fm_str *json)
{
  fm_why inner = {""};
  if (fm_pack_decode(&self->pack, packed, &self->scratch, json, &inner) != 0)
    job->error = fm_fail(&job->why, FM_E_IO, "%s: a record cannot be read: %s", self->place,
                         inner.text);
}

/* ---- entries ---- */

/* "FIRST LAST ARCHIVE", "-" for none. */
static fm_export_place read_place(fm_str upstream, fm_str text)
{
  fm_rval value = {.type = REDIS_REPLY_STRING};
  fm_export_place place = {.upstream = upstream};
  int64_t *into[] = {&place.first_seen, &place.last_seen, &place.archive};
  for (size_t i = 0; i < 3; i++) {
    if (!fm_str_cut(&text, ' ', &value.str))
      value.str = FM_STR("-");
    *into[i] = fm_rval_time(&value);
  }
  return place;
}

static int by_page(const void *a, const void *b)
{
  return fm_str_cmp(((const fm_export_place *)a)->upstream, ((const fm_export_place *)b)->upstream);
}

static void put_entry(fm_redis *self, fm_job *job, const fm_rval *hash)
{
  fm_export_line line = {.kind = FM_LINE_ENTRY};
  fm_str packed = {NULL, 0};
  line.places = fm_arena_alloc(&self->scratch, (hash->count / 2 + 1) * sizeof *line.places);
  for (size_t i = 0; i + 1 < hash->count; i += 2) {
    fm_str key = hash->items[i].str;
    const fm_rval *value = &hash->items[i + 1];
    switch (key.len ? key.ptr[0] : 0) {
    case 's': line.source = value->str; break;
    case 'i': line.id = value->str; break;
    case 'f': line.first_seen = fm_rval_int(value); break;
    case 'c': line.changed = fm_rval_int(value); break;
    case 'h': line.fingerprint = (uint64_t)fm_rval_int(value); break;
    case 'd': packed = value->str; break;
    case '@': line.places[line.nplaces++] = read_place(fm_str_from(key, 1), value->str); break;
    }
  }
  qsort(line.places, line.nplaces, sizeof *line.places, by_page);
  unpack(self, job, packed, &line.data);
  if (!job->error)
    put(job, &line);
}

static void put_entries(fm_redis *self, fm_job *job)
{
  exporting *x = job->state;
  for (size_t i = 1; i < x->reply->count && !job->error; i++)
    put_entry(self, job, &x->reply->items[i]);
  x->entry = fm_rval_int(fm_rval_at(x->reply, 0));
  if (x->entry == 0)
    x->phase++;
}

/* ---- pages and archives ---- */

static void put_upstream(fm_redis *self, fm_job *job)
{
  exporting *x = job->state;
  fm_redis_upstream upstream;
  const fm_rval *names = fm_rval_at(x->reply, 2);
  fm_redis_upstream_parse(fm_rval_at(x->reply, 1), &upstream);
  x->upstream = fm_arena_str(&job->arena, fm_rval_at(x->reply, 0)->str);
  fm_export_line line = {.kind = FM_LINE_UPSTREAM,
                         .upstream = x->upstream,
                         .meta = upstream.meta,
                         .head = upstream.head,
                         .sealed = upstream.sealed,
                         .nlisted = names->count};
  line.listed = fm_arena_alloc(&self->scratch, (names->count + 1) * sizeof *line.listed);
  for (size_t i = 0; i < names->count; i++)
    line.listed[i] = names->items[i].str;
  put(job, &line);
}

static void put_part(fm_redis *self, fm_job *job, fm_export_line *line, fm_str packed)
{
  fm_str lines = {NULL, 0}, record;
  size_t room = 0;
  line->records = NULL;
  line->nrecords = 0;
  unpack(self, job, packed, &lines);
  while (!job->error && lines.len && fm_str_cut(&lines, '\n', &record))
    *FM_PUSH(&self->scratch, line->records, line->nrecords, room) = record;
  if (!job->error)
    put(job, line);
}

static void put_archive(fm_redis *self, fm_job *job)
{
  exporting *x = job->state;
  const fm_rval *parts = fm_rval_at(x->reply, 3);
  fm_str value = fm_rval_at(x->reply, 2)->str;
  x->upstream = fm_arena_str(&job->arena, fm_rval_at(x->reply, 0)->str);
  x->month = fm_rval_int(fm_rval_at(x->reply, 1));
  /* three numbers, as of a place */
  fm_export_place numbers = read_place(x->upstream, value);
  fm_export_line line = {.kind = FM_LINE_ARCHIVE, .upstream = x->upstream, .month = x->month,
                  .sealed = numbers.first_seen, .count = (size_t)numbers.last_seen,
                  .last_seen = numbers.archive};
  for (size_t i = 0; i < parts->count && !job->error; i++) {
    line.part = i;
    put_part(self, job, &line, parts->items[i].str);
  }
}

/* ---- views and states ---- */

static int by_id(const void *a, const void *b)
{
  return fm_str_cmp(((const fm_entered *)a)->id, ((const fm_entered *)b)->id);
}

static void put_view(fm_redis *self, fm_job *job)
{
  exporting *x = job->state;
  const fm_rval *all = fm_rval_at(x->reply, 3);
  x->upstream = fm_arena_str(&job->arena, fm_rval_at(x->reply, 0)->str);
  x->view = fm_arena_str(&job->arena, fm_rval_at(x->reply, 1)->str);
  fm_export_line line = {.kind = FM_LINE_VIEW, .upstream = x->upstream, .view = x->view,
                         .used = fm_rval_time(fm_rval_at(x->reply, 2))};
  line.entered = fm_arena_alloc(&self->scratch, (all->count / 2 + 1) * sizeof *line.entered);
  for (size_t i = 0; i + 1 < all->count; i += 2)
    line.entered[line.nentered++] =
        (fm_entered){all->items[i].str, fm_rval_time(&all->items[i + 1])};
  qsort(line.entered, line.nentered, sizeof *line.entered, by_id);
  put(job, &line);
}

static void put_states(fm_redis *self, fm_job *job)
{
  exporting *x = job->state;
  (void)self;
  for (size_t i = 0; i + 2 < x->reply->count && !job->error; i += 3) {
    x->upstream = fm_arena_str(&job->arena, x->reply->items[i].str);
    put(job, &(fm_export_line){.kind = FM_LINE_STATE,
                               .key = x->upstream,
                               .value = x->reply->items[i + 1].str,
                               .used = fm_rval_time(&x->reply->items[i + 2])});
  }
  if (x->reply->count < 3 * STEP)
    x->phase++;
}

/* ---- one step after the other ---- */

static fm_redis_work putter(enum phase phase)
{
  switch (phase) {
  case ENTRIES: return put_entries;
  case PAGES: return put_upstream;
  case ARCHIVES: return put_archive;
  case VIEWS: return put_view;
  default: return put_states;
  }
}

static void on_reply(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  exporting *x = job->state;
  x->reply = reply;
  if (reply->type == REDIS_REPLY_NIL) {
    x->phase++;
    x->upstream = FM_STR("");
    fm_redis_step(self, job);
  } else {
    fm_redis_pool(self, job, putter(x->phase), fm_redis_step);
  }
}

void fm_redis_export(fm_redis *self, fm_job *job)
{
  exporting *x = job->state;
  fm_args args = fm_args_begin(self);
  if (!x) {
    x = job->state = fm_arena_alloc(&job->arena, sizeof *x);
    *x = (exporting){.phase = ENTRIES, .entry = 1, .upstream = FM_STR(""), .month = FM_NO_TIME};
    put(job, &(fm_export_line){.kind = FM_LINE_FIRST});
  }
  switch (x->phase) {
  case ENTRIES:
    fm_args_int(&args, x->entry);
    fm_args_int(&args, STEP);
    fm_redis_eval(self, job, fm_lua_export_entries, &args, on_reply);
    break;
  case PAGES:
    fm_args_text(&args, x->upstream);
    fm_redis_eval(self, job, fm_lua_export_upstream, &args, on_reply);
    break;
  case ARCHIVES:
    fm_args_text(&args, x->upstream);
    fm_args_time(&args, x->month);
    fm_redis_eval(self, job, fm_lua_export_archive, &args, on_reply);
    break;
  case VIEWS:
    fm_args_text(&args, x->upstream);
    fm_args_text(&args, x->view);
    fm_redis_eval(self, job, fm_lua_export_view, &args, on_reply);
    break;
  case STATES:
    fm_args_text(&args, FM_STR(""));
    fm_args_text(&args, x->upstream);
    fm_args_int(&args, STEP);
    fm_redis_eval(self, job, fm_lua_state_list, &args, on_reply);
    break;
  case END:
    put(job, &(fm_export_line){.kind = FM_LINE_END, .number = job->count});
    fm_redis_end(self, job);
  }
}
