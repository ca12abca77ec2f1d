/* RSS 2.0, with what it lacks from other namespaces: atom:link (self, archives,
 * related), atom:updated, content:encoded, dc:creator, dc:rights, dc:language,
 * media:thumbnail, itunes:duration. */
#include "base/date.h"
#include "base/str.h"
#include "base/url.h"
#include "feed/extension.h"
#include "feed/format.h"
#include "feed/valid.h"
#include "feed/xml.h"

#include <inttypes.h>
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

static void write_number(fm_xml *xml, const char *name, int64_t number)
{
  char text[24];
  int len = snprintf(text, sizeof text, "%" PRId64, number);
  fm_xml_element(xml, name, (fm_str){text, (size_t)len});
}

/* Readers take a description for HTML, so plain text is escaped once more. */
static void write_as_html(fm_xml *xml, const char *name, fm_str text)
{
  fm_buf html;
  fm_buf_init(&html, FM_BUF_MAX);
  if (fm_buf_html(&html, text))
    xml->out->full = true;
  fm_xml_element(xml, name, fm_buf_view(&html));
  fm_buf_deinit(&html);
}

/* RSS knows URIs alone: beyond the host, what is not ASCII is written as its octets (RFC 3987
 * section 3.1). */
static void put_uri(fm_buf *out, fm_str iri)
{
  fm_url url;
  bool split = fm_url_parse(iri, &url) && url.host.len;
  size_t fixed = split ? (size_t)(url.host.ptr + url.host.len - iri.ptr) : iri.len;
  fm_buf_add(out, iri.ptr, fixed);
  for (size_t i = fixed; i < iri.len; i++)
    if ((unsigned char)iri.ptr[i] < 0x80)
      fm_buf_char(out, iri.ptr[i]);
    else
      fm_buf_addf(out, "%%%02X", (unsigned)(unsigned char)iri.ptr[i]);
}

static void write_uri(fm_xml *xml, const char *element, const char *attribute, fm_str iri)
{
  fm_buf uri;
  fm_buf_init(&uri, FM_BUF_MAX);
  put_uri(&uri, iri);
  xml->out->full = xml->out->full || uri.full;
  if (attribute)
    fm_xml_attr(xml, attribute, fm_buf_view(&uri));
  else
    fm_xml_element(xml, element, fm_buf_view(&uri));
  fm_buf_deinit(&uri);
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
  char length[24]; /* required; 0 is how unknown is said */
  int len = snprintf(length, sizeof length, "%" PRId64, link->length > 0 ? link->length : 0);
  fm_xml_open(xml, "enclosure");
  write_uri(xml, NULL, "url", link->href);
  fm_xml_attr(xml, "length", (fm_str){length, (size_t)len});
  fm_xml_attr(xml, "type", typed ? link->type : FM_STR("application/octet-stream"));
  fm_xml_close(xml);
}

static bool is_page(const fm_link *link)
{
  return !link->type.len || fm_str_ieq(link->type, FM_STR("text/html"));
}

static void write_item_links(fm_xml *xml, const fm_entry *entry, fm_str shown)
{
  bool commented = false;
  for (size_t i = 0; i < entry->nlinks; i++) {
    const fm_link *link = &entry->links[i];
    fm_str rel = fm_valid_rel(entry, i);
    if (fm_str_is(rel, "enclosure")) {
      write_enclosure(xml, link);
    } else if (fm_str_is(rel, "replies") && is_page(link) && !commented) {
      write_uri(xml, "comments", NULL, link->href);
      commented = true;
    }
    else if (rel.len && link->href.ptr != shown.ptr)
      write_atom_link(xml, rel, link);
  }
}

/* What was carried as the podcast's own element is not said twice. */
static bool has_element(const fm_entry *entry, const char *start)
{
  for (size_t i = 0; i < entry->nextensions; i++)
    if (fm_str_starts(entry->extensions[i].xml, fm_str_of(start)))
      return true;
  return false;
}

static int64_t duration_of(const fm_entry *entry)
{
  for (size_t i = 0; i < entry->nlinks; i++)
    if (fm_str_is(entry->links[i].rel, "enclosure") && entry->links[i].duration > 0)
      return entry->links[i].duration;
  return 0;
}

static void write_media(fm_xml *xml, const fm_entry *entry)
{
  int64_t duration = duration_of(entry);
  if (duration && !has_element(entry, "<itunes:duration"))
    write_number(xml, "itunes:duration", duration);
  if (entry->nimages && fm_valid_href(entry->images->href)) {
    fm_xml_open(xml, "media:thumbnail");
    write_uri(xml, NULL, "url", entry->images->href);
    fm_xml_close(xml);
  }
}

