/* Which bytes are which characters. Feeds say it in three places that do not agree;
 * the bytes themselves are asked first: text that is UTF-8 by chance is none. */
#include "base/charset.h"
#include "base/str.h"
#include "source/feed_in/charset.h"

enum { DECLARATION_MAX = 512, GROWTH = 3, SURELY = 8 };

static bool starts(fm_str s, const char *bytes, size_t len)
{
  return s.len >= len && memcmp(s.ptr, bytes, len) == 0;
}

/* What a byte order mark, or the zeros beside '<' or '{', tell; the mark goes. */
static const char *by_bytes(fm_str *body)
{
  static const struct {
    const char *bytes;
    size_t len, skip;
    const char *name;
  } marks[] = {
    {"\xef\xbb\xbf", 3, 3, "UTF-8"},       {"\xff\xfe\0\0", 4, 4, "UTF-32LE"},
    {"\0\0\xfe\xff", 4, 4, "UTF-32BE"},    {"\xff\xfe", 2, 2, "UTF-16LE"},
    {"\xfe\xff", 2, 2, "UTF-16BE"},        {"<\0\0\0", 4, 0, "UTF-32LE"},
    {"\0\0\0<", 4, 0, "UTF-32BE"},         {"<\0", 2, 0, "UTF-16LE"},
    {"\0<", 2, 0, "UTF-16BE"},             {"{\0", 2, 0, "UTF-16LE"},
    {"\0{", 2, 0, "UTF-16BE"},
  };
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
    if (starts(*body, marks[i].bytes, marks[i].len)) {
      *body = fm_str_from(*body, marks[i].skip);
      return marks[i].name;
    }
  return NULL;
}

/* encoding="..." of the XML declaration. */
static fm_str declared(fm_str body)
{
  size_t len = body.len < DECLARATION_MAX ? body.len : DECLARATION_MAX;
  fm_str head = fm_str_trim((fm_str){body.ptr, len});
  fm_str none = {NULL, 0};
  if (!fm_str_starts(head, FM_STR("<?xml")))
    return none;
  const char *end = fm_str_find(head, FM_STR("?>"));
  const char *at = end ? fm_str_find(fm_str_span(head.ptr, end), FM_STR("encoding")) : NULL;
  while (at && at < end && *at != '"' && *at != '\'')
    at++;
  if (!at || at == end)
    return none;
  const char *close = memchr(at + 1, *at, (size_t)(end - at - 1));
  return close ? fm_str_trim(fm_str_span(at + 1, close)) : none;
}

/* Charsets whose bytes are all ASCII, and look like UTF-8 therefore. */
static bool hides_in_ascii(fm_str name)
{
  return fm_str_ieq(name, FM_STR("utf-7")) || fm_str_ieq(name, FM_STR("hz-gb-2312")) ||
         (name.len > 9 && fm_str_ieq((fm_str){name.ptr, 9}, FM_STR("iso-2022-")));
}

static bool is_utf8(fm_str name)
{
  return fm_str_ieq(name, FM_STR("utf-8")) || fm_str_ieq(name, FM_STR("utf8"));
}

/* UTF-8 into which something put bytes of windows-1252. */
static fm_str mend(fm_str body, fm_arena *arena)
{
  static const uint16_t high[32] = {
    0x20ac, 0xfffd, 0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
    0x2039, 0x152,  0xfffd, 0x17d,  0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0xfffd, 0x17e,  0x178};
  size_t room = body.len * GROWTH;
  char *out = fm_arena_raw(arena, room), *o = out;
  for (const char *p = body.ptr, *end = p + body.len; p < end;) {
    unsigned char byte = (unsigned char)*p;
    const char *start = p;
    uint32_t c = fm_utf8_next(&p, end);
    if (c == 0xfffd && p == start + 1)
      c = byte < 0xa0 ? high[byte - 0x80] : byte;
    o += fm_utf8_put(c, o);
  }
  fm_arena_trim(arena, out, room, (size_t)(o - out));
  return fm_str_span(out, o);
}

fm_str fm_feed_to_utf8(fm_str body, fm_str charset, fm_arena *arena)
{
  fm_str text, said[2] = {charset, {NULL, 0}};
  const char *name = by_bytes(&body);
  if (name && strcmp(name, "UTF-8") != 0 && fm_charset_decode(body, fm_str_of(name), arena, &text))
    return text;
  said[1] = declared(body);
  bool valid = fm_utf8_valid(body), plainly = name || is_utf8(said[0]) || is_utf8(said[1]);
  size_t like = valid ? SIZE_MAX : fm_utf8_score(body);
  for (size_t i = 0; i < 2 && !name; i++) {
    bool ask = like > SURELY ? hides_in_ascii(said[i]) : !hides_in_ascii(said[i]);
    if (ask && !is_utf8(said[i]) && fm_charset_decode(body, said[i], arena, &text))
      return text;
  }
  if (valid)
    return body;
  if (!plainly && like == 0 && fm_charset_decode(body, FM_STR("windows-1252"), arena, &text))
    return text;
  return mend(body, arena);
}
