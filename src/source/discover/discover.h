/* Finding the list on a page that nobody described: page bytes in, a recipe out.
 *
 * Tried in order: lists in JSON-LD, lists in microdata and microformats, JSON state in
 * scripts and attributes, and what repeats on the page. Data counts only where it is of
 * the list that the page shows, if it shows one. What is found is written as a recipe,
 * read again as a recipe and run on the page before it is given: what does not work is
 * not found.
 *
 * Pure: no I/O, no globals; any thread. */
#ifndef FM_SOURCE_DISCOVER_DISCOVER_H
#define FM_SOURCE_DISCOVER_DISCOVER_H

#include "base/mem.h"
#include "base/why.h"
#include "source/feed_in/parts.h"
#include <feedmill/plugin.h>

enum fm_discovery {
  FM_FOUND_NOTHING, FM_FOUND_FEED, FM_FOUND_JSON_LD, FM_FOUND_MICRODATA, FM_FOUND_MICROFORMAT,
  FM_FOUND_JSON, FM_FOUND_STRUCTURE
};

typedef struct fm_discovered {
  enum fm_discovery how;
  fm_str recipe;  /* as a file, comments and all; empty: no list was found */
  fm_str bare;    /* the same without comments, to be kept; */
  size_t entries; /* that it yields on this page */
  bool placeless; /* nobody said where the page is from: the recipe's url is made up */
  fm_feed_offer offers[FM_FEED_OFFERS_MAX]; /* the page's own feeds, best first */
  size_t noffers;
  bool is_feed;   /* the page is a feed itself */
} fm_discovered;

/* Looks for the list of `page` (body, url, charset, now). All strings are in the arena.
 * FM_OK if there is a recipe, or the page is a feed, or it names one; else FM_E_NO_LIST
 * with what was tried. */
int fm_discover(const fm_page *page, fm_arena *arena, fm_discovered *found, fm_why *why);

/* In words, for "found by ...". */
const char *fm_discovery_name(enum fm_discovery how);

/* The name that a recipe for an address gets: a-z, 0-9, '-'. */
fm_str fm_discover_name(fm_str url, fm_arena *arena);

#endif
