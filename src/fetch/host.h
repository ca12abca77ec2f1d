/* Manners towards one host: how many requests at a time, and how many it takes
 * in all (fetch/budget.h).
 *
 * A turn is the right to send one request to an origin (scheme://host:port,
 * RFC 6454). `per_host` are out at a time for each origin, and none while the
 * host's budget has no room. Who cannot wait goes first, then the lowest rank;
 * equals in the order in which they asked. What would have to wait for its
 * budget longer than `patience` is refused.
 *
 * Some hosts count requests of several kinds apart. Where an origin's name is asked for,
 * that and a budget's may stand: "https://example.org api". What is sent there counts in
 * that budget alone; how many are out at a time is counted for the origin as a whole.
 *
 * No timers here: the owner calls fm_hosts_run when the time has come that was
 * told to `wake`, and the clock is a function, so that a test can have its own. */
#ifndef FM_FETCH_HOST_H
#define FM_FETCH_HOST_H

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "fetch/budget.h"

#define FM_TURN_URGENT INT64_MIN /* a rank: somebody waits for it and has nothing */

typedef struct fm_hosts {
  fm_map origins;    /* origin -> struct of host.c */
  fm_list idle;      /* those with no turn out, the one used longest ago first */
  fm_list busy;      /* the others */
  size_t nidle;
  unsigned per_host; /* may be changed at any time; 0: no more turns are given */
  int64_t patience;  /* ms; may be changed at any time */
  int64_t (*now)(void); /* ms; fm_clock_mono_ms */
  /* fm_hosts_run is wanted at `at`, and not earlier; INT64_MAX: not any more.
   * May be NULL: then it is called for another reason. */
  void (*wake)(struct fm_hosts *hosts, int64_t at);
  int64_t wake_at;
} fm_hosts;

enum {
  FM_HOSTS_IDLE = 256,         /* origins remembered for their budget alone */
  FM_HOSTS_BUDGETS = 4,        /* of one origin; what is beyond counts in the first */
  FM_HOSTS_PATIENCE_MS = 30000 /* what fm_hosts_init sets */
};

/* Lies in its owner and is zero before it is asked for. */
typedef struct fm_turn {
  fm_list_node node;
  struct fm_origin *origin; /* NULL: neither waiting nor out */
  unsigned budget;          /* which of its */
  int64_t rank, asked;
  bool out;                 /* given */
  int64_t refused;          /* ms until there is room, when it was not given; else 0 */
  uint64_t number;          /* of its request, while out */
  void (*go)(struct fm_turn *turn);
} fm_turn;

void fm_hosts_init(fm_hosts *hosts, unsigned per_host);
void fm_hosts_deinit(fm_hosts *hosts); /* no turn may be waiting or out */
void fm_hosts_run(fm_hosts *hosts);    /* gives the turns whose time has come */

/* "ORIGIN", or "ORIGIN BUDGET" where a budget is named. */
fm_str fm_turn_name(fm_arena *arena, fm_str origin, fm_str budget);

/* Asks for a turn. `go` is called once, when it is given or refused (then it is
 * over): at once, from inside this call, or later from inside another of this
 * interface. */
void fm_turn_ask(fm_hosts *hosts, fm_str name, fm_turn *turn, int64_t rank,
                 void (*go)(fm_turn *turn));
/* Gives a turn back, used or not; the next in line go. Twice is fine, and from
 * inside `go` too. */
void fm_turn_end(fm_hosts *hosts, fm_turn *turn);
/* A second request in the same turn (a redirect). */
void fm_turn_again(fm_hosts *hosts, fm_turn *turn);

/* What the answer to a turn's request said; before fm_turn_end. */
void fm_turn_note(fm_hosts *hosts, fm_turn *turn, const fm_budget *said);
/* The origin, or one budget of it ("https://example.org " is the one without a name),
 * wants nothing for so long. What waits longer than `patience` by that is refused when
 * things move next: in fm_turn_end or fm_hosts_run. */
void fm_hosts_stop(fm_hosts *hosts, fm_str name, int64_t ms);

/* When one more request that can wait may go out, `before` others first and
 * those that wait here; at or before hosts->now(): at once. A guess when it is
 * later: others may come, the host may say something else. */
int64_t fm_hosts_room(const fm_hosts *hosts, fm_str name, size_t before);

fm_budget fm_hosts_budget(const fm_hosts *hosts, fm_str name); /* as last said */

#endif
