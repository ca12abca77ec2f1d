/* XML writer: element stack and escaping, vectorised. */
#include "feed/xml.h"

#include "base/str.h"

#include <assert.h>

/* Sixteen bytes at a time, by the compiler's vectors: machine code for every
 * processor that has them, plain loops elsewhere. */
enum { STRIDE = 16, PIECE = 1024, LONGEST = 6 /* bytes that one becomes: "&quot;" */ };
typedef signed char stride __attribute__((vector_size(STRIDE)));

/* How many of the sixteen bytes need no look. As signed numbers, controls and the
 * bytes of multi-byte characters are all below the space. */
static inline unsigned plain_in_stride(const char *p)
{
  stride s;
  memcpy(&s, p, STRIDE);
  stride bad = (s < ' ') | (s == '&') | (s == '<') | (s == '>') | (s == '"');
  uint64_t half[2];
  memcpy(half, &bad, sizeof half);
  if ((half[0] | half[1]) == 0)
    return STRIDE;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  return (unsigned)(half[0] ? __builtin_ctzll(half[0]) / 8 : 8 + __builtin_ctzll(half[1]) / 8);
#else
  return (unsigned)(half[0] ? __builtin_clzll(half[0]) / 8 : 8 + __builtin_clzll(half[1]) / 8);
#endif
}

static inline bool plain_byte(char c)
{
  return (signed char)c >= ' ' && c != '&' && c != '<' && c != '>' && c != '"';
}

/* What ASCII characters that are not plain are written as: nothing, if XML forbids
 * them. "]]>" never stands in text; in an attribute a parser would make spaces of tab
 * and line feed. */
static const struct instead {
  uint8_t len;
  char text[7];
} in_text[128] = {['&'] = {5, "&amp;"}, ['<'] = {4, "&lt;"}, ['>'] = {4, "&gt;"},
                  ['"'] = {1, "\""},    ['\t'] = {1, "\t"}, ['\n'] = {1, "\n"}},
  in_attribute[128] = {['&'] = {5, "&amp;"},  ['<'] = {4, "&lt;"},  ['>'] = {4, "&gt;"},
                       ['"'] = {6, "&quot;"}, ['\t'] = {4, "&#9;"}, ['\n'] = {5, "&#10;"}};

/* The character beyond ASCII at `*at`, which moves past it; returns where writing goes on. */
static char *put_wide(const char **at, const char *end, char *o)
{
  const char *p = *at;
  uint32_t c = fm_utf8_next(at, end);
  size_t len = (size_t)(*at - p);
  if (len == 1)
    return o + fm_utf8_put(0xfffd, o);
  if (c == 0xfffe || c == 0xffff)
    return o;
  memcpy(o, p, len);
  return o + len;
}

/* What is at `*at` and not plain. */
static char *put_odd(const char **at, const char *end, const struct instead *table, char *o)
{
  const char *p = *at;
  if ((unsigned char)*p >= 0x80)
    return put_wide(at, end, o);
  *at = p + 1;
  const struct instead *row = &table[(unsigned char)*p];
  if (*p == '\r' && !(p + 1 < end && p[1] == '\n'))
    row = &table['\n'];
  memcpy(o, row->text, LONGEST);
  return o + row->len;
}

/* At least up to `stop`; where o has room for LONGEST times as much, and a stride. */
static char *put_piece(const char **at, const char *stop, const char *end,
                       const struct instead *table, char *o)
{
  const char *p = *at;
  while (p < stop) {
    unsigned plain = STRIDE;
    while (plain == STRIDE && stop - p >= STRIDE) {
      plain = plain_in_stride(p);
      memcpy(o, p, STRIDE);
      p += plain;
      o += plain;
    }
    while (p < stop && plain_byte(*p))
      *o++ = *p++;
    while (p < stop && !plain_byte(*p))
      o = put_odd(&p, end, table, o);
  }
  *at = p;
  return o;
}

