/* Base 64 (RFC 4648 section 4). */
#ifndef FM_BASE_BASE64_H
#define FM_BASE_BASE64_H

#include "base/buf.h"

/* Appends the bytes that a text stands for; white space in it is passed over.
 * FM_E_SYNTAX: it is no base 64; FM_E_TOO_BIG: over the buffer's cap. Then nothing
 * is appended. */
int fm_base64_decode(fm_str text, fm_buf *out);

#endif
