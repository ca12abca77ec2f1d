/* Views in SQLite: when entries entered a filtered feed. */
#include "store/sqlite/sqlite.h"

#include "base/clock.h"
#include "base/str.h"

enum { HOUR = 3600 }; /* `used` is written no more often */

/* The first column of a statement's only row. 0: no row. */
static int get_number(fm_sqlite *self, sqlite3_stmt *row, int64_t *number, fm_why *why)
{
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(self, row, why);
  if (got > 0)
    *number = fm_sql_time(row, 0);
  if (got > 0)
    sqlite3_reset(row);
  return got;
}

static int drop_view(fm_sqlite *self, int64_t view, fm_why *why)
{
  int error = fm_sql_exec(self, why, FM_SQL_VIEW_CLEAR, "i", view);
  return error ? error : fm_sql_exec(self, why, FM_SQL_VIEW_DROP, "i", view);
}

int fm_sqlite_view_expire(fm_sqlite *self, int64_t cutoff, fm_why *why)
{
  int64_t view;
  int got = get_number(self, fm_sql_query(self, why, FM_SQL_VIEWS_UNUSED, "i", cutoff), &view, why);
  if (got <= 0)
    return got;
  int error = drop_view(self, view, why);
  return error ? error : 1;
}

/* Makes room for a new view. */
static int drop_over(fm_sqlite *self, int64_t upstream, fm_why *why)
{
  int64_t view;
  int got = 1, error = 0;
  while (!error && got > 0) {
    got = get_number(self,
                     fm_sql_query(self, why, FM_SQL_VIEWS_OVER, "ii", upstream,
                                  (int64_t)FM_STORE_VIEWS_MAX),
                     &view, why);
    if (got > 0)
      error = drop_view(self, view, why);
  }
  return error ? error : got;
}

int fm_sqlite_view_make(fm_sqlite *self, int64_t upstream, fm_str name, int64_t used,
                        int64_t *view, bool *added, fm_why *why)
{
  sqlite3_stmt *row = fm_sql_query(self, why, FM_SQL_VIEW_GET, "it", upstream, name);
  int got = row ? fm_sql_step(self, row, why) : FM_E_IO;
  if (got < 0)
    return got;
  *added = got == 0;
  if (got > 0) {
    *view = sqlite3_column_int64(row, 0);
    int64_t last = sqlite3_column_int64(row, 1);
    sqlite3_reset(row);
    return used - last < HOUR ? 0 : fm_sql_exec(self, why, FM_SQL_VIEW_USED, "ii", *view, used);
  }
  int error = fm_sql_exec(self, why, FM_SQL_VIEW_ADD, "iti", upstream, name, used);
  *view = sqlite3_last_insert_rowid(self->db);
  return error ? error : drop_over(self, upstream, why);
}

/* 0: the entry is not stored. */
static int enter_one(fm_sqlite *self, fm_job *job, const fm_sqlite_upstream *upstream,
                     int64_t view, bool first, fm_str id)
{
  int64_t entry, at = FM_NO_TIME;
  fm_why *why = &job->why;
  int got = get_number(
      self, fm_sql_query(self, why, FM_SQL_ENTRY_FIND, "it", upstream->source, id), &entry, why);
  if (got <= 0)
    return got;
  int error = fm_sql_exec(self, why, FM_SQL_ENTERED_ADD, "iid", view, entry,
                          first ? FM_NO_TIME : job->now);
  if (error)
    return error;
  got = get_number(self, fm_sql_query(self, why, FM_SQL_ENTERED_GET, "ii", view, entry), &at, why);
  if (got > 0)
    job->entered[job->count++] = (fm_entered){id, at};
  return got;
}

static int enter_all(fm_sqlite *self, fm_job *job)
{
  fm_sqlite_upstream upstream;
  int64_t view;
  bool first;
  int error = fm_sqlite_upstream_get(self, job->upstream, &job->arena, &upstream, &job->why);
  if (!error)
    error = fm_sqlite_view_make(self, upstream.id, job->view, fm_clock_wall(), &view, &first,
                                &job->why);
  for (size_t i = 0; i < job->nids && !error; i++) {
    int got = enter_one(self, job, &upstream, view, first, job->ids[i]);
    error = got < 0 ? got : 0;
  }
  return error;
}

int fm_sqlite_enter(fm_sqlite *self, fm_job *job)
{
  int error = fm_sql_begin(self, &job->why, FM_SQL_SYNC_FULL);
  return error ? error : fm_sql_end(self, &job->why, enter_all(self, job));
}
