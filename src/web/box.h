/* What a person puts into the box: a Daily Papers address, as it was copied. */
#ifndef FM_WEB_BOX_H
#define FM_WEB_BOX_H

#include "mill/catalog.h"

/* Its path and query, in the arena: "https://huggingface.co/papers/week/2026-W32#top" is
 * "/papers/week/2026-W32", as it is with a feed's ending. Without the scheme, or a bare path,
 * will do. FM_E_NOT_FOUND with the reason: no address, or one of another host than Daily
 * Papers'. */
int fm_box_address(const fm_catalog *catalog, fm_str text, fm_arena *arena, fm_str *address,
                       fm_why *why);

#endif
