/* Beginning and end: listeners of all kinds, graceful closing, the access log. */
#include "serve/serve_bed.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int start(const char *listen, unsigned workers, uv_loop_t *loop, fm_server **server,
                 fm_why *why)
{
  fm_str at = fm_str_of(listen);
  fm_serve_conf conf = {.max_connections = 100};
  fm_server_spec spec = {.listen = &at, .nlisten = 1, .workers = workers, .conf = &conf,
                         .on_miss = bed_on_miss};
  return fm_server_start(loop, &spec, server, why);
}

static void addresses_that_fail(void **state)
{
  (void)state;
  static const struct {
    const char *listen;
    int error;
    const char *why;
  } cases[] = {
    {"nonsense", FM_E_CONFIG, "listen nonsense: neither host:port, [v6]:port nor unix:/path"},
    {"127.0.0.1:99999", FM_E_CONFIG,
     "listen 127.0.0.1:99999: neither host:port, [v6]:port nor unix:/path"},
    {"::1:80", FM_E_CONFIG, "listen ::1:80: neither host:port, [v6]:port nor unix:/path"},
    {"unix:", FM_E_CONFIG, "listen unix:: a path of 1 to 107 bytes is wanted"},
    {"unix:/no/such/place", FM_E_IO, "listen unix:/no/such/place: No such file or directory"},
    {"192.0.2.1:0", FM_E_IO, "listen 192.0.2.1:0: Cannot assign requested address"},
  };
  uv_loop_t loop;
  uv_loop_init(&loop);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fm_server *server;
    fm_why why = {0};
    assert_int_equal(start(cases[i].listen, 1, &loop, &server, &why), cases[i].error);
    assert_string_equal(why.text, cases[i].why);
  }
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* Also between two servers of one user, with SO_REUSEPORT in both. */
static void a_port_in_use(void **state)
{
  (void)state;
  bed b;
  bed_open(&b, 2);
  fm_server *server;
  fm_why why = {0};
  for (unsigned workers = 1; workers <= 2; workers++) {
    assert_int_equal(start(b.base + 7, workers, &b.loop, &server, &why), FM_E_IO);
    char want[8192];
    snprintf(want, sizeof want, "listen %s: address in use", b.base + 7);
    assert_string_equal(why.text, want);
  }
  bed_close(&b);
}

static void ipv6(void **state)
{
  (void)state;
  uv_loop_t loop;
  uv_loop_init(&loop);
  bed b = {0};
  fm_why why = {0};
  fm_server *server;
  int rc = start("[::1]:0", 2, &loop, &server, &why);
  if (rc != FM_OK) { /* a machine without IPv6 says so */
    assert_non_null(strstr(why.text, "listen [::1]:0: "));
    uv_loop_close(&loop);
    skip();
  }
  assert_memory_equal(fm_server_address(server, 0), "[::1]:", 6);
  fm_server_close(server, 1000, bed_on_closed, &b);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_true(b.closed);
  assert_int_equal(uv_loop_close(&loop), 0);
}

