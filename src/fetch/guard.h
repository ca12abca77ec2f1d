/* The address guard: from which addresses no page is fetched unless
 * fetch.allow_private says so. The check is on the address that a socket is
 * about to connect to, so that it covers every name, every redirect and a name
 * that resolves twice differently. */
#ifndef FM_FETCH_GUARD_H
#define FM_FETCH_GUARD_H

#include <sys/socket.h>

/* NULL if the address is a public one, else what it is: "loopback", "private",
 * "link-local", "multicast", "metadata", "unspecified", "reserved",
 * "carrier-grade NAT", ... IPv4 inside IPv6 (mapped, NAT64, 6to4, Teredo) is
 * looked through. Any family but AF_INET and AF_INET6 is refused. */
const char *fm_guard_check(const struct sockaddr *address);

#endif
