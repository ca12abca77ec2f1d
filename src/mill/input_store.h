/* The states of an upstream's inputs in the store ("input/KEY"): for a restart and for other
 * instances. They are written after the copy that they belong to, so never newer. */
#ifndef FM_MILL_INPUT_STORE_H
#define FM_MILL_INPUT_STORE_H

#include "mill/env.h"
#include "mill/plan.h"

/* Reads the states into the plan's inputs if `use`; then `done`, never from inside the call. */
void fm_input_store_load(fm_mill_env *env, fm_str upstream, fm_upstream_plan *plan, bool use,
                         void (*done)(void *ctx), void *ctx);
/* Writes them if the store has others. */
void fm_input_store_save(fm_mill_env *env, fm_str upstream, fm_upstream_plan *plan);

#endif
