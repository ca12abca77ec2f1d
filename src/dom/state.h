/* The state that programs leave in a page for their scripts, as JSON.
 *
 * An element may hold several values; each is returned as JSON, in the order of the text. Plain
 * JSON is returned as it stands. Decoded are: JSON in a JSON string, JavaScript literals in
 * assignments and calls, JSON.parse("..."), invoked functions (Nuxt 2), flattened JSON (Nuxt 3,
 * turbo-stream of React Router), flight rows (Next.js), the properties of Astro's islands and
 * Livewire's snapshots. What a page streams in several scripts belongs to the first of them.
 *
 * Pure; nothing is executed. What is decoded has caps, so that a page of any kind takes time and
 * memory in proportion to its size. */
#ifndef FM_DOM_STATE_H
#define FM_DOM_STATE_H

#include "base/mem.h"

#include <libxml/tree.h>
#include <stdbool.h>

enum {
  FM_STATE_VALUES = 32,                   /* of one element */
  FM_STATE_DECODED_MAX = 32 * 1024 * 1024 /* bytes of one value */
};

enum fm_state_wrapping { FM_STATE_PLAIN, FM_STATE_ASTRO, FM_STATE_LIVEWIRE };

typedef struct fm_state {
  fm_arena *arena;
  fm_str text;
  const char *at;   /* from where to look for the next value */
  const char *from; /* where the last value began */
  fm_str unchecked; /* what was returned last, if it may be JavaScript instead of JSON */
  fm_str joined;    /* what several scripts stream, once it was put together */
  bool flight, turbo, whole;
  enum fm_state_wrapping wrapping;
  size_t budget;    /* bytes that may still be looked at */
  unsigned values;
} fm_state;

/* The values in a text. The text must outlive the state and what it returns. */
void fm_state_init(fm_state *state, fm_str text, fm_arena *arena);
/* The values in an element's text, or in its attribute unless that is empty. */
void fm_state_init_node(fm_state *state, xmlNodePtr node, fm_str attribute, fm_arena *arena);

/* The next value; false: there is none. A text that begins as JSON does is returned as it is, for
 * its reader to find out; if it is JavaScript, the next call returns it as JSON. */
bool fm_state_next(fm_state *state, fm_str *json);

#endif
