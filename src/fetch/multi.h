/* libcurl's multi_socket interface on a uv loop: sockets are uv polls, curl's one timer is
 * a uv timer.
 *
 * curl is initialised by the first request, because curl and OpenSSL take 2.4 MB, which a
 * proxy that only serves from memory does not need. Idle connections are closed a minute
 * after the last request. */
#ifndef FM_FETCH_MULTI_H
#define FM_FETCH_MULTI_H

#include <curl/curl.h>
#include <stdbool.h>
#include <uv.h>

typedef struct fm_multi fm_multi;

/* One transfer. Embedded in its owner. */
typedef struct fm_multi_job {
  CURL *easy; /* the owner's; CURLOPT_PRIVATE is used by the multi */
  struct fm_multi_pool *pool; /* NULL: not added */
  /* The transfer has ended and was removed; called on the loop, outside of curl. */
  void (*done)(struct fm_multi_job *job, CURLcode result);
} fm_multi_job;

fm_multi *fm_multi_new(uv_loop_t *loop);

/* Initialises curl; call it before the first easy handle is made. False if it fails. */
bool fm_multi_start(fm_multi *multi);

/* Adds job->easy. False if curl refuses it; then `done` is not called. */
bool fm_multi_add(fm_multi *multi, fm_multi_job *job);
void fm_multi_remove(fm_multi_job *job); /* without `done`; may be called twice */

/* Retires all present connections: later transfers do not use them. */
void fm_multi_retire(fm_multi *multi);

/* No transfer may be left. Calls `closed` when all handles are closed, then frees the
 * multi. */
void fm_multi_close(fm_multi *multi, void (*closed)(void *ctx), void *ctx);

#endif
