/* Polling many sockets beside a uv loop.
 *
 * A connection that is served from the table costs three system calls, so what
 * libuv's polling adds shows: level-triggered, each event is looked at twice by
 * the kernel, and a new descriptor takes four more calls. So sockets are in an
 * epoll set of the thread's own, edge-triggered where their owner asks for it,
 * and the uv loop (messages, timers) stands in that set as one more descriptor
 * (uv_backend_fd is made for that) and is run when it has something to do. */
#ifndef FM_SERVE_POLLER_H
#define FM_SERVE_POLLER_H

#include <stdbool.h>
#include <sys/epoll.h>
#include <uv.h>

/* Embedded in what a socket belongs to; must live until the end of the turn in
 * which the socket was closed. */
typedef struct fm_watch {
  void (*ready)(struct fm_watch *watch, unsigned events); /* EPOLL* bits */
} fm_watch;

typedef struct fm_poller {
  int fd;
  uv_loop_t *loop;
} fm_poller;

/* After the loop's own handles are open. 0 or a UV_E code. */
int fm_poller_init(fm_poller *poller, uv_loop_t *loop);
void fm_poller_deinit(fm_poller *poller);

int fm_poller_add(fm_poller *poller, int fd, unsigned events, fm_watch *watch); /* 0 or -errno */
int fm_poller_change(fm_poller *poller, int fd, unsigned events, fm_watch *watch);
void fm_poller_del(fm_poller *poller, int fd); /* closing a socket does it too */

/* Waits for something to happen (not at all if `busy`), then calls whom it
 * concerns. False when the uv loop has no handle left. */
bool fm_poller_turn(fm_poller *poller, bool busy);

#endif
