/* The inside of an expression: for source/field*.c alone. */
#ifndef FM_SOURCE_RECIPE_EXPR_PARTS_H
#define FM_SOURCE_RECIPE_EXPR_PARTS_H

#include "source/recipe/expr.h"

enum fm_expr_kind { FM_EXPR_CSS, FM_EXPR_XPATH, FM_EXPR_JSON, FM_EXPR_TEXT };

/* A piece of text: */
typedef struct fm_expr_part {
  fm_str literal;      /* as it stands, or */
  const fm_expr *expr; /* an expression's value, or */
  fm_str name;         /* a placeholder's */
} fm_expr_part;

struct fm_expr {
  enum fm_expr_kind kind;
  fm_css *css;      /* of css: and json:; NULL: the item itself */
  xmlXPathCompExprPtr xpath;
  fm_str attribute; /* empty: the text */
  fm_pointers own;  /* of json: in an element; else the slot is in the item's set */
  bool shared;
  size_t slot;
  fm_expr_part *parts;
  size_t nparts, parts_cap;
  fm_expr *next; /* in the spec's chain */
};

#endif
