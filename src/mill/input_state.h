/* What is remembered of an input between two refreshes: where its list was found, the
 * validators from there, the ids that it showed. It is stored as text under the upstream's
 * key, for a restart and for other instances at the same store.
 *
 * Pure: no loop and no store. */
#ifndef FM_MILL_INPUT_STATE_H
#define FM_MILL_INPUT_STATE_H

#include "base/buf.h"
#include "base/mem.h"
#include "mill/endpoint.h"

/* Zero-initialised: nothing is known. */
typedef struct fm_input_state {
  fm_arena arena;     /* holds the strings and ids; fm_input_state_deinit frees it */
  fm_str redirect_to; /* where endpoint 0's page said that the list is; empty: not elsewhere */
  fm_str url;         /* the address that sent these validators (RFC 9110 8.8): */
  fm_str etag, last_modified;
  const uint64_t *ids; /* fm_list_hash of the entries that the input showed; none: unknown */
  size_t nids;

  /* Not stored: */
  bool failing;  /* the last fetch failed, or brought a part of the list */
  fm_str reason; /* why, while failing */
  fm_failover failover;
} fm_input_state;

/* One of the lists that make up an upstream. */
typedef struct fm_input {
  const fm_endpoint *endpoints; /* in order of preference; at least one */
  size_t nendpoints;
  fm_input_state state;
} fm_input;

void fm_input_state_deinit(fm_input_state *state); /* leaves it zero-initialised */
/* Replaces all of `state` but `failover` by copies of what `from` holds. `from` may borrow
 * from `state`; its arena and failover are not looked at. */
void fm_input_state_set(fm_input_state *state, const fm_input_state *from);

/* True if the inputs have something to store. A single input whose list stands at its first
 * endpoint has not: the upstream's own record keeps its validators. */
bool fm_inputs_worth_storing(const fm_input *inputs, size_t count);

/* Bounds of the text: ids of all inputs together, without which the inputs are stored if
 * they have more; bytes, for the buffer of fm_inputs_encode. */
enum { FM_INPUT_STATE_IDS = 4000, FM_INPUT_STATE_MAX = 256 * 1024 };

/* Appends a line for each input: the address of its endpoint 0, redirect_to, url, etag,
 * last_modified and the ids (16 hexadecimal digits each), separated by tabs. An input whose
 * strings hold a tab or a line break is left out. */
void fm_inputs_encode(const fm_input *inputs, size_t count, fm_buf *out);
/* Reads such a text into the inputs whose endpoint 0 has the line's address: into those of
 * which nothing is known, or with `overwrite` into all of them. Malformed lines are skipped,
 * so any bytes may be given. */
void fm_inputs_decode(fm_str text, fm_input *inputs, size_t count, bool overwrite);

#endif
