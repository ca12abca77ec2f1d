/* Finds the date of an item: in an attribute, in a text of its own, or within a longer text. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/str.h"
#include "source/discover/parts.h"

#include <pcre2.h>

enum { TEXT_MAX = 200, ATTRIBUTES_TRIED = 6, DAY_NEAR = 2000 };

#define MONTH "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\\.?"
#define CLOCK "(?:,?(?: at)? \\d{1,2}:\\d{2}(?::\\d{2})?(?: ?[AaPp]\\.?[Mm]\\.?)?)?"

/* Most specific first. */
static const char *const patterns[] = {
  "\\d{4}-\\d{2}-\\d{2}(?:[T ]\\d{2}:\\d{2}(?::\\d{2})?Z?)?",
  MONTH " \\d{1,2}(?:st|nd|rd|th)?,? \\d{4}" CLOCK,
  "\\d{1,2}\\.? " MONTH " \\d{4}" CLOCK,
  "\\d{1,2}\\.\\d{1,2}\\.\\d{4}" CLOCK,
  "\\d{4}/\\d{1,2}/\\d{1,2}" CLOCK,
  "\\d+ (?:second|minute|hour|day|week|month|year)s? ago",
};
enum { PATTERNS = sizeof patterns / sizeof *patterns };

static bool reads(fm_str text, int64_t now)
{
  int64_t time;
  fm_when when = {.now = now};
  return text.len >= 4 && fm_when_parse(text, &when, &time);
}

/* A time of day without a date ("14:30", "9:05 pm") field_stats today unless a date heading stands
 * above the items. */
static bool is_clock(fm_str text)
{
  size_t digits = 0;
  for (size_t i = 0; i < text.len; i++)
    digits += (unsigned)(text.ptr[i] - '0') < 10;
  return text.len <= 10 && digits >= 3 && digits <= 6 && text.ptr[1 + (text.ptr[1] != ':')] == ':';
}

/* The part of a text that a pattern matches; empty: no match. */
static fm_str part_of(pcre2_code *code, pcre2_match_data *data, fm_str text)
{
  if (!code || pcre2_match(code, (PCRE2_SPTR)text.ptr, text.len, 0, 0, data, NULL) < 1)
    return FM_STR("");
  const PCRE2_SIZE *at = pcre2_get_ovector_pointer(data);
  return (fm_str){text.ptr + at[0], at[1] - at[0]};
}

/* ---- candidates ---- */

typedef struct reading {
  const locator_seen *locator;
  fm_str attribute; /* empty: the text */
  int pattern;      /* index of the pattern that cuts the date out; -1: the whole value */
  double worth;
} reading;

typedef struct choosing {
  const list *l;
  int64_t now;
  reading best;
  const locator_seen *clock; /* finds a time of day only */
  pcre2_code *codes[PATTERNS];
  pcre2_match_data *data;
} choosing;

static double bonus(const survey *s, const locator_seen *f, fm_str attribute)
{
  uint32_t at = 0;
  for (uint32_t i = 0; i < SAMPLE && !at; i++)
    at = f->first[i];
  fm_str tag = s->tags[s->elements[at].tag];
  double worth = (0.7 + 0.3 * locator_quality(s, &f->locator)) * (attribute.len ? 1.25 : 1);
  if (locator_hints(s, &f->locator) & HINT_DATE)
    worth *= 1.2;
  if (fm_str_is(tag, "time") || fm_str_find(tag, FM_STR("time")))
    worth *= 1.2;
  return s->elements[at].heading || f->locator.kind == LOCATE_SELF ? worth * 0.9 : worth;
}

static void offer(choosing *c, const locator_seen *f, fm_str attribute, int pattern, uint32_t read)
{
  const items *all = &c->l->items;
  double share = (double)read / all->count;
  double worth = share * share * bonus(all->s, f, attribute) * (pattern < 0 ? 1 : 0.6);
  if (share >= 0.6 && worth > c->best.worth * 1.0001)
    c->best = (reading){f, attribute, pattern, worth};
}

