/* The sanitizer: attacks of every public kind, written anew; what must survive; and
 * that cleaning twice changes nothing. Outputs are judged by another parser. */
#include "feed/html/attacks.h"
#include "feed/html/sanitize.h"
#include "feed/html/html_judge.h"
#include "sample.h"

#define BASE FM_STR("https://page.test/news/today?x=1")


static fm_str clean(fm_str html, fm_buf *out)
{
  fm_buf_init(out, 1 << 20);
  assert_int_equal(fm_html_clean(html, BASE, out), FM_OK);
  return fm_buf_view(out);
}

static void check_safe(fm_str html)
{
  fm_buf once, twice;
  fm_str out = clean(html, &once);
  const char *wrong = judge(out);
  if (wrong)
    fail_msg("%s\n in: %.*s\nout: %.*s", wrong, FM_FMT(html), FM_FMT(out));
  if (!fm_str_eq(out, clean(out, &twice)))
    fail_msg("not the same again\n in: %.*s\none: %.*s\ntwo: %.*s", FM_FMT(html), FM_FMT(out),
             FM_FMT(fm_buf_view(&twice)));
  fm_buf_deinit(&once);
  fm_buf_deinit(&twice);
}

/* ---- attacks ---- */

/* The judge is not one who lets everything pass. */
static void test_judge(void **state)
{
  (void)state;
  static const char *const bad[] = {"<script>x</script>", "<p onclick=x>",
      "<a href='java&#9;script:x'>", "<p style=x>",
                                    "<img srcset='http://a/ 1x, data:x 2x'>", "<iframe src=x>",
                                    "<!-- x -->", "\xff",
                                    "<a href=relative>", "<svg></svg>"};
  for (size_t i = 0; i < LEN(bad); i++)
    assert_non_null(judge(fm_str_of(bad[i])));
  assert_null(judge(FM_STR("<p>x <a href=\"https://a.test/\">y</a></p>")));
}

static void test_attacks(void **state)
{
  (void)state;
  assert_true(LEN(attacks) >= 200);
  for (size_t i = 0; i < LEN(attacks); i++)
    check_safe(fm_str_of(attacks[i]));
}

/* A NUL in it ends what fm_str_of sees. */
static void test_attacks_with_nul(void **state)
{
  (void)state;
  static const fm_str nul[] = {
    FM_STR("<scr\0ipt>steal()</scr\0ipt>"), FM_STR("<a href='java\0script:steal()'>x</a>"),
    FM_STR("<img src=x on\0error=steal()>"), FM_STR("<\0script>steal()</script>"),
    FM_STR("<img src='x\0' onerror='\0steal()'>"), FM_STR("\0<svg\0/onload=steal()>"),
  };
  for (size_t i = 0; i < LEN(nul); i++)
    check_safe(nul[i]);
}

/* Each attack within each of the places that markup can be in. */
static void test_attacks_in_places(void **state)
{
  (void)state;
  static const char *const places[][2] = {
    {"<table><tr><td>", "</table>"}, {"<table>", "</table>"}, {"<svg>", "</svg>"}, {"<math><mi>",
    "</math>"},
    {"<!--", "-->"}, {"<p title=\"", "\">"}, {"<a href='", "'>x</a>"}, {"<noscript>",
    "</noscript>"},
    {"<textarea>", "</textarea>"}, {"<style>", "</style>"}, {"<ul><li>", "</ul>"},
    {"<select><option>", "</select>"},
    {"<img src=x alt=", ">"}, {"<![CDATA[", "]]>"}, {"<pre>", ""}, {"</p></div>", "</b>"},
    {"<img data-src=a/b>", ""},
    {"<object><video><source>", "</object>"},
  };
  fm_buf html;
  fm_buf_init(&html, 1 << 16);
  for (size_t p = 0; p < LEN(places); p++)
    for (size_t i = 0; i < LEN(attacks); i++) {
      fm_buf_clear(&html);
      fm_buf_text(&html, places[p][0]);
      fm_buf_text(&html, attacks[i]);
      fm_buf_text(&html, places[p][1]);
      check_safe(fm_buf_view(&html));
    }
  fm_buf_deinit(&html);
}

