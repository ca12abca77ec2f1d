/* A hash table with open addressing and linear probing, from (base, target) to replies. */
#include "serve/table.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { CAP_MIN = 64 };

void fm_table_init(fm_table *table, uint64_t seed) { *table = (fm_table){.seed = seed}; }

void fm_table_deinit(fm_table *table)
{
  for (size_t i = 0; i < table->cap; i++)
    if (table->slots[i]) {
      fm_reply_unref(table->slots[i]->reply);
      free(table->slots[i]);
    }
  free(table->slots);
  *table = (fm_table){0};
}

/* The seed is random, so that nobody can send targets that collide. */
uint64_t fm_table_hash(const fm_table *table, fm_str base)
{
  return XXH3_64bits_withSeed(base.ptr, base.len, table->seed);
}

static uint64_t hash_of(const fm_table_key *key)
{
  return XXH3_64bits_withSeed(key->target.ptr, key->target.len, key->base_hash);
}

static bool is(const fm_table_entry *e, uint64_t hash, const fm_table_key *key)
{
  return e->hash == hash && e->base_len == key->base.len && e->target_len == key->target.len &&
         memcmp(e->key, key->base.ptr, key->base.len) == 0 &&
         memcmp(e->key + e->base_len, key->target.ptr, key->target.len) == 0;
}

static fm_table_entry *find(const fm_table *table, uint64_t hash, const fm_table_key *key)
{
  if (!table->cap)
    return NULL;
  size_t mask = table->cap - 1;
  for (size_t i = hash & mask; table->slots[i]; i = (i + 1) & mask)
    if (is(table->slots[i], hash, key))
      return table->slots[i];
  return NULL;
}

fm_table_entry *fm_table_find(const fm_table *table, const fm_table_key *key)
{
  return find(table, hash_of(key), key);
}

static void place(fm_table_entry **slots, size_t mask, fm_table_entry *entry)
{
  size_t i = entry->hash & mask;
  while (slots[i])
    i = (i + 1) & mask;
  slots[i] = entry;
}

static void grow(fm_table *table)
{
  size_t cap = table->cap ? table->cap * 2 : CAP_MIN;
  fm_table_entry **slots = fm_zalloc(cap * sizeof *slots);
  for (size_t i = 0; i < table->cap; i++)
    if (table->slots[i])
      place(slots, cap - 1, table->slots[i]);
  free(table->slots);
  table->slots = slots;
  table->cap = cap;
}

fm_table_entry *fm_table_add(fm_table *table, const fm_table_key *key)
{
  uint64_t hash = hash_of(key);
  fm_table_entry *entry = find(table, hash, key);
  if (entry)
    return entry;
  if ((table->count + 1) * 2 > table->cap)
    grow(table);
  entry = fm_zalloc(sizeof *entry + key->base.len + key->target.len);
  entry->hash = hash;
  entry->base_len = (uint32_t)key->base.len;
  entry->target_len = (uint32_t)key->target.len;
  memcpy(entry->key, key->base.ptr, key->base.len);
  memcpy(entry->key + key->base.len, key->target.ptr, key->target.len);
  place(table->slots, table->cap - 1, entry);
  table->count++;
  return entry;
}

void fm_table_remove_empty(fm_table *table, fm_table_entry *entry)
{
  if (entry->reply || entry->miss)
    return;
  size_t mask = table->cap - 1, hole = entry->hash & mask;
  while (table->slots[hole] != entry)
    hole = (hole + 1) & mask;
  table->slots[hole] = NULL;
  table->count--;
  /* Backward-shift deletion: entries that were displaced past the hole move up. */
  for (size_t i = (hole + 1) & mask; table->slots[i]; i = (i + 1) & mask) {
    size_t home = table->slots[i]->hash & mask;
    if (((i - home) & mask) < ((i - hole) & mask))
      continue;
    table->slots[hole] = table->slots[i];
    table->slots[i] = NULL;
    hole = i;
  }
  free(entry);
}

void fm_table_entry_set(fm_table_entry *entry, fm_reply *reply)
{
  fm_reply *old = entry->reply;
  entry->reply = reply ? fm_reply_ref(reply) : NULL;
  fm_reply_unref(old);
}

fm_str fm_table_entry_base(const fm_table_entry *entry)
{
  return (fm_str){entry->key, entry->base_len};
}

fm_str fm_table_entry_target(const fm_table_entry *entry)
{
  return (fm_str){entry->key + entry->base_len, entry->target_len};
}