static int connect_unix(const char *path)
{
  struct sockaddr_un un = {.sun_family = AF_UNIX};
  snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, (struct sockaddr *)&un, sizeof un) < 0) {
    close(fd);
    return -1;
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

static void unix_sockets(void **state)
{
  (void)state;
  char dir[] = "/tmp/fm-serve-XXXXXX", listen[64];
  assert_non_null(mkdtemp(dir));
  snprintf(listen, sizeof listen, "unix:%s/s", dir);
  const char *path = listen + 5;
  /* One that a program left behind: bound, and nobody listens. */
  struct sockaddr_un un = {.sun_family = AF_UNIX};
  snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
  int old = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(bind(old, (struct sockaddr *)&un, sizeof un), 0);
  close(old);

  bed b;
  fm_cidr trusted = {.family = 1};
  fm_serve_conf conf = {.max_connections = 10, .trusted = &trusted, .ntrusted = 1};
  bed_open_with(&b, listen, 3, &conf);
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0666);
  for (int i = 0; i < 20; i++) {
    client c;
    answer a;
    client_init(&c, &b, connect_unix(path));
    client_send(&c, "GET /f HTTP/1.0\r\nX-Forwarded-Host: pub.example\r\n\r\n");
    PUMP_UNTIL(&b, b.nmisses == 1);
    assert_true(fm_str_is(b.misses[0]->base, "http://pub.example"));
    answer_all_text(&b, 404, "no");
    take_answer(&c, &a);
    client_close(&c);
  }
  fm_server *second;
  fm_why why = {0};
  assert_int_equal(start(listen, 1, &b.loop, &second, &why), FM_E_IO);
  assert_non_null(strstr(why.text, "address in use"));
  bed_close(&b);
  assert_int_equal(stat(path, &st), -1);

  FILE *f = fopen(path, "w"); /* a file of somebody else's is not removed */
  fclose(f);
  uv_loop_t loop;
  uv_loop_init(&loop);
  assert_int_equal(start(listen, 1, &loop, &second, &why), FM_E_IO);
  uv_loop_close(&loop);
  assert_int_equal(unlink(path), 0);
  rmdir(dir);
}

/* What is in flight is answered; what is idle is closed; nobody new comes in. */
static void graceful_close(void **state)
{
  (void)state;
  bed b;
  client idle, waiting, half;
  answer a;
  bed_open(&b, 2);
  fm_reply_spec spec = feed_spec();
  fm_reply_unref(bed_publish(&b, "/f.atom", &spec, 60000));
  client_open(&idle, &b);
  ask(&idle, get(&b, "/f.atom", ""), &a);
  client_open(&half, &b);
  client_send(&half, "GET /f.atom HTTP/1.1\r\nHost: ");
  client_open(&waiting, &b);
  client_send(&waiting, get(&b, "/new.atom", ""));
  client_send(&waiting, get(&b, "/f.atom", ""));
  PUMP_UNTIL(&b, b.nmisses == 1);
  fm_server_close(b.server, 60000, bed_on_closed, &b);
  client_until_end(&idle);
  answer_all_text(&b, 404, "no");
  take_answer(&waiting, &a);
  assert_int_equal(a.status, 404);
  assert_true(has_line(&a, "Connection: close"));
  client_until_end(&waiting);
  assert_int_equal(waiting.at, waiting.len);
  assert_false(b.closed);
  client_send(&half, b.base + 7);
  ask(&half, "\r\n\r\n", &a);
  assert_int_equal(a.status, 200);
  client_until_end(&half);
  PUMP_UNTIL(&b, b.closed);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&b.address, sizeof b.address), -1);
  close(fd);
  client_close(&idle);
  client_close(&half);
  client_close(&waiting);
  uv_run(&b.loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&b.loop), 0);
}

static void after_the_grace(void **state)
{
  (void)state;
  bed b;
  client c;
  bed_open(&b, 1);
  client_open(&c, &b);
  client_send(&c, get(&b, "/new.atom", ""));
  PUMP_UNTIL(&b, b.nmisses == 1);
  fm_server_close(b.server, 1, bed_on_closed, &b);
  client_until_end(&c);
  assert_int_equal(c.len, 0);
  assert_false(b.closed); /* the miss is still to be answered */
  answer_all_text(&b, 503, "closing");
  PUMP_UNTIL(&b, b.closed);
  client_close(&c);
  uv_run(&b.loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&b.loop), 0);
}

static size_t read_text(const char *path, char *out, size_t size)
{
  FILE *f = fopen(path, "r");
  size_t n = f ? fread(out, 1, size - 1, f) : 0;
  if (f)
    fclose(f);
  out[n] = 0;
  return n;
}

