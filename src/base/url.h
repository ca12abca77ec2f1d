/* Addresses: RFC 3986, with the characters of RFC 3987 (IRIs) let through where
 * pages and feeds may hold them. Pure; nothing is allocated but in an arena
 * that is handed in. */
#ifndef FM_BASE_URL_H
#define FM_BASE_URL_H

#include "base/mem.h"
#include <feedmill/error.h>
#include <stdbool.h>

enum { FM_URL_MAX = 8192, FM_HOST_MAX = 255 }; /* bytes */

/* The parts of a reference, as they stand in it (nothing is decoded). A part
 * that is absent has ptr NULL; one that is there may be empty ("http://a/?"
 * has an empty query). The path is always there. */
typedef struct fm_url {
  fm_str scheme;   /* without ':' */
  fm_str userinfo; /* without '@' */
  fm_str host;     /* with the [] of an IPv6 address; absent: no authority */
  fm_str port;     /* digits */
  fm_str path;
  fm_str query;    /* without '?' */
  fm_str fragment; /* without '#' */
} fm_url;

/* Cuts a reference, absolute or relative, into its parts. False if it is none:
 * over FM_URL_MAX, a character that may not stand there (white space, controls,
 * <>"{}|\^`, a bare %), bytes that are not UTF-8, a bad host or port. */
bool fm_url_parse(fm_str text, fm_url *url);

/* An absolute http or https URL with a host and no userinfo (RFC 9110 section
 * 4.2), that is a valid anyURI of XML too: fit to be fetched and to be written
 * into a feed. */
bool fm_url_usable(fm_str text);

/* The address that `reference`, found in the document at `base`, stands for
 * (RFC 3986 section 5.2). The reference is taken as pages write it: white space
 * around it and line breaks in it are dropped, what may not stand in a URI is
 * percent-encoded, so the result is plain ASCII if `base` is.
 * FM_E_TOO_BIG over FM_URL_MAX; FM_E_SYNTAX if `base` is not absolute or the
 * reference cannot be mended. */
int fm_url_resolve(fm_str base, fm_str reference, fm_arena *arena, fm_str *url);

/* scheme://host[:port] of an absolute http or https URL, scheme and host in
 * lower case, the scheme's own port left out: one text for one origin (RFC 9110
 * section 4.3.1). FM_E_SYNTAX if it is no such URL. */
int fm_url_origin(fm_str url, fm_arena *arena, fm_str *origin);

/* True for host or host:port as a Host header may say it (RFC 9110 section 7.2):
 * a name, an IPv4 address or an IPv6 address in [], and a port from 0 to 65535.
 * Never empty, at most FM_HOST_MAX bytes, no userinfo, path or quotes. */
bool fm_host_valid(fm_str host);

/* Decodes %XX, and '+' as a space where `plus` is set (a query's form); always
 * a copy in the arena, NUL after it. FM_E_BAD_ADDRESS: a '%' without two hex
 * digits, a NUL, or what comes out is not UTF-8. */
int fm_url_decode(fm_str text, bool plus, fm_arena *arena, fm_str *decoded);

/* Takes the next name=value off a query ("a=1&b=2", without '?'), both decoded
 * with '+' as a space; a name without '=' has an empty value; empty pieces are
 * passed over. Returns 1, 0 at the end, FM_E_BAD_ADDRESS as fm_url_decode (then
 * *name is the piece as it stands, for the message). */
int fm_query_next(fm_str *rest, fm_arena *arena, fm_str *name, fm_str *value);

#endif
