#include "cmd/config_kit.h"
#include "dom/css_oracle.h"
#include "dom/css.h"
#include "dom/tree.h"

static fm_arena arena;

static int end(void **state)
{
  (void)state;
  fm_arena_deinit(&arena);
  return 0;
}

static fm_css *compile(const char *text)
{
  fm_css *css;
  size_t at = 0;
  fm_why why = {""};
  if (fm_css_compile(fm_str_of(text), &arena, &css, &at, &why))
    fail_msg("\"%s\": byte %zu: %s", text, at, why.text);
  return css;
}

static const char *attribute(xmlNodePtr node, const char *name)
{
  fm_str value = node->type == XML_ELEMENT_NODE ? fm_node_attribute(node, name, &arena)
                                                : FM_STR("document");
  return value.ptr ? value.ptr : "?";
}

typedef size_t (*engine)(const fm_css *, fm_finder *, xmlNodePtr, xmlNodePtr *, size_t);

/* The ids of the matches, "a b c". */
static const char *found_by(engine find, const fm_css *css, xmlDocPtr doc, xmlNodePtr scope)
{
  static char text[4096];
  xmlNodePtr found[200];
  fm_finder finder;
  fm_finder_init(&finder, doc);
  size_t count = find(css, &finder, scope, found, 200);
  assert_false(fm_finder_exhausted(&finder));
  text[0] = 0;
  for (size_t i = 0; i < count; i++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "",
             attribute(found[i], "id"));
  fm_finder_deinit(&finder);
  return text;
}

static xmlNodePtr by_id(xmlDocPtr doc, const char *id)
{
  xmlNodePtr root = xmlDocGetRootElement(doc);
  if (!*id)
    return (xmlNodePtr)doc;
  for (xmlNodePtr at = root; at; at = fm_tree_next(root, at))
    if (strcmp(attribute(at, "id"), id) == 0)
      return at;
  fail_msg("no element with id %s", id);
  return NULL;
}

/* ---- a page, and what each selector finds in it ---- */

static const char page[] =
  "<!DOCTYPE html><html id=html lang=en><head id=head><title id=title>T</title></head>"
  "<body id=body class='home Page'>"
  "<nav id=nav><a id=n1 href=/ rel=HOME>Home</a><a id=n2 href=/next rel='nofollow Next'>Next</a>"
  "<a id=n3>no link</a></nav>"
  "<div id=list class='list  main\tbig'>"
  "<article id=p1 class='post first' data-id=1 lang=de-AT><h2 id=h1><a id=a1 href=/p/1>One</a></h2>"
  "<p id=t1 class=text>Text of <b id=b1>one</b></p><time id=d1 datetime=2026-08-04>4 Aug</time></article>"
  "<article id=p2 class='post ad' data-id=22><h2 id=h2><a id=a2 href=https://x.example/p/2>Two</a></h2>"
  "<p id=t2></p></article>"
  "<!-- between --><article id=p3 class=post data-id=''><h2 id=h3>Three</h2><p id=t3> </p>"
  "<p id=u3 title='a b'>more</p><p id=v3><!-- c --></p></article></div>"
  "<form id=form><fieldset id=fs disabled><legend id=lg><input id=i0></legend>"
  "<input id=i1 type=CheckBox checked><input id=i2 type=text></fieldset>"
  "<select id=s1><optgroup id=og disabled><option id=o1 selected>1</option></optgroup>"
  "<option id=o2>2</option></select><button id=bt disabled>B</button></form>"
  "<table id=tb><tr id=r1><td id=c1>1</td><td id=c2>2</td></tr><tr id=r2><td id=c3>3</td></tr>"
  "<tr id=r3><td id=c4>4</td></tr><tr id=r4><td id=c5>5</td></tr></table>"
  "<svg:g id=svg :x=1>s</svg:g></body></html>";

typedef struct row {
  const char *scope; /* an id; "": the document */
  const char *selector, *ids;
} row;

