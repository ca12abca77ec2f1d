/* Imports lines into SQLite, in one transaction for each call. */
#include "store/sqlite/sqlite.h"

#include "base/clock.h"
#include "base/str.h"
#include "feed/codec.h"
#include "store/legacy.h"
#include "store/export_line.h"

typedef struct importing {
  fm_sqlite *self;
  fm_why *why;
  fm_arena arena; /* of the current line */
  size_t number;
} importing;

static int get_number(importing *x, sqlite3_stmt *row, int64_t *number)
{
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(x->self, row, x->why);
  if (got <= 0)
    return got ? got : FM_E_NOT_FOUND;
  *number = sqlite3_column_int64(row, 0);
  sqlite3_reset(row);
  return 0;
}

static int add_record(importing *x, const fm_export_line *line, int64_t source, int64_t *id)
{
  fm_entry entry;
  fm_buf packed;
  int error = fm_entry_decode(line->data, &x->arena, &entry, x->why);
  if (error)
    return error;
  if (entry.published == FM_NO_TIME || !fm_str_eq(entry.id, line->id))
    return fm_fail(x->why, FM_E_SYNTAX, "an entry without a date or with another's data");
  fm_buf_init(&packed, FM_PACK_MAX + 1024);
  error = fm_pack_encode(&x->self->pack, line->data, &packed);
  if (!error)
    error = fm_sql_exec(x->self, x->why, FM_SQL_ENTRY_ADD, "itiiiiib", source, line->id,
                       line->first_seen, entry.published,
                       entry.updated == FM_NO_TIME ? entry.published : entry.updated,
                       line->changed == FM_NO_TIME ? line->first_seen : line->changed,
                       (int64_t)line->fingerprint, fm_buf_view(&packed));
  *id = sqlite3_last_insert_rowid(x->self->db);
  fm_buf_deinit(&packed);
  return error;
}

static int add_state(importing *x, fm_str key, fm_str value, int64_t used)
{
  return fm_sql_exec(x->self, x->why, FM_SQL_STATE_ADD, "tib", key,
                    used == FM_NO_TIME ? fm_clock_wall() : used, value);
}

static int take_entry(importing *x, const fm_export_line *line)
{
  int64_t source = 0, id = 0;
  fm_sqlite_upstream upstream;
  int error = fm_sql_exec(x->self, x->why, FM_SQL_SOURCE_ADD, "t", line->source);
  if (!error)
    error = get_number(x, fm_sql_query(x->self, x->why, FM_SQL_SOURCE_GET, "t", line->source),
                       &source);
  if (!error)
    error = get_number(x, fm_sql_query(x->self, x->why, FM_SQL_ENTRY_FIND, "it", source, line->id),
                       &id);
  if (error == FM_E_NOT_FOUND)
    error = add_record(x, line, source, &id);
  for (size_t i = 0; i < line->nplaces && !error; i++) {
    const fm_export_place *place = &line->places[i];
    error = fm_sqlite_upstream_make(x->self, place->upstream, &x->arena, &upstream, x->why);
    if (!error)
      error = fm_sql_exec(x->self, x->why, FM_SQL_MEMBER_ADD, "iiddd", id, upstream.id,
                         place->first_seen, place->last_seen, place->archive);
  }
  return error;
}

/* The stored list of entries wins; entries that only the export lists are unlisted. */
static int take_listed(importing *x, const fm_export_line *line, fm_sqlite_upstream *upstream,
                       bool known)
{
  if (!known)
    upstream->listed = fm_arena_alloc(&x->arena, (line->nlisted + 1) * sizeof *upstream->listed);
  for (size_t i = 0; i < line->nlisted; i++) {
    int64_t id = 0;
    int error = get_number(x,
                           fm_sql_query(x->self, x->why, FM_SQL_ENTRY_FIND, "it", upstream->source,
                                        line->listed[i]),
                           &id);
    bool there = known;
    for (size_t j = 0; known && !error && there && j < upstream->nlisted; j++)
      if (upstream->listed[j] == id)
        there = false;
    if (!error && !known)
      upstream->listed[upstream->nlisted++] = id;
    else if (!error && there)
      error = fm_sql_exec(x->self, x->why, FM_SQL_MEMBER_LEAVE, "iii", id, upstream->id,
                         line->meta.fetched == FM_NO_TIME ? 0 : line->meta.fetched);
    if (error && error != FM_E_NOT_FOUND)
      return error;
  }
  return 0;
}

static int take_upstream(importing *x, const fm_export_line *line)
{
  fm_sqlite_upstream upstream;
  int error = fm_sqlite_upstream_make(x->self, line->upstream, &x->arena, &upstream, x->why);
  if (error)
    return error;
  bool known = upstream.head.len || upstream.nlisted || upstream.meta.fetched != FM_NO_TIME;
  error = take_listed(x, line, &upstream, known);
  if (error || known)
    return error;
  upstream.meta = line->meta;
  upstream.head = line->head;
  error = fm_sqlite_upstream_set(x->self, &upstream, x->why);
  if (!error && line->sealed != FM_NO_TIME)
    error = fm_sql_exec(x->self, x->why, FM_SQL_PAGE_SEALED, "ii", upstream.id, line->sealed);
  return error;
}

