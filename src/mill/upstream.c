/* Loads upstreams, answers their readers and starts their refreshes. */
#include "mill/upstream.h"

#include "base/log.h"
#include "base/str.h"
#include "mill/upstream_archives.h"
#include "mill/upstream_struct.h"

#include <stdlib.h>

static void settle(fm_upstream *u);
static void start_refresh(fm_upstream *u);

/* ---- answering ---- */

/* 502: a page came and is not the listing; 504: it did not come in time; 503: it could not be
 * fetched. */
static int status_of(int error)
{
  switch (error) {
  case FM_E_NO_LIST:
  case FM_E_SYNTAX:
    return 502;
  case FM_E_TIMEOUT:
    return 504;
  default:
    return 503;
  }
}

static fm_reply *error_reply(const fm_upstream *u)
{
  int64_t seconds = (u->timing.due - fm_env_mono_ms(u->env) + 999) / 1000;
  fm_str line = u->copy.meta.failure.len ? u->copy.meta.failure
                                         : FM_STR("the page could not be fetched");
  return fm_reply_text(status_of(u->timing.error), line, seconds > 0 ? seconds : 1, (fm_str){0});
}

static bool is_starving(const void *ctx, const fm_waiter_info *w)
{
  const fm_upstream *u = ctx;
  return !fm_upstream_is_usable(u, w->refresh) && !(w->archive && u->copy.doc);
}

static bool is_impatient(const void *ctx, const fm_waiter_info *w)
{
  return w->expired && is_starving(ctx, w);
}

/* While only entries' own pages are fetched: the copy is that of this refresh, or is not due
 * yet because the refresh began early. */
static bool copy_is_fresh(const fm_upstream *u)
{
  bool published;
  if (!u->run || !fm_refresh_is_at_entries(u->run, &published))
    return false;
  int64_t due = u->copy.meta.fetched + fm_upstream_every(u);
  return published || (!u->copy.outdated && due > fm_env_wall(u->env));
}

typedef struct deciding {
  fm_upstream *upstream;
  bool refresh; /* a waiter needs one */
} deciding;

/* A refresh that still waits for its host. It goes on without its readers. */
static bool is_far_from_done(const fm_upstream *u)
{
  return u->run && fm_refresh_state(u->run) <= FM_REFRESH_FAILING_OVER;
}

static fm_reply *late_reply(const fm_waiter_info *w)
{
  int64_t seconds = w->refresh->wait > 0 ? w->refresh->wait : FM_WAITER_FIRST;
  return fm_reply_text(504, FM_STR("the page did not come within refresh.wait; it is still being fetched"),
                       seconds, (fm_str){0});
}

/* A copy is given at once, unless the refresh is due soon. A reader without a copy does not
 * queue like prefetches do; if the host has no room even so, that is the answer. */
static fm_answer decide_rate_limited(deciding *d, const fm_waiter_info *w, fm_reply **reply)
{
  const fm_upstream *u = d->upstream;
  bool usable = fm_upstream_is_usable(u, w->refresh);
  int64_t left = u->timing.due - fm_env_mono_ms(u->env);
  if (usable && !w->expired && left > 0 && left <= w->refresh->wait * 1000)
    return FM_ANSWER_WAIT;
  if (usable)
    return FM_ANSWER_COPY;
  if (u->timing.error == FM_E_BUSY && left > 0) {
    *reply = error_reply(u);
    return FM_ANSWER_REPLY;
  }
  d->refresh = true;
  return FM_ANSWER_WAIT;
}

