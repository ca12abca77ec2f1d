/* What stands in a recipe's file, before anything is made of it: for source/recipe_*.c
 * alone. */
#ifndef FM_SOURCE_RECIPE_DRAFT_H
#define FM_SOURCE_RECIPE_DRAFT_H

#include "source/recipe/parts.h"

enum { FM_RECIPE_TITLE_MAX = 500 }; /* bytes */

typedef struct fm_fixup_draft {
  unsigned line, field;
  const fm_yaml *match;
  fm_str replace;
} fm_fixup_draft;

/* What stands in the file. */
typedef struct fm_recipe_draft {
  unsigned line;
  fm_str name, subtitle, language, charset;
  const fm_yaml *title, *url, *link, *format, *timezone, *container, *items, *next;
  const fm_yaml *fields[FM_F_COUNT], *detail[FM_F_COUNT], *numbers, *detail_numbers;
  fm_params defaults, headers;
  unsigned order, max_pages, details;
  int64_t every;
  fm_fixup_draft *fixups;
  size_t nfixups;
  fm_str include, exclude, author;
} fm_recipe_draft;

extern const char *const recipe_field_names[]; /* by enum fm_field_name; NULL at the end */
extern const bool recipe_in_detail[];

/* items:, container:, fields:, detail:, next: and the feed's title. FM_E_CONFIG. */
int recipe_read_list(fm_recipe_reading *r, const fm_recipe_draft *d, const fm_yaml *root);

/* Text with {placeholders}, and that they are the url's. FM_E_CONFIG. */
int recipe_read_template(fm_recipe_reading *r, const fm_yaml *node, bool plain, fm_template *made);
int recipe_check_names(fm_recipe_reading *r, const fm_yaml *node, const fm_template *made);

#endif
