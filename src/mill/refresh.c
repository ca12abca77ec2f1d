/* The state machine of a refresh. refresh_step() starts each state's operation; the callbacks
 * below it keep the result and enter the next state. refresh_done() and refresh_fail() are
 * its ends. */
#include "mill/refresh_struct.h"

#include "base/str.h"
#include "mill/input_store.h"
#include "source/registry.h"

#include <stdlib.h>

static void refresh_step(fm_refresh_run *r, enum fm_refresh_state next);

/* ---- ends ---- */

static void run_free(fm_refresh_run *r)
{
  if (r->lease)
    fm_refresh_lease_free(r->lease);
  for (size_t i = 0; r->lists && i < r->spec.plan->ninputs; i++)
    fm_list_fetch_free(r->lists[i]);
  free(r->lists);
  fm_entry_fetch_free(r->entries);
  fm_entry_patch_free(r->patch);
  fm_anomaly_check_deinit(&r->check);
  fm_doc *docs[] = {r->held, r->combined, r->seen, r->recalled, r->before, r->joined, r->late};
  for (size_t i = 0; i < sizeof docs / sizeof *docs; i++)
    fm_doc_unref(docs[i]);
  fm_upstream_plan_unref(r->spec.plan);
  fm_arena_deinit(&r->arena);
  free(r);
}

/* `result->why` must not be in the run's memory. */
static void end(fm_refresh_run *r, const fm_refresh_result *result)
{
  fm_refresh_hooks hooks = r->spec.hooks;
  run_free(r);
  hooks.ended(hooks.ctx, result);
}

static void refresh_done(fm_refresh_run *r, enum fm_refresh_end how)
{
  fm_refresh_result result = {.end = how, .touch = r->confirmed || r->spec.copy->unsaved,
                              .retry_after = -1};
  end(r, &result);
}

static void refresh_fail(fm_refresh_run *r, int error, const fm_why *why, int64_t retry_after)
{
  fm_why own = *why;
  fm_refresh_result result = {
    .end = error == FM_E_CANCELLED ? FM_REFRESH_CANCELLED
           : error == FM_E_BUSY    ? FM_REFRESH_BUSY : FM_REFRESH_FAILED,
    .error = error, .why = &own, .retry_after = retry_after,
  };
  end(r, &result);
}

static void fail_cancelled(fm_refresh_run *r)
{
  fm_why why;
  fm_fail(&why, FM_E_CANCELLED, "cancelled");
  refresh_fail(r, FM_E_CANCELLED, &why, -1);
}

/* ---- the lease, and what others stored ---- */

static void on_lease(void *ctx, int error, int64_t left_ms)
{
  fm_refresh_run *r = ctx;
  r->lease_left_ms = left_ms;
  if (error == FM_E_BUSY && !r->spec.env->closing)
    refresh_step(r, r->told ? FM_REFRESH_RELOADING : FM_REFRESH_WAITING_FOR_LEASE);
  else
    refresh_step(r, FM_REFRESH_CHECKING_STORE);
}

static void on_waited(void *ctx) { refresh_step(ctx, FM_REFRESH_TAKING_LEASE); }

/* A shared store is at least as new as any copy; if it is older, it was started from an old
 * snapshot, or a replica took over. */
static bool fell_back(const fm_copy *copy, const fm_stored_feed *memory)
{
  return copy->doc && memory && memory->meta.fetched != FM_NO_TIME &&
         memory->meta.fetched < copy->meta.fetched;
}

static void on_store_read(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)why;
  fm_refresh_run *r = ctx;
  const fm_refresh_hooks *hooks = &r->spec.hooks;
  r->spec.copy->unsaved |= fell_back(r->spec.copy, memory);
  if (error == FM_E_NOT_FOUND)
    hooks->restore(hooks->ctx);
  if (r->spec.env->closing)
    fail_cancelled(r);
  else if (memory && hooks->adopt(hooks->ctx, memory))
    refresh_done(r, FM_REFRESH_ADOPTED);
  else if (r->state == FM_REFRESH_RELOADING)
    refresh_step(r, FM_REFRESH_TAKING_LEASE);
  else
    refresh_step(r, FM_REFRESH_LOADING_INPUTS);
}

static void read_store(fm_refresh_run *r)
{
  r->told = false;
  fm_store_load(r->spec.env->store, r->spec.key, FM_MILL_ENTRIES, on_store_read, r);
}

/* ---- lists ---- */