static void try_text(choosing *c, const locator_seen *f)
{
  const items *all = &c->l->items;
  uint32_t whole = 0, clocks = 0, parts[PATTERNS] = {0};
  for (uint32_t i = 0; i < all->count; i++) {
    uint32_t at = f->first[i];
    if (!at || !all->s->elements[at].text || all->s->elements[at].text > TEXT_MAX)
      continue;
    fm_str text = element_text(all->s, at);
    if (text.len < 64 && text.len > 3 && reads(text, c->now)) {
      whole++;
      clocks += is_clock(text);
      continue;
    }
    for (unsigned k = 0; k < PATTERNS; k++)
      parts[k] += reads(part_of(c->codes[k], c->data, text), c->now);
  }
  bool clock = clocks * 2 > whole;
  offer(c, f, FM_STR(""), -1, clock ? 0 : whole);
  if (clock && !c->clock)
    c->clock = f;
  for (unsigned k = 0; k < PATTERNS; k++)
    if (parts[k] > whole)
      offer(c, f, FM_STR(""), (int)k, parts[k]);
}

static bool is_about_dates(const char *name)
{
  static const char *const words[] = {"time", "date",    "content",  "title",
                                      "ts",   "created", "published"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcasestr(name, words[i]))
      return true;
  return false;
}

static void try_attributes(choosing *c, const locator_seen *f)
{
  const items *all = &c->l->items;
  uint32_t first = 0, tried = 0;
  for (uint32_t i = 0; i < all->count && !first; i++)
    first = f->first[i];
  for (xmlAttrPtr a = all->s->elements[first].node->properties; a && tried < ATTRIBUTES_TRIED;
       a = a->next) {
    const char *name = (const char *)a->name;
    uint32_t read = 0;
    if (!is_about_dates(name))
      continue;
    tried++;
    for (uint32_t i = 0; i < all->count; i++) {
      fm_str value =
          f->first[i] ? fm_str_trim(element_attribute(all->s, f->first[i], name)) : FM_STR("");
      read += value.len >= 8 && value.len < 48 && reads(value, c->now);
    }
    offer(c, f, fm_str_of(name), -1, read);
  }
}

/* Infers the day-month order of slashed dates: one of the two numbers exceeds 12 somewhere in
 * the column. */
static fm_str slashed_format(const list *l, const locator_seen **which)
{
  const items *all = &l->items;
  for (size_t k = 0; k < all->nlocators; k++) {
    unsigned read = 0, first = 0, second = 0;
    for (uint32_t i = 0; i < all->count; i++) {
      uint32_t at = all->locators[k].first[i];
      unsigned a, b, year;
      int end = 0;
      if (!at || all->s->elements[at].text > 10 || all->s->elements[at].text < 8)
        continue;
      fm_str text = element_text(all->s, at);
      if (sscanf(text.ptr, "%2u/%2u/%4u%n", &a, &b, &year, &end) == 3 && (size_t)end == text.len) {
        read++;
        first = a > first ? a : first;
        second = b > second ? b : second;
      }
    }
    *which = &all->locators[k];
    if (read * 10 >= all->count * 6 && (first > 12) != (second > 12))
      return first > 12 ? FM_STR("%d/%m/%Y") : FM_STR("%m/%d/%Y");
  }
  return FM_STR("");
}

/* ---- date headings above groups of items ---- */

/* The nearest element before an item that is outside of all sampled items and is a date by
 * itself. */
static uint32_t preceding_date(const items *all, uint32_t item, uint32_t stop)
{
  const survey *s = all->s;
  for (uint32_t at = item; at-- > stop;) {
    const element *p = &s->elements[at];
    if (p->end <= item && p->dates && p->text && p->text < 48 && !p->links)
      return at;
  }
  return 0;
}

