/* Surveys a page: its elements in document order, each with statistics of its subtree. */
#include "base/ascii.h"
#include "base/str.h"
#include "base/url.h"
#include "source/discover/parts.h"

#include <stdlib.h>
#include <strings.h>
#include <xxhash.h>

enum {
  NAMES_OF_ONE = 8,
  NAMES_ALL = 60000,
  DATE_TEXT_MAX = 40,
  DATE_TEXT_MIN = 6,
  HREFS_MAX = 50000
};

int64_t fm_survey_now(const survey *s)
{
  const fm_page *page = s->page;
  bool has = page->size >= offsetof(fm_page, now) + sizeof page->now;
  return has && page->now ? page->now : FM_NO_TIME;
}

static size_t slot_of(const survey *s, const xmlNode *node)
{
  uint64_t mixed = (uint64_t)(uintptr_t)node * UINT64_C(0x9E3779B97F4A7C15);
  return (size_t)(mixed >> 32) & (s->nslots - 1);
}

uint32_t fm_survey_find(const survey *s, const xmlNode *node)
{
  for (size_t at = slot_of(s, node); s->slots[at]; at = (at + 1) & (s->nslots - 1))
    if (s->elements[s->slots[at] - 1].node == node)
      return s->slots[at] - 1;
  return UINT32_MAX;
}

static void number_nodes(survey *s)
{
  for (s->nslots = 64; s->nslots < 2 * s->count; s->nslots *= 2)
    ;
  s->slots = fm_arena_alloc(s->arena, s->nslots * sizeof *s->slots);
  for (uint32_t i = 0; i < s->count; i++) {
    size_t at = slot_of(s, s->elements[i].node);
    while (s->slots[at])
      at = (at + 1) & (s->nslots - 1);
    s->slots[at] = i + 1;
  }
}

bool fm_element_has_name(const survey *s, uint32_t at, uint32_t wanted)
{
  const element *p = &s->elements[at];
  for (unsigned i = 0; i < p->nnames; i++)
    if (s->element_names[p->names + i] == wanted)
      return true;
  return false;
}

fm_str fm_element_text(const survey *s, uint32_t at) { return fm_node_text(s->elements[at].node, s->arena); }

fm_str fm_element_attribute(const survey *s, uint32_t at, const char *attribute)
{
  return fm_node_attribute(s->elements[at].node, attribute, s->arena);
}

/* ---- class names ---- */

static uint32_t number_in(fm_map *map, fm_str key)
{
  return (uint32_t)(uintptr_t)fm_map_get(map, key);
}

static uint16_t tag_of(survey *s, const char *text)
{
  fm_str key = fm_str_of(text);
  uint32_t known = number_in(&s->by_tag, key);
  if (known)
    return (uint16_t)(known - 1);
  if (s->ntags >= 1000)
    return 0;
  *FM_PUSH(s->arena, s->tags, s->ntags, s->tags_cap) = key;
  fm_map_put(&s->by_tag, key, (void *)(uintptr_t)s->ntags);
  return (uint16_t)(s->ntags - 1);
}

/* UINT32_MAX: there are too many. */
static uint32_t name_of(survey *s, fm_str class)
{
  fm_str stem;
  unsigned worth = fm_class_stability(class, &stem);
  uint32_t known = number_in(&s->by_name, stem);
  if (known)
    return known - 1;
  if (s->nnames >= NAMES_ALL)
    return UINT32_MAX;
  *FM_PUSH(s->arena, s->names, s->nnames, s->names_cap) =
    (class_name){.text = fm_arena_str(s->arena, stem), .hints = fm_hints_of(stem), .worth = worth};
  fm_map_put(&s->by_name, stem, (void *)(uintptr_t)s->nnames);
  return (uint32_t)(s->nnames - 1);
}

static void add_names(survey *s, element *p, fm_str classes)
{
  p->names = (uint32_t)s->nelement_names;
  for (size_t i = 0; i < classes.len && p->nnames < NAMES_OF_ONE;) {
    size_t from = i;
    while (i < classes.len && (unsigned char)classes.ptr[i] > ' ')
      i++;
    uint32_t number = i > from ? name_of(s, (fm_str){classes.ptr + from, i - from}) : UINT32_MAX;
    i += i == from;
    bool again = number == UINT32_MAX;
    for (unsigned k = 0; k < p->nnames; k++)
      again = again || s->element_names[p->names + k] == number;
    if (again)
      continue;
    *FM_PUSH(s->arena, s->element_names, s->nelement_names, s->of_cap) = number;
    p->nnames++;
    p->hints |= s->names[number].hints;
  }
}

