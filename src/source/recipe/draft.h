/* The contents of a recipe file before compilation. Private to source/recipe/. */
#ifndef FM_SOURCE_RECIPE_DRAFT_H
#define FM_SOURCE_RECIPE_DRAFT_H

#include "source/recipe/internal.h"

enum { FM_RECIPE_TITLE_MAX = 500 }; /* bytes */

typedef struct fm_fixup_draft {
  unsigned line, field;
  const fm_yaml *match;
  fm_str replace;
} fm_fixup_draft;

/* The values of all keys. */
typedef struct fm_recipe_draft {
  unsigned line;
  fm_str name, subtitle, language, charset;
  const fm_yaml *title, *url, *link, *format, *timezone, *date_language, *container, *items, *next;
  const fm_yaml *fields[FM_F_COUNT], *entry_page[FM_F_COUNT], *numbers, *entry_numbers;
  fm_params defaults, headers;
  unsigned order, max_pages, entry_pages;
  int64_t every;
  fm_fixup_draft *fixups;
  size_t nfixups;
  fm_str include, exclude, author;
} fm_recipe_draft;

extern const char *const fm_recipe_field_names[]; /* indexed by enum fm_field_name; terminated by NULL */
extern const bool fm_recipe_in_entry_page[];

/* Parses items, container, fields, detail, next and the feed's title. FM_E_CONFIG. */
int fm_recipe_parse_list(fm_recipe_loader *r, const fm_recipe_draft *d, const fm_yaml *root);

/* Parses a template, or checks that its placeholders occur in the url. FM_E_CONFIG. */
int fm_recipe_parse_template(fm_recipe_loader *r, const fm_yaml *node, bool plain, fm_template *made);
int fm_recipe_check_names(fm_recipe_loader *r, const fm_yaml *node, const fm_template *made);

#endif
