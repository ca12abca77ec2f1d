/* Conversion of one directive's value from and to text. Private to directive*.c. */
#ifndef FM_BASE_DIRECTIVE_VALUE_H
#define FM_BASE_DIRECTIVE_VALUE_H

#include "base/directive.h"

enum { FM_VALUE_TEXT = 32 };

/* Parses the value of a scalar row and stores it in the struct; strings are copied.
 * FM_E_CONFIG with the reason, and nothing is stored, if the value is invalid. */
int fm_value_set(const fm_directive_ctx *ctx, const fm_directive *row, fm_str text, void *into,
                 fm_why *why);

/* Like fm_value_set, for one string of a list: checks it and makes a path absolute. */
int fm_value_string(const fm_directive_ctx *ctx, const fm_directive *row, fm_str text, fm_str *made,
                    fm_why *why);

/* Writes a number as it would be configured: "30m", "16M", "2". Returns false if it is
 * absent. */
bool fm_value_text(const fm_directive *row, const void *from, char out[FM_VALUE_TEXT]);

void fm_value_absent(const fm_directive *row, void *into);

static inline void *fm_value_at(const fm_directive *row, void *into)
{
  return (char *)into + row->offset;
}

#endif
