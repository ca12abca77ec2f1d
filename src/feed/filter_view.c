/* Views: selects, orders and limits the entries of a feed. */
#include "base/map.h"
#include "base/str.h"
#include "feed/doc.h"
#include "feed/filter.h"

#include <math.h>
#include <stdlib.h>

/* ---- what passes ---- */

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

/* The text between the tags of clean HTML, where every '<' starts one. */
static bool in_html(fm_str html, fm_str words)
{
  fm_str text, tag;
  while (fm_str_cut(&html, '<', &text)) {
    if (fm_text_has_word(text, words))
      return true;
    if (!fm_str_cut(&html, '>', &tag))
      return false;
  }
  return false;
}

static bool in_text(const fm_entry *entry, fm_str words)
{
  if (fm_text_has_word(entry->title, words))
    return true;
  return entry->summary.len ? fm_text_has_word(entry->summary, words)
                            : in_html(entry->content, words);
}

static bool by_category(const fm_entry *entry, fm_str words)
{
  for (size_t i = 0; i < entry->ncategories; i++) {
    const fm_category *category = &entry->categories[i];
    if (fm_text_has_word(category->term, words) || fm_text_has_word(category->label, words) ||
        fm_text_has_word(category->handle, words))
      return true;
  }
  return false;
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
         (!filter->category.len || by_category(entry, filter->category)) &&
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

/* An entry without a date never counts as too old. */
static bool too_old(const fm_filter *filter, int64_t now, const fm_entry *entry)
{
  return filter->max_age && now != FM_NO_TIME && entry->published != FM_NO_TIME &&
         entry->published < now - filter->max_age;
}

int64_t fm_view_turns(const fm_view *view, int64_t now, const fm_feed *feed, int64_t *last)
{
  int64_t next = INT64_MAX, age = 0;
  *last = FM_NO_TIME;
  for (size_t i = 0; i < view->nfilters; i++)
    if (view->filters[i].max_age && (!age || view->filters[i].max_age < age))
      age = view->filters[i].max_age;
  for (size_t i = 0; age && i < feed->nentries; i++) {
    if (feed->entries[i].published == FM_NO_TIME)
      continue;
    int64_t turn = feed->entries[i].published + age + 1;
    if (turn > now)
      next = turn < next ? turn : next;
    else
      *last = turn > *last ? turn : *last;
  }
  return next;
}

static bool passes_all(const fm_view *view, int64_t now, const fm_entry *entry)
{
  for (size_t i = 0; i < view->nfilters; i++)
    if (too_old(&view->filters[i], now, entry) || !fm_filter_passes(&view->filters[i], entry))
      return false;
  return true;
}

/* ---- duplicates ---- */

/* A title as it compares: case folded, white space single. */
static fm_str title_key(fm_str title, fm_arena *arena)
{
  size_t room = title.len * 3 + 4; /* neither folding nor mending makes more of it */
  char *key = fm_arena_raw(arena, room), *out = key;
  title = fm_str_trim(title);
  bool space = false;
  for (const char *p = title.ptr, *end = title.len ? p + title.len : p; p < end;) {
    uint32_t c = fm_utf8_fold(fm_utf8_next(&p, end));
    bool blank = c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0;
    if (!blank && space)
      *out++ = ' ';
    space = blank;
    if (!blank)
      out += fm_utf8_put(c, out);
  }
  fm_arena_trim(arena, key, room, (size_t)(out - key));
  return fm_str_span(key, out);
}

static bool earlier(const fm_entry *a, const fm_entry *b)
{
  return a->published != FM_NO_TIME && (b->published == FM_NO_TIME || a->published < b->published);
}

/* Of entries with equal titles, keeps the first published at the position of the first, so
 * that a repost does not replace the entry that readers already have. */
static size_t drop_same(const fm_entry **entries, size_t count, fm_arena *arena)
{
  fm_map seen = {0};
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    fm_str key = title_key(entries[i]->title, arena);
    const fm_entry **before = key.len ? fm_map_get(&seen, key) : NULL;
    if (before && earlier(entries[i], *before))
      *before = entries[i];
    if (before)
      continue;
    entries[kept] = entries[i];
    if (key.len)
      fm_map_put(&seen, key, &entries[kept]);
    kept++;
  }
  fm_map_deinit(&seen);
  return kept;
}

