/* The tree that we build, held against the one that libxml2's own builder makes. */
#include "cmd/config_kit.h"

#include "dom/finder.h"
#include "dom/tree.h"
#include "dom/tree_build.h"

#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>

static bool same_text(const xmlChar *a, const xmlChar *b)
{
  return strcmp(a ? (const char *)a : "", b ? (const char *)b : "") == 0;
}

static void fail_at(xmlNodePtr a, xmlNodePtr b, const char *what)
{
  fail_msg("%s: ours %d %s \"%.60s\", libxml2's %d %s \"%.60s\"", what, a ? (int)a->type : 0,
           a && a->name ? (const char *)a->name : "-", a && a->type != XML_ELEMENT_NODE && a->content ? (const char *)a->content : "",
           b ? (int)b->type : 0, b && b->name ? (const char *)b->name : "-",
           b && b->type != XML_ELEMENT_NODE && b->content ? (const char *)b->content : "");
}

static void same_attributes(xmlNodePtr a, xmlNodePtr b)
{
  xmlAttrPtr x = a->properties, y = b->properties;
  for (; x && y; x = x->next, y = y->next) {
    if (!same_text(x->name, y->name) || (x->children != NULL) != (y->children != NULL) ||
        (x->children && !same_text(x->children->content, y->children->content)))
      fail_at(a, b, "attributes differ");
    assert_ptr_equal(x->parent, a);
    assert_true(!x->children || (x->children == x->last && x->children->parent == (xmlNodePtr)x));
  }
  if (x || y)
    fail_at(a, b, "number of attributes");
}

static void same_node(xmlNodePtr a, xmlNodePtr b)
{
  if (a->type != b->type || (a->type != XML_CDATA_SECTION_NODE && !same_text(a->name, b->name)))
    fail_at(a, b, "nodes differ");
  if (a->type == XML_ELEMENT_NODE)
    same_attributes(a, b);
  else if (a->type != XML_DTD_NODE && !same_text(a->content, b->content))
    fail_at(a, b, "texts differ");
  if (a->type == XML_ELEMENT_NODE && a->line != b->line)
    fail_at(a, b, "lines differ");
}

/* Without recursion: pages may be deep. */
static void same_trees(xmlNodePtr a, xmlNodePtr b)
{
  xmlNodePtr top = a;
  for (;;) {
    xmlNodePtr c = a->type == XML_DTD_NODE ? NULL : a->children, d = b->type == XML_DTD_NODE ? NULL : b->children;
    if ((c != NULL) != (d != NULL))
      fail_at(c, d, "children");
    if (c) {
      assert_null(c->prev);
      assert_ptr_equal(c->parent, a);
      a = c;
      b = d;
      same_node(a, b);
      continue;
    }
    while (a != top && !a->next) {
      if (b->next)
        fail_at(a, b->next, "more");
      assert_ptr_equal(a->parent->last, a);
      a = a->parent;
      b = b->parent;
    }
    if (a == top)
      return;
    if (!b->next)
      fail_at(a->next, NULL, "fewer");
    assert_ptr_equal(a->next->prev, a);
    a = a->next;
    b = b->next;
    same_node(a, b);
  }
}

static void check_place(const fm_tree_index *index, xmlNodePtr node, size_t *at)
{
  size_t from, to, count = 0;
  assert_true(*at < index->count);
  assert_ptr_equal(index->nodes[(*at)++], node);
  assert_true(fm_tree_index_below(index, node, &from, &to));
  for (xmlNodePtr n = fm_tree_next(node, node); n; n = fm_tree_next(node, n))
    count++;
  assert_int_equal(from, *at);
  assert_int_equal(to - from, count);
}

/* Document order, and where each element's part of it ends. */
static void check_index(const fm_tree *tree)
{
  size_t at = 0;
  for (xmlNodePtr top = tree->doc->children; top; top = top->next)
    for (xmlNodePtr n = top; n && top->type == XML_ELEMENT_NODE; n = fm_tree_next(top, n))
      check_place(tree->index, n, &at);
  assert_int_equal(at, tree->index->count);
}

static void ignore(void *data, xmlErrorPtr error)
{
  (void)data;
  (void)error;
}

