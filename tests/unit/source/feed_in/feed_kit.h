/* What the tests of the source `feed` share: one feed written in every format by a
 * generator of our own, and reading one. */
#ifndef TESTS_UNIT_FEED_KIT_H
#define TESTS_UNIT_FEED_KIT_H

#include "base/date.h"
#include "feed/doc.h"
#include "sample.h"
#include "source/registry.h"

#include <stdlib.h>

#define FEED_URL FM_STR("https://feed.test/dir/feed.xml")

/* ---- reading ---- */

static inline int read_page(const fm_page *page, fm_doc **doc, fm_why *why)
{
  /* In memory that is gone afterwards, and with nothing after its last byte. */
  fm_page copy = *page;
  char *body = malloc(page->body.len ? page->body.len : 1);
  memcpy(body, page->body.ptr, page->body.len);
  copy.size = sizeof copy;
  copy.body.ptr = body;
  int code = fm_source_extract(&fm_feed_source, &copy, doc, NULL, why);
  free(body);
  return code;
}

static inline fm_doc *read_feed(fm_str body)
{
  fm_doc *doc = NULL;
  fm_why why = {""};
  fm_page page = {.body = body, .url = FEED_URL, .key = FEED_URL};
  if (read_page(&page, &doc, &why))
    fail_msg("not read: %s\n%.*s", why.text, (int)(body.len < 2000 ? body.len : 2000), body.ptr);
  return doc;
}

static inline fm_doc *read_text(const char *body)
{
  return read_feed(fm_str_of(body));
}

static inline void expect(fm_str got, const char *wanted)
{
  if (!fm_str_is(got, wanted))
    fail_msg("got: %.*s\nnot: %s", FM_FMT(got), wanted);
}

static inline fm_str link_of(const fm_entry *entry, const char *rel)
{
  for (size_t i = 0; i < entry->nlinks; i++)
    if (fm_str_is(entry->links[i].rel, rel))
      return entry->links[i].href;
  return (fm_str){"", 0};
}

static inline double number_of(const fm_entry *entry, const char *name)
{
  double value = -1;
  fm_entry_number(entry, fm_str_of(name), &value);
  return value;
}

/* ---- the generator ---- */

typedef struct kit_item {
  const char *title, *link, *id, *html, *author, *category;
  int64_t published, updated;
  int comments;
  const char *enclosure; /* audio */
} kit_item;

typedef struct kit_feed {
  const char *title, *link, *subtitle;
  const kit_item *items;
  size_t count;
} kit_feed;

enum kit_format {
  KIT_RSS2,
  KIT_RSS2_CDATA,
  KIT_RSS091,
  KIT_RDF,
  KIT_ATOM,
  KIT_ATOM_XHTML,
  KIT_ATOM03,
  KIT_JSON,
  KIT_FORMATS
};

