/* A page from a file or standard input. */
#ifndef FM_CMD_PAGE_FILE_H
#define FM_CMD_PAGE_FILE_H

#include "base/buf.h"

enum { FM_PAGE_FILE_MAX = 256 << 20 };

/* Reads all of it; `path` NULL: standard input. `page` is the caller's, with that cap.
 * FM_EXIT_DONE, or FM_EXIT_FAILED with the line said. */
int fm_page_file_read(const char *path, fm_buf *page);

#endif
