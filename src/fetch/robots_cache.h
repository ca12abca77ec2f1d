/* The cache of robots.txt by origin: fetches, keeps and refreshes it. */
#ifndef FM_FETCH_ROBOTS_CACHE_H
#define FM_FETCH_ROBOTS_CACHE_H

#include "fetch/transfer.h"
#include "fetch/robots.h"

enum {
  FM_ROBOTS_ORIGINS = 256,              /* cached, least recently used evicted */
  FM_ROBOTS_BYTES = 4 << 20,            /* of all rules together */
  FM_ROBOTS_FRESH_MS = 24 * 3600 * 1000, /* RFC 9309 section 2.4 */
  FM_ROBOTS_RETRY_MS = 10 * 60 * 1000   /* how long an old copy counts on when the refresh fails */
};

typedef struct fm_robots_cache {
  fm_transport *transport;
  fm_map origins; /* origin -> struct of robots_cache.c */
  fm_list used;   /* the same, least recently used first */
  size_t bytes;
  int64_t (*now_ms)(void); /* fm_clock_mono_ms, or a test's */
} fm_robots_cache;

/* One lookup. Embedded in its owner. */
typedef struct fm_robots_query {
  fm_list_node node;
  /* If `failed` is NULL, `rules` count (NULL: all is allowed); else robots.txt could not
   * be fetched, so no page may be (RFC 9309 section 2.3.1.4). Both are borrowed during the
   * call. It may not call the cache. */
  void (*answer)(struct fm_robots_query *query, const fm_robots *rules,
                 const fm_fetch_result *failed);
} fm_robots_query;

void fm_robots_cache_init(fm_robots_cache *cache, fm_transport *transport);
void fm_robots_cache_deinit(fm_robots_cache *cache); /* no query may be waiting */

/* Set query->answer before; it is called once, perhaps from inside this call. Queries
 * share one fetch of robots.txt. */
void fm_robots_cache_lookup(fm_robots_cache *cache, fm_fetch_settings *settings, fm_str origin,
                         fm_robots_query *query);
/* True if a lookup would be answered without a request to the origin. */
bool fm_robots_cache_is_fresh(const fm_robots_cache *cache, fm_str origin);
/* The same, with the rules (NULL: all is allowed), borrowed until the next lookup. */
bool fm_robots_cache_peek(const fm_robots_cache *cache, fm_str origin, const fm_robots **rules);
void fm_robots_query_cancel(fm_robots_query *query); /* may be called twice */

#endif
