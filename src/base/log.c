/* Formats a log record as one line, logfmt or JSON, and writes it with one write(2). */
#include "base/log.h"

#include "base/clock.h"
#include "base/date.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A line is at most PIPE_BUF bytes, so that the write is atomic. TAIL is reserved for the
 * ellipsis, the closing quote and the line break. */
enum { LINE_MAX_BYTES = 4096, TAIL = sizeof "...\"}\n" - 1, LIMIT = LINE_MAX_BYTES - TAIL };

typedef struct line {
  size_t len;
  char text[LINE_MAX_BYTES];
} line;

/* Atomic, since serving threads log while a reload configures. */
static atomic_int most_wanted = FM_LOG_INFO;
static atomic_int target = STDERR_FILENO;
static atomic_bool as_json, to_journal;

void fm_log_level(enum fm_log_level most) { most_wanted = most; }

/* sd-daemon(3): JOURNAL_STREAM is "device:inode" of the journal's socket. */
static bool is_journal(int fd)
{
  const char *stream = getenv("JOURNAL_STREAM");
  unsigned long long device, inode;
  struct stat st;
  return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && fstat(fd, &st) == 0 &&
         st.st_dev == device && st.st_ino == inode;
}

int fm_log_configure(const fm_log_conf *conf, fm_why *why)
{
  int fd = STDERR_FILENO;
  if (conf->to) {
    fd = open(conf->to, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    if (fd < 0)
      return fm_fail(why, FM_E_IO, "%s: %s", conf->to, strerror(errno));
  }
  as_json = conf->json;
  to_journal = is_journal(fd);
  most_wanted = conf->level;
  int old = atomic_exchange(&target, fd);
  if (old != STDERR_FILENO)
    close(old);
  return FM_OK;
}

/* Appends without a bounds check; the caller has checked, or writes into TAIL. */
static void put(line *l, const char *bytes, size_t len)
{
  memcpy(l->text + l->len, bytes, len);
  l->len += len;
}

/* True if a value needs no quotes in logfmt. */
static bool bare(fm_str value)
{
  for (size_t i = 0; i < value.len; i++) {
    char c = value.ptr[i];
    if (c <= ' ' || c > '~' || c == '"' || c == '=' || c == '\\')
      return false;
  }
  return value.len > 0;
}

/* True for control characters, Unicode line breaks and bidirectional controls, so that a
 * value can neither end the line nor control the terminal. */
static bool unsafe(uint32_t c)
{
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static size_t escape(uint32_t c, char out[8])
{
  char letter = c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : 0;
  if (c == '"' || c == '\\')
    letter = (char)c;
  if (letter) {
    out[0] = '\\';
    out[1] = letter;
    return 2;
  }
  if (!unsafe(c))
    return fm_utf8_put(c, out);
  memcpy(out, "\\u", 2);
  for (int i = 5; i > 1; i--, c >>= 4)
    out[i] = "0123456789abcdef"[c & 15];
  return 6;
}

static void put_quoted(line *l, fm_str value)
{
  const char *at = value.ptr, *end = at + value.len;
  put(l, "\"", 1);
  while (at < end) {
    char out[8];
    size_t len = escape(fm_utf8_next(&at, end), out);
    if (l->len + len > LIMIT) {
      put(l, "...", 3);
      break;
    }
    put(l, out, len);
  }
  put(l, "\"", 1);
}

/* Returns false if the line is full. */
static bool put_pair(line *l, fm_str key, fm_str value, bool quote)
{
  if (l->len + key.len + sizeof ",\"\":\"\"}" > LIMIT)
    return false;
  if (as_json) {
    put(l, l->text[l->len - 1] == '{' ? "\"" : ",\"", l->text[l->len - 1] == '{' ? 1 : 2);
    put(l, key.ptr, key.len);
    put(l, "\":", 2);
    put_quoted(l, value);
    return true;
  }
  if (l->len && l->text[l->len - 1] != '>')
    put(l, " ", 1);
  put(l, key.ptr, key.len);
  put(l, "=", 1);
  if (quote || !bare(value) || l->len + value.len > LIMIT)
    put_quoted(l, value);
  else
    put(l, value.ptr, value.len);
  return true;
}

static void write_line(line *l)
{
  put(l, as_json ? "}\n" : "\n", as_json ? 2 : 1);
  int saved = errno;
  while (write(target, l->text, l->len) < 0 && errno == EINTR)
    ;
  errno = saved;
}

/* What stands before the message: the journal wants the priority and has the time itself. */
static void begin(line *l, enum fm_log_level level)
{
  static const char *const priorities[] = {"<3>", "<4>", "<6>", "<7>"};
  char time[FM_DATE_ISO_LEN + 1];
  if (to_journal)
    put(l, priorities[level], 3);
  if (as_json)
    put(l, "{", 1);
  if (to_journal)
    return;
  fm_date_iso(fm_clock_wall(), time);
  put_pair(l, FM_STR("time"), (fm_str){time, FM_DATE_ISO_LEN}, false);
}

void fm_log(enum fm_log_level level, const char *message, ...)
{
  static const char *const names[] = {"error", "warn", "info", "debug"};
  if ((int)level > most_wanted)
    return;
  line l = {.len = 0};
  begin(&l, level);
  put_pair(&l, FM_STR("level"), fm_str_of(names[level]), false);
  put_pair(&l, FM_STR("msg"), fm_str_of(message), true);
  va_list pairs;
  va_start(pairs, message);
  for (const char *key; (key = va_arg(pairs, const char *));) {
    const char *value = va_arg(pairs, const char *);
    if (value && !put_pair(&l, fm_str_of(key), fm_str_of(value), false))
      break;
  }
  va_end(pairs);
  write_line(&l);
}
