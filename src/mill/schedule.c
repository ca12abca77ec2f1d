/* Queues of due upstreams, one for each host, and the back-off of those that failed. */
#include "mill/schedule.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <xxhash.h>

enum { RETRY_FIRST_MAX = 60, RETRY_MOST = 3600 }; /* seconds */

typedef struct fm_line {
  fm_list_node node; /* in schedule->lines */
  fm_list waiting; /* slots, the oldest copy first */
  size_t nwaiting, let_go;
  char *host;
} fm_line;

void fm_schedule_init(fm_schedule *schedule)
{
  *schedule = (fm_schedule){0};
  fm_list_init(&schedule->lines);
}

void fm_schedule_deinit(fm_schedule *schedule)
{
  FM_LIST_EACH(node, &schedule->lines) {
    fm_line *line = FM_OF(node, fm_line, node);
    free(line->host);
    free(line);
  }
}

/* Hosts are as many as the configuration names: a list will do. */
static fm_line *line_of(fm_schedule *schedule, fm_str host)
{
  FM_LIST_EACH(node, &schedule->lines)
    if (fm_str_is(host, FM_OF(node, fm_line, node)->host))
      return FM_OF(node, fm_line, node);
  fm_line *line = FM_NEW(fm_line);
  line->host = fm_zalloc(host.len + 1);
  if (host.len)
    memcpy(line->host, host.ptr, host.len);
  fm_list_init(&line->waiting);
  fm_list_add(&schedule->lines, &line->node);
  return line;
}

static bool goes_first(const fm_slot *a, const fm_slot *b)
{
  return a->dynamic == b->dynamic ? a->since < b->since : b->dynamic;
}

void fm_schedule_ask(fm_schedule *schedule, fm_slot *slot, fm_str host, bool dynamic,
                     int64_t since)
{
  fm_schedule_leave(slot);
  fm_line *line = line_of(schedule, host);
  fm_list_node *after = line->waiting.prev;
  *slot = (fm_slot){.line = line, .dynamic = dynamic, .since = since};
  while (after != &line->waiting && goes_first(slot, FM_OF(after, fm_slot, node)))
    after = after->prev;
  slot->node = (fm_list_node){after, after->next};
  after->next->prev = &slot->node;
  after->next = &slot->node;
  line->nwaiting++;
}

void fm_schedule_sent(fm_slot *slot)
{
  if (!slot->let_go)
    return;
  slot->line->let_go--;
  slot->let_go = false;
  slot->line = NULL;
}

void fm_schedule_leave(fm_slot *slot)
{
  fm_schedule_sent(slot);
  if (!slot->line)
    return;
  fm_list_del(&slot->node);
  slot->line->nwaiting--;
  slot->line = NULL;
}

static void let_go(fm_schedule *schedule, fm_line *line)
{
  fm_slot *slot = FM_OF(fm_list_first(&line->waiting), fm_slot, node);
  fm_list_del(&slot->node);
  line->nwaiting--;
  line->let_go++;
  slot->let_go = true;
  schedule->go(schedule->ctx, slot);
}

/* The first's time and the last's are asked for; those between lie between. */
static void tell(fm_schedule *schedule, fm_line *line, int64_t first)
{
  int64_t n = (int64_t)line->nwaiting, k = 0;
  bool dynamic = FM_OF(line->waiting.prev, fm_slot, node)->dynamic;
  int64_t last = n == 1 ? first
                        : schedule->room(schedule->ctx, fm_str_of(line->host),
                                         line->let_go + line->nwaiting - 1, dynamic);
  FM_LIST_EACH(node, &line->waiting) {
    int64_t ms = n == 1 ? first : first + (last - first) / (n - 1) * k;
    schedule->held(schedule->ctx, FM_OF(node, fm_slot, node), ms);
    k++;
  }
}

static int64_t run_line(fm_schedule *schedule, fm_line *line)
{
  while (line->nwaiting) {
    const fm_slot *first = FM_OF(fm_list_first(&line->waiting), fm_slot, node);
    int64_t ms = schedule->room(schedule->ctx, fm_str_of(line->host), line->let_go,
                                first->dynamic);
    if (ms > 0) {
      tell(schedule, line, ms);
      return ms;
    }
    let_go(schedule, line);
  }
  return -1;
}

int64_t fm_schedule_run(fm_schedule *schedule)
{
  int64_t next = -1;
  FM_LIST_EACH(node, &schedule->lines) {
    int64_t ms = run_line(schedule, FM_OF(node, fm_line, node));
    if (ms > 0 && (next < 0 || ms < next))
      next = ms;
  }
  return next;
}

int64_t fm_schedule_early(fm_str page, int64_t every)
{
  uint64_t hash = XXH3_64bits_withSeed(page.ptr, page.len, (uint64_t)every);
  return every > 0 ? (int64_t)(hash % 1000) * every / 10 : 0;
}

int64_t fm_schedule_back_off(int64_t every, unsigned failures)
{
  int64_t delay = every < RETRY_FIRST_MAX ? every : RETRY_FIRST_MAX;
  int64_t most = every > RETRY_MOST ? every : RETRY_MOST;
  for (unsigned i = 1; i < failures && delay < most; i++)
    delay *= 2;
  return (delay < most ? delay : most) * 1000;
}
