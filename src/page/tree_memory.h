/* Memory of a tree in one piece: for page/tree.c alone.
 *
 * A page of a megabyte is some hundred thousand allocations to libxml2, and giving
 * them back one by one costs a fifth of the parse. While a tree is made, this thread's
 * share of libxml2's memory comes from blocks that are dropped with the tree. libxml2
 * takes its functions for memory once for the whole program (xmlMemSetup), so they
 * are set before main; other uses of libxml2 get malloc's memory through them. */
#ifndef FM_PAGE_TREE_MEMORY_H
#define FM_PAGE_TREE_MEMORY_H

typedef struct fm_tree_memory fm_tree_memory;

/* From here to tree_memory_end what libxml2 takes on this thread is the tree's.
 * NULL: every piece is on its own (a build with sanitizers, which want to see
 * them), and the tree is freed as libxml2 does it. */
fm_tree_memory *tree_memory_begin(void);
void tree_memory_end(void);
void tree_memory_free(fm_tree_memory *memory); /* all of it; NULL is fine */

#endif
