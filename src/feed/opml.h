/* OPML 2.0: a list of feeds that readers import. */
#ifndef FM_FEED_OPML_H
#define FM_FEED_OPML_H

#include "base/buf.h"

typedef struct fm_outline {
  fm_str title;
  fm_str xml_url;  /* the feed's address */
  fm_str html_url; /* the page; may be empty */
} fm_outline;

int fm_opml_write(fm_str title, const fm_outline *outlines, size_t count, fm_buf *out);

#endif
