/* A backfill: what a listing showed on days gone by, put into its memory.
 *
 * The days' own pages are fetched one after the other, the latest first, as the
 * host's budget has room. Each day that is over is noted in the store when its
 * entries are there, so that a later backfill goes on where one ended. Days
 * follow the calendar; a Saturday or Sunday is passed over when the page after
 * it names an earlier day as the one before itself.
 *
 * Everything runs on the loop; `done` is called once, never from inside a call. */
#ifndef FM_MILL_BACKFILL_H
#define FM_MILL_BACKFILL_H

#include "base/why.h"
#include "mill/want.h"
#include "fetch/fetch.h"
#include "store/store.h"

typedef struct fm_backfill fm_backfill;

/* What became of it, and how far it is. */
typedef struct fm_backfill_state {
  int64_t day;       /* at which it is, midnight UTC; it counts down */
  const char *doing; /* "reading the body"; borrowed until the loop goes on */
  int64_t wait_ms;   /* until it goes on by itself; 0: it does not wait */
  size_t days;       /* fetched, empty ones too */
  size_t empty;      /* of them, those without entries or without a page */
  size_t known;      /* passed over: an earlier backfill had them */
  size_t unreadable; /* passed over: their page is not the listing */
  size_t entries;    /* in the days' pages */
} fm_backfill_state;

typedef struct fm_backfill_spec {
  uv_loop_t *loop;
  fm_fetcher *fetcher; /* borrowed, as is the store */
  fm_store *store;
  const fm_want *want; /* of the listing; copied */
  int64_t since, until; /* midnights UTC, both belong to it */
  bool from_listing;    /* begin near the day that the listing itself shows, if that is earlier */
  /* FM_OK: all was read. FM_E_CANCELLED: stopped. FM_E_NO_LIST: some days' pages
   * were not the listing, the others are there. Else it ended at state->day. */
  void (*done)(void *ctx, int error, const fm_why *why, const fm_backfill_state *state);
  void *ctx;
} fm_backfill_spec;

/* FM_E_NOT_FOUND: the listing has no pages of days gone by, with the reason. */
int fm_backfill_start(const fm_backfill_spec *spec, fm_backfill **backfill, fm_why *why);
/* Ends it soon; what is done is kept. Twice is fine. */
void fm_backfill_stop(fm_backfill *backfill);
void fm_backfill_get(const fm_backfill *backfill, fm_backfill_state *state);

#endif