static void access_logs(void **state)
{
  (void)state;
  char dir[] = "/tmp/fm-serve-XXXXXX", path[64], moved[64], text[65536];
  assert_non_null(mkdtemp(dir));
  snprintf(path, sizeof path, "%s/access.log", dir);
  snprintf(moved, sizeof moved, "%s/access.log.1", dir);
  bed b;
  client c;
  answer a;
  bed_open(&b, 1);
  fm_reply_spec spec = feed_spec();
  fm_reply *reply = bed_publish(&b, "/f.atom", &spec, 60000);
  fm_why why = {0};
  assert_int_equal(fm_server_access_log(b.server, FM_STR("/no/such/dir/log"), &why), FM_E_IO);
  assert_string_equal(why.text, "access_log /no/such/dir/log: No such file or directory");
  assert_int_equal(fm_server_access_log(b.server, fm_str_of(path), &why), FM_OK);
  client_open(&c, &b);
  ask(&c, get(&b, "/f.atom", "User-Agent: a\"b\\c\x1f\xc3\xa4\r\nReferer: http://r/\r\n"), &a);
  if (a.status == 400) /* a control character is none of a header's */
    client_until_end(&c);
  client_close(&c);
  client_open(&c, &b);
  ask(&c, get(&b, "/f.atom", "User-Agent: a\"b\\c \xc3\xa4\r\nReferer: http://r/\r\n"), &a);
  client_send(&c, get(&b, "/new", ""));
  PUMP_UNTIL(&b, b.nmisses == 1);
  answer_all(&b, reply);
  take_answer(&c, &a);
  client_send(&c, get(&b, "/?akey=1&key=secret&b=2&%6bey=secret&k%65%79=secret&=&keys=1&%6b=2", "Referer: http://r/?%6B%65%79=\"secret\r\n"));
  PUMP_UNTIL(&b, b.nmisses == 1);
  answer_all(&b, reply);
  take_answer(&c, &a);
  ask(&c, "GET /f.atom HTTP/1.0\r\nIf-None-Match: *\r\n\r\n", &a);
  client_close(&c);
  assert_int_equal(rename(path, moved), 0);
  assert_int_equal(fm_server_access_log(b.server, fm_str_of(path), &why), FM_OK);
  client_open(&c, &b);
  ask(&c, "nonsense\r\n\r\n", &a);
  client_close(&c);
  bed_close(&b);
  fm_reply_unref(reply);

  read_text(moved, text, sizeof text);
  const char *ua = strstr(text, "+0000] \"GET /f.atom HTTP/1.1\" 200 21 \"http://r/\" "
                                "\"a\\x22b\\x5cc \\xc3\\xa4\"\n");
  assert_non_null(ua);
  assert_memory_equal(text, "127.0.0.1 - - [", 15);
  assert_non_null(strstr(ua, "\"GET /new HTTP/1.1\" 200 21 \"-\" \"-\"\n127.0.0.1 - - ["));
  assert_non_null(strstr(ua, "\"GET /?akey=1&key=*&b=2&%6bey=*&k%65%79=*&=&keys=1&%6b=2 HTTP/1.1\" 200 21 \"http://r/?%6B%65%79=*\" \"-\"\n"));
  assert_null(strstr(text, "secret"));
  assert_non_null(strstr(ua, "\"GET /f.atom HTTP/1.0\" 304 0 \"-\" \"-\"\n"));
  read_text(path, text, sizeof text);
  assert_non_null(strstr(text, "\"- - HTTP/1.1\" 400 "));
  unlink(path);
  unlink(moved);
  rmdir(dir);
}

