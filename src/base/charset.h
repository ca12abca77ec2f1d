/* Charset conversion to UTF-8. Pure, so safe in any thread. */
#ifndef FM_BASE_CHARSET_H
#define FM_BASE_CHARSET_H

#include "base/mem.h"

#include <stdbool.h>

/* Converts to UTF-8 in the arena; bytes that the charset does not define become U+FFFD.
 * Labels are interpreted as browsers do: iso-8859-1 is windows-1252, gb2312 is gb18030.
 * Returns false if the charset is unknown. */
bool fm_charset_decode(fm_str body, fm_str name, fm_arena *arena, fm_str *text);

/* Returns the number of valid non-ASCII UTF-8 characters per invalid byte, SIZE_MAX if no
 * byte is invalid. A high score means UTF-8 that was truncated or has foreign text pasted
 * in. */
size_t fm_utf8_score(fm_str body);

#endif
