/* JSON Feed 1.1. RFC 5005's next older page becomes `next_url`. */
#include "base/date.h"
#include "base/str.h"
#include "feed/fit.h"
#include "feed/format.h"

/* A writer of objects and arrays: it knows where a comma goes. */
typedef struct json {
  fm_buf *out;
  bool comma; /* something stands before, in the same object or array */
} json;

static void next(json *j)
{
  if (j->comma)
    fm_buf_char(j->out, ',');
  j->comma = true;
}

static void name_next(json *j, const char *name)
{
  next(j);
  fm_buf_char(j->out, '"');
  fm_buf_text(j->out, name);
  fm_buf_add(j->out, "\":", 2);
}

static void open_with(json *j, char bracket)
{
  fm_buf_char(j->out, bracket);
  j->comma = false;
}

static void close_with(json *j, char bracket)
{
  fm_buf_char(j->out, bracket);
  j->comma = true;
}

static void text(json *j, const char *name, fm_str value)
{
  name_next(j, name);
  fm_buf_json(j->out, value);
}

static void text_given(json *j, const char *name, fm_str value)
{
  if (fm_fit_text(value))
    text(j, name, value);
}

static void href_given(json *j, const char *name, fm_str value)
{
  if (fm_fit_href(value))
    text(j, name, value);
}

static void date(json *j, const char *name, int64_t time)
{
  char out[FM_DATE_ISO_LEN + 1];
  fm_date_iso(fm_fit_time(time), out);
  text(j, name, fm_str_of(out));
}

static void author(json *j, const fm_person *person)
{
  next(j);
  open_with(j, '{');
  text(j, "name", person->name);
  href_given(j, "url", person->uri);
  close_with(j, '}');
}

static void authors(json *j, const fm_entry *entry)
{
  bool any = false;
  for (size_t i = 0; i < entry->nauthors; i++) {
    if (!fm_fit_text(entry->authors[i].name))
      continue;
    if (!any) {
      name_next(j, "authors");
      open_with(j, '[');
    }
    any = true;
    author(j, &entry->authors[i]);
  }
  if (any)
    close_with(j, ']');
}

static void tags(json *j, const fm_entry *entry)
{
  bool any = false;
  for (size_t i = 0; i < entry->ncategories; i++) {
    if (!fm_fit_text(entry->categories[i].term))
      continue;
    if (!any) {
      name_next(j, "tags");
      open_with(j, '[');
    }
    any = true;
    next(j);
    fm_buf_json(j->out, entry->categories[i].term);
  }
  if (any)
    close_with(j, ']');
}

static void attachment(json *j, const fm_link *link)
{
  bool typed = fm_fit_media_type(link->type);
  next(j);
  open_with(j, '{');
  text(j, "url", link->href);
  text(j, "mime_type", typed ? link->type : FM_STR("application/octet-stream"));
  text_given(j, "title", link->title);
  close_with(j, '}');
}

static void attachments(json *j, const fm_entry *entry)
{
  bool any = false;
  for (size_t i = 0; i < entry->nlinks; i++) {
    if (!fm_str_is(fm_fit_rel(entry, i), "enclosure"))
      continue;
    if (!any) {
      name_next(j, "attachments");
      open_with(j, '[');
    }
    any = true;
    attachment(j, &entry->links[i]);
  }
  if (any)
    close_with(j, ']');
}

/* One of content_html and content_text is required. */
static void content(json *j, const fm_entry *entry)
{
  if (entry->content.len)
    text(j, "content_html", entry->content);
  else
    text(j, "content_text", entry->summary);
  text_given(j, "summary", entry->summary);
}

static void item(json *j, const fm_entry *entry, int64_t fallback)
{
  fm_str id = fm_fit_entry_id(entry);
  if (!id.len)
    return;
  next(j);
  fm_buf_char(j->out, '\n');
  open_with(j, '{');
  text(j, "id", id);
  href_given(j, "url", fm_fit_alternate(entry));
  text_given(j, "title", entry->title);
  content(j, entry);
  int64_t updated = fm_fit_updated(entry, fallback);
  date(j, "date_published", entry->published == FM_NO_TIME ? updated : entry->published);
  date(j, "date_modified", updated);
  authors(j, entry);
  tags(j, entry);
  attachments(j, entry);
  close_with(j, '}');
}

static void head(json *j, const fm_feed *feed, const fm_place *place)
{
  fm_person who = fm_fit_author(feed);
  text(j, "version", FM_STR("https://jsonfeed.org/version/1.1"));
  text(j, "title", fm_fit_feed_title(feed));
  href_given(j, "home_page_url", feed->link);
  href_given(j, "feed_url", place->self);
  href_given(j, "next_url", place->prev_archive);
  text_given(j, "description", feed->subtitle);
  href_given(j, "icon", feed->logo);
  href_given(j, "favicon", feed->icon);
  name_next(j, "authors");
  open_with(j, '[');
  author(j, &who);
  close_with(j, ']');
  if (fm_fit_language(feed->language))
    text(j, "language", feed->language);
}

int fm_jsonfeed_write(const fm_feed *feed, const fm_place *place, fm_buf *out)
{
  size_t start = out->len;
  int64_t changed = place->changed == FM_NO_TIME ? 0 : place->changed;
  json j = {.out = out};
  open_with(&j, '{');
  head(&j, feed, place);
  name_next(&j, "items");
  open_with(&j, '[');
  for (size_t i = 0; i < feed->nentries; i++)
    item(&j, &feed->entries[i], feed->day == FM_NO_TIME ? changed : feed->day);
  close_with(&j, ']');
  fm_buf_add(out, "}\n", 2);
  if (!out->full)
    return FM_OK;
  out->len = start;
  return FM_E_TOO_BIG;
}
