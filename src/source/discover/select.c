/* Finds a selector for a group: short, stable, and matching nothing but the group. */
#include "base/str.h"
#include "dom/css.h"
#include "source/discover/parts.h"

#include <stdlib.h>

enum { TRIED_MAX = 160, EXTRA_MAX = 400, CORES_MAX = 8, CONTEXTS_MAX = 14, UP_MAX = 12 };

typedef struct selecting {
  survey *s;
  const group *g;
  uint32_t lca;          /* the nearest common ancestor */
  bool children;         /* all items are its children */
  uint16_t tag;
  bool one_tag, one_path;
  fm_str tried[TRIED_MAX];
  size_t ntried;
  xmlNodePtr *found;
  fm_str best;           /* the selector with the fewest other matches, */
  size_t extra;          /* their number, */
  uint32_t extras[EXTRA_MAX]; /* and the other elements */
} selecting;

/* ---- trying a selector ---- */

static size_t run(selecting *x, fm_str text)
{
  fm_css *css = NULL;
  fm_why why;
  size_t at, count = 0;
  if (fm_css_compile(text, x->s->arena, &css, &at, &why))
    return 0;
  fm_finder finder;
  fm_finder_init(&finder, x->s->tree.doc);
  count = fm_css_find(css, &finder, (xmlNodePtr)x->s->tree.doc, x->found, x->g->count + EXTRA_MAX);
  fm_finder_deinit(&finder);
  fm_css_deinit(css);
  return count;
}

/* Compares the matches with the group, both in document order. True if they are equal. */
static bool try(selecting *x, fm_str text)
{
  if (!text.len || x->ntried == TRIED_MAX)
    return false;
  x->ntried++;
  size_t count = run(x, text), k = 0, extra = 0;
  uint32_t extras[EXTRA_MAX];
  for (size_t i = 0; i < count; i++) {
    if (k == MEMBERS_MAX) /* groups are cut at MEMBERS_MAX, so later matches are unknown */
      break;
    if (k < x->g->count && x->found[i] == x->s->elements[x->g->members[k]].node)
      k++;
    else if (extra < EXTRA_MAX)
      extras[extra++] = fm_survey_find(x->s, x->found[i]);
  }
  if (k < x->g->count || extra >= x->extra)
    return false;
  x->extra = extra;
  x->best = text;
  memcpy(x->extras, extras, extra * sizeof *extras);
  return extra == 0;
}

/* ---- what the items have in common ---- */

static void look_at_members(selecting *x)
{
  const survey *s = x->s;
  const group *g = x->g;
  x->tag = s->elements[g->members[0]].tag;
  x->one_tag = x->one_path = x->children = true;
  x->lca = s->elements[g->members[0]].parent;
  for (uint32_t i = 1; i < g->count; i++) {
    const element *p = &s->elements[g->members[i]];
    x->one_tag = x->one_tag && p->tag == x->tag;
    x->one_path = x->one_path && p->path == s->elements[g->members[0]].path;
    while (x->lca && !element_within(s, g->members[i], x->lca))
      x->lca = s->elements[x->lca].parent;
  }
  for (uint32_t i = 0; i < g->count; i++)
    x->children = x->children && s->elements[g->members[i]].parent == x->lca;
}

static bool is_common(const selecting *x, uint32_t number)
{
  for (uint32_t i = 0; i < x->g->count; i++)
    if (!fm_element_has_name(x->s, x->g->members[i], number))
      return false;
  return true;
}

