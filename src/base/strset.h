/* Insert-only string set in an arena; borrows its keys. */
#ifndef FM_BASE_STRSET_H
#define FM_BASE_STRSET_H

#include "base/mem.h"
#include <stdbool.h>

typedef struct fm_strset {
  fm_str *texts; /* in insertion order */
  size_t count;
  uint32_t *slots; /* index of the string plus one; 0: empty */
  size_t mask;
} fm_strset;

/* Makes room for `most` strings, fewer than 2^31. */
void fm_strset_init(fm_strset *seen, fm_arena *arena, size_t most);
/* Inserts a string, which must outlive the set. Returns false if an equal string was
 * inserted before; *first (may be NULL) is then its index. */
bool fm_strset_add(fm_strset *seen, fm_str text, size_t *first);

#endif