static const row rows[] = {
  /* types, classes, ids */
  {"", "article", "p1 p2 p3"},
  {"", "ARTICLE.post", "p1 p2 p3"},
  {"", "article.Post", ""},
  {"", ".post.ad", "p2"},
  {"", ".big", "list"},
  {"", "#p2", "p2"},
  {"", "article#p2.ad", "p2"},
  {"", "*#p2", "p2"},
  {"", "#P2", ""},
  {"", "\\61 rticle#\\70 3", "p3"},
  {"", "#\\000070\\33", "p3"},
  {"", "svg\\:g", "svg"},
  {"", "ns|article", "p1 p2 p3"},
  {"", "*|article", "p1 p2 p3"},
  {"", "|article", "p1 p2 p3"},
  {"", "*|*#p1", "p1"},
  {"p1", "*", "h1 a1 t1 b1 d1"},
  /* combinators */
  {"", "#list > article", "p1 p2 p3"},
  {"", "body article h2 a", "a1 a2"},
  {"", "#list>h2", ""},
  {"", "h2 + p", "t1 t2 t3"},
  {"", "article~article", "p2 p3"},
  {"", "#p1 + article", "p2"},
  {"", "#p1 + #p3", ""},
  {"", "p ~ p", "u3 v3"},
  {"", "nav a + a", "n2 n3"},
  {"", "nav a ~ a ~ a", "n3"},
  {"", "html > body > div > article > h2 > a", "a1 a2"},
  {"", "div article p, nav a , #tb", "n1 n2 n3 t1 t2 t3 u3 v3 tb"},
  {"", "/* a comment */ nav/**/ > /* b */ a", "n1 n2 n3"},
  {"", "h2 a, a", "n1 n2 n3 a1 a2"},
  /* relative to a scope */
  {"p1", "a", "a1"},
  {"p1", "> h2", "h1"},
  {"p1", "> a", ""},
  {"p1", "article a", ""},
  {"p1", "+ article", "p2"},
  {"p1", "+ article a", "a2"},
  {"p1", "~ article", "p2 p3"},
  {"p1", "~ article > p", "t2 t3 u3 v3"},
  {"p3", "+ article", ""},
  {"p1", ":scope", "p1"},
  {"p1", ":scope.post", "p1"},
  {"p1", ":scope.ad", ""},
  {"p1", "b, ~ article > h2:first-child", "b1 h2 h3"}, /* not its own */
  {"p1", ":scope > h2 > a", "a1"},
  {"p1", ":scope a", "a1"},
  {"p1", ":SCOPE + article", "p2"},
  {"p1", ":scope.first ~ article h2", "h2 h3"},
  {"p1", "a, + article a, :scope", "p1 a1 a2"},
  {"", ":scope > html", "html"},
  {"", "article > h2, :scope.x, :scope > html", "html h1 h2 h3"},
  {"", "> html > body", "body"},
  {"r2", "+ tr td", "c4"},
  {"r1", "+ tr + tr td", "c4"},
  {"r1", "+ tr + tr + tr", "r4"},
  {"r1", "+ tr ~ tr td", "c4 c5"},
  {"p1", "+ article p + p", "" },
  {"p1", ":scope + article + article h2, + article", "p2 h3"},
  /* attributes */
  {"", "article[data-id]", "p1 p2 p3"},
  {"", "[data-id='22']", "p2"},
  {"", "[ DATA-id = \"22\" ]", "p2"},
  {"", "[data-id='']", "p3"},
  {"", "[data-id=x]", ""},
  {"", "[rel~=next]", "n2"},
  {"", "[rel=home]", "n1"},
  {"", "[rel=home s]", ""},
  {"", "[rel=HOME s]", "n1"},
  {"", "[class~=post]", "p1 p2 p3"},
  {"", "[class~='post ad']", ""},
  {"", "[class~='']", ""},
  {"", "[class=POST i]", "p3"},
  {"", "[class='POST'I]", "p3"},
  {"", "[lang|=de]", "p1"},
  {"", "[lang|=d]", ""},
  {"", "[lang|='de-at']", "p1"},
  {"", "a[href^='/p']", "a1"},
  {"", "a[href^='']", ""},
  {"", "a[href$='/2']", "a2"},
  {"", "a[href$='']", ""},
  {"", "a[href*='.example']", "a2"},
  {"", "a[href*='']", ""},
  {"", "[|href^=https]", "a2"},
  {"", "[*|href^=https]", "a2"},
  {"", "[title='a\\ b']", "u3"},
  {"", "[title='a\\\n b']", "u3"},
  {"", "[title=\"a\\20 b\"]", "u3"},
  {"", "[\\:x]", "svg"},
  {"", "a:not([href])", "n3"},
  /* positions */
  {"", "article:first-child", "p1"},
  {"", "article:last-child", "p3"},
  {"", "td:only-child", "c3 c4 c5"},
  {"", "p:only-of-type", "t1 t2"},
  {"", "p:first-of-type", "t1 t2 t3"},
  {"", "p:last-of-type", "t1 t2 v3"},
  {"", "article *:first-of-type", "h1 a1 t1 b1 d1 h2 a2 t2 h3 t3"},
  {"", "tr:nth-child(odd)", "r1 r3"},
  {"", "tr:nth-child(EVEN)", "r2 r4"},
  {"", "tr:nth-child(2n+1)", "r1 r3"},
  {"", "tr:nth-child( 2N - 1 )", "r1 r3"},
  {"", "tr:nth-child(-n+2)", "r1 r2"},
  {"", "tr:nth-child(n+3)", "r3 r4"},
  {"", "tr:nth-child(n)", "r1 r2 r3 r4"},
  {"", "tr:nth-child(0n+2)", "r2"},
  {"", "tr:nth-child(+3)", "r3"},
  {"", "tr:nth-child(-3)", ""},
  {"", "tr:nth-child(0)", ""},
  {"", "tr:nth-child(-2n+3)", "r1 r3"},
  {"", "tr:nth-child(3n-1)", "r2"},
  {"", "tr:nth-last-child(1)", "r4"},
  {"", "tr:nth-last-child(-n+2)", "r3 r4"},
  {"", "td:nth-child(2)", "c2"},
  {"", "p:nth-of-type(2)", "u3"},
  {"", "p:nth-last-of-type(2)", "u3"},
  {"", "tr:nth-child(99999999999)", ""},
  {"p3", "> :nth-of-type(2)", "u3"},
  /* other pseudo-classes */
  {"", ":root", "html"},
  {"", ":root > body", "body"},
  {"", "p:empty", "t2 v3"},
  {"", "nav :link", "n1 n2"},
  {"", "nav :any-link", "n1 n2"},
  {"", ":lang(de)", "p1 h1 a1 t1 b1 d1"},
  {"", "article:lang(en)", "p2 p3"},
  {"", "article:lang('DE-at')", "p1"},
  {"", ":checked", "i1 o1"},
  {"", ":disabled", "fs i1 i2 og o1 bt"},
  {"", ":enabled", "i0 s1 o2"},
  {"", "a:hover, a:visited, a:active, a:focus, a:target", ""},
  {"", "article:not(:hover)", "p1 p2 p3"},
  /* of other selectors */
  {"", "article:not(.ad)", "p1 p3"},
  {"", "article:not(.ad, .first)", "p3"},
  {"", "article:not(.ad):not(.first)", "p3"},
  {"", "p:not(article > p + p)", "t1 t2 t3"},
  {"", ":is(h2, nav) > a", "n1 n2 n3 a1 a2"},
  {"", ":where(#p1,#p2) :is(a,b)", "a1 b1 a2"},
  {"", "a:matches(nav *)", "n1 n2 n3"},
  {"", "a:is(:not(:is(nav a)))", "a1 a2"},
  {"", "article:has(a)", "p1 p2"},
  {"", "article:has(> a)", ""},
  {"", "article:has(> h2 > a)", "p1 p2"},
  {"", "article:has(+ .ad)", "p1"},
  {"", "article:has(~ article)", "p1 p2"},
  {"", "article:not(:has(a))", "p3"},
  {"", "h2:has(+ p:empty) a", "a2"},
  {"", "article:has(time, b):has(h2)", "p1"},
  {"", "article:has(:scope > time)", "p1"},
  {"", "tr:has(td:nth-child(2))", "r1"},
  {"", "article:contains('one')", "p1"},
  {"", "a:contains(One)", "a1"},
  {"", "article:contains(\"Text of one\")", "p1"},
  {"", "article:contains( Text of )", "p1"},
  {"", "a:contains('\\4fne')", "a1"},
  {"", "p:contains('no\\'\\22 e')", ""},
  {"", "article:not(:contains('T'))", ""},
  {"p1", ":scope:has(time)", "p1"},
  {"p2", ":scope:has(time)", ""},
  {"", "td:contains('3'), td:contains('1')", "c1 c3"},
};

