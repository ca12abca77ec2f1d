/* Accepts connections: one for each readiness event, so that open connections get their share,
 * within max_connections, pausing when descriptors run out. */
#include "serve/worker.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "serve/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  LOG_INTERVAL_MS = 60 * 1000,
  REJECTED_MAX = 64 /* connections of a thread that are answered with 503 at a time */
};

/* Over the limit of all it evicts a connection that is of no use, if there is one. `open`: how
 * many there were before this one. */
static bool has_room(fm_worker *w, size_t open)
{
  size_t most = w->conf->conf.max_connections;
  return !most || open < most || fm_conn_evict(w);
}

/* A trusted proxy connects for many clients, and who connects over a Unix socket is local. */
static bool is_limited(const fm_worker *w, const fm_peer *peer)
{
  const fm_serve_conf *conf = &w->conf->conf;
  return conf->per_address && w->env.limits && peer->family != FM_PEER_UNIX &&
         !fm_peer_in(peer, conf->trusted, conf->ntrusted);
}

static void take_connection(fm_acceptor *a, int fd, const struct sockaddr *address)
{
  fm_worker *w = a->worker;
  fm_accepted accepted = {.fd = fd, .peer = fm_peer_of(address), .paced = a->paced};
  size_t open = atomic_fetch_add_explicit(w->env.connections, 1, memory_order_relaxed);
  bool limited = is_limited(w, &accepted.peer);
  if (limited && !fm_client_limits_connect(w->env.limits, &accepted.peer, w->conf->conf.per_address))
    accepted.reject = "too many connections from this address";
  accepted.limited = limited && !accepted.reject;
  if (!accepted.reject && !has_room(w, open))
    accepted.reject = "too many connections";
  if (accepted.reject) /* it takes nobody's place, and is soon closed */
    atomic_fetch_sub_explicit(w->env.connections, 1, memory_order_relaxed);
  if (!accepted.reject || w->nrejected < REJECTED_MAX) {
    fm_conn_open(w, &accepted);
    return;
  }
  if (accepted.limited)
    fm_client_limits_disconnect(w->env.limits, &accepted.peer);
  fm_count(&w->counters.refused, 1);
  close(fd);
}

static void pause_all(fm_worker *w, int error)
{
  for (size_t i = 0; i < w->nacceptors; i++)
    fm_poller_del(&w->poller, w->acceptors[i].fd);
  w->paused = true;
  fm_worker_start_tick(w);
  if (w->pause_logged && w->now - w->pause_logged < LOG_INTERVAL_MS)
    return;
  w->pause_logged = w->now;
  fm_log(FM_LOG_WARN, "accepting paused for a second", "reason", strerror(error), NULL);
}

/* Returns true if accept may be retried at once. */
static bool retry_accept(fm_worker *w, int error)
{
  switch (error) {
  case EINTR:
  case ECONNABORTED: /* the peer has gone */
  case EPROTO:
    return true;
  case EMFILE:
  case ENFILE:
  case ENOBUFS:
  case ENOMEM:
    if (fm_conn_evict(w))
      return true;
    if (!w->closing)
      pause_all(w, error);
    return false;
  }
  return false;
}

/* Returns true if there may be more to accept. */
static bool accept_one(fm_acceptor *a)
{
  struct sockaddr_storage from = {.ss_family = AF_UNIX};
  socklen_t len = sizeof from;
  int fd = accept4(a->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0)
    return retry_accept(a->worker, errno);
  take_connection(a, fd, (struct sockaddr *)&from);
  return true;
}

static void on_ready(fm_watcher *watch, unsigned events)
{
  fm_acceptor *a = FM_OF(watch, fm_acceptor, watch);
  (void)events;
  if (a->worker->closing) /* it was closed in this iteration */
    return;
  fm_worker_clock(a->worker);
  accept_one(a);
}

/* Level-triggered, one connection per iteration: asking whether there is another costs half an
 * accept, and the next iteration reports it anyway. The kernel wakes one of the threads that
 * share a socket. */
static int watch_one(fm_acceptor *a)
{
  return fm_poller_add(&a->worker->poller, a->fd, EPOLLIN | EPOLLEXCLUSIVE, &a->watch);
}

static bool is_paced(int fd)
{
  char control[16] = ""; /* TCP_CA_NAME_MAX */
  socklen_t len = sizeof control;
  return getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, control, &len) == 0 &&
         strncmp(control, "bbr", 3) == 0;
}

int fm_acceptors_open(fm_worker *w, fm_listeners *listeners)
{
  w->acceptors = fm_zalloc(listeners->count * sizeof *w->acceptors);
  for (size_t i = 0; i < listeners->count; i++) {
    fm_acceptor *a = &w->acceptors[w->nacceptors++];
    a->watch.ready = on_ready;
    a->worker = w;
    a->listener = &listeners->all[i];
    a->fd = fm_listener_fd(a->listener, w->index);
    a->paced = is_paced(a->fd);
    int rc = watch_one(a);
    if (rc < 0)
      return rc;
  }
  return 0;
}

void fm_acceptors_resume(fm_worker *w)
{
  w->paused = false;
  for (size_t i = 0; i < w->nacceptors; i++)
    if (watch_one(&w->acceptors[i]) < 0)
      w->paused = true; /* no memory: the next tick tries again */
}

void fm_acceptors_close(fm_worker *w)
{
  enum { MOST = 4096 }; /* the size of the backlog */
  for (size_t i = 0; i < w->nacceptors; i++) {
    fm_acceptor *a = &w->acceptors[i];
    for (unsigned n = 0; n < MOST && accept_one(a); n++)
      ;
    fm_poller_del(&w->poller, a->fd);
    fm_listener_release(a->listener, w->index);
  }
}
