/* Views, their responses under each public address, and the readers that wait. */
#include "mill/response_cache.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"
#include "mill/render.h"
#include "mill/response.h"

#include <stdlib.h>

struct fm_response_cache {
  fm_mill_env *env;
  size_t dynamic;
  fm_map views; /* key -> feed_view */
};

fm_response_cache *fm_response_cache_new(fm_mill_env *env, size_t dynamic)
{
  fm_response_cache *cache = FM_NEW(fm_response_cache);
  cache->env = env;
  cache->dynamic = dynamic;
  return cache;
}

void fm_response_cache_free(fm_response_cache *cache)
{
  fm_map_deinit(&cache->views);
  free(cache);
}

void fm_response_cache_set_limit(fm_response_cache *cache, size_t dynamic)
{
  cache->dynamic = dynamic;
}

size_t fm_response_cache_views(const fm_response_cache *cache) { return cache->views.count; }

fm_response_set *fm_response_set_new(fm_response_cache *cache, const fm_response_set_spec *spec)
{
  fm_response_set *set = FM_NEW(fm_response_set);
  set->cache = cache;
  set->spec = *spec;
  fm_list_init(&set->views);
  fm_list_init(&set->waiters);
  return set;
}

/* ---- reads ---- */

static int64_t response_last_read(const feed_response *r)
{
  return atomic_load_explicit(&r->freshness->last_read, memory_order_relaxed);
}

static int64_t view_last_read(const feed_view *v)
{
  int64_t last = 0;
  FM_LIST_EACH(node, &v->responses) {
    int64_t at = response_last_read(FM_OF(node, feed_response, node));
    last = at > last ? at : last;
  }
  return last;
}

int64_t fm_response_set_last_read(const fm_response_set *set)
{
  int64_t last = 0;
  FM_LIST_EACH(node, &set->views) {
    int64_t at = view_last_read(FM_OF(node, feed_view, node));
    last = at > last ? at : last;
  }
  return last;
}

int64_t fm_response_set_every(const fm_response_set *set)
{
  int64_t every = 0;
  FM_LIST_EACH(node, &set->views) {
    int64_t of_view = FM_OF(node, feed_view, node)->refresh.every;
    every = every && every < of_view ? every : of_view;
  }
  return every;
}

int64_t fm_response_set_idle(const fm_response_set *set)
{
  int64_t idle = 0;
  FM_LIST_EACH(node, &set->views) {
    int64_t of_view = FM_OF(node, feed_view, node)->refresh.idle;
    idle = of_view > idle ? of_view : idle;
  }
  return idle;
}

bool fm_response_set_is_empty(const fm_response_set *set) { return fm_list_empty(&set->views); }

bool fm_response_set_is_configured(const fm_response_set *set)
{
  FM_LIST_EACH(node, &set->views)
    if (FM_OF(node, feed_view, node)->name.len)
      return true;
  return false;
}

size_t fm_response_set_limit(const fm_response_set *set) { return set->limit; }

/* Requested more than once: no view or response that was requested once takes its place. */
static bool response_is_hot(const feed_response *r)
{
  return atomic_load_explicit(&r->freshness->reads, memory_order_relaxed) > 1;
}

static bool view_is_hot(const feed_view *v)
{
  FM_LIST_EACH(node, &v->responses)
    if (response_is_hot(FM_OF(node, feed_response, node)))
      return true;
  return false;
}

/* ---- freeing ---- */

static bool view_in_use(const feed_view *v)
{
  FM_LIST_EACH(node, &v->responses) {
    const feed_response *r = FM_OF(node, feed_response, node);
    if (r->rendering || fm_response_is_awaited(r))
      return true;
  }
  return false;
}

static void response_retract(feed_response *r)
{
  const fm_mill_env *env = r->view->set->spec.env;
  if (r->published && env->retract)
    env->retract(env->publish_ctx, r->base, r->target);
  r->published = false;
}

static void response_free(feed_response *r)
{
  response_retract(r);
  atomic_store_explicit(&r->freshness->fresh_until, 0, memory_order_relaxed);
  fm_list_del(&r->node);
  r->view->nresponses--;
  r->view->set->spec.env->stats.responses--;
  fm_freshness_unref(r->freshness);
  fm_reply_unref(r->reply);
  free(r);
}

static void view_free(feed_view *v)
{
  FM_LIST_EACH(node, &v->responses)
    response_free(FM_OF(node, feed_response, node));
  fm_map_del(&v->set->cache->views, v->key);
  fm_list_del(&v->node);
  fm_arena_deinit(&v->own);
  free(v);
}

