/* Texts of a feed: read, cleaned, and put into the result's memory. */
#include "base/date.h"
#include "base/str.h"
#include "base/url.h"
#include "base/when.h"
#include "base/entity.h"
#include "feed/valid.h"
#include "feed/html/markup.h"
#include "feed/html/sanitize.h"
#include "dom/text.h"
#include "source/feed_in/feed_in.h"

enum { BLOCK = 64 * 1024, STRIDE = 16 };

/* ---- the result's memory ---- */

/* Room for text: many small pieces out of one of the host's. */
static char *room_for(fm_feed_job *job, size_t len)
{
  if ((size_t)(job->end - job->next) < len) {
    size_t size = len > BLOCK / 4 ? len : BLOCK;
    char *block = job->host->alloc(job->host, size);
    if (size == len)
      return block;
    job->next = block;
    job->end = block + size;
  }
  char *room = job->next;
  job->next += len;
  return room;
}

fm_str fm_feed_keep(fm_feed_job *job, fm_str text)
{
  if (!text.len)
    return (fm_str){NULL, 0};
  char *copy = room_for(job, text.len);
  memcpy(copy, text.ptr, text.len);
  return (fm_str){copy, text.len};
}

/* Less what a cut left of a character. */
static fm_str cut(fm_str text, size_t max)
{
  if (text.len <= max)
    return text;
  text.len = max;
  while (text.len && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80)
    text.len--;
  return text;
}

fm_str fm_feed_line(fm_feed_job *job, fm_str text)
{
  text = cut(fm_str_trim(text), FM_FEED_TEXT_MAX);
  if (!text.len)
    return (fm_str){NULL, 0};
  char *line = room_for(job, text.len);
  size_t len = fm_text_fold(text, line);
  if (line + text.len == job->next)
    job->next = line + len;
  return len ? (fm_str){line, len} : (fm_str){NULL, 0};
}

/* ---- pieces ---- */

typedef signed char stride __attribute__((vector_size(STRIDE)));

/* Copies up to the first '&' and returns how much that was; sixteen bytes at a time, so
 * that as many beyond may be written over. */
static size_t copy_plain(char *to, const char *from, const char *end)
{
  const char *p = from;
  for (; end - p >= STRIDE; p += STRIDE, to += STRIDE) {
    stride s;
    memcpy(&s, p, STRIDE);
    memcpy(to, &s, STRIDE);
    stride amp = s == '&';
    uint64_t half[2];
    memcpy(half, &amp, sizeof half);
    if (half[0] | half[1])
      break;
  }
  while (p < end && *p != '&')
    *to++ = *p++;
  return (size_t)(p - from);
}

/* XML's references; a name that only HTML knows counts too, since feeds use them. No
 * reference is shorter than its character. */
static void add_refs(fm_buf *out, fm_str raw)
{
  const char *p = raw.ptr, *end = p + raw.len;
  if (fm_buf_reserve(out, raw.len + STRIDE))
    return;
  char *o = out->ptr + out->len;
  while (p < end) {
    size_t plain = copy_plain(o, p, end);
    const char *amp = p + plain;
    o += plain;
    if (amp == end)
      break;
    uint32_t c = '&';
    size_t len = 1, left = (size_t)(end - amp);
    if (left >= 4 && amp[2] == 't' && amp[3] == ';' && (amp[1] == 'l' || amp[1] == 'g')) {
      c = amp[1] == 'l' ? '<' : '>'; /* nearly all of them, where HTML is in XML */
      len = 4;
    } else if ((len = fm_entity_read(amp, end, FM_REF_XML, &c)) == 0) {
      c = '&';
      len = 1;
    }
    o += fm_utf8_put(c, o);
    p = amp + len;
  }
  out->len = (size_t)(o - out->ptr);
}

static void add_mixed(fm_buf *out, fm_str raw)
{
  fm_markup in = {raw.ptr, raw.ptr + raw.len, true};
  fm_str text;
  enum fm_token mark;
  while ((mark = fm_markup_next(&in, &text)) != FM_TOKEN_END)
    if (mark == FM_TOKEN_TEXT)
      add_refs(out, text);
    else if (mark == FM_TOKEN_CDATA)
      fm_buf_str(out, text);
}

/* "<![CDATA[...]]>" that was escaped once too often. */
static fm_str unwrap(fm_str text)
{
  fm_str bare = fm_str_trim(text), open = FM_STR("<![CDATA["), close = FM_STR("]]>");
  if (!fm_str_starts(bare, open) || !fm_str_ends(bare, close) || bare.len < open.len + close.len)
    return text;
  return fm_str_span(bare.ptr + open.len, bare.ptr + bare.len - close.len);
}

fm_str fm_construct_text(fm_feed_job *job, const fm_construct *piece)
{
  fm_str raw = piece->raw;
  if (!raw.len || piece->how == FM_CONSTRUCT_NONE)
    return (fm_str){"", 0};
  if (piece->how == FM_CONSTRUCT_PLAIN || piece->how == FM_CONSTRUCT_TREE)
    return raw;
  if (piece->how == FM_CONSTRUCT_REFS && !memchr(raw.ptr, '&', raw.len))
    return raw;
  fm_buf_clear(&job->text);
  if (piece->how == FM_CONSTRUCT_REFS)
    add_refs(&job->text, raw);
  else
    add_mixed(&job->text, raw);
  return fm_buf_view(&job->text);
}