static fm_answer decide(void *ctx, const fm_waiter_info *w, fm_reply **reply)
{
  deciding *d = ctx;
  const fm_upstream *u = d->upstream;
  bool usable = fm_upstream_is_usable(u, w->refresh);
  if (u->env->closing) {
    *reply = fm_reply_text(503, FM_STR("feedmill is stopping"), 5, (fm_str){0});
    return FM_ANSWER_REPLY;
  }
  if (u->timing.state == FM_UPSTREAM_LOADING)
    return FM_ANSWER_WAIT;
  if (w->archive && u->copy.doc) /* the store has it, whatever the upstream does */
    return FM_ANSWER_COPY;
  switch (u->timing.state) {
  case FM_UPSTREAM_STALE:
    d->refresh = true;
    return FM_ANSWER_WAIT;
  case FM_UPSTREAM_RATE_LIMITED:
    return decide_rate_limited(d, w, reply);
  case FM_UPSTREAM_REFRESHING:
    if (usable)
      return w->expired || copy_is_fresh(u) ? FM_ANSWER_COPY : FM_ANSWER_WAIT;
    if (!w->overdue || !is_far_from_done(u))
      return FM_ANSWER_WAIT;
    *reply = late_reply(w);
    return FM_ANSWER_REPLY;
  case FM_UPSTREAM_BACKING_OFF:
    if (usable)
      return FM_ANSWER_COPY;
    *reply = error_reply(u);
    return FM_ANSWER_REPLY;
  default:
    return FM_ANSWER_COPY;
  }
}

static void prefetch(fm_upstream *u)
{
  if (u->plan->ncommand) { /* no host is asked */
    start_refresh(u);
    return;
  }
  fm_upstream_set_rate_limited(u);
  fm_prefetch_run(u->all->prefetch);
}

/* The one place where it is decided who gets what, and whether a reader starts a refresh: the
 * admission of misses. */
static void settle(fm_upstream *u)
{
  deciding d = {.upstream = u};
  enum fm_upstream_state state = u->timing.state;
  fm_upstream_hold(u); /* an answer may lead back here */
  fm_response_set_answer(u->responses, decide, &d);
  if (d.refresh && !u->run && (state == FM_UPSTREAM_STALE || state == FM_UPSTREAM_RATE_LIMITED)) {
    if (fm_response_set_any(u->responses, is_starving, u))
      start_refresh(u);
    else
      prefetch(u);
    settle(u); /* who does not wait gets the copy at hand */
  }
  if (u->run && fm_response_set_any(u->responses, is_impatient, u))
    fm_refresh_hurry(u->run);
  fm_upstream_drop(u);
}

static void on_responses(void *ctx)
{
  fm_upstream_update_freshness(ctx);
  settle(ctx);
}

static void hold(void *ctx) { fm_upstream_hold(ctx); }
static void drop(void *ctx) { fm_upstream_drop(ctx); }

/* ---- loading ---- */

static void loaded(fm_upstream *u)
{
  upstream_timing *t = &u->timing;
  if (t->resumed && u->copy.meta.read != FM_NO_TIME) /* as long ago as it really was */
    t->resumed = fm_env_mono_ms(u->env) - (fm_env_wall(u->env) - u->copy.meta.read) * 1000;
  fm_upstream_set_first_state(u);
  settle(u);
  if (t->resumed && t->state == FM_UPSTREAM_STALE && u->copy.doc && fm_upstream_is_read(u) &&
      !u->env->closing)
    prefetch(u);
}

static void on_archives(fm_upstream *u)
{
  if (u->timing.state == FM_UPSTREAM_LOADING) {
    loaded(u);
    return;
  }
  fm_response_set_render(u->responses);
  settle(u);
}

static void on_loaded(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  fm_upstream *u = ctx;
  if (memory) {
    fm_copy_set_meta(&u->copy, &memory->meta);
    if (u->copy.meta.fetched != FM_NO_TIME && memory->doc)
      fm_copy_set_doc(&u->copy, fm_doc_ref(memory->doc));
  }
  fm_env_note_store(u->env, u->key, error, why);
  if (u->copy.doc)
    fm_upstream_list_archives(u, on_archives);
  else
    loaded(u);
  fm_upstream_drop(u);
}

