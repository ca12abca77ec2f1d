/* Fuzzes the CSS compiler and both engines: errors have a position, compiled selectors are valid
 * XPath, and both engines find the same elements. Input: the selector, a line break, a page
 * (empty: a built-in one). */
#include "fuzz_kit.h"
#include "dom/css.h"
#include "dom/tree.h"

enum { MOST = 4096 };

static const char own_page[] =
  "<html lang=en><body class='a b'><div id=x data-n=1><p class=a>one <b>two</b><p lang=de-AT>three"
  "<a href=/y rel=NEXT title='c-d e'>four</a><ul><li class='a c'>1<li>2<li class=c>3<li></ul>"
  "<input type=checkbox checked disabled><table><tr><td>5<td>6</table></div><span></span></body></html>";

static void check_same(const fm_css *css, const fm_tree *tree, xmlNodePtr scope)
{
  static xmlNodePtr walked[MOST], asked[MOST], any[MOST];
  fm_finder one, two, three;
  fm_finder_init(&one, tree->doc);
  fm_finder_init(&two, tree->doc);
  fm_finder_init(&three, tree->doc);
  size_t n = fm_css_find(css, &one, scope, any, MOST);
  size_t m = fm_css_find_xpath(css, &two, scope, asked, MOST);
  bool spent = fm_finder_exhausted(&one) || fm_finder_exhausted(&two);
  if (!spent && (n != m || memcmp(any, asked, n * sizeof *any) != 0))
    FUZZ_FAIL("found %zu, by XPath %zu", n, m);
  if (fm_css_is_simple(css)) {
    size_t k = fm_css_find_simple(css, &three, scope, walked, MOST);
    if (!spent && !fm_finder_exhausted(&three) &&
        (k != m || memcmp(walked, asked, k * sizeof *walked) != 0))
      FUZZ_FAIL("walking found %zu, XPath %zu", k, m);
  }
  fm_finder_deinit(&one);
  fm_finder_deinit(&two);
  fm_finder_deinit(&three);
}

static void check_compiled(const fm_css *css, fm_str page, fm_arena *arena)
{
  fm_tree tree;
  fm_why why = {""};
  xmlXPathCompExprPtr compiled;
  size_t at;
  fm_str xpath = fm_css_xpath(css, arena);
  bool plain = xpath.len <= FM_XPATH_MAX && !fm_str_find(xpath, FM_STR("type-index("));
  if (plain && fm_xpath_compile(xpath, &compiled, &at, &why))
    FUZZ_FAIL("no XPath (%s): %.*s", why.text, FM_FMT(xpath));
  if (plain)
    xmlXPathFreeCompExpr(compiled);
  if (fm_tree_parse(page, FM_STR(""), &tree))
    return;
  check_same(css, &tree, (xmlNodePtr)tree.doc);
  xmlNodePtr root = xmlDocGetRootElement(tree.doc);
  if (root && root->children)
    check_same(css, &tree, fm_tree_next(root, root) ? fm_tree_next(root, root) : root);
  fm_tree_deinit(&tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  fm_str rest = {(const char *)data, size};
  fm_str text = fuzz_part(&rest, "\n"), page = fuzz_part(&rest, "\xff\xfe\xff");
  fm_arena arena = {0};
  fm_css *css = NULL;
  fm_why why = {""};
  size_t at = 0;
  int error = fm_css_compile(text, &arena, &css, &at, &why);
  if (error && (!why.text[0] || at > text.len))
    FUZZ_FAIL("refused at %zu of %zu: %s", at, text.len, why.text);
  if (!error)
    check_compiled(css, page.len ? page : fm_str_of(own_page), &arena);
  fm_css_deinit(css);
  fm_arena_deinit(&arena);
  fuzz_free(text);
  fuzz_free(page);
  return 0;
}
