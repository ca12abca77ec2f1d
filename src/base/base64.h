/* Base 64 (RFC 4648 section 4). */
#ifndef FM_BASE_BASE64_H
#define FM_BASE_BASE64_H

#include "base/buf.h"

/* Appends the decoded bytes; white space in the text is skipped. FM_E_SYNTAX if the text is
 * not Base64, FM_E_TOO_BIG over the buffer's cap; then nothing is appended. */
int fm_base64_decode(fm_str text, fm_buf *out);

#endif
