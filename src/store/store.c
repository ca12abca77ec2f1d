/* The public calls of the store: each makes a job for the backend. */
#include "store/backend.h"

#include "base/clock.h"
#include "base/date.h"
#include "base/str.h"

static const fm_backend *const backends[] = {&fm_backend_sqlite, &fm_backend_memory,
                                             &fm_backend_redis, &fm_backend_redis_unix};

void fm_stored_feed_deinit(fm_stored_feed *memory)
{
  fm_doc_unref(memory->doc);
  *memory = (fm_stored_feed){.meta = fm_meta_none()};
}

fm_upstream_meta fm_meta_none(void)
{
  return (fm_upstream_meta){
    .fetched = FM_NO_TIME, .changed = FM_NO_TIME, .read = FM_NO_TIME, .next_try = FM_NO_TIME};
}

void fm_meta_copy(fm_arena *arena, const fm_upstream_meta *from, fm_upstream_meta *to)
{
  *to = *from;
  to->url = fm_entry_text(arena, from->url);
  to->etag = fm_entry_text(arena, from->etag);
  to->last_modified = fm_entry_text(arena, from->last_modified);
  to->failure = fm_entry_text(arena, from->failure);
}

fm_str fm_upstream_source(fm_str upstream)
{
  const char *space = upstream.len ? memchr(upstream.ptr, ' ', upstream.len) : NULL;
  return space ? fm_str_span(upstream.ptr, space) : upstream;
}

int64_t fm_month_of(int64_t time)
{
  fm_civil civil = fm_date_to_civil(time);
  return fm_date_from_civil((fm_civil){.year = civil.year, .month = civil.month, .day = 1});
}

int64_t fm_month_after(int64_t month)
{
  return fm_month_of(month + 31 * 86400);
}

int64_t fm_archive_month(int64_t published, int64_t last_sealed)
{
  int64_t month = fm_month_of(published);
  return last_sealed == FM_NO_TIME || month > last_sealed ? month : fm_month_after(last_sealed);
}

bool fm_store_is_address(fm_str uri)
{
  for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
    fm_str scheme = fm_str_of(backends[i]->scheme);
    if (fm_str_starts(uri, scheme))
      return backends[i]->is_place(fm_str_from(uri, scheme.len));
  }
  return false;
}

int fm_store_open(uv_loop_t *loop, const fm_store_spec *spec, fm_store **store, fm_why *why)
{
  for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
    fm_str scheme = fm_str_of(backends[i]->scheme);
    if (!fm_str_starts(spec->uri, scheme))
      continue;
    fm_store *opened;
    int error = backends[i]->open(loop, spec, fm_str_from(spec->uri, scheme.len), &opened, why);
    if (error)
      return error;
    opened->backend = backends[i];
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
  store->closing = true;
  store->closed = closed;
  store->closed_ctx = ctx;
  store->backend->close(store);
}

static void submit(fm_job *job)
{
  job->store->backend->submit(job->store, job);
}

void fm_store_load(fm_store *store, fm_str upstream, size_t limit, fm_store_cb cb, void *ctx)
{
  fm_job *job = fm_job_new(store, FM_JOB_LOAD, upstream, ctx);
  job->limit = limit;
  job->done = cb;
  submit(job);
}

void fm_store_find(fm_store *store, fm_str upstream, size_t limit, fm_store_match_fn match,
                   const void *match_ctx, fm_store_cb cb, void *ctx)
{
  fm_job *job = fm_job_new(store, FM_JOB_FIND, upstream, ctx);
  job->limit = limit;
  job->match = match;
  job->match_ctx = match_ctx;
  job->done = cb;
  submit(job);
}

void fm_store_load_entries(fm_store *store, fm_str upstream, fm_doc *seen, fm_store_cb cb,
                           void *ctx)
{
  fm_job *job = fm_job_new(store, FM_JOB_LOAD_ENTRIES, upstream, ctx);
  job->seen = fm_doc_ref(seen);
  job->done = cb;
  submit(job);
}

void fm_store_merge(fm_store *store, fm_str upstream, const fm_upstream_meta *meta, fm_doc *seen,
                    fm_store_cb cb, void *ctx)
{
  fm_store_merge_held(store, upstream, meta, seen, &(fm_held_copy){.doc = NULL}, cb, ctx);
}

static void hold(fm_job *job, const fm_held_copy *held)
{
  if (!held->doc)
    return;
  fm_meta_copy(&job->arena, held->meta, &job->held_meta);
  job->held = fm_doc_ref(held->doc);
  job->unsaved = held->unsaved;
}

