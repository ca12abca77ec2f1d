/* RFC 4287, with RFC 5005's archive links. */
#include "base/date.h"
#include "base/str.h"
#include "feed/extension.h"
#include "feed/format.h"
#include "feed/valid.h"
#include "feed/xml.h"

#include <inttypes.h>
#include <stdio.h>

enum { ENTRY_CHILD_DEPTH = 3 };

static void attr_given(fm_xml *xml, const char *name, fm_str value)
{
  if (value.len)
    fm_xml_attr(xml, name, value);
}

static void text_given(fm_xml *xml, const char *name, fm_str text)
{
  if (fm_valid_text(text))
    fm_xml_element(xml, name, text);
}

static void href_given(fm_xml *xml, const char *name, fm_str href)
{
  if (fm_valid_href(href))
    fm_xml_element(xml, name, href);
}

static void write_date(fm_xml *xml, const char *name, int64_t time)
{
  char text[FM_DATE_ISO_LEN + 1];
  fm_date_iso(fm_valid_time(time), text);
  fm_xml_element(xml, name, (fm_str){text, FM_DATE_ISO_LEN});
}

static void write_person(fm_xml *xml, const char *name, const fm_person *person)
{
  if (!fm_valid_text(person->name))
    return;
  fm_xml_open(xml, name);
  fm_xml_element(xml, "name", person->name);
  href_given(xml, "uri", person->uri);
  if (fm_valid_email(person->email))
    fm_xml_element(xml, "email", person->email);
  fm_xml_close(xml);
}

static void write_link(fm_xml *xml, fm_str rel, const fm_link *link)
{
  fm_xml_open(xml, "link");
  fm_xml_attr(xml, "rel", rel);
  fm_xml_attr(xml, "href", link->href);
  if (fm_valid_media_type(link->type))
    fm_xml_attr(xml, "type", link->type);
  if (fm_valid_language(link->language))
    fm_xml_attr(xml, "hreflang", link->language);
  attr_given(xml, "title", link->title);
  if (link->length > 0) {
    char length[24];
    int len = snprintf(length, sizeof length, "%" PRId64, link->length);
    fm_xml_attr(xml, "length", (fm_str){length, (size_t)len});
  }
  fm_xml_close(xml);
}

static void write_link_to(fm_xml *xml, const char *rel, fm_str href, const char *type)
{
  if (fm_valid_href(href))
    write_link(xml, fm_str_of(rel), &(fm_link){.href = href, .type = fm_str_of(type)});
}

static void write_category(fm_xml *xml, const fm_category *category)
{
  if (!fm_valid_text(category->term))
    return;
  fm_xml_open(xml, "category");
  fm_xml_attr(xml, "term", category->term);
  if (fm_valid_iri(category->scheme))
    fm_xml_attr(xml, "scheme", category->scheme);
  attr_given(xml, "label", category->label);
  fm_xml_close(xml);
}

/* Section 4.1.2: an entry without content has a link rel=alternate. One that has
 * neither gets its summary as content. */
static void write_content(fm_xml *xml, const fm_entry *entry)
{
  bool html = entry->content.len > 0;
  if (!html && fm_valid_alternate(entry).len)
    return;
  fm_xml_open(xml, "content");
  fm_xml_attr(xml, "type", html ? FM_STR("html") : FM_STR("text"));
  fm_xml_text(xml, html ? entry->content : entry->summary);
  fm_xml_close(xml);
}

/* Section 4.2.11. */
static void write_source(fm_xml *xml, const fm_entry_source *source)
{
  if (!fm_valid_iri(source->id) && !fm_valid_text(source->title) && !fm_valid_href(source->href))
    return;
  fm_xml_open(xml, "source");
  if (fm_valid_iri(source->id))
    fm_xml_element(xml, "id", source->id);
  text_given(xml, "title", source->title);
  if (source->updated)
    write_date(xml, "updated", source->updated);
  write_link_to(xml, "self", source->href, "");
  write_link_to(xml, "alternate", source->link, "text/html");
  fm_xml_close(xml);
}

/* Readers take the picture beside an entry from here rather than from its text. */
static void write_picture(fm_xml *xml, const fm_entry *entry)
{
  if (!entry->nimages || !fm_valid_href(entry->images->href))
    return;
  fm_xml_open(xml, "media:thumbnail");
  fm_xml_attr(xml, "url", entry->images->href);
  fm_xml_close(xml);
}

static void write_entry(fm_xml *xml, const fm_entry *entry, const fm_namespaces *spaces,
                        int64_t fallback)
{
  fm_str id = fm_valid_entry_id(entry);
  if (!id.len)
    return;
  fm_xml_open(xml, "entry");
  if (fm_valid_language(entry->language))
    fm_xml_attr(xml, "xml:lang", entry->language);
  fm_xml_element(xml, "id", id);
  fm_xml_element(xml, "title", entry->title);
  for (size_t i = 0; i < entry->nlinks; i++) {
    fm_str rel = fm_valid_rel(entry, i);
    if (rel.len)
      write_link(xml, rel, &entry->links[i]);
  }
  if (entry->published != FM_NO_TIME)
    write_date(xml, "published", entry->published);
  write_date(xml, "updated", fm_valid_updated(entry, fallback));
  for (size_t i = 0; i < entry->nauthors; i++)
    write_person(xml, "author", &entry->authors[i]);
  for (size_t i = 0; i < entry->ncontributors; i++)
    write_person(xml, "contributor", &entry->contributors[i]);
  for (size_t i = 0; i < entry->ncategories; i++)
    write_category(xml, &entry->categories[i]);
  text_given(xml, "summary", entry->summary);
  write_content(xml, entry);
  text_given(xml, "rights", entry->rights);
  write_source(xml, &entry->origin);
  write_picture(xml, entry);
  fm_extensions_write(spaces, entry->extensions, entry->nextensions, xml);
  fm_xml_close(xml);
}

