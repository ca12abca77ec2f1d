/* The preview: a feed as an HTML document. It is a format like the others, so it is rendered
 * once per change, compressed, cached and revalidated like them. */
#ifndef FM_WEB_PREVIEW_H
#define FM_WEB_PREVIEW_H

#include "feed/format.h"

extern const fm_format fm_preview_format; /* "html" */

#endif
