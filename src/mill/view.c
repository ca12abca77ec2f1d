/* Views and faces: what readers ask of a page, and under which addresses. */
#include "base/clock.h"
#include "base/str.h"
#include "mill/mill_internal.h"

#include <stdlib.h>

static void key_of(const page *p, const fm_want *want, fm_buf *out)
{
  fm_buf_str(out, p->key);
  fm_buf_addf(out, "\n%s\n%.*s\n%zu\n%lld", want->format->name, FM_FMT(want->name), want->limit,
              (long long)want->archive);
  for (size_t i = 0; i < want->nfilters; i++) {
    fm_buf_char(out, '\n');
    fm_filter_canon(&want->filters[i], out);
  }
}

static int64_t face_read(const face *f)
{
  return atomic_load_explicit(&f->life->last_read, memory_order_relaxed);
}

static int64_t view_read(const view *v)
{
  int64_t last = 0;
  FM_LIST_EACH(node, &v->faces) {
    int64_t at = face_read(FM_OF(node, face, node));
    if (at > last)
      last = at;
  }
  return last;
}

static bool view_busy(const view *v)
{
  FM_LIST_EACH(node, &v->faces)
    if (FM_OF(node, face, node)->busy)
      return true;
  FM_LIST_EACH(node, &v->page->waiters)
    if (FM_OF(node, waiter, node)->face->view == v)
      return true;
  return false;
}

void face_publish(face *f)
{
  fm_mill *mill = f->view->page->mill;
  if (f->view->forgotten)
    return;
  if (!f->published && mill->spec.publish)
    mill->spec.publish(mill->spec.ctx, f->base, f->target, f->reply);
  f->published = true;
}

static void face_retract(face *f)
{
  fm_mill *mill = f->view->page->mill;
  if (f->published && mill->spec.retract)
    mill->spec.retract(mill->spec.ctx, f->base, f->target);
  f->published = false;
}

static void face_free(face *f)
{
  fm_mill *mill = f->view->page->mill;
  face_retract(f);
  atomic_store_explicit(&f->life->fresh_until, 0, memory_order_relaxed);
  fm_list_del(&f->node);
  f->view->nfaces--;
  mill->stats.faces--;
  fm_freshness_unref(f->life);
  fm_reply_unref(f->reply);
  free(f);
}

void view_free(view *v)
{
  fm_mill *mill = v->page->mill;
  FM_LIST_EACH(node, &v->faces)
    face_free(FM_OF(node, face, node));
  fm_map_del(&mill->views, v->key);
  fm_list_del(&v->node);
  fm_arena_deinit(&v->own);
  free(v);
}

void view_forget(view *v)
{
  FM_LIST_EACH(node, &v->faces)
    face_retract(FM_OF(node, face, node));
  v->forgotten = true; /* while it is busy: whoever asks next must come to the mill */
  if (!v->name.len)
    return; /* an address of the page means the same after any reload */
  if (!view_busy(v))
    view_free(v);
  else
    v->name = (fm_str){0}; /* goes when room is needed */
}

/* The least recently read view that nobody configured makes room. A view that
 * somebody waits for stays: then the bound is passed by as many as wait. */
static void make_room(fm_mill *mill)
{
  if (mill->views.count < mill->spec.dynamic)
    return;
  view *oldest = NULL;
  size_t dynamic = 0;
  const fm_map_slot *slot;
  for (size_t at = 0; (slot = fm_map_next(&mill->views, &at));) {
    view *v = slot->value;
    if (v->name.len)
      continue;
    dynamic++;
    if (!view_busy(v) && (!oldest || view_read(v) < view_read(oldest)))
      oldest = v;
  }
  if (dynamic < mill->spec.dynamic || !oldest)
    return;
  page *p = oldest->page;
  view_free(oldest);
  page_release(p);
}

