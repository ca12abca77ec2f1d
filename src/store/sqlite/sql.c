/* Prepares, binds and runs SQL statements, and explains their errors. */
#include "store/sqlite/sqlite.h"

#include <stdarg.h>
#include <string.h>

static const char *const texts[FM_SQL_COUNT] = {
#define FM_SQL_ROW(name, text) [name] = text,
  FM_SQLS(FM_SQL_ROW)
#undef FM_SQL_ROW
};

/* Advice for the operator. */
static const char *advice(int code)
{
  switch (code & 0xff) {
  case SQLITE_FULL:
    return "; the disk is full: make room, nothing that was stored is lost";
  case SQLITE_READONLY:
    return "; the file or its folder cannot be written";
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return "; nothing was overwritten: put back a copy, or move it away to begin a new memory";
  case SQLITE_IOERR:
    return "; nothing that was stored is lost";
  case SQLITE_BUSY:
    return "; another program holds it";
  default:
    return "";
  }
}

int fm_sqlite_fail(fm_sqlite *self, fm_why *why)
{
  fm_why reason;
  int code = sqlite3_extended_errcode(self->db), system = sqlite3_system_errno(self->db);
  bool from_system = system && ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN);
  fm_fail(&reason, FM_E_IO, "%s: %s%s%s%s%s", self->path, sqlite3_errmsg(self->db),
          from_system ? " (" : "", from_system ? strerror(system) : "", from_system ? ")" : "",
          advice(code));
  if (((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB) &&
      !self->local.store.damaged) {
    self->local.store.damaged = true;
    self->damage = reason;
  }
  if (why)
    *why = reason;
  return FM_E_IO;
}

static sqlite3_stmt *statement_of(fm_sqlite *self, enum fm_sql which, fm_why *why)
{
  sqlite3_stmt **at = &self->statements[which];
  if (!*at && sqlite3_prepare_v3(self->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, at, NULL))
    fm_sqlite_fail(self, why);
  return *at;
}

static void bind_text(sqlite3_stmt *statement, int at, fm_str text, bool blob)
{
  if (!text.ptr)
    sqlite3_bind_null(statement, at);
  else if (blob)
    sqlite3_bind_blob64(statement, at, text.ptr, text.len, SQLITE_STATIC);
  else
    sqlite3_bind_text64(statement, at, text.ptr, text.len, SQLITE_STATIC, SQLITE_UTF8);
}

static sqlite3_stmt *start(fm_sqlite *self, fm_why *why, enum fm_sql which, const char *types,
                           va_list args)
{
  sqlite3_stmt *statement = statement_of(self, which, why);
  if (!statement)
    return NULL;
  for (int at = 1; types[at - 1]; at++) {
    char type = types[at - 1];
    if (type == 't' || type == 'b') {
      bind_text(statement, at, va_arg(args, fm_str), type == 'b');
      continue;
    }
    int64_t number = va_arg(args, int64_t);
    if (type == 'd' && number == FM_NO_TIME)
      sqlite3_bind_null(statement, at);
    else
      sqlite3_bind_int64(statement, at, number);
  }
  return statement;
}

sqlite3_stmt *fm_sql_query(fm_sqlite *self, fm_why *why, enum fm_sql which, const char *types, ...)
{
  va_list args;
  va_start(args, types);
  sqlite3_stmt *statement = start(self, why, which, types, args);
  va_end(args);
  return statement;
}

int fm_sql_step(fm_sqlite *self, sqlite3_stmt *statement, fm_why *why)
{
  int code = sqlite3_step(statement);
  if (code == SQLITE_ROW)
    return 1;
  int error = code == SQLITE_DONE ? 0 : fm_sqlite_fail(self, why);
  sqlite3_reset(statement);
  return error;
}

int fm_sql_exec(fm_sqlite *self, fm_why *why, enum fm_sql which, const char *types, ...)
{
  va_list args;
  va_start(args, types);
  sqlite3_stmt *statement = start(self, why, which, types, args);
  va_end(args);
  if (!statement)
    return FM_E_IO;
  int got = fm_sql_step(self, statement, why);
  if (got > 0)
    sqlite3_reset(statement);
  return got < 0 ? got : 0;
}

int fm_sql_begin(fm_sqlite *self, fm_why *why, enum fm_sql sync)
{
  if (self->sync != sync) {
    int error = fm_sql_exec(self, why, sync, "");
    if (error)
      return error;
    self->sync = sync;
  }
  return fm_sql_exec(self, why, FM_SQL_BEGIN_WRITE, "");
}

int fm_sql_end(fm_sqlite *self, fm_why *why, int error)
{
  if (!error)
    error = fm_sql_exec(self, why, FM_SQL_COMMIT, "");
  /* Some failures, as a full disk, have rolled back already. */
  if (error && !sqlite3_get_autocommit(self->db))
    fm_sql_exec(self, NULL, FM_SQL_ROLLBACK, "");
  return error;
}

fm_str fm_sql_text(sqlite3_stmt *statement, int column)
{
  const char *bytes = sqlite3_column_blob(statement, column);
  return (fm_str){bytes, bytes ? (size_t)sqlite3_column_bytes(statement, column) : 0};
}

int64_t fm_sql_time(sqlite3_stmt *statement, int column)
{
  if (sqlite3_column_type(statement, column) == SQLITE_NULL)
    return FM_NO_TIME;
  return sqlite3_column_int64(statement, column);
}
