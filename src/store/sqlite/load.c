/* Loads an upstream's feed document from SQLite. */
#include "store/sqlite/sqlite.h"

#include "store/observation.h"

static int read_entry(fm_sqlite *self, sqlite3_stmt *row, fm_arena *arena, fm_entry *entry,
                      fm_why *why)
{
  fm_why inner = {""};
  if (fm_entry_unpack(&self->pack, fm_sql_text(row, 2), fm_sql_time(row, 0), fm_sql_time(row, 1),
                      arena, entry, &inner) != 0)
    return fm_fail(why, FM_E_IO, "%s: a record cannot be read: %s", self->path, inner.text);
  return 0;
}

int fm_sqlite_json(fm_sqlite *self, int64_t entry, fm_buf *out, fm_why *why)
{
  fm_arena scratch = {0};
  fm_str json;
  fm_why inner = {""};
  sqlite3_stmt *row = fm_sql_query(self, why, FM_SQL_ENTRY_BY_ID, "i", entry);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(self, row, why);
  if (got <= 0)
    return got;
  int error = fm_pack_decode(&self->pack, fm_sql_text(row, 2), &scratch, &json, &inner);
  if (error)
    error = fm_fail(why, FM_E_IO, "%s: a record cannot be read: %s", self->path, inner.text);
  else
    error = fm_buf_str(out, json);
  fm_arena_deinit(&scratch);
  sqlite3_reset(row);
  return error ? error : 1;
}

int fm_sqlite_list_add(fm_sqlite *self, int64_t entry, fm_arena *arena, fm_sqlite_list *list,
                       fm_why *why)
{
  sqlite3_stmt *row = fm_sql_query(self, why, FM_SQL_ENTRY_BY_ID, "i", entry);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(self, row, why);
  if (got <= 0)
    return got;
  int error = read_entry(self, row, arena, FM_PUSH(arena, list->entries, list->count, list->room),
                         why);
  *FM_PUSH(arena, list->numbers, list->nnumbers, list->numbers_room) = entry;
  sqlite3_reset(row);
  return error;
}

static int load_left(fm_sqlite *self, int64_t upstream, size_t limit, fm_arena *arena,
                     fm_sqlite_list *list, fm_why *why)
{
  int got, error = 0;
  sqlite3_stmt *row =
      fm_sql_query(self, why, FM_SQL_LEFT, "ii", upstream, (int64_t)(limit - list->count));
  if (!row)
    return FM_E_IO;
  while (!error && (got = fm_sql_step(self, row, why)) > 0)
    error = fm_sqlite_list_add(self, sqlite3_column_int64(row, 0), arena, list, why);
  if (!error)
    return got;
  sqlite3_reset(row);
  return error;
}

static int load(fm_sqlite *self, fm_job *job)
{
  fm_sqlite_upstream upstream;
  fm_doc *doc;
  fm_sqlite_list list = {.entries = NULL};
  size_t limit = job->limit < INT32_MAX ? job->limit : INT32_MAX;
  int error = fm_sqlite_upstream_get(self, job->upstream, &job->arena, &upstream, &job->why);
  if (!error)
    error = fm_sqlite_upstream_doc(self, &upstream, &doc, &job->why);
  if (error)
    return error;
  for (size_t i = 0; i < upstream.nlisted && i < limit && !error; i++)
    error = fm_sqlite_list_add(self, upstream.listed[i], &doc->arena, &list, &job->why);
  if (!error)
    error = load_left(self, upstream.id, limit, &doc->arena, &list, &job->why);
  if (error) {
    fm_doc_unref(doc);
    return error;
  }
  doc->feed.entries = list.entries;
  doc->feed.nentries = list.count;
  doc->numbers = list.numbers;
  fm_meta_copy(&doc->arena, &upstream.meta, &job->memory.meta);
  job->memory.doc = doc;
  return 0;
}

int fm_sqlite_load(fm_sqlite *self, fm_job *job)
{
  int error = fm_sql_exec(self, &job->why, FM_SQL_BEGIN, "");
  return error ? error : fm_sql_end(self, &job->why, load(self, job));
}
