/* URLs: parsing, resolution, decoding, and validation of Host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <libxml/uri.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/url.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void parts_are_cut(void **state)
{
  (void)state;
  fm_url url;
  assert_true(fm_url_parse(FM_STR("https://me:pw@example.org:8080/a/b?c=d?&e=/#f?/"), &url));
  assert_true(fm_str_is(url.scheme, "https"));
  assert_true(fm_str_is(url.userinfo, "me:pw"));
  assert_true(fm_str_is(url.host, "example.org"));
  assert_true(fm_str_is(url.port, "8080"));
  assert_true(fm_str_is(url.path, "/a/b"));
  assert_true(fm_str_is(url.query, "c=d?&e=/"));
  assert_true(fm_str_is(url.fragment, "f?/"));
}

static void absent_is_not_empty(void **state)
{
  (void)state;
  fm_url url;
  assert_true(fm_url_parse(FM_STR("http://a"), &url));
  assert_non_null(url.path.ptr);
  assert_int_equal(url.path.len, 0);
  assert_null(url.query.ptr);
  assert_null(url.port.ptr);
  assert_true(fm_url_parse(FM_STR("http://a:/?#"), &url));
  assert_null(url.port.ptr);
  assert_non_null(url.query.ptr);
  assert_non_null(url.fragment.ptr);
  assert_true(fm_url_parse(FM_STR("//[2001:db8::1]:1/x"), &url));
  assert_null(url.scheme.ptr);
  assert_true(fm_str_is(url.host, "[2001:db8::1]"));
  assert_true(fm_str_is(url.port, "1"));
  assert_true(fm_url_parse((fm_str){NULL, 0}, &url));
  assert_null(url.host.ptr);
  assert_true(fm_url_parse(FM_STR("2401.00001:x"), &url)); /* a scheme cannot start with a digit */
  assert_null(url.scheme.ptr);
}

static const char *const usable[] = {
  "http://a", "https://example.org/", "HTTP://EXAMPLE.org/papers?q=a+b&c=%20d#e",
  "http://127.0.0.1:8080/x", "http://[::1]/", "http://[::ffff:1.2.3.4]:65535/",
  "http://a/;p=1,2;@x:y!$&'()*+~-._", "https://example.org/é/モデル?q=ü#ö", "https://bücher.example/",
  "http://a_b.example./", "http://a//b", "http://a?b",
};

static const char *const unusable[] = {
  "", "/papers", "example.org", "//example.org/", "ftp://a/", "javascript:alert(1)", "mailto:a@b",
  "http:", "http:/a", "http://", "http:///a", "http://:80/", "http://user@a/", "http://u:p@a/",
  "http://a b/", "http://a/b c", " http://a/", "http://a/ ", "http://a/\n", "http://a/\x7f",
  "http://a/<", "http://a/>", "http://a/\"", "http://a/{}", "http://a/|", "http://a/\\",
  "http://a/^", "http://a/`", "http://a/[x]", "http://a/?q[]=1", "http://a/%", "http://a/%4",
  "http://a/%zz", "http://a:x/", "http://a:65536/", "http://a:-1/", "http://a:000080/",
  "http://[::1", "http://[]/", "http://[::1]x/", "http://[::g]/", "http://[fe80::1%25eth0]/",
  "http://[v1.x]/", "http://a]/", "http://a%20b/", "http://a%2fb/", "http://a%00/",
  "http://a/\xff", "http://a/\xc2\x85", "http://a/\xc2\xa0", "http://a/\xe2\x80\xa8",
  "http://a/\xef\xbf\xbe", "http://a/\xee\x80\x80", "http://a@b@c/", "http://::1/", "1http://a/",
};