/* ---- links ---- */

static fm_str without_fragment(fm_str url)
{
  const char *hash = url.len ? memchr(url.ptr, '#', url.len) : NULL;
  return hash ? fm_str_span(url.ptr, hash) : url;
}

/* Gives links to other pages a number by address. */
static uint32_t href_of(survey *s, fm_str reference)
{
  fm_str whole;
  reference = fm_str_trim(reference);
  if (!reference.len || *reference.ptr == '#' || reference.len > 2048 || s->nhrefs >= HREFS_MAX ||
      fm_url_resolve(s->base, reference, s->arena, &whole) || !fm_url_usable(whole))
    return 0;
  whole = without_fragment(whole);
  if (fm_str_eq(whole, without_fragment(s->url)))
    return 0;
  uint32_t known = number_in(&s->by_href, whole);
  if (known)
    return known;
  *FM_PUSH(s->arena, s->hrefs, s->nhrefs, s->hrefs_cap) = whole;
  fm_map_put(&s->by_href, whole, (void *)(uintptr_t)(s->nhrefs - 1));
  return (uint32_t)(s->nhrefs - 1);
}

/* ---- texts ---- */

typedef struct measure {
  uint32_t chars, gaps, digits;
  uint64_t hash;
  bool date;
} measure;

static bool is_date(const survey *s, fm_str text)
{
  int64_t time;
  fm_when when = {.now = fm_survey_now(s), .language = s->language};
  bool digit = false;
  if (text.len < DATE_TEXT_MIN || text.len > DATE_TEXT_MAX)
    return false;
  for (size_t i = 0; i < text.len; i++)
    digit = digit || (unsigned)(text.ptr[i] - '0') < 10;
  return digit && fm_when_parse(text, &when, &time);
}

/* A Chinese character or kana says as much as three Latin letters, a Korean syllable as two.
 * Only the first byte of a character counts. */
static unsigned weight_of(unsigned char byte)
{
  return (byte & 0xc0) == 0x80             ? 0
         : byte >= 0xe3 && byte <= 0xe9    ? 3
         : byte >= 0xea && byte <= 0xed    ? 2
                                           : 1;
}

/* "v2.3.1" is a name, not an identifier. */
static bool is_version(fm_str text)
{
  size_t dots = 0, i = text.len && (*text.ptr | 0x20) == 'v';
  for (size_t k = i; k < text.len; k++) {
    if (text.ptr[k] != '.' && (unsigned)(text.ptr[k] - '0') > 9)
      return false;
    dots += text.ptr[k] == '.';
  }
  return dots > 0 && text.len > i;
}

static measure measure_text(const survey *s, const char *content)
{
  fm_str text = fm_str_trim(fm_str_of(content));
  measure m = {.hash = text.len ? XXH3_64bits(text.ptr, text.len) : 0, .date = is_date(s, text)};
  for (size_t i = 0; i + 1 < text.len; i++)
    m.gaps += fm_is_space(text.ptr[i]) && !fm_is_space(text.ptr[i + 1]);
  bool version = is_version(text);
  for (size_t i = 0; i < text.len; i++) {
    unsigned weight = weight_of((unsigned char)text.ptr[i]);
    m.chars += fm_is_space(text.ptr[i]) && i && fm_is_space(text.ptr[i - 1]) ? 0 : weight;
    m.gaps += weight > 1 && i;
    m.digits += !version && (unsigned)(text.ptr[i] - '0') < 10;
  }
  return m;
}

static void add_texts(survey *s, element *p)
{
  for (xmlNodePtr n = p->node->children; n; n = n->next) {
    if ((n->type != XML_TEXT_NODE && n->type != XML_CDATA_SECTION_NODE) || !n->content)
      continue;
    measure m = measure_text(s, (const char *)n->content);
    p->text += m.chars;
    p->gaps += m.gaps;
    p->digits += m.digits;
    p->wordy = p->wordy || m.chars;
    p->text_hash += m.hash;
    p->dates += m.date;
  }
}

/* ---- one element ---- */

