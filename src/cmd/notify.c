/* Readiness, reloads and the watchdog for systemd: one datagram each. */
#include "cmd/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

void fm_notify(const char *state)
{
  const char *path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t len = path ? strlen(path) : 0;
  if (!len || len >= sizeof address.sun_path || (*path != '/' && *path != '@'))
    return;
  memcpy(address.sun_path, path, len);
  if (*path == '@')
    address.sun_path[0] = 0; /* the abstract namespace, unix(7) */
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return;
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
  if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size) < 0) {
    /* systemd then times out and says so itself */
  }
  close(fd);
}

void fm_notify_reloading(void)
{
  char text[64];
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
           (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
  fm_notify(text);
}

uint64_t fm_notify_watchdog_ms(void)
{
  const char *interval = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
  if (!interval || (pid && strtol(pid, NULL, 10) != getpid()))
    return 0;
  return strtoull(interval, NULL, 10) / 2000;
}
