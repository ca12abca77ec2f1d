/* Lifetime of connections: events, time limits, lingering close, eviction. exchange.c turns
 * bytes into answers. */
#include "serve/conn.h"

#include "base/mem.h"
#include "serve/conn_state.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  LINGER_MAX = 256 * 1024, /* bytes discarded after the last response */
  TOUCH_MS = 1000,
  SLOW_WRITE_MS = 5 * 1000, /* a response that the peer has taken nothing of for so long may go */
  SLOW_REQUEST_MS = 5 * 1000, /* a request slower than this may be evicted, and does not delay a stop */
};

static const int64_t limit_ms[FM_TIMEOUT_CLASSES] = {
  [FM_TIMEOUT_IDLE] = 75 * 1000,  [FM_TIMEOUT_REQUEST] = 30 * 1000, [FM_TIMEOUT_WAIT] = INT64_MAX,
  [FM_TIMEOUT_WRITE] = 60 * 1000, [FM_TIMEOUT_LINGER] = 2 * 1000,
};

void fm_conn_drop_in(fm_conn *c)
{
  free(c->in);
  c->in = NULL;
  c->in_len = c->in_cap = 0;
}

/* Closes the socket; the memory is freed after the iteration, because the current event and
 * others of the same epoll_wait may still point here. The explicit EPOLL_CTL_DEL is needed: a
 * child that has just been forked holds the socket open until exec. */
void fm_conn_close(fm_conn *c)
{
  if (c->state == FM_CLOSED)
    return;
  fm_worker *w = c->worker;
  c->state = FM_CLOSED;
  fm_list_del(&c->waiting);
  fm_list_del(&c->queue_node);
  fm_list_add(&w->dead, &c->queue_node);
  if (c->polled)
    fm_poller_del(&w->poller, c->fd);
  close(c->fd);
  fm_count(&w->counters.closed, 1);
  w->nrejected -= c->rejected;
  if (c->limited)
    fm_client_limits_disconnect(w->env.limits, &c->peer);
  if (!c->rejected)
    atomic_fetch_sub_explicit(w->env.connections, 1, memory_order_relaxed);
}

static void free_conn(fm_conn *c)
{
  fm_list_del(&c->queue_node);
  fm_conn_drop_in(c);
  if (c->out)
    fm_reply_unref(c->out->reply);
  free(c->out);
  c->worker->nconns--;
  free(c);
}

/* After the last response. Closing at once while the peer still sends would make the kernel
 * reset the connection and discard what the peer has not read yet (RFC 9112 section 9.6). */
static void finish(fm_conn *c)
{
  if (!c->linger || shutdown(c->fd, SHUT_WR) < 0) {
    fm_conn_close(c);
    return;
  }
  fm_conn_drop_in(c);
  c->state = FM_LINGERING;
}

