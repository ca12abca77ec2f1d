/* What the fetcher does with addresses beyond base/url.h. */
#ifndef FM_FETCH_FETCH_URL_H
#define FM_FETCH_FETCH_URL_H

#include <arpa/inet.h>
#include <feedmill/feed.h>

enum { FM_URL_SHOWN = 200 };

/* The URL as a reason shows it: without user and password, cut to fit. */
void fm_url_show(fm_str url, char shown[FM_URL_SHOWN]);

/* Is the host in this URL an address (in any spelling), or a name that always
 * means this machine, that the guard refuses? Then what it is, as
 * fm_guard_check says it, with its text form in `at`; else NULL. */
const char *fm_url_guard(const char *url, char at[INET6_ADDRSTRLEN]);

#endif