static void load(fm_upstream *u)
{
  u->timing.state = FM_UPSTREAM_LOADING;
  fm_upstream_hold(u);
  fm_store_load(u->env->store, u->key, FM_MILL_ENTRIES, on_loaded, u);
}

/* ---- the plan ---- */

static void set_plan(fm_upstream *u, fm_upstream_plan *plan)
{
  fm_upstream_plan_unref(u->plan);
  u->plan = plan;
  u->copy.outdated = true;
}

/* Asks the source for the plan of a new period ("this week"). If that names another upstream,
 * this one's addresses are resolved anew when they are next requested. */
static void renew_plan(fm_upstream *u)
{
  fm_upstream_plan *next;
  bool key_kept;
  fm_why why;
  int64_t ends = u->plan->valid_until, now = fm_env_wall(u->env);
  if (ends == FM_NO_TIME || now < ends)
    return;
  if (fm_upstream_plan_renew(u->plan, u->key, now, &next, &key_kept, &why)) {
    fm_log(FM_LOG_WARN, "the plan ended and there is no other", "upstream", u->key.ptr, "reason",
           why.text, NULL);
    u->plan->valid_until = FM_NO_TIME;
    return;
  }
  fm_log(FM_LOG_INFO, "a new period began", "upstream", u->key.ptr, "url", next->url.ptr, NULL);
  if (key_kept) {
    set_plan(u, next);
    return;
  }
  fm_upstream_plan_unref(next);
  u->plan->valid_until = FM_NO_TIME;
  u->timing.resumed = 0;
  fm_response_set_forget(u->responses);
}

/* A reload may have moved the upstream or changed what is read from it: the copy is served
 * on, and is due at once. Between reloads the first feed's options count: feeds of one
 * upstream that differ in them would else have it fetched anew for each reader. */
static void adopt_request(fm_upstream *u, const fm_feed_request *request)
{
  bool moved = !fm_upstream_plan_fetches(u->plan, request);
  bool reloaded = u->reloads != u->all->reloads;
  u->reloads = u->all->reloads;
  if (!moved && (!reloaded || fm_upstream_plan_options(u->plan, request))) {
    if (request->plan.valid_until > 0)
      u->plan->valid_until = request->plan.valid_until;
    return;
  }
  set_plan(u, fm_upstream_plan_new(request));
  if (u->timing.state != FM_UPSTREAM_LOADING && u->timing.state != FM_UPSTREAM_REFRESHING)
    fm_upstream_set_stale(u);
}

/* ---- refreshing ---- */

static bool on_is_starving(void *ctx)
{
  const fm_upstream *u = ctx;
  return fm_response_set_any(u->responses, is_starving, u);
}

static bool on_is_impatient(void *ctx)
{
  const fm_upstream *u = ctx;
  return fm_response_set_any(u->responses, is_impatient, u);
}

static bool adopt(void *ctx, const fm_stored_feed *memory)
{
  fm_upstream *u = ctx;
  fm_copy *copy = &u->copy;
  const fm_upstream_meta *meta = &memory->meta;
  if (!fm_str_eq(meta->url, u->plan->url) && meta->fetched != FM_NO_TIME)
    return false;
  bool newer = memory->doc && meta->fetched != FM_NO_TIME && !copy->unsaved &&
               (!copy->doc || meta->fetched > copy->meta.fetched);
  if (newer) {
    fm_copy_set_meta(copy, meta);
    fm_copy_set_doc(copy, fm_doc_ref(memory->doc));
    fm_upstream_list_archives(u, on_archives);
  }
  if (fm_upstream_adopt_failure(u, meta))
    return true;
  if (!newer || meta->fetched + fm_upstream_every(u) <= fm_env_wall(u->env))
    return false;
  fm_upstream_set_fresh(u);
  return true;
}

static void on_restore(void *ctx) { fm_upstream_restore(ctx); }

static void on_sent(void *ctx)
{
  fm_upstream *u = ctx;
  fm_schedule_sent(&u->timing.slot);
}

