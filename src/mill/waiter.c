/* A reader that waits for a page: until its refresh ends, or refresh.wait is
 * over and there is a copy to give. */
#include "mill/mill_internal.h"

#include <stdlib.h>

static void on_closed(uv_handle_t *handle)
{
  waiter *w = handle->data;
  fm_mill *mill = w->page->mill;
  page *p = w->page;
  free(w);
  p->busy--;
  page_release(p);
  mill_left(mill);
}

static void on_expired(uv_timer_t *timer)
{
  waiter *w = timer->data;
  w->expired = true;
  page_settle(w->page);
}

void waiter_new(page *p, face *f, fm_mill_cb cb, void *ctx)
{
  waiter *w = FM_NEW(waiter);
  w->page = p;
  w->face = f;
  w->cb = cb;
  w->ctx = ctx;
  w->timer.data = w;
  fm_list_add(&p->waiters, &w->node);
  uv_timer_init(p->mill->spec.loop, &w->timer);
  int64_t wait = f->view->refresh.wait;
  w->expired = wait <= 0;
  if (wait > 0)
    uv_timer_start(&w->timer, on_expired, (uint64_t)wait * 1000, 0);
  p->busy++;
  p->mill->open++;
}

void waiter_finish(waiter *w, fm_reply *reply)
{
  fm_list_del(&w->node);
  uv_close((uv_handle_t *)&w->timer, on_closed);
  w->cb(w->ctx, reply);
}
