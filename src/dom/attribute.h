/* Finds JSON that a page carries in an attribute, without building a tree. */
#ifndef FM_DOM_ATTRIBUTE_H
#define FM_DOM_ATTRIBUTE_H

#include "base/mem.h"
#include <stdbool.h>

/* Finds the start tag that has `name`="`value`" (data-target="DailyPapers") and
 * gives the raw value, entities and all, of its attribute `wanted`
 * (data-props), in either order, either kind of quotes; comments, scripts and
 * styles are passed over. False: no such tag, or it lacks the attribute, or the
 * page ends within it. `raw` is a part of `html`. */
bool fm_attribute_find(fm_str html, fm_str name, fm_str value, fm_str wanted, fm_str *raw);

/* True if the page ends within the `wanted` attribute of that tag, that is, the page is
 * truncated there. Used for the error message when nothing was found. */
bool fm_attribute_truncated(fm_str html, fm_str name, fm_str value, fm_str wanted);

/* Decodes the character references of an attribute's value: the names of HTML
 * 4 (with their ';'), decimal and hexadecimal numbers; what is no reference
 * stays as it is, what is no character becomes U+FFFD. */
fm_str fm_attribute_decode(fm_str raw, fm_arena *arena);

#endif
