/* A growing byte buffer with a size cap.
 *
 * Buffers that hold network data always have a cap. An append that would exceed it fails
 * with FM_E_TOO_BIG, leaves the buffer unchanged and sets `full`, so a series of appends can
 * be checked once at its end. */
#ifndef FM_BASE_BUF_H
#define FM_BASE_BUF_H

#include <feedmill/error.h>
#include <feedmill/feed.h>
#include <stdbool.h>
#include <string.h>

typedef struct fm_buf {
  char *ptr;
  size_t len, cap;
  size_t max;
  bool full; /* an append was refused */
} fm_buf;

#define FM_BUF_MAX ((size_t)256 << 20) /* cap of buffers whose content the program alone determines */

void fm_buf_init(fm_buf *buf, size_t max); /* does not allocate */
void fm_buf_deinit(fm_buf *buf);
void fm_buf_clear(fm_buf *buf); /* empties it, keeps the memory */
int fm_buf_reserve(fm_buf *buf, size_t more); /* ensures space for `more` bytes after len */
int fm_buf_grow(fm_buf *buf, const void *bytes, size_t len); /* slow path of fm_buf_add */
int fm_buf_addf(fm_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Inline, because writers call it for every few bytes. */
static inline int fm_buf_add(fm_buf *buf, const void *bytes, size_t len)
{
  if (len == 0)
    return FM_OK;
  if (len > buf->cap - buf->len)
    return fm_buf_grow(buf, bytes, len);
  memcpy(buf->ptr + buf->len, bytes, len);
  buf->len += len;
  return FM_OK;
}

static inline int fm_buf_str(fm_buf *buf, fm_str s) { return fm_buf_add(buf, s.ptr, s.len); }
static inline int fm_buf_text(fm_buf *buf, const char *s) { return fm_buf_add(buf, s, strlen(s)); }
static inline int fm_buf_char(fm_buf *buf, char c) { return fm_buf_add(buf, &c, 1); }
static inline fm_str fm_buf_view(const fm_buf *buf) { return (fm_str){buf->ptr, buf->len}; }

/* Moves the bytes to the caller, who frees them with free(). A NUL follows them. The buffer
 * becomes empty. */
char *fm_buf_take(fm_buf *buf, size_t *len);

/* Appends text with & < > " ' as character references, for HTML and XML. */
int fm_buf_html(fm_buf *buf, fm_str text);
/* Appends a quoted JSON string (RFC 8259 section 7). Bytes that are not UTF-8 become U+FFFD. */
int fm_buf_json(fm_buf *buf, fm_str text);
/* Appends text percent-encoded for a query value (RFC 3986 section 2.1; a space becomes
 * %20). */
int fm_buf_percent(fm_buf *buf, fm_str text);

#endif
