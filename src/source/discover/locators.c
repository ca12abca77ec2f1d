/* Locators: the selectors that say where in an item a field stands. A locator finds the first
 * match below an item, exactly as the recipe will. */
#include "base/str.h"
#include "source/discover/parts.h"

#include <stdlib.h>
#include <xxhash.h>

enum { IN_ONE_ITEM = 600, GAP_MAX = SIBLINGS_MAX + 1 };

static const struct {
  const char *attribute, *value, *text;
} attributes[] = {
  {"rel", "bookmark", "[rel=bookmark]"}, {"rel", "author", "[rel=author]"},
  {"rel", "tag", "[rel~=tag]"},          {"itemprop", "headline", "[itemprop=headline]"},
  {"itemprop", "name", "[itemprop=name]"}, {"itemprop", "url", "[itemprop=url]"},
  {"itemprop", "datePublished", "[itemprop=datePublished]"},
  {"itemprop", "author", "[itemprop=author]"}, {"itemprop", "description", "[itemprop=description]"},
  {"itemprop", "image", "[itemprop=image]"}, {"slot", "title", "[slot=title]"},
};

/* ---- sample of items ---- */

/* Counts the elements between an item and the next one; GAP_MAX: many. */
static uint32_t gap_after(const survey *s, uint32_t at, uint32_t next)
{
  uint32_t gap = 0, stop = s->elements[s->elements[at].parent].end;
  for (uint32_t i = s->elements[at].end; i < stop && i != next && gap < GAP_MAX; i = s->elements[i].end)
    gap++;
  return gap;
}

/* How many following siblings belong to an item, as in tables with several rows for an entry:
 * the elements between two items, if their number is the same nearly everywhere. */
static unsigned siblings_of(const survey *s, const group *g)
{
  uint32_t seen[GAP_MAX + 1] = {0}, same = 0, pairs = 0;
  for (uint32_t i = 0; i + 1 < g->count; i++) {
    if (s->elements[g->members[i]].parent != s->elements[g->members[i + 1]].parent)
      continue;
    pairs++;
    seen[gap_after(s, g->members[i], g->members[i + 1])]++;
    same += s->elements[s->elements[g->members[i]].end].tag == s->elements[g->members[i]].tag;
  }
  unsigned best = 0;
  for (unsigned k = 1; k < GAP_MAX; k++)
    best = seen[k] > seen[best] ? k : best;
  uint32_t first = g->members[0], last = s->elements[first].parent;
  for (uint32_t i = last + 1; i < first; i = s->elements[i].end)
    last = i;
  if (last != s->elements[first].parent && s->elements[last].tag == s->elements[s->elements[first].end].tag)
    return 0; /* they would belong to the item before */
  if (pairs * 2 < g->count - 1) /* hardly any item has another beside it */
    return 0;
  bool same_kind = same * 2 > pairs;
  uint32_t needed = same_kind ? pairs * 19 / 20 : pairs * 7 / 10;
  uint32_t enough = seen[best];
  for (unsigned k = best + 1; k < GAP_MAX && !same_kind; k++)
    enough += seen[k];
  return best && enough >= needed ? best : 0;
}

void fm_items_sample(items *all, survey *s, const group *g)
{
  *all = (items){.s = s, .group = g, .siblings = siblings_of(s, g)};
  uint32_t most = g->count < SAMPLE ? g->count : SAMPLE;
  for (uint32_t n = 0; n < most;
       n++) { /* a fractional step, so that alternating items are both sampled */
    uint32_t i = (uint32_t)((uint64_t)n * g->count / most);
    uint32_t at = g->members[i], stop = s->elements[s->elements[at].parent].end;
    uint32_t next = i + 1 < g->count ? g->members[i + 1] : UINT32_MAX, sibling = s->elements[at].end;
    for (unsigned k = 0; k < all->siblings && sibling < stop && sibling != next; k++) {
      all->after[all->count][k] = sibling;
      sibling = s->elements[sibling].end;
    }
    all->at[all->count++] = at;
  }
}

/* ---- collecting locators ---- */

static bool locator_eq(const locator *a, const locator *b)
{
  return a->kind == b->kind && a->sibling == b->sibling && a->a == b->a && a->b == b->b;
}

static locator_seen *seen_of(items *all, const locator *f)
{
  uint64_t key =
      ((uint64_t)f->a << 32) | (uint64_t)f->b << 16 | (unsigned)(f->kind << 4 | f->sibling);
  for (size_t at = XXH3_64bits(&key, sizeof key) & (LOCATOR_TABLE - 1);;
       at = (at + 1) & (LOCATOR_TABLE - 1)) {
    if (all->s->table[at] && locator_eq(&all->s->locators[all->s->table[at] - 1].locator, f))
      return &all->s->locators[all->s->table[at] - 1];
    if (all->s->table[at])
      continue;
    if (all->nlocators == LOCATORS_MAX)
      return NULL;
    locator_seen *made = &all->s->locators[all->nlocators++];
    *made = (locator_seen){.locator = *f};
    all->s->table[at] = (uint32_t)all->nlocators;
    return made;
  }
}

