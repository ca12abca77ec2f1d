/* Decodes a page to the UTF-8 that the HTML parser reads. */
#include "dom/encoding.h"

#include "base/charset.h"
#include "base/str.h"

#include <limits.h>

enum { HEAD_MAX = 4096, SURE_SEQUENCES = 5 };

static bool has_high_byte(fm_str s)
{
  for (size_t i = 0; i < s.len; i++)
    if ((unsigned char)s.ptr[i] >= 0x80)
      return true;
  return false;
}

static const char *skip_spaces(const char *at, const char *end)
{
  while (at < end && (*at == ' ' || (*at >= '\t' && *at <= '\r')))
    at++;
  return at;
}

/* Reads charset="..." or content="text/html; charset=..." inside a start tag. */
static fm_str charset_in(fm_str tag)
{
  static const fm_str word = {"charset", 7};
  const char *end = tag.ptr + tag.len;
  for (const char *at = tag.ptr; (size_t)(end - at) > word.len; at++) {
    if (!fm_str_ieq((fm_str){at, word.len}, word))
      continue;
    const char *value = skip_spaces(at + word.len, end);
    if (value == end || *value != '=')
      continue;
    value = skip_spaces(value + 1, end);
    value += value < end && (*value == '"' || *value == '\'');
    const char *stop = value;
    while (stop < end && !strchr("\"'; \t\r\n\f/", *stop))
      stop++;
    return fm_str_span(value, stop);
  }
  return (fm_str){NULL, 0};
}

/* The charset of the first <meta> that names one. */
static fm_str declared(fm_str html)
{
  static const fm_str meta = {"<meta", 5};
  const char *at = html.ptr, *end = html.ptr + html.len;
  while ((at = memchr(at, '<', (size_t)(end - at))) && (size_t)(end - at) > meta.len) {
    const char *close = fm_str_ieq((fm_str){at, meta.len}, meta)
                          ? memchr(at, '>', (size_t)(end - at))
                          : NULL;
    fm_str name = close ? charset_in(fm_str_span(at + meta.len, close)) : (fm_str){NULL, 0};
    if (name.len)
      return name;
    at++;
  }
  return (fm_str){NULL, 0};
}

/* Replaces bytes that are not UTF-8 by U+FFFD. */
static fm_str mend(fm_str html, fm_arena *arena)
{
  if (fm_utf8_valid(html))
    return html;
  char *start = fm_arena_raw(arena, html.len * 3), *out = start;
  for (const char *p = html.ptr, *end = p + html.len; p < end;)
    out += fm_utf8_put(fm_utf8_next(&p, end), out);
  return fm_str_span(start, out);
}

/* Returns false for an unknown charset. `within`: the page names the charset in ASCII bytes, so
 * it cannot be UTF-16. */
static bool read_as(fm_str html, fm_str charset, bool within, fm_arena *arena, fm_str *text)
{
  if (fm_str_ieq(charset, FM_STR("utf-8")) || fm_str_ieq(charset, FM_STR("utf8")) ||
      (within && charset.len >= 6 && fm_str_ieq((fm_str){charset.ptr, 6}, FM_STR("utf-16")))) {
    *text = mend(html, arena);
    return true;
  }
  return fm_charset_decode(html, charset, arena, text) && text->len <= INT_MAX;
}

/* UTF-16 by its byte order mark or by the zero bytes of ASCII characters; NULL: it is not. */
static const char *utf16_of(fm_str html)
{
  const char *p = html.ptr;
  if (html.len < 2)
    return NULL;
  if ((p[0] == '\xff' && p[1] == '\xfe') || (p[0] && !p[1]))
    return "utf-16le";
  if ((p[0] == '\xfe' && p[1] == '\xff') || (!p[0] && p[1]))
    return "utf-16be";
  return NULL;
}

/* Text in another charset is hardly ever valid UTF-8 with several characters beyond ASCII. */
static bool is_surely_utf8(fm_str html)
{
  size_t sequences = 0;
  if (!fm_utf8_valid(html))
    return false;
  for (size_t i = 0; i < html.len && sequences < SURE_SEQUENCES; i++)
    sequences += (unsigned char)html.ptr[i] >= 0xe0   ? SURE_SEQUENCES
                 : (unsigned char)html.ptr[i] >= 0xc0 ? 1
                                                      : 0;
  return sequences >= SURE_SEQUENCES;
}

