/* robots.txt (RFC 9309): may a crawler fetch a path. Bytes in, answer out; fetching and
 * caching the file is robots_cache.h's. */
#ifndef FM_FETCH_ROBOTS_H
#define FM_FETCH_ROBOTS_H

#include <feedmill/feed.h>
#include <stdbool.h>

typedef struct fm_robots fm_robots;

enum { FM_ROBOTS_MAX = 500 * 1024 }; /* bytes of a file that count (section 2.5) */

/* Keeps the rules of all groups for `product` (a product token, case-insensitive;
 * section 2.2.1), or of those for '*' if the product has no group. Other lines are
 * skipped, so parsing never fails; an HTML page has no rules. Bytes past FM_ROBOTS_MAX
 * are ignored. */
fm_robots *fm_robots_parse(fm_str text, fm_str product);
void fm_robots_free(fm_robots *robots);

/* May `target`, path and query as in the URL ("/papers?q=x"), be fetched? NULL allows all.
 * The longest matching rule counts, Allow before Disallow (section 2.2.2);
 * '*' and a final '$' as in section 2.2.3; both sides are percent-normalised. */
bool fm_robots_allows(const fm_robots *robots, fm_str target);

size_t fm_robots_size(const fm_robots *robots); /* bytes of memory, for a cap */

#endif
