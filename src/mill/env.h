/* What the mill's modules share: loop, clock, fetcher, store, how replies are published,
 * and the count of what is still under way. One struct, owned by fm_mill. */
#ifndef FM_MILL_ENV_H
#define FM_MILL_ENV_H

#include "mill/mill.h"

typedef struct fm_mill_env {
  uv_loop_t *loop;
  const fm_mill_clock *clock;
  fm_page_fetcher fetcher;
  fm_mill_hosts hosts;
  fm_extractor *extractor;
  fm_store *store;
  bool shared;      /* other instances use the store too */
  bool plain;       /* replies get no compressed bodies */
  bool closing;
  int64_t lease_ms;
  void (*publish)(void *ctx, fm_str base, fm_str target, fm_reply *reply); /* may be NULL */
  void (*retract)(void *ctx, fm_str base, fm_str target);
  void *publish_ctx;
  fm_mill_stats stats;
  size_t holds; /* the mill is freed when this comes to 0 */
  void (*released)(struct fm_mill_env *env);
} fm_mill_env;

static inline int64_t fm_env_wall(const fm_mill_env *env) { return env->clock->wall(); }
static inline int64_t fm_env_mono_ms(const fm_mill_env *env) { return env->clock->mono_ms(); }

static inline void fm_env_hold(fm_mill_env *env) { env->holds++; }
static inline void fm_env_drop(fm_mill_env *env) /* may free the mill */
{
  if (--env->holds == 0)
    env->released(env);
}

/* Counts a store call that failed. The store itself logs that it is down or full; what is
 * wrong with one upstream is logged here. */
void fm_env_note_store(fm_mill_env *env, fm_str upstream, int error, const fm_why *why);

#endif
