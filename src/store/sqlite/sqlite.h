/* The SQLite backend; private to src/store/. All functions but those for opening run on a
 * pool thread, one at a time (store/local.h).
 *
 * Functions return 0 or a negative FM_E_*, with the reason in `why`. */
#ifndef FM_STORE_SQLITE_SQLITE_H
#define FM_STORE_SQLITE_SQLITE_H

#include "store/local.h"
#include "store/feed_order.h"
#include "store/pack.h"
#include "store/sqlite/sql.h"
#include <sqlite3.h>

typedef struct fm_sqlite {
  fm_local local; /* first */
  sqlite3 *db;
  char *path; /* for messages */
  fm_why damage; /* the reason for store.damaged */
  sqlite3_stmt *statements[FM_SQL_COUNT];
  enum fm_sql sync; /* the current one */
  int log_frames;   /* frames of the WAL after the last commit */
  bool alone;       /* exclusive mode: no other connection can open the file */
  fm_pack pack;
} fm_sqlite;

/* ---- sql.c: statements and errors ---- */

/* Explains the last failure, with advice; returns FM_E_IO. */
int fm_sqlite_fail(fm_sqlite *self, fm_why *why);
/* Starts a statement. Types of parameters: i int64_t, d time (int64_t, FM_NO_TIME is NULL),
 * t text and b blob (fm_str, borrowed until the statement is reset). NULL: failed. */
sqlite3_stmt *fm_sql_query(fm_sqlite *self, fm_why *why, enum fm_sql which, const char *types, ...);
/* 1: a row. 0: no more rows, the statement is reset. Negative: failed, and reset. */
int fm_sql_step(fm_sqlite *self, sqlite3_stmt *statement, fm_why *why);
/* Runs a statement that returns no rows of interest. */
int fm_sql_exec(fm_sqlite *self, fm_why *why, enum fm_sql which, const char *types, ...);
/* Begins a transaction that a power loss must not undo (FM_SQL_SYNC_FULL) or may
 * (FM_SQL_SYNC_NORMAL). */
int fm_sql_begin(fm_sqlite *self, fm_why *why, enum fm_sql sync);
/* Commits if `error` is 0, else rolls back. Returns `error`, or that of the commit. */
int fm_sql_end(fm_sqlite *self, fm_why *why, int error);

fm_str fm_sql_text(sqlite3_stmt *statement, int column); /* borrowed until the next step */
int64_t fm_sql_time(sqlite3_stmt *statement, int column);

/* ---- schema.c ---- */

/* Checks that the file is feedmill's and migrates it to the current schema. */
int fm_sqlite_prepare(fm_sqlite *self, fm_why *why);

/* ---- upstream.c ---- */

typedef struct fm_sqlite_upstream {
  int64_t id, source;
  fm_upstream_meta meta;
  fm_str head; /* the feed without entries as JSON; empty: never fetched */
  int64_t *listed; /* numbers of the listed entries, in the page's order */
  size_t nlisted;
  int64_t sealed; /* the last sealed month; FM_NO_TIME: none */
} fm_sqlite_upstream;

/* Strings are in the arena. FM_E_NOT_FOUND. */
int fm_sqlite_upstream_get(fm_sqlite *self, fm_str key, fm_arena *arena,
                           fm_sqlite_upstream *upstream, fm_why *why);
/* The same, but inserts a row with unknown times if there is none. */
int fm_sqlite_upstream_make(fm_sqlite *self, fm_str key, fm_arena *arena,
                            fm_sqlite_upstream *upstream, fm_why *why);
int fm_sqlite_upstream_set(fm_sqlite *self, const fm_sqlite_upstream *upstream, fm_why *why);
/* A new document of the upstream's head, without entries. */
int fm_sqlite_upstream_doc(fm_sqlite *self, const fm_sqlite_upstream *upstream, fm_doc **doc,
                           fm_why *why);
int fm_sqlite_touch(fm_sqlite *self, fm_job *job);
int fm_sqlite_upstreams(fm_sqlite *self, fm_job *job);