static bool is_html(const fm_construct *piece, fm_str text)
{
  if (piece->how == FM_CONSTRUCT_TREE || piece->form == FM_TYPE_HTML || piece->form == FM_TYPE_XHTML)
    return true;
  return piece->form == FM_TYPE_GUESS && fm_html_likely(text);
}

static fm_str words(fm_feed_job *job, const fm_construct *piece)
{
  fm_str text = unwrap(fm_construct_text(job, piece));
  if (!is_html(piece, text))
    return text;
  fm_buf_clear(&job->html);
  fm_html_text_as(text, piece->how == FM_CONSTRUCT_TREE ? FM_HTML_XML : 0, &job->html);
  return fm_buf_view(&job->html);
}

/* A title names elements of HTML more often than it has some: what is no whole element
 * stays as it is written. */
fm_str fm_construct_line(fm_feed_job *job, const fm_construct *piece)
{
  fm_str text = unwrap(fm_construct_text(job, piece));
  bool tree = piece->how == FM_CONSTRUCT_TREE;
  if (piece->form == FM_TYPE_TEXT && !tree)
    return fm_feed_line(job, text);
  if (piece->form == FM_TYPE_GUESS && !tree && (job->plain_titles || !fm_html_title_likely(text)))
    return fm_feed_line(job, text);
  fm_buf_clear(&job->html);
  fm_html_text_as(text, FM_HTML_TITLE | (tree ? FM_HTML_XML : 0), &job->html);
  return fm_feed_line(job, fm_buf_view(&job->html));
}

fm_str fm_construct_words(fm_feed_job *job, const fm_construct *piece)
{
  return fm_feed_line(job, words(job, piece));
}

fm_str fm_construct_plain(fm_feed_job *job, const fm_construct *piece)
{
  fm_str text = cut(words(job, piece), FM_FEED_TEXT_MAX);
  if (!text.len)
    return text;
  char *plain = room_for(job, text.len);
  size_t len = fm_text_plain(text, plain);
  return len ? (fm_str){plain, len} : (fm_str){NULL, 0};
}

bool fm_construct_html(fm_feed_job *job, const fm_construct *piece, fm_str base)
{
  fm_str text = unwrap(fm_construct_text(job, piece));
  if (!text.len || !is_html(piece, text))
    return false;
  fm_buf_clear(&job->html);
  size_t most = job->budget < FM_FEED_CONTENT_MAX ? job->budget : FM_FEED_CONTENT_MAX;
  job->html.max = most;
  unsigned tree = piece->how == FM_CONSTRUCT_TREE ? FM_HTML_XML : 0;
  fm_html_clean_as(text, base, tree | FM_HTML_UTF8, &job->html);
  job->html.max = FM_BUF_MAX;
  job->budget -= job->html.len;
  return job->html.len > 0;
}

/* ---- addresses and dates ---- */

/* The channel's page is the base of an RSS item's addresses, for feeds are often moved to
 * another host; RFC 4287 and JSON Feed have the document's own address instead. */
fm_str fm_feed_base(const fm_feed_job *job)
{
  bool page = job->rss && job->to == &job->draft && fm_url_usable(job->feed->link);
  return page ? job->feed->link : job->url;
}

fm_str fm_feed_address(fm_feed_job *job, fm_str base, fm_str reference)
{
  fm_str url, none = {NULL, 0};
  reference = fm_str_trim(reference);
  if (!reference.len)
    return none;
  if (fm_url_usable(reference))
    return reference;
  base = base.len ? base : fm_feed_base(job);
  base = base.len ? base : FM_STR("none:/");
  if (fm_url_resolve(base, reference, &job->arena, &url) || fm_str_starts(url, FM_STR("none:")))
    return none;
  if (!fm_valid_href(url))
    return none;
  if (base.ptr == job->feed->link.ptr) {
    job->resolved = url;
    job->reference = reference;
  }
  return url;
}

fm_str fm_feed_old_address(fm_feed_job *job, fm_str address)
{
  fm_str old;
  if (!job->reference.len || !fm_str_eq(address, job->resolved) ||
      fm_url_resolve(job->url, job->reference, &job->arena, &old))
    return address;
  return old;
}

bool fm_feed_time(fm_feed_job *job, fm_str text, int64_t *time)
{
  const fm_when when = {.now = FM_NO_TIME, .language = job->feed->language,
                        .origin = FM_WHEN_DATA};
  int64_t read;
  text = fm_str_trim(text);
  /* Nearly all are as the standards want them; these readers say what that one says. */
  if ((fm_date_parse_iso(text, &read) || fm_date_parse_mail(text, &read)) && read >= FM_DATE_MIN) {
    *time = read;
    return true;
  }
  return text.len && fm_when_parse(text, &when, time);
}
