/* A program run to its end, from a thread that may wait for it. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "source/exec/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  CHUNK = 64 * 1024,
  LAST_LINE_MAX = 256,
  REST_MS = 500, /* for what its children may still write after it ended */
  FILES_MAX = 256,
  NO_EXEC = 127 /* the status of a child that could not become the program */
};

enum { IN, OUT, ERR, PIPES };

struct job {
  const fm_exec_run *run;
  fm_buf *out;
  fm_arena arena;
  char *path, **words, **env;
  pid_t pid;
  int pipes[PIPES]; /* our ends; -1: closed */
  size_t written;   /* of the input */
  char last[LAST_LINE_MAX + 1]; /* of standard error: the line under way, or the last */
  size_t nlast;
  bool line_over, gone, over;
  int64_t deadline; /* ms */
  int pidfd;
  char chunk[CHUNK];
};

/* ---- before the fork: all that wants memory ---- */

static fm_str fill(fm_arena *arena, fm_str text, fm_str url)
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
  return filled;
}

/* What execvp would do, which is not for a child of threads. */
static char *find(fm_arena *arena, const char *name)
{
  if (strchr(name, '/'))
    return (char *)fm_arena_printf(arena, "%s", name).ptr;
  const char *path = getenv("PATH");
  fm_str rest = fm_str_of(path ? path : "/usr/local/bin:/usr/bin:/bin"), folder;
  while (fm_str_cut(&rest, ':', &folder)) {
    if (!folder.len)
      folder = FM_STR(".");
    char *whole = (char *)fm_arena_printf(arena, "%.*s/%s", FM_FMT(folder), name).ptr;
    if (access(whole, X_OK) == 0)
      return whole;
  }
  return NULL;
}

static bool is_ours(const char *variable)
{
  return strncmp(variable, "FEEDMILL_URL=", 13) == 0 ||
         strncmp(variable, "FEEDMILL_CHARSET=", 17) == 0;
}

static void prepare(struct job *job)
{
  const fm_exec_run *run = job->run;
  size_t count = 0, n = 0;
  while (run->words[count])
    count++;
  job->words = fm_arena_alloc(&job->arena, (count + 1) * sizeof *job->words);
  for (size_t i = 0; i < count; i++)
    job->words[i] = (char *)fill(&job->arena, fm_str_of(run->words[i]), run->url).ptr;
  job->path = find(&job->arena, job->words[0]);
  for (count = 0; environ[count]; count++)
    ;
  job->env = fm_arena_alloc(&job->arena, (count + 3) * sizeof *job->env);
  for (size_t i = 0; i < count; i++)
    if (!is_ours(environ[i]))
      job->env[n++] = environ[i];
  job->env[n++] = (char *)fm_arena_printf(&job->arena, "FEEDMILL_URL=%.*s", FM_FMT(run->url)).ptr;
  if (run->charset.len)
    job->env[n] =
      (char *)fm_arena_printf(&job->arena, "FEEDMILL_CHARSET=%.*s", FM_FMT(run->charset)).ptr;
}

/* ---- the child, between fork and exec: nothing but system calls ---- */

