/* The lease on an upstream: the right to refresh it, among instances that share a store.
 *
 * Whoever holds it fetches; the others wait for the announcement that the upstream changed,
 * or until the lease ends without one. The announcement is sent with the change, before the
 * lease is released. Callbacks come on the loop, never from inside a call. */
#ifndef FM_MILL_LEASE_H
#define FM_MILL_LEASE_H

#include "mill/env.h"

typedef struct fm_refresh_lease fm_refresh_lease;

fm_refresh_lease *fm_refresh_lease_new(fm_mill_env *env, fm_str key); /* `key` is borrowed */
/* Releases it if it is held. No take may be under way. */
void fm_refresh_lease_free(fm_refresh_lease *lease);

/* Asks for it. FM_OK: it is held. FM_E_BUSY: another instance holds it for left_ms more.
 * FM_E_IO: unknown; the caller goes on without. */
typedef void (*fm_refresh_lease_cb)(void *ctx, int error, int64_t left_ms);
void fm_refresh_lease_take(fm_refresh_lease *lease, fm_refresh_lease_cb cb, void *ctx);

/* Calls back once it is worth to ask again for a lease that lasts left_ms more. */
void fm_refresh_lease_wait(fm_refresh_lease *lease, int64_t left_ms, void (*cb)(void *ctx),
                           void *ctx);
void fm_refresh_lease_stop_waiting(fm_refresh_lease *lease);

/* The refresh makes progress: extends the lease, a few times in its duration at most. */
void fm_refresh_lease_renew(fm_refresh_lease *lease);

#endif
