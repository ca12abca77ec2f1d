/* Scores a group as a list: chooses the link and the title of its items and weighs the rest. */
#include "base/str.h"
#include "source/discover/parts.h"

#include <math.h>
#include <xxhash.h>

typedef struct link_stats {
  uint32_t found, distinct, texts; /* items with a link; different addresses; different texts */
  double chars, headings, pictures, beside;  /* beside: links of an author, a category, comments */
} link_stats;

/* Counts distinct values; the sample is too small for a hash table to pay. */
static uint32_t different(const uint64_t *values, uint32_t count)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++) {
    bool again = false;
    for (uint32_t k = 0; k < i && !again; k++)
      again = values[k] == values[i];
    n += !again;
  }
  return n;
}

static uint32_t commonest(const uint64_t *values, uint32_t count)
{
  uint32_t most = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t n = 0;
    for (uint32_t k = 0; k < count; k++)
      n += values[k] == values[i];
    most = n > most ? n : most;
  }
  return most;
}

static bool in_heading(const survey *s, uint32_t at, uint32_t top)
{
  for (uint32_t up = at; up > top; up = s->elements[up].parent)
    if (s->elements[up].heading)
      return true;
  return false;
}

/* True for an element of a list of several lines within the item, which is a part of its text. */
static bool is_listed(const survey *s, uint32_t at, uint32_t top)
{
  for (uint32_t up = at; up > top; up = s->elements[up].parent)
    if (fm_str_is(s->tags[s->elements[up].tag], "li")) {
      uint32_t parent = s->elements[up].parent, next = s->elements[up].end;
      return up > parent + 1 || (next < s->elements[parent].end && s->elements[next].tag == s->elements[up].tag);
    }
  return false;
}

/* The hints of an element and of its ancestors up to the item. */
static unsigned hints_within(const survey *s, uint32_t at, uint32_t top)
{
  unsigned hints = s->elements[at].hints;
  for (uint32_t up = s->elements[at].parent; up > top; up = s->elements[up].parent)
    hints |= s->elements[up].hints;
  return hints;
}

/* ---- the link ---- */

/* A link to the large version of an image. */
static bool is_picture(fm_str href)
{
  static const char *const endings[] = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".JPG", ".PNG"};
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
    if (fm_str_ends(href, fm_str_of(endings[i])))
      return true;
  return false;
}

static link_stats link_stats_of(const items *all, const locator_seen *f)
{
  const survey *s = all->s;
  uint64_t hrefs[SAMPLE], texts[SAMPLE];
  link_stats t = {0};
  for (uint32_t i = 0; i < all->count; i++) {
    const element *p = &s->elements[f->first[i]];
    if (!f->first[i] || !p->href)
      continue;
    hrefs[t.found] = p->href;
    texts[t.found++] = p->text_hash;
    t.chars += p->text < 200 ? p->text : 200;
    t.headings += p->headings > 0 || in_heading(s, f->first[i], all->at[i]);
    t.pictures += is_picture(s->hrefs[p->href]);
    unsigned hints = hints_within(s, f->first[i], all->at[i]);
    t.beside +=
        !(hints & HINT_TITLE) && (hints & (HINT_AUTHOR | HINT_CATEGORY | HINT_COMMENTS | HINT_RELATED | HINT_AVATAR));
  }
  t.distinct = different(hrefs, t.found);
  t.texts = different(texts, t.found);
  return t;
}

static double score_link(const items *all, const locator_seen *f)
{
  link_stats t = link_stats_of(all, f);
  double n = all->count;
  bool linkless = all->s->elements[all->at[0]].links == 0; /* the link follows the item */
  uint32_t least = n < ITEMS_MIN ? (uint32_t)n : ITEMS_MIN;
  if ((f->locator.sibling && !linkless) || t.found < least || t.found < n * 0.75 || t.distinct < t.found * 0.5 ||
      (t.distinct < t.found * 0.85 && t.texts * 10 > t.distinct * 13))
    return 0;
  unsigned hints = fm_locator_hints(all->s, &f->locator);
  double chars = t.chars / t.found, length = chars / 30 < 1 ? chars / 30 : 1;
  bool generic = t.texts * 2 < t.found && chars > 0; /* the same text everywhere, as in "read more" */
  length = generic ? 0.3 : length;
  double worth = pow(t.found / n, 2) * pow((double)t.distinct / t.found, 3) * (0.3 + length) *
                 (1 + 0.5 * t.headings / t.found) * (0.6 + 0.4 * fm_locator_quality(all->s, &f->locator));
  if (generic)
    worth *= 0.3;
  if (hints & HINT_TITLE)
    worth *= 1.4;
  return worth * (1 - 0.8 * t.beside / t.found) * (1 - 0.8 * t.pictures / t.found);
}

