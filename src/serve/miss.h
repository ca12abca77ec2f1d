/* A miss in flight: opened by a serving thread, answered on the milling loop, closed by the
 * thread, which gives the response to all connections that wait for it. */
#ifndef FM_SERVE_MISS_H
#define FM_SERVE_MISS_H

#include "serve/worker.h"

typedef struct fm_pending_miss {
  fm_miss miss; /* base and target point into the entry, which lives as long */
  fm_message letter;
  fm_worker *worker;
  fm_table_entry *entry;
  fm_list waiting; /* connections in order of arrival */
  fm_reply *answer;
} fm_pending_miss;

/* Adds a connection to those that wait for the key; opens a miss if it is the first. */
void fm_miss_join(fm_worker *worker, const fm_table_key *key, fm_list_node *waiting);

/* The miss that carries this message in the mill's mailbox. */
fm_miss *fm_miss_of(fm_message *letter);

#endif
