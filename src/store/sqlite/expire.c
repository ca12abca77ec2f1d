/* Expiry in SQLite, in small transactions. */
#include "store/sqlite/sqlite.h"

/* Rows read and rows deleted at most in one step, which takes some milliseconds. */
enum { LOOK = 2000, DROP = 50 };

enum phase { PAGES_LEAVE, MEMBERS, ARCHIVES, STATES, PAGES_GO, VIEWS, DONE };

typedef struct expiry {
  fm_job *job;
  enum phase phase;
  int64_t cutoff;
  int64_t entry, upstream; /* the scan continues after these */
} expiry;

/* Unlists the entries of one upstream that was not fetched since the cutoff. 0: none. */
static int unlist_upstream(fm_sqlite *self, expiry *x)
{
  fm_why *why = &x->job->why;
  fm_arena arena = {0};
  fm_sqlite_upstream upstream;
  sqlite3_stmt *row = fm_sql_query(self, why, FM_SQL_STALE_PAGES, "i", x->cutoff);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(self, row, why);
  if (got <= 0)
    return got;
  fm_str key = fm_arena_str(&arena, fm_sql_text(row, 0));
  sqlite3_reset(row);
  int error = fm_sqlite_upstream_get(self, key, &arena, &upstream, why);
  for (size_t i = 0; !error && i < upstream.nlisted; i++)
    error = fm_sql_exec(self, why, FM_SQL_MEMBER_UNLIST, "iii", upstream.listed[i], upstream.id,
                        upstream.meta.fetched);
  if (!error) {
    upstream.nlisted = 0;
    error = fm_sqlite_upstream_set(self, &upstream, why);
  }
  fm_arena_deinit(&arena);
  return error ? error : 1;
}

typedef struct old {
  int64_t entry, upstream;
} old;

static int drop(fm_sqlite *self, expiry *x, const old *members, size_t count)
{
  int error = 0;
  for (size_t i = 0; i < count && !error; i++) {
    error = fm_sql_exec(self, &x->job->why, FM_SQL_MEMBER_DROP, "ii", members[i].entry,
                       members[i].upstream);
    if (!error)
      error = fm_sql_exec(self, &x->job->why, FM_SQL_ENTERED_DROP, "ii", members[i].entry,
                          members[i].upstream);
    if (!error)
      error = fm_sql_exec(self, &x->job->why, FM_SQL_ENTRY_DROP, "i", members[i].entry);
    x->job->count += !error && sqlite3_changes(self->db) > 0;
  }
  return error;
}

/* 0: the scan is complete. */
static int sweep(fm_sqlite *self, expiry *x)
{
  old found[DROP];
  size_t count = 0, looked = 0;
  int got = 0;
  sqlite3_stmt *row = fm_sql_query(self, &x->job->why, FM_SQL_MEMBERS_SCAN, "iii", x->entry,
                                   x->upstream, (int64_t)LOOK);
  if (!row)
    return FM_E_IO;
  while (count < DROP && (got = fm_sql_step(self, row, &x->job->why)) > 0) {
    int64_t last = fm_sql_time(row, 2);
    x->entry = sqlite3_column_int64(row, 0);
    x->upstream = sqlite3_column_int64(row, 1);
    looked++;
    if (last != FM_NO_TIME && last < x->cutoff)
      found[count++] = (old){x->entry, x->upstream};
  }
  if (got > 0)
    sqlite3_reset(row);
  if (got < 0)
    return got;
  int error = drop(self, x, found, count);
  return error ? error : looked > 0;
}

/* Drops an upstream's oldest archive first, so no prev-archive link breaks. */
static int drop_archive(fm_sqlite *self, expiry *x)
{
  fm_why *why = &x->job->why;
  sqlite3_stmt *row = fm_sql_query(self, why, FM_SQL_OLD_ARCHIVE, "i", x->cutoff);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(self, row, why);
  if (got <= 0)
    return got;
  int64_t upstream = sqlite3_column_int64(row, 0), month = sqlite3_column_int64(row, 1);
  sqlite3_reset(row);
  int error = fm_sql_exec(self, why, FM_SQL_PARTS_DROP, "ii", upstream, month);
  if (!error)
    error = fm_sql_exec(self, why, FM_SQL_ARCHIVE_DROP, "ii", upstream, month);
  return error ? error : 1;
}

static int step(fm_sqlite *self, expiry *x)
{
  int got;
  switch (x->phase) {
  case PAGES_LEAVE: got = unlist_upstream(self, x); break;
  case MEMBERS: got = sweep(self, x); break;
  case ARCHIVES: got = drop_archive(self, x); break;
  case VIEWS: got = fm_sqlite_view_expire(self, x->cutoff, &x->job->why); break;
  case STATES: got = fm_sql_exec(self, &x->job->why, FM_SQL_STATES_DROP, "i", x->cutoff); break;
  default: got = fm_sql_exec(self, &x->job->why, FM_SQL_PAGES_DROP, "i", x->cutoff);
  }
  if (got == 0)
    x->phase++;
  return got < 0 ? got : 0;
}

int fm_sqlite_expire(fm_sqlite *self, fm_job *job)
{
  expiry *x = job->state;
  if (job->store->keep <= 0)
    return 0;
  if (!x) {
    x = job->state = fm_arena_alloc(&job->arena, sizeof *x);
    x->job = job;
    x->cutoff = job->now - job->store->keep;
    x->entry = x->upstream = INT64_MIN;
  }
  int error = fm_sql_begin(self, &job->why, FM_SQL_SYNC_NORMAL);
  if (error)
    return error;
  error = fm_sql_end(self, &job->why, step(self, x));
  job->more = !error && x->phase != DONE;
  return error;
}
