#include "serve/request.h"

#include "base/str.h"
#include "serve/request_parts.h"

#include <http_parser.h>
#include <string.h>

_Static_assert(sizeof(http_parser) <= sizeof((fm_request *)0)->parser, "room for the parser");
_Static_assert(FM_REQUEST_MAX < UINT16_MAX, "spans reach every byte of a request");

enum { FAILED = -1, NO_BODY = 1 }; /* what callbacks return to the library */

static http_parser *parser_of(fm_request *r) { return (http_parser *)(void *)r->parser; }
static fm_request *request_of(http_parser *p)
{
  return (fm_request *)(void *)((char *)p - offsetof(fm_request, parser));
}

static int refuse(fm_request *r, int status, const char *why)
{
  if (!r->status) {
    r->status = (uint16_t)status;
    r->why = why;
  }
  return FAILED;
}

static uint16_t offset(const fm_request *r, const char *at) { return (uint16_t)(at - r->bytes); }

static int on_url(http_parser *p, const char *at, size_t len)
{
  fm_request *r = request_of(p);
  if (!r->target.len)
    r->target.at = offset(r, at);
  if (r->target.len + len > FM_TARGET_MAX)
    return refuse(r, 414, "the address is longer than 8192 bytes");
  r->target.len = (uint16_t)(r->target.len + len);
  return 0;
}

static int on_header_field(http_parser *p, const char *at, size_t len)
{
  fm_request *r = request_of(p);
  if (r->in_value || !r->name.len) { /* a new one */
    r->in_value = false;
    r->name = (fm_span){offset(r, at), 0};
    if (!r->fields_at)
      r->fields_at = r->name.at;
    if (r->nheaders++ >= FM_HEADERS_MAX)
      return refuse(r, 431, "more than 100 headers");
  }
  r->name.len = (uint16_t)(r->name.len + len);
  return 0;
}

/* The library lets some things pass that RFC 9112 section 5 wants refused:
 * white space in a name, and values that go on in the next line. */
static int begin_value(fm_request *r, uint16_t at, size_t len)
{
  fm_str name = fm_span_str(r->bytes, r->name);
  if (memchr(name.ptr, ' ', name.len))
    return refuse(r, 400, "white space in a header's name");
  uint16_t after = (uint16_t)(r->name.at + r->name.len + 1);
  if (len && at > after + 1 && memchr(r->bytes + after, '\n', (size_t)(at - after)))
    return refuse(r, 400, "a header's value goes on in the next line");
  r->framed |= fm_str_ieq(name, FM_STR("transfer-encoding")); /* the library looks at its start */
  fm_span *place = fm_request_place(r, fm_header_of(name));
  r->value = place ? (uint16_t)((char *)place - (char *)r) : 0;
  r->in_value = true;
  r->value_end = at;
  if (place)
    place->at = at;
  return 0;
}

static int on_header_value(http_parser *p, const char *at, size_t len)
{
  fm_request *r = request_of(p);
  uint16_t from = offset(r, at);
  if (!r->in_value && begin_value(r, from, len) == FAILED)
    return FAILED;
  if (from != r->value_end)
    return refuse(r, 400, "a header's value goes on in the next line");
  r->value_end = (uint16_t)(from + len);
  if (r->value) {
    fm_span *place = (fm_span *)(void *)((char *)r + r->value);
    place->len = (uint16_t)(place->len + len);
  }
  return 0;
}

