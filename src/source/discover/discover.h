/* List detection on a page without a recipe: page bytes in, a recipe out.
 *
 * Methods are tried in this order: lists in JSON-LD, in microdata and microformats, JSON state
 * in scripts and attributes, repeated structure. Embedded data counts only if it describes the
 * list that the page shows, if the page shows one. A draft is written as a recipe, parsed as a
 * recipe and run on the page before it is returned.
 *
 * Pure: no I/O, no globals; any thread. */
#ifndef FM_SOURCE_DISCOVER_DISCOVER_H
#define FM_SOURCE_DISCOVER_DISCOVER_H

#include "base/mem.h"
#include "base/why.h"
#include "source/feed_in/feed_in.h"
#include <feedmill/plugin.h>

enum fm_discovery {
  FM_FOUND_NOTHING, FM_FOUND_FEED, FM_FOUND_JSON_LD, FM_FOUND_MICRODATA, FM_FOUND_MICROFORMAT,
  FM_FOUND_JSON, FM_FOUND_STRUCTURE
};

typedef struct fm_discovered {
  enum fm_discovery how;
  fm_str recipe;  /* as a file with comments; empty: no list was found */
  fm_str bare;    /* the same without comments, to be stored as the feed's state */
  size_t entries; /* entries that the recipe yields on this page */
  bool url_unknown; /* the page's address is unknown, and the recipe's url is a placeholder */
  fm_feed_link offers[FM_FEED_LINKS_FOUND_MAX]; /* feeds that the page names, best first */
  size_t noffers;
  bool is_feed;   /* the page is a feed itself */
} fm_discovered;

/* Looks for the list of `page` (body, url, charset, now). All strings are in the arena. Returns
 * FM_OK if there is a recipe, or the page is a feed, or it names one; else FM_E_NO_LIST with the
 * methods that were tried. */
int fm_discover(const fm_page *page, fm_arena *arena, fm_discovered *found, fm_why *why);

/* The method in words, for "found by ...". */
const char *fm_discovery_name(enum fm_discovery how);

/* The recipe name derived from an address: a-z, 0-9, '-'. */
fm_str fm_discover_name(fm_str url, fm_arena *arena);

#endif
