/* A hash map from byte strings to pointers (keyed XXH3, open addressing).
 * Keys are copied; values are borrowed. Not for two threads at a time. */
#ifndef FM_BASE_MAP_H
#define FM_BASE_MAP_H

#include <feedmill/feed.h>

typedef struct fm_map_slot {
  uint64_t hash; /* 0: empty */
  char *key;
  size_t key_len;
  void *value;
} fm_map_slot;

typedef struct fm_map { /* zero-initialised is empty and ready */
  fm_map_slot *slots;
  size_t count, cap; /* cap: a power of two or 0 */
} fm_map;

void fm_map_deinit(fm_map *map); /* frees keys, not values */
void *fm_map_get(const fm_map *map, fm_str key); /* NULL: not there */
void *fm_map_put(fm_map *map, fm_str key, void *value); /* the old value or NULL */
void *fm_map_del(fm_map *map, fm_str key); /* the value taken out or NULL */
/* Walks all slots: start with *at = 0; NULL at the end. No put or del meanwhile. */
const fm_map_slot *fm_map_next(const fm_map *map, size_t *at);

#endif
