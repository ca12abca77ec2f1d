/* Rows of upstreams in SQLite (table page): get, make, set, touch and list. */
#include "store/sqlite/sqlite.h"

#include "store/observation.h"

/* Columns in the order of FM_SQL_PAGE_FIELDS. */
static void read_meta(sqlite3_stmt *row, fm_arena *arena, fm_upstream_meta *meta)
{
  fm_upstream_meta borrowed = {
    .url = fm_sql_text(row, 3),
    .etag = fm_sql_text(row, 4),
    .last_modified = fm_sql_text(row, 5),
    .fetched = fm_sql_time(row, 6),
    .changed = fm_sql_time(row, 7),
    .read = fm_sql_time(row, 8),
    .next_try = fm_sql_time(row, 9),
    .failures = (uint32_t)sqlite3_column_int64(row, 10),
    .failure = fm_sql_text(row, 11),
  };
  fm_meta_copy(arena, &borrowed, meta);
}

static void parse_listed(fm_str blob, fm_arena *arena, fm_sqlite_upstream *upstream)
{
  upstream->nlisted = blob.len / 8;
  upstream->listed = fm_arena_alloc(arena, (upstream->nlisted + 1) * sizeof *upstream->listed);
  for (size_t i = 0; i < upstream->nlisted; i++)
    for (size_t byte = 0; byte < 8; byte++)
      upstream->listed[i] |= (int64_t)((uint64_t)(unsigned char)blob.ptr[i * 8 + byte] << byte * 8);
}

static fm_str format_listed(const fm_sqlite_upstream *upstream, fm_arena *arena)
{
  size_t len = upstream->nlisted * 8;
  char *blob = fm_arena_raw(arena, len + 1);
  for (size_t at = 0; at < len; at++)
    blob[at] = (char)((uint64_t)upstream->listed[at / 8] >> at % 8 * 8);
  return (fm_str){blob, len};
}

int fm_sqlite_upstream_get(fm_sqlite *self, fm_str key, fm_arena *arena,
                           fm_sqlite_upstream *upstream, fm_why *why)
{
  sqlite3_stmt *row = fm_sql_query(self, why, FM_SQL_PAGE_GET, "t", key);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(self, row, why);
  if (got <= 0)
    return got ? got : fm_fail(why, FM_E_NOT_FOUND, "the page is not remembered");
  upstream->id = sqlite3_column_int64(row, 0);
  upstream->source = sqlite3_column_int64(row, 1);
  read_meta(row, arena, &upstream->meta);
  upstream->head = fm_entry_text(arena, fm_sql_text(row, 12));
  parse_listed(fm_sql_text(row, 13), arena, upstream);
  upstream->sealed = fm_sql_time(row, 14);
  sqlite3_reset(row);
  return 0;
}

int fm_sqlite_upstream_make(fm_sqlite *self, fm_str key, fm_arena *arena,
                            fm_sqlite_upstream *upstream, fm_why *why)
{
  int error = fm_sqlite_upstream_get(self, key, arena, upstream, why);
  if (error != FM_E_NOT_FOUND)
    return error;
  fm_str source = fm_upstream_source(key);
  error = fm_sql_exec(self, why, FM_SQL_SOURCE_ADD, "t", source);
  if (!error)
    error = fm_sql_exec(self, why, FM_SQL_PAGE_ADD, "tt", key, source);
  return error ? error : fm_sqlite_upstream_get(self, key, arena, upstream, why);
}

int fm_sqlite_upstream_set(fm_sqlite *self, const fm_sqlite_upstream *upstream, fm_why *why)
{
  fm_arena arena = {0};
  const fm_upstream_meta *meta = &upstream->meta;
  int error = fm_sql_exec(self, why, FM_SQL_PAGE_SET, "itttddddittb", upstream->id, meta->url,
                         meta->etag, meta->last_modified, meta->fetched, meta->changed, meta->read,
                         meta->next_try, (int64_t)meta->failures, meta->failure, upstream->head,
                         format_listed(upstream, &arena));
  fm_arena_deinit(&arena);
  return error;
}

int fm_sqlite_upstream_doc(fm_sqlite *self, const fm_sqlite_upstream *upstream, fm_doc **doc,
                           fm_why *why)
{
  fm_why inner = {""};
  if (fm_head_decode(upstream->head, doc, &inner) != 0)
    return fm_fail(why, FM_E_IO, "%s: a page cannot be read: %s", self->path, inner.text);
  return 0;
}

static int touch(fm_sqlite *self, fm_job *job, bool *lost)
{
  fm_sqlite_upstream upstream;
  int error = fm_sqlite_upstream_make(self, job->upstream, &job->arena, &upstream, &job->why);
  if (error)
    return error;
  *lost = upstream.head.len == 0 && job->meta.fetched != FM_NO_TIME;
  /* `fetched` never decreases: it is when the listed entries were last seen. */
  int64_t fetched = upstream.meta.fetched;
  upstream.meta = job->meta;
  if (upstream.meta.fetched < fetched)
    upstream.meta.fetched = fetched;
  return fm_sqlite_upstream_set(self, &upstream, &job->why);
}

int fm_sqlite_touch(fm_sqlite *self, fm_job *job)
{
  bool lost = false;
  int error = fm_sql_begin(self, &job->why, FM_SQL_SYNC_NORMAL);
  if (error)
    return error;
  error = fm_sql_end(self, &job->why, touch(self, job, &lost));
  return !error && lost ? fm_job_fail_unknown(job) : error;
}

int fm_sqlite_upstreams(fm_sqlite *self, fm_job *job)
{
  size_t room = 0;
  int got;
  sqlite3_stmt *row = fm_sql_query(self, &job->why, FM_SQL_PAGE_ALL, "");
  if (!row)
    return FM_E_IO;
  while ((got = fm_sql_step(self, row, &job->why)) > 0) {
    fm_upstream_row *upstream = FM_PUSH(&job->arena, job->rows, job->nrows, room);
    upstream->key = fm_entry_text(&job->arena, fm_sql_text(row, 2));
    read_meta(row, &job->arena, &upstream->meta);
  }
  return got;
}
