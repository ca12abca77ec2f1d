/* Builds replies: the heads of 200 and 304 for each coding, ETags, and bodies in memory or in
 * the body file. */
#include "serve/reply.h"

#include "base/buf.h"
#include "base/date.h"
#include "base/mem.h"
#include "base/str.h"
#include "serve/body_file.h"
#include "serve/reply_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

enum { HEADS_MAX = 64 * 1024, YEAR = 31536000 };

static const struct coding {
  const char *name; /* in Content-Encoding */
  const char *mark; /* in the ETag */
} codings[FM_CODINGS] = {
  [FM_IDENTITY] = {NULL, ""},
  [FM_GZIP] = {"gzip", "-gz"},
  [FM_BR] = {"br", "-br"},
  [FM_ZSTD] = {"zstd", "-zst"},
};

static const struct status {
  int code;
  const char *text;
} statuses[] = {
  {200, "OK"}, {301, "Moved Permanently"}, {302, "Found"}, {303, "See Other"},
  {304, "Not Modified"}, {307, "Temporary Redirect"}, {308, "Permanent Redirect"},
  {400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
  {405, "Method Not Allowed"}, {406, "Not Acceptable"}, {408, "Request Timeout"}, {410, "Gone"},
  {412, "Precondition Failed"},
  {413, "Content Too Large"}, {414, "URI Too Long"}, {429, "Too Many Requests"},
  {431, "Request Header Fields Too Large"}, {500, "Internal Server Error"},
  {502, "Bad Gateway"}, {503, "Service Unavailable"}, {504, "Gateway Timeout"},
  {505, "HTTP Version Not Supported"},
};

const char *fm_status_text(int status)
{
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
    if (statuses[i].code == status)
      return statuses[i].text;
  return "";
}

fm_freshness *fm_freshness_new(void)
{
  fm_freshness *life = FM_NEW(fm_freshness);
  atomic_init(&life->refs, 1);
  return life;
}

fm_freshness *fm_freshness_ref(fm_freshness *life)
{
  atomic_fetch_add_explicit(&life->refs, 1, memory_order_relaxed);
  return life;
}

void fm_freshness_unref(fm_freshness *life)
{
  if (life && atomic_fetch_sub_explicit(&life->refs, 1, memory_order_acq_rel) == 1)
    free(life);
}

/* While heads are being written, strings hold offsets into the buffer, which may move; `settle`
 * turns them into pointers. */
static fm_str mark(const fm_buf *heads, size_t from)
{
  return (fm_str){(const char *)(uintptr_t)from, heads->len - from};
}

static void settle(fm_str *s, const char *block)
{
  *s = s->len ? (fm_str){block + (uintptr_t)s->ptr, s->len} : (fm_str){0};
}

static void write_cache_control(fm_buf *out, const fm_reply_spec *spec)
{
  if (!spec->cacheable) {
    fm_buf_text(out, "Cache-Control: no-store\r\n");
    return;
  }
  if (spec->immutable) {
    fm_buf_addf(out, "Cache-Control: public, max-age=%d, immutable\r\n", YEAR);
    return;
  }
  fm_buf_text(out, "Cache-Control: public, ");
  if (spec->stale_while_revalidate > 0)
    fm_buf_addf(out, "stale-while-revalidate=%" PRId64 ", ", spec->stale_while_revalidate);
  if (spec->stale_if_error > 0)
    fm_buf_addf(out, "stale-if-error=%" PRId64 ", ", spec->stale_if_error);
  fm_buf_text(out, "max-age="); /* fm_respond appends the seconds */
}

static bool is_feed(fm_str type)
{
  static const char *const types[] = {"application/atom+xml", "application/rss+xml",
                                      "application/feed+json"};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (fm_str_starts(type, fm_str_of(types[i])))
      return true;
  return false;
}

/* Fields that 200 and 304 share (RFC 9110 section 15.4.5). */
static void write_shared(fm_buf *out, const fm_reply_spec *spec, fm_str etag, const char *modified)
{
  if (etag.len)
    fm_buf_addf(out, "ETag: %.*s\r\n", FM_FMT(etag));
  if (*modified)
    fm_buf_addf(out, "Last-Modified: %s\r\n", modified);
  if (spec->status >= 400 || is_feed(spec->content_type))
    fm_buf_text(out, "Access-Control-Allow-Origin: *\r\n"); /* readers in a browser */
}

/* No script and no external resource, whatever the text of a feed contains, and in nobody's
 * frame; no search engine keeps it. */
static void write_html_fields(fm_buf *out)
{
  fm_buf_text(out, "Content-Security-Policy: default-src 'none'; img-src data:; "
                   "style-src 'unsafe-inline'; base-uri 'none'; "
                   "frame-ancestors 'none'\r\n"
                   "Referrer-Policy: no-referrer\r\nX-Robots-Tag: noindex\r\n");
}

static void write_heads(fm_buf *out, const fm_reply_spec *spec, enum fm_coding coding, fm_str etag,
                        const char *modified, fm_representation *part)
{
  size_t from = out->len;
  fm_buf_addf(out, "HTTP/1.1 %d %s\r\n", spec->status, fm_status_text(spec->status));
  if (spec->content_type.len)
    fm_buf_addf(out, "Content-Type: %.*s\r\n", FM_FMT(spec->content_type));
  fm_buf_addf(out, "Content-Length: %zu\r\n", spec->body[coding].len);
  if (codings[coding].name)
    fm_buf_addf(out, "Content-Encoding: %s\r\n", codings[coding].name);
  fm_buf_text(out, "X-Content-Type-Options: nosniff\r\n");
  if (fm_str_starts(spec->content_type, FM_STR("text/html")))
    write_html_fields(out);
  write_shared(out, spec, etag, modified);
  if (spec->retry_after > 0)
    fm_buf_addf(out, "Retry-After: %" PRId64 "\r\n", spec->retry_after);
  fm_buf_str(out, spec->extra);
  write_cache_control(out, spec);
  part->head = mark(out, from);

  if (spec->status != 200 || !spec->cacheable)
    return;
  from = out->len;
  fm_buf_text(out, "HTTP/1.1 304 Not Modified\r\n");
  write_shared(out, spec, etag, modified);
  write_cache_control(out, spec);
  part->head_304 = mark(out, from);
}

/* Hashes the identity bytes for every coding: the same feed has the same ETags on every machine,
 * whichever version of a compressor is installed. */
static void write_etag(char out[48], fm_str identity, enum fm_coding coding)
{
  XXH128_hash_t h = XXH3_128bits(identity.ptr ? identity.ptr : "", identity.len);
  snprintf(out, 48, "\"%016" PRIx64 "%016" PRIx64 "%s\"", (uint64_t)h.high64, (uint64_t)h.low64,
           codings[coding].mark);
}

static void write_part(fm_buf *out, const fm_reply_spec *spec, enum fm_coding coding,
                       const char *modified, fm_representation *part)
{
  char etag[48] = "";
  if (spec->cacheable)
    write_etag(etag, spec->body[FM_IDENTITY], coding);
  size_t from = out->len;
  fm_buf_text(out, etag);
  part->etag = mark(out, from);
  write_heads(out, spec, coding, fm_str_of(etag), modified, part);
}

static void take_body(fm_representation *part, fm_str *body)
{
  part->file_at = -1;
  part->body = *body;
  *body = (fm_str){0};
  if (part->body.len < FM_SENDFILE_MIN)
    return;
  fm_str view;
  part->file_at = fm_body_file_put(part->body, &view);
  if (part->file_at < 0)
    return;
  free((char *)(uintptr_t)part->body.ptr);
  part->body = view;
}

static void order_by_size(fm_reply *reply)
{
  for (unsigned i = 1; i < reply->ncodings; i++)
    for (unsigned k = i; k > 0; k--) {
      uint8_t *a = &reply->by_size[k - 1], *b = &reply->by_size[k];
      if (reply->by_coding[*a].body.len <= reply->by_coding[*b].body.len)
        break;
      uint8_t swap = *a;
      *a = *b;
      *b = swap;
    }
}

static bool is_there(const fm_reply_spec *spec, int coding)
{
  return coding == FM_IDENTITY || spec->body[coding].ptr;
}

fm_reply *fm_reply_new(fm_reply_spec *spec)
{
  fm_reply *reply = FM_NEW(fm_reply);
  atomic_init(&reply->refs, 1);
  reply->status = (uint16_t)spec->status;
  reply->cacheable = spec->cacheable;
  reply->retry_after = spec->retry_after;
  reply->aging = spec->cacheable && !spec->immutable;
  reply->conditional = spec->cacheable && spec->status == 200;
  reply->life = spec->life ? fm_freshness_ref(spec->life) : NULL;
  reply->last_modified = spec->last_modified;

  char modified[FM_DATE_HTTP_LEN + 1] = "";
  if (spec->last_modified != FM_NO_TIME)
    fm_date_http(spec->last_modified, modified);
  fm_buf heads;
  fm_buf_init(&heads, HEADS_MAX);
  fm_buf_text(&heads, modified);
  reply->last_modified_text = mark(&heads, 0);
  for (int c = 0; c < FM_CODINGS; c++)
    if (is_there(spec, c))
      write_part(&heads, spec, (enum fm_coding)c, modified, &reply->by_coding[c]);

  reply->heads = fm_buf_take(&heads, NULL);
  settle(&reply->last_modified_text, reply->heads);
  for (int c = 0; c < FM_CODINGS; c++) {
    if (!is_there(spec, c))
      continue;
    fm_representation *part = &reply->by_coding[c];
    settle(&part->head, reply->heads);
    settle(&part->head_304, reply->heads);
    settle(&part->etag, reply->heads);
    take_body(part, &spec->body[c]);
    reply->by_size[reply->ncodings++] = (uint8_t)c;
  }
  order_by_size(reply);
  return reply;
}

fm_reply *fm_reply_ref(fm_reply *reply)
{
  atomic_fetch_add_explicit(&reply->refs, 1, memory_order_relaxed);
  return reply;
}

void fm_reply_unref(fm_reply *reply)
{
  if (!reply || atomic_fetch_sub_explicit(&reply->refs, 1, memory_order_acq_rel) != 1)
    return;
  for (int c = 0; c < FM_CODINGS; c++) {
    fm_representation *part = &reply->by_coding[c];
    if (!part->head.len)
      continue;
    if (part->file_at >= 0)
      fm_body_file_drop(part->file_at, part->body);
    else
      free((char *)(uintptr_t)part->body.ptr);
  }
  fm_freshness_unref(reply->life);
  free(reply->heads);
  free(reply);
}

fm_reply *fm_reply_text(int status, fm_str line, int64_t retry_after, fm_str extra)
{
  char *body = fm_alloc(line.len + 1);
  if (line.len)
    memcpy(body, line.ptr, line.len);
  body[line.len] = '\n';
  fm_reply_spec spec = {
    .status = status,
    .content_type = FM_STR("text/plain; charset=utf-8"),
    .body[FM_IDENTITY] = {body, line.len + 1},
    .last_modified = FM_NO_TIME,
    .retry_after = retry_after,
    .extra = extra,
  };
  return fm_reply_new(&spec);
}

fm_reply *fm_reply_html_error(const fm_reply *error, fm_str home)
{
  fm_buf page;
  fm_str line = fm_str_trim(fm_reply_body(error, FM_IDENTITY));
  fm_buf_init(&page, FM_BUF_MAX);
  fm_buf_addf(&page,
              "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
              "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
              "<meta name=\"color-scheme\" content=\"light dark\"><title>%d</title></head>\n"
              "<body><main><h1>%s</h1>\n<p>",
              error->status, error->status == 404 ? "There is no such feed here"
                             : error->status < 500 ? "That cannot be answered"
                                                   : "The feed is not to be had now");
  fm_buf_html(&page, line);
  fm_buf_text(&page, "</p>\n<p><a href=\"");
  fm_buf_html(&page, home);
  fm_buf_text(&page, "/\">All feeds</a></p></main></body></html>\n");
  size_t len;
  char *body = fm_buf_take(&page, &len);
  fm_reply_spec spec = {
    .status = error->status,
    .content_type = FM_STR("text/html; charset=utf-8"),
    .body[FM_IDENTITY] = {body, len},
    .last_modified = FM_NO_TIME,
    .retry_after = error->retry_after,
  };
  return fm_reply_new(&spec);
}

fm_str fm_reply_body(const fm_reply *reply, enum fm_coding coding)
{
  return reply->by_coding[coding].body;
}

fm_str fm_reply_etag(const fm_reply *reply, enum fm_coding coding)
{
  return reply->by_coding[coding].etag;
}

int fm_reply_status(const fm_reply *reply) { return reply->status; }
fm_freshness *fm_reply_freshness(const fm_reply *reply) { return reply->life; }
