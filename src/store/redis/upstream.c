/* Upstreams in Redis: load, touch and list; loading of single entries. */
#include "store/redis/redis.h"

#include "base/str.h"
#include "store/observation.h"

void fm_redis_upstream_parse(const fm_rval *fields, fm_redis_upstream *upstream)
{
  *upstream = (fm_redis_upstream){
    .meta = {.url = fm_rval_at(fields, FM_RF_URL)->str,
             .etag = fm_rval_at(fields, FM_RF_ETAG)->str,
             .last_modified = fm_rval_at(fields, FM_RF_LAST_MODIFIED)->str,
             .fetched = fm_rval_time(fm_rval_at(fields, FM_RF_FETCHED)),
             .changed = fm_rval_time(fm_rval_at(fields, FM_RF_CHANGED)),
             .read = fm_rval_time(fm_rval_at(fields, FM_RF_READ)),
             .next_try = fm_rval_time(fm_rval_at(fields, FM_RF_NEXT_TRY)),
             .failures = (uint32_t)fm_rval_int(fm_rval_at(fields, FM_RF_FAILURES)),
             .failure = fm_rval_at(fields, FM_RF_FAILURE)->str},
    .head = fm_rval_at(fields, FM_RF_HEAD)->str,
    .listed = fm_rval_at(fields, FM_RF_HERE)->str,
    .rev = fm_rval_at(fields, FM_RF_REV)->str,
    .sealed = fm_rval_time(fm_rval_at(fields, FM_RF_SEALED)),
  };
  if (upstream->rev.len == 0)
    upstream->rev = FM_STR("0");
}

void fm_redis_meta_args(fm_args *args, const fm_upstream_meta *meta, fm_str head)
{
  fm_args_text(args, meta->url);
  fm_args_text(args, meta->etag);
  fm_args_text(args, meta->last_modified);
  fm_args_time(args, meta->fetched);
  fm_args_time(args, meta->changed);
  fm_args_time(args, meta->read);
  fm_args_time(args, meta->next_try);
  fm_args_int(args, meta->failures);
  fm_args_text(args, meta->failure);
  fm_args_text(args, head);
}

int fm_redis_doc(fm_redis *self, const fm_redis_upstream *upstream, const fm_rval *rows,
                 fm_doc **doc, fm_why *why)
{
  fm_doc *made;
  fm_why inner = {""};
  int error = fm_head_decode(upstream->head, &made, &inner);
  if (error)
    return fm_fail(why, FM_E_IO, "%s: a page cannot be read: %s", self->place, inner.text);
  fm_entry *entries = fm_arena_alloc(&made->arena, (rows->count / 3 + 1) * sizeof *entries);
  for (size_t i = 0; i + 2 < rows->count && !error; i += 3)
    error = fm_entry_unpack(&self->pack, rows->items[i + 2].str, fm_rval_int(&rows->items[i]),
                            fm_rval_int(&rows->items[i + 1]), &made->arena,
                            &entries[made->feed.nentries++], &inner);
  if (error) {
    fm_doc_unref(made);
    return fm_fail(why, FM_E_IO, "%s: a record cannot be read: %s", self->place, inner.text);
  }
  made->feed.entries = entries;
  *doc = made;
  return 0;
}

/* ---- load ---- */

static void read_doc(fm_redis *self, fm_job *job)
{
  const fm_rval *reply = job->state;
  fm_redis_upstream upstream;
  fm_redis_upstream_parse(fm_rval_at(reply, 0), &upstream);
  job->error = fm_redis_doc(self, &upstream, fm_rval_at(reply, 1), &job->memory.doc, &job->why);
  if (!job->error)
    fm_meta_copy(&job->memory.doc->arena, &upstream.meta, &job->memory.meta);
}

static void on_loaded(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  if (reply->type == REDIS_REPLY_NIL) {
    job->error = fm_fail(&job->why, FM_E_NOT_FOUND, "the page is not remembered");
    fm_redis_end(self, job);
    return;
  }
  job->state = (void *)reply;
  fm_redis_pool(self, job, read_doc, fm_redis_end);
}

void fm_redis_load(fm_redis *self, fm_job *job)
{
  fm_args args = fm_args_begin(self);
  fm_args_text(&args, job->upstream);
  fm_args_int(&args, job->limit < INT32_MAX ? (int64_t)job->limit : INT32_MAX);
  fm_redis_eval(self, job, fm_lua_load, &args, on_loaded);
}

/* ---- recall ---- */

static void unpack_entries(fm_redis *self, fm_job *job)
{
  const fm_rval *rows = fm_rval_at(job->state, 2);
  fm_doc *doc = fm_doc_new();
  fm_why inner = {""};
  fm_entry *entries = fm_arena_alloc(&doc->arena, (rows->count + 1) * sizeof *entries);
  for (size_t i = 0; i < rows->count && !job->error; i++) {
    const fm_rval *row = &rows->items[i]; /* n v f p u c h d */
    if (row->count > 7)
      job->error = fm_entry_unpack(&self->pack, row->items[7].str, fm_rval_int(&row->items[3]),
                                   fm_rval_int(&row->items[4]), &doc->arena,
                                   &entries[doc->feed.nentries++], &inner);
  }
  doc->feed.entries = entries;
  if (!job->error) {
    job->memory.doc = doc;
    return;
  }
  fm_doc_unref(doc);
  job->error = fm_fail(&job->why, FM_E_IO, "%s: a record cannot be read: %s", self->place,
                       inner.text);
}

static void on_entries(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  job->state = (void *)reply;
  fm_redis_pool(self, job, unpack_entries, fm_redis_end);
}

void fm_redis_load_entries(fm_redis *self, fm_job *job)
{
  fm_args args = fm_args_begin(self);
  fm_entry_set all = fm_entry_set_of(&job->seen->feed, &self->scratch);
  fm_args_text(&args, job->upstream);
  fm_args_text(&args, fm_upstream_source(job->upstream));
  for (size_t i = 0; i < all.count; i++)
    fm_args_text(&args, all.entries[i]->id);
  fm_redis_eval(self, job, fm_lua_merge_get, &args, on_entries);
}

/* ---- touch ---- */

static void on_touched(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  if (reply->integer == 0 && job->meta.fetched != FM_NO_TIME)
    job->error = fm_job_fail_unknown(job);
  fm_redis_end(self, job);
}

void fm_redis_touch(fm_redis *self, fm_job *job)
{
  fm_args args = fm_args_begin(self);
  fm_args_text(&args, job->upstream);
  fm_args_text(&args, fm_str_of(self->node));
  fm_redis_meta_args(&args, &job->meta, (fm_str){NULL, 0});
  fm_redis_eval(self, job, fm_lua_touch, &args, on_touched);
}

/* ---- pages ---- */

static void on_upstreams(fm_redis *self, fm_job *job, const fm_rval *reply)
{
  job->rows = fm_arena_alloc(&job->arena, (reply->count + 1) * sizeof *job->rows);
  for (size_t i = 0; i < reply->count; i++) {
    fm_redis_upstream upstream;
    fm_upstream_row *row = &job->rows[job->nrows++];
    fm_redis_upstream_parse(fm_rval_at(&reply->items[i], 1), &upstream);
    row->key = fm_arena_str(&job->arena, fm_rval_at(&reply->items[i], 0)->str);
    fm_meta_copy(&job->arena, &upstream.meta, &row->meta);
  }
  fm_redis_end(self, job);
}

void fm_redis_upstreams(fm_redis *self, fm_job *job)
{
  fm_args args = fm_args_begin(self);
  fm_redis_eval(self, job, fm_lua_upstreams, &args, on_upstreams);
}
