/* What is remembered of a page's parts over a restart, and for other feedmills: where
 * each was found, the validators that came from there, the entries that it showed.
 * Written when the copy that it is of is stored, so it is never newer than that. A page
 * of one list that is where it was planned leaves none: what it needs is kept with it. */
#ifndef FM_MILL_TRAIL_H
#define FM_MILL_TRAIL_H

#include "base/buf.h"
#include "mill/mill_internal.h"

enum { TRAIL_IDS = 4000, TRAIL_MAX = 256 * 1024 }; /* entries of all parts; bytes */

/* A line for each part: six fields between tabs. */
void trail_write(const page *p, fm_buf *out);
/* Takes what is of a part's first address into parts that know nothing yet, or, `all`,
 * into every part. Lines that are none are passed over. */
void trail_read(page *p, fm_str text, bool all);
void trail_save(page *p); /* if it is another one */

#endif
