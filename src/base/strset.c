/* Insert-only string set: open addressing over an array in an arena. */
#include "base/strset.h"

#include "base/hash.h"
#include "base/str.h"

void fm_strset_init(fm_strset *seen, fm_arena *arena, size_t most)
{
  size_t cap = 8;
  while (cap < 2 * most)
    cap *= 2;
  *seen = (fm_strset){.texts = fm_arena_alloc(arena, (most + 1) * sizeof *seen->texts),
                    .slots = fm_arena_alloc(arena, cap * sizeof *seen->slots),
                    .mask = cap - 1};
}

bool fm_strset_add(fm_strset *seen, fm_str text, size_t *first)
{
  uint64_t hash = fm_hash(text);
  for (size_t at = hash & seen->mask;; at = (at + 1) & seen->mask) {
    uint32_t slot = seen->slots[at];
    if (!slot) {
      seen->texts[seen->count] = text;
      seen->slots[at] = (uint32_t)++seen->count;
      return true;
    }
    if (!fm_str_eq(seen->texts[slot - 1], text))
      continue;
    if (first)
      *first = slot - 1;
    return false;
  }
}