static uint64_t lesser(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* `slack` above it the kernel kills where at it it only says so. */
static void limit(int what, uint64_t most, uint64_t slack)
{
  struct rlimit now;
  if (getrlimit(what, &now) == 0) {
    now.rlim_max = lesser(most + slack, now.rlim_max);
    now.rlim_cur = lesser(most, now.rlim_max);
    setrlimit(what, &now);
  }
}

static void become(const struct job *job, const int theirs[PIPES], pid_t parent)
{
  sigset_t none;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(NO_EXEC);
  for (int i = 1; i < NSIG; i++)
    signal(i, SIG_DFL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int i = 0; i < PIPES; i++)
    if (dup2(theirs[i], i) < 0)
      _exit(NO_EXEC);
  close_range(PIPES, ~0U, 0);
  limit(RLIMIT_CPU, (uint64_t)job->run->time, 1);
  limit(RLIMIT_AS, job->run->memory, 0);
  limit(RLIMIT_CORE, 0, 0);
  limit(RLIMIT_NOFILE, FILES_MAX, 0);
  execve(job->path, job->words, job->env);
  static const char said[] = "cannot be started: ";
  const char *reason = strerrordesc_np(errno);
  if (write(ERR, said, sizeof said - 1) > 0 && reason && write(ERR, reason, strlen(reason)) < 0)
    _exit(NO_EXEC);
  _exit(NO_EXEC);
}

/* ---- starting ---- */

static void close_all(int *fds, int count)
{
  for (int i = 0; i < count; i++) {
    if (fds[i] >= 0)
      close(fds[i]);
    fds[i] = -1;
  }
}

/* Descriptors above those of a child's own three, so that none is overwritten
 * while they are put in place. */
static int make_pipe(int *ours, int *theirs, bool input)
{
  int ends[2];
  if (pipe2(ends, O_CLOEXEC))
    return -1;
  *ours = ends[input];
  *theirs = fcntl(ends[!input], F_DUPFD_CLOEXEC, PIPES);
  close(ends[!input]);
  return *theirs < 0 ? -1 : fcntl(*ours, F_SETFL, O_NONBLOCK);
}

static int start(struct job *job, fm_why *why)
{
  int theirs[PIPES] = {-1, -1, -1};
  pid_t parent = getpid();
  job->pid = -1;
  for (int i = 0; i < PIPES; i++)
    if (make_pipe(&job->pipes[i], &theirs[i], i == IN))
      goto no_pipes;
  job->pid = fork();
  if (job->pid == 0)
    become(job, theirs, parent);
no_pipes:;
  int error = errno;
  close_all(theirs, PIPES);
  if (job->pid > 0) {
    setpgid(job->pid, job->pid); /* whichever of the two comes first */
    job->pidfd = (int)syscall(SYS_pidfd_open, job->pid, 0); /* close on exec by itself */
    return FM_OK;
  }
  close_all(job->pipes, PIPES);
  return fm_fail(why, FM_E_IO, "%s cannot be started: %s", job->words[0], strerror(error));
}

/* ---- feeding it, and reading what it says ---- */

static void hand_over(struct job *job)
{
  fm_str input = job->run->input;
  ssize_t n = 0;
  if (job->written < input.len)
    n = write(job->pipes[IN], input.ptr + job->written, input.len - job->written);
  if (n > 0)
    job->written += (size_t)n;
  if (job->written == input.len || (n < 0 && errno != EAGAIN && errno != EINTR)) {
    close(job->pipes[IN]); /* it may well not want all of it */
    job->pipes[IN] = -1;
  }
}

static void note_error(struct job *job, const char *bytes, ssize_t n)
{
  for (ssize_t i = 0; i < n; i++) {
    if (bytes[i] == '\n') {
      job->line_over = true;
      continue;
    }
    if (job->line_over)
      job->nlast = 0;
    job->line_over = false;
    if (job->nlast < LAST_LINE_MAX)
      job->last[job->nlast++] = bytes[i];
  }
}

static void drain(struct job *job, int which)
{
  char *chunk = job->chunk;
  ssize_t n = read(job->pipes[which], chunk, sizeof job->chunk);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n <= 0) {
    close(job->pipes[which]);
    job->pipes[which] = -1;
  } else if (which == ERR) {
    note_error(job, chunk, n);
  } else if (fm_buf_add(job->out, chunk, (size_t)n)) {
    job->over = true;
  }
}

/* True when it has ended; it is not reaped, so that its number and its group's
 * stay its own. */
