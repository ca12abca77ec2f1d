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

/* Compiles; the text is copied. FM_E_SYNTAX with the reason, and at which byte
 * of the text (from 0) it is wrong. Lives in the arena, but for what fm_css_deinit
 * gives back. */
int fm_css_compile(fm_str text, fm_arena *arena, fm_css **css, size_t *at, fm_why *why);
/* The same for elements alone that have an attribute; empty: all. */
int fm_css_compile_having(fm_str text, fm_str attribute, fm_arena *arena, fm_css **css,
                          size_t *at, fm_why *why);
void fm_css_deinit(fm_css *css); /* NULL is fine */

/* The selector as XPath 1.0, relative to the scope, NUL after it. It calls one
 * function of ours, type-index() (finder.h), and that only for of-type positions
 * of no named type. */
fm_str fm_css_xpath(const fm_css *css, fm_arena *arena);

/* Finds what the selector matches from `scope` (an element, or the document as a
 * node), in document order, each once: at most `most` into `found`; returns how
 * many. 0 as well when the finder ran out of steps: see fm_finder_spent. */
size_t fm_css_find(const fm_css *css, fm_finder *finder, xmlNodePtr scope, xmlNodePtr *found,
                   size_t most);

/* The engines one by one, for tests. The matcher cannot run every selector. */
bool fm_css_walks(const fm_css *css);
size_t fm_css_find_walking(const fm_css *css, fm_finder *finder, xmlNodePtr scope,
                           xmlNodePtr *found, size_t most);
size_t fm_css_find_xpath(const fm_css *css, fm_finder *finder, xmlNodePtr scope,
                         xmlNodePtr *found, size_t most);

#endif
