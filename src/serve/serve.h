/* The serving plane: threads that match an address, find a reply and write bytes that were
 * finished before the request came.
 *
 * Each thread owns its loop, its SO_REUSEPORT listeners, its connections and its table of
 * replies. A published reply reaches it as a message and is swapped in between two requests.
 * What is not in the table or is stale goes to the milling loop as a miss; requests for the same
 * key that arrive meanwhile wait for the same response.
 *
 * All functions are called on the milling loop. */
#ifndef FM_SERVE_SERVE_H
#define FM_SERVE_SERVE_H

#include "base/why.h"
#include "serve/reply.h"
#include <uv.h>

typedef struct fm_server fm_server;

/* A network whose peers are trusted proxies (server.trusted_proxies). */
typedef struct fm_cidr {
  uint8_t family; /* 4, 6, or 1 for "unix" */
  uint8_t bits;
  uint8_t addr[16];
} fm_cidr;
bool fm_cidr_parse(fm_str text, fm_cidr *cidr); /* "10.0.0.0/8", "::1", "unix" */

/* Settings that may change at run time; copied by the server. */
typedef struct fm_serve_conf {
  fm_str base_url; /* without a trailing '/'; empty: from the request */
  const fm_cidr *trusted;
  size_t ntrusted;
  fm_str access_key; /* empty: no key is required */
  size_t max_connections; /* over all threads; 0: no limit */
  unsigned per_address;   /* connections of one client; 0: no limit */
  /* Requests of one client that the tables cannot answer: one each `miss_interval_ms` and
   * `miss_burst` at once. 0: no limit. */
  int64_t miss_interval_ms;
  unsigned miss_burst;
} fm_serve_conf;

/* A request that the table could not answer. Answer each exactly once. */
typedef struct fm_miss {
  fm_str base;   /* public base URL, "https://example.org/prefix", no trailing '/' */
  fm_str target; /* canonical request target, "/papers.atom?limit=5" (serve/canonical.h) */
  fm_reply *stale; /* borrowed: the stale reply in the table, or NULL */
  void *data;    /* for the owner of the callback */
} fm_miss;

/* Called for each miss. At most one miss per key (base and target) and thread is open at a time. */
typedef void (*fm_miss_cb)(void *ctx, fm_miss *miss);

/* Answers all connections that wait for it and frees the miss. Takes its own reference. Does not
 * put the reply into the tables: fm_server_publish does. */
void fm_miss_answer(fm_miss *miss, fm_reply *reply);

typedef struct fm_server_spec {
  const fm_str *listen; /* host:port, [v6]:port, unix:/path; ignored if systemd passed sockets */
  size_t nlisten;
  unsigned workers; /* at least 1 */
  const fm_serve_conf *conf;
  fm_miss_cb on_miss;
  void *ctx;
  /* True for targets that cost so little that misses of them are not limited. NULL: none is.
   * Called on serving threads. */
  bool (*is_unmetered)(fm_str target);
} fm_server_spec;

/* Opens every listener first (all or none: FM_E_IO with "listen ADDRESS: reason", "address in
 * use" where that is it), then starts the threads. Honours LISTEN_FDS (sd_listen_fds(3)). */
int fm_server_start(uv_loop_t *loop, const fm_server_spec *spec, fm_server **server, fm_why *why);

/* Puts a reply under (base, target) into every table, or removes it. */
void fm_server_publish(fm_server *server, fm_str base, fm_str target, fm_reply *reply);
void fm_server_retract(fm_server *server, fm_str base, fm_str target);

void fm_server_configure(fm_server *server, const fm_serve_conf *conf);

/* Opens or reopens the access log. Empty path: none; "-": standard error. */
int fm_server_access_log(fm_server *server, fm_str path, fm_why *why);

/* The addresses listened on ("127.0.0.1:8080", with the port that port 0 was given); NULL after
 * the last. Borrowed. */
const char *fm_server_address(const fm_server *server, size_t at);

/* Counters, summed over the threads. */
typedef struct fm_serve_stats {
  uint64_t connections_total, connections_open, connections_refused, connections_evicted;
  uint64_t requests, hits, misses, not_modified, bytes_sent;
  uint64_t status[6]; /* by class: status[2] is 2xx */
  uint64_t bad_requests, rate_limited;
} fm_serve_stats;
void fm_server_stats(const fm_server *server, fm_serve_stats *stats);

/* Stops listening, answers requests in flight, closes idle connections, ends the threads, then
 * calls `cb(ctx)` once on the milling loop; the server is freed after that. Connections still
 * open after `grace_ms` are closed. Open misses must still be answered. */
typedef void (*fm_server_closed_cb)(void *ctx);
void fm_server_close(fm_server *server, unsigned grace_ms, fm_server_closed_cb cb, void *ctx);

#endif
