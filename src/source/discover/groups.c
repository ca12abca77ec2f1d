/* What repeats on a page: elements with links in them, put together by where they
 * stand, by their class, by what is in them. */
#include "base/str.h"
#include "source/discover/parts.h"

#include <math.h>
#include <stdlib.h>
#include <xxhash.h>

enum { PAIRS_MAX = 1500000, NAMES_TRIED = 4, TABLE = 1 << 18 };

typedef struct gathering {
  uint64_t key;
  uint32_t head, tail; /* of a chain of pairs, from 1 */
  uint32_t count, until;
  bool nested;
} gathering;

typedef struct pair {
  uint32_t spot, next;
} pair;

typedef struct finding {
  survey *s;
  gathering *all;
  size_t count, cap;
  uint32_t *table;
  pair *pairs;
  size_t npairs, pairs_cap;
} finding;

static gathering *gathering_of(finding *f, uint64_t key)
{
  for (size_t at = key & (TABLE - 1);; at = (at + 1) & (TABLE - 1)) {
    if (f->table[at] && f->all[f->table[at] - 1].key == key)
      return &f->all[f->table[at] - 1];
    if (f->table[at])
      continue;
    if (f->count >= GROUPS_MAX)
      return NULL;
    gathering *made = FM_PUSH(f->s->arena, f->all, f->count, f->cap);
    *made = (gathering){.key = key};
    f->table[at] = (uint32_t)f->count;
    return made;
  }
}

static void add(finding *f, uint32_t at, uint64_t kind, uint64_t a, uint64_t b)
{
  uint64_t parts[3] = {kind, a, b};
  gathering *g = f->npairs < PAIRS_MAX ? gathering_of(f, XXH3_64bits(parts, sizeof parts)) : NULL;
  if (!g || g->count >= MEMBERS_MAX)
    return;
  if (at < g->until) {
    g->nested = true;
    return;
  }
  *FM_PUSH(f->s->arena, f->pairs, f->npairs, f->pairs_cap) = (pair){.spot = at};
  uint32_t number = (uint32_t)f->npairs;
  if (g->tail)
    f->pairs[g->tail - 1].next = number;
  else
    g->head = number;
  g->tail = number;
  g->count++;
  g->until = f->s->spots[at].end;
}

enum { BY_PARENT = 1, BY_PARENT_NAME, BY_PARENT_SHAPE, BY_PATH, BY_PATH_NAME, BY_NAME, BY_TAG,
       BY_PATH_SHAPE };

static void add_all(finding *f, uint32_t at)
{
  const spot *p = &f->s->spots[at];
  unsigned tried = 0;
  add(f, at, BY_PARENT, p->parent, p->tag);
  add(f, at, BY_PARENT_SHAPE, p->parent * UINT64_C(1024) + p->tag, p->tags_below);
  add(f, at, BY_PATH, p->path, 0);
  add(f, at, BY_PATH_SHAPE, p->path, p->tags_below);
  if (fm_str_is(f->s->tags[p->tag], "article"))
    add(f, at, BY_TAG, p->tag, 0);
  for (unsigned i = 0; i < p->nnames && tried < NAMES_TRIED; i++) {
    uint32_t number = f->s->of_spots[p->names + i];
    tried++;
    add(f, at, BY_PARENT_NAME, p->parent, number);
    add(f, at, BY_PATH_NAME, p->path, number);
    add(f, at, BY_NAME, number, p->tag);
  }
}

/* -- what they promise -- */

double zone_factor(unsigned zone)
{
  return zone & (W_AD | W_COOKIE) ? 0.05
         : zone & W_FOOTER        ? 0.1
         : zone & W_NAV           ? 0.15
         : zone & (W_ASIDE | W_RELATED | W_HEADER | W_COMMENTS | W_FILTER) ? 0.25
         : zone & W_MAIN          ? 1.15
                                  : 1;
}

static double promise_of(const survey *s, const group *g)
{
  double text = 0, zone = 0, dates = 0, headings = 0;
  for (uint32_t i = 0; i < g->count; i++) {
    const spot *p = &s->spots[g->members[i]];
    text += p->text < 200 ? p->text : 200;
    zone += zone_factor(s->spots[p->parent].zone | (p->zone & W_AD));
    dates += p->dates > 0;
    headings += p->headings > 0;
  }
  double n = g->count;
  return pow(n, 0.6) * (zone / n) * (0.2 + text / n / 100 + dates / n + headings / n / 2);
}

/* Groups of one and the same members are one. */
static bool is_new(fm_map *seen, const group *g)
{
  uint64_t hash = XXH3_64bits(g->members, g->count * sizeof *g->members);
  return !fm_map_put(seen, (fm_str){(const char *)&hash, sizeof hash}, (void *)g->members);
}

static bool make(const finding *f, const gathering *from, group *g)
{
  uint32_t n = 0;
  if (from->nested || from->count < ITEMS_MIN)
    return false;
  g->members = fm_arena_alloc(f->s->arena, from->count * sizeof *g->members);
  for (uint32_t at = from->head; at; at = f->pairs[at - 1].next)
    g->members[n++] = f->pairs[at - 1].spot;
  g->count = n;
  g->promise = promise_of(f->s, g);
  return true;
}

/* Elements that are sorted out of their group by what is in them may be a part of it that
 * is advertising: that goes before groups are made. */
static bool is_wanted(const survey *s, uint32_t at)
{
  const spot *p = &s->spots[at];
  return p->links > 0 && p->paid * 2 <= p->links && p->depth > 1 && !(p->words & W_AD) &&
         p->depth < 200;
}

size_t groups_find(survey *s, group *groups, size_t most)
{
  finding f = {.s = s, .table = fm_zalloc(TABLE * sizeof(uint32_t))};
  fm_map seen = {0};
  size_t count = 0;
  for (uint32_t i = 1; i < s->count; i++)
    if (is_wanted(s, i))
      add_all(&f, i);
  for (size_t i = 0; i < f.count; i++) {
    group g;
    if (make(&f, &f.all[i], &g) && is_new(&seen, &g))
      KEEP_BEST(groups, &count, most, &g, promise);
  }
  fm_map_deinit(&seen);
  free(f.table);
  return count;
}