/* Builds "preceding::h3[1]" where one element heads all items of a day. */
static fm_str date_heading(choosing *c)
{
  const items *all = &c->l->items;
  survey *s = all->s;
  uint32_t found = 0, read = 0, first = 0, last = 0, different = 0;
  bool same_kind = true;
  for (uint32_t i = 0; i < all->count; i++) {
    uint32_t at = preceding_date(all, all->at[i], all->at[i] > DAY_NEAR ? all->at[i] - DAY_NEAR : 0);
    if (!at)
      continue;
    first = first ? first : at;
    same_kind = same_kind && s->elements[at].tag == s->elements[first].tag;
    different += at != last;
    last = at;
    found++;
    read += reads(element_text(s, at), c->now);
  }
  if (!same_kind || read * 10 < all->count * 9 || read < found || (different < 2 && all->count > 1))
    return FM_STR("");
  fm_str tag = s->tags[s->elements[first].tag], test = FM_STR("");
  for (unsigned k = 0; k < s->elements[first].nnames && !test.len; k++) {
    const class_name *name = &s->names[s->element_names[s->elements[first].names + k]];
    if (name->worth == 3)
      test = fm_arena_printf(s->arena, "[contains(concat(' ', @class, ' '), ' %.*s ')]",
                             FM_FMT(name->text));
  }
  fm_str day =
      fm_arena_printf(s->arena, "xpath: preceding::%.*s%.*s[1]", FM_FMT(tag), FM_FMT(test));
  uint32_t at = c->clock ? c->clock->first[0] : 0;
  fm_str both = at ? fm_arena_printf(s->arena, "%.*s %.*s", FM_FMT(element_text(s, first)),
                                     FM_FMT(element_text(s, at)))
                   : FM_STR("");
  if (!reads(both, c->now))
    return day;
  return fm_arena_printf(s->arena, "text: {%.*s} {css: %.*s}", FM_FMT(day),
                         FM_FMT(locator_text(all, &c->clock->locator)));
}

/* Adds a fixup that keeps only the date of a text. */
static void add_cut(survey *s, draft *d, int pattern)
{
  if (d->nfixes < sizeof d->fixes / sizeof *d->fixes)
    d->fixes[d->nfixes++] = (draft_fix){
      DRAFT_PUBLISHED, fm_arena_printf(s->arena, "^.*?(%s).*$", patterns[pattern]), FM_STR("$1")};
}

static fm_str expression(const items *all, const reading *r)
{
  fm_str text = locator_text(all, &r->locator->locator);
  if (r->attribute.len)
    return fm_arena_printf(all->s->arena, "css: %.*s%s@%.*s", FM_FMT(text), text.len ? " " : "",
                           FM_FMT(r->attribute));
  return fm_arena_printf(all->s->arena, "css: %.*s", FM_FMT(text.len ? text : FM_STR(":scope")));
}

void dates_find(list *l, draft *d)
{
  survey *s = l->items.s;
  choosing c = {.l = l, .now = survey_now(s)};
  int error;
  PCRE2_SIZE at;
  for (unsigned k = 0; k < PATTERNS; k++)
    c.codes[k] =
        pcre2_compile((PCRE2_SPTR)patterns[k], PCRE2_ZERO_TERMINATED, 0, &error, &at, NULL);
  c.data = pcre2_match_data_create(4, NULL);
  for (size_t i = 0; i < l->items.nlocators; i++) {
    const locator_seen *f = &l->items.locators[i];
    if (f->found * 10 < l->items.count * 6 || f == l->title)
      continue;
    try_attributes(&c, f);
    try_text(&c, f);
  }
  const locator_seen *slashed = NULL;
  if (c.best.locator) {
    d->fields[DRAFT_PUBLISHED] = expression(&l->items, &c.best);
    if (c.best.pattern >= 0)
      add_cut(s, d, c.best.pattern);
  } else if ((d->date_format = slashed_format(l, &slashed)).len) {
    d->fields[DRAFT_PUBLISHED] = expression(&l->items, &(reading){.locator = slashed});
  } else if (d->how == FM_FOUND_STRUCTURE) {
    d->fields[DRAFT_PUBLISHED] = date_heading(&c);
    if (!d->fields[DRAFT_PUBLISHED].len && c.clock)
      d->fields[DRAFT_PUBLISHED] = expression(&l->items, &(reading){.locator = c.clock});
  }
  for (unsigned k = 0; k < PATTERNS; k++)
    pcre2_code_free(c.codes[k]);
  pcre2_match_data_free(c.data);
}
