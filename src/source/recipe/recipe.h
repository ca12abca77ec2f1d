/* Recipes: sources described in YAML files.
 *
 * A recipe is an fm_source like any other. It is compiled once, then immutable and shared by
 * reference; fm_source_ref and fm_source_unref (registry.h) keep it alive while it is used
 * after a reload. */
#ifndef FM_SOURCE_RECIPE_RECIPE_H
#define FM_SOURCE_RECIPE_RECIPE_H

#include "base/directive.h"
#include "base/problem.h"
#include <feedmill/plugin.h>

typedef struct fm_recipe fm_recipe;

/* Loads a recipe and returns the first reference. Returns NULL if there are problems; each
 * is added as `file:line: key: reason` or `file:line:column: reason`. */
fm_recipe *fm_recipe_load(const char *path, fm_problems *problems);
fm_recipe *fm_recipe_parse(fm_str text, fm_str file, fm_problems *problems);

void fm_recipe_ref(fm_recipe *recipe);
void fm_recipe_unref(fm_recipe *recipe); /* NULL is allowed */

const fm_source *fm_recipe_source(const fm_recipe *recipe);
fm_recipe *fm_recipe_of(const fm_source *source); /* NULL if `source` is NULL or not a recipe */

/* The file name as given, and the line of its `name` key. */
const char *fm_recipe_file(const fm_recipe *recipe);
unsigned fm_recipe_line(const fm_recipe *recipe);
/* The placeholders of its url, which are keys that a feed may set. */
fm_strs fm_recipe_placeholders(const fm_recipe *recipe);
/* The YAML text that it was compiled from. */
fm_str fm_recipe_text(const fm_recipe *recipe);
/* True if both were compiled from the same text. */
bool fm_recipe_same(const fm_recipe *a, const fm_recipe *b);

/* The base URL for relative links if the page's URL is unknown: its url up to the first
 * placeholder. */
fm_str fm_recipe_base(const fm_recipe *recipe);

#endif
