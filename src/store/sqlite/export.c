/* Exports a SQLite store as lines, in small read transactions. */
#include "store/sqlite/sqlite.h"

#include "base/str.h"
#include "store/export_line.h"

/* Entries in one step, which takes some milliseconds. */
enum { STEP = 100 };

enum phase { FIRST, ENTRIES, PAGES, ARCHIVES, VIEWS, STATES, END };

typedef struct exporting {
  enum phase phase;
  int64_t at; /* rowid of the last exported entry or part */
  fm_str key; /* the last exported upstream or state */
} exporting;

static int put(fm_job *job, const fm_export_line *line)
{
  job->count++;
  int error = fm_export_line_write(line, &job->out);
  return error ? fm_fail(&job->why, error, "a line is too long to be exported") : 0;
}

static int get_places(fm_sqlite *self, fm_job *job, int64_t entry, fm_arena *arena,
                      fm_export_line *line)
{
  size_t room = 0;
  int got;
  sqlite3_stmt *row = fm_sql_query(self, &job->why, FM_SQL_PLACES, "i", entry);
  if (!row)
    return FM_E_IO;
  while ((got = fm_sql_step(self, row, &job->why)) > 0)
    *FM_PUSH(arena, line->places, line->nplaces, room) = (fm_export_place){
      .upstream = fm_arena_str(arena, fm_sql_text(row, 0)),
      .first_seen = fm_sql_time(row, 1),
      .last_seen = fm_sql_time(row, 2),
      .archive = fm_sql_time(row, 3),
    };
  return got;
}

static int put_entry(fm_sqlite *self, fm_job *job, sqlite3_stmt *row)
{
  fm_arena arena = {0};
  fm_why inner = {""};
  fm_export_line line = {
    .kind = FM_LINE_ENTRY,
    .source = fm_sql_text(row, 1),
    .id = fm_sql_text(row, 2),
    .first_seen = fm_sql_time(row, 3),
    .changed = fm_sql_time(row, 4),
    .fingerprint = (uint64_t)sqlite3_column_int64(row, 5),
  };
  int error = fm_pack_decode(&self->pack, fm_sql_text(row, 6), &arena, &line.data, &inner);
  if (error)
    error = fm_fail(&job->why, FM_E_IO, "%s: a record cannot be read: %s", self->path, inner.text);
  else
    error = get_places(self, job, sqlite3_column_int64(row, 0), &arena, &line);
  if (!error)
    error = put(job, &line);
  fm_arena_deinit(&arena);
  return error;
}

/* Each of these returns 1 while there is more of its kind. */
static int entries(fm_sqlite *self, fm_job *job, exporting *x)
{
  int got, error = 0, count = 0;
  sqlite3_stmt *row = fm_sql_query(self, &job->why, FM_SQL_EXPORT, "ii", x->at, (int64_t)STEP);
  if (!row)
    return FM_E_IO;
  while (!error && (got = fm_sql_step(self, row, &job->why)) > 0) {
    x->at = sqlite3_column_int64(row, 0);
    error = put_entry(self, job, row);
    count++;
  }
  if (!error)
    return got < 0 ? got : count == STEP;
  sqlite3_reset(row);
  return error;
}

static int get_names(fm_sqlite *self, fm_job *job, const fm_sqlite_upstream *upstream,
                     fm_arena *arena, fm_export_line *line)
{
  line->listed = fm_arena_alloc(arena, (upstream->nlisted + 1) * sizeof *line->listed);
  for (size_t i = 0; i < upstream->nlisted; i++) {
    sqlite3_stmt *row = fm_sql_query(self, &job->why, FM_SQL_ENTRY_NAME, "i", upstream->listed[i]);
    if (!row)
      return FM_E_IO;
    int got = fm_sql_step(self, row, &job->why);
    if (got < 0)
      return got;
    if (got > 0)
      line->listed[line->nlisted++] = fm_arena_str(arena, fm_sql_text(row, 0));
    sqlite3_reset(row);
  }
  return 0;
}

static int upstreams(fm_sqlite *self, fm_job *job, exporting *x)
{
  fm_arena arena = {0};
  fm_sqlite_upstream upstream;
  sqlite3_stmt *row = fm_sql_query(self, &job->why, FM_SQL_NEXT_PAGE, "t", x->key);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(self, row, &job->why);
  if (got <= 0)
    return got;
  x->key = fm_arena_str(&job->arena, fm_sql_text(row, 0));
  sqlite3_reset(row);
  int error = fm_sqlite_upstream_get(self, x->key, &arena, &upstream, &job->why);
  if (!error) {
    fm_export_line line = {.kind = FM_LINE_UPSTREAM,
                           .upstream = x->key,
                           .meta = upstream.meta,
                           .head = upstream.head,
                           .sealed = upstream.sealed};
    error = get_names(self, job, &upstream, &arena, &line);
    if (!error)
      error = put(job, &line);
  }
  fm_arena_deinit(&arena);
  return error ? error : 1;
}

