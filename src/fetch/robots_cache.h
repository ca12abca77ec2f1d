/* The robots.txt of each origin, asked for once in a while and remembered. */
#ifndef FM_FETCH_ROBOTS_CACHE_H
#define FM_FETCH_ROBOTS_CACHE_H

#include "fetch/transfer.h"
#include "fetch/robots.h"

enum {
  FM_ROBOTS_ORIGINS = 256,              /* remembered, least recently used go first */
  FM_ROBOTS_BYTES = 4 << 20,            /* of rules, of all together */
  FM_ROBOTS_FRESH_MS = 24 * 3600 * 1000, /* RFC 9309 section 2.4 */
  FM_ROBOTS_RETRY_MS = 10 * 60 * 1000   /* an older copy counts on while there is no new one */
};

typedef struct fm_robots_cache {
  fm_wire *wire;
  fm_map origins; /* origin -> struct of fetch_robots.c */
  fm_list used;   /* the same, the one used longest ago first */
  size_t bytes;
  int64_t (*now_ms)(void); /* fm_clock_mono_ms, but in tests */
} fm_robots_cache;

/* Who wants to know. Lies in its owner. */
typedef struct fm_robots_ask {
  fm_list_node node;
  /* `failed` is NULL: `rules` count (NULL: all is allowed); else robots.txt
   * could not be had, and so no page (RFC 9309 section 2.3.1.4). Both are
   * borrowed for the time of the call, which asks nothing of the cache. */
  void (*answer)(struct fm_robots_ask *ask, const fm_robots *rules,
                 const fm_fetch_result *failed);
} fm_robots_ask;

void fm_robots_cache_init(fm_robots_cache *cache, fm_wire *wire);
void fm_robots_cache_deinit(fm_robots_cache *cache); /* nobody may be waiting */

/* `ask->answer` is set; it is called once, perhaps from inside. Those who ask
 * while robots.txt is on its way share it. */
void fm_robots_cache_ask(fm_robots_cache *cache, fm_limits *limits, fm_str origin,
                         fm_robots_ask *ask);
/* True if an ask is answered at once, with no request to the origin. */
bool fm_robots_cache_knows(const fm_robots_cache *cache, fm_str origin);
/* The same; `rules` (NULL: all is allowed) are the cache's, until it is asked next. */
bool fm_robots_cache_peek(const fm_robots_cache *cache, fm_str origin, const fm_robots **rules);
void fm_robots_ask_stop(fm_robots_ask *ask); /* no answer is wanted; twice is fine */

#endif
