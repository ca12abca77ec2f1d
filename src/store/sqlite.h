/* The SQLite home; for src/store/ alone. Everything here but opening runs on
 * a pool thread, one at a time (store/local.h).
 *
 * Functions return 0 or a negative FM_E_*, with the reason in the `why` of the
 * job at hand. */
#ifndef FM_STORE_SQLITE_H
#define FM_STORE_SQLITE_H

#include "store/local.h"
#include "store/pack.h"
#include <sqlite3.h>

/* Every statement, prepared when first used. Times are seconds, NULL unknown. */
#define FM_SQL_PAGE_FIELDS                                                                 \
  "url, etag, last_modified, fetched, changed, read, next_try, failures, failure, head"
#define FM_SQLS(X)                                                                         \
  X(FM_SQL_BEGIN, "BEGIN")                                                                 \
  X(FM_SQL_BEGIN_WRITE, "BEGIN IMMEDIATE")                                                 \
  X(FM_SQL_COMMIT, "COMMIT")                                                               \
  X(FM_SQL_ROLLBACK, "ROLLBACK")                                                           \
  X(FM_SQL_SYNC_FULL, "PRAGMA synchronous=FULL")                                           \
  X(FM_SQL_SYNC_NORMAL, "PRAGMA synchronous=NORMAL")                                       \
  X(FM_SQL_SOURCE_ADD, "INSERT OR IGNORE INTO source (name) VALUES (?1)")                  \
  X(FM_SQL_PAGE_ADD, "INSERT INTO page (key, source)"                                      \
                     " SELECT ?1, id FROM source WHERE name = ?2")                         \
  X(FM_SQL_PAGE_GET, "SELECT id, source, " FM_SQL_PAGE_FIELDS " FROM page WHERE key = ?1") \
  X(FM_SQL_PAGE_ALL, "SELECT key, 0, " FM_SQL_PAGE_FIELDS " FROM page ORDER BY key")       \
  X(FM_SQL_PAGE_SET, "UPDATE page SET url = ?2, etag = ?3, last_modified = ?4,"            \
                     " fetched = ?5, changed = ?6, read = ?7, next_try = ?8,"              \
                     " failures = ?9, failure = ?10, head = ?11 WHERE id = ?1")            \
  X(FM_SQL_ENTRY_GET, "SELECT id, first_seen, published, updated, changed, fingerprint,"   \
                      " data FROM entry WHERE source = ?1 AND name = ?2")                  \
  X(FM_SQL_ENTRY_ADD, "INSERT INTO entry (source, name, first_seen, published, updated,"   \
                      " changed, fingerprint, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)") \
  X(FM_SQL_ENTRY_SET, "UPDATE entry SET updated = ?2, changed = ?3, fingerprint = ?4,"     \
                      " data = ?5 WHERE id = ?1")                                          \
  X(FM_SQL_HERE, "SELECT entry, place, published FROM member"                              \
                 " WHERE page = ?1 AND place IS NOT NULL ORDER BY place")                  \
  X(FM_SQL_ENTER, "INSERT INTO member (entry, page, place, published, first_seen)"         \
                  " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (entry, page)"                 \
                  " DO UPDATE SET place = excluded.place, last_seen = NULL")               \
  X(FM_SQL_MOVE, "UPDATE member SET place = ?3 WHERE entry = ?1 AND page = ?2")            \
  X(FM_SQL_LEAVE, "UPDATE member SET place = NULL, last_seen = ?3"                         \
                  " WHERE entry = ?1 AND page = ?2")                                       \
  X(FM_SQL_LOAD_HERE, "SELECT e.published, e.updated, e.data FROM member m"                \
                      " JOIN entry e ON e.id = m.entry WHERE m.page = ?1"                  \
                      " AND m.place IS NOT NULL ORDER BY m.place LIMIT ?2")                \
  X(FM_SQL_LOAD_LEFT, "SELECT e.published, e.updated, e.data FROM member m"                \
                      " JOIN entry e ON e.id = m.entry WHERE m.page = ?1"                  \
                      " AND m.place IS NULL ORDER BY m.published DESC, m.entry DESC LIMIT ?2")

enum fm_sql {
#define FM_SQL_ROW(name, text) name,
  FM_SQLS(FM_SQL_ROW)
#undef FM_SQL_ROW
  FM_SQL_COUNT
};

typedef struct fm_sqlite {
  fm_local local; /* first */
  sqlite3 *db;
  char *path; /* for messages */
  sqlite3_stmt *statements[FM_SQL_COUNT];
  enum fm_sql sync;  /* the one in force */
  int wal_frames;    /* in the log since the last checkpoint */
  fm_pack pack;
} fm_sqlite;

/* sqlite_sql.c: statements and errors */

/* The reason of the last failure, with advice; returns FM_E_IO. */
int fm_sqlite_fail(fm_sqlite *self, fm_why *why);
/* Starts a statement with its parameters: i int64_t, d a time, t text, b a
 * blob (fm_str each, borrowed until the statement's end). NULL: failed. */
sqlite3_stmt *fm_sql_ask(fm_sqlite *self, fm_why *why, enum fm_sql which, const char *types, ...);
/* 1: a row; 0: no more, the statement is reset; negative: failed, and reset. */
int fm_sql_next(fm_sqlite *self, sqlite3_stmt *statement, fm_why *why);
/* A statement that yields nothing. */
int fm_sql_run(fm_sqlite *self, fm_why *why, enum fm_sql which, const char *types, ...);
/* A transaction that a power loss must not undo (sync FULL) or may. */
int fm_sql_begin(fm_sqlite *self, fm_why *why, enum fm_sql sync);
/* Commits where `error` is 0, else rolls back; returns what became of it. */
int fm_sql_end(fm_sqlite *self, fm_why *why, int error);

fm_str fm_sql_text(sqlite3_stmt *statement, int column); /* borrowed until the next step */
int64_t fm_sql_time(sqlite3_stmt *statement, int column);

/* sqlite_schema.c: checks what the file is and brings it up to date. */
int fm_sqlite_prepare(fm_sqlite *self, fm_why *why);

/* sqlite_page.c */
typedef struct fm_sqlite_page {
  int64_t id, source;
  fm_page_meta meta;
  fm_str head; /* fm_feed_encode of the feed without entries; empty: never had */
} fm_sqlite_page;
/* Strings into the arena. FM_E_NOT_FOUND. */
int fm_sqlite_page_get(fm_sqlite *self, fm_str key, fm_arena *arena, fm_sqlite_page *page,
                       fm_why *why);
/* Makes the row when there is none: all times unknown. */
int fm_sqlite_page_make(fm_sqlite *self, fm_str key, fm_arena *arena, fm_sqlite_page *page,
                        fm_why *why);
int fm_sqlite_page_set(fm_sqlite *self, const fm_sqlite_page *page, fm_why *why);
int fm_sqlite_touch(fm_sqlite *self, fm_job *job);
int fm_sqlite_pages(fm_sqlite *self, fm_job *job);

/* sqlite_load.c, sqlite_merge.c */
int fm_sqlite_load(fm_sqlite *self, fm_job *job);
int fm_sqlite_merge(fm_sqlite *self, fm_job *job);

#endif
