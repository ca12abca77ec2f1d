/* Internals of the sanitizer, for sanitize*.c alone. */
#ifndef FM_FEED_HTML_SANITIZE_PARTS_H
#define FM_FEED_HTML_SANITIZE_PARTS_H

#include "base/buf.h"
#include "base/mem.h"
#include "base/entity.h"
#include "feed/html/markup.h"
#include "feed/html/sanitize_table.h"

/* ---- text (sanitize_write.c) ---- */

/* Where clean text goes; nothing is written at or after `limit`. */
typedef struct fm_html_sink {
  fm_buf *out;
  size_t start; /* of the fragment: white space at it is left out */
  size_t limit;
  bool full;
} fm_html_sink;

/* Text, escaped again; with `refs` its references are read first. */
void fm_html_put_text(fm_html_sink *sink, fm_str text, bool refs, enum fm_ref_place place);
/* A value between double quotes, which the caller writes. */
void fm_html_put_value(fm_html_sink *sink, fm_str value);
/* References read, controls left out, line ends made LF: the value itself, or a
 * copy in the arena. */
fm_str fm_html_decode(fm_str raw, enum fm_ref_place place, fm_arena *arena);
/* Valid UTF-8: the text itself or a mended copy. */
fm_str fm_html_utf8(fm_str text, fm_arena *arena);

/* ---- attributes (sanitize_value.c) ---- */

typedef struct fm_html_values {
  uint32_t there;             /* one bit for each that will be written */
  fm_str value[FM_A_COUNT];
} fm_html_values;

/* Reads the attributes of a start tag, judges them and makes their addresses
 * absolute. Returns how the tag ends. */
enum fm_tag_part fm_html_values_read(fm_markup *in, const fm_html_element *element, fm_str base,
                                 fm_arena *arena, fm_html_values *values);
bool fm_html_is(const fm_html_element *element, const char *name);

/* ---- what is left out (sanitize_skip.c) ---- */

enum { FM_HTML_ENDLESS = 32 };

/* Elements known to have no further end tag, so that each is searched only once. */
typedef struct fm_html_skip {
  const fm_html_element *endless[FM_HTML_ENDLESS];
  unsigned count;
} fm_html_skip;

/* After the start tag of an element that is left out with its content, which
 * ended as `part` says: passes over that content, if it ends somewhere. */
void fm_html_skip_content(fm_html_skip *skip, fm_markup *in, const fm_html_element *element,
                          fm_str name, enum fm_tag_part part);

#endif
