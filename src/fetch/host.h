/* The queue of requests to each host: concurrency and rate limit (fetch/budget.h).
 *
 * A permit is the right to send one request to an origin (scheme://host:port, RFC 6454).
 * At most `per_host` permits of an origin are held at a time, and none is granted while
 * the host's budget is used up. The order is that of fm_priority, then first come first
 * served. A request that would wait for its budget longer than `patience` is refused.
 *
 * Requests for dynamic addresses, which anybody may invent, come after all others. While
 * configured feeds want a budget (one was requested within FM_HOSTS_WANTED_MS), dynamic
 * requests use a quarter of it at most, and leave one of the origin's permits free.
 *
 * Some hosts count several kinds of requests apart. A budget key names an origin and one
 * of its budgets, "https://example.org api"; a request counts in that budget alone. The
 * concurrency is counted for the origin as a whole.
 *
 * There are no timers here: the owner calls fm_hosts_run at the time told to `wake`, and
 * the clock is a function pointer, so that tests can use a fake clock. */
#ifndef FM_FETCH_HOST_H
#define FM_FETCH_HOST_H

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "fetch/budget.h"

/* The order of requests: configured ones first, of these the urgent ones, of these the one
 * with the oldest copy. */
typedef struct fm_priority {
  bool dynamic;  /* for an address that is not configured */
  bool neutral;  /* for either kind (robots.txt): no sign that configured feeds want the budget */
  bool urgent;   /* a reader waits and there is no copy; `since` does not matter */
  int64_t since; /* when the copy was fetched; 0: there is none */
} fm_priority;

typedef struct fm_hosts {
  fm_map origins;    /* origin -> struct of host.c */
  fm_list idle;      /* origins without a permit held or queued, least recently used first */
  fm_list busy;      /* the other origins */
  size_t nidle;
  unsigned per_host; /* may be changed at any time; 0: no permit is granted */
  int64_t patience;  /* ms; may be changed at any time */
  int64_t (*now)(void); /* ms; fm_clock_mono_ms */
  /* Asks the owner to call fm_hosts_run at `at`; INT64_MAX: cancels that. May be NULL. */
  void (*wake)(struct fm_hosts *hosts, int64_t at);
  int64_t wake_at;
} fm_hosts;

enum {
  FM_HOSTS_IDLE = 256,         /* idle origins whose budgets are kept */
  FM_HOSTS_BUDGETS = 4,        /* of one origin; further names count in the first */
  FM_HOSTS_PATIENCE_MS = 30000, /* the default */
  FM_HOSTS_WANTED_MS = 24 * 3600 * 1000
};

/* One request in the queue, then its permit. Embedded; zero-initialise it. */
typedef struct fm_permit {
  fm_list_node node;
  struct fm_origin *origin; /* NULL: neither queued nor held */
  unsigned budget;          /* index in the origin */
  fm_priority priority;
  int64_t queued_at;
  bool held;
  int64_t refused;          /* ms until the budget allows it, if it was refused; else 0 */
  uint64_t number;          /* of the request, while held */
  void (*go)(struct fm_permit *permit);
} fm_permit;

void fm_hosts_init(fm_hosts *hosts, unsigned per_host);
void fm_hosts_deinit(fm_hosts *hosts); /* no permit may be queued or held */
void fm_hosts_run(fm_hosts *hosts);    /* grants the permits that are due */

/* "ORIGIN", or "ORIGIN BUDGET" if `budget` is not empty. */
fm_str fm_budget_key(fm_arena *arena, fm_str origin, fm_str budget);

/* Queues a request. `go` is called once, when the permit is granted or refused (a refused
 * one needs no release): from inside this call, or later from inside another of this
 * interface. */
void fm_permit_request(fm_hosts *hosts, fm_str budget_key, fm_permit *permit,
                       fm_priority priority, void (*go)(fm_permit *permit));
/* Releases a permit, or leaves the queue. May be called twice, and inside `go`. */
void fm_permit_release(fm_hosts *hosts, fm_permit *permit);
/* Counts a second request made with the same permit (a redirect). */
void fm_permit_count_redirect(fm_hosts *hosts, fm_permit *permit);

/* What the response to the permit's request said of its budget; before fm_permit_release. */
void fm_permit_report(fm_hosts *hosts, fm_permit *permit, const fm_budget *said);
/* Grants nothing to the origin, or to one budget of it ("https://example.org " is the one
 * without a name), for `ms`. Requests that would then wait longer than `patience` are
 * refused by the next fm_permit_release or fm_hosts_run. */
void fm_hosts_block(fm_hosts *hosts, fm_str budget_key, int64_t ms);

/* When one more request that is not urgent may be sent, after `before` others and those
 * that are queued ahead of it; at or before hosts->now(): at once. A later time is an
 * estimate. */
int64_t fm_hosts_ready_at(const fm_hosts *hosts, fm_str budget_key, size_t before,
                          bool dynamic);

fm_budget fm_hosts_budget(const fm_hosts *hosts, fm_str budget_key); /* as reported last */

#endif