static void test_table(void **state)
{
  (void)state;
  fm_tree tree;
  assert_int_equal(fm_tree_parse(fm_str_of(page), (fm_str){0}, &tree), FM_OK);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const row *r = &rows[i];
    fm_css *css = compile(r->selector);
    xmlNodePtr scope = by_id(tree.doc, r->scope);
    const char *ids = found_by(fm_css_find_xpath, css, tree.doc, scope);
    if (strcmp(ids, r->ids) != 0)
      fail_msg("%s from \"%s\" by XPath: \"%s\", not \"%s\"\n%s", r->selector, r->scope, ids, r->ids,
               fm_css_xpath(css, &arena).ptr);
    ids = fm_css_is_simple(css) ? found_by(fm_css_find_simple, css, tree.doc, scope) : r->ids;
    if (strcmp(ids, r->ids) != 0)
      fail_msg("%s from \"%s\" by walking: \"%s\", not \"%s\"", r->selector, r->scope, ids, r->ids);
    assert_string_equal(found_by(fm_css_find, css, tree.doc, scope), r->ids);
    fm_css_deinit(css);
  }
  fm_tree_deinit(&tree);
}

static void test_most(void **state)
{
  (void)state;
  fm_tree tree;
  assert_int_equal(fm_tree_parse(fm_str_of(page), (fm_str){0}, &tree), FM_OK);
  static const char *const selectors[] = {"article", "article:has(h2)"};
  for (size_t i = 0; i < 2; i++) {
    xmlNodePtr found[2];
    fm_finder finder;
    fm_css *css = compile(selectors[i]);
    fm_finder_init(&finder, tree.doc);
    assert_int_equal(fm_css_find(css, &finder, (xmlNodePtr)tree.doc, found, 2), 2);
    assert_string_equal(attribute(found[0], "id"), "p1");
    assert_string_equal(attribute(found[1], "id"), "p2");
    assert_int_equal(fm_css_find(css, &finder, (xmlNodePtr)tree.doc, found, 0), 0);
    fm_finder_deinit(&finder);
    fm_css_deinit(css);
  }
  fm_tree_deinit(&tree);
}

