/* libcurl's multi_socket on a uv loop: sockets are uv polls, curl's one timer
 * is a uv timer.
 *
 * Nothing of curl is there before the first request: its start and OpenSSL's
 * touch 2.4 MB, which a proxy that only serves from memory need not hold. A
 * minute after the last request the connections are closed again. */
#ifndef FM_FETCH_MULTI_H
#define FM_FETCH_MULTI_H

#include <curl/curl.h>
#include <stdbool.h>
#include <uv.h>

typedef struct fm_multi fm_multi;

/* One transfer in it. Lies in its owner. */
typedef struct fm_multi_job {
  CURL *easy; /* the owner's; CURLOPT_PRIVATE is the multi's */
  struct fm_multi_pool *pool; /* NULL: not in it */
  /* It ended and is out of the multi; called outside of curl, on the loop. */
  void (*done)(struct fm_multi_job *job, CURLcode result);
} fm_multi_job;

fm_multi *fm_multi_new(uv_loop_t *loop);

/* To be called before a first easy handle is made; false if curl cannot start. */
bool fm_multi_start(fm_multi *multi);

/* Adds job->easy. False if curl refuses it; then `done` does not come. */
bool fm_multi_add(fm_multi *multi, fm_multi_job *job);
void fm_multi_remove(fm_multi_job *job); /* `done` does not come; twice is fine */

/* No later transfer uses a connection that was made until now. */
void fm_multi_renew(fm_multi *multi);

/* No transfer may be in it. `closed` comes once all handles are closed; the
 * multi is freed after it. */
void fm_multi_close(fm_multi *multi, void (*closed)(void *ctx), void *ctx);

#endif
