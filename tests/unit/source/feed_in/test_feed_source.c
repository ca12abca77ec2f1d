/* The source `feed`: every format, every charset, and documents that are not as they should be. */
#include "source/feed_in/feed_kit.h"

#include "source/feed_in/feed_in.h"

#include <iconv.h>

/* ---- formats ---- */

static void check_item(const fm_entry *entry, const kit_item *item, enum kit_format format)
{
  expect(entry->title, item->title);
  bool has_id = format != KIT_RSS091;
  expect(entry->id, has_id ? item->id : item->link);
  expect(link_of(entry, "alternate"), item->link);
  if (format != KIT_RSS091) {
    assert_int_equal(entry->nauthors, 1);
    expect(entry->authors[0].name, item->author);
    assert_int_equal(entry->ncategories, item->category != NULL);
    if (item->category)
      expect(entry->categories[0].term, item->category);
    assert_int_equal(entry->published, item->published);
  }
  if (format != KIT_RSS091 && format != KIT_RDF) {
    assert_int_equal(entry->updated, item->updated);
    assert_true(number_of(entry, "comments") == item->comments);
    expect(link_of(entry, "enclosure"), item->enclosure ? item->enclosure : "");
  }
  fm_buf html;
  fm_buf_init(&html, 1 << 16);
  fm_buf_text(&html, format == KIT_ATOM_XHTML ? "<div>" : "");
  const char *slash = strstr(item->html, "<br/>");
  fm_buf_add(&html, item->html, slash ? (size_t)(slash - item->html) : strlen(item->html));
  fm_buf_text(&html, slash ? "<br>" : "");
  fm_buf_text(&html, slash ? slash + 5 : "");
  fm_buf_text(&html, format == KIT_ATOM_XHTML ? "</div>" : "");
  fm_buf_char(&html, 0);
  expect(entry->content, html.ptr);
  fm_buf_deinit(&html);
}

static void check_feed(const fm_feed *feed, enum kit_format format)
{
  expect(feed->id, FEED_URL.ptr);
  expect(feed->title, kit_all.title);
  expect(feed->link, kit_all.link);
  expect(feed->subtitle, kit_all.subtitle);
  assert_int_equal(feed->order, FM_ORDER_PUBLISHED);
  assert_int_equal(feed->nentries, kit_all.count);
  for (size_t i = 0; i < kit_all.count; i++)
    check_item(&feed->entries[i], &kit_items[i], format);
}

static void test_formats(void **state)
{
  (void)state;
  for (unsigned format = 0; format < KIT_FORMATS; format++) {
    fm_buf body;
    kit_write(&body, &kit_all, format, format % 2 ? NULL : "utf-8");
    fm_doc *doc = read_feed(fm_buf_view(&body));
    check_feed(&doc->feed, format);
    fm_doc_unref(doc);
    fm_buf_deinit(&body);
  }
}

/* What we write ourselves we read, and get the same. */
static void test_own_formats(void **state)
{
  (void)state;
  fm_buf body, out;
  kit_write(&body, &kit_all, KIT_ATOM, NULL);
  fm_doc *doc = read_feed(fm_buf_view(&body));
  for (const fm_format *format = fm_formats; format->name; format++) {
    fm_publication place = {.self = FEED_URL};
    fm_buf_init(&out, 1 << 20);
    assert_int_equal(format->write(&doc->feed, &place, &out), FM_OK);
    fm_doc *back = read_feed(fm_buf_view(&out));
    assert_int_equal(back->feed.nentries, doc->feed.nentries);
    for (size_t i = 0; i < doc->feed.nentries; i++) {
      const fm_entry *a = &doc->feed.entries[i], *b = &back->feed.entries[i];
      assert_true(fm_str_eq(a->id, b->id) && fm_str_eq(a->title, b->title));
      assert_true(fm_str_eq(a->content, b->content));
      assert_int_equal(a->published, b->published);
      assert_int_equal(a->updated, b->updated);
    }
    fm_doc_unref(back);
    fm_buf_deinit(&out);
  }
  fm_doc_unref(doc);
  fm_buf_deinit(&body);
}

/* ---- charsets ---- */

