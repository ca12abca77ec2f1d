/* The public base URL of a request ("https://example.org/prefix"), which self links and the
 * table's keys begin with, and the client behind a proxy. */
#ifndef FM_SERVE_PUBLIC_BASE_H
#define FM_SERVE_PUBLIC_BASE_H

#include "serve/address.h"

/* The header fields that the base is made of. All but host are empty unless the peer is a
 * trusted proxy. Of a list the last member counts: the nearest proxy added it. */
enum fm_base_field {
  FM_BASE_HOST,      /* Host, or the authority of an absolute target; never empty */
  FM_BASE_FORWARDED, /* RFC 7239; read only without X-Forwarded-Proto, -Host and -Port */
  FM_BASE_FORWARDED_PROTO, FM_BASE_FORWARDED_HOST, FM_BASE_FORWARDED_PORT,
  FM_BASE_FORWARDED_PREFIX,
  FM_BASE_FIELDS
};
typedef struct fm_base_fields {
  fm_str value[FM_BASE_FIELDS];
} fm_base_fields;

/* What an answer depends on besides the path and Host, for Vary (RFC 9110 section 12.5.5). */
#define FM_BASE_VARY \
  "Forwarded, X-Forwarded-Host, X-Forwarded-Port, X-Forwarded-Prefix, X-Forwarded-Proto"

/* Makes the base, without a trailing '/'. Returns NULL, or the reason for a 400. `base` has room
 * for FM_BASE_MAX bytes. */
enum { FM_BASE_MAX = sizeof "https://" + 262 + sizeof ":65535" + 256 };
const char *fm_base_make(const fm_base_fields *fields, char *base, size_t *len);

/* A small cache of bases, for one thread. */
enum { FM_BASE_CACHE = 16 };
typedef struct fm_base {
  char *key; /* the bytes of the fields */
  size_t key_len;
  fm_str text;
  uint64_t hash; /* result of the cache's `hash` */
} fm_base;

typedef struct fm_base_cache {
  fm_base entries[FM_BASE_CACHE];
  uint64_t (*hash)(void *ctx, fm_str base);
  void *ctx;
} fm_base_cache;

void fm_base_cache_deinit(fm_base_cache *cache);
/* As fm_base_make; `*base` is valid until the next call. */
const char *fm_base_find(fm_base_cache *cache, const fm_base_fields *fields, const fm_base **base);

/* A parameter ("for", "host", "proto") of the last element of a Forwarded field, without quotes;
 * false: it is not there. */
bool fm_forwarded_param(fm_str field, fm_str name, fm_str *value);

/* The client that a trusted proxy speaks for: the last address in X-Forwarded-For that is not a
 * trusted proxy itself, else that of Forwarded, else `peer`. */
fm_peer fm_client_of(const fm_peer *peer, fm_str forwarded_for, fm_str forwarded,
                     const fm_cidr *trusted, size_t ntrusted);

#endif
