/* The mill's own structs; for src/mill/ alone.
 *
 * Ownership: the mill owns pages (by key), a page its views, a view its faces.
 * Everything is touched on the loop only, except what a pool job was handed:
 * an immutable fm_doc, and the unchanging parts of views and faces that are
 * held (`busy`) until the job is back. A page is freed in its timer's close
 * callback. */
#ifndef FM_MILL_INTERNAL_H
#define FM_MILL_INTERNAL_H

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "mill/mill.h"
#include "mill/schedule.h"
#include "mill/sentinel.h"

typedef struct page page;
typedef struct view view;
typedef struct face face;
typedef struct waiter waiter;
typedef struct run run; /* a refresh under way: refresh.c */
typedef struct part part;

struct fm_mill {
  fm_mill_spec spec;
  fm_map pages; /* key -> page */
  fm_map views; /* key -> view */
  fm_mill_stats stats;
  size_t open; /* pages and waiters not yet freed, jobs not yet back */
  bool closing;
  unsigned reloads;
  fm_outage outages[FM_MILL_OUTAGES];
  size_t noutages;
  fm_schedule schedule; /* pages that wait for their host's budget */
  uv_timer_t ahead;
  void (*closed)(void *ctx);
  void *closed_ctx;
};

/* An address at which a part may be had, as planned. Strings in page->own. */
typedef struct way {
  fm_str url, key, accept;
  fm_str origin; /* of url: where headers and budget hold */
  fm_str budget;
  fm_str turn;   /* both, as the fetcher is asked for room */
  const fm_param *headers;
  size_t nheaders;
  const fm_program *program;
} way;

/* One of the lists that make up the page, usually the only one; and what is
 * remembered of it beside its entries, replaced as a whole after a refresh. */
struct part {
  const way *ways; /* in the order in which they are tried */
  size_t nways;
  fm_arena memory; /* of what follows */
  fm_str found;    /* where the page of its first way said that the list stands; or empty */
  fm_str from;     /* the address that gave these: */
  fm_str etag, last_modified;
  const uint64_t *ids; /* fm_gather_id of the entries that it showed; none: not known */
  size_t nids;
  bool failing;    /* it, or a page of it; said in the log once */
  fm_str reason;   /* then why */
  /* ways.c */
  size_t way;        /* that it was had by last */
  unsigned failures; /* of the first way, in a row, while another worked */
  int64_t again;     /* mono ms: when the first is tried again; 0: at once */
};

enum { PAGE_NOTES = 16 };

struct page {
  fm_mill *mill;
  fm_arena own; /* key, url, parts, options, command */
  fm_str key;
  fm_str url; /* of the first part's first way */
  part *parts; /* what a refresh fetches; at least one */
  size_t nparts;
  const fm_str *command; /* prints the page; none: it is fetched */
  size_t ncommand;
  const fm_source *source;
  fm_param *options;
  size_t noptions;
  unsigned reloads;    /* the mill's when they were looked at last */
  int64_t every, idle; /* while no view says otherwise */
  enum fm_page_state state;
  int error;         /* the last failure's code, while backing off */
  fm_doc *doc;       /* NULL: no copy */
  uint64_t version;  /* of what is served; a face of another one is made again */
  fm_upstream_meta meta; /* strings in meta_arena */
  fm_arena meta_arena;
  bool unsaved;      /* the store has missed some of `doc` */
  bool reread;       /* the copy was made with other options: no conditional request */
  int64_t due;       /* fm_clock_mono_ms of the next refresh or try; 0: none */
  int64_t planned;   /* while fresh: the interval that made it due then */
  fm_slot slot;      /* in mill->schedule while held */
  fm_sentinel sentinel;
  bool recalled;      /* `sentinel` is what it was before a restart */
  fm_history history; /* what `doc` does not tell of the last reading; no feed */
  enum fm_oddity odd; /* the last failure's, if it was one of what was read */
  uint64_t noted[PAGE_NOTES]; /* fm_gather_id of the latest remarks in the log */
  unsigned nnoted;
  uint64_t trail;     /* fm_gather_id of what the store has of trail.c; 0: not asked yet */
  uv_timer_t timer;
  fm_list views, waiters;
  run *run;
  unsigned busy; /* jobs and store calls that hold this page */
  int64_t newest_archive; /* month; FM_NO_TIME: none */
  unsigned listing;       /* lookings for it under way: faces are made after them */
  size_t remembered;      /* entries in all archives and the feed */
  size_t limit;           /* entries in the feed of this page that shows the most */
  bool closing;
  int64_t resumed; /* mono ms: counts as read then, and is kept; 0: not */
  uint64_t fetches, fetch_errors, not_modified, changes;
};

struct view {
  fm_list_node node; /* in page->views */
  page *page;
  fm_arena own;
  fm_str key, name, title;
  fm_view shown; /* filters and limit; in own */
  fm_filter filters[FM_WANT_FILTERS];
  fm_refresh refresh;
  const fm_format *format;
  int64_t archive; /* first second of its month; 0: the feed itself */
  bool forgotten;  /* by a reload, and not asked for since */
  fm_list faces; /* most recently asked for last */
  unsigned nfaces;
};

struct face {
  fm_list_node node; /* in view->faces */
  view *view;
  fm_str base, target; /* in one piece of memory behind the struct */
  fm_freshness *life;
  fm_reply *reply; /* NULL: not made yet */
  uint64_t version; /* of the page when it was made */
  fm_refresh made;  /* what `reply` tells of the view's intervals */
  int64_t ages;     /* wall clock: when an entry in `reply` is too old for the view */
  bool busy;        /* being made in the pool */
  bool published;   /* the serving threads have `reply` */
  bool closed;      /* a sealed archive: never made again */
  bool lost;        /* an archive that is none, or that the store cannot give */
};

