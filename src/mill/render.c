/* Renders responses in the pool: filters a copy, writes the format, compresses it. */
#include "mill/render.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "mill/archive_address.h"
#include "mill/archive_response.h"
#include "mill/encode.h"

#include <stdlib.h>

typedef struct render_item {
  feed_response *response; /* kept by `rendering`; what never changes is read in the pool */
  fm_refresh_policy refresh; /* the view's; a reload may change it meanwhile */
  fm_reply *before;  /* a reference; NULL: there is none that could stay */
  fm_reply *made;
  fm_archive_month month;
  bool codings;      /* compress it */
  bool encode_only;  /* `before` is what is to be compressed */
  bool whole;        /* an archive of which the feed document shows nothing */
  int64_t aged;      /* when an entry last got too old to be shown */
  int64_t expires;   /* when the next one will */
} render_item;

typedef struct render_job {
  uv_work_t work;
  fm_response_set *set;
  fm_doc *doc;
  uint64_t version;
  int64_t changed;
  int64_t now;
  int64_t newest_archive;
  size_t archived;
  size_t nitems;
  render_item items[];
} render_job;

/* ---- in the pool ---- */

/* A filtered feed is another feed and needs another id (RFC 4287 section 4.2.6): the
 * listing's address with the filters as its query. */
static fm_str id_of(const feed_view *v, fm_str id, fm_arena *arena)
{
  fm_buf canon;
  fm_buf_init(&canon, FM_BUF_MAX);
  for (size_t i = 0; i < v->shown.nfilters; i++) {
    fm_filter f = v->shown.filters[i];
    f.limit = 0; /* how many entries are shown makes no other feed */
    size_t mark = canon.len;
    if (mark)
      fm_buf_char(&canon, '&');
    fm_filter_canon(&f, &canon);
    if (mark && canon.len == mark + 1)
      canon.len = mark;
  }
  if (canon.len)
    id = fm_arena_printf(arena, "%.*s%c%.*s", FM_FMT(id),
                         memchr(id.ptr, '?', id.len) ? '&' : '?', FM_FMT(fm_buf_view(&canon)));
  fm_buf_deinit(&canon);
  return id;
}

static fm_str address_of(const feed_response *r, int64_t archive, fm_arena *arena)
{
  fm_str target = fm_archive_target(r->target, archive, arena);
  return fm_arena_printf(arena, "%.*s%.*s", FM_FMT(r->base), FM_FMT(target));
}

/* The month without what the feed document shows, so that each entry is in one document.
 * Nothing in it depends on the day on which it is read. */
static void make_archive(render_item *it, const fm_feed *feed, fm_arena *arena, fm_feed *out)
{
  const feed_view *v = it->response->view;
  fm_view all = v->shown;
  all.limit = 0;
  fm_feed month;
  fm_view_apply(&all, &it->month.doc->feed, arena, &month);
  fm_map shown = {0};
  for (size_t i = 0; i < feed->nentries; i++)
    fm_map_put(&shown, feed->entries[i].id, (void *)feed);
  fm_entry *left = fm_arena_alloc(arena, (month.nentries + 1) * sizeof *left);
  size_t n = 0;
  for (size_t i = 0; i < month.nentries; i++)
    if (!fm_map_get(&shown, month.entries[i].id))
      left[n++] = month.entries[i];
  fm_map_deinit(&shown);
  it->whole = n == month.nentries;
  *out = month;
  out->entries = left;
  out->nentries = n;
  out->subtitle = (fm_str){0};
  out->day = v->archive;
}

static void place_of(const render_job *j, const render_item *it, size_t shown, fm_arena *arena,
                     fm_publication *place)
{
  const feed_response *r = it->response;
  if (!r->target.len)
    return;
  place->self = fm_arena_printf(arena, "%.*s%.*s", FM_FMT(r->base), FM_FMT(r->target));
  place->home = fm_arena_printf(arena, "%.*s/", FM_FMT(r->base));
  if (!it->month.doc) {
    place->every = it->refresh.every;
    if (j->newest_archive != FM_NO_TIME && j->archived > shown)
      place->prev_archive = address_of(r, j->newest_archive, arena);
    return;
  }
  place->archive = 1;
  place->current = address_of(r, FM_NO_TIME, arena);
  if (it->month.prev != FM_NO_TIME)
    place->prev_archive = address_of(r, it->month.prev, arena);
  if (it->month.next != FM_NO_TIME)
    place->next_archive = address_of(r, it->month.next, arena);
}

static fm_str write_body(const render_job *j, render_item *it)
{
  const feed_view *v = it->response->view;
  fm_arena arena = {0};
  fm_feed shown;
  fm_view_apply_at(&v->shown, j->now, &j->doc->feed, &arena, &shown);
  it->expires = fm_view_turns(&v->shown, j->now, &j->doc->feed, &it->aged);
  if (it->month.doc)
    make_archive(it, &shown, &arena, &shown);
  shown.id = id_of(v, shown.id, &arena);
  if (v->title.len)
    shown.title = v->title;
  fm_publication place = {.changed = j->changed};
  place_of(j, it, shown.nentries, &arena, &place);
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  fm_str body = {0};
  if (v->format->write(&shown, &place, &out) == FM_OK)
    body.ptr = fm_buf_take(&out, &body.len);
  fm_buf_deinit(&out);
  fm_arena_deinit(&arena);
  return body;
}

