/* Layout of a reply in memory; for the code that writes replies to sockets.
 *
 * A prebuilt head ends where the bytes begin that depend on the time: after "max-age=" if the
 * reply ages, else after the CRLF of its last line. The writer appends the seconds and CRLF
 * (only if it ages), Date, Connection where needed, and the empty line. */
#ifndef FM_SERVE_REPLY_PARTS_H
#define FM_SERVE_REPLY_PARTS_H

#include "serve/reply.h"

/* Bodies of this size and more are sent from the body file. Below it one sendmsg that copies is
 * cheaper than two system calls (measured: bench_serve). */
#ifndef FM_SENDFILE_MIN
#define FM_SENDFILE_MIN ((size_t)16 * 1024)
#endif

typedef struct fm_representation {
  fm_str head;     /* with status line; empty: this coding is absent */
  fm_str head_304; /* empty: never answered with 304 */
  fm_str body;
  fm_str etag;
  int64_t file_at; /* offset of `body` in the body file; -1: in memory */
} fm_representation;

struct fm_reply {
  atomic_uint refs;
  uint16_t status;
  bool cacheable;
  int64_t retry_after; /* seconds; 0: none */
  bool aging;       /* heads end in "max-age=" */
  bool conditional; /* may be answered with 304 */
  uint8_t ncodings;
  uint8_t by_size[FM_CODINGS]; /* the codings present, smallest body first */
  fm_freshness *life;
  int64_t last_modified;
  fm_str last_modified_text; /* as in the head; empty: none */
  fm_representation by_coding[FM_CODINGS];
  char *heads; /* all heads, ETags and dates in one allocation */
};

/* The reason phrase of a status code, "" if unknown. */
const char *fm_status_text(int status);

#endif
