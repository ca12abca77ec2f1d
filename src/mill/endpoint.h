/* Endpoint selection. An input has one or more equivalent endpoints. Endpoint 0 is preferred;
 * if it fails, another serves at once and endpoint 0 is probed with exponential back-off.
 *
 * Pure: the clock and the fetcher's room come in as arguments. */
#ifndef FM_MILL_ENDPOINT_H
#define FM_MILL_ENDPOINT_H

#include <feedmill/plugin.h>
#include <stdbool.h>

/* One address of an input, as planned. Strings are the plan's owner's. */
typedef struct fm_endpoint {
  fm_str url;
  fm_str key;    /* fm_page.key of pages that are fetched from here */
  fm_str accept; /* value of the Accept header; empty: HTML */
  fm_str origin; /* of url (RFC 6454): the only one that receives headers and budget */
  fm_str budget; /* which of the host's budgets counts these requests; empty: the common one */
  fm_str permit; /* origin and budget, as fm_fetcher_delay takes them */
  const fm_param *headers;
  size_t nheaders;
  const fm_program *program; /* pages of lists are piped through it; NULL: none */
} fm_endpoint;

/* Which endpoint serves an input. Zero-initialised: endpoint 0, nothing has failed. */
typedef struct fm_failover {
  size_t endpoint;    /* the one that served last */
  unsigned failures;  /* of endpoint 0 in a row, while another served */
  int64_t retry_at;   /* monotonic ms: endpoint 0 is not asked before; 0: at any time */
} fm_failover;

/* Milliseconds until the host behind a permit takes one more request; 0: now. */
typedef int64_t (*fm_room_fn)(void *ctx, fm_str permit);

/* The endpoint that a fetch begins with: endpoint 0, or the one that served last while
 * endpoint 0 backs off; if that one's host has no room, the first one whose host has. */
size_t fm_failover_first(const fm_failover *failover, const fm_endpoint *endpoints, size_t count,
                         int64_t now_ms, fm_room_fn room, void *ctx);

/* Notes that `endpoint` has served. `preferred_failed`: endpoint 0 was asked in the same
 * fetch and failed; it then backs off, by doubling from `interval` (seconds). */
void fm_failover_served(fm_failover *failover, size_t endpoint, bool preferred_failed,
                        int64_t interval, int64_t now_ms);

#endif
