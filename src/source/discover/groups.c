/* Groups elements with links that repeat on the page: by parent, by class, by path and by
 * content. */
#include "base/str.h"
#include "source/discover/parts.h"

#include <math.h>
#include <stdlib.h>
#include <xxhash.h>

enum { PAIRS_MAX = 1500000, NAMES_TRIED = 4, TABLE = 1 << 18 };

typedef struct bucket {
  uint64_t key;
  uint32_t head, tail; /* of a linked list of pairs, counted from 1 */
  uint32_t count, until;
  bool nested;
} bucket;

typedef struct pair {
  uint32_t element, next;
} pair;

typedef struct grouping {
  survey *s;
  bucket *all;
  size_t count, cap;
  uint32_t *table;
  pair *pairs;
  size_t npairs, pairs_cap;
} grouping;

static bucket *bucket_of(grouping *f, uint64_t key)
{
  for (size_t at = key & (TABLE - 1);; at = (at + 1) & (TABLE - 1)) {
    if (f->table[at] && f->all[f->table[at] - 1].key == key)
      return &f->all[f->table[at] - 1];
    if (f->table[at])
      continue;
    if (f->count >= GROUPS_MAX)
      return NULL;
    bucket *made = FM_PUSH(f->s->arena, f->all, f->count, f->cap);
    *made = (bucket){.key = key};
    f->table[at] = (uint32_t)f->count;
    return made;
  }
}

static void add(grouping *f, uint32_t at, uint64_t kind, uint64_t a, uint64_t b)
{
  uint64_t parts[3] = {kind, a, b};
  bucket *g = f->npairs < PAIRS_MAX ? bucket_of(f, XXH3_64bits(parts, sizeof parts)) : NULL;
  if (!g || g->count >= MEMBERS_MAX)
    return;
  if (at < g->until) {
    g->nested = true;
    return;
  }
  *FM_PUSH(f->s->arena, f->pairs, f->npairs, f->pairs_cap) = (pair){.element = at};
  uint32_t number = (uint32_t)f->npairs;
  if (g->tail)
    f->pairs[g->tail - 1].next = number;
  else
    g->head = number;
  g->tail = number;
  g->count++;
  g->until = f->s->elements[at].end;
}

enum { BY_PARENT = 1, BY_PARENT_NAME, BY_PARENT_SHAPE, BY_PATH, BY_PATH_NAME, BY_NAME, BY_TAG,
       BY_PATH_SHAPE };

static void add_all(grouping *f, uint32_t at)
{
  const element *p = &f->s->elements[at];
  unsigned tried = 0;
  add(f, at, BY_PARENT, p->parent, p->tag);
  add(f, at, BY_PARENT_SHAPE, p->parent * UINT64_C(1024) + p->tag, p->tags_below);
  add(f, at, BY_PATH, p->path, 0);
  add(f, at, BY_PATH_SHAPE, p->path, p->tags_below);
  if (fm_str_is(f->s->tags[p->tag], "article") || (p->heading > 1 && p->links == 1))
    add(f, at, BY_TAG, p->tag, 0);
  for (unsigned i = 0; i < p->nnames && tried < NAMES_TRIED; i++) {
    uint32_t number = f->s->element_names[p->names + i];
    tried++;
    add(f, at, BY_PARENT_NAME, p->parent, number);
    add(f, at, BY_PATH_NAME, p->path, number);
    add(f, at, BY_NAME, number, p->tag);
  }
}

/* ---- first estimate ---- */

double fm_region_weight(unsigned region)
{
  return region & (HINT_AD | HINT_COOKIE) ? 0.05
         : region & HINT_FOOTER        ? 0.1
         : region & HINT_NAV           ? 0.15
         : region & (HINT_ASIDE | HINT_RELATED | HINT_HEADER | HINT_COMMENTS | HINT_FILTER) ? 0.25
         : region & HINT_MAIN          ? 1.15
                                  : 1;
}

static double estimate_of(const survey *s, const group *g)
{
  double text = 0, region = 0, dates = 0, headings = 0;
  for (uint32_t i = 0; i < g->count; i++) {
    const element *p = &s->elements[g->members[i]];
    text += p->text < 200 ? p->text : 200;
    region += fm_region_weight(s->elements[p->parent].region | (p->region & HINT_AD));
    dates += p->dates > 0;
    headings += p->headings > 0;
  }
  double n = g->count;
  return pow(n, 0.6) * (region / n) * (0.2 + text / n / 100 + dates / n + headings / n / 2);
}

/* Drops groups with the same members as an earlier one. */
static bool is_unseen(fm_map *seen, const group *g)
{
  uint64_t hash = XXH3_64bits(g->members, g->count * sizeof *g->members);
  return !fm_map_put(seen, (fm_str){(const char *)&hash, sizeof hash}, (void *)g->members);
}

/* Two items are a list only if they are articles with a heading and a date: a young blog. */
static bool are_posts(const survey *s, const group *g)
{
  for (uint32_t i = 0; i < g->count; i++) {
    const element *p = &s->elements[g->members[i]];
    if (!fm_str_is(s->tags[p->tag], "article") || !p->headings || !p->dates || !p->links)
      return false;
  }
  return g->count > 1;
}

static bool make(const grouping *f, const bucket *from, group *g)
{
  uint32_t n = 0;
  if (from->nested || from->count < ITEMS_MIN - 1)
    return false;
  g->members = fm_arena_alloc(f->s->arena, from->count * sizeof *g->members);
  for (uint32_t at = from->head; at; at = f->pairs[at - 1].next)
    g->members[n++] = f->pairs[at - 1].element;
  g->count = n;
  if (n < ITEMS_MIN && !are_posts(f->s, g))
    return false;
  g->estimate = estimate_of(f->s, g);
  return true;
}

/* A heading without a link, whose link follows it: "<h3>..</h3><p>..</p><a>More</a>". */
static bool heads_a_link(const survey *s, uint32_t at)
{
  const element *p = &s->elements[at];
  uint32_t stop = s->elements[p->parent].end, next = p->end;
  for (unsigned k = 0; p->heading > 1 && k < SIBLINGS_MAX && next < stop; k++, next = s->elements[next].end) {
    if (s->elements[next].heading)
      return false;
    if (s->elements[next].links == 1)
      return true;
  }
  return false;
}

/* Filters out advertising before groups are made, because a group by content may consist of
 * nothing else. */
static bool is_wanted(const survey *s, uint32_t at)
{
  const element *p = &s->elements[at];
  return (p->links > 0 || heads_a_link(s, at)) && p->paid * 2 <= p->links && p->depth > 1 && !(p->hints & HINT_AD) &&
         p->depth < 200;
}

size_t fm_groups_find(survey *s, group *groups, size_t most)
{
  grouping f = {.s = s, .table = fm_zalloc(TABLE * sizeof(uint32_t))};
  fm_map seen = {0};
  size_t count = 0;
  for (uint32_t i = 1; i < s->count; i++)
    if (is_wanted(s, i))
      add_all(&f, i);
  for (size_t i = 0; i < f.count; i++) {
    group g;
    if (make(&f, &f.all[i], &g) && is_unseen(&seen, &g))
      KEEP_BEST(groups, &count, most, &g, estimate);
  }
  fm_map_deinit(&seen);
  free(f.table);
  return count;
}
