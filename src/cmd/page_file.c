/* Reads a page from a file or standard input, up to a size limit. */
#include "cmd/page_file.h"

#include "cmd/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK = 1 << 16 };

static int read_all(FILE *file, fm_buf *page)
{
  for (;;) {
    if (fm_buf_reserve(page, CHUNK))
      return FM_E_TOO_BIG;
    size_t n = fread(page->ptr + page->len, 1, CHUNK, file);
    page->len += n;
    if (n == 0)
      return ferror(file) ? FM_E_IO : FM_OK;
  }
}

int fm_page_file_read(const char *path, fm_buf *page)
{
  FILE *file = path ? fopen(path, "rb") : stdin;
  int rc = file ? read_all(file, page) : FM_E_IO;
  int saved = errno;
  if (path && file)
    fclose(file);
  if (rc)
    return fm_print_error(FM_EXIT_FAILED, "%s: %s", path ? path : "standard input",
                       rc == FM_E_IO ? strerror(saved) : "larger than 256M");
  return FM_EXIT_DONE;
}
