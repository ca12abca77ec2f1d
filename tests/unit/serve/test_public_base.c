/* The public base of a request, its cache, and the client behind a proxy. */
#include "base/str.h"
#include "serve/public_base.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct base_case {
  const char *host, *proto, *forwarded_host, *port, *prefix, *forwarded, *base; /* base NULL: 400 */
} bases[] = {
  {"Example.ORG:8080", "", "", "", "", "", "http://example.org:8080"},
  {"example.org:80", "", "", "", "", "", "http://example.org"},
  {"example.org:", "", "", "", "", "", "http://example.org"},
  {"[::1]:", "", "b:", "", "", "", "http://b"},
  {":", "", "", "", "", "", NULL},
  {"example.org::", "", "", "", "", "", NULL},
  {"example.org:443", "https", "", "", "", "", "https://example.org"},
  {"example.org:80", "https", "", "", "", "", "https://example.org:80"},
  {"[::1]:8080", "", "", "", "", "", "http://[::1]:8080"},
  {"a", "HTTPS", "b.example", "", "/p/", "", "https://b.example/p"},
  /* of a list the last member counts */
  {"a", "http, https", "evil , b.example", "", "/evil , /p", "", "https://b.example/p"},
  {"a", "https,", "", "", "", "", "http://a"},
  {"a", "", "", "", "/", "", "http://a"},
  {"a", "", "", "", "///", "", NULL},
  {"a", "", "", "", "//evil.example", "", NULL},
  {"a", "", "", "", "/a/b", "", "http://a/a/b"},
  {"a", "", "", "", "/a%20b", "", "http://a/a%20b"},
  {"a", "", "", "", "/%", "", NULL},
  {"a", "", "", "", "/%2", "", NULL},
  {"a", "", "", "", "/%zz", "", NULL},
  {"a", "", "", "", "/a/../b", "", NULL},
  {"a", "", "", "", "/.", "", NULL},
  {"a", "", "", "", "p", "", NULL},
  {"a", "", "", "", "/p q", "", NULL},
  {"a", "", "", "", "/p?q", "", NULL},
  {"a", "", "", "", "/<p>", "", NULL},
  {"a", "ftp", "", "", "", "", NULL},
  {"a", "", "b/c", "", "", "", NULL},
  /* the port */
  {"a", "https", "", "443", "", "", "https://a"},
  {"a", "", "", "80", "", "", "http://a"},
  {"a", "https", "b", "8443", "", "", "https://b:8443"},
  {"a:81", "https", "b:82", "8443", "", "", "https://b:82"},
  {"[::1]", "", "", "1, 8080", "", "", "http://[::1]:8080"},
  {"a", "", "", "99999", "", "", NULL},
  {"a", "", "", "080", "", "", NULL},
  {"a", "", "", "x", "", "", NULL},
  /* Forwarded, where no X-Forwarded field says anything */
  {"a", "", "", "", "", "host=b.example;proto=https", "https://b.example"},
  {"a", "", "", "", "", "for=1.2.3.4; Host=\"b.example:8443\" ;PROTO=HTTPS", "https://b.example:8443"},
  {"a", "", "", "", "/p", "host=evil, for=\"[::1]:1\";host=b.example", "http://b.example/p"},
  {"a", "", "", "", "", "host=\"evil, host=x\", proto=https", "https://a"},
  {"a", "", "", "", "", "for=\"a\\\",host=evil\"", "http://a"},
  {"a", "https", "", "", "", "host=evil", "https://a"},
  {"a", "", "", "", "", "nonsense", "http://a"},
  {"a", "", "", "", "", "host", "http://a"},
  {"a", "", "", "", "", "host=b c", NULL},
  {"a", "", "", "", "", "proto=javascript", NULL},
  /* Host is looked at even where another counts */
  {"", "", "", "", "", "", NULL},
  {"a b", "", "b", "", "", "", NULL},
  {"a/b", "", "", "", "", "", NULL},
  {"u@a", "", "", "", "", "", NULL},
  {"a:x", "", "", "", "", "", NULL},
  {"a:99999", "", "", "", "", "", NULL},
  {"a\"b", "", "", "", "", "", NULL},
  {"[::1", "", "", "", "", "", NULL},
};

static uint64_t hash(void *ctx, fm_str base)
{
  ++*(int *)ctx;
  return base.len;
}