static inline void put_tag(fm_buf *out, const char *tag, fm_str text)
{
  fm_buf_addf(out, "<%s>", tag);
  fm_buf_html(out, text);
  fm_buf_addf(out, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

static inline void put_tag_text(fm_buf *out, const char *tag, const char *text)
{
  if (text)
    put_tag(out, tag, fm_str_of(text));
}

static inline void put_rfc822(fm_buf *out, const char *tag, int64_t time)
{
  char text[32];
  fm_date_rfc822(time, text);
  put_tag_text(out, tag, text);
}

static inline void put_iso(fm_buf *out, const char *tag, int64_t time)
{
  char text[FM_DATE_ISO_LEN + 1];
  fm_date_iso(time, text);
  put_tag_text(out, tag, text);
}

static inline void put_rss_item(fm_buf *out, const kit_item *item, enum kit_format format)
{
  if (format == KIT_RDF) {
    fm_buf_text(out, "<item rdf:about=\"");
    fm_buf_html(out, fm_str_of(item->id));
    fm_buf_text(out, "\">\n");
  } else {
    fm_buf_text(out, "<item>\n");
  }
  put_tag_text(out, "title", item->title);
  put_tag_text(out, "link", item->link);
  if (format == KIT_RSS2_CDATA)
    fm_buf_addf(out, "<content:encoded><![CDATA[%s]]></content:encoded>\n", item->html);
  else
    put_tag_text(out, "description", item->html);
  if (format == KIT_RSS2 || format == KIT_RSS2_CDATA) {
    put_tag_text(out, "guid isPermaLink=\"false\"", item->id);
    put_rfc822(out, "pubDate", item->published);
    put_iso(out, "atom:updated", item->updated);
    fm_buf_addf(out, "<slash:comments>%d</slash:comments>\n", item->comments);
  } else if (format == KIT_RDF) {
    put_iso(out, "dc:date", item->published);
  }
  if (format != KIT_RSS091) {
    put_tag_text(out, "dc:creator", item->author);
    put_tag_text(out, format == KIT_RDF ? "dc:subject" : "category", item->category);
  }
  if (item->enclosure && format != KIT_RSS091 && format != KIT_RDF)
    fm_buf_addf(out, "<enclosure url=\"%s\" type=\"audio/mpeg\" length=\"5\"/>\n", item->enclosure);
  fm_buf_text(out, "</item>\n");
}

static inline void put_rss(fm_buf *out, const kit_feed *feed, enum kit_format format)
{
  if (format == KIT_RDF)
    fm_buf_text(out, "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" "
                     "xmlns=\"http://purl.org/rss/1.0/\" "
                     "xmlns:dc=\"http://purl.org/dc/elements/1.1/\">");
  else if (format == KIT_RSS091)
    fm_buf_text(out, "<!DOCTYPE rss PUBLIC \"-//Netscape Communications//DTD RSS 0.91//EN\" "
                     "\"http://my.netscape.com/publish/formats/rss-0.91.dtd\">\n<rss "
                     "version=\"0.91\">");
  else
    fm_buf_text(out, "<rss version=\"2.0\" "
                     "xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" "
                     "xmlns:d=\"urn:x\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
                     "xmlns:atom=\"http://www.w3.org/2005/Atom\" "
                     "xmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\">");
  fm_buf_text(out, "<channel>\n");
  put_tag_text(out, "title", feed->title);
  put_tag_text(out, "link", feed->link);
  put_tag_text(out, "description", feed->subtitle);
  if (format == KIT_RDF)
    fm_buf_text(out, "<items><rdf:Seq><rdf:li resource=\"x\"/></rdf:Seq></items></channel>\n");
  for (size_t i = 0; i < feed->count; i++)
    put_rss_item(out, &feed->items[i], format);
  fm_buf_text(out, format == KIT_RDF ? "</rdf:RDF>\n" : "</channel></rss>\n");
}

static inline void put_atom_entry(fm_buf *out, const kit_item *item, enum kit_format format)
{
  bool old = format == KIT_ATOM03;
  fm_buf_text(out, "<entry>\n");
  put_tag_text(out, old ? "title" : "title type=\"text\"", item->title);
  fm_buf_addf(out, "<link rel=\"alternate\" type=\"text/html\" href=\"%s\"/>\n", item->link);
  put_tag_text(out, "id", item->id);
  put_iso(out, old ? "issued" : "published", item->published);
  put_iso(out, old ? "modified" : "updated", item->updated);
  fm_buf_text(out, "<author>");
  put_tag_text(out, "name", item->author);
  fm_buf_text(out, "</author>\n");
  if (item->category)
    fm_buf_addf(out, "<category term=\"%s\"/>\n", item->category);
  if (item->enclosure)
    fm_buf_addf(out, "<link rel=\"enclosure\" type=\"audio/mpeg\" href=\"%s\"/>\n",
                item->enclosure);
  fm_buf_addf(out, "<link rel=\"replies\" href=\"#c\" thr:count=\"%d\"/>\n", item->comments);
  if (format == KIT_ATOM_XHTML)
    fm_buf_addf(out,
                "<content type=\"xhtml\"><div "
                "xmlns=\"http://www.w3.org/1999/xhtml\">%s</div></content>\n",
                item->html);
  else
    put_tag_text(out, old ? "content type=\"text/html\" mode=\"escaped\"" : "content type=\"html\"",
                 item->html);
  fm_buf_text(out, "</entry>\n");
}

static inline void put_atom(fm_buf *out, const kit_feed *feed, enum kit_format format)
{
  fm_buf_addf(out, "<feed %s xmlns=\"%s\" xmlns:thr=\"http://purl.org/syndication/thread/1.0\">\n",
              format == KIT_ATOM03 ? "version=\"0.3\"" : "",
              format == KIT_ATOM03 ? "http://purl.org/atom/ns#" : "http://www.w3.org/2005/Atom");
  put_tag_text(out, "title", feed->title);
  fm_buf_addf(out, "<link rel=\"alternate\" href=\"%s\"/><link rel=\"self\" href=\"self.xml\"/>\n",
              feed->link);
  put_tag_text(out, format == KIT_ATOM03 ? "tagline" : "subtitle", feed->subtitle);
  for (size_t i = 0; i < feed->count; i++)
    put_atom_entry(out, &feed->items[i], format);
  fm_buf_text(out, "</feed>\n");
}

static inline void put_member(fm_buf *out, const char *name, const char *text)
{
  if (!text)
    return;
  fm_buf_addf(out, "\"%s\": ", name);
  fm_buf_json(out, fm_str_of(text));
  fm_buf_text(out, ", ");
}

static inline void put_json_item(fm_buf *out, const kit_item *item)
{
  char published[FM_DATE_ISO_LEN + 1], updated[FM_DATE_ISO_LEN + 1];
  fm_date_iso(item->published, published);
  fm_date_iso(item->updated, updated);
  fm_buf_text(out, "{");
  put_member(out, "id", item->id);
  put_member(out, "url", item->link);
  put_member(out, "title", item->title);
  put_member(out, "content_html", item->html);
  put_member(out, "date_published", published);
  put_member(out, "date_modified", updated);
  fm_buf_text(out, "\"authors\": [{");
  put_member(out, "name", item->author);
  fm_buf_text(out, "\"avatar\": null}], \"tags\": [");
  if (item->category)
    fm_buf_json(out, fm_str_of(item->category));
  fm_buf_text(out, "], ");
  if (item->enclosure)
    fm_buf_addf(out, "\"attachments\": [{\"url\": \"%s\", \"mime_type\": \"audio/mpeg\"}], ",
                item->enclosure);
  fm_buf_addf(out, "\"comments\": %d}", item->comments);
}

static inline void put_json(fm_buf *out, const kit_feed *feed)
{
  fm_buf_text(out, "{\"version\": \"https://jsonfeed.org/version/1.1\", ");
  put_member(out, "title", feed->title);
  put_member(out, "home_page_url", feed->link);
  put_member(out, "description", feed->subtitle);
  fm_buf_text(out, "\"items\": [");
  for (size_t i = 0; i < feed->count; i++) {
    fm_buf_text(out, i ? ",\n" : "");
    put_json_item(out, &feed->items[i]);
  }
  fm_buf_text(out, "]}");
}

/* The document in UTF-8; `encoding` is what its declaration says, NULL: none. */
static inline void kit_write(fm_buf *out, const kit_feed *feed, enum kit_format format,
                             const char *encoding)
{
  fm_buf_init(out, 64 << 20);
  if (encoding && format != KIT_JSON)
    fm_buf_addf(out, "<?xml version=\"1.0\" encoding=\"%s\"?>\n", encoding);
  if (format == KIT_JSON)
    put_json(out, feed);
  else if (format < KIT_ATOM)
    put_rss(out, feed, format);
  else
    put_atom(out, feed, format);
}

/* ---- one feed, for all ---- */

static const kit_item kit_items[] = {
    {"Plain & simple: caf\xc3\xa9", "https://feed.test/posts/1", "https://feed.test/posts/1",
     "<p>First &amp; <b>best</b> caf\xc3\xa9</p>", "Ann O'Nym", "news", 1785801600, 1785805200, 3,
     NULL},
    {"1 < 2 and 3 > 2", "https://feed.test/posts/2?a=1", "tag:feed.test,2026:2",
     "<div>Second <a href=\"https://other.test/\">link</a><br/></div>", "Bob", NULL, 1785715200,
     1785715200, 0, "https://feed.test/a.mp3"},
    {"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", "https://feed.test/posts/3", "urn:x:3",
     "<p>\xd0\xbc\xd0\xb8\xd1\x80</p>", "\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", "\xd1\x8f", 1785628800,
     1785628800, 12, NULL},
};
static const kit_feed kit_all = {"Feed \"one\"", "https://feed.test/", "What it is", kit_items,
                                 LEN(kit_items)};

#endif