/* The caller's charset comes first, then a byte order mark, bytes that are surely UTF-8 whatever
 * the page declares, its declaration, and at last the likeness to UTF-8. */
static fm_str to_utf8(fm_str html, fm_str charset, fm_arena *arena)
{
  fm_str head = {html.ptr, html.len < HEAD_MAX ? html.len : HEAD_MAX}, text;
  const char *utf16 = utf16_of(html);
  if (charset.len && read_as(html, charset, false, arena, &text))
    return text;
  if (utf16 && fm_charset_decode(html, fm_str_of(utf16), arena, &text))
    return text;
  if (fm_str_starts(html, FM_STR("\xef\xbb\xbf")) || is_surely_utf8(html))
    return mend(html, arena);
  fm_str said = declared(head);
  if (said.len && read_as(html, said, true, arena, &text))
    return text;
  if (!has_high_byte(html) || fm_utf8_valid(html))
    return html;
  said = declared(html);
  if (said.len && read_as(html, said, true, arena, &text))
    return text;
  if (!fm_utf8_score(html) && read_as(html, FM_STR("windows-1252"), true, arena, &text))
    return text;
  return mend(html, arena);
}

/* ---- what the parser wants ---- */

/* Controls, carriage returns, and the first byte of U+FFFE and U+FFFF. */
static bool is_suspect(unsigned char c)
{
  return (c < ' ' && c != '\n' && c != '\t') || c == 0xef;
}

static bool has_control(fm_str html)
{
  size_t i = 0;
  while (i < html.len) {
    uint64_t word;
    size_t end = html.len - i < sizeof word ? html.len : i + sizeof word;
    if (end == i + sizeof word) { /* a byte below 0x20 borrows from its highest bit */
      memcpy(&word, html.ptr + i, sizeof word);
      if (!((word - UINT64_C(0x2020202020202020)) & ~word & UINT64_C(0x8080808080808080))) {
        i = end;
        continue;
      }
    }
    for (; i < end; i++)
      if ((unsigned char)html.ptr[i] < ' ' && html.ptr[i] != '\n' && html.ptr[i] != '\t')
        return true;
  }
  return false;
}

/* U+FFFE or U+FFFF. */
static bool has_noncharacter(fm_str html)
{
  const char *at = html.ptr, *end = at + html.len;
  while (at < end && (at = memchr(at, 0xef, (size_t)(end - at))) != NULL) {
    if (end - at >= 3 && at[1] == '\xbf' && (at[2] | 1) == '\xbf')
      return true;
    at++;
  }
  return false;
}

static bool needs_cleaning(fm_str html) { return has_control(html) || has_noncharacter(html); }

/* Line breaks become LF, a form feed a space; other characters that XML forbids go. */
static fm_str clean(fm_str html, char *out)
{
  const char *start = out;
  for (const char *p = html.ptr, *end = p + html.len; p < end; p++) {
    unsigned char c = (unsigned char)*p;
    bool noncharacter = c == 0xef && end - p >= 3 && p[1] == '\xbf' && (p[2] | 1) == '\xbf';
    if (!is_suspect(c) || (c == 0xef && !noncharacter))
      *out++ = *p;
    else if (c == '\r' && (p + 1 == end || p[1] != '\n'))
      *out++ = '\n';
    else if (c == '\f')
      *out++ = ' ';
    else if (noncharacter)
      p += 2;
  }
  return fm_str_span(start, out);
}

fm_str fm_page_decode(fm_str html, fm_str charset, fm_arena *arena)
{
  fm_str text = to_utf8(html, charset, arena);
  if (fm_str_starts(text, FM_STR("\xef\xbb\xbf")))
    text = fm_str_from(text, 3);
  return needs_cleaning(text) ? clean(text, fm_arena_raw(arena, text.len + 1)) : text;
}
