/* The form of ids: their common prefix, and whether numbers or words follow it.
 * "https://site/papers/2608.00105" has the prefix "https://site/papers/" and a number;
 * "https://site/papers/undefined" has a word instead. Pure. */
#ifndef FM_MILL_ID_FORM_H
#define FM_MILL_ID_FORM_H

#include <feedmill/feed.h>

/* Counts the ids of `seen` whose form no entry of `past` has, and gives one of them. 0 if the
 * past has too few entries, or too many forms, to tell. */
size_t fm_id_form_count_unseen(const fm_feed *past, const fm_feed *seen, fm_str *example);

#endif