static void on_inputs(void *ctx)
{
  fm_refresh_run *r = ctx;
  if (r->spec.env->closing)
    fail_cancelled(r);
  else
    refresh_step(r, FM_REFRESH_FETCHING_LISTS);
}

/* Other instances may know better where the lists are. */
static void load_inputs(fm_refresh_run *r)
{
  if (r->spec.plan->inputs_loaded && !r->spec.env->shared)
    on_inputs(r);
  else
    fm_input_store_load(r->spec.env, r->spec.key, r->spec.plan, !r->spec.copy->outdated, on_inputs,
                        r);
}

static void on_list(void *ctx, fm_list_fetch *fetch);

static void fetch_lists(fm_refresh_run *r)
{
  const fm_copy *copy = r->spec.copy;
  fm_upstream_plan *plan = r->spec.plan;
  r->held = copy->doc ? fm_doc_ref(copy->doc) : NULL;
  fm_refresh_set_loader(r);
  fm_refresh_use_copy_validators(r);
  r->lists = fm_alloc(plan->ninputs * sizeof *r->lists);
  for (size_t i = 0; i < plan->ninputs; i++) {
    fm_list_fetch_spec spec = {
      .loader = &r->loader, .input = &plan->inputs[i], .one_of_several = plan->ninputs > 1,
      .copy = copy->outdated ? NULL : copy->doc,
      .copied_at = copy->doc && copy->meta.fetched != FM_NO_TIME ? copy->meta.fetched : 0,
      .cb = on_list, .ctx = r,
    };
    r->lists[i] = fm_list_fetch_new(&spec);
  }
  r->pending_lists = plan->ninputs;
  for (size_t i = 0; i < plan->ninputs; i++)
    fm_list_fetch_start(r->lists[i]);
}

/* No list came. The reason is the first one's, or that of one that was cancelled. */
static void fail_lists(fm_refresh_run *r)
{
  const fm_list_result *list = fm_list_fetch_result(r->lists[0]);
  for (size_t i = 1; i < r->spec.plan->ninputs; i++)
    if (fm_list_fetch_result(r->lists[i])->state == FM_LIST_CANCELLED)
      list = fm_list_fetch_result(r->lists[i]);
  int error = list->state == FM_LIST_CANCELLED ? FM_E_CANCELLED : list->error;
  if (list->unreadable)
    fm_anomaly_note_failure(r->spec.anomalies, error == FM_E_NO_LIST,
                            r->spec.copy->doc && !r->spec.copy->outdated);
  refresh_fail(r, error, &list->why, list->retry_after);
}

static fm_entry_fetch *new_entry_fetch(fm_refresh_run *r, const fm_doc *list);

/* All lists are as they were: the copy is current, but its entries' own pages may be missing. */
static void confirm_copy(fm_refresh_run *r)
{
  const fm_refresh_hooks hooks = r->spec.hooks;
  fm_refresh_remember_inputs(r);
  r->confirmed = r->published = true;
  r->spec.copy->meta.fetched = fm_env_wall(r->spec.env);
  r->spec.counts->not_modified++;
  r->spec.env->stats.not_modified++;
  if (fm_source_entry_pages(r->spec.plan->source) && !r->spec.env->closing)
    r->entries = new_entry_fetch(r, r->spec.copy->doc);
  if (!r->entries) {
    refresh_done(r, FM_REFRESH_DONE);
    return;
  }
  fm_entry_fetch_start(r->entries);
  r->state = FM_REFRESH_FETCHING_LATE_ENTRIES;
  hooks.published(hooks.ctx, true);
  refresh_step(r, FM_REFRESH_FETCHING_LATE_ENTRIES);
}

static void on_list(void *ctx, fm_list_fetch *fetch)
{
  (void)fetch;
  fm_refresh_run *r = ctx;
  size_t came = 0, same = 0, cancelled = 0;
  if (--r->pending_lists)
    return;
  r->dropped = 0;
  for (size_t i = 0; i < r->spec.plan->ninputs; i++) {
    const fm_list_result *list = fm_list_fetch_result(r->lists[i]);
    came += list->npages > 0;
    same += list->state == FM_LIST_NOT_MODIFIED;
    cancelled += list->state == FM_LIST_CANCELLED;
    r->dropped += list->dropped;
  }
  if (cancelled || !(came || same))
    fail_lists(r);
  else if (!came)
    confirm_copy(r);
  else
    refresh_step(r, FM_REFRESH_COMBINING);
}