/* ---- load.c ---- */

/* Entries of a document that is being loaded. */
typedef struct fm_sqlite_list {
  fm_entry *entries;
  size_t count, room;
  int64_t *numbers; /* numbers of the entries */
  size_t nnumbers, numbers_room;
} fm_sqlite_list;

/* Adds an entry by its number; does nothing if there is none. */
int fm_sqlite_list_add(fm_sqlite *self, int64_t entry, fm_arena *arena, fm_sqlite_list *list,
                       fm_why *why);
int fm_sqlite_load(fm_sqlite *self, fm_job *job);
/* Appends the JSON of an entry. 0: there is none. */
int fm_sqlite_json(fm_sqlite *self, int64_t entry, fm_buf *out, fm_why *why);

int fm_sqlite_find(fm_sqlite *self, fm_job *job); /* find.c */
int fm_sqlite_load_entries(fm_sqlite *self, fm_job *job); /* load_entries.c */

/* ---- merge.c ---- */

int fm_sqlite_merge(fm_sqlite *self, fm_job *job);
int fm_sqlite_add(fm_sqlite *self, fm_job *job);

/* ---- overflow.c: the entries beyond the feed document ---- */

typedef struct fm_sqlite_overflow {
  fm_sqlite_upstream upstream;
  fm_shown *listed; /* listed, beyond the feed, in no sealed archive */
  size_t nlisted;
  int64_t edge_published, edge_entry; /* the last unlisted entry in the feed */
  int64_t oldest; /* published of the oldest unlisted entry in the feed; INT64_MAX: none */
} fm_sqlite_overflow;

/* All results are in the arena. FM_E_NOT_FOUND. */
int fm_sqlite_overflow_find(fm_sqlite *self, fm_str key, size_t limit, fm_arena *arena,
                            fm_sqlite_overflow *overflow, fm_why *why);
/* Calls back for each entry beyond the feed and in no sealed archive, newest published
 * first; of all months if `month` is FM_NO_TIME. */
typedef void (*fm_sqlite_overflow_cb)(void *ctx, int64_t entry, int64_t published, int64_t month);
int fm_sqlite_overflow_walk(fm_sqlite *self, const fm_sqlite_overflow *overflow, int64_t month,
                            fm_sqlite_overflow_cb cb, void *ctx, fm_why *why);

/* ---- archive.c, seal.c, expire.c ---- */

int fm_sqlite_archives(fm_sqlite *self, fm_job *job);
int fm_sqlite_archive(fm_sqlite *self, fm_job *job);
int fm_sqlite_seal(fm_sqlite *self, fm_job *job);
int fm_sqlite_expire(fm_sqlite *self, fm_job *job);

/* ---- view.c ---- */

int fm_sqlite_enter(fm_sqlite *self, fm_job *job);
/* Finds a view, or adds it; *added tells which. */
int fm_sqlite_view_make(fm_sqlite *self, int64_t upstream, fm_str name, int64_t used,
                        int64_t *view, bool *added, fm_why *why);
/* Drops one view that was not used since the cutoff. 0: there is none. */
int fm_sqlite_view_expire(fm_sqlite *self, int64_t cutoff, fm_why *why);

/* ---- state.c ---- */

int fm_sqlite_state_get(fm_sqlite *self, fm_job *job);
int fm_sqlite_state_set(fm_sqlite *self, fm_job *job);
int fm_sqlite_state_delete(fm_sqlite *self, fm_job *job);
int fm_sqlite_state_list(fm_sqlite *self, fm_job *job);

/* ---- convert.c ---- */

/* Migrates schema 2: makes states of its hidden upstreams; inside a transaction. */
int fm_sqlite_convert(fm_sqlite *self, fm_why *why);

/* ---- export.c, import.c ---- */

int fm_sqlite_export(fm_sqlite *self, fm_job *job);
int fm_sqlite_import(fm_sqlite *self, fm_job *job);

#endif
