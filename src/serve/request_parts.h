/* What the two readers of requests share: request.c, which takes anything a byte
 * at a time, and request_fast.c, which takes what nearly all requests look like. */
#ifndef FM_SERVE_REQUEST_PARTS_H
#define FM_SERVE_REQUEST_PARTS_H

#include "serve/request.h"

/* The headers that anyone here asks for. */
enum fm_header {
  FM_HEADER_OTHER, FM_HOST, FM_ACCEPT_ENCODING, FM_IF_NONE_MATCH, FM_IF_MODIFIED_SINCE,
  FM_FORWARDED_PROTO, FM_FORWARDED_HOST, FM_FORWARDED_PREFIX, FM_USER_AGENT, FM_REFERER,
  FM_CONNECTION,
  FM_FRAMING /* says where the request ends, or might: for the library alone */
};

enum fm_header fm_header_of(fm_str name); /* case-insensitive */

/* Where the value of a header goes; NULL: nobody keeps it. A list header may come
 * in several lines, of the others the first counts. */
fm_span *fm_request_place(fm_request *request, enum fm_header header);

/* Reads a whole GET or HEAD of HTTP/1.1 in its usual form, many times faster than
 * the library. False: it is not that, or not whole, and `request` is to be
 * initialised again; nothing is refused here, so that there is one judge. */
bool fm_request_fast(fm_request *request, const char *bytes, size_t len);

#endif
