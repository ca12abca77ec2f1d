/* Turns the bytes of one connection into responses: parse, look up, answer or wait for the mill,
 * send. */
#include "serve/conn_state.h"

#include "base/mem.h"
#include "base/str.h"
#include "serve/canonical.h"
#include "serve/miss.h"
#include "serve/negotiate.h"
#include "serve/respond.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
  IN_FIRST = 2048,
  IN_MAX = 32 * 1024, /* a whole request and part of the next */
  BURST = 32,         /* requests or reads before other connections get their share */
  PROGRESS = 16 * 1024, /* bytes that a slow peer has to take for its time to begin again */
  READ_MS = 1000,     /* resolution of last_read */
};

/* Keeps what the socket did not take, with a reference of the reply. */
static void keep_unsent(fm_conn *c, const fm_output *out)
{
  c->out = fm_dup(out, sizeof *out);
  c->progress = out->sent;
  fm_reply_ref(out->reply);
  c->state = FM_WRITING;
  unsigned events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  if (c->polled && !c->writable_watched &&
      fm_poller_change(&c->worker->poller, c->fd, events, &c->watch) < 0)
    fm_conn_close(c);
  c->writable_watched = true;
}

/* Sends until the socket is full: edge-triggered polling reports only after that. */
static void push(fm_conn *c, fm_output *out)
{
  uint64_t first = out->sent, before;
  int rc;
  do {
    before = out->sent;
    rc = fm_output_send(c->fd, out);
  } while (rc == 0 && out->sent > before);
  fm_count(&c->worker->counters.bytes_sent, out->sent - first);
  if (rc < 0)
    fm_conn_close(c);
  else if (rc > 0)
    c->state = c->last ? FM_DONE : FM_READING;
  else if (!c->out)
    keep_unsent(c, out);
  else if (out->sent - c->progress >= PROGRESS) {
    c->progress = out->sent;
    c->timeout_class = FM_TIMEOUT_CLASSES; /* progress restarts its time limit */
  }
}

static bool is_trusted(fm_conn *c)
{
  fm_worker *w = c->worker;
  if (c->conf_count != w->conf_count) {
    c->conf_count = w->conf_count;
    c->trusted = fm_peer_in(&c->peer, w->conf->conf.trusted, w->conf->conf.ntrusted);
  }
  return c->trusted;
}

static fm_answer answer_of(fm_conn *c, const char *bytes)
{
  return (fm_answer){
    .peer = &c->peer, .request = &c->request, .bytes = bytes, .proxied = is_trusted(c),
    .negotiated = c->negotiated};
}

/* An error as a page with a way on, for a browser; NULL: the reply is fit as it is. */
static fm_reply *html_error(fm_conn *c, const char *bytes, const fm_reply *reply)
{
  if (!c->html || reply->status < 400)
    return NULL;
  fm_str home = c->worker->conf->conf.base_url;
  if (!home.len && is_trusted(c))
    home = fm_span_str(bytes, c->request.forwarded_prefix);
  return fm_reply_html_error(reply, home);
}

static void send_reply(fm_conn *c, const char *bytes, fm_reply *reply)
{
  fm_output out;
  fm_reply *page = html_error(c, bytes, reply);
  if (page)
    reply = page;
  out.paced = c->paced;
  c->last |= !c->request.keep_alive || c->worker->closing;
  fm_answer answer = answer_of(c, bytes);
  answer.reply = reply;
  answer.close = c->last;
  fm_respond(c->worker, &answer, &out);
  push(c, &out);
  fm_reply_unref(page);
}

/* Sends the last response of a connection. Takes over the reply. */
static void end_with(fm_conn *c, const char *bytes, fm_reply *reply)
{
  c->last = c->linger = true;
  send_reply(c, bytes, reply);
  fm_reply_unref(reply);
}

/* Refuses a request with one line of text and closes. */
static void refuse(fm_conn *c, const char *bytes, int status, const char *why)
{
  fm_str extra = status == 405 ? FM_STR("Allow: GET, HEAD\r\n") : (fm_str){0};
  fm_count(&c->worker->counters.bad_requests, 1);
  end_with(c, bytes, fm_reply_text(status, fm_str_of(why), 0, extra));
}

void fm_exchange_reject(fm_conn *c, const char *why)
{
  fm_count(&c->worker->counters.refused, 1);
  end_with(c, "", fm_reply_text(503, fm_str_of(why), 5, (fm_str){0}));
}

/* For HTTP/1.0 without Host: the local address of the connection. */
static fm_str own_address(const fm_conn *c, char text[FM_ADDRESS_TEXT])
{
  struct sockaddr_storage own = {.ss_family = AF_UNIX};
  socklen_t len = sizeof own;
  (void)getsockname(c->fd, (struct sockaddr *)&own, &len);
  fm_address_text((struct sockaddr *)&own, text);
  return fm_str_of(text);
}

/* Puts the public base of the request into its key. Returns NULL, or the reason for a 400. Host
 * must be valid even where base_url overrides it (RFC 9112 section 3.2). */
