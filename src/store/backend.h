/* What the backends of the store share; private to src/store/.
 *
 * Each call of store.h becomes a job: copies of its arguments and room for its answer.
 * The backend executes the job and passes it to fm_job_finish() on the loop, which calls
 * back and frees it. */
#ifndef FM_STORE_BACKEND_H
#define FM_STORE_BACKEND_H

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "store/store.h"

/* kind, does it write */
#define FM_JOBS(X)        \
  X(FM_JOB_LOAD, 0)       \
  X(FM_JOB_LOAD_ENTRIES, 0)     \
  X(FM_JOB_FIND, 0)       \
  X(FM_JOB_MERGE, 1)      \
  X(FM_JOB_TOUCH, 1)      \
  X(FM_JOB_UPSTREAMS, 0)      \
  X(FM_JOB_ADD, 1)        \
  X(FM_JOB_RESTORE, 1)    \
  X(FM_JOB_ARCHIVES, 0)   \
  X(FM_JOB_ARCHIVE, 0)    \
  X(FM_JOB_SEAL, 1)       \
  X(FM_JOB_EXPIRE, 1)     \
  X(FM_JOB_EXPORT, 0)     \
  X(FM_JOB_IMPORT, 1)     \
  X(FM_JOB_ENTER, 1)      \
  X(FM_JOB_STATE_GET, 0)  \
  X(FM_JOB_STATE_SET, 1)  \
  X(FM_JOB_STATE_DELETE, 1) \
  X(FM_JOB_STATE_LIST, 0) \
  X(FM_JOB_CONVERT, 1)    \
  X(FM_JOB_LEASE_TAKE, 0) \
  X(FM_JOB_LEASE_RENEW, 0) \
  X(FM_JOB_LEASE_RELEASE, 0)

enum fm_job_kind {
#define FM_JOB_ROW(kind, writes) kind,
  FM_JOBS(FM_JOB_ROW)
#undef FM_JOB_ROW
  FM_JOB_COUNT
};

/* Upper limit of the entries of one feed document. */
enum { FM_STORE_FEED_MAX = 10000 };

typedef struct fm_upstream_row {
  fm_str key;
  fm_upstream_meta meta;
} fm_upstream_row;

typedef struct fm_state_row {
  fm_str key, value;
} fm_state_row;

typedef struct fm_job {
  fm_list_node node; /* for the backend's queue */
  fm_store *store;
  enum fm_job_kind kind;
  fm_arena arena; /* holds the arguments, the answer's rows and `state` */
  void *state;    /* the backend's, between steps; in the arena */
  bool more;      /* set by a step that wants to be followed by another */

  /* arguments, by kind */
  fm_str upstream; /* its key; also a lease's name, a state's key or prefix */
  fm_store_match_fn match;
  const void *match_ctx;
  fm_str view;
  fm_str *ids;
  size_t nids;
  fm_str value; /* of a state: an argument of set, the answer of get */
  fm_upstream_meta meta;
  fm_doc *seen; /* what a page showed: a reference, or NULL */
  fm_doc *held; /* the copy that the caller holds: a reference, or NULL */
  fm_upstream_meta held_meta; /* of that copy */
  bool unsaved;   /* the store lacks merges that made that copy */
  size_t limit, first_line;
  int64_t month, before, now, ttl_ms;
  fm_str lines;
  fm_lease lease;

  /* the answer */
  int error;
  fm_why why;
  fm_stored_feed memory; /* doc is NULL where there is none */
  fm_upstream_row *rows;
  size_t nrows;
  fm_archive *archives;
  size_t count; /* also the number of archives */
  fm_entered *entered; /* `count` of them */
  fm_state_row *states;
  size_t nstates;
  fm_buf out;   /* lines of an export's step, each with its line break */

  /* callbacks, by kind; each may be NULL */
  fm_store_cb done;
  fm_store_upstream_cb each_upstream;
  fm_store_archives_cb archived;
  fm_store_line_cb each_line;
  fm_store_count_cb counted;
  fm_store_lease_cb leased;
  fm_store_entered_cb on_entered;
  fm_store_state_cb stated;
  fm_store_state_each_cb each_state;
  void *ctx;
} fm_job;

fm_job *fm_job_new(fm_store *store, enum fm_job_kind kind, fm_str upstream, void *ctx);
/* Delivers the result of one step (an export's lines). On the loop. */
void fm_job_step(fm_job *job);
/* Calls back and frees the job. On the loop, never from inside fm_backend.submit. */
void fm_job_finish(fm_job *job);
/* The error of a touch of an upstream whose feed is not stored: FM_E_NOT_FOUND. */
int fm_job_fail_unknown(fm_job *job);
/* True if the caller's copy has something that the store lacks (fm_store_merge_held). */
bool fm_job_copy_is_newer(const fm_job *job, const fm_upstream_meta *stored, fm_str head);
bool fm_job_writes(const fm_job *job);
/* True for work that may be cut short when the store closes. */
bool fm_job_is_background(const fm_job *job);

typedef struct fm_backend {
  const char *name;   /* one word: "sqlite" */
  const char *scheme; /* with its colon: "sqlite:" */
  bool (*is_place)(fm_str place); /* is this, which follows the scheme, a whole address */
  int (*open)(uv_loop_t *loop, const fm_store_spec *spec, fm_str place, fm_store **store,
              fm_why *why);
  void (*submit)(fm_store *store, fm_job *job);
  /* Finishes the jobs in the queue, frees the store, then calls its `closed`. */
  void (*close)(fm_store *store);
  void (*watch)(fm_store *store); /* starts announcements; NULL: the backend has none */
} fm_backend;

/* The struct of every backend begins with one. */
struct fm_store {
  const fm_backend *backend;
  uv_loop_t *loop;
  int64_t keep;
  int64_t clock_offset; /* of the store's clock, seconds after the local one */
  bool closing;
  bool down;          /* no connection; logged by the backend itself */
  bool opened;        /* fm_store_health.opened, likewise `refused` */
  bool refused;
  bool damaged;       /* corrupt: read as far as possible, never written again */
  bool failing[2];    /* the last job that read, that wrote; logged at each change */
  fm_why reason[2], down_reason;
  enum fm_job_kind failed; /* while writing fails: the kind of job that failed first */
  bool expiring;      /* an expiry is under way */
  fm_store_watch_cb watch; /* or NULL */
  void *watch_ctx;
  fm_store_state_watch_cb state_watch; /* or NULL */
  void *state_watch_ctx;
  void (*closed)(void *ctx);
  void *closed_ctx;
};

extern const fm_backend fm_backend_sqlite, fm_backend_memory, fm_backend_redis,
    fm_backend_redis_unix;

/* Adds a copied row to a list of states. FM_E_TOO_BIG: the list is full. */
int fm_job_add_state(fm_job *job, size_t *room, fm_str key, fm_str value);

/* Copies the struct, and its strings into the arena. */
void fm_meta_copy(fm_arena *arena, const fm_upstream_meta *from, fm_upstream_meta *to);
/* Meta with unknown times and without text. */
fm_upstream_meta fm_meta_none(void);
/* The source's name: an upstream's key up to the first space. */
fm_str fm_upstream_source(fm_str upstream);

/* The first second of the month that holds a time, and of the month after it (UTC). */
int64_t fm_month_of(int64_t time);
int64_t fm_month_after(int64_t month);
/* The month of an entry's archive: its own, or the one after the last sealed month if
 * that is later. */
int64_t fm_archive_month(int64_t published, int64_t last_sealed);

#endif
