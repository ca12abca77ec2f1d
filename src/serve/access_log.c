/* Formats access log lines in a buffer of the thread and writes them with O_APPEND, without ever
 * blocking. */
#include "serve/access_log.h"

#include "base/ascii.h"
#include "base/date.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  BUFFER = 64 * 1024,
  LINE_MAX_BYTES = 4096,
  FIELD_MAX = 1200,
  KEY_SPELT_MAX = sizeof "%6b%65%79" - 1
};

int fm_log_file_open(fm_str path, fm_log_file **file, fm_why *why)
{
  char name[PATH_MAX];
  if (path.len == 0 || path.len >= sizeof name)
    return fm_fail(why, FM_E_IO, "access_log: a path of 1 to %zu bytes is wanted", sizeof name - 1);
  memcpy(name, path.ptr, path.len);
  name[path.len] = 0;
  /* O_NONBLOCK: opening a named pipe without a reader fails instead of blocking. */
  int fd = fm_str_is(path, "-")
             ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
             : open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
  struct stat st;
  if (fd < 0 || fstat(fd, &st) < 0) {
    int error = errno;
    if (fd >= 0)
      close(fd);
    return fm_fail(why, FM_E_IO, "access_log %s: %s", name, strerror(error));
  }
  fm_log_file *one = FM_NEW(fm_log_file);
  atomic_init(&one->refs, 1);
  one->fd = fd;
  one->is_file = S_ISREG(st.st_mode);
  *file = one;
  return FM_OK;
}

fm_log_file *fm_log_file_ref(fm_log_file *file)
{
  atomic_fetch_add_explicit(&file->refs, 1, memory_order_relaxed);
  return file;
}

void fm_log_file_unref(fm_log_file *file)
{
  if (!file || atomic_fetch_sub_explicit(&file->refs, 1, memory_order_acq_rel) != 1)
    return;
  close(file->fd);
  free(file);
}

/* Bytes for the next write. A writable pipe takes at least PIPE_BUF bytes at once; only whole
 * lines are written to it. */
static size_t portion(const fm_access_log *log, size_t done)
{
  size_t left = log->len - done;
  if (log->file->is_file || left <= PIPE_BUF)
    return left;
  const char *end = memrchr(log->lines + done, '\n', PIPE_BUF);
  return end ? (size_t)(end + 1 - (log->lines + done)) : PIPE_BUF;
}

static bool is_writable(const fm_log_file *file)
{
  struct pollfd p = {.fd = file->fd, .events = POLLOUT};
  return file->is_file || (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT));
}

static uint64_t lines_in(const char *text, size_t len)
{
  uint64_t count = 0;
  for (size_t i = 0; i < len; i++)
    count += text[i] == '\n';
  return count;
}

void fm_access_log_flush(fm_access_log *log)
{
  size_t done = 0;
  while (log->file && done < log->len && is_writable(log->file)) {
    ssize_t n = write(log->file->fd, log->lines + done, portion(log, done));
    if (n > 0) {
      done += (size_t)n;
      continue;
    }
    if (errno == EAGAIN || errno == EINTR)
      break;
    log->lost += lines_in(log->lines + done, log->len - done);
    done = log->len;
  }
  log->len -= done;
  if (done && log->len)
    memmove(log->lines, log->lines + done, log->len);
}

void fm_access_log_switch(fm_access_log *log, fm_log_file *file)
{
  if (log->file) {
    fm_access_log_flush(log);
    log->lost += lines_in(log->lines, log->len);
    log->len = 0;
  }
  fm_log_file_unref(log->file);
  log->file = file ? fm_log_file_ref(file) : NULL;
  if (!file) {
    free(log->lines);
    log->lines = NULL;
  } else if (!log->lines) {
    log->lines = fm_alloc(BUFFER);
  }
}

/* The name of a parameter that ends before `end` ('='), decoded as far as a short name goes;
 * false: it is none or is too long to be "key" in any spelling. */
static bool is_key_name(fm_str s, size_t end)
{
  char name[3];
  size_t start = end, len = 0;
  while (start > 0 && end - start <= KEY_SPELT_MAX && !strchr("?&", s.ptr[start - 1]))
    start--;
  if (start == 0 || end - start > KEY_SPELT_MAX)
    return false;
  for (size_t i = start; i < end && len < sizeof name; i++) {
    bool escape = s.ptr[i] == '%' && i + 2 < end + 1 && fm_hex_value(s.ptr[i + 1]) >= 0 &&
                  fm_hex_value(s.ptr[i + 2]) >= 0;
    name[len++] = escape ? (char)(fm_hex_value(s.ptr[i + 1]) << 4 | fm_hex_value(s.ptr[i + 2]))
                         : s.ptr[i];
    i += escape ? 2 : 0;
    if (i + 1 == end)
      return len == sizeof name && memcmp(name, "key", len) == 0;
  }
  return false;
}

/* Length of the value of an access key that begins at i, or 0. */
static size_t secret_at(fm_str s, size_t i)
{
  if (i == 0 || s.ptr[i - 1] != '=' || !is_key_name(s, i - 1))
    return 0;
  size_t end = i;
  while (end < s.len && s.ptr[end] != '&' && s.ptr[end] != '#')
    end++;
  return end - i;
}

/* Escapes what a client sent: quotes, backslashes, control and non-ASCII bytes become \xHH, an
 * access key "*", nothing "-". */
static char *put_escaped(char *to, fm_str s)
{
  static const char hex[] = "0123456789abcdef";
  const char *end = to + FIELD_MAX - 4;
  if (!s.len)
    *to++ = '-';
  for (size_t i = 0; i < s.len && to < end; i++) {
    size_t secret = secret_at(s, i);
    if (secret) {
      *to++ = '*';
      i += secret - 1;
      continue;
    }
    unsigned char c = (unsigned char)s.ptr[i];
    if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
      *to++ = (char)c;
      continue;
    }
    *to++ = '\\';
    *to++ = 'x';
    *to++ = hex[c >> 4];
    *to++ = hex[c & 15];
  }
  return to;
}

static char *put_text(char *to, const char *text)
{
  size_t len = strlen(text);
  memcpy(to, text, len);
  return to + len;
}

static void make_date(fm_access_log *log, int64_t time)
{
  static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (log->time == time && *log->date)
    return;
  log->time = time;
  fm_civil t = fm_date_to_civil(time);
  snprintf(log->date, sizeof log->date, "[%02d/%s/%04d:%02d:%02d:%02d +0000]", t.day % 100,
           months[(t.month - 1) % 12], t.year % 10000, t.hour % 100, t.minute % 100,
           t.second % 100);
}

void fm_access_log_add(fm_access_log *log, const fm_access_entry *a)
{
  if (log->len + LINE_MAX_BYTES > BUFFER)
    fm_access_log_flush(log);
  if (log->len + LINE_MAX_BYTES > BUFFER) {
    log->lost++;
    return;
  }
  make_date(log, a->time);
  char *from = log->lines + log->len, *to = from;
  char text[FM_ADDRESS_TEXT];
  fm_peer_text(a->peer, text);
  to = put_text(put_text(put_text(to, text), " - - "), log->date);
  to = put_text(put_escaped(put_text(to, " \""), a->method), " ");
  to = put_escaped(to, a->target);
  to += snprintf(to, 64, " HTTP/1.%d\" %d %" PRIu64 " \"", !a->http10, a->status, a->bytes);
  to = put_text(put_escaped(to, a->referer), "\" \"");
  to = put_text(put_escaped(to, a->user_agent), "\"\n");
  log->len += (size_t)(to - from);
}
