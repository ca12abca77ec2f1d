/* Which entries of a feed are one and the same, over time.
 *
 * An id that two entries of one document share is not theirs: a number that starts anew, or a
 * link that several comments have. Such an id is split: each entry gets one of its own. Which
 * entry the id belonged to, by its link or else its title, is kept in the feed's state, so that
 * an entry's id does not depend on what stands beside it. */
#include "base/str.h"
#include "base/strset.h"
#include "feed/valid.h"
#include "source/feed_in/feed_in.h"

#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

enum { KNOWN_MAX = 2500 }; /* ids in the state, 21 bytes each */

/* What is known of an id: whose it is, and whether it was ever shared. */
typedef struct known {
  uint32_t id, owner; /* hashes; owner 0: nobody's */
  bool split;
} known;

typedef struct table {
  known items[KNOWN_MAX];
  size_t count;
} table;

static uint32_t hash_of(fm_str text)
{
  uint32_t hash = (uint32_t)XXH3_64bits(text.ptr ? text.ptr : "", text.len);
  return hash ? hash : 1;
}

static known *find(table *t, uint32_t id)
{
  for (size_t i = 0; i < t->count; i++)
    if (t->items[i].id == id)
      return &t->items[i];
  return NULL;
}

/* The oldest one goes where there is no room. */
static known *add(table *t, uint32_t id)
{
  if (t->count == KNOWN_MAX)
    memmove(t->items, t->items + 1, --t->count * sizeof *t->items);
  t->items[t->count] = (known){.id = id};
  return &t->items[t->count++];
}

/* ---- the state: "1", then " ID:OWNER" or " ID/OWNER" where it is split, in hexadecimal ---- */

static void parse_state(fm_str state, table *t)
{
  fm_str word;
  if (!fm_str_starts(state, FM_STR("1 ")))
    return;
  state = fm_str_from(state, 2);
  while (t->count < KNOWN_MAX && fm_str_cut(&state, ' ', &word)) {
    char text[24], mark;
    known one;
    snprintf(text, sizeof text, "%.*s", FM_FMT(word));
    if (sscanf(text, "%8" SCNx32 "%c%8" SCNx32, &one.id, &mark, &one.owner) != 3)
      continue;
    one.split = mark == '/';
    t->items[t->count++] = one;
  }
}

static fm_str print_state(fm_feed_job *job, const table *t)
{
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  fm_buf_char(&out, '1');
  for (size_t i = 0; i < t->count; i++)
    fm_buf_addf(&out, " %08" PRIx32 "%c%08" PRIx32, t->items[i].id, t->items[i].split ? '/' : ':',
                t->items[i].owner);
  fm_str state = fm_feed_keep(job, fm_buf_view(&out));
  fm_buf_deinit(&out);
  return state;
}

/* ---- ids ---- */

/* What tells entries of one id apart. */
static fm_str difference(const fm_identity *one)
{
  return one->named && one->link.len ? one->link : one->title;
}

/* One that has a link and one that has none cannot be told apart by them. */
static bool differ(const fm_identity *a, const fm_identity *b)
{
  if (a->named && b->named && !a->link.len != !b->link.len)
    return false;
  return !fm_str_eq(difference(a), difference(b));
}

/* The id of an entry to which its shared id does not belong. */
static fm_str own_id(fm_feed_job *job, const fm_identity *one, fm_str id)
{
  if (one->named && one->link.len)
    return one->link;
  const char *hash = memchr(id.ptr, '#', id.len);
  return fm_feed_keep(job, fm_arena_printf(&job->arena, "%.*s%c%08" PRIx32, FM_FMT(id),
                                           hash ? '-' : '#', hash_of(one->title)));
}

/* An id that entries of this document share: of named entries with links nobody's, as earlier
 * versions had it; else it stays the first one's. */
static void split(known *k, const fm_identity *first)
{
  k->split = true;
  if (!k->owner && !(first->named && first->link.len))
    k->owner = hash_of(difference(first));
}

/* Marks the ids that are shared by entries that differ. */
static void find_shared(fm_feed_job *job, table *t)
{
  fm_strset seen;
  fm_entry *entries = job->entries.items;
  size_t first, *at = fm_arena_alloc(&job->arena, (job->entries.count + 1) * sizeof *at);
  fm_strset_init(&seen, &job->arena, job->entries.count);
  for (size_t i = 0; i < job->entries.count; i++) {
    if (fm_strset_add(&seen, entries[i].id, &first)) {
      at[seen.count - 1] = i;
      continue;
    }
    const fm_identity *a = &job->identities.items[at[first]], *b = &job->identities.items[i];
    if (!differ(a, b))
      continue;
    uint32_t id = hash_of(entries[i].id);
    known *k = find(t, id);
    split(k ? k : add(t, id), a);
  }
}

/* Only ids that differ from the link can be shared in a way that needs memory; an id that is
 * its link and was never shared is not kept. */
static bool needs_memory(const fm_identity *one, fm_str id)
{
  return one->named && one->link.len && !fm_str_eq(id, one->link);
}

static void settle(fm_feed_job *job, table *t, size_t i)
{
  fm_entry *entry = &job->entries.items[i];
  const fm_identity *one = &job->identities.items[i];
  uint32_t id = hash_of(entry->id), mine = hash_of(difference(one));
  known *k = find(t, id);
  if (k && k->split) {
    if (k->owner != mine)
      entry->id = own_id(job, one, entry->id);
  } else if (k) {
    k->owner = mine; /* a link that changed: the id tells that the entry is the same */
  } else if (needs_memory(one, entry->id)) {
    add(t, id)->owner = mine;
  }
}

void fm_feed_identify(fm_feed_job *job)
{
  table *t = fm_arena_alloc(&job->arena, sizeof *t);
  parse_state(job->page->state, t);
  find_shared(job, t);
  for (size_t i = 0; i < job->entries.count; i++)
    settle(job, t, i);
  if (t->count)
    job->feed->state = print_state(job, t);
}
