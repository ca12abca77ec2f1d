/* An HTTP server on the test's loop: it sends the given bytes, whatever they are, and
 * counts requests. A request and a closed connection stop the loop, so that the test can
 * check its condition. */
#ifndef TINY_ORIGIN_H
#define TINY_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { ORIGIN_ROUTES = 64, ORIGIN_HEAD = 4096 };

enum origin_mode {
  KEEP,     /* respond, keep the connection */
  CLOSE,    /* answer, close it */
  HANG,     /* answer (perhaps nothing), keep it open and say no more */
  ENDLESS,  /* answer, then the last 16 KiB again and again */
  HELD      /* answer and keep, but not before origin_release */
};

typedef struct origin_route {
  char target[128]; /* as in the request line */
  char *bytes;
  size_t len;
  enum origin_mode mode;
  unsigned count;      /* requests */
  unsigned open, most; /* of them unanswered: now, and at most at a time */
  char head[ORIGIN_HEAD]; /* the last request */
} origin_route;

typedef struct origin {
  uv_tcp_t listener;
  int port;
  char url[64];
  origin_route routes[ORIGIN_ROUTES];
  unsigned nroutes;
  unsigned requests, connections, gone; /* gone: closed by the client */
  struct origin_conn *conns;
} origin;

typedef struct origin_conn {
  uv_tcp_t tcp;
  origin *host;
  struct origin_conn *next;
  origin_route *waiting; /* HELD */
  char in[ORIGIN_HEAD];
  size_t len;
  bool closing;
} origin_conn;

typedef struct origin_write {
  uv_write_t req;
  origin_conn *conn;
  origin_route *route;
} origin_write;

static void origin_send(origin_conn *c, origin_route *route, const char *bytes, size_t len);

static void origin_conn_closed(uv_handle_t *handle)
{
  origin_conn *c = handle->data, **at = &c->host->conns;
  while (*at != c)
    at = &(*at)->next;
  *at = c->next;
  free(c);
}

static void origin_conn_close(origin_conn *c)
{
  if (c->waiting)
    c->waiting->open--;
  c->waiting = NULL;
  if (!c->closing)
    uv_close((uv_handle_t *)&c->tcp, origin_conn_closed);
  c->closing = true;
}

static void origin_sent(uv_write_t *req, int status)
{
  origin_write *write = req->data;
  origin_conn *c = write->conn;
  origin_route *route = write->route;
  free(write);
  if (status < 0 || route->mode == CLOSE)
    origin_conn_close(c);
  else if (route->mode == ENDLESS && !c->closing) {
    size_t tail = route->len < 16384 ? route->len : 16384;
    origin_send(c, route, route->bytes + route->len - tail, tail);
  }
}

static void origin_send(origin_conn *c, origin_route *route, const char *bytes, size_t len)
{
  origin_write *write = calloc(1, sizeof *write);
  uv_buf_t buf = uv_buf_init((char *)bytes, (unsigned)len);
  write->conn = c;
  write->route = route;
  write->req.data = write;
  if (uv_write(&write->req, (uv_stream_t *)&c->tcp, &buf, 1, origin_sent))
    abort();
}

static origin_route *origin_find(origin *host, const char *target)
{
  for (unsigned i = 0; i < host->nroutes; i++)
    if (strcmp(host->routes[i].target, target) == 0)
      return &host->routes[i];
  return NULL;
}

static origin_route *origin_set_bytes(origin *host, const char *target, enum origin_mode mode,
                                      const void *bytes, size_t len)
{
  origin_route *route = origin_find(host, target);
  if (!route)
    route = &host->routes[host->nroutes++];
  snprintf(route->target, sizeof route->target, "%s", target);
  route->mode = mode;
  free(route->bytes);
  route->bytes = malloc(len + 1);
  memcpy(route->bytes, bytes, len);
  route->len = len;
  return route;
}

static inline origin_route *origin_set(origin *host, const char *target, enum origin_mode mode,
                                       const char *text)
{
  return origin_set_bytes(host, target, mode, text, strlen(text));
}