/* Pieces of attacks, in any order and cut anywhere. */
static void test_random_markup(void **state)
{
  (void)state;
  sample_seed = 11;
  for (unsigned round = 0; round < 4000; round++) {
    fm_buf html;
    fm_buf_init(&html, 1 << 16);
    for (uint64_t n = 1 + sample_random(8); n > 0; n--) {
      fm_str piece = fm_str_of(attacks[sample_random(LEN(attacks))]);
      size_t from = sample_random(piece.len), len = sample_random(piece.len - from + 1);
      fm_buf_add(&html, piece.ptr + from, len);
      if (!sample_random(4))
        fm_buf_char(&html, (char)sample_random(256));
    }
    check_safe(fm_buf_view(&html));
    fm_buf_deinit(&html);
  }
}

/* ---- what survives ---- */

static const struct {
  const char *html, *clean;
} pairs[] = {
  {"", ""}, {"  \n ", ""}, {"plain", "plain"}, {"a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"},
  {"&lt;b&gt; &amp;amp; &copy; &copy2 &hellip; &#8217; &#x1F9E0; &nosuch; &#146;",
   "&lt;b&gt; &amp;amp; \xc2\xa9 \xc2\xa9" "2 \xe2\x80\xa6 \xe2\x80\x99 \xf0\x9f\xa7\xa0 "
   "&amp;nosuch; \xe2\x80\x99"},
  {"a\r\nb\rc&#13;d\x01\x1f" "e", "a\nb\nc\nde"}, {"x\xff\xfey", "x\xef\xbf\xbd\xef\xbf\xbdy"},
  {"a\xef\xbf\xbf" "b\xef\xbf\xbe&#xffff;", "ab"},
  {"<P CLASS=x ID=y>A<BR/>B</P>", "<p>A<br>B</p>"}, {"<p>one<p>two", "<p>one</p><p>two</p>"},
  {"<b><i>x</b>y</i>", "<b><i>x</i></b>y"}, {"x</p></div>y", "xy"}, {"a</br>b", "a<br>b"},
  {"<ul><li>a<li>b<ul><li>c</ul><li>d</ul>",
  "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>"},
  {"<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"},
  {"<table><thead><tr><th>a<tbody><tr><td>b<td "
  "colspan=2>c<tr><td><table><tr><td>d</table></table>e",
   "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td><td "
   "colspan=\"2\">c</td></tr><tr><td>"
   "<table><tr><td>d</td></tr></table></td></tr></tbody></table>e"},
  {"<td>x</td><tr>y", "xy"}, {"<table><tr><td><p>x</b></table></p>y",
  "<table><tr><td><p>x</p></td></tr></table>y"},
  {"<h2>a<h3>b</h2>", "<h2>a</h2><h3>b</h3>"}, {"<p>a<div>b</p>c</div>", "<p>a</p><div>bc</div>"},
  {"<ruby>x<rp>(<rt>y<rp>)</ruby>", "<ruby>x<rp>(</rp><rt>y</rt><rp>)</rp></ruby>"},
  {"<span/>x<div/>y<p/>z", "<span></span>x<div></div>y<p></p>z"},
  {"<form action=/x><label>Name</label><input> text</form>", "Name text"},
  {"a<!-- b -->c<![if x]>d<?e?>f", "acdf"}, {"<custom-tag>x</custom-tag>", "x"},
  {"<pre>\n  a\n\tb</pre>", "<pre>\n  a\n\tb</pre>"}, {"  <script>x</script>  <b>y</b>  ",
  "<b>y</b>"},
  {"<svg>a</svg>b<math>c<math>d</math></math>e", "be"}, {"<svg/>a", "a"}, {"<svg>a", "a"},
  {"<title>a", "a"},
  {"<object>a<object>b</object>c</object>d", "d"}, {"<script>a", ""}, {"<script/>a", "a"},
  {"<audio src=a.mp3>no</audio>",
  "<audio src=\"https://page.test/news/a.mp3\" controls=\"\">no</audio>"},
  {"<video autoplay width=100% poster=/p.jpg><source src=v.mp4 type='video/mp4; "
  "codecs=\"x\"'><track kind=captions src=c.vtt srclang=en></video>",
   "<video poster=\"https://page.test/p.jpg\" width=\"100%\" controls=\"\">"
   "<source src=\"https://page.test/news/v.mp4\" type=\"video/mp4; codecs=&quot;x&quot;\">"
   "<track src=\"https://page.test/news/c.vtt\" kind=\"captions\" srclang=\"en\"></video>"},
  {"<source src=x.mp4>y", "y"}, {"<ol start=-3 reversed type=a><li value=7>x</ol>",
   "<ol start=\"-3\" reversed=\"\" type=\"a\"><li value=\"7\">x</li></ol>"},
  {"<time datetime='2026-08-04' title=' x '>now</time>",
  "<time title=\" x \" datetime=\"2026-08-04\">now</time>"},
  {"<p dir=rtl lang=he onclick=x>a</p>", "<p lang=\"he\" dir=\"rtl\">a</p>"},
  /* addresses */
  {"<a href=other?a=1&amp;b=2&c=3>x</a>",
  "<a href=\"https://page.test/news/other?a=1&amp;b=2&amp;c=3\">x</a>"},
  {"<a href='#top'>x</a>", "<a href=\"https://page.test/news/today?x=1#top\">x</a>"},
  {"<a href='//cdn.test/a b'>x</a>", "<a href=\"https://cdn.test/a%20b\">x</a>"},
  {"<a href='mailto:a@b.test?subject=x y'>x</a>",
  "<a href=\"mailto:a@b.test?subject=x%20y\">x</a>"},
  {"<a href=tel:+123>x</a><a href=http:>y</a><a>z</a>", "<a href=\"tel:+123\">x</a>yz"},
  {"<a href=''>x</a><a name=y>z</a>", "xz"}, {"<a href=x>a<a href=y>b</a>c</a>",
   "<a href=\"https://page.test/news/x\">a</a><a href=\"https://page.test/news/y\">b</a>c"},
  {"<a target=_blank rel=noopener href=/x title='\"q\"'>x</a>",
  "<a href=\"https://page.test/x\" title=\"&quot;q&quot;\">x</a>"},
  {"<img src=' /i.png ' alt='' width=640px height=0x10 style=x class=y>",
  "<img src=\"https://page.test/i.png\" alt=\"\" width=\"640\">"},
  {"<img alt=x><img src=''><img src=data:image/gif;base64,R0=>", ""},
  {"<img src=a srcset='b.png 1x, /c.png 2x,d,  e.png  100w , data:x 3x' sizes='(min-width: 1px) "
  "50vw'>",
   "<img src=\"https://page.test/news/a\" srcset=\"https://page.test/news/b.png 1x, "
   "https://page.test/c.png 2x, "
   "https://page.test/news/d, https://page.test/news/e.png 100w\" sizes=\"(min-width: 1px) "
   "50vw\">"},
  {"<img src=a sizes=x>", "<img src=\"https://page.test/news/a\">"},
  {"<img srcset='b.png 2x'>",
  "<img src=\"https://page.test/news/b.png\" srcset=\"https://page.test/news/b.png 2x\">"},
  {"<img srcset='https://c.test/w_1,h_2/i.png 1x, https://c.test/j.png 2x'>",
   "<img src=\"https://c.test/w_1,h_2/i.png\" srcset=\"https://c.test/w_1,h_2/i.png 1x, "
   "https://c.test/j.png 2x\">"},
  /* lazy loading */
  {"<img src=data:image/gif;base64,R0 data-src=/real.jpg>",
  "<img src=\"https://page.test/real.jpg\">"},
  {"<img src=blank.gif data-lazy-src=real.jpg data-lazy-srcset='r2.jpg 2x'>",
   "<img src=\"https://page.test/news/real.jpg\" srcset=\"https://page.test/news/r2.jpg 2x\">"},
  {"<img src=a.jpg data-src=true>", "<img src=\"https://page.test/news/a.jpg\">"},
  {"<img src=a.jpg data-src=javascript:x.y>", "<img src=\"https://page.test/news/a.jpg\">"},
  {"<img data-src=r.jpg> <noscript><img src=r.jpg></noscript>x",
  "<img src=\"https://page.test/news/r.jpg\"> x"},
  {"<noscript><img src=r.jpg></noscript>", "<img src=\"https://page.test/news/r.jpg\">"},
  {"<picture><source data-srcset=r.webp type=image/webp><img data-src=r.jpg></picture>",
   "<picture><source srcset=\"https://page.test/news/r.webp\" type=\"image/webp\"><img "
   "src=\"https://page.test/news/r.jpg\"></picture>"},
};

