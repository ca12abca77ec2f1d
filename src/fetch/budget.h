/* How many requests a host takes, and when the next one may go out.
 *
 * Two parts. An fm_budget is what one answer said. An fm_pace is what is made
 * of all that a host ever said and of all that was sent to it: pure, the clock
 * is an argument (milliseconds that never go back), so that a test can run a
 * day in a moment. A host that says nothing is not limited. */
#ifndef FM_FETCH_BUDGET_H
#define FM_FETCH_BUDGET_H

#include <feedmill/feed.h>
#include <stdbool.h>
#include <stdint.h>

/* What a host says of its rate limit; -1: not said. The IETF httpapi draft
 * "RateLimit header fields for HTTP" in today's form and in that of 2023. */
typedef struct fm_budget {
  int64_t remaining; /* requests */
  int64_t reset;     /* seconds until there are more */
  int64_t quota;     /* requests in each window */
  int64_t window;    /* seconds */
  int64_t at;        /* fm_clock_mono_ms when this was said */
} fm_budget;

#define FM_BUDGET_NONE ((fm_budget){-1, -1, -1, -1, 0})

/* Reads one header field into what is known already. True if the name is one
 * of RateLimit, RateLimit-Policy, RateLimit-Limit, -Remaining, -Reset and its
 * value could be read; of several policies the one that leaves least counts.
 * Lenient: quoted names may follow one another ("fixed window";"pages";q=100). */
bool fm_budget_read(fm_budget *budget, fm_str name, fm_str value);

enum {
  FM_PACE_LOG = 1024,        /* requests remembered at most */
  FM_PACE_SLACK_MS = 1000,   /* hosts tell whole seconds, and the way there takes time */
  FM_PACE_WAIT_MS = 60000,   /* when there are none left, or too many were sent, and it is
                                not said until when */
  FM_PACE_MOST_MS = 86400000 /* a longer time is taken for this one */
};
#define FM_PACE_ANSWER INT64_MAX /* a time: when an answer has come */

/* Zero-initialised is a host that nothing is known of. What holds at any time:
 *
 *  - nothing goes out before `stop` (Retry-After, RFC 9110 section 10.2.3);
 *  - not more than the host said remain, less what is on its way, until it says
 *    again or its reset is over; after a reset the first answer is waited for;
 *  - not more than the quota in any stretch of the window's length, wherever
 *    the host's own windows begin, and of it at most three quarters for those
 *    who cannot wait: however many of them come, what is read stays fresh. */
typedef struct fm_pace_sent {
  int64_t at;
  bool spread; /* one that can wait */
} fm_pace_sent;

typedef struct fm_pace {
  int64_t quota, window;  /* of the policy, milliseconds; 0: none was ever said */
  int64_t left, reset;    /* as said last, less what went out since; -1: not said */
  uint64_t told;          /* the request whose answer said that */
  uint64_t sent;          /* requests so far; each is named by its number */
  unsigned flying;        /* of them not answered */
  int64_t stop;           /* 0: never */
  bool spreads;           /* a request that can wait went out, */
  int64_t spread;         /* the last one then */
  fm_pace_sent *log;      /* the latest, oldest first */
  size_t nlog, room;
} fm_pace;

void fm_pace_deinit(fm_pace *pace);

/* One goes out now; its number. `spread`: it was one that can wait. */
uint64_t fm_pace_send(fm_pace *pace, int64_t now, bool spread);
void fm_pace_end(fm_pace *pace); /* one was answered, or given up */

/* What the answer to a request said; before its fm_pace_end. */
void fm_pace_note(fm_pace *pace, uint64_t number, const fm_budget *said, int64_t now);
void fm_pace_stop(fm_pace *pace, int64_t until);

/* When one more, for which somebody waits with nothing at hand, may go out; at
 * or before `now`: at once. fm_pace_first: when anything may at all. */
int64_t fm_pace_next(const fm_pace *pace, int64_t now);
int64_t fm_pace_first(const fm_pace *pace, int64_t now);

/* The same for one that can wait (a refresh ahead of time), when `before`
 * others go out first. The first quarter of a budget is given as it is asked
 * for; then they are spread over the time that is left, so that one who cannot
 * wait finds room at any time. */
int64_t fm_pace_next_spread(const fm_pace *pace, int64_t now, size_t before);

#endif
