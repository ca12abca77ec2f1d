#include "net/host.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>

typedef struct fm_origin {
  fm_node node;    /* in hosts->idle while nothing waits or is out, else in hosts->busy */
  fm_list urgent, others; /* turns that wait, who goes first first */
  size_t nurgent, nothers;
  unsigned out;
  bool settling; /* a turn's `go` is on the stack */
  bool known;    /* a turn has ended: what the host has to say was heard */
  int64_t at;    /* when the first that waits may go; INT64_MAX: not by time alone */
  fm_pace pace;
  fm_budget said;
  fm_str name; /* NUL after it; the same bytes as the map's key */
} fm_origin;

void fm_hosts_init(fm_hosts *hosts, unsigned per_host)
{
  *hosts = (fm_hosts){.per_host = per_host ? per_host : 1, .patience = FM_HOSTS_PATIENCE_MS,
                      .now = fm_clock_mono_ms, .wake_at = INT64_MAX};
  fm_list_init(&hosts->idle);
  fm_list_init(&hosts->busy);
}

static void origin_free(fm_origin *origin)
{
  fm_pace_deinit(&origin->pace);
  free((char *)origin->name.ptr);
  free(origin);
}

void fm_hosts_deinit(fm_hosts *hosts)
{
  const fm_map_slot *slot;
  for (size_t at = 0; (slot = fm_map_next(&hosts->origins, &at));)
    origin_free(slot->value);
  fm_map_deinit(&hosts->origins);
}

/* Origins --------------------------------------------------------------------------- */

static void forget_oldest(fm_hosts *hosts)
{
  fm_origin *origin = FM_OF(fm_list_first(&hosts->idle), fm_origin, node);
  fm_list_del(&origin->node);
  hosts->nidle--;
  fm_map_del(&hosts->origins, origin->name);
  origin_free(origin);
}

static bool is_idle(const fm_origin *origin)
{
  return !origin->out && !origin->nurgent && !origin->nothers;
}

/* The origin, taken off the idle ones; settle puts it back. */
static fm_origin *use(fm_hosts *hosts, fm_str name)
{
  fm_origin *origin = fm_map_get(&hosts->origins, name);
  if (!origin) {
    origin = FM_NEW(fm_origin);
    origin->said = FM_BUDGET_NONE;
    char *copy = fm_alloc(name.len + 1);
    memcpy(copy, name.ptr, name.len);
    copy[name.len] = 0;
    origin->name = (fm_str){copy, name.len};
    fm_list_init(&origin->urgent);
    fm_list_init(&origin->others);
    fm_map_put(&hosts->origins, name, origin);
  } else if (is_idle(origin) && !origin->settling) {
    hosts->nidle--;
  }
  fm_list_del(&origin->node);
  fm_list_add(&hosts->busy, &origin->node);
  return origin;
}

static void rest(fm_hosts *hosts, fm_origin *origin)
{
  if (!is_idle(origin) || origin->settling)
    return;
  fm_list_del(&origin->node);
  fm_list_add(&hosts->idle, &origin->node);
  if (++hosts->nidle > FM_HOSTS_IDLE)
    forget_oldest(hosts);
}

/* Giving turns ------------------------------------------------------------------------ */

static void take_out(fm_origin *origin, fm_turn *turn)
{
  fm_list_del(&turn->node);
  if (turn->rank == FM_TURN_URGENT)
    origin->nurgent--;
  else
    origin->nothers--;
}

static void give(fm_hosts *hosts, fm_origin *origin, fm_turn *turn)
{
  take_out(origin, turn);
  turn->out = true;
  origin->out++;
  turn->number = fm_pace_send(&origin->pace, hosts->now(), turn->rank != FM_TURN_URGENT);
  turn->go(turn);
}

static void refuse(fm_origin *origin, fm_turn *turn, int64_t wait)
{
  take_out(origin, turn);
  turn->origin = NULL;
  turn->refused = wait;
  turn->go(turn);
}

/* One step for those of one list; false: none can be made. */
static bool step_in(fm_hosts *hosts, fm_origin *origin, fm_list *list, bool urgent)
{
  if (fm_list_empty(list))
    return false;
  fm_turn *turn = FM_OF(fm_list_first(list), fm_turn, node);
  int64_t now = hosts->now();
  int64_t next = urgent ? fm_pace_next(&origin->pace, now) : fm_pace_first(&origin->pace, now);
  if (next > now && next != FM_PACE_ANSWER && next - turn->asked > hosts->patience) {
    refuse(origin, turn, next - now);
    return true;
  }
  if (origin->out >= hosts->per_host)
    return false;
  if (!urgent)
    next = fm_pace_next_spread(&origin->pace, now, 0);
  if (next <= now)
    give(hosts, origin, turn);
  else if (next != FM_PACE_ANSWER && next < origin->at)
    origin->at = next;
  return next <= now;
}

