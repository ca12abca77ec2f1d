/* Parses the request line and the header section of a request; request_field.c knows what the
 * fields mean. */
#include "serve/request.h"

#include "base/str.h"
#include "serve/request_parts.h"

#include <string.h>

_Static_assert(FM_REQUEST_MAX < UINT16_MAX, "spans reach every byte of a request");

enum {
  METHOD_MAX = 32,
  EMPTY_LINES_MAX = 8 /* bytes of empty lines before a request line (RFC 9112 section 2.2) */
};

/* A line being parsed: `at` moves from left to right. `end` is where the bytes end that have
 * come. A function that returns false has either refused the request or needs more bytes. */
typedef struct cursor {
  fm_request *request;
  const char *bytes, *at, *end;
} cursor;

void fm_request_init(fm_request *r) { memset(r, 0, sizeof *r); }

bool fm_request_refuse(fm_request *r, int status, const char *why)
{
  if (!r->status) {
    r->status = (uint16_t)status;
    r->why = why;
  }
  return false;
}

bool fm_is_token_char(unsigned char c)
{
  static const uint32_t set[8] = {
    [1] = 0x03ff6cfa, /* ! # $ % & ' * + - . 0-9 */
    [2] = 0xc7fffffe, /* A-Z ^ _ */
    [3] = 0x57ffffff, /* ` a-z | ~ */
  };
  return set[c >> 5] >> (c & 31) & 1;
}

static fm_span span_of(const cursor *c, const char *from)
{
  return (fm_span){(uint16_t)(from - c->bytes), (uint16_t)(c->at - from)};
}

/* CRLF, or LF alone (RFC 9112 section 2.2). A CR before anything else is refused. */
static bool line_end(cursor *c, const char *why)
{
  if (c->at == c->end)
    return false;
  if (*c->at == '\r' && ++c->at == c->end)
    return false;
  return *c->at == '\n' ? c->at++, true : fm_request_refuse(c->request, 400, why);
}

static bool empty_lines(cursor *c)
{
  const char *start = c->at;
  while (c->at < c->end && (*c->at == '\r' || *c->at == '\n')) {
    if (c->at - start >= EMPTY_LINES_MAX)
      return fm_request_refuse(c->request, 400, "no HTTP request");
    if (!line_end(c, "no HTTP request"))
      return false;
  }
  return c->at < c->end;
}

static bool method(cursor *c)
{
  const char *start = c->at;
  while (c->at < c->end && c->at - start <= METHOD_MAX && fm_is_token_char((unsigned char)*c->at))
    c->at++;
  if (c->at == c->end && c->at - start <= METHOD_MAX)
    return false;
  if (c->at == start || c->at - start > METHOD_MAX || *c->at != ' ')
    return fm_request_refuse(c->request, 400, "no HTTP request");
  c->request->method = span_of(c, start);
  c->at++;
  return true;
}

/* Visible ASCII; bytes beyond ASCII, which some readers send as they are, are data too. */
static bool target(cursor *c)
{
  const char *start = c->at, *limit = c->end - start > FM_TARGET_MAX ? start + FM_TARGET_MAX + 1 : c->end;
  while (c->at < limit && (unsigned char)*c->at > 0x20 && *c->at != 0x7f && *c->at != '#')
    c->at++;
  if (c->at - start > FM_TARGET_MAX)
    return fm_request_refuse(c->request, 414, "the address is longer than 8192 bytes");
  if (c->at == c->end)
    return false;
  if (*c->at == '#')
    return fm_request_refuse(c->request, 400, "a fragment in the address");
  if (*c->at != ' ' || c->at == start)
    return fm_request_refuse(c->request, 400, "malformed request line");
  c->request->target = span_of(c, start);
  c->at++;
  return true;
}

static bool digit(cursor *c, char *out)
{
  if (c->at == c->end)
    return false;
  if (*c->at < '0' || *c->at > '9')
    return fm_request_refuse(c->request, 400, "malformed request line");
  *out = *c->at++;
  return true;
}

static bool literal(cursor *c, const char *text, size_t len)
{
  for (size_t i = 0; i < len; i++, c->at++) {
    if (c->at == c->end)
      return false;
    if (*c->at != text[i])
      return fm_request_refuse(c->request, 400, "malformed request line");
  }
  return true;
}

