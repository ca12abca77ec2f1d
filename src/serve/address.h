/* Who asks, and under which public address: peers, trusted proxies, and the
 * base ("https://example.org/prefix") that self links and the table's keys
 * begin with. */
#ifndef FM_SERVE_ADDRESS_H
#define FM_SERVE_ADDRESS_H

#include "serve/serve.h"

#include <sys/socket.h>

/* The other end of a connection. */
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
/* "127.0.0.1:8080", "[::1]:8080"; "localhost" for what is not an IP address:
 * what stands for the host where a request names none. */
void fm_address_text(const struct sockaddr *address, char out[FM_ADDRESS_TEXT]);

/* What a request says about the address that it was sent to. */
typedef struct fm_hints {
  fm_str host;  /* Host or the target's authority; never empty */
  fm_str proto, forwarded_host, prefix; /* X-Forwarded-*; empty from peers not trusted */
} fm_hints;

/* The public base of a request. `*base` has no '/' at its end. Returns NULL, or
 * why the request is a 400. `base` has room for FM_BASE_MAX bytes. */
enum { FM_BASE_MAX = sizeof "https://" + 262 + 256 };
const char *fm_base_make(const fm_hints *hints, char *base, size_t *len);

/* Bases that were made lately, so that a request makes none: a small cache for
 * one thread. */
enum { FM_BASE_CACHE = 16 };
typedef struct fm_base {
  char *key; /* the hints' bytes */
  size_t key_len;
  fm_str text;
  uint64_t hash; /* as the cache's `hash` says */
} fm_base;

typedef struct fm_base_cache {
  fm_base made[FM_BASE_CACHE];
  uint64_t (*hash)(void *ctx, fm_str base);
  void *ctx;
} fm_base_cache;

void fm_base_cache_deinit(fm_base_cache *cache);
/* As fm_base_make; `*base` is valid until the next call. */
const char *fm_base_find(fm_base_cache *cache, const fm_hints *hints, const fm_base **base);

#endif
