/* An upstream's timing:
 *
 *   loading ----> fresh <---> refreshing <---> backing off
 *      |            |             ^                 |
 *      +--> stale <-+-------------+-----------------+  (nobody reads it)
 *
 * and rate limited, before refreshing, while its host's budget has no room. */
#include "mill/upstream_struct.h"

#include "base/log.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

enum { RETRY_AFTER_MAX = 86400 };

/* ---- who reads it ---- */

int64_t fm_upstream_last_read(const fm_upstream *u)
{
  int64_t last = fm_response_set_last_read(u->responses);
  return last > u->timing.resumed ? last : u->timing.resumed;
}

int64_t fm_upstream_every(const fm_upstream *u)
{
  int64_t every = fm_response_set_every(u->responses);
  every = every ? every : u->timing.every;
  return every > 0 ? every : 1;
}

bool fm_upstream_is_read(const fm_upstream *u)
{
  bool empty = fm_response_set_is_empty(u->responses);
  int64_t idle = empty ? u->timing.idle : fm_response_set_idle(u->responses);
  return fm_env_mono_ms(u->env) - fm_upstream_last_read(u) <= idle * 1000;
}

bool fm_upstream_is_dynamic(const fm_upstream *u)
{
  return !u->timing.resumed && !fm_response_set_is_empty(u->responses) &&
         !fm_response_set_is_configured(u->responses);
}

bool fm_upstream_is_usable(const fm_upstream *u, const fm_refresh_policy *refresh)
{
  if (!u->copy.doc)
    return false;
  return u->timing.state == FM_UPSTREAM_FRESH ||
         fm_env_wall(u->env) - u->copy.meta.fetched <= refresh->stale;
}

/* While only entries' own pages are fetched, the copy of this refresh is as fresh as after it. */
static int64_t fresh_while_refreshing(const fm_upstream *u)
{
  bool published;
  if (!u->run || !fm_refresh_is_at_entries(u->run, &published) || !published)
    return 0;
  int64_t left = u->copy.meta.fetched + fm_upstream_every(u) - fm_env_wall(u->env);
  return left > 0 ? fm_env_mono_ms(u->env) + left * 1000 : 0;
}

void fm_upstream_update_freshness(fm_upstream *u)
{
  switch (u->timing.state) {
  case FM_UPSTREAM_FRESH:
    fm_response_set_fresh_until(u->responses, u->timing.due, false);
    break;
  case FM_UPSTREAM_BACKING_OFF:
  case FM_UPSTREAM_RATE_LIMITED:
    fm_response_set_fresh_until(u->responses, u->timing.due, true);
    break;
  case FM_UPSTREAM_REFRESHING:
    fm_response_set_fresh_until(u->responses, fresh_while_refreshing(u), false);
    break;
  default:
    fm_response_set_fresh_until(u->responses, 0, false);
  }
}

/* ---- when it is due ---- */

void fm_upstream_set_due(fm_upstream *u, int64_t in_ms)
{
  fm_schedule_leave(&u->timing.slot);
  u->timing.due = fm_env_mono_ms(u->env) + in_ms;
  fm_timer_start(&u->timing.timer, in_ms);
}

/* A plan may end before the interval does. */
static void set_due_after(fm_upstream *u, int64_t every)
{
  int64_t now = fm_env_wall(u->env), left = u->copy.meta.fetched + every - now;
  int64_t early = left > 0 ? fm_schedule_early(u->key, every) : 0;
  int64_t ends = u->plan->valid_until;
  u->timing.planned = every;
  left = left > 0 ? left : 1;
  if (ends != FM_NO_TIME && ends - now < left) {
    left = ends > now ? ends - now : 1;
    early = 0;
  }
  fm_upstream_set_due(u, left * 1000 - early);
}

static void plan_next(fm_upstream *u)
{
  set_due_after(u, fm_upstream_every(u));
  fm_upstream_update_freshness(u);
}

