/* Addresses of peers and networks of trusted proxies. */
#ifndef FM_SERVE_ADDRESS_H
#define FM_SERVE_ADDRESS_H

#include "serve/serve.h"

#include <sys/socket.h>

enum { FM_PEER_UNIX = 1, FM_PEER_V4 = 4, FM_PEER_V6 = 6 };

/* The remote end of a connection, or the client that a proxy names. */
typedef struct fm_peer {
  uint8_t family; /* FM_PEER_*; never V6 for a mapped IPv4 address */
  uint16_t port;
  uint8_t addr[16];
} fm_peer;

fm_peer fm_peer_of(const struct sockaddr *address);
/* "192.0.2.1", "2001:db8::1", either with a port, as proxies write them. False: anything else. */
bool fm_peer_parse(fm_str text, fm_peer *peer);
bool fm_peer_in(const fm_peer *peer, const fm_cidr *cidrs, size_t count);

enum { FM_ADDRESS_TEXT = 64 };
/* "192.0.2.1", "2001:db8::1" or "unix"; without the port. NUL-terminated. */
void fm_peer_text(const fm_peer *peer, char out[FM_ADDRESS_TEXT]);
/* "127.0.0.1:8080", "[::1]:8080", or "localhost" if it is no IP address: stands in for a missing
 * Host (HTTP/1.0). */
void fm_address_text(const struct sockaddr *address, char out[FM_ADDRESS_TEXT]);

#endif
