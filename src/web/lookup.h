/* The lookup form of the index: turns a pasted Daily Papers address into the address of its
 * feed. */
#ifndef FM_WEB_LOOKUP_H
#define FM_WEB_LOOKUP_H

#include "mill/catalog.h"

/* Sets `*address` to the path and query of `text`, in the arena:
 * "https://huggingface.co/papers/week/2026-W32#top" gives "/papers/week/2026-W32", and a feed's
 * ending is removed. An address without scheme and a bare path are accepted. FM_E_NOT_FOUND with
 * a reason: no address, or an address of another host. */
int fm_lookup_address(const fm_catalog *catalog, fm_str text, fm_arena *arena, fm_str *address,
                       fm_why *why);

#endif