/* The others may go where those who cannot wait have had their share. */
static bool step(fm_hosts *hosts, fm_origin *origin)
{
  origin->at = INT64_MAX;
  return hosts->per_host && (step_in(hosts, origin, &origin->urgent, true) ||
                             step_in(hosts, origin, &origin->others, false));
}

static void wake(fm_hosts *hosts)
{
  int64_t at = INT64_MAX;
  FM_LIST_EACH(node, &hosts->busy) {
    const fm_origin *origin = FM_OF(node, fm_origin, node);
    at = origin->at < at ? origin->at : at;
  }
  if (at == hosts->wake_at)
    return;
  hosts->wake_at = at;
  if (hosts->wake)
    hosts->wake(hosts, at);
}

/* Gives the turns for which there is room. A turn's `go` may end it again or
 * ask for others: then this is entered anew, and the outer one goes on. */
static void settle(fm_hosts *hosts, fm_origin *origin)
{
  if (origin->settling)
    return;
  origin->settling = true;
  while (step(hosts, origin))
    ;
  origin->settling = false;
  rest(hosts, origin);
  wake(hosts);
}

void fm_hosts_run(fm_hosts *hosts)
{
  int64_t now = hosts->now();
  bool more = true;
  hosts->wake_at = INT64_MAX; /* it was told, and is over */
  while (more) { /* settling changes the list */
    more = false;
    FM_LIST_EACH(node, &hosts->busy) {
      fm_origin *origin = FM_OF(node, fm_origin, node);
      if (origin->at > now || origin->settling)
        continue;
      settle(hosts, origin);
      more = true;
      break;
    }
  }
  wake(hosts);
}

/* The interface -------------------------------------------------------------------------- */

static void line_up(fm_origin *origin, fm_turn *turn)
{
  bool urgent = turn->rank == FM_TURN_URGENT;
  fm_list *list = urgent ? &origin->urgent : &origin->others;
  fm_node *after = list->prev;
  while (after != list && FM_OF(after, fm_turn, node)->rank > turn->rank)
    after = after->prev;
  turn->node = (fm_node){after, after->next};
  after->next->prev = &turn->node;
  after->next = &turn->node;
  origin->nurgent += urgent;
  origin->nothers += !urgent;
}

void fm_turn_ask(fm_hosts *hosts, fm_str name, fm_turn *turn, int64_t rank,
                 void (*go)(fm_turn *turn))
{
  fm_origin *origin = use(hosts, name);
  *turn = (fm_turn){.origin = origin, .rank = rank, .asked = hosts->now(), .go = go};
  line_up(origin, turn);
  settle(hosts, origin);
}

void fm_turn_end(fm_hosts *hosts, fm_turn *turn)
{
  fm_origin *origin = turn->origin;
  if (!origin)
    return;
  if (turn->out) {
    origin->out--;
    origin->known = true;
    fm_pace_end(&origin->pace);
  } else {
    take_out(origin, turn);
  }
  turn->origin = NULL;
  turn->out = false;
  settle(hosts, origin);
}

void fm_turn_again(fm_hosts *hosts, fm_turn *turn)
{
  if (!turn->out)
    return;
  fm_pace_end(&turn->origin->pace);
  turn->number = fm_pace_send(&turn->origin->pace, hosts->now(), false);
}

void fm_turn_note(fm_hosts *hosts, fm_turn *turn, const fm_budget *budget)
{
  if (!turn->out)
    return;
  turn->origin->said = *budget;
  fm_pace_note(&turn->origin->pace, turn->number, budget, hosts->now());
}

void fm_hosts_stop(fm_hosts *hosts, fm_str name, int64_t ms)
{
  fm_origin *origin = use(hosts, name);
  ms = ms < FM_PACE_MOST_MS ? ms : FM_PACE_MOST_MS;
  fm_pace_stop(&origin->pace, hosts->now() + ms);
  rest(hosts, origin);
}

int64_t fm_hosts_room(const fm_hosts *hosts, fm_str name, size_t before)
{
  const fm_origin *origin = fm_map_get(&hosts->origins, name);
  int64_t now = hosts->now(), at = now;
  bool known = origin && origin->known;
  if (origin) {
    before += origin->nothers;
    if (fm_pace_next(&origin->pace, now) <= now)
      before += origin->nurgent;
    at = fm_pace_next_spread(&origin->pace, now, before);
  }
  if (!known) /* few, until it has said what it takes */
    before += origin ? origin->out : 0;
  if (at == FM_PACE_ANSWER || (at <= now && !known && before >= hosts->per_host))
    at = now + FM_PACE_SLACK_MS;
  return at;
}

fm_budget fm_hosts_budget(const fm_hosts *hosts, fm_str name)
{
  const fm_origin *origin = fm_map_get(&hosts->origins, name);
  return origin ? origin->said : FM_BUDGET_NONE;
}