static void convert(fm_str text, const char *charset, fm_buf *out)
{
  iconv_t cd = iconv_open(charset, "UTF-8");
  assert_true(cd != (iconv_t)-1);
  char *in = (char *)text.ptr;
  size_t left = text.len;
  while (left) {
    char bytes[1024], *o = bytes;
    size_t room = sizeof bytes;
    size_t rc = iconv(cd, &in, &left, &o, &room);
    assert_true(rc != (size_t)-1 || left < text.len);
    fm_buf_add(out, bytes, (size_t)(o - bytes));
  }
  iconv_close(cd);
}

static void check_charset(const char *charset, const char *bom, const char *header,
                          const char *declared, const char *title)
{
  kit_item item = {
      title, "https://feed.test/1", "urn:x:1", "<p>x</p>", title, title, 1785801600, 1785801600, 1,
      NULL};
  kit_feed feed = {title, "https://feed.test/", title, &item, 1};
  fm_buf text, bytes;
  kit_write(&text, &feed, KIT_RSS2, declared);
  fm_buf_init(&bytes, 1 << 20);
  fm_buf_add(&bytes, bom, *bom == 'l' ? 0 : strlen(bom));
  if (*bom == 'l')
    fm_buf_add(&bytes, "\xff\xfe\0\0", 4);
  convert(fm_buf_view(&text), charset, &bytes);
  fm_page page = {
      .body = fm_buf_view(&bytes), .url = FEED_URL, .key = FEED_URL, .charset = fm_str_of(header)};
  fm_doc *doc = NULL;
  fm_why why = {""};
  if (read_page(&page, &doc, &why))
    fail_msg("%s, header %s, declared %s: %s", charset, header, declared ? declared : "-",
             why.text);
  expect(doc->feed.title, title);
  assert_int_equal(doc->feed.nentries, 1);
  expect(doc->feed.entries[0].title, title);
  fm_doc_unref(doc);
  fm_buf_deinit(&text);
  fm_buf_deinit(&bytes);
}

static void test_charsets(void **state)
{
  (void)state;
  const char *west = "Caf\xc3\xa9 \xe2\x82\xac", *east = "\xd0\x9c\xd0\xb8\xd1\x80";
  const char *japan = "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", *brain = "\xf0\x9f\xa7\xa0 x";
  check_charset("UTF-8", "", "", NULL, brain);
  check_charset("UTF-8", "", "", "UTF-8", west);
  check_charset("UTF-8", "\xef\xbb\xbf", "", "iso-8859-1", west);
  check_charset("UTF-8", "", "iso-8859-1", "iso-8859-1", west); /* both wrong */
  check_charset("UTF-8", "", "utf-8", "windows-1252", west);
  check_charset("WINDOWS-1252", "", "", "windows-1252", west);
  check_charset("WINDOWS-1252", "", "windows-1252", "utf-8", west);
  check_charset("WINDOWS-1252", "", "utf-8", "ISO-8859-1", west);
  check_charset("WINDOWS-1252", "", "", NULL, west);
  check_charset("WINDOWS-1252", "", "", "utf-8", west); /* says UTF-8, is not */
  check_charset("WINDOWS-1252", "", "no-such-charset", "neither/this", west);
  check_charset("ISO-8859-15", "", "", "iso-8859-15", west);
  check_charset("WINDOWS-1251", "", "windows-1251", NULL, east);
  check_charset("KOI8-R", "", "", "koi8-r", east);
  check_charset("UTF-16LE", "\xff\xfe", "", "utf-16", brain);
  check_charset("UTF-16BE", "\xfe\xff", "", NULL, brain);
  check_charset("UTF-16LE", "", "", "utf-16", japan);
  check_charset("UTF-16BE", "", "utf-16", "utf-16", japan);
  check_charset("UTF-32LE", "l", "", NULL, japan);
  check_charset("CP932", "", "shift_jis", NULL, japan);
  check_charset("EUC-JP", "", "", "EUC-JP", japan);
  check_charset("ISO-2022-JP", "", "", "ISO-2022-JP", japan);
  check_charset("GB18030", "", "", "gb2312", japan);
  check_charset("BIG5-HKSCS", "", "big5", NULL, "\xe4\xb8\xad\xe6\x96\x87");
  check_charset("CP949", "", "", "euc-kr", "\xed\x95\x9c\xea\xb5\xad");
}

/* UTF-8 with a byte of windows-1252 in it, and bytes that are of nothing. */
static void test_mended(void **state)
{
  (void)state;
  fm_doc *doc = read_text("<?xml version='1.0' encoding='utf-8'?><rss><channel><title>it\x92s "
                          "caf\xc3\xa9 \x81</title></channel></rss>");
  expect(doc->feed.title, "it\xe2\x80\x99s caf\xc3\xa9 \xef\xbf\xbd");
  fm_doc_unref(doc);
}

