/* Starts and stops the serving threads; forwards publications and configuration to each of them. */
#include "serve/serve.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "serve/miss.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>

typedef struct thread {
  fm_worker worker;
  fm_server *server;
  pthread_t id;
} thread;

struct fm_server {
  uv_loop_t *loop;
  fm_mailbox mailbox;
  fm_listeners listeners;
  thread **threads;
  unsigned nthreads, nrunning;
  atomic_size_t connections;
  fm_client_limits *limits;
  bool (*is_unmetered)(fm_str target);
  fm_shared_conf *conf;
  fm_miss_cb on_miss;
  void *ctx;
  bool closing;
  fm_server_closed_cb closed;
  void *closed_ctx;
  pthread_mutex_t gate; /* held during start: no thread runs before all have been created */
  bool start_aborted;
};

static char *dup_str(fm_str *s)
{
  char *copy = fm_dup(s->ptr, s->len);
  s->ptr = copy;
  return copy;
}

fm_shared_conf *fm_shared_conf_new(const fm_serve_conf *conf)
{
  fm_shared_conf *shared = FM_NEW(fm_shared_conf);
  atomic_init(&shared->refs, 1);
  shared->conf = *conf;
  dup_str(&shared->conf.base_url);
  dup_str(&shared->conf.access_key);
  shared->conf.trusted = fm_dup(conf->trusted, conf->ntrusted * sizeof *conf->trusted);
  return shared;
}

fm_shared_conf *fm_shared_conf_ref(fm_shared_conf *shared)
{
  atomic_fetch_add_explicit(&shared->refs, 1, memory_order_relaxed);
  return shared;
}

void fm_shared_conf_unref(fm_shared_conf *shared)
{
  if (!shared || atomic_fetch_sub_explicit(&shared->refs, 1, memory_order_acq_rel) != 1)
    return;
  free((char *)(uintptr_t)shared->conf.base_url.ptr);
  free((char *)(uintptr_t)shared->conf.access_key.ptr);
  free((fm_cidr *)(uintptr_t)shared->conf.trusted);
  free(shared);
}

static void on_miss(fm_message *letter, void *ctx)
{
  fm_server *server = ctx;
  server->on_miss(server->ctx, fm_miss_of(letter));
}

static void on_mailbox_closed(void *ctx)
{
  fm_server *server = ctx;
  fm_server_closed_cb closed = server->closed;
  void *closed_ctx = server->closed_ctx;
  free(server);
  if (closed)
    closed(closed_ctx);
}

static void free_threads(fm_server *server)
{
  for (unsigned i = 0; i < server->nthreads; i++) {
    fm_worker_deinit(&server->threads[i]->worker);
    free(server->threads[i]);
  }
  free(server->threads);
  server->threads = NULL;
  server->nthreads = 0;
}

static void end(fm_server *server)
{
  free_threads(server);
  fm_listeners_deinit(&server->listeners);
  fm_shared_conf_unref(server->conf);
  fm_client_limits_free(server->limits);
  pthread_mutex_destroy(&server->gate);
  fm_mailbox_close(&server->mailbox, on_mailbox_closed);
}

static void on_thread_exit(fm_message *letter, void *ctx)
{
  fm_server *server = ctx;
  fm_worker *w = FM_OF(letter, fm_worker, gone);
  pthread_join(FM_OF(w, thread, worker)->id, NULL);
  if (--server->nrunning == 0)
    end(server);
}

static void *run(void *arg)
{
  thread *t = arg;
  pthread_mutex_lock(&t->server->gate);
  bool start_aborted = t->server->start_aborted;
  pthread_mutex_unlock(&t->server->gate);
  char name[16];
  snprintf(name, sizeof name, "serve-%u", t->worker.index % 1000);
  pthread_setname_np(pthread_self(), name);
  if (start_aborted)
    fm_worker_cancel(&t->worker);
  else
    fm_worker_run(&t->worker);
  return NULL;
}

static void init_env(fm_server *server, fm_worker_env *env)
{
  *env = (fm_worker_env){
    .mill = &server->mailbox,
    .on_miss = on_miss,
    .on_thread_exit = on_thread_exit,
    .connections = &server->connections,
  };
  (void)!getrandom(&env->seed, sizeof env->seed, 0);
  env->limits = server->limits = fm_client_limits_new(env->seed);
  env->is_unmetered = server->is_unmetered;
}

static int make_workers(fm_server *server, unsigned count, fm_why *why)
{
  fm_worker_env env;
  init_env(server, &env);
  server->threads = fm_zalloc(count * sizeof *server->threads);
  for (unsigned i = 0; i < count; i++) {
    thread *t = FM_NEW(thread);
    t->server = server;
    int rc = fm_worker_init(&t->worker, &env, i, &server->listeners, server->conf);
    if (rc < 0) {
      free(t);
      return fm_fail(why, FM_E_IO, "serving thread: %s", uv_strerror(rc));
    }
    server->threads[server->nthreads++] = t;
  }
  return FM_OK;
}

/* Signals are for the milling loop. With the gate held nobody serves yet, so a
 * thread that cannot be made undoes all. */