/* ---- combining, anomalies ---- */

static void decide(fm_refresh_run *r);

static void on_combined(uv_work_t *work, int status)
{
  (void)status;
  fm_refresh_run *r = work->data;
  if (r->check.found && r->spec.plan->ninputs == 1 && !fm_anomaly_is_accepted(r->spec.anomalies))
    refresh_step(r, FM_REFRESH_FAILING_OVER);
  else
    decide(r);
}

/* Another endpoint may read as expected; if none does, this reading comes back. */
static void fail_over(fm_refresh_run *r)
{
  r->pending_lists = 1;
  if (!fm_list_fetch_next_candidate(r->lists[0], r->check.why.text)) {
    decide(r);
    return;
  }
  fm_doc_unref(r->seen);
  fm_doc_unref(r->combined);
  r->seen = r->combined = NULL;
  fm_anomaly_check_deinit(&r->check);
}

/* ---- entries' own pages ---- */

static void decide(fm_refresh_run *r)
{
  fm_why why;
  int error = fm_anomaly_decide(r->spec.anomalies, &r->check);
  if (error) {
    fm_fail(&why, error, "%.*s: %s", FM_FMT(r->spec.plan->url), r->check.why.text);
    refresh_fail(r, error, &why, -1);
  } else if (fm_source_entry_pages(r->spec.plan->source) && !r->spec.env->closing &&
             fm_entry_fetch_is_wanted(r->seen, r->held)) {
    refresh_step(r, FM_REFRESH_RECALLING);
  } else {
    refresh_step(r, FM_REFRESH_STORING);
  }
}

static void entries_ready(fm_refresh_run *r)
{
  r->patch = fm_entry_fetch_take(r->entries);
  refresh_step(r, r->patch ? FM_REFRESH_PATCHING : FM_REFRESH_STORING);
}

static void late_entries_ready(fm_refresh_run *r)
{
  fm_entry_patch_free(r->patch);
  r->patch = fm_entry_fetch_take(r->entries);
  if (r->patch)
    refresh_step(r, FM_REFRESH_JOINING_LATE);
  else
    refresh_done(r, FM_REFRESH_DONE);
}

static void on_entries(void *ctx, fm_entry_fetch *fetch)
{
  (void)fetch;
  fm_refresh_run *r = ctx;
  if (r->state == FM_REFRESH_FETCHING_ENTRIES)
    entries_ready(r);
  else if (r->state == FM_REFRESH_FETCHING_LATE_ENTRIES)
    late_entries_ready(r);
}

/* NULL: the list has no entries whose page is wanted. */
static fm_entry_fetch *new_entry_fetch(fm_refresh_run *r, const fm_doc *list)
{
  const fm_doc *known[] = {r->confirmed ? NULL : r->held, r->recalled};
  fm_entry_fetch_spec spec = {
    .loader = &r->loader, .endpoint = &r->spec.plan->inputs[0].endpoints[0],
    .max_pages = fm_source_entry_pages(r->spec.plan->source), .cb = on_entries, .ctx = r,
  };
  fm_entry_fetch *fetch = fm_entry_fetch_new(&spec, list, known, 2);
  if (fm_entry_fetch_picked(fetch))
    return fetch;
  fm_entry_fetch_free(fetch);
  return NULL;
}

static void on_recalled(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  fm_refresh_run *r = ctx;
  fm_env_note_store(r->spec.env, r->spec.key, error, why);
  r->recalled = memory && memory->doc ? fm_doc_ref(memory->doc) : NULL;
  if (!r->spec.env->closing)
    r->entries = new_entry_fetch(r, r->seen);
  refresh_step(r, r->entries ? FM_REFRESH_FETCHING_ENTRIES : FM_REFRESH_STORING);
}

/* The first version of an entry that readers get is the whole one, unless somebody has waited
 * for long and there is no copy to give. */
static void fetch_entries(fm_refresh_run *r)
{
  fm_entry_fetch_start(r->entries);
  fm_refresh_hurry(r);
}

static void on_patched(uv_work_t *work, int status)
{
  (void)status;
  refresh_step(work->data, FM_REFRESH_STORING);
}

/* ---- the new copy ---- */

/* With other instances the store's feed becomes the copy, so that all serve the same bytes.
 * The first copy joins what a backfill stored; one without the store's order gets it. */