/* ---- broken documents ---- */

static void check_count(const char *xml, size_t count)
{
  fm_doc *doc = read_text(xml);
  if (doc->feed.nentries != count)
    fail_msg("%zu entries, not %zu: %s", doc->feed.nentries, count, xml);
  fm_doc_unref(doc);
}

#define ITEM(n) "<item><title>t" #n "</title><link>https://a.test/" #n "</link></item>"

static void test_broken(void **state)
{
  (void)state;
  check_count("<rss><channel>" ITEM(1) ITEM(2) "</channel></rss>", 2);
  check_count("  \n<rss><channel>" ITEM(1), 1);
  check_count("<rss><channel><item><title>a</title><item><title>b</title></item></channel></rss>",
              2);
  check_count("<rss><channel><item><title>a<link>https://a.test/1</link></item>" ITEM(2) "</"
                                                                                         "channel><"
                                                                                         "/rss>",
              2);
  check_count("<rss><channel><item><title>a</tilte></item>" ITEM(2) "</rss>", 2);
  check_count("<rss><channel><item><description><p>x<br>y</p></description></item>" ITEM(2) "</"
                                                                                            "channe"
                                                                                            "l></"
                                                                                            "rss>",
              2);
  check_count("<rss><channel></foo></item>" ITEM(1) "</channel></rss>", 1);
  check_count("<rss><channel><item><title>a & b < c</title></item></channel></rss>", 1);
  check_count("<rss><channel><item a=b c><title>x</title></item></channel></rss>", 1);
  check_count("<br />\n<b>Warning</b>: something in x.php<br />\n<?xml "
              "version='1.0'?><rss><channel>" ITEM(1) "</channel></rss>",
              1);
  check_count("<!-- c --><?x y?><rss><channel><!-- <item> -->" ITEM(1) "<![CDATA[<item>]]></"
                                                                       "channel></rss>",
              1);
  check_count("<channel>" ITEM(1) "</channel>", 1);
  check_count("<rss>" ITEM(1) "</rss>", 1);
  check_count("<RSS><Channel><Item><Title>x</Title></Item></Channel></RSS>", 1);
  check_count("<rss><channel><item><Title>x</TITLE></ITEM>" ITEM(2) "</Channel></rss>", 2);
  check_count("<feed><entry><title>x</title></entry></feed>", 1);
  check_count("<feed xmlns='urn:unknown'><entry><title>x</title></entry></feed>", 1);
  check_count("<atom:feed "
              "xmlns:atom='http://www.w3.org/2005/Atom'><atom:entry><atom:title>x</atom:title></"
              "atom:entry></atom:feed>",
              1);
  check_count("<a:feed "
              "xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>x</a:title></a:entry></"
              "a:feed>",
              1);
  check_count("<entry xmlns='http://www.w3.org/2005/Atom'><title>x</title></entry>", 1);
  check_count("<rss><channel>" ITEM(1) "<item><guid>https://a.test/1</guid><title>again</title></"
                                       "item></channel></rss>",
              1);
  check_count("<rss><channel><item><guid>https://a.test/</guid><link>/1</link></item><item><guid>"
              "https://a.test/</guid><link>/2</link></item><item><guid>https://a.test/</guid>"
              "<link>/3</link></item></channel></rss>",
              3);
  check_count("<rss><channel><item><guid>x</guid><link>/1</link></item><item><guid>x</guid><link>/1"
              "</link></item><item><guid>x</guid><title>y</title></item></channel></rss>",
              1);
  check_count("<rss><channel></channel></rss>", 0);
  check_count("<rss/>", 0);
  check_count("{\"items\": [{\"id\": 1, \"title\": \"x\"}, {}, 5, null, {\"id\": 2, \"title\": "
              "\"y\"}]}",
              2);
  check_count("{\"items\": [{\"id\": 1, \"title\": \"x\"}, {\"id\": 2", 1);
}

