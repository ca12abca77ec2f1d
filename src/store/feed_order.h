/* Tells whether a merge changes the order of a feed's entries. Shared by all backends;
 * pure. */
#ifndef FM_STORE_FEED_ORDER_H
#define FM_STORE_FEED_ORDER_H

#include <feedmill/feed.h>
#include <stdbool.h>
#include <stddef.h>

/* An entry of a feed: its number in the store and its sort key. */
typedef struct fm_shown {
  int64_t entry;
  int64_t published;
  size_t place; /* set by fm_shown_sort */
} fm_shown;

/* Stable sort, newest published first. */
void fm_shown_sort(fm_shown *shown, size_t count);

/* True if a feed in this order changes when the entries listed on its page go from `was`
 * to `is`, both in the page's order. After the `nis` listed entries, `is` holds the `nleft`
 * entries of `was` that are no longer listed; they stay in the feed. Sorts both arrays. */
bool fm_shown_changed(enum fm_order order, fm_shown *was, size_t nwas, fm_shown *is, size_t nis,
                      size_t nleft);

#endif
