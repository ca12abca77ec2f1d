/* One refresh of an upstream, from the lease to the new copy.
 *
 * A state machine (FM_REFRESH_STATES): each state starts one operation, whose callback keeps
 * the result and enters the next state. A refresh knows its upstream by what fm_refresh_spec
 * lends it; the upstream hears of it through hooks. It frees itself when it ends. */
#ifndef FM_MILL_REFRESH_H
#define FM_MILL_REFRESH_H

#include "mill/anomaly.h"
#include "mill/copy.h"
#include "mill/env.h"
#include "mill/plan.h"

/* state, what the log and the status page say */
#define FM_REFRESH_STATES(X)                                                              \
  X(FM_REFRESH_TAKING_LEASE, "taking the lease")                                          \
  X(FM_REFRESH_WAITING_FOR_LEASE, "waiting for another feedmill's refresh")               \
  X(FM_REFRESH_RELOADING, "reading what another feedmill stored")                         \
  X(FM_REFRESH_CHECKING_STORE, "asking the store")                                        \
  X(FM_REFRESH_LOADING_INPUTS, "asking the store for the state of its inputs")            \
  X(FM_REFRESH_FETCHING_LISTS, "fetching the list")                                       \
  X(FM_REFRESH_FAILING_OVER, "failing over to another endpoint")                          \
  X(FM_REFRESH_COMBINING, "combining the lists")                                          \
  X(FM_REFRESH_RECALLING, "asking the store what is known of the entries")                \
  X(FM_REFRESH_FETCHING_ENTRIES, "fetching the entries' own pages")                       \
  X(FM_REFRESH_PATCHING, "adding what the entries' own pages say")                        \
  X(FM_REFRESH_STORING, "writing to the store")                                           \
  X(FM_REFRESH_REREADING, "reading the merged feed from the store")                       \
  X(FM_REFRESH_JOINING, "joining with what was remembered")                               \
  X(FM_REFRESH_FETCHING_LATE_ENTRIES, "fetching the entries' own pages, readers have the list") \
  X(FM_REFRESH_JOINING_LATE, "adding what the late entries' pages say")                   \
  X(FM_REFRESH_STORING_LATE, "writing late entries to the store")
enum fm_refresh_state {
#define FM_REFRESH_STATE_ROW(name, text) name,
  FM_REFRESH_STATES(FM_REFRESH_STATE_ROW)
#undef FM_REFRESH_STATE_ROW
  FM_REFRESH_STATE_COUNT
};
const char *fm_refresh_state_text(enum fm_refresh_state state);

/* How it ended. */
enum fm_refresh_end {
  FM_REFRESH_DONE,    /* the copy is new, or confirmed by a 304 */
  FM_REFRESH_ADOPTED, /* hooks.adopt took what another instance stored */
  FM_REFRESH_FAILED,  /* error, why and retry_after are set */
  FM_REFRESH_BUSY,    /* likewise: the host has no room, which is no failure */
  FM_REFRESH_CANCELLED
};

typedef struct fm_refresh_result {
  enum fm_refresh_end end;
  bool touch; /* DONE: the copy's metadata is not in the store yet */
  int error;
  const fm_why *why;
  int64_t retry_after; /* seconds; -1: not said */
} fm_refresh_result;

typedef struct fm_refresh_hooks {
  bool (*is_starving)(void *ctx);  /* somebody waits and there is no copy to give, */
  bool (*is_impatient)(void *ctx); /* and has waited for refresh.wait */
  /* Takes what the store holds if that is newer; true if the copy is fresh by it. */
  bool (*adopt)(void *ctx, const fm_stored_feed *memory);
  void (*restore)(void *ctx);      /* the store lacks the upstream: put the copy back */
  void (*sent)(void *ctx);         /* a request went out to the host */
  /* The copy was replaced, or `confirmed` by a 304 while entries' own pages are fetched. The
   * refresh may go on. */
  void (*published)(void *ctx, bool confirmed);
  void (*ended)(void *ctx, const fm_refresh_result *result); /* last; `result` is borrowed */
  void *ctx;
} fm_refresh_hooks;

typedef struct fm_upstream_counts {
  uint64_t fetches, fetch_errors, not_modified, changes;
} fm_upstream_counts;

/* All borrowed until hooks.ended, except the plan, of which a reference is taken. */
typedef struct fm_refresh_spec {
  fm_mill_env *env;
  fm_str key;
  fm_upstream_plan *plan;
  fm_upstream_plan *const *current_plan; /* the upstream's: another one after a reload */
  fm_copy *copy;
  fm_anomaly_detector *anomalies;
  fm_upstream_counts *counts;
  int64_t interval; /* of the upstream, seconds */
  bool dynamic;     /* the upstream is not configured (fm_fetch_spec.dynamic) */
  fm_refresh_hooks hooks;
} fm_refresh_spec;

typedef struct fm_refresh_run fm_refresh_run;

/* Starts a refresh; hooks.ended never comes from inside this call, the others may. */
fm_refresh_run *fm_refresh_start(const fm_refresh_spec *spec);
/* Ends it soon: cancels what is being fetched, or waited for. What came is kept. May call
 * hooks.ended from inside. */
void fm_refresh_cancel(fm_refresh_run *run);
/* Another instance announced a change of the upstream. */
void fm_refresh_told(fm_refresh_run *run);
/* Somebody is impatient now (hooks.is_impatient): stops waiting for entries' own pages. */
void fm_refresh_hurry(fm_refresh_run *run);

enum fm_refresh_state fm_refresh_state(const fm_refresh_run *run);
const char *fm_refresh_doing(const fm_refresh_run *run);
/* Only entries' own pages are being fetched; with `published` the copy is that of this
 * refresh already. */
bool fm_refresh_is_at_entries(const fm_refresh_run *run, bool *published);

#endif
