/* Archives' responses (RFC 5005 section 4). */
#ifndef FM_MILL_ARCHIVE_RESPONSE_H
#define FM_MILL_ARCHIVE_RESPONSE_H

#include "mill/response.h"

/* Loads the month of an archive's response and its neighbours, then calls `loaded` with
 * what fm_render_archive takes; or marks the response missing and calls spec.settle. */
struct fm_archive_month;
typedef void (*fm_archive_loaded_cb)(feed_response *r, const struct fm_archive_month *month);
void fm_archive_response_load(feed_response *r, fm_archive_loaded_cb loaded);

#endif
