/* Paces the requests to a host by its rate limit: a log of requests against the quota,
 * and the remaining requests that the host announced. */
#include "fetch/budget.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { LOG_FIRST = 64 };

static int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }

void fm_pace_deinit(fm_pace *pace)
{
  free(pace->log);
  *pace = (fm_pace){0};
}

/* ---- the log ---- */

/* Before a policy is known, some requests are logged in case one is announced. */
static size_t log_most(const fm_pace *pace)
{
  return pace->quota ? (size_t)pace->quota : LOG_FIRST;
}

static void log_request(fm_pace *pace, int64_t now, fm_pace_kind kind)
{
  size_t most = log_most(pace);
  if (pace->nlog >= most) {
    size_t drop = pace->nlog - most + 1;
    pace->nlog -= drop;
    memmove(pace->log, pace->log + drop, pace->nlog * sizeof *pace->log);
  }
  if (pace->nlog == pace->capacity) {
    pace->capacity = pace->capacity ? pace->capacity * 2 : LOG_FIRST;
    pace->log = fm_realloc(pace->log, pace->capacity * sizeof *pace->log);
  }
  pace->log[pace->nlog++] = (fm_pace_request){now, kind};
}

uint64_t fm_pace_send(fm_pace *pace, int64_t now, fm_pace_kind kind)
{
  log_request(pace, now, kind);
  pace->sent++;
  pace->sent_dynamic += kind.dynamic;
  if (pace->remaining > 0)
    pace->remaining--;
  if (kind.spread) {
    pace->has_spread = true;
    pace->last_spread = now;
  }
  pace->in_flight++;
  return ++pace->count;
}

void fm_pace_end(fm_pace *pace)
{
  if (pace->in_flight)
    pace->in_flight--;
}

/* ---- what the host announces ---- */

/* A quota larger than the log is scaled down together with its window. */
static void note_policy(fm_pace *pace, const fm_budget *said)
{
  if (said->quota <= 0 || said->window <= 0)
    return;
  pace->quota = said->quota;
  pace->window = said->window < FM_PACE_MAX_MS / 1000 ? said->window * 1000 : FM_PACE_MAX_MS;
  if (pace->quota > FM_PACE_LOG) {
    pace->window = max64(pace->window * FM_PACE_LOG / pace->quota, 1);
    pace->quota = FM_PACE_LOG;
  }
}

static int64_t reset_of(const fm_pace *pace, const fm_budget *said, int64_t now)
{
  int64_t wait = said->reset >= 0 ? said->reset * 1000
                 : pace->window   ? pace->window
                                  : FM_PACE_DEFAULT_MS;
  return now + min64(wait, FM_PACE_MAX_MS) + FM_PACE_SLACK_MS;
}

/* Responses may arrive out of order: the response to the latest request counts, an older
 * one can only lower the remaining count. */
void fm_pace_update(fm_pace *pace, uint64_t number, const fm_budget *said, int64_t now)
{
  note_policy(pace, said);
  if (said->remaining < 0)
    return;
  int64_t others = pace->in_flight ? (int64_t)pace->in_flight - 1 : 0;
  int64_t left = max64(said->remaining - others, 0);
  bool counts = pace->updated_by && now < pace->reset;
  if (number < pace->updated_by && counts) {
    pace->remaining = min64(pace->remaining, left);
    return;
  }
  if (!counts)
    pace->sent = pace->sent_dynamic = 0;
  pace->remaining = left;
  pace->reset = reset_of(pace, said, now);
  pace->updated_by = max64(number, 1);
}

void fm_pace_block(fm_pace *pace, int64_t until)
{
  pace->blocked_until = max64(pace->blocked_until, until);
}

/* ---- when the next request may be sent ---- */

/* When a logged request no longer counts in the window. */
static int64_t over(const fm_pace *pace, size_t at)
{
  return pace->log[at].at + pace->window + FM_PACE_SLACK_MS;
}