/* Classes of one stability that all items have, with the tag and, if it says enough, without. */
static size_t cores_of(const selecting *x, unsigned worth, fm_str *cores)
{
  const survey *s = x->s;
  const element *first = &s->elements[x->g->members[0]];
  size_t count = 0;
  for (unsigned pass = 0; pass < 2; pass++)
    for (unsigned i = 0; i < first->nnames && count + 2 < CORES_MAX; i++) {
      uint32_t number = s->element_names[first->names + i];
      if (s->names[number].worth != worth || !is_common(x, number))
        continue;
      fm_str atom = fm_name_atom(s, number);
      if (pass == 0 && atom.len)
        cores[count++] = x->one_tag ? fm_arena_printf(s->arena, "%.*s%.*s", FM_FMT(s->tags[x->tag]),
                                                      FM_FMT(atom))
                                    : atom;
      else if (atom.len && x->one_tag)
        cores[count++] = atom;
    }
  return count;
}

/* ---- ancestors ---- */

static fm_str id_of(const survey *s, uint32_t at)
{
  fm_str id = fm_element_attribute(s, at, "id"), stem;
  return id.len && fm_class_stability(id, &stem) == 3 && stem.len == id.len &&
                 !strpbrk(id.ptr, "\"'. :#()\\")
             ? fm_arena_printf(s->arena, "#%.*s", FM_FMT(id))
             : FM_STR("");
}

/* Selectors for an ancestor, best first. */
static size_t contexts_of(const survey *s, uint32_t at, bool any, fm_str *contexts, size_t most)
{
  const element *p = &s->elements[at];
  size_t count = 0;
  fm_str id = id_of(s, at);
  if (id.len && count < most)
    contexts[count++] = id;
  for (unsigned worth = 3; worth + any >= 2 && worth; worth--)
    for (unsigned i = 0; i < p->nnames && count < most; i++) {
      uint32_t number = s->element_names[p->names + i];
      fm_str atom = s->names[number].worth == worth ? fm_name_atom(s, number) : FM_STR("");
      if (atom.len)
        contexts[count++] = atom;
    }
  fm_str tag = s->tags[p->tag];
  if (count < most && (fm_str_is(tag, "main") || memchr(tag.ptr, '-', tag.len)))
    contexts[count++] = tag;
  return count;
}

/* The path "ul > li" from the nearest common ancestor to an item. */
static fm_str path_below(const selecting *x, fm_str core)
{
  const survey *s = x->s;
  fm_str path = core;
  uint32_t up = s->elements[x->g->members[0]].parent;
  for (unsigned n = 0; up > x->lca && n < 6; up = s->elements[up].parent, n++)
    path =
        fm_arena_printf(s->arena, "%.*s > %.*s", FM_FMT(s->tags[s->elements[up].tag]), FM_FMT(path));
  return path;
}

static bool try_in(selecting *x, uint32_t at, fm_str context, fm_str core)
{
  fm_arena *arena = x->s->arena;
  if (at == x->lca && x->children)
    return try(x, fm_arena_printf(arena, "%.*s > %.*s", FM_FMT(context), FM_FMT(core)));
  if (try(x, fm_arena_printf(arena, "%.*s %.*s", FM_FMT(context), FM_FMT(core))))
    return true;
  if (!x->one_path)
    return false;
  fm_str path = path_below(x, core);
  fm_str parent = x->s->tags[x->s->elements[x->lca].tag];
  if (at == x->lca)
    return try(x, fm_arena_printf(arena, "%.*s > %.*s", FM_FMT(context), FM_FMT(path)));
  return try(x, fm_arena_printf(arena, "%.*s %.*s > %.*s", FM_FMT(context), FM_FMT(parent),
                                FM_FMT(path)));
}

static bool try_contexts(selecting *x, fm_str core, bool any)
{
  fm_str contexts[CONTEXTS_MAX];
  unsigned steps = 0;
  for (uint32_t up = x->lca; up && steps < UP_MAX; up = x->s->elements[up].parent, steps++) {
    size_t count = contexts_of(x->s, up, any, contexts, 3);
    for (size_t i = 0; i < count; i++)
      if (try_in(x, up, contexts[i], core))
        return true;
  }
  return false;
}

/* ---- by position ---- */

