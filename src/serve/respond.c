/* Selects the representation of a reply for a request and completes its head with the fields
 * that depend on the time. */
#include "serve/respond.h"

#include "base/str.h"
#include "serve/negotiate.h"

static char *put(char *to, const char *text, size_t len)
{
  memcpy(to, text, len);
  return to + len;
}

static char *put_number(char *to, uint64_t number)
{
  char digits[20], *at = digits + sizeof digits;
  do
    *--at = (char)('0' + number % 10);
  while (number /= 10);
  return put(to, at, (size_t)(digits + sizeof digits - at));
}

/* Whole seconds until the reply is stale, rounded up, so that a client that returns after them
 * finds it stale. */
static uint64_t max_age(const fm_worker *w, const fm_reply *reply)
{
  if (!reply->life)
    return 0;
  int64_t left = atomic_load_explicit(&reply->life->fresh_until, memory_order_relaxed) - w->now;
  return left > 0 ? ((uint64_t)left + 999) / 1000 : 0;
}

#define PUT(to, text) put(to, text, sizeof(text) - 1)

/* A client's own Forwarded fields change nothing, so a cache need not tell them apart then. */
static char *put_vary(char *to, const fm_worker *w, const fm_answer *a)
{
  to = PUT(to, "Vary: ");
  if (a->negotiated)
    to = PUT(to, "Accept, ");
  to = PUT(to, "Accept-Encoding");
  if (a->proxied && !w->conf->conf.base_url.len)
    to = PUT(to, ", " FM_BASE_VARY);
  return PUT(to, "\r\n");
}

static void write_tail(fm_output *out, const fm_worker *w, const fm_answer *a)
{
  char *to = out->tail;
  if (out->reply->aging)
    to = PUT(put_number(to, max_age(w, out->reply)), "\r\n");
  if (out->reply->cacheable)
    to = put_vary(to, w, a);
  to = put(to, w->date_line, FM_DATE_LINE);
  if (a->close)
    to = PUT(to, "Connection: close\r\n\r\n");
  else if (a->request->http10)
    to = PUT(to, "Connection: keep-alive\r\n\r\n");
  else
    to = PUT(to, "\r\n");
  out->tail_len = (uint16_t)(to - out->tail);
}

static int choose_coding(const fm_request *request, const char *bytes, const fm_reply *reply)
{
  if (!request->naccept_encoding)
    return FM_IDENTITY;
  fm_str values[FM_LIST_LINES_MAX];
  for (unsigned i = 0; i < request->naccept_encoding; i++)
    values[i] = fm_span_str(bytes, request->accept_encoding[i]);
  fm_accept_encoding accept;
  fm_accept_encoding_parse(&accept, values, request->naccept_encoding);
  int coding = fm_accept_encoding_choose(&accept, reply);
  bool only = reply->ncodings == 1 || reply->status != 200;
  return coding < 0 && only ? FM_IDENTITY : coding;
}

static bool names_etag(const char *bytes, const fm_span *lines, unsigned n, fm_str etag, bool strong)
{
  for (unsigned i = 0; i < n; i++)
    if (fm_etag_matches(fm_span_str(bytes, lines[i]), etag, strong))
      return true;
  return false;
}

/* If-Match, or without it If-Unmodified-Since (RFC 9110 section 13.2.2). */
static bool precondition_fails(const fm_request *request, const char *bytes, const fm_reply *reply,
                               const fm_representation *part)
{
  if (!reply->conditional)
    return false;
  if (request->nif_match)
    return !names_etag(bytes, request->if_match, request->nif_match, part->etag, true);
  fm_str since = fm_span_str(bytes, request->if_unmodified_since);
  return since.len && fm_modified_since(since, reply);
}

/* If-None-Match takes precedence over If-Modified-Since (RFC 9110 section 13.2.2). */
static bool is_unchanged(const fm_request *request, const char *bytes, const fm_reply *reply,
                         const fm_representation *part)
{
  if (!reply->conditional)
    return false;
  if (names_etag(bytes, request->if_none_match, request->nif_none_match, part->etag, false))
    return true;
  return !request->nif_none_match && request->if_modified_since.len &&
         fm_not_modified_since(fm_span_str(bytes, request->if_modified_since), reply);
}

static void count(fm_worker *w, int status)
{
  fm_count(&w->counters.status[status / 100 % 6], 1);
  if (status == 304)
    fm_count(&w->counters.not_modified, 1);
}

fm_peer fm_respond_client(const fm_worker *w, const fm_answer *a)
{
  if (!a->proxied)
    return *a->peer;
  return fm_client_of(a->peer, fm_span_str(a->bytes, a->request->forwarded_for),
                      fm_span_str(a->bytes, a->request->forwarded), w->conf->conf.trusted,
                      w->conf->conf.ntrusted);
}

static void write_access(fm_worker *w, const fm_answer *a, int status, const fm_output *out)
{
  const fm_request *request = a->request;
  fm_peer client = fm_respond_client(w, a);
  fm_access_entry access = {
    .peer = &client,
    .time = w->wall,
    .method = fm_span_str(a->bytes, request->method),
    .target = fm_span_str(a->bytes, request->target),
    .referer = fm_span_str(a->bytes, request->referer),
    .user_agent = fm_span_str(a->bytes, request->user_agent),
    .http10 = request->http10,
    .status = status,
    .bytes = out->body.len,
  };
  fm_access_log_add(&w->log, &access);
}

/* The reply that is sent in place of one whose form or state is not what the request wants. */
static fm_reply *choose_reply(fm_worker *w, const fm_answer *a, int *coding)
{
  *coding = choose_coding(a->request, a->bytes, a->reply);
  fm_reply *other = NULL;
  if (*coding < 0)
    other = w->not_acceptable;
  else if (precondition_fails(a->request, a->bytes, a->reply, &a->reply->by_coding[*coding]))
    other = w->precondition_failed;
  if (!other)
    return a->reply;
  *coding = FM_IDENTITY;
  return other;
}

void fm_respond(fm_worker *w, const fm_answer *a, fm_output *out)
{
  int coding;
  fm_reply *reply = choose_reply(w, a, &coding);
  const fm_representation *part = &reply->by_coding[coding];
  bool unchanged = is_unchanged(a->request, a->bytes, reply, part);
  out->reply = reply;
  out->sent = 0;
  out->head = unchanged ? part->head_304 : part->head;
  bool with_body = !unchanged && !a->request->head;
  out->body = with_body ? part->body : (fm_str){0};
  out->file_at = with_body ? part->file_at : -1;
  write_tail(out, w, a);
  int status = unchanged ? 304 : reply->status;
  count(w, status);
  if (w->log.file)
    write_access(w, a, status, out);
}