static int add_part(importing *x, const fm_export_line *line, int64_t upstream)
{
  fm_buf lines, packed;
  fm_buf_init(&lines, FM_PACK_MAX);
  fm_buf_init(&packed, FM_PACK_MAX + 1024);
  for (size_t i = 0; i < line->nrecords; i++) {
    fm_buf_str(&lines, line->records[i]);
    fm_buf_char(&lines, '\n');
  }
  int error = lines.full ? fm_fail(x->why, FM_E_TOO_BIG, "an archive's part is too large") : 0;
  if (!error)
    error = fm_pack_encode(&x->self->pack, fm_buf_view(&lines), &packed);
  if (!error)
    error = fm_sql_exec(x->self, x->why, FM_SQL_PART_ADD, "iiib", upstream, line->month,
                       (int64_t)line->part, fm_buf_view(&packed));
  fm_buf_deinit(&packed);
  fm_buf_deinit(&lines);
  return error;
}

static int check_records(importing *x, const fm_export_line *line)
{
  fm_entry entry;
  int error = 0;
  for (size_t i = 0; i < line->nrecords && !error; i++)
    error = fm_entry_decode(line->records[i], &x->arena, &entry, x->why);
  return error;
}

/* An archive that this store sealed itself is not mixed with the imported one. */
static int take_archive(importing *x, const fm_export_line *line)
{
  fm_sqlite_upstream upstream;
  int64_t one, sealed;
  int error = check_records(x, line);
  if (!error)
    error = fm_sqlite_upstream_make(x->self, line->upstream, &x->arena, &upstream, x->why);
  if (error)
    return error;
  error =
      get_number(x, fm_sql_query(x->self, x->why, FM_SQL_ARCHIVE, "ii", upstream.id, line->month),
                 &sealed);
  if (error == FM_E_NOT_FOUND && line->part == 0) {
    error = fm_sql_exec(x->self, x->why, FM_SQL_ARCHIVE_ADD, "iiiii", upstream.id, line->month,
                       line->sealed, (int64_t)line->count, line->last_seen);
    if (!error && (upstream.sealed == FM_NO_TIME || upstream.sealed < line->month))
      error = fm_sql_exec(x->self, x->why, FM_SQL_PAGE_SEALED, "ii", upstream.id, line->month);
    return error ? error : add_part(x, line, upstream.id);
  }
  if (!error)
    error = get_number(x, fm_sql_query(x->self, x->why, FM_SQL_ARCHIVE_LIKE, "iiii", upstream.id,
                                     line->month, line->sealed, (int64_t)line->count), &one);
  if (!error && line->part > 0)
    error = fm_sql_exec(x->self, x->why, FM_SQL_PART_DROP, "iii", upstream.id, line->month,
                       (int64_t)line->part);
  if (!error && line->part > 0)
    return add_part(x, line, upstream.id);
  return error == FM_E_NOT_FOUND ? 0 : error;
}

/* Times that are recorded already stay. */
static int take_view(importing *x, const fm_export_line *line)
{
  fm_sqlite_upstream upstream;
  int64_t view, entry;
  bool added;
  int error = fm_sqlite_upstream_make(x->self, line->upstream, &x->arena, &upstream, x->why);
  if (!error)
    error = fm_sqlite_view_make(x->self, upstream.id, line->view,
                                line->used == FM_NO_TIME ? fm_clock_wall() : line->used, &view,
                                &added, x->why);
  for (size_t i = 0; i < line->nentered && !error; i++) {
    error = get_number(x,
                       fm_sql_query(x->self, x->why, FM_SQL_ENTRY_FIND, "it", upstream.source,
                                    line->entered[i].id),
                       &entry);
    if (!error)
      error = fm_sql_exec(x->self, x->why, FM_SQL_ENTERED_ADD, "iid", view, entry,
                          line->entered[i].at);
    else if (error == FM_E_NOT_FOUND)
      error = 0;
  }
  return error;
}

static int take_line(importing *x, const fm_export_line *line)
{
  switch (line->kind) {
  case FM_LINE_FIRST: return 0;
  case FM_LINE_ENTRY: return take_entry(x, line);
  case FM_LINE_UPSTREAM: return take_upstream(x, line);
  case FM_LINE_ARCHIVE: return take_archive(x, line);
  case FM_LINE_VIEW: return take_view(x, line);
  case FM_LINE_STATE: return add_state(x, line->key, line->value, line->used);
  case FM_LINE_END: break;
  }
  if (line->number + 1 != x->number)
    return fm_fail(x->why, FM_E_SYNTAX, "the export had %zu lines before this one", line->number);
  return 0;
}

static int take_text(importing *x, fm_str text)
{
  fm_export_line line;
  int error = fm_export_line_parse(text, &x->arena, &line, x->why);
  if (!error)
    error = fm_legacy_line(&line, &x->arena, x->why);
  return error ? error : take_line(x, &line);
}

static int take_all(fm_sqlite *self, fm_job *job)
{
  fm_why why = {""};
  importing x = {.self = self, .why = &why, .number = job->first_line};
  fm_str rest = job->lines, text;
  int error = 0;
  for (; !error && rest.len && fm_str_cut(&rest, '\n', &text); x.number++) {
    if (fm_str_trim(text).len == 0)
      continue;
    error = take_text(&x, text);
    fm_arena_deinit(&x.arena);
    job->count += !error;
  }
  if (error == FM_E_SYNTAX || error == FM_E_TOO_BIG)
    return fm_fail(&job->why, error, "line %zu: %s", x.number - 1, why.text);
  job->why = why;
  return error;
}

int fm_sqlite_import(fm_sqlite *self, fm_job *job)
{
  int error = fm_sql_begin(self, &job->why, FM_SQL_SYNC_FULL);
  if (!error)
    error = fm_sql_end(self, &job->why, take_all(self, job));
  if (error)
    job->count = 0;
  return error;
}
