/* Runs a program on the loop: feeds it, reads its output and ends its process group. */
#include "fetch/command.h"

#include "base/str.h"
#include "fetch/child.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  CHUNK = 64 * 1024,
  STDERR_LINE_MAX = 256,
  DRAIN_MS = 500, /* how long its children may still write after it has ended */
  TICK_MS = 100   /* how often a kernel without pidfds is asked for the end */
};

struct fm_command_run {
  fm_arena arena;
  fm_child child; /* pid 0: none was started */
  uv_poll_t exit; /* of the pidfd */
  uv_timer_t tick; /* in its place */
  uv_pipe_t in, out, err;
  uv_write_t write;
  uv_timer_t timer;
  uv_idle_t begin;  /* delivers a failed start in the next loop iteration */
  unsigned handles; /* open */
  bool running, ended;
  int status; /* wait(2)'s, when it has ended by itself */
  int64_t timeout_ms;
  bool limited;
  fm_str name;
  fm_buf output;
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

static void on_closed(uv_handle_t *handle)
{
  fm_command_run *r = handle->data;
  if (--r->handles)
    return;
  fm_str output = {NULL, 0};
  if (!r->error && r->output.len)
    output.ptr = fm_buf_take(&r->output, &output.len);
  fm_buf_deinit(&r->output);
  r->cb(r->ctx, r->error, &r->why, output);
  fm_arena_deinit(&r->arena);
  free(r);
}

static void shut(uv_handle_t *handle)
{
  if (handle->data && !uv_is_closing(handle))
    uv_close(handle, on_closed);
}

/* The end of the child is awaited before its last handles are closed. */
static void shut_exit(fm_command_run *r)
{
  if (r->running)
    return;
  shut((uv_handle_t *)&r->exit);
  shut((uv_handle_t *)&r->tick);
}

static void reap(fm_command_run *r)
{
  if (r->exit.data)
    uv_poll_stop(&r->exit); /* before its descriptor is closed */
  r->status = fm_child_reap(&r->child);
  r->child.pid = 0;
}

static void shut_all(fm_command_run *r)
{
  if (r->child.pid)
    fm_child_kill(&r->child);
  if (r->child.pid && !r->running)
    reap(r);
  shut((uv_handle_t *)&r->in);
  shut((uv_handle_t *)&r->out);
  shut((uv_handle_t *)&r->err);
  shut((uv_handle_t *)&r->timer);
  shut((uv_handle_t *)&r->begin);
  shut_exit(r);
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

static void fail_with_status(fm_command_run *r)
{
  char reason[STDERR_LINE_MAX + 64];
  const char *colon = r->stderr_len ? ": " : "", *line = r->stderr_line;
  int error = FM_E_UNAVAILABLE, status = r->status;
  r->stderr_line[r->stderr_len] = 0;
  bool no_exec = WIFEXITED(status) && WEXITSTATUS(status) == FM_CHILD_NO_EXEC_STATUS &&
                 strncmp(line, FM_CHILD_NO_EXEC, strlen(FM_CHILD_NO_EXEC)) == 0;
  if (r->limited && WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) {
    error = FM_E_TIMEOUT;
    snprintf(reason, sizeof reason, "used more than %lld s of CPU",
             (long long)r->timeout_ms / 1000);
  } else if (WIFSIGNALED(status)) {
    snprintf(reason, sizeof reason, "was ended by signal %d%s%s", WTERMSIG(status), colon, line);
  } else if (no_exec) {
    error = FM_E_IO;
    snprintf(reason, sizeof reason, "%s", line);
  } else {
    snprintf(reason, sizeof reason, "failed with status %d%s%s", WEXITSTATUS(status), colon, line);
  }
  fail(r, error, reason);
}

/* The program has ended, and its output and errors were read. */
static void finish(fm_command_run *r)
{
  if (r->ended)
    return;
  fm_child_kill(&r->child); /* its group, while its pid cannot be another's */
  reap(r);
  if (r->status) {
    fail_with_status(r);
    return;
  }
  r->ended = true;
  shut_all(r);
}

/* ---- events ---- */

static void on_time(uv_timer_t *timer)
{
  fm_command_run *r = timer->data;
  if (!r->running) {
    finish(r);
    return;
  }
  char reason[64];
  snprintf(reason, sizeof reason, "was stopped after %lld s", (long long)r->timeout_ms / 1000);
  fail(r, FM_E_TIMEOUT, reason);
}

static bool streams_open(const fm_command_run *r)
{
  return uv_is_active((const uv_handle_t *)&r->out) || uv_is_active((const uv_handle_t *)&r->err);
}

static void on_ended(fm_command_run *r)
{
  if (!r->running || !fm_child_has_ended(&r->child))
    return;
  r->running = false;
  if (r->exit.data)
    uv_poll_stop(&r->exit);
  if (r->tick.data)
    uv_timer_stop(&r->tick);
  if (r->ended) { /* it was killed */
    reap(r);
    shut_exit(r);
  } else if (!streams_open(r)) {
    finish(r);
  } else {
    uv_timer_start(&r->timer, on_time, DRAIN_MS, 0);
  }
}

static void on_exit_event(uv_poll_t *poll, int status, int events)
{
  (void)status, (void)events;
  on_ended(poll->data);
}

static void on_tick(uv_timer_t *timer) { on_ended(timer->data); }

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
  fm_command_run *r = handle->data;
  (void)size;
  *buf = uv_buf_init(r->chunk, sizeof r->chunk);
}

static void on_stream_end(uv_stream_t *stream)
{
  fm_command_run *r = stream->data;
  uv_read_stop(stream);
  if (!r->running && !streams_open(r))
    finish(r);
}

static void on_out(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  fm_command_run *r = stream->data;
  if (n < 0) {
    on_stream_end(stream);
  } else if (fm_buf_add(&r->output, buf->base, (size_t)n)) {
    char reason[64];
    snprintf(reason, sizeof reason, "wrote more than %zu bytes", r->output.max);
    fail(r, FM_E_TOO_BIG, reason);
  }
}

static void on_err(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  fm_command_run *r = stream->data;
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
  if (n < 0)
    on_stream_end(stream);
}

/* Also when the program does not read all of it. */
static void on_written(uv_write_t *write, int status)
{
  fm_command_run *r = write->data;
  (void)status;
  shut((uv_handle_t *)&r->in);
}

/* ---- starting ---- */

static char **fill_arguments(fm_command_run *r, const fm_command_spec *spec)
{
  char **argv = fm_arena_alloc(&r->arena, (spec->argc + 1) * sizeof *argv);
  for (size_t i = 0; i < spec->argc; i++)
    argv[i] = (char *)fm_command_expand(spec->argv[i], spec->url, &r->arena).ptr;
  return argv;
}

static bool is_own_variable(const char *variable)
{
  return strncmp(variable, "FEEDMILL_URL=", 13) == 0 ||
         strncmp(variable, "FEEDMILL_CHARSET=", 17) == 0;
}

static char **make_environment(fm_command_run *r, const fm_command_spec *spec)
{
  size_t count = 0, n = 0;
  while (environ[count])
    count++;
  char **env = fm_arena_alloc(&r->arena, (count + 3) * sizeof *env);
  for (size_t i = 0; i < count; i++)
    if (!is_own_variable(environ[i]))
      env[n++] = environ[i];
  env[n++] = (char *)fm_arena_printf(&r->arena, "FEEDMILL_URL=%.*s", FM_FMT(spec->url)).ptr;
  if (spec->charset.len)
    env[n] = (char *)fm_arena_printf(&r->arena, "FEEDMILL_CHARSET=%.*s",
                                     FM_FMT(spec->charset)).ptr;
  return env;
}

/* What execvp would do; that is not safe in a child of a process with threads. */
static const char *find_program(fm_arena *arena, const char *name)
{
  if (strchr(name, '/'))
    return name;
  const char *path = getenv("PATH");
  fm_str rest = fm_str_of(path ? path : "/usr/local/bin:/usr/bin:/bin"), folder;
  while (fm_str_cut(&rest, ':', &folder)) {
    if (!folder.len)
      folder = FM_STR(".");
    const char *whole = fm_arena_printf(arena, "%.*s/%s", FM_FMT(folder), name).ptr;
    if (access(whole, X_OK) == 0)
      return whole;
  }
  return NULL;
}

static int start_child(fm_command_run *r, const fm_command_spec *spec)
{
  char *const *argv = fill_arguments(r, spec);
  const char *path = find_program(&r->arena, argv[0]);
  if (!path)
    return fm_fail(&r->why, FM_E_IO, "%sit is not in PATH", FM_CHILD_NO_EXEC);
  fm_child_spec child = {.path = path, .argv = argv, .env = make_environment(r, spec),
                         .has_input = spec->has_input, .limited = spec->memory > 0,
                         .cpu = (spec->timeout_ms + 999) / 1000, .memory = spec->memory};
  return fm_child_start(&child, &r->child, &r->why);
}

static void own(fm_command_run *r, uv_handle_t *handle)
{
  handle->data = r;
  r->handles++;
}

/* uv_pipe_open fails for no descriptor that pipe2 gave. */
static void open_stream(fm_command_run *r, uv_loop_t *loop, uv_pipe_t *pipe, int fd)
{
  uv_pipe_init(loop, pipe, 0);
  own(r, (uv_handle_t *)pipe);
  if (uv_pipe_open(pipe, fd))
    close(fd);
}

static void watch_exit(fm_command_run *r, uv_loop_t *loop)
{
  if (r->child.pidfd >= 0 && uv_poll_init(loop, &r->exit, r->child.pidfd) == 0) {
    own(r, (uv_handle_t *)&r->exit);
    if (uv_poll_start(&r->exit, UV_READABLE, on_exit_event) == 0)
      return;
  }
  uv_timer_init(loop, &r->tick);
  own(r, (uv_handle_t *)&r->tick);
  uv_timer_start(&r->tick, on_tick, TICK_MS, TICK_MS);
}

static void watch_child(fm_command_run *r, uv_loop_t *loop, fm_str input)
{
  r->running = true;
  watch_exit(r, loop);
  open_stream(r, loop, &r->out, r->child.out);
  open_stream(r, loop, &r->err, r->child.err);
  uv_read_start((uv_stream_t *)&r->out, on_alloc, on_out);
  uv_read_start((uv_stream_t *)&r->err, on_alloc, on_err);
  uv_timer_start(&r->timer, on_time, (uint64_t)r->timeout_ms, 0);
  if (r->child.in < 0)
    return;
  uv_buf_t buf = uv_buf_init((char *)input.ptr, (unsigned)input.len);
  open_stream(r, loop, &r->in, r->child.in);
  r->write.data = r;
  if (!input.len || uv_write(&r->write, (uv_stream_t *)&r->in, &buf, 1, on_written))
    shut((uv_handle_t *)&r->in);
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
  r->limited = spec->memory > 0;
  r->name = fm_arena_str(&r->arena, spec->argv[0]);
  fm_buf_init(&r->output, spec->max_output);
  uv_timer_init(loop, &r->timer);
  own(r, (uv_handle_t *)&r->timer);
  uv_idle_init(loop, &r->begin);
  own(r, (uv_handle_t *)&r->begin);
  r->error = start_child(r, spec);
  if (r->error)
    uv_idle_start(&r->begin, on_begin);
  else
    watch_child(r, loop, spec->input);
  return r;
}

void fm_command_stop(fm_command_run *run)
{
  fail(run, FM_E_CANCELLED, "was stopped");
}

uint64_t fm_command_received(const fm_command_run *run) { return run->output.len; }
