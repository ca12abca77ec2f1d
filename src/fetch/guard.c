/* The table of addresses that are not fetched. */
#include "fetch/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The IANA special-purpose registries (RFC 6890 and its updates) and the metadata
 * addresses of clouds. The first row that matches counts. */

typedef struct range4 {
  uint8_t addr[4];
  uint8_t bits;
  const char *what;
} range4;

static const range4 ranges4[] = {
    {{169, 254, 169, 254}, 32, "metadata"}, /* most clouds */
    {{169, 254, 169, 253}, 32, "metadata"}, /* their resolver */
    {{169, 254, 170, 2}, 32, "metadata"},   /* container credentials */
    {{169, 254, 170, 23}, 32, "metadata"},
    {{100, 100, 100, 200}, 32, "metadata"},
    {{192, 0, 0, 192}, 32, "metadata"},
    {{168, 63, 129, 16}, 32, "metadata"}, /* a public address, answered by the hypervisor */
    {{0, 0, 0, 0}, 32, "unspecified"},
    {{0, 0, 0, 0}, 8, "reserved"},
    {{10, 0, 0, 0}, 8, "private"},
    {{100, 64, 0, 0}, 10, "carrier-grade NAT"},
    {{127, 0, 0, 0}, 8, "loopback"},
    {{169, 254, 0, 0}, 16, "link-local"},
    {{172, 16, 0, 0}, 12, "private"},
    {{192, 0, 0, 0}, 24, "reserved"},
    {{192, 0, 2, 0}, 24, "documentation"},
    {{192, 88, 99, 0}, 24, "reserved"},
    {{192, 168, 0, 0}, 16, "private"},
    {{198, 18, 0, 0}, 15, "benchmarking"},
    {{198, 51, 100, 0}, 24, "documentation"},
    {{203, 0, 113, 0}, 24, "documentation"},
    {{224, 0, 0, 0}, 4, "multicast"},
    {{255, 255, 255, 255}, 32, "broadcast"},
    {{240, 0, 0, 0}, 4, "reserved"},
};

/* `inside`: the offset of an embedded IPv4 address, or -1; Teredo inverts it. */
typedef struct range6 {
  uint8_t addr[16];
  uint8_t bits;
  int8_t inside;
  const char *what; /* with `inside`: if the embedded address is public; may be NULL */
} range6;

enum { TEREDO_SERVER = 4, TEREDO_CLIENT = 12 };

static const range6 ranges6[] = {
    {{0}, 128, -1, "unspecified"},
    {{[15] = 1}, 128, -1, "loopback"},
    {{[10] = 0xff, [11] = 0xff}, 96, 12, NULL},            /* mapped */
    {{[8] = 0xff, [9] = 0xff}, 96, 12, NULL},              /* translated, RFC 2765 */
    {{0}, 96, 12, "reserved"},                             /* IPv4-compatible, deprecated */
    {{0, 0x64, 0xff, 0x9b}, 96, 12, NULL},                 /* NAT64, RFC 6052 */
    {{0, 0x64, 0xff, 0x9b, 0, 1}, 48, -1, "private"},      /* local-use NAT64, RFC 8215 */
    {{0x20, 0x01, 0x00, 0x00}, 32, TEREDO_CLIENT, NULL},   /* Teredo, RFC 4380 */
    {{0x20, 0x01}, 23, -1, "reserved"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, -1, "documentation"},
    {{0x20, 0x02}, 16, 2, NULL},                           /* 6to4, RFC 3056 */
    {{0x3f, 0xff}, 20, -1, "documentation"},
    {{0xfd, 0x00, 0x0e, 0xc2}, 32, -1, "metadata"},
    {{0xfd, 0x20, 0x00, 0xce, [14] = 0x02, [15] = 0x54}, 128, -1, "metadata"},
    {{0xfc}, 7, -1, "private"},
    {{0xfe, 0x80}, 10, -1, "link-local"},
    {{0xfe, 0xc0}, 10, -1, "private"},
    {{0xff}, 8, -1, "multicast"},
};

static bool in_range(const uint8_t *addr, const uint8_t *range, unsigned bits)
{
  if (memcmp(addr, range, bits / 8) != 0)
    return false;
  unsigned rest = bits % 8;
  return rest == 0 || ((addr[bits / 8] ^ range[bits / 8]) >> (8 - rest)) == 0;
}

static const char *check4(const uint8_t addr[4])
{
  for (size_t i = 0; i < sizeof ranges4 / sizeof *ranges4; i++) {
    if (in_range(addr, ranges4[i].addr, ranges4[i].bits))
      return ranges4[i].what;
  }
  return NULL;
}

static const char *check_inside(const uint8_t addr[16], const range6 *range)
{
  uint8_t inside[4];
  memcpy(inside, addr + range->inside, 4);
  if (range->inside == TEREDO_CLIENT && range->bits == 32) {
    const char *server = check4(addr + TEREDO_SERVER);
    if (server)
      return server;
    for (int i = 0; i < 4; i++)
      inside[i] ^= 0xff;
  }
  const char *what = check4(inside);
  return what ? what : range->what;
}

static const char *check6(const uint8_t addr[16])
{
  for (size_t i = 0; i < sizeof ranges6 / sizeof *ranges6; i++) {
    const range6 *range = &ranges6[i];
    if (in_range(addr, range->addr, range->bits))
      return range->inside < 0 ? range->what : check_inside(addr, range);
  }
  return (addr[0] & 0xe0) == 0x20 ? NULL : "reserved"; /* only 2000::/3 is allocated */
}

const char *fm_guard_check(const struct sockaddr *address)
{
  if (address->sa_family == AF_INET) {
    struct sockaddr_in in;
    memcpy(&in, address, sizeof in);
    return check4((const uint8_t *)&in.sin_addr);
  }
  if (address->sa_family == AF_INET6) {
    struct sockaddr_in6 in6;
    memcpy(&in6, address, sizeof in6);
    return check6(in6.sin6_addr.s6_addr);
  }
  return "non-internet";
}
