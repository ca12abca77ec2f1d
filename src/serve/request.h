/* Parses one HTTP/1.x request (RFC 9112), which may arrive in pieces of any size.
 *
 * The caller keeps the bytes in one place and passes that place and how many bytes there are
 * so far. Spans are offsets from the first byte of the request, so the bytes may move between
 * two calls. The result does not depend on how the bytes were split: lines are judged in order,
 * and each by its bytes from left to right. */
#ifndef FM_SERVE_REQUEST_H
#define FM_SERVE_REQUEST_H

#include <feedmill/feed.h>
#include <stdbool.h>

enum {
  FM_TARGET_MAX = 8 * 1024,          /* bytes of a request target; over it 414 */
  FM_HEADER_SECTION_MAX = 16 * 1024, /* bytes after the request line; over it 431 */
  FM_HEADERS_MAX = 100,              /* field lines; over it 431 */
  FM_REQUEST_MAX = FM_TARGET_MAX + FM_HEADER_SECTION_MAX + 256, /* bytes of all */
  FM_LIST_LINES_MAX = 4 /* of a list field, this many lines are looked at */
};

typedef struct fm_span {
  uint16_t at, len;
} fm_span;

enum fm_parse { FM_PARSE_MORE, FM_PARSE_DONE, FM_PARSE_BAD };

typedef struct fm_request {
  uint32_t parsed;    /* offset of the first line that has not been parsed */
  uint32_t used;      /* bytes of the whole request */
  uint32_t fields_at; /* offset of the header section; 0: the request line has not been parsed */
  fm_span method;
  fm_span target;    /* origin form, from '/' on; of an absolute form it may begin with '?' or be empty */
  fm_span authority; /* of a target in absolute form (RFC 9112 section 3.2.2) */
  fm_span host, if_modified_since, if_unmodified_since, user_agent, referer;
  /* Of these the last line counts: it is the one that the nearest proxy added. */
  fm_span forwarded, forwarded_for, forwarded_proto, forwarded_host, forwarded_port, forwarded_prefix;
  fm_span accept_encoding[FM_LIST_LINES_MAX], if_none_match[FM_LIST_LINES_MAX];
  fm_span if_match[FM_LIST_LINES_MAX], accept[FM_LIST_LINES_MAX];
  uint8_t naccept_encoding, nif_none_match, nif_match, naccept, nhost;
  uint8_t nheaders;
  bool complete;
  bool has_length, has_body; /* Content-Length is there; it is not 0 */
  bool has_coding;           /* Transfer-Encoding is there */
  bool close, persist;       /* options of Connection */
  bool head;                 /* HEAD, not GET */
  bool http10;
  bool keep_alive; /* what the client wants (RFC 9112 section 9.3) */
  uint16_t status; /* FM_PARSE_BAD: what to answer */
  const char *why; /* FM_PARSE_BAD: one line */
} fm_request;

void fm_request_init(fm_request *request); /* ready for a new one */

/* Goes on with the request whose bytes are at `bytes`, `len` of them so far.
 * FM_PARSE_DONE: `used` of them are the request, a GET or HEAD without a body.
 * FM_PARSE_BAD: answer `status` with `why` and close; do not call again. */
enum fm_parse fm_request_parse(fm_request *request, const char *bytes, size_t len);

static inline fm_str fm_span_str(const char *bytes, fm_span span)
{
  return (fm_str){bytes + span.at, span.len};
}

#endif
