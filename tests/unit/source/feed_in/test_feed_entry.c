/* The source `feed`: what becomes of each thing that an entry may say. */
#include "source/feed_in/feed_kit.h"

/* ---- entries, one thing at a time ---- */

enum where { RSS, ATOM, JSON };

static fm_doc *read_one(enum where where, const char *xml)
{
  fm_buf body;
  fm_buf_init(&body, 1 << 20);
  fm_buf_text(&body, where == RSS    ? "<rss><channel><link>https://site.test/blog/</link><item>"
                     : where == ATOM ? "<feed xmlns='http://www.w3.org/2005/Atom'><entry>"
                                     : "{\"items\": [{");
  fm_buf_text(&body, xml);
  fm_buf_text(&body, where == RSS    ? "</item></channel></rss>"
                     : where == ATOM ? "</entry></feed>"
                                     : "}]}");
  fm_doc *doc = read_feed(fm_buf_view(&body));
  assert_int_equal(doc->feed.nentries, 1);
  fm_buf_deinit(&body);
  return doc;
}

static void check_titles(enum where where, const char *xml, const char *title)
{
  fm_doc *doc = read_one(where, xml);
  expect(doc->feed.entries[0].title, title);
  fm_doc_unref(doc);
}

static void test_titles(void **state)
{
  (void)state;
  check_titles(RSS, "<title> a\n  b </title>", "a b");
  check_titles(RSS, "<title>AT&amp;T &lt;3</title>", "AT&T <3");
  check_titles(RSS, "<title>it&amp;#8217;s &amp;amp; more</title>", "it\xe2\x80\x99s & more");
  check_titles(RSS, "<title>&lt;b&gt;bold&lt;/b&gt; move</title>", "bold move");
  check_titles(RSS, "<title>List&lt;String&gt; in Java</title>", "List<String> in Java");
  check_titles(RSS, "<title><![CDATA[a & <i>b</i>]]></title>", "a & b");
  check_titles(RSS, "<title>a <![CDATA[& b]]> c</title>", "a & b c");
  check_titles(RSS, "<title>a <b>b</b> c</title>", "a b c");
  check_titles(RSS, "<title>caf&eacute; &nbsp;x &hellip;</title>",
               "caf\xc3\xa9 \xc2\xa0x \xe2\x80\xa6");
  check_titles(RSS, "<title>a & b &unknown; &</title>", "a & b &unknown; &");
  check_titles(RSS, "<media:title>m</media:title><title>t</title><dc:title>d</dc:title>", "t");
  check_titles(RSS, "<itunes:title>i</itunes:title>", "i");
  check_titles(RSS,
               "<title></title><description>&lt;p&gt;No title, &lt;b&gt;but "
               "text&lt;/b&gt;&lt;/p&gt;</description>",
               "No title, but text");
  check_titles(RSS, "<link>https://site.test/x</link>", "https://site.test/x");
  check_titles(ATOM, "<id>urn:1</id><title>a &lt;b&gt; &amp;amp;</title>", "a <b> &amp;");
  check_titles(ATOM, "<id>urn:1</id><title type='html'>a &lt;b&gt;b&lt;/b&gt; &amp;amp;</title>",
               "a b &");
  check_titles(ATOM,
               "<id>urn:1</id><title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a "
               "<b>b</b></div></title>",
               "a b");
  check_titles(JSON, "\"id\": \"1\", \"title\": \"a <b> & c\"", "a <b> & c");
  check_titles(JSON, "\"id\": \"1\", \"content_text\": \"only text\"", "only text");
}

/* A title that is made of text is cut where a word ends. */
static void test_title_of_long_text(void **state)
{
  (void)state;
  fm_buf xml;
  fm_buf_init(&xml, 1 << 16);
  fm_buf_text(&xml, "<description>");
  for (int i = 0; i < 50; i++)
    fm_buf_text(&xml, "w\xc3\xb6rd ");
  fm_buf_text(&xml, "</description>");
  fm_buf_char(&xml, 0);
  fm_doc *doc = read_one(RSS, xml.ptr);
  fm_str title = doc->feed.entries[0].title;
  assert_true(title.len < 110 && fm_utf8_valid(title));
  assert_true(fm_str_ends(title, FM_STR("w\xc3\xb6rd\xe2\x80\xa6")));
  fm_doc_unref(doc);
  fm_buf_deinit(&xml);
}

