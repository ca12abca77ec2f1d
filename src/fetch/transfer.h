/* One GET: its turn at the host, the guard, the caps, the time limits, and what
 * came of it. A page's request has one, and so has robots.txt. */
#ifndef FM_FETCH_TRANSFER_H
#define FM_FETCH_TRANSFER_H

#include "base/buf.h"
#include "base/mem.h"
#include "fetch/limits.h"
#include "fetch/multi.h"
#include "fetch/host.h"
#include <arpa/inet.h>

/* What all transfers of a fetcher share. */
typedef struct fm_wire {
  fm_multi *multi;
  fm_hosts hosts;
} fm_wire;

/* What a transfer is doing; the texts for fm_fetch_doing and for reasons. */
#define FM_PHASES(X)                                                          \
  X(FM_PHASE_TURN, "waiting its turn", "while waiting its turn")              \
  X(FM_PHASE_NAME, "looking up the name", "while looking up the name")        \
  X(FM_PHASE_CONNECT, "connecting", "while connecting")                       \
  X(FM_PHASE_TLS, "TLS handshake", "in the TLS handshake")                    \
  X(FM_PHASE_ANSWER, "waiting for the answer", "while waiting for the answer") \
  X(FM_PHASE_BODY, "reading the body", "while reading the body")

typedef enum fm_phase {
#define FM_PHASE_ROW(name, doing, gave_up) name,
  FM_PHASES(FM_PHASE_ROW)
#undef FM_PHASE_ROW
} fm_phase;

enum { FM_HEADER_MAX = 256 * 1024 }; /* bytes of all answers together, 1xx and redirects too */

typedef struct fm_transfer_spec {
  fm_str url;    /* absolute, http or https, plain ASCII */
  fm_str origin; /* fm_url_origin's of it */
  fm_str turn;   /* fm_turn_ask's: the origin, and maybe one budget of it */
  fm_str accept, etag, last_modified; /* may be empty */
  const fm_param *headers; /* further fields: for this origin alone */
  size_t nheaders;
  int64_t rank; /* fm_turn_ask's */
  size_t max_body;
  bool cut; /* a longer body is cut there; else it is FM_E_TOO_BIG */
} fm_transfer_spec;

typedef struct fm_transfer fm_transfer;
/* Called once, perhaps from inside start; the transfer may be freed in it. */
typedef void (*fm_transfer_cb)(fm_transfer *transfer);

struct fm_transfer {
  fm_wire *wire;
  fm_limits *limits;
  fm_transfer_spec spec; /* strings in the arena, NUL after each */
  fm_transfer_cb done;
  void (*sent)(fm_transfer *transfer); /* its turn has come; may be NULL, does nothing to it */
  /* before a redirect's request: false ends the transfer. May be NULL, does nothing to it */
  bool (*may)(fm_transfer *transfer, fm_str url);
  void *owner; /* the starter's own */
  fm_turn turn;
  fm_multi_job job;
  struct curl_slist *headers;  /* all that are sent, */
  struct curl_slist *elsewhere; /* and what a redirect to another origin leaves of them */
  fm_arena arena;
  fm_phase phase;
  int64_t started; /* fm_clock_mono_ms */
  fm_buf body;
  size_t header_bytes;
  size_t discarded; /* bytes of a body that nobody wants */
  int status;       /* of the last answer; 0 while another one is asked for */
  bool asked;       /* a first request went out */
  bool begun;       /* to read a body */
  bool over;        /* the body was longer than spec.max_body */
  /* the guard's: of the connections tried since the last answer */
  bool connected;      /* one was let through */
  const char *refused; /* what the last one that was not is */
  char refused_at[INET6_ADDRSTRLEN];
  char error[CURL_ERROR_SIZE];
  fm_fetch_result result; /* `why` without "GET URL: "; strings in the arena */
};

/* A zeroed transfer starts; the strings of `spec` are copied, a reference to
 * `limits` is taken. */
void fm_transfer_start(fm_transfer *transfer, fm_wire *wire, fm_limits *limits,
                       const fm_transfer_spec *spec, fm_transfer_cb done);
/* Ends it without `done`, if it has not ended; and frees what it holds. Also
 * for one that was never started. */
void fm_transfer_deinit(fm_transfer *transfer);

const char *fm_phase_doing(fm_phase phase);

/* For fetch_transfer.c: fills result.error and result.why (fetch_reason.c), and
 * what the answer's header fields say (fetch_fields.c). */
void fm_transfer_judge(fm_transfer *transfer, CURLcode code);
void fm_transfer_read_fields(fm_transfer *transfer);

#endif
