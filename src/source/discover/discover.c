/* Runs the detection methods in order and verifies each draft by running it on the page. */
#include "source/discover/discover.h"

#include "base/str.h"
#include "base/url.h"
#include "source/feed_in/charset.h"
#include "source/discover/parts.h"
#include "source/registry.h"

#include <stdlib.h>

enum { GROUPS_SCORED = 90, STRUCTURES = 6, DATA_DRAFTS = 8 };

/* Menus of a few words score about a tenth of this, the barest list of headlines four times as
 * much. */
static const double score_min = 0.8;

const char *fm_discovery_name(enum fm_discovery how)
{
  static const char *const names[] = {
    "nothing", "the page's own feed", "a list in the page's JSON-LD", "a list in the page's microdata",
    "a list in the page's microformats", "a list in the page's JSON", "what repeats on the page"};
  return names[how];
}

/* ---- repeated structure ---- */

static double score_at(const char *one, size_t score)
{
  double value;
  memcpy(&value, one + score, sizeof value);
  return value;
}

void fm_keep_best(void *all, size_t *count, size_t most, size_t size, const void *one, size_t score)
{
  char *base = all;
  size_t at = *count;
  while (at > 0 && score_at(base + (at - 1) * size, score) < score_at(one, score))
    at--;
  if (at == most)
    return;
  *count += *count < most;
  memmove(base + (at + 1) * size, base + at * size, (*count - at - 1) * size);
  memcpy(base + at * size, one, size);
}

/* How many of the outer list's links are links of the inner one, in percent, as far as the samples
 * tell; the inner items must be in the outer ones. */
static uint32_t shared_links(const list *outer, const list *inner)
{
  const survey *s = outer->items.s;
  const group *g = inner->items.group;
  uint32_t found = 0, shared = 0;
  for (uint32_t i = 0; i < outer->items.count; i++) {
    uint32_t link = outer->link->first[i];
    if (!link)
      continue;
    found++;
    for (uint32_t k = 0; k < g->count; k++)
      if (element_within(s, link, g->members[k])) {
        shared += element_within(s, g->members[k], outer->items.at[i]);
        break;
      }
  }
  return found ? shared * 100 / found : 0;
}

/* True if a link stands as one of the outer list's does: same tags around it, a class in common,
 * in a heading if that is. */
static bool is_same_kind_of_link(const list *outer, uint32_t link)
{
  const survey *s = outer->items.s;
  for (uint32_t i = 0; i < outer->items.count; i++) {
    uint32_t other = outer->link->first[i];
    if (!other)
      continue;
    uint32_t up = s->elements[link].parent, other_up = s->elements[other].parent;
    if (s->elements[up].heading && s->elements[up].heading == s->elements[other_up].heading)
      return true;
    if (s->elements[other].path == s->elements[link].path && fm_have_common_class(s, up, other_up) &&
        fm_have_common_class(s, link, other))
      return true;
  }
  return false;
}

static bool has_links_of(const list *outer, const list *inner)
{
  uint32_t same = 0;
  for (uint32_t i = 0; i < inner->items.count; i++)
    same += inner->link->first[i] && is_same_kind_of_link(outer, inner->link->first[i]);
  return same * 10 >= inner->items.count * 9;
}

/* True if the items of `outer` are groups of those of `inner`, which is nearly as good. */
static bool is_list_of_lists(const list *outer, const list *inner)
{
  return inner->score >= 0.75 * outer->score &&
         inner->items.group->count * 2 >= outer->items.group->count * 3 &&
         shared_links(outer, inner) >= 90 && has_links_of(outer, inner);
}

static void prefer_inner(list *best, size_t count)
{
  for (size_t i = 1; i < count; i++)
    if (is_list_of_lists(&best[0], &best[i])) {
      list inner = best[i];
      memmove(&best[1], &best[0], i * sizeof *best);
      best[0] = inner;
      return;
    }
}

size_t fm_structure_drafts(survey *s, draft *drafts, size_t most)
{
  group *groups = fm_zalloc(GROUPS_SCORED * sizeof *groups);
  list *best = fm_zalloc(STRUCTURES * sizeof *best);
  size_t ngroups = fm_groups_find(s, groups, GROUPS_SCORED), nbest = 0, count = 0;
  for (size_t i = 0; i < ngroups; i++) {
    list l = {.score = 0};
    fm_items_sample(&l.items, s, &groups[i]);
    fm_list_score(&l);
    if (l.score >= score_min)
      KEEP_BEST(best, &nbest, STRUCTURES, &l, score);
  }
  prefer_inner(best, nbest);
  for (size_t i = 0; i < nbest && count < most; i++) {
    list *l = &best[i];
    fm_str select = fm_select_group(s, l->items.group, &l->items, l->link);
    if (!select.len)
      continue;
    drafts[count] = (draft){.how = FM_FOUND_STRUCTURE,
                            .score = l->score,
                            .count = fm_list_distinct(l),
                            .items = fm_arena_printf(s->arena, "css: %.*s", FM_FMT(select))};
    fm_fields_find(l, &drafts[count++]);
  }
  free(best);
  free(groups);
  return count;
}

