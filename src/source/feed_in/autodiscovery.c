/* The feeds that a page names in its head. */
#include "base/str.h"
#include "base/url.h"
#include "base/entity.h"
#include "feed/html/markup.h"
#include "feed/html/sanitize.h"
#include "source/feed_in/feed_in.h"

enum { HREF_MAX = 2048 };

typedef struct link_tag {
  fm_str rel, type, href, title;
} link_tag;

static fm_str decoded(fm_str raw, fm_arena *arena)
{
  fm_buf out;
  fm_buf_init(&out, FM_FEED_TEXT_MAX);
  fm_html_text(raw, &out);
  fm_str text = fm_arena_str(arena, fm_buf_view(&out));
  fm_buf_deinit(&out);
  return text;
}

static link_tag read_link(fm_markup *in, fm_arena *arena)
{
  link_tag tag = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
  fm_str name, raw;
  while (fm_markup_attribute(in, &name, &raw) == FM_TAG_PART_ATTRIBUTE) {
    fm_str *at = fm_str_ieq(name, FM_STR("rel"))     ? &tag.rel
                 : fm_str_ieq(name, FM_STR("type"))  ? &tag.type
                 : fm_str_ieq(name, FM_STR("href"))  ? &tag.href
                 : fm_str_ieq(name, FM_STR("title")) ? &tag.title
                                                     : NULL;
    if (at && !at->ptr)
      *at = decoded(raw, arena);
  }
  return tag;
}

static bool has_word(fm_str words, fm_str word)
{
  fm_str piece;
  while (fm_str_cut(&words, ' ', &piece))
    if (fm_str_ieq(fm_str_trim(piece), word))
      return true;
  return false;
}

/* How good a feed it is to start from; 0: none. What a comment's feed is called
 * differs, that it is one of comments does not. */
static unsigned worth(const link_tag *tag)
{
  static const char *const types[] = {"application/atom+xml", "application/rss+xml",
                                      "application/feed+json", "application/rdf+xml",
                                      "text/xml", "application/xml"};
  fm_str type = tag->type, rest = type;
  if (!tag->href.len || tag->href.len > HREF_MAX ||
      !(has_word(tag->rel, FM_STR("alternate")) || has_word(tag->rel, FM_STR("feed"))))
    return 0;
  fm_str_cut(&rest, ';', &type);
  type = fm_str_trim(type);
  bool comments = fm_text_has_word(tag->title, FM_STR("comment,comments,kommentar,commentaires")) ||
                  fm_str_find(tag->href, FM_STR("/comments/")) != NULL;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (fm_str_ieq(type, fm_str_of(types[i])))
      return (comments ? 1 : 10) + (i < 3);
  return has_word(tag->rel, FM_STR("feed")) ? 5 : 0;
}

static size_t insert(fm_feed_link *offers, unsigned *worths, size_t count, fm_feed_link one,
                     unsigned value)
{
  size_t at = count;
  for (size_t i = 0; i < count; i++)
    if (fm_str_eq(offers[i].href, one.href))
      return count;
  while (at > 0 && worths[at - 1] < value)
    at--;
  if (at == FM_FEED_LINKS_FOUND_MAX)
    return count;
  if (count < FM_FEED_LINKS_FOUND_MAX)
    count++;
  for (size_t i = count - 1; i > at; i--) {
    offers[i] = offers[i - 1];
    worths[i] = worths[i - 1];
  }
  offers[at] = one;
  worths[at] = value;
  return count;
}

size_t fm_feed_links(fm_str html, fm_str url, fm_arena *arena,
                      fm_feed_link offers[FM_FEED_LINKS_FOUND_MAX])
{
  fm_markup in = {html.ptr, html.len ? html.ptr + html.len : html.ptr, false};
  unsigned worths[FM_FEED_LINKS_FOUND_MAX];
  fm_str name, base = url;
  enum fm_token mark;
  size_t count = 0;
  while ((mark = fm_markup_next(&in, &name)) != FM_TOKEN_END) {
    if (mark != FM_TOKEN_OPEN)
      continue;
    bool link = fm_str_ieq(name, FM_STR("link")), own = fm_str_ieq(name, FM_STR("base"));
    if (!link && !own) {
      fm_markup_skip_tag(&in);
      if (fm_str_ieq(name, FM_STR("script")) || fm_str_ieq(name, FM_STR("style")))
        fm_markup_skip_to(&in, name);
      continue;
    }
    link_tag tag = read_link(&in, arena);
    unsigned value = link ? worth(&tag) : 0;
    fm_str href;
    if ((!value && !own) || fm_url_resolve(base, tag.href, arena, &href) || !fm_url_usable(href))
      continue;
    if (own)
      base = href;
    else
      count = insert(offers, worths, count, (fm_feed_link){href, tag.title}, value);
  }
  return count;
}
