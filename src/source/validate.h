/* Makes what a source returned fit for the rest of the program. A source may be anybody's
 * plugin: nothing that it returned is trusted but its pointers. */
#ifndef FM_SOURCE_VALIDATE_H
#define FM_SOURCE_VALIDATE_H

#include "base/mem.h"
#include "base/why.h"
#include <feedmill/plugin.h>

/* Entries without id or title, and all but the first of one id, are removed and counted in
 * *dropped (may be NULL); invalid UTF-8 is replaced; HTML is sanitized, relative addresses
 * resolved against the page's. New memory is in `arena`. FM_E_ABI for counts that cannot
 * be, FM_E_NO_LIST for a feed that neither has an id nor came from an address. */
int fm_validate_feed(const fm_source *source, const fm_page *page, fm_arena *arena, fm_feed *feed,
                     size_t *dropped, fm_why *why);

/* The same for one entry, whose id and title may be missing. */
void fm_validate_entry(const fm_source *source, const fm_page *page, fm_arena *arena,
                       fm_entry *entry);

#endif
