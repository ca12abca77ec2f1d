/* Writes an upstream's copy and metadata to the store outside of a refresh. */
#include "mill/upstream_struct.h"

#include "base/log.h"

#include <stdlib.h>

typedef struct filling {
  fm_upstream *upstream;
  uint64_t version;
} filling;

static void on_filled(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)why, (void)memory;
  filling *f = ctx;
  fm_upstream *u = f->upstream;
  if (error == FM_OK && f->version == u->copy.version)
    u->copy.unsaved = false;
  free(f);
  fm_upstream_drop(u);
}

void fm_upstream_fill_store(fm_upstream *u)
{
  const fm_copy *copy = &u->copy;
  if (!copy->doc || u->env->closing)
    return;
  fm_upstream_hold(u);
  filling *f = FM_NEW(filling);
  *f = (filling){.upstream = u, .version = copy->version};
  fm_held_copy held = {.meta = &copy->meta, .doc = copy->doc, .unsaved = copy->unsaved};
  fm_store_restore(u->env->store, u->key, &held, on_filled, f);
}

void fm_upstream_restore(fm_upstream *u)
{
  if (u->copy.doc && !u->env->closing)
    fm_log(FM_LOG_WARN, "the store lacks an upstream's entries, restoring them", "upstream",
           u->key.ptr, NULL);
  fm_upstream_fill_store(u);
}

/* An unsaved copy is written even if the upstream never changes again, and so no merge does. */
static void on_touched(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)memory;
  fm_upstream *u = ctx;
  if (error == FM_E_NOT_FOUND)
    fm_upstream_restore(u);
  else if (error == FM_OK && u->copy.unsaved)
    fm_upstream_fill_store(u);
  fm_env_note_store(u->env, u->key, error, why);
  fm_upstream_drop(u);
}

void fm_upstream_touch(fm_upstream *u)
{
  int64_t read = fm_upstream_last_read(u);
  if (read)
    u->copy.meta.read = fm_env_wall(u->env) - (fm_env_mono_ms(u->env) - read) / 1000;
  fm_upstream_hold(u);
  fm_store_touch(u->env->store, u->key, &u->copy.meta, on_touched, u);
}