static void on_published(void *ctx, bool confirmed)
{
  fm_upstream *u = ctx;
  fm_upstream_hold(u);
  if (!confirmed)
    fm_upstream_seal_archives(u, on_archives);
  fm_upstream_update_freshness(u);
  settle(u);
  fm_upstream_drop(u);
}

static void note_end(fm_upstream *u, const fm_refresh_result *result)
{
  switch (result->end) {
  case FM_REFRESH_DONE:
    fm_upstream_set_fresh(u);
    if (result->touch)
      fm_upstream_touch(u);
    break;
  case FM_REFRESH_FAILED:
    u->counts.fetch_errors++;
    u->env->stats.fetch_errors++;
    fm_upstream_set_failed(u, result->error, result->why, result->retry_after);
    fm_upstream_touch(u);
    break;
  case FM_REFRESH_BUSY:
    fm_upstream_set_busy(u, result->why, result->retry_after);
    break;
  case FM_REFRESH_CANCELLED:
    fm_upstream_set_stale(u);
    break;
  case FM_REFRESH_ADOPTED:
    break;
  }
}

static void on_ended(void *ctx, const fm_refresh_result *result)
{
  fm_upstream *u = ctx;
  fm_prefetch *queue = u->all->prefetch;
  u->run = NULL;
  note_end(u, result);
  fm_schedule_sent(&u->timing.slot); /* if no request was sent */
  settle(u);
  fm_prefetch_run(queue);
  fm_upstream_drop(u);
}

static void start_refresh(fm_upstream *u)
{
  renew_plan(u);
  if (!u->timing.slot.let_go)
    fm_schedule_leave(&u->timing.slot);
  u->timing.state = FM_UPSTREAM_REFRESHING;
  u->timing.due = 0;
  fm_timer_stop(&u->timing.timer);
  fm_upstream_update_freshness(u);
  fm_upstream_hold(u);
  fm_refresh_spec spec = {
    .env = u->env, .key = u->key, .plan = u->plan, .current_plan = &u->plan, .copy = &u->copy,
    .anomalies = u->anomalies, .counts = &u->counts, .interval = fm_upstream_every(u),
    .dynamic = fm_upstream_is_dynamic(u),
    .hooks = {.is_starving = on_is_starving, .is_impatient = on_is_impatient, .adopt = adopt,
              .restore = on_restore, .sent = on_sent, .published = on_published,
              .ended = on_ended, .ctx = u},
  };
  u->run = fm_refresh_start(&spec);
}

static void on_due(fm_timer *timer)
{
  fm_upstream *u = timer->ctx;
  enum fm_upstream_state state = u->timing.state;
  if (state != FM_UPSTREAM_FRESH && state != FM_UPSTREAM_BACKING_OFF &&
      state != FM_UPSTREAM_RATE_LIMITED)
    return;
  fm_upstream_hold(u);
  renew_plan(u);
  if (fm_upstream_is_read(u) && !u->env->closing) {
    prefetch(u);
  } else {
    fm_upstream_set_stale(u);
    u->timing.resumed = 0;
  }
  fm_upstream_drop(u);
}

static void on_room(fm_slot *slot) { start_refresh(FM_OF(slot, fm_upstream, timing.slot)); }

static void on_no_room(fm_slot *slot, int64_t ms)
{
  fm_upstream *u = FM_OF(slot, fm_upstream, timing.slot);
  u->timing.due = fm_env_mono_ms(u->env) + ms;
  fm_upstream_update_freshness(u);
}

/* ---- changes in the store ---- */

static void on_reloaded(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)why;
  fm_upstream *u = ctx;
  bool alone = !u->run && u->holds == 1; /* no touch is on its way */
  if (alone && memory && u->copy.doc && memory->meta.fetched != FM_NO_TIME)
    u->copy.unsaved |= memory->meta.fetched < u->copy.meta.fetched;
  if (memory && !u->run && u->timing.state != FM_UPSTREAM_LOADING)
    adopt(u, memory);
  if (error == FM_E_NOT_FOUND || (error == FM_OK && u->copy.unsaved))
    fm_upstream_restore(u);
  fm_upstream_drop(u);
}