void fm_store_merge_held(fm_store *store, fm_str upstream, const fm_upstream_meta *meta,
                         fm_doc *seen, const fm_held_copy *held, fm_store_cb cb, void *ctx)
{
  fm_job *job = fm_job_new(store, FM_JOB_MERGE, upstream, ctx);
  fm_meta_copy(&job->arena, meta, &job->meta);
  job->now = meta->fetched;
  job->seen = fm_doc_ref(seen);
  job->done = cb;
  hold(job, held);
  submit(job);
}

void fm_store_restore(fm_store *store, fm_str upstream, const fm_held_copy *held, fm_store_cb cb,
                      void *ctx)
{
  fm_job *job = fm_job_new(store, FM_JOB_RESTORE, upstream, ctx);
  job->now = held->meta->fetched;
  job->done = cb;
  hold(job, held);
  submit(job);
}

void fm_store_touch(fm_store *store, fm_str upstream, const fm_upstream_meta *meta, fm_store_cb cb,
                    void *ctx)
{
  fm_job *job = fm_job_new(store, FM_JOB_TOUCH, upstream, ctx);
  fm_meta_copy(&job->arena, meta, &job->meta);
  job->done = cb;
  submit(job);
}

void fm_store_upstreams(fm_store *store, fm_store_upstream_cb cb, void *ctx)
{
  fm_job *job = fm_job_new(store, FM_JOB_UPSTREAMS, (fm_str){NULL, 0}, ctx);
  job->each_upstream = cb;
  submit(job);
}

void fm_store_add(fm_store *store, fm_str upstream, int64_t at, fm_doc *seen, fm_store_cb cb,
                  void *ctx)
{
  fm_job *job = fm_job_new(store, FM_JOB_ADD, upstream, ctx);
  job->now = at;
  job->seen = fm_doc_ref(seen);
  job->done = cb;
  submit(job);
}

void fm_store_archives(fm_store *store, fm_str upstream, size_t limit, fm_store_archives_cb cb,
                       void *ctx)
{
  fm_job *job = fm_job_new(store, FM_JOB_ARCHIVES, upstream, ctx);
  job->limit = limit;
  job->archived = cb;
  submit(job);
}

void fm_store_archive(fm_store *store, fm_str upstream, int64_t month, size_t limit, fm_store_cb cb,
                      void *ctx)
{
  fm_job *job = fm_job_new(store, FM_JOB_ARCHIVE, upstream, ctx);
  job->month = month;
  job->limit = limit;
  job->done = cb;
  submit(job);
}

void fm_store_seal(fm_store *store, fm_str upstream, size_t limit, int64_t before, int64_t now,
                   fm_store_count_cb cb, void *ctx)
{
  fm_job *job = fm_job_new(store, FM_JOB_SEAL, upstream, ctx);
  job->limit = limit;
  job->before = before;
  job->now = now;
  job->counted = cb;
  submit(job);
}

void fm_store_expire(fm_store *store, int64_t now, fm_store_count_cb cb, void *ctx)
{
  fm_job *job = fm_job_new(store, FM_JOB_EXPIRE, (fm_str){NULL, 0}, ctx);
  job->now = now;
  job->counted = cb;
  if (store->expiring)
    job->error = fm_fail(&job->why, FM_E_BUSY, "the last one is still under way");
  store->expiring = true;
  submit(job);
}

void fm_store_export(fm_store *store, fm_store_line_cb each, fm_store_count_cb done, void *ctx)
{
  fm_job *job = fm_job_new(store, FM_JOB_EXPORT, (fm_str){NULL, 0}, ctx);
  job->each_line = each;
  job->counted = done;
  submit(job);
}

void fm_store_import(fm_store *store, fm_str lines, size_t first_line, fm_store_count_cb cb,
                     void *ctx)
{
  fm_job *job = fm_job_new(store, FM_JOB_IMPORT, (fm_str){NULL, 0}, ctx);
  job->first_line = first_line;
  job->counted = cb;
  if (lines.len > FM_STORE_IMPORT_MAX)
    job->error = fm_fail(&job->why, FM_E_TOO_BIG, "too much to import at once");
  else
    job->lines = fm_entry_text(&job->arena, lines);
  submit(job);
}

static void ask_lease(fm_store *store, enum fm_job_kind kind, fm_str name, const fm_lease *lease,
                      int64_t ttl_ms, fm_store_lease_cb cb, void *ctx)
{
  fm_job *job = fm_job_new(store, kind, name, ctx);
  if (lease)
    job->lease = *lease;
  job->ttl_ms = ttl_ms;
  job->leased = cb;
  submit(job);
}

void fm_store_lease_take(fm_store *store, fm_str name, int64_t ttl_ms, fm_store_lease_cb cb,
                         void *ctx)
{
  ask_lease(store, FM_JOB_LEASE_TAKE, name, NULL, ttl_ms, cb, ctx);
}

