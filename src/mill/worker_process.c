/* Starts, feeds and ends one extraction worker. */
#include "mill/worker_process.h"

#include "base/mem.h"
#include "base/str.h"
#include "mill/extract_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { YIELDING = 10, /* nice value */ REQUESTS_MIN = 1 << 20, RESULT_MAX = 256 << 20 };

/* A memory file. The worker cannot shrink it, so touching what is mapped never faults. */
typedef struct memory_file {
  int fd;
  char *ptr;
  size_t size; /* mapped */
} memory_file;

struct fm_worker_process {
  fm_worker_process_spec spec;
  uv_process_t process;
  uv_poll_t poll;
  int socket;
  memory_file requests, results;
  unsigned handles; /* open handles of the loop */
  bool started, exited, silent, closing;
  void (*closed)(void *ctx);
  void *closed_ctx;
};

/* ---- memory files ---- */

static int file_open(memory_file *file, const char *name)
{
  file->ptr = NULL;
  file->size = 0;
  file->fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return file->fd < 0 || fcntl(file->fd, F_ADD_SEALS, F_SEAL_SHRINK) ? FM_E_IO : FM_OK;
}

static int file_map(memory_file *file, size_t size, int protection)
{
  if (size <= file->size)
    return FM_OK;
  void *mapped = mmap(NULL, size, protection, MAP_SHARED, file->fd, 0);
  if (mapped == MAP_FAILED)
    return FM_E_IO;
  if (file->ptr)
    munmap(file->ptr, file->size);
  file->ptr = mapped;
  file->size = size;
  return FM_OK;
}

static int file_grow(memory_file *file, size_t size)
{
  size_t room = file->size ? file->size : REQUESTS_MIN;
  while (room < size)
    room *= 2;
  if (room == file->size)
    return FM_OK;
  return ftruncate(file->fd, (off_t)room) ? FM_E_IO : file_map(file, room, PROT_READ | PROT_WRITE);
}

static void file_close(memory_file *file)
{
  if (file->ptr)
    munmap(file->ptr, file->size);
  if (file->fd >= 0)
    close(file->fd);
}

/* ---- the end ---- */

static void release(fm_worker_process *p)
{
  if (p->handles || !p->closing)
    return;
  void (*closed)(void *ctx) = p->closed;
  void *ctx = p->closed_ctx;
  close(p->socket);
  file_close(&p->requests);
  file_close(&p->results);
  free(p);
  if (closed)
    closed(ctx);
}

static void on_handle_closed(uv_handle_t *handle)
{
  fm_worker_process *p = handle->data;
  p->handles--;
  release(p);
}

static void close_handles(fm_worker_process *p)
{
  if (!uv_is_closing((uv_handle_t *)&p->poll))
    uv_close((uv_handle_t *)&p->poll, on_handle_closed);
  if (!uv_is_closing((uv_handle_t *)&p->process))
    uv_close((uv_handle_t *)&p->process, on_handle_closed);
}

/* ---- results ---- */

/* The worker's word is checked before any of its memory is touched. */
static bool take_result(fm_worker_process *p, const fm_worker_done *done, char **bytes)
{
  struct stat st;
  fm_worker_span at = done->result;
  if (at.len > RESULT_MAX || done->size > (uint64_t)4 * RESULT_MAX || at.at > done->size ||
      at.len > done->size - at.at)
    return false;
  if (done->size > p->results.size &&
      (fstat(p->results.fd, &st) || (uint64_t)st.st_size < done->size ||
       file_map(&p->results, (size_t)done->size, PROT_READ)))
    return false;
  *bytes = fm_dup(p->results.ptr + at.at, (size_t)at.len); /* out of the worker's reach */
  return true;
}

