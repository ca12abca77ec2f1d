/* Time limits of connections: a worker without a thread, stepped by the test, whose
 * time is set by the test. */
#include "base/str.h"
#include "serve/conn.h"
#include "serve/miss.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct bed {
  uv_loop_t loop; /* stands for the milling loop */
  fm_mailbox mill;
  fm_worker worker;
  fm_listeners none;
  fm_shared_conf *conf;
  atomic_size_t connections;
  fm_miss *miss;
} bed;

static void on_miss(fm_message *letter, void *ctx) { ((bed *)ctx)->miss = fm_miss_of(letter); }

static void on_thread_exit(fm_message *letter, void *ctx)
{
  (void)letter;
  (void)ctx;
}

static void open_bed(bed *b)
{
  memset(b, 0, sizeof *b);
  uv_loop_init(&b->loop);
  fm_mailbox_open(&b->mill, &b->loop, b);
  fm_serve_conf conf = {0};
  b->conf = fm_shared_conf_new(&conf);
  fm_worker_env env = {.mill = &b->mill, .on_miss = on_miss, .on_thread_exit = on_thread_exit,
                       .connections = &b->connections};
  assert_int_equal(fm_worker_init(&b->worker, &env, 0, &b->none, b->conf), 0);
}

static void close_bed(bed *b)
{
  fm_worker_close(&b->worker, 1000);
  fm_worker_run(&b->worker);
  assert_int_equal(b->worker.nconns, 0);
  assert_int_equal(atomic_load(&b->connections), 0);
  fm_worker_deinit(&b->worker);
  fm_shared_conf_unref(b->conf);
  fm_mailbox_close(&b->mill, NULL);
  uv_run(&b->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&b->loop), 0);
}

/* One iteration without waiting. */
static void turn(bed *b)
{
  fm_poller_run_once(&b->worker.poller, true);
  fm_conn_after_iteration(&b->worker);
}

static int open_conn(bed *b)
{
  int pair[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
  fm_accepted arrival = {.fd = pair[0], .peer.family = 1};
  atomic_fetch_add(&b->connections, 1);
  fm_conn_open(&b->worker, &arrival);
  turn(b);
  return pair[1];
}

static bool is_open(int fd)
{
  char c[4096];
  ssize_t n;
  while ((n = recv(fd, c, sizeof c, 0)) > 0)
    ;
  return n < 0 && errno == EAGAIN;
}

static void say(bed *b, int fd, const char *text)
{
  assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
  turn(b);
}

/* Lets time pass and sweeps, as the tick does each second. */
static void pass(bed *b, int64_t seconds)
{
  b->worker.clock_offset += seconds * 1000;
  fm_worker_clock(&b->worker);
  fm_conn_sweep(&b->worker);
  turn(b);
}

static void silence(void **state)
{
  (void)state;
  bed b;
  open_bed(&b);
  int fd = open_conn(&b);
  pass(&b, 60);
  assert_true(is_open(fd));
  pass(&b, 15);
  assert_false(is_open(fd));
  close(fd);
  close_bed(&b);
}

/* The time of a request runs from its first byte, however many follow. */
static void one_byte_a_second(void **state)
{
  (void)state;
  bed b;
  open_bed(&b);
  int slow = open_conn(&b), other = open_conn(&b);
  static const char request[] = "GET /papers.atom HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 20; i++) {
    char one[2] = {request[i], 0};
    assert_true(is_open(slow));
    say(&b, slow, one);
    pass(&b, 1);
  }
  pass(&b, 10);
  assert_false(is_open(slow));
  assert_true(is_open(other));
  close(slow);
  close(other);
  close_bed(&b);
}