/* ---- what is wrong, and where ---- */

static const struct {
  const char *selector;
  size_t at;
  const char *reason;
} faults[] = {
  {"", 0, "ends where a selector"},
  {"   ", 3, "ends where a selector"},
  {"a >", 3, "ends where a selector"},
  {"a > > b", 4, "\">\" stands where a selector"},
  {"a,", 2, "ends where a selector"},
  {",a", 0, "\",\" stands where a selector"},
  {"a,,b", 2, "\",\" stands where a selector"},
  {"a..b", 2, "\".\" stands where a name"},
  {".5", 1, "\"5\" stands where a name"},
  {"#", 1, "ends where a name"},
  {"#1a", 0, "write [id=\"1a\"]"},
  {"a$b", 1, "\"$\" stands where a combinator or the end"},
  {"a{}", 1, "\"{\""},
  {"h2 a @href", 5, "\"@\" stands where a selector"},
  {"a)", 1, "\")\" stands where"},
  {"[", 1, "ends where a name"},
  {"[]", 1, "\"]\" stands where a name"},
  {"[a=]", 3, "a value"},
  {"[a=5]", 3, "anything in quotes"},
  {"[a!=b]", 2, "one of ] = ~="},
  {"[a='b]", 3, "not closed by its quote"},
  {"[a=b", 4, "ends where \"]\""},
  {"[a=b x]", 5, "\"x\" stands where \"]\""},
  {"a::before", 1, "pseudo-elements"},
  {"a:before", 1, "pseudo-element"},
  {"a:frist-child", 1, "did you mean \":first-child\"?"},
  {"a:foobarbaz", 1, "unknown pseudo-class \":foobarbaz\""},
  {"a:first-child(2)", 13, "takes no ( )"},
  {"a:nth-child", 11, "wants ( )"},
  {"a:nth-child()", 12, "odd, even, a number"},
  {"a:nth-child(foo)", 12, "odd, even, a number"},
  {"a:nth-child(2n+)", 15, "a number"},
  {"a:nth-child(2n 1)", 15, "\"1\" stands where \")\""},
  {"a:nth-child(1 of b)", 14, "\"o\" stands where \")\""},
  {"a:not()", 6, "\")\" stands where a selector"},
  {"a:not(b", 7, "ends where \")\""},
  {"a:not(> b)", 6, "\">\" stands where a selector"},
  {"a:is(b,)", 7, "\")\" stands where a selector"},
  {"a:has(b:fu)", 7, "unknown pseudo-class"},
  {"a :scope", 2, "at the start"},
  {"a:not(:scope)", 6, "at the start"},
  {":scopea", 6, "a combinator"},
  {"a:contains()", 11, "a text is wanted"},
  {"a:contains('x)", 11, "not closed by its quote"},
  {"a:lang()", 7, "a name"},
  {"a /* b", 2, "comment is not closed"},
  {"\xc3\xa9 \xe2\x82\xac.1", 7, "\"1\""},
  {":is(:is(:is(:is(:is(:is(:is(:is(:is(a)))))))))", 36, "more than 8 levels"},
};

