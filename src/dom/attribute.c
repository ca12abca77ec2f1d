/* Scans HTML for one attribute and decodes its value, without a tree. */
#include "dom/attribute.h"

#include "base/ascii.h"
#include "base/str.h"

#include <libxml/HTMLparser.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The scan follows the tokens of HTML (WHATWG, section "Tokenization") closely
 * enough that a '>' or a whole tag in a quoted value, a comment or a script
 * misleads nobody, and goes from '<' to '<' and from quote to quote with
 * memchr, so that what lies between costs next to nothing. */

static const char *find_char(const char *at, const char *end, char c)
{
  const char *found = at < end ? memchr(at, c, (size_t)(end - at)) : NULL;
  return found ? found : end;
}

/* After `needle`, or the end. */
static const char *skip_past(const char *at, const char *end, fm_str needle)
{
  const char *found = fm_str_find(fm_str_span(at, end), needle);
  return found ? found + needle.len : end;
}

/* `at` stands behind "<!". */
static const char *skip_declaration(const char *at, const char *end)
{
  if (end - at < 2 || at[0] != '-' || at[1] != '-')
    return skip_past(at, end, FM_STR(">"));
  at += 2;
  if (at < end && *at == '>') /* "<!-->" is a whole comment, "<!--->" too */
    return at + 1;
  if (end - at >= 2 && at[0] == '-' && at[1] == '>')
    return at + 2;
  for (; (at = skip_past(at, end, FM_STR("--"))) < end; at--) {
    if (*at == '>')
      return at + 1;
    if (*at == '!' && end - at >= 2 && at[1] == '>')
      return at + 2;
  }
  return end;
}

