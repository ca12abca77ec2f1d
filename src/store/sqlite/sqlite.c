/* The SQLite backend, also for memory: opening, closing and dispatch of jobs. */
#include "store/sqlite/sqlite.h"

#include "base/log.h"
#include "base/str.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BUSY_MS = 5000, CHECKPOINT_FRAMES = 1000 };

static int lease(fm_sqlite *self, fm_job *job);

static int (*const handlers[FM_JOB_COUNT])(fm_sqlite *self, fm_job *job) = {
  [FM_JOB_LOAD] = fm_sqlite_load,
  [FM_JOB_LOAD_ENTRIES] = fm_sqlite_load_entries,
  [FM_JOB_FIND] = fm_sqlite_find,
  [FM_JOB_MERGE] = fm_sqlite_merge,
  [FM_JOB_TOUCH] = fm_sqlite_touch,
  [FM_JOB_UPSTREAMS] = fm_sqlite_upstreams,
  [FM_JOB_ADD] = fm_sqlite_add,
  [FM_JOB_RESTORE] = fm_sqlite_merge,
  [FM_JOB_ARCHIVES] = fm_sqlite_archives,
  [FM_JOB_ARCHIVE] = fm_sqlite_archive,
  [FM_JOB_SEAL] = fm_sqlite_seal,
  [FM_JOB_EXPIRE] = fm_sqlite_expire,
  [FM_JOB_EXPORT] = fm_sqlite_export,
  [FM_JOB_IMPORT] = fm_sqlite_import,
  [FM_JOB_ENTER] = fm_sqlite_enter,
  [FM_JOB_STATE_GET] = fm_sqlite_state_get,
  [FM_JOB_STATE_SET] = fm_sqlite_state_set,
  [FM_JOB_STATE_DELETE] = fm_sqlite_state_delete,
  [FM_JOB_STATE_LIST] = fm_sqlite_state_list,
  [FM_JOB_LEASE_TAKE] = lease,
  [FM_JOB_LEASE_RENEW] = lease,
  [FM_JOB_LEASE_RELEASE] = lease,
};

/* A lease is always granted: there is no other instance. */
static int lease(fm_sqlite *self, fm_job *job)
{
  (void)self;
  job->lease.left_ms = job->ttl_ms;
  snprintf(job->lease.token, sizeof job->lease.token, "local");
  return 0;
}

static int on_commit(void *data, sqlite3 *db, const char *name, int frames)
{
  (void)db;
  (void)name;
  ((fm_sqlite *)data)->log_frames = frames;
  return SQLITE_OK;
}

/* Never writes to a damaged file: it may be all that is left to restore. Frees the memory of
 * the compression after each job, because allocating it takes only some 50 microseconds
 * and an idle program should be small. */
static void run(fm_local *local, fm_job *job)
{
  fm_sqlite *self = (fm_sqlite *)local;
  if (local->store.damaged && fm_job_writes(job))
    job->error = fm_fail(&job->why, FM_E_IO, "%s", self->damage.text);
  else
    job->error = handlers[job->kind](self, job);
  fm_pack_release(&self->pack);
}

static bool wants_checkpoint(fm_local *local)
{
  fm_sqlite *self = (fm_sqlite *)local;
  bool is = self->log_frames >= CHECKPOINT_FRAMES && !local->store.damaged;
  if (is)
    self->log_frames = 0; /* until the next commit sets it */
  return is;
}

/* Checkpoints the WAL on a connection of its own, because this waits for the disk and a
 * refresh must not. */