static fm_str step_to(const survey *s, uint32_t at)
{
  unsigned before = 0, all = 0;
  const element *p = &s->elements[at];
  for (uint32_t i = p->parent + 1; i < s->elements[p->parent].end; i = s->elements[i].end) {
    all += s->elements[i].tag == p->tag;
    before += i < at && s->elements[i].tag == p->tag;
  }
  if (all < 2 || at == 0)
    return s->tags[p->tag];
  return fm_arena_printf(s->arena, "%.*s:nth-of-type(%u)", FM_FMT(s->tags[p->tag]), before + 1);
}

static bool try_place(selecting *x, fm_str core)
{
  const survey *s = x->s;
  fm_str path = x->children || !x->one_path ? core : path_below(x, core);
  const char *join = x->children || x->one_path ? " >" : "";
  fm_str steps = step_to(s, x->lca);
  unsigned n = 0;
  for (uint32_t up = x->lca; up && n < 40; up = s->elements[up].parent, n++) {
    if (try(x, fm_arena_printf(s->arena, "%.*s%s %.*s", FM_FMT(steps), join, FM_FMT(path))))
      return true;
    uint32_t above = s->elements[up].parent;
    fm_str context;
    bool named = contexts_of(s, above, false, &context, 1) > 0;
    if (named && try(x, fm_arena_printf(s->arena, "%.*s > %.*s%s %.*s", FM_FMT(context),
                                        FM_FMT(steps), join, FM_FMT(path))))
      return true;
    steps = fm_arena_printf(s->arena, "%.*s > %.*s", FM_FMT(step_to(s, above)), FM_FMT(steps));
  }
  return false;
}

/* ---- exclusions ---- */

static bool lacks(const selecting *x, uint32_t number)
{
  for (uint32_t i = 0; i < x->g->count; i++)
    if (fm_element_has_name(x->s, x->g->members[i], number))
      return false;
  return true;
}

/* Adds ":not(.sponsored)" until no other element matches. */
static bool try_without(selecting *x)
{
  const survey *s = x->s;
  bool paid = x->extra && x->extras[0] != UINT32_MAX && s->elements[x->extras[0]].paid;
  if (paid &&
      try(x, fm_arena_printf(s->arena, "%.*s:not(:has([rel~=sponsored]))", FM_FMT(x->best))))
    return true;
  for (unsigned rounds = 0; rounds < 4 && x->extra; rounds++) {
    size_t before = x->extra;
    for (size_t e = 0; e < x->extra && x->extra == before; e++) {
      const element *p = x->extras[e] == UINT32_MAX ? NULL : &s->elements[x->extras[e]];
      for (unsigned i = 0; p && i < p->nnames && x->extra == before; i++) {
        uint32_t number = s->element_names[p->names + i];
        fm_str atom =
            s->names[number].worth && lacks(x, number) ? fm_name_atom(s, number) : FM_STR("");
        if (atom.len &&
            try(x, fm_arena_printf(s->arena, "%.*s:not(%.*s)", FM_FMT(x->best), FM_FMT(atom))))
          return true;
      }
    }
    if (x->extra == before)
      return false;
  }
  return x->extra == 0;
}

/* True if the element has a link that may be an entry's. */
static bool leads_on(const survey *s, uint32_t at)
{
  for (uint32_t i = at; i < s->elements[at].end; i++)
    if (s->elements[i].href)
      return true;
  return false;
}

/* True if all that is too much are links to other orders of the page and to its parent folder, as
 * a server's directory index has them. */
static bool all_are_views(const selecting *x)
{
  for (size_t i = 0; i < x->extra; i++)
    if (x->extras[i] == UINT32_MAX || x->s->elements[x->extras[i]].href ||
        !fm_str_is(x->s->tags[x->s->elements[x->extras[i]].tag], "a"))
      return false;
  return x->extra > 0;
}

