/* The feeds that there are to show: the configured ones and the listings of
 * Daily Papers that need no configuration. */
#ifndef FM_WEB_OFFER_H
#define FM_WEB_OFFER_H

#include "base/buf.h"
#include "mill/catalog.h"

typedef struct fm_offer {
  fm_str title;
  fm_str address; /* below the public one, without an ending: "/feeds/news", "/feeds/news?key=x" */
} fm_offer;

/* All of them in the arena: configured feeds first. Addresses carry the access key,
 * so they are for those who have it. */
const fm_offer *fm_offers(const fm_catalog *catalog, fm_arena *arena, size_t *count);

/* The configured ones as OPML (Daily Papers where there are none), addresses
 * below `base`. */
int fm_offers_opml(const fm_catalog *catalog, fm_str base, fm_buf *out);

#endif
