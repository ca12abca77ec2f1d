/* A serving thread: its loop, clock and ticks, and the messages from the milling loop. */
#include "serve/worker.h"

#include "base/clock.h"
#include "base/date.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "serve/conn.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TICK_MS = 1000 };

void fm_worker_clock(fm_worker *w)
{
  int64_t now = fm_clock_mono_ms() + w->clock_offset;
  if (now == w->now)
    return;
  w->now = now;
  int64_t wall = fm_clock_wall();
  if (wall == w->wall)
    return;
  w->wall = wall;
  char date[FM_DATE_HTTP_LEN + 1];
  fm_date_http(wall, date);
  snprintf(w->date_line, sizeof w->date_line, "Date: %s\r\n", date);
}

static void log_lost_lines(fm_worker *w)
{
  if (!w->log.lost)
    return;
  char count[24];
  snprintf(count, sizeof count, "%" PRIu64, w->log.lost);
  fm_log(FM_LOG_WARN, "access log does not take all lines", "lost", count, NULL);
  w->log.lost = 0;
}

static void on_tick(uv_timer_t *timer)
{
  fm_worker *w = timer->data;
  fm_worker_clock(w);
  fm_conn_sweep(w);
  if (w->log.file)
    fm_access_log_flush(&w->log);
  log_lost_lines(w);
  if (w->paused && !w->closing)
    fm_acceptors_resume(w);
  if (!w->nconns && !w->log.len && !w->paused)
    uv_timer_stop(timer); /* an idle thread has no timer */
}

void fm_worker_start_tick(fm_worker *w)
{
  if (!w->ending && !uv_is_active((uv_handle_t *)&w->tick))
    uv_timer_start(&w->tick, on_tick, TICK_MS, TICK_MS);
}

static uint64_t hash_base(void *ctx, fm_str base)
{
  fm_worker *w = ctx;
  return fm_table_hash(&w->table, base);
}

static void set_conf(fm_worker *w, fm_shared_conf *conf)
{
  w->conf = conf;
  w->conf_count++;
  w->base_hash = fm_table_hash(&w->table, conf->conf.base_url);
}

static void init_state(fm_worker *w, const fm_worker_env *env, unsigned index, fm_shared_conf *conf)
{
  memset(w, 0, sizeof *w);
  w->env = *env;
  w->index = index;
  fm_table_init(&w->table, env->seed);
  set_conf(w, fm_shared_conf_ref(conf));
  w->bases = (fm_base_cache){.hash = hash_base, .ctx = w};
  w->poller.fd = -1;
  for (int class = 0; class < FM_TIMEOUT_CLASSES; class++)
    fm_list_init(&w->conns[class]);
  fm_list_init(&w->yielded);
  fm_list_init(&w->dead);
  w->precondition_failed = fm_reply_text(412, FM_STR("a precondition of the request does not hold"),
                                         0, (fm_str){0});
  w->not_acceptable = fm_reply_text(406, FM_STR("no acceptable encoding of this is here"), 0,
                                    FM_STR("Vary: Accept-Encoding\r\n"));
  fm_worker_clock(w);
}

int fm_worker_init(fm_worker *w, const fm_worker_env *env, unsigned index, fm_listeners *listeners,
                   fm_shared_conf *conf)
{
  init_state(w, env, index, conf);
  int rc = uv_loop_init(&w->loop);
  if (rc < 0) {
    fm_worker_deinit(w);
    return rc;
  }
  uv_timer_init(&w->loop, &w->tick);
  uv_timer_init(&w->loop, &w->grace);
  w->tick.data = w->grace.data = w;
  rc = fm_mailbox_open(&w->inbox, &w->loop, w);
  if (rc == 0)
    rc = fm_poller_init(&w->poller, &w->loop);
  if (rc == 0)
    rc = fm_acceptors_open(w, listeners);
  if (rc < 0) {
    fm_worker_cancel(w);
    fm_worker_deinit(w);
  }
  return rc;
}

static void close_walk(uv_handle_t *handle, void *ctx)
{
  (void)ctx;
  if (!uv_is_closing(handle))
    uv_close(handle, NULL);
}

void fm_worker_cancel(fm_worker *w)
{
  uv_walk(&w->loop, close_walk, NULL);
  uv_run(&w->loop, UV_RUN_DEFAULT);
  uv_loop_close(&w->loop);
}

bool fm_worker_run_once(fm_worker *w)
{
  bool goes_on = fm_poller_run_once(&w->poller, !fm_list_empty(&w->yielded));
  fm_conn_after_iteration(w);
  return goes_on;
}

