/* The mill's interface: puts its modules together, closes them, listens to other instances. */
#include "mill/mill.h"

#include "base/log.h"
#include "base/str.h"
#include "mill/env.h"
#include "mill/host_blocks.h"
#include "mill/outage_log.h"
#include "mill/plan.h"
#include "mill/upstream.h"

#include <stdio.h>
#include <stdlib.h>

struct fm_mill {
  fm_mill_env env; /* first: fm_mill_env.released casts */
  fm_upstreams *upstreams;
  fm_outage_log *outages;
  fm_extractor *own_extractor; /* NULL: it was handed in */
  size_t dynamic;
  void (*closed)(void *ctx);
  void *closed_ctx;
};

const char *fm_upstream_state_name(enum fm_upstream_state state)
{
  static const char *const names[] = {
#define ROW(name, word, text) word,
    FM_UPSTREAM_STATES(ROW)
#undef ROW
  };
  return names[state];
}

const char *fm_upstream_state_text(enum fm_upstream_state state)
{
  static const char *const texts[] = {
#define ROW(name, word, text) text,
    FM_UPSTREAM_STATES(ROW)
#undef ROW
  };
  return texts[state];
}

/* ---- other instances ---- */

static void announce(void *ctx, fm_upstream *u)
{
  (void)ctx;
  fm_upstream_announced(u);
}

static void on_upstream_changed(void *ctx, fm_str key, uint64_t version)
{
  (void)version;
  fm_mill *mill = ctx;
  fm_upstream *u = key.ptr ? fm_upstream_find(mill->upstreams, key) : NULL;
  if (u)
    fm_upstream_announced(u);
  else if (!key.ptr) /* announcements were missed */
    fm_upstreams_each(mill->upstreams, announce, NULL);
}

/* Inputs' states are read by each refresh anyway. */
static void on_state_changed(void *ctx, fm_str key)
{
  fm_mill *mill = ctx;
  if (!key.ptr || fm_str_starts(key, FM_STR("outage/")))
    fm_outage_log_reload(mill->outages);
  if (!key.ptr || fm_str_starts(key, FM_STR("host/")))
    fm_host_blocks_load(&mill->env);
}

/* ---- its life ---- */

static int64_t host_room(void *ctx, fm_str permit, size_t before, bool dynamic)
{
  return fm_fetcher_delay(ctx, permit, before, dynamic);
}

static void host_block(void *ctx, fm_str permit, int64_t seconds)
{
  fm_fetcher_block(ctx, permit, seconds);
}

static void finish(void *ctx)
{
  fm_mill *mill = ctx;
  void (*closed)(void *) = mill->closed;
  void *closed_ctx = mill->closed_ctx;
  fm_upstreams_free(mill->upstreams);
  fm_outage_log_free(mill->outages);
  free(mill);
  if (closed)
    closed(closed_ctx);
}

static void on_released(fm_mill_env *env)
{
  fm_mill *mill = (fm_mill *)env;
  if (mill->own_extractor)
    fm_extractor_close(mill->own_extractor, finish, mill);
  else
    finish(mill);
}

static void set_env(fm_mill *mill, const fm_mill_spec *spec)
{
  fm_mill_env *env = &mill->env;
  *env = (fm_mill_env){
    .loop = spec->loop, .store = spec->store, .shared = spec->shared, .plain = spec->plain,
    .lease_ms = spec->lease_ms, .publish = spec->publish, .retract = spec->retract,
    .publish_ctx = spec->ctx, .holds = 1, .released = on_released,
    .clock = spec->clock ? spec->clock : &fm_mill_system_clock,
    .extractor = spec->extractor ? spec->extractor : fm_pool_extractor_new(spec->loop),
  };
  mill->own_extractor = spec->extractor ? NULL : env->extractor;
  env->fetcher = spec->page_fetcher ? *spec->page_fetcher : fm_page_fetcher_of(spec->fetcher);
  env->hosts = spec->hosts ? *spec->hosts
                           : (fm_mill_hosts){host_room, host_block, spec->fetcher};
}

