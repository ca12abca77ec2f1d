/* A page's tree, made of what libxml2's HTML parser tells (SAX): the same tree that its
 * own builder makes, in half the time, in memory of one piece, with the index of its
 * elements. For dom/tree.c alone.
 *
 * What the tree does not keep from libxml2's: attributes are declared by nobody, and
 * elements that are more than TREE_DEPTH deep stand beside the deepest, where libxml2
 * ends the page. */
#ifndef FM_DOM_TREE_BUILD_H
#define FM_DOM_TREE_BUILD_H

#include "dom/tree_index.h"
#include "dom/tree_script.h"
#include <libxml/HTMLparser.h>

enum { TREE_DEPTH = 256 };

typedef struct tree_block tree_block;

typedef struct tree_builder {
  htmlParserCtxtPtr parser;
  fm_tree_index *index;
  const tree_scripts *scripts;
  size_t put_back;     /* of them */
  int lines;           /* that they have */
  tree_block *blocks;  /* what the nodes are in; the tree's in the end */
  char *at, *end;      /* what is left of the last one */
  size_t depth;
  xmlNodePtr text;     /* the text that goes on: what it has room for, and has */
  size_t len, room;
} tree_builder;

/* Makes the parser tell the builder, before it parses. */
void tree_build_start(tree_builder *builder, htmlParserCtxtPtr parser, fm_tree_index *index,
                      const tree_scripts *scripts);

/* Frees a document that was built so. */
void tree_free(xmlDocPtr doc, tree_block *blocks);

#endif