/* Nothing of a document type is expanded. */
static void test_entities_are_text(void **state)
{
  (void)state;
  fm_doc *doc = read_text("<!DOCTYPE rss [<!ENTITY a 'xxxxxxxxxx'><!ENTITY b "
                          "'&a;&a;&a;&a;'><!ENTITY c SYSTEM 'file:///etc/passwd'>]>"
                          "<rss><channel><title>&b;&c;&lt;</title></channel></rss>");
  expect(doc->feed.title, "&b;&c;<");
  fm_doc_unref(doc);
}

/* Cut anywhere, the entries that are whole are there and the same. */
static void test_cut(void **state)
{
  (void)state;
  for (unsigned format = 0; format < KIT_FORMATS; format++) {
    fm_buf body;
    kit_write(&body, &kit_all, format, NULL);
    fm_doc *whole = read_feed(fm_buf_view(&body));
    size_t before = 0;
    for (size_t len = 1; len < body.len; len++) {
      fm_page page = {.body = {body.ptr, len}, .url = FEED_URL, .key = FEED_URL};
      fm_doc *doc = NULL;
      fm_why why = {""};
      if (read_page(&page, &doc, &why)) {
        assert_true(why.text[0] && before == 0);
        continue;
      }
      assert_true(doc->feed.nentries >= before && doc->feed.nentries <= kit_all.count);
      before = doc->feed.nentries;
      for (size_t i = 0; i < before; i++) {
        assert_true(fm_str_eq(doc->feed.entries[i].id, whole->feed.entries[i].id));
        if (!fm_str_eq(doc->feed.entries[i].content, whole->feed.entries[i].content))
          fail_msg("cut at %zu of format %u, entry %zu: %.*s", len, format, i,
                   FM_FMT(doc->feed.entries[i].content));
      }
      fm_doc_unref(doc);
    }
    assert_int_equal(before, kit_all.count);
    fm_doc_unref(whole);
    fm_buf_deinit(&body);
  }
}

static void check_refused(fm_str body, const char *reason)
{
  fm_doc *doc = NULL;
  fm_why why = {""};
  fm_page page = {.body = body, .url = FEED_URL, .key = FEED_URL};
  assert_int_equal(read_page(&page, &doc, &why), FM_E_NO_LIST);
  if (!strstr(why.text, reason))
    fail_msg("\"%s\" does not say \"%s\"", why.text, reason);
}

static void test_no_feed(void **state)
{
  (void)state;
  check_refused(FM_STR(""), "empty");
  check_refused(FM_STR(" \n"), "empty");
  check_refused(FM_STR("hello"), "neither XML nor JSON");
  check_refused(FM_STR("<urlset><url/></urlset>"), "<urlset>");
  check_refused(FM_STR("{\"a\": 1}"), "no \"items\"");
  check_refused(FM_STR("{\"a\": "), "byte");
  check_refused(FM_STR("<html><head><link rel=alternate type='application/rss+xml' "
                       "href='/rss'></head></html>"),
                "https://feed.test/rss");
  check_refused(FM_STR("<!doctype html><title>x</title><p>no feed"), "names no feed");
}

/* ---- a page's own feeds ---- */

static void test_offers(void **state)
{
  (void)state;
  fm_arena arena = {0};
  fm_feed_link offers[FM_FEED_LINKS_FOUND_MAX];
  fm_str html = FM_STR("<!doctype html><script>'<link rel=alternate type=application/rss+xml "
                       "href=/no>'</script><!-- <link rel=alternate "
                       "type=application/rss+xml href=/no2> --><link rel=stylesheet href=x><link "
                       "rel=alternate "
                       "hreflang=de href=/de>"
                       "<link title='Comments &amp; more' rel=alternate type=application/rss+xml "
                       "href=/comments/feed>"
                       "<LINK REL='Alternate Home' TYPE='application/atom+xml; charset=utf-8' "
                       "HREF='/a?x=1&amp;y=2' "
                       "title='All &amp; every'>"
                       "<link rel=alternate type=application/feed+json "
                       "href=//cdn.test/f.json><link rel=alternate "
                       "type=text/xml href=generic.xml>"
                       "<base href='https://base.test/b/'><link rel='alternate' "
                       "type='application/rss+xml' "
                       "href='r'><link rel=feed href=plain>"
                       "<link rel=alternate type='application/rss+xml' href='javascript:x'><link "
                       "rel=alternate "
                       "type='application/rss+xml' href='r'>");
  size_t count = fm_feed_links(html, FEED_URL, &arena, offers);
  static const char *const wanted[] = {
      "https://feed.test/a?x=1&y=2", "https://cdn.test/f.json",
      "https://base.test/b/r",       "https://feed.test/dir/generic.xml",
      "https://base.test/b/plain",   "https://feed.test/comments/feed"};
  assert_int_equal(count, LEN(wanted));
  for (size_t i = 0; i < count; i++)
    expect(offers[i].href, wanted[i]);
  expect(offers[0].title, "All & every");
  fm_arena_deinit(&arena);
}

