/* From a request and a reply to the bytes of the response: content coding, 200, 304 or 412, with
 * or without a body, and the last lines of the head. */
#ifndef FM_SERVE_RESPOND_H
#define FM_SERVE_RESPOND_H

#include "serve/output.h"
#include "serve/request.h"
#include "serve/worker.h"

/* What is answered, and to whom. */
typedef struct fm_answer {
  const fm_peer *peer;
  const fm_request *request;
  const char *bytes; /* the request, which its spans point into */
  fm_reply *reply;
  bool proxied;      /* the peer is a trusted proxy: what it tells shapes the answer */
  bool negotiated; /* the response depends on Accept */
  bool close;        /* this is the last response of the connection */
} fm_answer;

/* Fills `out`, counts it, and writes the access log. */
void fm_respond(fm_worker *worker, const fm_answer *answer, fm_output *out);

/* The client of a request: the peer, or whom a trusted proxy speaks for. */
fm_peer fm_respond_client(const fm_worker *worker, const fm_answer *answer);

#endif