static void note(items *all, uint32_t item, uint32_t at, locator f)
{
  locator_seen *seen = seen_of(all, &f);
  if (!seen || seen->first[item])
    return;
  seen->first[item] = at;
  seen->found++;
}

static unsigned place_of_type(const survey *s, uint32_t at)
{
  unsigned place = 1;
  for (uint32_t i = s->elements[at].parent + 1; i < at; i = s->elements[i].end)
    place += s->elements[i].tag == s->elements[at].tag;
  return place;
}

static void note_attributes(items *all, uint32_t item, uint32_t at, uint8_t sibling)
{
  xmlNodePtr node = all->s->elements[at].node;
  for (xmlAttrPtr a = node->properties; a; a = a->next) {
    char first = (char)a->name[0];
    if ((first != 'r' && first != 'i' && first != 's') || !a->children || !a->children->content)
      continue;
    for (unsigned i = 0; i < sizeof attributes / sizeof *attributes; i++)
      if (strcmp((const char *)a->name, attributes[i].attribute) == 0 &&
          strcmp((const char *)a->children->content, attributes[i].value) == 0)
        note(all, item, at, (locator){.kind = LOCATE_ATTRIBUTE, .sibling = sibling, .a = i});
  }
}

/* The link or the like in a cell, found by the column. */
static void note_column(items *all, uint32_t item, uint32_t top, uint32_t at, uint8_t sibling)
{
  const survey *s = all->s;
  unsigned steps = 0;
  for (uint32_t up = s->elements[at].parent; up > top && steps < 3; up = s->elements[up].parent, steps++) {
    fm_str tag = s->tags[s->elements[up].tag];
    bool cell = fm_str_is(tag, "td") || fm_str_is(tag, "th") || fm_str_is(tag, "div") ||
                fm_str_is(tag, "span") || fm_str_is(tag, "p");
    unsigned place = cell && s->elements[up].parent == top ? place_of_type(s, up) : 0;
    if (place && place < 12)
      note(all, item, at,
           (locator){.kind = LOCATE_NTH_TAG, .sibling = sibling, .b = (uint16_t)place,
                     .a = s->elements[up].tag | (uint32_t)s->elements[at].tag << 16});
  }
}

/* Records all locators of an element below `top`. */
static void note_element(items *all, uint32_t item, uint32_t top, uint32_t at, uint8_t sibling)
{
  const survey *s = all->s;
  const element *p = &s->elements[at];
  for (unsigned i = 0; i < p->nnames && i < 4; i++)
    note(all, item, at,
         (locator){.kind = LOCATE_NAME, .sibling = sibling, .a = s->element_names[p->names + i]});
  note(all, item, at, (locator){.kind = LOCATE_TAG, .sibling = sibling, .a = p->tag});
  note_attributes(all, item, at, sibling);
  if (p->parent > top && p->parent < at)
    note(all, item, at,
         (locator){
             .kind = LOCATE_TAG_TAG, .sibling = sibling, .a = s->elements[p->parent].tag, .b = p->tag});
  unsigned steps = 0;
  for (uint32_t up = p->parent; up > top && steps < 2; up = s->elements[up].parent, steps++)
    for (unsigned i = 0; i < s->elements[up].nnames && i < 2; i++)
      note(all, item, at, (locator){.kind = LOCATE_NAME_TAG, .sibling = sibling,
                                 .a = s->element_names[s->elements[up].names + i], .b = p->tag});
  note_column(all, item, top, at, sibling);
  unsigned place = place_of_type(s, at);
  if (place < 12)
    note(all, item, at,
         (locator){.kind = LOCATE_NTH, .sibling = sibling, .a = p->tag, .b = (uint16_t)place});
}

static void look_below(items *all, uint32_t item, uint32_t top, uint8_t sibling)
{
  uint32_t end = all->s->elements[top].end;
  if (end - top > IN_ONE_ITEM)
    end = top + IN_ONE_ITEM;
  note(all, item, top, (locator){.kind = LOCATE_SELF, .sibling = sibling});
  for (uint32_t at = top + 1; at < end; at++)
    note_element(all, item, top, at, sibling);
}

/* Copies the locators that were seen; the table with room for all of them belongs to the survey
 * and is reused. */
void fm_items_look(items *all)
{
  survey *s = all->s;
  if (!s->locators) {
    s->locators = fm_alloc(LOCATORS_MAX * sizeof *s->locators);
    s->table = fm_alloc(LOCATOR_TABLE * sizeof *s->table);
  }
  memset(s->table, 0, LOCATOR_TABLE * sizeof *s->table);
  all->nlocators = 0;
  for (uint32_t i = 0; i < all->count; i++) {
    look_below(all, i, all->at[i], 0);
    for (unsigned k = 0; k < all->siblings; k++)
      if (all->after[i][k])
        look_below(all, i, all->after[i][k], (uint8_t)(k + 1));
  }
  all->locators = fm_arena_alloc(s->arena, (all->nlocators + 1) * sizeof *all->locators);
  memcpy(all->locators, s->locators, all->nlocators * sizeof *all->locators);
}

