/* The milling plane: one loop that fetches pages, has them extracted, merges them with the
 * store, renders feeds and publishes them to the serving plane.
 *
 * An *upstream* is one remote listing. Readers request *views* of it (filters, limit,
 * format), each under a few public addresses; a *response* is one view under one address.
 *
 * Everything runs on the loop given at the start; callbacks come on it, possibly from
 * inside the call. */
#ifndef FM_MILL_MILL_H
#define FM_MILL_MILL_H

#include "base/why.h"
#include "fetch/fetch.h"
#include "mill/anomaly_rules.h"
#include "mill/clock.h"
#include "mill/extract.h"
#include "mill/feed_request.h"
#include "mill/page_load.h"
#include "serve/reply.h"
#include "store/store.h"
#include <uv.h>

typedef struct fm_mill fm_mill;

/* state; a word for metrics and logs; text for people */
#define FM_UPSTREAM_STATES(X)                                                      \
  X(FM_UPSTREAM_LOADING, "loading", "being read from the store")                   \
  X(FM_UPSTREAM_FRESH, "fresh", "up to date")                                      \
  X(FM_UPSTREAM_STALE, "stale", "due, refreshed when somebody asks")               \
  X(FM_UPSTREAM_RATE_LIMITED, "held", "due, refreshed when its host takes more requests") \
  X(FM_UPSTREAM_REFRESHING, "refreshing", "being refreshed now")                   \
  X(FM_UPSTREAM_BACKING_OFF, "backing-off", "failing, tried again later")
enum fm_upstream_state {
#define FM_UPSTREAM_STATE_ROW(name, word, text) name,
  FM_UPSTREAM_STATES(FM_UPSTREAM_STATE_ROW)
#undef FM_UPSTREAM_STATE_ROW
  FM_UPSTREAM_STATE_COUNT
};
const char *fm_upstream_state_name(enum fm_upstream_state state);
const char *fm_upstream_state_text(enum fm_upstream_state state);

enum {
  FM_MILL_RESPONSES = 8,   /* public addresses of one view */
  FM_MILL_ENTRIES = 1000,  /* entries of a copy */
  FM_MILL_OUTAGES = 100
};

/* The hosts' budgets, as the fetcher keeps them. */
typedef struct fm_mill_hosts {
  /* Milliseconds until the host behind a permit takes one more request after `before`
   * others; 0: now. `dynamic`: for an upstream that is not configured. */
  int64_t (*room)(void *ctx, fm_str permit, size_t before, bool dynamic);
  void (*block)(void *ctx, fm_str permit, int64_t seconds); /* it asked to be left alone */
  void *ctx;
} fm_mill_hosts;

typedef struct fm_mill_spec {
  uv_loop_t *loop;
  fm_fetcher *fetcher; /* borrowed; it and the store outlive the mill */
  fm_store *store;
  size_t dynamic;      /* views that nobody configured, at most */
  bool shared;         /* other instances share the store: one of them fetches for all */
  int64_t lease_ms;    /* with `shared`: how long a refresh without progress keeps its lease */
  bool plain;          /* make no compressed bodies: nobody will ask for them */
  /* A finished reply for an address; an address that is no longer served from the table.
   * NULL: there is no serving plane. */
  void (*publish)(void *ctx, fm_str base, fm_str target, fm_reply *reply);
  void (*retract)(void *ctx, fm_str base, fm_str target);
  void *ctx;
  /* For tests; NULL: the real ones. Borrowed. */
  const fm_mill_clock *clock;
  const fm_page_fetcher *page_fetcher;
  const fm_mill_hosts *hosts;
  fm_extractor *extractor;
} fm_mill_spec;

fm_mill *fm_mill_new(const fm_mill_spec *spec);
/* Cancels what is under way (waiting readers get 503), writes when feeds were read last to
 * the store, then calls `closed` and frees the mill. */
void fm_mill_close(fm_mill *mill, void (*closed)(void *ctx), void *ctx);

/* Answers a request, now or after a refresh; `reply` is borrowed. Called exactly once. */
typedef void (*fm_mill_cb)(void *ctx, fm_reply *reply);
void fm_mill_request(fm_mill *mill, const fm_feed_request *request, fm_mill_cb cb, void *ctx);

/* Prefetches a configured feed from now on as if it had just been read, if the store
 * remembers its upstream. */
void fm_mill_resume(fm_mill *mill, const fm_feed_request *request);

/* After a reload: retracts every response, to be rendered when it is next requested.
 * Upstreams, their copies and refreshes under way stay. */
void fm_mill_reconfigure(fm_mill *mill, size_t dynamic);

/* Has the store forget what is older than its `keep`, in small steps, and takes that out of
 * the copies at hand. Call it from time to time. */
void fm_mill_expire(fm_mill *mill);

/* An upstream for the status pages. Borrowed for the time of the call. */
typedef struct fm_upstream_info {
  fm_str key;
  fm_str url;         /* of the endpoint that served last, */
  bool failed_over;   /* which is not the preferred one */
  enum fm_upstream_state state;
  bool has_copy;
  size_t entries;
  int64_t fetched, changed; /* Unix seconds, FM_NO_TIME: never */
  int64_t next;             /* next refresh or retry, FM_NO_TIME: none planned */
  unsigned failures;        /* in a row */
  fm_str failure;
  const char *doing;        /* what its refresh is doing; NULL: none is under way */
  size_t lists, missing;    /* inputs; those of them that failed or are partial */
  fm_str missed;            /* why the first of these is */
  uint64_t fetches, fetch_errors, not_modified, changes;
} fm_upstream_info;
typedef void (*fm_upstream_info_cb)(void *ctx, const fm_upstream_info *info);
void fm_mill_upstreams(fm_mill *mill, fm_upstream_info_cb cb, void *ctx);
/* The upstream of a request; FM_E_NOT_FOUND: not requested yet. */
int fm_mill_upstream(fm_mill *mill, const fm_feed_request *request, fm_upstream_info_cb cb,
                     void *ctx);

/* A time during which an upstream could not be fetched or was not the listing. */
typedef struct fm_outage {
  char *upstream, *url;
  char *reason; /* of its first failure */
  char *what;   /* the same in a few words: "no list found" */
  int64_t began, ended; /* FM_NO_TIME: it goes on */
  enum fm_anomaly anomaly; /* FM_ANOMALY_NONE: it could not be fetched */
  bool accepted; /* it ended when the anomaly was accepted */
} fm_outage;
/* The latest outages, oldest first; borrowed until the loop goes on. They are in the store,
 * so they survive a restart. */
const fm_outage *fm_mill_outages(const fm_mill *mill, size_t *count);

typedef struct fm_mill_stats {
  uint64_t requests, joined; /* `joined`: that found a refresh or a load under way */
  uint64_t fetches, fetch_errors, not_modified, changes, renders, store_errors;
  uint64_t failovers; /* from one endpoint to another */
  uint64_t anomalies[FM_ANOMALY_COUNT]; /* readings refused, by anomaly */
  size_t upstreams, views, responses;
} fm_mill_stats;
void fm_mill_get_stats(const fm_mill *mill, fm_mill_stats *stats);

#endif
