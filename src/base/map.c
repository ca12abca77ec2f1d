/* Hash map with linear probing and backward-shift deletion. */
#include "base/map.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 16 };

void fm_map_deinit(fm_map *map)
{
  for (size_t i = 0; i < map->cap; i++)
    free(map->slots[i].key);
  free(map->slots);
  *map = (fm_map){0};
}

static uint64_t hash_of(fm_str key)
{
  uint64_t hash = fm_hash(key);
  return hash ? hash : 1; /* 0 marks an empty slot */
}

/* Finds the key's slot, or the empty slot where it would be inserted. The table is never
 * full, so the loop ends. */
static fm_map_slot *find(const fm_map *map, fm_str key, uint64_t hash)
{
  size_t mask = map->cap - 1;
  for (size_t i = hash & mask;; i = (i + 1) & mask) {
    fm_map_slot *slot = &map->slots[i];
    if (slot->hash == 0)
      return slot;
    if (slot->hash == hash && slot->key_len == key.len &&
        (key.len == 0 || memcmp(slot->key, key.ptr, key.len) == 0))
      return slot;
  }
}

void *fm_map_get(const fm_map *map, fm_str key)
{
  if (map->count == 0)
    return NULL;
  const fm_map_slot *slot = find(map, key, hash_of(key));
  return slot->hash ? slot->value : NULL;
}

static void grow(fm_map *map)
{
  fm_map old = *map;
  map->cap = old.cap ? old.cap * 2 : FIRST_CAP;
  map->slots = fm_zalloc(map->cap * sizeof *map->slots);
  size_t mask = map->cap - 1;
  for (size_t i = 0; i < old.cap; i++) {
    if (old.slots[i].hash == 0)
      continue;
    size_t at = old.slots[i].hash & mask;
    while (map->slots[at].hash)
      at = (at + 1) & mask;
    map->slots[at] = old.slots[i];
  }
  free(old.slots);
}

void *fm_map_put(fm_map *map, fm_str key, void *value)
{
  uint64_t hash = hash_of(key);
  fm_map_slot *slot = map->cap ? find(map, key, hash) : NULL;
  if (slot && slot->hash) {
    void *old = slot->value;
    slot->value = value;
    return old;
  }
  if (!slot || (map->count + 1) * 4 > map->cap * 3) {
    grow(map);
    slot = find(map, key, hash);
  }
  *slot = (fm_map_slot){hash, fm_dup(key.ptr, key.len), key.len, value};
  map->count++;
  return NULL;
}

/* Backward-shift deletion: moves displaced entries into the hole, so that no tombstones are
 * needed. */
static void shift_back(fm_map *map, size_t hole)
{
  size_t mask = map->cap - 1;
  for (size_t i = (hole + 1) & mask; map->slots[i].hash; i = (i + 1) & mask) {
    size_t pushed = (i - map->slots[i].hash) & mask; /* distance from its home slot */
    if (pushed < ((i - hole) & mask))
      continue;
    map->slots[hole] = map->slots[i];
    hole = i;
  }
  map->slots[hole] = (fm_map_slot){0};
}

void *fm_map_del(fm_map *map, fm_str key)
{
  if (map->count == 0)
    return NULL;
  fm_map_slot *slot = find(map, key, hash_of(key));
  if (slot->hash == 0)
    return NULL;
  void *value = slot->value;
  free(slot->key);
  shift_back(map, (size_t)(slot - map->slots));
  map->count--;
  return value;
}

const fm_map_slot *fm_map_next(const fm_map *map, size_t *at)
{
  while (*at < map->cap) {
    const fm_map_slot *slot = &map->slots[(*at)++];
    if (slot->hash)
      return slot;
  }
  return NULL;
}
