#include "store/sqlite/sqlite.h"

#include "store/sight.h"

/* Columns as FM_SQL_PAGE_FIELDS has them. */
static void read_meta(sqlite3_stmt *row, fm_arena *arena, fm_page_meta *meta)
{
  fm_page_meta borrowed = {
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

static void read_here(fm_str blob, fm_arena *arena, fm_sqlite_page *page)
{
  page->nhere = blob.len / 8;
  page->here = fm_arena_alloc(arena, (page->nhere + 1) * sizeof *page->here);
  for (size_t i = 0; i < page->nhere; i++)
    for (size_t byte = 0; byte < 8; byte++)
      page->here[i] |= (int64_t)((uint64_t)(unsigned char)blob.ptr[i * 8 + byte] << byte * 8);
}

static fm_str write_here(const fm_sqlite_page *page, fm_arena *arena)
{
  size_t len = page->nhere * 8;
  char *blob = fm_arena_raw(arena, len + 1);
  for (size_t at = 0; at < len; at++)
    blob[at] = (char)((uint64_t)page->here[at / 8] >> at % 8 * 8);
  return (fm_str){blob, len};
}

int fm_sqlite_page_get(fm_sqlite *self, fm_str key, fm_arena *arena, fm_sqlite_page *page,
                       fm_why *why)
{
  sqlite3_stmt *row = fm_sql_ask(self, why, FM_SQL_PAGE_GET, "t", key);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_next(self, row, why);
  if (got <= 0)
    return got ? got : fm_fail(why, FM_E_NOT_FOUND, "the page is not remembered");
  page->id = sqlite3_column_int64(row, 0);
  page->source = sqlite3_column_int64(row, 1);
  read_meta(row, arena, &page->meta);
  page->head = fm_entry_text(arena, fm_sql_text(row, 12));
  read_here(fm_sql_text(row, 13), arena, page);
  page->sealed = fm_sql_time(row, 14);
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
  fm_arena arena = {0};
  const fm_page_meta *meta = &page->meta;
  int error = fm_sql_run(self, why, FM_SQL_PAGE_SET, "itttddddittb", page->id, meta->url,
                         meta->etag, meta->last_modified, meta->fetched, meta->changed, meta->read,
                         meta->next_try, (int64_t)meta->failures, meta->failure, page->head,
                         write_here(page, &arena));
  fm_arena_deinit(&arena);
  return error;
}

int fm_sqlite_page_doc(fm_sqlite *self, const fm_sqlite_page *page, fm_doc **doc, fm_why *why)
{
  fm_why inner = {""};
  if (fm_head_read(page->head, doc, &inner) != 0)
    return fm_fail(why, FM_E_IO, "%s: a page cannot be read: %s", self->path, inner.text);
  return 0;
}

static int touch(fm_sqlite *self, fm_job *job, bool *lost)
{
  fm_sqlite_page page;
  int error = fm_sqlite_page_make(self, job->page, &job->arena, &page, &job->why);
  if (error)
    return error;
  *lost = page.head.len == 0 && job->meta.fetched != FM_NO_TIME;
  /* The entries that are on the page were last seen at `fetched`. */
  int64_t fetched = page.meta.fetched;
  page.meta = job->meta;
  if (page.meta.fetched < fetched)
    page.meta.fetched = fetched;
  return fm_sqlite_page_set(self, &page, &job->why);
}

int fm_sqlite_touch(fm_sqlite *self, fm_job *job)
{
  bool lost = false;
  int error = fm_sql_begin(self, &job->why, FM_SQL_SYNC_NORMAL);
  if (error)
    return error;
  error = fm_sql_end(self, &job->why, touch(self, job, &lost));
  return !error && lost ? fm_job_lost(job) : error;
}

int fm_sqlite_pages(fm_sqlite *self, fm_job *job)
{
  size_t room = 0;
  int got;
  sqlite3_stmt *row = fm_sql_ask(self, &job->why, FM_SQL_PAGE_ALL, "");
  if (!row)
    return FM_E_IO;
  while ((got = fm_sql_next(self, row, &job->why)) > 0) {
    fm_page_row *page = FM_PUSH(&job->arena, job->rows, job->nrows, room);
    page->key = fm_entry_text(&job->arena, fm_sql_text(row, 2));
    read_meta(row, &job->arena, &page->meta);
  }
  return got;
}