void fm_upstream_replan(fm_upstream *u)
{
  if (u->timing.state == FM_UPSTREAM_FRESH && u->timing.planned != fm_upstream_every(u))
    plan_next(u);
}

void fm_upstream_set_stale(fm_upstream *u)
{
  fm_timer_stop(&u->timing.timer);
  fm_schedule_leave(&u->timing.slot);
  u->timing.state = FM_UPSTREAM_STALE;
  u->timing.due = 0;
  fm_upstream_update_freshness(u);
}

void fm_upstream_set_fresh(fm_upstream *u)
{
  fm_upstream_meta *meta = &u->copy.meta;
  fm_anomaly_end_outage(u->anomalies);
  u->timing.error = FM_OK;
  meta->failures = 0;
  meta->failure = (fm_str){0};
  meta->next_try = FM_NO_TIME;
  if (u->copy.outdated) { /* a reload came during the refresh */
    fm_upstream_set_stale(u);
    return;
  }
  u->timing.state = FM_UPSTREAM_FRESH;
  plan_next(u);
}

void fm_upstream_set_first_state(fm_upstream *u)
{
  const fm_upstream_meta *meta = &u->copy.meta;
  int64_t now = fm_env_wall(u->env), every = fm_upstream_every(u);
  int64_t retry = meta->next_try != FM_NO_TIME ? meta->next_try - now : 0;
  if (meta->url.len && !fm_str_eq(meta->url, u->plan->url)) /* empty: never fetched */
    u->copy.outdated = true;
  if (retry > 0 && retry <= RETRY_AFTER_MAX && !u->copy.outdated) {
    u->timing.state = FM_UPSTREAM_BACKING_OFF;
    u->timing.error = FM_E_UNAVAILABLE;
    fm_upstream_set_due(u, retry * 1000);
  } else if (u->copy.doc && !u->copy.outdated && meta->fetched <= now &&
             meta->fetched + every > now) {
    u->timing.state = FM_UPSTREAM_FRESH;
    set_due_after(u, every);
  } else {
    u->timing.state = FM_UPSTREAM_STALE;
  }
  fm_upstream_update_freshness(u);
}

/* ---- failures ---- */

/* Spread by a tenth so that many upstreams of one host do not come back in one moment. */
static int64_t back_off(const fm_upstream *u, int64_t retry_after)
{
  int64_t delay = fm_schedule_back_off(fm_upstream_every(u), u->copy.meta.failures);
  delay += (int64_t)arc4random_uniform((uint32_t)(delay / 10 + 1));
  if (retry_after > RETRY_AFTER_MAX)
    retry_after = RETRY_AFTER_MAX;
  return delay > retry_after * 1000 ? delay : retry_after * 1000;
}

static const char *failure_in_words(const fm_upstream *u)
{
  enum fm_anomaly anomaly = fm_anomaly_last(u->anomalies);
  switch (u->timing.error) {
  case FM_E_NO_LIST:
    return fm_anomaly_text(anomaly ? anomaly : FM_ANOMALY_NO_LIST);
  case FM_E_TIMEOUT:
    return "it did not come in time";
  case FM_E_FORBIDDEN:
    return "it may not be fetched";
  case FM_E_TOO_BIG:
    return "it is too big";
  default:
    return "it could not be fetched";
  }
}

/* An upstream that nobody configured and that was never fetched has not broken. */
static void begin_outage(fm_upstream *u)
{
  if (!u->copy.doc && !fm_response_set_is_configured(u->responses))
    return;
  fm_outage_start start = {
    .upstream = u->key, .url = u->plan->url, .reason = u->copy.meta.failure,
    .what = failure_in_words(u),
    .anomaly = u->timing.error == FM_E_NO_LIST ? fm_anomaly_last(u->anomalies) : FM_ANOMALY_NONE,
  };
  fm_outage_log_begin(u->all->outages, &start);
}

