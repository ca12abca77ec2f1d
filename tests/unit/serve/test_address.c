/* Peers and trusted networks. */
#include "base/str.h"
#include "serve/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static fm_peer peer(const char *text)
{
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(80)};
  struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
  if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
    return fm_peer_of((struct sockaddr *)&in);
  if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
    return fm_peer_of((struct sockaddr *)&in6);
  struct sockaddr any = {.sa_family = AF_UNIX};
  return fm_peer_of(&any);
}

static void networks(void **state)
{
  (void)state;
  static const struct {
    const char *net, *addr;
    bool in;
  } cases[] = {
    {"127.0.0.0/8", "127.1.2.3", true},   {"127.0.0.0/8", "128.0.0.1", false},
    {"10.0.0.0/9", "10.127.0.1", true},   {"10.0.0.0/9", "10.128.0.1", false},
    {"192.0.2.1", "192.0.2.1", true},     {"192.0.2.1", "192.0.2.2", false},
    {"0.0.0.0/0", "8.8.8.8", true},       {"0.0.0.0/0", "::2", false},
    {"::1", "::1", true},                 {"::1", "::2", false},
    {"2001:db8::/33", "2001:db8:7fff::1", true}, {"2001:db8::/33", "2001:db8:8000::1", false},
    {"10.0.0.0/8", "::ffff:10.1.1.1", true}, {"unix", "-", true},
    {"unix", "127.0.0.1", false},         {"0.0.0.0/0", "-", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fm_cidr net;
    fm_peer who = peer(cases[i].addr);
    assert_true(fm_cidr_parse(fm_str_of(cases[i].net), &net));
    if (fm_peer_in(&who, &net, 1) != cases[i].in)
      fail_msg("%s in %s", cases[i].addr, cases[i].net);
  }
  static const char *const bad[] = {"", "10.0.0.0/33", "::/129", "10.0.0", "x", "10.0.0.0/",
                                    "10.0.0.0/-1", "/8", "10.0.0.0/8/8", "UNIX"};
  fm_cidr kept = {.family = 9};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (fm_cidr_parse(fm_str_of(bad[i]), &kept) || kept.family != 9)
      fail_msg("%s", bad[i]);
}

static void texts(void **state)
{
  (void)state;
  char text[FM_ADDRESS_TEXT];
  fm_peer who = peer("::ffff:192.0.2.7");
  fm_peer_text(&who, text);
  assert_string_equal(text, "192.0.2.7");
  who = peer("2001:db8::1");
  fm_peer_text(&who, text);
  assert_string_equal(text, "2001:db8::1");
  who = peer("-");
  fm_peer_text(&who, text);
  assert_string_equal(text, "unix");
  struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(8080)};
  in6.sin6_addr = in6addr_loopback;
  fm_address_text((struct sockaddr *)&in6, text);
  assert_string_equal(text, "[::1]:8080");
}

/* As they stand in X-Forwarded-For and Forwarded. */
static void addresses_from_proxies(void **state)
{
  (void)state;
  static const struct {
    const char *text, *address; /* NULL: none */
  } cases[] = {
    {"192.0.2.7", "192.0.2.7"}, {"192.0.2.7:8080", "192.0.2.7"}, {"2001:db8::1", "2001:db8::1"},
    {"[2001:db8::1]", "2001:db8::1"}, {"[2001:db8::1]:80", "2001:db8::1"}, {"::ffff:10.0.0.1", "10.0.0.1"},
    {"", NULL}, {"unknown", NULL}, {"_hidden", NULL}, {"unix", NULL}, {"[::1", NULL}, {"1.2.3", NULL},
    {"1.2.3.4.5", NULL}, {"192.0.2.7, 192.0.2.8", NULL}, {"[]", NULL}, {":80", NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fm_peer who = {.family = 9};
    bool good = fm_peer_parse(fm_str_of(cases[i].text), &who);
    char text[FM_ADDRESS_TEXT] = "";
    if (good)
      fm_peer_text(&who, text);
    if (good != !!cases[i].address || (good && strcmp(text, cases[i].address) != 0) || (!good && who.family != 9))
      fail_msg("%s: %s", cases[i].text, text);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(networks),
    cmocka_unit_test(texts),
    cmocka_unit_test(addresses_from_proxies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
