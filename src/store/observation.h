/* Merges an observation of an entry with its stored record; shared by all backends.
 * Without I/O, on any thread. */
#ifndef FM_STORE_OBSERVATION_H
#define FM_STORE_OBSERVATION_H

#include "store/backend.h"
#include "store/pack.h"

/* An entry as a backend stores it. */
typedef struct fm_stored_entry {
  int64_t first_seen, published, updated;
  int64_t changed; /* when its record last changed */
  uint64_t fingerprint;
  fm_str packed;   /* store/pack.h */
} fm_stored_entry;

/* The result of an observation. */
typedef struct fm_observation {
  fm_record record; /* strings in the arena, in the observed entry or in the stored record */
  fm_str packed;    /* the record to be written, in the arena; empty if unchanged */
  int64_t changed_at; /* the new fm_stored_entry.changed */
  bool changed;     /* the record changed since the upstream's feed did, through any upstream */
} fm_observation;

typedef struct fm_observation_context {
  int64_t now, upstream_changed;
  bool is_copy; /* observed in a caller's copy, not on a page: its dates count */
} fm_observation_context;

/* `known` is NULL for an entry that is not stored. FM_E_SYNTAX: the stored record is
 * damaged. FM_E_TOO_BIG: the record would exceed FM_PACK_MAX. */
int fm_observation_merge(fm_pack *pack, const fm_stored_entry *known, const fm_entry *seen,
                         const fm_observation_context *how, fm_arena *arena,
                         fm_observation *observation, fm_why *why);

/* A feed's entries that have an id, in the feed's order, without duplicates. */
typedef struct fm_entry_set {
  const fm_entry **entries;
  size_t count;
} fm_entry_set;
fm_entry_set fm_entry_set_of(const fm_feed *feed, fm_arena *arena);

/* Encodes a feed without its entries as JSON. Sets *changed if that differs from `was`. */
int fm_head_encode(const fm_feed *feed, fm_str was, fm_arena *arena, fm_str *head, bool *changed,
                   fm_why *why);
/* Decodes it into a new document; an empty head gives an empty feed. FM_E_SYNTAX. */
int fm_head_decode(fm_str head, fm_doc **doc, fm_why *why);

/* Decodes a packed record; the dates are those that the backend stores beside it. */
int fm_entry_unpack(fm_pack *pack, fm_str packed, int64_t published, int64_t updated,
                    fm_arena *arena, fm_entry *entry, fm_why *why);

#endif
