/* The two clocks. Code that decides by time takes an fm_clock, so that a test
 * can run a day in a moment. */
#ifndef FM_BASE_CLOCK_H
#define FM_BASE_CLOCK_H

#include <stdint.h>

int64_t fm_clock_wall(void);    /* seconds since 1970, UTC */
int64_t fm_clock_mono_ms(void); /* milliseconds, never goes back; coarse is enough */

#endif
