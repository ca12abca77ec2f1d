/* Starts a child process: pipes, fork, limits, exec. */
#include "fetch/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STREAMS = 3, FILES_MAX = 256 };

/* ---- the child, between fork and exec: system calls only ---- */

/* `slack`: how far the hard limit, at which the kernel kills, is above the soft limit. */
static void limit(int resource, uint64_t most, uint64_t slack)
{
  struct rlimit now;
  if (getrlimit(resource, &now))
    return;
  if (most + slack < now.rlim_max)
    now.rlim_max = most + slack;
  now.rlim_cur = most < now.rlim_max ? most : now.rlim_max;
  setrlimit(resource, &now);
}

static void set_limits(const fm_child_spec *spec)
{
  if (!spec->limited)
    return;
  limit(RLIMIT_CPU, (uint64_t)spec->cpu, 1);
  limit(RLIMIT_AS, spec->memory, 0);
  limit(RLIMIT_CORE, 0, 0);
  limit(RLIMIT_NOFILE, FILES_MAX, 0);
}

static void reset_signals(void)
{
  sigset_t none;
  for (int i = 1; i < NSIG; i++)
    signal(i, SIG_DFL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become(const fm_child_spec *spec, const int ends[STREAMS], pid_t parent)
{
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(FM_CHILD_NO_EXEC_STATUS);
  reset_signals();
  for (int i = 0; i < STREAMS; i++)
    if (dup2(ends[i], i) < 0)
      _exit(FM_CHILD_NO_EXEC_STATUS);
  close_range(STREAMS, ~0U, 0);
  set_limits(spec);
  execve(spec->path, spec->argv, spec->env);
  const char *reason = strerrordesc_np(errno);
  if (write(STDERR_FILENO, FM_CHILD_NO_EXEC, strlen(FM_CHILD_NO_EXEC)) > 0 && reason &&
      write(STDERR_FILENO, reason, strlen(reason)) < 0)
    _exit(FM_CHILD_NO_EXEC_STATUS);
  _exit(FM_CHILD_NO_EXEC_STATUS);
}

/* ---- the parent ---- */

static void close_all(int *fds, int count)
{
  for (int i = 0; i < count; i++) {
    if (fds[i] >= 0)
      close(fds[i]);
    fds[i] = -1;
  }
}

/* The child's end is above the standard descriptors, so that none is overwritten while
 * become() puts them in place. */
static int open_pipe(int *ours, int *theirs, bool input)
{
  int ends[2];
  if (pipe2(ends, O_CLOEXEC))
    return -1;
  *ours = ends[input];
  *theirs = fcntl(ends[!input], F_DUPFD_CLOEXEC, STREAMS);
  close(ends[!input]);
  return *theirs < 0 ? -1 : fcntl(*ours, F_SETFL, O_NONBLOCK);
}

static int open_null(int *theirs)
{
  int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  *theirs = fcntl(fd, F_DUPFD_CLOEXEC, STREAMS);
  close(fd);
  return *theirs < 0 ? -1 : 0;
}

static int open_streams(const fm_child_spec *spec, int ours[STREAMS], int theirs[STREAMS])
{
  if (spec->has_input ? open_pipe(&ours[0], &theirs[0], true) : open_null(&theirs[0]))
    return -1;
  return open_pipe(&ours[1], &theirs[1], false) || open_pipe(&ours[2], &theirs[2], false) ? -1 : 0;
}

/* Signals are blocked around the fork: a handler that ran in the child would write to the
 * pipes of this process's loops. */
static pid_t fork_child(const fm_child_spec *spec, const int ends[STREAMS])
{
  sigset_t all, before;
  pid_t parent = getpid();
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = fork();
  if (pid == 0)
    become(spec, ends, parent);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = error;
  return pid;
}

int fm_child_start(const fm_child_spec *spec, fm_child *child, fm_why *why)
{
  int ours[STREAMS] = {-1, -1, -1}, theirs[STREAMS] = {-1, -1, -1};
  pid_t pid = open_streams(spec, ours, theirs) ? -1 : fork_child(spec, theirs);
  int error = errno;
  close_all(theirs, STREAMS);
  if (pid < 0) {
    close_all(ours, STREAMS);
    return fm_fail(why, FM_E_IO, "%s%s", FM_CHILD_NO_EXEC, strerror(error));
  }
  int pidfd = (int)syscall(SYS_pidfd_open, pid, 0); /* close-on-exec by itself */
  *child = (fm_child){.pid = pid, .pidfd = pidfd, .in = ours[0], .out = ours[1], .err = ours[2]};
  return FM_OK;
}

/* The group does not exist before the child's setsid(). */
void fm_child_kill(const fm_child *child)
{
  kill(child->pid, SIGKILL);
  kill(-child->pid, SIGKILL);
}

bool fm_child_has_ended(const fm_child *child)
{
  siginfo_t info = {0};
  return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == child->pid;
}

int fm_child_reap(fm_child *child)
{
  int status = 0;
  while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (child->pidfd >= 0)
    close(child->pidfd);
  child->pidfd = -1;
  return status;
}