static const char *find_base(fm_conn *c, const char *bytes, fm_table_key *key)
{
  const fm_request *r = &c->request;
  fm_worker *w = c->worker;
  fm_str configured = w->conf->conf.base_url;
  char own[FM_ADDRESS_TEXT];
  fm_base_fields fields = {0};
  fm_str *value = fields.value;
  value[FM_BASE_HOST] = fm_span_str(bytes, r->authority.len ? r->authority : r->host);
  if (!r->nhost && !r->authority.len)
    value[FM_BASE_HOST] = own_address(c, own);
  if (!configured.len && is_trusted(c)) {
    value[FM_BASE_FORWARDED] = fm_span_str(bytes, r->forwarded);
    value[FM_BASE_FORWARDED_PROTO] = fm_span_str(bytes, r->forwarded_proto);
    value[FM_BASE_FORWARDED_HOST] = fm_span_str(bytes, r->forwarded_host);
    value[FM_BASE_FORWARDED_PORT] = fm_span_str(bytes, r->forwarded_port);
    value[FM_BASE_FORWARDED_PREFIX] = fm_span_str(bytes, r->forwarded_prefix);
  }
  const fm_base *base;
  const char *why = fm_base_find(&w->bases, &fields, &base);
  if (why)
    return why;
  key->base = configured.len ? configured : base->text;
  key->base_hash = configured.len ? w->base_hash : base->hash;
  return NULL;
}

/* Returns true if the entry can be served without asking the mill. The second read counts at
 * once, further ones once a second. */
static bool is_fresh(fm_worker *w, const fm_table_entry *entry)
{
  fm_freshness *life = entry && entry->reply ? entry->reply->life : NULL;
  if (!life || atomic_load_explicit(&life->fresh_until, memory_order_relaxed) <= w->now)
    return false;
  if (w->now - atomic_load_explicit(&life->last_read, memory_order_relaxed) >= READ_MS ||
      atomic_load_explicit(&life->reads, memory_order_relaxed) < 2) {
    atomic_store_explicit(&life->last_read, w->now, memory_order_relaxed);
    atomic_fetch_add_explicit(&life->reads, 1, memory_order_relaxed);
  }
  return true;
}

static bool prefers_html(const fm_request *r, const char *bytes)
{
  fm_str values[FM_LIST_LINES_MAX];
  for (unsigned i = 0; i < r->naccept; i++)
    values[i] = fm_span_str(bytes, r->accept[i]);
  return fm_accept_prefers_html(values, r->naccept);
}

/* A browser that asks for a feed gets its preview, whose address is the feed's without the
 * ending. `target` may be in the worker's buffer already. */
static void choose_format(fm_conn *c, const char *bytes, fm_str *target)
{
  fm_worker *w = c->worker;
  const char *mark = memchr(target->ptr, '?', target->len);
  size_t path = mark ? (size_t)(mark - target->ptr) : target->len, ending = 0;
  if (path > 5 && (memcmp(target->ptr + path - 5, ".atom", 5) == 0 ||
                   memcmp(target->ptr + path - 5, ".json", 5) == 0))
    ending = 5;
  else if (path > 4 && memcmp(target->ptr + path - 4, ".rss", 4) == 0)
    ending = 4;
  c->negotiated = ending > 0;
  c->html = c->request.naccept && prefers_html(&c->request, bytes);
  if (!ending || !c->html)
    return;
  size_t rest = target->len - path;
  memmove(w->target, target->ptr, path - ending);
  memmove(w->target + path - ending, target->ptr + path, rest);
  *target = (fm_str){w->target, path - ending + rest};
}

/* Public base and canonical target. False: the request is refused. */
static bool find_key(fm_conn *c, const char *bytes, fm_table_key *key)
{
  fm_worker *w = c->worker;
  fm_str target = fm_span_str(bytes, c->request.target);
  const char *why = find_base(c, bytes, key);
  if (why) {
    refuse(c, bytes, 400, why);
    return false;
  }
  bool keyed = w->conf->conf.access_key.len > 0;
  c->html = c->negotiated = false;
  if (fm_target_canonical(target, keyed, w->target, sizeof w->target, &key->target)) {
    choose_format(c, bytes, &key->target);
    return true;
  }
  refuse(c, bytes, 414, "the address is too long");
  return false;
}

/* True if the client has had its share of requests that cost work. What is in the table or under
 * way already costs none. */
static bool is_over_rate(fm_conn *c, const char *bytes, const fm_table_key *key,
                         const fm_table_entry *entry)
{
  fm_worker *w = c->worker;
  const fm_serve_conf *conf = &w->conf->conf;
  if (!conf->miss_interval_ms || !w->env.limits || (entry && (entry->reply || entry->miss)) ||
      (w->env.is_unmetered && w->env.is_unmetered(key->target)))
    return false;
  fm_answer answer = answer_of(c, bytes);
  fm_peer client = fm_respond_client(w, &answer);
  if (client.family == FM_PEER_UNIX)
    return false;
  int64_t seconds = fm_client_limits_take(w->env.limits, &client, conf->miss_interval_ms,
                                   conf->miss_burst, w->now);
  if (!seconds)
    return false;
  fm_count(&w->counters.rate_limited, 1);
  fm_reply *reply = fm_reply_text(429, FM_STR("too many requests for feeds that are not at hand"),
                                  seconds, (fm_str){0});
  send_reply(c, bytes, reply);
  fm_reply_unref(reply);
  return true;
}

