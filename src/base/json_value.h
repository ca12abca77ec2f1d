/* Decoding of JSON strings and numbers. Private to json.c. */
#ifndef FM_BASE_JSON_VALUE_H
#define FM_BASE_JSON_VALUE_H

#include "base/mem.h"
#include <stdbool.h>

/* Decodes the escapes of the raw text between two quotes into the arena, NUL-terminated.
 * Returns NULL, or the position of an invalid escape. */
const char *fm_json_unescape(fm_str raw, fm_arena *arena, fm_str *text);
/* Returns a copy in which every invalid UTF-8 byte is U+FFFD. */
fm_str fm_json_mend(fm_str text, fm_arena *arena);
/* Returns `text`, which must be UTF-8, or a copy without the characters that XML forbids. */
fm_str fm_json_for_xml(fm_str text, fm_arena *arena);

/* The parts of a number (RFC 8259 section 6). */
typedef struct fm_decimal {
  bool negative;
  fm_str whole, fraction; /* digits; no fraction: {NULL, 0} */
  long exponent;          /* saturates near one million */
} fm_decimal;

/* Parses a number at `*at`, which moves past it. Returns NULL or a description of the error
 * at `*at`. */
const char *fm_decimal_parse(const char **at, const char *end, fm_decimal *decimal);
/* Correctly rounded; infinite on overflow. */
double fm_decimal_double(const fm_decimal *decimal);
/* Returns false if it is not an integer or overflows. */
bool fm_decimal_int(const fm_decimal *decimal, int64_t *number);

#endif
