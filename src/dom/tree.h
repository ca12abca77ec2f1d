/* A page as a libxml2 tree. No network, no DTD, entity expansion within libxml2's limits, any
 * charset. */
#ifndef FM_DOM_TREE_H
#define FM_DOM_TREE_H

#include "base/mem.h"
#include <libxml/HTMLparser.h>
#include <stdbool.h>

typedef struct fm_tree {
  htmlDocPtr doc;                /* read-only: its memory is one piece */
  struct html_block *blocks;     /* private to tree.c: */
  struct fm_tree_index *index;
} fm_tree;

/* Parses; broken HTML yields what can be read. Returns FM_E_SYNTAX only if there is nothing at
 * all. An empty `charset` leaves the choice to the page's own declaration. */
int fm_tree_parse(fm_str html, fm_str charset, fm_tree *tree);
void fm_tree_deinit(fm_tree *tree);

/* Walks the elements below `top` in document order: the next one, or NULL. */
xmlNodePtr fm_tree_next(xmlNodePtr top, xmlNodePtr at);
/* An attribute's decoded value, copied into the arena; {NULL,0} if it has none. */
fm_str fm_node_attribute(xmlNodePtr node, const char *name, fm_arena *arena);

enum { FM_NODE_TEXT_MAX = 64 * 1024 }; /* bytes; longer texts are truncated */

/* All text below a node except that of script, style, noscript and template. fm_node_text folds white space to
 * single spaces, trims, and separates paragraphs, cells and lines by a space; fm_node_lines
 * keeps white space. */
fm_str fm_node_text(xmlNodePtr node, fm_arena *arena);
fm_str fm_node_lines(xmlNodePtr node, fm_arena *arena);
/* True for elements whose text fm_node_text leaves out of the text of what they are in: script,
 * style, noscript, template, and what only screen readers read. */
bool fm_node_is_unseen(xmlNodePtr node);

#endif
