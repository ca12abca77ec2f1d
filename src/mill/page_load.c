/* One page of an upstream: it is fetched through the loader's fetcher, then extracted by its
 * extractor. */
#include "mill/page_load.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/url.h"

#include <stdlib.h>

struct fm_page_load {
  const fm_page_loader *loader;
  enum fm_extract_kind kind;
  const fm_endpoint *endpoint;
  unsigned number;
  fm_page_load_cb cb;
  void *ctx;
  fm_fetch *fetch;     /* while fetching */
  fm_extract *extract; /* while extracting */
  bool cancelled;
  fm_arena arena; /* of what the response said, below */
  fm_str url, charset, etag, last_modified;
  int http_status;
};

/* ---- the real fetcher ---- */

static fm_fetch *real_start(void *self, const fm_fetch_spec *spec, fm_fetch_cb cb, void *ctx)
{
  return fm_fetch_start(self, spec, cb, ctx);
}

static int64_t real_room(void *self, fm_str permit) { return fm_fetcher_delay(self, permit, 0, false); }

fm_page_fetcher fm_page_fetcher_of(fm_fetcher *fetcher)
{
  return (fm_page_fetcher){.start = real_start, .cancel = fm_fetch_cancel,
                           .doing = fm_fetch_doing, .room = real_room, .self = fetcher};
}

/* ---- ends ---- */

static void tell(const fm_page_load *load, enum fm_page_load_event event)
{
  const fm_page_load_hooks *hooks = &load->loader->hooks;
  if (hooks->on_event)
    hooks->on_event(hooks->ctx, event);
}

static void finish(fm_page_load *load, const fm_page_load_result *result)
{
  tell(load, FM_LOAD_ENDED);
  fm_page_load_cb cb = load->cb;
  void *ctx = load->ctx;
  fm_arena arena = load->arena; /* `result` may have strings in it */
  free(load);
  cb(ctx, result);
  fm_arena_deinit(&arena);
}

/* A failure, or FM_OK with a 304. */
static void finish_without_page(fm_page_load *load, const fm_fetch_result *from)
{
  bool cancelled = load->cancelled || from->error == FM_E_CANCELLED;
  fm_page_load_result result = {
    .status = cancelled                      ? FM_LOAD_CANCELLED
              : from->error == FM_E_NO_LIST  ? FM_LOAD_UNREADABLE /* by its program */
              : from->error                  ? FM_LOAD_UNREACHABLE
                                             : FM_LOAD_NOT_MODIFIED,
    .error = cancelled ? FM_E_CANCELLED : from->error, .why = from->why, .url = from->url,
    .http_status = from->status, .retry_after = from->retry_after,
    .blocked = from->blocked.len > 0,
  };
  if (cancelled)
    fm_fail(&result.why, FM_E_CANCELLED, "cancelled");
  finish(load, &result);
}

/* ---- extracting ---- */

static void on_extracted(void *ctx, fm_extract_result *from)
{
  fm_page_load *load = ctx;
  bool cancelled = load->cancelled || from->error == FM_E_CANCELLED;
  load->extract = NULL;
  fm_page_load_result result = {
    .status = cancelled ? FM_LOAD_CANCELLED : from->error ? FM_LOAD_UNREADABLE : FM_LOAD_OK,
    .error = cancelled ? FM_E_CANCELLED : from->error, .why = from->why,
    .http_status = load->http_status, .retry_after = -1, .url = load->url, .etag = load->etag,
    .last_modified = load->last_modified,
  };
  if (cancelled)
    fm_fail(&result.why, FM_E_CANCELLED, "cancelled");
  else
    result.value = from->value;
  finish(load, &result);
}

static void start_extracting(fm_page_load *load, fm_str body)
{
  const fm_page_loader *loader = load->loader;
  fm_extract_request request = {
    .kind = load->kind, .source = loader->source,
    .page = {.size = sizeof request.page, .body = body, .url = load->url,
             .key = load->endpoint->key, .charset = load->charset, .options = loader->options,
             .noptions = loader->noptions, .now = loader->now, .number = load->number,
             .state = load->kind == FM_EXTRACT_LIST ? loader->state : FM_STR("")},
  };
  load->extract = fm_extract_start(loader->extractor, &request, on_extracted, load);
}

/* ---- fetching ---- */

static void on_fetched(void *ctx, fm_fetch_result *result)
{
  fm_page_load *load = ctx;
  const fm_page_load_hooks *hooks = &load->loader->hooks;
  load->fetch = NULL;
  if (result->blocked.len && result->retry_after > 0 && hooks->on_host_stop)
    hooks->on_host_stop(hooks->ctx, result->blocked, result->retry_after);
  if (result->error || result->status == 304 || load->cancelled) {
    finish_without_page(load, result);
    return;
  }
  load->url = fm_arena_str(&load->arena, result->url);
  load->charset = fm_arena_str(&load->arena, result->charset);
  load->etag = fm_arena_str(&load->arena, result->etag);
  load->last_modified = fm_arena_str(&load->arena, result->last_modified);
  load->http_status = result->status;
  start_extracting(load, fm_fetch_take_body(result));
}

static void on_sent(void *ctx) { tell(ctx, FM_LOAD_SENT); }

/* The headers may hold a key, which no other origin may see (RFC 9110 17.16.3). */
static bool is_of_endpoint(fm_str url, const fm_endpoint *endpoint)
{
  fm_arena arena = {0};
  fm_str origin;
  bool same = fm_url_origin(url, &arena, &origin) == FM_OK && fm_str_eq(origin, endpoint->origin);
  fm_arena_deinit(&arena);
  return same;
}

fm_page_load *fm_page_load_start(const fm_page_loader *loader, const fm_page_load_spec *spec,
                                 fm_page_load_cb cb, void *ctx)
{
  fm_page_load *load = FM_NEW(fm_page_load);
  *load = (fm_page_load){.loader = loader, .kind = spec->kind, .endpoint = spec->endpoint,
                         .number = spec->number, .cb = cb, .ctx = ctx};
  fm_fetch_spec fetch = {
    .url = spec->url, .accept = spec->accept, .etag = spec->etag,
    .last_modified = spec->last_modified, .dynamic = loader->dynamic, .urgent = spec->urgent,
    .since = spec->since, .sent = on_sent, .command = loader->command, .ncommand = loader->ncommand,
  };
  const fm_endpoint *endpoint = spec->endpoint;
  if ((endpoint->nheaders || endpoint->budget.len) && is_of_endpoint(spec->url, endpoint)) {
    fetch.headers = endpoint->headers;
    fetch.nheaders = endpoint->nheaders;
    fetch.budget = endpoint->budget;
  }
  if (spec->kind == FM_EXTRACT_LIST)
    fetch.program = endpoint->program;
  tell(load, FM_LOAD_STARTED);
  load->fetch = loader->fetcher.start(loader->fetcher.self, &fetch, on_fetched, load);
  return load;
}

void fm_page_load_cancel(fm_page_load *load)
{
  bool again = load->cancelled;
  load->cancelled = true;
  if (again)
    return;
  if (load->fetch)
    load->loader->fetcher.cancel(load->fetch);
  else if (load->extract)
    fm_extract_cancel(load->loader->extractor, load->extract);
}

const char *fm_page_load_doing(const fm_page_load *load)
{
  return load->fetch ? load->loader->fetcher.doing(load->fetch) : "extracting";
}
