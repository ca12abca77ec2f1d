/* Messages from any thread to the one that runs a loop, without a lock.
 *
 * A letter is embedded in what it carries and belongs to the reader from the
 * post on. Letters of one sender are read in the order of their posts. Posting
 * to a mailbox that was closed is an error of the caller. */
#ifndef FM_SERVE_MAILBOX_H
#define FM_SERVE_MAILBOX_H

#include <stdatomic.h>
#include <uv.h>

typedef struct fm_letter fm_letter;
typedef void (*fm_letter_cb)(fm_letter *letter, void *ctx);
struct fm_letter {
  fm_letter *next;
  fm_letter_cb read; /* called on the reader's loop with the mailbox's ctx */
};

typedef struct fm_mailbox {
  _Atomic(fm_letter *) newest; /* a stack: the reader turns it round */
  void *ctx;
  uv_async_t async;
} fm_mailbox;

int fm_mailbox_open(fm_mailbox *box, uv_loop_t *loop, void *ctx); /* 0 or a UV_E code */
/* Reads what is still there, then closes; `box` may be freed in `closed`, which
 * gets its ctx. */
void fm_mailbox_close(fm_mailbox *box, void (*closed)(void *ctx));

void fm_mailbox_post(fm_mailbox *box, fm_letter *letter, fm_letter_cb read);

#endif
