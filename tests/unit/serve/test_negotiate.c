/* Content codings and conditions, by the rules of RFC 9110. */
#include "base/mem.h"
#include "base/str.h"
#include "serve/negotiate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { NONE = -1 };

static fm_str filled(size_t len)
{
  char *bytes = fm_zalloc(len + 1);
  return (fm_str){bytes, len};
}

/* Sizes: identity 1000, gzip 300, br 200, zstd 250; 0: not there. */
static fm_reply *reply(size_t gzip, size_t br, size_t zstd)
{
  fm_reply_spec spec = {.status = 200, .cacheable = true, .last_modified = 1785801600};
  spec.body[FM_IDENTITY] = filled(1000);
  if (gzip)
    spec.body[FM_GZIP] = filled(gzip);
  if (br)
    spec.body[FM_BR] = filled(br);
  if (zstd)
    spec.body[FM_ZSTD] = filled(zstd);
  return fm_reply_new(&spec);
}

static int choose(const fm_reply *r, const char *header)
{
  fm_str value = fm_str_of(header);
  fm_accept_encoding accept;
  fm_accept_encoding_parse(&accept, &value, header ? 1 : 0);
  return fm_accept_encoding_choose(&accept, r);
}

static void codings(void **state)
{
  (void)state;
  fm_reply *all = reply(300, 200, 250), *gzip = reply(300, 0, 0), *worse = reply(2000, 0, 0);
  static const struct {
    const char *header;
    int of_all, of_gzip;
  } cases[] = {
    {NULL, FM_IDENTITY, FM_IDENTITY},
    {"", FM_IDENTITY, FM_IDENTITY},
    {"gzip", FM_GZIP, FM_GZIP},
    {"GZip", FM_GZIP, FM_GZIP},
    {"x-gzip", FM_GZIP, FM_GZIP},
    {"gzip, deflate, br, zstd", FM_BR, FM_GZIP},
    {"gzip,deflate", FM_GZIP, FM_GZIP},
    {"gzip;q=1.0, br;q=0.8, *;q=0.1", FM_GZIP, FM_GZIP},
    {"br ; q=0.8 , gzip ; q=0.9", FM_GZIP, FM_GZIP},
    {"*", FM_BR, FM_GZIP},
    {"*;q=0", NONE, NONE},
    {"identity;q=0", NONE, NONE},
    {"gzip;q=0", FM_IDENTITY, FM_IDENTITY},
    {"gzip;q=0, *", FM_BR, FM_IDENTITY},
    {"identity;q=0, gzip;q=0.001", FM_GZIP, FM_GZIP},
    {"identity;q=0, br", FM_BR, NONE},
    {"deflate", FM_IDENTITY, FM_IDENTITY},
    {"gzip;q=0.5, identity;q=0.6", FM_IDENTITY, FM_IDENTITY},
    {"gzip;q=0.2", FM_GZIP, FM_GZIP},
    {"identity, *;q=0", FM_IDENTITY, FM_IDENTITY},
    {"gzip;q=2", FM_IDENTITY, FM_IDENTITY}, /* malformed members are passed over */
    {"gzip;q=x, br;q=0.5", FM_BR, FM_IDENTITY},
    {"gzip;q=0.5555", FM_IDENTITY, FM_IDENTITY},
    {",, ,gzip,", FM_GZIP, FM_GZIP},
    {"gzip;level=9;q=0.7,zstd;q=0.6", FM_GZIP, FM_GZIP},
    {"gzip;Q=0.1,zstd;Q=0.6", FM_ZSTD, FM_GZIP},
    {";q=1,;;,=", FM_IDENTITY, FM_IDENTITY},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int got_all = choose(all, cases[i].header), got_gzip = choose(gzip, cases[i].header);
    if (got_all != cases[i].of_all || got_gzip != cases[i].of_gzip)
      fail_msg("%s: %d and %d", cases[i].header, got_all, got_gzip);
  }
  assert_int_equal(choose(worse, "gzip"), FM_GZIP); /* asked for more than identity */
  assert_int_equal(choose(worse, "gzip, identity"), FM_IDENTITY); /* as much: the smaller */
  fm_reply_unref(all);
  fm_reply_unref(gzip);
  fm_reply_unref(worse);
}

static void several_lines_are_one_list(void **state)
{
  (void)state;
  fm_reply *all = reply(300, 200, 250);
  const fm_str lines[] = {FM_STR("gzip;q=0.5"), FM_STR("zstd")};
  fm_accept_encoding accept;
  fm_accept_encoding_parse(&accept, lines, 2);
  assert_int_equal(fm_accept_encoding_choose(&accept, all), FM_ZSTD);
  fm_reply_unref(all);
}