static void usable_urls_are_told(void **state)
{
  (void)state;
  for (size_t i = 0; i < COUNT(usable); i++)
    if (!fm_url_usable(fm_str_of(usable[i])))
      fail_msg("%s", usable[i]);
  for (size_t i = 0; i < COUNT(unusable); i++)
    if (fm_url_usable(fm_str_of(unusable[i])))
      fail_msg("%s", unusable[i]);
  assert_false(fm_url_usable(FM_STR("http://a/\0b")));
  static char longer[FM_URL_MAX + 1] = "http://a/";
  memset(longer + 9, 'x', sizeof longer - 9);
  assert_true(fm_url_usable((fm_str){longer, FM_URL_MAX}));
  assert_false(fm_url_usable((fm_str){longer, FM_URL_MAX + 1}));
}

/* Every URL that is accepted is accepted by libxml2's anyURI as well */
static void usable_urls_are_any_uri(void **state)
{
  (void)state;
  for (size_t i = 0; i < COUNT(usable); i++) {
    char *text = strdup(usable[i]);
    for (char *p = text; *p; p++)
      if ((unsigned char)*p >= 0x7f)
        *p = '_';
    xmlURIPtr uri = xmlParseURI(text);
    if (!uri)
      fail_msg("%s", usable[i]);
    xmlFreeURI(uri);
    free(text);
  }
}