static void test_pairs(void **state)
{
  (void)state;
  for (size_t i = 0; i < LEN(pairs); i++) {
    fm_buf out;
    fm_str got = clean(fm_str_of(pairs[i].html), &out);
    if (!fm_str_is(got, pairs[i].clean))
      fail_msg("\n  in: %s\nwant: %s\n got: %.*s", pairs[i].html, pairs[i].clean, FM_FMT(got));
    fm_buf_deinit(&out);
    check_safe(fm_str_of(pairs[i].html));
  }
}

static void test_no_base(void **state)
{
  (void)state;
  fm_buf out;
  fm_buf_init(&out, 1 << 16);
  fm_str html = FM_STR("<a href=/x>a</a><a href=https://b.test/>b</a><a "
      "href=mailto:c@d>c</a><img src=d.png>"
                       "<a href=//e.test/>e</a>");
  assert_int_equal(fm_html_clean(html, (fm_str){NULL, 0}, &out), FM_OK);
  assert_string_equal((fm_buf_char(&out, 0), out.ptr),
                      "a<a href=\"https://b.test/\">b</a><a href=\"mailto:c@d\">c</a>e");
  fm_buf_deinit(&out);
}

static void test_xhtml(void **state)
{
  (void)state;
  fm_buf out;
  fm_buf_init(&out, 1 << 16);
  fm_str xml = FM_STR("<h:p title='1'>a <h:b/>b<![CDATA[<script>&amp;]]><h:script/>c<h:script>x "
      "&lt; y</h:script>"
                      "<h:a href='q'>d</h:a><br></br></h:p><title/>e");
  assert_int_equal(fm_html_clean_as(xml, BASE, FM_HTML_XML, &out), FM_OK);
  fm_buf_char(&out, 0);
  assert_string_equal(out.ptr, "<p title=\"1\">a <b></b>b&lt;script&gt;&amp;amp;c"
                               "<a href=\"https://page.test/news/q\">d</a><br><br></p>e");
  fm_buf_deinit(&out);
}

