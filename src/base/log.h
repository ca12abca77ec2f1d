/* Log in logfmt on standard error, one line per event.
 *
 *   time=2026-08-04T00:00:00Z level=warn msg="refresh failed" upstream=/papers reason="..."
 *
 * A line is written by one write(2), so lines of different threads never interleave. It has
 * at most 4 KiB; a value that does not fit is truncated ("..."). Values are quoted where
 * necessary and cannot contain line breaks. */
#ifndef FM_BASE_LOG_H
#define FM_BASE_LOG_H

#include <feedmill/feed.h>

enum fm_log_level { FM_LOG_NONE = -1, FM_LOG_ERROR, FM_LOG_WARN, FM_LOG_INFO, FM_LOG_DEBUG };

void fm_log_level(enum fm_log_level most); /* default FM_LOG_INFO; call before threads start */

/* Pairs of const char *key, const char *value, terminated by NULL. A pair with a NULL value
 * is omitted. */
void fm_log(enum fm_log_level level, const char *message, ...)
    __attribute__((sentinel));

#endif
