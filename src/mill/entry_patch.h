/* Making a patch of what entries' pages said (fm_entry_patch of entry_fetch.h). For
 * entry_fetch.c alone. */
#ifndef FM_MILL_ENTRY_PATCH_H
#define FM_MILL_ENTRY_PATCH_H

#include "mill/entry_fetch.h"

fm_entry_patch *fm_entry_patch_new(void);
/* An entry and what its page said, of which a reference is taken; NULL: the page failed, after
 * so many failed tries. */
void fm_entry_patch_add(fm_entry_patch *patch, fm_str id, fm_doc *said, unsigned tries);

#endif
