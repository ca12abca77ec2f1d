/* What an upstream's feed says of its archives (RFC 5005 section 4). */
#ifndef FM_MILL_UPSTREAM_ARCHIVES_H
#define FM_MILL_UPSTREAM_ARCHIVES_H

#include "mill/upstream_struct.h"

/* Finds the newest archive and counts the entries of all, for the copy; then calls `done`. No
 * response is rendered meanwhile. */
void fm_upstream_list_archives(fm_upstream *u, void (*done)(fm_upstream *u));
/* Seals the months that are over, then does the same. */
void fm_upstream_seal_archives(fm_upstream *u, void (*done)(fm_upstream *u));

#endif
