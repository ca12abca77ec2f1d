/* Text from a page, made fit for a feed.
 *
 * Input is UTF-8. Output is never longer than the input, so that the caller
 * hands in `out` with room for text.len bytes and gets back how many were
 * written. What XML 1.0 section 2.2 forbids (controls, U+FFFE, U+FFFF) never
 * gets through: vertical tab and form feed are spaces, the others vanish. */
#ifndef FM_DOM_TEXT_H
#define FM_DOM_TEXT_H

#include <feedmill/feed.h>

/* One line: each run of white space (ASCII) a single space, none at the ends. */
size_t fm_text_fold(fm_str text, char *out);

/* Lines kept: CR LF and CR become LF, white space (ASCII) at both ends goes. */
size_t fm_text_plain(fm_str text, char *out);

#endif
