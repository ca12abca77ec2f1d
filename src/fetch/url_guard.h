/* URLs beyond base/url.h: how reasons show them, and the guard's check of their host. */
#ifndef FM_FETCH_URL_GUARD_H
#define FM_FETCH_URL_GUARD_H

#include <arpa/inet.h>
#include <feedmill/feed.h>

enum { FM_URL_SHOWN = 200 };

/* The URL for a reason: without user and password, cut to fit. */
void fm_url_show(fm_str url, char shown[FM_URL_SHOWN]);

/* If the URL's host is an address (in any spelling) that the guard refuses, or a name
 * that always means this machine: fm_guard_check's word for it, with the address's text
 * in `at`. Else NULL. */
const char *fm_url_guard(const char *url, char at[INET6_ADDRSTRLEN]);

#endif
