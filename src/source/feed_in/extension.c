/* Foreign elements in: which namespaces are carried, and their elements written anew. */
#include "base/str.h"
#include "base/url.h"
#include "feed/extension.h"
#include "feed/html/sanitize.h"
#include "feed/valid.h"
#include "feed/xml.h"
#include "source/feed_in/tags.h"
#include "source/option.h"

enum { BYTES_MAX = 128 * 1024 /* of all extensions of one entry */, NAMESPACES_MAX = 64 };

/* ---- namespaces ---- */

/* What readers, podcast programs and aggregators use. Of several rows with one prefix the
 * first is written, the others are other spellings. */
static const struct {
  const char *prefix, *uri;
} well_known[] = {
  {"itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"},
  {"podcast", "https://podcastindex.org/namespace/1.0"},
  {"podcast", "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"},
  {"psc", "http://podlove.org/simple-chapters"},
  {"googleplay", "http://www.google.com/schemas/play-podcasts/1.0"},
  {"rawvoice", "http://www.rawvoice.com/rawvoiceRssModule/"},
  {"spotify", "http://www.spotify.com/ns/rss"},
  {"media", "http://search.yahoo.com/mrss/"},
  {"georss", "http://www.georss.org/georss"},
  {"gml", "http://www.opengis.net/gml"},
  {"geo", "http://www.w3.org/2003/01/geo/wgs84_pos#"},
  {"dc", "http://purl.org/dc/elements/1.1/"},
  {"dc", "http://purl.org/dc/elements/1.0/"},
  {"dcterms", "http://purl.org/dc/terms/"},
  {"thr", "http://purl.org/syndication/thread/1.0"},
  {"slash", "http://purl.org/rss/1.0/modules/slash/"},
  {"cc", "http://web.resource.org/cc/"},
  {"cc", "http://creativecommons.org/ns#"},
  {"creativeCommons", "http://backend.userland.com/creativeCommonsRssModule"},
  {"yt", "http://www.youtube.com/xml/schemas/2015"},
};
enum { WELL_KNOWN = sizeof well_known / sizeof *well_known };

/* http and https are one, and a slash at the end does not count. */
static bool same_uri(fm_str a, fm_str b)
{
  fm_str pair[] = {fm_str_trim(a), fm_str_trim(b)};
  for (size_t i = 0; i < 2; i++) {
    if (fm_str_starts(pair[i], FM_STR("https:")))
      pair[i] = fm_str_from(pair[i], 6);
    else if (fm_str_starts(pair[i], FM_STR("http:")))
      pair[i] = fm_str_from(pair[i], 5);
    if (pair[i].len && pair[i].ptr[pair[i].len - 1] == '/')
      pair[i].len--;
  }
  return fm_str_ieq(pair[0], pair[1]);
}

static void add_word(fm_namespace *all, size_t *count, fm_str word)
{
  fm_str uri = word, prefix;
  if (memchr(word.ptr, '=', word.len) && fm_str_cut(&uri, '=', &prefix) && *count < NAMESPACES_MAX)
    all[(*count)++] = (fm_namespace){prefix, uri};
  for (size_t i = 0; i < WELL_KNOWN && *count < NAMESPACES_MAX; i++)
    if (fm_str_is(word, well_known[i].prefix))
      all[(*count)++] = (fm_namespace){word, fm_str_of(well_known[i].uri)};
}

void fm_feed_namespaces(fm_feed_job *job)
{
  fm_namespace *all = fm_arena_alloc(&job->arena, NAMESPACES_MAX * sizeof *all);
  fm_str rest = fm_option(job->page->options, job->page->noptions, "extensions"), word;
  size_t count = 0;
  for (size_t i = 0; !rest.len && i < WELL_KNOWN; i++)
    all[count++] =
      (fm_namespace){fm_str_of(well_known[i].prefix), fm_str_of(well_known[i].uri)};
  while (rest.len && fm_str_cut(&rest, ' ', &word))
    add_word(all, &count, word);
  job->namespaces = all;
  job->nnamespaces = count;
}

