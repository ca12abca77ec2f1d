/* Attributes: which stay, and what their values may be. */
#include "base/ascii.h"
#include "base/str.h"
#include "base/url.h"
#include "feed/valid.h"
#include "feed/html/sanitize_parts.h"

enum { LENGTH_DIGITS = 5, NUMBER_DIGITS = 6, WORD_MAX = 35, TEXT_MAX = 8192, CANDIDATES_MAX = 32 };

#define IN(values, a) ((values)->there >> (a) & 1)

bool fm_html_is(const fm_html_element *element, const char *name)
{
  return strcmp(element->name, name) == 0;
}

/* ---- addresses ---- */

/* What a person may follow; nothing here runs or opens a file. */
static bool scheme_allowed(fm_str scheme, bool media)
{
  static const char *const followed[] = {"mailto", "tel",  "sms",  "ftp",    "news",   "nntp",
                                         "irc",    "ircs", "xmpp", "magnet", "gemini", "gopher",
                                         "geo",    "matrix"};
  for (size_t i = 0; !media && i < sizeof followed / sizeof *followed; i++)
    if (fm_str_ieq(scheme, fm_str_of(followed[i])))
      return true;
  return false;
}

/* What is judged is what is written: the address after it was made absolute. */
static bool allowed(fm_str url, bool media)
{
  fm_url parts;
  if (fm_url_usable(url))
    return true;
  return fm_url_parse(url, &parts) && scheme_allowed(parts.scheme, media) &&
         (parts.path.len || parts.host.len || parts.query.len);
}

/* An address as it will be written; false: none that may be. */
static bool to_link(fm_str value, bool media, fm_str base, fm_arena *arena, fm_str *link)
{
  value = fm_str_trim(value);
  if (!value.len || value.len > FM_URL_MAX)
    return false;
  if (fm_str_starts(value, FM_STR("http")) && fm_url_usable(value)) {
    *link = value;
    return true;
  }
  fm_str url;
  fm_str from = base.len ? base : FM_STR("none:/"); /* what is relative keeps that scheme */
  if (fm_url_resolve(from, value, arena, &url) || !allowed(url, media))
    return false;
  *link = url;
  return true;
}

/* ---- srcset (HTML, "Parsing a srcset attribute") ---- */

static bool descriptor_good(fm_str d)
{
  if (d.len == 0)
    return true;
  char unit = d.ptr[d.len - 1];
  if (d.len < 2 || d.len > 10 || (unit != 'w' && unit != 'x' && unit != 'h'))
    return false;
  for (size_t i = 0; i + 1 < d.len; i++)
    if (d.ptr[i] != '.' && (d.ptr[i] < '0' || d.ptr[i] > '9'))
      return false;
  return true;
}

/* Takes the next candidate off `*rest`. */
static bool cut_candidate(fm_str *rest, fm_str *url, fm_str *descriptor)
{
  const char *p = rest->ptr, *end = p + rest->len;
  while (p < end && (fm_is_space(*p) || *p == ','))
    p++;
  const char *start = p;
  while (p < end && !fm_is_space(*p))
    p++;
  const char *stop = p;
  while (stop > start && stop[-1] == ',')
    stop--;
  *url = fm_str_span(start, stop);
  *descriptor = fm_str_span(p, p);
  if (stop == p) { /* no comma ended it: a descriptor may follow */
    const char *from = p;
    while (p < end && *p != ',')
      p++;
    *descriptor = fm_str_trim(fm_str_span(from, p));
  }
  *rest = fm_str_span(p, end);
  return url->len > 0;
}

static bool to_set(fm_str value, fm_str base, fm_arena *arena, fm_str *set)
{
  fm_buf out;
  fm_str rest = value, url, descriptor;
  unsigned count = 0;
  fm_buf_init(&out, CANDIDATES_MAX * (FM_URL_MAX + 16));
  while (rest.len && count < CANDIDATES_MAX && cut_candidate(&rest, &url, &descriptor)) {
    if (!descriptor_good(descriptor) || !to_link(url, true, base, arena, &url))
      continue;
    if (memchr(url.ptr, ' ', url.len) || url.ptr[url.len - 1] == ',')
      continue;
    fm_buf_text(&out, count++ ? ", " : "");
    fm_buf_str(&out, url);
    if (descriptor.len) {
      fm_buf_char(&out, ' ');
      fm_buf_str(&out, descriptor);
    }
  }
  if (count)
    *set = fm_arena_str(arena, fm_buf_view(&out));
  fm_buf_deinit(&out);
  return count > 0;
}

/* ---- other values ---- */

