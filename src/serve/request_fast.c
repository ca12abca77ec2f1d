/* The usual form of a request, read in one go.
 *
 * A feed reader's conditional GET took the library 0.7 us, a seventh of all that
 * it costs to answer it. This reader knows one form only: GET or HEAD, a path,
 * HTTP/1.1, well-formed lines that end in CRLF, nothing that frames a body.
 * Anything else at all is left to the library, which alone decides what is wrong.
 * A test feeds both with the same mutated requests and compares. */
#include "serve/request_parts.h"

#include "base/str.h"

#include <string.h>

static const struct known {
  const char *name;
  uint8_t len, header;
} known[] = { /* by length */
  {"host", 4, FM_HOST},
  {"referer", 7, FM_REFERER},
  {"user-agent", 10, FM_USER_AGENT},
  {"connection", 10, FM_CONNECTION},
  {"if-none-match", 13, FM_IF_NONE_MATCH},
  {"content-length", 14, FM_FRAMING},
  {"accept-encoding", 15, FM_ACCEPT_ENCODING},
  {"x-forwarded-host", 16, FM_FORWARDED_HOST},
  {"proxy-connection", 16, FM_FRAMING},
  {"if-modified-since", 17, FM_IF_MODIFIED_SINCE},
  {"x-forwarded-proto", 17, FM_FORWARDED_PROTO},
  {"transfer-encoding", 17, FM_FRAMING},
  {"x-forwarded-prefix", 18, FM_FORWARDED_PREFIX},
};

enum { LONGEST = 18, NONE = 255 };

static const uint8_t first_of_length[LONGEST + 1] = {
  NONE, NONE, NONE, NONE, 0, NONE, NONE, 1, NONE, NONE, 2, NONE, NONE, 4, 5, 6, 7, 9, 12,
};

enum fm_header fm_header_of(fm_str name)
{
  if (name.len > LONGEST || first_of_length[name.len] == NONE)
    return FM_HEADER_OTHER;
  const struct known *k = &known[first_of_length[name.len]];
  const struct known *end = known + sizeof known / sizeof *known;
  for (; k < end && k->len == name.len; k++)
    if ((name.ptr[0] | 0x20) == k->name[0] && fm_str_ieq(name, (fm_str){k->name, k->len}))
      return (enum fm_header)k->header;
  return FM_HEADER_OTHER;
}

static fm_span *next_of(fm_span *list, uint8_t *count)
{
  return *count < FM_LIST_LINES_MAX ? &list[(*count)++] : NULL;
}

static fm_span *if_first(fm_span *span) { return span->at ? NULL : span; }

fm_span *fm_request_place(fm_request *r, enum fm_header header)
{
  switch (header) {
  case FM_HOST:
    r->nhost = (uint8_t)(r->nhost + 1);
    return if_first(&r->host);
  case FM_ACCEPT_ENCODING:
    return next_of(r->accept_encoding, &r->naccept_encoding);
  case FM_IF_NONE_MATCH:
    return next_of(r->if_none_match, &r->nif_none_match);
  case FM_IF_MODIFIED_SINCE:
    return if_first(&r->if_modified_since);
  case FM_FORWARDED_PROTO:
    return if_first(&r->proto);
  case FM_FORWARDED_HOST:
    return if_first(&r->forwarded_host);
  case FM_FORWARDED_PREFIX:
    return if_first(&r->prefix);
  case FM_USER_AGENT:
    return if_first(&r->user_agent);
  case FM_REFERER:
    return if_first(&r->referer);
  default:
    return NULL;
  }
}

/* Characters of names that are usual: letters, digits, '-' and '_'. */
static bool is_name_char(unsigned char c)
{
  static const uint32_t set[8] = {
    [1] = 0x03ff2000, /* 0-9 - */
    [2] = 0x87fffffe, /* A-Z _ */
    [3] = 0x07fffffe, /* a-z */
  };
  return set[c >> 5] >> (c & 31) & 1;
}

#define EACH(byte) (0x0101010101010101u * (byte))

/* The first control character (a tab is none here) at `at` or after it, eight
 * bytes at a time; `end` if there is none. In a word, what lies above the first
 * hit may be a false one: only the first counts. */
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
    at -= 7; /* the loop adds 8: on behind the tab */
  }
#endif
  while (at < end && ((unsigned char)*at >= 0x20 || *at == '\t') && *at != 0x7f)
    at++;
  return at;
}

static fm_span span_of(const char *bytes, const char *from, const char *to)
{
  return (fm_span){(uint16_t)(from - bytes), (uint16_t)(to - from)};
}

/* "close" and "keep-alive", alone, are the ones that are read here. */
static bool read_connection(fm_request *r, fm_str value)
{
  if (fm_str_ieq(value, FM_STR("keep-alive")))
    return true;
  r->keep_alive = false;
  return fm_str_ieq(value, FM_STR("close"));
}

static bool keep_value(fm_request *r, const char *bytes, fm_str name, fm_str value)
{
  enum fm_header header = fm_header_of(name);
  if (header == FM_HEADER_OTHER)
    return true;
  if (header == FM_FRAMING)
    return false;
  if (header == FM_CONNECTION)
    return read_connection(r, value);
  fm_span *place = fm_request_place(r, header);
  if (place)
    *place = span_of(bytes, value.ptr, value.ptr + value.len);
  return true;
}

/* One header line; returns what follows it, NULL if it is not a usual one. */
static const char *read_line(fm_request *r, const char *bytes, const char *at, const char *end)
{
  const char *name = at;
  while (at < end && is_name_char((unsigned char)*at))
    at++;
  if (at == name || at == end || *at != ':')
    return NULL;
  fm_str label = fm_str_span(name, at++);
  while (at < end && (*at == ' ' || *at == '\t'))
    at++;
  const char *value = at;
  at = find_control(at, end);
  if (end - at < 2 || at[0] != '\r' || at[1] != '\n')
    return NULL;
  return keep_value(r, bytes, label, fm_str_span(value, at)) ? at + 2 : NULL;
}

/* "GET /target HTTP/1.1" and CRLF; returns what follows it. */
static const char *read_request_line(fm_request *r, const char *bytes, const char *end)
{
  static const char version[] = " HTTP/1.1\r\n";
  const size_t tail = sizeof version - 1;
  r->head = *bytes == 'H';
  const char *at = bytes + (r->head ? 5 : 4), *target = at;
  if (end - bytes < 6 || memcmp(bytes, r->head ? "HEAD /" : "GET /", r->head ? 6 : 5) != 0)
    return NULL;
  while (at < end && (unsigned char)(*at - 0x21) < 0x7f - 0x21 && *at != '#')
    at++;
  if ((size_t)(end - at) < tail || memcmp(at, version, tail) != 0 || at - target > FM_TARGET_MAX)
    return NULL;
  r->target = span_of(bytes, target, at);
  return at + tail;
}

bool fm_request_fast(fm_request *r, const char *bytes, size_t len)
{
  const char *end = bytes + len;
  r->keep_alive = true;
  const char *at = read_request_line(r, bytes, end);
  if (!at)
    return false;
  r->fields_at = (uint16_t)(at - bytes);
  while (at && end - at >= 2 && at[0] != '\r') {
    if (r->nheaders++ == FM_HEADERS_MAX)
      return false;
    at = read_line(r, bytes, at, end);
  }
  if (!at || end - at < 2 || at[1] != '\n')
    return false;
  r->used = (uint32_t)(at + 2 - bytes);
  r->complete = true;
  return true;
}
