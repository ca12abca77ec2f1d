/* Fetching entries' own pages (fm_source.extract_entry): each entry's page is fetched once, a
 * number of them in each refresh, and what it said is remembered with the entry
 * (feed/detail.h).
 *
 * The owner picks entries of a list, starts the fetch and takes what came, as often as it
 * likes: fm_entry_fetch_take gives an immutable patch of what was not taken before, which any
 * thread may apply to documents while other pages are still under way. A page that fails is
 * tried in later refreshes too, FM_ENTRY_PAGE_TRIES times in all. One for which the host has no
 * room now is postponed: it counts as not tried.
 *
 * All callbacks come on the loop, never from inside a call of this interface. */
#ifndef FM_MILL_ENTRY_FETCH_H
#define FM_MILL_ENTRY_FETCH_H

#include "feed/doc.h"
#include "mill/page_load.h"

typedef struct fm_entry_fetch fm_entry_fetch;
typedef void (*fm_entry_fetch_cb)(void *ctx, fm_entry_fetch *fetch);

enum fm_entry_page_status {
  FM_ENTRY_PENDING,  /* being fetched, or not started */
  FM_ENTRY_FETCHED,
  FM_ENTRY_FAILED,   /* one more failed try */
  FM_ENTRY_POSTPONED /* not tried: the host has no room, or the fetch was cancelled */
};

/* Loader and endpoint are borrowed until fm_entry_fetch_free. */
typedef struct fm_entry_fetch_spec {
  const fm_page_loader *loader;
  const fm_endpoint *endpoint; /* whose key, headers and budget the entries' pages share */
  size_t max_pages;            /* in this refresh: fm_source_entry_pages */
  fm_entry_fetch_cb cb;        /* when no page is pending any more; may free the fetch */
  void *ctx;
} fm_entry_fetch_spec;

/* True if the page of an entry of `list` is wanted, as far as `known` tells, a document with
 * what is remembered of some entries (NULL: nothing). */
bool fm_entry_fetch_is_wanted(const fm_doc *list, const fm_doc *known);

/* Picks the first entries of `list` whose pages are wanted, and not closed (fetched, or given
 * up) in one of the documents of what is remembered, which may be NULL each. Entries that link
 * to one page share it. Nothing is requested yet, no document is kept. */
fm_entry_fetch *fm_entry_fetch_new(const fm_entry_fetch_spec *spec, const fm_doc *list,
                                   const fm_doc *const *known, size_t nknown);
/* How many pages were picked; how many of them are pending; how many were fetched. */
size_t fm_entry_fetch_picked(const fm_entry_fetch *fetch);
size_t fm_entry_fetch_pending(const fm_entry_fetch *fetch);
size_t fm_entry_fetch_fetched(const fm_entry_fetch *fetch);
/* Requests all picked pages; the fetcher keeps to what their hosts take. Once, and only if at
 * least one was picked. */
void fm_entry_fetch_start(fm_entry_fetch *fetch);
/* Postpones what is pending: the callback comes later. Nothing happens if nothing is. */
void fm_entry_fetch_cancel(fm_entry_fetch *fetch);
/* Frees it. No page may be loading: before the start, from the callback on, and inside the
 * callback. Patches that were taken live on. NULL is fine. */
void fm_entry_fetch_free(fm_entry_fetch *fetch);
/* What the first page that is being loaded is doing; NULL if none is. */
const char *fm_entry_fetch_doing(const fm_entry_fetch *fetch);

/* What pages said, or that they failed. */
typedef struct fm_entry_patch fm_entry_patch;

/* True if fm_entry_fetch_take would give a patch. */
bool fm_entry_fetch_has_patch(const fm_entry_fetch *fetch);
/* All pages that were fetched or failed since the last call, as merged from now on; NULL if
 * there are none. The caller frees it. */
fm_entry_patch *fm_entry_fetch_take(fm_entry_fetch *fetch);
void fm_entry_patch_free(fm_entry_patch *patch); /* NULL is fine */

/* A document like `doc` in which the patch's entries have what their pages said, or one more
 * failed try. `all`: with all entries of `doc`, else with the patched ones alone. One
 * reference. Any thread. */
fm_doc *fm_entry_patch_apply(const fm_entry_patch *patch, const fm_doc *doc, bool all);

#endif
