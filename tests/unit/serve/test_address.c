/* Peers, trusted networks, and the public base of a request. */
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

static const struct base_case {
  const char *host, *proto, *forwarded_host, *prefix, *base; /* base NULL: 400 */
} bases[] = {
  {"Example.ORG:8080", "", "", "", "http://example.org:8080"},
  {"example.org:80", "", "", "", "http://example.org"},
  {"example.org:", "", "", "", "http://example.org"},
  {"[::1]:", "", "b:", "", "http://b"},
  {":", "", "", "", NULL},
  {"example.org::", "", "", "", NULL},
  {"example.org:443", "https", "", "", "https://example.org"},
  {"example.org:80", "https", "", "", "https://example.org:80"},
  {"[::1]:8080", "", "", "", "http://[::1]:8080"},
  {"a", "HTTPS", "b.example", "/p/", "https://b.example/p"},
  {"a", "https, http", "b.example , c", "/p , /q", "https://b.example/p"},
  {"a", "", "", "/", "http://a"},
  {"a", "", "", "///", NULL},
  {"a", "", "", "//evil.example", NULL},
  {"a", "", "", "/a/b", "http://a/a/b"},
  {"a", "", "", "p", NULL},
  {"a", "", "", "/p q", NULL},
  {"a", "", "", "/p?q", NULL},
  {"a", "", "", "/<p>", NULL},
  {"a", "ftp", "", "", NULL},
  {"a", "", "b/c", "", NULL},
  {"", "", "", "", NULL},
  {"a b", "", "", "", NULL},
  {"a/b", "", "", "", NULL},
  {"u@a", "", "", "", NULL},
  {"a:x", "", "", "", NULL},
  {"a:99999", "", "", "", NULL},
  {"a\"b", "", "", "", NULL},
  {"[::1", "", "", "", NULL},
};

static uint64_t hash(void *ctx, fm_str base)
{
  ++*(int *)ctx;
  return base.len;
}

/* Twice each, in one cache: what it remembers is what it would make. */
static void bases_of_requests(void **state)
{
  (void)state;
  int made = 0, good = 0;
  fm_base_cache cache = {.hash = hash, .ctx = &made};
  for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
    const struct base_case *c = &bases[i];
    fm_base_fields hints = {fm_str_of(c->host), fm_str_of(c->proto), fm_str_of(c->forwarded_host),
                      fm_str_of(c->prefix)};
    for (int twice = 0; twice < 2; twice++) {
      const fm_base *base = NULL;
      const char *why = fm_base_find(&cache, &hints, &base);
      if (!c->base != !!why)
        fail_msg("%s %s %s %s: %s", c->host, c->proto, c->forwarded_host, c->prefix, why);
      if (c->base && !fm_str_is(base->text, c->base))
        fail_msg("%s: %.*s", c->base, FM_FMT(base->text));
      if (c->base)
        assert_int_equal(base->hash, strlen(c->base));
    }
    good += c->base != NULL;
    assert_int_equal(made, good);
  }
  fm_base_cache_deinit(&cache);
}

static void long_hints_are_refused(void **state)
{
  (void)state;
  char host[3000];
  memset(host, 'a', sizeof host);
  int made = 0;
  fm_base_cache cache = {.hash = hash, .ctx = &made};
  const fm_base *base;
  fm_base_fields hints = {.host = {host, 300}};
  assert_non_null(fm_base_find(&cache, &hints, &base));
  hints.host.len = sizeof host;
  assert_non_null(fm_base_find(&cache, &hints, &base));
  hints = (fm_base_fields){.host = FM_STR("a"), .prefix = {host, 1000}};
  host[0] = '/';
  assert_non_null(fm_base_find(&cache, &hints, &base));
  fm_base_cache_deinit(&cache);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(networks),
    cmocka_unit_test(texts),
    cmocka_unit_test(bases_of_requests),
    cmocka_unit_test(long_hints_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