/* Elements whose content is text, whatever it looks like. */
static bool holds_text(fm_str tag)
{
  static const fm_str names[] = {
    {"script", 6}, {"style", 5},   {"title", 5},    {"textarea", 8},
    {"xmp", 3},    {"iframe", 6},  {"noembed", 7},  {"noframes", 8},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (fm_str_ieq(tag, names[i]))
      return true;
  return false;
}

/* To the end tag of `tag`, or the end. */
static const char *skip_text(const char *at, const char *end, fm_str tag)
{
  while ((at = find_char(at, end, '<')) < end) {
    const char *name = at + 2;
    if ((size_t)(end - at) > tag.len + 2 && at[1] == '/' &&
        fm_str_ieq(fm_str_span(name, name + tag.len), tag) && !fm_is_alpha(name[tag.len]))
      return at;
    at++;
  }
  return end;
}

enum part { PART_ATTRIBUTE, PART_END, PART_CUT };

/* Takes the next attribute off a tag; PART_END leaves *at behind the '>'.
 * PART_CUT: the page ends first, *name tells in which attribute. */
static enum part next_attribute(const char **at, const char *end, fm_str *name, fm_str *value)
{
  const char *p = *at;
  *name = *value = (fm_str){NULL, 0};
  while (p < end && (fm_is_html_space(*p) || *p == '/'))
    p++;
  if (p < end && *p == '>') {
    *at = p + 1;
    return PART_END;
  }
  const char *start = p;
  while (p < end && !fm_is_html_space(*p) && *p != '/' && *p != '>' && (*p != '=' || p == start))
    p++;
  *name = fm_str_span(start, p);
  *value = fm_str_span(p, p); /* a missing value counts as an empty one */
  while (p < end && fm_is_html_space(*p))
    p++;
  if (p < end && *p == '=') {
    p++;
    while (p < end && fm_is_html_space(*p))
      p++;
    const char *from = p;
    if (p < end && (*p == '"' || *p == '\'')) {
      p = find_char(++from, end, *p);
      *value = fm_str_span(from, p);
      p += p < end;
    } else {
      while (p < end && !fm_is_html_space(*p) && *p != '>')
        p++;
      *value = fm_str_span(from, p);
    }
  }
  *at = p;
  return p < end ? PART_ATTRIBUTE : PART_CUT;
}

struct search {
  fm_str name, value, wanted;
  fm_str raw;
  bool found;
  bool cut; /* the page ends within the `wanted` attribute of that tag */
};

/* Reads a start tag's attributes; returns what follows the tag. */
static const char *read_tag(const char *at, const char *end, struct search *search)
{
  bool named = false, has = false;
  fm_str name, value;
  enum part part;
  while ((part = next_attribute(&at, end, &name, &value)) == PART_ATTRIBUTE) {
    if (!named && fm_str_ieq(name, search->name))
      named = fm_str_eq(value, search->value);
    if (!has && fm_str_ieq(name, search->wanted)) {
      has = true;
      search->raw = value;
    }
  }
  search->found = named && has && part == PART_END;
  search->cut = part == PART_CUT && named && fm_str_ieq(name, search->wanted);
  return part == PART_END ? at : end;
}

static const char *skip_name(const char *at, const char *end)
{
  while (at < end && !fm_is_html_space(*at) && *at != '/' && *at != '>')
    at++;
  return at;
}

/* Reads on from a '<'; returns what follows that tag, comment or text. */
static const char *read_markup(const char *at, const char *end, struct search *search)
{
  const char *name = ++at;
  if (at < end && *at == '!')
    return skip_declaration(at + 1, end);
  if (at < end && (*at == '?' || *at == '/'))
    return skip_past(at, end, FM_STR(">"));
  if (at == end || !fm_is_alpha(*at))
    return at;
  at = skip_name(at, end);
  fm_str tag = fm_str_span(name, at);
  at = read_tag(at, end, search);
  return !search->found && holds_text(tag) ? skip_text(at, end, tag) : at;
}

static void run(fm_str html, struct search *search)
{
  const char *at = html.ptr, *end = at + html.len;
  while (!search->found && (at = find_char(at, end, '<')) < end)
    at = read_markup(at, end, search);
}

bool fm_attribute_find(fm_str html, fm_str name, fm_str value, fm_str wanted, fm_str *raw)
{
  struct search search = {.name = name, .value = value, .wanted = wanted};
  if (html.len)
    run(html, &search);
  if (search.found)
    *raw = search.raw;
  return search.found;
}

bool fm_attribute_truncated(fm_str html, fm_str name, fm_str value, fm_str wanted)
{
  struct search search = {.name = name, .value = value, .wanted = wanted};
  if (html.len)
    run(html, &search);
  return search.cut;
}

/* ---- character references ---- */

/* U+FFFD for what is no character; the number is capped while it is read. */
static size_t put_number(uint32_t number, char *out)
{
  if (number == 0 || number > 0x10ffff || (number >= 0xd800 && number < 0xe000))
    number = 0xfffd;
  return fm_utf8_put(number, out);
}

/* What a digit is worth; 99: it is none. */
static unsigned digit_value(char c, bool hex)
{
  if (c >= '0' && c <= '9')
    return (unsigned)(c - '0');
  return hex && fm_is_alpha(c) ? ((unsigned)c | 0x20) - 'a' + 10 : 99;
}

/* `at` stands behind "&#". Returns what follows the reference, NULL if it is none. */
static const char *read_number(const char *at, const char *end, uint32_t *number)
{
  bool hex = at < end && (*at | 0x20) == 'x';
  unsigned base = hex ? 16 : 10, digit;
  const char *start = at += hex;
  uint32_t n = 0;
  for (; at < end && (digit = digit_value(*at, hex)) < base; at++)
    n = n > 0x10ffff ? n : n * base + digit;
  *number = n;
  return at == start ? NULL : at + (at < end && *at == ';');
}

/* `at` stands behind '&'. The names of HTML 4, from libxml2, so that a scan
 * reads what the tree would. */
static const char *read_name(const char *at, const char *end, uint32_t *number)
{
  char name[16];
  size_t len = 0;
  while (at < end && len < sizeof name - 1 && (fm_is_alpha(*at) || (*at >= '0' && *at <= '9')))
    name[len++] = *at++;
  name[len] = 0;
  if (at == end || *at != ';')
    return NULL;
  const htmlEntityDesc *entity = htmlEntityLookup((const xmlChar *)name);
  if (!entity)
    return NULL;
  *number = entity->value;
  return at + 1;
}

/* Decodes the reference at '&'; no reference is so short that its character is
 * longer ("&#1" is 3 bytes for 1, "&lt;" 4 for 1, "&#xFFFF" 7 for 3). */
static inline const char *decode_one(const char *at, const char *end, char **out)
{
  size_t left = (size_t)(end - at);
  if (left >= 6 && memcmp(at, "&quot;", 6) == 0) { /* the commonest reference in JSON */
    *(*out)++ = '"';
    return at + 6;
  }
  uint32_t number;
  const char *after = left > 1 && at[1] == '#' ? read_number(at + 2, end, &number)
                                               : read_name(at + 1, end, &number);
  if (!after) {
    *(*out)++ = '&';
    return at + 1;
  }
  *out += put_number(number, *out);
  return after;
}

/* Decodes byte by byte; for texts too short for blocks. */
static char *decode_plainly(const char *at, const char *end, char *out)
{
  while (at < end)
    if (*at != '&')
      *out++ = *at++;
    else
      at = decode_one(at, end, &out);
  return out;
}

#ifdef __SSE2__
enum { BLOCK = 64 };

/* One bit for each '&' of a block, the first byte's lowest. */
static inline uint64_t find_references(const char *block)
{
  const __m128i amp = _mm_set1_epi8('&');
  uint64_t bits = 0;
  for (unsigned i = 0; i < BLOCK; i += 16) {
    __m128i v = _mm_loadu_si128((const __m128i *)(block + i));
    bits |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, amp)) << i;
  }
  return bits;
}