static void compare(fm_str html, const char *encoding)
{
  int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
  fm_tree tree;
  xmlSetStructuredErrorFunc(NULL, ignore);
  htmlDocPtr theirs = htmlReadMemory(html.ptr, (int)html.len, NULL, encoding, options);
  xmlSetStructuredErrorFunc(NULL, NULL);
  int error = fm_tree_parse(html, fm_str_of(encoding ? encoding : ""), &tree);
  bool rooted = theirs && xmlDocGetRootElement(theirs);
  assert_int_equal(error == FM_OK, rooted);
  if (rooted) {
    same_trees((xmlNodePtr)tree.doc, (xmlNodePtr)theirs);
    check_index(&tree);
    fm_tree_deinit(&tree);
  }
  xmlFreeDoc(theirs);
}

static void test_cases(void **state)
{
  (void)state;
  static const char *const pages[] = {
    "<p>x", "x", "<!-- c -->", "<!doctype html><p>x<p>y", "<!-- a --><!doctype html><!-- b --><html><p>x</html><!-- d -->",
    "<html lang=en><body class=a><html class=b id=c><body id=d><p>x", "<?php echo 1 ?><p>x<?x?>",
    "<p a=1 A=2 b disabled c='' d=\"&amp;&lt;&#65;&eacute;&nope;\" checked>x", "<svg:g xlink:href=a><x:>y</svg:g>",
    "<script>a<b</script><style>p>q{}</style><script></script>", "<p>a&amp;b&lt;c&nbsp;d&#x1F9E0;&bogus;e",
    "<table><tr><td>1<td>2<tr><p>x</table><ul><li>a<li>b</ul>", "<br><br/><img src=x><hr>y</br></p>z",
    "<p><b>1<p>2</b>3</p></div></span>4", "</p>x</html>y", "<title>a<b>c</title><textarea><p></textarea>",
    "\n\n<p>\n <b> x </b>\n\n</p>\n", "<frameset><frame src=a></frameset>", "<p id=a><p id=a><p id=''>",
    "<a href='x\ny'>z</a><p>\r\nq\r\n</p>", "<select><option>1<option selected>2</select>"};
  for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
    compare(fm_str_of(pages[i]), "UTF-8");
}

/* Long texts come in parts. */
static void test_long(void **state)
{
  (void)state;
  fm_buf html;
  fm_buf_init(&html, FM_BUF_MAX);
  fm_buf_text(&html, "<p title='");
  for (int i = 0; i < 30000; i++)
    fm_buf_addf(&html, "%d \xc3\xa9 ", i);
  fm_buf_text(&html, "'>");
  for (int i = 0; i < 30000; i++)
    fm_buf_addf(&html, "%d \xc3\xa9 &amp; ", i);
  fm_buf_text(&html, "<script>");
  for (int i = 0; i < 30000; i++)
    fm_buf_addf(&html, "f(%d);\n", i);
  fm_buf_text(&html, "</script><p>end");
  compare(fm_buf_view(&html), "UTF-8");
  fm_buf_deinit(&html);
}

/* Long scripts are taken out before the parser and put back, wherever they stand. */
static void test_scripts(void **state)
{
  (void)state;
  static const char *const around[][2] = {
    {"<p>a</p>\n<script>", "</script>\n<p>b</p>"}, {"<script src='x>y' a=\"'\">", "</SCRIPT ><p>b"},
    {"<script>short()</script><script>", "</script><script>short()</script><i>z"}, {"<script>", ""},
    {"<!-- <script>", "</script> --><p>b"}, {"<p title='<script>", "</script>'>b"},
    {"<style>a<script>", "</script>b</style><p>c"}, {"<title><script>", "</script></title>"},
    {"<SCRIPT>", "</SCRIPT>b"}, {"<script>\x01", "</script>b"}, {"<script>\xef\xbf\xbf", "</script>b"},
    {"<script>~feedmill-long-script:0000", "</script>b"}, {"<p>~feedmill-long-script:0000<script>", "</script>b"},
    {"<?x <script>", "</script>?><p>b"}, {"<script>a</scrip", "</script>b"}, {"<scripts>", "</scripts>b"},
    {"<script", "></script>b"}, {"<!-- <script> --><p>", "</p><script>x</script>b"},
    {"<a title=\"<script>\">", "</a><script>x</script>b"}, {"<style><script></style><p>", "</p><script>x</script>b"}, {"<textarea><script>", "</script></textarea>b"}};
  for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
    fm_buf html;
    fm_buf_init(&html, FM_BUF_MAX);
    for (int twice = 0; twice < 2; twice++) {
      fm_buf_text(&html, around[i][0]);
      for (int k = 0; k < 1000; k++)
        fm_buf_addf(&html, " if (%d < \"\xc3\xa9\") \n", k);
      fm_buf_text(&html, around[i][1]);
    }
    compare(fm_buf_view(&html), "UTF-8");
    fm_buf_deinit(&html);
  }
}

