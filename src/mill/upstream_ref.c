/* Counts references to an upstream and frees it. */
#include "mill/upstream_struct.h"

#include <stdlib.h>

void fm_upstream_hold(fm_upstream *u)
{
  u->holds++;
  fm_env_hold(u->env);
}

static void on_closed(fm_timer *timer)
{
  fm_upstream *u = timer->ctx;
  fm_mill_env *env = u->env;
  fm_copy_deinit(&u->copy);
  fm_anomaly_detector_free(u->anomalies);
  fm_upstream_plan_unref(u->plan);
  fm_arena_deinit(&u->own);
  free(u);
  fm_env_drop(env);
}

static bool is_needed(const fm_upstream *u)
{
  bool kept = !fm_response_set_is_empty(u->responses) || u->timing.resumed;
  return u->holds || u->run || u->closing || (kept && !u->env->closing);
}

void fm_upstream_drop(fm_upstream *u)
{
  fm_mill_env *env = u->env;
  u->holds--;
  if (!is_needed(u)) {
    u->closing = true;
    fm_schedule_leave(&u->timing.slot);
    fm_response_set_free(u->responses);
    fm_map_del(&u->all->by_key, u->key);
    fm_timer_close(&u->timing.timer, on_closed);
  }
  fm_env_drop(env);
}
