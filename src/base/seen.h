/* Which texts were there already, for one pass over many: a set that copies nothing
 * and gives nothing back, in an arena. */
#ifndef FM_BASE_SEEN_H
#define FM_BASE_SEEN_H

#include "base/mem.h"
#include <stdbool.h>

typedef struct fm_seen {
  fm_str *texts; /* in the order they came */
  size_t count;
  uint32_t *slots; /* number of a text and one; 0: empty */
  size_t mask;
} fm_seen;

/* Room for so many texts, fewer than 2^31. */
void fm_seen_init(fm_seen *seen, fm_arena *arena, size_t most);
/* Notes a text, which stays as it is while the set is used. False: it was there, and
 * *first (may be NULL) is which of the texts noted before, from 0. */
bool fm_seen_new(fm_seen *seen, fm_str text, size_t *first);

#endif