static void check_content(enum where where, const char *xml, const char *content,
                          const char *summary)
{
  fm_doc *doc = read_one(where, xml);
  expect(doc->feed.entries[0].content, content);
  expect(doc->feed.entries[0].summary, summary);
  fm_doc_unref(doc);
}

static void test_contents(void **state)
{
  (void)state;
  check_content(RSS, "<description>Just &lt; text &amp; more</description>", "",
                "Just < text & more");
  check_content(RSS, "<description>&lt;p&gt;x&lt;script&gt;y&lt;/script&gt;</description>",
                "<p>x</p>", "");
  check_content(RSS, "<description><![CDATA[<p>x]]></description>", "<p>x</p>", "");
  check_content(RSS, "<description><p>x<br/>y</p></description>", "<p>x<br>y</p>", "");
  check_content(RSS,
                "<description>&lt;i&gt;short&lt;/i&gt;</"
                "description><content:encoded><![CDATA[<p>long]]></content:encoded>",
                "<p>long</p>", "short");
  check_content(RSS, "<content:encoded>&lt;![CDATA[&lt;p&gt;twice]]&gt;</content:encoded>",
                "<p>twice</p>", "");
  check_content(RSS, "<xhtml:body><xhtml:p>x</xhtml:p></xhtml:body><description>d</description>",
                "<p>x</p>", "d");
  check_content(RSS, "<itunes:summary>i</itunes:summary><description>d</description>", "", "d");
  check_content(RSS, "<title>t</title><media:thumbnail url='t.png'/>",
                "<p><img src=\"https://site.test/blog/t.png\" alt=\"\"></p>", "");
  check_content(RSS,
                "<media:content url='https://i.test/x.jpg' "
                "medium='image'/><description>&lt;b&gt;x&lt;/b&gt;</description>",
                "<p><img src=\"https://i.test/x.jpg\" alt=\"\"></p><b>x</b>", "");
  check_content(RSS,
                "<itunes:image href='/x.jpg'/><description>&lt;img src=y.png&gt;</description>",
                "<p><img src=\"https://site.test/x.jpg\" alt=\"\"></p>"
                "<img src=\"https://site.test/blog/y.png\">", "");
  check_content(RSS,
                "<title>t</title><media:group><media:description>m</media:description>"
                "<media:thumbnail url='https://i.test/x.jpg'/></media:group>",
                "<p><img src=\"https://i.test/x.jpg\" alt=\"\"></p><p>m</p>", "m");
  /* fuzz: an image of another scheme, as the sanitizer would not let pass */
  check_content(RSS, "<title>t</title><media:thumbnail url='ftp://i.test/t.png'/>", "", "");
  check_content(JSON, "\"id\": \"1\", \"image\": \"ftp://i.test/t.png\"", "", "");
  check_content(ATOM, "<id>urn:1</id><summary>s &lt;b&gt;</summary>", "", "s <b>");
  check_content(ATOM, "<id>urn:1</id><summary type='html'>&lt;b&gt;s&lt;/b&gt;</summary>",
                "<b>s</b>", "");
  check_content(ATOM, "<id>urn:1</id><content type='text'>one\ntwo\n\nthree &lt;</content>",
                "<p>one<br>two</p><p>three &lt;</p>", "");
  check_content(ATOM, "<id>urn:1</id><content type='html'>&lt;p&gt;c</content><summary>s</summary>",
                "<p>c</p>", "s");
  check_content(ATOM, "<id>urn:1</id><content type='text/html' mode='base64'>PHA+aGVs\nbG88L3A+</content>",
                "<p>hello</p>", "");
  check_content(ATOM, "<id>urn:1</id><content mode='base64'>no base 64!</content><summary>s</summary>", "", "s");
  check_content(ATOM, "<id>urn:1</id><content type='text/plain' mode='escaped'>List&lt;x&gt; y</content>",
                "<p>List&lt;x&gt; y</p>", "");
  check_content(ATOM, "<id>urn:1</id><content mode='escaped'>&lt;p&gt;x&lt;/p&gt;</content>", "<p>x</p>", "");
  check_content(ATOM, "<id>urn:1</id><content type='multipart/alternative'><content type='text/plain'>p"
                "</content><content type='text/html' mode='escaped'>&lt;p&gt;rich</content><content>q"
                "</content></content><summary>s</summary>", "<p>rich</p>", "s");
  check_content(ATOM, "<id>urn:1</id><content type='image/png'>AAAA</content><summary>s</summary>",
                "", "s");
  check_content(ATOM,
                "<id>urn:1</id><content type='xhtml'><h:div xmlns:h='http://www.w3.org/1999/xhtml'>"
                "<h:p onclick='x'>a &amp; b<h:script>c</h:script></h:p></h:div></content>",
                "<div><p>a &amp; b</p></div>", "");
  check_content(JSON,
                "\"id\": 1, \"content_html\": \"<p>h\", \"content_text\": \"t\", \"summary\": "
                "\"s\"",
                "<p>h</p>", "s");
  check_content(JSON, "\"id\": 1, \"content_text\": \"a\\n\\nb\"", "<p>a</p><p>b</p>", "");
  check_content(JSON, "\"id\": 1, \"summary\": \"s\", \"image\": \"i.png\"",
                "<p><img src=\"https://feed.test/dir/i.png\" alt=\"\"></p><p>s</p>", "s");
}