static const locator_seen *best_link(const items *all)
{
  const locator_seen *best = NULL;
  double most = 0;
  for (size_t i = 0; i < all->nlocators; i++) {
    double worth = score_link(all, &all->locators[i]);
    if (worth > most * 1.0001) {
      most = worth;
      best = &all->locators[i];
    }
  }
  return best;
}

/* ---- the title ---- */

static double length_worth(double chars)
{
  return chars < 2 ? 0 : chars < 5 ? 0.15 : chars < 12 ? 0.6 : chars < 20 ? 0.92 : chars < 125 ? 1
         : chars < 200 ? 0.6 : chars < 300 ? 0.3 : 0.1;
}

typedef struct title_stats {
  uint32_t found, texts, elsewhere, commonest; /* commonest: items with the same text */
  double digits; /* share of the characters */
  double listed; /* in a list within the item */
  double chars, gaps, blocks, headings, dates,
      linked; /* linked: the share of the text that is the link's */
} title_stats;

static title_stats title_stats_of(const items *all, const locator_seen *link, const locator_seen *f)
{
  const survey *s = all->s;
  uint64_t texts[SAMPLE];
  title_stats t = {0};
  for (uint32_t i = 0; i < all->count; i++) {
    uint32_t at = f->first[i], to = link->first[i];
    const element *p = &s->elements[at];
    if (!at || !p->text)
      continue;
    texts[t.found++] = p->text_hash;
    t.chars += p->text;
    t.gaps += p->gaps;
    t.digits += (double)p->digits / p->text;
    t.listed += is_listed(s, at, all->at[i]);
    t.blocks += p->blocks + (p->block && p->wordy) > 1;
    t.headings += p->heading || in_heading(s, at, all->at[i]);
    t.dates += p->dates > 0;
    bool inside = to && (element_within(s, at, to) || (element_within(s, to, at) && p->links == 1));
    double shorter = p->text < s->elements[to].text ? p->text : s->elements[to].text;
    t.linked += inside ? element_within(s, at, to) ? 1 : shorter / p->text : 0;
    t.elsewhere += !inside && (p->href || p->links) && p->linked * 2 > p->text &&
                   !(p->href && to && p->href == s->elements[to].href);
  }
  t.texts = different(texts, t.found);
  t.commonest = commonest(texts, t.found);
  return t;
}

static double score_title(const items *all, const locator_seen *link, const locator_seen *f)
{
  title_stats t = title_stats_of(all, link, f);
  unsigned hints = fm_locator_hints(all->s, &f->locator);
  double n = all->count;
  bool named = t.headings > t.found * 0.8 || (t.linked > t.found * 0.8 && t.commonest <= t.found * 0.3);
  if (t.found < n * 0.85 || t.texts < t.found * (named ? 0.25 : 0.6))
    return 0;
  double worth = pow(t.found / n, 3) * length_worth(t.chars / t.found) *
                 (0.4 + 0.6 * t.texts / t.found) * (1 + 0.6 * t.headings / t.found) *
                 (1 + 0.8 * pow(t.linked / t.found, 2)) * (1 - 0.5 * t.blocks / t.found) *
                 (1 - 0.6 * t.elsewhere / t.found) * (1 - 0.8 * t.dates / t.found) *
                 (0.75 + 0.25 * fm_locator_quality(all->s, &f->locator));
  worth *= 1 - 0.6 * t.listed / t.found;
  const survey *s = all->s;
  if (f->locator.kind == LOCATE_SELF && fm_str_is(s->tags[s->elements[all->at[0]].tag], "tr"))
    worth *= 0.4; /* a whole row */
  double digits = t.digits / t.found;
  if (digits > 0.25 && t.chars / t.found > 4) /* an identifier, not a name */
    worth *= digits < 0.6 ? 1 - 1.4 * digits : 0.16;
  if (hints & HINT_TITLE)
    worth *= 1.5;
  if (t.gaps < t.found * 0.5) /* "2608.00105": an identifier rather than a title */
    worth *= 0.6;
  if (hints & (HINT_DATE | HINT_AUTHOR | HINT_SUMMARY | HINT_CATEGORY | HINT_COMMENTS | HINT_AVATAR))
    worth *= 0.35;
  return f->locator.sibling ? worth * (hints & HINT_TITLE || t.headings > 0 ? 0.9 : 0.35) : worth;
}