/* ---- limits ---- */

static fm_str repeat(fm_arena *arena, const char *text, size_t times)
{
  size_t len = strlen(text);
  char *all = fm_arena_raw(arena, len * times + 1);
  for (size_t i = 0; i < times; i++)
    memcpy(all + i * len, text, len);
  return (fm_str){all, len * times};
}

/* How deep elements are within one another. */
static unsigned nesting(fm_str html)
{
  unsigned depth = 0, most = 0;
  for (const char *at = html.ptr, *end = at + html.len; at < end && (at = memchr(at, '<',
      (size_t)(end - at))); at++) {
    if (strncmp(at, "<img", 4) == 0 || strncmp(at, "<hr", 3) == 0)
      continue;
    depth += at[1] == '/' ? -1u : 1;
    most = depth > most ? depth : most;
  }
  assert_int_equal(depth, 0);
  return most;
}

static void test_depth(void **state)
{
  (void)state;
  static const char *const deep[] = {"<div>", "<b>", "<a href=x><div>", "<table><tr><td>",
      "<ul><li>", "<svg>",
                                     "<object>", "<a>", "<blockquote><p>", "<q><a><hr><img src=x>"};
  for (size_t i = 0; i < LEN(deep); i++) {
    fm_arena arena = {0};
    fm_buf out;
    fm_str html = repeat(&arena, deep[i], 5000), got = clean(html, &out);
    assert_true(nesting(got) <= FM_HTML_DEPTH);
    check_safe(html);
    fm_buf_deinit(&out);
    fm_arena_deinit(&arena);
  }
}

/* Text at any depth stays. */
static void test_deep_text(void **state)
{
  (void)state;
  fm_arena arena = {0};
  fm_buf html, out;
  fm_buf_init(&html, 1 << 20);
  fm_buf_str(&html, repeat(&arena, "<div>", 500));
  fm_buf_text(&html, "deep");
  fm_buf_str(&html, repeat(&arena, "</div>", 500));
  fm_buf_text(&html, "<p>after</p>");
  fm_str got = clean(fm_buf_view(&html), &out);
  assert_non_null(fm_str_find(got, FM_STR("deep")));
  assert_true(fm_str_ends(got, FM_STR("</div><p>after</p>")) || fm_str_ends(got,
      FM_STR("<p>after</p>")));
  fm_buf_deinit(&out);
  fm_buf_deinit(&html);
  fm_arena_deinit(&arena);
}