static void check_id(enum where where, const char *xml, const char *id, const char *link)
{
  fm_doc *doc = read_one(where, xml);
  expect(doc->feed.entries[0].id, id);
  expect(link_of(&doc->feed.entries[0], "alternate"), link);
  fm_doc_unref(doc);
}

static void test_ids_and_links(void **state)
{
  (void)state;
  check_id(RSS, "<guid>https://a.test/1</guid>", "https://a.test/1", "https://a.test/1");
  check_id(RSS, "<guid isPermaLink='false'>https://a.test/1</guid><link>https://a.test/2</link>",
           "https://a.test/1", "https://a.test/2");
  check_id(RSS, "<guid>/p/7</guid>", "https://feed.test/dir/feed.xml#%2Fp%2F7", "https://site.test/p/7");
  check_id(RSS, "<guid>42 x</guid><link>/p/42</link>", "https://feed.test/dir/feed.xml#42%20x",
           "https://site.test/p/42");
  /* The id stays what it was when relative links were taken from the document's address. */
  check_id(RSS, "<link>/p/8</link>", "https://feed.test/p/8", "https://site.test/p/8");
  check_id(RSS, "<link>https://a.test/?a=1&b=2&amp;copy=3</link>", "https://a.test/?a=1&b=2&copy=3",
           "https://a.test/?a=1&b=2&copy=3");
  check_id(RSS, "<link>\n  <![CDATA[https://a.test/1]]>\n</link>", "https://a.test/1",
           "https://a.test/1");
  check_id(RSS,
           "<link>https://a.test/r</link><feedburner:origLink>https://a.test/1</"
           "feedburner:origLink>",
           "https://a.test/1", "https://a.test/1");
  check_id(RSS,
           "<atom:link href='https://a.test/1'/><atom:link rel='self' href='https://a.test/s'/>",
           "https://a.test/1", "https://a.test/1");
  check_id(RSS, "<guid>urn:x:1</guid><link>javascript:alert(1)</link>", "urn:x:1", "");
  check_id(RSS, "<guid isPermaLink='false'>tag:x</guid><link href='https://a.test/1'/>", "tag:x",
           "https://a.test/1");
  check_id(ATOM, "<id>urn:1</id><link href='p?a=1&amp;b=2'/>", "urn:1",
           "https://feed.test/dir/p?a=1&b=2");
  check_id(ATOM,
           "<id>urn:1</id><link rel='alternate' type='application/json' href='j'/><link "
           "type='text/html' href='h'/>",
           "urn:1", "https://feed.test/dir/h");
  check_id(ATOM, "<id>x</id><title>t</title>", "https://feed.test/dir/feed.xml#x", "");
  check_id(JSON, "\"id\": 42, \"url\": \"https://a.test/1\"", "https://feed.test/dir/feed.xml#42",
           "https://a.test/1");
  check_id(JSON, "\"id\": \"x\", \"external_url\": \"https://o.test/\", \"url\": \"/1\"",
           "https://feed.test/dir/feed.xml#x", "https://feed.test/1");
  check_id(JSON, "\"url\": \"https://a.test/1\"", "https://a.test/1", "https://a.test/1");
}

