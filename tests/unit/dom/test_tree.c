#include "dom/tree.h"

#include "base/str.h"
#include "dom/text.h"
#include "pages.h"

#include <feedmill/error.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Parses a page into globals that end() frees. */
static fm_tree tree;
static fm_arena arena;

static xmlNodePtr parse(fm_str html, const char *charset)
{
  assert_int_equal(fm_tree_parse(html, fm_str_of(charset), &tree), FM_OK);
  return xmlDocGetRootElement(tree.doc);
}

static int end(void **state)
{
  (void)state;
  if (tree.doc)
    fm_tree_deinit(&tree);
  fm_arena_deinit(&arena);
  return 0;
}

static xmlNodePtr named(xmlNodePtr top, const char *name)
{
  for (xmlNodePtr at = fm_tree_next(top, top); at; at = fm_tree_next(top, at))
    if (strcmp((const char *)at->name, name) == 0)
      return at;
  fail_msg("no <%s>", name);
  return NULL;
}

static void assert_text(fm_str text, const char *expected)
{
  if (!fm_str_is(text, expected))
    fail_msg("\"%.*s\" is not \"%s\"", FM_FMT(text), expected);
}

static void test_walk(void **state)
{
  (void)state;
  xmlNodePtr root = parse(FM_STR("<div id=a>1<p>2<b>3</b></p><p>4</p></div><i>5</i>"), "");
  xmlNodePtr div = named(root, "div");
  char names[64] = "";
  for (xmlNodePtr at = fm_tree_next(div, div); at; at = fm_tree_next(div, at))
    strncat(names, (const char *)at->name, sizeof names - strlen(names) - 1);
  assert_string_equal(names, "pbp");
  assert_ptr_equal(fm_tree_next(div, NULL), fm_tree_next(div, div));
  assert_null(fm_tree_next(named(root, "b"), NULL));
}

static void test_attributes(void **state)
{
  (void)state;
  xmlNodePtr root =
    parse(FM_STR("<P Data-X='a &lt;&quot;&eacute;&#x1F9E0; b' empty Y=''>x"), "UTF-8");
  xmlNodePtr p = named(root, "p");
  assert_text(fm_node_attribute(p, "data-x", &arena), "a <\"é🧠 b");
  assert_text(fm_node_attribute(p, "y", &arena), "");
  assert_non_null(fm_node_attribute(p, "empty", &arena).ptr);
  assert_null(fm_node_attribute(p, "none", &arena).ptr);
}

static void test_texts(void **state)
{
  (void)state;
  xmlNodePtr root =
    parse(FM_STR("<div> a\n <b>b</b>c<script>no</script> <style>no</style>\td<!-- no -->"
                 "<ul><li>  &amp; e </ul>\n </div>"), "");
  xmlNodePtr div = named(root, "div");
  assert_text(fm_node_text(div, &arena), "a bc d & e");
  assert_text(fm_node_lines(div, &arena), " a\n bc \td  & e \n ");
  assert_text(fm_node_text(named(root, "script"), &arena), "");
}

/* Paragraphs, cells and lines often have no white space between them. */
static void test_text_of_neighbours(void **state)
{
  (void)state;
  static const struct {
    const char *html, *text;
  } cases[] = {
    {"<div><p>one</p><p>two</p>three</div>", "one two three"},
    {"<div>a<br>b<BR/>c<hr>d</div>", "a b c d"},
    {"<div><table><tr><td>a</td><td><a>b</a></td></tr><tr><td>c</table></div>", "a b c"},
    {"<div><dl><dt>a<dd>b<dt>c</dl></div>", "a b c"},
    {"<div>a<b>b</b><span>c</span><a>d</a><sup>2</sup>, e</div>", "abcd2, e"},
    {"<div><p>a</p> <p> b</p>\n</div>", "a b"},
    {"<div>a<p></p>b<ul><li></ul></div>", "a b"},
    {"<div><h2>a<small>b</small></h2><x-y>c</x-y><u>d</u></div>", "ab cd"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    xmlNodePtr root = parse(fm_str_of(cases[i].html), "");
    assert_text(fm_node_text(named(root, "div"), &arena), cases[i].text);
    end(NULL);
  }
}

static void test_cap(void **state)
{
  (void)state;
  fm_buf html;
  fm_buf_init(&html, FM_BUF_MAX);
  fm_buf_text(&html, "<p>x");
  while (html.len < 3 * FM_NODE_TEXT_MAX)
    fm_buf_text(&html, "é");
  xmlNodePtr root = parse(fm_buf_view(&html), "UTF-8");
  fm_str text = fm_node_text(root, &arena);
  assert_in_range(text.len, FM_NODE_TEXT_MAX - 4, FM_NODE_TEXT_MAX);
  assert_true(fm_utf8_valid(text));
  assert_true(fm_str_eq(fm_node_lines(root, &arena), text));
  fm_buf_deinit(&html);
}

static void test_charsets(void **state)
{
  (void)state;
  static const struct {
    fm_str html;
    const char *charset;
  } same[] = {
    {{"<p>h\xc3\xa9</p>", 10}, ""},           /* no declaration, valid UTF-8 */
    {{"<p>h\xc3\xa9</p>", 10}, "utf-8"},
    {{"<p>h\xe9</p>", 9}, "iso-8859-1"},
    {{"<p>h\xe9</p>", 9}, ""},               /* not UTF-8: declared */
    {{"<meta charset=iso-8859-2><p>h\xe9</p>", 34}, ""},
    {{"\xff\xfe<\0p\0>\0h\0\xe9\0", 12}, ""},
    {{"<meta http-equiv=Content-Type content='a/b; charset=UTF-8'><p>h\xc3\xa9</p>", 69}, ""},
    {{"<p>h\xc3\xa9</p>", 10}, "a-charset-that-nobody-knows"},
  };
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    xmlNodePtr root = parse(same[i].html, same[i].charset);
    assert_text(fm_node_text(named(root, "p"), &arena), "hé");
    end(NULL);
  }
}

