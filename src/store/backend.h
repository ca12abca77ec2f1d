/* What the homes of the memory share; for src/store/ alone.
 *
 * A call of store.h becomes a job: copies of its arguments, room for its
 * answer. The store's home works it off and gives it to fm_job_finish on the
 * loop, which calls back and frees it. */
#ifndef FM_STORE_BACKEND_H
#define FM_STORE_BACKEND_H

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "store/store.h"

/* kind, does it write */
#define FM_JOBS(X)        \
  X(FM_JOB_LOAD, 0)       \
  X(FM_JOB_RECALL, 0)     \
  X(FM_JOB_MERGE, 1)      \
  X(FM_JOB_TOUCH, 1)      \
  X(FM_JOB_PAGES, 0)      \
  X(FM_JOB_ADD, 1)        \
  X(FM_JOB_RESTORE, 1)    \
  X(FM_JOB_ARCHIVES, 0)   \
  X(FM_JOB_ARCHIVE, 0)    \
  X(FM_JOB_SEAL, 1)       \
  X(FM_JOB_EXPIRE, 1)     \
  X(FM_JOB_EXPORT, 0)     \
  X(FM_JOB_IMPORT, 1)     \
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

/* A feed document of more entries than this is not thought of. */
enum { FM_STORE_FEED_MAX = 10000 };

typedef struct fm_page_row {
  fm_str key;
  fm_page_meta meta;
} fm_page_row;

typedef struct fm_state_row {
  fm_str key, value;
} fm_state_row;

typedef struct fm_job {
  fm_list_node node; /* the home's */
  fm_store *store;
  enum fm_job_kind kind;
  fm_arena arena; /* holds the arguments, the answer's rows and the home's state */
  void *state;    /* the home's, between steps; in the arena */
  bool more;      /* set by a step: there is another one to come */

  /* what was asked, by kind */
  fm_str page; /* a lease's name, a state's key or prefix too */
  fm_str value; /* of a state; what a get brings too */
  fm_page_meta meta;
  fm_doc *seen; /* a reference, NULL: none */
  fm_doc *held; /* likewise: what the caller has of the page, */
  fm_page_meta held_meta; /* and its meta; */
  bool unsaved;   /* the home has missed some of it */
  size_t most, first_line;
  int64_t month, before, now, ttl_ms;
  fm_str lines;
  fm_lease lease;

  /* the answer */
  int error;
  fm_why why;
  fm_memory memory; /* doc NULL: none */
  fm_page_row *rows;
  size_t nrows;
  fm_archive *archives;
  size_t count; /* archives too */
  fm_state_row *states;
  size_t nstates;
  fm_buf out;   /* lines of an export's step, each with its line break */

  /* who is told, by kind; may be NULL */
  fm_store_cb done;
  fm_store_page_cb each_page;
  fm_store_archives_cb archived;
  fm_store_line_cb each_line;
  fm_store_count_cb counted;
  fm_store_lease_cb leased;
  fm_store_state_cb stated;
  fm_store_state_each_cb each_state;
  void *ctx;
} fm_job;

fm_job *fm_job_new(fm_store *store, enum fm_job_kind kind, fm_str page, void *ctx);
/* Passes on what a step brought (an export's lines). On the loop. */
void fm_job_step(fm_job *job);
/* Calls back, frees the job. On the loop, never from inside fm_home.submit. */
void fm_job_finish(fm_job *job);
/* A touch of a page that the home has no feed of: says so, FM_E_NOT_FOUND. */
int fm_job_lost(fm_job *job);
/* The home's page lacks some of the copy that the caller holds (fm_store_merge_held). */
bool fm_job_knows_more(const fm_job *job, const fm_page_meta *home, fm_str head);
bool fm_job_writes(const fm_job *job);
/* Work that may end early when the store closes. */
bool fm_job_can_wait(const fm_job *job);

typedef struct fm_home {
  const char *name;   /* one word: "sqlite" */
  const char *scheme; /* with its colon: "sqlite:" */
  bool (*is_place)(fm_str place); /* what follows the scheme */
  int (*open)(uv_loop_t *loop, const fm_store_spec *spec, fm_str place, fm_store **store,
              fm_why *why);
  void (*submit)(fm_store *store, fm_job *job);
  /* Finishes the jobs at hand, frees the store and then calls its `closed`. */
  void (*close)(fm_store *store);
  void (*watch)(fm_store *store); /* somebody watches from now on; NULL: nothing to see */
} fm_home;

/* Every home's struct begins with one. */
struct fm_store {
  const fm_home *home;
  uv_loop_t *loop;
  int64_t keep;
  bool closing;
  bool down;          /* no connection: said by the home itself */
  bool damaged;       /* found to be: read as far as that goes, not written any more */
  bool failing[2];    /* the last job that read, that wrote; said in the log once */
  fm_why reason[2], down_reason;
  enum fm_job_kind failed; /* while writing fails: what failed first */
  bool expiring;      /* one at a time */
  fm_store_watch_cb watch; /* NULL: nobody */
  void *watch_ctx;
  fm_store_state_watch_cb state_watch; /* NULL: nobody */
  void *state_watch_ctx;
  void (*closed)(void *ctx);
  void *closed_ctx;
};

extern const fm_home fm_home_sqlite, fm_home_memory, fm_home_redis, fm_home_redis_unix;

/* One more row of a list, copied; FM_E_TOO_BIG: it does not fit. */
int fm_job_add_state(fm_job *job, size_t *room, fm_str key, fm_str value);

/* Text deep into the arena. */
void fm_meta_copy(fm_arena *arena, const fm_page_meta *from, fm_page_meta *to);
/* All times unknown, no text. */
fm_page_meta fm_meta_none(void);
/* The source's name: the page's key up to the first space. */
fm_str fm_page_source(fm_str page);

/* The month that holds a time, as its first second; and the one after it. */
int64_t fm_month_of(int64_t time);
int64_t fm_month_after(int64_t month);
/* The archive for an entry: its month, or the one after the last sealed. */
int64_t fm_archive_month(int64_t published, int64_t last_sealed);

#endif
