/* The SQLite schema, its migrations and the settings of a connection. */
#include "store/sqlite/sqlite.h"

#include <stdio.h>

/* "feml" identifies a database of feedmill, also to file(1). */
enum { APPLICATION_ID = 0x66656d6c };

/* Entries are numbered in order of arrival, so new rows go to the end of the table and
 * SQLite's pages fill up; `member` is keyed by entry for the same reason.
 *
 * The table `page` holds the upstreams. A refresh writes little: the list of entries is one
 * value (`here`: their numbers, 8 bytes each, little endian), so a new entry on top changes
 * no row of the others, and listed entries have no `last_seen`, because it is the time of
 * the upstream's last fetch. */
static const char schema_1[] =
    "CREATE TABLE source ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE) STRICT;"

    "CREATE TABLE page ("
    " id INTEGER PRIMARY KEY,"
    " key TEXT NOT NULL UNIQUE,"
    " source INTEGER NOT NULL,"
    " url TEXT, etag TEXT, last_modified TEXT,"
    " fetched INTEGER, changed INTEGER, read INTEGER, next_try INTEGER,"
    " failures INTEGER NOT NULL DEFAULT 0, failure TEXT,"
    " head TEXT," /* the feed without its entries, as JSON */
    " here BLOB) STRICT;"

    "CREATE TABLE entry ("
    " id INTEGER PRIMARY KEY,"
    " source INTEGER NOT NULL,"
    " name TEXT NOT NULL,"         /* the entry's id */
    " first_seen INTEGER NOT NULL,"
    " published INTEGER NOT NULL," /* never changes */
    " updated INTEGER NOT NULL,"
    " changed INTEGER NOT NULL,"   /* when `data` last changed, votes included */
    " fingerprint INTEGER NOT NULL,"
    " data BLOB NOT NULL) STRICT;" /* store/pack.h */
    "CREATE UNIQUE INDEX entry_by_name ON entry (source, name);"

    /* An upstream lists or listed an entry. */
    "CREATE TABLE member ("
    " entry INTEGER NOT NULL,"
    " page INTEGER NOT NULL,"
    " published INTEGER NOT NULL," /* the entry's */
    " first_seen INTEGER NOT NULL,"
    " last_seen INTEGER,"          /* NULL while it is listed */
    " PRIMARY KEY (entry, page)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX member_left ON member (page, published, entry) WHERE last_seen IS NOT NULL;";

/* A sealed archive stores its records itself, in parts of some hundred. A member names its
 * archive, so it is in no other. */
static const char schema_2[] =
    "ALTER TABLE page ADD COLUMN sealed INTEGER;" /* the last sealed month */
    "ALTER TABLE member ADD COLUMN archive INTEGER;" /* a month */
    "DROP INDEX member_left;"
    "CREATE INDEX member_left ON member (page, published, entry, archive)"
    " WHERE last_seen IS NOT NULL;"

    "CREATE TABLE archive ("
    " page INTEGER NOT NULL,"
    " month INTEGER NOT NULL,"
    " sealed INTEGER NOT NULL,"    /* when */
    " count INTEGER NOT NULL,"     /* entries */
    " last_seen INTEGER NOT NULL," /* of the entry that was listed longest */
    " PRIMARY KEY (page, month)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE archive_part ("
    " page INTEGER NOT NULL,"
    " month INTEGER NOT NULL,"
    " part INTEGER NOT NULL,"
    " data BLOB NOT NULL," /* records, one a line, packed (store/pack.h) */
    " UNIQUE (page, month, part)) STRICT;";

/* `state` is the program's memory of itself; `used` is when a key was last set or read.
 * `view` is a filtered feed of an upstream; `entered` holds when an entry came into it (NULL:
 * before the view was first evaluated). page.given (when readers were last given the feed) and
 * entry.redated are for dates that become better; nothing reads them yet. */
static const char schema_3[] =
    "CREATE TABLE state ("
    " name TEXT PRIMARY KEY,"
    " used INTEGER NOT NULL,"
    " value BLOB NOT NULL) STRICT;"

    "CREATE TABLE view ("
    " id INTEGER PRIMARY KEY,"
    " page INTEGER NOT NULL,"
    " name TEXT NOT NULL,"
    " used INTEGER NOT NULL," /* when it was last evaluated */
    " UNIQUE (page, name)) STRICT;"
    "CREATE TABLE entered ("
    " view INTEGER NOT NULL,"
    " entry INTEGER NOT NULL,"
    " at INTEGER,"
    " PRIMARY KEY (view, entry)) STRICT, WITHOUT ROWID;"

    "ALTER TABLE page ADD COLUMN given INTEGER;"
    "UPDATE page SET given = max(fetched, coalesce(read, fetched));"
    "ALTER TABLE entry ADD COLUMN redated INTEGER NOT NULL DEFAULT 0;";

