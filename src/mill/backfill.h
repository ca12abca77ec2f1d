/* Backfill: adds what a listing showed on past days to the store.
 *
 * The days' own pages are fetched one after the other, the latest first, as the host's budget
 * has room. A day is recorded in the store when its entries are there, so that a later
 * backfill goes on where one ended. Days follow the calendar; a Saturday or Sunday is skipped
 * if the next day's page names an earlier day as the one before it.
 *
 * Everything runs on the loop; `done` is called once, never from inside a call. */
#ifndef FM_MILL_BACKFILL_H
#define FM_MILL_BACKFILL_H

#include "base/why.h"
#include "mill/clock.h"
#include "mill/page_load.h"
#include "mill/feed_request.h"
#include "fetch/fetch.h"
#include "store/store.h"

typedef struct fm_backfill fm_backfill;

/* How far it is. */
typedef struct fm_backfill_state {
  int64_t day;       /* the day at hand, midnight UTC; it counts down */
  const char *doing; /* "reading the body"; borrowed until the loop goes on */
  int64_t wait_ms;   /* until it goes on by itself; 0: it does not wait */
  size_t days;       /* fetched, also those without entries */
  size_t empty;      /* of them, those without entries or without a page */
  size_t known;      /* skipped: an earlier backfill had them */
  size_t unreadable; /* skipped: their page is not the listing */
  size_t entries;    /* in the days' pages */
} fm_backfill_state;

typedef struct fm_backfill_spec {
  uv_loop_t *loop;
  fm_fetcher *fetcher; /* borrowed, as is the store */
  fm_store *store;
  const fm_feed_request *request; /* of the listing; copied */
  int64_t since, until; /* midnights UTC, inclusive */
  bool from_listing;    /* begin near the day that the listing shows, if that is earlier */
  /* FM_OK: all was read. FM_E_CANCELLED: stopped. FM_E_NO_LIST: some days' pages
   * were not the listing, the others are there. Else it ended at state->day. */
  void (*done)(void *ctx, int error, const fm_why *why, const fm_backfill_state *state);
  void *ctx;
  /* For tests; NULL: the real ones. Borrowed. */
  const fm_mill_clock *clock;
  const fm_page_fetcher *page_fetcher;
  fm_extractor *extractor;
} fm_backfill_spec;

/* FM_E_NOT_FOUND: the listing has no pages of days gone by, with the reason. */
int fm_backfill_start(const fm_backfill_spec *spec, fm_backfill **backfill, fm_why *why);
/* Ends it soon; what is done is kept. Twice is fine. */
void fm_backfill_stop(fm_backfill *backfill);
void fm_backfill_get(const fm_backfill *backfill, fm_backfill_state *state);

#endif
