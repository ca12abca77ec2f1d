/* React's flight format, in which Next.js streams a page's data: rows "ID:JSON" and "ID:TLEN,text",
 * whose values refer to other rows ("$1a"). */
#ifndef FM_DOM_FLIGHT_H
#define FM_DOM_FLIGHT_H

#include "base/buf.h"
#include "base/mem.h"

enum { FM_FLIGHT_ROWS = 5000, FM_FLIGHT_DEPTH = 24 };

/* Appends the rows as one JSON object, {"0": ..., "1a": ...}, in which references to rows of text
 * and of data are replaced by them. Rows that are no data (imports, hints) are left out.
 * FM_E_SYNTAX: no row is data; FM_E_TOO_BIG: over the buffer's cap. */
int fm_flight_to_json(fm_str flight, fm_arena *arena, fm_buf *out);

#endif