static void checkpoint(fm_local *local)
{
  fm_sqlite *self = (fm_sqlite *)local;
  sqlite3 *db;
  if (sqlite3_open_v2(self->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
      SQLITE_OK)
    sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
  sqlite3_close(db);
}

static void destroy(fm_local *local)
{
  fm_sqlite *self = (fm_sqlite *)local;
  for (size_t i = 0; i < FM_SQL_COUNT; i++)
    sqlite3_finalize(self->statements[i]);
  if (local->store.damaged)
    sqlite3_db_config(self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  sqlite3_close(self->db); /* the last connection checkpoints the WAL */
  fm_pack_release(&self->pack);
  free(self->path);
  free(self);
}

/* Opens a read-only file in a folder where no WAL can be created. That is safe only if no
 * WAL of the file is left. */
static int open_immutable(fm_sqlite *self, fm_why *why)
{
  fm_buf log, uri;
  fm_buf_init(&log, FM_BUF_MAX);
  fm_buf_init(&uri, FM_BUF_MAX);
  fm_buf_addf(&log, "%s-wal", self->path);
  fm_buf_text(&uri, "file:");
  fm_buf_percent(&uri, fm_str_of(self->path));
  fm_buf_text(&uri, "?immutable=1");
  fm_buf_add(&uri, "", 1);
  int error = fm_sqlite_fail(self, why);
  if (access(self->path, R_OK) == 0 && access(log.ptr, F_OK) != 0) {
    sqlite3_close(self->db);
    sqlite3_open_v2(uri.ptr, &self->db,
                    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    error = fm_sqlite_prepare(self, why);
  }
  fm_buf_deinit(&uri);
  fm_buf_deinit(&log);
  return error;
}

/* A full disk has no room for the shared index of the WAL. In exclusive mode SQLite keeps
 * the index in memory: the store can be read, and written again when there is room. */
static int open_alone(fm_sqlite *self, fm_why *why)
{
  fm_why room = *why;
  sqlite3_close(self->db);
  sqlite3_open_v2(self->path, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
  sqlite3_extended_result_codes(self->db, 1);
  sqlite3_busy_timeout(self->db, BUSY_MS);
  self->alone = sqlite3_exec(self->db, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL) == 0;
  int error = self->alone ? fm_sqlite_prepare(self, why) : fm_sqlite_fail(self, why);
  if (!error)
    fm_log(FM_LOG_WARN,
           "no room beside the store's file, other programs are kept out until the next start",
           "reason", room.text, NULL);
  return error;
}

/* If a file cannot be created, SQLite reports its failed attempt to read one; this finds the
 * real reason. */
static int not_opened(fm_sqlite *self, fm_why *why)
{
  const char *slash = strrchr(self->path, '/');
  size_t len = slash ? (size_t)(slash - self->path) + 1 : 2;
  char folder[PATH_MAX];
  snprintf(folder, sizeof folder, "%.*s", (int)len, slash ? self->path : "./");
  if (access(self->path, F_OK) != 0 && access(folder, W_OK | X_OK) != 0)
    return fm_fail(why, FM_E_IO, "%s: cannot be made: %s", self->path, strerror(errno));
  return fm_sqlite_fail(self, why);
}

static int open_file(fm_sqlite *self, fm_why *why)
{
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(self->path, &self->db, flags, NULL) != SQLITE_OK)
    return not_opened(self, why);
  sqlite3_extended_result_codes(self->db, 1);
  sqlite3_busy_timeout(self->db, BUSY_MS);
  int error = fm_sqlite_prepare(self, why);
  int code = sqlite3_errcode(self->db) & 0xff;
  if (error && sqlite3_system_errno(self->db) == ENOSPC)
    error = open_alone(self, why);
  else if (error && (code == SQLITE_CANTOPEN || code == SQLITE_READONLY))
    error = open_immutable(self, why);
  if (!error && sqlite3_db_readonly(self->db, "main") == 1)
    fm_log(FM_LOG_WARN, "store is read-only", "file", self->path, NULL);
  return error;
}

static int open_database(fm_str path, fm_store **store, fm_why *why)
{
  fm_sqlite *self = FM_NEW(fm_sqlite);
  fm_local_init(&self->local);
  self->local.run = run;
  self->local.wants_checkpoint = wants_checkpoint;
  self->local.checkpoint = checkpoint;
  self->local.destroy = destroy;
  self->sync = FM_SQL_SYNC_NORMAL;
  self->path = fm_alloc(path.len + 1);
  memcpy(self->path, path.ptr, path.len);
  self->path[path.len] = 0;
  int error = open_file(self, why);
  if (error) {
    destroy(&self->local);
    return error;
  }
  if (!self->alone)
    sqlite3_wal_hook(self->db, on_commit, self); /* replaces automatic checkpoints */
  *store = &self->local.store;
  return 0;
}

static bool is_path(fm_str path)
{
  return path.len > 0 && path.ptr[0] != ':' && !memchr(path.ptr, 0, path.len);
}

static int open_sqlite(uv_loop_t *loop, const fm_store_spec *spec, fm_str path, fm_store **store,
                       fm_why *why)
{
  (void)loop;
  (void)spec;
  if (!is_path(path))
    return fm_fail(why, FM_E_CONFIG, "\"sqlite:\" wants the path of a file after it");
  return open_database(path, store, why);
}

/* The same tables without a file; lost with the process. */
static int open_memory(uv_loop_t *loop, const fm_store_spec *spec, fm_str rest, fm_store **store,
                       fm_why *why)
{
  (void)loop;
  (void)spec;
  if (rest.len)
    return fm_fail(why, FM_E_CONFIG, "\"memory:\" takes nothing after it");
  return open_database(FM_STR(":memory:"), store, why);
}

static bool is_nothing(fm_str place) { return place.len == 0; }

const fm_backend fm_backend_sqlite = {.name = "sqlite", .scheme = "sqlite:", .is_place = is_path,
                                .open = open_sqlite,
                                .submit = fm_local_submit, .close = fm_local_close};
const fm_backend fm_backend_memory = {.name = "memory", .scheme = "memory:", .is_place = is_nothing,
                                .open = open_memory,
                                .submit = fm_local_submit, .close = fm_local_close};
