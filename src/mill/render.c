/* Making faces: a view of a copy becomes finished bytes, in the pool, once for
 * each change. */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "mill/archive_address.h"
#include "mill/encode.h"
#include "mill/mill_internal.h"

#include <math.h>
#include <stdlib.h>

typedef struct item {
  face *face;       /* held by `busy`; its unchanging parts may be read in the pool */
  fm_refresh refresh; /* the view's, which a reload may change meanwhile */
  fm_reply *before; /* a reference; NULL: none that could serve on */
  fm_reply *made;
  month month;      /* of an archive; doc NULL: the feed itself */
  bool whole;       /* an archive of which the feed shows nothing */
  int64_t aged, ages; /* when an entry was last too old to be shown, and will be next */
} item;

typedef struct job {
  uv_work_t work;
  page *page;
  fm_doc *doc;
  uint64_t version;
  int64_t changed;
  int64_t newest_archive;
  size_t remembered;
  size_t nitems;
  item items[];
} job;

/* A filtered feed is another feed than the whole one: RFC 4287 section 4.2.6
 * wants another id. What it filters by, as a query, keeps it an address of the
 * same listing. */
static fm_str id_of(const view *v, fm_str id, fm_arena *arena)
{
  fm_buf canon;
  fm_buf_init(&canon, FM_BUF_MAX);
  for (size_t i = 0; i < v->shown.nfilters; i++) {
    fm_filter f = v->shown.filters[i];
    f.limit = 0; /* how many are shown makes no other feed */
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

static fm_str address_of(const face *f, int64_t archive, fm_arena *arena)
{
  fm_str target = fm_archive_target(f->target, archive, arena);
  return fm_arena_printf(arena, "%.*s%.*s", FM_FMT(f->base), FM_FMT(target));
}

/* The month less what the feed document shows: each entry stands in one place.
 * Nothing in it may depend on the day on which it is read. */
static void month_of(item *it, const fm_feed *feed, fm_arena *arena, fm_feed *out)
{
  const view *v = it->face->view;
  fm_view all = v->shown;
  all.limit = 0;
  fm_feed whole;
  fm_view_apply(&all, &it->month.doc->feed, arena, &whole);
  fm_map shown = {0};
  for (size_t i = 0; i < feed->nentries; i++)
    fm_map_put(&shown, feed->entries[i].id, (void *)feed);
  fm_entry *left = fm_arena_alloc(arena, (whole.nentries + 1) * sizeof *left);
  size_t n = 0;
  for (size_t i = 0; i < whole.nentries; i++)
    if (!fm_map_get(&shown, whole.entries[i].id))
      left[n++] = whole.entries[i];
  fm_map_deinit(&shown);
  it->whole = n == whole.nentries;
  *out = whole;
  out->entries = left;
  out->nentries = n;
  out->subtitle = (fm_str){0};
  out->day = it->face->view->archive;
}

static void place_of(const job *j, const item *it, size_t shown, fm_arena *arena, fm_publication *place)
{
  const face *f = it->face;
  if (!f->target.len)
    return;
  place->self = fm_arena_printf(arena, "%.*s%.*s", FM_FMT(f->base), FM_FMT(f->target));
  place->home = fm_arena_printf(arena, "%.*s/", FM_FMT(f->base));
  if (!it->month.doc) {
    place->every = it->refresh.every;
    if (j->newest_archive != FM_NO_TIME && j->remembered > shown)
      place->prev_archive = address_of(f, j->newest_archive, arena);
    return;
  }
  place->archive = 1;
  place->current = address_of(f, FM_NO_TIME, arena);
  if (it->month.prev != FM_NO_TIME)
    place->prev_archive = address_of(f, it->month.prev, arena);
  if (it->month.next != FM_NO_TIME)
    place->next_archive = address_of(f, it->month.next, arena);
}

static fm_str write_face(const job *j, item *it)
{
  const view *v = it->face->view;
  fm_arena arena = {0};
  fm_feed shown;
  int64_t now = fm_clock_wall();
  fm_view_apply_at(&v->shown, now, &j->doc->feed, &arena, &shown);
  it->ages = fm_view_turns(&v->shown, now, &j->doc->feed, &it->aged);
  if (it->month.doc)
    month_of(it, &shown, &arena, &shown);
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

static fm_reply *make(const job *j, item *it)
{
  fm_str body = write_face(j, it);
  if (it->before && fm_str_eq(fm_reply_body(it->before, FM_IDENTITY), body)) {
    free((char *)body.ptr);
    return fm_reply_ref(it->before); /* same bytes, same ETag, same Last-Modified */
  }
  const view *v = it->face->view;
  bool closed = it->month.sealed && it->whole;
  fm_reply_spec spec = {
    .status = 200,
    .content_type = fm_str_of(v->format->media_type),
    .body = {[FM_IDENTITY] = body},
    .last_modified = it->aged > j->changed && !closed ? it->aged : j->changed,
    .cacheable = true,
    .immutable = closed,
    .stale_while_revalidate = it->refresh.every,
    .stale_if_error = it->refresh.stale,
    .life = it->face->life,
  };
  if (!v->page->mill->spec.plain)
    fm_encode_all(spec.body);
  return fm_reply_new(&spec);
}

static void on_work(uv_work_t *work)
{
  job *j = work->data;
  for (size_t i = 0; i < j->nitems; i++)
    j->items[i].made = make(j, &j->items[i]);
}

static void install(page *p, const job *j, item *it)
{
  face *f = it->face;
  f->busy = false;
  if (j->version == p->version) {
    f->published &= f->reply == it->made;
    fm_reply_unref(f->reply);
    f->reply = fm_reply_ref(it->made);
    f->version = j->version;
    f->made = it->refresh;
    f->ages = it->ages;
    f->closed = it->month.sealed && it->whole;
    face_publish(f);
  }
  p->mill->stats.renders++;
  fm_reply_unref(it->made);
  fm_reply_unref(it->before);
  fm_doc_unref(it->month.doc);
}

static void on_rendered(uv_work_t *work, int status)
{
  (void)status;
  job *j = work->data;
  page *p = j->page;
  fm_mill *mill = p->mill;
  for (size_t i = 0; i < j->nitems; i++)
    install(p, j, &j->items[i]);
  fm_doc_unref(j->doc);
  free(j);
  faces_age(p);
  page_settle(p);
  p->busy--;
  page_release(p);
  mill_left(mill);
}

static bool waited_for(const page *p, const face *f)
{
  FM_LIST_EACH(node, &p->waiters)
    if (FM_OF(node, waiter, node)->face == f)
      return true;
  return false;
}

/* Of those that a head tells. */
static bool same_intervals(const fm_refresh *a, const fm_refresh *b)
{
  return a->every == b->every && a->stale == b->stale;
}

/* A reply that tells other intervals is no use, though its body be the same. */
static item item_of(face *f)
{
  bool same = f->reply && same_intervals(&f->made, &f->view->refresh);
  return (item){.face = f, .refresh = f->view->refresh,
                .before = same ? fm_reply_ref(f->reply) : NULL};
}

static size_t collect(page *p, bool all, item *items)
{
  size_t n = 0;
  FM_LIST_EACH(vnode, &p->views)
    FM_LIST_EACH(fnode, &FM_OF(vnode, view, node)->faces) {
      face *f = FM_OF(fnode, face, node);
      if (f->busy || face_current(f) || f->view->archive)
        continue;
      if (!waited_for(p, f) && !(all && f->reply))
        continue;
      if (items) {
        items[n] = item_of(f);
        f->busy = true;
      }
      n++;
    }
  return n;
}

static job *job_new(page *p, size_t nitems)
{
  job *j = fm_zalloc(sizeof *j + nitems * sizeof *j->items);
  j->work.data = j;
  j->page = p;
  j->doc = fm_doc_ref(p->doc);
  j->version = p->version;
  j->changed = p->meta.changed;
  j->newest_archive = p->newest_archive;
  j->remembered = p->remembered;
  j->nitems = nitems;
  p->busy++;
  p->mill->open++;
  return j;
}

void render_page(page *p, bool all)
{
  if (!p->doc)
    return;
  FM_LIST_EACH(node, &p->waiters) {
    face *f = FM_OF(node, waiter, node)->face;
    if (f->view->archive && !f->busy && !face_current(f))
      archive_make(f);
  }
  size_t n = collect(p, all, NULL);
  if (!n)
    return;
  job *j = job_new(p, n);
  collect(p, all, j->items);
  uv_queue_work(p->mill->spec.loop, &j->work, on_work, on_rendered);
}

void render_archive(const month *m)
{
  face *f = m->face;
  page *p = f->view->page;
  job *j = job_new(p, 1);
  j->version = m->version;
  j->changed = m->changed;
  j->items[0] = item_of(f);
  j->items[0].month = *m;
  uv_queue_work(p->mill->spec.loop, &j->work, on_work, on_rendered);
}

bool face_current(const face *f)
{
  return f->reply && (f->closed || (f->version == f->view->page->version &&
                                    fm_clock_wall() < f->ages &&
                                    same_intervals(&f->made, &f->view->refresh)));
}

/* 502: there is a page, but not the listing; 504: it did not come in time; 503:
 * it could not be had. */
static int status_of(int error)
{
  switch (error) {
  case FM_E_NO_LIST:
  case FM_E_SYNTAX:
    return 502;
  case FM_E_TIMEOUT:
    return 504;
  default:
    return 503;
  }
}

fm_reply *render_error(const page *p, const view *v)
{
  (void)v;
  int64_t seconds = (p->due - fm_clock_mono_ms() + 999) / 1000;
  fm_str line = p->meta.failure.len ? p->meta.failure : FM_STR("the page could not be had");
  return fm_reply_text(status_of(p->error), line, seconds > 0 ? seconds : 1, (fm_str){0});
}
