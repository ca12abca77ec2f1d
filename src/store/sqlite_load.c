#include "store/sqlite.h"

#include "feed/codec.h"

/* The columns are what counts; the JSON's dates are the same unless somebody
 * edited the file by hand. */
static int read_entry(fm_sqlite *self, sqlite3_stmt *row, fm_arena *arena, fm_entry *entry,
                      fm_why *why)
{
  fm_arena scratch = {0};
  fm_str json;
  fm_why inner = {""};
  int error = fm_pack_read(&self->pack, fm_sql_text(row, 2), &scratch, &json, &inner);
  if (!error)
    error = fm_entry_decode(json, arena, entry, &inner);
  fm_arena_deinit(&scratch);
  if (error)
    return fm_fail(why, FM_E_IO, "%s: a record cannot be read: %s", self->path, inner.text);
  entry->published = fm_sql_time(row, 0);
  entry->updated = fm_sql_time(row, 1);
  return 0;
}

typedef struct entry_list {
  fm_entry *entries;
  size_t count, room;
} entry_list;

static int load_entries(fm_sqlite *self, enum fm_sql which, int64_t page, size_t most,
                        fm_arena *arena, entry_list *found, fm_why *why)
{
  int got;
  sqlite3_stmt *row = fm_sql_ask(self, why, which, "ii", page, (int64_t)(most - found->count));
  if (!row)
    return FM_E_IO;
  while ((got = fm_sql_next(self, row, why)) > 0) {
    fm_entry *entry = FM_PUSH(arena, found->entries, found->count, found->room);
    int error = read_entry(self, row, arena, entry, why);
    if (error) {
      sqlite3_reset(row);
      return error;
    }
  }
  return got;
}

static int load_head(fm_sqlite *self, const fm_sqlite_page *page, fm_doc **doc, fm_why *why)
{
  fm_why inner = {""};
  if (page->head.len == 0)
    *doc = fm_doc_new(); /* touched, never had */
  else if (fm_feed_decode(page->head, doc, &inner) != 0)
    return fm_fail(why, FM_E_IO, "%s: a page cannot be read: %s", self->path, inner.text);
  return 0;
}

static int load(fm_sqlite *self, fm_job *job)
{
  fm_sqlite_page page;
  fm_doc *doc;
  entry_list found = {NULL, 0, 0};
  size_t most = job->most < INT32_MAX ? job->most : INT32_MAX;
  int error = fm_sqlite_page_get(self, job->page, &job->arena, &page, &job->why);
  if (!error)
    error = load_head(self, &page, &doc, &job->why);
  if (error)
    return error;
  error = load_entries(self, FM_SQL_LOAD_HERE, page.id, most, &doc->arena, &found, &job->why);
  if (!error)
    error = load_entries(self, FM_SQL_LOAD_LEFT, page.id, most, &doc->arena, &found, &job->why);
  if (error) {
    fm_doc_unref(doc);
    return error;
  }
  doc->feed.entries = found.entries;
  doc->feed.nentries = found.count;
  fm_meta_copy(&doc->arena, &page.meta, &job->memory.meta);
  job->memory.doc = doc;
  return 0;
}

int fm_sqlite_load(fm_sqlite *self, fm_job *job)
{
  int error = fm_sql_run(self, &job->why, FM_SQL_BEGIN, "");
  return error ? error : fm_sql_end(self, &job->why, load(self, job));
}
