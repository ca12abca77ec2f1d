/* A serving thread's own table: from a public address and a request target to
 * the reply that stands for them. Open addressing; a lookup copies nothing and
 * allocates nothing. For one thread. */
#ifndef FM_SERVE_TABLE_H
#define FM_SERVE_TABLE_H

#include "serve/reply.h"

typedef struct fm_entry_key {
  fm_str base;
  uint64_t base_hash; /* fm_table_hash of base, kept by who asks often */
  fm_str target;
} fm_entry_key;

typedef struct fm_slot_entry { /* its address is stable */
  uint64_t hash;
  fm_reply *reply; /* a reference, or NULL: only a miss is open */
  void *miss;      /* the open miss, or NULL */
  uint32_t base_len, target_len;
  char key[]; /* base, then target */
} fm_slot_entry;

typedef struct fm_table {
  fm_slot_entry **slots;
  size_t count, cap; /* cap: a power of two or 0 */
  uint64_t seed;
} fm_table;

void fm_table_init(fm_table *table, uint64_t seed); /* allocates nothing yet */
void fm_table_deinit(fm_table *table);              /* drops the replies */

uint64_t fm_table_hash(const fm_table *table, fm_str base);
fm_slot_entry *fm_table_find(const fm_table *table, const fm_entry_key *key);
/* Finds or adds; a new one has neither reply nor miss. */
fm_slot_entry *fm_table_add(fm_table *table, const fm_entry_key *key);
/* Takes an entry out and frees it, if it has neither reply nor miss. */
void fm_table_tidy(fm_table *table, fm_slot_entry *entry);

/* Swaps the reply: takes a reference of the new one (may be NULL), drops the old. */
void fm_entry_set(fm_slot_entry *entry, fm_reply *reply);
fm_str fm_entry_base(const fm_slot_entry *entry);
fm_str fm_entry_target(const fm_slot_entry *entry);

#endif