static const struct {
  const char *reference, *want;
} examples[] = { /* RFC 3986 section 5.4, for the base http://a/b/c/d;p?q */
  {"g:h", "g:h"}, {"g", "http://a/b/c/g"}, {"./g", "http://a/b/c/g"}, {"g/", "http://a/b/c/g/"},
  {"/g", "http://a/g"}, {"//g", "http://g"}, {"?y", "http://a/b/c/d;p?y"},
  {"g?y", "http://a/b/c/g?y"}, {"#s", "http://a/b/c/d;p?q#s"}, {"g#s", "http://a/b/c/g#s"},
  {"g?y#s", "http://a/b/c/g?y#s"}, {";x", "http://a/b/c/;x"}, {"g;x", "http://a/b/c/g;x"},
  {"g;x?y#s", "http://a/b/c/g;x?y#s"}, {"", "http://a/b/c/d;p?q"}, {".", "http://a/b/c/"},
  {"./", "http://a/b/c/"}, {"..", "http://a/b/"}, {"../", "http://a/b/"},
  {"../g", "http://a/b/g"}, {"../..", "http://a/"}, {"../../", "http://a/"},
  {"../../g", "http://a/g"}, {"../../../g", "http://a/g"}, {"../../../../g", "http://a/g"},
  {"/./g", "http://a/g"}, {"/../g", "http://a/g"}, {"g.", "http://a/b/c/g."},
  {".g", "http://a/b/c/.g"}, {"g..", "http://a/b/c/g.."}, {"..g", "http://a/b/c/..g"},
  {"./../g", "http://a/b/g"}, {"./g/.", "http://a/b/c/g/"}, {"g/./h", "http://a/b/c/g/h"},
  {"g/../h", "http://a/b/c/h"}, {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
  {"g;x=1/../y", "http://a/b/c/y"}, {"g?y/./x", "http://a/b/c/g?y/./x"},
  {"g?y/../x", "http://a/b/c/g?y/../x"}, {"g#s/./x", "http://a/b/c/g#s/./x"},
  {"g#s/../x", "http://a/b/c/g#s/../x"}, {"http:g", "http:g"},
  /* references as found in pages */
  {" g\n", "http://a/b/c/g"}, {"g h", "http://a/b/c/g%20h"}, {"g\nh\t", "http://a/b/c/gh"},
  {"é", "http://a/b/c/%C3%A9"}, {"\xff", "http://a/b/c/%FF"}, {"100%", "http://a/b/c/100%25"},
  {"%41%zz", "http://a/b/c/%41%25zz"}, {"?a[]=1", "http://a/b/c/d;p?a%5B%5D=1"},
  {"//[::1]:8/x[1]", "http://[::1]:8/x%5B1%5D"}, {"#a#b", "http://a/b/c/d;p?q#a%23b"},
  {"\\x", "http://a/b/c/%5Cx"}, {"\"<>{}|^`", "http://a/b/c/%22%3C%3E%7B%7D%7C%5E%60"},
  {"2401.00001", "http://a/b/c/2401.00001"}, {"//bücher.example/", "http://b%C3%BCcher.example/"},
  {"https://u@h:1/../x/./y/..", "https://u@h:1/x/"}, {"?", "http://a/b/c/d;p?"},
  {"#", "http://a/b/c/d;p?q#"},
};

static void references_are_resolved(void **state)
{
  (void)state;
  fm_arena arena = {0};
  for (size_t i = 0; i < COUNT(examples); i++) {
    fm_str url = {0};
    int error = fm_url_resolve(FM_STR("http://a/b/c/d;p?q"), fm_str_of(examples[i].reference),
                               &arena, &url);
    if (error || !fm_str_is(url, examples[i].want))
      fail_msg("%s: %.*s, not %s", examples[i].reference, FM_FMT(url), examples[i].want);
    assert_int_equal(url.ptr[url.len], 0);
  }
  fm_str url;
  assert_int_equal(fm_url_resolve(FM_STR("http://a"), FM_STR("g"), &arena, &url), FM_OK);
  assert_string_equal(url.ptr, "http://a/g");
  assert_int_equal(fm_url_resolve(FM_STR("http://a/b"), (fm_str){NULL, 0}, &arena, &url), FM_OK);
  assert_string_equal(url.ptr, "http://a/b");
  fm_arena_deinit(&arena);
}

static void what_cannot_be_mended_is_refused(void **state)
{
  (void)state;
  static const char *const bad[] = {"http://a:99999999/", "//a b/", "//[::1", "http://a:b/",
                                    "//a@b@c/", "x:/.//y"};
  static const char *const bad_bases[] = {"", "/a", "//a/", "http://a b/", "http://a/\n"};
  fm_arena arena = {0};
  fm_str url = FM_STR("untouched");
  for (size_t i = 0; i < COUNT(bad); i++)
    if (fm_url_resolve(FM_STR("http://a/"), fm_str_of(bad[i]), &arena, &url) != FM_E_SYNTAX)
      fail_msg("%s", bad[i]);
  for (size_t i = 0; i < COUNT(bad_bases); i++)
    if (fm_url_resolve(fm_str_of(bad_bases[i]), FM_STR("g"), &arena, &url) != FM_E_SYNTAX)
      fail_msg("%s", bad_bases[i]);
  static char longer[FM_URL_MAX];
  memset(longer, ' ', sizeof longer);
  longer[0] = longer[sizeof longer - 1] = 'x';
  assert_int_equal(fm_url_resolve(FM_STR("http://a/"), (fm_str){longer, sizeof longer}, &arena,
                                  &url), FM_E_TOO_BIG);
  assert_true(fm_str_is(url, "untouched"));
  fm_arena_deinit(&arena);
}

/* For arbitrary bytes, a resolved URL is usable or has another scheme. */
static void any_bytes_resolve_to_a_url_or_nothing(void **state)
{
  (void)state;
  static const char alphabet[] = "a/.:?#[]@%&4 \n\xc3\xa9\xff\\'\";=";
  uint32_t seed = 88172645;
  for (int round = 0; round < 40000; round++) {
    fm_arena arena = {0};
    char text[24], *exact;
    size_t len = 0;
    do {
      seed = seed * 1664525 + 1013904223;
      text[len++] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
    } while (len < sizeof text && seed >> 28);
    exact = memcpy(malloc(len), text, len);
    fm_str url;
    fm_url parts;
    if (fm_url_resolve(FM_STR("http://h/p/q"), (fm_str){exact, len}, &arena, &url) == FM_OK) {
      if (!fm_url_parse(url, &parts))
        fail_msg("%.*s -> %s", (int)len, exact, url.ptr);
      if (fm_str_is(parts.scheme, "http") && parts.host.len && !parts.userinfo.ptr)
        assert_true(fm_url_usable(url));
      assert_true(parts.path.len == 0 || !strstr(url.ptr, "/../") || parts.query.ptr ||
                  parts.fragment.ptr);
    }
    free(exact);
    fm_arena_deinit(&arena);
  }
}

static void an_origin_has_one_spelling(void **state)
{
  (void)state;
  static const struct {
    const char *url, *want;
  } rows[] = {
    {"HTTPS://Example.ORG/a?b", "https://example.org"}, {"http://a:80", "http://a"},
    {"https://a:443/", "https://a"}, {"https://a:80/", "https://a:80"},
    {"http://a:0080/", "http://a"}, {"http://a:08080/", "http://a:8080"},
    {"http://a:0", "http://a:0"},
    {"http://[2001:DB8::1]:81/", "http://[2001:db8::1]:81"}, {"http://u:p@a/", "http://a"},
    {"http://a:/", "http://a"},
  };
  fm_arena arena = {0};
  fm_str origin;
  for (size_t i = 0; i < COUNT(rows); i++) {
    assert_int_equal(fm_url_origin(fm_str_of(rows[i].url), &arena, &origin), FM_OK);
    assert_string_equal(origin.ptr, rows[i].want);
    assert_int_equal(origin.len, strlen(rows[i].want));
  }
  assert_int_equal(fm_url_origin(FM_STR("ftp://a/"), &arena, &origin), FM_E_SYNTAX);
  assert_int_equal(fm_url_origin(FM_STR("/a"), &arena, &origin), FM_E_SYNTAX);
  assert_int_equal(fm_url_origin(FM_STR("http:///a"), &arena, &origin), FM_E_SYNTAX);
  fm_arena_deinit(&arena);
}

static void hosts_are_told_from_others(void **state)
{
  (void)state;
  static const char *const good[] = {
    "a", "example.org", "example.org.", "EXAMPLE.org:80", "127.0.0.1", "127.0.0.1:0",
    "127.0.0.1:65535", "[::1]", "[::1]:8080", "[2001:db8::ffff:1.2.3.4]", "a_b-c.d~e",
    "xn--bcher-kva.example", "localhost:8080",
  };
  static const char *const bad[] = {
    "", ":", ":80", "a:", "a:x", "a:65536", "a:99999999999999999999", "a:-1", "a:+1", "a: 1",
    "a:1:2", "a b", " a", "a ", "a/", "a/b", "/", "a?b", "a#b", "u@a", "u:p@a", "a\"", "a'", "a<b",
    "a>b", "a\\b", "a\r\nX: y", "a\t", "::1", "[::1", "::1]", "[]", "[::1]8", "[::1]:", "[::1]:x",
    "[::1]]", "[[::1]]", "[1.2.3.4]", "[fe80::1%eth0]", "[:::]", "[g::1]", "a%", "a%2", "a%20b",
    "a%00", "a%2fb", "b\xc3\xbc" "cher.example", "\xff", "http://a", "a^", "a|b", "a`", "{a}",
    "a,b c",
  };
  for (size_t i = 0; i < COUNT(good); i++)
    if (!fm_host_valid(fm_str_of(good[i])))
      fail_msg("%s", good[i]);
  for (size_t i = 0; i < COUNT(bad); i++)
    if (fm_host_valid(fm_str_of(bad[i])))
      fail_msg("%s", bad[i]);
  assert_false(fm_host_valid((fm_str){NULL, 0}));
  assert_false(fm_host_valid(FM_STR("a\0b")));
  assert_false(fm_host_valid(FM_STR("[::1\0]")));
  char name[FM_HOST_MAX + 1];
  memset(name, 'a', sizeof name);
  assert_true(fm_host_valid((fm_str){name, FM_HOST_MAX}));
  assert_false(fm_host_valid((fm_str){name, FM_HOST_MAX + 1}));
}

static void percent_is_decoded(void **state)
{
  (void)state;
  fm_arena arena = {0};
  fm_str s;
  assert_int_equal(fm_url_decode(FM_STR("a%20b+c%2B%C3%a9%41"), false, &arena, &s), FM_OK);
  assert_string_equal(s.ptr, "a b+c+éA");
  assert_int_equal(fm_url_decode(FM_STR("a%20b+c%2B"), true, &arena, &s), FM_OK);
  assert_string_equal(s.ptr, "a b c+");
  assert_int_equal(fm_url_decode((fm_str){NULL, 0}, true, &arena, &s), FM_OK);
  assert_string_equal(s.ptr, "");
  static const char *const bad[] = {"%", "a%", "%4", "%4g", "%g4", "%00", "a%00b", "%ff", "%C3",
                                    "%C3(", "\xff", "%ed%a0%80", "%%41", "%-1"};
  for (size_t i = 0; i < COUNT(bad); i++)
    if (fm_url_decode(fm_str_of(bad[i]), true, &arena, &s) != FM_E_BAD_ADDRESS)
      fail_msg("%s", bad[i]);
  assert_int_equal(fm_url_decode(FM_STR("a\0b"), false, &arena, &s), FM_E_BAD_ADDRESS);
  assert_string_equal(s.ptr, "");
  fm_arena_deinit(&arena);
}

static void a_query_is_walked(void **state)
{
  (void)state;
  static const char *const want[][2] = {
    {"q", "large language"}, {"limit", "5"}, {"flag", ""}, {"", "x"}, {"a=", "b=c"}, {"e", ""},
  };
  fm_arena arena = {0};
  fm_str rest = FM_STR("&q=large+language&limit=5&&flag&=x&a%3D=b=c&e=&"), name, value;
  for (size_t i = 0; i < COUNT(want); i++) {
    assert_int_equal(fm_query_next(&rest, &arena, &name, &value), 1);
    assert_string_equal(name.ptr, want[i][0]);
    assert_string_equal(value.ptr, want[i][1]);
  }
  assert_int_equal(fm_query_next(&rest, &arena, &name, &value), 0);
  rest = (fm_str){NULL, 0};
  assert_int_equal(fm_query_next(&rest, &arena, &name, &value), 0);
  rest = FM_STR("a=1&b=%00&c=2");
  assert_int_equal(fm_query_next(&rest, &arena, &name, &value), 1);
  assert_int_equal(fm_query_next(&rest, &arena, &name, &value), FM_E_BAD_ADDRESS);
  assert_true(fm_str_is(name, "b=%00"));
  fm_arena_deinit(&arena);
}

/* Addresses as people copy them from a browser. */
static void test_from_user(void **state)
{
  (void)state;
  static const char *const rows[][2] = {
    {" https://c.example/list?filter[year]=2026\n", "https://c.example/list?filter%5Byear%5D=2026"},
    {"https://c.example/a b|c{d}", "https://c.example/a%20b%7Cc%7Bd%7D"},
    {"HTTP://c.example", "HTTP://c.example"},
    {"https://[2001:db8::1]/x[1]", "https://[2001:db8::1]/x%5B1%5D"},
    {"https://c.example/\xc3\xa9", "https://c.example/%C3%A9"},
    {"https://u:p@c.example/", NULL}, {"ftp://c.example/", NULL}, {"/list", NULL}, {"https://", NULL},
    {"https:c.example", NULL}, {"", NULL},
  };
  fm_arena arena = {0};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fm_str url = {NULL, 0};
    fm_why why = {""};
    int error = fm_url_from_user(fm_str_of(rows[i][0]), &arena, &url, &why);
    assert_int_equal(error, rows[i][1] ? FM_OK : FM_E_BAD_ADDRESS);
    if (rows[i][1])
      assert_string_equal(url.ptr, rows[i][1]);
    else
      assert_true(why.text[0] && !strstr(why.text, "u:p"));
  }
  fm_arena_deinit(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_from_user),
    cmocka_unit_test(parts_are_cut),
    cmocka_unit_test(absent_is_not_empty),
    cmocka_unit_test(usable_urls_are_told),
    cmocka_unit_test(usable_urls_are_any_uri),
    cmocka_unit_test(references_are_resolved),
    cmocka_unit_test(what_cannot_be_mended_is_refused),
    cmocka_unit_test(any_bytes_resolve_to_a_url_or_nothing),
    cmocka_unit_test(an_origin_has_one_spelling),
    cmocka_unit_test(hosts_are_told_from_others),
    cmocka_unit_test(percent_is_decoded),
    cmocka_unit_test(a_query_is_walked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
