/* What JSON's strings and numbers stand for: private to json.c. */
#ifndef FM_BASE_JSON_VALUE_H
#define FM_BASE_JSON_VALUE_H

#include "base/mem.h"
#include <stdbool.h>

/* Decodes the escapes of the text between two quotes into the arena, NUL after
 * it. NULL, or the escape that JSON does not have. */
const char *fm_json_unescape(fm_str raw, fm_arena *arena, fm_str *text);
/* A copy in which every byte that is not UTF-8 is U+FFFD. */
fm_str fm_json_mend(fm_str text, fm_arena *arena);
/* `text`, which is UTF-8, or a copy without the characters that XML forbids. */
fm_str fm_json_for_xml(fm_str text, fm_arena *arena);

/* A number cut into its parts (RFC 8259 section 6). */
typedef struct fm_decimal {
  bool negative;
  fm_str whole, fraction; /* digits; no fraction: {NULL, 0} */
  long exponent;          /* beyond a million, of which size is all the same */
} fm_decimal;

/* Reads a number at `*at`, which moves behind it. NULL, or what is wrong at `*at`. */
const char *fm_decimal_read(const char **at, const char *end, fm_decimal *decimal);
/* Rounded correctly; infinite if it is too large. */
double fm_decimal_double(const fm_decimal *decimal);
/* False if it is not whole or does not fit. */
bool fm_decimal_int(const fm_decimal *decimal, int64_t *number);

#endif
