/* Union of lists: several pages of a list, and the lists of several inputs, in one document
 * without duplicates. */
#include "mill/list_union.h"

#include "base/map.h"
#include "base/str.h"
#include <stdlib.h>
#include <xxhash.h>

/* The part and entry to which a link belongs. */
typedef struct owner {
  size_t part;
  fm_str id;
  bool many; /* several entries of one part have it, so it identifies none of them */
} owner;

typedef struct joining {
  const fm_list_part *parts;
  fm_map known;   /* id -> entry of the copy at hand */
  fm_map hashes;  /* fm_list_hash -> the same */
  fm_map taken;   /* id -> entry of the union */
  fm_map links;   /* link -> owner */
  fm_arena arena; /* of owners */
  fm_doc *doc;
  fm_entry *entries;
  size_t count;
} joining;

uint64_t fm_list_hash(fm_str id) { return XXH3_64bits(id.len ? id.ptr : "", id.len); }

static fm_str key_of(const uint64_t *hash)
{
  return (fm_str){(const char *)hash, sizeof *hash};
}

static void index_known(const fm_doc *before, fm_map *known, fm_map *hashes)
{
  for (size_t i = 0; before && i < before->feed.nentries; i++) {
    const fm_entry *entry = &before->feed.entries[i];
    uint64_t hash = fm_list_hash(entry->id);
    if (known)
      fm_map_put(known, entry->id, (void *)entry);
    fm_map_put(hashes, key_of(&hash), (void *)entry);
  }
}

bool fm_list_has_all(const fm_doc *doc, const uint64_t *ids, size_t nids)
{
  fm_map hashes = {0};
  bool all = nids > 0;
  index_known(doc, NULL, &hashes);
  for (size_t i = 0; i < nids && all; i++)
    all = fm_map_get(&hashes, key_of(&ids[i])) != NULL;
  fm_map_deinit(&hashes);
  return all;
}

static fm_str link_of(const fm_entry *entry)
{
  for (size_t i = 0; i < entry->nlinks; i++)
    if (fm_str_is(entry->links[i].rel, "alternate"))
      return entry->links[i].href;
  return (fm_str){NULL, 0};
}

/* Host and path: what different spellings of one address have in common. */
static fm_str host_and_path(fm_str link)
{
  size_t end = 0;
  const char *host = link.len ? memmem(link.ptr, link.len, "://", 3) : NULL;
  if (host)
    link = fm_str_span(host + 3, link.ptr + link.len);
  while (end < link.len && link.ptr[end] != '?' && link.ptr[end] != '#')
    end++;
  while (end && link.ptr[end - 1] == '/')
    end--;
  return (fm_str){link.ptr, end};
}

bool fm_list_shares_link(const fm_doc *one, const fm_doc *other)
{
  fm_map links = {0};
  bool shared = false;
  for (size_t i = 0; i < one->feed.nentries; i++) {
    fm_str place = host_and_path(link_of(&one->feed.entries[i]));
    if (place.len)
      fm_map_put(&links, place, (void *)one);
  }
  for (size_t i = 0; i < other->feed.nentries && !shared; i++) {
    fm_str place = host_and_path(link_of(&other->feed.entries[i]));
    shared = place.len && fm_map_get(&links, place);
  }
  fm_map_deinit(&links);
  return shared;
}

static void claim(joining *g, const fm_entry *entry, size_t part)
{
  fm_str link = link_of(entry);
  owner *own = link.len ? fm_map_get(&g->links, link) : NULL;
  if (own)
    own->many = own->many || (own->part == part && !fm_str_eq(own->id, entry->id));
  if (own || !link.len)
    return;
  own = fm_arena_alloc(&g->arena, sizeof *own);
  *own = (owner){.part = part, .id = entry->id};
  fm_map_put(&g->links, link, own);
}

/* Entries that readers know claim their links first, whatever the order of the parts: an
 * entry must not appear once more under another id because a second input lists it too. */
