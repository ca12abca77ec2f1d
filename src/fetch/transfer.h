/* One GET: queueing at the host, the guard, the caps, the time limits, and the outcome.
 * Both pages and robots.txt are fetched by transfers. */
#ifndef FM_FETCH_TRANSFER_H
#define FM_FETCH_TRANSFER_H

#include "base/buf.h"
#include "base/mem.h"
#include "fetch/settings.h"
#include "fetch/multi.h"
#include "fetch/host.h"
#include <arpa/inet.h>

/* Shared by all transfers of a fetcher. */
typedef struct fm_transport {
  fm_multi *multi;
  fm_hosts hosts;
} fm_transport;

/* The phases of a transfer, with their texts for fm_fetch_doing and for reasons. */
#define FM_PHASES(X)                                                          \
  X(FM_PHASE_QUEUE, "waiting in the host's queue", "while waiting in the host's queue") \
  X(FM_PHASE_RESOLVE, "looking up the name", "while looking up the name")        \
  X(FM_PHASE_CONNECT, "connecting", "while connecting")                       \
  X(FM_PHASE_TLS, "TLS handshake", "in the TLS handshake")                    \
  X(FM_PHASE_ANSWER, "waiting for the answer", "while waiting for the answer") \
  X(FM_PHASE_BODY, "reading the body", "while reading the body")

typedef enum fm_phase {
#define FM_PHASE_ROW(name, doing, gave_up) name,
  FM_PHASES(FM_PHASE_ROW)
#undef FM_PHASE_ROW
} fm_phase;

enum { FM_HEADER_MAX = 256 * 1024 }; /* bytes, all responses together, 1xx and redirects too */

typedef struct fm_transfer_spec {
  fm_str url;    /* absolute, http or https, plain ASCII */
  fm_str origin; /* fm_url_origin's of it */
  fm_str budget_key;   /* fm_budget_key's */
  fm_str accept, etag, last_modified; /* may be empty */
  const fm_param *headers; /* further fields, for this origin alone */
  size_t nheaders;
  fm_priority priority;
  size_t max_body;
  bool truncate; /* a longer body is cut at max_body; else it is FM_E_TOO_BIG */
} fm_transfer_spec;

typedef struct fm_transfer fm_transfer;
/* Called once, perhaps from inside start; the transfer may be freed in it. */
typedef void (*fm_transfer_cb)(fm_transfer *transfer);

struct fm_transfer {
  fm_transport *transport;
  fm_fetch_settings *settings;
  fm_transfer_spec spec; /* strings in the arena, NUL after each */
  fm_transfer_cb done;
  /* Called when the request is sent. May be NULL; may not touch the transfer. */
  void (*sent)(fm_transfer *transfer);
  /* Called before a redirect is followed; false ends the transfer. May be NULL; may not
   * touch the transfer. */
  bool (*may_redirect)(fm_transfer *transfer, fm_str url);
  void *owner; /* the starter's own */
  fm_permit permit;
  fm_multi_job job;
  struct curl_slist *headers;              /* request fields */
  struct curl_slist *cross_origin_headers; /* the same after a redirect to another origin */
  fm_arena arena;
  fm_phase phase;
  int64_t started; /* fm_clock_mono_ms */
  fm_buf body;
  size_t header_bytes;
  size_t discarded; /* bytes of an error response's body */
  int status;       /* of the last response; 0 while the next one is awaited */
  bool requested;       /* the first request was sent */
  bool body_begun;       /* the first byte of the body was received */
  bool too_long;        /* the body is longer than spec.max_body */
  /* The guard's verdict on the connections tried since the last response. */
  bool connected;      /* one was allowed */
  const char *refused; /* fm_guard_check's word for the last one that was not */
  char refused_at[INET6_ADDRSTRLEN];
  char error[CURL_ERROR_SIZE];
  fm_fetch_result result; /* `why` without "GET URL: "; strings in the arena */
};

/* Starts a zero-initialised transfer. The strings of `spec` are copied, a reference to
 * `settings` is taken. */
void fm_transfer_start(fm_transfer *transfer, fm_transport *transport, fm_fetch_settings *settings,
                       const fm_transfer_spec *spec, fm_transfer_cb done);
/* Ends the transfer without calling `done`, if it runs, and frees what it holds. A
 * zero-initialised transfer is fine. */
void fm_transfer_deinit(fm_transfer *transfer);

const char *fm_phase_doing(fm_phase phase);

/* For transfer.c: fm_transfer_classify (reason.c) fills result.error and result.why,
 * fm_transfer_parse_fields (fields.c) what the response's fields say. */
void fm_transfer_classify(fm_transfer *transfer, CURLcode code);
void fm_transfer_parse_fields(fm_transfer *transfer);

#endif
