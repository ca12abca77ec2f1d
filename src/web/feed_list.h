/* The feeds that the index and OPML list: configured feeds, and the listings of Daily Papers
 * that need no configuration. */
#ifndef FM_WEB_FEED_LIST_H
#define FM_WEB_FEED_LIST_H

#include "base/buf.h"
#include "mill/catalog.h"

typedef struct fm_listed_feed {
  fm_str title;
  fm_str address; /* path below the public base, without an ending: "/feeds/news", "/feeds/news?key=x" */
} fm_listed_feed;

/* All listed feeds in the arena, configured ones first. Addresses carry the access key: give
 * them only to clients that are authorized. */
const fm_listed_feed *fm_feed_list(const fm_catalog *catalog, fm_arena *arena, size_t *count);

/* Writes the configured feeds (Daily Papers if there are none) as OPML, with addresses below
 * `base`. */
int fm_feed_list_opml(const fm_catalog *catalog, fm_str base, fm_buf *out);

#endif