static void read_results(fm_worker_process *p)
{
  fm_worker_done done;
  char *bytes;
  while (!p->silent && !p->closing) {
    ssize_t n = recv(p->socket, &done, sizeof done, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    if (n <= 0)
      break;
    if (n != sizeof done || !take_result(p, &done, &bytes)) {
      fm_worker_process_kill(p);
      break;
    }
    p->spec.on_result(p->spec.ctx, bytes, (size_t)done.result.len);
  }
  uv_poll_stop(&p->poll); /* its exit tells the rest */
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
  (void)status, (void)events;
  read_results(poll->data);
}

static void on_ended(uv_process_t *process, int64_t status, int signal)
{
  fm_worker_process *p = process->data;
  if (!uv_is_closing((uv_handle_t *)&p->poll))
    read_results(p); /* what it sent before it ended */
  p->exited = true;
  close_handles(p);
  if (!p->silent && !p->closing)
    p->spec.on_exit(p->spec.ctx, status, signal);
}

/* ---- start ---- */

static int spawn(fm_worker_process *p, int their_socket)
{
  char memory[24];
  char *args[] = {(char *)p->spec.program, (char *)FM_WORKER_COMMAND, memory, NULL};
  char *environment[] = {(char *)"LC_ALL=C.UTF-8", NULL};
  uv_stdio_container_t stdio[] = {
    {.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_INHERIT_FD, .data.fd = 2},
    {.flags = UV_INHERIT_FD, .data.fd = their_socket},
    {.flags = UV_INHERIT_FD, .data.fd = p->requests.fd},
    {.flags = UV_INHERIT_FD, .data.fd = p->results.fd}};
  uv_process_options_t options = {.file = p->spec.program, .args = args, .env = environment,
                                  .stdio = stdio, .stdio_count = 6, .exit_cb = on_ended};
  snprintf(memory, sizeof memory, "%" PRIu64, p->spec.memory);
  int error = uv_spawn(p->spec.loop, &p->process, &options);
  p->process.data = p;
  p->handles++; /* a failed uv_spawn leaves a handle that has to be closed too */
  uv_unref((uv_handle_t *)&p->process);
  return error;
}

int fm_worker_process_start(const fm_worker_process_spec *spec, fm_worker_process **process,
                            fm_why *why)
{
  int pair[2];
  fm_worker_process *p = FM_NEW(fm_worker_process);
  p->spec = *spec;
  p->requests.fd = p->results.fd = -1;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
    free(p);
    return fm_fail(why, FM_E_IO, "cannot start an extraction worker: %s", strerror(errno));
  }
  p->socket = pair[0];
  int error = file_open(&p->requests, "feedmill-requests") ||
                      file_open(&p->results, "feedmill-results")
                    ? UV_ENFILE
                    : uv_poll_init(spec->loop, &p->poll, p->socket);
  p->poll.data = p;
  p->handles += !error;
  bool polled = !error;
  if (!error)
    error = spawn(p, pair[1]);
  close(pair[1]);
  if (error) {
    fm_fail(why, FM_E_IO, "cannot start an extraction worker: %s", uv_strerror(error));
    p->closing = true;
    if (polled)
      close_handles(p);
    release(p);
    return FM_E_IO;
  }
  uv_poll_start(&p->poll, UV_READABLE, on_readable);
  uv_unref((uv_handle_t *)&p->poll);
  *process = p;
  return FM_OK;
}

/* ---- requests ---- */

static void put(char **to, fm_str bytes)
{
  if (bytes.len)
    memcpy(*to, bytes.ptr, bytes.len);
  *to += bytes.len;
}

int fm_worker_process_send(fm_worker_process *p, const fm_worker_request *requests, size_t count)
{
  fm_worker_batch batch = {.count = count};
  size_t size = 0;
  for (size_t i = 0; i < count; i++) {
    batch.requests[i] = (fm_worker_span){size, requests[i].head.len + requests[i].body.len};
    size += batch.requests[i].len;
  }
  if (file_grow(&p->requests, size))
    return FM_E_IO;
  char *to = p->requests.ptr;
  for (size_t i = 0; i < count; i++) {
    put(&to, requests[i].head);
    put(&to, requests[i].body);
  }
  batch.size = p->requests.size;
  return send(p->socket, &batch, sizeof batch, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof batch
           ? FM_OK
           : FM_E_IO;
}

int64_t fm_worker_process_cpu_ms(const fm_worker_process *p)
{
  clockid_t clock;
  struct timespec used;
  if (p->exited || clock_getcpuclockid(uv_process_get_pid(&p->process), &clock) ||
      clock_gettime(clock, &used))
    return -1;
  return used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

void fm_worker_process_yield(const fm_worker_process *p)
{
  if (!p->exited)
    setpriority(PRIO_PROCESS, (id_t)uv_process_get_pid(&p->process), YIELDING);
}

void fm_worker_process_kill(fm_worker_process *p)
{
  if (!p->exited)
    uv_process_kill(&p->process, SIGKILL);
}

void fm_worker_process_close(fm_worker_process *p, void (*closed)(void *ctx), void *ctx)
{
  p->silent = true;
  p->closing = true;
  p->closed = closed;
  p->closed_ctx = ctx;
  if (p->exited) {
    close_handles(p);
    release(p);
    return;
  }
  if (!uv_is_closing((uv_handle_t *)&p->poll))
    uv_close((uv_handle_t *)&p->poll, on_handle_closed);
  uv_ref((uv_handle_t *)&p->process); /* its end is awaited, so that no zombie is left */
  uv_process_kill(&p->process, SIGKILL);
}
