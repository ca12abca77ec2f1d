/* Manners towards one host: how many requests at a time, and how many it says
 * are left.
 *
 * A turn is the right to send one request to an origin (scheme://host:port,
 * RFC 6454). Turns are given in the order in which they were asked for,
 * `per_host` at a time for each origin. What a host says of its budget is
 * noted for each origin, so that a turn can come to wait for it. */
#ifndef FM_NET_HOST_H
#define FM_NET_HOST_H

#include "base/list.h"
#include "base/map.h"
#include <stdint.h>

/* What a host says of its rate limit; -1: not said. The IETF httpapi draft
 * "RateLimit header fields for HTTP" in today's form and in that of 2023. */
typedef struct fm_budget {
  int64_t remaining; /* requests */
  int64_t reset;     /* seconds until there are more */
  int64_t quota;     /* requests in each window */
  int64_t window;    /* seconds */
  int64_t at;        /* fm_clock_mono_ms when this was said */
} fm_budget;

#define FM_BUDGET_NONE ((fm_budget){-1, -1, -1, -1, 0})

/* Reads one header field into what is known already. True if the name is one
 * of RateLimit, RateLimit-Policy, RateLimit-Limit, -Remaining, -Reset and its
 * value could be read; of several policies the one that leaves least counts.
 * Lenient: quoted names may follow one another ("fixed window";"pages";q=100). */
bool fm_budget_read(fm_budget *budget, fm_str name, fm_str value);

typedef struct fm_hosts {
  fm_map origins;    /* origin -> struct of host.c */
  fm_list idle;      /* those with no turn out, the one used longest ago first */
  size_t nidle;
  unsigned per_host; /* may be changed at any time; 0: no more turns are given */
} fm_hosts;

enum { FM_HOSTS_IDLE = 256 }; /* origins remembered for their budget alone */

/* Lies in its owner and is zero before it is asked for. */
typedef struct fm_turn {
  fm_node node;
  struct fm_origin *origin; /* NULL: neither waiting nor out */
  bool out;                 /* given */
  void (*go)(struct fm_turn *turn);
} fm_turn;

void fm_hosts_init(fm_hosts *hosts, unsigned per_host);
void fm_hosts_deinit(fm_hosts *hosts); /* no turn may be waiting or out */

/* Asks for a turn. `go` is called once when it is given: at once, from inside
 * this call, if there is room, else from inside an fm_turn_end. */
void fm_turn_ask(fm_hosts *hosts, fm_str origin, fm_turn *turn, void (*go)(fm_turn *turn));
/* Gives a turn back, used or not; the next in line go. Twice is fine, and from
 * inside `go` too. */
void fm_turn_end(fm_hosts *hosts, fm_turn *turn);

void fm_hosts_note(fm_hosts *hosts, fm_str origin, const fm_budget *budget);
fm_budget fm_hosts_budget(const fm_hosts *hosts, fm_str origin); /* FM_BUDGET_NONE */

#endif
