/* Listening sockets, opened here or passed by systemd. Used at start and stop, on one thread. */
#ifndef FM_SERVE_LISTEN_H
#define FM_SERVE_LISTEN_H

#include "base/why.h"
#include <feedmill/feed.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

/* One listen address. TCP addresses have a socket per thread, over which the kernel spreads
 * connections; all other sockets are shared by the threads. */
typedef struct fm_listener {
  char *name; /* "127.0.0.1:8080", "unix:/path" */
  int *fds;   /* nonblocking, listening */
  size_t nfds; /* 1, or one for each thread */
  atomic_uint users; /* threads that still accept on it */
  char *path; /* path of a Unix socket opened here: unlinked at the end */
  dev_t dev;
  ino_t ino;
} fm_listener;

typedef struct fm_listeners {
  fm_listener *all;
  size_t count;
} fm_listeners;

/* Opens all or none. FM_E_IO: "listen ADDRESS: reason"; FM_E_CONFIG: an invalid address, or none
 * given. Uses the sockets passed by systemd instead (sd_listen_fds(3)) if there are any, and
 * unsets the variables that announce them. */
int fm_listen(const fm_str *addresses, size_t count, unsigned threads, fm_listeners *listeners,
              fm_why *why);

/* The socket that thread 0, 1, ... accepts on. */
int fm_listener_fd(const fm_listener *listener, unsigned thread);
/* A thread stops accepting: its own socket is closed, a shared one once the last thread has
 * released it. */
void fm_listener_release(fm_listener *listener, unsigned thread);

/* Unlinks the Unix sockets that were opened here, if the paths are still theirs. */
void fm_listeners_unlink(fm_listeners *listeners);
/* Unlinks and frees. No thread may be accepting. */
void fm_listeners_deinit(fm_listeners *listeners);

#endif
