/* Peers, trusted proxies, and the public base URL of a request ("https://example.org/prefix"),
 * which self links and table keys begin with. */
#ifndef FM_SERVE_ADDRESS_H
#define FM_SERVE_ADDRESS_H

#include "serve/serve.h"

#include <sys/socket.h>

/* The remote end of a connection. */
typedef struct fm_peer {
  uint8_t family; /* 4, 6 (never a mapped IPv4), 1 for a Unix socket */
  uint16_t port;
  uint8_t addr[16];
} fm_peer;

fm_peer fm_peer_of(const struct sockaddr *address);
bool fm_peer_in(const fm_peer *peer, const fm_cidr *cidrs, size_t count);

enum { FM_ADDRESS_TEXT = 64 };
/* "192.0.2.1", "2001:db8::1" or "unix"; without the port. NUL-terminated. */
void fm_peer_text(const fm_peer *peer, char out[FM_ADDRESS_TEXT]);
/* "127.0.0.1:8080", "[::1]:8080", or "localhost" if it is no IP address: stands in for a missing
 * Host (HTTP/1.0). */
void fm_address_text(const struct sockaddr *address, char out[FM_ADDRESS_TEXT]);

/* The header fields that the public base of a request is made of. */
typedef struct fm_base_fields {
  fm_str host;  /* Host, or the authority of an absolute target; never empty */
  fm_str proto, forwarded_host, prefix; /* X-Forwarded-*; empty unless the peer is trusted */
} fm_base_fields;

/* Makes the public base of a request, without a trailing '/'. Returns NULL, or the reason for a
 * 400. `base` has room for FM_BASE_MAX bytes. */
enum { FM_BASE_MAX = sizeof "https://" + 262 + 256 };
const char *fm_base_make(const fm_base_fields *hints, char *base, size_t *len);

/* A small cache of bases, for one thread. */
enum { FM_BASE_CACHE = 16 };
typedef struct fm_base {
  char *key; /* the bytes of the fields */
  size_t key_len;
  fm_str text;
  uint64_t hash; /* result of the cache's `hash` */
} fm_base;

typedef struct fm_base_cache {
  fm_base made[FM_BASE_CACHE];
  uint64_t (*hash)(void *ctx, fm_str base);
  void *ctx;
} fm_base_cache;

void fm_base_cache_deinit(fm_base_cache *cache);
/* As fm_base_make; `*base` is valid until the next call. */
const char *fm_base_find(fm_base_cache *cache, const fm_base_fields *hints, const fm_base **base);

#endif