/* Saved pages often keep a declaration that no longer holds. */
static void test_wrong_declaration(void **state)
{
  (void)state;
  parse(FM_STR("<meta charset=gbk><p>\xe7\x81\xaf\xe5\xa1\x94</p>"), "");
  assert_text(fm_node_text(named(xmlDocGetRootElement(tree.doc), "p"), &arena), "灯塔");
  end(NULL);
  parse(FM_STR("<meta charset=gbk><p>\xb5\xc6\xcb\xfe</p>"), "");
  assert_text(fm_node_text(named(xmlDocGetRootElement(tree.doc), "p"), &arena), "灯塔");
}

/* A byte that is invalid in the encoding is lost, not the rest of the page. */
static void test_bad_bytes(void **state)
{
  (void)state;
  static const fm_str html = {"<meta charset='utf-8'><p>h\xc3\xa9 \xff\x80 \xc3</p><b>on</b>", 45};
  const char *charsets[] = {"", "UTF-8"};
  for (size_t i = 0; i < 2; i++) {
    xmlNodePtr root = parse(html, charsets[i]);
    assert_text(fm_node_text(named(root, "p"), &arena),
                "hé \xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd");
    assert_text(fm_node_text(named(root, "b"), &arena), "on");
    end(NULL);
  }
}

