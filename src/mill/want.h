/* What somebody wants: one view of one page, in one format, under one address.
 * Made by the catalogue from an address or a configured feed; the mill copies
 * what it keeps. */
#ifndef FM_MILL_WANT_H
#define FM_MILL_WANT_H

#include "feed/filter.h"
#include "feed/format.h"
#include <feedmill/plugin.h>

/* refresh.*, all in seconds. */
typedef struct fm_refresh {
  int64_t every; /* between two fetches of the page; at least 1 */
  int64_t wait;  /* a reader waits so long for a refresh, then gets the copy at hand */
  int64_t stale; /* an old copy is served so long while the page fails */
  int64_t idle;  /* unread for so long: no longer refreshed ahead of requests */
} fm_refresh;

enum { FM_WANT_FILTERS = 3 }; /* of the configured feed's path, the feed's own, the request's */

typedef struct fm_want {
  const fm_source *source;
  fm_plan plan;             /* url, key, accept */
  const fm_param *options;  /* of the source */
  size_t noptions;
  const fm_str *command;    /* prints the page; {url} in it is the plan's; none: it is fetched */
  size_t ncommand;
  fm_refresh refresh;
  fm_filter filters[FM_WANT_FILTERS];
  size_t nfilters;
  size_t limit;             /* entries shown; at least 1 */
  int64_t archive;          /* first second of an archive's month; 0: the feed itself */
  fm_str name;              /* of a configured feed; empty: an address of the page */
  fm_str title;             /* instead of the page's own; empty: that one */
  const fm_format *format;
  fm_str base;              /* public address, no '/' at its end; empty: none */
  fm_str target;            /* the address below it, as asked; empty: none */
} fm_want;

#endif
