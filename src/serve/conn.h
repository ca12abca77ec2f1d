/* A connection: requests in, responses out, in order, one at a time.
 *
 * In the common case an event is one recv(2) into the thread's scratch buffer, one table lookup
 * and one send; nothing is allocated or copied. A connection owns memory only while it holds a
 * partial request, a request that waits for the mill, or a response that the socket has not
 * taken. */
#ifndef FM_SERVE_CONN_H
#define FM_SERVE_CONN_H

#include "serve/worker.h"

typedef struct fm_accepted {
  int fd; /* nonblocking */
  fm_peer peer;
  const char *reject; /* answer 503 with this line and close; NULL: serve it */
  bool limited;       /* counted by fm_client_limits_connect */
  bool paced;   /* the kernel paces its sending (BBR) */
} fm_accepted;

/* Takes over the socket. The connection closes and frees itself. */
void fm_conn_open(fm_worker *worker, const fm_accepted *arrival);

/* Delivers the response to a connection that waits (fm_miss_join). */
void fm_conn_answer(fm_list_node *waiting, fm_reply *reply);

/* Runs after each iteration: resumes connections that yielded, frees closed ones. */
void fm_conn_after_iteration(fm_worker *worker);

/* Closes connections that exceeded the limit of their timeout class. */
void fm_conn_sweep(fm_worker *worker);
/* Makes room: closes a connection whose peer takes nothing of its response, or else the one that
 * has been idle for longest, or else the one with the slowest request. False: there is none. */
bool fm_conn_evict(fm_worker *worker);
/* Closes idle connections; others close after their response. */
void fm_conn_close_idle(fm_worker *worker);
void fm_conn_close_all(fm_worker *worker);

#endif