/* Of two locators with equal scores the first wins, which is the one with less around it. */
static const locator_seen *best_title(const items *all, const locator_seen *link)
{
  const locator_seen *best = NULL;
  double most = 0;
  for (size_t i = 0; i < all->nlocators; i++) {
    double worth = score_title(all, link, &all->locators[i]);
    if (worth > most * 1.0001) {
      most = worth;
      best = &all->locators[i];
    }
  }
  return best;
}

/* ---- titles in attributes ---- */

/* Average length of an attribute's values; 0: too few items have it, or the values are all
 * same_kind. */
static double attribute_title(const items *all, const locator_seen *f, const char *attribute)
{
  const survey *s = all->s;
  uint64_t texts[SAMPLE];
  uint32_t found = 0;
  double chars = 0;
  for (uint32_t i = 0; i < all->count; i++) {
    fm_str text = f->first[i] ? fm_str_trim(fm_element_attribute(s, f->first[i], attribute)) : FM_STR("");
    if (!text.len)
      continue;
    chars += (double)text.len;
    texts[found++] = XXH3_64bits(text.ptr, text.len);
  }
  bool enough = found * 100 >= all->count * 85 && different(texts, found) * 10 >= found * 6;
  return enough ? chars / found : 0;
}

/* Linked images carry the title in their alternative text, bare links in a label. */
static void find_attribute_title(list *l)
{
  static const char *const attributes[] = {"alt", "title", "aria-label"};
  double most = 0;
  for (size_t i = 0; i < l->items.nlocators; i++)
    for (unsigned k = 0; k < 3; k++) {
      const locator_seen *f = &l->items.locators[i];
      double chars =
          f->found * 100 >= l->items.count * 85 ? attribute_title(&l->items, f, attributes[k]) : 0;
      double worth = length_worth(chars) * (0.75 + 0.25 * fm_locator_quality(l->items.s, &f->locator));
      if (worth > most * 1.0001) {
        most = worth;
        l->title = f;
        l->title_attribute = attributes[k];
        l->title_chars = chars;
      }
    }
}

/* ---- the list ---- */

typedef struct list_stats {
  double text, title, dates, headings, images, region, linked, links, single;
  double long_text;
} list_stats;

/* Adds the values of an item and of the siblings that belong to it. */
static void add_item(const list *l, uint32_t i, list_stats *sum)
{
  const items *all = &l->items;
  const survey *s = all->s;
  const element *p = &s->elements[all->at[i]];
  double text = p->text, linked = p->linked, links = p->links;
  bool date = p->dates > 0;
  for (unsigned k = 0; k < all->siblings; k++)
    if (all->after[i][k]) {
      const element *q = &s->elements[all->after[i][k]];
      text += q->text;
      linked += q->linked;
      links += q->links;
      date = date || q->dates > 0;
    }
  double title = l->title->first[i] ? s->elements[l->title->first[i]].text : 0, rest = text - title;
  title = l->title_attribute ? l->title_chars : title;
  sum->title += title < 100 ? title : 100;
  sum->text += rest < 160 ? (rest > 0 ? rest : 0) : 160;
  sum->long_text += rest > 60;
  sum->dates += date;
  sum->headings += p->headings > 0 || p->heading;
  sum->images += p->images > 0;
  sum->region += fm_region_weight(p->region);
  sum->linked += linked;
  sum->links += links;
}

