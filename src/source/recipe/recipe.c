/* Recipe objects: loading from a file, reference count, accessors. */
#include "base/str.h"
#include "source/recipe/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

fm_recipe *fm_recipe_load(const char *path, fm_problems *problems)
{
  fm_recipe *recipe = NULL;
  char *text = fm_alloc(FM_YAML_SIZE_MAX + 1);
  FILE *file = fopen(path, "re");
  size_t len = file ? fread(text, 1, FM_YAML_SIZE_MAX + 1, file) : 0;
  if (!file || ferror(file))
    fm_problem_add(problems, fm_str_of(path), 0, (fm_str){NULL, 0}, "cannot be read: %s",
                   strerror(errno));
  else
    recipe = fm_recipe_parse((fm_str){text, len}, fm_str_of(path), problems);
  if (file)
    fclose(file);
  free(text);
  return recipe;
}

void fm_recipe_ref(fm_recipe *recipe) { atomic_fetch_add(&recipe->refs, 1); }

void fm_recipe_unref(fm_recipe *recipe)
{
  if (!recipe || atomic_fetch_sub(&recipe->refs, 1) != 1)
    return;
  fm_recipe_fixups_free(recipe);
  fm_exprs_deinit(recipe->exprs);
  fm_arena arena = recipe->arena;
  fm_arena_deinit(&arena);
  free(recipe);
}

const fm_source *fm_recipe_source(const fm_recipe *recipe) { return &recipe->source; }

fm_recipe *fm_recipe_of(const fm_source *source)
{
  return source && source->extract == fm_recipe_extract ? (fm_recipe *)(void *)source : NULL;
}

const char *fm_recipe_file(const fm_recipe *recipe) { return recipe->file.ptr; }
unsigned fm_recipe_line(const fm_recipe *recipe) { return recipe->line; }
fm_strs fm_recipe_placeholders(const fm_recipe *recipe) { return recipe->names; }
fm_str fm_recipe_text(const fm_recipe *recipe) { return recipe->text; }

bool fm_recipe_same(const fm_recipe *a, const fm_recipe *b) { return a->hash == b->hash; }

/* The base of "https://example.org/u/{name}" is https://example.org/u/; an incomplete host
 * is not a base. */
fm_str fm_recipe_base(const fm_recipe *recipe)
{
  fm_str start = fm_template_start(&recipe->url);
  int slashes = 0;
  for (size_t i = 0; i < start.len; i++)
    slashes += start.ptr[i] == '/';
  return recipe->url.count == 1 || slashes >= 3 ? start : (fm_str){NULL, 0};
}