void fm_response_set_free(fm_response_set *set)
{
  FM_LIST_EACH(node, &set->views)
    view_free(FM_OF(node, feed_view, node));
  free(set);
}

/* While it is in use: whoever requests it next must come to the mill. An address of the
 * upstream means the same after any reload, a configured name may not. */
static void view_forget(feed_view *v)
{
  FM_LIST_EACH(node, &v->responses)
    response_retract(FM_OF(node, feed_response, node));
  v->forgotten = true;
  if (!v->name.len)
    return;
  if (!view_in_use(v))
    view_free(v);
  else
    v->name = (fm_str){0}; /* evicted like any other */
}

void fm_response_set_forget(fm_response_set *set)
{
  FM_LIST_EACH(node, &set->views)
    view_forget(FM_OF(node, feed_view, node));
}

/* ---- views ---- */

/* True if `v` goes before `other`. */
static bool view_goes_before(const feed_view *v, const feed_view *other)
{
  bool hot = view_is_hot(v), other_hot = view_is_hot(other);
  return hot != other_hot ? other_hot : view_last_read(v) < view_last_read(other);
}

/* Evicts the least recently read view that nobody configured, of those that were requested
 * once if there are any. One with a waiter stays: then the bound is exceeded by as many as
 * wait. */
static void make_room(fm_response_cache *cache)
{
  feed_view *oldest = NULL;
  size_t dynamic = 0;
  const fm_map_slot *slot;
  if (cache->views.count < cache->dynamic)
    return;
  for (size_t at = 0; (slot = fm_map_next(&cache->views, &at));) {
    feed_view *v = slot->value;
    if (v->name.len)
      continue;
    dynamic++;
    if (!view_in_use(v) && (!oldest || view_goes_before(v, oldest)))
      oldest = v;
  }
  if (dynamic < cache->dynamic || !oldest)
    return;
  fm_response_set_spec spec = oldest->set->spec;
  spec.hold(spec.ctx);
  view_free(oldest);
  spec.drop(spec.ctx); /* an upstream without views may end here */
}

static void put_key(const fm_response_set *set, const fm_feed_request *request, fm_buf *out)
{
  fm_buf_str(out, set->spec.key);
  fm_buf_addf(out, "\n%s\n%.*s\n%zu\n%lld", request->format->name, FM_FMT(request->name),
              request->limit, (long long)request->archive);
  for (size_t i = 0; i < request->nfilters; i++) {
    fm_buf_char(out, '\n');
    fm_filter_canon(&request->filters[i], out);
  }
}

static feed_view *view_new(fm_response_set *set, const fm_feed_request *request, fm_str key)
{
  feed_view *v = FM_NEW(feed_view);
  v->set = set;
  v->key = fm_arena_str(&v->own, key);
  v->name = fm_arena_str(&v->own, request->name);
  v->title = fm_arena_str(&v->own, request->title);
  v->format = request->format;
  v->archive = request->archive;
  for (size_t i = 0; i < request->nfilters; i++)
    v->filters[i] = fm_filter_copy(&v->own, &request->filters[i]);
  v->shown = (fm_view){v->filters, request->nfilters, request->limit};
  fm_list_init(&v->responses);
  fm_list_add(&set->views, &v->node);
  fm_map_put(&set->cache->views, v->key, v);
  return v;
}

static feed_view *view_of(fm_response_set *set, const fm_feed_request *request)
{
  fm_buf key;
  fm_buf_init(&key, FM_BUF_MAX);
  put_key(set, request, &key);
  feed_view *v = fm_map_get(&set->cache->views, fm_buf_view(&key));
  if (!v) {
    if (!request->name.len)
      make_room(set->cache);
    v = view_new(set, request, fm_buf_view(&key));
  }
  if (v->forgotten)
    v->title = fm_arena_str(&v->own, request->title);
  v->forgotten = false;
  v->refresh = request->refresh;
  set->limit = request->limit > set->limit ? request->limit : set->limit;
  fm_buf_deinit(&key);
  return v;
}

/* ---- responses ---- */

/* True if the address itself narrows the feed: there are endlessly many such addresses. */
static bool has_own_filter(const fm_feed_request *request)
{
  if (!request->nfilters)
    return false;
  fm_buf canon;
  fm_buf_init(&canon, FM_BUF_MAX);
  fm_filter_canon(&request->filters[request->nfilters - 1], &canon);
  bool own = canon.len > 0 || canon.full;
  fm_buf_deinit(&canon);
  return own;
}

