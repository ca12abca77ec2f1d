/* A serving thread: its state, and the messages that it is sent.
 *
 * Only the thread itself touches this while it runs, except the mailbox and the counters.
 * Connections are in conn.c, accepting in accept.c, misses in miss.c. */
#ifndef FM_SERVE_WORKER_H
#define FM_SERVE_WORKER_H

#include "base/list.h"
#include "serve/access_log.h"
#include "serve/address.h"
#include "serve/client_limits.h"
#include "serve/listen.h"
#include "serve/mailbox.h"
#include "serve/poller.h"
#include "serve/public_base.h"
#include "serve/serve.h"
#include "serve/table.h"

/* Connections with the same time limit form a class; each class is a list, oldest first. */
enum fm_timeout_class {
  FM_TIMEOUT_IDLE,    /* no byte of a request has arrived */
  FM_TIMEOUT_REQUEST, /* a part of a request has arrived */
  FM_TIMEOUT_WAIT,    /* waits for the mill: no limit here */
  FM_TIMEOUT_WRITE,   /* waits for the socket to become writable */
  FM_TIMEOUT_LINGER,  /* gives the peer time to read the last response */
  FM_TIMEOUT_CLASSES
};

enum {
  FM_SCRATCH = 16 * 1024,
  FM_TARGET_CAP = 32 * 1024,
  FM_DATE_LINE = sizeof "Date: Tue, 04 Aug 2026 00:00:00 GMT\r\n" - 1
};

/* A configuration shared by threads; immutable. */
typedef struct fm_shared_conf {
  atomic_uint refs;
  fm_serve_conf conf;
} fm_shared_conf;
fm_shared_conf *fm_shared_conf_new(const fm_serve_conf *conf); /* copies; one reference */
fm_shared_conf *fm_shared_conf_ref(fm_shared_conf *shared);
void fm_shared_conf_unref(fm_shared_conf *shared);

/* Written by one thread, read by any thread. */
typedef _Atomic uint64_t fm_counter;
static inline void fm_count(fm_counter *counter, uint64_t more)
{
  atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more,
                        memory_order_relaxed);
}
typedef struct fm_counters {
  fm_counter accepted, closed, refused, requests, hits, misses, not_modified, bytes_sent;
  fm_counter evicted, rate_limited, bad_requests, status[6];
} fm_counters;

typedef struct fm_worker fm_worker;

typedef struct fm_acceptor {
  fm_watcher watch;
  fm_worker *worker;
  fm_listener *listener;
  int fd;
  bool paced; /* see fm_accepted */
} fm_acceptor;

/* What a worker knows of the server. */
typedef struct fm_worker_env {
  fm_mailbox *mill;            /* receives misses and the end of the thread */
  fm_message_cb on_miss;        /* handles a miss there */
  fm_message_cb on_thread_exit;        /* handles `gone` there: the thread can be joined */
  atomic_size_t *connections;  /* over all threads */
  fm_client_limits *limits;           /* over all threads */
  bool (*is_unmetered)(fm_str target); /* as in fm_server_spec */
  uint64_t seed;               /* of the table's hash */
} fm_worker_env;

struct fm_worker {
  fm_worker_env env;
  unsigned index;
  uv_loop_t loop; /* messages and timers; sockets are in `poller` */
  fm_poller poller;
  uv_timer_t tick, grace;
  fm_mailbox inbox;
  fm_message gone;
  fm_acceptor *acceptors;
  size_t nacceptors;
  bool paused;  /* accepting is paused until the next tick */
  int64_t pause_logged; /* when the pause was last logged */
  bool closing;
  bool ending;
  fm_shared_conf *conf;
  unsigned conf_count; /* incremented by each new configuration */
  fm_table table;
  fm_base_cache bases;
  uint64_t base_hash; /* hash of base_url if it is configured */
  fm_list conns[FM_TIMEOUT_CLASSES], yielded, dead;
  size_t nconns, nmisses;
  size_t nrejected; /* connections that are only told that there is no room */
  fm_reply *not_acceptable, *precondition_failed;
  fm_access_log log;
  fm_counters counters;
  int64_t now;  /* fm_clock_mono_ms of the current event */
  int64_t clock_offset; /* added to that clock by tests */
  int64_t wall; /* the second that `date_line` was formatted for */
  char date_line[FM_DATE_LINE + 1];
  char scratch[FM_SCRATCH];
  char target[FM_TARGET_CAP]; /* canonical, of the request being handled */
};

/* Initialises a worker on the calling thread; returns 0 or a UV_E code. Takes a reference of the
 * configuration. The listeners outlive the worker. */
int fm_worker_init(fm_worker *worker, const fm_worker_env *env, unsigned index,
                   fm_listeners *listeners, fm_shared_conf *conf);
void fm_worker_run(fm_worker *worker);    /* on its thread, until it was closed */
bool fm_worker_run_once(fm_worker *worker);   /* one iteration; false: it has ended */
void fm_worker_cancel(fm_worker *worker); /* instead of running: undoes init */
void fm_worker_deinit(fm_worker *worker); /* after the thread has ended */

/* Messages from the milling loop. They copy what they are given and take references. */
void fm_worker_publish(fm_worker *worker, fm_str base, fm_str target, fm_reply *reply);
void fm_worker_configure(fm_worker *worker, fm_shared_conf *conf);
void fm_worker_log(fm_worker *worker, fm_log_file *file);
void fm_worker_close(fm_worker *worker, unsigned grace_ms);

/* For the other files of this room. */
void fm_worker_clock(fm_worker *worker);      /* reads the clocks once per event */
void fm_worker_start_tick(fm_worker *worker);  /* starts the tick if it is stopped */
void fm_worker_end_if_done(fm_worker *worker);

int fm_acceptors_open(fm_worker *worker, fm_listeners *listeners); /* 0 or -errno */
void fm_acceptors_resume(fm_worker *worker);
void fm_acceptors_close(fm_worker *worker); /* accepts what is in the backlog, then closes */

#endif
