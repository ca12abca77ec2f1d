/* The queue of requests to each host: who gets the next permit, and when. */
#include "fetch/host.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>

/* The queues of an origin, in the order in which permits are granted. */
enum queue { URGENT, SPREAD, DYNAMIC_URGENT, DYNAMIC_SPREAD, QUEUES };

/* One budget of an origin. */
typedef struct budget {
  char *name;            /* "" is the first */
  size_t queued[QUEUES];
  int64_t wanted_until;  /* configured feeds want it, by their last request; 0: never did */
  bool known;            /* a response has been received */
  fm_pace pace;
  fm_budget said;
} budget;

typedef struct fm_origin {
  fm_list_node node;      /* in hosts->idle or hosts->busy */
  fm_list queues[QUEUES]; /* queued permits, the next one first */
  unsigned held, held_dynamic; /* permits */
  bool settling;          /* settle() is on the stack */
  int64_t next_at;        /* when the next queued permit is due; INT64_MAX: not by time alone */
  int64_t blocked_until;  /* for all budgets, also those added later */
  budget budgets[FM_HOSTS_BUDGETS];
  unsigned nbudgets;
  fm_str name; /* NUL-terminated */
} fm_origin;

void fm_hosts_init(fm_hosts *hosts, unsigned per_host)
{
  *hosts = (fm_hosts){.per_host = per_host ? per_host : 1, .patience = FM_HOSTS_PATIENCE_MS,
                      .now = fm_clock_mono_ms, .wake_at = INT64_MAX};
  fm_list_init(&hosts->idle);
  fm_list_init(&hosts->busy);
}

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

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

/* ---- origins ---- */

/* Leaves the origin in `name` and returns the budget; its ptr is NULL if none is named. */
static fm_str cut_budget(fm_str *name)
{
  fm_str rest = *name;
  fm_str_cut(&rest, ' ', name);
  return rest;
}

/* FM_HOSTS_BUDGETS if there is none of this name. */
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
  fm_pace_block(&made->pace, origin->blocked_until);
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
  bool idle = !origin->held;
  for (unsigned i = 0; i < QUEUES && idle; i++)
    idle = fm_list_empty(&origin->queues[i]);
  return idle;
}

