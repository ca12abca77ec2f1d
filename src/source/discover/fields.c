/* Finds the other fields of an item: author, summary, image, categories, comments. */
#include "base/str.h"
#include "source/discover/parts.h"

enum { PREFIX_MAX = 40 };

static fm_str selector(const items *all, const locator_seen *f, const char *attribute)
{
  fm_str text = fm_locator_text(all, &f->locator);
  if (attribute)
    return fm_arena_printf(all->s->arena, "css: %.*s%s@%s", FM_FMT(text), text.len ? " " : "",
                           attribute);
  return fm_arena_printf(all->s->arena, "css: %.*s", FM_FMT(text.len ? text : FM_STR(":scope")));
}

/* Statistics of what a locator finds over the sample. */
typedef struct field_stats {
  uint32_t found, texts;
  double chars, links, dates, title; /* title: overlaps the title element */
  uint32_t tag;
  bool block;
} field_stats;

static field_stats field_stats_of(const list *l, const locator_seen *f)
{
  const items *all = &l->items;
  const survey *s = all->s;
  field_stats m = {0};
  uint64_t texts[SAMPLE];
  for (uint32_t i = 0; i < all->count; i++) {
    uint32_t at = f->first[i], title = l->title->first[i];
    const element *p = &s->elements[at];
    if (!at)
      continue;
    bool again = false;
    for (uint32_t k = 0; k < m.found && !again; k++)
      again = texts[k] == p->text_hash;
    m.texts += !again;
    texts[m.found++] = p->text_hash;
    m.chars += p->text;
    m.links += p->links;
    m.dates += p->dates;
    m.tag = p->tag;
    m.title += title && (element_within(s, title, at) || element_within(s, at, title));
  }
  if (m.found) {
    m.chars /= m.found;
    m.links /= m.found;
    m.dates /= m.found;
    m.title /= m.found;
  }
  return m;
}

/* The locator with the highest score; NULL: none. */
static const locator_seen *choose(const list *l, double (*worth)(const list *, const locator_seen *))
{
  const locator_seen *best = NULL;
  double most = 0;
  for (size_t i = 0; i < l->items.nlocators; i++) {
    double value = worth(l, &l->items.locators[i]);
    if (value > most * 1.0001) {
      most = value;
      best = &l->items.locators[i];
    }
  }
  return best;
}

/* ---- fields ---- */

static double score_author(const list *l, const locator_seen *f)
{
  unsigned hints = fm_locator_hints(l->items.s, &f->locator);
  field_stats m = field_stats_of(l, f);
  if (!(hints & HINT_AUTHOR) || (hints & (HINT_AVATAR | HINT_DATE)) || m.found * 10 < l->items.count * 6 ||
      m.title > 0.2 || m.chars < 2 || m.chars > 48 || m.dates > 0.3)
    return 0;
  return fm_locator_quality(l->items.s, &f->locator) * (m.chars < 28 ? 1 : 0.6) * (m.links ? 1.1 : 1) *
         m.found;
}

static double score_summary(const list *l, const locator_seen *f)
{
  const survey *s = l->items.s;
  unsigned hints = fm_locator_hints(s, &f->locator);
  field_stats m = field_stats_of(l, f);
  if (m.found * 10 < l->items.count * 6 || m.title > 0.2 || m.chars < 40 ||
      m.texts * 10 < m.found * 7)
    return 0;
  double worth =
      (m.chars < 200 ? m.chars / 200 : 1) * (0.6 + 0.4 * fm_locator_quality(s, &f->locator)) * m.found;
  if (hints & HINT_SUMMARY)
    worth *= 1.6;
  if (fm_str_is(s->tags[m.tag], "p"))
    worth *= 1.2;
  if (hints & (HINT_AUTHOR | HINT_DATE | HINT_CATEGORY | HINT_COMMENTS))
    worth *= 0.3;
  return worth * (m.dates > 0.3 ? 0.6 : 1) * (m.links > 3 ? 0.5 : 1);
}

static const char *source_attribute(const survey *s, uint32_t at)
{
  static const char *const lazy[] = {"data-src", "data-lazy-src", "data-original"};
  for (size_t i = 0; i < sizeof lazy / sizeof *lazy; i++)
    if (fm_element_attribute(s, at, lazy[i]).len)
      return lazy[i];
  return "src";
}

static uint32_t first_of(const list *l, const locator_seen *f)
{
  for (uint32_t i = 0; i < l->items.count; i++)
    if (f->first[i])
      return f->first[i];
  return 0;
}

/* Images that differ between items; an icon repeated for every item is no image. */
static double score_image(const list *l, const locator_seen *f)
{
  const survey *s = l->items.s;
  uint32_t found = 0, distinct = 0;
  fm_str seen[SAMPLE];
  if (fm_locator_hints(s, &f->locator) & HINT_AVATAR)
    return 0;
  for (uint32_t i = 0; i < l->items.count; i++) {
    uint32_t at = f->first[i];
    if (!at || !s->elements[at].image || (s->elements[at].hints & HINT_AVATAR))
      continue;
    fm_str src = fm_element_attribute(s, at, source_attribute(s, at));
    bool again = !src.len || fm_str_starts(src, FM_STR("data:"));
    for (uint32_t k = 0; k < distinct && !again; k++)
      again = fm_str_eq(seen[k], src);
    if (!again)
      seen[distinct++] = src;
    found++;
  }
  if (found * 2 < l->items.count || distinct * 10 < found * 8)
    return 0;
  return found * (0.5 + 0.5 * fm_locator_quality(s, &f->locator)) * (f->locator.kind == LOCATE_TAG ? 1.5 : 1);
}