/* HTTP-version, case-sensitive. A minor version above 1 is answered as 1.1. */
static bool version(cursor *c)
{
  char major, minor;
  if (!literal(c, "HTTP/", 5) || !digit(c, &major) || !literal(c, ".", 1) || !digit(c, &minor) ||
      !line_end(c, "malformed request line"))
    return false;
  if (major != '1')
    return fm_request_refuse(c->request, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  c->request->http10 = minor == '0';
  return true;
}

/* Splits a target in absolute form into authority and origin form. The path may be empty
 * (RFC 3986 section 3). */
static bool split_absolute(fm_request *r, const char *bytes)
{
  fm_str whole = fm_span_str(bytes, r->target);
  const char *colon = fm_str_find(whole, FM_STR("://"));
  fm_str scheme = colon ? fm_str_span(whole.ptr, colon) : (fm_str){0};
  if (!fm_str_ieq(scheme, FM_STR("http")) && !fm_str_ieq(scheme, FM_STR("https")))
    return fm_request_refuse(r, 400, "the address is neither a path nor an http URL");
  fm_str rest = fm_str_from(whole, scheme.len + 3);
  size_t len = 0;
  while (len < rest.len && rest.ptr[len] != '/' && rest.ptr[len] != '?')
    len++;
  r->authority = (fm_span){(uint16_t)(rest.ptr - bytes), (uint16_t)len};
  r->target = (fm_span){(uint16_t)(rest.ptr + len - bytes), (uint16_t)(rest.len - len)};
  return len || fm_request_refuse(r, 400, "the address has no host");
}

/* The asterisk form is of OPTIONS and the authority form of CONNECT (RFC 9112 section 3.2);
 * neither method is answered here. */
static bool check_target(fm_request *r, const char *bytes)
{
  fm_str name = fm_span_str(bytes, r->method), whole = fm_span_str(bytes, r->target);
  r->head = fm_str_is(name, "HEAD");
  if (*whole.ptr == '/' || fm_str_is(name, "CONNECT") ||
      (fm_str_is(name, "OPTIONS") && fm_str_is(whole, "*")))
    return true;
  return split_absolute(r, bytes);
}

static bool request_line(cursor *c)
{
  if (!empty_lines(c) || !method(c) || !target(c) || !version(c) ||
      !check_target(c->request, c->bytes))
    return false;
  c->request->parsed = c->request->fields_at = (uint32_t)(c->at - c->bytes);
  return true;
}

#define EACH(byte) (0x0101010101010101u * (byte))

/* The first control character but tab at `at` or after it, eight bytes at a time; `end` if there
 * is none. In a word the bits above the first hit may be false: only the first counts. */
static const char *find_control(const char *at, const char *end)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  for (uint64_t word; end - at >= 8; at += 8) {
    memcpy(&word, at, 8);
    uint64_t del = word ^ EACH(0x7f);
    uint64_t hit = ((word - EACH(0x20)) & ~word) | ((del - EACH(0x01)) & ~del);
    hit &= EACH(0x80);
    if (!hit)
      continue;
    at += __builtin_ctzll(hit) / 8;
    if (*at != '\t')
      return at;
    at -= 7; /* the loop adds 8: continues after the tab */
  }
#endif
  while (at < end && ((unsigned char)*at >= 0x20 || *at == '\t') && *at != 0x7f)
    at++;
  return at;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static bool field_name(cursor *c, fm_str *name)
{
  const char *start = c->at;
  if (is_blank(*start))
    return fm_request_refuse(c->request, 400, "a header's value goes on in the next line");
  while (c->at < c->end && fm_is_token_char((unsigned char)*c->at))
    c->at++;
  if (c->at == c->end)
    return false;
  if (c->at == start || *c->at != ':')
    return fm_request_refuse(c->request, 400, "malformed header");
  *name = fm_str_span(start, c->at++);
  return true;
}

static bool field_line(cursor *c)
{
  fm_request *r = c->request;
  fm_str name;
  if (r->nheaders == FM_HEADERS_MAX)
    return fm_request_refuse(r, 431, "more than 100 headers");
  if (!field_name(c, &name))
    return false;
  while (c->at < c->end && is_blank(*c->at))
    c->at++;
  const char *start = c->at;
  c->at = find_control(start, c->end);
  const char *last = c->at;
  if (!line_end(c, "a control character in a header"))
    return false;
  while (last > start && is_blank(last[-1]))
    last--;
  r->nheaders++;
  r->parsed = (uint32_t)(c->at - c->bytes);
  return fm_request_add_field(r, c->bytes, name, fm_str_span(start, last));
}

/* What the lines mean together. */
static bool check_whole(fm_request *r, const char *bytes)
{
  if (r->nhost == 0 && !r->http10)
    return fm_request_refuse(r, 400, "no Host header");
  if (!fm_request_check_framing(r))
    return false;
  if (!r->head && !fm_str_is(fm_span_str(bytes, r->method), "GET"))
    return fm_request_refuse(r, 405, "only GET and HEAD are answered here");
  if (r->has_coding || r->has_body)
    return fm_request_refuse(r, 400, "a GET or HEAD request has no body");
  r->keep_alive = !r->close && (!r->http10 || r->persist);
  return true;
}

/* All lines that have come, up to the empty one. */
static bool header_section(cursor *c)
{
  fm_request *r = c->request;
  while (c->at < c->end && *c->at != '\r' && *c->at != '\n')
    if (!field_line(c))
      return false;
  if (!line_end(c, "malformed header"))
    return false;
  r->used = (uint32_t)(c->at - c->bytes);
  r->complete = true;
  return check_whole(r, c->bytes);
}

static bool parse(cursor *c, size_t len)
{
  fm_request *r = c->request;
  if (!r->fields_at && !request_line(c))
    return false;
  size_t most = r->fields_at + FM_HEADER_SECTION_MAX;
  c->end = c->bytes + (len < most ? len : most);
  if (header_section(c))
    return true;
  return len >= most && fm_request_refuse(r, 431, "more than 16384 bytes of headers");
}

enum fm_parse fm_request_parse(fm_request *r, const char *bytes, size_t len)
{
  cursor c = {.request = r, .bytes = bytes, .at = bytes + r->parsed, .end = bytes + len};
  if (parse(&c, len))
    return FM_PARSE_DONE;
  return r->status ? FM_PARSE_BAD : FM_PARSE_MORE;
}
