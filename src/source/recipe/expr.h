/* Expressions of a recipe: what says where on a page something stands.
 *
 *   css: h2 a @href        what a selector finds; its text, or an attribute
 *   xpath: .//h2/a/@href   XPath 1.0, seen from the item; "@name" may follow as well
 *   json: /title           a JSON Pointer into an item, or a page, that is JSON
 *   json: script#data /a/b   into the text of an element ...
 *   json: div @data-props /a/b   ... or of an attribute
 *   text: https://example.org/{css: @id}   text, with the values of other
 *                          expressions and of the address's {placeholders} in it
 *
 * Compiled once, then read by any number of threads. */
#ifndef FM_SOURCE_RECIPE_EXPR_H
#define FM_SOURCE_RECIPE_EXPR_H

#include "base/buf.h"
#include "base/directive.h"
#include "dom/css.h"
#include "dom/pointer.h"
#include "dom/tree.h"
#include <feedmill/plugin.h>

enum {
  FM_FIELD_VALUES_MAX = 200,            /* of one expression */
  FM_FIELD_BUDGET = 64 * 1024 * 1024    /* bytes of text taken from one page */
};

typedef struct fm_expr fm_expr;

/* What compiling an expression needs, and leaves. */
typedef struct fm_expr_spec {
  fm_arena *arena;
  fm_pointers *json;       /* what is looked at is JSON: where its pointers go; else NULL */
  const fm_strs *names;    /* placeholders that text: may name */
  fm_expr *all;            /* every expression made, for fm_exprs_deinit */
} fm_expr_spec;

/* FM_E_SYNTAX with the reason and the byte of the text (from 0). */
int fm_expr_compile(fm_expr_spec *spec, fm_str text, fm_expr **expr, size_t *at, fm_why *why);
void fm_exprs_deinit(fm_expr *all);

/* True if the text starts as an expression does ("css:"). */
bool fm_expr_likely(fm_str text);
/* True if the expression looks for JSON with no selector before it: what it is for
 * is JSON altogether. */
bool fm_expr_is_json(fm_str text);

/* The values that pointers found in one piece of JSON, by slot. */
typedef struct fm_slot {
  fm_str *items;
  size_t count, cap;
  fm_str only; /* most have one: `items` is this then */
} fm_slot;

/* A page, or an item of it, that expressions are asked of. */
typedef struct fm_eval {
  fm_finder *finder;     /* of a page that is a tree */
  xmlNodePtr node;       /* the item; the document for the page as a whole */
  const fm_slot *slots;  /* of one that is JSON */
  const fm_param *names; /* the placeholders' values */
  size_t nnames;
  fm_arena *arena;       /* what is found lives here, or in the page */
  size_t budget;         /* bytes of text that may still be taken */
} fm_eval;

/* Either a node or a text. */
typedef struct fm_value {
  xmlNodePtr node;
  fm_str text;
  bool json; /* the text is out of JSON: maybe HTML, who knows */
} fm_value;

/* At most `most` values in the page's order; returns how many. */
size_t fm_expr_eval(const fm_expr *expr, fm_eval *eval, fm_value *values, size_t most);

/* The elements that a css: or xpath: expression finds, its attribute left aside. */
size_t fm_expr_nodes(const fm_expr *expr, fm_eval *eval, xmlNodePtr *found, size_t most);

/* The value as one line, or with its lines; as HTML, its own tags included, not
 * clean yet. Empty when the budget is spent. */
fm_str fm_value_line(const fm_value *value, fm_eval *eval);
fm_str fm_value_lines(const fm_value *value, fm_eval *eval);
void fm_value_html(const fm_value *value, fm_eval *eval, fm_buf *out);

/* Reads one piece of JSON into slots (as many as the set has pointers; in the
 * eval's arena). FM_E_SYNTAX with the reason. */
int fm_slots_read(const fm_pointers *set, fm_str json, fm_arena *arena, fm_slot **slots,
                  fm_why *why);

/* The text that JSON is looked for in, of an element or its attribute. */
fm_str fm_node_json(xmlNodePtr node, fm_str attribute, fm_arena *arena);

/* The HTML of an element: with its own tags unless it is but a container (body, td,
 * li). No scripts, styles, comments. */
void fm_node_html(xmlNodePtr node, fm_buf *out);

/* For what reads a list: the parts of a json: expression. */
fm_str fm_expr_attribute(const fm_expr *expr);
const fm_css *fm_expr_selector(const fm_expr *expr); /* NULL: none */
const fm_pointers *fm_expr_pointers(const fm_expr *expr); /* its own; NULL: it is not json: */

#endif
