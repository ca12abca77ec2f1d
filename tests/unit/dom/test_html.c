/* Tree construction: the shape of trees, their links and index, and hostile input. Comparison
 * with html5lib is in tests/e2e/test_tree.py. */
#include "cmd/config_kit.h"

#include "dom/finder.h"
#include "dom/html_parser.h"
#include "dom/tree.h"
#include "dom/tree_index.h"

static void write_outline(fm_buf *out, xmlNodePtr node)
{
  for (; node; node = node->next) {
    if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
      fm_buf_addf(out, "'%s'", (const char *)node->content);
    if (node->type != XML_ELEMENT_NODE)
      continue;
    fm_buf_addf(out, "(%s", (const char *)node->name);
    write_outline(out, node->children);
    fm_buf_char(out, ')');
  }
}

static const struct {
  const char *html, *outline;
} cases[] = {
  {"<p>x<p>y", "(html(head)(body(p'x')(p'y')))"},
  {"<table><tr><td>1<td>2<tr><td>3</table>",
   "(html(head)(body(table(tbody(tr(td'1')(td'2'))(tr(td'3'))))))"},
  {"<table>a<tr>b<td>c</table>", "(html(head)(body'ab'(table(tbody(tr(td'c'))))))"},
  {"<ul><li>a<li>b<ul><li>c</ul></ul>", "(html(head)(body(ul(li'a')(li'b'(ul(li'c'))))))"},
  {"<b>1<p>2</b>3</p>4", "(html(head)(body(b'1')(p(b'2')'3')'4'))"},
  {"<a href=x>1<a href=y>2</a>3", "(html(head)(body(a'1')(a'2')'3'))"},
  {"<form><form><input></form>", "(html(head)(body(form(input))))"},
  {"<select><option>a<p>b<option>c</select>d",
   "(html(head)(body(select(option'ab')(option'c'))'d'))"},
  {"<svg><g/><title>t</title><p>x", "(html(head)(body(svg(g)(title't'))(p'x')))"},
  {"<title>a<b></title>", "(html(head(title'a<b>'))(body))"},
  {"<script>a<b</script><style>p{}</style>x", "(html(head(script'a<b')(style'p{}'))(body'x'))"},
  {"<body><script><!--<script></script>--></script>x",
   "(html(head)(body(script'<!--<script></script>-->')'x'))"},
  {"<noscript><p>a</noscript><template><td>b</template>",
   "(html(head(noscript))(body(p'a'(template(td'b')))))"},
  {"<pre>\n\nx</pre><textarea>\ny</textarea>", "(html(head)(body(pre'\nx')(textarea'y')))"},
  {"<!doctype html><p><table></table>", "(html(head)(body(p)(table)))"},
  {"<p><table></table>", "(html(head)(body(p(table))))"},
  {"<svg:g>x</svg:g><x:>y", "(html(head)(body(g'x')(x:'y')))"},
  {"a < b <3 &amp;&eacute&nope;&#0;&#x1;</>c</", "(html(head)(body'a < b <3 &é&nope;\xef\xbf\xbd" "c</'))"},
  {"<p>a</p>\r\nb\rc\x01" "d\fe", "(html(head)(body(p'a')'\nb\ncd e'))"},
  {"<frameset><frame></frameset>x", "(html(head)(frameset(frame)))"},
};

static void test_shapes(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fm_tree tree;
    fm_buf out;
    fm_buf_init(&out, FM_BUF_MAX);
    assert_int_equal(fm_tree_parse(fm_str_of(cases[i].html), FM_STR("utf-8"), &tree), FM_OK);
    write_outline(&out, tree.doc->children);
    fm_buf_char(&out, 0);
    if (strcmp(out.ptr, cases[i].outline) != 0)
      fail_msg("%s: %s\nnot %s", cases[i].html, out.ptr, cases[i].outline);
    fm_buf_deinit(&out);
    fm_tree_deinit(&tree);
  }
}

