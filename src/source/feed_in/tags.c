/* XML tags with namespaces, and the content of an element as a text construct. */
#include "source/feed_in/tags.h"

#include "base/str.h"

/* ---- namespaces ---- */

/* By address; those of RSS are many because nobody agreed on one. */
static enum fm_ns ns_of_address(fm_str uri)
{
  static const struct {
    const char *uri;
    enum fm_ns ns;
  } rows[] = {
    {"http://www.w3.org/2005/Atom", FM_NS_ATOM},
    {"http://purl.org/atom/ns#", FM_NS_ATOM},
    {"http://purl.org/rss/1.0/modules/content/", FM_NS_CONTENT},
    {"http://purl.org/rss/1.0/modules/slash/", FM_NS_SLASH},
    {"http://purl.org/rss/1.0/modules/", FM_NS_OTHER},
    {"http://purl.org/rss/1.0/", FM_NS_RSS},
    {"http://my.netscape.com/rdf/simple/0.9/", FM_NS_RSS},
    {"http://channel.netscape.com/rdf/simple/0.9/", FM_NS_RSS},
    {"http://my.netscape.com/publish/formats/rss-", FM_NS_RSS},
    {"http://backend.userland.com/creativeCommonsRssModule", FM_NS_OTHER},
    {"http://backend.userland.com/blogChannelModule", FM_NS_OTHER},
    {"http://backend.userland.com/", FM_NS_RSS},
    {"http://blogs.law.harvard.edu/tech/rss", FM_NS_RSS},
    {"http://cyber.law.harvard.edu/rss", FM_NS_RSS},
    {"http://purl.org/net/rss1.1#", FM_NS_RSS},
    {"http://purl.org/dc/elements/1.", FM_NS_DC},
    {"http://purl.org/dc/terms/", FM_NS_TERMS},
    {"http://search.yahoo.com/mrss", FM_NS_MEDIA},
    {"http://www.itunes.com/dtds/podcast-1.0.dtd", FM_NS_ITUNES},
    {"http://example.com/dtds/podcast-1.0.dtd", FM_NS_ITUNES},
    {"http://www.google.com/schemas/play-podcasts/1.0", FM_NS_PLAY},
    {"http://purl.org/syndication/thread/1.0", FM_NS_THREAD},
    {"http://rssnamespace.org/feedburner/ext/1.0", FM_NS_FEEDBURNER},
    {"http://www.w3.org/1999/02/22-rdf-syntax-ns#", FM_NS_RDF},
    {"http://www.w3.org/1999/xhtml", FM_NS_XHTML},
  };
  uri = fm_str_trim(uri);
  if (fm_str_starts(uri, FM_STR("https:")))
    uri = fm_str_from(uri, 6);
  else if (fm_str_starts(uri, FM_STR("http:")))
    uri = fm_str_from(uri, 5);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fm_str start = fm_str_from(fm_str_of(rows[i].uri), 5);
    if (uri.len >= start.len && fm_str_ieq((fm_str){uri.ptr, start.len}, start))
      return rows[i].ns;
  }
  return FM_NS_OTHER;
}

