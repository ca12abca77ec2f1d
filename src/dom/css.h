/* CSS selectors over a libxml2 tree: Selectors Level 3, with :is(), :where(),
 * :has(), :not() of lists, :scope and :contains("text").
 *
 * A selector is compiled once and then used by any number of threads at a time.
 * Two engines run it. What only walks (types, classes, ids, attributes,
 * combinators, positions, :not(), :is()) is matched on the tree as it stands;
 * :has() and :contains() look into subtrees and go by XPath, to which every
 * selector compiles (fm_css_xpath). Both find the same elements; the unit test
 * holds them together.
 *
 * HTML is meant: names of elements and attributes match in any case, so do the
 * values of those attributes for which HTML says so (rel, type, lang, ...);
 * namespace prefixes are read and ignored; states that only a browser knows
 * (:hover, :visited, :target, ...) match nothing.
 *
 * A selector is taken from a scope, an element or the document: it finds what is
 * below the scope. It may start with a combinator ("> a", "+ tr td", "~ p") or
 * with ":scope"; ":scope" alone is the scope itself. */
#ifndef FM_DOM_CSS_H
#define FM_DOM_CSS_H

#include "base/why.h"
#include "dom/finder.h"

enum { FM_CSS_MAX = 4096 }; /* bytes of a selector */

typedef struct fm_css fm_css;

/* Compiles a selector; copies the text. Returns FM_E_SYNTAX with the reason and, in *at, the
 * byte of the text (from 0) where the error is. The result lives in the arena, except for what
 * fm_css_deinit frees. */
int fm_css_compile(fm_str text, fm_arena *arena, fm_css **css, size_t *at, fm_why *why);
/* Like fm_css_compile, for elements that have an attribute only; an empty name means all. */
int fm_css_compile_having(fm_str text, fm_str attribute, fm_arena *arena, fm_css **css,
                          size_t *at, fm_why *why);
void fm_css_deinit(fm_css *css); /* NULL is allowed */

/* The selector as XPath 1.0, relative to the scope, NUL-terminated. It calls one extension
 * function, type-index() (finder.h), for of-type positions without a named type. */
fm_str fm_css_xpath(const fm_css *css, fm_arena *arena);

/* Finds the matches below `scope` (an element, or the document as a node) in document order,
 * each once, at most `most` of them into `found`; returns the count. Also 0 if the finder ran
 * out of steps: see fm_finder_exhausted. */
size_t fm_css_find(const fm_css *css, fm_finder *finder, xmlNodePtr scope, xmlNodePtr *found,
                   size_t most);

/* The two engines separately, for tests. The tree matcher cannot run every selector. */
bool fm_css_is_simple(const fm_css *css);
size_t fm_css_find_simple(const fm_css *css, fm_finder *finder, xmlNodePtr scope,
                           xmlNodePtr *found, size_t most);
size_t fm_css_find_xpath(const fm_css *css, fm_finder *finder, xmlNodePtr scope,
                         xmlNodePtr *found, size_t most);

#endif
