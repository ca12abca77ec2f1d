/* Data from an entry's own page, which is fetched once per entry and stored with it.
 *
 * fm_entry.page_fields records which fields came from that page, page_failures how many
 * fetches failed. Every copy of an entry carries both, and so do its records in the stores.
 * Records of earlier versions hold them in a number, which is converted when they are read. */
#ifndef FM_FEED_ENTRY_PAGE_H
#define FM_FEED_ENTRY_PAGE_H

#include "base/mem.h"
#include <stdbool.h>

enum { FM_ENTRY_PAGE_TRIES = 3 }; /* failed fetches, after which feedmill gives up */

/* The entry's own page: its first link "alternate", if http or https; else empty. */
fm_str fm_entry_page_url(const fm_entry *entry);
/* The page was fetched, or feedmill gave up. */
bool fm_entry_page_closed(const fm_entry *entry);
/* The entry has a page that is still to be fetched. */
bool fm_entry_page_wanted(const fm_entry *entry);
unsigned fm_entry_page_tries(const fm_entry *entry); /* failed fetches so far; 0 after a successful one */
/* The title or summary came from the page, and overrides the list's. */
bool fm_entry_page_gave_title(const fm_entry *entry);
bool fm_entry_page_gave_summary(const fm_entry *entry);

/* Replaces the fields of `entry` that `said` sets, except id and links; numbers by name.
 * Marks the page as fetched. New arrays are in the arena; strings are borrowed. */
void fm_entry_page_add(const fm_entry *said, fm_arena *arena, fm_entry *entry);
/* Counts one more failed fetch after `before` ones. */
void fm_entry_page_failed(unsigned before, fm_entry *entry);

/* Part of a merge: `entry` was made from the observation `seen` and the record `old`. Fields from the entry's page win, the record's before the
 * observation's. */
void fm_entry_page_merge(const fm_entry *old, const fm_entry *seen, fm_entry *entry);

/* Removes the record, as if the page had never been fetched; in the form of earlier versions
 * too. A new array of numbers is in the arena. */
void fm_entry_page_clear(fm_arena *arena, fm_entry *entry);
/* Converts the record of earlier versions, a number. Changes the array of numbers in place. */
void fm_entry_page_convert(fm_number *numbers, fm_entry *entry);

#endif
