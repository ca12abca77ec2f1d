#include "fetch/budget.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { LOG_FIRST = 64 };

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t greatest(int64_t a, int64_t b) { return a > b ? a : b; }

void fm_pace_deinit(fm_pace *pace)
{
  free(pace->log);
  *pace = (fm_pace){0};
}

/* What is remembered -------------------------------------------------------------- */

/* While no policy is known, some are remembered for one that may come. */
static size_t log_most(const fm_pace *pace)
{
  return pace->quota ? (size_t)pace->quota : LOG_FIRST;
}

static void remember(fm_pace *pace, int64_t now, bool spread)
{
  size_t most = log_most(pace);
  if (pace->nlog >= most) {
    size_t drop = pace->nlog - most + 1;
    pace->nlog -= drop;
    memmove(pace->log, pace->log + drop, pace->nlog * sizeof *pace->log);
  }
  if (pace->nlog == pace->room) {
    pace->room = pace->room ? pace->room * 2 : LOG_FIRST;
    pace->log = fm_realloc(pace->log, pace->room * sizeof *pace->log);
  }
  pace->log[pace->nlog++] = (fm_pace_sent){now, spread};
}

uint64_t fm_pace_send(fm_pace *pace, int64_t now, bool spread)
{
  remember(pace, now, spread);
  if (pace->left > 0)
    pace->left--;
  if (spread) {
    pace->spreads = true;
    pace->spread = now;
  }
  pace->flying++;
  return ++pace->sent;
}

void fm_pace_end(fm_pace *pace)
{
  if (pace->flying)
    pace->flying--;
}

/* What the host says -------------------------------------------------------------- */

/* A log of FM_PACE_LOG cannot watch over a larger quota: a part of it in the
 * same part of the window is as much. */
static void note_policy(fm_pace *pace, const fm_budget *said)
{
  if (said->quota <= 0 || said->window <= 0)
    return;
  pace->quota = said->quota;
  pace->window = said->window < FM_PACE_MOST_MS / 1000 ? said->window * 1000 : FM_PACE_MOST_MS;
  if (pace->quota > FM_PACE_LOG) {
    pace->window = greatest(pace->window * FM_PACE_LOG / pace->quota, 1);
    pace->quota = FM_PACE_LOG;
  }
}

static int64_t reset_of(const fm_pace *pace, const fm_budget *said, int64_t now)
{
  int64_t wait = said->reset >= 0 ? said->reset * 1000
                 : pace->window   ? pace->window
                                  : FM_PACE_WAIT_MS;
  return now + least(wait, FM_PACE_MOST_MS) + FM_PACE_SLACK_MS;
}

/* Answers overtake one another: of two the one to the later request is the
 * newer word, and an older one can only take away. */
void fm_pace_note(fm_pace *pace, uint64_t number, const fm_budget *said, int64_t now)
{
  note_policy(pace, said);
  if (said->remaining < 0)
    return;
  int64_t others = pace->flying ? (int64_t)pace->flying - 1 : 0;
  int64_t left = greatest(said->remaining - others, 0);
  bool counts = pace->told && now < pace->reset;
  if (number < pace->told && counts) {
    pace->left = least(pace->left, left);
    return;
  }
  pace->left = left;
  pace->reset = reset_of(pace, said, now);
  pace->told = greatest(number, 1);
}

void fm_pace_stop(fm_pace *pace, int64_t until)
{
  pace->stop = greatest(pace->stop, until);
}

/* When the next may go --------------------------------------------------------------- */

/* When a request that went out no longer counts. */
static int64_t over(const fm_pace *pace, size_t at)
{
  return pace->log[at].at + pace->window + FM_PACE_SLACK_MS;
}

/* The log's end that counts at `now`. */
static size_t log_from(const fm_pace *pace, int64_t now)
{
  size_t from = pace->nlog;
  while (from && over(pace, from - 1) > now)
    from--;
  return from;
}

/* By the policy alone. */
static int64_t policy_next(const fm_pace *pace, int64_t now)
{
  if (!pace->quota || pace->nlog < (size_t)pace->quota)
    return now;
  return greatest(over(pace, pace->nlog - (size_t)pace->quota), now);
}

/* By the share of those who cannot wait. */
static int64_t share_next(const fm_pace *pace, int64_t now)
{
  int64_t left = pace->quota - pace->quota / 4;
  for (size_t i = pace->nlog; pace->quota && i && over(pace, i - 1) > now; i--)
    if (!pace->log[i - 1].spread && --left == 0)
      return over(pace, i - 1);
  return now;
}

int64_t fm_pace_first(const fm_pace *pace, int64_t now)
{
  int64_t next = greatest(policy_next(pace, now), pace->stop);
  if (!pace->told)
    return next;
  if (now >= pace->reset) /* what it has now is not known: one is sent to learn it */
    return pace->flying ? FM_PACE_ANSWER : next;
  return pace->left > 0 ? next : greatest(next, pace->reset);
}

int64_t fm_pace_next(const fm_pace *pace, int64_t now)
{
  int64_t next = fm_pace_first(pace, now);
  return next == FM_PACE_ANSWER ? next : greatest(next, share_next(pace, now));
}

/* What may still go out before more comes, and when that is. */
typedef struct stock {
  int64_t left, until; /* left -1: not limited */
} stock;

static stock policy_stock(const fm_pace *pace, int64_t now)
{
  if (!pace->quota)
    return (stock){-1, now};
  size_t from = log_from(pace, now);
  int64_t used = (int64_t)(pace->nlog - from);
  int64_t until = used ? over(pace, from) : now + pace->window + FM_PACE_SLACK_MS;
  return (stock){greatest(pace->quota - used, 0), until};
}

static stock said_stock(const fm_pace *pace, int64_t now)
{
  if (!pace->told || now >= pace->reset)
    return (stock){-1, now};
  return (stock){pace->left, pace->reset};
}

static int64_t gap_of(stock s, int64_t now)
{
  return s.left > 0 ? (s.until - now) / s.left : 0;
}

int64_t fm_pace_next_spread(const fm_pace *pace, int64_t now, size_t before)
{
  int64_t next = fm_pace_first(pace, now), count = (int64_t)before;
  stock policy = policy_stock(pace, now), said = said_stock(pace, now);
  if (next == FM_PACE_ANSWER || (policy.left < 0 && said.left < 0))
    return next;
  int64_t left = policy.left < 0 ? said.left
                 : said.left < 0 ? policy.left
                                 : least(policy.left, said.left);
  if (pace->quota && next <= now && left - count > pace->quota - (pace->quota + 3) / 4)
    return next;
  int64_t gap = greatest(gap_of(policy, now), gap_of(said, now));
  if (pace->quota)
    gap = greatest(gap, (pace->window + FM_PACE_SLACK_MS) / pace->quota);
  if (pace->spreads)
    next = greatest(next, pace->spread + gap);
  return next + least(count, FM_PACE_MOST_MS / greatest(gap, 1)) * gap;
}
