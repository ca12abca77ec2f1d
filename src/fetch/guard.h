/* The address guard: which addresses are not fetched from unless fetch.allow_private is
 * set. The address that a socket is about to connect to is checked, which covers every
 * name, every redirect, and a name that resolves differently the second time. */
#ifndef FM_FETCH_GUARD_H
#define FM_FETCH_GUARD_H

#include <sys/socket.h>

/* NULL if the address is public, else its kind: "loopback", "private",
 * "link-local", "multicast", "metadata", "unspecified", "reserved",
 * "carrier-grade NAT", ... IPv4 inside IPv6 (mapped, NAT64, 6to4, Teredo) is
 * checked too. Any family but AF_INET and AF_INET6 is refused. */
const char *fm_guard_check(const struct sockaddr *address);

#endif
