/* Elements of foreign namespaces in written feeds: which of them are well-formed, and which
 * namespaces a document has to declare for them. */
#ifndef FM_FEED_EXTENSION_H
#define FM_FEED_EXTENSION_H

#include "feed/xml.h"
#include <stdbool.h>

enum {
  FM_EXTENSION_DEPTH = 16,      /* elements within one another */
  FM_EXTENSION_ATTRIBUTES = 24, /* of one element */
  FM_EXTENSION_NAMESPACES = 32  /* of one document */
};

/* True if the element may be written into a document that declares its namespace: well-formed
 * XML 1.0 in valid UTF-8, without processing instructions, comments, CDATA sections and
 * entities but the predefined ones; every prefix is the extension's own or declared within. */
bool fm_extension_valid(const fm_extension *extension);

/* The namespaces that a document declares: of several with one prefix the first. */
typedef struct fm_namespaces {
  struct {
    fm_str prefix, uri;
  } items[FM_EXTENSION_NAMESPACES];
  size_t count, reserved;
} fm_namespaces;

/* Adds one that the writer itself declares or uses; it takes the prefix. */
void fm_namespaces_reserve(fm_namespaces *all, fm_str prefix, fm_str uri);
/* Adds those of a feed's extensions and of its entries'. */
void fm_namespaces_collect(fm_namespaces *all, const fm_feed *feed);
/* Writes xmlns: attributes for all that were collected, reserved ones excepted. */
void fm_namespaces_declare(const fm_namespaces *all, fm_xml *xml);
/* Writes the valid ones of declared namespaces. */
void fm_extensions_write(const fm_namespaces *all, const fm_extension *extensions, size_t count,
                         fm_xml *xml);

#endif
