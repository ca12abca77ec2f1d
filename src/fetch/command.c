/* Runs a program by uv_spawn, reads its output and ends its process group. */
#include "fetch/command.h"

#include "base/str.h"

#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum {
  CHUNK = 64 * 1024,
  STDERR_LINE_MAX = 256,
  DRAIN_MS = 500 /* how long its children may still write after it has ended */
};

struct fm_command_run {
  fm_arena arena;
  uv_process_t process;
  uv_pipe_t out, err;
  uv_timer_t timer;
  uv_idle_t begin; /* delivers a failed start in the next loop iteration */
  unsigned handles; /* open */
  bool running, ended, out_open;
  int64_t timeout_ms;
  fm_str name;
  fm_buf body;
  char stderr_line[STDERR_LINE_MAX + 1]; /* the last line of standard error, cut */
  size_t stderr_len;
  bool stderr_line_done; /* the next byte begins another line */
  int error;
  fm_why why;
  fm_command_cb cb;
  void *ctx;
  char chunk[CHUNK];
};

fm_str fm_command_expand(fm_str text, fm_str url, fm_arena *arena)
{
  static const fm_str mark = {"{url}", 5};
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  for (const char *at; (at = fm_str_find(text, mark));) {
    fm_buf_add(&out, text.ptr, (size_t)(at - text.ptr));
    fm_buf_str(&out, url);
    text = fm_str_from(text, (size_t)(at - text.ptr) + mark.len);
  }
  fm_buf_str(&out, text);
  fm_str filled = fm_arena_str(arena, fm_buf_view(&out));
  fm_buf_deinit(&out);
  return filled.ptr ? filled : FM_STR("");
}

/* ---- ending ---- */

static void on_gone(uv_handle_t *handle)
{
  fm_command_run *r = handle->data;
  if (--r->handles)
    return;
  fm_str body = {NULL, 0};
  if (!r->error)
    body.ptr = fm_buf_take(&r->body, &body.len);
  fm_buf_deinit(&r->body);
  r->cb(r->ctx, r->error, &r->why, body);
  fm_arena_deinit(&r->arena);
  free(r);
}

static void shut(uv_handle_t *handle)
{
  if (!uv_is_closing(handle))
    uv_close(handle, on_gone);
}

/* Safe after the leader was reaped: its pid is not reused while the group exists. */
static void kill_group(const fm_command_run *r)
{
  if (r->process.pid > 0)
    kill(-r->process.pid, SIGKILL);
}

/* Closes all handles but the process, whose exit is awaited. */
static void shut_all(fm_command_run *r)
{
  kill_group(r);
  shut((uv_handle_t *)&r->out);
  shut((uv_handle_t *)&r->err);
  shut((uv_handle_t *)&r->timer);
  shut((uv_handle_t *)&r->begin);
  if (r->process.data && !r->running)
    shut((uv_handle_t *)&r->process);
}

/* Only the first failure counts. */
static void fail(fm_command_run *r, int error, const char *reason)
{
  if (r->ended)
    return;
  r->ended = true;
  r->error = fm_fail(&r->why, error, "%.*s %s", FM_FMT(r->name), reason);
  shut_all(r);
}

static void succeed(fm_command_run *r)
{
  if (r->ended)
    return;
  if (r->body.len == 0) {
    fail(r, FM_E_UNAVAILABLE, "printed nothing");
    return;
  }
  r->ended = true;
  shut_all(r);
}

static void fail_with_status(fm_command_run *r, int64_t status, int signal)
{
  char reason[STDERR_LINE_MAX + 64];
  const char *colon = r->stderr_len ? ": " : "";
  r->stderr_line[r->stderr_len] = 0;
  if (signal)
    snprintf(reason, sizeof reason, "was ended by signal %d%s%s", signal, colon, r->stderr_line);
  else
    snprintf(reason, sizeof reason, "failed with status %d%s%s", (int)status, colon,
             r->stderr_line);
  fail(r, FM_E_UNAVAILABLE, reason);
}

/* ---- events ---- */

static void on_time(uv_timer_t *timer)
{
  fm_command_run *r = timer->data;
  if (!r->running) {
    succeed(r);
    return;
  }
  char reason[64];
  snprintf(reason, sizeof reason, "was stopped after %lld s", (long long)r->timeout_ms / 1000);
  fail(r, FM_E_TIMEOUT, reason);
}

static void on_exit_of(uv_process_t *process, int64_t status, int signal)
{
  fm_command_run *r = process->data;
  r->running = false;
  if (r->ended)
    shut((uv_handle_t *)process);
  else if (status || signal)
    fail_with_status(r, status, signal);
  else if (!r->out_open)
    succeed(r);
  else
    uv_timer_start(&r->timer, on_time, DRAIN_MS, 0);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
  fm_command_run *r = handle->data;
  (void)size;
  *buf = uv_buf_init(r->chunk, sizeof r->chunk);
}

static void on_out(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  fm_command_run *r = stream->data;
  if (n < 0) {
    r->out_open = false;
    uv_read_stop(stream);
    if (!r->running)
      succeed(r);
  } else if (fm_buf_add(&r->body, buf->base, (size_t)n)) {
    fail(r, FM_E_TOO_BIG, "printed more than fetch.max_body");
  }
}

