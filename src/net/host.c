#include "net/host.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>

typedef struct fm_origin {
  fm_node node;    /* in hosts->idle while nothing waits or is out */
  fm_list waiting; /* turns */
  unsigned out;
  bool settling; /* a turn's `go` is on the stack */
  fm_budget budget;
  fm_str name; /* NUL after it; the same bytes as the map's key */
} fm_origin;

void fm_hosts_init(fm_hosts *hosts, unsigned per_host)
{
  *hosts = (fm_hosts){.per_host = per_host ? per_host : 1};
  fm_list_init(&hosts->idle);
}

void fm_hosts_deinit(fm_hosts *hosts)
{
  const fm_map_slot *slot;
  for (size_t at = 0; (slot = fm_map_next(&hosts->origins, &at));) {
    fm_origin *origin = slot->value;
    free((char *)origin->name.ptr);
    free(origin);
  }
  fm_map_deinit(&hosts->origins);
}

static void forget_oldest(fm_hosts *hosts)
{
  fm_origin *origin = FM_OF(fm_list_first(&hosts->idle), fm_origin, node);
  fm_list_del(&origin->node);
  hosts->nidle--;
  fm_map_del(&hosts->origins, origin->name);
  free((char *)origin->name.ptr);
  free(origin);
}

/* The origin, taken off the idle ones; settle puts it back. */
static fm_origin *use(fm_hosts *hosts, fm_str name)
{
  fm_origin *origin = fm_map_get(&hosts->origins, name);
  if (!origin) {
    origin = FM_NEW(fm_origin);
    origin->budget = FM_BUDGET_NONE;
    char *copy = fm_alloc(name.len + 1);
    memcpy(copy, name.ptr, name.len);
    copy[name.len] = 0;
    origin->name = (fm_str){copy, name.len};
    fm_list_init(&origin->waiting);
    fm_map_put(&hosts->origins, name, origin);
  } else if (fm_node_linked(&origin->node)) {
    fm_list_del(&origin->node);
    hosts->nidle--;
  }
  return origin;
}

/* Gives the turns for which there is room. A turn's `go` may end it again or
 * ask for others: then this is entered anew, and the outer one goes on. */
static void settle(fm_hosts *hosts, fm_origin *origin)
{
  if (origin->settling)
    return;
  origin->settling = true;
  while (origin->out < hosts->per_host && !fm_list_empty(&origin->waiting)) {
    fm_turn *turn = FM_OF(fm_list_first(&origin->waiting), fm_turn, node);
    fm_list_del(&turn->node);
    turn->out = true;
    origin->out++;
    turn->go(turn);
  }
  origin->settling = false;
  if (origin->out || !fm_list_empty(&origin->waiting))
    return;
  fm_list_add(&hosts->idle, &origin->node);
  if (++hosts->nidle > FM_HOSTS_IDLE)
    forget_oldest(hosts);
}

void fm_turn_ask(fm_hosts *hosts, fm_str name, fm_turn *turn, void (*go)(fm_turn *turn))
{
  fm_origin *origin = use(hosts, name);
  *turn = (fm_turn){.origin = origin, .go = go};
  fm_list_add(&origin->waiting, &turn->node);
  settle(hosts, origin);
}

void fm_turn_end(fm_hosts *hosts, fm_turn *turn)
{
  fm_origin *origin = turn->origin;
  if (!origin)
    return;
  fm_list_del(&turn->node);
  if (turn->out)
    origin->out--;
  turn->origin = NULL;
  turn->out = false;
  settle(hosts, origin);
}

void fm_hosts_note(fm_hosts *hosts, fm_str name, const fm_budget *budget)
{
  fm_origin *origin = use(hosts, name);
  origin->budget = *budget;
  settle(hosts, origin);
}

fm_budget fm_hosts_budget(const fm_hosts *hosts, fm_str name)
{
  const fm_origin *origin = fm_map_get(&hosts->origins, name);
  return origin ? origin->budget : FM_BUDGET_NONE;
}
