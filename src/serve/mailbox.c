#include "serve/mailbox.h"

#include "base/list.h"

static fm_letter *turn_round(fm_letter *newest)
{
  fm_letter *oldest = NULL;
  while (newest) {
    fm_letter *next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  return oldest;
}

static void read_all(fm_mailbox *box)
{
  fm_letter *at = turn_round(atomic_exchange_explicit(&box->newest, NULL, memory_order_acquire));
  while (at) {
    fm_letter *next = at->next; /* reading may free the letter */
    at->read(at, box->ctx);
    at = next;
  }
}

static void on_async(uv_async_t *async) { read_all(FM_OF(async, fm_mailbox, async)); }

int fm_mailbox_open(fm_mailbox *box, uv_loop_t *loop, void *ctx)
{
  atomic_init(&box->newest, NULL);
  box->ctx = ctx;
  return uv_async_init(loop, &box->async, on_async);
}

static void on_closed(uv_handle_t *handle)
{
  fm_mailbox *box = FM_OF((uv_async_t *)handle, fm_mailbox, async);
  void (*closed)(void *ctx) = (void (*)(void *))handle->data;
  if (closed)
    closed(box->ctx);
}

void fm_mailbox_close(fm_mailbox *box, void (*closed)(void *ctx))
{
  read_all(box);
  box->async.data = (void *)closed;
  uv_close((uv_handle_t *)&box->async, on_closed);
}

/* Who finds the box empty wakes the reader; who does not comes after someone
 * that has, and whose wake-up the reader has not followed yet. */
void fm_mailbox_post(fm_mailbox *box, fm_letter *letter, fm_letter_cb read)
{
  letter->read = read;
  fm_letter *newest = atomic_load_explicit(&box->newest, memory_order_relaxed);
  do
    letter->next = newest;
  while (!atomic_compare_exchange_weak_explicit(&box->newest, &newest, letter,
                                                memory_order_release, memory_order_relaxed));
  if (!newest)
    uv_async_send(&box->async);
}