static view *view_new(page *p, const fm_want *want, fm_str key)
{
  view *v = FM_NEW(view);
  v->page = p;
  v->key = fm_arena_str(&v->own, key);
  v->name = fm_arena_str(&v->own, want->name);
  v->title = fm_arena_str(&v->own, want->title);
  v->format = want->format;
  v->archive = want->archive;
  for (size_t i = 0; i < want->nfilters; i++)
    v->filters[i] = fm_filter_copy(&v->own, &want->filters[i]);
  v->shown = (fm_view){v->filters, want->nfilters, want->limit};
  fm_list_init(&v->faces);
  fm_list_add(&p->views, &v->node);
  fm_map_put(&p->mill->views, v->key, v);
  return v;
}

view *view_of(page *p, const fm_want *want)
{
  fm_buf key;
  fm_buf_init(&key, FM_BUF_MAX);
  key_of(p, want, &key);
  view *v = fm_map_get(&p->mill->views, fm_buf_view(&key));
  if (!v) {
    p->busy++; /* not to be released while room is made */
    if (!want->name.len)
      make_room(p->mill);
    v = view_new(p, want, fm_buf_view(&key));
    p->busy--;
  }
  if (v->forgotten)
    v->title = fm_arena_str(&v->own, want->title);
  v->forgotten = false;
  v->refresh = want->refresh;
  p->limit = want->limit > p->limit ? want->limit : p->limit;
  fm_buf_deinit(&key);
  return v;
}

static face *face_new(view *v, const fm_want *want)
{
  face *f = fm_zalloc(sizeof *f + want->base.len + want->target.len);
  char *text = (char *)(f + 1);
  if (want->base.len)
    memcpy(text, want->base.ptr, want->base.len);
  if (want->target.len)
    memcpy(text + want->base.len, want->target.ptr, want->target.len);
  f->base = (fm_str){text, want->base.len};
  f->target = (fm_str){text + want->base.len, want->target.len};
  f->view = v;
  f->life = fm_freshness_new();
  fm_list_add(&v->faces, &f->node);
  v->nfaces++;
  v->page->mill->stats.faces++;
  return f;
}

/* The least recently read face goes; the one that is being made or waited for
 * stays. */
static void drop_face(view *v)
{
  face *oldest = NULL;
  FM_LIST_EACH(node, &v->faces) {
    face *f = FM_OF(node, face, node);
    bool held = f->busy;
    FM_LIST_EACH(waiting, &v->page->waiters)
      held |= FM_OF(waiting, waiter, node)->face == f;
    if (!held && (!oldest || face_read(f) < face_read(oldest)))
      oldest = f;
  }
  if (oldest)
    face_free(oldest);
}

face *face_of(view *v, const fm_want *want)
{
  face *found = NULL;
  FM_LIST_EACH(node, &v->faces) {
    face *f = FM_OF(node, face, node);
    if (fm_str_eq(f->target, want->target) && fm_str_eq(f->base, want->base))
      found = f;
  }
  if (!found) {
    if (v->nfaces >= FM_MILL_FACES)
      drop_face(v);
    found = face_new(v, want);
  }
  atomic_store_explicit(&found->life->last_read, fm_clock_mono_ms(), memory_order_relaxed);
  return found;
}

void faces_age(page *p)
{
  bool held = p->state == FM_PAGE_HELD;
  bool alone = p->state == FM_PAGE_FRESH || p->state == FM_PAGE_BACKING_OFF || held;
  int64_t now_wall = fm_clock_wall(), now = fm_clock_mono_ms();
  FM_LIST_EACH(vnode, &p->views) {
    view *v = FM_OF(vnode, view, node);
    int64_t until = p->due;
    if ((p->state == FM_PAGE_BACKING_OFF || held) && p->doc) {
      int64_t end = now + (p->meta.fetched + v->refresh.stale - now_wall) * 1000;
      until = until < end ? until : end;
    }
    FM_LIST_EACH(fnode, &v->faces) {
      face *f = FM_OF(fnode, face, node);
      int64_t fresh = alone && face_current(f) ? until : 0;
      int64_t left = f->reply && f->ages != INT64_MAX ? (f->ages - now_wall) * 1000 : fresh - now;
      if (left < fresh - now)
        fresh = now + left;
      if (f->closed)
        fresh = INT64_MAX / 2;
      atomic_store_explicit(&f->life->fresh_until, fresh, memory_order_relaxed);
    }
  }
}
