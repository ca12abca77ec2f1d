/* Opens the listening sockets: TCP (one per thread and address, SO_REUSEPORT), Unix, or those
 * passed by systemd. */
#include "serve/listen.h"

#include "base/mem.h"
#include "base/str.h"
#include "serve/address.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096, SYSTEMD_FIRST = 3, SYSTEMD_MAX = 64, UNIX_MODE = 0666 };

static fm_listener *add(fm_listeners *all, size_t nfds, unsigned threads)
{
  all->all = fm_realloc(all->all, (all->count + 1) * sizeof *all->all);
  fm_listener *one = &all->all[all->count++];
  *one = (fm_listener){.fds = fm_alloc(nfds * sizeof(int)), .nfds = nfds};
  atomic_init(&one->users, threads);
  for (size_t i = 0; i < nfds; i++)
    one->fds[i] = -1;
  return one;
}

static void close_fd(int *fd)
{
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

static void unlink_name(fm_listener *one)
{
  struct stat now;
  if (one->path && one->ino && lstat(one->path, &now) == 0 && now.st_dev == one->dev &&
      now.st_ino == one->ino)
    unlink(one->path);
  one->ino = 0;
}

static void end(fm_listener *one)
{
  unlink_name(one);
  for (size_t i = 0; i < one->nfds; i++)
    close_fd(&one->fds[i]);
  free(one->path);
  free(one->name);
  free(one->fds);
}

void fm_listeners_unlink(fm_listeners *listeners)
{
  for (size_t i = 0; i < listeners->count; i++)
    unlink_name(&listeners->all[i]);
}

void fm_listeners_deinit(fm_listeners *listeners)
{
  for (size_t i = 0; i < listeners->count; i++)
    end(&listeners->all[i]);
  free(listeners->all);
  *listeners = (fm_listeners){0};
}

int fm_listener_fd(const fm_listener *listener, unsigned thread)
{
  return listener->fds[listener->nfds == 1 ? 0 : thread];
}

void fm_listener_release(fm_listener *listener, unsigned thread)
{
  bool last = atomic_fetch_sub_explicit(&listener->users, 1, memory_order_acq_rel) == 1;
  if (listener->nfds > 1)
    close_fd(&listener->fds[thread]);
  else if (last)
    close_fd(&listener->fds[0]);
}

static int failed(fm_why *why, fm_str address, int error)
{
  if (error == EADDRINUSE)
    return fm_fail(why, FM_E_IO, "listen %.*s: address in use", FM_FMT(address));
  return fm_fail(why, FM_E_IO, "listen %.*s: %s", FM_FMT(address), strerror(error));
}

static void set(int fd, int level, int option)
{
  int on = 1;
  (void)setsockopt(fd, level, option, &on, sizeof on);
}

static bool is_loopback(const struct sockaddr *address)
{
  fm_peer peer = fm_peer_of(address);
  static const uint8_t one[16] = {[15] = 1};
  return peer.family == 4 ? peer.addr[0] == 127 : memcmp(peer.addr, one, sizeof one) == 0;
}

enum bind_as { ALONE, FIRST, JOINING }; /* position of a socket among those of one address */

/* Opens and binds a TCP socket; returns the fd or -errno. Only sockets that join an address are
 * bound with SO_REUSEPORT: with it on the first, two programs of one user would share a port
 * unnoticed. Set after bind, it admits the other threads.
 *
 * Accepted connections inherit the options. Loopback loses no packets, but a system-wide default
 * of BBR would pace every response with timers (measured: twice the CPU for 110 KB, waits of
 * milliseconds), so loopback uses reno. */
static int open_tcp(const struct sockaddr *address, socklen_t len, enum bind_as as)
{
  int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -errno;
  set(fd, SOL_SOCKET, SO_REUSEADDR);
  if (address->sa_family == AF_INET6)
    set(fd, IPPROTO_IPV6, IPV6_V6ONLY);
  if (as == JOINING)
    set(fd, SOL_SOCKET, SO_REUSEPORT);
  if (bind(fd, address, len) < 0) {
    int error = errno;
    close(fd);
    return -error;
  }
  if (as == FIRST)
    set(fd, SOL_SOCKET, SO_REUSEPORT);
  set(fd, IPPROTO_TCP, TCP_NODELAY);
  if (is_loopback(address))
    (void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", sizeof "reno" - 1);
  return fd;
}

/* Binds all sockets of an address before the first of them listens, so that the kernel spreads
 * connections over all from the start. */
static int open_group(fm_listeners *all, const struct addrinfo *at, unsigned threads)
{
  fm_listener *one = add(all, threads, threads);
  struct sockaddr_storage bound;
  socklen_t len = at->ai_addrlen;
  memcpy(&bound, at->ai_addr, len);
  for (unsigned i = 0; i < threads; i++) {
    int fd = open_tcp((struct sockaddr *)&bound, len, i ? JOINING : threads > 1 ? FIRST : ALONE);
    if (fd < 0)
      return fd;
    one->fds[i] = fd;
    if (i == 0 && getsockname(fd, (struct sockaddr *)&bound, &len) < 0)
      return -errno;
  }
  for (unsigned i = 0; i < threads; i++)
    if (listen(one->fds[i], BACKLOG) < 0)
      return -errno;
  char text[FM_ADDRESS_TEXT];
  fm_address_text((struct sockaddr *)&bound, text);
  one->name = fm_strdup(text);
  return 0;
}

/* Splits "host:port" or "[v6]:port" into NUL-terminated copies. */
static bool cut_address(fm_str text, char host[256], char port[6])
{
  const char *colon = text.len ? memrchr(text.ptr, ':', text.len) : NULL;
  if (!colon)
    return false;
  fm_str h = fm_str_span(text.ptr, colon), p = fm_str_from(text, h.len + 1);
  uint64_t number;
  if (!fm_str_number(p, 65535, &number) || p.len > 5)
    return false;
  if (h.len >= 2 && h.ptr[0] == '[' && h.ptr[h.len - 1] == ']')
    h = (fm_str){h.ptr + 1, h.len - 2};
  else if (memchr(h.ptr, ':', h.len))
    return false; /* an IPv6 address without [] */
  if (h.len == 0 || h.len > 255)
    return false;
  memcpy(host, h.ptr, h.len);
  host[h.len] = 0;
  memcpy(port, p.ptr, p.len);
  port[p.len] = 0;
  return true;
}

/* Listens on all addresses of a name, except those of a family that this machine lacks. */
static int listen_tcp(fm_listeners *all, fm_str address, unsigned threads, fm_why *why)
{
  char host[256], port[6];
  if (!cut_address(address, host, port))
    return fm_fail(why, FM_E_CONFIG, "listen %.*s: neither host:port, [v6]:port nor unix:/path",
                   FM_FMT(address));
  struct addrinfo want = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
  struct addrinfo *found;
  int rc = getaddrinfo(host, port, &want, &found);
  if (rc)
    return fm_fail(why, FM_E_IO, "listen %.*s: %s", FM_FMT(address), gai_strerror(rc));
  size_t opened = 0;
  int error = 0;
  for (const struct addrinfo *at = found; at; at = at->ai_next) {
    int got = open_group(all, at, threads);
    if (got == 0) {
      opened++;
      continue;
    }
    end(&all->all[--all->count]);
    error = -got;
    if (error != EAFNOSUPPORT && error != EADDRNOTAVAIL) {
      opened = 0;
      break;
    }
  }
  freeaddrinfo(found);
  return opened ? FM_OK : failed(why, address, error);
}

/* Removes the socket file of a program that has ended (nobody listens on it). Returns true if it
 * was removed. */
static bool remove_stale(const struct sockaddr_un *address)
{
  struct stat st;
  if (lstat(address->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
    return false;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return false;
  bool refused = connect(fd, (const struct sockaddr *)address, sizeof *address) < 0 &&
                 errno == ECONNREFUSED;
  close(fd);
  return refused && unlink(address->sun_path) == 0;
}

static int open_unix(fm_listener *one, const struct sockaddr_un *address)
{
  const struct sockaddr *any = (const struct sockaddr *)address;
  int fd = one->fds[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -errno;
  if (bind(fd, any, sizeof *address) < 0) {
    int error = errno;
    if (error != EADDRINUSE || !remove_stale(address))
      return -error;
    if (bind(fd, any, sizeof *address) < 0)
      return -errno;
  }
  struct stat st;
  if (lstat(address->sun_path, &st) == 0) {
    one->dev = st.st_dev;
    one->ino = st.st_ino;
  }
  /* A reverse proxy runs as another user: the directory's permissions decide who may connect, as
   * with a socket of systemd. */
  if (chmod(address->sun_path, UNIX_MODE) < 0 || listen(fd, BACKLOG) < 0)
    return -errno;
  return 0;
}

static int listen_unix(fm_listeners *all, fm_str address, unsigned threads, fm_why *why)
{
  struct sockaddr_un un = {.sun_family = AF_UNIX};
  fm_str path = fm_str_from(address, sizeof "unix:" - 1);
  if (path.len == 0 || path.len >= sizeof un.sun_path || memchr(path.ptr, 0, path.len))
    return fm_fail(why, FM_E_CONFIG, "listen %.*s: a path of 1 to %zu bytes is wanted",
                   FM_FMT(address), sizeof un.sun_path - 1);
  memcpy(un.sun_path, path.ptr, path.len);
  fm_listener *one = add(all, 1, threads);
  one->path = fm_strdup(un.sun_path);
  one->name = fm_alloc(address.len + 1);
  memcpy(one->name, address.ptr, address.len);
  one->name[address.len] = 0;
  int error = -open_unix(one, &un);
  return error ? failed(why, address, error) : FM_OK;
}

static bool is_listening(int fd)
{
  int on = 0, type = 0;
  socklen_t len = sizeof on;
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) < 0 || !on)
    return false;
  len = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
}

static char *name_of(int fd)
{
  struct sockaddr_storage bound = {0};
  socklen_t len = sizeof bound;
  char text[FM_ADDRESS_TEXT] = "";
  if (getsockname(fd, (struct sockaddr *)&bound, &len) < 0)
    return fm_strdup("");
  if (bound.ss_family != AF_UNIX) {
    fm_address_text((struct sockaddr *)&bound, text);
    return fm_strdup(text);
  }
  const struct sockaddr_un *un = (const void *)&bound;
  char name[sizeof "unix:" + sizeof un->sun_path];
  size_t room = len - offsetof(struct sockaddr_un, sun_path);
  snprintf(name, sizeof name, "unix:%.*s", (int)room, un->sun_path);
  return fm_strdup(name);
}

static int adopt_sockets(fm_listeners *all, unsigned count, unsigned threads, fm_why *why)
{
  for (unsigned i = 0; i < count; i++) {
    int fd = SYSTEMD_FIRST + (int)i;
    if (!is_listening(fd))
      return fm_fail(why, FM_E_IO, "socket %d from systemd is no listening stream socket", fd);
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    set(fd, IPPROTO_TCP, TCP_NODELAY); /* fails on a Unix socket, harmlessly */
    fm_listener *one = add(all, 1, threads);
    one->fds[0] = fd;
    one->name = name_of(fd);
  }
  return FM_OK;
}

/* Number of sockets that systemd passed to this process. The variables are unset, so that no
 * child process takes them for its own. */
static unsigned systemd_socket_count(void)
{
  const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
  uint64_t for_pid = 0, count = 0;
  bool ours = pid && fds && fm_str_number(fm_str_of(pid), INT32_MAX, &for_pid) &&
              (pid_t)for_pid == getpid() && fm_str_number(fm_str_of(fds), SYSTEMD_MAX, &count);
  unsetenv("LISTEN_PID");
  unsetenv("LISTEN_FDS");
  unsetenv("LISTEN_FDNAMES");
  return ours ? (unsigned)count : 0;
}

int fm_listen(const fm_str *addresses, size_t count, unsigned threads, fm_listeners *listeners,
              fm_why *why)
{
  fm_listeners all = {0};
  unsigned activated = systemd_socket_count();
  int rc = FM_OK;
  if (activated)
    rc = adopt_sockets(&all, activated, threads, why);
  else if (!count)
    rc = fm_fail(why, FM_E_CONFIG, "listen: no address is given");
  for (size_t i = 0; !activated && rc == FM_OK && i < count; i++)
    rc = fm_str_starts(addresses[i], FM_STR("unix:"))
           ? listen_unix(&all, addresses[i], threads, why)
           : listen_tcp(&all, addresses[i], threads, why);
  if (rc != FM_OK)
    fm_listeners_deinit(&all);
  else
    *listeners = all;
  return rc;
}
