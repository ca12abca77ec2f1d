/* A refresh's inputs: what their fetches are lent, and what is remembered of them. */
#include "mill/refresh_struct.h"

#include "base/log.h"
#include "base/str.h"
#include "mill/host_blocks.h"
#include "mill/input_store.h"
#include "mill/list_union.h"

static void on_page_event(void *ctx, enum fm_page_load_event event)
{
  fm_refresh_run *r = ctx;
  if (event == FM_LOAD_STARTED) {
    r->spec.counts->fetches++;
    r->spec.env->stats.fetches++;
  } else if (event == FM_LOAD_SENT) {
    r->spec.hooks.sent(r->spec.hooks.ctx);
  }
  if (r->lease)
    fm_refresh_lease_renew(r->lease);
}

static void on_host_stop(void *ctx, fm_str permit, int64_t seconds)
{
  const fm_refresh_run *r = ctx;
  fm_host_blocks_save(r->spec.env, permit, seconds);
}

/* Each page of each list may have a remark; each is logged once. */
static void on_note(void *ctx, fm_str url, fm_str note)
{
  const fm_refresh_run *r = ctx;
  fm_upstream_plan *plan = r->spec.plan;
  uint64_t hash = fm_list_hash(note);
  for (size_t i = 0; i < FM_PLAN_NOTES; i++)
    if (plan->noted[i] == hash)
      return;
  plan->noted[plan->nnoted++ % FM_PLAN_NOTES] = hash;
  fm_log(FM_LOG_INFO, "remark", "upstream", r->spec.key.ptr, "url", url.ptr, "note", note.ptr,
         NULL);
}

static bool is_urgent(void *ctx)
{
  const fm_refresh_run *r = ctx;
  return r->spec.hooks.is_starving(r->spec.hooks.ctx);
}

static bool is_outdated(void *ctx)
{
  const fm_refresh_run *r = ctx;
  return r->spec.copy->outdated;
}

void fm_refresh_set_loader(fm_refresh_run *r)
{
  const fm_mill_env *env = r->spec.env;
  const fm_upstream_plan *plan = r->spec.plan;
  r->loader = (fm_page_loader){
    .fetcher = env->fetcher, .extractor = env->extractor,
    .hooks = {.on_event = on_page_event, .on_host_stop = on_host_stop, .on_note = on_note,
              .is_urgent = is_urgent, .is_outdated = is_outdated, .mono_ms = env->clock->mono_ms,
              .ctx = r},
    .upstream = r->spec.key, .source = plan->source,
    .options = plan->options, .noptions = plan->noptions,
    .command = plan->command, .ncommand = plan->ncommand, .dynamic = r->spec.dynamic,
    .now = fm_env_wall(env), .state = r->held ? r->held->feed.state : FM_STR(""),
  };
}

void fm_refresh_use_copy_validators(fm_refresh_run *r)
{
  fm_input_state *state = &r->spec.plan->inputs[0].state;
  const fm_upstream_meta *meta = &r->spec.copy->meta;
  if (state->url.len && !fm_str_eq(state->url, r->spec.plan->url))
    return;
  fm_input_state now = *state;
  now.url = meta->url;
  now.etag = meta->etag;
  now.last_modified = meta->last_modified;
  fm_input_state_set(state, &now);
}

void fm_refresh_remember_inputs(fm_refresh_run *r)
{
  fm_upstream_plan *plan = r->spec.plan;
  for (size_t i = 0; i < plan->ninputs; i++) {
    bool came = fm_list_fetch_result(r->lists[i])->npages > 0;
    bool keep_ids = !r->combined && !came;
    bool other = fm_list_fetch_remember(r->lists[i], &plan->inputs[i].state,
                                        r->combined ? r->ids[i] : NULL,
                                        r->combined ? r->nids[i] : 0, keep_ids, r->spec.interval);
    r->spec.env->stats.failovers += other;
  }
  if (*r->spec.current_plan == plan)
    fm_input_store_save(r->spec.env, r->spec.key, plan);
}

void fm_refresh_set_meta(fm_refresh_run *r)
{
  const fm_list_result *first = fm_list_fetch_result(r->lists[0]);
  const fm_upstream_meta *old = &r->spec.copy->meta;
  fm_str url = r->spec.plan->url, none = FM_STR("");
  bool fetched = first->state == FM_LIST_WHOLE && fm_str_eq(first->url, url);
  bool kept = !first->npages && fm_str_eq(old->url, url);
  r->meta = *old;
  r->meta.url = url; /* the run has a reference to the plan */
  r->meta.etag = fm_arena_str(&r->arena, fetched ? first->etag : kept ? old->etag : none);
  r->meta.last_modified = fm_arena_str(&r->arena, fetched ? first->last_modified
                                                  : kept  ? old->last_modified : none);
  r->meta.fetched = r->loader.now;
  r->meta.failures = 0;
  r->meta.failure = (fm_str){0};
  r->meta.next_try = FM_NO_TIME;
}
