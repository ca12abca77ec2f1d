/* What a connection is made of; shared by conn.c, which keeps it alive, and
 * exchange.c, which turns its bytes into answers. */
#ifndef FM_SERVE_CONN_STATE_H
#define FM_SERVE_CONN_STATE_H

#include "serve/out.h"
#include "serve/poller.h"
#include "serve/request.h"
#include "serve/worker.h"

enum fm_conn_state {
  FM_READING,  /* a request, or nothing yet */
  FM_WAITING,  /* for the mill; the request's bytes stand at `in` */
  FM_WRITING,  /* the socket is full; the rest hangs at `out` */
  FM_YIELDED,  /* there is more to do, but it is others' turn */
  FM_DONE,     /* the last answer is out */
  FM_LINGERING, /* ... and the peer is given time to read it */
  FM_CLOSED    /* memory goes at the end of the turn */
};

typedef struct fm_conn {
  fm_watch watch;
  fm_worker *worker;
  int fd;
  uint8_t state, class;
  bool readable;  /* the socket may hold bytes: edge-triggered, so it is kept here */
  bool ended;     /* the peer sends no more */
  bool polled;    /* it is in the poller's set */
  bool writable_watched; /* EPOLLOUT is asked for; only once a socket was full */
  bool paced;     /* see fm_arrival */
  bool last;      /* nothing is answered after what is being answered */
  bool linger;    /* the peer may still be sending: let it read before the end */
  bool trusted;   /* its X-Forwarded-* count, by configuration `conf_count` */
  unsigned conf_count;
  fm_node in_class; /* or in the list of the yielded ones, or of the dead */
  fm_node waiting;
  int64_t since;  /* when it came into its class, or last got on in it */
  fm_request request;
  fm_peer peer;
  char *in;       /* what was read and could not be answered yet */
  uint32_t in_len, in_cap, dropped;
  fm_out *out;
} fm_conn;

void fm_conn_close(fm_conn *conn); /* twice is fine */
void fm_conn_drop_in(fm_conn *conn);

/* Says that there is no room, instead of reading. */
void fm_exchange_turn_away(fm_conn *conn);
/* Reads and answers as far as it goes now. */
void fm_exchange_read(fm_conn *conn);
/* Goes on where the socket was full, or where the turn was cut short. */
void fm_exchange_resume(fm_conn *conn);
/* Answers the request that waited, then goes on. */
void fm_exchange_answer(fm_conn *conn, fm_reply *reply);

#endif
