/* URLs by RFC 3986, with the characters of RFC 3987 (IRIs) allowed where pages and feeds use
 * them. Pure functions; memory comes from the caller's arena only. */
#ifndef FM_BASE_URL_H
#define FM_BASE_URL_H

#include "base/mem.h"
#include "base/why.h"
#include <feedmill/error.h>
#include <stdbool.h>

enum { FM_URL_MAX = 8192, FM_HOST_MAX = 255 }; /* bytes */

/* The components of a reference, not decoded. An absent component has ptr NULL; a present
 * one may be empty ("http://a/?" has an empty query). The path is always present. */
typedef struct fm_url {
  fm_str scheme;   /* without ':' */
  fm_str userinfo; /* without '@' */
  fm_str host;     /* with the [] of an IPv6 address; absent: no authority */
  fm_str port;     /* digits */
  fm_str path;
  fm_str query;    /* without '?' */
  fm_str fragment; /* without '#' */
} fm_url;

/* Splits a reference, absolute or relative, into its components. Returns false if it is
 * invalid: longer than FM_URL_MAX, a character that is not allowed (white space, controls,
 * <>"{}|\^`, a bare %), invalid UTF-8, an invalid host or port. */
bool fm_url_parse(fm_str text, fm_url *url);

/* True for an absolute http or https URL with a host and without userinfo (RFC 9110 section
 * 4.2) that is also a valid anyURI of XML: it can be fetched and written into a feed. */
bool fm_url_usable(fm_str text);

/* Makes a usable URL of an address that a person wrote or copied from a browser: white space
 * around it is dropped, and characters that are not allowed ([ ] { } | and spaces, say) are
 * percent-encoded. FM_E_BAD_ADDRESS with the reason, which does not quote the address: it is
 * not absolute http or https, it has a user name or password, or it is over FM_URL_MAX. */
int fm_url_from_user(fm_str text, fm_arena *arena, fm_str *url, fm_why *why);

/* Resolves `reference`, found in the document at `base` (RFC 3986 section 5.2). References
 * are accepted as pages write them: surrounding white space and line breaks are dropped,
 * characters that are not allowed are percent-encoded, so the result is ASCII if `base` is.
 * FM_E_TOO_BIG over FM_URL_MAX; FM_E_SYNTAX if `base` is not absolute or the reference
 * cannot be repaired. */
int fm_url_resolve(fm_str base, fm_str reference, fm_arena *arena, fm_str *url);

/* The origin of an absolute http or https URL as scheme://host[:port], scheme and host in
 * lower case, the default port omitted: equal origins are equal strings (RFC 9110 section
 * 4.3.1). FM_E_SYNTAX if the URL is not such a URL. */
int fm_url_origin(fm_str url, fm_arena *arena, fm_str *origin);

/* Validates host or host:port as in a Host header (RFC 9110 section 7.2): a name, an IPv4
 * address or an IPv6 address in [], and a port from 0 to 65535. Never empty, at most
 * FM_HOST_MAX bytes, no userinfo, path or quotes. */
bool fm_host_valid(fm_str host);

/* Decodes %XX, and '+' as a space if `plus` is set (form encoding), into a NUL-terminated
 * copy in the arena. FM_E_BAD_ADDRESS: a '%' without two hex digits, a NUL, or a result that
 * is not UTF-8. */
int fm_url_decode(fm_str text, bool plus, fm_arena *arena, fm_str *decoded);

/* Splits the next name=value off a query ("a=1&b=2", without '?') and decodes both, '+' as a
 * space. A name without '=' has an empty value; empty pieces are skipped. Returns 1, 0 at
 * the end, or FM_E_BAD_ADDRESS as fm_url_decode; then *name is the undecoded piece for the
 * message. */
int fm_query_next(fm_str *rest, fm_arena *arena, fm_str *name, fm_str *value);

#endif
