/* Addresses of archives: "/papers.atom?q=x" and its archive of a month,
 * "/papers/archive/2026-08.atom?q=x". Pure. */
#ifndef FM_MILL_ARCHIVE_ADDRESS_H
#define FM_MILL_ARCHIVE_ADDRESS_H

#include "base/mem.h"

/* The target of a month's archive, from that of the feed or of any of its
 * archives; month FM_NO_TIME: of the feed itself. */
fm_str fm_archive_target(fm_str target, int64_t month, fm_arena *arena);

#endif
