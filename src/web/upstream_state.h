/* The state of an upstream, in words, for people. */
#ifndef FM_WEB_UPSTREAM_STATE_H
#define FM_WEB_UPSTREAM_STATE_H

#include "base/buf.h"
#include "mill/mill.h"

/* Writes one paragraph of HTML: "Up to date: 50 entries on its page, fetched 3 minutes ago, next
 * in 27 minutes." info NULL: not requested yet. */
void fm_html_upstream_state(fm_buf *out, const fm_upstream_info *info);

#endif
