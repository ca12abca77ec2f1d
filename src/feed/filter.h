/* Filters: a view of a feed, the same page for all of them.
 *
 * Names as in the configuration and in query parameters: limit; min_ and max_ of any
 * number that a source gives (min_upvotes); include, exclude, author, category, org;
 * max_age; sort; dedupe. Words: case-insensitive, comma = or, found where a word
 * starts. */
#ifndef FM_FEED_FILTER_H
#define FM_FEED_FILTER_H

#include "base/buf.h"
#include "base/mem.h"
#include "base/why.h"
#include <feedmill/feed.h>
#include <stdbool.h>

enum {
  FM_FILTER_RANGES = 8,
  FM_FILTER_WORDS_MAX = 512,
  FM_FILTER_LIMIT_MAX = 1000,
  FM_FILTER_NUMBER_MAX = 32 /* bytes of a number's name */
};

/* What a view is ordered by. */
enum fm_sort {
  FM_SORT_AS_IS,     /* the feed's own order */
  FM_SORT_PUBLISHED, /* newest first, as the next */
  FM_SORT_UPDATED,
  FM_SORT_TITLE,     /* A to Z, case folded */
  FM_SORT_PAGE,
  FM_SORT_NUMBER     /* highest first; entries that do not say it last */
};

typedef struct fm_range {
  fm_str name; /* of the number: "upvotes" */
  double min, max; /* -INFINITY, INFINITY where open */
} fm_range;

typedef struct fm_filter {
  size_t limit; /* entries; 0: not given, all */
  fm_str include, exclude, author, category, org; /* comma-separated; empty: not given */
  int64_t max_age; /* seconds since it was published; 0: not given */
  enum fm_sort sort;
  fm_str sort_number; /* of FM_SORT_NUMBER */
  bool dedupe;     /* of entries with one title the first published is shown */
  fm_range ranges[FM_FILTER_RANGES];
  size_t nranges;
} fm_filter;

/* Sets one filter from its name and text; text is copied into the arena.
 * A limit is 1 to FM_FILTER_LIMIT_MAX, a bound a plain decimal number without a
 * sign, of at most FM_FILTER_RANGES numbers; words are UTF-8 without controls, at
 * least one and at most FM_FILTER_WORDS_MAX bytes; max_age is a number of s, m, h, d
 * or w; sort is published, updated, title, page or a number's name; dedupe is title;
 * nothing is given twice. A number's name is words of a-z with _ between them.
 * FM_E_NOT_FOUND: no filter has this name (nothing is set, `why` untouched);
 * FM_E_BAD_ADDRESS: a bad value, `why` says which ("limit: ..."). */
int fm_filter_set(fm_filter *filter, fm_arena *arena, fm_str name, fm_str value, fm_why *why);

/* The first number that a filter asks for and that is none of Daily Papers' (upvotes,
 * comments, stars); empty: it asks for no other. */
fm_str fm_filter_other_number(const fm_filter *filter);

/* Filters over one another (the configured feed's, then the request's): an
 * entry passes all of them. Borrows what it points to. */
typedef struct fm_view {
  const fm_filter *filters;
  size_t nfilters;
  size_t limit; /* of what passed; 0: all. The filters' own limits do not count. */
} fm_view;

/* The view of some filters, with the limit of the last that has one. */
fm_view fm_view_of(const fm_filter *filters, size_t nfilters);

/* Appends the same text for the same filter, whatever order it was given in:
 * "include=a%2Cb&limit=5&min_upvotes=50"; nothing for an empty filter. */
int fm_filter_canon(const fm_filter *filter, fm_buf *out);

/* A copy whose strings are in the arena. */
fm_filter fm_filter_copy(fm_arena *arena, const fm_filter *filter);

/* True if the entry passes one filter; limit, age and order do not matter here. An
 * entry that does not say a number fails a min_ of it and passes a max_. Words are
 * looked for in title and summary, and without a summary in the content's text. */
int fm_filter_passes(const fm_filter *filter, const fm_entry *entry);

/* When the view changes by nothing but age: the first such time after `now`
 * (INT64_MAX: none); *last is the latest up to `now` (FM_NO_TIME: none). */
int64_t fm_view_turns(const fm_view *view, int64_t now, const fm_feed *feed, int64_t *last);

/* Filters, orders and cuts. `out` is a shallow copy of `in` whose entry array
 * is in the arena; strings stay where `in` has them. The last filter that says an
 * order counts, else the feed's own. Sorting is stable: FM_ORDER_PUBLISHED newest
 * first (unknown dates last), then as given. */
void fm_view_apply(const fm_view *view, const fm_feed *in, fm_arena *arena, fm_feed *out);

/* The same, and less what is too old at that time. */
void fm_view_apply_at(const fm_view *view, int64_t now, const fm_feed *in, fm_arena *arena,
                      fm_feed *out);

#endif
