/* A lock-free multi-producer queue of messages to the thread that runs a uv loop. */
#include "serve/mailbox.h"

#include "base/list.h"

static fm_message *reverse(fm_message *newest)
{
  fm_message *oldest = NULL;
  while (newest) {
    fm_message *next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  return oldest;
}

static void read_all(fm_mailbox *box)
{
  fm_message *at = reverse(atomic_exchange_explicit(&box->newest, NULL, memory_order_acquire));
  while (at) {
    fm_message *next = at->next; /* the callback may free the message */
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

/* A sender that finds the mailbox empty wakes the reader; otherwise an earlier sender has, and
 * the reader has not run yet. */
void fm_mailbox_post(fm_mailbox *box, fm_message *letter, fm_message_cb read)
{
  letter->read = read;
  fm_message *newest = atomic_load_explicit(&box->newest, memory_order_relaxed);
  do
    letter->next = newest;
  while (!atomic_compare_exchange_weak_explicit(&box->newest, &newest, letter,
                                                memory_order_release, memory_order_relaxed));
  if (!newest)
    uv_async_send(&box->async);
}
