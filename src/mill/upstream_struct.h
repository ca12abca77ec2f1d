/* An upstream's struct, its references and its timing; for upstream*.c alone. */
#ifndef FM_MILL_UPSTREAM_STRUCT_H
#define FM_MILL_UPSTREAM_STRUCT_H

#include "base/map.h"
#include "mill/prefetch.h"
#include "mill/refresh.h"
#include "mill/response_cache.h"
#include "mill/upstream.h"

/* When it is refreshed. */
typedef struct upstream_timing {
  enum fm_upstream_state state;
  int error;         /* FM_E_*, of the last failure, while backing off or rate limited */
  int64_t due;       /* mono ms of the next refresh or retry; 0: none */
  int64_t planned;   /* while fresh: the interval that `due` was made of */
  int64_t resumed;   /* mono ms: counts as a read, and keeps it without readers; 0: not */
  int64_t every, idle; /* while no view says otherwise */
  fm_slot slot;      /* queued for its host while rate limited */
  fm_timer timer;    /* to `due` */
} upstream_timing;

struct fm_upstream {
  fm_upstreams *all;
  fm_mill_env *env;
  fm_arena own; /* of `key` */
  fm_str key;
  fm_upstream_plan *plan;
  unsigned reloads; /* all->reloads when the plan was compared last */
  fm_copy copy;
  upstream_timing timing;
  fm_anomaly_detector *anomalies;
  fm_response_set *responses;
  fm_refresh_run *run; /* NULL: none is under way */
  fm_upstream_counts counts;
  unsigned holds;
  bool closing;
};

/* What all upstreams share. */
struct fm_upstreams {
  fm_mill_env *env;
  fm_map by_key;
  fm_response_cache *cache;
  fm_prefetch *prefetch;
  fm_outage_log *outages;
  unsigned reloads;
};

/* Each operation under way holds the upstream, and the mill. The last drop frees an upstream
 * that has no view, no refresh and was not resumed; in a mill that closes, any. */
void fm_upstream_hold(fm_upstream *u);
void fm_upstream_drop(fm_upstream *u);

/* ---- timing ---- */

int64_t fm_upstream_last_read(const fm_upstream *u); /* mono ms; 0: never */
int64_t fm_upstream_every(const fm_upstream *u);     /* seconds: the shortest of its views */
bool fm_upstream_is_read(const fm_upstream *u);      /* within the longest refresh.idle */
/* All that readers request of it are addresses that are not configured. */
bool fm_upstream_is_dynamic(const fm_upstream *u);

void fm_upstream_set_due(fm_upstream *u, int64_t in_ms);
/* The first state, from what the store knew. */
void fm_upstream_set_first_state(fm_upstream *u);
/* The copy is current from now on. */
void fm_upstream_set_fresh(fm_upstream *u);
/* Due, to be refreshed when somebody asks. */
void fm_upstream_set_stale(fm_upstream *u);
/* A refresh failed: backs off. */
void fm_upstream_set_failed(fm_upstream *u, int error, const fm_why *why, int64_t retry_after);
/* Waits for its host's budget, then fm_prefetch starts it. */
void fm_upstream_set_rate_limited(fm_upstream *u);
/* The host had no room for a refresh that had started. */
void fm_upstream_set_busy(fm_upstream *u, const fm_why *why, int64_t retry_after);
/* Takes the back-off of another instance; false: that is over. */
bool fm_upstream_adopt_failure(fm_upstream *u, const fm_upstream_meta *meta);
/* Its views may have got other intervals. */
void fm_upstream_replan(fm_upstream *u);
/* Tells the serving threads until when they may answer alone. */
void fm_upstream_update_freshness(fm_upstream *u);
/* The copy may be served to a view. */
bool fm_upstream_is_usable(const fm_upstream *u, const fm_refresh_policy *refresh);

/* ---- the store ---- */

/* Writes the copy's metadata. */
void fm_upstream_touch(fm_upstream *u);
/* Writes the copy with its dates to a store that lacks it or some of it. */
void fm_upstream_fill_store(fm_upstream *u);
/* The same for a store that was emptied; logs it. */
void fm_upstream_restore(fm_upstream *u);

#endif
