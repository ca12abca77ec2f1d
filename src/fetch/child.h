/* Starts a child process with pipes for its standard streams and with resource limits.
 *
 * uv_spawn cannot set limits before the program runs, hence this. No shell is used. The
 * child leads a session and process group of its own, has no other descriptors, default
 * signal dispositions, and is killed when the thread that started it ends. */
#ifndef FM_FETCH_CHILD_H
#define FM_FETCH_CHILD_H

#include "base/why.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct fm_child_spec {
  const char *path;
  char *const *argv; /* NULL-terminated */
  char *const *env;  /* NULL-terminated */
  bool has_input;    /* a pipe as standard input; else /dev/null */
  bool limited;      /* with the limits below, no core file, and few descriptors */
  int64_t cpu;       /* seconds of CPU, each process */
  uint64_t memory;   /* bytes of address space, each process */
} fm_child_spec;

typedef struct fm_child {
  pid_t pid;
  int pidfd;        /* readable when the child has ended; -1: this kernel has none */
  int in, out, err; /* our ends, non-blocking; in: -1 without has_input */
} fm_child;

/* FM_E_IO if there are no descriptors or processes left. If the program cannot be executed,
 * the child writes FM_CHILD_NO_EXEC and the reason to standard error and exits with 127. */
int fm_child_start(const fm_child_spec *spec, fm_child *child, fm_why *why);

#define FM_CHILD_NO_EXEC "cannot be started: "
enum { FM_CHILD_NO_EXEC_STATUS = 127 };

/* Kills the child's process group. Safe until fm_child_reap. */
void fm_child_kill(const fm_child *child);

/* True if the child has ended; it is not reaped, so its pid and its group's stay valid. */
bool fm_child_has_ended(const fm_child *child);

/* Waits for the child and returns its status (wait(2)). Does not block after it has ended. */
int fm_child_reap(fm_child *child);

#endif