void fm_store_lease_renew(fm_store *store, fm_str name, const fm_lease *lease, int64_t ttl_ms,
                          fm_store_lease_cb cb, void *ctx)
{
  ask_lease(store, FM_JOB_LEASE_RENEW, name, lease, ttl_ms, cb, ctx);
}

void fm_store_lease_release(fm_store *store, fm_str name, const fm_lease *lease,
                            fm_store_lease_cb cb, void *ctx)
{
  ask_lease(store, FM_JOB_LEASE_RELEASE, name, lease, 0, cb, ctx);
}

void fm_store_enter(fm_store *store, fm_str upstream, fm_str view, int64_t at,
                    const fm_str *ids, size_t count, fm_store_entered_cb cb, void *ctx)
{
  fm_job *job = fm_job_new(store, FM_JOB_ENTER, upstream, ctx);
  job->on_entered = cb;
  job->now = at;
  job->view = fm_arena_str(&job->arena, view);
  job->nids = count < FM_STORE_FEED_MAX ? count : FM_STORE_FEED_MAX;
  job->ids = fm_arena_alloc(&job->arena, (job->nids + 1) * sizeof *job->ids);
  job->entered = fm_arena_alloc(&job->arena, (job->nids + 1) * sizeof *job->entered);
  for (size_t i = 0; i < job->nids; i++)
    job->ids[i] = fm_arena_str(&job->arena, ids[i]);
  if (!view.len || view.len > FM_STATE_KEY_MAX)
    job->error = fm_fail(&job->why, FM_E_TOO_BIG, "a view's name has 1 to %d bytes",
                         (int)FM_STATE_KEY_MAX);
  submit(job);
}

int64_t fm_store_clock(const fm_store *store) { return fm_clock_wall() + store->clock_offset; }

static fm_job *state_job(fm_store *store, enum fm_job_kind kind, fm_str key, void *ctx)
{
  fm_job *job = fm_job_new(store, kind, key, ctx);
  if (key.len > FM_STATE_KEY_MAX || (key.len == 0 && kind != FM_JOB_STATE_LIST))
    job->error = fm_fail(&job->why, FM_E_TOO_BIG, "a state's key has 1 to %d bytes",
                         (int)FM_STATE_KEY_MAX);
  return job;
}

void fm_store_state_get(fm_store *store, fm_str key, fm_store_state_cb cb, void *ctx)
{
  fm_job *job = state_job(store, FM_JOB_STATE_GET, key, ctx);
  job->stated = cb;
  submit(job);
}

void fm_store_state_set(fm_store *store, fm_str key, fm_str value, fm_store_state_cb cb,
                        void *ctx)
{
  fm_job *job = state_job(store, FM_JOB_STATE_SET, key, ctx);
  job->stated = cb;
  if (value.len > FM_STATE_VALUE_MAX)
    job->error = fm_fail(&job->why, FM_E_TOO_BIG, "the state of %.*s has more than %d bytes",
                         FM_FMT(job->upstream), (int)FM_STATE_VALUE_MAX);
  else
    job->value = fm_arena_str(&job->arena, value);
  submit(job);
}

void fm_store_state_delete(fm_store *store, fm_str key, fm_store_state_cb cb, void *ctx)
{
  fm_job *job = state_job(store, FM_JOB_STATE_DELETE, key, ctx);
  job->stated = cb;
  submit(job);
}

void fm_store_state_list(fm_store *store, fm_str prefix, fm_store_state_each_cb cb, void *ctx)
{
  fm_job *job = state_job(store, FM_JOB_STATE_LIST, prefix, ctx);
  job->each_state = cb;
  submit(job);
}

void fm_store_state_watch(fm_store *store, fm_store_state_watch_cb cb, void *ctx)
{
  store->state_watch = cb;
  store->state_watch_ctx = ctx;
  if (cb && store->backend->watch)
    store->backend->watch(store);
}

void fm_store_watch(fm_store *store, fm_store_watch_cb cb, void *ctx)
{
  store->watch = cb;
  store->watch_ctx = ctx;
  if (cb && store->backend->watch)
    store->backend->watch(store);
}

fm_store_health fm_store_get_health(const fm_store *store)
{
  fm_store_health health = {.backend = store->backend->name, .status = "ok", .reason = "",
                            .opened = store->opened, .refused = store->refused};
  if (store->down) {
    health.status = "down";
    health.reason = store->down_reason.text;
  } else if (store->failing[1]) {
    health.status = "unwritable";
    health.reason = store->reason[1].text;
  } else if (store->failing[0]) {
    health.status = "unreadable";
    health.reason = store->reason[0].text;
  }
  return health;
}
