/* Expressions of a recipe, which select values on a page.
 *
 *    css: h2 a @href        elements that match a selector; their text, or an attribute
 *    xpath: .//h2/a/@href   XPath 1.0, evaluated on the item; "@name" may follow as well
 *    json: /title           a JSON Pointer into an item, or a page, that is JSON
 *    json: script#data /a/b   into the text of an element ...
 *    json: div @data-props /a/b   ... or of an attribute
 *    json: script#data /a/b | /c  from there into the JSON that a string holds
 *    text: https://example.org/{css: @id}   text with the values of other expressions
 *                           and of the url's {placeholders}
 *
 * Compiled once, then evaluated by any number of threads. */
#ifndef FM_SOURCE_RECIPE_EXPR_H
#define FM_SOURCE_RECIPE_EXPR_H

#include "base/buf.h"
#include "base/directive.h"
#include "dom/css.h"
#include "dom/pointer.h"
#include "dom/tree.h"
#include <feedmill/plugin.h>

enum {
  FM_FIELD_VALUES_MAX = 200,            /* values of one expression */
  FM_FIELD_BUDGET = 64 * 1024 * 1024    /* bytes of text read from one page */
};

typedef struct fm_expr fm_expr;

/* Input and output of compilation. */
typedef struct fm_expr_spec {
  fm_arena *arena;
  fm_pointers *json;       /* receives the pointers if expressions are evaluated on JSON; else NULL */
  const fm_strs *names;    /* placeholders that text: may use */
  fm_expr *all;            /* list of all compiled expressions, for fm_exprs_deinit */
} fm_expr_spec;

/* FM_E_SYNTAX with the reason and the byte offset in the text. */
int fm_expr_compile(fm_expr_spec *spec, fm_str text, fm_expr **expr, size_t *at, fm_why *why);
void fm_exprs_deinit(fm_expr *all);

/* True if the text has the prefix of an expression ("css:"). */
bool fm_expr_has_prefix(fm_str text);
/* True for a json: expression without a selector, which is evaluated on a JSON document. */
bool fm_expr_is_json(fm_str text);

/* The values that a pointer matched in one piece of JSON. */
typedef struct fm_matches {
  fm_str *items;
  size_t count, cap;
  fm_str only; /* storage of a single value, the usual case */
} fm_matches;

/* Context of evaluation: a page or an item of it. */
typedef struct fm_eval {
  fm_finder *finder;     /* of an HTML page */
  xmlNodePtr node;       /* the item's element, or the document for the whole page */
  const fm_matches *slots;  /* of a JSON item, indexed by pointer */
  const fm_param *names; /* values of the placeholders */
  size_t nnames;
  fm_arena *arena;       /* holds the results, which may also point into the page */
  size_t budget;         /* bytes of text that may still be read */
} fm_eval;

/* Either a node or a string. */
typedef struct fm_value {
  xmlNodePtr node;
  fm_str text;
  bool json; /* the text comes from JSON and may be HTML */
} fm_value;

/* Returns the number of values, at most `most`, in document order. */
size_t fm_expr_eval(const fm_expr *expr, fm_eval *eval, fm_value *values, size_t most);

/* The elements that a css: or xpath: expression matches, ignoring its attribute. */
size_t fm_expr_nodes(const fm_expr *expr, fm_eval *eval, xmlNodePtr *found, size_t most);

/* The value as one line, with its line breaks, or as unsanitized HTML including the
 * element's own tags. Empty once the budget is spent. */
fm_str fm_value_line(const fm_value *value, fm_eval *eval);
fm_str fm_value_lines(const fm_value *value, fm_eval *eval);
void fm_value_html(const fm_value *value, fm_eval *eval, fm_buf *out);

/* Parses one piece of JSON into an array of matches, one per pointer of the set, in the
 * arena. FM_E_SYNTAX with the reason. */
int fm_matches_parse(const fm_pointers *set, fm_str json, fm_arena *arena, fm_matches **slots,
                  fm_why *why);


/* The HTML of an element, including its own tags unless it is a mere container (body, td,
 * li). Scripts, styles and comments are left out. */
void fm_node_html(xmlNodePtr node, fm_buf *out);

/* The parts of a json: expression, for reading a list. */
fm_str fm_expr_attribute(const fm_expr *expr);
const fm_css *fm_expr_selector(const fm_expr *expr); /* NULL if it has none */
/* Of a selector that matches nothing: its longest start that matches, and the step after that, both
 * as written. False: it is XPath, a list of selectors, or its first step does not match. */
bool fm_expr_failing_step(const fm_expr *expr, fm_eval *eval, fm_str *start, fm_str *step);
/* NULL unless it is a json: expression with a selector. */
const fm_pointers *fm_expr_pointers(const fm_expr *expr);
/* The texts that the last pointer of a json: expression is evaluated on: the JSON itself, or what
 * the pointers before it match; and that pointer. Returns how many. */
size_t fm_expr_last_texts(const fm_expr *expr, const fm_pointers *first, fm_str json, fm_arena *arena,
                          fm_str texts[FM_FIELD_VALUES_MAX], const fm_pointers **last);

#endif