/* What a feed links to beside itself. Where it stands among its own pages, and which hub
 * pushes it, is true of the address it was read from and not of the one it is written to. */
static bool is_carried(fm_str rel)
{
  static const char *const carried[] = {"license", "related", "via", "author", "payment",
                                        "copyright", "help", "me"};
  for (size_t i = 0; i < sizeof carried / sizeof *carried; i++)
    if (fm_str_is(rel, carried[i]))
      return true;
  return false;
}

static void write_links(fm_xml *xml, const fm_feed *feed, const fm_publication *place)
{
  static const char atom[] = "application/atom+xml";
  write_link_to(xml, "self", place->self, atom);
  write_link_to(xml, "alternate", feed->link, "text/html");
  write_link_to(xml, "prev-archive", place->prev_archive, atom);
  write_link_to(xml, "next-archive", place->next_archive, atom);
  write_link_to(xml, "current", place->current, atom);
  for (size_t i = 0; i < feed->nlinks; i++)
    if (is_carried(feed->links[i].rel) && fm_valid_href(feed->links[i].href))
      write_link(xml, feed->links[i].rel, &feed->links[i]);
}

/* Section 4.1.1: a feed has an author where one of its entries has none. */
static void write_authors(fm_xml *xml, const fm_feed *feed)
{
  fm_person author = fm_valid_author(feed);
  bool known = false;
  for (size_t i = 0; i < feed->nauthors; i++) {
    known = known || fm_valid_text(feed->authors[i].name);
    write_person(xml, "author", &feed->authors[i]);
  }
  if (!known)
    write_person(xml, "author", &author);
}

static void write_head(fm_xml *xml, const fm_feed *feed, const fm_publication *place, int64_t updated)
{
  fm_str id = fm_valid_feed_id(feed);
  fm_xml_element(xml, "id", id.len ? id : place->self);
  fm_xml_element(xml, "title", fm_valid_feed_title(feed));
  text_given(xml, "subtitle", feed->subtitle);
  write_date(xml, "updated", updated);
  write_authors(xml, feed);
  write_links(xml, feed, place);
  for (size_t i = 0; i < feed->ncategories; i++)
    write_category(xml, &feed->categories[i]);
  text_given(xml, "rights", feed->rights);
  href_given(xml, "icon", feed->icon);
  href_given(xml, "logo", feed->logo);
  fm_xml_open(xml, "generator");
  fm_xml_attr(xml, "version", FM_STR(FM_VERSION));
  fm_xml_text(xml, FM_STR("feedmill"));
  fm_xml_close(xml);
  if (place->archive) {
    fm_xml_open(xml, "fh:archive");
    fm_xml_close(xml);
  }
}

/* Namespaces of the document but Atom's own. */
static void declare(fm_xml *xml, const fm_feed *feed, bool archive, fm_namespaces *spaces)
{
  bool pictures = false;
  for (size_t i = 0; i < feed->nentries && !pictures; i++)
    pictures = feed->entries[i].nimages > 0;
  if (archive) {
    fm_namespaces_reserve(spaces, FM_STR("fh"), FM_STR("http://purl.org/syndication/history/1.0"));
    fm_xml_attr(xml, "xmlns:fh", FM_STR("http://purl.org/syndication/history/1.0"));
  }
  if (pictures) {
    fm_namespaces_reserve(spaces, FM_STR("media"), FM_STR("http://search.yahoo.com/mrss/"));
    fm_xml_attr(xml, "xmlns:media", FM_STR("http://search.yahoo.com/mrss/"));
  }
  fm_namespaces_collect(spaces, feed);
  fm_namespaces_declare(spaces, xml);
}

int fm_atom_write(const fm_feed *feed, const fm_publication *place, fm_buf *out)
{
  fm_xml xml;
  fm_namespaces spaces = {.count = 0};
  int64_t changed = place->changed == FM_NO_TIME ? 0 : place->changed;
  fm_xml_begin(&xml, out, ENTRY_CHILD_DEPTH);
  fm_xml_open(&xml, "feed");
  fm_xml_attr(&xml, "xmlns", FM_STR("http://www.w3.org/2005/Atom"));
  declare(&xml, feed, place->archive, &spaces);
  if (fm_valid_language(feed->language))
    fm_xml_attr(&xml, "xml:lang", feed->language);
  write_head(&xml, feed, place, fm_feed_updated(feed, changed));
  fm_extensions_write(&spaces, feed->extensions, feed->nextensions, &xml);
  for (size_t i = 0; i < feed->nentries; i++)
    write_entry(&xml, &feed->entries[i], &spaces, feed->day == FM_NO_TIME ? changed : feed->day);
  return fm_xml_end(&xml);
}