static void log_failure(const fm_upstream *u, const fm_why *why, int64_t delay)
{
  char failures[16], seconds[24];
  snprintf(failures, sizeof failures, "%u", u->copy.meta.failures);
  snprintf(seconds, sizeof seconds, "%llds", (long long)(delay + 999) / 1000);
  fm_log(FM_LOG_WARN, "refresh failed", "upstream", u->key.ptr, "reason", why->text, "serving",
         u->copy.doc ? "the last good copy" : "an error", "failures", failures, "next_try_in",
         seconds, NULL);
}

void fm_upstream_set_failed(fm_upstream *u, int error, const fm_why *why, int64_t retry_after)
{
  fm_upstream_meta meta = u->copy.meta;
  meta.failures++;
  meta.failure = fm_str_of(why->text);
  if (!u->copy.doc)
    meta.url = u->plan->url;
  fm_copy_set_meta(&u->copy, &meta);
  u->timing.state = FM_UPSTREAM_BACKING_OFF;
  u->timing.error = error;
  begin_outage(u);
  int64_t delay = back_off(u, retry_after);
  u->copy.meta.next_try = fm_env_wall(u->env) + (delay + 999) / 1000;
  fm_upstream_set_due(u, delay);
  fm_upstream_update_freshness(u);
  log_failure(u, why, delay);
}

bool fm_upstream_adopt_failure(fm_upstream *u, const fm_upstream_meta *meta)
{
  int64_t retry = meta->next_try != FM_NO_TIME ? meta->next_try - fm_env_wall(u->env) : 0;
  if (!meta->failures || retry <= 0 || retry > RETRY_AFTER_MAX)
    return false;
  fm_copy_set_meta(&u->copy, meta);
  u->timing.state = FM_UPSTREAM_BACKING_OFF;
  u->timing.error = u->timing.error ? u->timing.error : FM_E_UNAVAILABLE;
  fm_upstream_set_due(u, retry * 1000);
  fm_upstream_update_freshness(u);
  return true;
}

/* ---- its host's budget ---- */

static fm_str permit_of(const fm_upstream *u)
{
  const fm_input *input = &u->plan->inputs[0];
  size_t first = 0;
  if (!u->plan->ncommand)
    first = fm_failover_first(&input->state.failover, input->endpoints, input->nendpoints,
                              fm_env_mono_ms(u->env), u->env->fetcher.room, u->env->fetcher.self);
  return input->endpoints[first].permit;
}

void fm_upstream_set_rate_limited(fm_upstream *u)
{
  int64_t since = u->copy.doc && u->copy.meta.fetched != FM_NO_TIME ? u->copy.meta.fetched : 0;
  u->timing.state = FM_UPSTREAM_RATE_LIMITED;
  u->timing.due = 0;
  fm_timer_stop(&u->timing.timer);
  fm_prefetch_queue(u->all->prefetch, &u->timing.slot, permit_of(u),
                    fm_upstream_is_dynamic(u), since);
}

/* The schedule asks for the upstream's own host; the one without room may be another, to
 * which a page redirects. */
void fm_upstream_set_busy(fm_upstream *u, const fm_why *why, int64_t retry_after)
{
  int64_t ms = (retry_after > 0 ? retry_after : 1) * 1000;
  fm_upstream_meta meta = u->copy.meta;
  if (!meta.failures)
    meta.failure = fm_str_of(why->text);
  fm_copy_set_meta(&u->copy, &meta);
  u->timing.error = FM_E_BUSY;
  fm_upstream_set_rate_limited(u);
  u->timing.due = fm_env_mono_ms(u->env) + ms;
  int64_t room = u->env->hosts.room(u->env->hosts.ctx, permit_of(u), 0,
                                     fm_upstream_is_dynamic(u));
  if (room + 1000 < ms) { /* seconds are rounded */
    fm_upstream_set_due(u, ms);
    fm_upstream_update_freshness(u);
  }
}
