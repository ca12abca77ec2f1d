/* The charset of a page: declared, by its bytes, or guessed. For dom/tree.c only. */
#ifndef FM_DOM_ENCODING_H
#define FM_DOM_ENCODING_H

#include "base/mem.h"

/* The page as UTF-8 with LF line breaks, without a byte order mark and without characters that
 * XML 1.0 forbids; `html` itself if nothing has to change. An empty `charset` leaves the choice
 * to the page's own declaration. */
fm_str fm_page_decode(fm_str html, fm_str charset, fm_arena *arena);

#endif