static enum fm_ns ns_of_prefix(fm_str prefix)
{
  static const struct {
    const char *prefix;
    enum fm_ns ns;
  } rows[] = {
    {"content", FM_NS_CONTENT}, {"dc", FM_NS_DC},         {"dcterms", FM_NS_TERMS},
    {"media", FM_NS_MEDIA},     {"itunes", FM_NS_ITUNES}, {"slash", FM_NS_SLASH},
    {"thr", FM_NS_THREAD},      {"atom", FM_NS_ATOM},     {"atom10", FM_NS_ATOM},
    {"a10", FM_NS_ATOM},        {"rdf", FM_NS_RDF},       {"feedburner", FM_NS_FEEDBURNER},
    {"xhtml", FM_NS_XHTML},     {"xml", FM_NS_XML},       {"rss", FM_NS_RSS},
    {"googleplay", FM_NS_PLAY},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (fm_str_ieq(prefix, fm_str_of(rows[i].prefix)))
      return rows[i].ns;
  return FM_NS_OTHER;
}

enum fm_ns fm_tags_ns(const fm_tags *tags, fm_str name, fm_str *local)
{
  const char *colon = memchr(name.ptr, ':', name.len);
  fm_str prefix = colon ? fm_str_span(name.ptr, colon) : (fm_str){"", 0};
  *local = colon ? fm_str_from(name, prefix.len + 1) : name;
  for (size_t i = tags->nscopes; i > 0; i--)
    if (fm_str_eq(tags->scopes[i - 1].prefix, prefix))
      return tags->scopes[i - 1].ns;
  return colon ? ns_of_prefix(prefix) : FM_NS_NONE;
}

bool fm_tags_declare(fm_tags *tags, fm_str name, fm_str uri)
{
  if (!fm_str_starts(name, FM_STR("xmlns")) || (name.len > 5 && name.ptr[5] != ':'))
    return false;
  fm_str prefix = name.len > 6 ? fm_str_from(name, 6) : (fm_str){"", 0};
  if (tags->nscopes == FM_TAGS_SCOPES)
    return true;
  tags->scopes[tags->nscopes].prefix = prefix;
  tags->scopes[tags->nscopes].uri = uri;
  tags->scopes[tags->nscopes++].ns = uri.len ? ns_of_address(uri) : FM_NS_NONE;
  return true;
}

const fm_namespace *fm_tags_carried(const fm_tags *tags, fm_str name)
{
  const char *colon = memchr(name.ptr, ':', name.len);
  fm_str prefix = colon ? fm_str_span(name.ptr, colon) : (fm_str){"", 0};
  for (size_t i = tags->nscopes; i > 0; i--)
    if (fm_str_eq(tags->scopes[i - 1].prefix, prefix))
      return fm_namespace_find(tags->job, prefix, tags->scopes[i - 1].uri);
  return colon ? fm_namespace_find(tags->job, prefix, (fm_str){"", 0}) : NULL;
}

void fm_tags_leave(fm_tags *tags, size_t scopes) { tags->nscopes = scopes; }

/* ---- tags ---- */

bool fm_tags_read(fm_tags *tags, fm_str name, fm_tag *tag)
{
  enum fm_tag_part part;
  fm_str attribute, raw;
  tag->name = name;
  tag->count = 0;
  while ((part = fm_markup_attribute(&tags->in, &attribute, &raw)) == FM_TAG_PART_ATTRIBUTE) {
    if (!fm_tags_declare(tags, attribute, raw) && tag->count < FM_TAG_ATTRIBUTES) {
      tag->attributes[tag->count].name = attribute;
      tag->attributes[tag->count++].raw = raw;
    }
  }
  tag->empty = part == FM_TAG_PART_EMPTY;
  tag->ns = fm_tags_ns(tags, name, &tag->local);
  tag->carried = tag->ns < FM_NS_MEDIA ? NULL : fm_tags_carried(tags, name);
  if (tag->ns == FM_NS_NONE)
    tag->ns = tags->plain;
  return part != FM_TAG_PART_CUT;
}

fm_str fm_tag_get(fm_tags *tags, const fm_tag *tag, const char *name)
{
  for (size_t i = 0; i < tag->count; i++)
    if (fm_str_ieq(tag->attributes[i].name, fm_str_of(name))) {
      fm_construct piece = {.raw = tag->attributes[i].raw, .how = FM_CONSTRUCT_REFS};
      fm_str text = fm_construct_text(tags->job, &piece);
      if (tags->job->text.ptr && text.ptr == tags->job->text.ptr)
        text = fm_arena_str(&tags->job->arena, text);
      return fm_str_trim(text);
    }
  return (fm_str){"", 0};
}

fm_str fm_tag_base(fm_tags *tags, const fm_tag *tag)
{
  fm_str around = tags->depth ? tags->frames[tags->depth - 1].base : (fm_str){NULL, 0};
  fm_str own = tag->count ? fm_tag_get(tags, tag, "xml:base") : (fm_str){"", 0};
  fm_str base = own.len ? fm_feed_address(tags->job, around, own) : around;
  return base.len ? base : around;
}

/* ---- what an element holds ---- */

/* Is it the end of something that is open around it? Then this one was not closed. */
static bool is_open(const fm_tags *tags, fm_str name)
{
  for (size_t i = tags->depth; i > 0; i--)
    if (fm_str_ieq(tags->frames[i - 1].name, name))
      return true;
  return false;
}

static enum fm_construct_syntax joined(enum fm_construct_syntax before, enum fm_token mark)
{
  enum fm_construct_syntax now = mark == FM_TOKEN_CDATA ? FM_CONSTRUCT_PLAIN : FM_CONSTRUCT_REFS;
  return before == FM_CONSTRUCT_NONE ? now : before == FM_CONSTRUCT_TREE ? before : FM_CONSTRUCT_MIXED;
}

static bool is_blank(fm_str text) { return fm_str_trim(text).len == 0; }

fm_construct fm_tags_construct(fm_tags *tags, const fm_tag *tag)
{
  fm_markup *in = &tags->in;
  fm_construct piece = {.base = fm_tag_base(tags, tag)};
  const char *start = in->at, *stop = start;
  unsigned inner = 0; /* elements of the same name within */
  enum fm_token mark;
  fm_str text, one = {NULL, 0};
  while (!tag->empty && (mark = fm_markup_next(in, &text)) != FM_TOKEN_END) {
    if (mark == FM_TOKEN_CLOSE && fm_str_ieq(text, tag->name)) {
      if (inner-- == 0)
        break;
    } else if (mark == FM_TOKEN_CLOSE && is_open(tags, text)) {
      in->at = stop;
      break;
    } else if (mark == FM_TOKEN_OPEN) {
      piece.how = FM_CONSTRUCT_TREE;
      inner += fm_markup_skip_tag(in) == FM_TAG_PART_END && fm_str_ieq(text, tag->name);
    } else if ((mark == FM_TOKEN_TEXT && !is_blank(text)) || mark == FM_TOKEN_CDATA) {
      piece.how = joined(piece.how, mark);
      one = text;
    }
    stop = in->at;
  }
  /* Blanks around the one text that there is do not count. */
  bool single = piece.how == FM_CONSTRUCT_REFS || piece.how == FM_CONSTRUCT_PLAIN;
  piece.raw = single ? one : fm_str_span(start, stop);
  return piece;
}