static void etag_lists(void **state)
{
  (void)state;
  static const struct {
    const char *value;
    bool listed;
  } cases[] = {
    {"\"abc\"", true},
    {"W/\"abc\"", true},
    {" \"abc\" ", true},
    {"*", true},
    {" * ", true},
    {"\"x\", \"abc\"", true},
    {"\"x\",W/\"y\" ,\t\"abc\"", true},
    {"\"a,b\", \"abc\"", true},
    {"\"x,\"abc\"", false}, /* the opaque tag is "x," */
    {"abc", false},
    {"\"abc", false},
    {"\"ab\"", false},
    {"\"abcd\"", false},
    {"\"ABC\"", false},
    {"w/\"abc\"", false},
    {"\"x\", *", false},
    {"junk, \"abc\"", true},
    {"W/", false},
    {"", false},
    {",,,", false},
    {"\"", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    if (fm_etag_matches(fm_str_of(cases[i].value), FM_STR("\"abc\""), false) != cases[i].listed)
      fail_msg("%s", cases[i].value);
  /* for If-Match a weak tag is none */
  assert_false(fm_etag_matches(FM_STR("W/\"abc\""), FM_STR("\"abc\""), true));
  assert_true(fm_etag_matches(FM_STR("W/\"abc\", \"abc\""), FM_STR("\"abc\""), true));
  assert_true(fm_etag_matches(FM_STR("*"), FM_STR("\"abc\""), true));
}

static void dates(void **state)
{
  (void)state;
  fm_reply *r = reply(0, 0, 0);
  assert_false(fm_modified_since(FM_STR("Tue, 04 Aug 2026 00:00:00 GMT"), r));
  assert_true(fm_modified_since(FM_STR("Mon, 03 Aug 2026 23:59:59 GMT"), r));
  assert_false(fm_modified_since(FM_STR("yesterday"), r));
  assert_true(fm_not_modified_since(FM_STR("Tue, 04 Aug 2026 00:00:00 GMT"), r));
  assert_true(fm_not_modified_since(FM_STR("Tue, 04 Aug 2026 00:00:01 GMT"), r));
  assert_true(fm_not_modified_since(FM_STR("Tuesday, 04-Aug-26 00:00:00 GMT"), r));
  assert_false(fm_not_modified_since(FM_STR("Mon, 03 Aug 2026 23:59:59 GMT"), r));
  assert_false(fm_not_modified_since(FM_STR("yesterday"), r));
  assert_false(fm_not_modified_since((fm_str){0}, r));
  fm_reply_unref(r);
  fm_reply *text = fm_reply_text(200, FM_STR("x"), 0, (fm_str){0});
  assert_false(fm_not_modified_since(FM_STR("Tue, 04 Aug 2026 00:00:00 GMT"), text));
  fm_reply_unref(text);
}

static void html_only_where_it_is_preferred(void **state)
{
  (void)state;
  static const struct {
    const char *accept;
    bool html;
  } rows[] = {
    /* browsers */
    {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", true},
    {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true},
    {"text/html, application/xhtml+xml, image/jxr, */*;q=0.7", true},
    {"TEXT/HTML", true},
    /* readers and tools */
    {"", false},
    {"*/*", false},
    {"text/html, */*", false}, /* a tie */
    {"text/html;q=0.9, */*", false},
    {"application/atom+xml, application/rss+xml;q=0.9, text/html;q=0.1", false},
    {"application/atom+xml,application/rdf+xml,application/rss+xml,application/x-netcdf,"
     "application/xml;q=0.9,text/xml;q=0.2,*/*;q=0.1", false},
    {"text/html, application/atom+xml", false},
    {"text/html, text/*", false},
    {"application/rss+xml, text/html;q=0.9, application/xml;q=0.8, */*;q=0.1", false},
    {"application/feed+json, text/html", false},
    {"image/*", false},
    {"text/html;q=0", false},
    {"text/html;level=1;q=0.5, application/xml;q=0.4", true},
    {"text/html;q=bad, */*;q=0.1", false},
    {",,;;,text/html,", true},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fm_str value = fm_str_of(rows[i].accept);
    if (fm_accept_prefers_html(&value, 1) != rows[i].html)
      fail_msg("%s", rows[i].accept);
  }
  fm_str two[] = {FM_STR("text/html"), FM_STR("application/atom+xml")};
  assert_false(fm_accept_prefers_html(two, 2));
  assert_true(fm_accept_prefers_html(two, 1));
  assert_false(fm_accept_prefers_html(NULL, 0));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(html_only_where_it_is_preferred),
    cmocka_unit_test(codings),
    cmocka_unit_test(several_lines_are_one_list),
    cmocka_unit_test(etag_lists),
    cmocka_unit_test(dates),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
