/* The address guard, proxies, certificates, and invalid settings. */
#include "fetch/fetch_bed.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define REDIRECT(to) "HTTP/1.1 302 F\r\nLocation: " to "\r\nContent-Length: 0\r\n\r\n"

static void guarded_start(bed *b)
{
  bed_start_at(b, "127.0.0.1");
  b->conf.allow_private = false;
  bed_open(b);
}

static void test_private_addresses_are_refused(void **state)
{
  (void)state;
  bed b;
  char url[128];
  guarded_start(&b);
  assert_fails(&b, "/p", FM_E_FORBIDDEN,
               "/p: 127.0.0.1 is a loopback address; fetch.allow_private lets it through");
  assert_fails(&b, "http://169.254.169.254/latest/meta-data/", FM_E_FORBIDDEN,
               "GET http://169.254.169.254/latest/meta-data/: 169.254.169.254 is a metadata address;");
  assert_fails(&b, "http://[::1]:1/", FM_E_FORBIDDEN, ": ::1 is a loopback address;");
  assert_fails(&b, "http://[::ffff:10.0.0.1]/", FM_E_FORBIDDEN, "is a private address;");
  assert_fails(&b, "http://0/", FM_E_FORBIDDEN, ": 0.0.0.0 is an unspecified address;");
  /* other spellings, and names */
  static const char *const hosts[] = {"2130706433", "0x7f.1", "017700000001", "localhost",
                                      "127.1", NULL};
  for (const char *const *host = hosts; *host; host++) {
    snprintf(url, sizeof url, "http://%s:%d/p", *host, b.host.port);
    assert_fails(&b, url, FM_E_FORBIDDEN, " is a loopback address;");
  }
  assert_int_equal(b.host.connections, 0);
  bed_end(&b);
}

static void test_robots_is_guarded_too(void **state)
{
  (void)state;
  bed b;
  bed_start_at(&b, "127.0.0.1");
  b.conf.allow_private = false;
  b.conf.robots = true;
  bed_open(&b);
  assert_fails(&b, "/p", FM_E_FORBIDDEN, "127.0.0.1 is a loopback address; fetch.allow_private");
  assert_int_equal(b.host.connections, 0);
  bed_end(&b);
}

static void test_a_kept_connection_is_not_used_when_forbidden(void **state)
{
  (void)state;
  bed b;
  fm_why why;
  bed_start(&b);
  origin_page(&b.host, "/p", "", "x", 1);
  assert_gives(&b, "/p", "x");
  b.conf.allow_private = false;
  assert_int_equal(fm_fetcher_configure(b.fetcher, &b.conf, &why), FM_OK);
  assert_fails(&b, "/p", FM_E_FORBIDDEN, "is a loopback address");
  b.conf.allow_private = true;
  assert_int_equal(fm_fetcher_configure(b.fetcher, &b.conf, &why), FM_OK);
  assert_gives(&b, "/p", "x");
  assert_int_equal(origin_count(&b.host, "/p"), 2);
  bed_end(&b);
}

/* A network of its own, whose loopback device has a public address: so that
 * the guard lets the origin through and must stop what comes after. */

static bool own_network(const char *address)
{
  struct ifreq up = {.ifr_name = "lo"}, alias = {.ifr_name = "lo:1"};
  struct sockaddr_in in = {.sin_family = AF_INET};
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) && unshare(CLONE_NEWNET))
    return false;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  up.ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
  uv_ip4_addr(address, 0, &in);
  memcpy(&alias.ifr_addr, &in, sizeof in);
  bool done = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &up) == 0 && ioctl(fd, SIOCSIFADDR, &alias) == 0;
  close(fd);
  return done;
}

static void in_own_network(void **state)
{
  (void)state;
  bed b;
  char text[256];
  bed_start_at(&b, "93.184.215.14");
  b.conf.allow_private = false;
  bed_open(&b);
  origin_page(&b.host, "/p", "", "x", 1);
  origin_set(&b.host, "/meta", KEEP, REDIRECT("http://169.254.169.254/latest/"));
  origin_set(&b.host, "/inside", KEEP, REDIRECT("http://127.0.0.1:1/"));
  origin_set(&b.host, "/name", KEEP, REDIRECT("http://localhost:1/"));
  origin_set(&b.host, "/six", KEEP, REDIRECT("http://[fd00:ec2::254]/"));
  assert_gives(&b, "/p", "x");
  snprintf(text, sizeof text, "GET %s/meta: 169.254.169.254 is a metadata address; "
           "fetch.allow_private lets it through, redirected to http://169.254.169.254/latest/",
           b.host.url);
  assert_fails(&b, "/meta", FM_E_FORBIDDEN, text);
  assert_fails(&b, "/inside", FM_E_FORBIDDEN, "/inside: 127.0.0.1 is a loopback address");
  assert_fails(&b, "/name", FM_E_FORBIDDEN, "is a loopback address");
  assert_fails(&b, "/six", FM_E_FORBIDDEN, "fd00:ec2::254 is a metadata address");
  /* only the redirect is refused: the host's connection is kept */
  assert_gives(&b, "/p", "x");
  bed_end(&b);
}

