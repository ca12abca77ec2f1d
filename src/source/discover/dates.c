/* Finds the date of an item: in an attribute, in a text of its own, or within a longer text. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/ascii.h"
#include "base/str.h"
#include "dom/css.h"
#include "source/discover/parts.h"

#include <pcre2.h>

enum { TEXT_MAX = 200, LONG_TEXT_MAX = 600, ATTRIBUTES_TRIED = 6, DAY_NEAR = 2000 };

#define MONTH "\\p{L}{3,12}\\.?" /* of any language; fm_when_parse knows which are months */
#define CLOCK "(?:,?(?: at)? \\d{1,2}:\\d{2}(?::\\d{2})?(?: ?[AaPp]\\.?[Mm]\\.?)?)?"

#define ISO_DATE "\\d{4}-\\d{2}-\\d{2}(?:[T ]\\d{2}:\\d{2}(?::\\d{2})?Z?)?"
#define MONTH_FIRST MONTH " \\d{1,2}(?:st|nd|rd|th)?,? \\d{4}" CLOCK
#define DAY_FIRST "\\d{1,2}(?:\\.|st|nd|rd|th)? (?:de |of )?" MONTH ",? (?:de )?\\d{4}" CLOCK
#define SLASHED "\\b\\d{1,2}([/-])\\d{1,2}\\g{-1}(?:\\d{4}|\\d{2})\\b"

/* Most specific first; the last but one is for columns whose dates are written in several ways. */
static const char *const patterns[] = {
  ISO_DATE,
  MONTH_FIRST,
  DAY_FIRST,
  "\\d{4}年\\d{1,2}月\\d{1,2}日",
  "\\d{1,2}\\.\\d{1,2}\\.\\d{4}" CLOCK,
  "\\d{4}/\\d{1,2}/\\d{1,2}" CLOCK,
  SLASHED,
  "(?:" ISO_DATE "|" MONTH_FIRST "|" DAY_FIRST "|" SLASHED ")",
  "\\d+ (?:second|minute|hour|day|week|month|year)s? ago",
};
enum { PATTERNS = sizeof patterns / sizeof *patterns };

static bool reads(fm_str text, const fm_when *when)
{
  int64_t time;
  return text.len >= 4 && fm_when_parse(text, when, &time);
}

/* True for a date that does not depend on the time of the fetch: "2 months ago" does. */
static bool reads_exactly(fm_str text, const fm_when *when)
{
  fm_when timeless = *when;
  timeless.now = FM_NO_TIME;
  return reads(text, &timeless);
}

/* A time of day without a date ("14:30", "9:05 pm") means today unless a date heading stands
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
  fm_str place;     /* an expression instead of the locator; empty: none */
  fm_str attribute; /* empty: the text */
  fm_str format;    /* of dates whose order of day and month only the whole column tells */
  int pattern;      /* index of the pattern that cuts the date out; -1: the whole value */
  double worth;
} reading;

typedef struct choosing {
  const list *l;
  fm_when when; /* context of the page's dates */
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
  double worth = (0.7 + 0.3 * fm_locator_quality(s, &f->locator)) * (attribute.len ? 1.25 : 1);
  if (fm_locator_hints(s, &f->locator) & HINT_DATE)
    worth *= 1.2;
  if (fm_str_is(tag, "time") || fm_str_find(tag, FM_STR("time")))
    worth *= 1.2;
  return s->elements[at].heading || f->locator.kind == LOCATE_SELF ? worth * 0.9 : worth;
}

/* A relative date is worth less than an exact one, whichever of them is in an attribute. */
static void offer(choosing *c, reading r, uint32_t read, uint32_t exact)
{
  const items *all = &c->l->items;
  double share = (double)read / all->count;
  double own = r.place.len ? 0.6 : bonus(all->s, r.locator, r.attribute);
  double worth = share * share * own * (r.pattern < 0 ? 1 : 0.6);
  worth *= 0.7 + 0.3 * (read ? (double)exact / read : 0);
  r.worth = r.locator && r.locator == c->l->title ? worth * 0.5 : worth;
  if (share >= 0.6 && r.worth > c->best.worth * 1.0001)
    c->best = r;
}

static fm_str short_text(const items *all, const locator_seen *f, uint32_t i)
{
  uint32_t at = f->first[i];
  bool any = at && all->s->elements[at].text && all->s->elements[at].text <= LONG_TEXT_MAX;
  return any ? fm_element_text(all->s, at) : FM_STR("");
}

