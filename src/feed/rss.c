/* RSS 2.0, with what it lacks from other namespaces: atom:link (self, archives,
 * related), atom:updated, content:encoded, dc:creator, dc:rights. */
#include "base/date.h"
#include "base/str.h"
#include "feed/valid.h"
#include "feed/format.h"
#include "feed/xml.h"

#include <stdio.h>

enum { ITEM_CHILD_DEPTH = 4 };

static void text_given(fm_xml *xml, const char *name, fm_str text)
{
  if (fm_valid_text(text))
    fm_xml_element(xml, name, text);
}

static void write_date(fm_xml *xml, const char *name, int64_t time)
{
  char text[32];
  fm_date_rfc822(fm_valid_time(time), text);
  fm_xml_element(xml, name, fm_str_of(text));
}

/* Readers take a description for HTML, so plain text is escaped once more. */
static void write_description(fm_xml *xml, fm_str text)
{
  fm_buf html;
  fm_buf_init(&html, FM_BUF_MAX);
  if (fm_buf_html(&html, text))
    xml->out->full = true;
  fm_xml_element(xml, "description", fm_buf_view(&html));
  fm_buf_deinit(&html);
}

static void write_atom_link(fm_xml *xml, fm_str rel, const fm_link *link)
{
  if (!fm_valid_href(link->href))
    return;
  fm_xml_open(xml, "atom:link");
  fm_xml_attr(xml, "rel", rel);
  fm_xml_attr(xml, "href", link->href);
  if (fm_valid_media_type(link->type))
    fm_xml_attr(xml, "type", link->type);
  if (link->title.len)
    fm_xml_attr(xml, "title", link->title);
  fm_xml_close(xml);
}

static void write_enclosure(fm_xml *xml, const fm_link *link)
{
  bool typed = fm_valid_media_type(link->type);
  fm_xml_open(xml, "enclosure");
  fm_xml_attr(xml, "url", link->href);
  fm_xml_attr(xml, "length", FM_STR("0")); /* required; this is how unknown is said */
  fm_xml_attr(xml, "type", typed ? link->type : FM_STR("application/octet-stream"));
  fm_xml_close(xml);
}

static void write_item_links(fm_xml *xml, const fm_entry *entry, fm_str shown)
{
  for (size_t i = 0; i < entry->nlinks; i++) {
    const fm_link *link = &entry->links[i];
    fm_str rel = fm_valid_rel(entry, i);
    if (fm_str_is(rel, "enclosure"))
      write_enclosure(xml, link);
    else if (rel.len && link->href.ptr != shown.ptr)
      write_atom_link(xml, rel, link);
  }
}

static void write_guid(fm_xml *xml, fm_str id, fm_str shown)
{
  fm_xml_open(xml, "guid");
  fm_xml_attr(xml, "isPermaLink", fm_str_eq(id, shown) ? FM_STR("true") : FM_STR("false"));
  fm_xml_text(xml, id);
  fm_xml_close(xml);
}

static void write_category(fm_xml *xml, const fm_category *category)
{
  if (!fm_valid_text(category->term))
    return;
  fm_xml_open(xml, "category");
  if (fm_valid_iri(category->scheme))
    fm_xml_attr(xml, "domain", category->scheme);
  fm_xml_text(xml, category->term);
  fm_xml_close(xml);
}

static void write_dates(fm_xml *xml, const fm_entry *entry, int64_t fallback)
{
  char text[FM_DATE_ISO_LEN + 1];
  int64_t updated = fm_valid_updated(entry, fallback);
  write_date(xml, "pubDate", entry->published == FM_NO_TIME ? updated : entry->published);
  fm_date_iso(fm_valid_time(updated), text);
  fm_xml_element(xml, "atom:updated", fm_str_of(text));
}

static void write_item(fm_xml *xml, const fm_entry *entry, int64_t fallback)
{
  fm_str id = fm_valid_entry_id(entry), shown = fm_valid_alternate(entry);
  if (!id.len)
    return;
  fm_xml_open(xml, "item");
  write_guid(xml, id, shown);
  fm_xml_element(xml, "title", entry->title);
  text_given(xml, "link", shown);
  write_item_links(xml, entry, shown);
  write_dates(xml, entry, fallback);
  for (size_t i = 0; i < entry->nauthors; i++)
    text_given(xml, "dc:creator", entry->authors[i].name);
  for (size_t i = 0; i < entry->ncategories; i++)
    write_category(xml, &entry->categories[i]);
  if (fm_valid_text(entry->summary))
    write_description(xml, entry->summary);
  text_given(xml, "content:encoded", entry->content);
  text_given(xml, "dc:rights", entry->rights);
  fm_xml_close(xml);
}

