/* Takes, renews, awaits and releases the lease on one upstream. */
#include "mill/lease.h"

#include "base/mem.h"

#include <stdlib.h>

/* The poll interval is bounded: a release may be lost, and then is found by asking. */
enum { POLL_MIN_MS = 200, POLL_MAX_MS = 2000, DURATION_MIN_MS = 15000, RENEWALS = 8 };

struct fm_refresh_lease {
  fm_mill_env *env;
  fm_str key;
  fm_lease held;      /* token "": it is not */
  int64_t renewed_at; /* mono ms */
  fm_timer timer;
  fm_refresh_lease_cb taken;
  void (*waited)(void *ctx);
  void *ctx;
};

static void on_poll(fm_timer *timer)
{
  fm_refresh_lease *l = timer->ctx;
  l->waited(l->ctx);
}

fm_refresh_lease *fm_refresh_lease_new(fm_mill_env *env, fm_str key)
{
  fm_refresh_lease *l = FM_NEW(fm_refresh_lease);
  l->env = env;
  l->key = key;
  fm_timer_init(&l->timer, env->loop, env->clock, on_poll, l);
  fm_env_hold(env);
  return l;
}

static void on_closed(fm_timer *timer)
{
  fm_refresh_lease *l = timer->ctx;
  fm_mill_env *env = l->env;
  free(l);
  fm_env_drop(env);
}

void fm_refresh_lease_free(fm_refresh_lease *l)
{
  if (l->held.token[0])
    fm_store_lease_release(l->env->store, l->key, &l->held, NULL, NULL);
  l->held.token[0] = 0;
  fm_timer_close(&l->timer, on_closed);
}

static int64_t duration(const fm_refresh_lease *l)
{
  return l->env->lease_ms > DURATION_MIN_MS ? l->env->lease_ms : DURATION_MIN_MS;
}

static void on_taken(void *ctx, int error, const fm_why *why, const fm_lease *lease)
{
  (void)why;
  fm_refresh_lease *l = ctx;
  if (error == FM_OK) {
    l->held = *lease;
    l->renewed_at = fm_env_mono_ms(l->env);
  }
  l->taken(l->ctx, error, error == FM_E_BUSY ? lease->left_ms : 0);
}

void fm_refresh_lease_take(fm_refresh_lease *l, fm_refresh_lease_cb cb, void *ctx)
{
  l->taken = cb;
  l->ctx = ctx;
  fm_store_lease_take(l->env->store, l->key, duration(l), on_taken, l);
}

void fm_refresh_lease_wait(fm_refresh_lease *l, int64_t left_ms, void (*cb)(void *ctx), void *ctx)
{
  l->waited = cb;
  l->ctx = ctx;
  int64_t ms = left_ms < POLL_MIN_MS ? POLL_MIN_MS : left_ms;
  fm_timer_start(&l->timer, ms > POLL_MAX_MS ? POLL_MAX_MS : ms);
}

void fm_refresh_lease_stop_waiting(fm_refresh_lease *l) { fm_timer_stop(&l->timer); }

/* A refresh of many pages may take longer than the lease lasts; one that hangs does not come
 * here. The duration is the fetch timeout and some seconds, which cover what lies between
 * two calls if each of them counts. */
void fm_refresh_lease_renew(fm_refresh_lease *l)
{
  int64_t now = fm_env_mono_ms(l->env);
  if (!l->held.token[0] || now - l->renewed_at < duration(l) / RENEWALS)
    return;
  l->renewed_at = now;
  fm_store_lease_renew(l->env->store, l->key, &l->held, duration(l), NULL, NULL);
}