static void put_escaped(fm_buf *out, fm_str text, bool attribute)
{
  const struct instead *table = attribute ? in_attribute : in_text;
  const char *p = text.ptr, *end = text.len ? p + text.len : p;
  while (p < end && !out->full) {
    char aside[(PIECE + 1) * LONGEST + STRIDE];
    const char *stop = end - p > PIECE ? p + PIECE : end;
    size_t room = (size_t)(stop - p + 1) * LONGEST + STRIDE;
    if (out->len + room > out->max) { /* maybe it fits all the same */
      char *o = put_piece(&p, stop, end, table, aside);
      fm_buf_add(out, aside, (size_t)(o - aside));
    } else if (!fm_buf_reserve(out, room)) {
      char *o = put_piece(&p, stop, end, table, out->ptr + out->len);
      out->len = (size_t)(o - out->ptr);
    }
  }
}

void fm_xml_begin(fm_xml *xml, fm_buf *out, unsigned lines)
{
  *xml = (fm_xml){.out = out, .start = out->len, .lines = lines};
  fm_buf_str(out, FM_STR("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"));
}

int fm_xml_end(fm_xml *xml)
{
  while (xml->depth)
    fm_xml_close(xml);
  if (!xml->out->full)
    return FM_OK;
  xml->out->len = xml->start;
  return FM_E_TOO_BIG;
}

static void end_tag(fm_xml *xml)
{
  if (xml->in_tag)
    fm_buf_char(xml->out, '>');
  xml->in_tag = false;
}

void fm_xml_open(fm_xml *xml, const char *name)
{
  assert(xml->depth < FM_XML_DEPTH);
  if (xml->in_tag) {
    end_tag(xml);
    if (xml->depth < xml->lines)
      fm_buf_char(xml->out, '\n');
  }
  xml->open[xml->depth++] = name;
  xml->in_tag = true;
  fm_buf_char(xml->out, '<');
  fm_buf_text(xml->out, name);
}

void fm_xml_close(fm_xml *xml)
{
  assert(xml->depth > 0);
  const char *name = xml->open[xml->depth - 1];
  if (xml->in_tag) {
    fm_buf_add(xml->out, "/>", 2);
    xml->in_tag = false;
  } else {
    fm_buf_add(xml->out, "</", 2);
    fm_buf_text(xml->out, name);
    fm_buf_char(xml->out, '>');
  }
  if (xml->depth-- <= xml->lines)
    fm_buf_char(xml->out, '\n');
}

void fm_xml_attr(fm_xml *xml, const char *name, fm_str value)
{
  assert(xml->in_tag);
  fm_buf_char(xml->out, ' ');
  fm_buf_text(xml->out, name);
  fm_buf_add(xml->out, "=\"", 2);
  put_escaped(xml->out, value, true);
  fm_buf_char(xml->out, '"');
}

void fm_xml_text(fm_xml *xml, fm_str text)
{
  assert(xml->depth > 0);
  end_tag(xml);
  put_escaped(xml->out, text, false);
}

void fm_xml_declare(fm_xml *xml, fm_str prefix, fm_str uri)
{
  assert(xml->in_tag);
  fm_buf_text(xml->out, " xmlns:");
  fm_buf_str(xml->out, prefix);
  fm_buf_add(xml->out, "=\"", 2);
  put_escaped(xml->out, uri, true);
  fm_buf_char(xml->out, '"');
}

void fm_xml_raw(fm_xml *xml, fm_str element)
{
  bool first = xml->in_tag;
  end_tag(xml);
  if (first && xml->depth < xml->lines)
    fm_buf_char(xml->out, '\n');
  fm_buf_str(xml->out, element);
  if (xml->depth < xml->lines)
    fm_buf_char(xml->out, '\n');
}

void fm_xml_escape(fm_buf *out, fm_str text, bool attribute) { put_escaped(out, text, attribute); }

void fm_xml_element(fm_xml *xml, const char *name, fm_str text)
{
  fm_xml_open(xml, name);
  fm_xml_text(xml, text);
  fm_xml_close(xml);
}
