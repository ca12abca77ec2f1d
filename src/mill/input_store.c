/* Loads and saves the states of an upstream's inputs. */
#include "mill/input_store.h"

#include "base/buf.h"
#include "base/str.h"
#include "mill/list_union.h"

#include <stdlib.h>

typedef struct input_load {
  fm_mill_env *env;
  fm_str upstream;
  fm_upstream_plan *plan;
  bool use;
  void (*done)(void *ctx);
  void *ctx;
} input_load;

static fm_str key_of(fm_str upstream, fm_arena *arena)
{
  return fm_arena_printf(arena, "input/%.*s", FM_FMT(upstream));
}

/* Text that is not the one read last is another instance's, and newer. */
static void on_state(void *ctx, int error, const fm_why *why, fm_str value)
{
  input_load *l = ctx;
  fm_upstream_plan *plan = l->plan;
  fm_env_note_store(l->env, l->upstream, error, why);
  if (error == FM_OK || error == FM_E_NOT_FOUND) {
    uint64_t hash = fm_list_hash(value);
    if (value.len && l->use && (!plan->inputs_loaded || hash != plan->inputs_hash))
      fm_inputs_decode(value, plan->inputs, plan->ninputs, plan->inputs_loaded);
    plan->inputs_hash = hash;
    plan->inputs_loaded = true;
  }
  void (*done)(void *) = l->done;
  void *done_ctx = l->ctx;
  fm_upstream_plan_unref(plan);
  free(l);
  done(done_ctx);
}

void fm_input_store_load(fm_mill_env *env, fm_str upstream, fm_upstream_plan *plan, bool use,
                         void (*done)(void *ctx), void *ctx)
{
  fm_arena arena = {0};
  input_load *l = FM_NEW(input_load);
  *l = (input_load){.env = env, .upstream = upstream, .plan = fm_upstream_plan_ref(plan),
                    .use = use, .done = done, .ctx = ctx};
  fm_store_state_get(env->store, key_of(upstream, &arena), on_state, l);
  fm_arena_deinit(&arena);
}

void fm_input_store_save(fm_mill_env *env, fm_str upstream, fm_upstream_plan *plan)
{
  fm_arena arena = {0};
  fm_buf text;
  fm_buf_init(&text, FM_INPUT_STATE_MAX);
  if (fm_inputs_worth_storing(plan->inputs, plan->ninputs))
    fm_inputs_encode(plan->inputs, plan->ninputs, &text);
  uint64_t hash = fm_list_hash(fm_buf_view(&text));
  bool had = plan->inputs_loaded && plan->inputs_hash != fm_list_hash((fm_str){NULL, 0});
  if (text.len && !text.full && !(plan->inputs_loaded && hash == plan->inputs_hash)) {
    fm_store_state_set(env->store, key_of(upstream, &arena), fm_buf_view(&text), NULL, NULL);
    plan->inputs_hash = hash;
  } else if (!text.len && had) {
    fm_store_state_delete(env->store, key_of(upstream, &arena), NULL, NULL);
    plan->inputs_hash = hash;
  }
  fm_buf_deinit(&text);
  fm_arena_deinit(&arena);
}
