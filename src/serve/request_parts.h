/* What request.c (lines) and request_field.c (the meaning of fields) share. */
#ifndef FM_SERVE_REQUEST_PARTS_H
#define FM_SERVE_REQUEST_PARTS_H

#include "serve/request.h"

/* tchar of RFC 9110 section 5.6.2. */
bool fm_is_token_char(unsigned char c);

/* Notes that the request is to be refused, unless it is already; always returns false. */
bool fm_request_refuse(fm_request *request, int status, const char *why);

/* Stores one field if anything here reads it. `value` is trimmed and lies in the request, which
 * begins at `bytes`. False: the request is refused. */
bool fm_request_add_field(fm_request *request, const char *bytes, fm_str name, fm_str value);

/* Checks how the request is framed (RFC 9112 section 6), once all fields are known. */
bool fm_request_check_framing(fm_request *request);

#endif
