/* Escaped output of text and attribute values, and decoding of references. */
#include "feed/html/sanitize_parts.h"

#include "base/str.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { PLAIN = 0, SPACE, CONTROL, SIGN, MAYBE };

/* What text cannot hold as it is: signs of markup, controls, and the first byte of
 * U+FFFE and U+FFFF. */
static const uint8_t kinds[256] = {
  [0 ... 8] = CONTROL, ['\t'] = SPACE, ['\n'] = PLAIN, [11 ... 31] = CONTROL,
  ['<'] = SIGN, ['>'] = SIGN, ['&'] = SIGN, [0xef] = MAYBE,
};

/* The first byte that needs a look, or `end`. */
static const char *plain_end(const char *p, const char *end)
{
#ifdef __SSE2__
  const __m128i control = _mm_set1_epi8(0x1f), line = _mm_set1_epi8('\n');
  const __m128i amp = _mm_set1_epi8('&'), less = _mm_set1_epi8('<'), more = _mm_set1_epi8('>');
  const __m128i maybe = _mm_set1_epi8((char)0xef);
  for (; end - p >= 16; p += 16) {
    __m128i v = _mm_loadu_si128((const __m128i *)p);
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, control), v);
    __m128i odd = _mm_andnot_si128(_mm_cmpeq_epi8(v, line), low);
    odd = _mm_or_si128(odd, _mm_or_si128(_mm_cmpeq_epi8(v, amp), _mm_cmpeq_epi8(v, less)));
    odd = _mm_or_si128(odd, _mm_or_si128(_mm_cmpeq_epi8(v, more), _mm_cmpeq_epi8(v, maybe)));
    unsigned bits = (unsigned)_mm_movemask_epi8(odd);
    if (bits)
      return p + __builtin_ctz(bits);
  }
#endif
  while (p < end && kinds[(unsigned char)*p] == PLAIN)
    p++;
  return p;
}

static const char line_feed[] = "\n";

static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t'; }

static void put(fm_html_sink *sink, const char *bytes, size_t len)
{
  if (sink->full)
    return;
  if (sink->out->len + len > sink->limit)
    sink->full = true;
  else
    fm_buf_add(sink->out, bytes, len);
}

/* As much of a run as fits, whole characters. */
static void put_run(fm_html_sink *sink, const char *from, const char *to)
{
  if (sink->out->len == sink->start)
    while (from < to && is_space(*from))
      from++;
  size_t room = sink->limit - sink->out->len;
  if ((size_t)(to - from) > room) {
    to = from + room;
    while (to > from && ((unsigned char)*to & 0xc0) == 0x80)
      to--;
    put(sink, from, (size_t)(to - from));
    sink->full = true;
    return;
  }
  put(sink, from, (size_t)(to - from));
}

static bool forbidden(uint32_t c)
{
  return (c < ' ' && c != '\n' && c != '\t') || c == 0xfffe || c == 0xffff;
}

static void put_char(fm_html_sink *sink, uint32_t c)
{
  char bytes[4];
  if (c == '&')
    put(sink, "&amp;", 5);
  else if (c == '<')
    put(sink, "&lt;", 4);
  else if (c == '>')
    put(sink, "&gt;", 4);
  else if (c == '\r')
    put_run(sink, line_feed, line_feed + 1);
  else if (!forbidden(c)) {
    size_t len = fm_utf8_put(c, bytes);
    put_run(sink, bytes, bytes + len);
  }
}

/* What stands at `p` and is not plain; returns what follows it. */
static const char *put_odd(fm_html_sink *sink, const char *p, const char *end, bool refs,
                           enum fm_ref_place place)
{
  uint32_t c;
  size_t len = *p == '&' && refs ? fm_entity_read(p, end, place, &c) : 0;
  if (len) {
    put_char(sink, c);
    return p + len;
  }
  if (*p == '\r' && p + 1 < end && p[1] == '\n')
    return p + 1;
  c = fm_utf8_next(&p, end);
  put_char(sink, c);
  return p;
}

void fm_html_put_text(fm_html_sink *sink, fm_str text, bool refs, enum fm_ref_place place)
{
  const char *p = text.ptr, *end = text.len ? p + text.len : p;
  while (p < end && !sink->full) {
    const char *stop = plain_end(p, end);
    if (stop > p)
      put_run(sink, p, stop);
    p = stop;
    if (p < end)
      p = put_odd(sink, p, end, refs, place);
  }
}

void fm_html_put_value(fm_html_sink *sink, fm_str value)
{
  const char *p = value.ptr, *end = value.len ? p + value.len : p;
  while (p < end && !sink->full) {
    const char *stop = p;
    while (stop < end && *stop != '"' && *stop != '&' && *stop != '<' && *stop != '>')
      stop++;
    put(sink, p, (size_t)(stop - p));
    p = stop;
    if (p == end)
      return;
    if (*p == '"')
      put(sink, "&quot;", 6);
    else
      put_char(sink, (unsigned char)*p);
    p++;
  }
}

static bool needs_decoding(fm_str raw)
{
  for (size_t i = 0; i < raw.len; i++) {
    unsigned char c = (unsigned char)raw.ptr[i];
    if (c == '&' || kinds[c] == CONTROL || kinds[c] == MAYBE)
      return true;
  }
  return false;
}

/* No reference is so short that its character is longer. */
fm_str fm_html_decode(fm_str raw, enum fm_ref_place place, fm_arena *arena)
{
  if (!needs_decoding(raw))
    return raw;
  char *text = fm_arena_raw(arena, raw.len), *out = text;
  for (const char *p = raw.ptr, *end = p + raw.len; p < end;) {
    uint32_t c;
    size_t len = *p == '&' ? fm_entity_read(p, end, place, &c) : 0;
    bool pair = *p == '\r' && p + 1 < end && p[1] == '\n';
    if (len)
      p += len;
    else
      c = fm_utf8_next(&p, end);
    if (c == '\r' && !pair)
      c = '\n';
    if (!forbidden(c))
      out += fm_utf8_put(c, out);
  }
  fm_arena_trim(arena, text, raw.len, (size_t)(out - text));
  return fm_str_span(text, out);
}

fm_str fm_html_utf8(fm_str text, fm_arena *arena)
{
  if (fm_utf8_valid(text))
    return text;
  char *copy = fm_arena_raw(arena, text.len * 3), *out = copy;
  for (const char *p = text.ptr, *end = p + text.len; p < end;)
    out += fm_utf8_put(fm_utf8_next(&p, end), out);
  fm_arena_trim(arena, copy, text.len * 3, (size_t)(out - copy));
  return fm_str_span(copy, out);
}
