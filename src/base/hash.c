/* Keyed hash for tables: XXH3 with a random secret. */
#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

enum { SECRET_LEN = 192 }; /* as XXH3's own; XXH3_SECRET_SIZE_MIN is 136 */

static unsigned char secret[SECRET_LEN];

/* Runs before main(), so that no thread sees the secret change. */
__attribute__((constructor)) static void init_secret(void)
{
  if (getrandom(secret, sizeof secret, 0) == (ssize_t)sizeof secret)
    return;
  fputs("feedmill: getrandom failed\n", stderr);
  abort();
}

/* SplitMix64 (Steele, Lea and Flood). */
void fm_hash_seed(uint64_t seed)
{
  for (size_t i = 0; i < SECRET_LEN; i += sizeof seed) {
    seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = (seed ^ seed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    mixed ^= mixed >> 31;
    memcpy(secret + i, &mixed, sizeof mixed);
  }
}

uint64_t fm_hash(fm_str key)
{
  return XXH3_64bits_withSecret(key.len ? key.ptr : "", key.len, secret, sizeof secret);
}
