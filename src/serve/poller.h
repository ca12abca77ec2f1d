/* Polls many sockets beside a uv loop.
 *
 * A connection served from the table costs three system calls, so libuv's polling overhead
 * shows: level-triggered, the kernel checks each event twice, and a new descriptor takes four
 * more calls. So sockets are in an epoll set of the thread's own, edge-triggered where their
 * owner asks for it; the uv loop (messages, timers) is one more descriptor in that set
 * (uv_backend_fd) and is run when it has something to do. */
#ifndef FM_SERVE_POLLER_H
#define FM_SERVE_POLLER_H

#include <stdbool.h>
#include <sys/epoll.h>
#include <uv.h>

/* Embedded in the owner of a socket; must live until the end of the iteration in which the
 * socket was closed. */
typedef struct fm_watcher {
  void (*ready)(struct fm_watcher *watch, unsigned events); /* EPOLL* bits */
} fm_watcher;

typedef struct fm_poller {
  int fd;
  uv_loop_t *loop;
} fm_poller;

/* Call after the loop's own handles have been opened. Returns 0 or a UV_E code. */
int fm_poller_init(fm_poller *poller, uv_loop_t *loop);
void fm_poller_deinit(fm_poller *poller);

int fm_poller_add(fm_poller *poller, int fd, unsigned events, fm_watcher *watch); /* 0 or -errno */
int fm_poller_change(fm_poller *poller, int fd, unsigned events, fm_watcher *watch);
void fm_poller_del(fm_poller *poller, int fd); /* implied by closing the last descriptor of the socket */

/* Waits for events (does not wait if `busy`) and calls their watchers. Returns false when the uv
 * loop has no handle left. */
bool fm_poller_run_once(fm_poller *poller, bool busy);

#endif
