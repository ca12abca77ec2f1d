/* The web: what each address answers. One endpoint a file.
 *
 * Runs on the milling loop, for what the serving threads could not answer from
 * their tables. An endpoint returns a finished reply, or none and answers the
 * miss later. */
#ifndef FM_WEB_WEB_H
#define FM_WEB_WEB_H

#include "mill/catalog.h"
#include "mill/mill.h"
#include "serve/serve.h"

typedef struct fm_web {
  fm_mill *mill;       /* borrowed */
  fm_server *server;   /* borrowed; NULL until it has started */
  fm_catalog *catalog; /* a reference of its own */
  int64_t started;     /* wall clock */
  bool ready;          /* warm start is over; false again while stopping */
  uint64_t reloads, reload_errors;
} fm_web;

/* Takes a new catalogue (and a reference to it). */
void fm_web_configure(fm_web *web, fm_catalog *catalog);

/* An fm_miss_cb; ctx is the fm_web. */
void fm_web_miss(void *ctx, fm_miss *miss);

/* Endpoints. `query` is the target's, without '?', raw. A reply is the
 * caller's reference; NULL: the miss will be answered later. */
typedef fm_reply *(*fm_endpoint)(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_index(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_feed(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_opml(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_status(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_metrics(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_healthz(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_readyz(fm_web *web, fm_miss *miss, fm_str query);
fm_reply *fm_web_robots(fm_web *web, fm_miss *miss, fm_str query);

/* FM_E_FORBIDDEN: an access key is wanted, and this is not it. */
int fm_web_admit(const fm_web *web, fm_str key, fm_why *why);

/* The reply for an error of the catalogue: 404, 400 or 403, one line. */
fm_reply *fm_web_refuse(int error, const fm_why *why);

#endif