/* A pipe whose reader sleeps holds up nobody. */
static void a_log_that_is_full(void **state)
{
  (void)state;
  char dir[] = "/tmp/fm-serve-XXXXXX", path[64];
  assert_non_null(mkdtemp(dir));
  snprintf(path, sizeof path, "%s/pipe", dir);
  assert_int_equal(mkfifo(path, 0600), 0);
  bed b;
  client c;
  answer a;
  bed_open(&b, 1);
  fm_why why = {0};
  assert_int_equal(fm_server_access_log(b.server, fm_str_of(path), &why), FM_E_IO);
  int reader = open(path, O_RDONLY | O_NONBLOCK);
  assert_int_equal(fm_server_access_log(b.server, fm_str_of(path), &why), FM_OK);
  fm_reply_spec spec = feed_spec();
  fm_reply_unref(bed_publish(&b, "/f.atom", &spec, 60000));
  client_open(&c, &b);
  for (int i = 0; i < 3000; i++) {
    ask(&c, get(&b, "/f.atom", ""), &a);
    assert_int_equal(a.status, 200);
    if (c.at == c.len)
      c.at = c.len = 0;
  }
  client_close(&c);
  bed_close(&b);
  close(reader);
  unlink(path);
  rmdir(dir);
}

/* Runs in a child, so that descriptors, limits and the environment are its own. */
static void in_child(void (*body)(void))
{
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    body();
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

#define CHILD_ASSERT(condition)                                     \
  do                                                                \
    if (!(condition)) {                                             \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      _exit(1);                                                     \
    }                                                               \
  while (0)

static void handed_over_body(void)
{
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHILD_ASSERT(bind(fd, (struct sockaddr *)&in, sizeof in) == 0 && listen(fd, 16) == 0);
  socklen_t len = sizeof in;
  getsockname(fd, (struct sockaddr *)&in, &len);
  CHILD_ASSERT(dup2(fd, 3) == 3);
  char pid[16];
  snprintf(pid, sizeof pid, "%d", getpid());
  setenv("LISTEN_PID", pid, 1);
  setenv("LISTEN_FDS", "1", 1);
  uv_loop_t loop;
  uv_loop_init(&loop);
  fm_server *server;
  fm_why why = {0};
  CHILD_ASSERT(start("127.0.0.1:1", 2, &loop, &server, &why) == FM_OK);
  char want[64];
  snprintf(want, sizeof want, "127.0.0.1:%u", ntohs(in.sin_port));
  CHILD_ASSERT(strcmp(fm_server_address(server, 0), want) == 0);
  CHILD_ASSERT(!getenv("LISTEN_FDS") && !getenv("LISTEN_PID"));
  CHILD_ASSERT(fcntl(3, F_GETFD) & FD_CLOEXEC);
  int c = socket(AF_INET, SOCK_STREAM, 0);
  CHILD_ASSERT(connect(c, (struct sockaddr *)&in, sizeof in) == 0);
  CHILD_ASSERT(send(c, "x\r\n\r\n", 5, 0) == 5);
  char got[512];
  CHILD_ASSERT(recv(c, got, sizeof got, 0) > 12 && memcmp(got, "HTTP/1.1 400", 12) == 0);
  close(c);
  bed b = {0};
  fm_server_close(server, 1000, bed_on_closed, &b);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHILD_ASSERT(b.closed && uv_loop_close(&loop) == 0);

  setenv("LISTEN_PID", pid, 1); /* not a listening socket: an error, and nothing left */
  setenv("LISTEN_FDS", "1", 1);
  int pipes[2];
  CHILD_ASSERT(pipe(pipes) == 0 && dup2(pipes[0], 3) == 3);
  uv_loop_init(&loop);
  CHILD_ASSERT(start("127.0.0.1:1", 2, &loop, &server, &why) == FM_E_IO);
  CHILD_ASSERT(strstr(why.text, "socket 3 from systemd"));
  uv_loop_close(&loop);
}

static void sockets_from_systemd(void **state)
{
  (void)state;
  in_child(handed_over_body);
}

static void on_parent_gone(uv_poll_t *poll, int status, int events)
{
  (void)status;
  (void)events;
  uv_stop(poll->loop);
}

/* A server with few descriptors, until the pipe to the parent closes. */
static void few_descriptors_body(const int pipes[2])
{
  struct rlimit few = {60, 60};
  CHILD_ASSERT(setrlimit(RLIMIT_NOFILE, &few) == 0);
  uv_loop_t loop;
  uv_loop_init(&loop);
  fm_server *server;
  fm_why why = {0};
  CHILD_ASSERT(start("127.0.0.1:0", 1, &loop, &server, &why) == FM_OK);
  const char *colon = strrchr(fm_server_address(server, 0), ':');
  uint16_t port = (uint16_t)atoi(colon + 1);
  CHILD_ASSERT(write(pipes[1], &port, sizeof port) == sizeof port);
  uv_poll_t parent;
  uv_poll_init(&loop, &parent, pipes[1]);
  uv_poll_start(&parent, UV_DISCONNECT, on_parent_gone);
  uv_run(&loop, UV_RUN_DEFAULT);
  bed b = {0};
  uv_close((uv_handle_t *)&parent, NULL);
  fm_server_close(server, 1000, bed_on_closed, &b);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHILD_ASSERT(b.closed && uv_loop_close(&loop) == 0);
}

/* Silent connections take all descriptors: the newest is served all the same. */
static void few_descriptors(void **state)
{
  (void)state;
  enum { SILENT = 100 };
  int pipes[2], clients[SILENT];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pipes), 0);
  pid_t pid = fork();
  if (pid == 0) {
    close(pipes[0]);
    few_descriptors_body(pipes);
    _exit(0);
  }
  close(pipes[1]);
  uint16_t port;
  assert_int_equal(read(pipes[0], &port, sizeof port), sizeof port);
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (int i = 0; i < SILENT; i++) {
    clients[i] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(clients[i], (struct sockaddr *)&in, sizeof in), 0);
  }
  char got[512];
  int newest = clients[SILENT - 1];
  assert_int_equal(send(newest, "x\r\n\r\n", 5, 0), 5);
  assert_true(recv(newest, got, sizeof got, 0) > 12);
  assert_memory_equal(got, "HTTP/1.1 400", 12);
  for (int i = 0; i < SILENT; i++)
    close(clients[i]);
  close(pipes[0]);
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
}

