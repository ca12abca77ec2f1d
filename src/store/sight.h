/* What every home does with a sighting: the record that is remembered, the one
 * that is to be written. No input or output; any thread. */
#ifndef FM_STORE_SIGHT_H
#define FM_STORE_SIGHT_H

#include "store/backend.h"
#include "store/pack.h"

/* An entry as a home has it. */
typedef struct fm_known {
  int64_t first_seen, published, updated;
  int64_t changed; /* when its record last did */
  uint64_t fingerprint;
  fm_str packed;   /* store/pack.h */
} fm_known;

/* What a sighting made of it. */
typedef struct fm_sight {
  fm_record record; /* strings in the arena, the sighting's or the known record's */
  fm_str packed;    /* to be written, in the arena; empty: nothing changed */
  int64_t changed_at; /* the record's next fm_known.changed */
  bool changed;     /* since the page was last changed, by whatever page */
} fm_sight;

typedef struct fm_seeing {
  int64_t now, page_changed;
  bool own; /* it comes from a copy of ours, not from the page: its dates count */
} fm_seeing;

/* `known` is NULL for an entry never seen. FM_E_SYNTAX: the known record is
 * damaged; FM_E_TOO_BIG. */
int fm_sight_make(fm_pack *pack, const fm_known *known, const fm_entry *seen,
                  const fm_seeing *how, fm_arena *arena, fm_sight *sight, fm_why *why);

/* A feed's entries that have an id, each id once, in their order. */
typedef struct fm_sightings {
  const fm_entry **entries;
  size_t count;
} fm_sightings;
fm_sightings fm_sightings_of(const fm_feed *feed, fm_arena *arena);

/* The feed without its entries, as JSON. *changed is set when it is not `was`. */
int fm_head_make(const fm_feed *feed, fm_str was, fm_arena *arena, fm_str *head, bool *changed,
                 fm_why *why);
/* Back again, one reference; an empty head is an empty feed. FM_E_SYNTAX. */
int fm_head_read(fm_str head, fm_doc **doc, fm_why *why);

/* One packed record; dates as the home has them. */
int fm_entry_unpack(fm_pack *pack, fm_str packed, int64_t published, int64_t updated,
                    fm_arena *arena, fm_entry *entry, fm_why *why);

#endif
