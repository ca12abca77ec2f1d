/* Long scripts, which libxml2 reads a character at a time and hands on a thousand at a
 * time: they are taken out of a page before it is parsed, with a word in their place, and
 * put into the tree as they are where the word comes up. What looks like a script may
 * stand in a comment or an attribute, and be none: then not all words come up as a script's
 * whole text, and the page is parsed as it is. For dom/tree*.c alone. */
#ifndef FM_DOM_TREE_SCRIPT_H
#define FM_DOM_TREE_SCRIPT_H

#include "base/mem.h"
#include <stdbool.h>

enum {
  TREE_SCRIPT_LONG = 4096, /* bytes; shorter ones stay */
  TREE_SCRIPTS_MAX = 1000
};

typedef struct tree_scripts { /* zero-initialised: none was taken */
  fm_str *bodies;             /* in the page */
  size_t count;
  char *rest;                 /* the page without them */
  size_t len;
} tree_scripts;

/* Takes the long scripts of a page that is UTF-8. */
void tree_scripts_take(fm_str html, tree_scripts *scripts);
void tree_scripts_deinit(tree_scripts *scripts);

/* The script whose word this text is; NULL: it is none. */
const fm_str *tree_script_of(const tree_scripts *scripts, fm_str text);

#endif