static void on_stored(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  fm_refresh_run *r = ctx;
  fm_copy *copy = r->spec.copy;
  r->stored = memory && memory->doc;
  if (r->stored) {
    fm_doc_unref(r->seen);
    r->seen = fm_doc_ref(memory->doc);
    r->meta.changed = memory->meta.changed;
  }
  copy->unsaved = !r->stored;
  fm_env_note_store(r->spec.env, r->spec.key, error, why);
  r->before = copy->doc ? fm_doc_ref(copy->doc) : NULL;
  bool reread = r->stored && (r->spec.env->shared || !copy->doc || !copy->doc->numbers);
  refresh_step(r, reread ? FM_REFRESH_REREADING : FM_REFRESH_JOINING);
}

static void store_seen(fm_refresh_run *r)
{
  const fm_copy *copy = r->spec.copy;
  fm_held_copy held = {.meta = &copy->meta, .doc = copy->doc, .unsaved = copy->unsaved};
  fm_store_merge_held(r->spec.env->store, r->spec.key, &r->meta, r->seen, &held, on_stored, r);
}

static void count_change(fm_refresh_run *r)
{
  r->spec.counts->changes++;
  r->spec.env->stats.changes++;
}

/* Who waits has the list at least; what entries' own pages bring later is merged once more. */
static void publish(fm_refresh_run *r)
{
  const fm_refresh_hooks hooks = r->spec.hooks;
  fm_copy *copy = r->spec.copy;
  fm_refresh_log(r, r->joined);
  fm_copy_set_meta(copy, &r->meta);
  fm_copy_set_doc(copy, r->joined);
  r->joined = NULL;
  r->published = true;
  fm_anomaly_note_reading(r->spec.anomalies, &r->check);
  fm_refresh_remember_inputs(r);
  if (*r->spec.current_plan == r->spec.plan)
    copy->outdated = false;
  count_change(r);
  bool more = r->entries && (fm_entry_fetch_pending(r->entries) || fm_entry_fetch_has_patch(r->entries));
  if (more) {
    r->state = FM_REFRESH_FETCHING_LATE_ENTRIES;
    hooks.published(hooks.ctx, false);
    refresh_step(r, FM_REFRESH_FETCHING_LATE_ENTRIES);
  } else {
    hooks.published(hooks.ctx, false);
    refresh_done(r, FM_REFRESH_DONE);
  }
}

static void on_reread(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)error, (void)why;
  fm_refresh_run *r = ctx;
  if (!memory || !memory->doc) {
    refresh_step(r, FM_REFRESH_JOINING);
    return;
  }
  r->meta.changed = memory->meta.changed;
  r->joined = fm_doc_ref(memory->doc);
  publish(r);
}

static void on_joined(uv_work_t *work, int status)
{
  (void)status;
  publish(work->data);
}

static void on_late_joined(uv_work_t *work, int status)
{
  (void)status;
  refresh_step(work->data, FM_REFRESH_STORING_LATE);
}

static void on_late_stored(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  fm_refresh_run *r = ctx;
  const fm_refresh_hooks hooks = r->spec.hooks;
  fm_copy *copy = r->spec.copy;
  copy->unsaved |= error != FM_OK;
  fm_env_note_store(r->spec.env, r->spec.key, error, why);
  copy->meta.changed = memory ? memory->meta.changed : r->late_now;
  fm_copy_set_doc(copy, r->joined);
  r->joined = NULL;
  count_change(r);
  hooks.published(hooks.ctx, false);
  refresh_done(r, FM_REFRESH_DONE);
}

static void set_late_base(fm_refresh_run *r)
{
  fm_doc_unref(r->before);
  r->before = fm_doc_ref(r->spec.copy->doc);
  r->late_now = fm_env_wall(r->spec.env);
}

/* ---- the machine ---- */

static void in_pool(fm_refresh_run *r, uv_work_cb work, uv_after_work_cb after)
{
  r->work.data = r;
  uv_queue_work(r->spec.env->loop, &r->work, work, after);
}

