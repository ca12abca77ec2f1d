#include "feed/filter.h"

#include "base/str.h"
#include "feed/doc.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

enum { DIGITS_MAX = 15 };

/* The numbers that a filter may ask for; sorted. */
static const char *const numbers[] = {"comments", "stars", "upvotes"};
enum { NUMBERS = sizeof numbers / sizeof *numbers };
_Static_assert((int)NUMBERS <= (int)FM_FILTER_RANGES, "room for a range of every number");

/* The filters that are words; sorted. */
static const struct words_row {
  const char *name;
  size_t at; /* of the fm_str in fm_filter */
} words_rows[] = {
  {"author", offsetof(fm_filter, author)},
  {"exclude", offsetof(fm_filter, exclude)},
  {"include", offsetof(fm_filter, include)},
  {"org", offsetof(fm_filter, org)},
};
enum { WORDS_ROWS = sizeof words_rows / sizeof *words_rows };

static int refuse(fm_why *why, fm_str name, const char *reason)
{
  return fm_fail(why, FM_E_BAD_ADDRESS, "%.*s: %s", FM_FMT(name), reason);
}

static int set_limit(fm_filter *filter, fm_str name, fm_str value, fm_why *why)
{
  uint64_t limit;
  if (filter->limit)
    return refuse(why, name, "given twice");
  if (!fm_str_number(value, FM_FILTER_LIMIT_MAX, &limit) || limit == 0)
    return fm_fail(why, FM_E_BAD_ADDRESS, "%.*s: not a whole number from 1 to %d", FM_FMT(name),
                   FM_FILTER_LIMIT_MAX);
  filter->limit = (size_t)limit;
  return FM_OK;
}

/* Digits with at most one point among them: no sign, no exponent, no locale.
 * Fifteen digits and a power of ten up to that are exact in a double, so the
 * quotient is the nearest one there is. */
static bool parse_plain(fm_str text, double *number)
{
  double n = 0, scale = 1;
  size_t digits = 0;
  bool point = false;
  for (size_t i = 0; i < text.len; i++) {
    unsigned digit = (unsigned char)text.ptr[i] - (unsigned)'0';
    if (text.ptr[i] == '.' && !point && digits > 0 && i + 1 < text.len) {
      point = true;
    } else if (digit < 10 && digits < DIGITS_MAX) {
      n = n * 10 + digit;
      scale *= point ? 10 : 1;
      digits++;
    } else {
      return false;
    }
  }
  if (digits == 0)
    return false;
  *number = n / scale;
  return true;
}

static const char *known_number(fm_str name)
{
  for (size_t i = 0; i < NUMBERS; i++)
    if (fm_str_is(name, numbers[i]))
      return numbers[i];
  return NULL;
}

/* The range of one number, made where there is none. There is room: a filter
 * knows no more numbers than it has ranges. */
static fm_range *range_of(fm_filter *filter, const char *name)
{
  for (size_t i = 0; i < filter->nranges; i++)
    if (fm_str_is(filter->ranges[i].name, name))
      return &filter->ranges[i];
  fm_range *range = &filter->ranges[filter->nranges++];
  *range = (fm_range){.name = fm_str_of(name), .min = -INFINITY, .max = INFINITY};
  return range;
}

static int set_range(fm_filter *filter, fm_str name, fm_str value, fm_why *why)
{
  bool min = fm_str_starts(name, FM_STR("min_"));
  if (!min && !fm_str_starts(name, FM_STR("max_")))
    return FM_E_NOT_FOUND;
  const char *number = known_number(fm_str_from(name, 4));
  if (!number)
    return FM_E_NOT_FOUND;
  double bound;
  if (!parse_plain(value, &bound))
    return refuse(why, name, "not a plain number, such as 50");
  fm_range *range = range_of(filter, number);
  double *at = min ? &range->min : &range->max;
  if (isfinite(*at))
    return refuse(why, name, "given twice");
  *at = bound;
  return FM_OK;
}

static bool any_word(fm_str words)
{
  fm_str word;
  while (fm_str_cut(&words, ',', &word))
    if (fm_str_trim(word).len)
      return true;
  return false;
}

static bool any_control(fm_str text)
{
  for (size_t i = 0; i < text.len; i++)
    if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
      return true;
  return false;
}

static int set_words(fm_str *at, fm_arena *arena, fm_str name, fm_str value, fm_why *why)
{
  if (at->len)
    return refuse(why, name, "given twice");
  if (value.len > FM_FILTER_WORDS_MAX)
    return fm_fail(why, FM_E_BAD_ADDRESS, "%.*s: over %d bytes", FM_FMT(name),
                   FM_FILTER_WORDS_MAX);
  if (!fm_utf8_valid(value))
    return refuse(why, name, "not UTF-8");
  if (any_control(value))
    return refuse(why, name, "holds a control character");
  if (!any_word(value))
    return refuse(why, name, "no word given");
  *at = fm_arena_str(arena, value);
  return FM_OK;
}

int fm_filter_set(fm_filter *filter, fm_arena *arena, fm_str name, fm_str value, fm_why *why)
{
  if (fm_str_is(name, "limit"))
    return set_limit(filter, name, value, why);
  for (size_t i = 0; i < WORDS_ROWS; i++)
    if (fm_str_is(name, words_rows[i].name))
      return set_words((fm_str *)((char *)filter + words_rows[i].at), arena, name, value, why);
  return set_range(filter, name, value, why);
}

static void canon_name(fm_buf *out, size_t start, const char *prefix, const char *name)
{
  fm_buf_addf(out, "%s%s%s=", out->len > start ? "&" : "", prefix, name);
}

