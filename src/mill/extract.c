/* Extraction of one page: the work itself, and the extractor that runs it in libuv's pool. */
#include "mill/extract.h"

#include "base/list.h"
#include "base/mem.h"

#include <stdlib.h>

/* ---- the work ---- */

static int extract_entry(const fm_extract_request *request, const fm_page *page,
                         fm_extract_result *result)
{
  fm_doc *doc = fm_doc_new();
  fm_entry *entry = fm_arena_alloc(&doc->arena, sizeof *entry);
  int error = fm_source_extract_entry(request->source, page, &doc->arena, entry, &result->why);
  if (error) {
    fm_doc_unref(doc);
    return error;
  }
  doc->feed.entries = entry;
  doc->feed.nentries = 1;
  result->value.doc = doc;
  return FM_OK;
}

void fm_extract_now(const fm_extract_request *request, fm_extract_result *result)
{
  fm_page page = request->page;
  page.size = sizeof page;
  *result = (fm_extract_result){.previous_day = FM_NO_TIME};
  if (request->kind == FM_EXTRACT_ENTRY) {
    result->error = extract_entry(request, &page, result);
    return;
  }
  result->error = fm_source_extract_page(request->source, &page, &result->value, &result->why);
  if (!result->error && request->kind == FM_EXTRACT_DAY)
    result->previous_day = fm_source_previous_day(request->source, &page);
}

fm_extract *fm_extract_start(fm_extractor *extractor, const fm_extract_request *request,
                             fm_extract_cb cb, void *ctx)
{
  return extractor->start(extractor, request, cb, ctx);
}

void fm_extract_cancel(fm_extractor *extractor, fm_extract *extract)
{
  extractor->cancel(extractor, extract);
}

void fm_extractor_close(fm_extractor *extractor, void (*closed)(void *ctx), void *ctx)
{
  extractor->close(extractor, closed, ctx);
}

/* ---- in libuv's pool ---- */

typedef struct pool_extractor {
  fm_extractor base;
  uv_loop_t *loop;
  uv_async_t closing; /* brings `closed` to the loop */
  void (*closed)(void *ctx);
  void *closed_ctx;
} pool_extractor;

struct fm_extract {
  uv_work_t work;
  fm_extract_request request;
  fm_extract_result result;
  fm_extract_cb cb;
  void *ctx;
  bool cancelled;
};

static void on_extracted(uv_work_t *work, int status)
{
  fm_extract *extract = work->data;
  fm_extract_result *result = &extract->result;
  free((char *)extract->request.page.body.ptr);
  fm_source_unref(extract->request.source);
  if (status == UV_ECANCELED || extract->cancelled) {
    fm_doc_unref(result->value.doc);
    *result = (fm_extract_result){.error = FM_E_CANCELLED, .previous_day = FM_NO_TIME};
    fm_fail(&result->why, FM_E_CANCELLED, "cancelled");
  }
  extract->cb(extract->ctx, result);
  fm_doc_unref(result->value.doc);
  free(extract);
}

static void extract_in_pool(uv_work_t *work)
{
  fm_extract *extract = work->data;
  fm_extract_now(&extract->request, &extract->result);
}

static fm_extract *pool_start(fm_extractor *self, const fm_extract_request *request,
                              fm_extract_cb cb, void *ctx)
{
  fm_extract *extract = FM_NEW(fm_extract);
  extract->request = *request;
  extract->cb = cb;
  extract->ctx = ctx;
  extract->work.data = extract;
  fm_source_ref(request->source);
  uv_queue_work(FM_OF(self, pool_extractor, base)->loop, &extract->work, extract_in_pool,
                on_extracted);
  return extract;
}

/* Work that a thread has begun cannot be ended: its result is thrown away. */
static void pool_cancel(fm_extractor *self, fm_extract *extract)
{
  (void)self;
  extract->cancelled = true;
  uv_cancel((uv_req_t *)&extract->work);
}

static void on_closed(uv_handle_t *handle)
{
  pool_extractor *pool = handle->data;
  void (*closed)(void *ctx) = pool->closed;
  void *ctx = pool->closed_ctx;
  free(pool);
  if (closed)
    closed(ctx);
}

static void pool_close(fm_extractor *self, void (*closed)(void *ctx), void *ctx)
{
  pool_extractor *pool = FM_OF(self, pool_extractor, base);
  pool->closed = closed;
  pool->closed_ctx = ctx;
  uv_close((uv_handle_t *)&pool->closing, on_closed);
}

fm_extractor *fm_pool_extractor_new(uv_loop_t *loop)
{
  pool_extractor *pool = FM_NEW(pool_extractor);
  pool->base = (fm_extractor){.start = pool_start, .cancel = pool_cancel, .close = pool_close};
  pool->loop = loop;
  uv_async_init(loop, &pool->closing, NULL);
  uv_unref((uv_handle_t *)&pool->closing);
  pool->closing.data = pool;
  return &pool->base;
}