static void on_err(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  fm_command_run *r = stream->data;
  if (n < 0)
    uv_read_stop(stream);
  for (ssize_t i = 0; i < n; i++) {
    if (buf->base[i] == '\n') {
      r->stderr_line_done = true;
      continue;
    }
    if (r->stderr_line_done)
      r->stderr_len = 0;
    r->stderr_line_done = false;
    if (r->stderr_len < STDERR_LINE_MAX)
      r->stderr_line[r->stderr_len++] = buf->base[i];
  }
}

/* ---- starting ---- */

static char **fill_arguments(fm_command_run *r, const fm_command_spec *spec)
{
  char **words = fm_arena_alloc(&r->arena, (spec->argc + 1) * sizeof *words);
  for (size_t i = 0; i < spec->argc; i++)
    words[i] = (char *)fm_command_expand(spec->argv[i], spec->url, &r->arena).ptr;
  return words;
}

static char **make_environment(fm_command_run *r, fm_str url)
{
  static const char name[] = "FEEDMILL_URL=";
  size_t count = 0, n = 0;
  while (environ[count])
    count++;
  char **env = fm_arena_alloc(&r->arena, (count + 2) * sizeof *env);
  for (size_t i = 0; i < count; i++)
    if (strncmp(environ[i], name, strlen(name)) != 0)
      env[n++] = environ[i];
  env[n] = (char *)fm_arena_printf(&r->arena, "%s%.*s", name, FM_FMT(url)).ptr;
  return env;
}

static void open_handle(fm_command_run *r, uv_handle_t *handle)
{
  handle->data = r;
  r->handles++;
}

static void open_handles(fm_command_run *r, uv_loop_t *loop)
{
  uv_pipe_init(loop, &r->out, 0);
  uv_pipe_init(loop, &r->err, 0);
  uv_timer_init(loop, &r->timer);
  uv_idle_init(loop, &r->begin);
  open_handle(r, (uv_handle_t *)&r->out);
  open_handle(r, (uv_handle_t *)&r->err);
  open_handle(r, (uv_handle_t *)&r->timer);
  open_handle(r, (uv_handle_t *)&r->begin);
}

/* A real pipe, because libuv's own "pipe" is a socket, which cannot be opened as
 * /dev/stdout. `end` is the program's end. */
static int open_pipe(uv_pipe_t *pipe, int *end)
{
  int ends[2];
  int rc = uv_pipe(ends, UV_NONBLOCK_PIPE, 0);
  if (rc)
    return rc;
  *end = ends[1];
  rc = uv_pipe_open(pipe, ends[0]);
  if (rc)
    close(ends[0]);
  return rc;
}

static void close_ends(const int *ends, int count)
{
  for (int i = 0; i < count; i++)
    if (ends[i] >= 0)
      close(ends[i]);
}

static int spawn(fm_command_run *r, uv_loop_t *loop, const fm_command_spec *spec)
{
  int ends[2] = {-1, -1};
  int rc = open_pipe(&r->out, &ends[0]);
  if (!rc)
    rc = open_pipe(&r->err, &ends[1]);
  if (rc) {
    close_ends(ends, 2);
    return rc;
  }
  uv_stdio_container_t io[3] = {
    {.flags = UV_IGNORE},
    {.flags = UV_INHERIT_FD, .data.fd = ends[0]},
    {.flags = UV_INHERIT_FD, .data.fd = ends[1]},
  };
  char **words = fill_arguments(r, spec);
  uv_process_options_t options = {
    .exit_cb = on_exit_of, .file = words[0], .args = words,
    .env = make_environment(r, spec->url), .flags = UV_PROCESS_DETACHED, .stdio_count = 3,
    .stdio = io,
  };
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); /* also descriptors that were inherited */
  rc = uv_spawn(loop, &r->process, &options); /* the handle must be closed even if this fails */
  open_handle(r, (uv_handle_t *)&r->process);
  close_ends(ends, 2);
  r->running = r->process.pid > 0;
  return rc;
}

static void on_begin(uv_idle_t *idle)
{
  fm_command_run *r = idle->data;
  char reason[sizeof r->why.text];
  uv_idle_stop(idle);
  memcpy(reason, r->why.text, sizeof reason);
  fail(r, r->error, reason);
}

fm_command_run *fm_command_start(uv_loop_t *loop, const fm_command_spec *spec, fm_command_cb cb,
                                 void *ctx)
{
  fm_command_run *r = FM_NEW(fm_command_run);
  r->cb = cb;
  r->ctx = ctx;
  r->timeout_ms = spec->timeout_ms;
  r->name = fm_arena_str(&r->arena, spec->argv[0]);
  fm_buf_init(&r->body, spec->max_body);
  open_handles(r, loop);
  int rc = spawn(r, loop, spec);
  if (rc) {
    r->error = fm_fail(&r->why, FM_E_UNAVAILABLE, "cannot be started: %s", uv_strerror(rc));
    uv_idle_start(&r->begin, on_begin);
    return r;
  }
  r->out_open = true;
  uv_read_start((uv_stream_t *)&r->out, on_alloc, on_out);
  uv_read_start((uv_stream_t *)&r->err, on_alloc, on_err);
  uv_timer_start(&r->timer, on_time, (uint64_t)spec->timeout_ms, 0);
  return r;
}

void fm_command_stop(fm_command_run *run)
{
  fail(run, FM_E_CANCELLED, "was stopped");
}

uint64_t fm_command_received(const fm_command_run *run) { return run->body.len; }
