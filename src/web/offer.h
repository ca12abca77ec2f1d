/* The feeds that there are to show: the configured ones and the listings of
 * Daily Papers that need no configuration. */
#ifndef FM_WEB_OFFER_H
#define FM_WEB_OFFER_H

#include "base/buf.h"
#include "mill/catalog.h"

typedef struct fm_offer {
  fm_str title;
  fm_str path; /* below the public address, without an ending: "/feeds/news" */
} fm_offer;

/* All of them in the arena: configured feeds first. */
const fm_offer *fm_offers(const fm_catalog *catalog, fm_arena *arena, size_t *count);

/* The configured ones as OPML (Daily Papers where there are none), addresses
 * below `base`. */
int fm_offers_opml(const fm_catalog *catalog, fm_str base, fm_buf *out);

#endif
