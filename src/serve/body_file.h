/* Large response bodies live in one memory file per process, so that sendfile(2) can send its
 * memory without copying.
 *
 * It is one file, not one per reply, because descriptors are needed for connections. Offsets are
 * handed out by a counter and never reused; a dropped body has its memory punched out, and a
 * socket that is still sending it keeps that memory alive. All functions are thread-safe. */
#ifndef FM_SERVE_BODY_FILE_H
#define FM_SERVE_BODY_FILE_H

#include <feedmill/feed.h>

/* Copies `body` into the file. Returns its offset and sets `view` to the mapped bytes, valid
 * until fm_body_file_drop; returns -1 if there is no room or no memfd (then the caller keeps its
 * own copy). */
int64_t fm_body_file_put(fm_str body, fm_str *view);
void fm_body_file_drop(int64_t at, fm_str view);

int fm_body_file_fd(void); /* descriptor for sendfile(2); valid after a successful put */

#endif
