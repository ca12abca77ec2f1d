/* The response cache: what readers request of each upstream, and the finished replies.
 *
 * An upstream has a *response set*. In it a *view* is a combination of filters, limit and
 * format; a *response* is one view under one public address. Replies are rendered in the
 * pool, once for each change of the copy. A reader that has to wait is a waiter of the
 * set; the upstream decides what it gets. All on the loop. */
#ifndef FM_MILL_RESPONSE_CACHE_H
#define FM_MILL_RESPONSE_CACHE_H

#include "mill/copy.h"
#include "mill/env.h"
#include "mill/feed_request.h"
#include "serve/reply.h"

typedef struct fm_response_cache fm_response_cache; /* the views of all upstreams */
typedef struct fm_response_set fm_response_set;     /* those of one */

/* `dynamic`: views that nobody configured, at most. */
fm_response_cache *fm_response_cache_new(fm_mill_env *env, size_t dynamic);
void fm_response_cache_free(fm_response_cache *cache); /* all sets are freed */
void fm_response_cache_set_limit(fm_response_cache *cache, size_t dynamic);
size_t fm_response_cache_views(const fm_response_cache *cache);

typedef struct fm_response_set_spec {
  fm_mill_env *env;
  fm_str key;          /* the upstream's, borrowed */
  const fm_copy *copy; /* likewise */
  /* Keeps the upstream, and with it the set, while a job or a waiter needs it. */
  void (*hold)(void *ctx);
  void (*drop)(void *ctx);
  /* A waiter's time is over or responses were rendered: answers may be given now. */
  void (*settle)(void *ctx);
  void *ctx;
} fm_response_set_spec;

fm_response_set *fm_response_set_new(fm_response_cache *cache, const fm_response_set_spec *spec);
void fm_response_set_free(fm_response_set *set); /* retracts its responses; nobody may wait */

/* Registers a reader, who is answered by fm_response_set_answer. */
void fm_response_set_request(fm_response_set *set, const fm_feed_request *request, fm_mill_cb cb,
                             void *ctx);
/* After a reload: retracts all responses; configured views nobody waits for are freed. */
void fm_response_set_forget(fm_response_set *set);

/* ---- answering ---- */

/* How long a reader with `wait: 0s` waits if there is no copy yet, in seconds. */
enum { FM_WAITER_FIRST = 5 };

/* What the upstream decides by. */
typedef struct fm_waiter_info {
  const fm_refresh_policy *refresh;
  bool archive; /* it wants a month's archive, not the feed document */
  bool expired; /* it has waited for refresh.wait, */
  bool overdue; /* and, with a wait of 0, for FM_WAITER_FIRST more */
} fm_waiter_info;

typedef enum fm_answer {
  FM_ANSWER_WAIT,
  FM_ANSWER_COPY, /* the response made of the copy, when that is rendered */
  FM_ANSWER_REPLY /* *reply, whose reference becomes the set's */
} fm_answer;
typedef fm_answer (*fm_answer_cb)(void *ctx, const fm_waiter_info *waiter, fm_reply **reply);

/* Asks `decide` for each waiter, answers those it can and renders what the others need. */
void fm_response_set_answer(fm_response_set *set, fm_answer_cb decide, void *ctx);
/* True if `is` holds for a waiter. */
typedef bool (*fm_waiter_cb)(const void *ctx, const fm_waiter_info *waiter);
bool fm_response_set_any(const fm_response_set *set, fm_waiter_cb is, const void *ctx);

/* Renders anew what is out of date: all that was rendered before or is awaited. */
void fm_response_set_render(fm_response_set *set);
/* Brackets a lookup of archives, which responses name: nothing is rendered meanwhile. */
void fm_response_set_archives_begin(fm_response_set *set);
void fm_response_set_archives_end(fm_response_set *set);

/* Tells the serving threads until when (mono ms) they may answer without the mill; 0:
 * never. With `stale`, not beyond the time for which a view serves a stale copy. */
void fm_response_set_fresh_until(fm_response_set *set, int64_t until, bool stale);

/* ---- what the upstream is scheduled by ---- */

bool fm_response_set_is_empty(const fm_response_set *set);
bool fm_response_set_is_configured(const fm_response_set *set); /* has a configured view */
int64_t fm_response_set_last_read(const fm_response_set *set);  /* mono ms; 0: never */
int64_t fm_response_set_every(const fm_response_set *set); /* the shortest; 0: no views */
int64_t fm_response_set_idle(const fm_response_set *set);  /* the longest; 0: no views */
size_t fm_response_set_limit(const fm_response_set *set);  /* the largest ever; 0: none */

#endif
