/* Ends a command whose page takes too long to parse: RLIMIT_CPU and SIGXCPU. */
#include "cmd/cpu_limit.h"

#include "cmd/cmd.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static char line[512];

/* Only write(2) and _exit(2) are allowed here: the signal may interrupt malloc. */
static void on_limit(int number)
{
  (void)number;
  if (write(STDERR_FILENO, line, strlen(line)) < 0)
    _exit(FM_EXIT_FAILED);
  _exit(FM_EXIT_FAILED);
}

void fm_cpu_limit(int64_t seconds, const char *page)
{
  struct rusage used;
  struct rlimit limit;
  snprintf(line, sizeof line,
           "feedmill: %.300s: extracting it took more than %lld s of CPU time (extract.cpu)\n", page,
           (long long)seconds);
  signal(SIGXCPU, on_limit);
  getrusage(RUSAGE_SELF, &used);
  if (getrlimit(RLIMIT_CPU, &limit))
    return;
  rlim_t most = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec + seconds + 1);
  if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > most) {
    limit.rlim_cur = most;
    setrlimit(RLIMIT_CPU, &limit);
  }
}
