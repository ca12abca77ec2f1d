/* Fetches and caches robots.txt by origin. */
#include "fetch/robots_cache.h"

#include "base/clock.h"
#include "base/str.h"

#include <stdlib.h>

typedef struct entry {
  fm_list_node node; /* in cache->used */
  fm_robots_cache *cache;
  char *origin;
  fm_robots *rules;
  bool has_rules;    /* `rules` was fetched, perhaps long ago */
  int64_t fresh_until;
  fm_list waiting;   /* queries */
  fm_transfer *transfer; /* under way, or NULL */
} entry;

void fm_robots_cache_init(fm_robots_cache *cache, fm_transport *transport)
{
  *cache = (fm_robots_cache){.transport = transport, .now_ms = fm_clock_mono_ms};
  fm_list_init(&cache->used);
}

static void drop_transfer(entry *e)
{
  if (!e->transfer)
    return;
  fm_transfer_deinit(e->transfer);
  free(e->transfer);
  e->transfer = NULL;
}

static void drop_entry(entry *e)
{
  drop_transfer(e);
  fm_list_del(&e->node);
  e->cache->bytes -= fm_robots_size(e->rules);
  fm_map_del(&e->cache->origins, fm_str_of(e->origin));
  fm_robots_free(e->rules);
  free(e->origin);
  free(e);
}

void fm_robots_cache_deinit(fm_robots_cache *cache)
{
  FM_LIST_EACH(at, &cache->used)
    drop_entry(FM_OF(at, entry, node));
  fm_map_deinit(&cache->origins);
}

static bool over_the_caps(const fm_robots_cache *cache)
{
  return cache->origins.count > FM_ROBOTS_ORIGINS || cache->bytes > FM_ROBOTS_BYTES;
}

static void trim(fm_robots_cache *cache)
{
  FM_LIST_EACH(at, &cache->used) {
    if (!over_the_caps(cache))
      return;
    entry *e = FM_OF(at, entry, node);
    if (!e->transfer)
      drop_entry(e);
  }
}

static void answer_all(entry *e, const fm_fetch_result *failed)
{
  fm_list_node *first;
  while ((first = fm_list_first(&e->waiting))) {
    fm_robots_query *query = FM_OF(first, fm_robots_query, node);
    fm_list_del(first);
    query->answer(query, e->rules, failed);
  }
}

static void set_rules(entry *e, fm_robots *rules)
{
  e->cache->bytes -= fm_robots_size(e->rules);
  fm_robots_free(e->rules);
  e->rules = rules;
  e->cache->bytes += fm_robots_size(rules);
  e->has_rules = true;
  e->fresh_until = e->cache->now_ms() + FM_ROBOTS_FRESH_MS;
}

/* RFC 9309 section 2.3.1.3: there is no such file (or there are too many redirects, section
 * 2.3.1.2), so there are no rules. A 429 does not say that. */
static bool is_unavailable(const fm_fetch_result *result)
{
  return result->status >= 200 && result->status < 500 && result->status != 429;
}

static void on_transfer_done(fm_transfer *transfer)
{
  entry *e = transfer->owner;
  fm_robots_cache *cache = e->cache;
  const fm_fetch_result *result = &transfer->result;
  bool failed = false;
  if (result->error == FM_OK)
    set_rules(e, fm_robots_parse(result->body, FM_STR("feedmill")));
  else if (is_unavailable(result))
    set_rules(e, NULL);
  else if (e->has_rules)
    e->fresh_until = cache->now_ms() + FM_ROBOTS_RETRY_MS;
  else
    failed = true;
  answer_all(e, failed ? result : NULL);
  drop_transfer(e);
  if (failed)
    drop_entry(e);
  trim(cache);
}

static entry *find_or_add(fm_robots_cache *cache, fm_str origin)
{
  entry *e = fm_map_get(&cache->origins, origin);
  if (e) {
    fm_list_del(&e->node);
  } else {
    e = FM_NEW(entry);
    e->cache = cache;
    e->origin = fm_alloc(origin.len + 1);
    memcpy(e->origin, origin.ptr, origin.len);
    e->origin[origin.len] = 0;
    fm_list_init(&e->waiting);
    fm_map_put(&cache->origins, origin, e);
  }
  fm_list_add(&cache->used, &e->node);
  return e;
}

static void start_transfer(entry *e, fm_fetch_settings *settings)
{
  fm_arena arena = {0};
  fm_transfer_spec spec = {.url = fm_arena_printf(&arena, "%s/robots.txt", e->origin),
                           .origin = fm_str_of(e->origin), .budget_key = fm_str_of(e->origin),
                           .accept = FM_STR("text/plain, */*;q=0.1"),
                           .priority = {.neutral = true, .urgent = true},
                           .max_body = FM_ROBOTS_MAX,
                           .truncate = true};
  e->transfer = FM_NEW(fm_transfer);
  e->transfer->owner = e;
  fm_transfer_start(e->transfer, e->cache->transport, settings, &spec, on_transfer_done);
  fm_arena_deinit(&arena);
}

static bool is_fresh(const entry *e)
{
  return e->has_rules && !e->transfer && e->cache->now_ms() < e->fresh_until;
}

bool fm_robots_cache_is_fresh(const fm_robots_cache *cache, fm_str origin)
{
  const entry *e = fm_map_get(&cache->origins, origin);
  return e && is_fresh(e);
}

bool fm_robots_cache_peek(const fm_robots_cache *cache, fm_str origin, const fm_robots **rules)
{
  const entry *e = fm_map_get(&cache->origins, origin);
  if (!e || !is_fresh(e))
    return false;
  *rules = e->rules;
  return true;
}

void fm_robots_cache_lookup(fm_robots_cache *cache, fm_fetch_settings *settings, fm_str origin,
                         fm_robots_query *query)
{
  entry *e = find_or_add(cache, origin);
  if (is_fresh(e)) {
    query->answer(query, e->rules, NULL);
    return;
  }
  fm_list_add(&e->waiting, &query->node);
  if (!e->transfer)
    start_transfer(e, settings);
}

void fm_robots_query_cancel(fm_robots_query *query) { fm_list_del(&query->node); }
