/* Imports lines into Redis: checks all of them in the pool, then writes them in steps. */
#include "store/redis/redis.h"

#include "base/str.h"
#include "feed/codec.h"
#include "store/legacy.h"
#include "store/export_line.h"

/* Entries in one script, which takes some ten milliseconds. */
enum { STEP = 100 };

/* A line that was parsed and checked. */
typedef struct loaded {
  fm_export_line line;
  int64_t published, updated; /* of an entry */
  fm_str packed;              /* of an entry or an archive's part */
} loaded;

typedef struct importing {
  loaded *lines;
  size_t count, room, at;
} importing;

/* ---- parsing, in the pool ---- */

static int pack(fm_redis *self, fm_arena *arena, fm_str json, fm_str *packed)
{
  fm_buf out;
  fm_buf_init(&out, FM_PACK_MAX + 1024);
  int error = fm_pack_encode(&self->pack, json, &out);
  if (!error)
    *packed = fm_arena_str(arena, fm_buf_view(&out));
  fm_buf_deinit(&out);
  return error;
}

static int read_entry(fm_redis *self, fm_arena *arena, loaded *one, fm_why *why)
{
  fm_arena scratch = {0};
  fm_entry entry;
  int error = fm_entry_decode(one->line.data, &scratch, &entry, why);
  if (!error && (entry.published == FM_NO_TIME || !fm_str_eq(entry.id, one->line.id)))
    error = fm_fail(why, FM_E_SYNTAX, "an entry without a date or with another's data");
  if (!error) {
    one->published = entry.published;
    one->updated = entry.updated == FM_NO_TIME ? entry.published : entry.updated;
    error = pack(self, arena, one->line.data, &one->packed);
  }
  fm_arena_deinit(&scratch);
  return error;
}

static int read_part(fm_redis *self, fm_arena *arena, loaded *one, fm_why *why)
{
  fm_buf lines;
  int error = 0;
  fm_buf_init(&lines, FM_PACK_MAX);
  for (size_t i = 0; i < one->line.nrecords && !error; i++) {
    fm_arena scratch = {0};
    fm_entry entry;
    error = fm_entry_decode(one->line.records[i], &scratch, &entry, why);
    fm_arena_deinit(&scratch);
    fm_buf_str(&lines, one->line.records[i]);
    fm_buf_char(&lines, '\n');
  }
  if (!error && lines.full)
    error = fm_fail(why, FM_E_TOO_BIG, "an archive's part is too large");
  if (!error)
    error = pack(self, arena, fm_buf_view(&lines), &one->packed);
  fm_buf_deinit(&lines);
  return error;
}

static int read_line(fm_redis *self, fm_job *job, fm_str text, size_t number, fm_why *why)
{
  importing *x = job->state;
  loaded *one = FM_PUSH(&job->arena, x->lines, x->count, x->room);
  int error = fm_export_line_parse(text, &job->arena, &one->line, why);
  if (!error)
    error = fm_legacy_line(&one->line, &job->arena, why);
  if (!error && one->line.kind == FM_LINE_ENTRY)
    error = read_entry(self, &job->arena, one, why);
  if (!error && one->line.kind == FM_LINE_ARCHIVE)
    error = read_part(self, &job->arena, one, why);
  if (!error && one->line.kind == FM_LINE_END && one->line.number + 1 != number)
    error = fm_fail(why, FM_E_SYNTAX, "the export had %zu lines before this one",
                    one->line.number);
  return error;
}

static void read_all(fm_redis *self, fm_job *job)
{
  fm_why inner = {""};
  fm_str rest = job->lines, text;
  for (size_t n = job->first_line; !job->error && rest.len && fm_str_cut(&rest, '\n', &text); n++) {
    if (fm_str_trim(text).len == 0)
      continue;
    job->error = read_line(self, job, text, n, &inner);
    if (job->error)
      fm_fail(&job->why, job->error, "line %zu: %s", n, inner.text);
  }
}

/* ---- writing ---- */

static void on_written(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  (void)reply;
  fm_redis_step(self, job);
}

