/* One search through one page: what its queries share, and how much they may
 * cost. A hostile page or a careless recipe could otherwise take minutes:
 * selectors and XPath are polynomial in the size of the page, of a degree that
 * their author chooses. Not for two threads at a time. */
#ifndef FM_DOM_FINDER_H
#define FM_DOM_FINDER_H

#include "base/mem.h"
#include "base/why.h"
#include <libxml/xpath.h>
#include <stdbool.h>

/* Elements looked at, and XPath operations, for one page: about a second. */
enum { FM_FINDER_STEPS = 30 * 1000 * 1000, FM_FINDER_OPS = 20 * 1000 * 1000 };
enum { FM_FINDER_POSITIONS = 64 };

/* The position of an element among its siblings, cached so that a walk down a list does not
 * recount it for each item. */
typedef struct fm_position {
  xmlNodePtr parent, node;
  const char *type; /* counts only elements of this name; NULL: all */
  unsigned index;   /* of `node`, from 1 */
  unsigned total;   /* 0: not counted yet */
} fm_position;

typedef struct fm_finder {
  xmlDocPtr doc;
  xmlXPathContextPtr xpath; /* created on first use */
  size_t steps;             /* left */
  bool spent;
  fm_position positions[FM_FINDER_POSITIONS];
} fm_finder;

void fm_finder_init(fm_finder *finder, xmlDocPtr doc);
void fm_finder_deinit(fm_finder *finder);

/* True once a query was aborted because the page's steps were used up; results since then are
 * incomplete. */
static inline bool fm_finder_exhausted(const fm_finder *finder) { return finder->spent; }

/* Takes one step; false when none are left. */
static inline bool fm_finder_step(fm_finder *finder)
{
  if (finder->steps == 0) {
    finder->spent = true;
    return false;
  }
  finder->steps--;
  return true;
}

/* The element's position among its element siblings, from 1: from the start or from the end,
 * among all or among those of its own type. */
unsigned fm_finder_position(fm_finder *finder, xmlNodePtr node, bool last, bool of_type);

/* ---- XPath 1.0 with type-index(), the position of the context element among the siblings of
 * its type; type-index(1) counts from the end ---- */

enum { FM_XPATH_MAX = 4096 }; /* bytes of an expression from a user */

/* Compiles an expression from a user. Unknown functions, variables and namespaces are errors
 * here and not during evaluation. Returns FM_E_SYNTAX with the reason and the byte (from 0).
 * Threads may share the result; xmlXPathFreeCompExpr frees it. */
int fm_xpath_compile(fm_str text, xmlXPathCompExprPtr *compiled, size_t *at, fm_why *why);

/* Evaluates with `node` as the context; NULL on failure. The caller frees the result
 * (xmlXPathFreeObject). */
xmlXPathObjectPtr fm_finder_xpath(fm_finder *finder, xmlXPathCompExprPtr compiled,
                                  xmlNodePtr node);

/* Copies the nodes of a set in document order, at most `most`; a NULL set is empty. */
size_t fm_xpath_nodes(xmlNodeSetPtr set, xmlNodePtr *found, size_t most);

#endif
