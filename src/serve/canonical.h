/* One spelling for each request target, so that addresses that mean the same share one key. */
#ifndef FM_SERVE_CANONICAL_H
#define FM_SERVE_CANONICAL_H

#include <feedmill/feed.h>
#include <stdbool.h>

/* Sets `*canonical` to the canonical spelling of a request target in origin form:
 *
 * - escapes are decoded, and what has to be escaped is, in upper case (RFC 3986 section 6.2.2);
 * - the path has no empty, "." and ".." segments and no '/' at its end; an empty path is "/";
 * - empty parameters are dropped, and such as track readers (utm_*, fbclid, ref), and "key" unless
 *   `keyed` says that it means something; the others are sorted by name, a pair that is given
 *   twice counts once, '+' is a space;
 * - limit and bounds (min_*, max_*) that are whole numbers have no leading zeros.
 *
 * The result lies in `buffer` (of `cap` bytes), or is `target` itself where that is canonical. A
 * target with a malformed escape or too many parameters is returned as it is, to be refused later. False: the
 * result does not fit. */
bool fm_target_canonical(fm_str target, bool keyed, char *buffer, size_t cap, fm_str *canonical);

#endif
