/* The state of a connection; shared by conn.c (lifetime) and exchange.c (bytes to responses). */
#ifndef FM_SERVE_CONN_STATE_H
#define FM_SERVE_CONN_STATE_H

#include "serve/output.h"
#include "serve/poller.h"
#include "serve/request.h"
#include "serve/worker.h"

enum fm_conn_state {
  FM_READING,  /* reading a request, or idle */
  FM_WAITING,  /* waiting for the mill; the request's bytes are in `in` */
  FM_WRITING,  /* the socket is full; the rest is in `out` */
  FM_YIELDED,  /* has more to do, after other connections had their share */
  FM_DONE,     /* the last response has been sent */
  FM_LINGERING, /* the same, and the peer is given time to read it */
  FM_CLOSED    /* freed after the iteration */
};

typedef struct fm_conn {
  fm_watcher watch;
  fm_worker *worker;
  int fd;
  uint8_t state, timeout_class;
  bool readable;  /* the socket may hold bytes; kept because polling is edge-triggered */
  bool ended;     /* the peer has shut down its sending side */
  bool polled;    /* added to the poller */
  bool writable_watched; /* EPOLLOUT is registered, once the socket was full for the first time */
  bool paced;     /* see fm_accepted */
  bool rejected;  /* only told that there is no room */
  bool limited;   /* see fm_accepted */
  bool last;      /* close after the current response */
  bool linger;    /* the peer may still be sending: linger before closing */
  bool html;      /* the request prefers HTML to a feed */
  bool negotiated; /* its response depends on Accept */
  bool trusted;   /* the peer is a trusted proxy, as of configuration `conf_count` */
  unsigned conf_count;
  fm_list_node queue_node; /* in a timeout class, or in the yielded or dead list */
  fm_list_node waiting;
  int64_t since;  /* monotonic ms: when it entered its class or last made progress */
  fm_request request;
  fm_peer peer;
  char *in;       /* bytes that were read and not answered yet */
  uint32_t in_len, in_cap, dropped;
  fm_output *out;
  uint64_t progress; /* bytes of `out` that were sent when `since` was set */
} fm_conn;

void fm_conn_close(fm_conn *conn); /* twice is fine */
void fm_conn_drop_in(fm_conn *conn);

/* Answers 503 with one line, without reading. */
void fm_exchange_reject(fm_conn *conn, const char *why);
/* Reads and answers as far as possible now. */
void fm_exchange_read(fm_conn *conn);
/* Continues after the socket was full, or after a yield. */
void fm_exchange_resume(fm_conn *conn);
/* Answers the request that waited, then continues with the next. */
void fm_exchange_answer(fm_conn *conn, fm_reply *reply);

#endif
