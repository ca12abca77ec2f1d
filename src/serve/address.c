/* Peer addresses and networks: from sockets, from text, to text. */
#include "serve/address.h"

#include "base/mem.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

enum { UNIX = FM_PEER_UNIX, V4 = FM_PEER_V4, V6 = FM_PEER_V6 };

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

/* "192.0.2.1" or "2001:db8::1", without brackets; an IPv4-mapped address is kept as it is. */
static bool parse_ip(fm_str text, uint8_t *family, uint8_t addr[16])
{
  char name[INET6_ADDRSTRLEN];
  if (text.len == 0 || text.len >= sizeof name || memchr(text.ptr, 0, text.len))
    return false;
  memcpy(name, text.ptr, text.len);
  name[text.len] = 0;
  *family = inet_pton(AF_INET, name, addr) == 1 ? V4 : V6;
  return *family == V4 || inet_pton(AF_INET6, name, addr) == 1;
}

bool fm_cidr_parse(fm_str text, fm_cidr *cidr)
{
  if (fm_str_is(text, "unix")) {
    *cidr = (fm_cidr){.family = UNIX};
    return true;
  }
  const char *slash = text.len ? memchr(text.ptr, '/', text.len) : NULL;
  fm_str addr = slash ? fm_str_span(text.ptr, slash) : text;
  fm_cidr got = {0};
  if (!parse_ip(addr, &got.family, got.addr))
    return false;
  uint64_t most = got.family == V4 ? 32 : 128, bits = most;
  if (slash && !fm_str_number(fm_str_from(text, addr.len + 1), most, &bits))
    return false;
  got.bits = (uint8_t)bits;
  *cidr = got;
  return true;
}

/* Cuts the port off "192.0.2.1:80", "[2001:db8::1]:80" or "[2001:db8::1]", and the brackets. */
static fm_str without_port(fm_str text)
{
  const char *end = text.ptr + text.len, *close;
  if (text.len && *text.ptr == '[')
    return (close = memchr(text.ptr, ']', text.len)) ? fm_str_span(text.ptr + 1, close) : text;
  const char *colon = text.len ? memchr(text.ptr, ':', text.len) : NULL;
  bool single = colon && !memchr(colon + 1, ':', (size_t)(end - colon - 1));
  return single ? fm_str_span(text.ptr, colon) : text;
}

bool fm_peer_parse(fm_str text, fm_peer *peer)
{
  fm_peer got = {0};
  if (!parse_ip(without_port(text), &got.family, got.addr))
    return false;
  if (got.family == V6 && memcmp(got.addr, mapped, sizeof mapped) == 0) {
    memmove(got.addr, got.addr + 12, 4);
    memset(got.addr + 4, 0, 12);
    got.family = V4;
  }
  *peer = got;
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
