/* What the HTML documents share: frame, escaping, addresses, replies. */
#ifndef FM_WEB_HTML_H
#define FM_WEB_HTML_H

#include "base/buf.h"
#include "base/mem.h"
#include "serve/reply.h"

/* Writes from the doctype to the opening <main>; `head` is trusted HTML. */
void fm_html_open(fm_buf *out, fm_str title, fm_str head);
/* Writes the end of the document, with a link to the index if `home` is not empty; `key` (may be
 * empty) becomes its query. */
void fm_html_close(fm_buf *out, fm_str home, fm_str key);

/* Writes `before` and `after` verbatim, with `text` escaped between them. */
void fm_html_put(fm_buf *out, const char *before, fm_str text, const char *after);

/* Writes "3 minutes" from seconds; negative counts as 0. */
void fm_html_duration(fm_buf *out, int64_t seconds);

/* A reply that is not cacheable, made of the buffer, which is left empty. */
fm_reply *fm_web_reply(fm_buf *body, const char *media_type);
/* The same with an ETag and a Last-Modified, for revalidation. */
fm_reply *fm_web_reply_validated(fm_buf *body, const char *media_type, int64_t changed);

/* Inserts an ending before the query of an address: "/papers?q=x" with ".atom" is
 * "/papers.atom?q=x". */
void fm_address_with_ending(fm_buf *out, fm_str address, const char *ending);
/* The same below `base`, in the arena. */
fm_str fm_address_in(fm_arena *arena, fm_str base, fm_str address, const char *ending);

#endif
