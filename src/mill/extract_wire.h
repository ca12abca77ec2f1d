/* Extraction requests and results as bytes, between the program and its extraction workers.
 *
 * Both sides are the same program on the same machine, so the format has no version and host
 * byte order. A result comes from a process that has parsed hostile input: decoding checks
 * every length and trusts nothing. Pure functions. */
#ifndef FM_MILL_EXTRACT_WIRE_H
#define FM_MILL_EXTRACT_WIRE_H

#include "base/buf.h"
#include "mill/extract.h"

/* Where a worker finds the source of a request. */
enum fm_source_origin { FM_SOURCE_BUILT_IN, FM_SOURCE_RECIPE, FM_SOURCE_PLUGIN };

typedef struct fm_source_ref_wire {
  enum fm_source_origin origin;
  fm_str name; /* of the source */
  fm_str text; /* the recipe's YAML, or the path of the plugin's shared object */
  fm_str file; /* the recipe's file, for its messages */
} fm_source_ref_wire;

typedef struct fm_wire_request {
  fm_source_ref_wire source;
  fm_extract_request request; /* its source is not set */
  uint64_t limit_ms;          /* CPU time of this extraction */
} fm_wire_request;

/* Appends a request without the page's body, whose bytes must follow as its last part: it is
 * large, so that the caller copies it once, to where the worker reads it. */
int fm_wire_put_request(fm_buf *out, const fm_extract_request *request, uint64_t limit_ms);
/* Parses one; strings point into `bytes`, the array of options is in `arena`. FM_E_SYNTAX. */
int fm_wire_get_request(fm_str bytes, fm_arena *arena, fm_wire_request *request);

/* Appends a result. */
int fm_wire_put_result(fm_buf *out, const fm_extract_result *result);
/* Parses one; `result` then owns a document. FM_E_SYNTAX leaves it untouched. */
int fm_wire_get_result(fm_str bytes, fm_extract_result *result);

#endif