/* Finds or adds the origin and makes it busy; rest() makes it idle again. */
static fm_origin *use(fm_hosts *hosts, fm_str name)
{
  fm_origin *origin = fm_map_get(&hosts->origins, name);
  if (!origin) {
    origin = FM_NEW(fm_origin);
    origin->name = (fm_str){text_of(name), name.len};
    use_budget(origin, FM_STR(""));
    for (unsigned i = 0; i < QUEUES; i++)
      fm_list_init(&origin->queues[i]);
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

/* ---- granting permits ---- */

static budget *budget_of(const fm_permit *permit)
{
  return &permit->origin->budgets[permit->budget];
}

static enum queue queue_of(const fm_permit *permit)
{
  return permit->priority.dynamic ? (permit->priority.urgent ? DYNAMIC_URGENT : DYNAMIC_SPREAD)
                                  : (permit->priority.urgent ? URGENT : SPREAD);
}

static void dequeue(fm_permit *permit)
{
  fm_list_del(&permit->node);
  budget_of(permit)->queued[queue_of(permit)]--;
}

static fm_pace_kind kind_of(const fm_permit *permit)
{
  return (fm_pace_kind){.spread = !permit->priority.urgent, .dynamic = permit->priority.dynamic};
}

static void grant(fm_hosts *hosts, fm_permit *permit)
{
  dequeue(permit);
  permit->held = true;
  permit->origin->held++;
  permit->origin->held_dynamic += permit->priority.dynamic;
  permit->number = fm_pace_send(&budget_of(permit)->pace, hosts->now(), kind_of(permit));
  permit->go(permit);
}

static void refuse(fm_permit *permit, int64_t wait)
{
  dequeue(permit);
  permit->origin = NULL;
  permit->refused = wait;
  permit->go(permit);
}

/* Do configured feeds want a share of this budget? */
static bool is_wanted(const budget *b, int64_t now)
{
  return b->queued[URGENT] || b->queued[SPREAD] || b->wanted_until > now;
}

/* When the dynamic requests of a budget have not used up their share. */
static int64_t share_begins(const budget *b, int64_t now)
{
  return is_wanted(b, now) ? fm_pace_next_dynamic(&b->pace, now) : now;
}

/* Is one of the origin's permits left for this request? */
static bool has_place(const fm_hosts *hosts, const fm_origin *origin, const fm_permit *permit)
{
  bool yields = permit->priority.dynamic && hosts->per_host > 1 &&
                is_wanted(budget_of(permit), hosts->now());
  return origin->held < hosts->per_host &&
         !(yields && origin->held_dynamic + 1 >= hosts->per_host);
}

/* Grants or refuses one queued permit; false if it stays queued. */
static bool step_for(fm_hosts *hosts, fm_origin *origin, fm_permit *permit)
{
  const fm_pace *pace = &budget_of(permit)->pace;
  bool urgent = permit->priority.urgent;
  int64_t now = hosts->now();
  int64_t share = permit->priority.dynamic ? share_begins(budget_of(permit), now) : now;
  int64_t next = later(urgent ? fm_pace_next_urgent(pace, now) : fm_pace_earliest(pace, now), share);
  if (next > now && next != FM_PACE_ON_RESPONSE && next - permit->queued_at > hosts->patience) {
    refuse(permit, next - now);
    return true;
  }
  if (!has_place(hosts, origin, permit))
    return false;
  if (!urgent)
    next = later(fm_pace_next_spread(pace, now, 0), share);
  if (next <= now)
    grant(hosts, permit);
  else if (next != FM_PACE_ON_RESPONSE && next < origin->next_at)
    origin->next_at = next;
  return next <= now;
}

/* The same for the first permit of each budget in one list. */
static bool step_in(fm_hosts *hosts, fm_origin *origin, fm_list *list)
{
  unsigned looked = 0;
  FM_LIST_EACH(node, list) {
    fm_permit *permit = FM_OF(node, fm_permit, node);
    if (looked & 1u << permit->budget)
      continue;
    looked |= 1u << permit->budget;
    if (step_for(hosts, origin, permit))
      return true;
    if (looked == (1u << origin->nbudgets) - 1)
      break;
  }
  return false;
}

/* A later queue goes on when the earlier ones have used their shares, or are spread. */
static bool step(fm_hosts *hosts, fm_origin *origin)
{
  bool moved = false;
  origin->next_at = INT64_MAX;
  for (unsigned i = 0; i < QUEUES && hosts->per_host && !moved; i++)
    moved = step_in(hosts, origin, &origin->queues[i]);
  return moved;
}

static void wake(fm_hosts *hosts)
{
  int64_t at = INT64_MAX;
  FM_LIST_EACH(node, &hosts->busy) {
    const fm_origin *origin = FM_OF(node, fm_origin, node);
    at = origin->next_at < at ? origin->next_at : at;
  }
  if (at == hosts->wake_at)
    return;
  hosts->wake_at = at;
  if (hosts->wake)
    hosts->wake(hosts, at);
}

/* Grants all permits that are due. A permit's `go` may release it or
 * request others: the nested call returns at once, and the outer one goes on. */
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
  hosts->wake_at = INT64_MAX; /* that wake-up is over */
  while (more) { /* settle() changes the list */
    more = false;
    FM_LIST_EACH(node, &hosts->busy) {
      fm_origin *origin = FM_OF(node, fm_origin, node);
      if (origin->next_at > now || origin->settling)
        continue;
      settle(hosts, origin);
      more = true;
      break;
    }
  }
  wake(hosts);
}

/* ---- the interface ---- */

static void enqueue(fm_origin *origin, fm_permit *permit)
{
  enum queue queue = queue_of(permit);
  fm_list *list = &origin->queues[queue];
  fm_list_node *after = list->prev;
  while (after != list && !permit->priority.urgent &&
         FM_OF(after, fm_permit, node)->priority.since > permit->priority.since)
    after = after->prev;
  permit->node = (fm_list_node){after, after->next};
  after->next->prev = &permit->node;
  after->next = &permit->node;
  budget_of(permit)->queued[queue]++;
  if (!permit->priority.dynamic && !permit->priority.neutral)
    budget_of(permit)->wanted_until = permit->queued_at + FM_HOSTS_WANTED_MS;
}

fm_str fm_budget_key(fm_arena *arena, fm_str origin, fm_str of)
{
  return of.len ? fm_arena_printf(arena, "%.*s %.*s", FM_FMT(origin), FM_FMT(of)) : origin;
}

void fm_permit_request(fm_hosts *hosts, fm_str name, fm_permit *permit,
                       fm_priority priority, void (*go)(fm_permit *permit))
{
  fm_str of = cut_budget(&name);
  fm_origin *origin = use(hosts, name);
  *permit = (fm_permit){.origin = origin, .budget = use_budget(origin, of),
                    .priority = priority, .queued_at = hosts->now(), .go = go};
  enqueue(origin, permit);
  settle(hosts, origin);
}

void fm_permit_release(fm_hosts *hosts, fm_permit *permit)
{
  fm_origin *origin = permit->origin;
  if (!origin)
    return;
  if (permit->held) {
    origin->held--;
    origin->held_dynamic -= permit->priority.dynamic;
    budget_of(permit)->known = true;
    fm_pace_end(&budget_of(permit)->pace);
  } else {
    dequeue(permit);
  }
  permit->origin = NULL;
  permit->held = false;
  settle(hosts, origin);
}

void fm_permit_count_redirect(fm_hosts *hosts, fm_permit *permit)
{
  if (!permit->held)
    return;
  fm_pace_end(&budget_of(permit)->pace);
  fm_pace_kind kind = {.dynamic = permit->priority.dynamic};
  permit->number = fm_pace_send(&budget_of(permit)->pace, hosts->now(), kind);
}

void fm_permit_report(fm_hosts *hosts, fm_permit *permit, const fm_budget *said)
{
  if (!permit->held)
    return;
  budget_of(permit)->said = *said;
  fm_pace_update(&budget_of(permit)->pace, permit->number, said, hosts->now());
}

void fm_hosts_block(fm_hosts *hosts, fm_str name, int64_t ms)
{
  fm_str of = cut_budget(&name);
  fm_origin *origin = use(hosts, name);
  int64_t until = hosts->now() + (ms < FM_PACE_MAX_MS ? ms : FM_PACE_MAX_MS);
  if (of.ptr) {
    fm_pace_block(&origin->budgets[use_budget(origin, of)].pace, until);
  } else {
    origin->blocked_until = until > origin->blocked_until ? until : origin->blocked_until;
    for (unsigned i = 0; i < origin->nbudgets; i++)
      fm_pace_block(&origin->budgets[i].pace, until);
  }
  rest(hosts, origin);
}

/* NULL if nothing was ever requested from it. */
static const budget *known_budget(const fm_hosts *hosts, fm_str name, const fm_origin **origin)
{
  fm_str of = cut_budget(&name);
  *origin = fm_map_get(&hosts->origins, name);
  unsigned at = find_budget(*origin, of);
  return at < FM_HOSTS_BUDGETS ? &(*origin)->budgets[at] : NULL;
}

/* Queued requests that would be sent before one that is not urgent. */
static size_t queued_ahead(const budget *b, bool dynamic, int64_t now)
{
  bool urgent = fm_pace_next_urgent(&b->pace, now) <= now;
  size_t ahead = b->queued[SPREAD] + (urgent ? b->queued[URGENT] : 0);
  if (dynamic)
    ahead += b->queued[DYNAMIC_SPREAD] + (urgent ? b->queued[DYNAMIC_URGENT] : 0);
  return ahead;
}

int64_t fm_hosts_ready_at(const fm_hosts *hosts, fm_str name, size_t before, bool dynamic)
{
  const fm_origin *origin;
  const budget *b = known_budget(hosts, name, &origin);
  int64_t now = hosts->now();
  int64_t at = origin && origin->blocked_until > now ? origin->blocked_until : now;
  if (b) {
    before += queued_ahead(b, dynamic, now);
    at = fm_pace_next_spread(&b->pace, now, before);
    at = dynamic ? later(at, share_begins(b, now)) : at;
  }
  if (!b || !b->known) /* only per_host until the first response */
    before += origin ? origin->held : 0;
  if (at == FM_PACE_ON_RESPONSE || (at <= now && !(b && b->known) && before >= hosts->per_host))
    at = now + FM_PACE_SLACK_MS;
  return at;
}

fm_budget fm_hosts_budget(const fm_hosts *hosts, fm_str name)
{
  const fm_origin *origin;
  const budget *b = known_budget(hosts, name, &origin);
  return b ? b->said : FM_BUDGET_NONE;
}
