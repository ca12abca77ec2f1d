/* Does a feed look different after a merge? Shared by the homes; pure. */
#ifndef FM_STORE_ORDER_H
#define FM_STORE_ORDER_H

#include <feedmill/feed.h>
#include <stdbool.h>
#include <stddef.h>

/* One entry that a feed shows: a number that stands for it, and what orders it. */
typedef struct fm_shown {
  int64_t entry;
  int64_t published;
  size_t place; /* set by fm_shown_sort */
} fm_shown;

/* Newest published first, else as given. */
void fm_shown_sort(fm_shown *shown, size_t count);

/* True if a feed in this order changes when its page goes from `was` to `is`,
 * both in the page's order. After the `nis` of the page, `is` holds the `nleft`
 * of `was` that are no longer on it: they stay in the feed. Sorts both. */
bool fm_shown_differ(enum fm_order order, fm_shown *was, size_t nwas, fm_shown *is, size_t nis,
                     size_t nleft);

#endif
