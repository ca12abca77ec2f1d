/* Drives the schedule with the fetcher's budgets and a timer. */
#include "mill/prefetch.h"

#include "base/mem.h"

#include <stdlib.h>

struct fm_prefetch {
  fm_mill_env *env;
  fm_prefetch_cbs cbs;
  fm_schedule schedule;
  fm_timer timer;
};

static int64_t room(void *ctx, fm_str permit, size_t before, bool dynamic)
{
  const fm_prefetch *p = ctx;
  return p->env->hosts.room(p->env->hosts.ctx, permit, before, dynamic);
}

static void go(void *ctx, fm_slot *slot)
{
  const fm_prefetch *p = ctx;
  p->cbs.start(slot);
}

static void held(void *ctx, fm_slot *slot, int64_t ms)
{
  const fm_prefetch *p = ctx;
  p->cbs.held(slot, ms);
}

static void on_time(fm_timer *timer) { fm_prefetch_run(timer->ctx); }

fm_prefetch *fm_prefetch_new(fm_mill_env *env, const fm_prefetch_cbs *cbs)
{
  fm_prefetch *p = FM_NEW(fm_prefetch);
  p->env = env;
  p->cbs = *cbs;
  fm_schedule_init(&p->schedule);
  p->schedule.room = room;
  p->schedule.go = go;
  p->schedule.held = held;
  p->schedule.ctx = p;
  fm_timer_init(&p->timer, env->loop, env->clock, on_time, p);
  fm_env_hold(env);
  return p;
}

static void on_closed(fm_timer *timer)
{
  fm_prefetch *p = timer->ctx;
  fm_env_drop(p->env);
}

void fm_prefetch_close(fm_prefetch *p) { fm_timer_close(&p->timer, on_closed); }

void fm_prefetch_free(fm_prefetch *p)
{
  fm_schedule_deinit(&p->schedule);
  free(p);
}

void fm_prefetch_queue(fm_prefetch *p, fm_slot *slot, fm_str permit, bool dynamic, int64_t since)
{
  fm_schedule_ask(&p->schedule, slot, permit, dynamic, since);
}

void fm_prefetch_run(fm_prefetch *p)
{
  if (p->env->closing)
    return;
  int64_t ms = fm_schedule_run(&p->schedule);
  if (ms < 0)
    fm_timer_stop(&p->timer);
  else
    fm_timer_start(&p->timer, ms);
}