/* An entry without id and link is known by its title and date; the same again, and
 * another when one of them is. */
static void test_made_up_ids(void **state)
{
  (void)state;
  static const char *const items[] = {"<title>a</title><pubDate>Tue, 04 Aug 2026 10:00:00 "
                                      "GMT</pubDate>",
                                      "<title>a</title><pubDate>4 Aug 2026 10:00 +0000</pubDate>",
                                      "<title>a</title><pubDate>Tue, 04 Aug 2026 10:00:01 "
                                      "GMT</pubDate>",
                                      "<title>b</title><pubDate>Tue, 04 Aug 2026 10:00:00 "
                                      "GMT</pubDate>",
                                      "<title>a</title><pubDate>some day</pubDate>",
                                      "<title>a</title>"};
  fm_doc *docs[LEN(items)];
  for (size_t i = 0; i < LEN(items); i++) {
    docs[i] = read_one(RSS, items[i]);
    assert_true(fm_str_starts(docs[i]->feed.entries[0].id, FM_STR("https://feed.test/dir/"
                                                                  "feed.xml#")));
  }
  for (size_t i = 0; i < LEN(items); i++)
    for (size_t j = 0; j < i; j++)
      assert_int_equal(fm_str_eq(docs[i]->feed.entries[0].id, docs[j]->feed.entries[0].id),
                       i == 1 && j == 0);
  for (size_t i = 0; i < LEN(items); i++)
    fm_doc_unref(docs[i]);
}

static void check_dates(enum where where, const char *xml, int64_t published, int64_t updated)
{
  fm_doc *doc = read_one(where, xml);
  assert_int_equal(doc->feed.entries[0].published, published);
  assert_int_equal(doc->feed.entries[0].updated, updated);
  fm_doc_unref(doc);
}

static void test_dates(void **state)
{
  (void)state;
  const int64_t ten = 1785837600; /* 2026-08-04T10:00:00Z */
  check_dates(RSS, "<title>t</title><pubDate>Tue, 04 Aug 2026 10:00:00 GMT</pubDate>", ten,
              FM_NO_TIME);
  check_dates(RSS, "<title>t</title><pubDate> 4 Aug 26 12:00 +0200 </pubDate>", ten, FM_NO_TIME);
  check_dates(RSS, "<title>t</title><pubDate>Tuesday, 4 August 2026 06:00:00 EDT</pubDate>", ten,
              FM_NO_TIME);
  check_dates(RSS, "<title>t</title><pubDate>2026-08-04 10:00:00</pubDate>", ten, FM_NO_TIME);
  check_dates(RSS, "<title>t</title><dc:date>2026-08-04T12:00+02:00</dc:date>", ten, FM_NO_TIME);
  check_dates(RSS,
              "<title>t</title><dc:date>2026-08-04T00:00Z</dc:date><pubDate>Tue, 04 Aug 2026 "
              "10:00:00 "
              "GMT</pubDate>",
              ten, FM_NO_TIME);
  check_dates(RSS,
              "<title>t</title><pubDate>tomorrow or "
              "so</pubDate><dc:date>2026-08-04T10:00:00Z</dc:date>",
              ten, FM_NO_TIME);
  check_dates(RSS, "<title>t</title><atom:updated>2026-08-04T10:00:00Z</atom:updated>", ten, ten);
  check_dates(RSS, "<title>t</title>", FM_NO_TIME, FM_NO_TIME);
  check_dates(ATOM,
              "<id>urn:1</id><updated>2026-08-04T10:00:00.5Z</"
              "updated><published>2026-08-04T09:00:00Z</published>",
              ten - 3600, ten);
  check_dates(ATOM, "<id>urn:1</id><updated>2026-08-04T10:00:00Z</updated>", ten, ten);
  check_dates(ATOM,
              "<id>urn:1</id><issued>2026-08-04T10:00:00Z</issued><created>2026-08-01T10:00:00Z</"
              "created>",
              ten, FM_NO_TIME);
  check_dates(JSON, "\"id\": 1, \"date_published\": \"2026-08-04T10:00:00+00:00\"", ten,
              FM_NO_TIME);
}