/* Copies up to a block's length, always whole halves of it: the lengths are too
 * short and too mixed for a loop or memcpy to pay. */
static inline void copy_upto(char *out, const char *from, size_t len)
{
  memcpy(out, from, BLOCK / 2);
  if (len > BLOCK / 2)
    memcpy(out + BLOCK / 2, from + BLOCK / 2, BLOCK / 2);
}

/* Between two references of JSON lie a dozen bytes: they are looked for by the
 * block, so that a branch is guessed wrong once for each block and not once for
 * each reference. Stops while copying a block too much is still harmless, as
 * the copy is never longer than what was read. */
static const char *decode_blocks(const char *at, const char *end, char **to)
{
  char *out = *to;
  while (end - at >= 2 * BLOCK) {
    const char *next = at + BLOCK;
    for (uint64_t left = find_references(at); left; left &= left - 1) {
      const char *amp = next - BLOCK + __builtin_ctzll(left);
      copy_upto(out, at, (size_t)(amp - at));
      out += amp - at;
      at = decode_one(amp, end, &out);
    }
    if (at < next) {
      copy_upto(out, at, (size_t)(next - at));
      out += next - at;
      at = next;
    }
  }
  *to = out;
  return at;
}
#else
static const char *decode_blocks(const char *at, const char *end, char **to)
{
  (void)end;
  (void)to;
  return at;
}
#endif

fm_str fm_attribute_decode(fm_str raw, fm_arena *arena)
{
  size_t room = raw.len + 1;
  char *text = fm_arena_raw(arena, room), *out = text;
  const char *at = raw.ptr, *end = raw.len ? at + raw.len : at;
  at = decode_blocks(at, end, &out);
  out = decode_plainly(at, end, out);
  *out = 0;
  fm_arena_trim(arena, text, room, (size_t)(out - text) + 1);
  return (fm_str){text, (size_t)(out - text)};
}
