/* Writes a feed as an HTML document with autodiscovery links. */
#include "web/preview.h"

#include "base/date.h"
#include "base/str.h"
#include "feed/valid.h"
#include "feed/html/sanitize.h"
#include "web/html.h"

#include <stdio.h>

enum { AUTHORS_SHOWN = 6, TEXT_SHOWN = 1500 /* bytes of an entry's content */ };

static void autodiscovery(fm_buf *head, fm_str self, fm_str title)
{
  for (const fm_format *f = fm_formats; f->name; f++) {
    fm_buf address;
    fm_buf_init(&address, FM_BUF_MAX);
    char ending[16];
    snprintf(ending, sizeof ending, ".%s", f->name);
    fm_address_with_ending(&address, self, ending);
    const char *semicolon = strchr(f->media_type, ';');
    size_t len = semicolon ? (size_t)(semicolon - f->media_type) : strlen(f->media_type);
    fm_buf_addf(head, "<link rel=\"alternate\" type=\"%.*s\"", (int)len, f->media_type);
    fm_html_put(head, " title=\"", title, "\"");
    fm_html_put(head, " href=\"", fm_buf_view(&address), "\">\n");
    fm_buf_deinit(&address);
  }
}

static void addresses(fm_buf *out, fm_str self)
{
  fm_buf_text(out, "<p>Add this to your feed reader: ");
  for (const fm_format *f = fm_formats; f->name; f++) {
    fm_buf address;
    fm_buf_init(&address, FM_BUF_MAX);
    char ending[16];
    snprintf(ending, sizeof ending, ".%s", f->name);
    fm_address_with_ending(&address, self, ending);
    fm_html_put(out, f == fm_formats ? "<a href=\"" : " or <a href=\"", fm_buf_view(&address), "\">");
    if (f == fm_formats)
      fm_html_put(out, "<code>", fm_buf_view(&address), "</code></a>");
    else
      fm_html_put(out, "", fm_str_of(f->name), "</a>");
    fm_buf_deinit(&address);
  }
  fm_buf_text(out, "</p>\n");
}

/* The link of an entry; empty if it has none that is safe to follow. */
static fm_str link_of(const fm_entry *e)
{
  fm_str alternate = fm_valid_alternate(e);
  return alternate.len ? alternate : fm_valid_href(e->id) ? e->id : (fm_str){"", 0};
}

static void by_line(fm_buf *out, const fm_entry *e)
{
  char when[FM_DATE_ISO_LEN + 1];
  fm_buf_text(out, "<p class=\"by\">");
  if (e->published != FM_NO_TIME) {
    fm_date_iso(e->published, when);
    fm_buf_addf(out, "<time datetime=\"%s\">%.10s</time>", when, when);
  }
  for (size_t i = 0; i < e->nauthors && i < AUTHORS_SHOWN; i++)
    fm_html_put(out, i || e->published != FM_NO_TIME ? ", " : "", e->authors[i].name, "");
  if (e->nauthors > AUTHORS_SHOWN)
    fm_buf_addf(out, " and %zu others", e->nauthors - AUTHORS_SHOWN);
  fm_buf_text(out, "</p>\n");
}

static void linked(fm_buf *out, fm_str address, fm_str text)
{
  if (address.len)
    fm_html_put(out, "<a href=\"", address, "\">");
  fm_html_put(out, "", text, address.len ? "</a>" : "");
}

/* The summary, or else the beginning of the content as plain text. */
static void text_of(fm_buf *out, const fm_entry *e)
{
  fm_buf plain;
  fm_buf_init(&plain, FM_BUF_MAX);
  if (!e->summary.len)
    fm_html_text(e->content, &plain);
  fm_str text = e->summary.len ? e->summary : fm_buf_view(&plain);
  bool cut = !e->summary.len && text.len > TEXT_SHOWN;
  if (cut)
    for (text.len = TEXT_SHOWN; text.len && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80;)
      text.len--;
  if (text.len)
    fm_html_put(out, "<p>", text, cut ? "…</p>\n" : "</p>\n");
  fm_buf_deinit(&plain);
}

static void entry(fm_buf *out, const fm_entry *e)
{
  fm_buf_text(out, "<article>\n<h2>");
  linked(out, link_of(e), e->title.len ? e->title : e->id);
  fm_buf_text(out, "</h2>\n");
  by_line(out, e);
  text_of(out, e);
  fm_buf_text(out, "</article>\n");
}

/* The "key=..." parameter of an address; empty if it has none. */
static fm_str key_of(fm_str address)
{
  fm_str rest = address, one;
  fm_str_cut(&rest, '?', &one);
  while (fm_str_cut(&rest, '&', &one))
    if (fm_str_starts(one, FM_STR("key=")))
      return one;
  return FM_STR("");
}

static int write(const fm_feed *feed, const fm_publication *place, fm_buf *out)
{
  fm_buf head;
  fm_buf_init(&head, FM_BUF_MAX);
  autodiscovery(&head, place->self, feed->title);
  fm_html_open(out, feed->title, fm_buf_view(&head));
  fm_buf_deinit(&head);
  fm_html_put(out, "<h1>", feed->title, "</h1>\n");
  if (feed->subtitle.len)
    fm_html_put(out, "<p>", feed->subtitle, "</p>\n");
  if (feed->link.len) {
    fm_buf_text(out, "<p>A feed of ");
    linked(out, fm_valid_href(feed->link) ? feed->link : (fm_str){"", 0}, feed->link);
    fm_buf_text(out, ".</p>\n");
  }
  addresses(out, place->self);
  for (size_t i = 0; i < feed->nentries; i++)
    entry(out, &feed->entries[i]);
  if (!feed->nentries)
    fm_buf_text(out, "<p>There are no entries at the moment.</p>\n");
  fm_html_close(out, place->home, key_of(place->self));
  return out->full ? FM_E_TOO_BIG : FM_OK;
}

const fm_format fm_preview_format = {"html", "text/html; charset=utf-8", write};
