/* How good a list a group is: which link of an item leads to its entry, which text is
 * its title, what else there is. */
#include "base/str.h"
#include "source/discover/parts.h"

#include <math.h>
#include <xxhash.h>

typedef struct tally {
  uint32_t found, distinct, texts; /* items; different addresses; different texts */
  double chars, headings, beside;  /* beside: of an author, a category, comments */
} tally;

/* Different values of a few; small numbers, so no table. */
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

static bool in_heading(const survey *s, uint32_t at, uint32_t top)
{
  for (uint32_t up = at; up > top; up = s->spots[up].parent)
    if (s->spots[up].heading)
      return true;
  return false;
}

/* What an element and what it is in, up to the item, are called. */
static unsigned words_in(const survey *s, uint32_t at, uint32_t top)
{
  unsigned words = s->spots[at].words;
  for (uint32_t up = s->spots[at].parent; up > top; up = s->spots[up].parent)
    words |= s->spots[up].words;
  return words;
}

/* -- the link -- */

static tally tally_links(const items *all, const form_seen *f)
{
  const survey *s = all->s;
  uint64_t hrefs[SAMPLE], texts[SAMPLE];
  tally t = {0};
  for (uint32_t i = 0; i < all->count; i++) {
    const spot *p = &s->spots[f->first[i]];
    if (!f->first[i] || !p->href)
      continue;
    hrefs[t.found] = p->href;
    texts[t.found++] = p->text_hash;
    t.chars += p->text < 200 ? p->text : 200;
    t.headings += p->headings > 0 || in_heading(s, f->first[i], all->at[i]);
    unsigned words = words_in(s, f->first[i], all->at[i]);
    t.beside +=
        !(words & W_TITLE) && (words & (W_AUTHOR | W_CATEGORY | W_COMMENTS | W_RELATED | W_AVATAR));
  }
  t.distinct = different(hrefs, t.found);
  t.texts = different(texts, t.found);
  return t;
}

static double worth_as_link(const items *all, const form_seen *f)
{
  tally t = tally_links(all, f);
  double n = all->count;
  if (f->form.sibling || t.found < ITEMS_MIN || t.found < n * 0.75 || t.distinct < t.found * 0.85)
    return 0;
  unsigned words = form_words(all->s, &f->form);
  double chars = t.chars / t.found, length = chars / 30 < 1 ? chars / 30 : 1;
  double worth = pow(t.found / n, 2) * pow((double)t.distinct / t.found, 3) * (0.3 + length) *
                 (1 + 0.5 * t.headings / t.found) * (0.6 + 0.4 * form_worth(all->s, &f->form));
  if (t.texts * 2 < t.found && chars > 0)
    worth *= 0.3; /* "read more" */
  if (words & W_TITLE)
    worth *= 1.4;
  return worth * (1 - 0.6 * t.beside / t.found);
}

static const form_seen *best_link(const items *all)
{
  const form_seen *best = NULL;
  double most = 0;
  for (size_t i = 0; i < all->nforms; i++) {
    double worth = worth_as_link(all, &all->forms[i]);
    if (worth > most * 1.0001) {
      most = worth;
      best = &all->forms[i];
    }
  }
  return best;
}

/* -- the title -- */

static double length_worth(double chars)
{
  return chars < 2 ? 0 : chars < 5 ? 0.15 : chars < 12 ? 0.6 : chars < 20 ? 0.92 : chars < 125 ? 1
         : chars < 200 ? 0.6 : chars < 300 ? 0.3 : 0.1;
}

typedef struct title_tally {
  uint32_t found, texts, elsewhere;
  double chars, gaps, blocks, headings, dates,
      linked; /* linked: how much of it is the link's text */
} title_tally;