static feed_response *response_new(feed_view *v, const fm_feed_request *request)
{
  feed_response *r = fm_zalloc(sizeof *r + request->base.len + request->target.len);
  char *text = (char *)(r + 1);
  if (request->base.len)
    memcpy(text, request->base.ptr, request->base.len);
  if (request->target.len)
    memcpy(text + request->base.len, request->target.ptr, request->target.len);
  r->base = (fm_str){text, request->base.len};
  r->target = (fm_str){text + request->base.len, request->target.len};
  r->view = v;
  r->freshness = fm_freshness_new();
  r->wants_codings = fm_list_empty(&v->responses) && !has_own_filter(request);
  fm_list_add(&v->responses, &r->node);
  v->nresponses++;
  v->set->spec.env->stats.responses++;
  return r;
}

/* The order in which responses go: those requested once, then by how many different seconds
 * they were read in, then by when that was last. */
static bool response_goes_before(const feed_response *r, const feed_response *other)
{
  uint32_t reads = atomic_load_explicit(&r->freshness->reads, memory_order_relaxed);
  uint32_t other_reads = atomic_load_explicit(&other->freshness->reads, memory_order_relaxed);
  if (reads != other_reads && (reads > 1 || other_reads > 1))
    return reads < other_reads;
  return response_last_read(r) < response_last_read(other);
}

static void evict_response(feed_view *v, const feed_response *keep)
{
  feed_response *oldest = NULL;
  FM_LIST_EACH(node, &v->responses) {
    feed_response *r = FM_OF(node, feed_response, node);
    bool in_use = r == keep || r->rendering || fm_response_is_awaited(r);
    if (!in_use && (!oldest || response_goes_before(r, oldest)))
      oldest = r;
  }
  if (oldest)
    response_free(oldest);
}

/* The second request, or one after the serving threads had the response, shows that it is wanted.
 * One place is always left for what is requested for the first time. */
static void note_request(feed_view *v, feed_response *r)
{
  r->wants_codings |= r->reply != NULL;
  r->wants_codings &= !v->set->spec.env->plain;
  atomic_fetch_add_explicit(&r->freshness->reads, 1, memory_order_relaxed);
  atomic_store_explicit(&r->freshness->last_read, fm_env_mono_ms(v->set->spec.env),
                        memory_order_relaxed);
  size_t hot = 0;
  FM_LIST_EACH(node, &v->responses)
    hot += response_is_hot(FM_OF(node, feed_response, node));
  if (hot >= FM_MILL_RESPONSES)
    evict_response(v, r);
}

static feed_response *response_of(feed_view *v, const fm_feed_request *request)
{
  feed_response *found = NULL;
  FM_LIST_EACH(node, &v->responses) {
    feed_response *r = FM_OF(node, feed_response, node);
    if (fm_str_eq(r->target, request->target) && fm_str_eq(r->base, request->base))
      found = r;
  }
  if (!found) {
    if (v->nresponses >= FM_MILL_RESPONSES)
      evict_response(v, NULL);
    found = response_new(v, request);
  }
  note_request(v, found);
  return found;
}

/* ---- waiters ---- */

static void on_waiter_closed(fm_timer *timer)
{
  feed_waiter *w = timer->ctx;
  fm_response_set_spec spec = w->set->spec;
  free(w);
  spec.drop(spec.ctx);
}

static void on_wait_over(fm_timer *timer)
{
  feed_waiter *w = timer->ctx;
  w->expired = w->overdue = true;
  w->set->spec.settle(w->set->spec.ctx);
}

void fm_response_set_request(fm_response_set *set, const fm_feed_request *request, fm_mill_cb cb,
                             void *ctx)
{
  feed_waiter *w = FM_NEW(feed_waiter);
  set->spec.hold(set->spec.ctx);
  w->set = set;
  w->response = response_of(view_of(set, request), request);
  w->cb = cb;
  w->ctx = ctx;
  fm_list_add(&set->waiters, &w->node);
  fm_timer_init(&w->timer, set->spec.env->loop, set->spec.env->clock, on_wait_over, w);
  int64_t wait = request->refresh.wait;
  w->expired = wait <= 0;
  fm_timer_start(&w->timer, (wait > 0 ? wait : FM_WAITER_FIRST) * 1000);
}

