/* Converts JavaScript values, as scripts of pages hold them, to JSON.
 *
 * Understood are literals of all kinds (unquoted keys, quotes of all kinds, trailing commas,
 * !0, void 0, hexadecimal numbers), new Date(x) and the like as x, JSON.parse("..."), and an
 * immediately invoked function that returns a literal made of its parameters. Any other
 * expression becomes null. Nothing is ever executed. */
#ifndef FM_DOM_JS_LITERAL_H
#define FM_DOM_JS_LITERAL_H

#include "base/buf.h"

enum { FM_JS_DEPTH = 64, FM_JS_PARAMETERS = 4096 };

/* Converts the value at the start of `text` and appends it to `out`. Returns the bytes read; 0
 * if it is no object or array, or if it is malformed, nested too deep or larger
 * than the buffer's cap: then nothing is appended. `*looked`: the bytes that were looked at. */
size_t fm_js_to_json(fm_str text, fm_buf *out, size_t *looked);

/* Decodes a quoted string at the start of `text` and appends its characters as UTF-8. Returns
 * the bytes read; 0 if it is malformed. */
size_t fm_js_string(fm_str text, fm_buf *out);

#endif
