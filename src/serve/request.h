/* One HTTP/1.x request as it comes in, in pieces of any size.
 *
 * The caller keeps the bytes in one place and hands in that place and how much
 * has come; the parser looks at each byte once. Spans are offsets from the
 * request's first byte, so the bytes may move between two calls. The parser
 * library shows only in request.c, so that another can take its place. */
#ifndef FM_SERVE_REQUEST_H
#define FM_SERVE_REQUEST_H

#include <feedmill/feed.h>
#include <stdbool.h>

enum {
  FM_TARGET_MAX = 8 * 1024,        /* bytes of a request target; over it 414 */
  FM_HEADER_SECTION_MAX = 16 * 1024, /* bytes after the request line; over it 431 */
  FM_HEADERS_MAX = 100,
  FM_REQUEST_MAX = FM_TARGET_MAX + FM_HEADER_SECTION_MAX + 256, /* bytes of all */
  FM_LIST_LINES_MAX = 4           /* of a list header, so many lines are looked at */
};

typedef struct fm_span {
  uint16_t at, len;
} fm_span;

enum fm_parse { FM_PARSE_MORE, FM_PARSE_DONE, FM_PARSE_BAD };

typedef struct fm_request {
  uint64_t parser[4]; /* the library's */
  const char *bytes;  /* during a call: the first byte */
  uint32_t parsed;    /* bytes that the parser has seen */
  uint32_t used;      /* bytes of the whole request */
  fm_span target;     /* origin form: from '/' on */
  fm_span authority;  /* of a target in absolute form (RFC 9112 section 3.2.2) */
  fm_span name;       /* of the header being read */
  fm_span host, if_modified_since, proto, forwarded_host, prefix, user_agent, referer;
  fm_span accept_encoding[FM_LIST_LINES_MAX], if_none_match[FM_LIST_LINES_MAX];
  uint8_t naccept_encoding, nif_none_match, nhost;
  uint8_t nheaders;
  uint16_t fields_at; /* where the header section begins; 0: not yet known */
  uint16_t value_end; /* of the header being read */
  uint16_t value;     /* where in this struct the span of the value being read is; 0: nowhere */
  bool in_value;
  bool complete;
  bool framed;     /* by a Transfer-Encoding */
  bool head;       /* HEAD, not GET */
  bool http10;        /* HTTP/1.0 */
  bool keep_alive; /* as the client wants it (RFC 9112 section 9.3) */
  uint16_t status; /* FM_PARSE_BAD: what to answer */
  const char *why; /* FM_PARSE_BAD: one line */
} fm_request;

void fm_request_init(fm_request *request); /* ready for a new one */

/* Goes on with the request whose bytes stand at `bytes`, `len` of them by now.
 * FM_PARSE_DONE: `used` of them are the request, a GET or HEAD without a body.
 * FM_PARSE_BAD: answer `status` with `why` and close; do not call again. */
enum fm_parse fm_request_parse(fm_request *request, const char *bytes, size_t len);

static inline fm_str fm_span_str(const char *bytes, fm_span span)
{
  return (fm_str){bytes + span.at, span.len};
}

#endif
