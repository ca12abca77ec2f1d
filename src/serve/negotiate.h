/* Selects the representation for a request: content codings (RFC 9110 section 12.5.3) and
 * conditions (section 13.1). Pure functions of field values. */
#ifndef FM_SERVE_NEGOTIATE_H
#define FM_SERVE_NEGOTIATE_H

#include "serve/reply.h"

/* The weight of each coding in thousandths; 0: not acceptable. */
typedef struct fm_accept_encoding {
  uint16_t q[FM_CODINGS];
} fm_accept_encoding;

/* Parses the values of all Accept-Encoding fields in order. No field: identity only. A malformed
 * member is skipped. identity, if neither named nor refused, ranks below every named coding. */
void fm_accept_encoding_parse(fm_accept_encoding *accept, const fm_str *values, size_t count);

/* The best coding that the reply has: highest weight, then smallest body. -1: none is
 * acceptable. */
int fm_accept_encoding_choose(const fm_accept_encoding *accept, const fm_reply *reply);

/* Returns true if a client wants a web page where there is a feed: of the values of all Accept
 * fields, "text/html" has a higher weight than every type of feeds and than every range that
 * covers one. Browsers say so; feed readers name feeds first, or nothing but a range. */
bool fm_accept_prefers_html(const fm_str *values, size_t count);

/* Returns true if the value of If-None-Match or If-Match ("*", or a list with or without W/)
 * names `etag`. A strong comparison (RFC 9110 section 8.8.3.2) passes members with W/ over. */
bool fm_etag_matches(fm_str value, fm_str etag, bool strong);

/* Whether the reply has changed since the date in a value of If-Modified-Since or
 * If-Unmodified-Since. Both are false if the value is no date or the reply has no Last-Modified. */
bool fm_not_modified_since(fm_str value, const fm_reply *reply);
bool fm_modified_since(fm_str value, const fm_reply *reply);

#endif
