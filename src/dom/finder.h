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

/* Elements looked at, and operations of XPath, for one page; a second or so. */
enum { FM_FINDER_STEPS = 30 * 1000 * 1000, FM_FINDER_OPS = 20 * 1000 * 1000 };
enum { FM_FINDER_PLACES = 64 };

/* Where an element stands among its siblings, remembered so that walking down a
 * list does not count it anew for each item. */
typedef struct fm_place_seen {
  xmlNodePtr parent, node;
  const char *type; /* counted those of this name alone; NULL: all */
  unsigned index;   /* of `node`, from 1 */
  unsigned total;   /* 0: not counted yet */
} fm_place_seen;

typedef struct fm_finder {
  xmlDocPtr doc;
  xmlXPathContextPtr xpath; /* made when it is first needed */
  size_t steps;             /* left */
  bool spent;
  fm_place_seen places[FM_FINDER_PLACES];
} fm_finder;

void fm_finder_init(fm_finder *finder, xmlDocPtr doc);
void fm_finder_deinit(fm_finder *finder);

/* True once a query was given up because the page's steps were used up: what
 * was found since is not to be trusted. */
static inline bool fm_finder_spent(const fm_finder *finder) { return finder->spent; }

/* Takes a step; false when there are none left. */
static inline bool fm_finder_step(fm_finder *finder)
{
  if (finder->steps == 0) {
    finder->spent = true;
    return false;
  }
  finder->steps--;
  return true;
}

/* The element's place among its element siblings, from 1: from the start or from
 * the end, among all or those of its own type. */
unsigned fm_finder_place(fm_finder *finder, xmlNodePtr node, bool last, bool of_type);

/* -- XPath 1.0, with type-index(): the context element's place among the siblings
 * of its type, type-index(1) counted from the end. -- */

enum { FM_XPATH_MAX = 4096 }; /* bytes that a person may write */

/* Compiles what a person wrote: a function, variable or namespace that nobody
 * knows is an error now and not on the page. FM_E_SYNTAX with the reason and the
 * byte (from 0). The result is shared by threads; xmlXPathFreeCompExpr frees it. */
int fm_xpath_compile(fm_str text, xmlXPathCompExprPtr *compiled, size_t *at, fm_why *why);

/* Evaluates with `node` as the context; NULL if that fails. The caller frees the
 * result (xmlXPathFreeObject). */
xmlXPathObjectPtr fm_finder_xpath(fm_finder *finder, xmlXPathCompExprPtr compiled,
                                  xmlNodePtr node);

/* The nodes of a set in document order, at most `most`; NULL is an empty set. */
size_t fm_xpath_nodes(xmlNodeSetPtr set, xmlNodePtr *found, size_t most);

#endif
