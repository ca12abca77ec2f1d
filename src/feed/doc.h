/* A document: a feed together with the memory that holds it.
 *
 * Made once (by an extraction, a merge, a load from the store), then immutable
 * and shared by reference between the milling loop and pool threads; the last
 * unref frees it. */
#ifndef FM_FEED_DOC_H
#define FM_FEED_DOC_H

#include "base/mem.h"
#include <feedmill/feed.h>
#include <stdatomic.h>

typedef struct fm_doc {
  atomic_uint refs;
  fm_arena arena; /* holds everything that `feed` points to */
  fm_feed feed;
  /* One per entry, from a backend that orders by them: of entries with one date that
   * left the page, the higher number comes first. NULL: unknown. */
  const int64_t *numbers;
} fm_doc;

fm_doc *fm_doc_new(void); /* one reference; empty feed, day FM_NO_TIME */
fm_doc *fm_doc_ref(fm_doc *doc);
void fm_doc_unref(fm_doc *doc); /* NULL is fine */

/* Deep copies into an arena. */
fm_str fm_entry_text(fm_arena *arena, fm_str text);
void fm_entry_copy(fm_arena *arena, const fm_entry *from, fm_entry *to);
/* All of a feed but its entries. */
void fm_feed_copy_head(fm_arena *arena, const fm_feed *from, fm_feed *to);

/* A number of an entry by name; false when the entry does not say. */
int fm_entry_number(const fm_entry *entry, fm_str name, double *value);

#endif