/* ---- verification ---- */

typedef struct trial {
  const draft *draft;
  fm_doc *doc;  /* NULL: the draft failed */
  size_t dated;
} trial;

static fm_doc *run_recipe(survey *s, fm_str text)
{
  fm_problems problems = {0};
  fm_recipe *recipe = fm_recipe_parse(text, FM_STR("found"), &problems);
  fm_doc *doc = NULL;
  fm_why why;
  fm_page page = *s->page;
  page.size = sizeof page < s->page->size ? sizeof page : s->page->size;
  fm_page whole = {.size = sizeof whole, .now = fm_survey_now(s)};
  memcpy(&whole, &page, page.size);
  whole.size = sizeof whole;
  whole.url = whole.key = s->url.len ? s->url : FM_STR("https://example.org/");
  if (recipe && fm_source_extract(fm_recipe_source(recipe), &whole, &doc, NULL, &why))
    doc = NULL;
  fm_recipe_unref(recipe);
  fm_problems_deinit(&problems);
  return doc;
}

static bool is_linked(const fm_entry *e)
{
  return e->nlinks && fm_str_is(e->links[0].rel, "alternate");
}

/* The draft yields nearly all expected items, with links, and with titles that are not
 * addresses. */
static bool is_good(const fm_doc *doc, size_t expected)
{
  size_t linked = 0, titled = 0, n = doc->feed.nentries;
  for (size_t i = 0; i < n; i++) {
    const fm_entry *e = &doc->feed.entries[i];
    linked += is_linked(e);
    titled += !fm_str_starts(e->title, FM_STR("http"));
  }
  return n >= (expected < ITEMS_MIN ? expected : ITEMS_MIN) && n * 10 >= expected * 8 && linked * 10 >= n * 9 && titled * 10 >= n * 9;
}

static bool try_draft(survey *s, const draft *d, const fm_discovered *found, trial *made)
{
  fm_str text = fm_draft_write(s, d, found, true);
  fm_doc *doc = text.len ? run_recipe(s, text) : NULL;
  if (!doc)
    return false;
  if (!is_good(doc, d->count)) {
    fm_doc_unref(doc);
    return false;
  }
  *made = (trial){.draft = d, .doc = doc};
  for (size_t i = 0; i < doc->feed.nentries; i++)
    made->dated += doc->feed.entries[i].published != FM_NO_TIME;
  return true;
}

/* ---- embedded data against visible structure ---- */

static fm_str link_of(const fm_entry *e) { return e->nlinks ? e->links[0].href : (fm_str){"", 0}; }

static size_t shared(const fm_doc *a, const fm_doc *b)
{
  fm_map links = {0};
  size_t n = 0;
  for (size_t i = 0; i < a->feed.nentries; i++)
    if (link_of(&a->feed.entries[i]).len)
      fm_map_put(&links, link_of(&a->feed.entries[i]), (void *)a);
  for (size_t i = 0; i < b->feed.nentries; i++)
    n += link_of(&b->feed.entries[i]).len &&
         fm_map_get(&links, link_of(&b->feed.entries[i])) != NULL;
  fm_map_deinit(&links);
  return n;
}

/* Embedded data wins over the visible list unless it describes another list, only a part of it,
 * or has fewer dates. */
static bool is_better(const trial *data, const trial *seen)
{
  if (!seen->doc)
    return true;
  size_t n = seen->doc->feed.nentries, had = data->doc->feed.nentries,
         both = shared(data->doc, seen->doc);
  if (both * 2 < n)
    return data->draft->score > 1.5 * seen->draft->score;
  return had * 10 >= n * 8 && data->dated * 10 >= seen->dated * 8;
}

/* ---- entry point ---- */

static size_t gather(survey *s, draft *drafts, size_t most)
{
  draft json[DATA_DRAFTS];
  size_t njson = fm_json_drafts(s, json, DATA_DRAFTS), count = 0;
  for (size_t i = 0; i < njson && count < most; i++)
    if (json[i].how == FM_FOUND_JSON_LD)
      drafts[count++] = json[i];
  if (s->parsed)
    count += fm_microdata_drafts(s, drafts + count, most - count);
  for (size_t i = 0; i < njson && count < most; i++)
    if (json[i].how == FM_FOUND_JSON)
      drafts[count++] = json[i];
  return count;
}

