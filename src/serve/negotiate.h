/* Which form of a reply a request wants: content codings (RFC 9110 section
 * 12.5.3) and conditions (section 13.1). Pure functions on header values. */
#ifndef FM_SERVE_NEGOTIATE_H
#define FM_SERVE_NEGOTIATE_H

#include "serve/reply.h"

/* How much each coding is wanted, in thousandths; 0: not acceptable. */
typedef struct fm_accept {
  uint16_t q[FM_CODINGS];
} fm_accept;

/* Reads the values of all Accept-Encoding headers, one after the other. None:
 * identity only. A member that is malformed is passed over. identity that
 * is not named and not refused comes after every coding that is named. */
void fm_accept_parse(fm_accept *accept, const fm_str *values, size_t count);

/* The best coding that the reply has: the highest q, then the smallest body.
 * -1: nothing that it has is acceptable. */
int fm_accept_choose(const fm_accept *accept, const fm_reply *reply);

/* True if an If-None-Match value ("*", or a list with or without W/) names
 * `etag`, by weak comparison (RFC 9110 section 8.8.3.2). */
bool fm_etag_listed(fm_str value, fm_str etag);

/* True if nothing changed since the date in an If-Modified-Since value. A
 * value that is no date is false, and so is a reply without Last-Modified. */
bool fm_unmodified_since(fm_str value, const fm_reply *reply);

#endif