const fm_namespace *fm_namespace_find(const fm_feed_job *job, fm_str prefix, fm_str uri)
{
  const fm_namespace *found = NULL;
  for (size_t i = 0; i < job->nnamespaces && !found; i++)
    if (uri.len ? same_uri(job->namespaces[i].uri, uri)
                : fm_str_eq(job->namespaces[i].prefix, prefix))
      found = &job->namespaces[i];
  for (size_t i = 0; i < job->nnamespaces && found; i++)
    if (fm_str_eq(job->namespaces[i].prefix, found->prefix))
      return &job->namespaces[i];
  return NULL;
}

/* ---- serialising ---- */

typedef struct serialiser {
  fm_tags *tags;
  const fm_namespace *own; /* of the whole */
  fm_buf *out;
  fm_str base;
  fm_str open[FM_EXTENSION_DEPTH]; /* names as they are in the document */
  const fm_namespace *spaces[FM_EXTENSION_DEPTH];
  size_t scopes[FM_EXTENSION_DEPTH];
  fm_str locals[FM_EXTENSION_DEPTH];
  unsigned depth;
} serialiser;

static bool is_plain_name(fm_str name)
{
  for (size_t i = 0; i < name.len; i++) {
    unsigned char c = (unsigned char)name.ptr[i];
    bool letter = (c | 0x20u) - 'a' < 26 || c == '_';
    bool later = (unsigned)c - '0' < 10 || c == '-' || c == '.';
    if (!letter && (i == 0 || !later))
      return false;
  }
  return name.len > 0;
}

static fm_str local_of(fm_str name)
{
  const char *colon = memchr(name.ptr, ':', name.len);
  return colon ? fm_str_span(colon + 1, name.ptr + name.len) : name;
}

static void put_name(serialiser *s, const fm_namespace *space, fm_str local)
{
  fm_buf_str(s->out, space->prefix);
  fm_buf_char(s->out, ':');
  fm_buf_str(s->out, local);
}