/* ---- as selectors ---- */

fm_str fm_name_atom(const survey *s, uint32_t number)
{
  const class_name *n = &s->names[number];
  bool plain = n->text.len && (unsigned)(*n->text.ptr - '0') > 9 && *n->text.ptr != '-';
  for (size_t i = 0; i < n->text.len; i++) {
    char c = n->text.ptr[i];
    plain = plain &&
            (c == '-' || c == '_' || (unsigned)(c - '0') < 10 || (unsigned)((c | 0x20) - 'a') < 26);
    if (c == '"' || c == '\\')
      return FM_STR("");
  }
  if (n->worth == 2)
    return fm_arena_printf(s->arena, "[class*=\"%.*s\"]", FM_FMT(n->text));
  return fm_arena_printf(s->arena, plain ? ".%.*s" : "[class~=\"%.*s\"]", FM_FMT(n->text));
}

static fm_str own_text(const survey *s, const locator *f)
{
  fm_arena *arena = s->arena;
  switch (f->kind) {
    case LOCATE_NAME: return fm_name_atom(s, f->a);
    case LOCATE_TAG: return s->tags[f->a];
    case LOCATE_NAME_TAG:
      return fm_arena_printf(arena, "%.*s %.*s", FM_FMT(fm_name_atom(s, f->a)), FM_FMT(s->tags[f->b]));
    case LOCATE_TAG_TAG:
      return fm_arena_printf(arena, "%.*s > %.*s", FM_FMT(s->tags[f->a]), FM_FMT(s->tags[f->b]));
    case LOCATE_ATTRIBUTE: return fm_str_of(attributes[f->a].text);
    case LOCATE_NTH:
      return fm_arena_printf(arena, "%.*s:nth-of-type(%u)", FM_FMT(s->tags[f->a]), f->b);
    case LOCATE_NTH_TAG:
      return fm_arena_printf(arena, "%.*s:nth-of-type(%u) %.*s", FM_FMT(s->tags[f->a & 0xffff]),
                             f->b, FM_FMT(s->tags[f->a >> 16]));
    default: return FM_STR("");
  }
}

fm_str fm_locator_text(const items *all, const locator *f)
{
  const survey *s = all->s;
  fm_str own = own_text(s, f), text = FM_STR("");
  for (unsigned k = 0; k < f->sibling; k++) {
    uint32_t at = all->after[0][k];
    text = fm_arena_printf(s->arena, "%.*s%s+ %.*s", FM_FMT(text), k ? " " : "",
                           FM_FMT(at ? s->tags[s->elements[at].tag] : FM_STR("*")));
  }
  return text.len && own.len ? fm_arena_printf(s->arena, "%.*s %.*s", FM_FMT(text), FM_FMT(own))
         : text.len          ? text
                             : own;
}

unsigned fm_locator_hints(const survey *s, const locator *f)
{
  static const unsigned of_attributes[] = {HINT_TITLE, HINT_AUTHOR, HINT_CATEGORY, HINT_TITLE, HINT_TITLE, HINT_TITLE,
                                           HINT_DATE, HINT_AUTHOR, HINT_SUMMARY, HINT_IMAGE, HINT_TITLE};
  switch (f->kind) {
    case LOCATE_NAME: case LOCATE_NAME_TAG: return s->names[f->a].hints;
    case LOCATE_ATTRIBUTE: return of_attributes[f->a];
    default: return 0;
  }
}

static bool says_much(fm_str tag)
{
  return tag.len && (fm_str_is(tag, "time") || fm_str_is(tag, "figcaption") ||
                     fm_str_is(tag, "cite") || fm_str_is(tag, "blockquote") ||
                     memchr(tag.ptr, '-', tag.len) || ((*tag.ptr | 0x20) == 'h' && tag.len == 2));
}

double fm_locator_quality(const survey *s, const locator *f)
{
  static const double of_names[] = {0.3, 0.55, 0.85, 1};
  switch (f->kind) {
    case LOCATE_SELF: return 0.9;
    case LOCATE_NAME: return of_names[s->names[f->a].worth];
    case LOCATE_NAME_TAG: return of_names[s->names[f->a].worth] * 0.95;
    case LOCATE_TAG: return says_much(s->tags[f->a]) ? 0.95 : 0.7;
    case LOCATE_TAG_TAG: return says_much(s->tags[f->a]) ? 0.97 : 0.65;
    case LOCATE_ATTRIBUTE: return 1;
    default: return 0.4;
  }
}
