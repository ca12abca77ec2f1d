/* Validity of values in a written feed, and fallbacks for required ones that are missing. */
#include "feed/valid.h"

#include "base/date.h"
#include "base/str.h"
#include "base/url.h"

enum { LINKS_COMPARED = 64 };

/* Neither white space, a control nor what XML 1.0 section 2.2 forbids. */
static bool visible(uint32_t c) { return c > ' ' && c != 0x7f && c != 0xfffe && c != 0xffff; }

bool fm_valid_text(fm_str text)
{
  const char *at = text.ptr, *end = text.len ? at + text.len : at;
  while (at < end)
    if (visible(fm_utf8_next(&at, end)))
      return true;
  return false;
}

bool fm_valid_iri(fm_str text)
{
  fm_url url;
  if (fm_url_usable(text))
    return true;
  return fm_url_parse(text, &url) && url.scheme.len &&
         (url.host.len || url.path.len || url.query.len);
}

bool fm_valid_href(fm_str text)
{
  static const char *const unsafe[] = {"javascript", "vbscript", "data", "blob",
                                       "file", "about", "livescript", "mocha",
                                       "jar", "view-source", "filesystem"};
  fm_url url;
  if (fm_url_usable(text))
    return true;
  if (!fm_valid_iri(text) || !fm_url_parse(text, &url))
    return false;
  if (fm_str_ieq(url.scheme, FM_STR("http")) || fm_str_ieq(url.scheme, FM_STR("https")))
    return false;
  for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++)
    if (fm_str_ieq(url.scheme, fm_str_of(unsafe[i])))
      return false;
  return true;
}

/* Visible characters alone, no quotes and brackets: a word that any attribute
 * may hold. */
static bool fit_word(fm_str text)
{
  const char *at = text.ptr, *end = text.len ? at + text.len : at;
  while (at < end) {
    uint32_t c = fm_utf8_next(&at, end);
    if (!visible(c) || c == '<' || c == '>' || c == '"')
      return false;
  }
  return text.len && fm_utf8_valid(text);
}

bool fm_valid_email(fm_str text)
{
  fm_str host = text, user;
  return fit_word(text) && fm_str_cut(&host, '@', &user) && user.len && host.len &&
         !memchr(host.ptr, '@', host.len);
}

/* RFC 9110 section 5.6.2. */
static size_t token_len(fm_str text)
{
  size_t len = 0;
  while (len < text.len) {
    unsigned char c = (unsigned char)text.ptr[len];
    unsigned letter = (c | 0x20u) - 'a', digit = (unsigned)c - '0';
    if (letter >= 26 && digit >= 10 && (!c || !strchr("!#$%&'*+-.^_`|~", c)))
      break;
    len++;
  }
  return len;
}

bool fm_valid_media_type(fm_str text)
{
  size_t type = token_len(text);
  if (type == 0 || type == text.len || text.ptr[type] != '/')
    return false;
  fm_str rest = fm_str_from(text, type + 1);
  size_t subtype = token_len(rest);
  rest = fm_str_from(rest, subtype);
  if (subtype == 0 || (rest.len && *rest.ptr != ';' && *rest.ptr != ' '))
    return false;
  for (size_t i = 0; i < rest.len; i++)
    if ((unsigned char)rest.ptr[i] < ' ' || (unsigned char)rest.ptr[i] >= 0x7f)
      return false;
  return rest.len == 0 || *fm_str_trim(rest).ptr == ';';
}

bool fm_valid_language(fm_str text)
{
  size_t part = 0;
  bool first = true;
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    bool letter = (c | 0x20u) - 'a' < 26, digit = (unsigned)c - '0' < 10;
    if (c == '-' && part > 0) {
      first = false;
      part = 0;
    } else if (!(letter || (digit && !first)) || ++part > 8) {
      return false;
    }
  }
  return part > 0;
}

static bool is_alternate(const fm_link *link)
{
  return link->rel.len == 0 || fm_str_is(link->rel, "alternate");
}

fm_str fm_valid_alternate(const fm_entry *entry)
{
  for (size_t i = 0; i < entry->nlinks; i++)
    if (is_alternate(&entry->links[i]) && fm_valid_href(entry->links[i].href))
      return entry->links[i].href;
  return (fm_str){NULL, 0};
}

fm_str fm_valid_entry_id(const fm_entry *entry)
{
  return fm_valid_text(entry->id) ? entry->id : fm_valid_alternate(entry);
}

/* Types that are not fit are not written: they are all the same one, none. */
static fm_str written_type(const fm_link *link)
{
  return fm_valid_media_type(link->type) ? link->type : (fm_str){NULL, 0};
}

static bool alternate_taken(const fm_entry *entry, size_t i)
{
  if (i >= LINKS_COMPARED) /* nothing legible has so many; each is compared with all before */
    return true;
  fm_str type = written_type(&entry->links[i]);
  for (size_t j = 0; j < i; j++)
    if (is_alternate(&entry->links[j]) && fm_valid_href(entry->links[j].href) &&
        fm_str_ieq(written_type(&entry->links[j]), type))
      return true;
  return false;
}

fm_str fm_valid_rel(const fm_entry *entry, size_t i)
{
  const fm_link *link = &entry->links[i];
  if (!fm_valid_href(link->href))
    return (fm_str){NULL, 0};
  if (is_alternate(link))
    return alternate_taken(entry, i) ? FM_STR("related") : FM_STR("alternate");
  return fit_word(link->rel) ? link->rel : FM_STR("related");
}

fm_str fm_valid_feed_id(const fm_feed *feed)
{
  return fm_valid_text(feed->id) ? feed->id : feed->link;
}

fm_str fm_valid_feed_title(const fm_feed *feed)
{
  return fm_valid_text(feed->title) ? feed->title : fm_valid_feed_id(feed);
}

fm_person fm_valid_author(const fm_feed *feed)
{
  for (size_t i = 0; i < feed->nauthors; i++)
    if (fm_valid_text(feed->authors[i].name))
      return feed->authors[i];
  return (fm_person){.name = fm_valid_feed_title(feed)};
}

int64_t fm_valid_time(int64_t time)
{
  return time < FM_DATE_MIN ? FM_DATE_MIN : time > FM_DATE_MAX ? FM_DATE_MAX : time;
}

int64_t fm_valid_updated(const fm_entry *entry, int64_t fallback)
{
  if (entry->updated != FM_NO_TIME)
    return entry->updated;
  return entry->published != FM_NO_TIME ? entry->published : fallback;
}
