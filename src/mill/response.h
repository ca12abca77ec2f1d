/* Views, cached responses and waiting readers: the structs that response_cache.c,
 * render.c and archive_response.c share. A response is freed by response_cache.c alone,
 * and never while a job holds it (`rendering`). */
#ifndef FM_MILL_RESPONSE_H
#define FM_MILL_RESPONSE_H

#include "mill/response_cache.h"

typedef struct feed_view feed_view;
typedef struct feed_response feed_response;

struct fm_response_set {
  fm_list_node node;
  fm_response_cache *cache;
  fm_response_set_spec spec;
  fm_list views, waiters;
  size_t limit;            /* the largest of any view so far */
  unsigned archive_lookups; /* under way: responses are rendered when they are done */
};

struct feed_view {
  fm_list_node node; /* in set->views */
  fm_response_set *set;
  fm_arena own;
  fm_str key, name, title;
  fm_view shown; /* filters and limit; in `own` */
  fm_filter filters[FM_FEED_REQUEST_FILTERS];
  fm_refresh_policy refresh;
  const fm_format *format;
  int64_t archive; /* first second of its month; 0: the feed document */
  bool forgotten;  /* by a reload, and not requested since */
  fm_list responses;
  unsigned nresponses;
};

struct feed_response {
  fm_list_node node; /* in view->responses */
  feed_view *view;
  fm_str base, target; /* behind the struct, in the same allocation */
  fm_freshness *freshness;
  fm_reply *reply;          /* NULL: not rendered yet */
  uint64_t version;         /* of the copy that `reply` shows */
  fm_refresh_policy stated; /* the intervals that the head of `reply` states */
  int64_t expires;          /* wall clock: when an entry in `reply` gets too old for the view */
  bool wants_codings;       /* it was requested again, or is the first of its view */
  bool has_codings;         /* `reply` is compressed; without that it is not published */
  bool rendering;           /* a job in the pool holds it */
  bool published;           /* the serving threads have `reply` */
  bool sealed;              /* a sealed archive: never rendered again */
  bool missing;             /* an archive that does not exist or cannot be read */
};

typedef struct feed_waiter {
  fm_list_node node; /* in set->waiters */
  fm_response_set *set;
  feed_response *response;
  fm_mill_cb cb;
  void *ctx;
  fm_timer timer; /* refresh.wait */
  bool expired, overdue; /* fm_waiter_info */
  fm_reply *reply; /* its answer, once that is decided */
} feed_waiter;

/* True if the reply shows the copy as it is now, in the view's present intervals, and in the
 * codings that are wanted. */
bool fm_response_is_current(const feed_response *r);
/* True if a reader waits for it. */
bool fm_response_is_awaited(const feed_response *r);
/* True if nothing but the codings is missing. */
bool fm_response_lacks_codings(const feed_response *r);
/* Hands the reply to the serving threads unless they have it. One that was requested once has
 * no codings and is not handed over, so that its second request comes here. */
void fm_response_publish(feed_response *r);
/* True if the intervals that a response's head states are the same. */
bool fm_response_same_intervals(const fm_refresh_policy *a, const fm_refresh_policy *b);

#endif