static void test_redirects_are_guarded(void **state)
{
  (void)state;
  int status;
  enum { NO_NETWORK = 77 };
  pid_t child = fork();
  if (child == 0) {
    if (!own_network("93.184.215.14"))
      _exit(NO_NETWORK);
    const struct CMUnitTest test[] = {cmocka_unit_test(in_own_network)};
    _exit(cmocka_run_group_tests_name("own network", test, NULL, NULL));
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == NO_NETWORK) {
    print_message("no network of its own to be had here\n");
    skip();
  }
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

/* The origin as a proxy: it gets whole addresses, and the names behind are its
 * business; but an address in the URL itself is still looked at. */
static void test_proxy(void **state)
{
  (void)state;
  bed b;
  char proxy[64];
  bed_start_at(&b, "127.0.0.1");
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", b.host.port);
  b.conf.allow_private = false;
  b.conf.proxy = fm_str_of(proxy);
  bed_open(&b);
  setenv("no_proxy", "*", 1); /* nothing of this comes from the environment */
  origin_page(&b.host, "http://papers.example/p", "", "x", 1);
  origin_set(&b.host, "http://papers.example/meta", KEEP, REDIRECT("http://169.254.169.254/"));
  origin_set(&b.host, "http://papers.example/local", KEEP, REDIRECT("http://localhost./"));
  origin_set(&b.host, "http://papers.example/tls", KEEP, REDIRECT("https://10.1.2.3/"));
  assert_gives(&b, "http://papers.example/p", "x");
  assert_fails(&b, "http://papers.example/meta", FM_E_FORBIDDEN,
               "/meta: 169.254.169.254 is a metadata address; fetch.allow_private");
  assert_fails(&b, "http://papers.example/local", FM_E_FORBIDDEN, "localhost is a loopback");
  assert_fails(&b, "http://papers.example/tls", FM_E_FORBIDDEN, "10.1.2.3 is a private");
  assert_fails(&b, "http://0x7f.1/", FM_E_FORBIDDEN, "127.0.0.1 is a loopback");
  assert_fails(&b, "http://[::1]/", FM_E_FORBIDDEN, "::1 is a loopback");
  assert_fails(&b, "http://app.localhost/", FM_E_FORBIDDEN, "localhost is a loopback");
  assert_int_equal(b.host.requests, 4);
  unsetenv("no_proxy");
  bed_end(&b);
}

/* ---- settings ---- */

static void write_file(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void assert_config(bed *b, const char *reason)
{
  fm_fetcher *none = NULL;
  fm_why why = {""};
  assert_int_equal(fm_fetcher_new(&b->loop, &b->conf, &none, &why), FM_E_CONFIG);
  assert_holds(why.text, reason);
  assert_null(none);
  assert_int_equal(fm_fetcher_configure(b->fetcher, &b->conf, &why), FM_E_CONFIG);
}

static void test_bad_settings(void **state)
{
  (void)state;
  bed b;
  char file[] = "/tmp/feedmill-test-ca.XXXXXX", text[128];
  close(mkstemp(file));
  bed_start(&b);
  origin_page(&b.host, "/p", "", "x", 1);
  b.conf.max_body = 0; /* with this setting nothing could be fetched */
  b.conf.ca_file = FM_STR("/nowhere/ca.pem");
  assert_config(&b, "ca_file /nowhere/ca.pem: No such file");
  b.conf.ca_file = FM_STR("/tmp");
  assert_config(&b, "ca_file /tmp: Is a directory");
  b.conf.ca_file = fm_str_of(file);
  snprintf(text, sizeof text, "ca_file %s: no certificate in it", file);
  assert_config(&b, text);
  write_file(file, "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n");
  assert_config(&b, text);
  snprintf(text, sizeof text, "ca_file %s:2: a broken certificate", file);
  write_file(file, "# mine\n-----BEGIN CERTIFICATE-----\nMIIB\n");
  assert_config(&b, text);
  write_file(file, "\n-----BEGIN CERTIFICATE-----\nMAMBAA==\n-----END CERTIFICATE-----\n");
  assert_config(&b, text); /* the length says three bytes, there are two */
  write_file(file, "\n-----BEGIN CERTIFICATE-----\nM!IB\n-----END CERTIFICATE-----\n");
  assert_config(&b, text);
  b.conf.ca_file = (fm_str){NULL, 0};
  b.conf.proxy = FM_STR("not a proxy");
  assert_config(&b, "proxy: not an address");
  b.conf.proxy = FM_STR("ftp://x/");
  assert_config(&b, "proxy: ftp is no kind of proxy");
  b.conf.proxy = (fm_str){NULL, 0};
  b.conf.user_agent = FM_STR("a\r\nX: y");
  assert_config(&b, "user_agent: a control character");
  assert_gives(&b, "/p", "x"); /* the old settings are in force */
  b.conf.max_body = 10;
  b.conf.user_agent = FM_STR("me/1 (me@example.org)");
  fm_why why;
  assert_int_equal(fm_fetcher_configure(b.fetcher, &b.conf, &why), FM_OK);
  assert_gives(&b, "/p", "x");
  assert_holds(b.host.routes[0].head, "\r\nUser-Agent: me/1 (me@example.org)\r\n");
  unlink(file);
  bed_end(&b);
}

/* ---- https, against tests/e2e/origin.py ---- */

typedef struct tls_origin {
  pid_t pid;
  int in; /* closing it ends the origin */
  char url[256], ca[256], other_ca[256];
} tls_origin;

static const char tls_script[] =
    "import sys, tempfile\n"
    "sys.path.insert(0, 'tests/e2e')\n"
    "import origin as o\n"
    "with tempfile.TemporaryDirectory() as d:\n"
    "    ca, other = o.make_ca(d), o.make_ca(d, 'Other')\n"
    "    with o.Origin(tls=o.make_certificate(d, ca, ['127.0.0.1'])) as host:\n"
    "        host.set('/p', o.page('over TLS'))\n"
    "        print(host.url, ca[0], other[0], flush=True)\n"
    "        sys.stdin.read()\n";

static void tls_start(tls_origin *t)
{
  int in[2], out[2];
  char line[800] = "";
  assert_int_equal(pipe(in) | pipe(out), 0);
  t->pid = fork();
  if (t->pid == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    for (int fd = 3; fd < 64; fd++)
      close(fd);
    execl("/usr/bin/python3", "python3", "-B", "-c", tls_script, (char *)NULL);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  t->in = in[1];
  for (size_t n = 0; n < sizeof line - 1 && !strchr(line, '\n'); n++) {
    if (read(out[0], line + n, 1) != 1)
      break;
  }
  close(out[0]);
  assert_int_equal(sscanf(line, "%255s %255s %255s", t->url, t->ca, t->other_ca), 3);
}

static void tls_stop(tls_origin *t)
{
  close(t->in);
  waitpid(t->pid, NULL, 0);
}

static void test_https(void **state)
{
  (void)state;
  bed b;
  tls_origin t;
  char url[300], reason[300];
  fm_why why = {""};
  tls_start(&t);
  bed_start_at(&b, "127.0.0.1");
  b.conf.ca_file = fm_str_of(t.ca);
  bed_open(&b);
  snprintf(url, sizeof url, "%s/p", t.url);
  assert_gives(&b, url, "over TLS");
  /* another CA, and the system's: a clear error */
  b.conf.ca_file = fm_str_of(t.other_ca);
  assert_int_equal(fm_fetcher_configure(b.fetcher, &b.conf, &why), FM_OK);
  snprintf(reason, sizeof reason, "(trusted is fetch.ca_file %s)", t.other_ca);
  assert_fails(&b, url, FM_E_UNAVAILABLE, "/p: gave up in the TLS handshake: ");
  assert_fails(&b, url, FM_E_UNAVAILABLE, reason);
  b.conf.ca_file = (fm_str){NULL, 0};
  assert_int_equal(fm_fetcher_configure(b.fetcher, &b.conf, &why), FM_OK);
  assert_fails(&b, url, FM_E_UNAVAILABLE, "gave up in the TLS handshake: SSL certificate problem");
  /* a certificate for other names */
  b.conf.ca_file = fm_str_of(t.ca);
  assert_int_equal(fm_fetcher_configure(b.fetcher, &b.conf, &why), FM_OK);
  snprintf(url, sizeof url, "https://localhost:%s/p", strrchr(t.url, ':') + 1);
  assert_fails(&b, url, FM_E_UNAVAILABLE, "gave up in the TLS handshake: SSL: no alternative");
  bed_end(&b);
  tls_stop(&t);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_private_addresses_are_refused),
      cmocka_unit_test(test_robots_is_guarded_too),
      cmocka_unit_test(test_a_kept_connection_is_not_used_when_forbidden),
      cmocka_unit_test(test_redirects_are_guarded),
      cmocka_unit_test(test_proxy),
      cmocka_unit_test(test_bad_settings),
      cmocka_unit_test(test_https),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
