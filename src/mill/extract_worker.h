/* An extraction worker: the process in which pages are parsed.
 *
 * The program starts itself with the argument FM_WORKER_COMMAND and hands over three
 * descriptors. Requests and results are in shared memory, the socket carries where they are.
 * The worker has no other descriptors and an empty environment. */
#ifndef FM_MILL_EXTRACT_WORKER_H
#define FM_MILL_EXTRACT_WORKER_H

#include <stdint.h>

#define FM_WORKER_COMMAND "extract-worker"

enum {
  FM_WORKER_SOCKET = 3,   /* SOCK_SEQPACKET: fm_worker_batch in, fm_worker_done out */
  FM_WORKER_REQUESTS = 4, /* memory file, written by the program */
  FM_WORKER_RESULTS = 5,  /* memory file, written by the worker */
  FM_WORKER_BATCH = 8     /* requests in one message */
};

/* Exit statuses that tell why a worker ended itself. */
enum { FM_WORKER_NO_MEMORY = 70, FM_WORKER_PROTOCOL = 71 };

typedef struct fm_worker_span {
  uint64_t at, len; /* bytes in the memory file */
} fm_worker_span;

/* Requests to be worked off in order. */
typedef struct fm_worker_batch {
  uint64_t size; /* of the requests' memory file */
  uint64_t count;
  fm_worker_span requests[FM_WORKER_BATCH];
} fm_worker_batch;

/* The next result of the batch. */
typedef struct fm_worker_done {
  uint64_t size; /* of the results' memory file */
  fm_worker_span result;
} fm_worker_done;

/* The worker's main function. argv: [1] FM_WORKER_COMMAND, [2] memory limit in bytes. Ends
 * when the program closes the socket; returns the exit status. */
int fm_extract_worker_main(int argc, char **argv);

#endif