static title_tally tally_titles(const items *all, const form_seen *link, const form_seen *f)
{
  const survey *s = all->s;
  uint64_t texts[SAMPLE];
  title_tally t = {0};
  for (uint32_t i = 0; i < all->count; i++) {
    uint32_t at = f->first[i], to = link->first[i];
    const spot *p = &s->spots[at];
    if (!at || !p->text)
      continue;
    texts[t.found++] = p->text_hash;
    t.chars += p->text;
    t.gaps += p->gaps;
    t.blocks += p->blocks + (p->block && p->wordy) > 1;
    t.headings += p->heading || in_heading(s, at, all->at[i]);
    t.dates += p->dates > 0;
    bool inside = to && (spot_within(s, at, to) || (spot_within(s, to, at) && p->links == 1));
    double shorter = p->text < s->spots[to].text ? p->text : s->spots[to].text;
    t.linked += inside ? spot_within(s, at, to) ? 1 : shorter / p->text : 0;
    t.elsewhere += !inside && (p->href || p->links) && p->linked * 2 > p->text &&
                   !(p->href && to && p->href == s->spots[to].href);
  }
  t.texts = different(texts, t.found);
  return t;
}

static double worth_as_title(const items *all, const form_seen *link, const form_seen *f)
{
  title_tally t = tally_titles(all, link, f);
  unsigned words = form_words(all->s, &f->form);
  double n = all->count;
  if (t.found < n * 0.85 || t.texts < t.found * 0.6)
    return 0;
  double worth = pow(t.found / n, 3) * length_worth(t.chars / t.found) *
                 (0.4 + 0.6 * t.texts / t.found) * (1 + 0.6 * t.headings / t.found) *
                 (1 + 0.8 * pow(t.linked / t.found, 2)) * (1 - 0.5 * t.blocks / t.found) *
                 (1 - 0.6 * t.elsewhere / t.found) * (1 - 0.8 * t.dates / t.found) *
                 (0.75 + 0.25 * form_worth(all->s, &f->form));
  if (words & W_TITLE)
    worth *= 1.5;
  if (t.gaps < t.found * 0.5) /* "2608.00105": a name rather than a title */
    worth *= 0.6;
  if (words & (W_DATE | W_AUTHOR | W_SUMMARY | W_CATEGORY | W_COMMENTS | W_AVATAR))
    worth *= 0.35;
  return f->form.sibling ? worth * (words & W_TITLE || t.headings > 0 ? 0.9 : 0.35) : worth;
}

/* Of two as good, the one with less around it. */
static const form_seen *best_title(const items *all, const form_seen *link)
{
  const form_seen *best = NULL;
  double most = 0;
  for (size_t i = 0; i < all->nforms; i++) {
    double worth = worth_as_title(all, link, &all->forms[i]);
    if (worth > most * 1.0001) {
      most = worth;
      best = &all->forms[i];
    }
  }
  return best;
}

/* -- a title that nobody sees -- */

/* Characters of an attribute's texts on average; 0: too few have it, or they are alike. */
static double hidden_title(const items *all, const form_seen *f, const char *attribute)
{
  const survey *s = all->s;
  uint64_t texts[SAMPLE];
  uint32_t found = 0;
  double chars = 0;
  for (uint32_t i = 0; i < all->count; i++) {
    fm_str text = f->first[i] ? fm_str_trim(spot_attribute(s, f->first[i], attribute)) : FM_STR("");
    if (!text.len)
      continue;
    chars += (double)text.len;
    texts[found++] = XXH3_64bits(text.ptr, text.len);
  }
  bool enough = found * 100 >= all->count * 85 && different(texts, found) * 10 >= found * 6;
  return enough ? chars / found : 0;
}

/* Pictures that are links have it in their alternative text, bare links in a label. */
static void find_hidden_title(list *l)
{
  static const char *const attributes[] = {"alt", "title", "aria-label"};
  double most = 0;
  for (size_t i = 0; i < l->items.nforms; i++)
    for (unsigned k = 0; k < 3; k++) {
      const form_seen *f = &l->items.forms[i];
      double chars =
          f->found * 100 >= l->items.count * 85 ? hidden_title(&l->items, f, attributes[k]) : 0;
      double worth = length_worth(chars) * (0.75 + 0.25 * form_worth(l->items.s, &f->form));
      if (worth > most * 1.0001) {
        most = worth;
        l->title = f;
        l->title_attribute = attributes[k];
        l->title_chars = chars;
      }
    }
}

