/* Union of lists: the pages of one list, and the lists of several inputs, become one document
 * without duplicates. Pure; runs in the pool. */
#ifndef FM_MILL_LIST_UNION_H
#define FM_MILL_LIST_UNION_H

#include "feed/doc.h"
#include <stdbool.h>

/* One input's list, as a refresh found it. */
typedef struct fm_list_part {
  fm_doc *const *pages; /* in their order; none: not modified, or failed */
  size_t npages;
  bool whole;          /* all pages are there: entries that they lack have left the list */
  const uint64_t *ids; /* of what it showed when it was last fetched */
  size_t nids;
} fm_list_part;

enum { FM_LIST_MAX = 5000 }; /* entries of a union; later ones are left out */

uint64_t fm_list_hash(fm_str id); /* of an entry's id, as in the arrays of ids */

/* The parts' entries in the parts' order, under the head of the first part (of `before`, the
 * copy at hand, if the first part has no pages; of the first part that has, if `before` is
 * NULL). A part that is not whole keeps entries that it showed before, as `before` has them, up
 * to the number that it showed. An entry is left out if its id is there already, or if it is
 * new and links to where an entry of another part does. *ids receives an array of *nids ids for
 * each part, in the document's arena. One reference. */
fm_doc *fm_list_union(const fm_list_part *parts, size_t nparts, const fm_doc *before,
                      const uint64_t ***ids, size_t **nids);

/* True if `doc` (may be NULL) has an entry for each of these ids; false without ids. */
bool fm_list_has_all(const fm_doc *doc, const uint64_t *ids, size_t nids);

/* True if an entry of one document links where an entry of the other does; scheme, query,
 * fragment and a last '/' are not compared. */
bool fm_list_shares_link(const fm_doc *one, const fm_doc *other);

#endif
