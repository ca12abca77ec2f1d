/* Jobs: creation, delivery of their results, and the health that these show. */
#include "store/backend.h"

#include "base/log.h"
#include "base/str.h"
#include <stdlib.h>

static const bool writes[FM_JOB_COUNT] = {
#define FM_JOB_ROW(kind, does) [kind] = does,
  FM_JOBS(FM_JOB_ROW)
#undef FM_JOB_ROW
};

fm_job *fm_job_new(fm_store *store, enum fm_job_kind kind, fm_str upstream, void *ctx)
{
  fm_job *job = FM_NEW(fm_job);
  job->store = store;
  job->kind = kind;
  job->upstream = fm_entry_text(&job->arena, upstream);
  job->meta = job->held_meta = job->memory.meta = fm_meta_none();
  job->ctx = ctx;
  fm_buf_init(&job->out, FM_BUF_MAX);
  return job;
}

int fm_job_fail_unknown(fm_job *job)
{
  return fm_fail(&job->why, FM_E_NOT_FOUND, "the memory has no entries of this page");
}

bool fm_job_copy_is_newer(const fm_job *job, const fm_upstream_meta *stored, fm_str head)
{
  bool older = stored->fetched != FM_NO_TIME && stored->fetched < job->held_meta.fetched;
  return job->held && (job->unsaved || head.len == 0 || older);
}

int fm_job_add_state(fm_job *job, size_t *room, fm_str key, fm_str value)
{
  job->count += key.len + value.len; /* bytes of the list so far */
  if (job->count > FM_STATE_LIST_MAX)
    return fm_fail(&job->why, FM_E_TOO_BIG, "there are too many keys that begin with %.*s",
                   FM_FMT(job->upstream));
  *FM_PUSH(&job->arena, job->states, job->nstates, *room) =
      (fm_state_row){fm_arena_str(&job->arena, key), fm_arena_str(&job->arena, value)};
  return 0;
}

bool fm_job_writes(const fm_job *job) { return writes[job->kind]; }

bool fm_job_is_background(const fm_job *job)
{
  return job->kind == FM_JOB_EXPIRE || job->kind == FM_JOB_SEAL;
}

/* True if the success of a job proves that the store can be written again. A job that found
 * nothing to seal, expire or restore wrote nothing, and a full disk may have room for meta
 * or a state while it has none for entries. */
static bool proves(const fm_store *store, const fm_job *job)
{
  switch (job->kind) {
  case FM_JOB_SEAL:
  case FM_JOB_EXPIRE:
    return false;
  case FM_JOB_RESTORE:
    return job->unsaved;
  case FM_JOB_TOUCH:
  case FM_JOB_STATE_SET:
  case FM_JOB_STATE_DELETE:
    return store->failed == job->kind;
  default:
    return true;
  }
}

static bool is_lease(enum fm_job_kind kind)
{
  return kind == FM_JOB_LEASE_TAKE || kind == FM_JOB_LEASE_RENEW || kind == FM_JOB_LEASE_RELEASE;
}

/* Logs when reading or writing starts to fail and when it works again, not each failure.
 * Reading and writing are separate: with a read-only file, loads succeed between refreshes
 * that fail. While a backend is down, it has logged that itself. A damaged store does not
 * recover because parts of it can be read. FM_E_NOT_FOUND is no failure. Leases are left
 * out: a Redis that is full refuses them at each refresh. */
static void note_health(fm_store *store, const fm_job *job)
{
  bool write = writes[job->kind], failing = job->error == FM_E_IO;
  if (is_lease(job->kind))
    return;
  if (failing)
    store->reason[write] = job->why;
  if (failing == store->failing[write] || store->down)
    return;
  if (!failing && (store->damaged || (write && !proves(store, job))))
    return;
  if (write && failing)
    store->failed = job->kind;
  store->failing[write] = failing;
  if (failing)
    fm_log(FM_LOG_ERROR, write ? "store cannot be written" : "store cannot be read",
           "store", store->backend->name, "reason", job->why.text, NULL);
  else
    fm_log(FM_LOG_INFO, write ? "store can be written again" : "store can be read again",
           "store", store->backend->name, NULL);
}

void fm_job_step(fm_job *job)
{
  fm_str rest = fm_buf_view(&job->out), line;
  while (rest.len && fm_str_cut(&rest, '\n', &line))
    job->each_line(job->ctx, line);
  fm_buf_clear(&job->out);
}

static void tell(fm_job *job)
{
  if (job->done)
    job->done(job->ctx, job->error, &job->why, job->memory.doc && !job->error ? &job->memory : NULL);
  if (job->archived)
    job->archived(job->ctx, job->error, &job->why, job->archives, job->error ? 0 : job->count);
  if (job->counted)
    job->counted(job->ctx, job->error, &job->why, job->count);
  if (job->leased)
    job->leased(job->ctx, job->error, &job->why, &job->lease);
  if (job->on_entered)
    job->on_entered(job->ctx, job->error, &job->why, job->entered, job->error ? 0 : job->count);
  if (job->stated)
    job->stated(job->ctx, job->error, &job->why, job->error ? (fm_str){NULL, 0} : job->value);
  if (job->each_state) {
    for (size_t i = 0; i < job->nstates; i++)
      job->each_state(job->ctx, FM_OK, &job->why, job->states[i].key, job->states[i].value);
    job->each_state(job->ctx, job->error, &job->why, (fm_str){NULL, 0}, (fm_str){NULL, 0});
  }
  if (job->each_upstream) {
    for (size_t i = 0; i < job->nrows; i++)
      job->each_upstream(job->ctx, job->rows[i].key, &job->rows[i].meta);
    job->each_upstream(job->ctx, (fm_str){NULL, 0}, NULL);
  }
}

void fm_job_finish(fm_job *job)
{
  note_health(job->store, job);
  if (job->kind == FM_JOB_EXPIRE && job->error != FM_E_BUSY)
    job->store->expiring = false;
  fm_job_step(job);
  tell(job);
  fm_stored_feed_deinit(&job->memory);
  fm_doc_unref(job->seen);
  fm_doc_unref(job->held);
  fm_buf_deinit(&job->out);
  fm_arena_deinit(&job->arena);
  free(job);
}
