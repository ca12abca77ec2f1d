/* Archives in SQLite: the entries beyond the feed document, listed and loaded by month. */
#include "store/sqlite/sqlite.h"

#include "base/str.h"
#include "feed/codec.h"

/* Rows are in order, oldest first. Open archives are newer than all sealed ones. */
typedef struct listing {
  fm_job *job;
  size_t room, sealed; /* the number of sealed rows, which come first */
} listing;

static fm_archive *add_row(listing *all)
{
  return FM_PUSH(&all->job->arena, all->job->archives, all->job->count, all->room);
}

static int list_sealed(fm_sqlite *self, int64_t upstream, listing *all)
{
  int got;
  sqlite3_stmt *row = fm_sql_query(self, &all->job->why, FM_SQL_ARCHIVES, "i", upstream);
  if (!row)
    return FM_E_IO;
  while ((got = fm_sql_step(self, row, &all->job->why)) > 0)
    *add_row(all) = (fm_archive){.month = sqlite3_column_int64(row, 0),
                                 .sealed = sqlite3_column_int64(row, 1),
                                 .count = (size_t)sqlite3_column_int64(row, 2)};
  all->sealed = all->job->count;
  return got;
}

/* Entries come newest first except late ones, so the search starts at the last month. */
static void count_open(void *ctx, int64_t entry, int64_t published, int64_t month)
{
  (void)entry;
  (void)published;
  listing *all = ctx;
  fm_job *job = all->job;
  for (size_t i = job->count; i > all->sealed; i--)
    if (job->archives[i - 1].month == month) {
      job->archives[i - 1].count++;
      return;
    }
  *add_row(all) = (fm_archive){.month = month, .sealed = FM_NO_TIME, .count = 1};
}

static void turn(fm_archive *rows, size_t count)
{
  for (size_t i = 0; i < count / 2; i++) {
    fm_archive other = rows[i];
    rows[i] = rows[count - 1 - i];
    rows[count - 1 - i] = other;
  }
}

static int list_all(fm_sqlite *self, fm_job *job)
{
  fm_sqlite_overflow overflow;
  listing all = {job, 0, 0};
  int error =
      fm_sqlite_overflow_find(self, job->upstream, job->limit, &job->arena, &overflow, &job->why);
  if (error)
    return error == FM_E_NOT_FOUND ? 0 : error;
  error = list_sealed(self, overflow.upstream.id, &all);
  if (!error)
    error = fm_sqlite_overflow_walk(self, &overflow, FM_NO_TIME, count_open, &all, &job->why);
  turn(job->archives + all.sealed, job->count - all.sealed);
  return error;
}

int fm_sqlite_archives(fm_sqlite *self, fm_job *job)
{
  int error = fm_sql_exec(self, &job->why, FM_SQL_BEGIN, "");
  return error ? error : fm_sql_end(self, &job->why, list_all(self, job));
}

/* An archive that is being loaded. */
typedef struct gathering {
  fm_sqlite *self;
  fm_job *job;
  fm_doc *doc;
  fm_sqlite_list list;
  int error;
} gathering;

static void gather_open(void *ctx, int64_t entry, int64_t published, int64_t month)
{
  (void)published;
  (void)month;
  gathering *g = ctx;
  if (!g->error)
    g->error = fm_sqlite_list_add(g->self, entry, &g->doc->arena, &g->list, &g->job->why);
}

static int gather_part(gathering *g, fm_str packed)
{
  fm_arena scratch = {0};
  fm_why inner = {""};
  fm_str lines, line;
  int error = fm_pack_decode(&g->self->pack, packed, &scratch, &lines, &inner);
  while (!error && lines.len && fm_str_cut(&lines, '\n', &line))
    error = fm_entry_decode(line, &g->doc->arena,
                            FM_PUSH(&g->doc->arena, g->list.entries, g->list.count, g->list.room),
                            &inner);
  fm_arena_deinit(&scratch);
  if (error)
    return fm_fail(&g->job->why, FM_E_IO, "%s: an archive cannot be read: %s", g->self->path,
                   inner.text);
  return 0;
}

static int gather_sealed(gathering *g, int64_t upstream)
{
  int got, error = 0;
  sqlite3_stmt *row =
      fm_sql_query(g->self, &g->job->why, FM_SQL_PARTS, "ii", upstream, g->job->month);
  if (!row)
    return FM_E_IO;
  while (!error && (got = fm_sql_step(g->self, row, &g->job->why)) > 0)
    error = gather_part(g, fm_sql_text(row, 0));
  if (!error)
    return got;
  sqlite3_reset(row);
  return error;
}

/* Gives the time at which the month was sealed, or FM_NO_TIME. */
static int ask_sealed(gathering *g, int64_t upstream, int64_t *sealed)
{
  sqlite3_stmt *row =
      fm_sql_query(g->self, &g->job->why, FM_SQL_ARCHIVE, "ii", upstream, g->job->month);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(g->self, row, &g->job->why);
  *sealed = got > 0 ? sqlite3_column_int64(row, 0) : FM_NO_TIME;
  sqlite3_reset(row);
  return got < 0 ? got : 0;
}

static int gather(gathering *g, const fm_sqlite_overflow *overflow)
{
  int64_t sealed;
  int error = ask_sealed(g, overflow->upstream.id, &sealed);
  if (error)
    return error;
  if (sealed != FM_NO_TIME)
    error = gather_sealed(g, overflow->upstream.id);
  else
    error = fm_sqlite_overflow_walk(g->self, overflow, g->job->month, gather_open, g, &g->job->why);
  if (!error)
    error = g->error;
  if (error)
    return error;
  if (g->list.count == 0)
    return fm_fail(&g->job->why, FM_E_NOT_FOUND, "the page has no archive of this month");
  g->doc->feed.entries = g->list.entries;
  g->doc->feed.nentries = g->list.count;
  fm_meta_copy(&g->doc->arena, &overflow->upstream.meta, &g->job->memory.meta);
  if (sealed != FM_NO_TIME)
    g->job->memory.meta.changed = sealed;
  return 0;
}

static int archive(fm_sqlite *self, fm_job *job)
{
  fm_sqlite_overflow overflow;
  gathering g = {.self = self, .job = job};
  int error =
      fm_sqlite_overflow_find(self, job->upstream, job->limit, &job->arena, &overflow, &job->why);
  if (!error)
    error = fm_sqlite_upstream_doc(self, &overflow.upstream, &g.doc, &job->why);
  if (error)
    return error;
  error = gather(&g, &overflow);
  if (error)
    fm_doc_unref(g.doc);
  else
    job->memory.doc = g.doc;
  return error;
}

int fm_sqlite_archive(fm_sqlite *self, fm_job *job)
{
  int error = fm_sql_exec(self, &job->why, FM_SQL_BEGIN, "");
  return error ? error : fm_sql_end(self, &job->why, archive(self, job));
}
