/* Filters: parsing of their values and their canonical text. */
#include "feed/filter.h"

#include "base/str.h"

#include <math.h>
#include <stddef.h>

#define AGE_MAX INT64_C(315360000) /* ten years, in seconds */

enum { DIGITS_MAX = 15 };

/* The filters that are words; sorted. */
static const struct words_row {
  const char *name;
  size_t at; /* of the fm_str in fm_filter */
} words_rows[] = {
  {"author", offsetof(fm_filter, author)},
  {"category", offsetof(fm_filter, category)},
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

/* Words of a-z with _ between them. */
static bool number_name(fm_str name)
{
  for (size_t i = 0; i < name.len; i++) {
    bool letter = name.ptr[i] >= 'a' && name.ptr[i] <= 'z';
    if (!letter && (name.ptr[i] != '_' || i == 0 || i + 1 == name.len || name.ptr[i - 1] == '_'))
      return false;
  }
  return name.len > 0 && name.len <= FM_FILTER_NUMBER_MAX;
}

/* The range of one number, made where there is none; NULL: no room for more. */
static fm_range *range_of(fm_filter *filter, fm_arena *arena, fm_str name)
{
  for (size_t i = 0; i < filter->nranges; i++)
    if (fm_str_eq(filter->ranges[i].name, name))
      return &filter->ranges[i];
  if (filter->nranges == FM_FILTER_RANGES)
    return NULL;
  fm_range *range = &filter->ranges[filter->nranges++];
  *range = (fm_range){.name = fm_arena_str(arena, name), .min = -INFINITY, .max = INFINITY};
  return range;
}

static int set_range(fm_filter *filter, fm_arena *arena, fm_str name, fm_str value, fm_why *why)
{
  bool min = fm_str_starts(name, FM_STR("min_"));
  if (!min && !fm_str_starts(name, FM_STR("max_")))
    return FM_E_NOT_FOUND;
  fm_str number = fm_str_from(name, 4);
  if (!number_name(number))
    return FM_E_NOT_FOUND;
  double bound;
  if (!parse_plain(value, &bound))
    return refuse(why, name, "not a plain number, such as 50");
  fm_range *range = range_of(filter, arena, number);
  if (!range)
    return fm_fail(why, FM_E_BAD_ADDRESS, "%.*s: more than %d numbers are asked for",
                   FM_FMT(name), FM_FILTER_RANGES);
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

/* "12h": a whole number and its unit. */
static int set_age(fm_filter *filter, fm_str name, fm_str value, fm_why *why)
{
  static const struct {
    char unit;
    int64_t seconds;
  } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
  uint64_t count;
  int64_t age = 0;
  if (filter->max_age)
    return refuse(why, name, "given twice");
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (value.len && value.ptr[value.len - 1] == units[i].unit &&
        fm_str_number((fm_str){value.ptr, value.len - 1}, AGE_MAX, &count))
      age = (int64_t)count * units[i].seconds;
  if (age <= 0 || age > AGE_MAX)
    return refuse(why, name, "not a time such as 12h or 7d");
  filter->max_age = age;
  return FM_OK;
}

static const char *const sorts[] = {
  [FM_SORT_PUBLISHED] = "published", [FM_SORT_UPDATED] = "updated", [FM_SORT_TITLE] = "title",
  [FM_SORT_PAGE] = "page"};

static int set_sort(fm_filter *filter, fm_arena *arena, fm_str name, fm_str value, fm_why *why)
{
  if (filter->sort)
    return refuse(why, name, "given twice");
  for (unsigned i = FM_SORT_PUBLISHED; i <= FM_SORT_PAGE; i++)
    if (fm_str_is(value, sorts[i])) {
      filter->sort = (enum fm_sort)i;
      return FM_OK;
    }
  if (!number_name(value))
    return refuse(why, name, "not published, updated, title, page or the name of a number");
  filter->sort = FM_SORT_NUMBER;
  filter->sort_number = fm_arena_str(arena, value);
  return FM_OK;
}

static int set_dedupe(fm_filter *filter, fm_str name, fm_str value, fm_why *why)
{
  if (filter->dedupe)
    return refuse(why, name, "given twice");
  if (!fm_str_is(value, "title"))
    return refuse(why, name, "only \"title\" is known");
  filter->dedupe = true;
  return FM_OK;
}

int fm_filter_set(fm_filter *filter, fm_arena *arena, fm_str name, fm_str value, fm_why *why)
{
  if (fm_str_is(name, "limit"))
    return set_limit(filter, name, value, why);
  if (fm_str_is(name, "max_age"))
    return set_age(filter, name, value, why);
  if (fm_str_is(name, "sort"))
    return set_sort(filter, arena, name, value, why);
  if (fm_str_is(name, "dedupe"))
    return set_dedupe(filter, name, value, why);
  for (size_t i = 0; i < WORDS_ROWS; i++)
    if (fm_str_is(name, words_rows[i].name))
      return set_words((fm_str *)(void *)((char *)filter + words_rows[i].at), arena, name, value,
                       why);
  return set_range(filter, arena, name, value, why);
}

fm_str fm_filter_other_number(const fm_filter *filter)
{
  static const char *const known[] = {"comments", "stars", "upvotes"};
  for (size_t i = 0; i <= filter->nranges; i++) {
    fm_str name = i < filter->nranges ? filter->ranges[i].name : filter->sort_number;
    bool found = name.len == 0;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
      found |= fm_str_is(name, known[k]);
    if (!found)
      return name;
  }
  return (fm_str){NULL, 0};
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

/* One end of all ranges, in the order of their names. */
static void canon_ranges(const fm_filter *filter, bool min, fm_buf *out, size_t start)
{
  fm_str last = {"", 0};
  for (size_t done = 0; done < filter->nranges; done++) {
    const fm_range *next = NULL;
    for (size_t i = 0; i < filter->nranges; i++) {
      const fm_range *one = &filter->ranges[i];
      if (fm_str_cmp(one->name, last) > 0 && (!next || fm_str_cmp(one->name, next->name) < 0))
        next = one;
    }
    last = next->name;
    double bound = min ? next->min : next->max;
    if (!isfinite(bound))
      continue;
    fm_buf_addf(out, "%s%s%.*s=%.15g", out->len > start ? "&" : "", min ? "min_" : "max_",
                FM_FMT(next->name), bound);
  }
}

static void canon_sort(const fm_filter *filter, fm_buf *out, size_t start)
{
  fm_str sort = filter->sort_number;
  if (!filter->sort)
    return;
  if (filter->sort != FM_SORT_NUMBER)
    sort = fm_str_of(sorts[filter->sort]);
  canon_name(out, start, "", "sort");
  fm_buf_str(out, sort);
}

int fm_filter_canon(const fm_filter *filter, fm_buf *out)
{
  size_t start = out->len;
  canon_words(filter, "author", out, start);
  canon_words(filter, "category", out, start);
  if (filter->dedupe)
    fm_buf_addf(out, "%sdedupe=title", out->len > start ? "&" : "");
  canon_words(filter, "exclude", out, start);
  canon_words(filter, "include", out, start);
  if (filter->limit) {
    canon_name(out, start, "", "limit");
    fm_buf_addf(out, "%zu", filter->limit);
  }
  if (filter->max_age) {
    canon_name(out, start, "", "max_age");
    fm_buf_addf(out, "%llds", (long long)filter->max_age);
  }
  canon_ranges(filter, false, out, start);
  canon_ranges(filter, true, out, start);
  canon_words(filter, "org", out, start);
  canon_sort(filter, out, start);
  if (!out->full)
    return FM_OK;
  out->len = start;
  return FM_E_TOO_BIG;
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
  copy.sort_number = fm_arena_str(arena, copy.sort_number);
  return copy;
}