/* In a mixture of two lists about half of the items have a property; in one list nearly all or
 * nearly none. */
static double consistency(double share)
{
  double odd = share < 0.5 ? share : 1 - share;
  return odd < 0.12 ? 1 : 1 - 0.55 * 4 * share * (1 - share);
}

/* Elements with classes but none in common are of different kinds. */
static bool same_kind(const survey *s, uint32_t a, uint32_t b)
{
  if (!s->elements[a].nnames && !s->elements[b].nnames) { /* without classes of their own the parents decide */
    a = s->elements[a].parent;
    b = s->elements[b].parent;
  }
  bool same = !s->elements[a].nnames || !s->elements[b].nnames;
  for (unsigned k = 0; k < s->elements[b].nnames && !same; k++)
    same = fm_element_has_name(s, a, s->element_names[s->elements[b].names + k]);
  return same;
}

/* Most items share one parent, some stand elsewhere, and they have no class in common. */
static bool is_scattered(const items *all)
{
  const survey *s = all->s;
  uint32_t most = 0, run = 0;
  if (fm_str_is(s->tags[s->elements[all->at[0]].tag], "article"))
    return false;
  for (uint32_t i = 0; i < all->count; i++) {
    run = i && s->elements[all->at[i]].parent == s->elements[all->at[i - 1]].parent ? run + 1 : 1;
    most = run > most ? run : most;
    if (s->elements[all->at[i]].nnames)
      return false;
  }
  return most < all->count && most * 10 >= all->count * 6;
}

/* Rows that alternate between two classes (odd and even, dark and light) are of one kind. */
static bool alternates(const items *all)
{
  const survey *s = all->s;
  uint32_t same = 0, pairs = 0;
  if (all->count < 4 || all->group->count > SAMPLE)
    return false;
  for (uint32_t i = 2; i < all->count; i++, pairs++)
    same += same_kind(s, all->at[i], all->at[i - 2]) && !same_kind(s, all->at[i], all->at[i - 1]);
  return same * 10 >= pairs * 8;
}

/* The row of a table that an item is a cell of, or stands in a cell of; 0: none. */
static uint32_t row_of(const survey *s, uint32_t at)
{
  for (unsigned steps = 0; at && steps < 3; at = s->elements[at].parent, steps++)
    if (fm_str_is(s->tags[s->elements[at].tag], "td"))
      return s->elements[at].parent;
  return 0;
}

/* Cells of several columns: one row has two of the items, which differ as columns do. */
static bool are_cells(const items *all)
{
  const survey *s = all->s;
  const group *g = all->group;
  double text[2] = {0}, digits[2] = {0};
  uint32_t shared = 0;
  for (uint32_t i = 1; i < g->count; i++) {
    uint32_t row = row_of(s, g->members[i]), before = row_of(s, g->members[i - 1]);
    if (!row || row != before)
      continue;
    shared++;
    for (unsigned k = 0; k < 2; k++) {
      text[k] += s->elements[g->members[i - 1 + k]].text;
      digits[k] += s->elements[g->members[i - 1 + k]].digits;
    }
  }
  if (shared * 10 < g->count * 3 || !text[0] || !text[1])
    return false;
  double ratio = text[0] / text[1], share = digits[0] / text[0] - digits[1] / text[1];
  return ratio > 1.6 || ratio < 0.6 || share > 0.25 || share < -0.25;
}

static double uniformity(const items *all)
{
  const survey *s = all->s;
  uint32_t others = 0, beside = 0, near = 0, parents = 1;
  for (uint32_t i = 1; i < all->count; i++) {
    const element *p = &s->elements[all->at[i]], *before = &s->elements[all->at[i - 1]];
    bool same = same_kind(s, all->at[0], all->at[i]);
    parents += p->parent != before->parent;
    others += !same && p->tags_below != s->elements[all->at[0]].tags_below;
    beside += !same && p->parent == before->parent;
    near += !same && p->parent != before->parent &&
            s->elements[p->parent].parent == s->elements[before->parent].parent;
  }
  uint32_t n = all->count;
  if (are_cells(all))
    return 0.3;
  if (alternates(all))
    return 1;
  if (is_scattered(all))
    return 0.75;
  return others * 4 > n || near * 4 > n || (parents >= 3 && beside * 4 > n) ? 0.4 : 1;
}

