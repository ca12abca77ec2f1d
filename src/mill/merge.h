/* Merging documents without the store: what an upstream shows now, joined with what it showed
 * before. Pure; runs in the pool. Results have one reference. */
#ifndef FM_MILL_MERGE_H
#define FM_MILL_MERGE_H

#include "feed/doc.h"
#include <stdbool.h>

/* The copy after a refresh: the entries of `seen` in their order, then those of `before` (may
 * be NULL) that the list no longer shows, newest published first; at most `most`. */
fm_doc *fm_merge_join(const fm_doc *before, const fm_doc *seen, size_t most);

/* What the store would make of `seen`, from the copy alone, for when the store fails. Entries
 * that `before` knows keep their dates; `now` dates changes. */
fm_doc *fm_merge_seen(const fm_doc *before, const fm_doc *seen, int64_t now);

/* The same for a `seen` that has the entries of `before` in the same order: the store's order
 * numbers stay. */
fm_doc *fm_merge_in_place(const fm_doc *before, const fm_doc *seen, int64_t now);

/* True if both documents would be served as the same bytes. */
bool fm_merge_is_same(const fm_doc *a, const fm_doc *b);

#endif