/* ---- limits ---- */

static void test_many_entries(void **state)
{
  (void)state;
  fm_buf body;
  fm_buf_init(&body, 64 << 20);
  fm_buf_text(&body, "<rss><channel>");
  for (int i = 0; i < FM_FEED_ENTRIES_MAX + 100; i++)
    fm_buf_addf(&body, "<item><guid isPermaLink='false'>%d</guid><title>t</title></item>", i);
  fm_buf_text(&body, "</channel></rss>");
  fm_doc *doc = read_feed(fm_buf_view(&body));
  assert_int_equal(doc->feed.nentries, FM_FEED_ENTRIES_MAX);
  fm_doc_unref(doc);
  fm_buf_deinit(&body);
}

/* What grows when it is cleaned is bounded all together. */
static void test_growth(void **state)
{
  (void)state;
  fm_buf body;
  fm_buf_init(&body, 64 << 20);
  fm_buf_text(&body, "<rss xml:base='https://long.test/");
  for (int i = 0; i < 8000; i++)
    fm_buf_char(&body, 'x');
  fm_buf_text(&body, "/'><channel>");
  for (int i = 0; i < 100; i++) {
    fm_buf_addf(&body, "<item><guid>%d</guid><description>", i);
    for (int k = 0; k < 400; k++)
      fm_buf_text(&body, "&lt;a href=x&gt;");
    fm_buf_text(&body, "</description></item>");
  }
  fm_buf_text(&body, "</channel></rss>");
  fm_doc *doc = read_feed(fm_buf_view(&body));
  assert_int_equal(doc->feed.nentries, 100);
  assert_true(doc->arena.used < 8 * body.len + (8 << 20));
  fm_doc_unref(doc);
  fm_buf_deinit(&body);
}

static void test_deep_and_long(void **state)
{
  (void)state;
  static const char *const bad[] = {
      "<x>",      "<item>",    "<a:b xmlns:a='x'>", "<title>",       "</rss>",
      "<author>", "<![CDATA[", "<!DOCTYPE [",       "<media:group>", "<entry><source>",
      "&",        "<item a='", "<atom:author><x>"};
  for (size_t i = 0; i < LEN(bad); i++) {
    fm_buf body;
    fm_buf_init(&body, 64 << 20);
    fm_buf_text(&body, "<rss><channel>" ITEM(1));
    for (int k = 0; k < 30000; k++)
      fm_buf_text(&body, bad[i]);
    fm_doc *doc = read_feed(fm_buf_view(&body));
    assert_true(doc->feed.nentries >= 1);
    fm_doc_unref(doc);
    fm_buf_deinit(&body);
  }
}

/* ---- noise ---- */

/* Pieces of good documents and of bad text, thrown together: what comes out can be
 * written as Atom, and reads back to the same. */
