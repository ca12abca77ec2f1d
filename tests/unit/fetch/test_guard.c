/* The address guard: each kind, its edges, and IPv4 hidden in IPv6. */
#include "fetch/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

static const char *check(const char *text)
{
  struct sockaddr_in in = {.sin_family = AF_INET};
  struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
  if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
    return fm_guard_check((struct sockaddr *)&in);
  assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
  return fm_guard_check((struct sockaddr *)&in6);
}

static void assert_all(const char *const *rows)
{
  for (; rows[0]; rows += 2) {
    const char *what = check(rows[0]);
    if (!what || strcmp(what, rows[1]) != 0)
      fail_msg("%s is %s, not %s", rows[0], what ? what : "public", rows[1]);
  }
}

static void assert_public(const char *const *rows)
{
  for (; *rows; rows++) {
    if (check(*rows))
      fail_msg("%s is said to be %s", *rows, check(*rows));
  }
}

static void test_ipv4_kinds(void **state)
{
  (void)state;
  static const char *const rows[] = {
      "0.0.0.0", "unspecified", "0.1.2.3", "reserved", "10.0.0.0", "private",
      "10.255.255.255", "private", "100.64.0.0", "carrier-grade NAT",
      "100.127.255.255", "carrier-grade NAT", "100.100.100.200", "metadata",
      "127.0.0.1", "loopback", "127.255.255.254", "loopback", "169.254.0.1", "link-local",
      "169.254.169.254", "metadata", "169.254.170.2", "metadata", "168.63.129.16", "metadata",
      "172.16.0.0", "private", "172.31.255.255", "private", "192.0.0.8", "reserved",
      "192.0.0.192", "metadata", "192.0.2.1", "documentation", "192.168.1.1", "private",
      "198.18.0.1", "benchmarking", "198.19.255.255", "benchmarking",
      "198.51.100.7", "documentation", "203.0.113.7", "documentation",
      "224.0.0.1", "multicast", "239.255.255.255", "multicast", "240.0.0.1", "reserved",
      "255.255.255.255", "broadcast", NULL};
  assert_all(rows);
}

static void test_ipv4_just_outside_is_public(void **state)
{
  (void)state;
  static const char *const rows[] = {
      "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
      "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
      "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0",
      "198.17.255.255", "198.20.0.0", "223.255.255.255", "8.8.8.8", NULL};
  assert_public(rows);
}

static void test_ipv6_kinds(void **state)
{
  (void)state;
  static const char *const rows[] = {
      "::", "unspecified", "::1", "loopback", "fc00::1", "private", "fdff::1", "private",
      "fd00:ec2::254", "metadata", "fd20:ce::254", "metadata", "fe80::1", "link-local",
      "febf::1", "link-local", "fec0::1", "private", "ff02::1", "multicast",
      "2001:db8::1", "documentation", "3fff::1", "documentation", "2001:10::1", "reserved",
      "100::1", "reserved", "5f00::1", "reserved", "4000::1", "reserved",
      "64:ff9b:1::1", "private", NULL};
  assert_all(rows);
}

static void test_ipv4_inside_ipv6(void **state)
{
  (void)state;
  static const char *const rows[] = {
      "::ffff:127.0.0.1", "loopback", "::ffff:169.254.169.254", "metadata",
      "::ffff:0:10.0.0.1", "private", "::127.0.0.1", "loopback", "::8.8.8.8", "reserved",
      "64:ff9b::192.168.0.1", "private", "64:ff9b::169.254.169.254", "metadata",
      "2002:7f00:1::", "loopback", "2002:a9fe:a9fe::1", "metadata",
      /* Teredo: server 8.8.8.8 and client 127.0.0.1 inverted; server 10.0.0.1 */
      "2001:0:808:808:0:0:80ff:fffe", "loopback", "2001:0:a00:1:0:0:f7f7:f7f7", "private", NULL};
  assert_all(rows);
}

static void test_ipv6_public(void **state)
{
  (void)state;
  static const char *const rows[] = {
      "2606:4700::1", "2001:4860:4860::8888", "2a00::1", "2003::1", "2001:200::1",
      "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1",
      "2001:0:808:808:0:0:f7f7:f7f7", NULL};
  assert_public(rows);
}

static void test_other_families_are_refused(void **state)
{
  (void)state;
  struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/run/x"};
  struct sockaddr none = {.sa_family = AF_UNSPEC};
  assert_non_null(fm_guard_check((struct sockaddr *)&un));
  assert_non_null(fm_guard_check(&none));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ipv4_kinds),
      cmocka_unit_test(test_ipv4_just_outside_is_public),
      cmocka_unit_test(test_ipv6_kinds),
      cmocka_unit_test(test_ipv4_inside_ipv6),
      cmocka_unit_test(test_ipv6_public),
      cmocka_unit_test(test_other_families_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
