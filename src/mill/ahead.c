/* Refreshes ahead of requests: schedule.h's decisions, put to work. A page whose
 * host has no room now is held: its copy serves on, and tells when it is due. */
#include "base/clock.h"
#include "mill/mill_internal.h"
#include "mill/walk.h"

static int64_t room(void *ctx, fm_str host, size_t before)
{
  const fm_mill *mill = ctx;
  return fm_fetcher_delay(mill->spec.fetcher, host, before);
}

static void go(void *ctx, fm_slot *slot)
{
  (void)ctx;
  refresh_start(FM_OF(slot, page, slot));
}

static void held(void *ctx, fm_slot *slot, int64_t ms)
{
  (void)ctx;
  page *p = FM_OF(slot, page, slot);
  p->due = fm_clock_mono_ms() + ms;
  faces_age(p);
}

static void on_time(uv_timer_t *timer)
{
  ahead_run(timer->data);
}

void ahead_init(fm_mill *mill)
{
  fm_schedule_init(&mill->schedule);
  mill->schedule.room = room;
  mill->schedule.go = go;
  mill->schedule.held = held;
  mill->schedule.ctx = mill;
  uv_timer_init(mill->spec.loop, &mill->ahead);
  mill->ahead.data = mill;
  mill->open++;
}

static void on_closed(uv_handle_t *handle)
{
  mill_left(handle->data);
}

void ahead_close(fm_mill *mill)
{
  uv_close((uv_handle_t *)&mill->ahead, on_closed);
}

void ahead_run(fm_mill *mill)
{
  if (mill->closing)
    return;
  int64_t ms = fm_schedule_run(&mill->schedule);
  if (ms < 0)
    uv_timer_stop(&mill->ahead);
  else
    uv_timer_start(&mill->ahead, on_time, (uint64_t)ms, 0);
}

static fm_str turn_of(const page *p)
{
  const part *one = &p->parts[0];
  return one->ways[way_first(p, one)].turn;
}

int64_t ahead_room(const page *p)
{
  return room(p->mill, turn_of(p), 0);
}

void ahead_hold(page *p)
{
  int64_t since = p->doc && p->meta.fetched != FM_NO_TIME ? p->meta.fetched : 0;
  p->state = FM_PAGE_HELD;
  p->due = 0;
  uv_timer_stop(&p->timer);
  fm_schedule_ask(&p->mill->schedule, &p->slot, turn_of(p), since);
}

void ahead_ask(page *p)
{
  if (p->ncommand) { /* no host is asked */
    refresh_start(p);
    return;
  }
  ahead_hold(p);
  ahead_run(p->mill);
}