static void claim_known(joining *g, size_t part)
{
  const fm_list_part *one = &g->parts[part];
  for (size_t i = 0; i < one->npages; i++)
    for (size_t k = 0; k < one->pages[i]->feed.nentries; k++)
      if (fm_map_get(&g->known, one->pages[i]->feed.entries[k].id))
        claim(g, &one->pages[i]->feed.entries[k], part);
  for (size_t i = 0; i < one->nids; i++) {
    const fm_entry *had = fm_map_get(&g->hashes, key_of(&one->ids[i]));
    if (had)
      claim(g, had, part);
  }
}

static bool is_duplicate(const joining *g, const fm_entry *entry, size_t part)
{
  if (fm_map_get(&g->known, entry->id))
    return false;
  fm_str link = link_of(entry);
  const owner *own = link.len ? fm_map_get(&g->links, link) : NULL;
  return own && !own->many && own->part != part;
}

static void take(joining *g, const fm_entry *entry, size_t part, uint64_t *ids, size_t *nids)
{
  if (g->count == FM_LIST_MAX || fm_map_get(&g->taken, entry->id) || is_duplicate(g, entry, part))
    return;
  fm_map_put(&g->taken, entry->id, (void *)entry);
  claim(g, entry, part);
  ids[(*nids)++] = fm_list_hash(entry->id);
  fm_entry_copy(&g->doc->arena, entry, &g->entries[g->count++]);
}

static size_t room_of(const fm_list_part *part)
{
  size_t room = part->nids;
  for (size_t i = 0; i < part->npages; i++)
    room += part->pages[i]->feed.nentries;
  return room < FM_LIST_MAX ? room : FM_LIST_MAX;
}

static void take_part(joining *g, size_t part, uint64_t *ids, size_t *nids)
{
  const fm_list_part *one = &g->parts[part];
  for (size_t i = 0; i < one->npages; i++)
    for (size_t k = 0; k < one->pages[i]->feed.nentries; k++)
      take(g, &one->pages[i]->feed.entries[k], part, ids, nids);
  /* Not more than it showed: a list that is never whole would grow for ever. */
  size_t most = one->npages && one->whole ? 0 : one->nids;
  for (size_t i = 0; i < one->nids && *nids < most; i++) {
    const fm_entry *had = fm_map_get(&g->hashes, key_of(&one->ids[i]));
    if (had)
      take(g, had, part, ids, nids);
  }
}

/* The first part's head, also while that part fails or is not modified: else the feed's title
 * and id would depend on which parts were fetched. */
static const fm_feed *head_of(const joining *g, size_t nparts, const fm_doc *before)
{
  if (!g->parts[0].npages && before)
    return &before->feed;
  for (size_t i = 0; i < nparts; i++)
    if (g->parts[i].npages)
      return &g->parts[i].pages[0]->feed;
  return NULL;
}

fm_doc *fm_list_union(const fm_list_part *parts, size_t nparts, const fm_doc *before,
                  const uint64_t ***ids, size_t **nids)
{
  joining g = {.parts = parts, .doc = fm_doc_new()};
  fm_arena *arena = &g.doc->arena;
  const fm_feed *head = head_of(&g, nparts, before);
  const uint64_t **all = fm_arena_alloc(arena, nparts * sizeof *all);
  size_t *counts = fm_arena_alloc(arena, nparts * sizeof *counts);
  index_known(before, &g.known, &g.hashes);
  if (head)
    fm_feed_copy_head(arena, head, &g.doc->feed);
  for (size_t i = 0; i < nparts; i++)
    claim_known(&g, i);
  g.entries = fm_alloc(FM_LIST_MAX * sizeof *g.entries);
  for (size_t i = 0; i < nparts; i++) {
    uint64_t *own = fm_arena_alloc(arena, (room_of(&parts[i]) + 1) * sizeof *own);
    take_part(&g, i, own, &counts[i]);
    all[i] = own;
  }
  fm_entry *entries = fm_arena_alloc(arena, (g.count + 1) * sizeof *entries);
  memcpy(entries, g.entries, g.count * sizeof *entries);
  g.doc->feed.entries = entries;
  g.doc->feed.nentries = g.count;
  free(g.entries);
  fm_map_deinit(&g.known);
  fm_map_deinit(&g.hashes);
  fm_map_deinit(&g.taken);
  fm_map_deinit(&g.links);
  fm_arena_deinit(&g.arena);
  *ids = all;
  *nids = counts;
  return g.doc;
}