static int put_part(fm_sqlite *self, fm_job *job, sqlite3_stmt *row)
{
  fm_arena arena = {0};
  fm_why inner = {""};
  size_t room = 0;
  fm_str lines, record;
  fm_export_line line = {
    .kind = FM_LINE_ARCHIVE,
    .upstream = fm_sql_text(row, 1),
    .month = fm_sql_time(row, 2),
    .sealed = fm_sql_time(row, 3),
    .count = (size_t)sqlite3_column_int64(row, 4),
    .last_seen = fm_sql_time(row, 5),
    .part = (size_t)sqlite3_column_int64(row, 6),
  };
  int error = fm_pack_decode(&self->pack, fm_sql_text(row, 7), &arena, &lines, &inner);
  if (error)
    error = fm_fail(&job->why, FM_E_IO, "%s: an archive cannot be read: %s", self->path,
                    inner.text);
  while (!error && lines.len && fm_str_cut(&lines, '\n', &record))
    *FM_PUSH(&arena, line.records, line.nrecords, room) = record;
  if (!error)
    error = put(job, &line);
  fm_arena_deinit(&arena);
  return error;
}

static int archives(fm_sqlite *self, fm_job *job, exporting *x)
{
  sqlite3_stmt *row = fm_sql_query(self, &job->why, FM_SQL_NEXT_PART, "i", x->at);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(self, row, &job->why);
  if (got <= 0)
    return got;
  x->at = sqlite3_column_int64(row, 0);
  int error = put_part(self, job, row);
  sqlite3_reset(row);
  return error ? error : 1;
}

static int get_entered(fm_sqlite *self, fm_job *job, int64_t view, fm_arena *arena,
                       fm_export_line *line)
{
  size_t room = 0;
  int got;
  sqlite3_stmt *row = fm_sql_query(self, &job->why, FM_SQL_VIEW_ENTRIES, "i", view);
  if (!row)
    return FM_E_IO;
  while ((got = fm_sql_step(self, row, &job->why)) > 0)
    *FM_PUSH(arena, line->entered, line->nentered, room) =
        (fm_entered){fm_arena_str(arena, fm_sql_text(row, 0)), fm_sql_time(row, 1)};
  return got;
}

static int views(fm_sqlite *self, fm_job *job, exporting *x)
{
  fm_arena arena = {0};
  sqlite3_stmt *row = fm_sql_query(self, &job->why, FM_SQL_NEXT_VIEW, "i", x->at);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(self, row, &job->why);
  if (got <= 0)
    return got;
  fm_export_line line = {.kind = FM_LINE_VIEW, .upstream = fm_sql_text(row, 1),
                         .view = fm_sql_text(row, 2), .used = fm_sql_time(row, 3)};
  x->at = sqlite3_column_int64(row, 0);
  int error = get_entered(self, job, x->at, &arena, &line);
  if (!error)
    error = put(job, &line);
  sqlite3_reset(row);
  fm_arena_deinit(&arena);
  return error ? error : 1;
}

static int states(fm_sqlite *self, fm_job *job, exporting *x)
{
  sqlite3_stmt *row = fm_sql_query(self, &job->why, FM_SQL_NEXT_STATE, "t", x->key);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(self, row, &job->why);
  if (got <= 0)
    return got;
  fm_export_line line = {.kind = FM_LINE_STATE,
                         .key = fm_arena_str(&job->arena, fm_sql_text(row, 0)),
                         .used = fm_sql_time(row, 1),
                         .value = fm_sql_text(row, 2)};
  x->key = line.key;
  int error = put(job, &line);
  sqlite3_reset(row);
  return error ? error : 1;
}

static int step(fm_sqlite *self, fm_job *job, exporting *x)
{
  switch (x->phase) {
  case FIRST: return put(job, &(fm_export_line){.kind = FM_LINE_FIRST});
  case ENTRIES: return entries(self, job, x);
  case PAGES: return upstreams(self, job, x);
  case ARCHIVES: return archives(self, job, x);
  case VIEWS: return views(self, job, x);
  case STATES: return states(self, job, x);
  case END: return put(job, &(fm_export_line){.kind = FM_LINE_END, .number = job->count});
  }
  return 0;
}

int fm_sqlite_export(fm_sqlite *self, fm_job *job)
{
  exporting *x = job->state;
  if (!x) {
    x = job->state = fm_arena_alloc(&job->arena, sizeof *x);
    x->at = INT64_MIN;
    x->key = FM_STR("");
  }
  int error = fm_sql_exec(self, &job->why, FM_SQL_BEGIN, "");
  if (error)
    return error;
  int got = step(self, job, x);
  error = fm_sql_end(self, &job->why, got < 0 ? got : 0);
  job->more = !error && x->phase != END;
  if (got == 0) {
    x->phase++;
    x->at = INT64_MIN;
    x->key = FM_STR("");
  }
  return error;
}
