/* A growing byte buffer with a cap.
 *
 * Anything that grows with what the network sent is born with a cap: an add
 * that would pass it fails with FM_E_TOO_BIG, leaves the buffer as it was and
 * marks it `full`, so that a run of adds may be checked once at its end. */
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
  bool full; /* an add was refused */
} fm_buf;

#define FM_BUF_MAX ((size_t)256 << 20) /* for what only we ourselves write */

void fm_buf_init(fm_buf *buf, size_t max); /* allocates nothing yet */
void fm_buf_deinit(fm_buf *buf);
void fm_buf_clear(fm_buf *buf); /* empty again, memory kept */
int fm_buf_reserve(fm_buf *buf, size_t more); /* room for `more` bytes after len */
int fm_buf_grow(fm_buf *buf, const void *bytes, size_t len); /* fm_buf_add's, where room lacks */
int fm_buf_addf(fm_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* In the header, for it is called for every few bytes of what is written. */
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

/* The bytes become the caller's (free()), NUL after them; the buffer is empty. */
char *fm_buf_take(fm_buf *buf, size_t *len);

/* Text as HTML or XML character data: & < > " ' as references. */
int fm_buf_html(fm_buf *buf, fm_str text);
/* A JSON string in quotes (RFC 8259 section 7); bytes that are not UTF-8 become U+FFFD. */
int fm_buf_json(fm_buf *buf, fm_str text);
/* Percent-encoded for a query value (RFC 3986 section 2.1; space as %20). */
int fm_buf_percent(fm_buf *buf, fm_str text);

#endif
