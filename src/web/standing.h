/* How a page stands, in words, for people. */
#ifndef FM_WEB_STANDING_H
#define FM_WEB_STANDING_H

#include "base/buf.h"
#include "mill/mill.h"

/* One paragraph of HTML: "Up to date: 50 entries on its page, fetched 3 minutes ago,
 * next in 27 minutes." info NULL: nobody has asked for it yet. */
void fm_html_standing(fm_buf *out, const fm_page_info *info);

#endif
