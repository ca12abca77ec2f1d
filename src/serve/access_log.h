/* The access log: one line per request in the combined log format.
 *
 * Each serving thread buffers lines and writes whole lines with one write(2) to a file opened
 * for appending, so lines of several threads do not mix and the file can be rotated. If the file
 * cannot take them (full disk, a pipe that is not read), lines are dropped and counted; writing
 * never blocks. */
#ifndef FM_SERVE_ACCESS_LOG_H
#define FM_SERVE_ACCESS_LOG_H

#include "base/why.h"
#include "serve/address.h"

/* An open log, shared by the threads. */
typedef struct fm_log_file {
  atomic_uint refs;
  int fd;
  bool is_file; /* a regular file: a write never blocks on a reader */
} fm_log_file;

/* "-": standard error. FM_E_IO: "access_log PATH: reason". */
int fm_log_file_open(fm_str path, fm_log_file **file, fm_why *why);
fm_log_file *fm_log_file_ref(fm_log_file *file);
void fm_log_file_unref(fm_log_file *file); /* NULL is fine */

typedef struct fm_access_log { /* zero-initialised: no log */
  fm_log_file *file; /* a reference; NULL: none */
  char *lines;
  size_t len;
  uint64_t lost; /* lines */
  int64_t time;  /* the second that `date` was formatted for */
  char date[32];
} fm_access_log;

typedef struct fm_access_entry {
  const fm_peer *peer;
  int64_t time; /* seconds since 1970 */
  fm_str method, target, referer, user_agent; /* raw; fm_access_log_add escapes them */
  bool http10; /* HTTP/1.0 */
  int status;
  uint64_t bytes; /* of the body */
} fm_access_entry;

void fm_access_log_add(fm_access_log *log, const fm_access_entry *access);
void fm_access_log_flush(fm_access_log *log);
/* Flushes, then switches to `file` (takes a reference), or to no log if it is NULL. */
void fm_access_log_switch(fm_access_log *log, fm_log_file *file);

#endif
