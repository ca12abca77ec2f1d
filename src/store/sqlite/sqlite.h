/* The SQLite home; for src/store/ alone. Everything here but opening runs on
 * a pool thread, one at a time (store/local.h).
 *
 * Functions return 0 or a negative FM_E_*, with the reason in `why`. */
#ifndef FM_STORE_SQLITE_SQLITE_H
#define FM_STORE_SQLITE_SQLITE_H

#include "store/local.h"
#include "store/order.h"
#include "store/pack.h"
#include "store/sqlite/sql.h"
#include <sqlite3.h>

typedef struct fm_sqlite {
  fm_local local; /* first */
  sqlite3 *db;
  char *path; /* for messages */
  fm_why damage; /* where store.damaged: what was found */
  sqlite3_stmt *statements[FM_SQL_COUNT];
  enum fm_sql sync; /* the one in force */
  int log_frames;   /* in the log when the last transaction ended */
  bool alone;       /* no other connection, of this program neither, gets at the file */
  fm_pack pack;
} fm_sqlite;

/* ---- sqlite_sql.c: statements and errors ---- */

/* The reason of the last failure, with advice; returns FM_E_IO. */
int fm_sqlite_fail(fm_sqlite *self, fm_why *why);
/* Starts a statement with its parameters: i int64_t, d a time, t text, b a
 * blob (fm_str each, borrowed until the statement's end). NULL: failed. */
sqlite3_stmt *fm_sql_ask(fm_sqlite *self, fm_why *why, enum fm_sql which, const char *types, ...);
/* 1: a row; 0: no more, the statement is reset; negative: failed, and reset. */
int fm_sql_next(fm_sqlite *self, sqlite3_stmt *statement, fm_why *why);
/* A statement of which only its doing matters. */
int fm_sql_run(fm_sqlite *self, fm_why *why, enum fm_sql which, const char *types, ...);
/* A transaction that a power loss must not undo (FM_SQL_SYNC_FULL) or may. */
int fm_sql_begin(fm_sqlite *self, fm_why *why, enum fm_sql sync);
/* Commits where `error` is 0, else rolls back; returns what became of it. */
int fm_sql_end(fm_sqlite *self, fm_why *why, int error);

fm_str fm_sql_text(sqlite3_stmt *statement, int column); /* borrowed until the next step */
int64_t fm_sql_time(sqlite3_stmt *statement, int column);

/* ---- sqlite_schema.c ---- */

/* Checks what the file is and brings it up to date. */
int fm_sqlite_prepare(fm_sqlite *self, fm_why *why);

/* ---- sqlite_page.c ---- */

typedef struct fm_sqlite_page {
  int64_t id, source;
  fm_page_meta meta;
  fm_str head; /* fm_feed_encode of the feed without entries; empty: never had */
  int64_t *here; /* the entries that are on it, in its order */
  size_t nhere;
  int64_t sealed; /* the last month that was; FM_NO_TIME: none */
} fm_sqlite_page;

/* Strings into the arena. FM_E_NOT_FOUND. */
int fm_sqlite_page_get(fm_sqlite *self, fm_str key, fm_arena *arena, fm_sqlite_page *page,
                       fm_why *why);
/* Makes the row when there is none: all times unknown. */
int fm_sqlite_page_make(fm_sqlite *self, fm_str key, fm_arena *arena, fm_sqlite_page *page,
                        fm_why *why);
int fm_sqlite_page_set(fm_sqlite *self, const fm_sqlite_page *page, fm_why *why);
/* A page's head as a document without entries; one reference. */
int fm_sqlite_page_doc(fm_sqlite *self, const fm_sqlite_page *page, fm_doc **doc, fm_why *why);
int fm_sqlite_touch(fm_sqlite *self, fm_job *job);
int fm_sqlite_pages(fm_sqlite *self, fm_job *job);

/* ---- sqlite_load.c ---- */

/* Entries that are being gathered into a document. */
typedef struct fm_sqlite_list {
  fm_entry *entries;
  size_t count, room;
  int64_t *numbers; /* of the entries */
  size_t nnumbers, numbers_room;
} fm_sqlite_list;

/* Adds one entry by its number; an entry that is not there is left out. */
int fm_sqlite_list_add(fm_sqlite *self, int64_t entry, fm_arena *arena, fm_sqlite_list *list,
                       fm_why *why);
int fm_sqlite_load(fm_sqlite *self, fm_job *job);
/* The JSON of one entry, appended; 0: it is not there. */
int fm_sqlite_json(fm_sqlite *self, int64_t entry, fm_buf *out, fm_why *why);

int fm_sqlite_recall(fm_sqlite *self, fm_job *job); /* sqlite_recall.c */

/* ---- sqlite_merge.c ---- */

int fm_sqlite_merge(fm_sqlite *self, fm_job *job);
int fm_sqlite_add(fm_sqlite *self, fm_job *job);

/* ---- sqlite_window.c: what of a page is in its feed, and what is not ---- */

typedef struct fm_sqlite_rest {
  fm_sqlite_page page;
  fm_shown *here; /* on the page, in no archive, beyond the feed */
  size_t nhere;
  int64_t edge_published, edge_entry; /* those that left: in the feed down to this one */
  int64_t oldest; /* published of the oldest in the feed that left; INT64_MAX: none */
} fm_sqlite_rest;

/* Everything into the arena. FM_E_NOT_FOUND. */
int fm_sqlite_rest_find(fm_sqlite *self, fm_str key, size_t most, fm_arena *arena,
                        fm_sqlite_rest *rest, fm_why *why);
/* Walks the entries that are in no sealed archive and beyond the feed, newest
 * published first; of `month` only, or with FM_NO_TIME all. */
typedef void (*fm_sqlite_rest_cb)(void *ctx, int64_t entry, int64_t published, int64_t month);
int fm_sqlite_rest_walk(fm_sqlite *self, const fm_sqlite_rest *rest, int64_t month,
                        fm_sqlite_rest_cb cb, void *ctx, fm_why *why);

/* ---- sqlite_archive.c, sqlite_seal.c, sqlite_expire.c ---- */

int fm_sqlite_archives(fm_sqlite *self, fm_job *job);
int fm_sqlite_archive(fm_sqlite *self, fm_job *job);
int fm_sqlite_seal(fm_sqlite *self, fm_job *job);
int fm_sqlite_expire(fm_sqlite *self, fm_job *job);

/* ---- sqlite_state.c ---- */

int fm_sqlite_state_get(fm_sqlite *self, fm_job *job);
int fm_sqlite_state_set(fm_sqlite *self, fm_job *job);
int fm_sqlite_state_delete(fm_sqlite *self, fm_job *job);
int fm_sqlite_state_list(fm_sqlite *self, fm_job *job);

/* ---- sqlite_convert.c ---- */

/* Makes states of the hidden pages of an earlier feedmill; inside a transaction. */
int fm_sqlite_convert(fm_sqlite *self, fm_why *why);

/* ---- sqlite_export.c, sqlite_import.c ---- */

int fm_sqlite_export(fm_sqlite *self, fm_job *job);
int fm_sqlite_import(fm_sqlite *self, fm_job *job);

#endif
