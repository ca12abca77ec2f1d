/* A connection: requests in, replies out, in order, one at a time.
 *
 * In the common case an event is one recv(2) into the thread's scratch buffer, a
 * look into the table and one send; nothing is allocated and nothing copied. A
 * connection has memory of its own only while a part of a request, a request
 * that waits, or an answer that the socket did not take hangs on it. */
#ifndef FM_SERVE_CONN_H
#define FM_SERVE_CONN_H

#include "serve/worker.h"

typedef struct fm_arrival {
  int fd; /* nonblocking */
  fm_peer peer;
  bool no_room; /* it is only told so */
  bool paced;   /* the kernel sends by a pacer's clock (BBR) */
} fm_arrival;

/* Takes over the socket; the connection closes and frees itself. */
void fm_conn_open(fm_worker *worker, const fm_arrival *arrival);

/* The answer to the request that waited by this node (fm_miss_join). */
void fm_conn_answer(fm_node *waiting, fm_reply *reply);

/* After each turn: whose turn was cut short goes on, who was closed is freed. */
void fm_conn_after_turn(fm_worker *worker);

/* Ends what stayed in its class for too long. */
void fm_conn_sweep(fm_worker *worker);
/* Closes the connection that was silent for longest, or failing that the one
 * that is slowest with its request; false: none is either. */
bool fm_conn_evict(fm_worker *worker);
/* No new requests: the idle ones are closed, the others after their answer. */
void fm_conn_close_idle(fm_worker *worker);
void fm_conn_close_all(fm_worker *worker);

#endif