/* What does not fit is cut, whole characters and whole tags, and closed. */
static void test_caps(void **state)
{
  (void)state;
  fm_arena arena = {0};
  fm_str html = repeat(&arena,
      "<div><p>\xe4\xb8\xad\xe6\x96\x87 &amp; <a href=\"x?y&amp;z\">t</a><img src=/i.png>", 300);
  for (size_t cap = 0; cap < 4000; cap += 7) {
    fm_buf out, again;
    fm_buf_init(&out, cap);
    fm_buf_init(&again, cap);
    assert_int_equal(fm_html_clean(html, BASE, &out), FM_E_TOO_BIG);
    assert_true(out.len <= cap && !out.full);
    assert_null(judge(fm_buf_view(&out)));
    fm_html_clean(fm_buf_view(&out), BASE, &again);
    assert_true(fm_str_eq(fm_buf_view(&out), fm_buf_view(&again)));
    fm_buf_deinit(&out);
    fm_buf_deinit(&again);
  }
  fm_arena_deinit(&arena);
}

/* Nothing that is not closed is looked for again and again: these would take
 * hours if it were. */
static void test_no_quadratic_time(void **state)
{
  (void)state;
  static const char *const bad[] = {"<script/>", "<svg>", "<svg><script>", "<iframe>", "<title/>",
      "<object><object>",
                                    "</p>", "<a", "<!--", "&", "<p title=", "<select><svg>", "<li>",
                                    "<![CDATA["};
  for (size_t i = 0; i < LEN(bad); i++) {
    fm_arena arena = {0};
    fm_buf out;
    clean(repeat(&arena, bad[i], 100000), &out);
    fm_buf_deinit(&out);
    fm_arena_deinit(&arena);
  }
}

/* ---- text ---- */

static void test_text(void **state)
{
  (void)state;
  static const struct {
    const char *html, *text;
  } rows[] = {
    {"", ""}, {"  a \n b ", "a b"}, {"a &amp; b &lt;c&gt; &eacute;&nbsp;x",
    "a & b <c> \xc3\xa9\xc2\xa0x"},
    {"<p>one</p><p>two</p>", "one\ntwo"}, {"a<br>b<br/>c", "a\nb\nc"}, {"a<b>b</b>c", "abc"},
    {"<ul><li>x</li> <li>y</li></ul>z", "x\ny\nz"}, {"<table><tr><td>a<td>b<tr><td>c</table>",
    "a b\nc"},
    {"x<script>y</script>z<style>q</style>", "xz"}, {"<svg>a</svg>b", "b"}, {"a<!-- b -->c", "ac"},
    {"1 < 2 <", "1 < 2 <"},
    {"\xff", "\xef\xbf\xbd"}, {"<title>x</title>y", "y"}, {"<p>  a  </p>  b", "a\nb"},
  };
  for (size_t i = 0; i < LEN(rows); i++) {
    fm_buf out;
    fm_buf_init(&out, 1 << 16);
    assert_int_equal(fm_html_text(fm_str_of(rows[i].html), &out), FM_OK);
    if (!fm_str_is(fm_buf_view(&out), rows[i].text))
      fail_msg("in: %s\nwant: %s\ngot: %.*s", rows[i].html, rows[i].text,
          FM_FMT(fm_buf_view(&out)));
    fm_buf_deinit(&out);
  }
}

static void test_likely(void **state)
{
  (void)state;
  static const char *const html[] = {"a <b>b</b>", "x &amp; y", "x &#8217; y", "<i>x", "a<br>b",
      "&eacute;", "<center>x</center>", "<marquee onstart=a(1)>m", "<embed src=x>", "x<!-- y -->",
      "a <meta> b <font size=2>c", "<BODY onload=a()>b"};
  static const char *const text[] = {"", "the <meta> tag", "<embed src=x", "<form", "a <!- b",
      "<marq uee=a>", "a < b", "AT&T", "x <y> z", "if (a<b) c>d", "a <b",
      "R&D; x", "<3"};
  for (size_t i = 0; i < LEN(html); i++)
    assert_true(fm_html_likely(fm_str_of(html[i])));
  for (size_t i = 0; i < LEN(text); i++)
    assert_false(fm_html_likely(fm_str_of(text[i])));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_judge), cmocka_unit_test(test_attacks),
        cmocka_unit_test(test_attacks_with_nul),
    cmocka_unit_test(test_attacks_in_places),
    cmocka_unit_test(test_random_markup), cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_no_base),
    cmocka_unit_test(test_xhtml), cmocka_unit_test(test_depth), cmocka_unit_test(test_deep_text),
    cmocka_unit_test(test_caps), cmocka_unit_test(test_no_quadratic_time),
        cmocka_unit_test(test_text),
    cmocka_unit_test(test_likely),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  xmlCleanupParser();
  return failed;
}
