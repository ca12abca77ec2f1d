/* Brings a file of schema 2 to states: hidden pages and the notes of backfills become
 * rows of `state` and are gone. Runs once, inside the transaction of the migration. */
#include "store/sqlite/sqlite.h"

#include "base/str.h"
#include "store/legacy.h"
#include "store/sight.h"

static int add_state(fm_sqlite *self, const fm_legacy_state *state, int64_t used, fm_why *why)
{
  return fm_sql_run(self, why, FM_SQL_STATE_ADD, "tib", state->key, used, state->value);
}

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

/* A record that cannot be read is left out: it is a remark, no entry of a feed. */
static int convert_row(fm_sqlite *self, sqlite3_stmt *row, fm_str key,
                       const fm_sqlite_page *page, fm_why *why)
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
    error = add_state(self, &state, last != FM_NO_TIME ? last : later(page->meta.fetched, 0), why);
  fm_arena_deinit(&arena);
  return error;
}

static int convert_entries(fm_sqlite *self, fm_str key, const fm_sqlite_page *page, fm_why *why)
{
  int got, error = 0;
  sqlite3_stmt *row = fm_sql_ask(self, why, FM_SQL_PAGE_ENTRIES, "i", page->id);
  if (!row)
    return FM_E_IO;
  while (!error && (got = fm_sql_next(self, row, why)) > 0)
    error = convert_row(self, row, key, page, why);
  if (!error)
    return got;
  sqlite3_reset(row);
  return error;
}

static int convert_hidden(fm_sqlite *self, fm_str key, fm_why *why)
{
  fm_arena arena = {0};
  fm_sqlite_page page;
  int error = fm_sqlite_page_get(self, key, &arena, &page, why);
  if (!error)
    error = convert_entries(self, key, &page, why);
  if (!error)
    error = fm_sql_run(self, why, FM_SQL_MEMBERS_FORGET, "i", page.id);
  if (!error)
    error = fm_sql_run(self, why, FM_SQL_ENTRIES_FORGET, "i", page.source);
  if (!error)
    error = fm_sql_run(self, why, FM_SQL_PAGE_FORGET, "i", page.id);
  fm_arena_deinit(&arena);
  return error == FM_E_NOT_FOUND ? 0 : error;
}

/* The page after `*after`; 0: there is none. */
static int convert_page(fm_sqlite *self, fm_arena *keys, fm_str *after, fm_why *why)
{
  fm_arena arena = {0};
  fm_sqlite_page page;
  fm_legacy_state state;
  sqlite3_stmt *row = fm_sql_ask(self, why, FM_SQL_NEXT_PAGE, "t", *after);
  if (!row)
    return FM_E_IO;
  int got = fm_sql_next(self, row, why);
  if (got <= 0)
    return got;
  *after = fm_arena_str(keys, fm_sql_text(row, 0));
  sqlite3_reset(row);
  int error = fm_sqlite_page_get(self, *after, &arena, &page, why);
  if (!error && fm_legacy_from_page(*after, &page.meta, page.head, &arena, &state)) {
    error = add_state(self, &state, page.meta.read, why);
    if (!error)
      error = fm_sql_run(self, why, FM_SQL_PAGE_FORGET, "i", page.id);
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
    got = convert_page(self, &keys, &after, why);
  fm_arena_deinit(&keys);
  fm_pack_rest(&self->pack);
  return got;
}
