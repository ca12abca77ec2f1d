/* The grammar of Atom itself: what it lets through and what not. A grammar that
 * takes everything would make every other test of validity worthless. */
#include "schema.h"

static xmlRelaxNGPtr ours;

#define NS "xmlns=\"http://www.w3.org/2005/Atom\""
#define XHTML "xmlns=\"http://www.w3.org/1999/xhtml\""
#define ID "<id>urn:x:1</id>"
#define TITLE "<title>t</title>"
#define DATE "<updated>2026-08-04T00:00:00Z</updated>"
#define WHO "<author><name>n</name></author>"
#define HEAD ID TITLE DATE WHO
#define ENTRY(inside) "<entry>" ID TITLE DATE inside "</entry>"
#define FEED(inside) "<feed " NS ">" HEAD inside "</feed>"
#define LINK "<link href=\"http://x.test/\"/>"
#define IN_ENTRY(inside) FEED(ENTRY(LINK inside))

static int check(const char *text)
{
  xmlDocPtr doc = schema_parse(fm_str_of(text));
  int error = schema_check(ours, doc);
  xmlFreeDoc(doc);
  return error;
}

static const char *const good[] = {
  FEED(""),
  FEED(ENTRY(LINK)),
  FEED(LINK ENTRY("<content>c</content>")),
  "<feed " NS ">" ID TITLE DATE ENTRY(LINK WHO) ENTRY(WHO LINK) "</feed>",
  "<feed " NS ">" ID TITLE DATE "</feed>",
  "<feed " NS ">" ID TITLE DATE ENTRY("<source>" WHO "</source>" LINK) "</feed>",
  "<feed " NS ">" DATE WHO TITLE "<rights>r</rights>" WHO ID "</feed>",
  "<entry " NS ">" HEAD LINK "</entry>",
  "<feed " NS " xml:lang=\"pt-BR\" xml:base=\"http://x.test/\">" HEAD "</feed>",
  FEED("<icon>/i.png</icon><logo>http://x.test/l</logo><subtitle type=\"html\">&lt;b></subtitle>"),
  FEED("<generator uri=\"http://x.test/\" version=\"1\">g</generator><contributor><name/></contributor>"),
  FEED("<e:x xmlns:e=\"urn:e\" y=\"1\"><e:z/>text</e:x>"),
  FEED("<e:x xmlns:e=\"urn:e\"/>" ENTRY(LINK "<e:x xmlns:e=\"urn:e\"/>")),
  "<feed " NS " xmlns:e=\"urn:e\" e:attr=\"1\">" HEAD "</feed>",
  IN_ENTRY("<summary/><published>1999-12-31T23:59:59.25-05:00</published><rights>r</rights>"),
  FEED("<rights type=\"xhtml\"><div " XHTML "><b>t</b></div></rights>"),
  IN_ENTRY("<category term=\"t\" scheme=\"urn:s\" label=\"\"/><category term=\"u\"/>"),
  IN_ENTRY("<content type=\"xhtml\"><div " XHTML ">x<p class=\"c\">y</p></div></content>"),
  IN_ENTRY("<content type=\"image/svg+xml\"><svg xmlns=\"urn:svg\"/></content>"),
  IN_ENTRY("<content type=\"text/plain\">c</content>"),
  IN_ENTRY("<content type=\"image/png\">aGVsbG8=</content><summary>s</summary>"),
  IN_ENTRY("<content type=\"video/mp4\" src=\"http://x.test/v\"/><summary>s</summary>"),
  FEED(ENTRY("<link rel=\"self\" href=\"a\"/><link rel=\"alternate\" href=\"b\"/><link href=\"c\" type=\"a/b\"/>")),
  FEED(ENTRY("<link href=\"a\" rel=\"http://www.iana.org/assignments/relation/alternate\"/>")),
  IN_ENTRY("<link rel=\"enclosure\" href=\"a\" length=\"0\" title=\"t\" hreflang=\"en\" type=\"audio/mpeg\"/>"),
  IN_ENTRY("<author><email>a@b</email><name>n</name><uri>http://x.test/</uri></author>"),
  IN_ENTRY("<source/>"),
};