/* "Decided 04/08/2026" in the form of a format: "%?%d/%m/%Y". Empty: the text has another form. */
static fm_str format_of(fm_str text, bool day_first, fm_arena *arena)
{
  size_t at = 0, len[3];
  char separator = 0;
  while (at < text.len && !fm_is_digit(text.ptr[at]))
    at++;
  const char *before = at ? "%?" : "";
  for (int i = 0; i < 3; i++) {
    for (len[i] = 0; at < text.len && fm_is_digit(text.ptr[at]); at++)
      len[i]++;
    if (i < 2 && (at == text.len || (separator && text.ptr[at] != separator)))
      return FM_STR("");
    if (i < 2)
      separator = text.ptr[at++];
  }
  if ((separator != '/' && separator != '-') || !len[0] || len[0] > 2 || !len[1] || len[1] > 2 ||
      (len[2] != 2 && len[2] != 4))
    return FM_STR("");
  return fm_arena_printf(arena, "%s%%%c%c%%%c%c%%%c%s", before, day_first ? 'd' : 'm', separator,
                         day_first ? 'm' : 'd', separator, len[2] == 4 ? 'Y' : 'y', at < text.len ? "%?" : "");
}

/* The format of dates in numbers with two meanings ("04/08/2026"), of which another date of the
 * column tells the order; empty: none is needed. Sets the order for reads(). */
static fm_str column_format(choosing *c, const fm_str *texts)
{
  const items *all = &c->l->items;
  uint32_t either = all->count;
  for (uint32_t i = 0; i < all->count; i++)
    if (fm_when_order_of(texts[i]) == FM_WHEN_EITHER)
      either = i;
  c->when.order = fm_when_order_in(texts, all->count);
  return either < all->count && c->when.order
           ? format_of(texts[either], c->when.order == FM_WHEN_DAY_FIRST, all->s->arena) : FM_STR("");
}

/* Texts that are dates from end to end. Returns how many. */
static uint32_t try_whole(choosing *c, reading r, const fm_str *texts)
{
  uint32_t whole = 0, exact = 0, clocks = 0;
  r.pattern = -1;
  r.format = column_format(c, texts);
  for (uint32_t i = 0; i < c->l->items.count; i++) {
    if (texts[i].len < 4 || texts[i].len >= 64 || !reads(texts[i], &c->when))
      continue;
    whole++;
    exact += reads_exactly(texts[i], &c->when);
    clocks += is_clock(texts[i]);
  }
  bool clock = clocks * 2 > whole;
  offer(c, r, clock ? 0 : whole, exact);
  if (clock && !c->clock && r.locator)
    c->clock = r.locator;
  c->when.order = FM_WHEN_UNKNOWN;
  return whole;
}

/* Texts that contain a date of one pattern. */
static void try_pattern(choosing *c, reading r, const fm_str *texts, unsigned k, uint32_t whole)
{
  const items *all = &c->l->items;
  uint32_t read = 0;
  fm_str parts[SAMPLE];
  for (uint32_t i = 0; i < all->count; i++)
    parts[i] = texts[i].len ? part_of(c->codes[k], c->data, texts[i]) : FM_STR("");
  r.pattern = (int)k;
  r.format = column_format(c, parts);
  for (uint32_t i = 0; i < all->count; i++)
    read += reads(parts[i], &c->when);
  if (read > whole)
    offer(c, r, read, k + 1 < PATTERNS ? read : 0);
  c->when.order = FM_WHEN_UNKNOWN;
}

static bool has_digits(const choosing *c, const fm_str *texts)
{
  uint32_t found = 0;
  for (uint32_t i = 0; i < c->l->items.count; i++)
    for (size_t k = 0; k < texts[i].len; k++)
      if (fm_is_digit(texts[i].ptr[k])) {
        found++;
        break;
      }
  return found * 10 >= c->l->items.count * 6;
}

static void try_texts(choosing *c, reading r, const fm_str *texts)
{
  uint32_t whole = try_whole(c, r, texts);
  for (unsigned k = 0; k < PATTERNS && has_digits(c, texts) && whole < c->l->items.count; k++)
    try_pattern(c, r, texts, k, whole);
}

static void try_text(choosing *c, const locator_seen *f)
{
  fm_str texts[SAMPLE];
  for (uint32_t i = 0; i < c->l->items.count; i++)
    texts[i] = short_text(&c->l->items, f, i);
  try_texts(c, (reading){.locator = f}, texts);
}

/* ---- texts beside the title, in no element of their own ---- */

static bool is_blank(const char *text)
{
  for (; *text; text++)
    if (!fm_is_space(*text))
      return false;
  return true;
}

static fm_str text_beside(const survey *s, uint32_t at, bool after)
{
  xmlNodePtr n = s->elements[at].node;
  while ((n = after ? n->next : n->prev))
    if (n->type == XML_TEXT_NODE && n->content && !is_blank((const char *)n->content))
      return fm_str_trim(fm_arena_str(s->arena, fm_str_of((const char *)n->content)));
  return FM_STR("");
}

/* XPath from the item to what a locator finds; empty: the item itself. */
static fm_str xpath_of(const items *all, const locator_seen *f)
{
  fm_str text = fm_locator_text(all, &f->locator);
  fm_css *css;
  fm_why why;
  size_t at;
  if (!text.len || fm_css_compile(text, all->s->arena, &css, &at, &why))
    return FM_STR("");
  fm_str path = fm_css_xpath(css, all->s->arena);
  fm_css_deinit(css);
  return fm_arena_printf(all->s->arena, "(%.*s)[1]/", FM_FMT(path));
}

