/* Fetching one input: its list with the pages on which that goes on.
 *
 * A list may be had from several candidates, tried one after the other until one serves: the
 * address to which endpoint 0's page led before (redirect_to), the input's endpoints, and the
 * address to which a page leads now. What each candidate brought is kept until the end, so
 * that a list that was set aside counts if no other candidate brings a better one:
 *
 *   - a page that leads elsewhere is set aside while that candidate is tried, and counts if
 *     the other fails or shows none of the page's entries;
 *   - an incomplete list is set aside while other endpoints are tried;
 *   - so is one that the owner takes for an anomaly (fm_list_fetch_next_candidate).
 *
 * The pages of a list follow each other (fm_host.next), up to FM_LIST_PAGES, no address twice.
 * If a further page fails the list is partial.
 *
 * Only the first page of a list is requested conditionally, and a 304 stands for the whole
 * list: lists grow at their beginning, so what moved on later pages shows on the first. It is
 * requested so only while every entry that the input showed is in the copy at hand, and never
 * after a partial list, which leaves no validators.
 *
 * All callbacks come on the loop, never from inside a call of this interface. */
#ifndef FM_MILL_LIST_FETCH_H
#define FM_MILL_LIST_FETCH_H

#include "mill/input_state.h"
#include "mill/page_load.h"

enum { FM_LIST_PAGES = 20 };

typedef struct fm_list_fetch fm_list_fetch;

typedef void (*fm_list_fetch_cb)(void *ctx, fm_list_fetch *fetch);

/* Loader and endpoints are borrowed until fm_list_fetch_free; the state is read in
 * fm_list_fetch_new alone, and may change or go afterwards. */
typedef struct fm_list_fetch_spec {
  const fm_page_loader *loader;
  const fm_input *input;
  bool one_of_several; /* the upstream has other inputs */
  /* The copy at hand, which a 304 would keep; a reference is taken. NULL: there is none, so no
   * request is conditional. See also fm_page_load_hooks.is_outdated. */
  fm_doc *copy;
  int64_t copied_at; /* Unix seconds when it was fetched; 0: unknown */
  fm_list_fetch_cb cb; /* when the fetch has ended; may free it */
  void *ctx;
} fm_list_fetch_spec;

enum fm_list_fetch_state {
  FM_LIST_IDLE,         /* not started */
  FM_LIST_FIRST_PAGE,   /* the first page of a candidate is being loaded */
  FM_LIST_FURTHER_PAGE, /* a further page is */
  FM_LIST_WHOLE,        /* ends: all pages of the list are there, */
  FM_LIST_PARTIAL,      /* the first pages of it, */
  FM_LIST_NOT_MODIFIED, /* a 304 says that it is as in the copy, */
  FM_LIST_FAILED,       /* no candidate brought it, */
  FM_LIST_CANCELLED     /* or the fetch was cancelled */
};

typedef struct fm_list_result {
  enum fm_list_fetch_state state;
  fm_doc *const *pages; /* in their order; the fetch holds the references; none unless WHOLE
                           or PARTIAL */
  size_t npages;
  size_t dropped;       /* things without id or title on all pages */
  fm_str url;           /* the list's first page, and the validators to request it with: */
  fm_str etag, last_modified; /* empty after a partial list, and after one that was set aside */
  size_t endpoint;      /* that served, or led to what did; of the last that failed otherwise */
  const uint64_t *previous_ids; /* of the state at the beginning */
  size_t nprevious_ids;
  /* Of PARTIAL: the further page's failure. Otherwise that of the first candidate that failed,
   * its text followed by those of the others; also when another candidate serves. */
  int error;
  bool unreadable; /* a page came and was not the list: fm_page_load_status */
  fm_why why;
  int64_t retry_after; /* seconds; -1: not said */
} fm_list_result;

/* Prepares a fetch; nothing is requested yet. */
fm_list_fetch *fm_list_fetch_new(const fm_list_fetch_spec *spec);
/* Starts it. Once for each fetch. */
void fm_list_fetch_start(fm_list_fetch *fetch);
/* Ends it with FM_LIST_CANCELLED: the callback comes later. Nothing happens unless a page is
 * being loaded. */
void fm_list_fetch_cancel(fm_list_fetch *fetch);
/* Frees it with all that its result points to. No page may be loading: before the start, from
 * the callback on, and inside the callback. NULL is fine. */
void fm_list_fetch_free(fm_list_fetch *fetch);

/* Its state, and how it ended; borrowed until the fetch goes on or is freed. */
const fm_list_result *fm_list_fetch_result(const fm_list_fetch *fetch);
/* What it is doing; NULL if no page is being loaded. */
const char *fm_list_fetch_doing(const fm_list_fetch *fetch);

/* After FM_LIST_WHOLE, for a list that its owner takes for an anomaly (`reason`, one line): sets
 * it aside and tries the endpoints that were not tried yet. True: the fetch goes on, its callback
 * comes again; if no other endpoint brings the list, the result is this one once more. False:
 * no endpoint is left, or the list is of several pages or came from elsewhere; the result
 * stays. */
bool fm_list_fetch_next_candidate(fm_list_fetch *fetch, const char *reason);

/* When the copy that was made of the result is stored (or stays, after a 304): what `state` is
 * for the next refresh. Call it for each input, FM_LIST_FAILED too. `ids`: the entries that the
 * input shows now (fm_list_union's), kept as they are if `keep_ids`. `interval`: of the
 * upstream, seconds. Returns true if another endpoint serves than before. */
bool fm_list_fetch_remember(const fm_list_fetch *fetch, fm_input_state *state,
                            const uint64_t *ids, size_t nids, bool keep_ids, int64_t interval);

#endif