static void test_attributes(void **state)
{
  (void)state;
  fm_tree tree;
  fm_arena arena = {0};
  assert_int_equal(fm_tree_parse(FM_STR("<html lang=en><body class=a><html lang=de id=c><body class=b id=d>"
                                        "<p A=1 a=2 b='x&amp;y&lt=z' c=\"&copy;\" checked d=x/y e = f/>"),
                                 FM_STR(""), &tree), FM_OK);
  xmlNodePtr html = xmlDocGetRootElement(tree.doc), p = html;
  while (strcmp((const char *)p->name, "p") != 0)
    p = fm_tree_next(html, p);
  static const char *const expected[][2] = {{"a", "1"}, {"b", "x&y&lt=z"}, {"c", "©"},
                                            {"checked", "checked"}, {"d", "x/y"}, {"e", "f/"}};
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
    assert_string_equal(fm_node_attribute(p, expected[i][0], &arena).ptr, expected[i][1]);
  assert_string_equal(fm_node_attribute(html, "lang", &arena).ptr, "en");
  assert_string_equal(fm_node_attribute(html, "id", &arena).ptr, "c");
  assert_string_equal(fm_node_attribute(p->parent, "class", &arena).ptr, "a");
  assert_string_equal(fm_node_attribute(p->parent, "id", &arena).ptr, "d");
  fm_arena_deinit(&arena);
  fm_tree_deinit(&tree);
}

/* Checks the links between nodes, and the index. */
static void check_tree(const fm_tree *tree)
{
  size_t at = 0, from, to;
  xmlNodePtr root = xmlDocGetRootElement(tree->doc);
  assert_non_null(root);
  for (xmlNodePtr n = root; n; n = fm_tree_next(root, n), at++) {
    size_t below = 0;
    assert_true(at < tree->index->count);
    assert_ptr_equal(tree->index->nodes[at], n);
    for (xmlNodePtr c = n->children, before = NULL; c; before = c, c = c->next) {
      assert_ptr_equal(c->parent, n);
      assert_ptr_equal(c->prev, before);
      assert_true(c->next || n->last == c);
    }
    for (xmlNodePtr c = fm_tree_next(n, n); c && below < 300; c = fm_tree_next(n, c))
      below++;
    assert_true(fm_tree_index_below(tree->index, n, &from, &to));
    assert_int_equal(from, at + 1);
    assert_true(below == 300 || to - from == below);
  }
  assert_int_equal(at, tree->index->count);
}

static void random_tag(fm_buf *out)
{
  static const char *const tags[] = {
    "p", "b", "a", "i", "nobr", "div", "ul", "li", "table", "tr", "td", "caption", "col", "tbody", "select",
    "option", "form", "button", "svg", "math", "mi", "title", "desc", "template", "frameset", "head", "body",
    "html", "script", "style", "textarea", "h1", "ruby", "rt", "x:y", "noscript", "plaintext", "object", "br"};
  static const char *const atts[] = {" a=1", " id=x", " class='a b'", " disabled", " x='&lt;", " =", " \"", " /"};
  fm_buf_addf(out, "<%s%s", dice(3) ? "" : "/", tags[dice(sizeof tags / sizeof *tags)]);
  for (unsigned n = dice(3); n > 1; n--)
    fm_buf_text(out, atts[dice(sizeof atts / sizeof *atts)]);
  fm_buf_text(out, dice(20) ? ">" : "");
}

static void test_soup(void **state)
{
  (void)state;
  static const char *const texts[] = {"x", " ", "\n", "&amp;", "<!-- c -->", "<!doctype html>", "<?p?>", "\xc3\xa9",
                                      "<", "<![CDATA[x]]>", "</", "--", "&", "\xff", "\r\n", "\x00\x01"};
  for (int i = 0; i < 20000; i++) {
    fm_buf html;
    fm_tree tree;
    fm_buf_init(&html, FM_BUF_MAX);
    fm_buf_char(&html, 'x');
    for (unsigned n = 1 + dice(30); n; n--)
      if (dice(3))
        random_tag(&html);
      else
        fm_buf_text(&html, texts[dice(sizeof texts / sizeof *texts)]);
    assert_int_equal(fm_tree_parse(fm_buf_view(&html), fm_str_of(dice(2) ? "utf-8" : ""), &tree), FM_OK);
    check_tree(&tree);
    fm_tree_deinit(&tree);
    fm_buf_deinit(&html);
  }
}

