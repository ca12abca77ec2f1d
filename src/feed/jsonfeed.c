/* JSON Feed 1.1. RFC 5005's next older page becomes `next_url`. */
#include "base/date.h"
#include "base/str.h"
#include "feed/format.h"
#include "feed/jsonw.h"
#include "feed/valid.h"

#include <inttypes.h>

static void text_given(fm_jsonw *j, const char *name, fm_str value)
{
  if (fm_valid_text(value))
    fm_jsonw_text(j, name, value);
}

static void href_given(fm_jsonw *j, const char *name, fm_str value)
{
  if (fm_valid_href(value))
    fm_jsonw_text(j, name, value);
}

static void date(fm_jsonw *j, const char *name, int64_t time)
{
  char out[FM_DATE_ISO_LEN + 1];
  fm_date_iso(fm_valid_time(time), out);
  fm_jsonw_text(j, name, fm_str_of(out));
}

static void author(fm_jsonw *j, const fm_person *person)
{
  fm_jsonw_open(j, NULL, '{');
  fm_jsonw_text(j, "name", person->name);
  href_given(j, "url", person->uri);
  fm_jsonw_close(j, '}');
}

/* False: there is none to write. */
static bool authors(fm_jsonw *j, const fm_person *people, size_t count)
{
  bool any = false;
  for (size_t i = 0; i < count; i++) {
    if (!fm_valid_text(people[i].name))
      continue;
    if (!any)
      fm_jsonw_open(j, "authors", '[');
    any = true;
    author(j, &people[i]);
  }
  if (any)
    fm_jsonw_close(j, ']');
  return any;
}

static void count(fm_jsonw *j, const char *name, int64_t number)
{
  if (number <= 0)
    return;
  fm_jsonw_next(j, name);
  fm_buf_addf(j->out, "%" PRId64, number);
}

static void tags(fm_jsonw *j, const fm_entry *entry)
{
  bool any = false;
  for (size_t i = 0; i < entry->ncategories; i++) {
    if (!fm_valid_text(entry->categories[i].term))
      continue;
    if (!any)
      fm_jsonw_open(j, "tags", '[');
    any = true;
    fm_jsonw_text(j, NULL, entry->categories[i].term);
  }
  if (any)
    fm_jsonw_close(j, ']');
}

static void attachment(fm_jsonw *j, const fm_link *link)
{
  bool typed = fm_valid_media_type(link->type);
  fm_jsonw_open(j, NULL, '{');
  fm_jsonw_text(j, "url", link->href);
  fm_jsonw_text(j, "mime_type", typed ? link->type : FM_STR("application/octet-stream"));
  text_given(j, "title", link->title);
  count(j, "size_in_bytes", link->length);
  count(j, "duration_in_seconds", link->duration);
  fm_jsonw_close(j, '}');
}

static void attachments(fm_jsonw *j, const fm_entry *entry)
{
  bool any = false;
  for (size_t i = 0; i < entry->nlinks; i++) {
    if (!fm_str_is(fm_valid_rel(entry, i), "enclosure"))
      continue;
    if (!any)
      fm_jsonw_open(j, "attachments", '[');
    any = true;
    attachment(j, &entry->links[i]);
  }
  if (any)
    fm_jsonw_close(j, ']');
}

/* One of content_html and content_text is required. */
static void content(fm_jsonw *j, const fm_entry *entry)
{
  if (entry->content.len)
    fm_jsonw_text(j, "content_html", entry->content);
  else
    fm_jsonw_text(j, "content_text", entry->summary);
  text_given(j, "summary", entry->summary);
}

static void item(fm_jsonw *j, const fm_entry *entry, int64_t fallback)
{
  fm_str id = fm_valid_entry_id(entry);
  if (!id.len)
    return;
  fm_jsonw_open(j, NULL, '{');
  fm_buf_char(j->out, '\n'); /* a line for each item */
  fm_jsonw_text(j, "id", id);
  href_given(j, "url", fm_valid_alternate(entry));
  text_given(j, "title", entry->title);
  content(j, entry);
  int64_t updated = fm_valid_updated(entry, fallback);
  date(j, "date_published", entry->published == FM_NO_TIME ? updated : entry->published);
  date(j, "date_modified", updated);
  if (entry->nimages)
    href_given(j, "image", entry->images->href);
  authors(j, entry->authors, entry->nauthors);
  tags(j, entry);
  if (fm_valid_language(entry->language))
    fm_jsonw_text(j, "language", entry->language);
  attachments(j, entry);
  fm_jsonw_close(j, '}');
}

static void head(fm_jsonw *j, const fm_feed *feed, const fm_publication *place)
{
  fm_person who = fm_valid_author(feed);
  fm_jsonw_text(j, "version", FM_STR("https://jsonfeed.org/version/1.1"));
  fm_jsonw_text(j, "title", fm_valid_feed_title(feed));
  href_given(j, "home_page_url", feed->link);
  href_given(j, "feed_url", place->self);
  href_given(j, "next_url", place->prev_archive);
  text_given(j, "description", feed->subtitle);
  href_given(j, "icon", feed->logo);
  href_given(j, "favicon", feed->icon);
  if (!authors(j, feed->authors, feed->nauthors))
    authors(j, &who, 1);
  if (fm_valid_language(feed->language))
    fm_jsonw_text(j, "language", feed->language);
}

int fm_jsonfeed_write(const fm_feed *feed, const fm_publication *place, fm_buf *out)
{
  size_t start = out->len;
  int64_t changed = place->changed == FM_NO_TIME ? 0 : place->changed;
  fm_jsonw j = {.out = out};
  fm_jsonw_open(&j, NULL, '{');
  head(&j, feed, place);
  fm_jsonw_open(&j, "items", '[');
  for (size_t i = 0; i < feed->nentries; i++)
    item(&j, &feed->entries[i], feed->day == FM_NO_TIME ? changed : feed->day);
  fm_jsonw_close(&j, ']');
  fm_buf_add(out, "}\n", 2);
  if (!out->full)
    return FM_OK;
  out->len = start;
  return FM_E_TOO_BIG;
}
