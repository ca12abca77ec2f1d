/* Orders the feeds that a page names: the one whose path is nearest to the page's comes first. */
#include "base/str.h"
#include "base/url.h"
#include "source/discover/parts.h"

/* The path's folders, up to its last '/'. */
static fm_str folder_of(fm_str path)
{
  const char *end = path.len ? memrchr(path.ptr, '/', path.len) : NULL;
  return end ? fm_str_span(path.ptr, end + 1) : FM_STR("");
}

/* Folders that both paths begin with. */
static unsigned common_folders(fm_str a, fm_str b)
{
  unsigned folders = 0;
  for (size_t i = 0; i < a.len && i < b.len && a.ptr[i] == b.ptr[i]; i++)
    folders += a.ptr[i] == '/';
  return folders;
}

/* "/cat/pier" and "/cat/pier/feed.xml": the page's path as a folder counts too. */
static unsigned nearness(fm_str page, fm_str feed)
{
  fm_url a, b;
  if (!fm_url_parse(page, &a) || !fm_url_parse(feed, &b) || !fm_str_ieq(a.host, b.host))
    return 0;
  size_t len = a.path.len;
  bool below = len > 1 && a.path.ptr[len - 1] != '/' && b.path.len > len + 1 &&
               memcmp(a.path.ptr, b.path.ptr, len) == 0 && b.path.ptr[len] == '/';
  return common_folders(folder_of(a.path), b.path) + below;
}

/* What follows the last "»" of a title, as WordPress writes "Site » Comments Feed". */
static fm_str last_part(fm_str title)
{
  static const fm_str mark = {"\xc2\xbb", 2};
  for (const char *at; (at = fm_str_find(title, mark));)
    title = fm_str_span(at + mark.len, title.ptr + title.len);
  return fm_str_trim(title);
}

/* A feed of comments is known by its address; what the page calls that one tells, in whatever
 * language, which others are of comments too. */
static bool is_of_comments(const fm_discovered *found, size_t at)
{
  fm_str title = found->offers[at].title;
  if (fm_str_find(found->offers[at].href, FM_STR("comments")) ||
      fm_text_has_word(title, FM_STR("comment,comments,kommentar,kommentare,commentaires,comentarios")))
    return true;
  for (size_t i = 0; i < found->noffers; i++) {
    fm_str words = last_part(found->offers[i].title);
    if (i != at && fm_str_find(found->offers[i].href, FM_STR("/comments/")) && words.len > 3 &&
        fm_str_ends(title, words))
      return true;
  }
  return false;
}

void fm_feeds_order(const survey *s, fm_discovered *found)
{
  unsigned worth[FM_FEED_LINKS_FOUND_MAX];
  for (size_t i = 0; i < found->noffers; i++)
    worth[i] = is_of_comments(found, i) ? 0 : 1 + nearness(s->url, found->offers[i].href);
  for (size_t i = 1; i < found->noffers; i++)
    for (size_t k = i; k > 0 && worth[k] > worth[k - 1]; k--) {
      fm_feed_link offer = found->offers[k];
      unsigned value = worth[k];
      found->offers[k] = found->offers[k - 1];
      worth[k] = worth[k - 1];
      found->offers[k - 1] = offer;
      worth[k - 1] = value;
    }
}
