/* Charset conversion with iconv, with the label aliases of the WHATWG Encoding standard. */
#include "base/charset.h"

#include "base/str.h"

#include <errno.h>
#include <iconv.h>

enum { NAME_MAX_LEN = 40, GROWTH = 3 };

/* Labels that browsers map to another encoding (WHATWG Encoding, section 4.2). */
static const char *better_name(fm_str name, char copy[NAME_MAX_LEN + 1])
{
  static const char *const aliases[][2] = {
    {"iso-8859-1", "WINDOWS-1252"}, {"latin1", "WINDOWS-1252"},    {"iso8859-1", "WINDOWS-1252"},
    {"us-ascii", "WINDOWS-1252"},   {"ascii", "WINDOWS-1252"},     {"iso-8859-9", "WINDOWS-1254"},
    {"iso-8859-11", "WINDOWS-874"}, {"tis-620", "WINDOWS-874"},    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},             {"x-gbk", "GB18030"},          {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},         {"x-sjis", "CP932"},           {"euc-kr", "CP949"},
    {"ks_c_5601-1987", "CP949"},    {"big5", "BIG5-HKSCS"},        {"utf8", "UTF-8"},
    {"utf-16", "UTF-16LE"},         {"x-mac-roman", "MACINTOSH"},
  };
  if (name.len == 0 || name.len > NAME_MAX_LEN)
    return NULL;
  for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
    if (fm_str_ieq(name, fm_str_of(aliases[i][0])))
      return aliases[i][1];
  memcpy(copy, name.ptr, name.len);
  copy[name.len] = 0;
  return copy[strcspn(copy, "/ ,\t")] ? NULL : copy; /* iconv would interpret //TRANSLIT after a name */
}

bool fm_charset_decode(fm_str body, fm_str name, fm_arena *arena, fm_str *text)
{
  char copy[NAME_MAX_LEN + 1];
  const char *known = better_name(name, copy);
  iconv_t cd = known ? iconv_open("UTF-8", known) : (iconv_t)-1;
  if (cd == (iconv_t)-1)
    return false;
  size_t room = body.len * GROWTH + 16, left = body.len, space = room;
  char *out = fm_arena_raw(arena, room), *o = out, *in = (char *)body.ptr;
  while (left > 0) {
    if (iconv(cd, &in, &left, &o, &space) != (size_t)-1 || errno == E2BIG || space < 4)
      break;
    size_t put = fm_utf8_put(0xfffd, o);
    o += put;
    space -= put;
    in++;
    left--;
  }
  iconv_close(cd);
  fm_arena_trim(arena, out, room, (size_t)(o - out));
  *text = fm_str_span(out, o);
  return true;
}

size_t fm_utf8_score(fm_str body)
{
  size_t good = 0, bad = 0;
  for (const char *p = body.ptr, *end = p + body.len; p < end;) {
    const char *start = p;
    if ((unsigned char)*p < 0x80) {
      p++;
      continue;
    }
    uint32_t c = fm_utf8_next(&p, end);
    bool broken = c == 0xfffd && p == start + 1;
    good += !broken;
    bad += broken;
  }
  return bad ? good / bad : SIZE_MAX;
}