void fm_upstream_announced(fm_upstream *u)
{
  if (u->run) {
    fm_refresh_told(u->run);
    return;
  }
  if (u->timing.state == FM_UPSTREAM_LOADING || u->env->closing)
    return;
  fm_upstream_hold(u);
  fm_store_load(u->env->store, u->key, FM_MILL_ENTRIES, on_reloaded, u);
}

/* A refresh under way, or one that ended meanwhile, has read the store later. */
static void on_reread(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)error, (void)why;
  fm_upstream *u = ctx;
  fm_copy *copy = &u->copy;
  bool same = memory && memory->doc && copy->doc && !u->run &&
              memory->meta.fetched == copy->meta.fetched;
  if (same && memory->doc->feed.nentries < copy->doc->feed.nentries) {
    fm_copy_set_doc(copy, fm_doc_ref(memory->doc));
    fm_upstream_update_freshness(u);
    fm_upstream_list_archives(u, on_archives);
  }
  fm_upstream_drop(u);
}

void fm_upstream_reread(fm_upstream *u)
{
  if (!u->copy.doc || u->run || u->timing.state == FM_UPSTREAM_LOADING)
    return;
  fm_upstream_hold(u);
  fm_store_load(u->env->store, u->key, FM_MILL_ENTRIES, on_reread, u);
}

/* ---- requests ---- */

void fm_upstream_request(fm_upstream *u, const fm_feed_request *request, fm_mill_cb cb, void *ctx)
{
  fm_upstream_hold(u);
  fm_response_set_request(u->responses, request, cb, ctx);
  fm_upstream_replan(u);
  if (u->timing.state == FM_UPSTREAM_REFRESHING || u->timing.state == FM_UPSTREAM_LOADING)
    u->env->stats.joined++;
  settle(u);
  fm_upstream_drop(u);
}

void fm_upstream_resume(fm_upstream *u) { u->timing.resumed = fm_env_mono_ms(u->env); }

static void info_of_inputs(const fm_upstream_plan *plan, fm_upstream_info *info)
{
  const fm_failover *failover = &plan->inputs[0].state.failover;
  info->url = plan->inputs[0].endpoints[failover->endpoint].url;
  info->failed_over = failover->endpoint > 0;
  info->lists = plan->ninputs;
  for (size_t i = 0; i < plan->ninputs; i++)
    if (plan->inputs[i].state.failing && !info->missing++)
      info->missed = plan->inputs[i].state.reason;
}

void fm_upstream_get_info(const fm_upstream *u, fm_upstream_info *info)
{
  const upstream_timing *t = &u->timing;
  const fm_upstream_meta *meta = &u->copy.meta;
  int64_t left = t->due ? t->due - fm_env_mono_ms(u->env) : 0;
  *info = (fm_upstream_info){
    .key = u->key, .state = t->state, .has_copy = u->copy.doc != NULL,
    .entries = u->copy.doc ? u->copy.doc->feed.nentries : 0,
    .fetched = meta->fetched, .changed = meta->changed,
    .next = t->due ? fm_env_wall(u->env) + (left + 999) / 1000 : FM_NO_TIME,
    .failures = meta->failures, .failure = meta->failure,
    .doing = u->run ? fm_refresh_doing(u->run) : NULL,
    .fetches = u->counts.fetches, .fetch_errors = u->counts.fetch_errors,
    .not_modified = u->counts.not_modified, .changes = u->counts.changes,
  };
  info_of_inputs(u->plan, info);
}

/* ---- all upstreams ---- */

