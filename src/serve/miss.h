/* A miss on its way: opened by a serving thread, answered on the milling loop,
 * closed by the thread, which gives the answer to all that wait. */
#ifndef FM_SERVE_MISS_H
#define FM_SERVE_MISS_H

#include "serve/worker.h"

typedef struct fm_open_miss {
  fm_miss miss; /* base and target lie in the entry, which stays while it is open */
  fm_letter letter;
  fm_worker *worker;
  fm_slot_entry *entry;
  fm_list waiting; /* connections, in the order in which they came */
  fm_reply *answer;
} fm_open_miss;

/* Lets the node of a connection wait for the key's answer; tells the mill, if
 * nobody waited before. */
void fm_miss_join(fm_worker *worker, const fm_entry_key *key, fm_node *waiting);

/* The miss that a letter in the mill's mailbox carries. */
fm_miss *fm_miss_of(fm_letter *letter);

#endif