/* 200 with a body and its Content-Length. `fields`: lines, each with CRLF. */
static inline origin_route *origin_page(origin *host, const char *target, const char *fields,
                                        const void *body, size_t len)
{
  char *text = malloc(len + strlen(fields) + 128);
  int n = sprintf(text, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n", fields, len);
  memcpy(text + n, body, len);
  origin_route *route = origin_set_bytes(host, target, KEEP, text, (size_t)n + len);
  free(text);
  return route;
}

static inline unsigned origin_count(origin *host, const char *target)
{
  origin_route *route = origin_find(host, target);
  return route ? route->count : 0;
}

static void origin_answer(origin_conn *c)
{
  static const char none[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnone\n";
  char target[128] = "";
  sscanf(c->in, "%*s %127s", target);
  origin_route *route = origin_find(c->host, target);
  if (!route && strcmp(target, "/robots.txt") != 0)
    fprintf(stderr, "tiny origin: nothing is set for %s\n", target);
  if (!route)
    route = origin_set(c->host, target, KEEP, none);
  c->host->requests++;
  uv_stop(c->tcp.loop);
  route->count++;
  memcpy(route->head, c->in, c->len);
  route->head[c->len] = 0;
  c->len = 0;
  if (++route->open > route->most)
    route->most = route->open;
  c->waiting = route;
  if (route->mode == HELD)
    return;
  c->waiting = NULL;
  route->open--;
  if (route->len || route->mode == CLOSE)
    origin_send(c, route, route->bytes, route->len);
}

static inline void origin_release(origin *host, origin_route *route)
{
  for (origin_conn *c = host->conns; c; c = c->next) {
    if (c->waiting != route)
      continue;
    c->waiting = NULL;
    route->open--;
    origin_send(c, route, route->bytes, route->len);
  }
}

static void origin_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
  origin_conn *c = handle->data;
  (void)size;
  *buf = uv_buf_init(c->in + c->len, (unsigned)(sizeof c->in - 1 - c->len));
}

static void origin_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  origin_conn *c = stream->data;
  (void)buf;
  if (n < 0) {
    c->host->gone++;
    uv_stop(stream->loop);
    origin_conn_close(c);
    return;
  }
  c->len += (size_t)n;
  c->in[c->len] = 0;
  if (strstr(c->in, "\r\n\r\n"))
    origin_answer(c);
}

static void origin_accept(uv_stream_t *stream, int status)
{
  origin *host = stream->data;
  if (status < 0)
    abort();
  origin_conn *c = calloc(1, sizeof *c);
  uv_tcp_init(stream->loop, &c->tcp);
  c->tcp.data = c;
  c->host = host;
  c->next = host->conns;
  host->conns = c;
  host->connections++;
  uv_accept(stream, (uv_stream_t *)&c->tcp);
  uv_read_start((uv_stream_t *)&c->tcp, origin_alloc, origin_read);
}

static inline void origin_start_at(origin *host, uv_loop_t *loop, const char *address)
{
  struct sockaddr_in in;
  int len = sizeof in;
  memset(host, 0, sizeof *host);
  uv_ip4_addr(address, 0, &in);
  uv_tcp_init(loop, &host->listener);
  host->listener.data = host;
  if (uv_tcp_bind(&host->listener, (struct sockaddr *)&in, 0) ||
      uv_listen((uv_stream_t *)&host->listener, 128, origin_accept))
    abort();
  uv_tcp_getsockname(&host->listener, (struct sockaddr *)&in, &len);
  host->port = ntohs(in.sin_port);
  snprintf(host->url, sizeof host->url, "http://%s:%d", address, host->port);
}

static inline void origin_stop(origin *host)
{
  uv_close((uv_handle_t *)&host->listener, NULL);
  for (origin_conn *c = host->conns; c; c = c->next)
    origin_conn_close(c);
}

/* After the loop has closed all. */
static inline void origin_free(origin *host)
{
  for (unsigned i = 0; i < host->nroutes; i++)
    free(host->routes[i].bytes);
}

#endif