static fm_upstream *upstream_new(fm_upstreams *all, const fm_feed_request *request, fm_str key)
{
  fm_mill_env *env = all->env;
  fm_upstream *u = FM_NEW(fm_upstream);
  u->all = all;
  u->env = env;
  u->key = fm_arena_str(&u->own, key);
  u->plan = fm_upstream_plan_new(request);
  u->reloads = all->reloads;
  fm_copy_init(&u->copy);
  u->timing.every = request->refresh.every;
  u->timing.idle = request->refresh.idle;
  u->anomalies = fm_anomaly_detector_new(env, all->outages, u->key);
  fm_response_set_spec spec = {.env = env, .key = u->key, .copy = &u->copy, .hold = hold,
                               .drop = drop, .settle = on_responses, .ctx = u};
  u->responses = fm_response_set_new(all->cache, &spec);
  fm_timer_init(&u->timing.timer, env->loop, env->clock, on_due, u);
  fm_env_hold(env); /* until the timer is closed */
  fm_map_put(&all->by_key, u->key, u);
  load(u);
  return u;
}

fm_upstream *fm_upstream_find(const fm_upstreams *all, fm_str key)
{
  return fm_map_get(&all->by_key, key);
}

fm_upstream *fm_upstream_of(fm_upstreams *all, const fm_feed_request *request)
{
  char text[FM_UPSTREAM_KEY_MAX];
  fm_str key = fm_upstream_key(request, text, sizeof text);
  fm_upstream *u = fm_map_get(&all->by_key, key);
  if (!u)
    return upstream_new(all, request, key);
  adopt_request(u, request);
  return u;
}

fm_upstreams *fm_upstreams_new(fm_mill_env *env, fm_outage_log *outages, size_t dynamic)
{
  static const fm_prefetch_cbs cbs = {.start = on_room, .held = on_no_room};
  fm_upstreams *all = FM_NEW(fm_upstreams);
  all->env = env;
  all->outages = outages;
  all->cache = fm_response_cache_new(env, dynamic);
  all->prefetch = fm_prefetch_new(env, &cbs);
  return all;
}

void fm_upstreams_free(fm_upstreams *all)
{
  fm_map_deinit(&all->by_key);
  fm_response_cache_free(all->cache);
  fm_prefetch_free(all->prefetch);
  free(all);
}

size_t fm_upstreams_count(const fm_upstreams *all) { return all->by_key.count; }
size_t fm_upstreams_views(const fm_upstreams *all) { return fm_response_cache_views(all->cache); }

/* By an array of their own: what is done to one may free it, and others with it. */
void fm_upstreams_each(fm_upstreams *all, void (*each)(void *ctx, fm_upstream *upstream), void *ctx)
{
  fm_upstream **list = fm_alloc((all->by_key.count + 1) * sizeof *list);
  const fm_map_slot *slot;
  size_t n = 0;
  for (size_t at = 0; (slot = fm_map_next(&all->by_key, &at));)
    list[n++] = slot->value;
  for (size_t i = 0; i < n; i++)
    fm_upstream_hold(list[i]);
  for (size_t i = 0; i < n; i++) {
    each(ctx, list[i]);
    fm_upstream_drop(list[i]);
  }
  free(list);
}

static void close_one(void *ctx, fm_upstream *u)
{
  (void)ctx;
  if (u->run)
    fm_refresh_cancel(u->run);
  if (u->copy.doc && fm_upstream_last_read(u))
    fm_upstream_touch(u);
  settle(u);
}

void fm_upstreams_close(fm_upstreams *all)
{
  fm_prefetch_close(all->prefetch);
  fm_upstreams_each(all, close_one, NULL);
}

static void forget_views(void *ctx, fm_upstream *u)
{
  (void)ctx;
  u->timing.resumed = fm_upstream_last_read(u); /* its copy stays when its views go */
  fm_response_set_forget(u->responses);
}

void fm_upstreams_reconfigure(fm_upstreams *all, size_t dynamic)
{
  all->reloads++;
  fm_response_cache_set_limit(all->cache, dynamic);
  fm_upstreams_each(all, forget_views, NULL);
}
