#include "fetch/host.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>

/* What an origin takes of one kind. */
typedef struct budget {
  char *name;  /* "" of the first */
  size_t nurgent, nothers; /* that wait */
  bool known;  /* a turn has ended: what the host has to say was heard */
  fm_pace pace;
  fm_budget said;
} budget;

typedef struct fm_origin {
  fm_list_node node;    /* in hosts->idle while nothing waits or is out, else in hosts->busy */
  fm_list urgent, others; /* turns that wait, who goes first first */
  unsigned out;
  bool settling; /* a turn's `go` is on the stack */
  int64_t at;    /* when the first that waits may go; INT64_MAX: not by time alone */
  int64_t stop;  /* for all budgets, those too that come later */
  budget budgets[FM_HOSTS_BUDGETS];
  unsigned nbudgets;
  fm_str name; /* NUL after it; the same bytes as the map's key */
} fm_origin;

void fm_hosts_init(fm_hosts *hosts, unsigned per_host)
{
  *hosts = (fm_hosts){.per_host = per_host ? per_host : 1, .patience = FM_HOSTS_PATIENCE_MS,
                      .now = fm_clock_mono_ms, .wake_at = INT64_MAX};
  fm_list_init(&hosts->idle);
  fm_list_init(&hosts->busy);
}

static char *text_of(fm_str s)
{
  char *text = fm_alloc(s.len + 1);
  memcpy(text, s.len ? s.ptr : "", s.len);
  text[s.len] = 0;
  return text;
}

static void origin_free(fm_origin *origin)
{
  for (unsigned i = 0; i < origin->nbudgets; i++) {
    fm_pace_deinit(&origin->budgets[i].pace);
    free(origin->budgets[i].name);
  }
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

/* "ORIGIN BUDGET" in its parts; the budget's ptr is NULL if there is no space. */
static fm_str cut_budget(fm_str *name)
{
  fm_str rest = *name;
  fm_str_cut(&rest, ' ', name);
  return rest;
}

/* FM_HOSTS_BUDGETS: there is none of this name. */
static unsigned find_budget(const fm_origin *origin, fm_str name)
{
  for (unsigned i = 0; origin && i < origin->nbudgets; i++)
    if (fm_str_is(name, origin->budgets[i].name))
      return i;
  return FM_HOSTS_BUDGETS;
}

static unsigned use_budget(fm_origin *origin, fm_str name)
{
  unsigned at = find_budget(origin, name);
  if (at < FM_HOSTS_BUDGETS)
    return at;
  if (origin->nbudgets == FM_HOSTS_BUDGETS)
    return 0;
  budget *made = &origin->budgets[origin->nbudgets];
  *made = (budget){.said = FM_BUDGET_NONE, .name = text_of(name)};
  fm_pace_stop(&made->pace, origin->stop);
  return origin->nbudgets++;
}

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
  return !origin->out && fm_list_empty(&origin->urgent) && fm_list_empty(&origin->others);
}