/* A few items without a class among items that share one, with a content that no other item has:
 * such as a bar of links above the list. */
static bool has_outliers(const items *all)
{
  const survey *s = all->s;
  uint32_t named = 0, example = 0;
  for (uint32_t i = 0; i < all->count; i++)
    if (s->elements[all->at[i]].nnames) {
      named++;
      example = all->at[i];
    }
  if (named == all->count || named * 10 < all->count * 8)
    return false;
  for (uint32_t i = 0; i < all->count; i++) {
    const element *p = &s->elements[all->at[i]];
    if (p->nnames && !same_kind(s, example, all->at[i]))
      return false;
    for (uint32_t k = 0; k < all->count && !p->nnames; k++)
      if (s->elements[all->at[k]].nnames && s->elements[all->at[k]].tags_below == p->tags_below)
        return false;
  }
  return true;
}

static double share_of_page(const list *l)
{
  const survey *s = l->items.s;
  double text = 0, all = s->elements[0].text + 1;
  for (uint32_t i = 0; i < l->items.group->count; i++) {
    uint32_t at = l->items.group->members[i], stop = s->elements[s->elements[at].parent].end;
    text += s->elements[at].text;
    for (unsigned k = 0; k < l->items.siblings && s->elements[at].end < stop; k++)
      text += s->elements[at = s->elements[at].end].text;
  }
  return text / all;
}

static uint32_t letters_in(const char *text)
{
  uint32_t letters = 0;
  for (; *text; text++)
    letters += (unsigned)((*text | 0x20) - 'a') < 26 || (unsigned char)*text >= 0x80;
  return letters;
}

/* Letters of a block before an element in it, on the same line. */
static uint32_t chars_before(const survey *s, uint32_t block, uint32_t at)
{
  uint32_t chars = 0;
  xmlNodePtr top = s->elements[block].node;
  for (xmlNodePtr n = s->elements[at].node; n != top; n = n->parent)
    for (xmlNodePtr p = n->prev; p; p = p->prev) {
      if (p->type == XML_ELEMENT_NODE && strcmp((const char *)p->name, "br") == 0)
        return chars;
      chars += p->type == XML_TEXT_NODE && p->content ? letters_in((const char *)p->content) : 0;
    }
  return chars;
}

/* True if the title is a few words of running text: a paragraph that begins before it, goes on
 * after it, and is much longer. */
static bool is_prose(const survey *s, uint32_t title)
{
  uint32_t block = title;
  while (block && !s->elements[block].block)
    block = s->elements[block].parent;
  const element *p = &s->elements[block];
  fm_str tag = s->tags[p->tag];
  bool running = p->wordy && !p->heading && (fm_str_is(tag, "p") || fm_str_is(tag, "li") || fm_str_is(tag, "div"));
  return running && block != title && p->text > 2.5 * s->elements[title].text + 20 &&
         chars_before(s, block, title) > 5;
}

/* True if most items are called what a part of an entry is called. */
static bool is_detail(const items *all)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < all->count; i++) {
    const element *p = &all->s->elements[all->at[i]];
    unsigned hints = p->hints | (p->href ? all->s->elements[p->parent].hints : 0);
    n += (hints & (HINT_AUTHOR | HINT_COMMENTS | HINT_AVATAR)) && !(hints & (HINT_MAIN | HINT_TITLE));
  }
  return n * 2 > all->count;
}

/* Items of the content together with items of a menu or footer are two lists. */
static double region_penalty(const items *all)
{
  uint32_t aside = 0;
  for (uint32_t i = 0; i < all->count; i++)
    aside += fm_region_weight(all->s->elements[all->at[i]].region) < 0.5;
  return aside * 10 > all->count && aside * 10 < all->count * 9 ? 0.6 : 1;
}