static fm_base_fields fields_of(const struct base_case *c)
{
  return (fm_base_fields){{
    [FM_BASE_HOST] = fm_str_of(c->host), [FM_BASE_FORWARDED_PROTO] = fm_str_of(c->proto),
    [FM_BASE_FORWARDED_HOST] = fm_str_of(c->forwarded_host),
    [FM_BASE_FORWARDED_PORT] = fm_str_of(c->port),
    [FM_BASE_FORWARDED_PREFIX] = fm_str_of(c->prefix),
    [FM_BASE_FORWARDED] = fm_str_of(c->forwarded),
  }};
}

/* Each twice, in one cache: what it keeps is what it would make. */
static void bases_of_requests(void **state)
{
  (void)state;
  int made = 0, good = 0;
  fm_base_cache cache = {.hash = hash, .ctx = &made};
  for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
    const struct base_case *c = &bases[i];
    fm_base_fields fields = fields_of(c);
    for (int twice = 0; twice < 2; twice++) {
      const fm_base *base = NULL;
      const char *why = fm_base_find(&cache, &fields, &base);
      if (!c->base != !!why)
        fail_msg("case %zu, %s: %s", i, c->host, why);
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

/* Fields that were moved from one to the next are other fields. */
static void fields_are_kept_apart(void **state)
{
  (void)state;
  int made = 0;
  fm_base_cache cache = {.hash = hash, .ctx = &made};
  const struct base_case cases[] = {
    {"a", "", "bc", "", "", "", "http://bc"}, {"a", "", "b", "", "/c", "", "http://b/c"},
    {"a", "", "", "", "/b", "", "http://a/b"}, {"a", "", "b", "", "", "", "http://b"},
    {"a", "", "", "81", "", "", "http://a:81"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fm_base_fields fields = fields_of(&cases[i]);
    const fm_base *base;
    assert_null(fm_base_find(&cache, &fields, &base));
    assert_true(fm_str_is(base->text, cases[i].base));
  }
  fm_base_cache_deinit(&cache);
}

static void long_fields_are_refused(void **state)
{
  (void)state;
  char host[3000];
  memset(host, 'a', sizeof host);
  int made = 0;
  fm_base_cache cache = {.hash = hash, .ctx = &made};
  const fm_base *base;
  fm_base_fields fields = {{[FM_BASE_HOST] = {host, 300}}};
  assert_non_null(fm_base_find(&cache, &fields, &base));
  fields.value[FM_BASE_HOST].len = sizeof host;
  assert_non_null(fm_base_find(&cache, &fields, &base));
  fields = (fm_base_fields){{[FM_BASE_HOST] = FM_STR("a"), [FM_BASE_FORWARDED_PREFIX] = {host, 1000}}};
  host[0] = '/';
  assert_non_null(fm_base_find(&cache, &fields, &base));
  fm_base_cache_deinit(&cache);
}

static void clients_behind_proxies(void **state)
{
  (void)state;
  static const struct {
    const char *peer, *forwarded_for, *forwarded, *client;
  } cases[] = {
    {"10.0.0.1", "", "", "10.0.0.1"},
    {"10.0.0.1", "192.0.2.7", "", "192.0.2.7"},
    {"10.0.0.1", "6.6.6.6, 192.0.2.7", "", "192.0.2.7"},
    {"10.0.0.1", "6.6.6.6, 192.0.2.7, 10.0.0.9", "", "192.0.2.7"},
    {"10.0.0.1", "10.0.0.2, 10.0.0.3", "", "10.0.0.2"},
    {"10.0.0.1", "192.0.2.7, unknown", "", "10.0.0.1"},
    {"10.0.0.1", "192.0.2.7:1234", "for=6.6.6.6", "192.0.2.7"},
    {"10.0.0.1", "", "for=6.6.6.6, for=\"[2001:db8::1]:80\";proto=http", "2001:db8::1"},
    {"10.0.0.1", "", "for=_hidden", "10.0.0.1"},
    {"10.0.0.1", ",", "", "10.0.0.1"},
  };
  fm_cidr trusted;
  assert_true(fm_cidr_parse(FM_STR("10.0.0.0/8"), &trusted));
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fm_peer peer, client;
    assert_true(fm_peer_parse(fm_str_of(cases[i].peer), &peer));
    client = fm_client_of(&peer, fm_str_of(cases[i].forwarded_for), fm_str_of(cases[i].forwarded),
                          &trusted, 1);
    char text[FM_ADDRESS_TEXT];
    fm_peer_text(&client, text);
    if (strcmp(text, cases[i].client) != 0)
      fail_msg("case %zu: %s", i, text);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bases_of_requests),
    cmocka_unit_test(fields_are_kept_apart),
    cmocka_unit_test(long_fields_are_refused),
    cmocka_unit_test(clients_behind_proxies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
