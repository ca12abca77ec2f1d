#include "mill/gather.h"

#include "base/map.h"
#include "base/str.h"
#include <stdlib.h>
#include <xxhash.h>

/* Whose a link is. */
typedef struct owner {
  size_t part;
  fm_str id;
  bool many; /* several entries of one part have it: it names none of them */
} owner;

typedef struct gathering {
  const fm_gather_part *parts;
  fm_map known;   /* id -> entry that is remembered */
  fm_map hashes;  /* fm_gather_id -> the same */
  fm_map taken;   /* id -> entry in the result */
  fm_map links;   /* link -> owner */
  fm_arena arena; /* of owners */
  fm_doc *doc;
  fm_entry *entries;
  size_t count;
} gathering;

uint64_t fm_gather_id(fm_str id) { return XXH3_64bits(id.len ? id.ptr : "", id.len); }

static fm_str key_of(const uint64_t *hash)
{
  return (fm_str){(const char *)hash, sizeof *hash};
}

static void index_known(const fm_doc *before, fm_map *known, fm_map *hashes)
{
  for (size_t i = 0; before && i < before->feed.nentries; i++) {
    const fm_entry *entry = &before->feed.entries[i];
    uint64_t hash = fm_gather_id(entry->id);
    if (known)
      fm_map_put(known, entry->id, (void *)entry);
    fm_map_put(hashes, key_of(&hash), (void *)entry);
  }
}

bool fm_gather_has(const fm_doc *doc, const uint64_t *ids, size_t nids)
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

/* What two ways of writing one address have in common. */
static fm_str core_of(fm_str link)
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

bool fm_gather_kin(const fm_doc *one, const fm_doc *other)
{
  fm_map links = {0};
  bool kin = false;
  for (size_t i = 0; i < one->feed.nentries; i++) {
    fm_str core = core_of(link_of(&one->feed.entries[i]));
    if (core.len)
      fm_map_put(&links, core, (void *)one);
  }
  for (size_t i = 0; i < other->feed.nentries && !kin; i++) {
    fm_str core = core_of(link_of(&other->feed.entries[i]));
    kin = core.len && fm_map_get(&links, core);
  }
  fm_map_deinit(&links);
  return kin;
}

static void claim(gathering *g, const fm_entry *entry, size_t part)
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

/* Entries that readers know keep their links, whichever part comes first: else an
 * entry would come once more under another id when a second feed takes it up. */
static void claim_known(gathering *g, size_t part)
{
  const fm_gather_part *one = &g->parts[part];
  for (size_t i = 0; i < one->ndocs; i++)
    for (size_t k = 0; k < one->docs[i]->feed.nentries; k++)
      if (fm_map_get(&g->known, one->docs[i]->feed.entries[k].id))
        claim(g, &one->docs[i]->feed.entries[k], part);
  for (size_t i = 0; i < one->nids; i++) {
    const fm_entry *had = fm_map_get(&g->hashes, key_of(&one->ids[i]));
    if (had)
      claim(g, had, part);
  }
}

static bool is_double(const gathering *g, const fm_entry *entry, size_t part)
{
  if (fm_map_get(&g->known, entry->id))
    return false;
  fm_str link = link_of(entry);
  const owner *own = link.len ? fm_map_get(&g->links, link) : NULL;
  return own && !own->many && own->part != part;
}

static void take(gathering *g, const fm_entry *entry, size_t part, uint64_t *ids, size_t *nids)
{
  if (g->count == FM_GATHER_MAX || fm_map_get(&g->taken, entry->id) || is_double(g, entry, part))
    return;
  fm_map_put(&g->taken, entry->id, (void *)entry);
  claim(g, entry, part);
  ids[(*nids)++] = fm_gather_id(entry->id);
  fm_entry_copy(&g->doc->arena, entry, &g->entries[g->count++]);
}

static size_t room_of(const fm_gather_part *part)
{
  size_t room = part->nids;
  for (size_t i = 0; i < part->ndocs; i++)
    room += part->docs[i]->feed.nentries;
  return room < FM_GATHER_MAX ? room : FM_GATHER_MAX;
}

static void take_part(gathering *g, size_t part, uint64_t *ids, size_t *nids)
{
  const fm_gather_part *one = &g->parts[part];
  for (size_t i = 0; i < one->ndocs; i++)
    for (size_t k = 0; k < one->docs[i]->feed.nentries; k++)
      take(g, &one->docs[i]->feed.entries[k], part, ids, nids);
  /* not more than it showed: where it never is whole it would grow for ever */
  size_t most = one->ndocs && one->whole ? 0 : one->nids;
  for (size_t i = 0; i < one->nids && *nids < most; i++) {
    const fm_entry *had = fm_map_get(&g->hashes, key_of(&one->ids[i]));
    if (had)
      take(g, had, part, ids, nids);
  }
}

/* The first part's, also while it fails or has not changed: else the feed would change
 * its name and id with the part that came. */
static const fm_feed *head_of(const gathering *g, size_t nparts, const fm_doc *before)
{
  if (!g->parts[0].ndocs && before)
    return &before->feed;
  for (size_t i = 0; i < nparts; i++)
    if (g->parts[i].ndocs)
      return &g->parts[i].docs[0]->feed;
  return NULL;
}

fm_doc *fm_gather(const fm_gather_part *parts, size_t nparts, const fm_doc *before,
                  const uint64_t ***ids, size_t **nids)
{
  gathering g = {.parts = parts, .doc = fm_doc_new()};
  fm_arena *arena = &g.doc->arena;
  const fm_feed *head = head_of(&g, nparts, before);
  const uint64_t **all = fm_arena_alloc(arena, nparts * sizeof *all);
  size_t *counts = fm_arena_alloc(arena, nparts * sizeof *counts);
  index_known(before, &g.known, &g.hashes);
  if (head)
    fm_feed_copy_head(arena, head, &g.doc->feed);
  for (size_t i = 0; i < nparts; i++)
    claim_known(&g, i);
  g.entries = fm_alloc(FM_GATHER_MAX * sizeof *g.entries);
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