static bool is_one_of(const char *tag, const char *const *all)
{
  for (; *all; all++)
    if (strcasecmp(tag, *all) == 0)
      return true;
  return false;
}

static unsigned region_of_tag(const char *tag)
{
  static const struct {
    const char *tag;
    unsigned region;
  } tags[] = {{"nav", HINT_NAV}, {"footer", HINT_FOOTER}, {"aside", HINT_ASIDE}, {"header", HINT_HEADER},
              {"menu", HINT_NAV}, {"dialog", HINT_COOKIE}, {"main", HINT_MAIN}, {"article", HINT_MAIN},
              {"select", HINT_FILTER}};
  for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
    if (strcasecmp(tag, tags[i].tag) == 0)
      return tags[i].region;
  return 0;
}

static unsigned region_of_role(fm_str role)
{
  return fm_str_is(role, "navigation") || fm_str_is(role, "menu") || fm_str_is(role, "menubar")
             ? HINT_NAV
         : fm_str_is(role, "contentinfo")                              ? HINT_FOOTER
         : fm_str_is(role, "complementary")                            ? HINT_ASIDE
         : fm_str_is(role, "dialog") || fm_str_is(role, "alertdialog") ? HINT_COOKIE
         : fm_str_is(role, "banner")                                   ? HINT_HEADER
         : fm_str_is(role, "main")                                     ? HINT_MAIN | HINT_MAIN_ROLE
                                                                       : 0;
}

static void read_attributes(survey *s, element *p, bool link)
{
  fm_str href = {NULL, 0};
  for (xmlAttrPtr a = p->node->properties; a; a = a->next) {
    const char *key = (const char *)a->name;
    xmlNodePtr only = a->children;
    fm_str value = only && !only->next && only->content ? fm_str_of((const char *)only->content)
                                                        : (fm_str){NULL, 0};
    if (strcasecmp(key, "class") == 0)
      add_names(s, p, value);
    else if (strcasecmp(key, "id") == 0)
      p->region |= fm_hints_of(value) & (HINT_REGIONS | HINT_MAIN);
    else if (strcasecmp(key, "role") == 0)
      p->region |= region_of_role(value);
    else if (strcasecmp(key, "itemtype") == 0)
      p->articles = fm_str_ends(value, FM_STR("Posting")) || fm_str_ends(value, FM_STR("Article"));
    else if (strcasecmp(key, "datetime") == 0 && value.len)
      p->dates++;
    else if (strcasecmp(key, "href") == 0)
      href = fm_node_attribute(p->node, "href", s->arena);
    else if (strcasecmp(key, "rel") == 0 && fm_str_find(value, FM_STR("sponsored")))
      p->paid = 1;
  }
  if (link && href.len)
    p->href = href_of(s, href);
}

static void read_element(survey *s, element *p)
{
  static const char *const blocks[] = {"div",     "p",          "li",     "ul",     "ol",
                                       "dl",      "dt",         "dd",     "table",  "tr",
                                       "section", "article",    "figure", "main",   "td",
                                       "h1",      "h2",         "h3",     "h4",     "h5",
                                       "h6",      "blockquote", "header", "footer", NULL};
  const char *tag = (const char *)p->node->name;
  bool link = strcasecmp(tag, "a") == 0;
  p->tag = tag_of(s, tag);
  p->heading = (tag[0] | 0x20) == 'h' && tag[1] >= '1' && tag[1] <= '6' && !tag[2]
                 ? (uint8_t)(tag[1] - '0') : 0;
  p->image = strcasecmp(tag, "img") == 0;
  p->block = is_one_of(tag, blocks);
  p->images = p->image;
  p->headings = p->heading > 0;
  p->region = region_of_tag(tag);
  read_attributes(s, p, link);
  p->region |= p->hints & (HINT_REGIONS | HINT_MAIN);
  p->links = p->href > 0;
  p->articles = p->articles || strcasecmp(tag, "article") == 0;
  p->mains = strcasecmp(tag, "main") == 0 || (p->region & HINT_MAIN_ROLE) > 0;
  p->region &= ~(unsigned)HINT_MAIN_ROLE;
  add_texts(s, p);
  if (p->dates > 1)
    p->dates = 1;
}

/* ---- all elements ---- */

