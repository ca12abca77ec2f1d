/* How a reply lies in memory; for those who write replies to sockets.
 *
 * A head ends where the few bytes begin that depend on the time: for an aging
 * reply right after "max-age=", else after the CRLF of its last line. What the
 * writer adds is the number of seconds and CRLF (aging only), Date, Connection
 * where needed, and the empty line. */
#ifndef FM_SERVE_REPLY_PARTS_H
#define FM_SERVE_REPLY_PARTS_H

#include "serve/reply.h"

/* Bodies from this size on are sent from the body file. Below it one sendmsg
 * that copies is cheaper than two system calls (measured: bench_serve). */
#ifndef FM_SENDFILE_MIN
#define FM_SENDFILE_MIN ((size_t)16 * 1024)
#endif

typedef struct fm_part {
  fm_str head;     /* with status line; empty: this coding is not there */
  fm_str head_304; /* empty: this reply has no conditional form */
  fm_str body;
  fm_str etag;
  int64_t file_at; /* where `body` lies in the body file; -1: not in it */
} fm_part;

struct fm_reply {
  atomic_uint refs;
  uint16_t status;
  bool cacheable;
  bool aging;       /* heads end in "max-age=" */
  bool conditional; /* may be answered with 304 */
  uint8_t ncodings;
  uint8_t by_size[FM_CODINGS]; /* the codings that are there, smallest body first */
  fm_life *life;
  int64_t last_modified;
  fm_str last_modified_text; /* as in the head; empty: none */
  fm_part part[FM_CODINGS];
  char *heads; /* all heads, ETags and dates in one block */
};

/* The standard reason phrase of a status, "" when there is none. */
const char *fm_status_text(int status);

#endif
