/* The form of ids: where they lie, and whether what follows are numbers or
 * words. "https://site/papers/2608.00105" lies under "https://site/papers/" and
 * is a number; "https://site/papers/undefined" is none. Pure. */
#ifndef FM_MILL_SENTINEL_FORM_H
#define FM_MILL_SENTINEL_FORM_H

#include <feedmill/feed.h>

/* How many ids of `seen` are of a form that none of `past` has, and one of them.
 * 0 where the past is too short or too various to tell. */
size_t fm_form_unseen(const fm_feed *past, const fm_feed *seen, fm_str *example);

#endif
