/* robots.txt, RFC 9309: what one crawler may fetch from one host. Bytes in,
 * answer out; who fetches the file and how long it counts is fetch_robots.h's. */
#ifndef FM_FETCH_ROBOTS_H
#define FM_FETCH_ROBOTS_H

#include <feedmill/feed.h>
#include <stdbool.h>

typedef struct fm_robots fm_robots;

enum { FM_ROBOTS_MAX = 500 * 1024 }; /* bytes of a file that count (section 2.5) */

/* Keeps the rules of all groups for `product` (a product token, case folded;
 * section 2.2.1), or of those for '*' if it has no group. Lines that are no
 * rules are passed over, so anything parses; a file of HTML has no rules.
 * Bytes past FM_ROBOTS_MAX are not read. NULL allows everything too. */
fm_robots *fm_robots_parse(fm_str text, fm_str product);
void fm_robots_free(fm_robots *robots);

/* May this be fetched: path and query as they stand in the URL, "/papers?q=x".
 * The longest rule that matches counts, Allow before Disallow (section 2.2.2);
 * '*' and a final '$' as said in section 2.2.3; both sides percent-normalised. */
bool fm_robots_allows(const fm_robots *robots, fm_str target);

size_t fm_robots_size(const fm_robots *robots); /* bytes of memory, for a cap */

#endif
