#include "dom/attribute.h"

#include "base/str.h"
#include "pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool find(const char *html, fm_str *raw)
{
  size_t len = strlen(html);
  char *exact = fm_dup(html, len); /* a malloc'd copy, so that the sanitizer sees reads past its end */
  fm_str found = {NULL, 0};
  bool yes = fm_attribute_find((fm_str){exact, len}, FM_STR("data-target"), FM_STR("Daily"),
                               FM_STR("data-props"), &found);
  if (yes)
    *raw = (fm_str){html + (found.ptr - exact), found.len};
  free(exact);
  return yes;
}

static bool cut(const char *html)
{
  return fm_attribute_truncated(fm_str_of(html), FM_STR("data-target"), FM_STR("Daily"),
                          FM_STR("data-props"));
}

static void assert_finds(const char *html, const char *expected)
{
  fm_str raw;
  if (!find(html, &raw))
    fail_msg("nothing found in %s", html);
  if (!fm_str_is(raw, expected))
    fail_msg("in %s: found %.*s", html, FM_FMT(raw));
}

static void assert_nothing(const char *html)
{
  fm_str raw;
  if (find(html, &raw))
    fail_msg("in %s: found %.*s", html, FM_FMT(raw));
}

static void test_forms(void **state)
{
  (void)state;
  assert_finds("<div data-target=\"Daily\" data-props=\"{1}\">", "{1}");
  assert_finds("<div data-props='{\"a\"}' data-target='Daily'>", "{\"a\"}");
  assert_finds("<DIV DATA-TARGET=Daily\n\tDATA-PROPS = x/y >", "x/y");
  assert_finds("<x data-target=Daily data-props=end>", "end");
  assert_finds("<x data-target=Daily data-props>", "");
  assert_finds("<x data-target=Daily data-props=''/>", "");
  assert_finds("<x t='>' alt=\"> <i data-target='Daily'\" data-target=Daily data-props=1>", "1");
  assert_finds("<x data-props=first data-props=second data-target=Daily>", "first");
  assert_finds("<x data-target=Daily><y data-target=Daily data-props=2>", "2");
  assert_finds("<x data-props=other data-target=Other><y data-target=Daily data-props=2>", "2");
  assert_finds("<x =odd \"odd\" data-target=Daily data-props=3>", "3");
  assert_finds("a < b <3 </3> <? php > <!doctype html><p data-target=Daily data-props=4>", "4");
}

static void test_passes_over_text(void **state)
{
  (void)state;
#define DECOY "<b data-target=Daily data-props=no>"
#define REAL "<b data-target=Daily data-props=yes>"
  assert_finds("<!-- " DECOY " -->" REAL, "yes");
  assert_finds("<!--" DECOY "--!>" REAL, "yes");
  assert_finds("<!-- a -- b --> " REAL, "yes");
  assert_finds("<!-->" REAL, "yes");
  assert_finds("<!--->" REAL, "yes");
  assert_finds("<script>'" DECOY "'</script>" REAL, "yes");
  assert_finds("<SCRIPT src=x>'" DECOY "</scripts> </ script>'</Script >" REAL, "yes");
  assert_finds("<style>/*" DECOY "*/</style>" REAL, "yes");
  assert_finds("<title>" DECOY "</title><textarea>" DECOY "</textarea>" REAL, "yes");
  assert_finds("<scripted>" REAL, "yes");
  assert_nothing("<!-- " DECOY);
  assert_nothing("<script>" DECOY);
  assert_nothing("<b title='" DECOY "'>");
}

static void test_nothing(void **state)
{
  (void)state;
  fm_str raw;
  assert_nothing("");
  assert_nothing("<");
  assert_nothing("<p>text</p>");
  assert_nothing("<b data-target=daily data-props=1>"); /* a value's case counts */
  assert_nothing("<b data-target=Daily>");
  assert_nothing("<b data-props=1>");
  assert_false(fm_attribute_find((fm_str){NULL, 0}, FM_STR("a"), FM_STR("b"), FM_STR("c"), &raw));
}

static void test_cut(void **state)
{
  (void)state;
  static const char page[] = "<p><b data-target=\"Daily\" data-props=\"{abc}\" id=\"x\">more";
  const char *props = strstr(page, "data-props"), *behind = strstr(page, " id");
  for (size_t len = 0; len < sizeof page; len++) {
    char *start = fm_dup(page, len);
    fm_str part = {start, len}, raw;
    bool found = fm_attribute_find(part, FM_STR("data-target"), FM_STR("Daily"),
                                   FM_STR("data-props"), &raw);
    bool is_cut = fm_attribute_truncated(part, FM_STR("data-target"), FM_STR("Daily"),
                                   FM_STR("data-props"));
    const char *at = page + len;
    assert_int_equal(found, at >= strstr(page, "more"));
    assert_int_equal(is_cut, at >= props + strlen("data-props") && at <= behind);
    free(start);
  }
  assert_false(cut("<b data-target=Other data-props=\"{"));
  assert_false(cut("<b data-target=Daily title=\"{"));
}

