/* Sealing of archives in SQLite, in small transactions. */
#include "store/sqlite/sqlite.h"

/* Records in one part of an archive, which is one step of sealing. */
enum { PART = 100 };

typedef struct sealing {
  fm_sqlite_overflow overflow;
  int64_t month, last_seen; /* FM_NO_TIME: no month is chosen */
  int64_t *entries;
  size_t count, room, at;
  fm_job *job;
} sealing;

/* Finds the oldest month. */
static void find_oldest(void *ctx, int64_t entry, int64_t published, int64_t month)
{
  (void)entry;
  (void)published;
  sealing *s = ctx;
  if (s->month == FM_NO_TIME || month < s->month)
    s->month = month;
}

static void gather(void *ctx, int64_t entry, int64_t published, int64_t month)
{
  (void)published;
  (void)month;
  sealing *s = ctx;
  *FM_PUSH(&s->job->arena, s->entries, s->count, s->room) = entry;
}

/* Chooses the next month to seal. Months are sealed in order. */
static int choose(fm_sqlite *self, sealing *s, bool *found)
{
  fm_job *job = s->job;
  s->month = FM_NO_TIME;
  s->count = s->at = 0;
  s->last_seen = 0;
  *found = false;
  int error = fm_sqlite_overflow_find(self, job->upstream, job->limit, &job->arena, &s->overflow,
                                      &job->why);
  if (error)
    return error;
  error = fm_sqlite_overflow_walk(self, &s->overflow, FM_NO_TIME, find_oldest, s, &job->why);
  if (error || s->month == FM_NO_TIME)
    return error;
  int64_t end = fm_month_after(s->month);
  if (end > job->before || end > s->overflow.oldest)
    return 0;
  error = fm_sqlite_overflow_walk(self, &s->overflow, s->month, gather, s, &job->why);
  /* drops the parts of an interrupted attempt */
  if (!error)
    error =
        fm_sql_exec(self, &job->why, FM_SQL_PARTS_DROP, "ii", s->overflow.upstream.id, s->month);
  *found = !error && s->count > 0;
  return error;
}

static int put_record(fm_sqlite *self, sealing *s, int64_t entry, fm_buf *lines)
{
  fm_why *why = &s->job->why;
  int got = fm_sqlite_json(self, entry, lines, why);
  if (got < 0)
    return got;
  if (got > 0)
    fm_buf_char(lines, '\n');
  sqlite3_stmt *row = fm_sql_query(self, why, FM_SQL_MEMBER, "ii", entry, s->overflow.upstream.id);
  if (!row)
    return FM_E_IO;
  got = fm_sql_step(self, row, why);
  if (got < 0)
    return got;
  int64_t last = got > 0 ? fm_sql_time(row, 1) : 0;
  sqlite3_reset(row);
  if (last == FM_NO_TIME)
    last = s->job->now;
  s->last_seen = last > s->last_seen ? last : s->last_seen;
  return fm_sql_exec(self, why, FM_SQL_MEMBER_ARCHIVE, "iii", entry, s->overflow.upstream.id,
                     s->month);
}

/* Members that name this month count as open until the archive's row is written. */
static int put_part(fm_sqlite *self, sealing *s)
{
  fm_buf lines, packed;
  int error = 0;
  int64_t part = (int64_t)(s->at / PART);
  fm_buf_init(&lines, FM_PACK_MAX);
  fm_buf_init(&packed, FM_PACK_MAX + 1024);
  for (size_t i = 0; i < PART && s->at < s->count && !error; i++)
    error = put_record(self, s, s->entries[s->at++], &lines);
  if (!error)
    error = fm_pack_encode(&self->pack, fm_buf_view(&lines), &packed);
  if (!error)
    error = fm_sql_exec(self, &s->job->why, FM_SQL_PART_ADD, "iiib", s->overflow.upstream.id,
                        s->month, part, fm_buf_view(&packed));
  fm_buf_deinit(&packed);
  fm_buf_deinit(&lines);
  return error;
}

static int finish_month(fm_sqlite *self, sealing *s)
{
  fm_job *job = s->job;
  int error = fm_sql_exec(self, &job->why, FM_SQL_ARCHIVE_ADD, "iiiii", s->overflow.upstream.id,
                          s->month, job->now, (int64_t)s->count, s->last_seen);
  if (!error)
    error =
        fm_sql_exec(self, &job->why, FM_SQL_PAGE_SEALED, "ii", s->overflow.upstream.id, s->month);
  job->count++;
  s->month = FM_NO_TIME;
  return error;
}

static int step(fm_sqlite *self, sealing *s)
{
  bool found = true;
  int error = 0;
  if (s->month == FM_NO_TIME)
    error = choose(self, s, &found);
  else if (s->at < s->count)
    error = put_part(self, s);
  else
    error = finish_month(self, s);
  s->job->more = !error && found;
  return error;
}

int fm_sqlite_seal(fm_sqlite *self, fm_job *job)
{
  sealing *s = job->state;
  if (!s) {
    s = job->state = fm_arena_alloc(&job->arena, sizeof *s);
    s->job = job;
    s->month = FM_NO_TIME;
  }
  int error = fm_sql_begin(self, &job->why, FM_SQL_SYNC_FULL);
  if (error)
    return error;
  error = fm_sql_end(self, &job->why, step(self, s));
  return error == FM_E_NOT_FOUND ? 0 : error;
}