fm_mill *fm_mill_new(const fm_mill_spec *spec)
{
  fm_mill *mill = FM_NEW(fm_mill);
  set_env(mill, spec);
  mill->dynamic = spec->dynamic;
  mill->outages = fm_outage_log_new(&mill->env); /* before any upstream: calls keep their order */
  fm_host_blocks_load(&mill->env);
  mill->upstreams = fm_upstreams_new(&mill->env, mill->outages, spec->dynamic);
  if (spec->shared) {
    fm_store_watch(spec->store, on_upstream_changed, mill);
    fm_store_state_watch(spec->store, on_state_changed, mill);
  }
  return mill;
}

void fm_mill_close(fm_mill *mill, void (*closed)(void *ctx), void *ctx)
{
  mill->env.closing = true;
  mill->closed = closed;
  mill->closed_ctx = ctx;
  if (mill->env.shared) {
    fm_store_watch(mill->env.store, NULL, NULL);
    fm_store_state_watch(mill->env.store, NULL, NULL);
  }
  fm_upstreams_close(mill->upstreams);
  fm_env_drop(&mill->env);
}

/* ---- requests ---- */

void fm_mill_request(fm_mill *mill, const fm_feed_request *request, fm_mill_cb cb, void *ctx)
{
  mill->env.stats.requests++;
  fm_upstream_request(fm_upstream_of(mill->upstreams, request), request, cb, ctx);
}

void fm_mill_resume(fm_mill *mill, const fm_feed_request *request)
{
  if (fm_upstreams_count(mill->upstreams) < mill->dynamic)
    fm_upstream_resume(fm_upstream_of(mill->upstreams, request));
}

void fm_mill_reconfigure(fm_mill *mill, size_t dynamic)
{
  mill->dynamic = dynamic;
  fm_upstreams_reconfigure(mill->upstreams, dynamic);
}

/* ---- keep ---- */

static void reread(void *ctx, fm_upstream *u)
{
  (void)ctx;
  fm_upstream_reread(u);
}

static void on_expired(void *ctx, int error, const fm_why *why, size_t count)
{
  fm_mill *mill = ctx;
  if (error && error != FM_E_BUSY)
    fm_log(FM_LOG_ERROR, "forgetting old entries failed", "reason", why->text, NULL);
  if (count && !mill->env.closing) {
    char forgotten[24];
    snprintf(forgotten, sizeof forgotten, "%zu", count);
    fm_log(FM_LOG_INFO, "forgot old entries", "entries", forgotten, NULL);
    fm_upstreams_each(mill->upstreams, reread, NULL);
  }
  fm_env_drop(&mill->env);
}

void fm_mill_expire(fm_mill *mill)
{
  fm_env_hold(&mill->env);
  fm_store_expire(mill->env.store, fm_env_wall(&mill->env), on_expired, mill);
}

/* ---- for the status pages ---- */

typedef struct info_request {
  fm_upstream_info_cb cb;
  void *ctx;
} info_request;

static void give_info(void *ctx, fm_upstream *u)
{
  const info_request *request = ctx;
  fm_upstream_info info;
  fm_upstream_get_info(u, &info);
  request->cb(request->ctx, &info);
}

void fm_mill_upstreams(fm_mill *mill, fm_upstream_info_cb cb, void *ctx)
{
  info_request request = {cb, ctx};
  fm_upstreams_each(mill->upstreams, give_info, &request);
}

int fm_mill_upstream(fm_mill *mill, const fm_feed_request *request, fm_upstream_info_cb cb,
                     void *ctx)
{
  char text[FM_UPSTREAM_KEY_MAX];
  info_request info = {cb, ctx};
  fm_upstream *u = fm_upstream_find(mill->upstreams, fm_upstream_key(request, text, sizeof text));
  if (!u)
    return FM_E_NOT_FOUND;
  give_info(&info, u);
  return FM_OK;
}

const fm_outage *fm_mill_outages(const fm_mill *mill, size_t *count)
{
  return fm_outage_log_all(mill->outages, count);
}

void fm_mill_get_stats(const fm_mill *mill, fm_mill_stats *stats)
{
  *stats = mill->env.stats;
  stats->upstreams = fm_upstreams_count(mill->upstreams);
  stats->views = fm_upstreams_views(mill->upstreams);
}