/* The origin, taken off the idle ones; settle puts it back. */
static fm_origin *use(fm_hosts *hosts, fm_str name)
{
  fm_origin *origin = fm_map_get(&hosts->origins, name);
  if (!origin) {
    origin = FM_NEW(fm_origin);
    origin->name = (fm_str){text_of(name), name.len};
    use_budget(origin, FM_STR(""));
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

static budget *budget_of(const fm_turn *turn) { return &turn->origin->budgets[turn->budget]; }

static void take_out(fm_turn *turn)
{
  fm_list_del(&turn->node);
  if (turn->rank == FM_TURN_URGENT)
    budget_of(turn)->nurgent--;
  else
    budget_of(turn)->nothers--;
}

static void give(fm_hosts *hosts, fm_turn *turn)
{
  take_out(turn);
  turn->out = true;
  turn->origin->out++;
  turn->number = fm_pace_send(&budget_of(turn)->pace, hosts->now(), turn->rank != FM_TURN_URGENT);
  turn->go(turn);
}

static void refuse(fm_turn *turn, int64_t wait)
{
  take_out(turn);
  turn->origin = NULL;
  turn->refused = wait;
  turn->go(turn);
}

/* One step for one who waits; false: none can be made. */
static bool step_for(fm_hosts *hosts, fm_origin *origin, fm_turn *turn)
{
  const fm_pace *pace = &budget_of(turn)->pace;
  bool urgent = turn->rank == FM_TURN_URGENT;
  int64_t now = hosts->now();
  int64_t next = urgent ? fm_pace_next(pace, now) : fm_pace_first(pace, now);
  if (next > now && next != FM_PACE_ANSWER && next - turn->asked > hosts->patience) {
    refuse(turn, next - now);
    return true;
  }
  if (origin->out >= hosts->per_host)
    return false;
  if (!urgent)
    next = fm_pace_next_spread(pace, now, 0);
  if (next <= now)
    give(hosts, turn);
  else if (next != FM_PACE_ANSWER && next < origin->at)
    origin->at = next;
  return next <= now;
}

/* The same for those of one list: who is first of each budget. */
static bool step_in(fm_hosts *hosts, fm_origin *origin, fm_list *list)
{
  unsigned looked = 0;
  FM_LIST_EACH(node, list) {
    fm_turn *turn = FM_OF(node, fm_turn, node);
    if (looked & 1u << turn->budget)
      continue;
    looked |= 1u << turn->budget;
    if (step_for(hosts, origin, turn))
      return true;
    if (looked == (1u << origin->nbudgets) - 1)
      break;
  }
  return false;
}

/* The others may go where those who cannot wait have had their share. */
static bool step(fm_hosts *hosts, fm_origin *origin)
{
  origin->at = INT64_MAX;
  return hosts->per_host &&
         (step_in(hosts, origin, &origin->urgent) || step_in(hosts, origin, &origin->others));
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
  fm_list_node *after = list->prev;
  while (after != list && FM_OF(after, fm_turn, node)->rank > turn->rank)
    after = after->prev;
  turn->node = (fm_list_node){after, after->next};
  after->next->prev = &turn->node;
  after->next = &turn->node;
  budget_of(turn)->nurgent += urgent;
  budget_of(turn)->nothers += !urgent;
}

fm_str fm_turn_name(fm_arena *arena, fm_str origin, fm_str of)
{
  return of.len ? fm_arena_printf(arena, "%.*s %.*s", FM_FMT(origin), FM_FMT(of)) : origin;
}

void fm_turn_ask(fm_hosts *hosts, fm_str name, fm_turn *turn, int64_t rank,
                 void (*go)(fm_turn *turn))
{
  fm_str of = cut_budget(&name);
  fm_origin *origin = use(hosts, name);
  *turn = (fm_turn){.origin = origin, .budget = use_budget(origin, of), .rank = rank,
                    .asked = hosts->now(), .go = go};
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
    budget_of(turn)->known = true;
    fm_pace_end(&budget_of(turn)->pace);
  } else {
    take_out(turn);
  }
  turn->origin = NULL;
  turn->out = false;
  settle(hosts, origin);
}

void fm_turn_again(fm_hosts *hosts, fm_turn *turn)
{
  if (!turn->out)
    return;
  fm_pace_end(&budget_of(turn)->pace);
  turn->number = fm_pace_send(&budget_of(turn)->pace, hosts->now(), false);
}

void fm_turn_note(fm_hosts *hosts, fm_turn *turn, const fm_budget *said)
{
  if (!turn->out)
    return;
  budget_of(turn)->said = *said;
  fm_pace_note(&budget_of(turn)->pace, turn->number, said, hosts->now());
}

void fm_hosts_stop(fm_hosts *hosts, fm_str name, int64_t ms)
{
  fm_str of = cut_budget(&name);
  fm_origin *origin = use(hosts, name);
  int64_t until = hosts->now() + (ms < FM_PACE_MOST_MS ? ms : FM_PACE_MOST_MS);
  if (of.ptr) {
    fm_pace_stop(&origin->budgets[use_budget(origin, of)].pace, until);
  } else {
    origin->stop = until > origin->stop ? until : origin->stop;
    for (unsigned i = 0; i < origin->nbudgets; i++)
      fm_pace_stop(&origin->budgets[i].pace, until);
  }
  rest(hosts, origin);
}

/* NULL: nothing was ever asked of it. */
static const budget *known_budget(const fm_hosts *hosts, fm_str name, const fm_origin **origin)
{
  fm_str of = cut_budget(&name);
  *origin = fm_map_get(&hosts->origins, name);
  unsigned at = find_budget(*origin, of);
  return at < FM_HOSTS_BUDGETS ? &(*origin)->budgets[at] : NULL;
}

int64_t fm_hosts_room(const fm_hosts *hosts, fm_str name, size_t before)
{
  const fm_origin *origin;
  const budget *b = known_budget(hosts, name, &origin);
  int64_t now = hosts->now(), at = origin && origin->stop > now ? origin->stop : now;
  if (b) {
    before += b->nothers;
    if (fm_pace_next(&b->pace, now) <= now)
      before += b->nurgent;
    at = fm_pace_next_spread(&b->pace, now, before);
  }
  if (!b || !b->known) /* few, until it has said what it takes */
    before += origin ? origin->out : 0;
  if (at == FM_PACE_ANSWER || (at <= now && !(b && b->known) && before >= hosts->per_host))
    at = now + FM_PACE_SLACK_MS;
  return at;
}

fm_budget fm_hosts_budget(const fm_hosts *hosts, fm_str name)
{
  const fm_origin *origin;
  const budget *b = known_budget(hosts, name, &origin);
  return b ? b->said : FM_BUDGET_NONE;
}
