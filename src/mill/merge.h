/* What a page shows now, joined with what it showed before. Pure; runs in the
 * pool. */
#ifndef FM_MILL_MERGE_H
#define FM_MILL_MERGE_H

#include "feed/doc.h"

/* The feed's memory after a refresh: the seen entries in the page's order, then
 * those of `before` that the page no longer shows, newest published first; at
 * most `most`. `before` may be NULL. The result has one reference. */
fm_doc *fm_merge_join(const fm_doc *before, const fm_doc *seen, size_t most);

/* What the store does, from the copy at hand: for when the store fails. Dates of
 * entries that `before` knows stay; `now` dates changes. */
fm_doc *fm_merge_seen(const fm_doc *before, const fm_doc *seen, int64_t now);

#endif
