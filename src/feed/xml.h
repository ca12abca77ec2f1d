/* Writes an XML 1.0 document in UTF-8 that is well-formed whatever the texts
 * are. Elements are closed in the order they were opened because the writer
 * keeps them on a stack; names are literals of our own; all that comes from
 * elsewhere goes through one escaper, which
 *
 *   - escapes & < > and, in attributes, " and line breaks and tabs,
 *   - writes U+FFFD for bytes that are not UTF-8,
 *   - drops characters that XML 1.0 forbids (section 2.2: controls but tab and
 *     line feed, U+FFFE, U+FFFF),
 *   - turns CR LF and CR into LF (section 2.11, which a parser would do).
 *
 * libxml2's xmlTextWriter writes forbidden characters as references that no
 * parser accepts, so its texts would need the same pass before; even without it,
 * it takes twice as long.
 *
 * A writer lives on the stack, borrows the buffer and allocates nothing else. */
#ifndef FM_FEED_XML_H
#define FM_FEED_XML_H

#include "base/buf.h"

enum { FM_XML_DEPTH = 8 };

typedef struct fm_xml {
  fm_buf *out;
  size_t start;   /* of the document in `out` */
  unsigned lines; /* elements down to this depth stand on lines of their own */
  unsigned depth;
  const char *open[FM_XML_DEPTH];
  bool in_tag; /* attributes may still be added */
} fm_xml;

/* Writes the declaration. The root element has depth 1. */
void fm_xml_begin(fm_xml *xml, fm_buf *out, unsigned lines);
/* Closes what is open. FM_E_TOO_BIG when the buffer's cap was passed: then `out`
 * is as long as before fm_xml_begin. */
int fm_xml_end(fm_xml *xml);

/* At most FM_XML_DEPTH elements are open at a time; names are literals. */
void fm_xml_open(fm_xml *xml, const char *name);
void fm_xml_close(fm_xml *xml);
void fm_xml_attr(fm_xml *xml, const char *name, fm_str value); /* right after open */
void fm_xml_text(fm_xml *xml, fm_str text);
void fm_xml_element(fm_xml *xml, const char *name, fm_str text); /* open, text, close */
/* xmlns:PREFIX="URI", right after open. The prefix must be an NCName. */
void fm_xml_declare(fm_xml *xml, fm_str prefix, fm_str uri);
/* One element that is well-formed already, as it is. */
void fm_xml_raw(fm_xml *xml, fm_str element);

/* The escaper alone: text, or the value of an attribute. */
void fm_xml_escape(fm_buf *out, fm_str text, bool attribute);

#endif
