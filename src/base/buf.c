/* Growing byte buffer with a size cap, and the escapers that append to it (HTML, JSON,
 * percent-encoding). */
#include "base/buf.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAP = 256 };

void fm_buf_init(fm_buf *buf, size_t max) { *buf = (fm_buf){.max = max}; }

void fm_buf_deinit(fm_buf *buf)
{
  free(buf->ptr);
  *buf = (fm_buf){.max = buf->max};
}

void fm_buf_clear(fm_buf *buf)
{
  buf->len = 0;
  buf->full = false;
}

int fm_buf_reserve(fm_buf *buf, size_t more)
{
  if (more <= buf->cap - buf->len)
    return FM_OK;
  if (buf->len > buf->max || more > buf->max - buf->len) {
    buf->full = true;
    return FM_E_TOO_BIG;
  }
  size_t need = buf->len + more;
  size_t cap = buf->cap > buf->max / 2 ? buf->max : buf->cap * 2;
  if (cap < FIRST_CAP && buf->max >= FIRST_CAP)
    cap = FIRST_CAP;
  if (cap < need)
    cap = need;
  buf->ptr = fm_realloc(buf->ptr, cap);
  buf->cap = cap;
  return FM_OK;
}

int fm_buf_grow(fm_buf *buf, const void *bytes, size_t len)
{
  int error = fm_buf_reserve(buf, len);
  if (error)
    return error;
  memcpy(buf->ptr + buf->len, bytes, len);
  buf->len += len;
  return FM_OK;
}

/* Formats into the free space if the text and its NUL fit, otherwise through a temporary
 * copy, so that text that exactly fills `max` is accepted. */
int fm_buf_addf(fm_buf *buf, const char *format, ...)
{
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  size_t room = buf->cap - buf->len;
  int len = vsnprintf(room ? buf->ptr + buf->len : NULL, room, format, args);
  va_end(args);
  int error = len < 0 ? FM_E_SYNTAX : FM_OK;
  if (!error && (size_t)len >= room) {
    char *text = fm_alloc((size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    error = fm_buf_add(buf, text, (size_t)len);
    free(text);
  } else if (!error) {
    buf->len += (size_t)len;
  }
  va_end(again);
  return error;
}

char *fm_buf_take(fm_buf *buf, size_t *len)
{
  char *bytes = fm_realloc(buf->ptr, buf->len + 1); /* may shrink it: it is kept for long */
  bytes[buf->len] = 0;
  if (len)
    *len = buf->len;
  *buf = (fm_buf){.max = buf->max};
  return bytes;
}

/* Rolls back an append of several pieces if one of them failed. */
static int all_or_nothing(fm_buf *buf, size_t start, int error)
{
  if (error)
    buf->len = start;
  return error;
}

static const char *html_escape(char c)
{
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
  }
  return NULL;
}

int fm_buf_html(fm_buf *buf, fm_str text)
{
  size_t start = buf->len, plain = 0;
  int error = FM_OK;
  for (size_t i = 0; i < text.len && !error; i++) {
    const char *escape = html_escape(text.ptr[i]);
    if (!escape)
      continue;
    error = fm_buf_add(buf, text.ptr + plain, i - plain);
    if (!error)
      error = fm_buf_text(buf, escape);
    plain = i + 1;
  }
  if (!error && plain < text.len)
    error = fm_buf_add(buf, text.ptr + plain, text.len - plain);
  return all_or_nothing(buf, start, error);
}

/* Appends the character as it is written inside a JSON string. */
static int json_escape(fm_buf *buf, uint32_t c)
{
  static const char short_forms[] = "btn\0fr"; /* for the characters 8 to 13 */
  char out[8];
  if (c == '"' || c == '\\' || (c >= 8 && c <= 13 && c != 11)) {
    out[0] = '\\';
    out[1] = c < ' ' ? short_forms[c - 8] : (char)c;
    return fm_buf_add(buf, out, 2);
  }
  if (c < ' ') {
    memcpy(out, "\\u00", 4);
    out[4] = (char)('0' + (c >> 4));
    out[5] = "0123456789abcdef"[c & 15];
    return fm_buf_add(buf, out, 6);
  }
  return fm_buf_add(buf, out, fm_utf8_put(c, out));
}

static bool json_plain(unsigned char c) { return c >= ' ' && c < 0x80 && c != '"' && c != '\\'; }

int fm_buf_json(fm_buf *buf, fm_str text)
{
  size_t start = buf->len;
  const char *p = text.ptr, *end = text.len ? p + text.len : p;
  int error = fm_buf_char(buf, '"');
  while (p < end && !error) {
    const char *plain = p;
    while (p < end && json_plain((unsigned char)*p))
      p++;
    error = fm_buf_add(buf, plain, (size_t)(p - plain));
    if (p < end && !error)
      error = json_escape(buf, fm_utf8_next(&p, end));
  }
  if (!error)
    error = fm_buf_char(buf, '"');
  return all_or_nothing(buf, start, error);
}

static bool unreserved(unsigned char c)
{
  unsigned letter = (c | 0x20u) - 'a', digit = (unsigned)c - '0';
  return digit < 10 || letter < 26 || c == '-' || c == '.' || c == '_' || c == '~';
}

int fm_buf_percent(fm_buf *buf, fm_str text)
{
  size_t start = buf->len;
  int error = FM_OK;
  for (size_t i = 0; i < text.len && !error; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (unreserved(c)) {
      error = fm_buf_char(buf, (char)c);
    } else {
      const char *hex = "0123456789ABCDEF";
      char out[3] = {'%', hex[c >> 4], hex[c & 15]};
      error = fm_buf_add(buf, out, 3);
    }
  }
  return all_or_nothing(buf, start, error);
}