/* Regression: a child that was forked (to run a program) has every connection until it
 * has started; events of one that was closed meanwhile went to freed memory. */
static void a_closed_connection_that_a_child_has(void **state)
{
  (void)state;
  bed b;
  client c, other;
  answer a;
  bed_open(&b, 1);
  fm_reply_spec spec = feed_spec();
  fm_reply_unref(bed_publish(&b, "/f.atom", &spec, 60000));
  client_open(&c, &b);
  client_open(&other, &b);
  ask(&c, get(&b, "/f.atom", ""), &a);
  int end = c.fd;
  pid_t child = fork();
  if (child == 0)
    close(end);
  while (child == 0)
    pause();
  client_send(&c, get(&b, "/f.atom", "")); /* the answer is left unread */
  ask(&other, get(&b, "/f.atom", ""), &a);
  shutdown(end, SHUT_WR);
  ask(&other, get(&b, "/f.atom", ""), &a); /* in this turn the server closes */
  client_close(&c);                        /* and now the socket is reset */
  for (int i = 0; i < 3; i++) {
    ask(&other, get(&b, "/f.atom", ""), &a);
    assert_int_equal(a.status, 200);
  }
  kill(child, SIGKILL);
  assert_int_equal(waitpid(child, NULL, 0), child);
  client_close(&other);
  bed_close(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(addresses_that_fail),
    cmocka_unit_test(a_port_in_use),
    cmocka_unit_test(ipv6),
    cmocka_unit_test(unix_sockets),
    cmocka_unit_test(graceful_close),
    cmocka_unit_test(after_the_grace),
    cmocka_unit_test(access_logs),
    cmocka_unit_test(a_log_that_is_full),
    cmocka_unit_test(sockets_from_systemd),
    cmocka_unit_test(few_descriptors),
    cmocka_unit_test(a_closed_connection_that_a_child_has),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
