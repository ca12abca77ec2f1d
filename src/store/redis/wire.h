/* One connection to Redis on the loop, that comes back by itself.
 *
 * It resolves the name (each time anew: an address that follows a master does
 * so by its name), connects, authenticates, selects the database; then `up` is
 * called. When it is lost, or could not be made, all commands under way are
 * answered with NULL, `down` is called with the reason, and it tries again
 * after 100 ms, then twice as long each time up to 5 s, with jitter. */
#ifndef FM_STORE_REDIS_WIRE_H
#define FM_STORE_REDIS_WIRE_H

#include "base/why.h"
#include <feedmill/feed.h>
#include <hiredis/async.h>
#include <stdbool.h>
#include <uv.h>

/* Where a Redis is: text of its own. */
typedef struct fm_redis_address {
  char host[256]; /* "" when path is given */
  char port[8];
  char path[108]; /* a Unix socket */
  char user[128], password[256]; /* "" for none */
  char db[12];
} fm_redis_address;

/* redis://[[USER]:PASSWORD@]HOST[:PORT][/DB] or redis+unix://[[USER]:PASSWORD@]/PATH[?db=N];
 * `rest` is what follows "redis:" or "redis+unix:". FM_E_CONFIG. */
int fm_redis_address_parse(fm_str rest, bool local, fm_redis_address *address, fm_why *why);

typedef struct fm_wire fm_wire;

typedef struct fm_wire_spec {
  uv_loop_t *loop;
  const fm_redis_address *address; /* outlives the wire */
  void (*up)(void *ctx);
  void (*down)(void *ctx, const char *reason);
  void *ctx;
} fm_wire_spec;

fm_wire *fm_wire_new(const fm_wire_spec *spec); /* starts connecting */
/* Answers what is under way with NULL, frees itself, then calls `closed`. */
void fm_wire_close(fm_wire *wire, void (*closed)(void *ctx), void *ctx);

bool fm_wire_is_up(const fm_wire *wire);
/* Not up, and not about to be: the next try is later. */
bool fm_wire_is_waiting(const fm_wire *wire);

/* `reply` is NULL when the connection was lost; else hiredis's, freed after the
 * callback. False: not up, the callback will not come. */
typedef void (*fm_wire_cb)(void *ctx, const redisReply *reply);
bool fm_wire_send(fm_wire *wire, int argc, const char **argv, const size_t *lens, fm_wire_cb cb,
                  void *ctx);
/* What answers is what was looked for: the next loss is tried again quickly. */
void fm_wire_settle(fm_wire *wire);
/* Drops the connection with a reason; it comes back as after any loss. */
void fm_wire_drop(fm_wire *wire, const char *reason);

#endif