static double score_category(const list *l, const locator_seen *f)
{
  const survey *s = l->items.s;
  unsigned hints = fm_locator_hints(s, &f->locator);
  field_stats m = field_stats_of(l, f);
  if (!(hints & HINT_CATEGORY) || (hints & (HINT_DATE | HINT_TITLE | HINT_AUTHOR | HINT_SUMMARY)) || m.title > 0 ||
      m.found * 10 < l->items.count * 6 || m.chars < 2 || m.chars > 28 || m.links > 1 ||
      m.dates > 0)
    return 0;
  return m.found * fm_locator_quality(s, &f->locator) * (m.links > 0 ? 1.3 : 1);
}

static double score_comments(const list *l, const locator_seen *f)
{
  const survey *s = l->items.s;
  uint32_t found = 0, distinct = 0, last = 0;
  for (uint32_t i = 0; i < l->items.count; i++) {
    uint32_t at = f->first[i];
    if (!at || !s->elements[at].href || s->elements[at].text > 30)
      continue;
    fm_str text = fm_element_text(s, at);
    bool says = strcasestr(text.ptr, "comment") || strcasestr(text.ptr, "discuss");
    found += says;
    distinct += says && s->elements[at].href != last;
    last = s->elements[at].href;
  }
  return found * 10 < l->items.count * 6 || distinct * 10 < found * 8
           ? 0 : found * (0.5 + 0.5 * fm_locator_quality(s, &f->locator));
}

/* ---- prefixes ---- */

static bool starts_with_by(fm_str text)
{
  static const char *const words[] = {"by ",  "By ",  "BY ",  "von ", "Von ",
                                      "par ", "Par ", "por ", "Por "};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (fm_str_starts(text, fm_str_of(words[i])))
      return true;
  return false;
}

static void cut_by(list *l, const locator_seen *author, draft *d)
{
  uint32_t found = 0, by = 0;
  for (uint32_t i = 0; i < l->items.count; i++)
    if (author->first[i]) {
      found++;
      by += starts_with_by(fm_element_text(l->items.s, author->first[i]));
    }
  if (by * 2 > found && d->nfixes < sizeof d->fixes / sizeof *d->fixes)
    d->fixes[d->nfixes++] =
        (draft_fix){DRAFT_AUTHOR, FM_STR("^(?i:by|von|par|por)\\s+"), FM_STR("")};
}

/* Cuts a label such as "Title: " that stands before every title. */
static void cut_label(list *l, draft *d)
{
  fm_str prefix = {NULL, 0};
  for (uint32_t i = 0; i < l->items.count; i++) {
    if (!l->title->first[i])
      continue;
    fm_str text = fm_element_text(l->items.s, l->title->first[i]);
    if (!prefix.ptr) {
      const char *colon = memchr(text.ptr, ':', text.len < PREFIX_MAX ? text.len : PREFIX_MAX);
      prefix = colon ? fm_str_span(text.ptr, colon + 1) : FM_STR("");
    }
    if (!prefix.len || !fm_str_starts(text, prefix))
      return;
  }
  for (size_t i = 0; i + 1 < prefix.len; i++)
    if ((unsigned)((prefix.ptr[i] | 0x20) - 'a') > 25 && prefix.ptr[i] != ' ')
      return;
  if (prefix.len && d->nfixes < sizeof d->fixes / sizeof *d->fixes)
    d->fixes[d->nfixes++] =
        (draft_fix){DRAFT_TITLE, fm_arena_printf(l->items.s->arena, "^%.*s\\s*", FM_FMT(prefix)),
                    FM_STR("")};
}

void fm_fields_find(list *l, draft *d)
{
  const items *all = &l->items;
  const locator_seen *f;
  d->fields[DRAFT_TITLE] = selector(all, l->title, l->title_attribute);
  d->fields[DRAFT_LINK] = selector(all, l->link, "href");
  if (!l->title_attribute)
    cut_label(l, d);
  fm_dates_find(l, d);
  if ((f = choose(l, score_author))) {
    d->fields[DRAFT_AUTHOR] = selector(all, f, NULL);
    cut_by(l, f, d);
  }
  if ((f = choose(l, score_summary)))
    d->fields[DRAFT_SUMMARY] = selector(all, f, NULL);
  if ((f = choose(l, score_image)))
    d->fields[DRAFT_IMAGE] = selector(all, f, source_attribute(all->s, first_of(l, f)));
  if ((f = choose(l, score_category)))
    d->fields[DRAFT_CATEGORY] = selector(all, f, NULL);
  if ((f = choose(l, score_comments)))
    d->fields[DRAFT_COMMENTS] = selector(all, f, "href");
}
