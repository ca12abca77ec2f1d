/* Writes and reads the hosts that asked to be left alone. */
#include "mill/host_blocks.h"

#include "base/json.h"
#include "base/str.h"

#define PREFIX "host/"

void fm_host_blocks_save(fm_mill_env *env, fm_str permit, int64_t seconds)
{
  fm_arena arena = {0};
  fm_str key = fm_arena_printf(&arena, PREFIX "%.*s", FM_FMT(permit));
  fm_str value = fm_arena_printf(&arena, "{\"until\":%lld}", (long long)(fm_env_wall(env) + seconds));
  fm_store_state_set(env->store, key, value, NULL, NULL);
  fm_arena_deinit(&arena);
}

static int read_until(fm_json *json, void *into) { return fm_json_int(json, into); }

static int64_t parse_until(fm_str value)
{
  static const fm_json_field fields[] = {{{"until", 5}, read_until}};
  fm_arena arena = {0};
  fm_json json;
  int64_t until = 0;
  fm_json_init(&json, value, &arena);
  fm_json_fields(&json, fields, 1, &until);
  if (fm_json_end(&json))
    until = 0;
  fm_arena_deinit(&arena);
  return until;
}

static void on_state(void *ctx, int error, const fm_why *why, fm_str key, fm_str value)
{
  (void)error, (void)why;
  fm_mill_env *env = ctx;
  if (!key.ptr) {
    fm_env_drop(env);
    return;
  }
  fm_str permit = fm_str_from(key, strlen(PREFIX));
  int64_t left = parse_until(value) - fm_env_wall(env);
  if (left > 0 && !env->closing)
    env->hosts.block(env->hosts.ctx, permit, left);
  else if (left <= 0)
    fm_store_state_delete(env->store, key, NULL, NULL);
}

void fm_host_blocks_load(fm_mill_env *env)
{
  fm_env_hold(env);
  fm_store_state_list(env->store, FM_STR(PREFIX), on_state, env);
}