/* -- the list -- */

typedef struct sums {
  double text, title, dates, headings, images, zone, linked, links, single;
  double long_text;
} sums;

/* An item with what follows it. */
static void add_item(const list *l, uint32_t i, sums *sum)
{
  const items *all = &l->items;
  const survey *s = all->s;
  const spot *p = &s->spots[all->at[i]];
  double text = p->text, linked = p->linked, links = p->links;
  bool date = p->dates > 0;
  for (unsigned k = 0; k < all->siblings; k++)
    if (all->after[i][k]) {
      const spot *q = &s->spots[all->after[i][k]];
      text += q->text;
      linked += q->linked;
      links += q->links;
      date = date || q->dates > 0;
    }
  double title = l->title->first[i] ? s->spots[l->title->first[i]].text : 0, rest = text - title;
  title = l->title_attribute ? l->title_chars : title;
  sum->title += title < 100 ? title : 100;
  sum->text += rest < 160 ? (rest > 0 ? rest : 0) : 160;
  sum->long_text += rest > 60;
  sum->dates += date;
  sum->headings += p->headings > 0 || p->heading;
  sum->images += p->images > 0;
  sum->zone += zone_factor(p->zone);
  sum->linked += linked;
  sum->links += links;
}

/* A mixture of two lists has things half the time; a few items are always odd. */
static double evenness(double share)
{
  double odd = share < 0.5 ? share : 1 - share;
  return odd < 0.12 ? 1 : 1 - 0.55 * 4 * share * (1 - share);
}

/* Members of several classes, none of them in common, are of several kinds: where they
 * hold other things, or stand side by side in one element many times over. */
static bool alike(const survey *s, uint32_t a, uint32_t b)
{
  if (!s->spots[a].nnames && !s->spots[b].nnames) { /* what they are in may tell */
    a = s->spots[a].parent;
    b = s->spots[b].parent;
  }
  bool same = !s->spots[a].nnames || !s->spots[b].nnames;
  for (unsigned k = 0; k < s->spots[b].nnames && !same; k++)
    same = spot_has_name(s, a, s->of_spots[s->spots[b].names + k]);
  return same;
}

/* Most in one element, some elsewhere, and no class that they have in common. */
static bool is_strayed(const items *all)
{
  const survey *s = all->s;
  uint32_t most = 0, run = 0;
  if (fm_str_is(s->tags[s->spots[all->at[0]].tag], "article"))
    return false;
  for (uint32_t i = 0; i < all->count; i++) {
    run = i && s->spots[all->at[i]].parent == s->spots[all->at[i - 1]].parent ? run + 1 : 1;
    most = run > most ? run : most;
    if (s->spots[all->at[i]].nnames)
      return false;
  }
  return most < all->count && most * 10 >= all->count * 6;
}

static double unity(const items *all)
{
  const survey *s = all->s;
  uint32_t others = 0, beside = 0, near = 0, parents = 1;
  for (uint32_t i = 1; i < all->count; i++) {
    const spot *p = &s->spots[all->at[i]], *before = &s->spots[all->at[i - 1]];
    bool same = alike(s, all->at[0], all->at[i]);
    parents += p->parent != before->parent;
    others += !same && p->tags_below != s->spots[all->at[0]].tags_below;
    beside += !same && p->parent == before->parent;
    near += !same && p->parent != before->parent &&
            s->spots[p->parent].parent == s->spots[before->parent].parent;
  }
  uint32_t n = all->count;
  if (is_strayed(all))
    return 0.75;
  return others * 4 > n || near * 4 > n || (parents >= 3 && beside * 4 > n) ? 0.4 : 1;
}