static bool has_ended(struct job *job)
{
  siginfo_t info = {0};
  if (!job->gone && waitid(P_PID, (id_t)job->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
    job->gone = info.si_pid == job->pid;
  return job->gone;
}

enum { TICK_MS = 100 /* a kernel without pidfds: an end may be seen so much later */ };

static int wait_ms(const struct job *job, int64_t now, int64_t until)
{
  int64_t left = until < job->deadline ? until - now : job->deadline - now;
  if (!job->gone && job->pidfd < 0 && left > TICK_MS)
    return TICK_MS;
  return left < INT_MAX ? (int)left : INT_MAX;
}

/* False: its time is over. */
static bool serve(struct job *job)
{
  int64_t rest = INT64_MAX;
  while (job->pipes[OUT] >= 0 || job->pipes[ERR] >= 0 || !has_ended(job)) {
    int64_t now = fm_clock_mono_ms();
    if (job->over)
      return true;
    if (has_ended(job) && rest == INT64_MAX)
      rest = now + REST_MS;
    if (now >= rest)
      return true;
    if (now >= job->deadline)
      return false;
    struct pollfd polled[PIPES + 1];
    for (int i = 0; i < PIPES; i++)
      polled[i] = (struct pollfd){job->pipes[i], i == IN ? POLLOUT : POLLIN, 0};
    polled[PIPES] = (struct pollfd){job->gone ? -1 : job->pidfd, POLLIN, 0};
    if (poll(polled, PIPES + 1, wait_ms(job, now, rest)) <= 0)
      continue;
    if (polled[IN].revents)
      hand_over(job);
    for (int i = OUT; i <= ERR; i++)
      if (polled[i].revents)
        drain(job, i);
  }
  return true;
}

/* ---- the end ---- */

static int judge(struct job *job, int status, fm_why *why)
{
  const char *name = job->words[0], *colon = job->nlast ? ": " : "";
  job->last[job->nlast] = 0;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
    return fm_fail(why, FM_E_TIMEOUT, "%s used more than %lld s of CPU", name,
                   (long long)job->run->time);
  if (WIFSIGNALED(status))
    return fm_fail(why, FM_E_NO_LIST, "%s was ended by signal %d%s%s", name, WTERMSIG(status),
                   colon, job->last);
  if (WEXITSTATUS(status) == NO_EXEC && strncmp(job->last, "cannot be started: ", 19) == 0)
    return fm_fail(why, FM_E_IO, "%s %s", name, job->last);
  if (WEXITSTATUS(status))
    return fm_fail(why, FM_E_NO_LIST, "%s failed with status %d%s%s", name, WEXITSTATUS(status),
                   colon, job->last);
  return FM_OK;
}

static int finish(struct job *job, bool in_time, fm_why *why)
{
  int status = 0;
  bool ended = has_ended(job);
  kill(-job->pid, SIGKILL); /* with all that it started and left behind */
  while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
    ;
  close_all(job->pipes, PIPES);
  close_all(&job->pidfd, 1);
  if (job->over)
    return fm_fail(why, FM_E_TOO_BIG, "%s wrote more than %zu bytes", job->words[0], job->out->max);
  if (!in_time && !ended)
    return fm_fail(why, FM_E_TIMEOUT, "%s was stopped after %lld s", job->words[0],
                   (long long)job->run->time);
  return judge(job, status, why);
}

int fm_exec_program(const fm_exec_run *run, fm_buf *out, fm_why *why)
{
  struct job job = {.run = run, .out = out, .pipes = {-1, -1, -1}, .pidfd = -1};
  fm_buf_init(out, run->output_max);
  prepare(&job);
  job.deadline = fm_clock_mono_ms() + run->time * 1000;
  int error = job.path ? start(&job, why)
                       : fm_fail(why, FM_E_IO, "%s cannot be started: it is not in PATH",
                                 job.words[0]);
  if (!error) {
    bool in_time = serve(&job);
    error = finish(&job, in_time, why);
  }
  if (error)
    fm_buf_deinit(out);
  fm_arena_deinit(&job.arena);
  return error;
}
