/* The access log: a line for each request, in the combined form that web
 * servers' log readers know.
 *
 * Each serving thread gathers lines in a buffer of its own and writes whole
 * lines with one write(2) to a file opened for appending, so threads do not mix
 * and the log can be rotated. A log that does not take them (a full disk, a pipe
 * whose reader sleeps) loses lines, which are counted; it holds up nobody. */
#ifndef FM_SERVE_ACCESS_LOG_H
#define FM_SERVE_ACCESS_LOG_H

#include "base/why.h"
#include "serve/address.h"

/* An open log, shared by the threads. */
typedef struct fm_log_file {
  atomic_uint refs;
  int fd;
  bool is_file; /* a regular file, which never makes a writer wait for a reader */
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
  int64_t time;  /* whose text `date` is */
  char date[32];
} fm_access_log;

typedef struct fm_access {
  const fm_peer *peer;
  int64_t time; /* seconds since 1970 */
  const char *method;
  fm_str target, referer, user_agent; /* as sent; escaped here */
  bool old; /* HTTP/1.0 */
  int status;
  uint64_t bytes; /* of the body */
} fm_access;

void fm_access_log_add(fm_access_log *log, const fm_access *access);
void fm_access_log_flush(fm_access_log *log);
/* Flushes, then goes on with another file (a reference is taken) or with none. */
void fm_access_log_switch(fm_access_log *log, fm_log_file *file);

#endif