/* A few of no class among those that have one in common, and no other holds what they do:
 * a bar of links above the list is no item of it. */
static bool has_strangers(const items *all)
{
  const survey *s = all->s;
  uint32_t named = 0, example = 0;
  for (uint32_t i = 0; i < all->count; i++)
    if (s->spots[all->at[i]].nnames) {
      named++;
      example = all->at[i];
    }
  if (named == all->count || named * 10 < all->count * 8)
    return false;
  for (uint32_t i = 0; i < all->count; i++) {
    const spot *p = &s->spots[all->at[i]];
    if (p->nnames && !alike(s, example, all->at[i]))
      return false;
    for (uint32_t k = 0; k < all->count && !p->nnames; k++)
      if (s->spots[all->at[k]].nnames && s->spots[all->at[k]].tags_below == p->tags_below)
        return false;
  }
  return true;
}

static double share_of_page(const list *l)
{
  const survey *s = l->items.s;
  double text = 0, all = s->spots[0].text + 1;
  for (uint32_t i = 0; i < l->items.group->count; i++) {
    uint32_t at = l->items.group->members[i], stop = s->spots[s->spots[at].parent].end;
    text += s->spots[at].text;
    for (unsigned k = 0; k < l->items.siblings && s->spots[at].end < stop; k++)
      text += s->spots[at = s->spots[at].end].text;
  }
  return text / all;
}

static double score_of(const list *l)
{
  const items *all = &l->items;
  sums sum = {0};
  tally links = tally_links(all, l->link);
  uint32_t whole = links.found < l->title->found ? links.found : l->title->found;
  double n = all->count, count = all->group->count * (whole / n);
  double link = worth_as_link(all, l->link), led = 0.5 + 0.5 * (link < 1 ? link : 1);
  for (uint32_t i = 0; i < all->count; i++)
    add_item(l, i, &sum);
  double title = sum.title / n, t = title / 35 < 1 ? title / 35 : 1;
  double quality = 0.25 + t + 0.9 * sum.text / n / 120 + 0.9 * sum.dates / n +
                   0.5 * sum.headings / n + 0.15 * sum.images / n;
  if (title < 12)
    quality *= title < 6 ? 0.3 : 0.6;
  return pow(count < 60 ? count : 60, 0.6) * quality * (sum.zone / n) *
         pow((double)links.distinct / links.found, 2) * pow(whole / n, 2) * led * unity(all) *
         evenness(sum.dates / n) * evenness(sum.long_text / n) * (0.6 + share_of_page(l)) *
         (has_strangers(all) ? 0.85 : 1);
}

/* Items that hold several entries each are no items: the link's form finds more than its
 * first, as many in each. */
static double containing(const list *l)
{
  const items *all = &l->items;
  const survey *s = all->s;
  double alike = 0;
  for (uint32_t i = 0; i < all->count; i++) {
    uint32_t first = l->link->first[i], top = all->at[i];
    if (!first || first == top)
      continue;
    uint32_t seen = 0;
    for (uint32_t at = top + 1; at < s->spots[top].end && seen < 4; at++)
      seen += s->spots[at].href && s->spots[at].href != s->spots[first].href &&
              s->spots[at].path == s->spots[first].path && s->spots[at].text > 20 &&
              (s->spots[at].nnames == 0 || s->spots[first].nnames == 0 ||
               spot_has_name(s, at, s->of_spots[s->spots[first].names]));
    alike += seen >= 1;
  }
  return alike / all->count > 0.6 ? 0.35 : 1;
}

void list_judge(list *l)
{
  l->score = 0;
  items_look(&l->items);
  l->link = best_link(&l->items);
  l->title = l->link ? best_title(&l->items, l->link) : NULL;
  if (l->link && !l->title)
    find_hidden_title(l);
  if (l->title)
    l->score = score_of(l) * containing(l);
}