/* Excludes a single element by its link, such as "../" at the top of a directory index. */
static bool try_without_link(selecting *x)
{
  survey *s = x->s;
  static const char *const views[] = {":not([href^=\"?\"])", ":not([href^=\"?\"]):not([href$=\"/\"])"};
  fm_str best = x->best;
  bool extra_views = best.len && all_are_views(x);
  for (size_t i = 0; i < 2 && extra_views; i++)
    if (try(x, fm_arena_printf(s->arena, "%.*s%s", FM_FMT(best), views[i])))
      return true;
  if (x->extra != 1 || x->extras[0] == UINT32_MAX || leads_on(s, x->extras[0]))
    return false;
  for (uint32_t at = x->extras[0]; at < s->elements[x->extras[0]].end; at++) {
    fm_str href =
        fm_str_is(s->tags[s->elements[at].tag], "a") ? fm_element_attribute(s, at, "href") : FM_STR("");
    if (href.len && href.len < 200 && !strpbrk(href.ptr, "\"\\") &&
        try(x, fm_arena_printf(s->arena, "%.*s:not(:has(a[href=\"%.*s\"]))", FM_FMT(x->best),
                               FM_FMT(href))))
      return true;
  }
  return false;
}

/* Adds ":has(h4)": something that all items contain and no other match does. */
static bool try_having(selecting *x, const items *all, const locator_seen *link)
{
  survey *s = x->s;
  fm_str text = link ? fm_locator_text(all, &link->locator) : FM_STR(""), best = x->best;
  if (text.len && try(x, fm_arena_printf(s->arena, "%.*s:has(%.*s)", FM_FMT(best), FM_FMT(text))))
    return true;
  uint32_t first = x->g->members[0];
  for (uint32_t at = first + 1, n = 0; at < s->elements[first].end && n < 12; at++, n++) {
    fm_str tag = s->tags[s->elements[at].tag];
    if (try(x, fm_arena_printf(s->arena, "%.*s:has(%.*s)", FM_FMT(best), FM_FMT(tag))))
      return true;
  }
  return false;
}

static bool says_much(fm_str tag)
{
  return fm_str_is(tag, "article") || memchr(tag.ptr, '-', tag.len);
}

static bool try_all(selecting *x)
{
  const survey *s = x->s;
  fm_str cores[CORES_MAX], tag = x->one_tag ? s->tags[x->tag] : FM_STR("*");
  for (unsigned worth = 3; worth >= 2; worth--) {
    size_t count = cores_of(x, worth, cores);
    for (size_t i = 0; i < count; i++)
      if (try(x, cores[i]) || try_contexts(x, cores[i], false))
        return true;
  }
  if (x->one_tag && says_much(tag) && try(x, tag))
    return true;
  if (x->one_tag && try_contexts(x, tag, false))
    return true;
  for (unsigned worth = 2; worth-- > 0;) {
    size_t count = cores_of(x, worth, cores);
    for (size_t i = 0; i < count; i++)
      if ((worth == 1 && try(x, cores[i])) || try_contexts(x, cores[i], false))
        return true;
  }
  return x->one_tag && (try_place(x, tag) || try_contexts(x, tag, true));
}

fm_str fm_select_group(survey *s, const group *g, const items *all, const locator_seen *link)
{
  selecting *x = fm_zalloc(sizeof *x);
  *x = (selecting){.s = s, .g = g, .extra = EXTRA_MAX};
  x->found = fm_alloc((g->count + EXTRA_MAX) * sizeof *x->found);
  look_at_members(x);
  if (!try_all(x)) {
    x->ntried = 0;
    if (x->best.len && !try_without(x) && !try_having(x, all, link))
      try_without_link(x);
    x->ntried = 0;
    fm_str cores[CORES_MAX];
    for (unsigned worth = 0; x->extra && worth < 1; worth++) {
      size_t count = cores_of(x, worth, cores);
      for (size_t i = 0; i < count && x->extra; i++)
        try(x, cores[i]);
    }
  }
  fm_str best = x->extra <= g->count / 2 ? x->best : FM_STR("");
  free(x->found);
  free(x);
  return best;
}
