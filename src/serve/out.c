#include "serve/out.h"

#include "serve/body_file.h"

#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
  SMALL = 2048, /* copied into one piece: cheaper than a list of pieces */
  PACED_MAX = 60 * 1024
};

static int took(fm_out *out, ssize_t n)
{
  if (n < 0)
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
  out->sent += (uint64_t)n;
  return out->sent == fm_out_size(out);
}

static char *append(char *to, const char *from, size_t len)
{
  if (len)
    memcpy(to, from, len);
  return to + len;
}

static int push_flat(int fd, fm_out *out)
{
  char flat[SMALL];
  char *end = append(flat, out->head.ptr, out->head.len);
  end = append(end, out->tail, out->tail_len);
  end = append(end, out->body.ptr, out->body.len);
  return took(out, send(fd, flat, (size_t)(end - flat), MSG_NOSIGNAL));
}

/* The rest of one piece that begins `*skip` bytes ago. */
static void add_piece(struct iovec *iov, size_t *count, uint64_t *skip, const char *ptr, size_t len)
{
  if (*skip >= len) {
    *skip -= len;
    return;
  }
  iov[(*count)++] = (struct iovec){(char *)(uintptr_t)ptr + *skip, len - *skip};
  *skip = 0;
}

/* The head waits in the socket for the file's bytes, so that they leave in full
 * segments. Not in front of a large body where a pacer counts: the head would
 * begin a segment of 64 KiB that the pacer then holds back (over loopback that
 * cost milliseconds). */
static bool waits_for_body(const fm_out *out)
{
  return out->file_at >= 0 && !(out->paced && out->body.len > PACED_MAX);
}

static int push_pieces(int fd, fm_out *out)
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

static int push_file(int fd, fm_out *out, uint64_t head)
{
  off_t at = out->file_at + (off_t)(out->sent - head);
  return took(out, sendfile(fd, fm_body_file_fd(), &at, fm_out_size(out) - out->sent));
}

int fm_out_push(int fd, fm_out *out)
{
  uint64_t head = out->head.len + out->tail_len;
  if (out->sent == 0 && fm_out_size(out) <= SMALL)
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
