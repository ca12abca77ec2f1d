/* Listeners: sockets that were opened here, or handed over by systemd. Used
 * while the server starts and ends, on one thread. */
#ifndef FM_SERVE_LISTEN_H
#define FM_SERVE_LISTEN_H

#include "base/why.h"
#include <feedmill/feed.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

/* One address. Over TCP each thread has a socket of its own, and the kernel
 * spreads connections over them; all other sockets are shared by the threads. */
typedef struct fm_listener {
  char *name; /* "127.0.0.1:8080", "unix:/path" */
  int *fds;   /* nonblocking, listening */
  size_t nfds; /* 1, or one for each thread */
  atomic_uint users; /* threads that have not left it */
  char *path; /* of a Unix socket that was made here: unlinked at the end */
  dev_t dev;
  ino_t ino;
} fm_listener;

typedef struct fm_listeners {
  fm_listener *all;
  size_t count;
} fm_listeners;

/* All or none. FM_E_IO: "listen ADDRESS: reason"; FM_E_CONFIG: an address that is
 * none, or no address at all. Takes sockets of systemd instead (sd_listen_fds(3))
 * if there are any, and the variables that tell of them out of the environment. */
int fm_listen(const fm_str *addresses, size_t count, unsigned threads, fm_listeners *listeners,
              fm_why *why);

/* The socket that a thread (0, 1, ...) accepts on. */
int fm_listener_fd(const fm_listener *listener, unsigned thread);
/* A thread accepts no more: its own socket is closed, a shared one when the last
 * thread leaves it. */
void fm_listener_leave(fm_listener *listener, unsigned thread);

/* Takes the names of the Unix sockets that were made here off, if they are still
 * theirs: nobody new finds them. */
void fm_listeners_unlink(fm_listeners *listeners);
/* Unlinks and frees; all threads have left, or none has begun. */
void fm_listeners_deinit(fm_listeners *listeners);

#endif
