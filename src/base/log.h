/* Log: one line per event, in logfmt or JSON, on standard error or in a file.
 *
 *   time=2026-08-04T00:00:00Z level=warn msg="refresh failed" upstream=/papers reason="..."
 *   {"time":"2026-08-04T00:00:00Z","level":"warn","msg":"refresh failed",...}
 *
 * A line is written by one write(2), so lines of different threads never interleave. It has
 * at most 4 KiB; a value that does not fit is truncated ("..."). Values are quoted where
 * necessary and cannot contain line breaks. */
#ifndef FM_BASE_LOG_H
#define FM_BASE_LOG_H

#include "base/why.h"
#include <stdbool.h>

enum fm_log_level { FM_LOG_NONE = -1, FM_LOG_ERROR, FM_LOG_WARN, FM_LOG_INFO, FM_LOG_DEBUG };

void fm_log_level(enum fm_log_level most); /* default FM_LOG_INFO; call before threads start */

/* Where and how to log. The default is logfmt on standard error, from FM_LOG_INFO on. */
typedef struct fm_log_conf {
  enum fm_log_level level;
  bool json;      /* else logfmt */
  const char *to; /* path of a file; NULL: standard error */
} fm_log_conf;

/* Applies `conf` from the next line on; for the thread that configures, at any time. The same
 * path is opened anew, after logrotate(8). If standard error is the journal's socket (systemd
 * sets JOURNAL_STREAM), lines there begin with their priority, as sd-daemon(3) defines it, and
 * without the time, which the journal has itself. FM_E_IO if the file cannot be opened: the old
 * target stays. */
int fm_log_configure(const fm_log_conf *conf, fm_why *why);

/* Pairs of const char *key, const char *value, terminated by NULL. A pair with a NULL value
 * is omitted. */
void fm_log(enum fm_log_level level, const char *message, ...)
    __attribute__((sentinel));

#endif
