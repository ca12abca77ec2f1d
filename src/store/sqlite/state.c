/* State in SQLite: a row for each key. */
#include "store/sqlite/sqlite.h"

#include "base/clock.h"
#include "base/str.h"

enum { DAY = 86400 };

/* Reading a key postpones its expiry. The time is written once a day at most; a failure to
 * write it is no failure to read the value. */
static void note_use(fm_sqlite *self, fm_str key, int64_t used)
{
  int64_t now = fm_clock_wall();
  fm_why ignored;
  if (used + DAY > now || self->local.store.damaged ||
      sqlite3_db_readonly(self->db, "main") == 1)
    return;
  if (fm_sql_begin(self, &ignored, FM_SQL_SYNC_NORMAL) == 0)
    fm_sql_end(self, &ignored, fm_sql_exec(self, &ignored, FM_SQL_STATE_USED, "ti", key, now));
}

int fm_sqlite_state_get(fm_sqlite *self, fm_job *job)
{
  sqlite3_stmt *row = fm_sql_query(self, &job->why, FM_SQL_STATE_GET, "t", job->upstream);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(self, row, &job->why);
  if (got <= 0)
    return got ? got : fm_fail(&job->why, FM_E_NOT_FOUND, "the key has no value");
  job->value = fm_arena_str(&job->arena, fm_sql_text(row, 0));
  int64_t used = sqlite3_column_int64(row, 1);
  sqlite3_reset(row);
  note_use(self, job->upstream, used);
  return 0;
}

static int write_state(fm_sqlite *self, fm_job *job)
{
  if (job->kind == FM_JOB_STATE_DELETE)
    return fm_sql_exec(self, &job->why, FM_SQL_STATE_DELETE, "t", job->upstream);
  return fm_sql_exec(self, &job->why, FM_SQL_STATE_SET, "tib", job->upstream, fm_clock_wall(),
                    job->value);
}

int fm_sqlite_state_set(fm_sqlite *self, fm_job *job)
{
  int error = fm_sql_begin(self, &job->why, FM_SQL_SYNC_NORMAL);
  if (!error)
    error = fm_sql_end(self, &job->why, write_state(self, job));
  job->value = (fm_str){NULL, 0};
  return error;
}

int fm_sqlite_state_delete(fm_sqlite *self, fm_job *job) { return fm_sqlite_state_set(self, job); }

int fm_sqlite_state_list(fm_sqlite *self, fm_job *job)
{
  size_t room = 0;
  int got = 0, error = 0;
  fm_str prefix = job->upstream.len ? job->upstream : FM_STR(""); /* not NULL */
  sqlite3_stmt *row = fm_sql_query(self, &job->why, FM_SQL_STATES, "t", prefix);
  if (!row)
    return FM_E_IO;
  while (!error && (got = fm_sql_step(self, row, &job->why)) > 0 &&
         fm_str_starts(fm_sql_text(row, 0), prefix))
    error = fm_job_add_state(job, &room, fm_sql_text(row, 0), fm_sql_text(row, 1));
  if (error || got > 0)
    sqlite3_reset(row);
  return error ? error : got < 0 ? got : 0;
}
