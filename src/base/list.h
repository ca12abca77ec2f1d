/* Intrusive doubly linked list: the nodes are members of the structs they link. Adding and
 * removing never allocate. A node outside a list is zero, or self-linked after fm_list_del,
 * which may be called twice. */
#ifndef FM_BASE_LIST_H
#define FM_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct fm_list_node {
  struct fm_list_node *prev, *next;
} fm_list_node;

typedef fm_list_node fm_list; /* head: prev is the last, next the first */

#define FM_OF(node, type, member) ((type *)((char *)(node) - offsetof(type, member)))
#define FM_LIST_EACH(at, list) \
  for (fm_list_node *at = (list)->next, *at##_next = at->next; at != (list); \
       at = at##_next, at##_next = at->next)

static inline void fm_list_init(fm_list *list) { list->prev = list->next = list; }
static inline bool fm_list_empty(const fm_list *list) { return list->next == list; }
static inline bool fm_list_linked(const fm_list_node *node) { return node->next && node->next != node; }
static inline void fm_list_add(fm_list *list, fm_list_node *node) /* at the end */
{
  node->prev = list->prev;
  node->next = list;
  list->prev->next = node;
  list->prev = node;
}
static inline void fm_list_del(fm_list_node *node)
{
  if (!node->next)
    return;
  node->prev->next = node->next;
  node->next->prev = node->prev;
  node->prev = node->next = node;
}
static inline fm_list_node *fm_list_first(fm_list *list) { return fm_list_empty(list) ? NULL : list->next; }
/* Moves all nodes of `from` to the end of `to`. */
static inline void fm_list_move(fm_list *to, fm_list *from)
{
  if (fm_list_empty(from))
    return;
  from->next->prev = to->prev;
  to->prev->next = from->next;
  from->prev->next = to;
  to->prev = from->prev;
  fm_list_init(from);
}

#endif