static void test_noise(void **state)
{
  (void)state;
  fm_arena arena = {0};
  sample_seed = 77;
  fm_buf docs[KIT_FORMATS];
  for (unsigned format = 0; format < KIT_FORMATS; format++)
    kit_write(&docs[format], &kit_all, format, NULL);
  for (int round = 0; round < 1500; round++) {
    fm_buf body;
    fm_buf_init(&body, 1 << 20);
    fm_buf_text(&body,
                sample_random(2) ? "<rss><channel>" : "<feed xmlns='http://www.w3.org/2005/Atom'>");
    for (uint64_t n = 1 + sample_random(10); n > 0; n--) {
      fm_str doc = fm_buf_view(&docs[sample_random(KIT_FORMATS)]);
      size_t from = sample_random(doc.len), len = sample_random(doc.len - from + 1);
      fm_buf_add(&body, doc.ptr + from, len);
      fm_buf_str(&body, sample_noise(&arena));
    }
    fm_page page = {.body = fm_buf_view(&body), .url = FEED_URL, .key = FEED_URL};
    fm_doc *doc = NULL;
    fm_why why = {""};
    if (read_page(&page, &doc, &why) == FM_OK) {
      fm_buf out;
      fm_publication place = {.self = FEED_URL};
      fm_buf_init(&out, 16 << 20);
      assert_int_equal(fm_atom_write(&doc->feed, &place, &out), FM_OK);
      fm_doc *back = read_feed(fm_buf_view(&out));
      assert_int_equal(back->feed.nentries, doc->feed.nentries);
      for (size_t i = 0; i < back->feed.nentries; i++) {
        assert_true(fm_str_eq(back->feed.entries[i].id, doc->feed.entries[i].id));
        assert_true(fm_str_eq(back->feed.entries[i].title, doc->feed.entries[i].title));
        assert_true(fm_utf8_valid(doc->feed.entries[i].content));
        if (doc->feed.entries[i].content.len)
          assert_true(fm_str_eq(back->feed.entries[i].content, doc->feed.entries[i].content));
      }
      fm_doc_unref(back);
      fm_buf_deinit(&out);
      fm_doc_unref(doc);
    }
    fm_buf_deinit(&body);
    fm_arena_deinit(&arena);
  }
  for (unsigned format = 0; format < KIT_FORMATS; format++)
    fm_buf_deinit(&docs[format]);
}

static int plan_of(const char *const *urls, size_t count, fm_arena *arena, fm_plan *plan)
{
  fm_param options[40];
  fm_why why;
  for (size_t i = 0; i < count; i++)
    options[i] = (fm_param){FM_STR("url"), fm_str_of(urls[i])};
  fm_plan_request ask = {.size = sizeof ask, .path = FM_STR("/"), .options = options, .noptions = count};
  return fm_source_plan(&fm_feed_source, &ask, arena, plan, &why);
}

static void several_addresses_are_one_feed(void **state)
{
  (void)state;
  static const char *const urls[] = {"https://a.example/f", "https://b.example/f",
                                     " https://a.example/f ", "https://c.example/f"};
  fm_arena arena = {0};
  fm_plan one, two, all, turned;
  const char *other[] = {urls[1], urls[0]}, *many[40];
  char texts[40][40];
  assert_int_equal(plan_of(urls, 1, &arena, &one), FM_OK);
  assert_true(fm_str_is(one.key, "https://a.example/f") && !one.next_input);
  assert_int_equal(plan_of(urls, 2, &arena, &two), FM_OK);
  assert_int_equal(plan_of(urls, 4, &arena, &all), FM_OK);
  assert_int_equal(plan_of(other, 2, &arena, &turned), FM_OK);
  assert_true(fm_str_starts(two.key, FM_STR("https://a.example/f +1 ")));
  assert_true(fm_str_starts(all.key, FM_STR("https://a.example/f +2 ")));
  assert_true(fm_str_starts(turned.key, FM_STR("https://b.example/f +1 ")));
  assert_true(fm_str_is(all.next_input->url, urls[1]) && fm_str_is(all.next_input->key, urls[1]));
  assert_true(fm_str_is(all.next_input->next_input->url, urls[3]) && !all.next_input->next_input->next_input);
  assert_true(all.accept.len && fm_str_eq(all.accept, all.next_input->accept));
  for (int i = 0; i < 40; i++) {
    snprintf(texts[i], sizeof texts[i], "https://%d.example/", i);
    many[i] = texts[i];
  }
  assert_int_equal(plan_of(many, 32, &arena, &one), FM_OK);
  assert_int_equal(plan_of(many, 33, &arena, &one), FM_E_BAD_ADDRESS);
  assert_int_equal(plan_of(NULL, 0, &arena, &one), FM_E_NOT_FOUND);
  many[3] = "gopher://x/";
  assert_int_equal(plan_of(many, 5, &arena, &one), FM_E_BAD_ADDRESS);
  fm_arena_deinit(&arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_formats),  cmocka_unit_test(test_own_formats),
      cmocka_unit_test(test_charsets), cmocka_unit_test(test_mended),
      cmocka_unit_test(test_broken),   cmocka_unit_test(test_entities_are_text),
      cmocka_unit_test(test_cut),      cmocka_unit_test(test_no_feed),
      cmocka_unit_test(test_offers),   cmocka_unit_test(test_many_entries),
      cmocka_unit_test(test_growth),   cmocka_unit_test(test_deep_and_long),
      cmocka_unit_test(test_noise),
    cmocka_unit_test(several_addresses_are_one_feed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
