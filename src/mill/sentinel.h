/* The sentinel: does a page that can be read look like what was read before?
 *
 * A site that breaks often answers 200 with a page that parses. What is far
 * from what history leads one to expect is not taken: the copy at hand serves
 * on and the page counts as failing. What is no breakage: a first sight, a
 * weekend without entries, a new day with few, all of them new. A site may have
 * changed for good: what stays the same for a day is taken in the end.
 *
 * Pure: no clock, no I/O. */
#ifndef FM_MILL_SENTINEL_H
#define FM_MILL_SENTINEL_H

#include "base/why.h"
#include <feedmill/feed.h>
#include <stdbool.h>

/* name (a word, for metrics), what it is in a title */
#define FM_ODDITIES(X)                                        \
  X(FM_ODD_NONE, "none", "as ever")                           \
  X(FM_ODD_NO_LIST, "no-list", "no list found")               \
  X(FM_ODD_EMPTY, "empty", "no entries")                      \
  X(FM_ODD_FEW, "far-fewer", "far fewer entries")             \
  X(FM_ODD_TITLES, "titles", "most titles empty or the same") \
  X(FM_ODD_ABSTRACTS, "abstracts", "most abstracts empty")    \
  X(FM_ODD_IDS, "ids", "ids of another form")
enum fm_oddity {
#define FM_ODDITY_ROW(name, word, text) name,
  FM_ODDITIES(FM_ODDITY_ROW)
#undef FM_ODDITY_ROW
  FM_ODD_COUNT
};
const char *fm_oddity_name(enum fm_oddity odd);
const char *fm_oddity_text(enum fm_oddity odd);
enum fm_oddity fm_oddity_named(fm_str name); /* FM_ODD_NONE for any other word */

/* What is known of a page. */
typedef struct fm_history {
  const fm_feed *feed; /* remembered: its head as last read, entries that left it too */
  bool counted;        /* the two below are known (not after a restart) */
  size_t shown;        /* entries on it when it was last read */
  size_t dropped;      /* and of things without id or title */
  size_t bare;         /* of those shown, without an abstract on the page: memory may have
                          it of another page */
} fm_history;

/* Entries without an abstract in the list. */
size_t fm_sentinel_bare(const fm_feed *seen);

/* FM_ODD_NO_LIST does not come from here: that is the source's to say. `why`
 * is set if it is odd. */
enum fm_oddity fm_sentinel_look(const fm_history *past, const fm_feed *seen, size_t dropped,
                                fm_why *why);

/* How long a page has been odd. Zero is: not at all. */
typedef struct fm_sentinel {
  enum fm_oddity odd;
  int64_t since;  /* Unix seconds */
  unsigned count; /* readings that were odd in this way, in a row */
  bool taken;     /* it has been so for long enough: it is as ever now */
} fm_sentinel;

enum { FM_SENTINEL_LEAST = 6, FM_SENTINEL_SECONDS = 86400 };

/* Takes note of what a look brought; true: the page is not to be taken. The
 * sixth reading in a row of one oddity, a day or more after the first, is. */
bool fm_sentinel_refuses(fm_sentinel *sentinel, enum fm_oddity odd, int64_t now);

#endif
