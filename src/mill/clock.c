/* The system's clocks, and timers over either these or a test's. */
#include "mill/clock.h"

#include "base/clock.h"

static void on_due(uv_timer_t *handle)
{
  fm_timer *timer = handle->data;
  timer->due(timer);
}

static void timer_start(fm_timer *timer, int64_t ms)
{
  uv_timer_start(&timer->handle, on_due, ms > 0 ? (uint64_t)ms : 0, 0);
}

static void timer_stop(fm_timer *timer) { uv_timer_stop(&timer->handle); }

const fm_mill_clock fm_mill_system_clock = {fm_clock_wall, fm_clock_mono_ms, timer_start, timer_stop};

void fm_timer_init(fm_timer *timer, uv_loop_t *loop, const fm_mill_clock *clock, fm_timer_cb due,
                   void *ctx)
{
  *timer = (fm_timer){.clock = clock, .due = due, .ctx = ctx};
  uv_timer_init(loop, &timer->handle);
  timer->handle.data = timer;
}

void fm_timer_start(fm_timer *timer, int64_t ms) { timer->clock->timer_start(timer, ms); }

void fm_timer_stop(fm_timer *timer) { timer->clock->timer_stop(timer); }

static void on_closed(uv_handle_t *handle)
{
  fm_timer *timer = handle->data;
  if (timer->closed)
    timer->closed(timer);
}

void fm_timer_close(fm_timer *timer, fm_timer_cb closed)
{
  timer->closed = closed;
  fm_timer_stop(timer);
  uv_close((uv_handle_t *)&timer->handle, on_closed);
}