static void kept_alive(void **state)
{
  (void)state;
  bed b;
  open_bed(&b);
  int fd = open_conn(&b);
  for (int i = 0; i < 5; i++) {
    pass(&b, 60);
    say(&b, fd, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    pass(&b, 1000); /* it waits for the mill: that has limits of its own */
    assert_true(is_open(fd));
    uv_run(&b.loop, UV_RUN_NOWAIT);
    assert_non_null(b.miss);
    fm_reply *reply = fm_reply_text(404, FM_STR("no"), 0, (fm_str){0});
    fm_miss_answer(b.miss, reply);
    fm_reply_unref(reply);
    turn(&b);
    turn(&b);
    assert_true(is_open(fd));
  }
  pass(&b, 75);
  assert_false(is_open(fd));
  close(fd);
  close_bed(&b);
}

static fm_reply *big_reply(size_t len)
{
  char *body = calloc(1, len);
  fm_reply_spec spec = {.status = 200, .body[FM_IDENTITY] = {body, len},
                        .last_modified = FM_NO_TIME, .cacheable = true};
  return fm_reply_new(&spec);
}

/* Who reads nothing is cut; who reads a little each time is not. */
static void readers_that_stop(void **state)
{
  (void)state;
  enum { SIZE = 8 * 1024 * 1024 };
  bed b;
  open_bed(&b);
  fm_reply *reply = big_reply(SIZE);
  int fd = open_conn(&b);
  say(&b, fd, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  uv_run(&b.loop, UV_RUN_NOWAIT);
  fm_miss_answer(b.miss, reply);
  turn(&b);
  size_t got = 0;
  char *some = malloc(512 * 1024);
  for (int i = 0; i < 5; i++) {
    pass(&b, 45);
    for (ssize_t n; (n = recv(fd, some, 512 * 1024, 0)) > 0;)
      got += (size_t)n;
    assert_int_equal(errno, EAGAIN);
    turn(&b);
  }
  pass(&b, 45);
  pass(&b, 15);
  for (ssize_t n; (n = recv(fd, some, 512 * 1024, 0)) > 0;)
    got += (size_t)n;
  assert_false(is_open(fd));
  assert_true(got > 0 && got < SIZE);
  free(some);
  close(fd);
  fm_reply_unref(reply);
  close_bed(&b);
}

/* Room is made by closing who takes nothing of its response, before any that is merely idle; who
 * takes a few bytes now and then is one of those. */
static void writers_that_take_nothing_go_first(void **state)
{
  (void)state;
  enum { SIZE = 8 * 1024 * 1024 };
  bed b;
  open_bed(&b);
  fm_reply *reply = big_reply(SIZE);
  int stuck = open_conn(&b), idle = open_conn(&b), reading = open_conn(&b);
  char *some = malloc(512 * 1024);
  for (int i = 0; i < 2; i++) {
    say(&b, i ? reading : stuck, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    uv_run(&b.loop, UV_RUN_NOWAIT);
    fm_miss_answer(b.miss, reply);
    turn(&b);
  }
  pass(&b, 4);
  for (ssize_t n; (n = recv(reading, some, 512 * 1024, 0)) > 0;)
    ;
  turn(&b);
  assert_int_equal(recv(stuck, some, 100, 0), 100);
  turn(&b);
  pass(&b, 1);
  assert_true(fm_conn_evict(&b.worker));
  turn(&b);
  assert_int_equal(b.worker.nconns, 2);
  assert_true(is_open(idle) && recv(reading, some, 100, 0) == 100);
  turn(&b);
  assert_true(fm_conn_evict(&b.worker)); /* then the idle one; who reads stays */
  turn(&b);
  assert_false(is_open(idle));
  assert_true(recv(reading, some, 100, 0) == 100);
  assert_false(fm_conn_evict(&b.worker));
  free(some);
  close(stuck);
  close(idle);
  close(reading);
  turn(&b);
  fm_reply_unref(reply);
  close_bed(&b);
}

/* A peer that is gone while it waits has no place any more, and its answer goes nowhere. */
static void a_place_is_free_at_once(void **state)
{
  (void)state;
  bed b;
  open_bed(&b);
  int gone = open_conn(&b), half = open_conn(&b), with_it = open_conn(&b), stays = open_conn(&b);
  static const char request[] = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
  say(&b, gone, request);
  say(&b, half, request);
  say(&b, stays, request);
  close(gone);
  turn(&b);
  assert_int_equal(b.worker.nconns, 3);
  shutdown(half, SHUT_WR);
  turn(&b);
  assert_int_equal(b.worker.nconns, 2);
  assert_int_equal(send(with_it, request, strlen(request), 0), strlen(request));
  shutdown(with_it, SHUT_WR); /* the end comes with the request */
  turn(&b);
  turn(&b);
  assert_int_equal(b.worker.nconns, 1);
  assert_int_equal(atomic_load(&b.connections), 1);
  uv_run(&b.loop, UV_RUN_NOWAIT);
  fm_reply *reply = fm_reply_text(404, FM_STR("no"), 0, (fm_str){0});
  fm_miss_answer(b.miss, reply);
  fm_reply_unref(reply);
  turn(&b);
  assert_true(is_open(stays));
  close(half);
  close(with_it);
  close(stays);
  turn(&b);
  close_bed(&b);
}

static void lingering_ends(void **state)
{
  (void)state;
  bed b;
  open_bed(&b);
  int fd = open_conn(&b);
  say(&b, fd, "nonsense\r\n\r\n");
  char got[1024];
  ssize_t n = recv(fd, got, sizeof got, 0);
  assert_true(n > 12);
  assert_memory_equal(got, "HTTP/1.1 400", 12);
  assert_int_equal(recv(fd, got, sizeof got, 0), 0); /* our half is closed */
  say(&b, fd, "more");
  assert_int_equal(b.worker.nconns, 1);
  pass(&b, 2);
  assert_int_equal(b.worker.nconns, 0);
  close(fd);
  close_bed(&b);
}

static void who_goes_first(void **state)
{
  (void)state;
  bed b;
  open_bed(&b);
  int slow = open_conn(&b), first = open_conn(&b), second = open_conn(&b);
  say(&b, slow, "GET");
  pass(&b, 2);
  say(&b, first, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"); /* waits: never in the way */
  assert_true(fm_conn_evict(&b.worker));
  turn(&b);
  assert_false(is_open(second));
  assert_false(fm_conn_evict(&b.worker)); /* 2 s for a request is not slow yet */
  pass(&b, 4);
  assert_true(fm_conn_evict(&b.worker));
  turn(&b);
  assert_false(is_open(slow));
  assert_false(fm_conn_evict(&b.worker));
  assert_true(is_open(first));
  uv_run(&b.loop, UV_RUN_NOWAIT);
  fm_reply *reply = fm_reply_text(404, FM_STR("no"), 0, (fm_str){0});
  fm_miss_answer(b.miss, reply);
  fm_reply_unref(reply);
  turn(&b);
  close(slow);
  close(first);
  close(second);
  close_bed(&b);
}

/* Half a request must not hold a stop up as long as it may take otherwise. */
static void half_a_request_while_closing(void **state)
{
  (void)state;
  bed b;
  open_bed(&b);
  int half = open_conn(&b), waiting = open_conn(&b);
  say(&b, waiting, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  say(&b, half, "GET /x HT");
  b.worker.closing = true;
  pass(&b, 4);
  assert_true(is_open(half));
  pass(&b, 1);
  assert_false(is_open(half));
  assert_true(is_open(waiting));
  b.worker.closing = false;
  uv_run(&b.loop, UV_RUN_NOWAIT);
  fm_reply *reply = fm_reply_text(404, FM_STR("no"), 0, (fm_str){0});
  fm_miss_answer(b.miss, reply);
  fm_reply_unref(reply);
  turn(&b);
  close(half);
  close(waiting);
  close_bed(&b);
}

int main(void)
{
  signal(SIGPIPE, SIG_IGN); /* as fm_server_start does */
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(silence),
    cmocka_unit_test(one_byte_a_second),
    cmocka_unit_test(kept_alive),
    cmocka_unit_test(readers_that_stop),
    cmocka_unit_test(writers_that_take_nothing_go_first),
    cmocka_unit_test(a_place_is_free_at_once),
    cmocka_unit_test(lingering_ends),
    cmocka_unit_test(who_goes_first),
    cmocka_unit_test(half_a_request_while_closing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
