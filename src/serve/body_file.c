/* Keeps large response bodies in one memfd, so that sendfile(2) can send them without a copy. */
#include "serve/body_file.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

/* The only process-wide state of this room: like an allocator it has no owner that could carry
 * it. */
static pthread_once_t opened = PTHREAD_ONCE_INIT;
static int file = -1;
static size_t page_size;
static _Atomic int64_t next_at;

static void open_file(void)
{
  file = memfd_create("feedmill-bodies", MFD_CLOEXEC);
  page_size = (size_t)sysconf(_SC_PAGESIZE);
}

static size_t page_align(size_t len) { return (len + page_size - 1) / page_size * page_size; }

static void punch_hole(int64_t at, size_t len)
{
  (void)!fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, (off_t)len);
}

/* Returns 1 once all of `body` is written at `at`. */
static int fill(int64_t at, fm_str body)
{
  for (size_t done = 0; done < body.len;) {
    ssize_t n = pwrite(file, body.ptr + done, body.len - done, at + (off_t)done);
    if (n <= 0)
      return 0;
    done += (size_t)n;
  }
  return 1;
}

int64_t fm_body_file_put(fm_str body, fm_str *view)
{
  pthread_once(&opened, open_file);
  if (file < 0 || body.len == 0)
    return -1;
  size_t size = page_align(body.len);
  int64_t at = atomic_fetch_add(&next_at, (int64_t)size);
  if (!fill(at, body))
    goto over_limit;
  void *map = mmap(NULL, body.len, PROT_READ, MAP_SHARED, file, at);
  if (map == MAP_FAILED)
    goto over_limit;
  *view = (fm_str){map, body.len};
  return at;

over_limit:
  punch_hole(at, size);
  return -1;
}

void fm_body_file_drop(int64_t at, fm_str view)
{
  munmap((void *)(uintptr_t)view.ptr, view.len);
  punch_hole(at, page_align(view.len));
}

int fm_body_file_fd(void) { return file; }
