/* Peer addresses and networks, and the public base URL of a request with its small cache. */
#include "serve/address.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

enum { UNIX = 1, V4 = 4, V6 = 6, HOST_MAX = 262, PREFIX_MAX = 256, KEY_MAX = 2048 };

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static fm_peer peer_of_v6(const struct sockaddr_in6 *in6)
{
  fm_peer peer = {.family = V6, .port = ntohs(in6->sin6_port)};
  const uint8_t *bytes = in6->sin6_addr.s6_addr;
  if (memcmp(bytes, mapped, sizeof mapped) == 0) {
    peer.family = V4;
    memcpy(peer.addr, bytes + 12, 4);
  } else {
    memcpy(peer.addr, bytes, 16);
  }
  return peer;
}

fm_peer fm_peer_of(const struct sockaddr *address)
{
  if (address->sa_family == AF_INET6)
    return peer_of_v6((const struct sockaddr_in6 *)(const void *)address);
  if (address->sa_family != AF_INET)
    return (fm_peer){.family = UNIX};
  const struct sockaddr_in *in = (const void *)address;
  fm_peer peer = {.family = V4, .port = ntohs(in->sin_port)};
  memcpy(peer.addr, &in->sin_addr, 4);
  return peer;
}

static bool in_net(const uint8_t *addr, const fm_cidr *net)
{
  unsigned whole = net->bits / 8, rest = net->bits % 8;
  if (memcmp(addr, net->addr, whole) != 0)
    return false;
  uint8_t mask = (uint8_t)(0xff00 >> rest);
  return rest == 0 || ((addr[whole] ^ net->addr[whole]) & mask) == 0;
}

bool fm_peer_in(const fm_peer *peer, const fm_cidr *cidrs, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (cidrs[i].family == peer->family &&
        (peer->family == UNIX || in_net(peer->addr, &cidrs[i])))
      return true;
  return false;
}

bool fm_cidr_parse(fm_str text, fm_cidr *cidr)
{
  if (fm_str_is(text, "unix")) {
    *cidr = (fm_cidr){.family = UNIX};
    return true;
  }
  const char *slash = text.len ? memchr(text.ptr, '/', text.len) : NULL;
  fm_str addr = slash ? fm_str_span(text.ptr, slash) : text;
  char name[INET6_ADDRSTRLEN];
  if (addr.len == 0 || addr.len >= sizeof name || memchr(addr.ptr, 0, addr.len))
    return false;
  memcpy(name, addr.ptr, addr.len);
  name[addr.len] = 0;
  fm_cidr got = {.family = V4, .bits = 32};
  if (inet_pton(AF_INET, name, got.addr) != 1) {
    got = (fm_cidr){.family = V6, .bits = 128};
    if (inet_pton(AF_INET6, name, got.addr) != 1)
      return false;
  }
  uint64_t bits = got.bits;
  if (slash && !fm_str_number(fm_str_from(text, addr.len + 1), got.bits, &bits))
    return false;
  got.bits = (uint8_t)bits;
  *cidr = got;
  return true;
}

void fm_peer_text(const fm_peer *peer, char out[FM_ADDRESS_TEXT])
{
  if (peer->family == UNIX)
    memcpy(out, "unix", sizeof "unix");
  else
    inet_ntop(peer->family == V4 ? AF_INET : AF_INET6, peer->addr, out, FM_ADDRESS_TEXT);
}

void fm_address_text(const struct sockaddr *address, char out[FM_ADDRESS_TEXT])
{
  fm_peer peer = fm_peer_of(address);
  char name[FM_ADDRESS_TEXT - 16];
  if (peer.family == UNIX) {
    memcpy(out, "localhost", sizeof "localhost");
    return;
  }
  inet_ntop(peer.family == V4 ? AF_INET : AF_INET6, peer.addr, name, sizeof name);
  snprintf(out, FM_ADDRESS_TEXT, peer.family == V4 ? "%s:%u" : "[%s]:%u", name, peer.port);
}

/* The first member of a list: what the proxy nearest to the client saw. */
static fm_str first_of(fm_str list)
{
  const char *comma = list.len ? memchr(list.ptr, ',', list.len) : NULL;
  return fm_str_trim(comma ? fm_str_span(list.ptr, comma) : list);
}

/* Characters of a path (RFC 3986 pchar and '/'). */
static bool is_path_char(unsigned char c)
{
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
         (c && strchr("/-._~!$&'()*+,;=:@%", c));
}

static bool prefix_valid(fm_str prefix)
{
  if (prefix.len > PREFIX_MAX || prefix.ptr[0] != '/')
    return false;
  for (size_t i = 0; i < prefix.len; i++)
    if (!is_path_char((unsigned char)prefix.ptr[i]))
      return false;
  return prefix.len < 2 || prefix.ptr[1] != '/';
}

