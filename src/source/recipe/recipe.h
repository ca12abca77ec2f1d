/* Recipes: sources as YAML files, for the pages that nobody wrote C for.
 *
 * A recipe is an fm_source like any other. It is read and compiled once, immutable
 * after that and shared by reference; fm_source_ref and fm_source_unref
 * (registry.h) keep it while somebody still uses it after a reload. */
#ifndef FM_SOURCE_RECIPE_RECIPE_H
#define FM_SOURCE_RECIPE_RECIPE_H

#include "base/directive.h"
#include "base/problem.h"
#include <feedmill/plugin.h>

typedef struct fm_recipe fm_recipe;

/* Reads a recipe; one reference. NULL: all that is wrong is added to the problems,
 * as `file:line: key: reason` or `file:line:column: reason`. */
fm_recipe *fm_recipe_load(const char *path, fm_problems *problems);
fm_recipe *fm_recipe_parse(fm_str text, fm_str file, fm_problems *problems);

void fm_recipe_ref(fm_recipe *recipe);
void fm_recipe_unref(fm_recipe *recipe); /* NULL is fine */

const fm_source *fm_recipe_source(const fm_recipe *recipe);
fm_recipe *fm_recipe_of(const fm_source *source); /* NULL: it is no recipe, or NULL */

/* The file's name as given; the line of its `name`. */
const char *fm_recipe_file(const fm_recipe *recipe);
unsigned fm_recipe_line(const fm_recipe *recipe);
/* The placeholders of its url: keys that a feed may give it. */
fm_strs fm_recipe_names(const fm_recipe *recipe);
/* True if both were made of the same text. */
bool fm_recipe_same(const fm_recipe *a, const fm_recipe *b);

/* The address that its relative links are taken from where nobody says which page it
 * is: its url up to the first placeholder. */
fm_str fm_recipe_base(const fm_recipe *recipe);

#endif
