/* A page as a libxml2 tree, for what a scan cannot find. No network, no DTD,
 * entities not expanded beyond libxml2's limits; any charset. */
#ifndef FM_DOM_TREE_H
#define FM_DOM_TREE_H

#include "base/mem.h"
#include <libxml/HTMLparser.h>

typedef struct fm_tree {
  htmlDocPtr doc;                /* to be read, not changed: its memory is in one piece */
  struct tree_block *blocks;     /* tree.c's own, as this: */
  struct fm_tree_index *index;
} fm_tree;

/* Parses; broken HTML gives what can be had. FM_E_SYNTAX only when there is
 * nothing at all. `charset` may be empty: then the page's own word counts. */
int fm_tree_parse(fm_str html, fm_str charset, fm_tree *tree);
void fm_tree_deinit(fm_tree *tree);

/* Document order walk over elements below `top`: the next one or NULL. */
xmlNodePtr fm_tree_next(xmlNodePtr top, xmlNodePtr at);
/* An attribute's decoded value, copied into the arena; {NULL,0} if it has none. */
fm_str fm_node_attribute(xmlNodePtr node, const char *name, fm_arena *arena);

enum { FM_NODE_TEXT_MAX = 64 * 1024 }; /* bytes; what is longer is cut */

/* All text below a node but that of scripts and styles: white space folded to
 * single spaces, trimmed, and a space between paragraphs, cells, lines and the like
 * that have none; or with its white space as it is. */
fm_str fm_node_text(xmlNodePtr node, fm_arena *arena);
fm_str fm_node_lines(xmlNodePtr node, fm_arena *arena);

#endif
