/* Private to source/recipe/expr*.c. */
#ifndef FM_SOURCE_RECIPE_EXPR_INTERNAL_H
#define FM_SOURCE_RECIPE_EXPR_INTERNAL_H

#include "source/recipe/expr.h"

enum fm_expr_kind { FM_EXPR_CSS, FM_EXPR_XPATH, FM_EXPR_JSON, FM_EXPR_TEXT };

/* A part of a text: expression; one of the members is set. */
typedef struct fm_expr_part {
  fm_str literal;      /* literal text */
  const fm_expr *expr; /* the value of an expression */
  fm_str name;         /* the value of a placeholder */
} fm_expr_part;

/* A further pointer, behind '|': into the JSON that a string holds. */
typedef struct fm_json_step {
  fm_pointers set;
  size_t slot;
  struct fm_json_step *next;
} fm_json_step;

struct fm_expr {
  enum fm_expr_kind kind;
  fm_str source;    /* of css: and json:, the selector */
  fm_css *css;      /* of css: and json:; NULL matches the item itself */
  xmlXPathCompExprPtr xpath;
  fm_str attribute; /* empty for the element's text */
  fm_pointers own;  /* pointers of json: with a selector; otherwise `slot` refers to the item's set */
  fm_json_step *steps;
  bool shared;
  size_t slot;
  fm_expr_part *parts;
  size_t nparts, parts_cap;
  fm_expr *next; /* link of fm_expr_spec.all */
};

#endif