/* ---- order ---- */

typedef struct ranked {
  const fm_entry *entry; /* all lie in one array, so addresses tell the order they came in */
  int64_t time;          /* FM_NO_TIME is the least number: unknown dates come last */
  double number;         /* -INFINITY: the entry does not say it */
  fm_str title;
} ranked;

static int as_given(const ranked *x, const ranked *y)
{
  return (x->entry > y->entry) - (x->entry < y->entry);
}

static int by_time(const void *a, const void *b)
{
  const ranked *x = a, *y = b;
  return x->time != y->time ? (x->time < y->time ? 1 : -1) : as_given(x, y);
}

static int by_number(const void *a, const void *b)
{
  const ranked *x = a, *y = b;
  return x->number != y->number ? (x->number < y->number ? 1 : -1) : as_given(x, y);
}

static int by_title(const void *a, const void *b)
{
  const ranked *x = a, *y = b;
  int order = fm_str_cmp(x->title, y->title);
  return order ? order : as_given(x, y);
}

static int by_place(const void *a, const void *b) { return as_given(a, b); }

static ranked rank(const fm_entry *entry, enum fm_sort sort, fm_str number, fm_arena *arena)
{
  ranked r = {.entry = entry, .time = entry->published, .number = -INFINITY};
  if (sort == FM_SORT_UPDATED && entry->updated != FM_NO_TIME)
    r.time = entry->updated;
  if (sort == FM_SORT_TITLE)
    r.title = title_key(entry->title, arena);
  if (sort == FM_SORT_NUMBER)
    fm_entry_number(entry, number, &r.number);
  return r;
}

static void sort_entries(const fm_entry **entries, size_t count, enum fm_sort sort, fm_str number,
                         fm_arena *arena)
{
  static int (*const orders[])(const void *, const void *) = {
    [FM_SORT_AS_IS] = by_place, [FM_SORT_PUBLISHED] = by_time, [FM_SORT_UPDATED] = by_time,
    [FM_SORT_TITLE] = by_title, [FM_SORT_PAGE] = by_place,     [FM_SORT_NUMBER] = by_number};
  if (sort == FM_SORT_PAGE || count < 2)
    return;
  ranked *all = fm_arena_alloc(arena, count * sizeof *all);
  for (size_t i = 0; i < count; i++)
    all[i] = rank(entries[i], sort, number, arena);
  qsort(all, count, sizeof *all, orders[sort]);
  for (size_t i = 0; i < count; i++)
    entries[i] = all[i].entry;
}

/* The last filter that says an order; else the feed's own. */
static enum fm_sort sort_of(const fm_view *view, const fm_feed *feed, fm_str *number)
{
  for (size_t i = view->nfilters; i > 0; i--)
    if (view->filters[i - 1].sort) {
      *number = view->filters[i - 1].sort_number;
      return view->filters[i - 1].sort;
    }
  return feed->order == FM_ORDER_PUBLISHED ? FM_SORT_PUBLISHED : FM_SORT_PAGE;
}

static size_t select_entries(const fm_view *view, int64_t now, const fm_feed *in,
                             const fm_entry **passed, fm_arena *arena)
{
  size_t count = 0;
  bool dedupe = false;
  for (size_t i = 0; i < in->nentries; i++)
    if (passes_all(view, now, &in->entries[i]))
      passed[count++] = &in->entries[i];
  for (size_t i = 0; i < view->nfilters; i++)
    dedupe |= view->filters[i].dedupe;
  return dedupe ? drop_same(passed, count, arena) : count;
}

void fm_view_apply_at(const fm_view *view, int64_t now, const fm_feed *in, fm_arena *arena,
                      fm_feed *out)
{
  fm_feed cut = *in;
  cut.entries = NULL;
  cut.nentries = 0;
  if (in->nentries) {
    const fm_entry **passed = fm_arena_alloc(arena, in->nentries * sizeof *passed);
    size_t count = select_entries(view, now, in, passed, arena);
    fm_str number = {NULL, 0};
    enum fm_sort sort = sort_of(view, in, &number);
    sort_entries(passed, count, sort, number, arena);
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

void fm_view_apply(const fm_view *view, const fm_feed *in, fm_arena *arena, fm_feed *out)
{
  fm_view_apply_at(view, FM_NO_TIME, in, arena, out);
}
