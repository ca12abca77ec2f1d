/* One connection to Redis on the loop, which reconnects by itself.
 *
 * Each attempt resolves the name (a name may follow the master), connects, authenticates
 * and selects the database; then `up` is called. When the connection is lost or cannot be
 * made, pending commands are answered with NULL, `down` is called with the reason, and the
 * next attempt follows after 100 ms, then after twice as long each time up to 5 s, with
 * jitter. */
#ifndef FM_STORE_REDIS_CONN_H
#define FM_STORE_REDIS_CONN_H

#include "base/why.h"
#include <feedmill/feed.h>
#include <hiredis/async.h>
#include <stdbool.h>
#include <uv.h>

/* The address of a Redis, with its own text. */
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

typedef struct fm_redis_conn fm_redis_conn;

typedef struct fm_redis_conn_spec {
  uv_loop_t *loop;
  const fm_redis_address *address; /* outlives the connection */
  void (*up)(void *ctx);
  void (*down)(void *ctx, const char *reason);
  void *ctx;
} fm_redis_conn_spec;

fm_redis_conn *fm_redis_conn_new(
    const fm_redis_conn_spec *spec); /* the first attempt starts from the loop */
/* Answers pending commands with NULL, frees the connection, then calls `closed`. */
void fm_redis_conn_close(fm_redis_conn *conn, void (*closed)(void *ctx), void *ctx);

bool fm_redis_conn_is_up(const fm_redis_conn *conn);
/* True while it is neither up nor connecting. */
bool fm_redis_conn_is_backing_off(const fm_redis_conn *conn);

/* `reply` is NULL if the connection was lost; else it belongs to hiredis, which frees it
 * after the callback. False: not up, and the callback will not be called. */
typedef void (*fm_redis_conn_cb)(void *ctx, const redisReply *reply);
bool fm_redis_conn_send(fm_redis_conn *conn, int argc, const char **argv, const size_t *lens,
                        fm_redis_conn_cb cb, void *ctx);
/* The server has been verified: resets the reconnect back-off. */
void fm_redis_conn_reset_backoff(fm_redis_conn *conn);
/* Drops the connection with a reason; reconnects as after any loss. */
void fm_redis_conn_drop(fm_redis_conn *conn, const char *reason);

#endif
