/* HTML from anywhere, made fit for a feed: what a reader's web view may be given.
 *
 * A tokenizer that follows the WHATWG's (section "Tokenization") reads the
 * fragment once and an allow-list of elements and attributes is written back.
 * Every '<' of the output was written by us, every value is in double quotes, and
 * elements are closed in the order they were opened, so that whatever the input
 * was misread for, no other element, attribute or scheme can come out.
 *
 *   - gone with what they hold: scripts, styles, frames, objects, SVG, MathML,
 *     selects and the like; gone themselves: forms, inputs, meta, base, link,
 *     comments, every attribute that is not listed (on*, style, id, class, ...);
 *   - addresses are absolute, http or https in images and media, and of the
 *     schemes that a person may follow in links; an `a` without one is text,
 *     an `img` without one is left out; srcset too;
 *   - an address that a page keeps for lazy loading (data-src, ...) becomes src;
 *   - self-closing tags are elements without content, void ones have no end tag;
 *   - UTF-8, without what XML 1.0 section 2.2 forbids.
 *
 * Cleaning what was cleaned changes nothing: the same bytes come out. libxml2's
 * HTML parser takes two to three times what libxml2 takes for the whole feed
 * around it, which is why it is not used here. Pure; any thread. */
#ifndef FM_FEED_HTML_SANITIZE_H
#define FM_FEED_HTML_SANITIZE_H

#include "base/buf.h"

/* Elements open at a time; deeper ones are left out, their text stays. */
enum { FM_HTML_DEPTH = 100 };

/* Appends the clean fragment. `html` should be UTF-8 (bytes that are not become
 * U+FFFD); `base` is the absolute address that relative ones are taken from; empty:
 * those are left out. FM_OK, or FM_E_TOO_BIG when the buffer's cap was reached:
 * what came before it is there, clean and closed. */
int fm_html_clean(fm_str html, fm_str base, fm_buf *out);

enum fm_html_flag {
  FM_HTML_XML = 1, /* markup that stands in XML as elements (RFC 4287 section 3.1.1.3): names
                      may have a prefix, CDATA sections are text */
  FM_HTML_UTF8 = 2, /* the caller has made sure that it is valid UTF-8 */
  FM_HTML_TITLE = 4 /* of fm_html_text_as: a title, see there */
};

/* The same by flags. */
int fm_html_clean_as(fm_str html, fm_str base, unsigned flags, fm_buf *out);

/* Appends the plain text of a fragment: references decoded, white space folded,
 * each block on a line of its own, no scripts and the like; FM_E_TOO_BIG as above. */
int fm_html_text(fm_str html, fm_buf *out);

/* The same by flags. In a title (FM_HTML_TITLE) a start tag without an end tag is text, and
 * a title that has nothing but images is their alternative texts. */
int fm_html_text_as(fm_str html, unsigned flags, fm_buf *out);

/* True if a title that may be plain or HTML is meant as HTML: it has a character reference,
 * an end tag, or a tag with attributes. */
bool fm_html_title_likely(fm_str text);

/* True if a text that may be plain or HTML (an RSS title, say) is meant as HTML:
 * it has a character reference, or a tag of an element that HTML knows. */
bool fm_html_likely(fm_str text);

#endif
