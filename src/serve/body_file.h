/* Where large bodies live: one memory file for the whole process, so that
 * sendfile(2) can hand its pages to a socket without copying them.
 *
 * One file and not one for each reply, because file descriptors are for
 * connections. Places in it are handed out by a counter and never reused; a
 * body that is dropped has its pages punched out, and a socket that still
 * sends some keeps those alive by itself. All functions are safe from any
 * thread. */
#ifndef FM_SERVE_BODY_FILE_H
#define FM_SERVE_BODY_FILE_H

#include <feedmill/feed.h>

/* Copies `body` in. Returns its offset and gives the bytes as they lie in the
 * file, read-only, until fm_body_file_drop; -1 if there is no such file here
 * (then the caller keeps its own copy). */
int64_t fm_body_file_put(fm_str body, fm_str *view);
void fm_body_file_drop(int64_t at, fm_str view);

int fm_body_file_fd(void); /* to send from; only after a put that went well */

#endif