static size_t parse_repeated(const char *start, const char *unit, const char *end, int count)
{
  fm_buf html;
  fm_tree tree;
  fm_buf_init(&html, FM_BUF_MAX);
  fm_buf_text(&html, start);
  for (int i = 0; i < count; i++)
    fm_buf_addf(&html, unit, i);
  fm_buf_text(&html, end);
  assert_int_equal(fm_tree_parse(fm_buf_view(&html), FM_STR("utf-8"), &tree), FM_OK);
  size_t deepest = 0, elements = tree.index->count;
  for (size_t i = 0; i < elements; i++) {
    size_t depth = 0;
    for (xmlNodePtr up = tree.index->nodes[i]; up->parent; up = up->parent)
      depth++;
    deepest = depth > deepest ? depth : deepest;
  }
  assert_true(deepest <= 3 * HTML_DEPTH);
  fm_tree_deinit(&tree);
  fm_buf_deinit(&html);
  return elements;
}

/* Depth, clones of formatting elements and time stay in proportion to the page. */
static void test_hostile(void **state)
{
  (void)state;
  assert_int_equal(parse_repeated("", "<div>", "<p>x", 100000), 100004);
  assert_true(parse_repeated("", "<b a=%d>", "", 2000) < 3000);
  assert_true(parse_repeated("<p><b a=1><b a=2><b a=3><b a=4><i a=1><i a=2>", "</p><p>x%d", "", 100000) < 400000);
  assert_true(parse_repeated("<b>", "<div>%d</b>", "", 20000) < 200000);
  assert_true(parse_repeated("", "<a href=%d><table>", "", 20000) < 200000);
  assert_true(parse_repeated("<table>", "<td><a>%d<div>", "", 20000) < 200000);
  assert_true(parse_repeated("", "<script><!--<script></script>%d", "", 20000) < 20010);
  assert_true(parse_repeated("", "<template>", "", 20000) < 30000);
  assert_true(parse_repeated("<p", " a%d=x", ">", 20000) < 10);
}

/* XPath's id() uses libxml2's table of ids. */
static void test_ids(void **state)
{
  (void)state;
  fm_tree tree;
  fm_finder finder;
  fm_why why;
  size_t at;
  xmlXPathCompExprPtr compiled;
  assert_int_equal(fm_tree_parse(FM_STR("<p id=a>1<p id=b>2"), FM_STR(""), &tree), FM_OK);
  assert_int_equal(fm_xpath_compile(FM_STR("id('b')"), &compiled, &at, &why), FM_OK);
  fm_finder_init(&finder, tree.doc);
  xmlXPathObjectPtr result = fm_finder_xpath(&finder, compiled, (xmlNodePtr)tree.doc);
  assert_int_equal(result->nodesetval->nodeNr, 1);
  assert_string_equal(result->nodesetval->nodeTab[0]->children->content, "2");
  xmlXPathFreeObject(result);
  xmlXPathFreeCompExpr(compiled);
  fm_finder_deinit(&finder);
  fm_tree_deinit(&tree);
}

static void test_lines(void **state)
{
  (void)state;
  fm_tree tree;
  assert_int_equal(fm_tree_parse(FM_STR("<p>a\r\n<b>x</b>\n<script>\n\n</script><i>"), FM_STR(""), &tree), FM_OK);
  for (xmlNodePtr n = fm_tree_next(tree.doc->children, NULL); n; n = fm_tree_next(tree.doc->children, n))
    if (strcmp((const char *)n->name, "i") == 0)
      assert_int_equal(n->line, 5);
    else if (strcmp((const char *)n->name, "b") == 0)
      assert_int_equal(n->line, 2);
  fm_tree_deinit(&tree);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_shapes), cmocka_unit_test(test_attributes), cmocka_unit_test(test_soup),
    cmocka_unit_test(test_hostile), cmocka_unit_test(test_ids), cmocka_unit_test(test_lines),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
