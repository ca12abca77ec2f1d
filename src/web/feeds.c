/* Feeds and their previews. */
#include "base/clock.h"
#include "base/str.h"
#include "web/preview.h"
#include "web/web.h"

static void on_reply(void *ctx, fm_reply *reply)
{
  fm_miss_answer(ctx, reply);
}

fm_reply *fm_web_feed(fm_web *web, fm_miss *miss, fm_str query)
{
  (void)query;
  fm_arena arena = {0};
  fm_feed_request want;
  fm_why why = {0};
  if (web->store && !web->ready && !fm_store_get_health(web->store).opened)
    return fm_reply_text(503, FM_STR("waiting for the store"), 1, (fm_str){0});
  int rc = fm_catalog_resolve(web->catalog, miss->target, &fm_preview_format, fm_clock_wall(),
                              &arena, &want, &why);
  if (rc == FM_OK) {
    want.base = miss->base;
    want.target = miss->target;
    fm_mill_request(web->mill, &want, on_reply, miss);
  }
  fm_arena_deinit(&arena);
  return rc ? fm_web_error_reply(rc, &why) : NULL;
}
