/* The elements of a page in document order, each with a mark of what it is: made while
 * the page is parsed, so that a search passes over what cannot match without going to
 * look at it. For dom/ alone.
 *
 * A mark is a set of a few bits, one for the element's name, its id, each class, each
 * attribute's name; another's bits may be the same, so a mark says "maybe" or "no". */
#ifndef FM_DOM_TREE_INDEX_H
#define FM_DOM_TREE_INDEX_H

#include "base/mem.h"
#include <libxml/tree.h>

typedef struct fm_tree_index {
  xmlNodePtr *nodes;
  uint64_t *marks;
  uint32_t *ends; /* behind the last element below this one; while parsing: its parent */
  size_t count, cap;
} fm_tree_index;

enum fm_mark { FM_MARK_NAME, FM_MARK_ID, FM_MARK_CLASS, FM_MARK_ATTRIBUTE };

uint64_t fm_mark_of(enum fm_mark kind, fm_str text);

/* Adds an element, after all that start before it; `atts` are names and values in
 * pairs, NULL at the end, or NULL. */
void fm_tree_index_add(fm_tree_index *index, xmlNodePtr node, const xmlChar **atts);
/* Once all are there: it belongs to the document from now on, to be found there. */
void fm_tree_index_finish(fm_tree_index *index, xmlDocPtr doc);
void fm_tree_index_free(fm_tree_index *index);

/* Of the document that a node is in; NULL: it has none. */
static inline const fm_tree_index *fm_tree_index_of(xmlNodePtr node)
{
  return node->doc ? node->doc->_private : NULL;
}

/* Which elements stand below a node: from *from to before *to. False: it is none that the
 * index knows. */
bool fm_tree_index_below(const fm_tree_index *index, xmlNodePtr node, size_t *from, size_t *to);

#endif
