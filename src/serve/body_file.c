#include "serve/body_file.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

/* The one place in this room with process-wide state: like the allocator's,
 * it has no owner that could carry it. */
static pthread_once_t opened = PTHREAD_ONCE_INIT;
static int file = -1;
static size_t page;
static _Atomic int64_t next_at;

static void open_file(void)
{
  file = memfd_create("feedmill-bodies", MFD_CLOEXEC);
  page = (size_t)sysconf(_SC_PAGESIZE);
}

static size_t whole_pages(size_t len) { return (len + page - 1) / page * page; }

static void punch(int64_t at, size_t len)
{
  (void)!fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, (off_t)len);
}

/* True when all of `body` stands at `at`. */
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
  size_t size = whole_pages(body.len);
  int64_t at = atomic_fetch_add(&next_at, (int64_t)size);
  if (!fill(at, body))
    goto no_room;
  void *map = mmap(NULL, body.len, PROT_READ, MAP_SHARED, file, at);
  if (map == MAP_FAILED)
    goto no_room;
  *view = (fm_str){map, body.len};
  return at;

no_room:
  punch(at, size);
  return -1;
}

void fm_body_file_drop(int64_t at, fm_str view)
{
  munmap((void *)(uintptr_t)view.ptr, view.len);
  punch(at, whole_pages(view.len));
}

int fm_body_file_fd(void) { return file; }
