/* One value of one row: from text, and back. For directive*.c alone. */
#ifndef FM_BASE_DIRECTIVE_VALUE_H
#define FM_BASE_DIRECTIVE_VALUE_H

#include "base/directive.h"

enum { FM_VALUE_TEXT = 32 };

/* Turns text into the value of a row that holds one (not a list, not a
 * section) and stores it in the struct; strings are copied. FM_E_CONFIG with
 * the reason, nothing stored. */
int fm_value_set(const fm_directive_ctx *ctx, const fm_directive *row, fm_str text, void *into,
                 fm_why *why);

/* The same for one string of a list: checked, a path made absolute. */
int fm_value_string(const fm_directive_ctx *ctx, const fm_directive *row, fm_str text, fm_str *made,
                    fm_why *why);

/* The value of a number's row as it would be written: "30m", "16M", "2".
 * False if it is absent. */
bool fm_value_text(const fm_directive *row, const void *from, char out[FM_VALUE_TEXT]);

void fm_value_absent(const fm_directive *row, void *into);

static inline void *fm_value_at(const fm_directive *row, void *into)
{
  return (char *)into + row->offset;
}

#endif