static void check_author(const char *xml, const char *name, const char *email)
{
  fm_buf item;
  fm_buf_init(&item, 1 << 16);
  fm_buf_addf(&item, "<title>t</title>%s", xml);
  fm_buf_char(&item, 0);
  fm_doc *doc = read_one(RSS, item.ptr);
  fm_buf_deinit(&item);
  assert_int_equal(doc->feed.entries[0].nauthors, 1);
  expect(doc->feed.entries[0].authors[0].name, name);
  expect(doc->feed.entries[0].authors[0].email, email);
  fm_doc_unref(doc);
}

static void test_authors(void **state)
{
  (void)state;
  check_author("<author>ann@a.test (Ann O)</author>", "Ann O", "ann@a.test");
  check_author("<author>Ann O &lt;ann@a.test&gt;</author>", "Ann O", "ann@a.test");
  check_author("<author>ann@a.test</author>", "ann@a.test", "ann@a.test");
  check_author("<author>Ann (of A)</author>", "Ann (of A)", "");
  check_author("<dc:creator>Ann</dc:creator><author>Ann</author>", "Ann", "");
  check_author("<itunes:author>Ann</itunes:author>", "Ann", "");
  check_author("<atom:author><atom:name>Ann</atom:name><atom:email>a@b.c</atom:email></"
               "atom:author>",
               "Ann", "a@b.c");
  check_author("<atom:author><atom:email>a@b.c</atom:email></atom:author><atom:author/>", "a@b.c",
               "a@b.c");
}

static void test_numbers_and_the_rest(void **state)
{
  (void)state;
  fm_doc *doc = read_one(RSS, "<title>t</title><slash:comments>7</slash:comments><thr:total>9</"
                              "thr:total><x:seedCount>12</x:seedCount>"
                              "<x:no>1e5</x:no><x:Rate-Of>-1.25</x:Rate-Of><x:text>many</"
                              "x:text><x:n2>3</x:n2>"
                              "<media:community><media:starRating count='5' "
                              "average='4.5'/><media:statistics "
                              "views='100'/></media:community>"
                              "<itunes:duration>1:02:03</itunes:duration><comments>https://a.test/"
                              "c</comments>"
                              "<media:keywords>one, two</media:keywords><category "
                              "domain='https://a.test/tags'>three</category><category>three</"
                              "category>"
                              "<category></category><dc:rights>(c)</dc:rights><enclosure "
                              "url='e.mp3' type='bad type'/>");
  const fm_entry *entry = &doc->feed.entries[0];
  assert_true(number_of(entry, "comments") == 7);
  assert_true(number_of(entry, "seed_count") == 12);
  assert_true(number_of(entry, "rate_of") == -1.25);
  assert_true(number_of(entry, "ratings") == 5 && number_of(entry, "rating") == 4.5);
  assert_true(number_of(entry, "views") == 100);
  assert_true(number_of(entry, "duration") == 3723);
  assert_int_equal(entry->nnumbers, 7);
  expect(link_of(entry, "replies"), "https://a.test/c");
  expect(link_of(entry, "enclosure"), "https://site.test/blog/e.mp3");
  assert_int_equal(entry->ncategories, 4);
  expect(entry->categories[2].scheme, "https://a.test/tags");
  expect(entry->rights, "(c)");
  fm_doc_unref(doc);
}

