/* What an entry's own page said of it: fetched once for each entry ever, and kept with
 * it. Which fields are from there, or how often it was tried in vain, stands in one of
 * the entry's numbers: so every home, export and copy of an entry carries it, and as
 * numbers only ever grow it is never forgotten. Filters cannot name it, sources may not
 * give it. */
#ifndef FM_FEED_DETAIL_H
#define FM_FEED_DETAIL_H

#include "base/mem.h"
#include <stdbool.h>

#define FM_DETAIL_NUMBER "own page"
enum { FM_DETAIL_TRIES = 3 }; /* then never again */

/* The entry's own page: its first link "alternate", if http or https; else empty. */
fm_str fm_detail_url(const fm_entry *entry);
/* It was had, or given up. */
bool fm_detail_closed(const fm_entry *entry);
/* It has one, which was neither. */
bool fm_detail_wanted(const fm_entry *entry);
unsigned fm_detail_tries(const fm_entry *entry); /* in vain; 0 too when it was had */
/* It said the title, the summary: what the list says of them is not seen. */
bool fm_detail_gave_title(const fm_entry *entry);
bool fm_detail_gave_summary(const fm_entry *entry);

/* What is set in `said` replaces what `entry` has, but for id and links; numbers by name.
 * It is had from now on. The new arrays are in the arena, strings stay where they are. */
void fm_detail_add(const fm_entry *said, fm_arena *arena, fm_entry *entry);
/* One more try was in vain, after so many. */
void fm_detail_failed(unsigned before, fm_arena *arena, fm_entry *entry);

/* For a merge: `entry` was made of `seen` and of what `old` is remembered as, their numbers
 * joined already. Fields that are from the own page win: those that readers have go
 * before those that come now. */
void fm_detail_merge(const fm_entry *old, const fm_entry *seen, fm_entry *entry);

/* The same entry without that number, in an array in the arena where it has it. */
void fm_detail_strip(fm_arena *arena, fm_entry *entry);

#endif
