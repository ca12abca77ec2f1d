/* Writes a response to a socket with as few system calls as possible: send, sendmsg, or sendmsg
 * and sendfile. */
#include "serve/output.h"

#include "serve/body_file.h"

#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
  SMALL = 2048, /* copied into one buffer, which is cheaper than an iovec */
  PACED_MAX = 60 * 1024
};

static int took(fm_output *out, ssize_t n)
{
  if (n < 0)
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
  out->sent += (uint64_t)n;
  return out->sent == fm_output_size(out);
}

static char *append(char *to, const char *from, size_t len)
{
  if (len)
    memcpy(to, from, len);
  return to + len;
}

static int push_flat(int fd, fm_output *out)
{
  char flat[SMALL];
  char *end = append(flat, out->head.ptr, out->head.len);
  end = append(end, out->tail, out->tail_len);
  end = append(end, out->body.ptr, out->body.len);
  return took(out, send(fd, flat, (size_t)(end - flat), MSG_NOSIGNAL));
}

/* Adds what is left of a piece after `*skip` bytes. */
static void add_piece(struct iovec *iov, size_t *count, uint64_t *skip, const char *ptr, size_t len)
{
  if (*skip >= len) {
    *skip -= len;
    return;
  }
  iov[(*count)++] = (struct iovec){(char *)(uintptr_t)ptr + *skip, len - *skip};
  *skip = 0;
}

/* MSG_MORE lets the head wait for the bytes of the file, so that they leave in full segments.
 * Not before a large body on a paced socket: there the head would start a 64 KiB segment that
 * the pacer holds back (milliseconds over loopback). */
static bool waits_for_body(const fm_output *out)
{
  return out->file_at >= 0 && !(out->paced && out->body.len > PACED_MAX);
}

static int push_pieces(int fd, fm_output *out)
{
  struct iovec iov[3];
  size_t count = 0;
  uint64_t skip = out->sent;
  bool from_file = out->file_at >= 0;
  add_piece(iov, &count, &skip, out->head.ptr, out->head.len);
  add_piece(iov, &count, &skip, out->tail, out->tail_len);
  if (!from_file)
    add_piece(iov, &count, &skip, out->body.ptr, out->body.len);
  struct msghdr message = {.msg_iov = iov, .msg_iovlen = count};
  return took(out, sendmsg(fd, &message, MSG_NOSIGNAL | (waits_for_body(out) ? MSG_MORE : 0)));
}

static int push_file(int fd, fm_output *out, uint64_t head)
{
  off_t at = out->file_at + (off_t)(out->sent - head);
  return took(out, sendfile(fd, fm_body_file_fd(), &at, fm_output_size(out) - out->sent));
}

int fm_output_send(int fd, fm_output *out)
{
  uint64_t head = out->head.len + out->tail_len;
  if (out->sent == 0 && fm_output_size(out) <= SMALL)
    return push_flat(fd, out);
  if (out->file_at < 0)
    return push_pieces(fd, out);
  if (out->sent < head) {
    int rc = push_pieces(fd, out);
    if (rc < 0 || out->sent < head)
      return rc;
  }
  return push_file(fd, out, head);
}