static void test_bases(void **state)
{
  (void)state;
  fm_doc *doc = read_text("<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://b.test/x/' "
                          "xml:lang='de-AT'><title>t</title><logo>l.png</logo>"
                          "<entry xml:base='sub/'><id>urn:1</id><link href='p'/><content "
                          "type='html' "
                          "xml:base='/deep/er'>&lt;a href='q'&gt;q&lt;/a&gt;</content></entry>"
                          "<entry><id>urn:2</id><link href='p'/><summary type='html'>&lt;a "
                          "href='q'&gt;q&lt;/a&gt;</summary></entry></feed>");
  expect(doc->feed.logo, "https://b.test/x/l.png");
  expect(doc->feed.language, "de-AT");
  expect(link_of(&doc->feed.entries[0], "alternate"), "https://b.test/x/sub/p");
  expect(doc->feed.entries[0].content, "<a href=\"https://b.test/deep/q\">q</a>");
  expect(doc->feed.entries[1].content, "<a href=\"https://b.test/x/q\">q</a>");
  fm_doc_unref(doc);
  doc = read_one(RSS, "<link>https://site.test/2026/post</link><description>&lt;a "
                      "href='q'&gt;q&lt;/a&gt;</description>");
  expect(doc->feed.entries[0].content, "<a href=\"https://site.test/2026/q\">q</a>");
  fm_doc_unref(doc);
}

static void test_heads(void **state)
{
  (void)state;
  fm_doc *doc = read_text("<rss "
                          "xmlns:itunes='http://www.itunes.com/dtds/"
                          "podcast-1.0.dtd'><channel><title>T &amp;amp; "
                          "U</title><atom:link rel='self' href='s'/>"
                          "<link>https://site.test/</link><description>&lt;i&gt;D&lt;/i&gt;</"
                          "description><language>en-us</language>"
                          "<managingEditor>ed@a.test "
                          "(Ed)</managingEditor><itunes:author>It</itunes:author><itunes:image "
                          "href='/i.jpg'/>"
                          "<image><url>/u.png</url><title>not "
                          "this</title><link>https://not.this/</link></image><item/></channel></"
                          "rss>");
  expect(doc->feed.title, "T & U");
  expect(doc->feed.link, "https://site.test/");
  expect(doc->feed.subtitle, "D");
  expect(doc->feed.language, "en-us");
  expect(doc->feed.authors[0].name, "Ed");
  expect(doc->feed.logo, "https://feed.test/i.jpg");
  assert_int_equal(doc->feed.nentries, 0);
  fm_doc_unref(doc);
  doc = read_text("{\"version\": \"https://jsonfeed.org/version/1\", \"title\": \"T\", "
                  "\"author\": {\"name\": \"A\"}, "
                  "\"icon\": \"i\", \"favicon\": \"f\", \"items\": []}");
  expect(doc->feed.authors[0].name, "A");
  expect(doc->feed.icon, "https://feed.test/dir/f");
  expect(doc->feed.logo, "https://feed.test/dir/i");
  fm_doc_unref(doc);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_titles),      cmocka_unit_test(test_title_of_long_text),
      cmocka_unit_test(test_contents),    cmocka_unit_test(test_ids_and_links),
      cmocka_unit_test(test_made_up_ids), cmocka_unit_test(test_dates),
      cmocka_unit_test(test_authors),     cmocka_unit_test(test_numbers_and_the_rest),
      cmocka_unit_test(test_bases),       cmocka_unit_test(test_heads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
