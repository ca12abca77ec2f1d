/* Addresses with {placeholders}: for source/recipe*.c alone. */
#ifndef FM_SOURCE_RECIPE_URL_H
#define FM_SOURCE_RECIPE_URL_H

#include "base/directive.h"
#include "base/mem.h"
#include "base/why.h"
#include <feedmill/plugin.h>
#include <stdbool.h>

enum {
  FM_TEMPLATE_PARTS = 32, FM_PLACEHOLDER_MAX = 32,
  FM_TEMPLATE_MAX = 512 /* bytes of an address, which is a key: see plugin.h */
};

typedef struct fm_template_part {
  fm_str literal;
  fm_str name;  /* then this is a placeholder */
  bool slashes; /* {+name}: a '/' in its value stays one */
  bool in_host;
} fm_template_part;

typedef struct fm_template {
  fm_template_part parts[FM_TEMPLATE_PARTS];
  size_t count;
} fm_template;

/* Reads "https://{host}/{owner}/{+path}". FM_E_SYNTAX with the reason and the byte.
 * `plain`: any text, not an address. */
int fm_template_read(fm_str text, bool plain, fm_arena *arena, fm_template *made, size_t *at,
                     fm_why *why);
/* The names in it, each once. */
fm_strs fm_template_names(const fm_template *made, fm_arena *arena);

/* True if every name in it has a value. */
bool fm_template_known(const fm_template *made, const fm_param *values, size_t count);

/* Puts values in: percent-encoded in an address, as they are in `plain` text. A name
 * without a value gives nothing there. FM_E_BAD_ADDRESS: a value that cannot stand in
 * a host, or "..". */
int fm_template_fill(const fm_template *made, const fm_param *values, size_t count, bool plain,
                     fm_arena *arena, fm_str *filled, fm_why *why);

/* The values that an address was filled with; false: it is not of this template. */
bool fm_template_match(const fm_template *made, fm_str address, fm_arena *arena, fm_param *values,
                       size_t *count);

/* What stands before the first placeholder. */
fm_str fm_template_start(const fm_template *made);

#endif