static fm_waiter_info info_of(const feed_waiter *w)
{
  const feed_view *v = w->response->view;
  return (fm_waiter_info){.refresh = &v->refresh, .archive = v->archive != 0,
                          .expired = w->expired, .overdue = w->overdue};
}

bool fm_response_set_any(const fm_response_set *set, fm_waiter_cb is, const void *ctx)
{
  FM_LIST_EACH(node, &set->waiters) {
    fm_waiter_info info = info_of(FM_OF(node, feed_waiter, node));
    if (is(ctx, &info))
      return true;
  }
  return false;
}

/* The response made of the copy; NULL: it has to be rendered first. */
static fm_reply *current_reply(feed_response *r)
{
  if (r->missing)
    return fm_reply_text(404, FM_STR("no archive of this month"), 0, (fm_str){0});
  if (!fm_response_is_current(r))
    return NULL;
  fm_response_publish(r);
  return fm_reply_ref(r->reply);
}

/* Moves the waiters whose answer is known to `ready`; true if one has to be rendered for. */
static bool decide_all(fm_response_set *set, fm_answer_cb decide, void *ctx, fm_list *ready)
{
  bool render = false;
  FM_LIST_EACH(node, &set->waiters) {
    feed_waiter *w = FM_OF(node, feed_waiter, node);
    fm_waiter_info info = info_of(w);
    fm_reply *reply = NULL;
    fm_answer answer = decide(ctx, &info, &reply);
    if (answer == FM_ANSWER_COPY) {
      reply = current_reply(w->response);
      render |= !reply;
    }
    if (!reply)
      continue;
    w->reply = reply;
    fm_list_del(&w->node);
    fm_list_add(ready, &w->node);
  }
  return render;
}

/* A callback may request another feed and lead back here, so no list is walked over it. */
static void answer_ready(fm_list *ready)
{
  fm_list_node *node;
  while ((node = fm_list_first(ready))) {
    feed_waiter *w = FM_OF(node, feed_waiter, node);
    fm_list_del(node);
    w->cb(w->ctx, w->reply);
    fm_reply_unref(w->reply);
    fm_timer_close(&w->timer, on_waiter_closed);
  }
}

/* An archive that does not exist takes no place once its readers were told. */
static void free_missing(fm_response_set *set)
{
  FM_LIST_EACH(node, &set->views) {
    feed_view *v = FM_OF(node, feed_view, node);
    fm_list_node *first = fm_list_first(&v->responses);
    if (first && FM_OF(first, feed_response, node)->missing && !view_in_use(v))
      view_free(v);
  }
}

void fm_response_set_answer(fm_response_set *set, fm_answer_cb decide, void *ctx)
{
  fm_list ready;
  fm_list_init(&ready);
  bool render = decide_all(set, decide, ctx, &ready);
  free_missing(set);
  answer_ready(&ready);
  if (render && set->archive_lookups == 0)
    fm_render_set(set, false);
}

/* ---- rendering and freshness ---- */

void fm_response_set_render(fm_response_set *set) { fm_render_set(set, true); }

void fm_response_set_archives_begin(fm_response_set *set) { set->archive_lookups++; }
void fm_response_set_archives_end(fm_response_set *set) { set->archive_lookups--; }

static int64_t fresh_until(const feed_response *r, int64_t until, int64_t now, int64_t now_wall)
{
  int64_t fresh = fm_response_is_current(r) ? until : 0;
  if (r->sealed)
    return INT64_MAX / 2;
  if (r->reply && r->expires != INT64_MAX && now + (r->expires - now_wall) * 1000 < fresh)
    fresh = now + (r->expires - now_wall) * 1000;
  return fresh;
}

void fm_response_set_fresh_until(fm_response_set *set, int64_t until, bool stale)
{
  const fm_mill_env *env = set->spec.env;
  int64_t now = fm_env_mono_ms(env), now_wall = fm_env_wall(env);
  FM_LIST_EACH(vnode, &set->views) {
    feed_view *v = FM_OF(vnode, feed_view, node);
    int64_t end = now + (set->spec.copy->meta.fetched + v->refresh.stale - now_wall) * 1000;
    int64_t of_view = stale && set->spec.copy->doc && end < until ? end : until;
    FM_LIST_EACH(node, &v->responses) {
      feed_response *r = FM_OF(node, feed_response, node);
      atomic_store_explicit(&r->freshness->fresh_until, fresh_until(r, of_view, now, now_wall),
                            memory_order_relaxed);
    }
  }
}
