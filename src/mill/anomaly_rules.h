/* Anomaly rules: is a reading what the upstream's history leads one to expect?
 *
 * A site that breaks often answers 200 with a page that can be read. A reading that is far
 * from the history is an anomaly: it is not used, the copy at hand is served on and the
 * refresh counts as failed. No anomalies are: a first reading, a weekend without entries, a
 * new day with few entries that are all new. A site may have changed for good: an anomaly
 * that stays the same for a day is accepted.
 *
 * Pure: no clock, no I/O. */
#ifndef FM_MILL_ANOMALY_RULES_H
#define FM_MILL_ANOMALY_RULES_H

#include "base/why.h"
#include <feedmill/feed.h>
#include <stdbool.h>

/* name; a word for metrics; text for the status feed */
#define FM_ANOMALIES(X)                                        \
  X(FM_ANOMALY_NONE, "none", "as expected")                           \
  X(FM_ANOMALY_NO_LIST, "no-list", "no list found")               \
  X(FM_ANOMALY_EMPTY, "empty", "no entries")                      \
  X(FM_ANOMALY_FEW, "far-fewer", "far fewer entries")             \
  X(FM_ANOMALY_TITLES, "titles", "most titles empty or the same") \
  X(FM_ANOMALY_ABSTRACTS, "abstracts", "most abstracts empty")    \
  X(FM_ANOMALY_IDS, "ids", "ids of another form")
enum fm_anomaly {
#define FM_ANOMALY_ROW(name, word, text) name,
  FM_ANOMALIES(FM_ANOMALY_ROW)
#undef FM_ANOMALY_ROW
  FM_ANOMALY_COUNT
};
const char *fm_anomaly_name(enum fm_anomaly anomaly);
const char *fm_anomaly_text(enum fm_anomaly anomaly);
enum fm_anomaly fm_anomaly_from_name(fm_str name); /* FM_ANOMALY_NONE for any other word */

/* What is known of an upstream. */
typedef struct fm_reading_history {
  const fm_feed *feed; /* the copy: its head as last read, also entries that left the list */
  bool counted;        /* the numbers below are known, that is, not after a restart */
  size_t shown;        /* entries in the list when it was last read */
  size_t dropped;      /* things without id or title in it */
  size_t bare;         /* entries shown whose abstract the list did not have */
} fm_reading_history;

/* Entries whose abstract is not from the list. */
size_t fm_anomaly_count_bare(const fm_feed *seen);

/* Sets `why` if it finds one. Never FM_ANOMALY_NO_LIST: that is for the source to say. */
enum fm_anomaly fm_anomaly_find(const fm_reading_history *past, const fm_feed *seen, size_t dropped,
                                fm_why *why);

/* How long an upstream has shown one anomaly. Zero-initialised: it shows none. */
typedef struct fm_anomaly_streak {
  enum fm_anomaly anomaly;
  int64_t since;  /* Unix seconds */
  unsigned count; /* readings with this anomaly, in a row */
  bool accepted;  /* it has lasted for so long that it counts as normal */
} fm_anomaly_streak;

enum { FM_ANOMALY_READINGS = 6, FM_ANOMALY_SECONDS = 86400 };

/* Notes what a reading showed. True: the reading is refused. The FM_ANOMALY_READINGS-th in a
 * row with the same anomaly is accepted if the first is FM_ANOMALY_SECONDS old. */
bool fm_anomaly_streak_refuses(fm_anomaly_streak *streak, enum fm_anomaly anomaly, int64_t now);

#endif
