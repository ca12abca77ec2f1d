/* What entries' own pages said, ready to be applied to documents. */
#include "mill/entry_patch.h"

#include "base/map.h"
#include "feed/entry_page.h"

#include <stdlib.h>

typedef struct change {
  fm_doc *said; /* NULL: the page failed */
  unsigned tries;
} change;

struct fm_entry_patch {
  fm_arena arena;
  fm_map changes; /* id of an entry -> change */
};

fm_entry_patch *fm_entry_patch_new(void) { return FM_NEW(fm_entry_patch); }

void fm_entry_patch_add(fm_entry_patch *patch, fm_str id, fm_doc *said, unsigned tries)
{
  change *c = fm_arena_alloc(&patch->arena, sizeof *c);
  *c = (change){.said = said ? fm_doc_ref(said) : NULL, .tries = tries};
  const change *old = fm_map_put(&patch->changes, id, c);
  if (old)
    fm_doc_unref(old->said);
}

void fm_entry_patch_free(fm_entry_patch *patch)
{
  if (!patch)
    return;
  const fm_map_slot *slot;
  for (size_t at = 0; (slot = fm_map_next(&patch->changes, &at));)
    fm_doc_unref(((const change *)slot->value)->said);
  fm_map_deinit(&patch->changes);
  fm_arena_deinit(&patch->arena);
  free(patch);
}

static void apply(const change *c, fm_arena *arena, fm_entry *entry)
{
  if (c->said)
    fm_entry_page_add(&c->said->feed.entries[0], arena, entry);
  else
    fm_entry_page_failed(c->tries, entry);
}

fm_doc *fm_entry_patch_apply(const fm_entry_patch *patch, const fm_doc *from, bool all)
{
  fm_doc *doc = fm_doc_new();
  fm_feed_copy_head(&doc->arena, &from->feed, &doc->feed);
  fm_entry *entries = fm_arena_alloc(&doc->arena, (from->feed.nentries + 1) * sizeof *entries);
  for (size_t i = 0; i < from->feed.nentries; i++) {
    fm_entry entry = from->feed.entries[i];
    const change *c = fm_map_get(&patch->changes, entry.id);
    if (c)
      apply(c, &doc->arena, &entry);
    if (c || all)
      fm_entry_copy(&doc->arena, &entry, &entries[doc->feed.nentries++]);
  }
  doc->feed.entries = entries;
  return doc;
}
