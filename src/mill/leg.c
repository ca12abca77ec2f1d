#include "mill/leg.h"

#include "base/str.h"
#include "base/url.h"
#include "mill/refresh_run.h"

#include <stdlib.h>

void leg_free(leg *l)
{
  free((char *)l->body.ptr);
  l->body = (fm_str){NULL, 0};
  fm_arena_deinit(&l->arena);
}

static void on_extracted(uv_work_t *work, int status)
{
  (void)status;
  leg *l = work->data;
  fm_list_del(&l->node);
  free((char *)l->body.ptr);
  l->body = (fm_str){NULL, 0};
  l->read(l);
}

static void extract(uv_work_t *work)
{
  leg *l = work->data;
  l->extract(l);
}

static void on_fetched(void *ctx, fm_fetch_result *result)
{
  leg *l = ctx;
  l->fetch = NULL;
  if (result->error || result->status == 304) {
    fm_list_del(&l->node);
    l->fetched(l, result);
    return;
  }
  l->url = fm_arena_str(&l->arena, result->url);
  l->charset = fm_arena_str(&l->arena, result->charset);
  l->etag = fm_arena_str(&l->arena, result->etag);
  l->last_modified = fm_arena_str(&l->arena, result->last_modified);
  l->body = fm_fetch_take_body(result);
  l->work.data = l;
  uv_queue_work(l->run->page->mill->spec.loop, &l->work, extract, on_extracted);
}

static void on_sent(void *ctx)
{
  const leg *l = ctx;
  fm_schedule_sent(&l->run->page->slot);
  turn_renew(l->run); /* it may have waited for its host's budget for long */
}

static void cancelled(leg *l, const fm_fetch_spec *spec)
{
  fm_fetch_result result = {.error = FM_E_CANCELLED, .url = spec->url, .retry_after = -1};
  fm_fail(&result.why, FM_E_CANCELLED, "cancelled");
  l->fetched(l, &result);
}

/* The headers may hold a key that only this origin is to see. */
static bool same_origin(fm_str url, const way *w)
{
  fm_arena arena = {0};
  fm_str origin;
  bool same = fm_url_origin(url, &arena, &origin) == FM_OK && fm_str_eq(origin, w->origin);
  fm_arena_deinit(&arena);
  return same;
}

void leg_ask(leg *l, const fm_fetch_spec *asked, const way *w)
{
  page *p = l->run->page;
  fm_fetch_spec spec = *asked;
  if (p->mill->closing) {
    cancelled(l, asked);
    return;
  }
  if (w && (w->nheaders || w->budget.len) && same_origin(spec.url, w)) {
    spec.headers = w->headers;
    spec.nheaders = w->nheaders;
    spec.budget = w->budget;
  }
  spec.sent = on_sent;
  spec.command = p->command;
  spec.ncommand = p->ncommand;
  p->fetches++;
  p->mill->stats.fetches++;
  turn_renew(l->run);
  fm_list_add(&l->run->legs, &l->node);
  l->fetch = fm_fetch_start(p->mill->spec.fetcher, &spec, on_fetched, l);
}
