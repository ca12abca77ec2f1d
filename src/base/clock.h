/* Wall clock and monotonic clock. Code that makes decisions by time receives the time as an
 * argument, so that tests control it. */
#ifndef FM_BASE_CLOCK_H
#define FM_BASE_CLOCK_H

#include <stdint.h>

int64_t fm_clock_wall(void);    /* seconds since 1970, UTC */
int64_t fm_clock_mono_ms(void); /* milliseconds; monotonic, with the kernel tick's resolution */

#endif