static void put_entry(fm_args *args, const loaded *one)
{
  const fm_export_line *line = &one->line;
  fm_args_text(args, line->id);
  fm_args_text(args, line->source);
  fm_args_int(args, line->first_seen);
  fm_args_int(args, one->published);
  fm_args_int(args, one->updated);
  fm_args_int(args, line->changed == FM_NO_TIME ? line->first_seen : line->changed);
  fm_args_int(args, (int64_t)line->fingerprint);
  fm_args_text(args, one->packed);
  fm_args_int(args, (int64_t)line->nplaces);
  for (size_t i = 0; i < line->nplaces; i++) {
    fm_args_text(args, line->places[i].upstream);
    fm_args_time(args, line->places[i].first_seen);
    fm_args_time(args, line->places[i].last_seen);
    fm_args_time(args, line->places[i].archive);
  }
}

static void put_entries(fm_redis *self, fm_job *job)
{
  importing *x = job->state;
  fm_args args = fm_args_begin(self);
  for (size_t i = 0; i < STEP && x->at < x->count && x->lines[x->at].line.kind == FM_LINE_ENTRY;
       i++)
    put_entry(&args, &x->lines[x->at++]);
  fm_redis_eval(self, job, fm_lua_import_entries, &args, on_written);
}

static void put_upstream(fm_redis *self, fm_job *job, const fm_export_line *line)
{
  fm_args args = fm_args_begin(self);
  fm_args_text(&args, line->upstream);
  fm_args_text(&args, fm_upstream_source(line->upstream));
  fm_args_time(&args, line->sealed);
  fm_redis_meta_args(&args, &line->meta, line->head);
  for (size_t i = 0; i < line->nlisted; i++)
    fm_args_text(&args, line->listed[i]);
  fm_redis_eval(self, job, fm_lua_import_upstream, &args, on_written);
}

static void put_part(fm_redis *self, fm_job *job, const loaded *one)
{
  const fm_export_line *line = &one->line;
  fm_args args = fm_args_begin(self);
  fm_args_text(&args, line->upstream);
  fm_args_int(&args, line->month);
  fm_args_int(&args, line->sealed);
  fm_args_int(&args, (int64_t)line->count);
  fm_args_int(&args, line->last_seen == FM_NO_TIME ? line->sealed : line->last_seen);
  fm_args_int(&args, (int64_t)line->part);
  fm_args_text(&args, one->packed);
  fm_redis_eval(self, job, fm_lua_import_part, &args, on_written);
}

static void put_view(fm_redis *self, fm_job *job, const fm_export_line *line)
{
  fm_args args = fm_args_begin(self);
  fm_args_text(&args, line->upstream);
  fm_args_text(&args, fm_upstream_source(line->upstream));
  fm_args_text(&args, line->view);
  fm_args_time(&args, line->used);
  fm_args_int(&args, FM_STORE_VIEWS_MAX);
  for (size_t i = 0; i < line->nentered; i++) {
    fm_args_text(&args, line->entered[i].id);
    fm_args_time(&args, line->entered[i].at);
  }
  fm_redis_eval(self, job, fm_lua_import_view, &args, on_written);
}

static void put_state(fm_redis *self, fm_job *job, const fm_export_line *line)
{
  fm_args args = fm_args_begin(self);
  fm_args_time(&args, line->used);
  fm_args_text(&args, line->key);
  fm_args_text(&args, line->value);
  fm_redis_eval(self, job, fm_lua_state_add, &args, on_written);
}

static void put_next(fm_redis *self, fm_job *job)
{
  importing *x = job->state;
  while (x->at < x->count) {
    const loaded *one = &x->lines[x->at];
    switch (one->line.kind) {
    case FM_LINE_ENTRY:
      put_entries(self, job);
      return;
    case FM_LINE_UPSTREAM:
      x->at++;
      put_upstream(self, job, &one->line);
      return;
    case FM_LINE_ARCHIVE:
      x->at++;
      put_part(self, job, one);
      return;
    case FM_LINE_VIEW:
      x->at++;
      put_view(self, job, &one->line);
      return;
    case FM_LINE_STATE:
      x->at++;
      put_state(self, job, &one->line);
      return;
    default:
      x->at++;
    }
  }
  job->count = x->count;
  fm_redis_end(self, job);
}

void fm_redis_import(fm_redis *self, fm_job *job)
{
  if (job->state) {
    put_next(self, job);
    return;
  }
  job->state = fm_arena_alloc(&job->arena, sizeof(importing));
  fm_redis_pool(self, job, read_all, put_next);
}
