/* A real server on a free port, and a client that talks to it over raw sockets,
 * in one thread: the milling loop runs while the client waits. */
#ifndef SERVE_BED_H
#define SERVE_BED_H

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "serve/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 20000, MISSES_MAX = 512 };

typedef struct bed {
  uv_loop_t loop;
  fm_server *server;
  struct sockaddr_in address;
  char base[64];
  fm_miss *misses[MISSES_MAX]; /* those that nobody has answered yet */
  size_t nmisses, seen;
  bool closed;
} bed;

static inline void bed_on_miss(void *ctx, fm_miss *miss)
{
  bed *b = ctx;
  assert_true(b->nmisses < MISSES_MAX);
  b->misses[b->nmisses++] = miss;
  b->seen++;
}

static inline void bed_on_closed(void *ctx) { ((bed *)ctx)->closed = true; }

static inline void bed_open_with(bed *b, const char *listen, unsigned workers,
                                 const fm_serve_conf *conf)
{
  memset(b, 0, sizeof *b);
  assert_int_equal(uv_loop_init(&b->loop), 0);
  fm_str at = fm_str_of(listen);
  fm_server_spec spec = {.listen = &at, .nlisten = 1, .workers = workers, .conf = conf,
                         .on_miss = bed_on_miss, .ctx = b};
  fm_why why = {0};
  if (fm_server_start(&b->loop, &spec, &b->server, &why) != FM_OK)
    fail_msg("%s", why.text);
  const char *name = fm_server_address(b->server, 0);
  assert_null(fm_server_address(b->server, 1));
  snprintf(b->base, sizeof b->base, "http://%s", name);
  const char *colon = strrchr(name, ':');
  b->address = (struct sockaddr_in){.sin_family = AF_INET,
                                    .sin_port = htons((uint16_t)atoi(colon + 1)),
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static inline void bed_open(bed *b, unsigned workers)
{
  fm_serve_conf conf = {.max_connections = 1000};
  bed_open_with(b, "127.0.0.1:0", workers, &conf);
}

static inline bool in_time(int64_t *until)
{
  if (!*until)
    *until = fm_clock_mono_ms() + PATIENCE_MS;
  return fm_clock_mono_ms() < *until;
}

/* Runs the milling loop until `condition` holds. */
#define PUMP_UNTIL(b, condition)                     \
  for (int64_t until_ = 0; !(condition);) {          \
    if (!in_time(&until_))                           \
      fail_msg("not in time: %s", #condition);       \
    if (!uv_run(&(b)->loop, UV_RUN_NOWAIT))          \
      (void)0;                                       \
    if (!(condition))                                \
      poll(NULL, 0, 1);                              \
  }

static inline void bed_close(bed *b)
{
  fm_server_close(b->server, 5000, bed_on_closed, b);
  PUMP_UNTIL(b, b->closed);
  assert_int_equal(b->nmisses, 0);
  uv_run(&b->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&b->loop), 0);
}

static inline void answer_all(bed *b, fm_reply *reply)
{
  for (size_t i = 0; i < b->nmisses; i++)
    fm_miss_answer(b->misses[i], reply);
  b->nmisses = 0;
}

static inline void answer_all_text(bed *b, int status, const char *line)
{
  fm_reply *reply = fm_reply_text(status, fm_str_of(line), 0, (fm_str){0});
  answer_all(b, reply);
  fm_reply_unref(reply);
}

/* A published reply that stays fresh for `ms`; the caller drops both. */
static inline fm_reply *bed_publish(bed *b, const char *target, fm_reply_spec *spec, int64_t ms)
{
  fm_freshness *life = fm_freshness_new();
  atomic_store(&life->fresh_until, fm_clock_mono_ms() + ms);
  spec->life = life;
  fm_reply *reply = fm_reply_new(spec);
  fm_server_publish(b->server, fm_str_of(b->base), fm_str_of(target), reply);
  fm_freshness_unref(life);
  return reply;
}

static inline fm_str heap_text(const char *text) { return (fm_str){fm_strdup(text), strlen(text)}; }

static inline fm_reply_spec feed_spec(void)
{
  return (fm_reply_spec){
    .status = 200,
    .content_type = FM_STR("application/atom+xml; charset=utf-8"),
    .body = {[FM_IDENTITY] = heap_text("<feed>identity</feed>"), [FM_GZIP] = heap_text("gzipped")},
    .last_modified = 1785801600,
    .cacheable = true,
  };
}

/* The client. */
typedef struct client {
  bed *bed;
  int fd;
  char *got; /* NUL-terminated */
  size_t len, cap, at; /* at: how much was taken by take_answer */
  bool ended;
} client;

static inline void client_init(client *c, bed *b, int fd)
{
  *c = (client){.bed = b, .fd = fd, .cap = 65536};
  c->got = malloc(c->cap);
  c->got[0] = 0;
}

static inline void client_open_rcvbuf(client *c, bed *b, int rcvbuf)
{
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (rcvbuf)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof rcvbuf);
  assert_int_equal(connect(fd, (struct sockaddr *)&b->address, sizeof b->address), 0);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  client_init(c, b, fd);
}

static inline void client_open(client *c, bed *b) { client_open_rcvbuf(c, b, 0); }

static inline void client_close(client *c)
{
  close(c->fd);
  free(c->got);
}

static inline void client_send_bytes(client *c, const char *bytes, size_t len)
{
  int64_t until = 0;
  for (size_t done = 0; done < len;) {
    ssize_t n = send(c->fd, bytes + done, len - done, MSG_NOSIGNAL);
    if (n > 0)
      done += (size_t)n;
    else if (errno != EAGAIN)
      return; /* the server closed: what it said is still to be read */
    else if (!in_time(&until))
      fail_msg("could not send");
    uv_run(&c->bed->loop, UV_RUN_NOWAIT);
  }
}

static inline void client_send(client *c, const char *text)
{
  client_send_bytes(c, text, strlen(text));
}

/* Reads what is there, at most `most` bytes. */
static inline void client_read(client *c, size_t most)
{
  if (c->len + 65536 + 1 > c->cap)
    c->got = realloc(c->got, c->cap = c->cap * 2 + 65536);
  ssize_t n = recv(c->fd, c->got + c->len, most < 65536 ? most : 65536, 0);
  if (n > 0)
    c->len += (size_t)n;
  else if (n == 0 || errno != EAGAIN)
    c->ended = true;
  c->got[c->len] = 0;
}

static inline void client_turn(client *c)
{
  struct pollfd p = {.fd = c->fd, .events = POLLIN};
  uv_run(&c->bed->loop, UV_RUN_NOWAIT);
  if (poll(&p, 1, 1) > 0)
    client_read(c, 65536);
}

static inline void client_until_end(client *c)
{
  for (int64_t until = 0; !c->ended; client_turn(c))
    if (!in_time(&until))
      fail_msg("the server does not close; so far: %s", c->got);
}

typedef struct answer {
  int status;
  char head[4096];
  const char *body; /* in the client's memory, until it reads more */
  size_t len;
} answer;

/* True if the head holds this line. */
static inline bool has_line(const answer *a, const char *line)
{
  char with[1024];
  snprintf(with, sizeof with, "\r\n%s\r\n", line);
  return strstr(a->head, with) != NULL;
}

static inline bool header(const answer *a, const char *name, char out[256])
{
  char with[128];
  snprintf(with, sizeof with, "\r\n%s: ", name);
  const char *at = strstr(a->head, with);
  if (!at)
    return false;
  at += strlen(with);
  snprintf(out, 256, "%.*s", (int)strcspn(at, "\r"), at);
  return true;
}

static inline bool whole_answer(client *c, bool head_only, answer *a)
{
  char *start = c->got + c->at, *end = strstr(start, "\r\n\r\n");
  if (!end)
    return false;
  size_t head = (size_t)(end - start) + 4;
  assert_true(head < sizeof a->head);
  snprintf(a->head, sizeof a->head, "%.*s", (int)head, start);
  assert_int_equal(sscanf(a->head, "HTTP/1.1 %d ", &a->status), 1);
  char length[256] = "0";
  header(a, "Content-Length", length);
  a->len = head_only || a->status == 304 ? 0 : (size_t)atoll(length);
  if (c->len - c->at < head + a->len)
    return false;
  a->body = start + head;
  c->at += head + a->len;
  return true;
}

static inline void take_answer_of(client *c, bool head_only, answer *a)
{
  for (int64_t until = 0; !whole_answer(c, head_only, a); client_turn(c))
    if (c->ended || !in_time(&until))
      fail_msg("no answer; so far: %.500s", c->got + c->at);
}

static inline void take_answer(client *c, answer *a) { take_answer_of(c, false, a); }

static inline void ask(client *c, const char *request, answer *a)
{
  client_send(c, request);
  take_answer_of(c, strncmp(request, "HEAD ", 5) == 0, a);
}

static inline void assert_body(const answer *a, const char *text)
{
  if (a->len != strlen(text) || memcmp(a->body, text, a->len) != 0)
    fail_msg("%.*s is not %s", (int)a->len, a->body, text);
}

/* "GET target HTTP/1.1" with Host and further header lines. */
static inline const char *get(bed *b, const char *target, const char *lines)
{
  static char text[8192];
  snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", target, b->base + 7, lines);
  return text;
}

#endif
