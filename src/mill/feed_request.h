/* A feed request: an address resolved to one view of one upstream in one format. The
 * catalogue makes it; the mill copies what it keeps. */
#ifndef FM_MILL_FEED_REQUEST_H
#define FM_MILL_FEED_REQUEST_H

#include "feed/filter.h"
#include "feed/format.h"
#include <feedmill/plugin.h>

/* refresh.* of the configuration, in seconds. */
typedef struct fm_refresh_policy {
  int64_t every; /* between two fetches; at least 1 */
  int64_t wait;  /* how long a reader waits for a refresh before it gets the stale copy */
  int64_t stale; /* how long a stale copy is served while the upstream fails */
  int64_t idle;  /* an upstream that nobody read for so long is not prefetched */
} fm_refresh_policy;

enum { FM_FEED_REQUEST_FILTERS = 3 }; /* the configured path's, the feed's, the request's */

typedef struct fm_feed_request {
  const fm_source *source;
  fm_plan_request ask;      /* what `plan` was made from, to make it again when it ends */
  fm_plan plan;
  const fm_param *options;  /* of the source */
  size_t noptions;
  const fm_str *command;    /* prints the page in place of a fetch; "{url}" in it is the plan's */
  size_t ncommand;          /* 0: the page is fetched */
  fm_refresh_policy refresh;
  fm_filter filters[FM_FEED_REQUEST_FILTERS];
  size_t nfilters;
  size_t limit;             /* entries shown; at least 1 */
  int64_t archive;          /* first second of an archive's month; 0: the feed document */
  fm_str name;              /* of a configured feed; empty: an address nobody configured */
  fm_str title;             /* replaces the upstream's; empty: it does not */
  const fm_format *format;
  fm_str base;              /* public address without a '/' at its end; empty: none */
  fm_str target;            /* address below `base`, as requested; empty: none */
} fm_feed_request;

#endif