static void test_faults(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    fm_css *css = NULL;
    size_t at = 999;
    fm_why why = {""};
    int error = fm_css_compile(fm_str_of(faults[i].selector), &arena, &css, &at, &why);
    if (error != FM_E_SYNTAX || at != faults[i].at || !strstr(why.text, faults[i].reason))
      fail_msg("\"%s\": %d, byte %zu: %s", faults[i].selector, error, at, why.text);
  }
}

static void test_long_and_odd(void **state)
{
  (void)state;
  char text[FM_CSS_MAX + 2];
  fm_css *css;
  size_t at;
  fm_why why;
  memset(text, 'a', sizeof text);
  assert_int_equal(fm_css_compile((fm_str){text, FM_CSS_MAX}, &arena, &css, &at, &why), FM_OK);
  assert_int_equal(fm_css_compile((fm_str){text, FM_CSS_MAX + 1}, &arena, &css, &at, &why),
                   FM_E_SYNTAX);
  assert_int_equal(fm_css_compile((fm_str){"a\0b", 3}, &arena, &css, &at, &why), FM_E_SYNTAX);
  assert_int_equal(fm_css_compile(FM_STR("a\xff"), &arena, &css, &at, &why), FM_E_SYNTAX);
  assert_int_equal(fm_css_compile(FM_STR("a[b='\1']"), &arena, &css, &at, &why), FM_E_SYNTAX);
  assert_int_equal(at, 5);
  assert_int_equal(fm_css_compile(FM_STR("a[b='\xef\xbf\xbf']"), &arena, &css, &at, &why),
                   FM_E_SYNTAX);
  assert_int_equal(fm_css_compile((fm_str){"a\\", 2}, &arena, &css, &at, &why), FM_E_SYNTAX);
}

