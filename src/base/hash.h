/* Hash of the program's tables, keyed with a secret from getrandom(2), so that nobody outside
 * can choose keys that collide. It differs between processes: never store or send it. */
#ifndef FM_BASE_HASH_H
#define FM_BASE_HASH_H

#include <feedmill/feed.h>

uint64_t fm_hash(fm_str key);

/* Derives the secret from a number instead, for reproducible tests. Call it before the first
 * table is filled. */
void fm_hash_seed(uint64_t seed);

#endif