/* Charset labels follow the WHATWG, and bytes invalid in a charset do not end the page. */
static void test_charsets_of_the_web(void **state)
{
  (void)state;
  static const struct {
    const char *html, *charset, *text;
  } cases[] = {
    {"<meta charset=iso-8859-1><p>\x93q\x94 \x80</p><b>on</b>", "", "\u201cq\u201d \u20ac"},
    {"<p>\x93q\x94</p><b>on</b>", "latin1", "\u201cq\u201d"},
    {"<p>\x93q\xe9\x94</p><b>on</b>", "", "\u201cq\u00e9\u201d"},
    {"<meta charset=\"gb2312\"><p>\xe6g\xd6\xd0</p><b>on</b>", "", "\u9394\u4e2d"},
    {"<meta charset=Shift_JIS><p>\x93\xfa \xff.</p><b>on</b>", "", "\u65e5 \ufffd."},
    {"<meta charset=euc-jp><p>\xc6\xfc \xff.</p><b>on</b>", "", "\u65e5 \ufffd."},
    {"<script charset=utf-8></script><META content='text/html;CHARSET = koi8-r'><p>\xc1</p><b>on</b>",
     "", "\u0430"},
    {"<meta charset=utf-16><p>h\xc3\xa9</p><b>on</b>", "", "h\u00e9"},
    {"<meta charset=koi8-r><p>\xe0</p><b>on</b>", "windows-1251", "\u0430"},
    {"\xef\xbb\xbf<meta charset=koi8-r><p>h\xc3\xa9</p><b>on</b>", "", "h\u00e9"},
    {"<p>h\xc3\xa9 \xff</p><b>on</b>", "", "h\u00e9 \ufffd"},
    {"<meta charset=klingon><p>\xe9</p><b>on</b>", "", "\u00e9"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    xmlNodePtr root = parse(fm_str_of(cases[i].html), cases[i].charset);
    assert_text(fm_node_text(named(root, "p"), &arena), cases[i].text);
    assert_text(fm_node_text(named(root, "b"), &arena), "on");
    end(NULL);
  }
  fm_buf late;
  fm_buf_init(&late, FM_BUF_MAX);
  for (int i = 0; i < 1000; i++)
    fm_buf_text(&late, "<!-- x -->");
  fm_buf_text(&late, "<meta charset=koi8-r><p>\xc1</p>");
  assert_text(fm_node_text(named(parse(fm_buf_view(&late), ""), "p"), &arena), "\u0430");
  fm_buf_deinit(&late);
}

static void test_nothing(void **state)
{
  (void)state;
  fm_tree none = {NULL};
  assert_int_equal(fm_tree_parse((fm_str){NULL, 0}, FM_STR(""), &none), FM_E_SYNTAX);
  assert_int_equal(fm_tree_parse(FM_STR("  "), FM_STR(""), &none), FM_E_SYNTAX);
  assert_null(none.doc);
}

/* Elements below the depth limit do not end the page. */
static void test_deep(void **state)
{
  (void)state;
  fm_buf html;
  fm_buf_init(&html, FM_BUF_MAX);
  fm_buf_text(&html, "<p>first</p>");
  for (int i = 0; i < 100000; i++)
    fm_buf_text(&html, "<div>");
  xmlNodePtr root = parse(fm_buf_view(&html), "");
  assert_text(fm_node_text(root, &arena), "first");
  fm_buf_deinit(&html);
}

/* A page truncated anywhere, or with any byte changed, is parsed. */
static void test_broken(void **state)
{
  (void)state;
  fm_str page = read_page("early", ".html");
  char *bytes = fm_dup(page.ptr, page.len);
  for (size_t i = 1; i < page.len; i += 97) {
    char *part = fm_dup(bytes, i);
    fm_tree some = {NULL};
    if (fm_tree_parse((fm_str){part, i}, FM_STR(""), &some) == FM_OK)
      fm_tree_deinit(&some);
    free(part);
    bytes[i] = (char)(i * 31);
  }
  xmlNodePtr root = parse((fm_str){bytes, page.len}, "");
  assert_non_null(root);
  free(bytes);
  free((char *)page.ptr);
}

static void assert_line(fm_str text, const char *expected)
{
  char *exact = fm_dup(text.ptr, text.len), *out = fm_alloc(text.len);
  size_t len = fm_text_fold((fm_str){exact, text.len}, out);
  assert_text((fm_str){out, len}, expected);
  free(exact);
  free(out);
}

static void assert_plain(fm_str text, const char *expected)
{
  char *exact = fm_dup(text.ptr, text.len), *out = fm_alloc(text.len);
  size_t len = fm_text_plain((fm_str){exact, text.len}, out);
  assert_text((fm_str){out, len}, expected);
  free(exact);
  free(out);
}

static void test_fold(void **state)
{
  (void)state;
  assert_line(FM_STR(""), "");
  assert_line(FM_STR(" \t\n"), "");
  assert_line(FM_STR("  a\r\n b\v\fc\t"), "a b c");
  assert_line(FM_STR("\1a\2 \3 b\0\x1f"), "a b");
  assert_line(FM_STR("a\xef\xbf\xbe\xef\xbf\xbf" "b\xef\xbf\xbd\xef\xbb\xbf"),
              "ab\xef\xbf\xbd\xef\xbb\xbf");
  assert_line(FM_STR("\xef\xbf"), "\xef\xbf"); /* truncated: the caller repairs it */
  assert_line(FM_STR("日本\xc2\xa0語 🧠"), "日本\xc2\xa0語 🧠");
}

static void test_plain(void **state)
{
  (void)state;
  assert_plain(FM_STR(""), "");
  assert_plain(FM_STR(" \n a  b\n\n\tc \n"), "a  b\n\n\tc");
  assert_plain(FM_STR("a\r\nb\rc\vd\fe\r"), "a\nb\nc d e");
  assert_plain(FM_STR("\1 a\2\3b\0 \x1f"), "ab");
  assert_plain(FM_STR("eight by eight, then \1 more \xef\xbf\xbf and on to the end"),
               "eight by eight, then  more  and on to the end");
  char text[64], expected[64]; /* a control at each offset of an eight-byte word */
  for (int i = 1; i < 40; i++) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop";
    snprintf(text, sizeof text, "%.*s\x08-end", i, letters);
    snprintf(expected, sizeof expected, "%.*s-end", i, letters);
    assert_plain(fm_str_of(text), expected);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_teardown(test_walk, end),     cmocka_unit_test_teardown(test_attributes, end),
    cmocka_unit_test_teardown(test_texts, end),    cmocka_unit_test_teardown(test_text_of_neighbours, end),
    cmocka_unit_test_teardown(test_cap, end),
    cmocka_unit_test_teardown(test_charsets, end),
    cmocka_unit_test_teardown(test_charsets_of_the_web, end), cmocka_unit_test_teardown(test_nothing, end),
    cmocka_unit_test_teardown(test_bad_bytes, end),
    cmocka_unit_test_teardown(test_deep, end),     cmocka_unit_test_teardown(test_broken, end),
    cmocka_unit_test(test_fold), cmocka_unit_test(test_wrong_declaration),                   cmocka_unit_test(test_plain),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  xmlCleanupParser();
  return failed;
}
