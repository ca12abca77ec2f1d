/* Counts connections and requests of clients in fixed memory: a count-min sketch of two rows,
 * with the generic cell rate algorithm for requests. */
#include "serve/client_limits.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <xxhash.h>

enum { ROWS = 2, SLOTS = 1 << 15, V6_CLIENT_BYTES = 8 };

struct fm_client_limits {
  uint64_t seed;
  _Atomic int64_t due[ROWS][SLOTS]; /* when an allowance will be full again; monotonic ms */
  atomic_uint connections[ROWS][SLOTS];
};

fm_client_limits *fm_client_limits_new(uint64_t seed)
{
  fm_client_limits *limits = FM_NEW(fm_client_limits);
  limits->seed = seed;
  return limits;
}

void fm_client_limits_free(fm_client_limits *limits) { free(limits); }

/* The two halves of one hash choose the slots. */
static void slots_of(const fm_client_limits *limits, const fm_peer *peer, uint32_t slot[ROWS])
{
  uint8_t key[1 + V6_CLIENT_BYTES] = {peer->family};
  memcpy(key + 1, peer->addr, peer->family == FM_PEER_V4 ? 4 : V6_CLIENT_BYTES);
  uint64_t hash = XXH3_64bits_withSeed(key, sizeof key, limits->seed);
  slot[0] = (uint32_t)hash % SLOTS;
  slot[1] = (uint32_t)(hash >> 32) % SLOTS;
}

bool fm_client_limits_connect(fm_client_limits *limits, const fm_peer *peer, unsigned most)
{
  uint32_t slot[ROWS];
  slots_of(limits, peer, slot);
  unsigned before = UINT32_MAX;
  for (int row = 0; row < ROWS; row++) {
    unsigned count = atomic_fetch_add_explicit(&limits->connections[row][slot[row]], 1,
                                               memory_order_relaxed);
    before = count < before ? count : before;
  }
  if (before < most)
    return true;
  fm_client_limits_disconnect(limits, peer);
  return false;
}

void fm_client_limits_disconnect(fm_client_limits *limits, const fm_peer *peer)
{
  uint32_t slot[ROWS];
  slots_of(limits, peer, slot);
  for (int row = 0; row < ROWS; row++)
    atomic_fetch_sub_explicit(&limits->connections[row][slot[row]], 1, memory_order_relaxed);
}

static void raise_to(_Atomic int64_t *slot, int64_t value)
{
  int64_t now = atomic_load_explicit(slot, memory_order_relaxed);
  while (now < value && !atomic_compare_exchange_weak_explicit(slot, &now, value, memory_order_relaxed,
                                                               memory_order_relaxed))
    ;
}

int64_t fm_client_limits_take(fm_client_limits *limits, const fm_peer *peer, int64_t interval_ms, unsigned burst,
                       int64_t now)
{
  uint32_t slot[ROWS];
  slots_of(limits, peer, slot);
  int64_t due = INT64_MAX;
  for (int row = 0; row < ROWS; row++) {
    int64_t at = atomic_load_explicit(&limits->due[row][slot[row]], memory_order_relaxed);
    due = at < due ? at : due;
  }
  due = due < now ? now : due;
  int64_t early = due - now - (int64_t)(burst - 1) * interval_ms;
  if (early > 0)
    return (early + 999) / 1000;
  for (int row = 0; row < ROWS; row++)
    raise_to(&limits->due[row][slot[row]], due + interval_ms);
  return 0;
}