static bool is_address(fm_str local)
{
  static const char *const names[] = {"href", "url", "src", "resource", "feedUrl", "img"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (fm_str_is(local, names[i]))
      return true;
  return false;
}

/* References read, in the arena. */
static fm_str decoded(serialiser *s, fm_str raw)
{
  fm_construct construct = {.raw = raw, .how = FM_CONSTRUCT_REFS};
  fm_str text = fm_construct_text(s->tags->job, &construct);
  return text.ptr == raw.ptr ? text : fm_arena_str(&s->tags->job->arena, text);
}

static void put_attribute(serialiser *s, fm_str name, fm_str raw)
{
  fm_str local = local_of(name), value = decoded(s, raw);
  bool prefixed = local.len < name.len;
  const fm_namespace *space = prefixed ? fm_tags_carried(s->tags, name) : NULL;
  bool xml = fm_str_is(name, "xml:lang");
  if (!is_plain_name(local) || (prefixed && !xml && space != s->own))
    return;
  if (is_address(local)) {
    fm_str url = fm_feed_address(s->tags->job, s->base, value);
    if (url.len)
      value = url;
    else if (memchr(value.ptr, ':', value.len))
      return;
  }
  fm_buf_char(s->out, ' ');
  if (xml)
    fm_buf_str(s->out, name);
  else if (space)
    put_name(s, space, local);
  else
    fm_buf_str(s->out, local);
  fm_buf_add(s->out, "=\"", 2);
  fm_xml_escape(s->out, value, true);
  fm_buf_char(s->out, '"');
}

/* An element within of another carried namespace declares that itself. */
static void put_start(serialiser *s, const fm_tag *tag)
{
  const fm_namespace *around = s->depth ? s->spaces[s->depth - 1] : s->own;
  fm_buf_char(s->out, '<');
  put_name(s, tag->carried, tag->local);
  if (tag->carried != s->own && tag->carried != around) {
    fm_buf_text(s->out, " xmlns:");
    fm_buf_str(s->out, tag->carried->prefix);
    fm_buf_add(s->out, "=\"", 2);
    fm_xml_escape(s->out, tag->carried->uri, true);
    fm_buf_char(s->out, '"');
  }
  for (size_t i = 0; i < tag->count; i++) {
    bool twice = false;
    for (size_t k = 0; k < i; k++)
      twice = twice || fm_str_eq(tag->attributes[k].name, tag->attributes[i].name);
    if (!twice)
      put_attribute(s, tag->attributes[i].name, tag->attributes[i].raw);
  }
  fm_buf_text(s->out, tag->empty ? "/>" : ">");
}

static void put_end(serialiser *s)
{
  s->depth--;
  fm_buf_add(s->out, "</", 2);
  put_name(s, s->spaces[s->depth], s->locals[s->depth]);
  fm_buf_char(s->out, '>');
  fm_tags_leave(s->tags, s->scopes[s->depth]);
}

/* Elements of other namespaces go, what they hold stays. */
static bool on_start(serialiser *s, fm_str name)
{
  fm_tag tag;
  size_t scopes = s->tags->nscopes;
  if (!fm_tags_read(s->tags, name, &tag))
    return false;
  if (!tag.carried || !is_plain_name(tag.local) || s->depth == FM_EXTENSION_DEPTH) {
    fm_tags_leave(s->tags, scopes);
    return s->depth > 0;
  }
  put_start(s, &tag);
  if (tag.empty) {
    fm_tags_leave(s->tags, scopes);
    return true;
  }
  s->open[s->depth] = name;
  s->spaces[s->depth] = tag.carried;
  s->locals[s->depth] = tag.local;
  s->scopes[s->depth++] = scopes;
  return true;
}

static void on_end(serialiser *s, fm_str name)
{
  for (unsigned i = s->depth; i > 0; i--)
    if (fm_str_ieq(s->open[i - 1], name)) {
      while (s->depth >= i)
        put_end(s);
      return;
    }
}

/* Markup within the text is of no use where plain text is expected, and may run. */
static void put_text(serialiser *s, fm_str text)
{
  fm_buf plain;
  if (!s->depth)
    return;
  if (!fm_html_likely(text)) {
    fm_xml_escape(s->out, text, false);
    return;
  }
  fm_buf_init(&plain, FM_FEED_EXTENSION_MAX);
  fm_html_text(text, &plain);
  fm_xml_escape(s->out, fm_buf_view(&plain), false);
  fm_buf_deinit(&plain);
}

static bool serialise(serialiser *s, fm_str raw)
{
  fm_markup around = s->tags->in;
  fm_str text;
  enum fm_token token;
  bool good = true;
  s->tags->in = (fm_markup){raw.ptr, raw.ptr + raw.len, true};
  while (good && (token = fm_markup_next(&s->tags->in, &text)) != FM_TOKEN_END)
    if (token == FM_TOKEN_OPEN)
      good = on_start(s, text);
    else if (token == FM_TOKEN_CLOSE)
      on_end(s, text);
    else if (token == FM_TOKEN_TEXT)
      put_text(s, decoded(s, text));
    else if (token == FM_TOKEN_CDATA)
      put_text(s, text);
  while (s->depth)
    put_end(s);
  s->tags->in = around;
  return good && !s->out->full;
}

void fm_tags_carry(fm_tags *tags, const fm_tag *tag)
{
  fm_feed_job *job = tags->job;
  fm_draft *d = job->to;
  fm_str raw = fm_str_span(tag->name.ptr - 1, tags->in.at);
  if (d->extensions.count >= FM_FEED_EXTENSIONS_MAX || raw.len > FM_FEED_EXTENSION_MAX ||
      d->extension_bytes > BYTES_MAX)
    return;
  fm_buf out;
  fm_buf_init(&out, 2 * FM_FEED_EXTENSION_MAX);
  serialiser s = {.tags = tags, .own = tag->carried, .out = &out, .base = fm_tag_base(tags, tag)};
  fm_extension one = {.prefix = tag->carried->prefix, .uri = tag->carried->uri};
  if (serialise(&s, raw) && out.len) {
    one.xml = fm_buf_view(&out);
    if (fm_extension_valid(&one)) {
      one.prefix = fm_feed_keep(job, one.prefix);
      one.uri = fm_feed_keep(job, one.uri);
      one.xml = fm_feed_keep(job, one.xml);
      d->extension_bytes += one.xml.len;
      *FM_PUSH(&job->arena, d->extensions.items, d->extensions.count, d->extensions.cap) = one;
    }
  }
  fm_buf_deinit(&out);
}