static void canon_words(const fm_filter *filter, const char *name, fm_buf *out, size_t start)
{
  for (size_t i = 0; i < WORDS_ROWS; i++) {
    fm_str words = *(const fm_str *)((const char *)filter + words_rows[i].at);
    if (strcmp(words_rows[i].name, name) != 0 || !words.len)
      continue;
    canon_name(out, start, "", name);
    fm_buf_percent(out, words);
  }
}

/* One end of all ranges, in the order of the known names. */
static void canon_ranges(const fm_filter *filter, bool min, fm_buf *out, size_t start)
{
  for (size_t i = 0; i < NUMBERS; i++)
    for (size_t r = 0; r < filter->nranges; r++) {
      double bound = min ? filter->ranges[r].min : filter->ranges[r].max;
      if (!fm_str_is(filter->ranges[r].name, numbers[i]) || !isfinite(bound))
        continue;
      canon_name(out, start, min ? "min_" : "max_", numbers[i]);
      fm_buf_addf(out, "%.15g", bound);
    }
}

int fm_filter_canon(const fm_filter *filter, fm_buf *out)
{
  size_t start = out->len;
  canon_words(filter, "author", out, start);
  canon_words(filter, "exclude", out, start);
  canon_words(filter, "include", out, start);
  if (filter->limit) {
    canon_name(out, start, "", "limit");
    fm_buf_addf(out, "%zu", filter->limit);
  }
  canon_ranges(filter, false, out, start);
  canon_ranges(filter, true, out, start);
  canon_words(filter, "org", out, start);
  if (!out->full)
    return FM_OK;
  out->len = start;
  return FM_E_TOO_BIG;
}

static bool in_ranges(const fm_filter *filter, const fm_entry *entry)
{
  for (size_t i = 0; i < filter->nranges; i++) {
    const fm_range *range = &filter->ranges[i];
    double value;
    if (!fm_entry_number(entry, range->name, &value)) {
      if (isfinite(range->min))
        return false;
    } else if (!(value >= range->min && value <= range->max)) {
      return false;
    }
  }
  return true;
}

static bool in_text(const fm_entry *entry, fm_str words)
{
  return fm_text_has_word(entry->title, words) || fm_text_has_word(entry->summary, words);
}

static bool by_author(const fm_entry *entry, fm_str words)
{
  for (size_t i = 0; i < entry->nauthors; i++)
    if (fm_text_has_word(entry->authors[i].name, words))
      return true;
  return false;
}

/* An organisation is a category of a scheme of organisations, or one with a handle. */
static bool by_org(const fm_entry *entry, fm_str words)
{
  for (size_t i = 0; i < entry->ncategories; i++) {
    const fm_category *category = &entry->categories[i];
    if (!category->handle.len && !fm_str_ends(category->scheme, FM_STR("organizations")))
      continue;
    if (fm_text_has_word(category->handle, words) || fm_text_has_word(category->term, words) ||
        fm_text_has_word(category->label, words))
      return true;
  }
  return false;
}

int fm_filter_passes(const fm_filter *filter, const fm_entry *entry)
{
  return in_ranges(filter, entry) && (!filter->include.len || in_text(entry, filter->include)) &&
         !(filter->exclude.len && in_text(entry, filter->exclude)) &&
         (!filter->author.len || by_author(entry, filter->author)) &&
         (!filter->org.len || by_org(entry, filter->org));
}

fm_view fm_view_of(const fm_filter *filters, size_t nfilters)
{
  fm_view view = {.filters = filters, .nfilters = nfilters};
  for (size_t i = 0; i < nfilters; i++)
    if (filters[i].limit)
      view.limit = filters[i].limit;
  return view;
}

static bool passes_all(const fm_view *view, const fm_entry *entry)
{
  for (size_t i = 0; i < view->nfilters; i++)
    if (!fm_filter_passes(&view->filters[i], entry))
      return false;
  return true;
}

/* FM_NO_TIME is the least number: unknown dates come last by themselves. All
 * entries lie in one array, so their addresses tell the order they came in. */
static int newest_first(const void *a, const void *b)
{
  const fm_entry *x = *(const fm_entry *const *)a, *y = *(const fm_entry *const *)b;
  if (x->published != y->published)
    return x->published < y->published ? 1 : -1;
  return (x > y) - (x < y);
}

void fm_view_apply(const fm_view *view, const fm_feed *in, fm_arena *arena, fm_feed *out)
{
  fm_feed cut = *in;
  cut.entries = NULL;
  cut.nentries = 0;
  if (in->nentries) {
    const fm_entry **passed = fm_arena_alloc(arena, in->nentries * sizeof *passed);
    size_t count = 0;
    for (size_t i = 0; i < in->nentries; i++)
      if (passes_all(view, &in->entries[i]))
        passed[count++] = &in->entries[i];
    if (in->order == FM_ORDER_PUBLISHED)
      qsort(passed, count, sizeof *passed, newest_first);
    if (view->limit && count > view->limit)
      count = view->limit;
    fm_entry *entries = fm_arena_alloc(arena, count * sizeof *entries);
    for (size_t i = 0; i < count; i++)
      entries[i] = *passed[i];
    cut.entries = count ? entries : NULL;
    cut.nentries = count;
  }
  *out = cut;
}

fm_filter fm_filter_copy(fm_arena *arena, const fm_filter *filter)
{
  fm_filter copy = *filter;
  for (size_t i = 0; i < WORDS_ROWS; i++) {
    fm_str *words = (fm_str *)(void *)((char *)&copy + words_rows[i].at);
    *words = fm_arena_str(arena, *words);
  }
  for (size_t i = 0; i < copy.nranges; i++)
    copy.ranges[i].name = fm_arena_str(arena, copy.ranges[i].name);
  return copy;
}
