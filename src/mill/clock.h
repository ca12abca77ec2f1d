/* Time for the mill: both clocks, and timers that follow them.
 *
 * The default reads the system's clocks and uses libuv's timers. A unit test hands in a
 * clock that it advances itself (fm_mill_spec.clock), so that a day takes milliseconds. */
#ifndef FM_MILL_CLOCK_H
#define FM_MILL_CLOCK_H

#include "base/list.h"
#include <stdint.h>
#include <uv.h>

typedef struct fm_timer fm_timer;
typedef struct fm_mill_clock fm_mill_clock;
typedef void (*fm_timer_cb)(fm_timer *timer);

struct fm_mill_clock {
  int64_t (*wall)(void);    /* Unix seconds */
  int64_t (*mono_ms)(void); /* milliseconds; never goes back */
  void (*timer_start)(fm_timer *timer, int64_t ms);
  void (*timer_stop)(fm_timer *timer);
};
extern const fm_mill_clock fm_mill_system_clock;

/* Embedded in its owner. Its memory may be freed in the close callback, not before. */
struct fm_timer {
  uv_timer_t handle; /* unused by a test's clock, but closed like any other */
  const fm_mill_clock *clock;
  fm_timer_cb due, closed;
  void *ctx;
  fm_list_node node; /* the clock's */
  int64_t at;   /* the clock's */
};

void fm_timer_init(fm_timer *timer, uv_loop_t *loop, const fm_mill_clock *clock, fm_timer_cb due,
                   void *ctx);
void fm_timer_start(fm_timer *timer, int64_t ms); /* once, from now; replaces an earlier start */
void fm_timer_stop(fm_timer *timer);
void fm_timer_close(fm_timer *timer, fm_timer_cb closed); /* `closed` comes later; may be NULL */

#endif
