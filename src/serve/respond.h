/* From a request and a reply to the bytes of the answer: which coding, 200 or
 * 304, with or without a body, and the last lines of the head. */
#ifndef FM_SERVE_RESPOND_H
#define FM_SERVE_RESPOND_H

#include "serve/out.h"
#include "serve/request.h"
#include "serve/worker.h"

/* Fills `out`, counts it, writes the access log. `bytes` are the request's (what
 * its spans point into). `close`: this is the last answer of the connection. */
void fm_respond(fm_worker *worker, const fm_peer *peer, const fm_request *request,
                const char *bytes, fm_reply *reply, bool close, fm_out *out);

#endif
