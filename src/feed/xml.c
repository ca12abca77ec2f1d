#include "feed/xml.h"

#include "base/str.h"

#include <assert.h>

/* Sixteen bytes at a time, by the compiler's vectors: machine code for every
 * processor that has them, plain loops elsewhere. */
enum { STRIDE = 16 };
typedef signed char stride __attribute__((vector_size(STRIDE)));

/* True if none of the sixteen bytes needs a look. As signed numbers, controls
 * and the bytes of multi-byte characters are all below the space. */
static inline bool plain_stride(const char *p)
{
  stride s;
  memcpy(&s, p, STRIDE);
  stride bad = (s < ' ') | (s == '&') | (s == '<') | (s == '>') | (s == '"');
  uint64_t half[2];
  memcpy(half, &bad, sizeof half);
  return (half[0] | half[1]) == 0;
}

static inline bool plain_byte(char c)
{
  return (signed char)c >= ' ' && c != '&' && c != '<' && c != '>' && c != '"';
}

/* What an ASCII character that is not plain is written as; NULL: as it is. */
static const char *escape(char c, bool attribute)
{
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;"; /* so that "]]>" never stands in text */
    case '"': return attribute ? "&quot;" : NULL;
    /* In an attribute, a parser would make spaces of these. */
    case '\t': return attribute ? "&#9;" : NULL;
    case '\n': return attribute ? "&#10;" : NULL;
  }
  return "";
}

/* The same for the character at `*at`, which moves past it. */
static const char *next_escape(const char **at, const char *end, bool attribute)
{
  const char *p = *at;
  if ((unsigned char)*p >= 0x80) {
    uint32_t c = fm_utf8_next(at, end);
    if (*at - p == 1)
      return "\xef\xbf\xbd";
    return c == 0xfffe || c == 0xffff ? "" : NULL;
  }
  *at = p + 1;
  if (*p != '\r')
    return escape(*p, attribute);
  return *at < end && **at == '\n' ? "" : attribute ? "&#10;" : "\n";
}

static void put_escaped(fm_buf *out, fm_str text, bool attribute)
{
  const char *p = text.ptr, *end = text.len ? p + text.len : p;
  const char *done = p; /* written up to here */
  while (p < end) {
    while (end - p >= STRIDE && plain_stride(p))
      p += STRIDE;
    while (p < end && plain_byte(*p))
      p++;
    if (p == end)
      break;
    const char *special = p, *instead = next_escape(&p, end, attribute);
    if (!instead)
      continue;
    fm_buf_add(out, done, (size_t)(special - done));
    fm_buf_text(out, instead);
    done = p;
  }
  fm_buf_add(out, done, (size_t)(end - done));
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

void fm_xml_element(fm_xml *xml, const char *name, fm_str text)
{
  fm_xml_open(xml, name);
  fm_xml_text(xml, text);
  fm_xml_close(xml);
}
