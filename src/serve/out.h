/* Bytes on their way into a socket: the finished head of a reply, the tail of
 * its head that depends on the time, its body. One system call where the
 * socket takes it all. */
#ifndef FM_SERVE_OUT_H
#define FM_SERVE_OUT_H

#include "serve/reply_parts.h"

#include <sys/types.h>

enum { FM_TAIL_MAX = 112 }; /* seconds, Date, Connection, the empty line */

typedef struct fm_out {
  fm_reply *reply; /* borrowed; whoever keeps an fm_out over a wait holds a reference */
  fm_str head;
  fm_str body;     /* empty for HEAD and 304 */
  int64_t file_at; /* the body is sent from the body file, from here; -1: from memory */
  uint64_t sent;   /* bytes that the socket took, of head, tail and body together */
  uint16_t tail_len;
  bool paced;      /* by the kernel, as with BBR */
  char tail[FM_TAIL_MAX];
} fm_out;

static inline uint64_t fm_out_size(const fm_out *out)
{
  return out->head.len + out->tail_len + out->body.len;
}

/* Sends what the socket takes. 1: all is sent; 0: the socket is full, call again
 * when it is writable; -1: the peer is gone. Never raises SIGPIPE, but for
 * sendfile(2): the process ignores that signal. */
int fm_out_push(int fd, fm_out *out);

#endif