static bool is_skipped(xmlNodePtr node)
{
  /* not the head: a page that omits its end tag may be entirely in it */
  static const char *const tags[] = {"script", "style",  "noscript", "template", "svg",
                                     "iframe", "object", "math",     "title",    NULL};
  bool link = strcmp((const char *)node->name, "a") == 0;
  return is_one_of((const char *)node->name, tags) ||
         (!link && fm_node_is_unseen(node));
}

static xmlNodePtr element_from(xmlNodePtr node)
{
  while (node && node->type != XML_ELEMENT_NODE)
    node = node->next;
  return node;
}

static void place(survey *s, xmlNodePtr node, uint32_t parent)
{
  element *p = FM_PUSH(s->arena, s->elements, s->count, s->cap);
  bool root = s->count == 1;
  *p = (element){.node = node, .parent = parent};
  read_element(s, p);
  uint64_t above = root ? 0 : s->elements[parent].path;
  p->path = (above ^ (p->tag + 1)) * UINT64_C(0x9E3779B97F4A7C15);
  p->path ^= p->path >> 29;
  p->depth = root ? 0 : (uint8_t)(s->elements[parent].depth + (s->elements[parent].depth < 255));
}

/* ---- links that cannot be entries ---- */

static fm_str path_of(fm_str url)
{
  const char *query = url.len ? memchr(url.ptr, '?', url.len) : NULL;
  return query ? fm_str_span(url.ptr, query) : url;
}

/* "?page=2" or "?sort=date", but not "?p=1531". */
static bool is_view(fm_str query)
{
  static const char *const keys[] = {"?page", "?sort", "?order", "?dir", "?view", "?limit", "?start",
                                     "?offset", "?filter", "?lang", "?C=", "?q=", "?s="};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (fm_str_starts(query, fm_str_of(keys[i])))
      return true;
  return !query.len;
}

/* True for links to another order or part of this page, or to its parent folder. */
static bool is_self_link(const survey *s, fm_str href)
{
  fm_str own = path_of(s->url);
  if (!own.len)
    return false;
  if (fm_str_eq(path_of(href), own))
    return !fm_str_ends(own, FM_STR("/")) || is_view(fm_str_from(href, own.len));
  return fm_str_ends(href, FM_STR("/")) && fm_str_starts(own, href);
}

/* Drops such links unless most addresses of the page share one path. */
static void drop_self_links(survey *s)
{
  size_t idle = 0;
  bool *drop = fm_zalloc(s->nhrefs + 1);
  for (size_t i = 1; i < s->nhrefs; i++)
    idle += drop[i] = is_self_link(s, s->hrefs[i]);
  for (uint32_t i = 0; i < s->count && idle * 10 < s->nhrefs * 6; i++)
    if (s->elements[i].href && drop[s->elements[i].href])
      s->elements[i].href = s->elements[i].links = 0;
  free(drop);
}

/* Adds the statistics of children to their parents, in reverse document order. */
static void sum_up(survey *s)
{
  for (uint32_t i = (uint32_t)s->count; i-- > 0;) {
    element *p = &s->elements[i];
    if (!p->end)
      p->end = i + 1;
    if (p->href)
      p->linked = p->text;
    if (i == 0)
      break;
    element *up = &s->elements[p->parent];
    up->blocks += p->blocks + (p->block && p->wordy);
    if (p->end > up->end)
      up->end = p->end;
    up->text += p->text + (p->text && p->block);
    up->linked += p->linked;
    up->gaps += p->gaps;
    up->digits += p->digits;
    up->mains += p->mains;
    up->articles += p->articles;
    up->text_hash += p->text_hash;
    up->links += p->links;
    up->paid += p->paid;
    up->dates += p->dates;
    up->images += p->images;
    up->headings += p->headings;
    up->tags_below |= p->tags_below | UINT64_C(1) << (p->tag & 63);
  }
}

/* An element that holds the main content is not what a word in its class says: a wrapper around
 * most of the text, or around <main>, or around the greater part of the headings. */
static bool is_wrapper(const element *p, const element *all)
{
  uint64_t text = p->text, whole = all->text;
  bool some = text * 10 > whole;
  return text * 100 > whole * 95 ||
         (text * 10 > whole * 6 && (uint64_t)p->linked * 10 < text * 7) ||
         (some && p->mains && all->mains == p->mains);
}