static void write_image(fm_xml *xml, const fm_feed *feed, fm_str title, fm_str shown)
{
  fm_str url = fm_valid_href(feed->logo) ? feed->logo : feed->icon;
  if (!fm_valid_href(url))
    return;
  fm_xml_open(xml, "image");
  fm_xml_element(xml, "url", url);
  fm_xml_element(xml, "title", title);
  fm_xml_element(xml, "link", shown);
  fm_xml_close(xml);
}

static void write_place(fm_xml *xml, const fm_publication *place)
{
  const struct {
    fm_str rel, href;
  } links[] = {
    {FM_STR("self"), place->self},
    {FM_STR("prev-archive"), place->prev_archive},
    {FM_STR("next-archive"), place->next_archive},
    {FM_STR("current"), place->current},
  };
  fm_str type = FM_STR("application/rss+xml");
  for (size_t i = 0; i < sizeof links / sizeof *links; i++)
    write_atom_link(xml, links[i].rel, &(fm_link){.href = links[i].href, .type = type});
  if (place->archive) {
    fm_xml_open(xml, "fh:archive");
    fm_xml_close(xml);
  }
}

/* In whole minutes: a reader that comes back then finds something new, if there is. */
static void write_ttl(fm_xml *xml, int64_t seconds)
{
  char text[24];
  int len = snprintf(text, sizeof text, "%lld", (long long)((seconds + 59) / 60));
  fm_xml_element(xml, "ttl", (fm_str){text, (size_t)len});
}

/* title, link and description are required. */
static void write_head(fm_xml *xml, const fm_feed *feed, const fm_publication *place, int64_t updated)
{
  fm_str title = fm_valid_feed_title(feed), id = fm_valid_feed_id(feed);
  fm_str shown = fm_valid_href(feed->link) ? feed->link : fm_valid_href(id) ? id : place->self;
  fm_xml_element(xml, "title", title);
  fm_xml_element(xml, "link", shown);
  write_description(xml, fm_valid_text(feed->subtitle) ? feed->subtitle : title);
  if (fm_valid_language(feed->language))
    fm_xml_element(xml, "language", feed->language);
  write_date(xml, "lastBuildDate", updated);
  if (place->every > 0)
    write_ttl(xml, place->every);
  fm_xml_element(xml, "dc:creator", fm_valid_author(feed).name);
  fm_xml_element(xml, "generator", FM_STR("feedmill " FM_VERSION));
  write_image(xml, feed, title, shown);
  write_place(xml, place);
}

static void open_root(fm_xml *xml, const fm_publication *place)
{
  fm_xml_open(xml, "rss");
  fm_xml_attr(xml, "version", FM_STR("2.0"));
  fm_xml_attr(xml, "xmlns:atom", FM_STR("http://www.w3.org/2005/Atom"));
  fm_xml_attr(xml, "xmlns:content", FM_STR("http://purl.org/rss/1.0/modules/content/"));
  fm_xml_attr(xml, "xmlns:dc", FM_STR("http://purl.org/dc/elements/1.1/"));
  if (place->archive)
    fm_xml_attr(xml, "xmlns:fh", FM_STR("http://purl.org/syndication/history/1.0"));
}

int fm_rss_write(const fm_feed *feed, const fm_publication *place, fm_buf *out)
{
  fm_xml xml;
  int64_t changed = place->changed == FM_NO_TIME ? 0 : place->changed;
  fm_xml_begin(&xml, out, ITEM_CHILD_DEPTH);
  open_root(&xml, place);
  fm_xml_open(&xml, "channel");
  write_head(&xml, feed, place, fm_feed_updated(feed, changed));
  for (size_t i = 0; i < feed->nentries; i++)
    write_item(&xml, &feed->entries[i], feed->day == FM_NO_TIME ? changed : feed->day);
  return fm_xml_end(&xml);
}
