/* The outage log: one record for each time that an upstream stopped being refreshed. The
 * store keeps it as state ("outage/BEGAN KEY"), so that it survives a restart and all
 * instances share it. */
#ifndef FM_MILL_OUTAGE_LOG_H
#define FM_MILL_OUTAGE_LOG_H

#include "mill/env.h"

typedef struct fm_outage_log fm_outage_log;

fm_outage_log *fm_outage_log_new(fm_mill_env *env); /* starts to load what the store has */
void fm_outage_log_free(fm_outage_log *log);
void fm_outage_log_reload(fm_outage_log *log); /* another instance wrote to it */
const fm_outage *fm_outage_log_all(const fm_outage_log *log, size_t *count); /* oldest first */

/* The latest outage of an upstream; NULL: it had none. Borrowed until the loop goes on. */
const fm_outage *fm_outage_log_latest(const fm_outage_log *log, fm_str upstream);

/* Begins an outage now unless the upstream's latest one goes on. Strings are copied. */
typedef struct fm_outage_start {
  fm_str upstream, url, reason;
  const char *what;
  enum fm_anomaly anomaly;
} fm_outage_start;
void fm_outage_log_begin(fm_outage_log *log, const fm_outage_start *start);
/* Ends it now, if there is one. `accepted`: by taking the anomaly for normal. */
void fm_outage_log_end(fm_outage_log *log, fm_str upstream, bool accepted);
/* The upstream reads as it did before the anomaly that was accepted last. */
void fm_outage_log_back_to_normal(fm_outage_log *log, fm_str upstream);

#endif
