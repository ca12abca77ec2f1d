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
  uint64_t *signatures;
  uint32_t *ends; /* index after the last descendant */
  size_t count, cap;
} fm_tree_index;

enum fm_signature_kind { FM_SIGNATURE_NAME, FM_SIGNATURE_ID, FM_SIGNATURE_CLASS, FM_SIGNATURE_ATTRIBUTE };

uint64_t fm_signature_of(enum fm_signature_kind kind, fm_str text);

/* Indexes a complete document and attaches the index to it, to be found from its nodes. */
void fm_tree_index_build(fm_tree_index *index, xmlDocPtr doc);
void fm_tree_index_free(fm_tree_index *index);

/* The index of a node's document, or NULL. */
static inline const fm_tree_index *fm_tree_index_of(xmlNodePtr node)
{
  return node->doc ? node->doc->_private : NULL;
}

/* Which elements stand below a node: from *from to before *to. False: it is none that the
 * index knows. */
bool fm_tree_index_below(const fm_tree_index *index, xmlNodePtr node, size_t *from, size_t *to);

#endif
