/* Writes JSON (RFC 8259) into a buffer: it knows where a comma goes. Whether all
 * of it fitted is asked of the buffer (`full`) at the end. */
#ifndef FM_FEED_JSONW_H
#define FM_FEED_JSONW_H

#include "base/buf.h"

typedef struct fm_jsonw {
  fm_buf *out;
  bool comma; /* something stands before, in the same object or array */
} fm_jsonw;

/* What comes next is the value of `name` in an object, or with NULL the next
 * value of an array. Names are ASCII without quotes. */
void fm_jsonw_next(fm_jsonw *json, const char *name);
void fm_jsonw_open(fm_jsonw *json, const char *name, char bracket); /* { or [ */
void fm_jsonw_close(fm_jsonw *json, char bracket); /* } or ] */
void fm_jsonw_text(fm_jsonw *json, const char *name, fm_str value);

#endif
