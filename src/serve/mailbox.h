/* Messages from any thread to the thread that runs a loop, without a lock.
 *
 * A message is embedded in what it carries and belongs to the reader once posted. Messages of
 * one sender are delivered in order. Posting to a closed mailbox is a programming error. */
#ifndef FM_SERVE_MAILBOX_H
#define FM_SERVE_MAILBOX_H

#include <stdatomic.h>
#include <uv.h>

typedef struct fm_message fm_message;
typedef void (*fm_message_cb)(fm_message *letter, void *ctx);
struct fm_message {
  fm_message *next;
  fm_message_cb read; /* called on the reader's loop with the mailbox's ctx; may free the message */
};

typedef struct fm_mailbox {
  _Atomic(fm_message *) newest; /* a stack, which the reader reverses */
  void *ctx;
  uv_async_t async;
} fm_mailbox;

int fm_mailbox_open(fm_mailbox *box, uv_loop_t *loop, void *ctx); /* 0 or a UV_E code */
/* Delivers pending messages, then closes; `closed`, called with ctx, may free the mailbox. */
void fm_mailbox_close(fm_mailbox *box, void (*closed)(void *ctx));

void fm_mailbox_post(fm_mailbox *box, fm_message *letter, fm_message_cb read);

#endif
