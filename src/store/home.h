/* What the homes of the memory share; for src/store/ alone.
 *
 * A call of store.h becomes a job: copies of its arguments, room for its
 * answer. The store's home works it off and gives it to fm_job_finish on the
 * loop, which calls back and frees it. */
#ifndef FM_STORE_HOME_H
#define FM_STORE_HOME_H

#include "base/list.h"
#include "base/mem.h"
#include "store/store.h"

enum fm_job_kind {
  FM_JOB_LOAD,
  FM_JOB_MERGE,
  FM_JOB_TOUCH,
  FM_JOB_PAGES,
};

typedef struct fm_page_row {
  fm_str key;
  fm_page_meta meta;
} fm_page_row;

typedef struct fm_job {
  fm_node node; /* the home's */
  fm_store *store;
  enum fm_job_kind kind;
  fm_arena arena; /* holds the arguments and the answer's rows */

  fm_str page;
  fm_page_meta meta;
  fm_doc *seen; /* a reference, NULL: none */
  size_t most;

  int error;
  fm_why why;
  fm_memory memory; /* doc NULL: none */
  fm_page_row *rows;
  size_t nrows;

  fm_store_cb done; /* by kind, may be NULL */
  fm_store_page_cb each;
  void *ctx;
} fm_job;

/* Calls back, frees the job. On the loop, never from inside fm_home.submit. */
void fm_job_finish(fm_job *job);

typedef struct fm_home {
  const char *scheme; /* with its colon: "sqlite:" */
  /* `place` is what follows the scheme. */
  int (*open)(uv_loop_t *loop, const fm_store_spec *spec, fm_str place, fm_store **store,
              fm_why *why);
  void (*submit)(fm_store *store, fm_job *job);
  /* Finishes the jobs at hand, frees the store and then calls its `closed`. */
  void (*close)(fm_store *store);
} fm_home;

/* Every home's struct begins with one. */
struct fm_store {
  const fm_home *home;
  uv_loop_t *loop;
  int64_t keep;
  bool failing; /* the last job failed; said in the log once */
  void (*closed)(void *ctx);
  void *closed_ctx;
};

extern const fm_home fm_home_sqlite, fm_home_memory;

/* Text deep into the arena. */
void fm_meta_copy(fm_arena *arena, const fm_page_meta *from, fm_page_meta *to);
/* All times unknown, no text. */
fm_page_meta fm_meta_none(void);
/* The source's name: the page's key up to the first space. */
fm_str fm_page_source(fm_str page);

#endif
