/* The rate limit of a host: what it announces, and when the next request may be sent.
 *
 * fm_budget is what one response said. fm_pace is derived from all responses and from the
 * requests sent. It is pure: the clock is an argument (milliseconds, monotonic), so that a
 * test can run through a day at once. A host that announces nothing is not limited. */
#ifndef FM_FETCH_BUDGET_H
#define FM_FETCH_BUDGET_H

#include <feedmill/feed.h>
#include <stdbool.h>
#include <stdint.h>

/* The rate limit that a response announces; -1: not said. The IETF httpapi draft
 * "RateLimit header fields for HTTP" in today's form and in that of 2023. */
typedef struct fm_budget {
  int64_t remaining; /* requests */
  int64_t reset;     /* seconds until there are more */
  int64_t quota;     /* requests in each window */
  int64_t window;    /* seconds */
  int64_t at;        /* fm_clock_mono_ms of the response */
} fm_budget;

#define FM_BUDGET_NONE ((fm_budget){-1, -1, -1, -1, 0})

/* Parses one header field into `budget`. True if the name is one of RateLimit,
 * RateLimit-Policy, RateLimit-Limit, -Remaining, -Reset and the value is valid. Of
 * several policies the strictest counts.
 * Lenient: quoted names may follow one another ("fixed window";"pages";q=100). */
bool fm_budget_parse_field(fm_budget *budget, fm_str name, fm_str value);

enum {
  FM_PACE_LOG = 1024,        /* requests logged at most */
  FM_PACE_SLACK_MS = 1000,   /* hosts count in whole seconds, and requests take time to arrive */
  FM_PACE_DEFAULT_MS = 60000, /* the wait when a host refuses but does not say for how long */
  FM_PACE_MAX_MS = 86400000   /* longer times are cut to this */
};
#define FM_PACE_ON_RESPONSE INT64_MAX /* a time: when the next response is received */

typedef struct fm_pace_kind {
  bool spread;  /* not urgent */
  bool dynamic; /* for an address that is not configured */
} fm_pace_kind;

typedef struct fm_pace_request {
  int64_t at;
  fm_pace_kind kind;
} fm_pace_request;

/* Zero-initialise it. Invariants:
 *
 *  - nothing is sent before `blocked_until` (Retry-After, RFC 9110 section 10.2.3);
 *  - no more than the announced remaining requests, less those in flight, are sent until
 *    the next announcement or the reset; after a reset the first response is awaited;
 *  - no more than the quota are sent in any period as long as the window, wherever the
 *    host's own windows begin, and at most three quarters of it are urgent, so that
 *    refreshes are not starved. */
typedef struct fm_pace {
  int64_t quota, window;  /* of the policy, milliseconds; 0: none was announced */
  int64_t remaining, reset; /* as announced last, less what was sent since */
  int64_t sent, sent_dynamic; /* requests until that reset, and the dynamic ones of them */
  uint64_t updated_by;    /* the number of the request whose response said so; 0: none */
  uint64_t count;         /* requests so far; the latest one's number */
  unsigned in_flight;
  int64_t blocked_until;  /* 0: not blocked */
  bool has_spread;        /* a request that is not urgent was sent, */
  int64_t last_spread;    /* the last one then */
  fm_pace_request *log;   /* the latest requests, oldest first */
  size_t nlog, capacity;
} fm_pace;

void fm_pace_deinit(fm_pace *pace);

/* Counts a request that is sent now and returns its number. */
uint64_t fm_pace_send(fm_pace *pace, int64_t now, fm_pace_kind kind);
void fm_pace_end(fm_pace *pace); /* a request was answered or given up */

/* What the response to a request announced; before its fm_pace_end. */
void fm_pace_update(fm_pace *pace, uint64_t number, const fm_budget *said, int64_t now);
void fm_pace_block(fm_pace *pace, int64_t until);

/* When the next urgent request may be sent; at or before `now`: at once.
 * fm_pace_earliest: when any request may be sent at all. */
int64_t fm_pace_next_urgent(const fm_pace *pace, int64_t now);
int64_t fm_pace_earliest(const fm_pace *pace, int64_t now);
/* When the next dynamic request is within the share of those: a quarter of the quota in any
 * window; without a quota, of the requests that the announced count allows until its reset;
 * at least one. At or before `now` without a limit. */
int64_t fm_pace_next_dynamic(const fm_pace *pace, int64_t now);

/* When the next request that is not urgent may be sent, after `before` others. The first
 * quarter of a budget is spent as requests come; the rest is spread over the remaining
 * time, so that urgent requests find room at any time. */
int64_t fm_pace_next_spread(const fm_pace *pace, int64_t now, size_t before);

#endif