static void write_source(fm_xml *xml, const fm_entry_source *source)
{
  if (!fm_valid_href(source->href) || !fm_valid_text(source->title))
    return;
  fm_xml_open(xml, "source");
  write_uri(xml, NULL, "url", source->href);
  fm_xml_text(xml, source->title);
  fm_xml_close(xml);
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

static void write_item(fm_xml *xml, const fm_entry *entry, const fm_namespaces *spaces,
                       int64_t fallback)
{
  fm_str id = fm_valid_entry_id(entry), shown = fm_valid_alternate(entry);
  if (!id.len)
    return;
  fm_xml_open(xml, "item");
  write_guid(xml, id, shown);
  fm_xml_element(xml, "title", entry->title);
  if (shown.len)
    write_uri(xml, "link", NULL, shown);
  write_item_links(xml, entry, shown);
  write_dates(xml, entry, fallback);
  for (size_t i = 0; i < entry->nauthors; i++)
    text_given(xml, "dc:creator", entry->authors[i].name);
  for (size_t i = 0; i < entry->ncategories; i++)
    write_category(xml, &entry->categories[i]);
  if (fm_valid_text(entry->summary))
    write_as_html(xml, "description", entry->summary);
  text_given(xml, "content:encoded", entry->content);
  text_given(xml, "dc:rights", entry->rights);
  if (fm_valid_language(entry->language))
    fm_xml_element(xml, "dc:language", entry->language);
  write_source(xml, &entry->origin);
  write_media(xml, entry);
  fm_extensions_write(spaces, entry->extensions, entry->nextensions, xml);
  fm_xml_close(xml);
}

static void write_image(fm_xml *xml, const fm_feed *feed, fm_str title, fm_str shown)
{
  fm_str url = fm_valid_href(feed->logo) ? feed->logo : feed->icon;
  if (!fm_valid_href(url))
    return;
  fm_xml_open(xml, "image");
  write_uri(xml, "url", NULL, url);
  fm_xml_element(xml, "title", title);
  write_uri(xml, "link", NULL, shown);
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
  write_number(xml, "ttl", (seconds + 59) / 60);
}

static void write_authors(fm_xml *xml, const fm_feed *feed)
{
  bool known = false;
  for (size_t i = 0; i < feed->nauthors; i++) {
    known = known || fm_valid_text(feed->authors[i].name);
    text_given(xml, "dc:creator", feed->authors[i].name);
  }
  if (!known)
    fm_xml_element(xml, "dc:creator", fm_valid_author(feed).name);
}

/* title, link and description are required. */
static void write_head(fm_xml *xml, const fm_feed *feed, const fm_publication *place, int64_t updated)
{
  fm_str title = fm_valid_feed_title(feed), id = fm_valid_feed_id(feed);
  fm_str shown = fm_valid_href(feed->link) ? feed->link : fm_valid_href(id) ? id : place->self;
  /* First, for it tells the source `feed` that titles are text, which RSS leaves open. */
  fm_xml_element(xml, "generator", FM_STR("feedmill " FM_VERSION));
  fm_xml_element(xml, "title", title);
  write_uri(xml, "link", NULL, shown);
  write_as_html(xml, "description", fm_valid_text(feed->subtitle) ? feed->subtitle : title);
  if (fm_valid_language(feed->language))
    fm_xml_element(xml, "language", feed->language);
  write_date(xml, "lastBuildDate", updated);
  if (place->every > 0)
    write_ttl(xml, place->every);
  text_given(xml, "copyright", feed->rights);
  for (size_t i = 0; i < feed->ncategories; i++)
    write_category(xml, &feed->categories[i]);
  write_authors(xml, feed);
  write_image(xml, feed, title, shown);
  write_place(xml, place);
}

static void declare(fm_xml *xml, fm_namespaces *spaces, const char *prefix, const char *uri)
{
  fm_namespaces_reserve(spaces, fm_str_of(prefix), fm_str_of(uri));
  fm_xml_declare(xml, fm_str_of(prefix), fm_str_of(uri));
}

static void open_root(fm_xml *xml, const fm_feed *feed, bool archive, fm_namespaces *spaces)
{
  bool pictures = false, durations = false;
  for (size_t i = 0; i < feed->nentries; i++) {
    pictures = pictures || feed->entries[i].nimages > 0;
    durations = durations || duration_of(&feed->entries[i]) > 0;
  }
  fm_xml_open(xml, "rss");
  fm_xml_attr(xml, "version", FM_STR("2.0"));
  declare(xml, spaces, "atom", "http://www.w3.org/2005/Atom");
  declare(xml, spaces, "content", "http://purl.org/rss/1.0/modules/content/");
  declare(xml, spaces, "dc", "http://purl.org/dc/elements/1.1/");
  if (archive)
    declare(xml, spaces, "fh", "http://purl.org/syndication/history/1.0");
  if (pictures)
    declare(xml, spaces, "media", "http://search.yahoo.com/mrss/");
  if (durations)
    declare(xml, spaces, "itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd");
  fm_namespaces_collect(spaces, feed);
  fm_namespaces_declare(spaces, xml);
}

int fm_rss_write(const fm_feed *feed, const fm_publication *place, fm_buf *out)
{
  fm_xml xml;
  fm_namespaces spaces = {.count = 0};
  int64_t changed = place->changed == FM_NO_TIME ? 0 : place->changed;
  fm_xml_begin(&xml, out, ITEM_CHILD_DEPTH);
  open_root(&xml, feed, place->archive, &spaces);
  fm_xml_open(&xml, "channel");
  write_head(&xml, feed, place, fm_feed_updated(feed, changed));
  fm_extensions_write(&spaces, feed->extensions, feed->nextensions, &xml);
  for (size_t i = 0; i < feed->nentries; i++)
    write_item(&xml, &feed->entries[i], &spaces, feed->day == FM_NO_TIME ? changed : feed->day);
  return fm_xml_end(&xml);
}
