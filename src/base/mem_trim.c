/* Returns free heap and clean file mappings to the kernel. */
#include "base/mem_trim.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>

enum { MAPPINGS_MAX = 512, LINE_MAX_LEN = 512 };

typedef struct mapping {
  unsigned long from, to;
} mapping;

/* Collects read-only mappings of files without modified pages (relocated data has some).
 * They are all read before the first madvise(), because allocating in between could move
 * mappings. */
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

void fm_mem_trim(void)
{
  mapping found[MAPPINGS_MAX];
  malloc_trim(0);
  FILE *smaps = fopen("/proc/self/smaps", "re");
  if (!smaps)
    return; /* without /proc only the heap is trimmed */
  size_t n = clean_mappings(smaps, found);
  fclose(smaps);
  for (size_t i = 0; i < n; i++)
    madvise((void *)found[i].from, found[i].to - found[i].from, MADV_DONTNEED);
}
