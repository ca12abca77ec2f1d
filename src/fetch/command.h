/* Runs a program on the loop, with caps on output, time and memory: one that prints a page
 * (a browser, for instance), or one that a page is piped through.
 *
 * No shell is used. The program runs in its own session and process group, which is killed
 * as a whole when the program ends, is stopped or takes too long. The last line of standard
 * error goes into the reason; no other descriptor is open. Callbacks run on the loop, never
 * from inside a call of this interface. The process must ignore SIGPIPE. */
#ifndef FM_FETCH_COMMAND_H
#define FM_FETCH_COMMAND_H

#include "base/buf.h"
#include "base/mem.h"
#include "base/why.h"
#include <stdbool.h>
#include <uv.h>

typedef struct fm_command_run fm_command_run;

typedef struct fm_command_spec {
  const fm_str *argv; /* path (or a name for PATH) and arguments */
  size_t argc;
  fm_str url;         /* replaces "{url}" in the arguments; in FEEDMILL_URL too */
  fm_str charset;     /* FEEDMILL_CHARSET; empty: not set */
  bool has_input;     /* `input` is its standard input; else that is empty */
  fm_str input;       /* borrowed until the callback */
  int64_t timeout_ms;
  uint64_t memory;    /* bytes of address space of each process; 0: not limited, nor is CPU */
  size_t max_output;
} fm_command_spec;

/* `error`: FM_OK; FM_E_TIMEOUT, FM_E_TOO_BIG, FM_E_CANCELLED, FM_E_IO (it could not be
 * started), FM_E_UNAVAILABLE (it failed); `why` starts with the program's name. The callee
 * takes `output` (free()). The run is freed when the callback returns. */
typedef void (*fm_command_cb)(void *ctx, int error, const fm_why *why, fm_str output);

/* Strings are copied, but for `input`. `cb` is called once, when the program has ended and
 * all handles are closed. */
fm_command_run *fm_command_start(uv_loop_t *loop, const fm_command_spec *spec, fm_command_cb cb,
                                 void *ctx);
void fm_command_stop(fm_command_run *run); /* kills the program; `cb` gets FM_E_CANCELLED */
uint64_t fm_command_received(const fm_command_run *run); /* bytes of output so far */

/* `text` with every "{url}" in it replaced. */
fm_str fm_command_expand(fm_str text, fm_str url, fm_arena *arena);

#endif
