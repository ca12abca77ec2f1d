/* Converts state in the form of feedmill before there were keys for it: entries of hidden
 * upstreams, and for a backfill an upstream for each day. This form is found in SQLite
 * files of schema 2, in a Redis of schema 1 and in exports of version 1. Pure. */
#ifndef FM_STORE_LEGACY_H
#define FM_STORE_LEGACY_H

#include "store/export_line.h"

#define FM_LEGACY_PAGES "feedmill outages", "feedmill hosts", "feedmill trails"
#define FM_LEGACY_SOURCE "feedmill"

typedef struct fm_legacy_state {
  fm_str key, value; /* in the arena */
} fm_legacy_state;

bool fm_legacy_hidden(fm_str upstream);
/* The state that an entry of a hidden upstream stands for; false: none. */
bool fm_legacy_from_entry(fm_str upstream, const fm_entry *entry, fm_arena *arena,
                          fm_legacy_state *state);
/* The state that an upstream stands for if it marks a day of a backfill; false: it is an
 * ordinary upstream. `head` is empty for an upstream that was never fetched. */
bool fm_legacy_from_page(fm_str upstream, const fm_upstream_meta *meta, fm_str head,
                         fm_arena *arena, fm_legacy_state *state);
/* Turns a line of an export that stands for a state into the line of that state, or into
 * one of kind FM_LINE_FIRST, which imports nothing, if it has no counterpart. Other lines
 * are unchanged. FM_E_SYNTAX. */
int fm_legacy_line(fm_export_line *line, fm_arena *arena, fm_why *why);

#endif