static void find_list(survey *s, fm_discovered *found)
{
  enum { ALL = 2 * DATA_DRAFTS + STRUCTURES };
  draft *drafts = fm_zalloc(ALL * sizeof *drafts);
  trial seen = {0}, data = {0};
  size_t nseen = s->parsed ? fm_structure_drafts(s, drafts, STRUCTURES) : 0;
  for (size_t i = 0; i < nseen && !seen.doc; i++)
    try_draft(s, &drafts[i], found, &seen);
  size_t ndata = gather(s, drafts + nseen, 2 * DATA_DRAFTS);
  for (size_t i = nseen; i < nseen + ndata && !data.doc; i++)
    if (try_draft(s, &drafts[i], found, &data) && !is_better(&data, &seen)) {
      fm_doc_unref(data.doc);
      data.doc = NULL;
    }
  const trial *best = data.doc ? &data : &seen;
  if (best->doc) {
    found->how = best->draft->how;
    found->entries = best->doc->feed.nentries;
    found->bare = fm_draft_write(s, best->draft, found, true);
    found->recipe = fm_draft_write(s, best->draft, found, false);
  }
  fm_doc_unref(seen.doc);
  fm_doc_unref(data.doc);
  free(drafts);
}

/* Finds the link to the next page of the list, if the page marks one. */
static void find_next(survey *s)
{
  for (uint32_t i = 0; i < s->count; i++) {
    if (!fm_str_is(s->tags[s->elements[i].tag], "a"))
      continue;
    fm_str rel = fm_element_attribute(s, i, "rel");
    if (fm_str_is(rel, "next"))
      s->next = FM_STR("css: a[rel~=next] @href");
    for (unsigned k = 0; k < s->elements[i].nnames && !s->next.len; k++)
      if (fm_str_is(s->names[s->element_names[s->elements[i].names + k]].text, "next"))
        s->next = FM_STR("css: a.next @href");
    if (s->next.len)
      return;
  }
}

static bool is_feed(const fm_page *page)
{
  fm_doc *doc;
  fm_why why;
  fm_str body = fm_str_trim(page->body);
  fm_str head = {body.ptr, body.len < 2000 ? body.len : 2000};
  bool xml = body.len && *body.ptr == '<' &&
             (fm_str_find(head, FM_STR("<rss")) || fm_str_find(head, FM_STR("<feed")) ||
              fm_str_find(head, FM_STR("<rdf:RDF")));
  if (!xml && !(body.len && *body.ptr == '{' && fm_str_find(body, FM_STR("jsonfeed.org"))))
    return false;
  if (fm_source_extract(&fm_feed_source, page, &doc, NULL, &why))
    return false;
  fm_doc_unref(doc);
  return true;
}

int fm_discover(const fm_page *page, fm_arena *arena, fm_discovered *found, fm_why *why)
{
  survey s;
  *found = (fm_discovered){.is_feed = is_feed(page)};
  if (found->is_feed) {
    found->how = FM_FOUND_FEED;
    return FM_OK;
  }
  fm_str body = fm_str_trim(page->body);
  if (!body.len)
    return fm_fail(why, FM_E_NO_LIST, "the page is empty");
  bool json = *body.ptr == '{' || *body.ptr == '[';
  if (json)
    s = (survey){.page = page, .arena = arena, .body = page->body, .nhrefs = 1,
                 .url = fm_url_usable(page->url) ? page->url : (fm_str){NULL, 0}};
  else if (fm_survey_make(&s, page, arena))
    return fm_survey_free(&s), fm_fail(why, FM_E_NO_LIST, "the page is no HTML");
  if (!json) {
    fm_str text = fm_feed_to_utf8(page->body, page->charset, arena);
    found->noffers = fm_feed_links(text, s.base, arena, found->offers);
    fm_feeds_order(&s, found);
    find_next(&s);
  }
  found->url_unknown = !s.url.len;
  find_list(&s, found);
  fm_survey_free(&s);
  if (found->recipe.len || found->noffers) {
    found->how = found->recipe.len ? found->how : FM_FOUND_FEED;
    return FM_OK;
  }
  return fm_fail(why, FM_E_NO_LIST, "no list found: %s", json
    ? "no array in this JSON has objects with a title and a link"
    : "the page names no feed, and neither its JSON-LD, microdata, h-entries, JSON in scripts and "
      "attributes nor what repeats on it is a list of entries with titles and links");
}