void fm_worker_run(fm_worker *w)
{
  while (fm_worker_run_once(w))
    ;
  if (uv_loop_close(&w->loop) != 0)
    fm_log(FM_LOG_ERROR, "a serving thread ended with open handles", NULL);
  fm_access_log_switch(&w->log, NULL);
  fm_mailbox_post(w->env.mill, &w->gone, w->env.on_thread_exit);
}

void fm_worker_deinit(fm_worker *w)
{
  fm_poller_deinit(&w->poller);
  fm_table_deinit(&w->table);
  fm_base_cache_deinit(&w->bases);
  fm_shared_conf_unref(w->conf);
  fm_reply_unref(w->not_acceptable);
  fm_reply_unref(w->precondition_failed);
  free(w->acceptors);
}

/* Ends the thread once nothing is left that could bring it work: all its handles close and the
 * loop runs dry. */
void fm_worker_end_if_done(fm_worker *w)
{
  if (!w->closing || w->ending || w->nconns || w->nmisses)
    return;
  w->ending = true;
  uv_close((uv_handle_t *)&w->tick, NULL);
  uv_close((uv_handle_t *)&w->grace, NULL);
  fm_mailbox_close(&w->inbox, NULL);
}

typedef struct publication {
  fm_message letter;
  fm_reply *reply; /* a reference; NULL: remove */
  size_t base_len, target_len;
  char key[];
} publication;

static void on_publication(fm_message *letter, void *ctx)
{
  fm_worker *w = ctx;
  publication *p = FM_OF(letter, publication, letter);
  fm_str base = {p->key, p->base_len};
  fm_table_key key = {base, fm_table_hash(&w->table, base), {p->key + p->base_len, p->target_len}};
  fm_table_entry *entry = p->reply ? fm_table_add(&w->table, &key) : fm_table_find(&w->table, &key);
  if (entry) {
    fm_table_entry_set(entry, p->reply);
    fm_table_remove_empty(&w->table, entry);
  }
  fm_reply_unref(p->reply);
  free(p);
}

void fm_worker_publish(fm_worker *w, fm_str base, fm_str target, fm_reply *reply)
{
  publication *p = fm_alloc(sizeof *p + base.len + target.len);
  p->reply = reply ? fm_reply_ref(reply) : NULL;
  p->base_len = base.len;
  p->target_len = target.len;
  memcpy(p->key, base.ptr, base.len);
  memcpy(p->key + base.len, target.ptr, target.len);
  fm_mailbox_post(&w->inbox, &p->letter, on_publication);
}

typedef struct change { /* new configuration or access log */
  fm_message letter;
  fm_shared_conf *conf;
  fm_log_file *file;
} change;

static void on_conf(fm_message *letter, void *ctx)
{
  fm_worker *w = ctx;
  change *c = FM_OF(letter, change, letter);
  fm_shared_conf_unref(w->conf);
  set_conf(w, c->conf);
  free(c);
}

void fm_worker_configure(fm_worker *w, fm_shared_conf *conf)
{
  change *c = FM_NEW(change);
  c->conf = fm_shared_conf_ref(conf);
  fm_mailbox_post(&w->inbox, &c->letter, on_conf);
}

static void on_log(fm_message *letter, void *ctx)
{
  fm_worker *w = ctx;
  change *c = FM_OF(letter, change, letter);
  fm_access_log_switch(&w->log, c->file);
  fm_log_file_unref(c->file);
  free(c);
}

void fm_worker_log(fm_worker *w, fm_log_file *file)
{
  change *c = FM_NEW(change);
  c->file = file ? fm_log_file_ref(file) : NULL;
  fm_mailbox_post(&w->inbox, &c->letter, on_log);
}

typedef struct close_message {
  fm_message letter;
  unsigned grace_ms;
} close_message;

static void on_grace_over(uv_timer_t *timer) { fm_conn_close_all(timer->data); }

static void on_close(fm_message *letter, void *ctx)
{
  fm_worker *w = ctx;
  close_message *f = FM_OF(letter, close_message, letter);
  fm_worker_clock(w);
  w->closing = true;
  fm_acceptors_close(w);
  fm_conn_close_idle(w);
  uv_timer_start(&w->grace, on_grace_over, f->grace_ms, 0);
  free(f);
  fm_worker_end_if_done(w);
}

void fm_worker_close(fm_worker *w, unsigned grace_ms)
{
  close_message *f = FM_NEW(close_message);
  f->grace_ms = grace_ms;
  fm_mailbox_post(&w->inbox, &f->letter, on_close);
}