/* Whatever stands in the text, it is taken or refused with a place in it. */
static void test_random_text(void **state)
{
  (void)state;
  static const char *const parts[] = {
    "a", "div", "*", ".", "#", "x", "[", "]", "=", "~=", "'", "\"", "v", ":", "::", "not(", "is(",
    "has(", "contains(", "nth-child(", "2n+1", "-n", ")", " ", ">", "+", "~", ",", "\\", "\\41 ", "|",
    "/*", "*/", "scope", "root", "first-child", "\xc3\xa9", "\n", "1", "lang(", "i", "@", "odd"};
  for (int round = 0; round < 20000; round++) {
    fm_arena own = {0};
    char text[256] = "";
    for (uint32_t n = dice(12) + 1; n; n--)
      strcat(text, parts[dice(sizeof parts / sizeof *parts)]);
    fm_css *css = NULL;
    size_t at = 0;
    fm_why why = {""};
    if (fm_css_compile(fm_str_of(text), &own, &css, &at, &why) == FM_OK) {
      xmlXPathCompExprPtr x = xmlXPathCompile(BAD_CAST fm_css_xpath(css, &own).ptr);
      if (!x)
        fail_msg("%s: no XPath: %s", text, fm_css_xpath(css, &own).ptr);
      xmlXPathFreeCompExpr(x);
      fm_css_deinit(css);
    } else {
      assert_true(at <= strlen(text));
      assert_true(why.text[0]);
    }
    fm_arena_deinit(&own);
  }
}

/* ---- against an independent matcher ---- */

static void compare(const char *what, const osel *sel, const char *text, const fm_css *css,
                    engine find, xmlDocPtr doc, xmlNodePtr scope, int from)
{
  xmlNodePtr found[NODES];
  bool in[NODES] = {false};
  fm_finder finder;
  fm_finder_init(&finder, doc);
  size_t count = find(css, &finder, scope, found, NODES);
  int last = -1;
  for (size_t i = 0; i < count; i++) {
    int n = atoi(attribute(found[i], "data-n"));
    assert_false(in[n]);
    assert_true(last < 0 || xmlXPathCmpNodes(found[i - 1], found[i]) == 1);
    in[n] = true;
    last = n;
  }
  fm_finder_deinit(&finder);
  oset wanted = match_sel(sel, from, true);
  for (int n = 0; n < nnodes; n++)
    if (in[n] != wanted.in[n])
      fail_msg("%s: \"%s\" from %d: element %d is %sfound", what, text, from, n,
               in[n] ? "" : "not ");
}

static void one_round(void)
{
  fm_arena own = {0};
  fm_buf html, text;
  fm_tree tree;
  fm_buf_init(&html, FM_BUF_MAX);
  random_tree();
  write_node(&html, 0);
  assert_int_equal(fm_tree_parse(fm_buf_view(&html), FM_STR("utf-8"), &tree), FM_OK);
  for (int i = 0; i < 5; i++) {
    int from = dice(3) ? -1 : (int)dice((uint32_t)nnodes);
    const osel *sel = random_sel(&own, DEEP, from >= 0);
    fm_buf_init(&text, FM_CSS_MAX);
    write_sel(&text, sel);
    fm_buf_char(&text, 0);
    xmlNodePtr scope = (xmlNodePtr)tree.doc;
    if (from >= 0)
      for (scope = xmlDocGetRootElement(tree.doc); atoi(attribute(scope, "data-n")) != from;)
        scope = fm_tree_next(xmlDocGetRootElement(tree.doc), scope);
    if (!text.full) {
      fm_css *css = compile(text.ptr);
      compare("XPath", sel, text.ptr, css, fm_css_find_xpath, tree.doc, scope, from);
      if (fm_css_is_simple(css))
        compare("walking", sel, text.ptr, css, fm_css_find_simple, tree.doc, scope, from);
      fm_css_deinit(css);
    }
    fm_buf_deinit(&text);
  }
  fm_tree_deinit(&tree);
  fm_buf_deinit(&html);
  fm_arena_deinit(&own);
}

static void test_random(void **state)
{
  (void)state;
  for (int round = 0; round < ROUNDS; round++) {
    one_round();
    fm_arena_deinit(&arena);
  }
}

/* ---- what a query may cost ---- */

