/* From a request and a reply to the bytes of the response: content coding, 200 or 304, with or
 * without a body, and the last lines of the head. */
#ifndef FM_SERVE_RESPOND_H
#define FM_SERVE_RESPOND_H

#include "serve/output.h"
#include "serve/request.h"
#include "serve/worker.h"

/* Fills `out`, counts it, and writes the access log. `bytes`: the request, which its spans point
 * into. `close`: this is the last response of the connection. */
void fm_respond(fm_worker *worker, const fm_peer *peer, const fm_request *request,
                const char *bytes, fm_reply *reply, bool close, fm_output *out);

#endif
