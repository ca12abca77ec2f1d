/* Fetching pages: libcurl's multi_socket on the milling loop.
 *
 * One fetcher, one connection cache; requests to one host are queued so that
 * `per_host` run at a time and no host gets more of them than it takes
 * (fetch/budget.h). The address guard, robots.txt, the caps and the
 * time limits stand here, so that no caller can forget them. All callbacks come
 * on the loop, never from inside a call of this interface. */
#ifndef FM_FETCH_FETCH_H
#define FM_FETCH_FETCH_H

#include "base/why.h"
#include <feedmill/plugin.h>
#include <stdbool.h>
#include <uv.h>

typedef struct fm_fetcher fm_fetcher;
typedef struct fm_fetch fm_fetch; /* one request */

typedef struct fm_fetch_conf {
  int64_t timeout_ms;  /* total, from start to last byte */
  size_t max_body;     /* bytes, after decompression */
  unsigned per_host;   /* requests at a time */
  bool allow_private;  /* loopback, private, link-local... addresses too */
  bool robots;
  fm_str ca_file;      /* PEM; empty: the system's */
  fm_str proxy;        /* URL; empty: none, and none from the environment */
  fm_str user_agent;   /* empty: feedmill's own, with a contact address */
} fm_fetch_conf;

/* What was asked. Strings are copied. */
typedef struct fm_fetch_spec {
  fm_str url;
  fm_str accept;        /* empty: HTML */
  fm_str etag;          /* If-None-Match; empty: none */
  fm_str last_modified; /* If-Modified-Since, as the host gave it; empty: none */
  /* Further fields, which replace those of one name that the fetcher would send. They
   * may hold a key: a redirect to another origin does not take them along, and a
   * command does not see them. */
  const fm_param *headers;
  size_t nheaders;
  /* Which goes first where a host's budget is short: those that somebody waits
   * for with nothing at hand, then those of which the copy at hand is oldest. */
  bool urgent;
  fm_str budget;        /* of the host, which counts these requests apart; empty: it does not */
  int64_t since;        /* when the copy at hand was had, Unix seconds; 0: none is */
  /* The page itself is asked for now, its turn has come. May be NULL; may not
   * call the fetcher. Not called for what ends before. */
  void (*sent)(void *ctx);
  /* The page is what this program prints, not what a GET brings: its path and
   * arguments, "{url}" in them the address. It waits its turn at the host and
   * robots.txt is asked, but the guard does not see what it connects to. */
  const fm_str *command;
  size_t ncommand; /* 0: a GET */
} fm_fetch_spec;

/* What came. Borrowed for the time of the callback, but the body may be taken. */
typedef struct fm_fetch_result {
  int error;     /* FM_OK: status is 200 or 304. FM_E_TIMEOUT, FM_E_FORBIDDEN (guard, robots),
                    FM_E_TOO_BIG, FM_E_BUSY (not asked: the host's budget has no room within
                    fetch.timeout; retry_after says when), FM_E_UNAVAILABLE (all else, also
                    any other status) */
  fm_why why;    /* "GET https://.../: 503 Service Unavailable"; "...: gave up while connecting" */
  int status;    /* HTTP status; 0: none came */
  fm_str body;   /* malloc'd; fm_fetch_take_body moves it to the caller */
  fm_str url;    /* after redirects */
  fm_str charset;       /* of Content-Type */
  fm_str etag, last_modified; /* to send back next time; at most 512 bytes each */
  int64_t retry_after;  /* seconds from now, from Retry-After in either form, or what a 429
                           that names none is taken to mean; -1: none */
  fm_str stopped;       /* who wants nothing until then, for fm_fetcher_stop; empty: nobody */
} fm_fetch_result;

typedef void (*fm_fetch_cb)(void *ctx, fm_fetch_result *result);

/* What it is doing now, for logs and for `feedmill fetch` in a terminal:
 * "waiting its turn", "asking robots.txt", "looking up the name", "connecting",
 * "TLS handshake", "waiting for the answer", "reading the body". */
const char *fm_fetch_doing(const fm_fetch *fetch);
uint64_t fm_fetch_received(const fm_fetch *fetch); /* body bytes so far, decompressed */

int fm_fetcher_new(uv_loop_t *loop, const fm_fetch_conf *conf, fm_fetcher **fetcher, fm_why *why);
/* New limits for requests that start from now on; strings are copied. A bad
 * ca_file: FM_E_CONFIG, the old ones stay. */
int fm_fetcher_configure(fm_fetcher *fetcher, const fm_fetch_conf *conf, fm_why *why);
/* Cancels what is under way (their callbacks get FM_E_CANCELLED), closes all
 * handles, then calls `closed` (may be NULL); freed after it. */
void fm_fetcher_close(fm_fetcher *fetcher, void (*closed)(void *ctx), void *ctx);

/* Starts one; `cb` is called exactly once. The handle is valid until then. */
fm_fetch *fm_fetch_start(fm_fetcher *fetcher, const fm_fetch_spec *spec, fm_fetch_cb cb, void *ctx);
void fm_fetch_cancel(fm_fetch *fetch); /* cb comes with FM_E_CANCELLED, later */

/* When one more page of an origin (fm_url_origin), or of one budget of it ("ORIGIN
 * BUDGET"), may be asked for ahead of time, `before` others first: milliseconds from
 * now, 0: at once. A guess, if it is not 0. */
int64_t fm_fetcher_room(const fm_fetcher *fetcher, fm_str turn, size_t before);
/* As if the origin had said so: nothing is asked of it, or of one budget of it, for so
 * many seconds. "ORIGIN " is the budget that has no name. */
void fm_fetcher_stop(fm_fetcher *fetcher, fm_str turn, int64_t seconds);

/* Moves the body's memory to the caller (free()). */
fm_str fm_fetch_take_body(fm_fetch_result *result);

#endif
