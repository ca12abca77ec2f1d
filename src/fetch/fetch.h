/* Fetches pages: libcurl's multi_socket interface on the milling loop.
 *
 * A fetcher has one connection cache. Requests to one host are queued so that `per_host`
 * run at a time and the host's rate limit is kept (fetch/budget.h). The address guard,
 * robots.txt, the size caps and the time limits are applied here, so that no caller can
 * forget them. Callbacks run on the loop, never from inside a call of this interface. */
#ifndef FM_FETCH_FETCH_H
#define FM_FETCH_FETCH_H

#include "base/why.h"
#include <feedmill/plugin.h>
#include <stdbool.h>
#include <uv.h>

typedef struct fm_fetcher fm_fetcher;
typedef struct fm_fetch fm_fetch; /* one request */

typedef struct fm_fetch_conf {
  int64_t timeout_ms;  /* total, from the request's start to its last byte */
  size_t max_body;     /* bytes, after decompression */
  unsigned per_host;   /* concurrent requests to one host */
  bool allow_private;  /* loopback, private, link-local... addresses may be fetched */
  bool robots;
  fm_str ca_file;      /* PEM; empty: the system's CAs */
  fm_str proxy;        /* URL; empty: no proxy, and none from the environment */
  fm_str user_agent;   /* empty: feedmill's own, with a contact address */
} fm_fetch_conf;

/* What to fetch. Strings are copied. */
typedef struct fm_fetch_spec {
  fm_str url;
  fm_str accept;        /* empty: HTML */
  fm_str etag;          /* If-None-Match; empty: none */
  fm_str last_modified; /* If-Modified-Since, as the host sent it; empty: none */
  /* Further request fields; each replaces the fetcher's own field of that name. They may
   * hold a key, so they are not sent to another origin after a redirect, nor given to a
   * command. */
  const fm_param *headers;
  size_t nheaders;
  /* The order in a host's queue (fm_priority): configured requests before dynamic ones,
   * urgent ones (a reader waits and there is no copy) before others, then those whose copy
   * is oldest. */
  bool dynamic;         /* for an address that is not configured: has a share of the budget */
  bool urgent;
  fm_str budget;        /* the name of the host's separate budget that these requests count
                           in; empty: the host's main budget */
  int64_t since;        /* when the present copy was fetched, Unix seconds; 0: there is none */
  /* Called when the request for the page itself (not for robots.txt) is sent. May be NULL;
   * may not call the fetcher. Not called if the fetch ends before. */
  void (*sent)(void *ctx);
  /* The page is the standard output of this program instead of the body of a GET: its path
   * and arguments, with "{url}" in them replaced by the address. The host's queue and
   * robots.txt are obeyed, but the guard does not see what the program connects to. */
  const fm_str *command;
  size_t ncommand; /* 0: a GET */
  /* The page is piped through this program, whose output is the body. NULL: none. */
  const fm_program *program;
} fm_fetch_spec;

/* The outcome. Borrowed during the callback, but the body may be taken. */
typedef struct fm_fetch_result {
  int error;     /* FM_OK: status is 200 or 304. FM_E_TIMEOUT, FM_E_FORBIDDEN (guard, robots),
                    FM_E_TOO_BIG, FM_E_BUSY (not sent: the host's budget allows no request
                    within fetch.timeout; retry_after says when), FM_E_NO_LIST (the
                    program failed), FM_E_IO (it could not be started), FM_E_UNAVAILABLE (all
                    else, also any other status) */
  fm_why why;    /* "GET https://.../: 503 Service Unavailable"; "...: gave up while connecting" */
  int status;    /* HTTP status; 0: no response was received */
  fm_str body;   /* malloc'd; fm_fetch_take_body moves it to the caller */
  fm_str url;    /* after redirects */
  fm_str charset;       /* Content-Type's parameter */
  fm_str etag, last_modified; /* validators for the next request; at most 512 bytes each */
  int64_t retry_after;  /* seconds from now, from Retry-After in either form, or the default
                           for a 429 without it; -1: none */
  fm_str blocked;       /* the budget key that takes no requests until then, for
                           fm_fetcher_block; empty: none */
} fm_fetch_result;

typedef void (*fm_fetch_cb)(void *ctx, fm_fetch_result *result);

/* What the fetch is doing, for logs: "waiting in the host's queue", "asking robots.txt",
 * "looking up the name", "connecting", "TLS handshake", "waiting for the answer",
 * "reading the body", "running its command", "running its program". */
const char *fm_fetch_doing(const fm_fetch *fetch);
uint64_t fm_fetch_received(const fm_fetch *fetch); /* body bytes so far, decompressed */

int fm_fetcher_new(uv_loop_t *loop, const fm_fetch_conf *conf, fm_fetcher **fetcher, fm_why *why);
/* Changes the settings for fetches that start from now on; strings are copied.
 * FM_E_CONFIG for a bad ca_file, proxy or user_agent; the old settings stay. */
int fm_fetcher_configure(fm_fetcher *fetcher, const fm_fetch_conf *conf, fm_why *why);
/* Cancels the fetches under way (their callbacks get FM_E_CANCELLED), closes all
 * handles, then calls `closed` (may be NULL) and frees the fetcher. */
void fm_fetcher_close(fm_fetcher *fetcher, void (*closed)(void *ctx), void *ctx);

/* Starts a fetch; `cb` is called exactly once. The handle is valid until then. */
fm_fetch *fm_fetch_start(fm_fetcher *fetcher, const fm_fetch_spec *spec, fm_fetch_cb cb, void *ctx);
void fm_fetch_cancel(fm_fetch *fetch); /* `cb` gets FM_E_CANCELLED, later */

/* How long a prefetch that counts in this budget (fm_budget_key) would wait if `before`
 * others were sent first: milliseconds from now, 0: it can be sent at once. An estimate. */
int64_t fm_fetcher_delay(const fm_fetcher *fetcher, fm_str budget_key, size_t before,
                         bool dynamic);
/* Sends nothing that counts in this budget, or to the whole origin, for `seconds`, as if
 * the host had sent Retry-After. "ORIGIN " is the key of the budget without a name. */
void fm_fetcher_block(fm_fetcher *fetcher, fm_str budget_key, int64_t seconds);

/* Moves the body's memory to the caller (free()). */
fm_str fm_fetch_take_body(fm_fetch_result *result);

#endif
