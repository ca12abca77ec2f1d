/* The milling plane: one loop that fetches, hands pages to the pool, merges,
 * renders, compresses, stores, and publishes what came out.
 *
 * A *page* is one upstream address; readers' feeds are *views* of it (filters,
 * format), each with a few *faces* (the public addresses under which it is
 * asked for). A face holds a finished fm_reply.
 *
 * Everything runs on the loop given at the start; callbacks come on it, maybe
 * from inside the call. */
#ifndef FM_MILL_MILL_H
#define FM_MILL_MILL_H

#include "base/why.h"
#include "mill/sentinel.h"
#include "mill/want.h"
#include "fetch/fetch.h"
#include "serve/reply.h"
#include "store/store.h"
#include <uv.h>

typedef struct fm_mill fm_mill;

/* Where one page stands. */
#define FM_PAGE_STATES(X)                                                    \
  X(FM_PAGE_LOADING, "loading", "being read from the store")                 \
  X(FM_PAGE_FRESH, "fresh", "up to date")                                    \
  X(FM_PAGE_STALE, "stale", "due, refreshed when somebody asks")             \
  X(FM_PAGE_HELD, "held", "due, refreshed when its host takes more requests") \
  X(FM_PAGE_REFRESHING, "refreshing", "being refreshed now")                 \
  X(FM_PAGE_BACKING_OFF, "backing-off", "failing, tried again later")
enum fm_page_state {
#define FM_PAGE_STATE_ROW(name, word, text) name,
  FM_PAGE_STATES(FM_PAGE_STATE_ROW)
#undef FM_PAGE_STATE_ROW
  FM_PAGE_STATE_COUNT
};
const char *fm_page_state_name(enum fm_page_state state); /* one word */
const char *fm_page_state_text(enum fm_page_state state); /* for people */

enum { FM_MILL_FACES = 8, FM_MILL_ENTRIES = 1000 };

typedef struct fm_mill_spec {
  uv_loop_t *loop;
  fm_fetcher *fetcher; /* borrowed, outlives the mill, as does the store */
  fm_store *store;
  size_t dynamic;      /* pages that nobody configured, at most */
  /* A finished reply for an address; and an address that is no longer served.
   * May be NULL (no serving plane). */
  bool shared;         /* other feedmills share the store: one fetch for all of them */
  int64_t lease_ms;    /* with shared: how long a refresh may keep the others waiting */
  bool plain;          /* make no compressed bodies: nobody will ask for them */
  void (*publish)(void *ctx, fm_str base, fm_str target, fm_reply *reply);
  void (*retract)(void *ctx, fm_str base, fm_str target);
  void *ctx;
} fm_mill_spec;

fm_mill *fm_mill_new(const fm_mill_spec *spec);
/* Cancels what is under way (who waits is answered 503), writes what readers
 * did to the store, then calls `closed` and frees the mill. */
void fm_mill_close(fm_mill *mill, void (*closed)(void *ctx), void *ctx);

/* Answers a want, now or after a refresh; `reply` is borrowed. Exactly once. */
typedef void (*fm_mill_cb)(void *ctx, fm_reply *reply);
void fm_mill_ask(fm_mill *mill, const fm_want *want, fm_mill_cb cb, void *ctx);

/* A configured feed that is refreshed from now on as if it had just been read,
 * if its page is remembered; does nothing for a page never seen. */
void fm_mill_resume(fm_mill *mill, const fm_want *want);

/* After a reload: every face is taken out of the tables and made again when it
 * is next asked for; pages, their copies and what is under way stay. */
void fm_mill_reconfigure(fm_mill *mill, size_t dynamic);

/* Forgets what is older than the store's `keep`, in small steps, and takes it
 * out of the copies at hand. Now and then. */
void fm_mill_expire(fm_mill *mill);

/* How a page stands, for the status pages. Borrowed for the time of the call. */
typedef struct fm_page_info {
  fm_str key;
  fm_str url;       /* that it was had at last */
  bool another;     /* which is not the one that is wanted: that fails, or has no room */
  enum fm_page_state state;
  bool has_copy;
  size_t entries;
  int64_t fetched, changed; /* wall clock seconds, FM_NO_TIME: never */
  int64_t next;             /* the next refresh or try, FM_NO_TIME: none planned */
  unsigned failures;
  fm_str failure;
  const char *doing;        /* while refreshing: what; else NULL */
  size_t lists, missing;    /* that it is made of; of these could not be had, or not whole: */
  fm_str missed;            /* why the first of them; what was known of it stays */
  uint64_t fetches, fetch_errors, not_modified, changes;
} fm_page_info;
typedef void (*fm_page_info_cb)(void *ctx, const fm_page_info *info);
void fm_mill_pages(fm_mill *mill, fm_page_info_cb cb, void *ctx);
/* The page of a want; FM_E_NOT_FOUND: not asked for yet. */
int fm_mill_page(fm_mill *mill, const fm_want *want, fm_page_info_cb cb, void *ctx);

/* A time during which a page that had been there could not be had, or was not
 * the listing. Texts are of the first failure. */
typedef struct fm_outage {
  char *page, *url, *reason;
  char *what;           /* in three words: "no list found" */
  int64_t began, ended; /* FM_NO_TIME: not over yet */
  enum fm_oddity odd;   /* FM_ODD_NONE: it could not be had */
  bool taken;           /* it ended by being taken as it is */
} fm_outage;
enum { FM_MILL_OUTAGES = 100 };
/* The latest outages, oldest first; borrowed until the loop goes on. They are
 * in the store, so that a restart changes nothing. */
const fm_outage *fm_mill_outages(const fm_mill *mill, size_t *count);

typedef struct fm_mill_stats {
  uint64_t asks, fetches, fetch_errors, not_modified, changes, renders, joined;
  uint64_t store_errors;
  uint64_t switches; /* from one way to a page to another */
  uint64_t odd[FM_ODD_COUNT]; /* readings not taken, by what was odd */
  size_t pages, views, faces;
} fm_mill_stats;
void fm_mill_get_stats(const fm_mill *mill, fm_mill_stats *stats);

#endif