static fm_str body_of(const render_job *j, render_item *it)
{
  if (!it->encode_only)
    return write_body(j, it);
  fm_str body = fm_reply_body(it->before, FM_IDENTITY);
  return (fm_str){fm_dup(body.ptr, body.len), body.len};
}

static fm_reply *make(const render_job *j, render_item *it)
{
  fm_str body = body_of(j, it);
  if (it->before && !it->encode_only && fm_str_eq(fm_reply_body(it->before, FM_IDENTITY), body)) {
    free((char *)body.ptr);
    return fm_reply_ref(it->before); /* the same ETag and Last-Modified */
  }
  const feed_view *v = it->response->view;
  bool sealed = it->month.sealed && it->whole;
  fm_reply_spec spec = {
    .status = 200,
    .content_type = fm_str_of(v->format->media_type),
    .body = {[FM_IDENTITY] = body},
    .last_modified = it->aged > j->changed && !sealed ? it->aged : j->changed,
    .cacheable = true,
    .immutable = sealed,
    .stale_while_revalidate = it->refresh.every,
    .stale_if_error = it->refresh.stale,
    .life = it->response->freshness,
  };
  if (it->codings)
    fm_encode_all(spec.body);
  return fm_reply_new(&spec);
}

static void on_work(uv_work_t *work)
{
  render_job *j = work->data;
  for (size_t i = 0; i < j->nitems; i++)
    j->items[i].made = make(j, &j->items[i]);
}

/* ---- on the loop ---- */

static void install(const render_job *j, render_item *it)
{
  feed_response *r = it->response;
  r->rendering = false;
  if (j->version == j->set->spec.copy->version) {
    r->published &= r->reply == it->made;
    fm_reply_unref(r->reply);
    r->reply = fm_reply_ref(it->made);
    r->version = j->version;
    r->stated = it->refresh;
    r->has_codings = it->codings;
    if (!it->encode_only) {
      r->expires = it->expires;
      r->sealed = it->month.sealed && it->whole;
    }
    fm_response_publish(r);
  }
  j->set->spec.env->stats.renders += !it->encode_only;
  fm_reply_unref(it->made);
  fm_reply_unref(it->before);
  fm_doc_unref(it->month.doc);
}

static void on_rendered(uv_work_t *work, int status)
{
  (void)status;
  render_job *j = work->data;
  fm_response_set_spec spec = j->set->spec;
  for (size_t i = 0; i < j->nitems; i++)
    install(j, &j->items[i]);
  fm_doc_unref(j->doc);
  free(j);
  spec.settle(spec.ctx);
  spec.drop(spec.ctx);
}

/* A reply whose head states other intervals cannot stay, though its body be the same; nor can
 * one without the codings that are wanted. */
static render_item item_of(feed_response *r)
{
  bool encode_only = fm_response_lacks_codings(r);
  bool same = encode_only || (r->reply && r->has_codings == r->wants_codings &&
                              fm_response_same_intervals(&r->stated, &r->view->refresh));
  return (render_item){.response = r, .refresh = r->view->refresh,
                       .codings = r->wants_codings, .encode_only = encode_only,
                       .before = same ? fm_reply_ref(r->reply) : NULL};
}

/* Counts the responses to be rendered, and fills `items` unless it is NULL. */
static size_t collect(fm_response_set *set, bool all, render_item *items)
{
  size_t n = 0;
  FM_LIST_EACH(vnode, &set->views)
    FM_LIST_EACH(node, &FM_OF(vnode, feed_view, node)->responses) {
      feed_response *r = FM_OF(node, feed_response, node);
      if (r->rendering || r->view->archive || fm_response_is_current(r))
        continue;
      if (!fm_response_is_awaited(r) && !(all && r->has_codings))
        continue; /* one that was requested once is not kept up to date */
      if (items) {
        items[n] = item_of(r);
        r->rendering = true;
      }
      n++;
    }
  return n;
}

static render_job *job_new(fm_response_set *set, size_t nitems)
{
  const fm_response_set_spec *spec = &set->spec;
  const fm_copy *copy = spec->copy;
  render_job *j = fm_zalloc(sizeof *j + nitems * sizeof *j->items);
  j->work.data = j;
  j->set = set;
  j->doc = fm_doc_ref(copy->doc);
  j->version = copy->version;
  j->changed = copy->meta.changed;
  j->now = fm_env_wall(spec->env);
  j->newest_archive = copy->newest_archive;
  j->archived = copy->archived;
  j->nitems = nitems;
  return j;
}

void fm_render_archive(feed_response *r, const fm_archive_month *month)
{
  fm_response_set *set = r->view->set;
  render_job *j = job_new(set, 1);
  j->version = month->version;
  j->changed = month->changed;
  j->items[0] = item_of(r);
  j->items[0].month = *month;
  uv_queue_work(set->spec.env->loop, &j->work, on_work, on_rendered);
}

static void load_archives(fm_response_set *set)
{
  FM_LIST_EACH(node, &set->waiters) {
    feed_response *r = FM_OF(node, feed_waiter, node)->response;
    if (r->view->archive && !r->rendering && !fm_response_is_current(r))
      fm_archive_response_load(r, fm_render_archive);
  }
}

void fm_render_set(fm_response_set *set, bool all)
{
  if (!set->spec.copy->doc)
    return;
  load_archives(set);
  size_t n = collect(set, all, NULL);
  if (!n)
    return;
  render_job *j = job_new(set, n);
  collect(set, all, j->items);
  set->spec.hold(set->spec.ctx);
  uv_queue_work(set->spec.env->loop, &j->work, on_work, on_rendered);
}