static const char *const migrations[] = {schema_1, schema_2, schema_3};
enum { WITH_STATES = 3 }; /* the first schema with a table of states */
enum { SCHEMA = sizeof migrations / sizeof *migrations };

static int run(fm_sqlite *self, const char *sql, fm_why *why)
{
  if (sqlite3_exec(self->db, sql, NULL, NULL, NULL) != SQLITE_OK)
    return fm_sqlite_fail(self, why);
  return 0;
}

static int read_number(fm_sqlite *self, const char *sql, int64_t *number, fm_why *why)
{
  sqlite3_stmt *statement = NULL;
  int error = 0;
  if (sqlite3_prepare_v2(self->db, sql, -1, &statement, NULL) != SQLITE_OK ||
      sqlite3_step(statement) != SQLITE_ROW)
    error = fm_sqlite_fail(self, why);
  else
    *number = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return error;
}

/* Refuses a database of another program. */
static int check_owner(fm_sqlite *self, int64_t *version, fm_why *why)
{
  int64_t application, tables;
  int error = read_number(self, "PRAGMA application_id", &application, why);
  if (!error)
    error = read_number(self, "PRAGMA user_version", version, why);
  if (!error)
    error = read_number(self, "SELECT count(*) FROM sqlite_schema", &tables, why);
  if (error)
    return error;
  if (application == APPLICATION_ID || (application == 0 && *version == 0 && tables == 0))
    return 0;
  return fm_fail(why, FM_E_IO, "%s: is the database of another program; nothing was changed",
                 self->path);
}

static int check_version(fm_sqlite *self, int64_t version, fm_why *why)
{
  if (version <= SCHEMA)
    return 0;
  return fm_fail(why, FM_E_IO, "%s: made by a newer feedmill (schema %lld, this one knows %d)",
                 self->path, (long long)version, (int)SCHEMA);
}

/* Migrates by one version, unless another process has just done it. */
static int migrate(fm_sqlite *self, int64_t version, fm_why *why)
{
  char numbers[96];
  int64_t now;
  snprintf(numbers, sizeof numbers, "PRAGMA application_id=%d;PRAGMA user_version=%lld",
           (int)APPLICATION_ID, (long long)version + 1);
  int error = run(self, "BEGIN IMMEDIATE", why);
  if (error)
    return error;
  error = read_number(self, "PRAGMA user_version", &now, why);
  if (!error && now == version) {
    error = run(self, migrations[version], why);
    if (!error && version + 1 == WITH_STATES)
      error = fm_sqlite_convert(self, why);
    if (!error)
      error = run(self, numbers, why);
  }
  if (!error)
    error = run(self, "COMMIT", why);
  if (error)
    run(self, "ROLLBACK", NULL);
  return error;
}

/* With a WAL, readers of the file (an export, sqlite3 in a shell) never block a merge, and a
 * commit is one append. A crash of the process loses no commit whatever `synchronous` is,
 * because the log is in the kernel's page cache. A power loss with NORMAL may lose the last
 * commits, and an entry that readers were given would be dated a second time. So merges use
 * FULL (one fsync for each refresh, in the pool), and writes that may be lost without harm
 * (when a feed was last read, failure counts, states, expiry) use NORMAL: fm_sql_begin.
 *
 * SQLite's cache is small because the kernel's page cache stands behind it and idle memory
 * counts. There is no mmap because a truncated file would raise SIGBUS. */
static const char settings[] =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA journal_size_limit=4194304;"
    "PRAGMA cache_size=-1024;"
    "PRAGMA mmap_size=0;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA synchronous=NORMAL;";

int fm_sqlite_prepare(fm_sqlite *self, fm_why *why)
{
  int64_t version;
  int error = check_owner(self, &version, why);
  if (!error)
    error = check_version(self, version, why);
  if (error || sqlite3_db_readonly(self->db, "main") == 1)
    return error;
  error = run(self, settings, why);
  for (; !error && version < SCHEMA; version++)
    error = migrate(self, version, why);
  return error;
}