/* Each is a good document with one thing wrong. */
static const struct {
  const char *wrong, *text;
} bad[] = {
  {"not Atom", "<feed>" HEAD "</feed>"},
  {"old namespace", "<feed xmlns=\"http://purl.org/atom/ns#\">" HEAD "</feed>"},
  {"no id", "<feed " NS ">" TITLE DATE WHO "</feed>"},
  {"two ids", FEED(ID)},
  {"no title", "<feed " NS ">" ID DATE WHO "</feed>"},
  {"two titles", FEED(TITLE)},
  {"no updated", "<feed " NS ">" ID TITLE WHO "</feed>"},
  {"two updated", FEED(DATE)},
  {"two subtitles", FEED("<subtitle/><subtitle/>")},
  {"two icons", FEED("<icon>a</icon><icon>b</icon>")},
  {"two logos", FEED("<logo>a</logo><logo>b</logo>")},
  {"two rights", FEED("<rights/><rights/>")},
  {"two generators", FEED("<generator/><generator/>")},
  {"nobody wrote it", "<feed " NS ">" ID TITLE DATE ENTRY(LINK) "</feed>"},
  {"nobody wrote one of them", "<feed " NS ">" ID TITLE DATE ENTRY(LINK WHO) ENTRY(LINK) "</feed>"},
  {"metadata after entries", FEED(ENTRY(LINK) LINK)},
  {"text in the feed", FEED("text")},
  {"published of a feed", FEED("<published>2026-08-04T00:00:00Z</published>")},
  {"summary of a feed", FEED("<summary>s</summary>")},
  {"unknown element", FEED("<modified>2026-08-04T00:00:00Z</modified>")},
  {"unknown element of an entry", IN_ENTRY("<tagline/>")},
  {"unknown element of a person", IN_ENTRY("<author><name>n</name><url>u</url></author>")},
  {"feed in an entry", IN_ENTRY("<feed/>")},
  {"unknown attribute", "<feed " NS " version=\"1.0\">" HEAD "</feed>"},
  {"unknown attribute of a link", FEED("<link href=\"a\" target=\"b\"/>")},
  {"bad language", "<feed " NS " xml:lang=\"en_US!\">" HEAD "</feed>"},
  {"entry without id", FEED("<entry>" TITLE DATE LINK "</entry>")},
  {"entry with two ids", FEED(ENTRY(LINK ID))},
  {"entry without title", FEED("<entry>" ID DATE LINK "</entry>")},
  {"entry with two titles", FEED(ENTRY(LINK TITLE))},
  {"entry without updated", FEED("<entry>" ID TITLE LINK "</entry>")},
  {"entry with two updated", FEED(ENTRY(LINK DATE))},
  {"two summaries", IN_ENTRY("<summary/><summary/>")},
  {"two contents", IN_ENTRY("<content/><content/>")},
  {"two published", IN_ENTRY("<published>2026-08-04T00:00:00Z</published>"
                             "<published>2026-08-04T00:00:00Z</published>")},
  {"two sources", IN_ENTRY("<source/><source/>")},
  {"lone entry of nobody", "<entry " NS ">" ID TITLE DATE LINK "</entry>"},
  {"neither content nor alternate", FEED(ENTRY("<summary>s</summary>"))},
  {"no alternate among the links", FEED(ENTRY("<link rel=\"related\" href=\"a\"/>"))},
  {"content elsewhere without summary", IN_ENTRY("<content src=\"a\" type=\"a/b\"/>")},
  {"Base64 without summary", IN_ENTRY("<content type=\"image/png\">aGVsbG8=</content>")},
  {"no Base64", IN_ENTRY("<content type=\"image/png\">a*b</content><summary/>")},
  {"content here and elsewhere", IN_ENTRY("<content src=\"a\">c</content><summary/>")},
  {"markup in plain text", IN_ENTRY("<content type=\"text\"><b/></content>")},
  {"markup in a title", FEED(ENTRY(LINK) "<rights><b/></rights>")},
  {"xhtml without its div", IN_ENTRY("<content type=\"xhtml\">c</content>")},
  {"xhtml with two divs", IN_ENTRY("<content type=\"xhtml\"><div " XHTML "/><div " XHTML "/></content>")},
  {"unknown type of text", IN_ENTRY("<summary type=\"markdown\">s</summary>")},
  {"media type of text", IN_ENTRY("<summary type=\"text/plain\">s</summary>")},
  {"date without time", FEED("<entry>" ID TITLE LINK "<updated>2026-08-04</updated></entry>")},
  {"date without zone", IN_ENTRY("<published>2026-08-04T00:00:00</published>")},
  {"date with a small t", IN_ENTRY("<published>2026-08-04t00:00:00Z</published>")},
  {"date with a space", IN_ENTRY("<published>2026-08-04 00:00:00Z</published>")},
  {"no such day", IN_ENTRY("<published>2026-02-30T00:00:00Z</published>")},
  {"no such hour", IN_ENTRY("<published>2026-02-03T25:00:00Z</published>")},
  {"mail's date", IN_ENTRY("<published>Tue, 04 Aug 2026 00:00:00 GMT</published>")},
  {"empty date", IN_ENTRY("<published/>")},
  {"empty id", FEED("<entry><id/>" TITLE DATE LINK "</entry>")},
  {"relative id", FEED("<entry><id>1</id>" TITLE DATE LINK "</entry>")},
  {"id with white space", FEED("<entry><id> urn:x:1\n</id>" TITLE DATE LINK "</entry>")},
  {"link without href", FEED("<link rel=\"self\"/>")},
  {"link with empty href", FEED("<link href=\"\"/>")},
  {"link with a space", FEED("<link href=\"http://x.test/a b\"/>")},
  {"link with empty rel", FEED("<link rel=\"\" href=\"a\"/>")},
  {"link with a bad type", FEED("<link href=\"a\" type=\"html\"/>")},
  {"link with a bad length", FEED("<link href=\"a\" length=\"many\"/>")},
  {"category without term", IN_ENTRY("<category label=\"l\"/>")},
  {"category with empty term", IN_ENTRY("<category term=\"\"/>")},
  {"category with a relative scheme", IN_ENTRY("<category term=\"t\" scheme=\"s\"/>")},
  {"person without name", IN_ENTRY("<author><uri>http://x.test/</uri></author>")},
  {"person with two names", IN_ENTRY("<author><name>a</name><name>b</name></author>")},
  {"person with two mails", IN_ENTRY("<author><name>a</name><email>a@b</email><email>a@b</email></author>")},
  {"person with a bad mail", IN_ENTRY("<author><name>a</name><email>nobody</email></author>")},
  {"person with a bad uri", IN_ENTRY("<author><name>a</name><uri>a b</uri></author>")},
  {"text in a person", IN_ENTRY("<author>n<name>n</name></author>")},
  {"Atom in a link", FEED("<link href=\"a\"><title/></link>")},
};