static void assert_decodes(const char *raw, const char *expected)
{
  fm_arena arena = {0};
  size_t len = strlen(raw);
  char *exact = fm_dup(raw, len);
  fm_str text = fm_attribute_decode((fm_str){exact, len}, &arena);
  if (!fm_str_is(text, expected))
    fail_msg("%s: decoded to %.*s", raw, FM_FMT(text));
  assert_int_equal(text.ptr[text.len], 0);
  free(exact);
  fm_arena_deinit(&arena);
}

static void test_references(void **state)
{
  (void)state;
  assert_decodes("", "");
  assert_decodes("plain text that has none", "plain text that has none");
  assert_decodes("&quot;&amp;&lt;&gt;&#39;&#x27;&#X27;&apos;", "\"&<>''''");
  assert_decodes("&amp;quot; &amp;amp;lt;", "&quot; &amp;lt;");
  assert_decodes("&eacute;&nbsp;&euro;&#233;&#xE9;&#128512;", "é\xc2\xa0€éé😀");
  assert_decodes("&#65&#x41 &#65;", "AA A");
  assert_decodes("&#0;&#xD800;&#x110000;&#99999999999999999999;",
                 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  static const char none[] =
    "& && &; &# &#; &#x; &#xg; &no; &quot &quote; &longerthananyname; &amp";
  assert_decodes(none, none);
}

/* Random sequences of pieces (the same in every run), long enough for the block decoder and
 * larger than an arena block, so that the sanitizer sees writes past the end. */
static void test_mixtures(void **state)
{
  (void)state;
  static const struct {
    const char *raw, *text;
  } pieces[] = {
    {"&quot;", "\""}, {"&amp;", "&"}, {"&quot;:&quot;", "\":\""}, {"&#39;", "'"},
    {"&#x1F9E0;", "🧠"}, {"& ", "& "}, {"&&", "&&"},
    {"&#00000000000000000000000000000000000000000000000000000065;", "A"},
    {"x", "x"}, {"plain text, a bit longer than a word", "plain text, a bit longer than a word"},
    {"&no such;", "&no such;"}, {"&eacute;", "é"}, {"&lt;b&gt;", "<b>"},
    {"no reference in all of this, and it goes on for longer than a block of the machine does",
     "no reference in all of this, and it goes on for longer than a block of the machine does"},
  };
  uint32_t seed = 7;
  for (int round = 0; round < 60; round++) {
    fm_buf raw, text;
    fm_arena arena = {0};
    fm_buf_init(&raw, FM_BUF_MAX);
    fm_buf_init(&text, FM_BUF_MAX);
    while (raw.len < 20000 + (size_t)round) {
      seed = seed * 1664525 + 1013904223;
      size_t i = (seed >> 12) % (round % 3 ? sizeof pieces / sizeof *pieces : 5);
      fm_buf_text(&raw, pieces[i].raw);
      fm_buf_text(&text, pieces[i].text);
    }
    char *exact = fm_dup(raw.ptr, raw.len);
    fm_str decoded = fm_attribute_decode((fm_str){exact, raw.len}, &arena);
    assert_true(fm_str_eq(decoded, fm_buf_view(&text)));
    free(exact);
    fm_arena_deinit(&arena);
    fm_buf_deinit(&raw);
    fm_buf_deinit(&text);
  }
}

/* A reference at each position of a short text, followed by each length. */
static void test_every_place(void **state)
{
  (void)state;
  for (int before = 0; before < 20; before++)
    for (int after = 0; after < 20; after++) {
      char raw[64], expected[64];
      snprintf(raw, sizeof raw, "%.*s&quot;%.*s", before, "abcdefghijklmnopqrst", after,
               "ABCDEFGHIJ\xc3\xa9LMNOPQRST");
      snprintf(expected, sizeof expected, "%.*s\"%.*s", before, "abcdefghijklmnopqrst", after,
               "ABCDEFGHIJ\xc3\xa9LMNOPQRST");
      assert_decodes(raw, expected);
    }
}

static void test_page(void **state)
{
  (void)state;
  fm_str page = read_page("daily", ".html"), raw;
  assert_true(fm_attribute_find(page, FM_STR("data-target"), FM_STR("DailyPapers"),
                                FM_STR("data-props"), &raw));
  fm_arena arena = {0};
  fm_str data = fm_attribute_decode(raw, &arena);
  assert_true(fm_str_starts(data, FM_STR("{\"canSubmit\":false,\"dailyPapers\":[{\"paper\"")));
  assert_true(fm_str_ends(data, FM_STR("\"ratio\":-0.0015}")));
  fm_arena_deinit(&arena);
  free((char *)page.ptr);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_forms),      cmocka_unit_test(test_passes_over_text),
    cmocka_unit_test(test_nothing),    cmocka_unit_test(test_cut),
    cmocka_unit_test(test_references), cmocka_unit_test(test_every_place),
    cmocka_unit_test(test_mixtures),
    cmocka_unit_test(test_page),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
