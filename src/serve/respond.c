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

static void write_tail(fm_output *out, const fm_worker *w, const fm_request *request, bool close)
{
  char *to = out->tail;
  if (out->reply->aging)
    to = put(put_number(to, max_age(w, out->reply)), "\r\n", 2);
  to = put(to, w->date_line, FM_DATE_LINE);
  if (close)
    to = put(to, "Connection: close\r\n\r\n", sizeof "Connection: close\r\n\r\n" - 1);
  else if (request->http10)
    to = put(to, "Connection: keep-alive\r\n\r\n", sizeof "Connection: keep-alive\r\n\r\n" - 1);
  else
    to = put(to, "\r\n", 2);
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
  return coding >= 0 || reply->status == 200 ? coding : FM_IDENTITY;
}

/* If-None-Match takes precedence over If-Modified-Since (RFC 9110 section 13.2.2). */
static bool is_unchanged(const fm_request *request, const char *bytes, const fm_reply *reply,
                         const fm_representation *part)
{
  if (!reply->conditional)
    return false;
  for (unsigned i = 0; i < request->nif_none_match; i++)
    if (fm_etag_matches(fm_span_str(bytes, request->if_none_match[i]), part->etag))
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

static void write_access(fm_worker *w, const fm_peer *peer, const fm_request *request,
                         const char *bytes, int status, const fm_output *out)
{
  fm_access_entry access = {
    .peer = peer,
    .time = w->wall,
    .method = fm_span_str(bytes, request->method),
    .target = fm_span_str(bytes, request->target),
    .referer = fm_span_str(bytes, request->referer),
    .user_agent = fm_span_str(bytes, request->user_agent),
    .http10 = request->http10,
    .status = status,
    .bytes = out->body.len,
  };
  fm_access_log_add(&w->log, &access);
}

void fm_respond(fm_worker *w, const fm_peer *peer, const fm_request *request, const char *bytes,
                fm_reply *reply, bool close, fm_output *out)
{
  int coding = choose_coding(request, bytes, reply);
  if (coding < 0) {
    reply = w->not_acceptable;
    coding = FM_IDENTITY;
  }
  const fm_representation *part = &reply->by_coding[coding];
  bool unchanged = is_unchanged(request, bytes, reply, part);
  out->reply = reply;
  out->sent = 0;
  out->head = unchanged ? part->head_304 : part->head;
  bool with_body = !unchanged && !request->head;
  out->body = with_body ? part->body : (fm_str){0};
  out->file_at = with_body ? part->file_at : -1;
  write_tail(out, w, request, close);
  int status = unchanged ? 304 : reply->status;
  count(w, status);
  if (w->log.file)
    write_access(w, peer, request, bytes, status, out);
}
