/* What the HTML pages have in common. */
#ifndef FM_WEB_PAGE_H
#define FM_WEB_PAGE_H

#include "base/buf.h"
#include "base/mem.h"
#include "serve/reply.h"

/* From the doctype to the opening <main>; `head` is HTML of our own. */
void fm_html_open(fm_buf *out, fm_str title, fm_str head);
/* The end, with a link to the first page where `home` is not empty; `key` (may be empty)
 * is its query. */
void fm_html_close(fm_buf *out, fm_str home, fm_str key);

/* `before` and `after` as they stand, `text` escaped between them. */
void fm_html_put(fm_buf *out, const char *before, fm_str text, const char *after);

/* "3 minutes", from seconds; never negative. */
void fm_html_duration(fm_buf *out, int64_t seconds);

/* A finished, uncached HTML page (or other text) from a buffer, which is left
 * empty. */
fm_reply *fm_page_reply(fm_buf *body, const char *media_type);
/* The same with an ETag and a Last-Modified, to be asked about each time. */
fm_reply *fm_page_reply_tagged(fm_buf *body, const char *media_type, int64_t changed);

/* An address below the public one, with another ending put before its query:
 * "/papers?q=x" with ".atom" is "/papers.atom?q=x". */
void fm_address_with_ending(fm_buf *out, fm_str address, const char *ending);
/* The same below `base`, in the arena. */
fm_str fm_address_in(fm_arena *arena, fm_str base, fm_str address, const char *ending);

#endif