/* The index of the first request that counts at `now`. */
static size_t log_from(const fm_pace *pace, int64_t now)
{
  size_t from = pace->nlog;
  while (from && over(pace, from - 1) > now)
    from--;
  return from;
}

/* By the quota alone. */
static int64_t policy_next(const fm_pace *pace, int64_t now)
{
  if (!pace->quota || pace->nlog < (size_t)pace->quota)
    return now;
  return max64(over(pace, pace->nlog - (size_t)pace->quota), now);
}

/* By the share of urgent requests in the quota. */
static int64_t share_next(const fm_pace *pace, int64_t now)
{
  int64_t left = pace->quota - pace->quota / 4;
  for (size_t i = pace->nlog; pace->quota && i && over(pace, i - 1) > now; i--)
    if (!pace->log[i - 1].kind.spread && --left == 0)
      return over(pace, i - 1);
  return now;
}

int64_t fm_pace_earliest(const fm_pace *pace, int64_t now)
{
  int64_t next = max64(policy_next(pace, now), pace->blocked_until);
  if (!pace->updated_by)
    return next;
  if (now >= pace->reset) /* the new count is unknown: one request finds it out */
    return pace->in_flight ? FM_PACE_ON_RESPONSE : next;
  return pace->remaining > 0 ? next : max64(next, pace->reset);
}

int64_t fm_pace_next_dynamic(const fm_pace *pace, int64_t now)
{
  int64_t left = max64(pace->quota / 4, 1);
  for (size_t i = pace->nlog; pace->quota && i && over(pace, i - 1) > now; i--)
    if (pace->log[i - 1].kind.dynamic && --left == 0)
      return over(pace, i - 1);
  if (pace->quota || !pace->updated_by || now >= pace->reset)
    return now;
  int64_t share = max64((pace->remaining + pace->sent) / 4, 1);
  return pace->sent_dynamic >= share ? pace->reset : now;
}

int64_t fm_pace_next_urgent(const fm_pace *pace, int64_t now)
{
  int64_t next = fm_pace_earliest(pace, now);
  return next == FM_PACE_ON_RESPONSE ? next : max64(next, share_next(pace, now));
}

/* How many requests are left, and until when they must last. */
typedef struct stock {
  int64_t left, until; /* left -1: unlimited */
} stock;

static stock policy_stock(const fm_pace *pace, int64_t now)
{
  if (!pace->quota)
    return (stock){-1, now};
  size_t from = log_from(pace, now);
  int64_t used = (int64_t)(pace->nlog - from);
  int64_t until = used ? over(pace, from) : now + pace->window + FM_PACE_SLACK_MS;
  return (stock){max64(pace->quota - used, 0), until};
}

static stock said_stock(const fm_pace *pace, int64_t now)
{
  if (!pace->updated_by || now >= pace->reset)
    return (stock){-1, now};
  return (stock){pace->remaining, pace->reset};
}

static int64_t gap_of(stock s, int64_t now)
{
  return s.left > 0 ? (s.until - now) / s.left : 0;
}

int64_t fm_pace_next_spread(const fm_pace *pace, int64_t now, size_t before)
{
  int64_t next = fm_pace_earliest(pace, now), count = (int64_t)before;
  stock policy = policy_stock(pace, now), said = said_stock(pace, now);
  if (next == FM_PACE_ON_RESPONSE || (policy.left < 0 && said.left < 0))
    return next;
  int64_t left = policy.left < 0 ? said.left
                 : said.left < 0 ? policy.left
                                 : min64(policy.left, said.left);
  if (pace->quota && next <= now && left - count > pace->quota - (pace->quota + 3) / 4)
    return next;
  int64_t gap = max64(gap_of(policy, now), gap_of(said, now));
  if (pace->quota)
    gap = max64(gap, (pace->window + FM_PACE_SLACK_MS) / pace->quota);
  if (pace->has_spread)
    next = max64(next, pace->last_spread + gap);
  return next + min64(count, FM_PACE_MAX_MS / max64(gap, 1)) * gap;
}
