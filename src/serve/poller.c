/* An epoll set that holds the sockets of a thread and the backend descriptor of its uv loop. */
#include "serve/poller.h"

#include <errno.h>
#include <unistd.h>

enum { EVENTS = 128 };

static int control(fm_poller *p, int what, int fd, unsigned events, fm_watcher *watch)
{
  struct epoll_event event = {.events = events, .data.ptr = watch};
  return epoll_ctl(p->fd, what, fd, &event) < 0 ? -errno : 0;
}

int fm_poller_init(fm_poller *p, uv_loop_t *loop)
{
  p->loop = loop;
  uv_run(loop, UV_RUN_NOWAIT); /* registers the handles in the backend */
  p->fd = epoll_create1(EPOLL_CLOEXEC);
  if (p->fd < 0)
    return -errno;
  int rc = control(p, EPOLL_CTL_ADD, uv_backend_fd(loop), EPOLLIN, NULL);
  if (rc < 0)
    fm_poller_deinit(p);
  return rc;
}

void fm_poller_deinit(fm_poller *p)
{
  if (p->fd >= 0)
    close(p->fd);
  p->fd = -1;
}

int fm_poller_add(fm_poller *p, int fd, unsigned events, fm_watcher *watch)
{
  return control(p, EPOLL_CTL_ADD, fd, events, watch);
}

int fm_poller_change(fm_poller *p, int fd, unsigned events, fm_watcher *watch)
{
  return control(p, EPOLL_CTL_MOD, fd, events, watch);
}

void fm_poller_del(fm_poller *p, int fd) { (void)control(p, EPOLL_CTL_DEL, fd, 0, NULL); }

static bool has_loop(const struct epoll_event *events, int count)
{
  for (int i = 0; i < count; i++)
    if (!events[i].data.ptr)
      return true;
  return false;
}

/* The uv loop runs before sockets: a client that is told of a publication finds it served.
 * uv_backend_timeout is 0 when a timer is due or a handle is closing, so these run even while
 * sockets are never quiet. */
bool fm_poller_run_once(fm_poller *p, bool busy)
{
  struct epoll_event events[EVENTS];
  uv_update_time(p->loop);
  int timeout = uv_backend_timeout(p->loop);
  int count = epoll_wait(p->fd, events, EVENTS, busy ? 0 : timeout);
  bool alive = true;
  if (timeout == 0 || (count == 0 && !busy) || has_loop(events, count))
    alive = uv_run(p->loop, UV_RUN_NOWAIT) != 0;
  for (int i = 0; i < count; i++) {
    fm_watcher *watch = events[i].data.ptr;
    if (watch)
      watch->ready(watch, events[i].events);
  }
  return alive;
}