static char *put(char *to, fm_str s)
{
  if (s.len)
    memcpy(to, s.ptr, s.len);
  return to + s.len;
}

static char *put_lower(char *to, fm_str s)
{
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    *to++ = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  }
  return to;
}

/* Leaves the default port of the scheme out, so that one address has one spelling. */
static fm_str without_default_port(fm_str host, bool https)
{
  fm_str port = https ? FM_STR(":443") : FM_STR(":80");
  if (fm_str_ends(host, port))
    host.len -= port.len;
  return host;
}

/* An empty port means the default one (RFC 3986 section 3.2.3). */
static fm_str without_empty_port(fm_str host)
{
  if (host.len > 1 && host.ptr[host.len - 1] == ':')
    host.len--;
  return host;
}

const char *fm_base_make(const fm_base_fields *hints, char *base, size_t *len)
{
  fm_str own = without_empty_port(hints->host);
  if (own.len > HOST_MAX || !fm_host_valid(own))
    return "the Host header is no valid host[:port]";
  fm_str proto = first_of(hints->proto), host = without_empty_port(first_of(hints->forwarded_host));
  fm_str prefix = first_of(hints->prefix);
  bool https = fm_str_ieq(proto, FM_STR("https"));
  if (proto.len && !https && !fm_str_ieq(proto, FM_STR("http")))
    return "X-Forwarded-Proto is neither http nor https";
  if (host.len && (host.len > HOST_MAX || !fm_host_valid(host)))
    return "X-Forwarded-Host is no valid host[:port]";
  if (prefix.len && !prefix_valid(prefix))
    return "X-Forwarded-Prefix is no valid path";
  while (prefix.len && prefix.ptr[prefix.len - 1] == '/')
    prefix.len--;
  char *end = put(base, https ? FM_STR("https://") : FM_STR("http://"));
  end = put_lower(end, without_default_port(host.len ? host : own, https));
  end = put(end, prefix);
  *len = (size_t)(end - base);
  return NULL;
}

void fm_base_cache_deinit(fm_base_cache *cache)
{
  for (size_t i = 0; i < FM_BASE_CACHE; i++)
    free(cache->made[i].key);
  memset(cache->made, 0, sizeof cache->made);
}

/* Slot in the cache: a cheap hash that keeps a handful of hosts apart. */
static fm_base *slot_of(fm_base_cache *cache, const fm_base_fields *hints)
{
  const fm_str *host = hints->forwarded_host.len ? &hints->forwarded_host : &hints->host;
  unsigned char last = (unsigned char)host->ptr[host->len - 1];
  unsigned char first = (unsigned char)host->ptr[0];
  return &cache->made[(first * 7u + last * 3u + host->len + hints->prefix.len) % FM_BASE_CACHE];
}

/* Compares the key of a cached base with the fields, which NUL separates. */
static bool is_of(const fm_base *made, const fm_base_fields *h, size_t key_len)
{
  if (!made->key || made->key_len != key_len || memcmp(made->key, h->host.ptr, h->host.len) != 0)
    return false;
  if (key_len == h->host.len + 3)
    return made->key[h->host.len] == 0;
  const fm_str parts[] = {h->host, h->proto, h->forwarded_host, h->prefix};
  const char *at = made->key;
  for (size_t i = 0; i < 4; i++) {
    if (i > 0 && *at++ != 0)
      return false;
    if (parts[i].len && memcmp(at, parts[i].ptr, parts[i].len) != 0)
      return false;
    at += parts[i].len;
  }
  return true;
}

/* Key and text share one allocation. */
static void keep(fm_base *made, const fm_base_fields *h, size_t key_len, fm_str text)
{
  free(made->key);
  char *at = made->key = fm_alloc(key_len + text.len);
  const fm_str parts[] = {h->host, h->proto, h->forwarded_host, h->prefix};
  for (size_t i = 0; i < 4; i++) {
    if (i > 0)
      *at++ = 0;
    at = put(at, parts[i]);
  }
  made->key_len = key_len;
  made->text = (fm_str){at, text.len};
  put(at, text);
}

const char *fm_base_find(fm_base_cache *cache, const fm_base_fields *hints, const fm_base **base)
{
  size_t key_len = hints->host.len + hints->proto.len + hints->forwarded_host.len +
                   hints->prefix.len + 3;
  if (hints->host.len == 0 || key_len > KEY_MAX)
    return "the Host header is no valid host[:port]";
  fm_base *made = slot_of(cache, hints);
  if (!is_of(made, hints, key_len)) {
    char text[FM_BASE_MAX];
    size_t len;
    const char *why = fm_base_make(hints, text, &len);
    if (why)
      return why;
    keep(made, hints, key_len, (fm_str){text, len});
    made->hash = cache->hash(cache->ctx, made->text);
  }
  *base = made;
  return NULL;
}