static void try_beside(choosing *c, const locator_seen *f)
{
  const items *all = &c->l->items;
  for (int after = 1; after >= 0; after--) {
    fm_str texts[SAMPLE];
    for (uint32_t i = 0; i < all->count; i++)
      texts[i] = f->first[i] ? text_beside(all->s, f->first[i], after) : FM_STR("");
    if (has_digits(c, texts))
      try_texts(c, (reading){.place = fm_arena_printf(
                               all->s->arena, "xpath: %.*s%s-sibling::text()[normalize-space()][1]",
                               FM_FMT(xpath_of(all, f)), after ? "following" : "preceding")},
                texts);
  }
}

/* The elements after an item that were not taken for a part of it. */
static void try_following(choosing *c)
{
  const items *all = &c->l->items;
  const survey *s = all->s;
  if (all->siblings || c->l->items.group->count < ITEMS_MIN)
    return;
  fm_str texts[SAMPLE];
  for (uint32_t i = 0; i < all->count; i++) {
    uint32_t at = all->at[i], next = s->elements[at].end;
    bool short_one = next < s->elements[s->elements[at].parent].end &&
                     s->elements[next].text <= TEXT_MAX;
    texts[i] = short_one ? fm_element_text(s, next) : FM_STR("");
  }
  try_texts(c, (reading){.place = FM_STR("xpath: following-sibling::*[1]")}, texts);
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
  fm_when data = c->when;
  data.origin = FM_WHEN_DATA;
  const items *all = &c->l->items;
  uint32_t first = 0, tried = 0;
  for (uint32_t i = 0; i < all->count && !first; i++)
    first = f->first[i];
  for (xmlAttrPtr a = all->s->elements[first].node->properties; a && tried < ATTRIBUTES_TRIED;
       a = a->next) {
    const char *name = (const char *)a->name;
    uint32_t read = 0, exact = 0;
    if (!is_about_dates(name))
      continue;
    tried++;
    for (uint32_t i = 0; i < all->count; i++) {
      fm_str value =
          f->first[i] ? fm_str_trim(fm_element_attribute(all->s, f->first[i], name)) : FM_STR("");
      if (value.len < 8 || value.len >= 48)
        continue;
      read += reads(value, &data);
      exact += reads_exactly(value, &data);
    }
    offer(c, (reading){.locator = f, .attribute = fm_str_of(name), .pattern = -1}, read, exact);
  }
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
    read += reads(fm_element_text(s, at), &c->when);
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
  fm_str both = at ? fm_arena_printf(s->arena, "%.*s %.*s", FM_FMT(fm_element_text(s, first)),
                                     FM_FMT(fm_element_text(s, at)))
                   : FM_STR("");
  if (!reads(both, &c->when))
    return day;
  return fm_arena_printf(s->arena, "text: {%.*s} {css: %.*s}", FM_FMT(day),
                         FM_FMT(fm_locator_text(all, &c->clock->locator)));
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
  if (r->place.len)
    return r->place;
  fm_str text = fm_locator_text(all, &r->locator->locator);
  if (r->attribute.len)
    return fm_arena_printf(all->s->arena, "css: %.*s%s@%.*s", FM_FMT(text), text.len ? " " : "",
                           FM_FMT(r->attribute));
  return fm_arena_printf(all->s->arena, "css: %.*s", FM_FMT(text.len ? text : FM_STR(":scope")));
}

void fm_dates_find(list *l, draft *d)
{
  survey *s = l->items.s;
  choosing c = {.l = l, .when = {.now = fm_survey_now(s), .language = s->language}};
  int error;
  PCRE2_SIZE at;
  for (unsigned k = 0; k < PATTERNS; k++)
    c.codes[k] =
        pcre2_compile((PCRE2_SPTR)patterns[k], PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP, &error, &at, NULL);
  c.data = pcre2_match_data_create(4, NULL);
  for (size_t i = 0; i < l->items.nlocators; i++) {
    const locator_seen *f = &l->items.locators[i];
    if (f->found * 10 < l->items.count * 6)
      continue;
    try_attributes(&c, f);
    try_text(&c, f);
  }
  if (c.best.worth < 0.3) {
    try_beside(&c, l->title);
    if (l->link != l->title)
      try_beside(&c, l->link);
    try_following(&c);
  }
  if (c.best.worth > 0) {
    d->fields[DRAFT_PUBLISHED] = expression(&l->items, &c.best);
    d->date_format = c.best.format;
    if (c.best.pattern >= 0)
      add_cut(s, d, c.best.pattern);
  } else if (d->how == FM_FOUND_STRUCTURE) {
    d->fields[DRAFT_PUBLISHED] = date_heading(&c);
    if (!d->fields[DRAFT_PUBLISHED].len && c.clock)
      d->fields[DRAFT_PUBLISHED] = expression(&l->items, &(reading){.locator = c.clock});
  }
  for (unsigned k = 0; k < PATTERNS; k++)
    pcre2_code_free(c.codes[k]);
  pcre2_match_data_free(c.data);
}