/* The same of the greater part of the headings or articles, unless the tag itself says what the
 * element is. */
static bool has_headings(const element *p, const element *all)
{
  bool articles = p->articles > 1 && p->articles * 2 > all->articles;
  bool headings = p->headings >= ITEMS_MIN && p->headings * 2 > all->headings;
  uint64_t text = p->text;
  return (headings && text * 5 > all->text) || (articles && text * 12 > all->text);
}

static void inherit_regions(survey *s)
{
  const element *all = s->elements;
  for (uint32_t i = 0; i < s->count; i++) {
    element *p = &s->elements[i];
    unsigned own = region_of_tag(s->tags[p->tag].ptr);
    if (p->depth <= 1) /* the body's classes describe everything */
      p->region = 0;
    if (is_wrapper(p, all))
      p->region &= ~(unsigned)HINT_REGIONS;
    if (has_headings(p, all))
      p->region &= ~(unsigned)HINT_REGIONS | own;
    if (i)
      p->region |= s->elements[p->parent].region;
  }
}

static void read_head(survey *s, xmlNodePtr root)
{
  fm_str canonical = {NULL, 0}, shared = {NULL, 0}, base = {NULL, 0};
  int left = 400;
  for (xmlNodePtr at = root; at && left--; at = fm_tree_next(root, at)) {
    const char *tag = (const char *)at->name;
    if (strcmp(tag, "body") == 0)
      break;
    if (strcmp(tag, "title") == 0 && !s->title.len)
      s->title = fm_node_text(at, s->arena);
    else if (strcmp(tag, "base") == 0 && !base.len)
      base = fm_node_attribute(at, "href", s->arena);
    else if (strcmp(tag, "link") == 0 &&
             fm_str_is(fm_node_attribute(at, "rel", s->arena), "canonical"))
      canonical = fm_node_attribute(at, "href", s->arena);
    else if (strcmp(tag, "meta") == 0 &&
             fm_str_is(fm_node_attribute(at, "property", s->arena), "og:url"))
      shared = fm_node_attribute(at, "content", s->arena);
  }
  if (!s->url.len)
    s->url = fm_url_usable(canonical) ? canonical : fm_url_usable(shared) ? shared
             : fm_url_usable(base)    ? base : (fm_str){NULL, 0};
  s->base = s->url.len ? s->url : FM_STR("https://example.org/");
  fm_str resolved;
  if (base.len && fm_url_resolve(s->base, base, s->arena, &resolved) == FM_OK &&
      fm_url_usable(resolved))
    s->base = resolved;
}

static void walk(survey *s, xmlNodePtr root)
{
  uint32_t up = 0; /* index of the parent of `at` */
  for (xmlNodePtr at = root; s->count < SURVEY_ELEMENTS_MAX;) {
    bool skip = is_skipped(at);
    if (!skip)
      place(s, at, up);
    xmlNodePtr next = skip ? NULL : element_from(at->children);
    if (next)
      up = (uint32_t)(s->count - 1);
    while (!next && at != root && !(next = element_from(at->next))) {
      at = at->parent;
      up = s->elements[up].parent;
    }
    if (!next)
      return;
    at = next;
  }
}

int fm_survey_make(survey *s, const fm_page *page, fm_arena *arena)
{
  *s = (survey){.page = page, .arena = arena, .body = page->body,
                .url = fm_url_usable(page->url) ? without_fragment(page->url) : (fm_str){NULL, 0}};
  *FM_PUSH(arena, s->hrefs, s->nhrefs, s->hrefs_cap) = (fm_str){"", 0};
  if (fm_str_trim(page->body).len == 0 || fm_tree_parse(page->body, page->charset, &s->tree))
    return FM_E_SYNTAX;
  s->parsed = true;
  xmlNodePtr root = xmlDocGetRootElement(s->tree.doc);
  s->language = fm_node_attribute(root, "lang", arena);
  read_head(s, root);
  walk(s, root);
  drop_self_links(s);
  sum_up(s);
  inherit_regions(s);
  number_nodes(s);
  return FM_OK;
}

void fm_survey_free(survey *s)
{
  if (s->parsed)
    fm_tree_deinit(&s->tree);
  free(s->locators);
  free(s->table);
  fm_map_deinit(&s->by_name);
  fm_map_deinit(&s->by_tag);
  fm_map_deinit(&s->by_href);
}
