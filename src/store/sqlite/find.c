/* Finds entries of an upstream that a caller's function accepts, in small steps. */
#include "store/sqlite/sqlite.h"

#include "store/observation.h"

/* Entries that are read in one step, which takes some milliseconds. */
enum { STEP = 500 };

typedef struct finding {
  fm_sqlite_upstream upstream;
  size_t at;                /* the next of the listed entries */
  int64_t published, entry; /* the last unlisted entry that was read */
  fm_doc *doc;
  fm_entry *entries;
  size_t count, room;
  int64_t *numbers;
  size_t nnumbers, numbers_room;
} finding;

static bool is_found(const finding *f, int64_t entry)
{
  for (size_t i = 0; i < f->nnumbers; i++)
    if (f->numbers[i] == entry)
      return true;
  return false;
}

/* An entry may have become unlisted since an earlier step found it. */
static void take(fm_job *job, finding *f, int64_t number, const fm_entry *entry)
{
  fm_arena *arena = &f->doc->arena;
  if (!job->match(job->match_ctx, entry) || is_found(f, number))
    return;
  fm_entry_copy(arena, entry, FM_PUSH(arena, f->entries, f->count, f->room));
  *FM_PUSH(arena, f->numbers, f->nnumbers, f->numbers_room) = number;
}

static int look_at(fm_sqlite *self, fm_job *job, finding *f, int64_t number)
{
  fm_arena scratch = {0};
  fm_entry entry;
  fm_why inner = {""};
  sqlite3_stmt *row = fm_sql_query(self, &job->why, FM_SQL_ENTRY_BY_ID, "i", number);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(self, row, &job->why);
  if (got <= 0)
    return got;
  int error = fm_entry_unpack(&self->pack, fm_sql_text(row, 2), fm_sql_time(row, 0),
                              fm_sql_time(row, 1), &scratch, &entry, &inner);
  sqlite3_reset(row);
  if (error)
    error = fm_fail(&job->why, FM_E_IO, "%s: a record cannot be read: %s", self->path, inner.text);
  else
    take(job, f, number, &entry);
  fm_arena_deinit(&scratch);
  return error;
}

/* 0: there are no more. */
static int look_at_unlisted(fm_sqlite *self, fm_job *job, finding *f)
{
  int got = 0, error = 0;
  size_t looked = 0;
  sqlite3_stmt *row = fm_sql_query(self, &job->why, FM_SQL_LEFT_AFTER, "iiii", f->upstream.id,
                                   f->published, f->entry, (int64_t)STEP);
  if (!row)
    return FM_E_IO;
  while (!error && f->count < job->limit && (got = fm_sql_step(self, row, &job->why)) > 0) {
    f->entry = sqlite3_column_int64(row, 0);
    f->published = sqlite3_column_int64(row, 1);
    looked++;
    error = look_at(self, job, f, f->entry);
  }
  if (error || got > 0)
    sqlite3_reset(row);
  return error ? error : got < 0 ? got : looked > 0;
}

static int begin(fm_sqlite *self, fm_job *job)
{
  finding *f = job->state = fm_arena_alloc(&job->arena, sizeof *f);
  f->published = f->entry = INT64_MAX;
  int error = fm_sqlite_upstream_get(self, job->upstream, &job->arena, &f->upstream, &job->why);
  return error ? error : fm_sqlite_upstream_doc(self, &f->upstream, &f->doc, &job->why);
}

static int step(fm_sqlite *self, fm_job *job, bool *more)
{
  int error = job->state ? 0 : begin(self, job);
  finding *f = job->state;
  size_t end = f->at + STEP;
  bool listed = !error && f->at < f->upstream.nlisted;
  for (; !error && f->at < f->upstream.nlisted && f->at < end && f->count < job->limit; f->at++)
    error = look_at(self, job, f, f->upstream.listed[f->at]);
  if (error)
    return error;
  int got = listed ? 1 : look_at_unlisted(self, job, f);
  *more = got > 0 && f->count < job->limit;
  return got < 0 ? got : 0;
}

int fm_sqlite_find(fm_sqlite *self, fm_job *job)
{
  bool more = false;
  int error = fm_sql_exec(self, &job->why, FM_SQL_BEGIN, "");
  if (!error)
    error = fm_sql_end(self, &job->why, step(self, job, &more));
  finding *f = job->state;
  job->more = more && !error;
  if (error && f)
    fm_doc_unref(f->doc);
  if (error || job->more)
    return error;
  f->doc->feed.entries = f->entries;
  f->doc->feed.nentries = f->count;
  f->doc->numbers = f->numbers;
  fm_meta_copy(&f->doc->arena, &f->upstream.meta, &job->memory.meta);
  job->memory.doc = f->doc;
  return 0;
}