static int start_threads(fm_server *server, fm_why *why)
{
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_mutex_lock(&server->gate);
  int rc = 0;
  while (rc == 0 && server->nrunning < server->nthreads) {
    thread *t = server->threads[server->nrunning];
    rc = pthread_create(&t->id, NULL, run, t);
    server->nrunning += rc == 0;
  }
  server->start_aborted = rc != 0;
  pthread_mutex_unlock(&server->gate);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return rc ? fm_fail(why, FM_E_IO, "serving thread: %s", strerror(rc)) : FM_OK;
}

static void abort_start(fm_server *server)
{
  for (unsigned i = 0; i < server->nthreads; i++)
    if (i < server->nrunning)
      pthread_join(server->threads[i]->id, NULL);
    else
      fm_worker_cancel(&server->threads[i]->worker);
  end(server);
}

static void prepare_process(void)
{
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
  }
  struct sigaction now;
  if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
    signal(SIGPIPE, SIG_IGN); /* sendfile(2) has no MSG_NOSIGNAL */
}

int fm_server_start(uv_loop_t *loop, const fm_server_spec *spec, fm_server **out, fm_why *why)
{
  prepare_process();
  unsigned count = spec->workers ? spec->workers : 1;
  fm_server *server = FM_NEW(fm_server);
  server->loop = loop;
  server->on_miss = spec->on_miss;
  server->ctx = spec->ctx;
  server->is_unmetered = spec->is_unmetered;
  atomic_init(&server->connections, 0);
  int rc = fm_listen(spec->listen, spec->nlisten, count, &server->listeners, why);
  if (rc != FM_OK) {
    free(server);
    return rc;
  }
  pthread_mutex_init(&server->gate, NULL);
  server->conf = fm_shared_conf_new(spec->conf);
  rc = fm_mailbox_open(&server->mailbox, loop, server);
  if (rc < 0) {
    fm_listeners_deinit(&server->listeners);
    fm_shared_conf_unref(server->conf);
    free(server);
    return fm_fail(why, FM_E_IO, "serving threads: %s", uv_strerror(rc));
  }
  rc = make_workers(server, count, why);
  if (rc == FM_OK)
    rc = start_threads(server, why);
  if (rc == FM_OK)
    *out = server;
  else
    abort_start(server);
  return rc;
}

void fm_server_publish(fm_server *server, fm_str base, fm_str target, fm_reply *reply)
{
  for (unsigned i = 0; !server->closing && i < server->nthreads; i++)
    fm_worker_publish(&server->threads[i]->worker, base, target, reply);
}

void fm_server_retract(fm_server *server, fm_str base, fm_str target)
{
  fm_server_publish(server, base, target, NULL);
}

void fm_server_configure(fm_server *server, const fm_serve_conf *conf)
{
  fm_shared_conf *shared = fm_shared_conf_new(conf);
  for (unsigned i = 0; !server->closing && i < server->nthreads; i++)
    fm_worker_configure(&server->threads[i]->worker, shared);
  fm_shared_conf_unref(server->conf);
  server->conf = shared;
}

int fm_server_access_log(fm_server *server, fm_str path, fm_why *why)
{
  fm_log_file *file = NULL;
  int rc = path.len ? fm_log_file_open(path, &file, why) : FM_OK;
  for (unsigned i = 0; rc == FM_OK && !server->closing && i < server->nthreads; i++)
    fm_worker_log(&server->threads[i]->worker, file);
  fm_log_file_unref(file);
  return rc;
}

const char *fm_server_address(const fm_server *server, size_t at)
{
  return at < server->listeners.count ? server->listeners.all[at].name : NULL;
}

static uint64_t read_counter(const fm_counter *counter)
{
  return atomic_load_explicit(counter, memory_order_relaxed);
}

void fm_server_stats(const fm_server *server, fm_serve_stats *stats)
{
  *stats = (fm_serve_stats){0};
  for (unsigned i = 0; i < server->nthreads; i++) {
    const fm_counters *c = &server->threads[i]->worker.counters;
    uint64_t closed = read_counter(&c->closed), accepted = read_counter(&c->accepted);
    stats->connections_total += accepted;
    stats->connections_open += accepted - closed;
    stats->connections_refused += read_counter(&c->refused);
    stats->connections_evicted += read_counter(&c->evicted);
    stats->rate_limited += read_counter(&c->rate_limited);
    stats->requests += read_counter(&c->requests);
    stats->hits += read_counter(&c->hits);
    stats->misses += read_counter(&c->misses);
    stats->not_modified += read_counter(&c->not_modified);
    stats->bytes_sent += read_counter(&c->bytes_sent);
    stats->bad_requests += read_counter(&c->bad_requests);
    for (int s = 0; s < 6; s++)
      stats->status[s] += read_counter(&c->status[s]);
  }
}

void fm_server_close(fm_server *server, unsigned grace_ms, fm_server_closed_cb cb, void *ctx)
{
  if (server->closing)
    return;
  server->closing = true;
  server->closed = cb;
  server->closed_ctx = ctx;
  fm_listeners_unlink(&server->listeners);
  for (unsigned i = 0; i < server->nthreads; i++)
    fm_worker_close(&server->threads[i]->worker, grace_ms);
}