static void good_documents_pass(void **state)
{
  (void)state;
  for (size_t i = 0; i < LEN(good); i++)
    if (check(good[i]) != 0)
      fail_msg("refused: %s", good[i]);
}

static void bad_documents_do_not(void **state)
{
  (void)state;
  for (size_t i = 0; i < LEN(bad); i++)
    if (check(bad[i].text) == 0)
      fail_msg("let through (%s): %s", bad[i].wrong, bad[i].text);
}

/* The order of elements says nothing (4.1.1, 4.1.2), so no order may be refused. */
static void any_order_passes(void **state)
{
  (void)state;
  const char *parts[] = {ID, TITLE, DATE, WHO, WHO, LINK, "<link rel=\"self\" href=\"a\"/>",
                         "<summary/>", "<content src=\"a\"/>", "<category term=\"a\"/>",
                         "<source/>", "<category term=\"b\"/>", "<e:x xmlns:e=\"urn:e\"/>", "<rights/>"};
  for (int round = 0; round < 300; round++) {
    fm_buf text;
    fm_buf_init(&text, 1 << 16);
    fm_buf_text(&text, "<entry " NS ">");
    for (size_t left = LEN(parts); left > 0; left--) {
      size_t pick = sample_random(left);
      const char *part = parts[pick];
      fm_buf_text(&text, part);
      parts[pick] = parts[left - 1];
      parts[left - 1] = part;
    }
    fm_buf_add(&text, "</entry>", sizeof "</entry>");
    if (check(text.ptr) != 0)
      fail_msg("refused: %s", text.ptr);
    fm_buf_deinit(&text);
  }
}

static int load(void **state)
{
  (void)state;
  ours = schema_load(OUR_SCHEMA);
  return 0;
}

static int unload(void **state)
{
  (void)state;
  xmlRelaxNGFree(ours);
  schema_cleanup();
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(good_documents_pass),
    cmocka_unit_test(bad_documents_do_not),
    cmocka_unit_test(any_order_passes),
  };
  return cmocka_run_group_tests(tests, load, unload);
}
