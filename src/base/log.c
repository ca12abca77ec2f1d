/* Formats a log record as one logfmt line and writes it with one write(2). */
#include "base/log.h"

#include "base/clock.h"
#include "base/date.h"
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

/* A line is at most PIPE_BUF bytes, so that the write is atomic. TAIL is reserved for the
 * ellipsis, the closing quote and the line break. */
enum { LINE_MAX_BYTES = 4096, TAIL = sizeof "...\"\n" - 1, LIMIT = LINE_MAX_BYTES - TAIL };

typedef struct line {
  size_t len;
  char text[LINE_MAX_BYTES];
} line;

static enum fm_log_level most_wanted = FM_LOG_INFO;

void fm_log_level(enum fm_log_level most) { most_wanted = most; }

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
  if (l->len + key.len + sizeof " =\"\"" > LIMIT)
    return false;
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
  put(l, "\n", 1);
  int saved = errno;
  while (write(STDERR_FILENO, l->text, l->len) < 0 && errno == EINTR)
    ;
  errno = saved;
}

void fm_log(enum fm_log_level level, const char *message, ...)
{
  static const char *const names[] = {"error", "warn", "info", "debug"};
  if (level > most_wanted)
    return;
  char time[FM_DATE_ISO_LEN + 1];
  fm_date_iso(fm_clock_wall(), time);
  line l = {.len = 0};
  put(&l, "time=", 5);
  put(&l, time, FM_DATE_ISO_LEN);
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