/* libxml2 ends such a page at the 256th; here what is deeper stands beside it. */
static void test_deep(void **state)
{
  (void)state;
  fm_buf html;
  fm_tree tree;
  fm_buf_init(&html, FM_BUF_MAX);
  for (int i = 0; i < 100000; i++)
    fm_buf_text(&html, "<div>");
  fm_buf_text(&html, "<p>bottom</p>");
  for (int i = 0; i < 100000; i++)
    fm_buf_text(&html, "</div>");
  fm_buf_text(&html, "<p>end</p>");
  assert_int_equal(fm_tree_parse(fm_buf_view(&html), FM_STR("utf-8"), &tree), FM_OK);
  size_t most = 0, elements = 0;
  xmlNodePtr top = xmlDocGetRootElement(tree.doc), last = NULL;
  for (xmlNodePtr n = top; n; last = n, n = fm_tree_next(top, n), elements++) {
    size_t depth = 0;
    for (xmlNodePtr up = n; up->parent; up = up->parent)
      depth++;
    most = depth > most ? depth : most;
  }
  assert_int_equal(most, TREE_DEPTH + 1);
  assert_int_equal(elements, 100000 + 4);
  assert_string_equal(last->children->content, "end");
  assert_string_equal(last->parent->name, "body");
  assert_int_equal(tree.index->count, elements);
  fm_tree_deinit(&tree);
  fm_buf_deinit(&html);
}

static void test_pages(void **state)
{
  (void)state;
  static const char *const names[] = {"daily", "form-2024", "search", "ragged", "empty-day"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[100];
    snprintf(path, sizeof path, "build/pages/%s.html", names[i]);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fm_buf html;
    fm_buf_init(&html, FM_BUF_MAX);
    fm_buf_reserve(&html, 4 << 20);
    html.len = fread(html.ptr, 1, 4 << 20, file);
    fclose(file);
    compare(fm_buf_view(&html), "UTF-8");
    fm_buf_deinit(&html);
  }
}

static void random_tag(fm_buf *out)
{
  static const char *const tags[] = {"p", "b", "div", "ul", "li", "table", "tr", "td", "a", "br", "img", "html", "body",
                                     "head", "title", "script", "style", "svg", "article", "h1", "form", "option",
                                     "x:y", "dl", "dt", "dd", "textarea", "i", "span", "tbody", "frameset", "meta"};
  static const char *const atts[] = {" a=1", " id=x", " class='a b'", " disabled", " href=\"?a=1&amp;b\"", " x='&lt;",
                                     " =", " \"", " xmlns:a=b", " /", " ID=y ID=z", "\n"};
  fm_buf_addf(out, "<%s%s", dice(3) ? "" : "/", tags[dice(sizeof tags / sizeof *tags)]);
  for (unsigned n = dice(4); n > 1; n--)
    fm_buf_text(out, atts[dice(sizeof atts / sizeof *atts)]);
  fm_buf_text(out, dice(20) ? ">" : "");
}

static void test_soup(void **state)
{
  (void)state;
  static const char *const texts[] = {"x", " ", "\n", "&amp;", "&eacute;", "&#0;", "<!-- c -->", "<!doctype html>", "<?p?>",
                                      "\xc3\xa9", "<", "a < b", "<![CDATA[x]]>", "</", "--", "&", "\t\t", "]]>"};
  for (int i = 0; i < 20000; i++) {
    fm_buf html;
    fm_buf_init(&html, FM_BUF_MAX);
    for (unsigned n = 1 + dice(25); n; n--)
      if (dice(3))
        random_tag(&html);
      else
        fm_buf_text(&html, texts[dice(sizeof texts / sizeof *texts)]);
    compare(fm_buf_view(&html), "UTF-8");
    fm_buf_deinit(&html);
  }
}

/* XPath's id() looks where libxml2 keeps ids. */
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

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_cases), cmocka_unit_test(test_long), cmocka_unit_test(test_deep),
    cmocka_unit_test(test_scripts),
    cmocka_unit_test(test_pages), cmocka_unit_test(test_soup), cmocka_unit_test(test_ids),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