static int on_headers_complete(http_parser *p)
{
  fm_request *r = request_of(p);
  if (p->http_major != 1)
    return refuse(r, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  if (p->method != HTTP_GET && p->method != HTTP_HEAD)
    return refuse(r, 405, "only GET and HEAD are answered here");
  if (r->framed || ((p->flags & F_CONTENTLENGTH) && p->content_length))
    return refuse(r, 400, "a GET or HEAD request has no body");
  r->head = p->method == HTTP_HEAD;
  r->http10 = p->http_minor == 0;
  return NO_BODY;
}

static int on_message_complete(http_parser *p)
{
  fm_request *r = request_of(p);
  r->keep_alive = http_should_keep_alive(p);
  r->complete = true;
  http_parser_pause(p, 1); /* what follows is the next request */
  return 0;
}

static const http_parser_settings callbacks = {
  .on_url = on_url,
  .on_header_field = on_header_field,
  .on_header_value = on_header_value,
  .on_headers_complete = on_headers_complete,
  .on_message_complete = on_message_complete,
};

void fm_request_init(fm_request *r) { memset(r, 0, sizeof *r); }

static bool is_token_char(unsigned char c)
{
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
         (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* The library knows a set of methods; any other token is a method too (RFC 9110
 * section 9.1), only none that is answered. HTTP/2 begins with "PRI". */
static int refuse_method(fm_request *r, const char *bytes, size_t len)
{
  fm_str start = {bytes, len < 6 ? len : 6};
  if (start.len >= 3 && fm_str_starts(FM_STR("PRI * "), start))
    return refuse(r, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  size_t i = 0;
  while (i < len && i < 32 && is_token_char((unsigned char)bytes[i]))
    i++;
  if (i > 0 && i < len && bytes[i] == ' ')
    return refuse(r, 405, "only GET and HEAD are answered here");
  return refuse(r, 400, "no HTTP request");
}

static int refuse_syntax(fm_request *r, const char *bytes, size_t len)
{
  enum http_errno error = HTTP_PARSER_ERRNO(parser_of(r));
  if (error == HPE_INVALID_METHOD)
    return refuse_method(r, bytes, len);
  if (error == HPE_INVALID_VERSION || error == HPE_INVALID_URL || error == HPE_INVALID_CONSTANT)
    return refuse(r, 400, "malformed request line");
  return refuse(r, 400, http_errno_description(error));
}

static fm_span trimmed(const char *bytes, fm_span span)
{
  for (const char *last; span.len; span.len--) {
    last = bytes + span.at + span.len - 1;
    if (*last != ' ' && *last != '\t')
      break;
  }
  return span;
}

/* Cuts a target in absolute form into authority and origin form. */
static int split_absolute(fm_request *r, const char *bytes)
{
  fm_str target = fm_span_str(bytes, r->target);
  const char *colon = fm_str_find(target, FM_STR("://"));
  fm_str scheme = colon ? fm_str_span(target.ptr, colon) : (fm_str){0};
  if (!fm_str_ieq(scheme, FM_STR("http")) && !fm_str_ieq(scheme, FM_STR("https")))
    return refuse(r, 400, "the address is neither a path nor an http URL");
  fm_str rest = fm_str_from(target, scheme.len + 3);
  size_t len = 0;
  while (len < rest.len && rest.ptr[len] != '/' && rest.ptr[len] != '?')
    len++;
  if (len < rest.len && rest.ptr[len] == '?')
    return refuse(r, 400, "the address has no path");
  r->authority = (fm_span){(uint16_t)(rest.ptr - bytes), (uint16_t)len};
  r->target = (fm_span){(uint16_t)(rest.ptr + len - bytes), (uint16_t)(rest.len - len)};
  if (!len)
    return refuse(r, 400, "the address has no host");
  return 0;
}

/* What the parts mean together, once all of them are there. */
static int check_whole(fm_request *r, const char *bytes)
{
  if (r->fields_at && r->used - r->fields_at > FM_HEADER_SECTION_MAX)
    return refuse(r, 431, "more than 16384 bytes of headers");
  if (r->nhost > 1)
    return refuse(r, 400, "several Host headers");
  if (r->nhost == 0 && !r->http10)
    return refuse(r, 400, "no Host header");
  fm_str target = fm_span_str(bytes, r->target);
  if (memchr(target.ptr, '#', target.len))
    return refuse(r, 400, "a fragment in the address");
  if (*target.ptr != '/' && split_absolute(r, bytes) == FAILED)
    return FAILED;
  r->host = trimmed(bytes, r->host);
  r->if_modified_since = trimmed(bytes, r->if_modified_since);
  return 0;
}

static bool too_long(fm_request *r)
{
  if (r->fields_at && r->parsed - r->fields_at > FM_HEADER_SECTION_MAX)
    return refuse(r, 431, "more than 16384 bytes of headers") == FAILED;
  return r->parsed >= FM_REQUEST_MAX && refuse(r, 400, "malformed request line") == FAILED;
}

static enum fm_parse complete(fm_request *r, const char *bytes)
{
  return check_whole(r, bytes) == FAILED ? FM_PARSE_BAD : FM_PARSE_DONE;
}

/* True if the request was read whole at the first look. */
static bool begin(fm_request *r, const char *bytes, size_t len)
{
  if (fm_request_fast(r, bytes, len))
    return true;
  fm_request_init(r);
  http_parser_init(parser_of(r), HTTP_REQUEST);
  return false;
}

enum fm_parse fm_request_parse(fm_request *r, const char *bytes, size_t len)
{
  if (len > FM_REQUEST_MAX)
    len = FM_REQUEST_MAX;
  if (r->parsed == 0 && begin(r, bytes, len))
    return complete(r, bytes);
  r->bytes = bytes;
  size_t more = len - r->parsed;
  size_t seen = http_parser_execute(parser_of(r), &callbacks, bytes + r->parsed, more);
  r->parsed += (uint32_t)seen;
  if (r->complete) {
    r->used = r->parsed;
    return complete(r, bytes);
  }
  if (HTTP_PARSER_ERRNO(parser_of(r)) != HPE_OK || seen != more) {
    refuse_syntax(r, bytes, len);
    return FM_PARSE_BAD;
  }
  return too_long(r) ? FM_PARSE_BAD : FM_PARSE_MORE;
}
