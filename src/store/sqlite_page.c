#include "store/sqlite.h"

/* Columns from 2 on as FM_SQL_PAGE_FIELDS has them. */
static void read_meta(sqlite3_stmt *row, fm_page_meta *meta)
{
  *meta = (fm_page_meta){
    .url = fm_sql_text(row, 2),
    .etag = fm_sql_text(row, 3),
    .last_modified = fm_sql_text(row, 4),
    .fetched = fm_sql_time(row, 5),
    .changed = fm_sql_time(row, 6),
    .read = fm_sql_time(row, 7),
    .next_try = fm_sql_time(row, 8),
    .failures = (uint32_t)sqlite3_column_int64(row, 9),
    .failure = fm_sql_text(row, 10),
  };
}

int fm_sqlite_page_get(fm_sqlite *self, fm_str key, fm_arena *arena, fm_sqlite_page *page,
                       fm_why *why)
{
  fm_page_meta meta;
  sqlite3_stmt *row = fm_sql_ask(self, why, FM_SQL_PAGE_GET, "t", key);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_next(self, row, why);
  if (got <= 0)
    return got ? got : fm_fail(why, FM_E_NOT_FOUND, "the page is not remembered");
  page->id = sqlite3_column_int64(row, 0);
  page->source = sqlite3_column_int64(row, 1);
  read_meta(row, &meta);
  fm_meta_copy(arena, &meta, &page->meta);
  page->head = fm_entry_text(arena, fm_sql_text(row, 11));
  sqlite3_reset(row);
  return 0;
}

int fm_sqlite_page_make(fm_sqlite *self, fm_str key, fm_arena *arena, fm_sqlite_page *page,
                        fm_why *why)
{
  int error = fm_sqlite_page_get(self, key, arena, page, why);
  if (error != FM_E_NOT_FOUND)
    return error;
  fm_str source = fm_page_source(key);
  error = fm_sql_run(self, why, FM_SQL_SOURCE_ADD, "t", source);
  if (!error)
    error = fm_sql_run(self, why, FM_SQL_PAGE_ADD, "tt", key, source);
  return error ? error : fm_sqlite_page_get(self, key, arena, page, why);
}

int fm_sqlite_page_set(fm_sqlite *self, const fm_sqlite_page *page, fm_why *why)
{
  const fm_page_meta *meta = &page->meta;
  return fm_sql_run(self, why, FM_SQL_PAGE_SET, "itttdddditt", page->id, meta->url, meta->etag,
                    meta->last_modified, meta->fetched, meta->changed, meta->read,
                    meta->next_try, (int64_t)meta->failures, meta->failure, page->head);
}

static int touch(fm_sqlite *self, fm_job *job)
{
  fm_sqlite_page page;
  int error = fm_sqlite_page_make(self, job->page, &job->arena, &page, &job->why);
  if (error)
    return error;
  /* The entries that are on the page were last seen at `fetched`. */
  int64_t fetched = page.meta.fetched;
  page.meta = job->meta;
  if (page.meta.fetched < fetched)
    page.meta.fetched = fetched;
  return fm_sqlite_page_set(self, &page, &job->why);
}

int fm_sqlite_touch(fm_sqlite *self, fm_job *job)
{
  int error = fm_sql_begin(self, &job->why, FM_SQL_SYNC_NORMAL);
  return error ? error : fm_sql_end(self, &job->why, touch(self, job));
}

int fm_sqlite_pages(fm_sqlite *self, fm_job *job)
{
  size_t room = 0;
  int got;
  sqlite3_stmt *row = fm_sql_ask(self, &job->why, FM_SQL_PAGE_ALL, "");
  if (!row)
    return FM_E_IO;
  while ((got = fm_sql_next(self, row, &job->why)) > 0) {
    fm_page_meta meta;
    fm_page_row *page = FM_PUSH(&job->arena, job->rows, job->nrows, room);
    page->key = fm_entry_text(&job->arena, fm_sql_text(row, 0));
    read_meta(row, &meta);
    fm_meta_copy(&job->arena, &meta, &page->meta);
  }
  return got;
}
