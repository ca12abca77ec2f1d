/* Codec of the store's records: entries and feeds as JSON, without loss. */
#ifndef FM_FEED_CODEC_H
#define FM_FEED_CODEC_H

#include "base/buf.h"
#include "base/why.h"
#include "feed/doc.h"

/* Appends one JSON object on one line, no line break. Members that are not
 * given are left out. */
int fm_entry_encode(const fm_entry *entry, fm_buf *out);
int fm_feed_encode(const fm_feed *feed, fm_buf *out); /* with its entries */

/* Reads them back; strings go into the arena. FM_E_SYNTAX with the place in
 * `why`; unknown members are skipped. */
int fm_entry_decode(fm_str json, fm_arena *arena, fm_entry *entry, fm_why *why);
int fm_feed_decode(fm_str json, fm_doc **doc, fm_why *why);

#endif
