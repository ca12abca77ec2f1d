/* The log: one line for each thing that an operator would want to know, on
 * standard error, in logfmt: when, level, what happened, what it was doing.
 *
 *   time=2026-08-04T00:00:00Z level=warn msg="refresh failed" page=/papers reason="..."
 *
 * A line is written by one write(2), so lines of several threads never mix;
 * it has at most 4 KiB, and a value that would pass that is cut ("...").
 * Values are quoted where they need it; line breaks cannot get in. */
#ifndef FM_BASE_LOG_H
#define FM_BASE_LOG_H

#include <feedmill/feed.h>

enum fm_log_level { FM_LOG_NONE = -1, FM_LOG_ERROR, FM_LOG_WARN, FM_LOG_INFO, FM_LOG_DEBUG };

void fm_log_level(enum fm_log_level most); /* default FM_LOG_INFO; before threads start */

/* Pairs of const char *key, const char *value end with NULL; a NULL value
 * leaves its pair out. */
void fm_log(enum fm_log_level level, const char *message, ...)
    __attribute__((sentinel));

#endif
