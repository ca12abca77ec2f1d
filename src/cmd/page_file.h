/* Reads a page from a file or standard input. */
#ifndef FM_CMD_PAGE_FILE_H
#define FM_CMD_PAGE_FILE_H

#include "base/buf.h"

enum { FM_PAGE_FILE_MAX = 256 << 20 };

/* Appends all of it to the caller's `page`, which has been initialised with that limit.
 * `path` NULL: standard input. FM_EXIT_DONE, or FM_EXIT_FAILED after reporting why. */
int fm_page_file_read(const char *path, fm_buf *page);

#endif