static void dispatch(fm_conn *c, const char *bytes)
{
  fm_worker *w = c->worker;
  fm_count(&w->counters.requests, 1);
  fm_table_key key = {0};
  if (!find_key(c, bytes, &key))
    return;
  fm_table_entry *entry = fm_table_find(&w->table, &key);
  if (is_fresh(w, entry)) {
    fm_count(&w->counters.hits, 1);
    send_reply(c, bytes, entry->reply);
    return;
  }
  if (is_over_rate(c, bytes, &key, entry))
    return;
  fm_count(&w->counters.misses, 1);
  c->state = FM_WAITING;
  fm_miss_join(w, &key, &c->waiting);
}

static void grow_in(fm_conn *c, size_t need)
{
  size_t cap = c->in_cap ? c->in_cap : IN_FIRST;
  while (cap < need)
    cap *= 2;
  if (cap == c->in_cap)
    return;
  c->in = fm_realloc(c->in, cap);
  c->in_cap = (uint32_t)cap;
}

/* Keeps bytes that could not be answered yet; they may already be in `in`. */
static void keep(fm_conn *c, const char *bytes, size_t len)
{
  if (!len) {
    fm_conn_drop_in(c);
    return;
  }
  if (bytes == c->in)
    return;
  if (!c->in)
    grow_in(c, len);
  memmove(c->in, bytes, len);
  c->in_len = (uint32_t)len;
}

/* Answers the requests in `bytes` in order, as far as possible. */
static void consume(fm_conn *c, const char *bytes, size_t len)
{
  size_t at = 0;
  for (unsigned n = 0; c->state == FM_READING && at < len; n++) {
    if (n == BURST) {
      c->state = FM_YIELDED;
      break;
    }
    enum fm_parse got = fm_request_parse(&c->request, bytes + at, len - at);
    if (got == FM_PARSE_MORE)
      break;
    if (got == FM_PARSE_BAD)
      refuse(c, bytes + at, c->request.status, c->request.why);
    else
      dispatch(c, bytes + at);
    if (c->state == FM_WAITING)
      break;
    at += c->request.used;
    fm_request_init(&c->request);
    c->timeout_class = c->timeout_class == FM_TIMEOUT_REQUEST ? FM_TIMEOUT_CLASSES : c->timeout_class; /* the next request has its own time limit */
  }
  if (c->last && at < len)
    c->linger = true;
  keep(c, bytes + at, c->last || c->state == FM_CLOSED ? 0 : len - at);
}

/* One recv. Edge-triggered polling does not report a byte twice, but bytes that arrive after a
 * short read are reported, and so is the peer's shutdown. */
static void read_some(fm_conn *c)
{
  fm_worker *w = c->worker;
  if (c->in_len)
    grow_in(c, c->in_len + 1024u > IN_MAX ? IN_MAX : c->in_len + 1024u);
  char *to = c->in_len ? c->in + c->in_len : w->scratch;
  size_t room = c->in_len ? c->in_cap - c->in_len : sizeof w->scratch;
  ssize_t n = recv(c->fd, to, room, 0);
  if (n < 0 && errno == EINTR)
    return;
  c->readable = n > 0 && ((size_t)n == room || c->ended);
  if (n == 0 || (n < 0 && errno != EAGAIN)) {
    fm_conn_close(c);
    return;
  }
  if (n < 0)
    return;
  c->in_len += c->in_len ? (uint32_t)n : 0;
  consume(c, c->in_len ? c->in : to, c->in_len ? c->in_len : (size_t)n);
}

/* A peer that sends without end yields to others. */
void fm_exchange_read(fm_conn *c)
{
  for (unsigned n = 0; c->state == FM_READING && c->readable; n++) {
    if (n == BURST) {
      c->state = FM_YIELDED;
      break;
    }
    read_some(c);
  }
}

void fm_exchange_resume(fm_conn *c)
{
  if (c->state == FM_WRITING) {
    push(c, c->out);
    if (c->state == FM_WRITING)
      return;
    fm_reply_unref(c->out->reply);
    free(c->out);
    c->out = NULL;
  }
  if (c->state == FM_YIELDED)
    c->state = FM_READING;
  if (c->state == FM_READING && c->in_len)
    consume(c, c->in, c->in_len);
  fm_exchange_read(c);
}

void fm_exchange_answer(fm_conn *c, fm_reply *reply)
{
  c->state = FM_READING;
  send_reply(c, c->in, reply);
  size_t used = c->request.used, rest = c->in_len - used;
  fm_request_init(&c->request);
  c->linger |= c->last && rest;
  keep(c, c->in + used, c->last || c->state == FM_CLOSED ? 0 : rest);
  if (c->state == FM_READING && c->in_len)
    consume(c, c->in, c->in_len);
  fm_exchange_read(c);
}
