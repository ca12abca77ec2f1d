/* A page that a program prints, for pages that need a browser: run on the loop,
 * its standard output read up to a cap and a time.
 *
 * Without a shell, in a session and process group of its own, that is killed as
 * a whole when it ends, is stopped or takes too long; standard input is empty,
 * of standard error the last line is kept for the reason; no other descriptor
 * is open. Its memory is not limited. All callbacks come on the loop, never from
 * inside a call of this interface. */
#ifndef FM_FETCH_COMMAND_H
#define FM_FETCH_COMMAND_H

#include "base/buf.h"
#include "base/mem.h"
#include "base/why.h"
#include <uv.h>

typedef struct fm_command_run fm_command_run;

typedef struct fm_command_spec {
  const fm_str *words; /* path (or a name for PATH) and arguments */
  size_t nwords;
  fm_str url;          /* what "{url}" in the arguments stands for; FEEDMILL_URL too */
  int64_t timeout_ms;
  size_t max_body;
} fm_command_spec;

/* `error`: FM_OK; FM_E_TIMEOUT, FM_E_TOO_BIG, FM_E_CANCELLED, FM_E_UNAVAILABLE (it
 * could not be started, failed or printed nothing); `why` starts with the program's
 * name. `body` is the callee's to free(). The run is gone when this returns. */
typedef void (*fm_command_cb)(void *ctx, int error, const fm_why *why, fm_str body);

/* The strings are copied. `cb` comes once, when the program and all of its
 * handles are gone. */
fm_command_run *fm_command_start(uv_loop_t *loop, const fm_command_spec *spec, fm_command_cb cb,
                                 void *ctx);
void fm_command_stop(fm_command_run *run); /* kills it; cb comes with FM_E_CANCELLED */
uint64_t fm_command_received(const fm_command_run *run); /* bytes */

/* `text` with every "{url}" in it replaced. */
fm_str fm_command_fill(fm_str text, fm_str url, fm_arena *arena);

#endif
