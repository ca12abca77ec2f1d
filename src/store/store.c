#include "store/home.h"

#include "base/log.h"
#include "base/str.h"
#include <stdlib.h>

static const fm_home *const homes[] = {&fm_home_sqlite, &fm_home_memory};

void fm_memory_deinit(fm_memory *memory)
{
  fm_doc_unref(memory->doc);
  *memory = (fm_memory){.meta = fm_meta_none()};
}

fm_page_meta fm_meta_none(void)
{
  return (fm_page_meta){
    .fetched = FM_NO_TIME, .changed = FM_NO_TIME, .read = FM_NO_TIME, .next_try = FM_NO_TIME};
}

void fm_meta_copy(fm_arena *arena, const fm_page_meta *from, fm_page_meta *to)
{
  *to = *from;
  to->url = fm_entry_text(arena, from->url);
  to->etag = fm_entry_text(arena, from->etag);
  to->last_modified = fm_entry_text(arena, from->last_modified);
  to->failure = fm_entry_text(arena, from->failure);
}

fm_str fm_page_source(fm_str page)
{
  const char *space = page.len ? memchr(page.ptr, ' ', page.len) : NULL;
  return space ? fm_str_span(page.ptr, space) : page;
}

int fm_store_open(uv_loop_t *loop, const fm_store_spec *spec, fm_store **store, fm_why *why)
{
  for (size_t i = 0; i < sizeof homes / sizeof *homes; i++) {
    fm_str scheme = fm_str_of(homes[i]->scheme);
    if (!fm_str_starts(spec->uri, scheme))
      continue;
    fm_store *opened;
    int error = homes[i]->open(loop, spec, fm_str_from(spec->uri, scheme.len), &opened, why);
    if (error)
      return error;
    opened->home = homes[i];
    opened->loop = loop;
    opened->keep = spec->keep;
    *store = opened;
    return 0;
  }
  return fm_fail(why, FM_E_CONFIG,
                 "\"%.*s\" is no store (sqlite:PATH, redis://HOST:PORT/DB or memory:)",
                 FM_FMT(spec->uri));
}

void fm_store_close(fm_store *store, void (*closed)(void *ctx), void *ctx)
{
  store->closed = closed;
  store->closed_ctx = ctx;
  store->home->close(store);
}

/* One line when the memory is lost and one when it is back, not one for each
 * call; that a page was never seen is no failure. */
static void note_health(fm_store *store, const fm_job *job)
{
  bool failing = job->error && job->error != FM_E_NOT_FOUND;
  if (failing == store->failing)
    return;
  store->failing = failing;
  if (failing)
    fm_log(FM_LOG_ERROR, "memory lost, serving goes on without it", "store",
           store->home->scheme, "reason", job->why.text, NULL);
  else
    fm_log(FM_LOG_INFO, "memory is back", "store", store->home->scheme, NULL);
}

static fm_job *job_new(fm_store *store, enum fm_job_kind kind, fm_str page, void *ctx)
{
  fm_job *job = FM_NEW(fm_job);
  job->store = store;
  job->kind = kind;
  job->page = fm_entry_text(&job->arena, page);
  job->meta = job->memory.meta = fm_meta_none();
  job->ctx = ctx;
  return job;
}

void fm_job_finish(fm_job *job)
{
  note_health(job->store, job);
  if (job->done)
    job->done(job->ctx, job->error, &job->why, job->memory.doc ? &job->memory : NULL);
  if (job->each) {
    for (size_t i = 0; i < job->nrows; i++)
      job->each(job->ctx, job->rows[i].key, &job->rows[i].meta);
    job->each(job->ctx, (fm_str){NULL, 0}, NULL);
  }
  fm_memory_deinit(&job->memory);
  fm_doc_unref(job->seen);
  fm_arena_deinit(&job->arena);
  free(job);
}

void fm_store_load(fm_store *store, fm_str page, size_t most, fm_store_cb cb, void *ctx)
{
  fm_job *job = job_new(store, FM_JOB_LOAD, page, ctx);
  job->most = most;
  job->done = cb;
  store->home->submit(store, job);
}

void fm_store_merge(fm_store *store, fm_str page, const fm_page_meta *meta, fm_doc *seen,
                    fm_store_cb cb, void *ctx)
{
  fm_job *job = job_new(store, FM_JOB_MERGE, page, ctx);
  fm_meta_copy(&job->arena, meta, &job->meta);
  job->seen = fm_doc_ref(seen);
  job->done = cb;
  store->home->submit(store, job);
}

void fm_store_touch(fm_store *store, fm_str page, const fm_page_meta *meta, fm_store_cb cb,
                    void *ctx)
{
  fm_job *job = job_new(store, FM_JOB_TOUCH, page, ctx);
  fm_meta_copy(&job->arena, meta, &job->meta);
  job->done = cb;
  store->home->submit(store, job);
}

void fm_store_pages(fm_store *store, fm_store_page_cb cb, void *ctx)
{
  fm_job *job = job_new(store, FM_JOB_PAGES, (fm_str){NULL, 0}, ctx);
  job->each = cb;
  store->home->submit(store, job);
}
