/* Migrates a file of schema 2: hidden upstreams and the marks of backfills become states
 * and are deleted. Runs once, inside the transaction of the migration. */
#include "store/sqlite/sqlite.h"

#include "base/str.h"
#include "store/legacy.h"
#include "store/observation.h"

static int add_state(fm_sqlite *self, const fm_legacy_state *state, int64_t used, fm_why *why)
{
  return fm_sql_exec(self, why, FM_SQL_STATE_ADD, "tib", state->key, used, state->value);
}

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

/* Skips damaged records: they are not part of a feed. */
static int convert_row(fm_sqlite *self, sqlite3_stmt *row, fm_str key,
                       const fm_sqlite_upstream *upstream, fm_why *why)
{
  fm_arena arena = {0};
  fm_entry entry;
  fm_legacy_state state;
  fm_why ignored;
  int64_t last = fm_sql_time(row, 3);
  int error = 0;
  if (fm_entry_unpack(&self->pack, fm_sql_text(row, 2), fm_sql_time(row, 0), fm_sql_time(row, 1),
                      &arena, &entry, &ignored) == 0 &&
      fm_legacy_from_entry(key, &entry, &arena, &state))
    error =
        add_state(self, &state, last != FM_NO_TIME ? last : later(upstream->meta.fetched, 0), why);
  fm_arena_deinit(&arena);
  return error;
}

static int convert_entries(fm_sqlite *self, fm_str key, const fm_sqlite_upstream *upstream,
                           fm_why *why)
{
  int got, error = 0;
  sqlite3_stmt *row = fm_sql_query(self, why, FM_SQL_PAGE_ENTRIES, "i", upstream->id);
  if (!row)
    return FM_E_IO;
  while (!error && (got = fm_sql_step(self, row, why)) > 0)
    error = convert_row(self, row, key, upstream, why);
  if (!error)
    return got;
  sqlite3_reset(row);
  return error;
}

static int convert_hidden(fm_sqlite *self, fm_str key, fm_why *why)
{
  fm_arena arena = {0};
  fm_sqlite_upstream upstream;
  int error = fm_sqlite_upstream_get(self, key, &arena, &upstream, why);
  if (!error)
    error = convert_entries(self, key, &upstream, why);
  if (!error)
    error = fm_sql_exec(self, why, FM_SQL_MEMBERS_FORGET, "i", upstream.id);
  if (!error)
    error = fm_sql_exec(self, why, FM_SQL_ENTRIES_FORGET, "i", upstream.source);
  if (!error)
    error = fm_sql_exec(self, why, FM_SQL_PAGE_FORGET, "i", upstream.id);
  fm_arena_deinit(&arena);
  return error == FM_E_NOT_FOUND ? 0 : error;
}

/* Converts the upstream after `*after`. 0: there is none. */
static int convert_upstream(fm_sqlite *self, fm_arena *keys, fm_str *after, fm_why *why)
{
  fm_arena arena = {0};
  fm_sqlite_upstream upstream;
  fm_legacy_state state;
  sqlite3_stmt *row = fm_sql_query(self, why, FM_SQL_NEXT_PAGE, "t", *after);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_step(self, row, why);
  if (got <= 0)
    return got;
  *after = fm_arena_str(keys, fm_sql_text(row, 0));
  sqlite3_reset(row);
  int error = fm_sqlite_upstream_get(self, *after, &arena, &upstream, why);
  if (!error && fm_legacy_from_page(*after, &upstream.meta, upstream.head, &arena, &state)) {
    error = add_state(self, &state, upstream.meta.read, why);
    if (!error)
      error = fm_sql_exec(self, why, FM_SQL_PAGE_FORGET, "i", upstream.id);
  }
  fm_arena_deinit(&arena);
  return error ? error : 1;
}

int fm_sqlite_convert(fm_sqlite *self, fm_why *why)
{
  static const char *const hidden[] = {FM_LEGACY_PAGES};
  fm_arena keys = {0};
  fm_str after = FM_STR("");
  int got = 1;
  for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
    int error = convert_hidden(self, fm_str_of(hidden[i]), why);
    if (error)
      return error;
  }
  while (got > 0)
    got = convert_upstream(self, &keys, &after, why);
  fm_arena_deinit(&keys);
  fm_pack_release(&self->pack);
  return got;
}
