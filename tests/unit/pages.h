/* Pages for unit tests: the generated ones of tests/tools/pages.py, which stand
 * in build/pages (PAGES may name another folder; tests run in the repository's
 * root), and the ones of ../shared/pages where that folder is. */
#ifndef TEST_PAGES_H
#define TEST_PAGES_H

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define SHARED_PAGES "../shared/pages"

/* The file's bytes in memory of just that size, so that a sanitizer sees any
 * read behind the end; {NULL, 0} if it cannot be read. free() them. */
static inline fm_str read_whole(const char *path)
{
  FILE *file = fopen(path, "rb");
  if (!file)
    return (fm_str){NULL, 0};
  fm_buf buf;
  fm_buf_init(&buf, FM_BUF_MAX);
  char piece[65536];
  size_t got;
  while ((got = fread(piece, 1, sizeof piece, file)) > 0)
    fm_buf_add(&buf, piece, got);
  fclose(file);
  fm_str whole = {fm_dup(buf.ptr, buf.len), buf.len};
  fm_buf_deinit(&buf);
  return whole;
}

static inline fm_str read_page(const char *name, const char *ending)
{
  const char *folder = getenv("PAGES");
  char path[512];
  snprintf(path, sizeof path, "%s/%s%s", folder ? folder : "build/pages", name, ending);
  fm_str page = read_whole(path);
  if (!page.ptr) {
    fprintf(stderr, "cannot read %s (tests/tools/pages.py build/pages writes it)\n", path);
    exit(1);
  }
  return page;
}

/* Calls `each` for every .html of a folder; returns how many there were. */
static inline int each_page(const char *folder, void (*each)(const char *path, fm_str page))
{
  DIR *dir = opendir(folder);
  int count = 0;
  for (struct dirent *entry; dir && (entry = readdir(dir));) {
    char path[512];
    if (!fm_str_ends(fm_str_of(entry->d_name), FM_STR(".html")))
      continue;
    snprintf(path, sizeof path, "%.200s/%.255s", folder, entry->d_name);
    fm_str page = read_whole(path);
    each(path, page);
    free((char *)page.ptr);
    count++;
  }
  if (dir)
    closedir(dir);
  return count;
}

#endif
