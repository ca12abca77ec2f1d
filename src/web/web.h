/* The web: what each address answers, one handler a file.
 *
 * Runs on the milling loop, for requests that the serving threads could not answer from their
 * tables. A handler returns a finished reply, or NULL and answers the miss later. */
#ifndef FM_WEB_WEB_H
#define FM_WEB_WEB_H

#include "mill/catalog.h"
#include "mill/mill.h"
#include "serve/serve.h"

typedef struct fm_web {
  fm_mill *mill;       /* borrowed */
  fm_server *server;   /* borrowed; NULL until it has started */
  fm_catalog *catalog; /* an owned reference */
  const fm_store *store; /* borrowed; NULL: its health is not shown */
  bool store_replaced; /* by one in memory, because it could not be opened */
  int64_t started;     /* wall clock */
  bool ready;          /* the warm start is over; false again while stopping */
  uint64_t reloads, reload_errors;
} fm_web;

/* What is wrong with the store, one line; NULL: nothing. */
const char *fm_web_store_problem(const fm_web *web);

/* Switches to a new catalog (takes a reference). */
void fm_web_configure(fm_web *web, fm_catalog *catalog);

/* True for what costs next to nothing: all but feeds. Any thread. */
bool fm_web_is_unmetered(fm_str target);

/* An fm_miss_cb; ctx is the fm_web. */
void fm_web_miss(void *ctx, fm_miss *miss);

/* Handlers. `query` is the raw query of the target, without '?'. The caller owns the returned
 * reference; NULL: the miss will be answered later. */
typedef fm_reply *(*fm_web_handler)(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_index(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_feed(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_opml(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_status(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_metrics(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_healthz(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_readyz(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_robots(fm_web *web, fm_miss *miss, fm_str query);

/* FM_E_FORBIDDEN: an access key is required, and `key` is not it. */
int fm_web_authorize(const fm_web *web, fm_str key, fm_why *why);

/* The reply for an error of the catalog: 404, 400 or 403 with one line. */
fm_reply *fm_web_error_reply(int error, const fm_why *why);

#endif
