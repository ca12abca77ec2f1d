/* Several pages made one list: those of a list that goes on, those of several
 * lists in one feed. Pure; runs in the pool. */
#ifndef FM_MILL_GATHER_H
#define FM_MILL_GATHER_H

#include "feed/doc.h"
#include <stdbool.h>

/* One of the lists, as a refresh found it. */
typedef struct fm_gather_part {
  fm_doc *const *docs; /* its pages in their order; none: it did not change, or could not be had */
  size_t ndocs;
  bool whole;          /* all of its pages are there: what it lacks has left it */
  const uint64_t *ids; /* of what it showed when it was last had */
  size_t nids;
} fm_gather_part;

enum { FM_GATHER_MAX = 5000 }; /* entries; what comes after them is left out */

uint64_t fm_gather_id(fm_str id);

/* The parts' entries in the parts' order, under the head of the first part (of `before`,
 * the page as remembered, where it did not come; of the first that did, where that is
 * NULL). A part that is not whole keeps what it showed before, as it is remembered, up to
 * so many as it showed. An entry is left out when its id is there already, or when it is
 * a new one whose link is that of an entry of another part. *ids gets for each part an
 * array of its *nids entries, in doc's arena. One reference. */
fm_doc *fm_gather(const fm_gather_part *parts, size_t nparts, const fm_doc *before,
                  const uint64_t ***ids, size_t **nids);

/* True if all of these are among the entries of `doc` (may be NULL). */
bool fm_gather_has(const fm_doc *doc, const uint64_t *ids, size_t nids);

/* True if an entry of one links where an entry of the other does, give or take how the
 * address is written (scheme, query, last '/'). */
bool fm_gather_kin(const fm_doc *one, const fm_doc *other);

#endif
