/* The preview: a feed as a web page. It is a format like the others, so it is
 * made once for each change, compressed, cached and revalidated as they are. */
#ifndef FM_WEB_PREVIEW_H
#define FM_WEB_PREVIEW_H

#include "feed/format.h"

extern const fm_format fm_preview_format; /* "html" */

#endif