static size_t digits(fm_str s)
{
  size_t n = 0;
  while (n < s.len && s.ptr[n] >= '0' && s.ptr[n] <= '9')
    n++;
  return n;
}

static bool to_length(fm_str value, fm_str *length)
{
  size_t n = digits(value);
  fm_str unit = fm_str_from(value, n);
  bool known = unit.len == 0 || fm_str_is(unit, "%") || fm_str_is(unit, "px");
  if (n == 0 || n > LENGTH_DIGITS || !known)
    return false;
  *length = (fm_str){value.ptr, n + fm_str_is(unit, "%")};
  return true;
}

static bool is_number(fm_str value)
{
  fm_str rest = fm_str_starts(value, FM_STR("-")) ? fm_str_from(value, 1) : value;
  return rest.len && rest.len <= NUMBER_DIGITS && digits(rest) == rest.len;
}

static bool is_word(fm_str value)
{
  for (size_t i = 0; i < value.len; i++) {
    unsigned char c = (unsigned char)value.ptr[i];
    if ((c | 0x20u) - 'a' >= 26 && (unsigned)c - '0' >= 10 && c != '-')
      return false;
  }
  return value.len > 0 && value.len <= WORD_MAX;
}

static bool judge(const fm_html_attribute_row *row, fm_str value, fm_str base, fm_arena *arena,
                  fm_str *good)
{
  fm_str bare = fm_str_trim(value);
  *good = bare;
  switch (row->value) {
    case FM_V_TEXT:
      *good = value;
      return value.len <= TEXT_MAX && (bare.len || row->attribute == FM_A_ALT);
    case FM_V_LINK: return to_link(value, false, base, arena, good);
    case FM_V_MEDIA: return to_link(value, true, base, arena, good);
    case FM_V_SET: return bare.len && to_set(bare, base, arena, good);
    case FM_V_LENGTH: return to_length(bare, good);
    case FM_V_NUMBER: return is_number(bare);
    case FM_V_WORD: return is_word(bare);
    case FM_V_TYPE: return is_word(bare) || fm_valid_media_type(bare);
    case FM_V_FLAG: *good = (fm_str){"", 0}; return true;
  }
  return false;
}

/* ---- one tag ---- */

/* data-src="true" is a word for a script, not an address. */
static bool looks_like_address(fm_str value)
{
  return value.len && (memchr(value.ptr, '/', value.len) || memchr(value.ptr, '.', value.len));
}

static void take(fm_html_values *values, enum fm_html_attribute to, enum fm_html_attribute from)
{
  if (!IN(values, from))
    return;
  values->value[to] = values->value[from];
  values->there |= 1u << to;
}

/* An image that is loaded late says so; one with sizes alone gets a plain address,
 * for readers that know no srcset. */
static void finish(const fm_html_element *element, fm_html_values *values)
{
  take(values, FM_A_SRC, FM_A_LAZY_SRC);
  take(values, FM_A_SRCSET, FM_A_LAZY_SRCSET);
  if (!IN(values, FM_A_SRC) && IN(values, FM_A_SRCSET) && element->group == FM_G_IMAGE) {
    fm_str rest = values->value[FM_A_SRCSET], descriptor;
    if (cut_candidate(&rest, &values->value[FM_A_SRC], &descriptor))
      values->there |= 1u << FM_A_SRC;
  }
  if (!IN(values, FM_A_SRCSET))
    values->there &= ~(1u << FM_A_SIZES);
  if (element->attributes >> FM_A_CONTROLS & 1) { /* nothing else could start it */
    values->value[FM_A_CONTROLS] = (fm_str){"", 0};
    values->there |= 1u << FM_A_CONTROLS;
  }
}

enum fm_tag_part fm_html_values_read(fm_markup *in, const fm_html_element *element, fm_str base,
                                 fm_arena *arena, fm_html_values *values)
{
  fm_str name, raw;
  uint32_t seen = 0;
  enum fm_tag_part part;
  values->there = 0;
  while ((part = fm_markup_attribute(in, &name, &raw)) == FM_TAG_PART_ATTRIBUTE) {
    const fm_html_attribute_row *row = element->attributes ? fm_html_attribute_find(name) : NULL;
    if (!row || !(element->attributes >> row->attribute & 1) || seen >> row->attribute & 1)
      continue;
    bool lazy = row->attribute >= FM_A_WRITTEN;
    fm_str value = fm_html_decode(raw, FM_REF_ATTRIBUTE, arena), good;
    if (lazy && !looks_like_address(value))
      continue;
    seen |= 1u << row->attribute;
    if (judge(row, value, base, arena, &good)) {
      values->value[row->attribute] = good;
      values->there |= 1u << row->attribute;
    }
  }
  finish(element, values);
  return part;
}
