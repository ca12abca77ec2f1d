#include "base/trim.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>

enum { MAPPINGS_MAX = 512, LINE_MAX_LEN = 512 };

typedef struct mapping {
  unsigned long from, to;
} mapping;

/* Read-only mappings of files of which no page was ever written (relocated
 * data is, and is left alone). Read first, unmapped after: nothing is allocated
 * in between that could move them. */
static size_t clean_mappings(FILE *smaps, mapping *found)
{
  char line[LINE_MAX_LEN], rights[8];
  mapping at = {0};
  unsigned long inode = 0, kib, from, to, node;
  bool readonly = false;
  size_t n = 0;
  while (n < MAPPINGS_MAX && fgets(line, sizeof line, smaps)) {
    if (sscanf(line, "%lx-%lx %7s %*s %*s %lu", &from, &to, rights, &node) == 4) {
      at = (mapping){from, to};
      inode = node;
      readonly = rights[1] == '-';
    } else if (sscanf(line, "Anonymous: %lu", &kib) == 1 && kib == 0 && inode && readonly) {
      found[n++] = at;
    }
  }
  return n;
}

void fm_trim(void)
{
  mapping found[MAPPINGS_MAX];
  malloc_trim(0);
  FILE *smaps = fopen("/proc/self/smaps", "re");
  if (!smaps)
    return; /* no /proc: the heap alone */
  size_t n = clean_mappings(smaps, found);
  fclose(smaps);
  for (size_t i = 0; i < n; i++)
    madvise((void *)found[i].from, found[i].to - found[i].from, MADV_DONTNEED);
}
