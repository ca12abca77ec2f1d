/* Anomaly detection for one upstream: is what was read what its history leads one to expect?
 *
 * A check is prepared on the loop, run in the pool and decided on the loop, before the store
 * hears of the reading. The rules themselves are anomaly_rules.h. */
#ifndef FM_MILL_ANOMALY_H
#define FM_MILL_ANOMALY_H

#include "mill/anomaly_rules.h"
#include "mill/copy.h"
#include "mill/outage_log.h"

typedef struct fm_anomaly_detector fm_anomaly_detector;

fm_anomaly_detector *fm_anomaly_detector_new(fm_mill_env *env, fm_outage_log *log, fm_str upstream);
void fm_anomaly_detector_free(fm_anomaly_detector *detector);

typedef struct fm_anomaly_check {
  fm_doc *known; /* a reference to what is known of the upstream; NULL: nothing to compare with */
  fm_reading_history history;
  enum fm_anomaly found;
  fm_why why;
  size_t shown, dropped, bare; /* of the reading */
  unsigned failures; /* in a row before it */
} fm_anomaly_check;

void fm_anomaly_check_prepare(fm_anomaly_check *check, const fm_anomaly_detector *detector,
                              const fm_copy *copy);
void fm_anomaly_check_run(fm_anomaly_check *check, const fm_feed *seen, size_t dropped); /* pure */
void fm_anomaly_check_deinit(fm_anomaly_check *check);

/* Decides: FM_OK, the reading is used; FM_E_NO_LIST, it is not, check->why says why. */
int fm_anomaly_decide(fm_anomaly_detector *detector, const fm_anomaly_check *check);
/* The source found no list (`no_list`), or the page could not be fetched; `known`: there is a
 * copy to compare with. */
void fm_anomaly_note_failure(fm_anomaly_detector *detector, bool no_list, bool known);
/* A reading has become the copy. */
void fm_anomaly_note_reading(fm_anomaly_detector *detector, const fm_anomaly_check *check);

/* The anomaly of the last reading; FM_ANOMALY_NONE if that was normal. */
enum fm_anomaly fm_anomaly_last(const fm_anomaly_detector *detector);
/* True if the present anomaly has lasted for so long that it is taken for normal. */
bool fm_anomaly_is_accepted(const fm_anomaly_detector *detector);

/* The upstream is refreshed again: ends its outage. */
void fm_anomaly_end_outage(fm_anomaly_detector *detector);

#endif
