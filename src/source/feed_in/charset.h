/* What a document's bytes mean, where no HTML parser finds it out: feeds and JSON. */
#ifndef FM_SOURCE_FEED_IN_CHARSET_H
#define FM_SOURCE_FEED_IN_CHARSET_H

#include "base/mem.h"

/* The bytes as UTF-8, whatever they were; the bytes themselves if they are. What they
 * look like goes before `charset`, which may be empty. */
fm_str fm_feed_to_utf8(fm_str body, fm_str charset, fm_arena *arena);

#endif
