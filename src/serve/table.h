/* The table of one serving thread: from a public base and a request target to the current reply.
 * Open addressing; a lookup neither copies nor allocates. */
#ifndef FM_SERVE_TABLE_H
#define FM_SERVE_TABLE_H

#include "serve/reply.h"

typedef struct fm_table_key {
  fm_str base;
  uint64_t base_hash; /* fm_table_hash of base, cached by the caller */
  fm_str target;
} fm_table_key;

typedef struct fm_table_entry { /* address is stable */
  uint64_t hash;
  fm_reply *reply; /* a reference, or NULL while only a miss is open */
  void *miss;      /* the open miss, or NULL */
  uint32_t base_len, target_len;
  char key[]; /* base, then target */
} fm_table_entry;

typedef struct fm_table {
  fm_table_entry **slots;
  size_t count, cap; /* cap: a power of two or 0 */
  uint64_t seed;
} fm_table;

void fm_table_init(fm_table *table, uint64_t seed); /* allocates nothing yet */
void fm_table_deinit(fm_table *table);              /* drops the replies */

uint64_t fm_table_hash(const fm_table *table, fm_str base);
fm_table_entry *fm_table_find(const fm_table *table, const fm_table_key *key);
/* Finds or adds an entry; a new one has neither reply nor miss. */
fm_table_entry *fm_table_add(fm_table *table, const fm_table_key *key);
/* Removes and frees an entry that has neither reply nor miss. */
void fm_table_remove_empty(fm_table *table, fm_table_entry *entry);

/* Replaces the reply: takes a reference of the new one (may be NULL), releases the old. */
void fm_table_entry_set(fm_table_entry *entry, fm_reply *reply);
fm_str fm_table_entry_base(const fm_table_entry *entry);
fm_str fm_table_entry_target(const fm_table_entry *entry);

#endif
