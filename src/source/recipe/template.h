/* URL templates with {placeholders}. Private to source/recipe/. */
#ifndef FM_SOURCE_RECIPE_TEMPLATE_H
#define FM_SOURCE_RECIPE_TEMPLATE_H

#include "base/directive.h"
#include "base/mem.h"
#include "base/url.h"
#include "base/why.h"
#include <feedmill/plugin.h>
#include <stdbool.h>

enum {
  FM_TEMPLATE_PARTS = 32, FM_PLACEHOLDER_MAX = 32,
  FM_TEMPLATE_MAX = FM_URL_MAX /* bytes of a filled URL */
};

typedef struct fm_template_part {
  fm_str literal;
  fm_str name;  /* set for a placeholder, empty for literal text */
  bool slashes; /* {+name}: '/' in the value is not encoded */
  bool in_host;
} fm_template_part;

typedef struct fm_template {
  fm_template_part parts[FM_TEMPLATE_PARTS];
  size_t count;
} fm_template;

/* Parses "https://{host}/{owner}/{+path}"; spaces, [ ] and | are percent-encoded. FM_E_SYNTAX with the reason and the byte offset.
 * `plain`: the template is any text, not a URL. */
int fm_template_parse(fm_str text, bool plain, fm_arena *arena, fm_template *made, size_t *at,
                     fm_why *why);
/* The distinct names of its placeholders. */
fm_strs fm_template_names(const fm_template *made, fm_arena *arena);

/* True if every placeholder has a value. */
bool fm_template_known(const fm_template *made, const fm_param *values, size_t count);

/* Fills in values, percent-encoded in a URL and unchanged in `plain` text. A placeholder
 * without a value is replaced by nothing. FM_E_BAD_ADDRESS: a value that is invalid in a
 * host, or a dot segment. */
int fm_template_fill(const fm_template *made, fm_params values, bool plain, fm_arena *arena,
                     fm_str *filled, fm_why *why);

/* Recovers the values with which a URL was filled; false if it does not match the template. */
bool fm_template_match(const fm_template *made, fm_str address, fm_arena *arena, fm_param *values,
                       size_t *count);

/* The literal before the first placeholder. */
fm_str fm_template_start(const fm_template *made);

#endif
