/* A serving thread: what it owns, and the messages that reach it.
 *
 * Everything in here is touched by the thread alone once it runs, but for the
 * mailbox and the counters. Connections are in conn.c, accepting in accept.c,
 * what waits for the mill in miss.c. */
#ifndef FM_SERVE_WORKER_H
#define FM_SERVE_WORKER_H

#include "base/list.h"
#include "serve/access_log.h"
#include "serve/address.h"
#include "serve/listen.h"
#include "serve/mailbox.h"
#include "serve/poller.h"
#include "serve/serve.h"
#include "serve/table.h"

/* How long a connection may stay as it is; each class is a list, oldest first. */
enum fm_class {
  FM_CLASS_IDLE,    /* nothing of a request has come */
  FM_CLASS_REQUEST, /* a part of one has */
  FM_CLASS_WAIT,    /* for the mill: no limit here */
  FM_CLASS_WRITE,   /* for the socket to take more */
  FM_CLASS_LINGER,  /* for the peer to read the last answer */
  FM_CLASSES
};

enum {
  FM_SCRATCH = 16 * 1024,
  FM_DATE_LINE = sizeof "Date: Tue, 04 Aug 2026 00:00:00 GMT\r\n" - 1
};

/* A configuration that threads share; immutable. */
typedef struct fm_shared_conf {
  atomic_uint refs;
  fm_serve_conf conf;
} fm_shared_conf;
fm_shared_conf *fm_shared_conf_new(const fm_serve_conf *conf); /* copies; one reference */
fm_shared_conf *fm_shared_conf_ref(fm_shared_conf *shared);
void fm_shared_conf_unref(fm_shared_conf *shared);

/* Written by one thread, read by any. */
typedef _Atomic uint64_t fm_counter;
static inline void fm_count(fm_counter *counter, uint64_t more)
{
  atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more,
                        memory_order_relaxed);
}
typedef struct fm_counters {
  fm_counter accepted, closed, refused, requests, hits, misses, not_modified, bytes_sent;
  fm_counter bad_requests, status[6];
} fm_counters;

typedef struct fm_worker fm_worker;

typedef struct fm_acceptor {
  fm_watch watch;
  fm_worker *worker;
  fm_listener *listener;
  int fd;
  bool paced; /* its connections: see fm_arrival */
} fm_acceptor;

/* What a worker knows of the server. */
typedef struct fm_worker_env {
  fm_mailbox *mill;            /* where misses and the end are told */
  fm_letter_cb on_miss;        /* reads a miss's letter there */
  fm_letter_cb on_gone;        /* reads `gone` there: the thread can be joined */
  atomic_size_t *connections;  /* over all threads */
  uint64_t seed;               /* of the hash */
} fm_worker_env;

struct fm_worker {
  fm_worker_env env;
  unsigned index;
  uv_loop_t loop; /* messages and timers; sockets are in `poller` */
  fm_poller poller;
  uv_timer_t tick, grace;
  fm_mailbox inbox;
  fm_letter gone;
  fm_acceptor *acceptors;
  size_t nacceptors;
  bool paused;  /* accepting waits for the next tick */
  int64_t pause_told; /* when the log last said so */
  bool closing;
  bool ending;
  fm_shared_conf *conf;
  unsigned conf_count; /* raised by each new configuration */
  fm_table table;
  fm_base_cache bases;
  uint64_t base_hash; /* of the configured base_url, where there is one */
  fm_list conns[FM_CLASSES], yielded, dead;
  size_t nconns, nmisses;
  fm_reply *not_acceptable;
  fm_access_log log;
  fm_counters counters;
  int64_t now;  /* fm_clock_mono_ms, of this event */
  int64_t ahead; /* added to that clock: a test runs a day in a moment */
  int64_t wall; /* fm_clock_wall, whose text `date_line` is */
  char date_line[FM_DATE_LINE + 1];
  char scratch[FM_SCRATCH];
};

/* Ready to run, on the calling thread; 0 or a UV_E code. Takes a reference of
 * the configuration. The listeners outlive the worker. */
int fm_worker_init(fm_worker *worker, const fm_worker_env *env, unsigned index,
                   fm_listeners *listeners, fm_shared_conf *conf);
void fm_worker_run(fm_worker *worker);    /* on its thread, until it was closed */
bool fm_worker_turn(fm_worker *worker);   /* once round; false: it has ended */
void fm_worker_cancel(fm_worker *worker); /* instead of running: undoes init */
void fm_worker_deinit(fm_worker *worker); /* after the thread has ended */

/* Messages, from the milling loop. Copies are made, references taken. */
void fm_worker_publish(fm_worker *worker, fm_str base, fm_str target, fm_reply *reply);
void fm_worker_configure(fm_worker *worker, fm_shared_conf *conf);
void fm_worker_log(fm_worker *worker, fm_log_file *file);
void fm_worker_close(fm_worker *worker, unsigned grace_ms);

/* For its own rooms. */
void fm_worker_clock(fm_worker *worker);      /* reads the clocks, once for each event */
void fm_worker_wake_tick(fm_worker *worker);  /* there is something to time from now on */
void fm_worker_end_if_done(fm_worker *worker);

int fm_acceptors_open(fm_worker *worker, fm_listeners *listeners); /* 0 or -errno */
void fm_acceptors_resume(fm_worker *worker);
void fm_acceptors_close(fm_worker *worker); /* takes in who came before, then leaves */

#endif