static void test_steps_run_out(void **state)
{
  (void)state;
  fm_buf html;
  fm_tree tree;
  fm_buf_init(&html, FM_BUF_MAX);
  for (int i = 0; i < 20000; i++)
    fm_buf_text(&html, "<b>x</b>");
  assert_int_equal(fm_tree_parse(fm_buf_view(&html), (fm_str){0}, &tree), FM_OK);
  static const char *const costly[] = {"i ~ b ~ b ~ b", "b:has(~ b ~ b.x)"};
  for (size_t i = 0; i < 2; i++) {
    xmlNodePtr found[10];
    fm_finder finder;
    fm_css *css = compile(costly[i]);
    fm_finder_init(&finder, tree.doc);
    assert_int_equal(fm_css_find(css, &finder, (xmlNodePtr)tree.doc, found, 10), 0);
    assert_true(fm_finder_exhausted(&finder));
    fm_finder_deinit(&finder);
    fm_css_deinit(css);
  }
  /* Positions in a long list are counted once. */
  fm_finder finder;
  xmlNodePtr found[3];
  fm_css *css = compile("b:nth-last-child(3n+1):nth-of-type(even):not(:nth-child(n+20000))");
  fm_finder_init(&finder, tree.doc);
  assert_int_equal(fm_css_find(css, &finder, (xmlNodePtr)tree.doc, found, 3), 3);
  assert_int_equal(fm_css_find(compile("b:nth-last-child(1)"), &finder, (xmlNodePtr)tree.doc, found,
                               3), 1);
  assert_true(FM_FINDER_STEPS - finder.steps < 20 * 20000);
  fm_finder_deinit(&finder);
  fm_tree_deinit(&tree);
  fm_buf_deinit(&html);
}

/* ---- XPath that a person wrote ---- */

static void test_xpath_faults(void **state)
{
  (void)state;
  static const struct {
    const char *text, *reason;
    size_t at;
  } wrong_ones[] = {
    {"//a[", "malformed", 4},      {"//a[foo()]", "no function \"foo\"", 4},
    {"//a['x]", "quote", 7},       {"$x", "no variables", 0},
    {"//svg:g", "no namespaces", 2}, {"", "malformed", 0},
    {"//a[1", "[", 5},             {"current()/a", "no function \"current\"", 0},
  };
  for (size_t i = 0; i < sizeof wrong_ones / sizeof *wrong_ones; i++) {
    xmlXPathCompExprPtr x = NULL;
    size_t at = 999;
    fm_why why = {""};
    int error = fm_xpath_compile(fm_str_of(wrong_ones[i].text), &x, &at, &why);
    if (error != FM_E_SYNTAX || at != wrong_ones[i].at || !strstr(why.text, wrong_ones[i].reason))
      fail_msg("\"%s\": %d, byte %zu: %s", wrong_ones[i].text, error, at, why.text);
  }
}

static void test_xpath(void **state)
{
  (void)state;
  static const char *const good[] = {
    "//article", ".//a/@href", "string(.//a)", "normalize-space(h2)", "count(//a) > 2 and not(b)",
    "//a[contains(., 'x:y')]", "ancestor::div | self::node()", "(//a)[last()]/text()",
    "//a[@href and (position() mod 2) = 1]", "//a[(count(../a)) -(1) >= 0]", "(2)-(1)", "3.-(.5)"};
  fm_tree tree;
  assert_int_equal(fm_tree_parse(fm_str_of(page), (fm_str){0}, &tree), FM_OK);
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    xmlXPathCompExprPtr x = NULL;
    size_t at;
    fm_why why = {""};
    fm_finder finder;
    if (fm_xpath_compile(fm_str_of(good[i]), &x, &at, &why))
      fail_msg("%s: %s", good[i], why.text);
    fm_finder_init(&finder, tree.doc);
    xmlXPathObjectPtr result = fm_finder_xpath(&finder, x, by_id(tree.doc, "p1"));
    assert_non_null(result);
    xmlXPathFreeObject(result);
    fm_finder_deinit(&finder);
    xmlXPathFreeCompExpr(x);
  }
  fm_tree_deinit(&tree);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_table),       cmocka_unit_test(test_most),
    cmocka_unit_test(test_faults),      cmocka_unit_test(test_long_and_odd),
    cmocka_unit_test(test_random_text), cmocka_unit_test(test_random),
    cmocka_unit_test(test_steps_run_out),
    cmocka_unit_test(test_xpath_faults), cmocka_unit_test(test_xpath),
  };
  return cmocka_run_group_tests(tests, NULL, end);
}