static void refresh_step(fm_refresh_run *r, enum fm_refresh_state next)
{
  fm_store *store = r->spec.env->store;
  r->state = next;
  switch (next) {
  case FM_REFRESH_TAKING_LEASE:
    fm_refresh_lease_take(r->lease, on_lease, r);
    break;
  case FM_REFRESH_WAITING_FOR_LEASE:
    fm_refresh_lease_wait(r->lease, r->lease_left_ms, on_waited, r);
    break;
  case FM_REFRESH_RELOADING:
  case FM_REFRESH_CHECKING_STORE:
    read_store(r);
    break;
  case FM_REFRESH_LOADING_INPUTS:
    load_inputs(r);
    break;
  case FM_REFRESH_FETCHING_LISTS:
    fetch_lists(r);
    break;
  case FM_REFRESH_FAILING_OVER:
    fail_over(r);
    break;
  case FM_REFRESH_COMBINING:
    fm_refresh_set_meta(r);
    fm_anomaly_check_prepare(&r->check, r->spec.anomalies, r->spec.copy);
    in_pool(r, fm_refresh_combine, on_combined);
    break;
  case FM_REFRESH_RECALLING:
    fm_store_load_entries(store, r->spec.key, r->seen, on_recalled, r);
    break;
  case FM_REFRESH_FETCHING_ENTRIES:
    fetch_entries(r);
    break;
  case FM_REFRESH_PATCHING:
    in_pool(r, fm_refresh_patch, on_patched);
    break;
  case FM_REFRESH_STORING:
    store_seen(r);
    break;
  case FM_REFRESH_REREADING:
    fm_store_load(store, r->spec.key, FM_MILL_ENTRIES, on_reread, r);
    break;
  case FM_REFRESH_JOINING:
    in_pool(r, fm_refresh_join, on_joined);
    break;
  case FM_REFRESH_FETCHING_LATE_ENTRIES:
    if (fm_entry_fetch_pending(r->entries) == 0)
      late_entries_ready(r);
    break;
  case FM_REFRESH_JOINING_LATE:
    set_late_base(r);
    in_pool(r, fm_refresh_join_late, on_late_joined);
    break;
  case FM_REFRESH_STORING_LATE:
    fm_store_add(store, r->spec.key, r->late_now, r->late, on_late_stored, r);
    break;
  case FM_REFRESH_STATE_COUNT:
    break;
  }
}

/* ---- from outside ---- */

fm_refresh_run *fm_refresh_start(const fm_refresh_spec *spec)
{
  fm_refresh_run *r = FM_NEW(fm_refresh_run);
  r->spec = *spec;
  fm_upstream_plan_ref(r->spec.plan);
  r->started = fm_env_mono_ms(spec->env);
  if (spec->env->shared)
    r->lease = fm_refresh_lease_new(spec->env, spec->key);
  refresh_step(r, r->lease ? FM_REFRESH_TAKING_LEASE : FM_REFRESH_LOADING_INPUTS);
  return r;
}

void fm_refresh_cancel(fm_refresh_run *r)
{
  if (r->state == FM_REFRESH_WAITING_FOR_LEASE) {
    fm_refresh_lease_stop_waiting(r->lease);
    fail_cancelled(r);
    return;
  }
  for (size_t i = 0; r->lists && i < r->spec.plan->ninputs; i++)
    fm_list_fetch_cancel(r->lists[i]);
  if (r->entries)
    fm_entry_fetch_cancel(r->entries);
}

void fm_refresh_told(fm_refresh_run *r)
{
  r->told = true;
  if (r->state == FM_REFRESH_WAITING_FOR_LEASE) {
    fm_refresh_lease_stop_waiting(r->lease);
    refresh_step(r, FM_REFRESH_RELOADING);
  }
}

void fm_refresh_hurry(fm_refresh_run *r)
{
  if (r->state == FM_REFRESH_FETCHING_ENTRIES && r->spec.hooks.is_impatient(r->spec.hooks.ctx))
    entries_ready(r);
}

enum fm_refresh_state fm_refresh_state(const fm_refresh_run *r) { return r->state; }

const char *fm_refresh_state_text(enum fm_refresh_state state)
{
  static const char *const texts[] = {
#define ROW(name, text) text,
    FM_REFRESH_STATES(ROW)
#undef ROW
  };
  return texts[state];
}

const char *fm_refresh_doing(const fm_refresh_run *r)
{
  const char *doing = NULL;
  bool lists = r->state == FM_REFRESH_FETCHING_LISTS || r->state == FM_REFRESH_FAILING_OVER;
  for (size_t i = 0; lists && !doing && i < r->spec.plan->ninputs; i++)
    doing = fm_list_fetch_doing(r->lists[i]);
  return doing ? doing : fm_refresh_state_text(r->state);
}

bool fm_refresh_is_at_entries(const fm_refresh_run *r, bool *published)
{
  *published = r->published;
  return r->published || r->state == FM_REFRESH_FETCHING_ENTRIES;
}
