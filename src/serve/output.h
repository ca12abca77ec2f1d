/* A response being written to a socket: the prebuilt head of a reply, the tail of the head that
 * depends on the time, the body. One system call if the socket takes it all. */
#ifndef FM_SERVE_OUTPUT_H
#define FM_SERVE_OUTPUT_H

#include "serve/reply_parts.h"

#include <sys/types.h>

enum { FM_TAIL_MAX = 256 }; /* seconds, Vary, Date, Connection, the empty line */

typedef struct fm_output {
  fm_reply *reply; /* borrowed; who keeps an fm_output past the event holds a reference */
  fm_str head;
  fm_str body;     /* empty for HEAD and 304 */
  int64_t file_at; /* offset of the body in the body file; -1: send from memory */
  uint64_t sent;   /* bytes sent so far, of head, tail and body together */
  uint16_t tail_len;
  bool paced;      /* the kernel paces its sending (BBR) */
  char tail[FM_TAIL_MAX];
} fm_output;

static inline uint64_t fm_output_size(const fm_output *out)
{
  return out->head.len + out->tail_len + out->body.len;
}

/* Sends what the socket takes. 1: all has been sent; 0: the socket is full, call again when it
 * is writable; -1: the peer is gone. Does not raise SIGPIPE, except in sendfile(2): the process
 * ignores that signal. */
int fm_output_send(int fd, fm_output *out);

#endif