static double prose_penalty(const list *l)
{
  uint32_t prose = 0;
  for (uint32_t i = 0; i < l->items.count; i++)
    prose += l->title->first[i] && is_prose(l->items.s, l->title->first[i]);
  return prose * 2 >= l->items.count ? 0.1 : 1;
}

static double score_of(const list *l)
{
  const items *all = &l->items;
  list_stats sum = {0};
  link_stats links = link_stats_of(all, l->link);
  uint32_t whole = links.found < l->title->found ? links.found : l->title->found;
  double n = all->count, count = all->group->count * (whole / n);
  double link = score_link(all, l->link), led = 0.5 + 0.5 * (link < 1 ? link : 1);
  for (uint32_t i = 0; i < all->count; i++)
    add_item(l, i, &sum);
  double title = sum.title / n, t = title / 35 < 1 ? title / 35 : 1;
  double quality = 0.25 + t + 0.9 * sum.text / n / 120 + 0.9 * sum.dates / n +
                   0.5 * sum.headings / n + 0.15 * sum.images / n;
  if (title < 12)
    quality *= title < 6 ? 0.3 : 0.6;
  return pow(count < 60 ? count : 60, 0.6) * quality * (sum.region / n) *
         pow((double)links.distinct / links.found, 2) * pow(whole / n, 2) * led * uniformity(all) *
         consistency(sum.dates / n) * consistency(sum.long_text / n) * (0.6 + share_of_page(l)) *
         (has_outliers(all) ? 0.85 : 1) * (is_detail(all) ? 0.4 : 1);
}

/* Elements without classes count as having one in common. */
bool fm_have_common_class(const survey *s, uint32_t a, uint32_t b)
{
  bool common = !s->elements[a].nnames || !s->elements[b].nnames;
  for (unsigned k = 0; k < s->elements[b].nnames && !common; k++)
    common = fm_element_has_name(s, a, s->element_names[s->elements[b].names + k]);
  return common;
}

/* True if two links have a class of their own in common, whatever is in them. */
static bool is_named_alike(const survey *s, uint32_t a, uint32_t b)
{
  return s->elements[a].nnames && s->elements[b].nnames && fm_have_common_class(s, a, b);
}

/* Penalty for items that hold several entries each: the link's path matches more than once in
 * most items. */
static double nesting_penalty(const list *l)
{
  const items *all = &l->items;
  const survey *s = all->s;
  double same_kind = 0;
  for (uint32_t i = 0; i < all->count; i++) {
    uint32_t first = l->link->first[i], top = all->at[i];
    if (!first || first == top)
      continue;
    uint32_t seen = 0;
    for (uint32_t at = top + 1; at < s->elements[top].end && seen < 4; at++)
      seen += s->elements[at].href && s->elements[at].href != s->elements[first].href &&
              s->elements[at].path == s->elements[first].path &&
              (s->elements[at].text > 20 || is_named_alike(s, at, first)) &&
              fm_have_common_class(s, s->elements[at].parent, s->elements[first].parent) &&
              (s->elements[at].nnames == 0 || s->elements[first].nnames == 0 ||
               fm_element_has_name(s, at, s->element_names[s->elements[first].names]));
    same_kind += seen >= 1;
  }
  return same_kind / all->count > 0.6 ? 0.35 : 1;
}

size_t fm_list_distinct(const list *l)
{
  link_stats t = link_stats_of(&l->items, l->link);
  return t.found ? l->items.group->count * t.distinct / t.found : 0;
}

void fm_list_score(list *l)
{
  l->score = 0;
  fm_items_look(&l->items);
  l->link = best_link(&l->items);
  l->title = l->link ? best_title(&l->items, l->link) : NULL;
  if (l->link && !l->title)
    find_attribute_title(l);
  if (l->title)
    l->score = score_of(l) * nesting_penalty(l) * prose_penalty(l) * region_penalty(&l->items) * (l->title_attribute && l->title_chars < 20 ? 0.75 : 1);
}
