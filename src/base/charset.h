/* Bytes of any charset as UTF-8. Pure; any thread. */
#ifndef FM_BASE_CHARSET_H
#define FM_BASE_CHARSET_H

#include "base/mem.h"

#include <stdbool.h>

/* The text in UTF-8, in the arena; what the charset does not have is U+FFFD. Names mean
 * what they mean on the web: iso-8859-1 is windows-1252, gb2312 is gb18030. False: there
 * is no charset of that name. */
bool fm_charset_decode(fm_str body, fm_str name, fm_arena *arena, fm_str *text);

/* How many characters beyond ASCII are UTF-8 for each byte that is not: a document that
 * was cut, or into which something was pasted, is UTF-8 all the same. SIZE_MAX: all are. */
size_t fm_utf8_likeness(fm_str body);

#endif
