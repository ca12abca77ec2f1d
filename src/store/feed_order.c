/* Compares the order of a feed's entries before and after a merge. */
#include "store/feed_order.h"

#include <stdlib.h>

static int newest_first(const void *a, const void *b)
{
  const fm_shown *x = a, *y = b;
  if (x->published != y->published)
    return x->published < y->published ? 1 : -1;
  return (x->place > y->place) - (x->place < y->place);
}

void fm_shown_sort(fm_shown *shown, size_t count)
{
  for (size_t i = 0; i < count; i++)
    shown[i].place = i;
  qsort(shown, count, sizeof *shown, newest_first);
}

bool fm_shown_changed(enum fm_order order, fm_shown *was, size_t nwas, fm_shown *is, size_t nis,
                      size_t nleft)
{
  if (nwas != nis + nleft || (order == FM_ORDER_PAGE && nleft))
    return true;
  if (order == FM_ORDER_PUBLISHED) {
    fm_shown_sort(was, nwas);
    fm_shown_sort(is, nis + nleft);
  }
  for (size_t i = 0; i < nwas; i++)
    if (was[i].entry != is[i].entry)
      return true;
  return false;
}