struct waiter {
  fm_list_node node; /* in page->waiters */
  page *page;
  face *face;
  fm_mill_cb cb;
  void *ctx;
  uv_timer_t timer; /* refresh.wait */
  bool expired;
};

/* page.c: states */
enum { PAGE_KEY_MAX = 640 };
fm_str page_key(const fm_want *want, char *text, size_t room); /* in `text` */
page *page_of(fm_mill *mill, const fm_want *want);
page *page_find(const fm_mill *mill, const fm_want *want); /* or NULL */
void page_loaded(page *p);   /* its first state, from what the store knew */
void page_settle(page *p);   /* answers who can be answered, starts what must start */
void page_fresh(page *p);    /* the copy is current from now on */
void page_failed(page *p, int error, const fm_why *why, int64_t retry_after);
void page_busy(page *p, const fm_why *why, int64_t retry_after); /* its host has no room */
bool page_starving(const page *p); /* somebody waits, and there is nothing to give */
bool page_impatient(const page *p); /* and has waited for refresh.wait */
/* Takes what the store holds, if it is newer; true if the page is fresh by it. */
bool page_adopt(page *p, const fm_stored_feed *memory);
void page_meta_set(page *p, const fm_upstream_meta *meta); /* copies the strings */
void page_touch(page *p);    /* writes meta to the store */
void page_release(page *p);  /* frees it when nobody needs it any more */
int64_t page_read(const page *p); /* mono ms of the last reading; 0: never */
int64_t page_every(const page *p);
void page_replan(page *p);   /* its feeds may have got other intervals */
bool page_usable(const page *p, const view *v); /* has a copy that may be served */
void page_doc_set(page *p, fm_doc *doc); /* takes the reference */

/* course.c: what a refresh of the page fetches, as planned */
void course_set(page *p, const fm_plan *plan);
bool course_is(const page *p, const fm_plan *plan);
void course_free(page *p);
/* Strings into the arena. */
fm_param *params_copy(fm_arena *arena, const fm_param *params, size_t count);
bool params_same(const fm_param *a, size_t na, const fm_param *b, size_t nb);

/* ahead.c */
void ahead_init(fm_mill *mill);
void ahead_close(fm_mill *mill);
void ahead_ask(page *p);      /* refreshes it when its host has room: now, or it is held */
void ahead_hold(page *p);     /* the same, but not before the next ahead_run */
int64_t ahead_room(const page *p); /* ms until its host has room */
void ahead_run(fm_mill *mill); /* a budget may have room */

/* archive.c */
void archive_make(face *f); /* loads the month, then render_archive */
void archives_look(page *p); /* seals what is over, then lists */
void archives_list(page *p); /* finds the newest; then page_loaded, or new faces */

/* turn.c */
/* Fills a store that was emptied, or that has missed some of it, from the copy
 * at hand, with the dates that readers were given; nothing without a copy. */
void page_restore(page *p);
void page_fill(page *p); /* the same, and says nothing of it */

/* refresh.c */
void refresh_start(page *p);
void refresh_cancel(page *p);
const char *refresh_doing(const page *p);
void refresh_hurry(page *p); /* page_impatient */
void refresh_changed(page *p); /* another feedmill changed it */
void refresh_watch(fm_mill *mill);

/* view.c */
view *view_of(page *p, const fm_want *want);
face *face_of(view *v, const fm_want *want);
void view_free(view *v);
void view_forget(view *v); /* after a reload: made again when it is next asked for */
void face_publish(face *f); /* if it is not yet */
void faces_age(page *p); /* tells serving threads until when they may answer alone */

/* render.c */
void render_page(page *p, bool all); /* faces that are out of date: all, or those waited for */
fm_reply *render_error(const page *p, const view *v);
bool face_current(const face *f); /* its reply is of what the page holds now */

/* An archive's face: its month, what stands before and after it. */
typedef struct month {
  face *face;
  fm_doc *doc;           /* all of the month; a reference, given to the job */
  int64_t prev, next;    /* FM_NO_TIME: none */
  int64_t changed;       /* when it was sealed, or the page last changed */
  bool sealed;
  uint64_t version;
} month;
void render_archive(const month *m);
/* Takes a finished reply into its face and publishes it. */

/* waiter.c */
void waiter_new(page *p, face *f, fm_mill_cb cb, void *ctx);
void waiter_finish(waiter *w, fm_reply *reply);

/* outage.c: one for each time that a page stopped coming */
void outage_began(page *p); /* unless it has begun, or the page never was */
void outage_ended(page *p);
void outage_recall(page *p); /* page->sentinel after a restart */
void outage_normal(page *p); /* it was read and is as it was before its outages */
/* One that the store brought; copied. */
void outage_learn(fm_mill *mill, const fm_outage *o);
void outages_free(fm_mill *mill);

/* own.c: what the mill itself has in the store */
void own_load(fm_mill *mill);
bool own_changed(fm_mill *mill, fm_str key); /* another feedmill's word; false: not of it */
void own_outage(fm_mill *mill, const fm_outage *o);
/* How a page's parts were had: trail.c's text, for a page's key. */
void own_trail(fm_mill *mill, fm_str key, fm_str trail);
void own_trail_read(fm_mill *mill, fm_str key, fm_store_cb cb, void *ctx); /* content of one entry, or none */
/* A host wants to be left alone: for the next start, and for other feedmills. */
void own_stop(fm_mill *mill, fm_str origin, int64_t seconds);

/* mill.c */
void mill_left(fm_mill *mill); /* one of `open` is gone */
/* What came of a call of the store, counted; that it is lost or cannot be
 * written is the store's to log, what is wrong with one page is not. */
void mill_store_said(page *p, int error, const fm_why *why);

#endif
