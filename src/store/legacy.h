/* State as feedmill kept it before it had keys for it: as entries of hidden pages, and
 * for a backfill as a page for each day. Found in SQLite files of schema 2, in a Redis
 * of schema 1 and in exports of form 1. Pure. */
#ifndef FM_STORE_LEGACY_H
#define FM_STORE_LEGACY_H

#include "store/lines.h"

#define FM_LEGACY_PAGES "feedmill outages", "feedmill hosts", "feedmill trails"
#define FM_LEGACY_SOURCE "feedmill"

typedef struct fm_legacy_state {
  fm_str key, value; /* in the arena */
} fm_legacy_state;

bool fm_legacy_hidden(fm_str page);
/* The state that an entry of a hidden page stands for; false: none. */
bool fm_legacy_from_entry(fm_str page, const fm_entry *entry, fm_arena *arena,
                          fm_legacy_state *state);
/* The state that a page stands for which notes a backfill's day; false: it is a page
 * like any other. `head` is empty for a page that was never fetched. */
bool fm_legacy_from_page(fm_str page, const fm_page_meta *meta, fm_str head, fm_arena *arena,
                         fm_legacy_state *state);
/* Turns a line of an export that stood for a state into the line of that state, or,
 * where nothing is left of it, into one of kind FM_LINE_FIRST; other lines stay.
 * FM_E_SYNTAX. */
int fm_legacy_line(fm_line *line, fm_arena *arena, fm_why *why);

#endif
