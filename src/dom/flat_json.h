/* Flattened JSON: an array of values in which objects and arrays name their members by index, so
 * that a value is written once. Two formats are known: that of devalue (Nuxt 3, SvelteKit) and
 * that of turbo-stream (Remix, React Router), whose keys are indices too ("_5"). */
#ifndef FM_DOM_FLAT_JSON_H
#define FM_DOM_FLAT_JSON_H

#include "base/buf.h"
#include "base/mem.h"

enum { FM_FLAT_VALUES = 500000, FM_FLAT_DEPTH = 48 };

/* True if the JSON is a flattened array: its first value has indices of the others. */
bool fm_flat_likely(fm_str json);

/* Appends the JSON that flattened JSON stands for. Further lines of turbo-stream, "P5:[...]",
 * may follow the first. FM_E_SYNTAX: it is no such JSON; FM_E_TOO_BIG: over the buffer's cap or
 * the limits above. Values that JSON does not have (undefined, NaN, a cycle) become null. */
int fm_flat_to_json(fm_str flat, fm_arena *arena, fm_buf *out);

#endif
