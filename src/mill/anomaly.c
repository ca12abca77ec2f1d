/* Holds readings against an upstream's history, and remembers how long they differ. */
#include "mill/anomaly.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>

struct fm_anomaly_detector {
  fm_mill_env *env;
  fm_outage_log *log;
  fm_str upstream;
  fm_anomaly_streak streak;
  bool recalled; /* `streak` goes on from before a restart */
  fm_reading_history history; /* what the copy does not tell of the last reading; no feed */
  enum fm_anomaly last;
};

fm_anomaly_detector *fm_anomaly_detector_new(fm_mill_env *env, fm_outage_log *log, fm_str upstream)
{
  fm_anomaly_detector *d = FM_NEW(fm_anomaly_detector);
  d->env = env;
  d->log = log;
  d->upstream = upstream;
  return d;
}

void fm_anomaly_detector_free(fm_anomaly_detector *d) { free(d); }

void fm_anomaly_check_prepare(fm_anomaly_check *check, const fm_anomaly_detector *d,
                              const fm_copy *copy)
{
  *check = (fm_anomaly_check){.known = NULL};
  check->failures = copy->meta.failures;
  if (!copy->doc || copy->outdated) /* other options read another list */
    return;
  check->known = fm_doc_ref(copy->doc);
  check->history = d->history;
  check->history.feed = &check->known->feed;
}

void fm_anomaly_check_run(fm_anomaly_check *check, const fm_feed *seen, size_t dropped)
{
  check->shown = seen->nentries;
  check->dropped = dropped;
  check->bare = fm_anomaly_count_bare(seen);
  if (check->known)
    check->found = fm_anomaly_find(&check->history, seen, dropped, &check->why);
}

void fm_anomaly_check_deinit(fm_anomaly_check *check)
{
  fm_doc_unref(check->known);
  check->known = NULL;
}

/* After a restart the outage log tells since when an anomaly lasts. */
static void recall(fm_anomaly_detector *d, unsigned failures)
{
  if (d->recalled)
    return;
  d->recalled = true;
  const fm_outage *o = fm_outage_log_latest(d->log, d->upstream);
  bool lasts = o && (o->ended == FM_NO_TIME || o->accepted);
  if (!lasts || o->anomaly == FM_ANOMALY_NONE || o->anomaly == FM_ANOMALY_NO_LIST)
    return;
  d->streak = (fm_anomaly_streak){.anomaly = o->anomaly, .since = o->began,
                                  .accepted = o->accepted, .count = failures};
}

int fm_anomaly_decide(fm_anomaly_detector *d, const fm_anomaly_check *check)
{
  d->last = check->found;
  if (!check->known)
    return FM_OK;
  recall(d, check->failures);
  bool accepted = d->streak.accepted;
  if (fm_anomaly_streak_refuses(&d->streak, check->found, fm_env_wall(d->env))) {
    d->env->stats.anomalies[check->found]++;
    return FM_E_NO_LIST;
  }
  if (check->found && !accepted)
    fm_log(FM_LOG_WARN, "anomaly accepted, it has lasted for a day", "upstream", d->upstream.ptr,
           "reason", check->why.text, "kind", fm_anomaly_name(check->found), NULL);
  if (!check->found)
    fm_outage_log_back_to_normal(d->log, d->upstream);
  return FM_OK;
}

void fm_anomaly_note_failure(fm_anomaly_detector *d, bool no_list, bool known)
{
  d->last = no_list ? FM_ANOMALY_NO_LIST : FM_ANOMALY_NONE;
  d->env->stats.anomalies[d->last] += no_list && known;
}

void fm_anomaly_note_reading(fm_anomaly_detector *d, const fm_anomaly_check *check)
{
  d->history = (fm_reading_history){.counted = true, .shown = check->shown,
                                    .dropped = check->dropped, .bare = check->bare};
}

enum fm_anomaly fm_anomaly_last(const fm_anomaly_detector *d) { return d->last; }

bool fm_anomaly_is_accepted(const fm_anomaly_detector *d) { return d->streak.accepted; }

void fm_anomaly_end_outage(fm_anomaly_detector *d)
{
  const fm_outage *o = fm_outage_log_latest(d->log, d->upstream);
  bool accepted = o && d->streak.accepted && o->anomaly == d->streak.anomaly;
  fm_outage_log_end(d->log, d->upstream, accepted);
}
