/* Loads single entries from SQLite by id. */
#include "store/sqlite/sqlite.h"

#include "store/observation.h"

static int source_of(fm_sqlite *self, fm_job *job, int64_t *source)
{
  sqlite3_stmt *row =
      fm_sql_query(self, &job->why, FM_SQL_SOURCE_GET, "t", fm_upstream_source(job->upstream));
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(self, row, &job->why);
  if (got <= 0)
    return got;
  *source = sqlite3_column_int64(row, 0);
  sqlite3_reset(row);
  return 1;
}

static int load_one(fm_sqlite *self, fm_job *job, int64_t source, fm_str id, fm_doc *doc,
                    fm_entry *entry)
{
  fm_why inner = {""};
  sqlite3_stmt *row = fm_sql_query(self, &job->why, FM_SQL_ENTRY_GET, "it", source, id);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(self, row, &job->why);
  if (got <= 0)
    return got;
  int error = fm_entry_unpack(&self->pack, fm_sql_text(row, 6), sqlite3_column_int64(row, 2),
                              sqlite3_column_int64(row, 3), &doc->arena, entry, &inner);
  sqlite3_reset(row);
  if (error)
    return fm_fail(&job->why, FM_E_IO, "%s: a record cannot be read: %s", self->path, inner.text);
  return 1;
}

static int load_all(fm_sqlite *self, fm_job *job, fm_doc *doc)
{
  int64_t source;
  int got = source_of(self, job, &source);
  fm_entry_set all = fm_entry_set_of(&job->seen->feed, &job->arena);
  fm_entry *entries = fm_arena_alloc(&doc->arena, (all.count + 1) * sizeof *entries);
  doc->feed.entries = entries;
  for (size_t i = 0; i < all.count && got > 0; i++) {
    int found = load_one(self, job, source, all.entries[i]->id, doc, &entries[doc->feed.nentries]);
    if (found < 0)
      return found;
    doc->feed.nentries += (size_t)found;
  }
  return got < 0 ? got : 0;
}

int fm_sqlite_load_entries(fm_sqlite *self, fm_job *job)
{
  fm_doc *doc = fm_doc_new();
  int error = fm_sql_exec(self, &job->why, FM_SQL_BEGIN, "");
  if (!error)
    error = fm_sql_end(self, &job->why, load_all(self, job, doc));
  if (error)
    fm_doc_unref(doc);
  else
    job->memory.doc = doc;
  return error;
}
