/* JSON Pointers (RFC 6901), many at a time: one pass over a text finds what all of
 * them point to, and passes over the rest at the speed of a scan.
 *
 * "*" as a step is an extension: every element of an array, every member of an
 * object. A pointer may so have many values, in the text's order. */
#ifndef FM_DOM_POINTER_H
#define FM_DOM_POINTER_H

#include "base/json.h"

enum { FM_POINTER_MAX = 1024, FM_POINTER_STEPS = 32 }; /* bytes; steps */

typedef struct fm_pointers { /* zero-initialised is empty and ready */
  struct fm_pointer_node *root;
  size_t count;
} fm_pointers;

/* Adds one; equal ones share a slot. FM_E_SYNTAX with the reason and the byte
 * (from 0). Everything lives in the arena. */
int fm_pointer_add(fm_pointers *set, fm_str text, fm_arena *arena, size_t *slot, size_t *at,
                   fm_why *why);

/* A value as text: a string's characters, a number as it is written, "true" or
 * "false". Called for each; a null is none. An array gives its elements that are
 * such values; an object gives nothing. */
typedef void (*fm_pointer_cb)(void *ctx, size_t slot, fm_str text);

/* Reads the value that stands next in `json` (set json->xml for clean text). 1, or
 * FM_E_SYNTAX. */
int fm_pointers_read(const fm_pointers *set, fm_json *json, fm_pointer_cb each, void *ctx);

enum { FM_POINTER_MISSING, FM_POINTER_SCALAR, FM_POINTER_LIST };

/* Of the first pointer of a set: calls `each` with the JSON of the elements of the
 * arrays that it points to; of other values only where the pointer holds a "*".
 * *found tells whether there is a list, of a "*" what the last one goes through:
 * FM_POINTER_SCALAR is some other value. */
int fm_pointers_items(const fm_pointers *set, fm_json *json, fm_pointer_cb each, void *ctx,
                      int *found);

/* JSON as it may stand in a script: what follows "window.x =" begins at its bracket, the
 * first that has something in it. The text itself if it is JSON as it is. */
fm_str fm_json_in_script(fm_str text);

#endif