static void drop_input(fm_conn *c)
{
  fm_worker *w = c->worker;
  while (c->state == FM_LINGERING) {
    ssize_t n = recv(c->fd, w->scratch, sizeof w->scratch, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    c->dropped += n > 0 ? (uint32_t)n : 0;
    if (n <= 0 || c->dropped > LINGER_MAX)
      fm_conn_close(c);
  }
}

static enum fm_timeout_class timeout_class_of(const fm_conn *c)
{
  switch ((enum fm_conn_state)c->state) {
  case FM_READING:
    return c->in_len ? FM_TIMEOUT_REQUEST : FM_TIMEOUT_IDLE;
  case FM_WAITING:
    return FM_TIMEOUT_WAIT;
  case FM_LINGERING:
    return FM_TIMEOUT_LINGER;
  default:
    return FM_TIMEOUT_WRITE;
  }
}

/* Runs at the end of each event: moves the connection into the list of its timeout class. An idle
 * connection is moved at most once a second. A peer that shuts down its side while it waits for
 * the mill is taken to be gone, so that its place is free at once. */
static void settle(fm_conn *c)
{
  if (c->state == FM_DONE) {
    finish(c);
    drop_input(c);
  }
  if (c->state == FM_WAITING && c->ended)
    fm_conn_close(c);
  if (c->state == FM_CLOSED)
    return;
  fm_worker *w = c->worker;
  enum fm_timeout_class class = timeout_class_of(c);
  bool stays = class == c->timeout_class && c->state != FM_YIELDED;
  if (stays && (class != FM_TIMEOUT_IDLE || w->now - c->since < TOUCH_MS))
    return;
  fm_list_del(&c->queue_node);
  fm_list_add(c->state == FM_YIELDED ? &w->yielded : &w->conns[class], &c->queue_node);
  c->timeout_class = (uint8_t)class;
  c->since = w->now;
}

static void on_ready(fm_watcher *watch, unsigned events)
{
  fm_conn *c = FM_OF(watch, fm_conn, watch);
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
    c->readable = true;
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
    c->ended = true;
  fm_worker_clock(c->worker);
  switch ((enum fm_conn_state)c->state) {
  case FM_READING:
    fm_exchange_read(c);
    break;
  case FM_WRITING:
    fm_exchange_resume(c);
    break;
  case FM_WAITING: /* settle() looks whether the peer is still there */
    break;
  case FM_LINGERING:
    drop_input(c);
    break;
  case FM_YIELDED:
  case FM_DONE:
  case FM_CLOSED:
    return;
  }
  settle(c);
}

static fm_conn *new_conn(fm_worker *w, const fm_accepted *arrival)
{
  fm_conn *c = FM_NEW(fm_conn);
  c->watch.ready = on_ready;
  c->worker = w;
  c->fd = arrival->fd;
  c->peer = arrival->peer;
  c->paced = arrival->paced;
  c->limited = arrival->limited;
  c->rejected = arrival->reject != NULL;
  w->nrejected += c->rejected;
  c->conf_count = w->conf_count - 1;
  c->timeout_class = FM_TIMEOUT_CLASSES;
  fm_request_init(&c->request);
  w->nconns++;
  fm_count(&w->counters.accepted, 1);
  return c;
}

/* A request often arrives with the connection: it is answered before the socket is added to the
 * poller, and a connection of one request is never added. Adding reports what arrived in
 * between. */
void fm_conn_open(fm_worker *w, const fm_accepted *arrival)
{
  fm_conn *c = new_conn(w, arrival);
  c->readable = true;
  if (arrival->reject)
    fm_exchange_reject(c, arrival->reject);
  else
    fm_exchange_read(c);
  settle(c);
  fm_worker_start_tick(w);
  if (c->state == FM_CLOSED)
    return;
  unsigned events = EPOLLIN | EPOLLRDHUP | EPOLLET | (c->writable_watched ? EPOLLOUT : 0u);
  c->polled = fm_poller_add(&w->poller, c->fd, events, &c->watch) == 0;
  if (!c->polled)
    fm_conn_close(c);
}

void fm_conn_answer(fm_list_node *waiting, fm_reply *reply)
{
  fm_conn *c = FM_OF(waiting, fm_conn, waiting);
  fm_exchange_answer(c, reply);
  settle(c);
}

void fm_conn_after_iteration(fm_worker *w)
{
  fm_list now;
  fm_list_init(&now);
  fm_list_move(&now, &w->yielded);
  for (fm_list_node *at; (at = fm_list_first(&now));) {
    fm_conn *c = FM_OF(at, fm_conn, queue_node);
    fm_worker_clock(w);
    fm_list_del(at);
    c->timeout_class = FM_TIMEOUT_CLASSES;
    fm_exchange_resume(c);
    settle(c);
  }
  if (fm_list_empty(&w->dead))
    return;
  for (fm_list_node *at; (at = fm_list_first(&w->dead));)
    free_conn(FM_OF(at, fm_conn, queue_node));
  fm_worker_end_if_done(w);
}

void fm_conn_sweep(fm_worker *w)
{
  for (int class = 0; class < FM_TIMEOUT_CLASSES; class++)
    for (fm_list_node *at; (at = fm_list_first(&w->conns[class]));) {
      fm_conn *c = FM_OF(at, fm_conn, queue_node);
      int64_t limit = w->closing && class == FM_TIMEOUT_REQUEST ? SLOW_REQUEST_MS : limit_ms[class];
      if (w->now - c->since < limit)
        break;
      fm_conn_close(c);
    }
}

/* The first of a class, if it has been in it for so long. */
static fm_conn *oldest_of(fm_worker *w, enum fm_timeout_class class, int64_t ms)
{
  fm_list_node *first = fm_list_first(&w->conns[class]);
  fm_conn *c = first ? FM_OF(first, fm_conn, queue_node) : NULL;
  return c && w->now - c->since >= ms ? c : NULL;
}

bool fm_conn_evict(fm_worker *w)
{
  fm_conn *c = oldest_of(w, FM_TIMEOUT_WRITE, SLOW_WRITE_MS);
  if (!c)
    c = oldest_of(w, FM_TIMEOUT_IDLE, 0);
  if (!c)
    c = oldest_of(w, FM_TIMEOUT_REQUEST, SLOW_REQUEST_MS);
  if (!c)
    return false;
  fm_count(&w->counters.evicted, 1);
  fm_conn_close(c);
  return true;
}

/* Answers requests that are still unread in the socket first: they count as in flight. */
void fm_conn_close_idle(fm_worker *w)
{
  FM_LIST_EACH(at, &w->conns[FM_TIMEOUT_IDLE])
  {
    fm_conn *c = FM_OF(at, fm_conn, queue_node);
    c->readable = true;
    fm_exchange_read(c);
    if (c->state == FM_READING && !c->in_len)
      fm_conn_close(c);
    settle(c);
  }
}

void fm_conn_close_all(fm_worker *w)
{
  for (int class = 0; class < FM_TIMEOUT_CLASSES; class++)
    for (fm_list_node *at; (at = fm_list_first(&w->conns[class]));)
      fm_conn_close(FM_OF(at, fm_conn, queue_node));
  for (fm_list_node *at; (at = fm_list_first(&w->yielded));)
    fm_conn_close(FM_OF(at, fm_conn, queue_node));
}
