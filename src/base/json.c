/* Pull parser for JSON (RFC 8259): navigation, values, and skipping by a 64-byte block scan. */
#include "base/json.h"

#include "base/json_value.h"
#include "base/json_scan.h"
#include "base/str.h"

#include <math.h>

static int fail(fm_json *json, const char *at, const char *wrong)
{
  if (!json->error) {
    json->error = FM_E_SYNTAX;
    json->wrong = wrong;
    json->at = at;
  }
  return json->error;
}

int fm_json_fail(const fm_json *json, fm_why *why)
{
  if (!json->error)
    return FM_OK;
  return fm_fail(why, json->error, "JSON, byte %zu: %s", (size_t)(json->at - json->start),
                 json->wrong);
}

static inline bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

static inline const char *after_space(const char *p, const char *end)
{
  while (p < end && is_space(*p))
    p++;
  return p;
}

void fm_json_init(fm_json *json, fm_str text, fm_arena *arena)
{
  const char *start = text.len ? text.ptr : "", *end = start + text.len;
  const char *p = fm_str_starts(text, FM_STR("\xef\xbb\xbf")) ? start + 3 : start;
  *json = (fm_json){.at = after_space(p, end), .end = end, .start = start, .arena = arena,
                    .due = true};
}

/* True if a value is expected and there is a byte to read. */
static inline bool at_value(fm_json *json)
{
  if (json->error)
    return false;
  if (json->due && json->at < json->end)
    return true;
  fail(json, json->at, json->due ? "ends where a value should be" : "read where no value stands");
  return false;
}

int fm_json_kind(fm_json *json)
{
  if (!at_value(json))
    return json->error;
  switch (*json->at) {
    case '{': return FM_JSON_OBJECT;
    case '[': return FM_JSON_ARRAY;
    case '"': return FM_JSON_STRING;
    case 't': case 'f': return FM_JSON_BOOL;
    case 'n': return FM_JSON_NULL;
    case '-': case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9': return FM_JSON_NUMBER;
  }
  return fail(json, json->at, "no value");
}

/* ---- skipping ---- */

/* Prefix XOR: bit i of the result is the parity of bits 0..i. */
static inline uint64_t parity_below(uint64_t bits)
{
  for (unsigned shift = 1; shift < 64; shift *= 2)
    bits ^= bits << shift;
  return bits;
}

/* Mask of escaped bytes. `*carry` tells whether the block's first byte is escaped, and
 * receives the same for the next block. */
static inline uint64_t escaped_by(uint64_t slashes, uint64_t *carry)
{
  uint64_t escaped = *carry;
  slashes &= ~*carry;
  *carry = 0;
  while (slashes) {
    uint64_t lowest = slashes & -slashes, next = lowest << 1;
    if (!next)
      *carry = 1;
    escaped |= next;
    slashes &= ~(lowest | next);
  }
  return escaped;
}

/* Open containers while a container is skipped. */
typedef struct nest {
  uint64_t kinds; /* as fm_json.kinds */
  unsigned depth;
} nest;

/* Processes the brackets of one block. Returns the byte that closes the outermost container,
 * or NULL; sets `*wrong` on a mismatch. */
static inline const char *close_brackets(const char *block, uint64_t brackets, nest *in,
                                         const char **wrong)
{
  for (; brackets; brackets &= brackets - 1) {
    const char *p = block + __builtin_ctzll(brackets);
    uint64_t object = (unsigned char)*p >> 5 & 1; /* curly brackets have this bit set, square
                                                   * brackets do not */
    if (*p == '{' || *p == '[') {
      if (in->depth == FM_JSON_DEPTH) {
        *wrong = "nested too deep";
        return p;
      }
      in->kinds = in->kinds << 1 | object;
      in->depth++;
      continue;
    }
    if ((in->kinds & 1) != object) {
      *wrong = "a bracket closes another kind";
      return p;
    }
    in->kinds >>= 1;
    if (--in->depth == 0)
      return p;
  }
  return NULL;
}

/* Skips from `p` inside a container to after its closing bracket. */
static int pass_container(fm_json *json, const char *p, uint64_t kind)
{
  nest in = {kind, 1};
  uint64_t in_string = 0, carry = 0; /* in_string is all ones or zero */
  char tail[FM_SCAN_BLOCK];
  for (; p < json->end; p += FM_SCAN_BLOCK) {
    const char *block = p, *wrong = NULL;
    size_t left = (size_t)(json->end - p);
    if (left < FM_SCAN_BLOCK) { /* avoids reading past the end */
      memset(tail, ' ', sizeof tail);
      block = memcpy(tail, p, left);
    }
    fm_scan_masks m = fm_scan_block(block);
    uint64_t quotes = m.quote & ~escaped_by(m.slash, &carry);
    uint64_t strings = parity_below(quotes) ^ in_string;
    in_string = -(strings >> 63);
    const char *stop = close_brackets(block, m.bracket & ~strings, &in, &wrong);
    if (stop) {
      stop = p + (stop - block);
      if (wrong)
        return fail(json, stop, wrong);
      json->at = stop + 1;
      return 1;
    }
  }
  return fail(json, json->end,
              in_string ? "ends within a string" : "ends within an object or array");
}

/* Consumes a string and returns the raw text between its quotes. */
static inline int take_text(fm_json *json, fm_str *text, unsigned *seen)
{
  const char *from = json->at + 1, *quote = fm_scan_string(from, json->end, seen);
  if (quote == json->end)
    return fail(json, quote, "ends within a string");
  if (*quote != '"')
    return fail(json, quote, "a control character within a string");
  *text = fm_str_span(from, quote);
  json->at = quote + 1;
  return 1;
}

static int take_number(fm_json *json, fm_decimal *decimal)
{
  const char *at = json->at, *wrong = fm_decimal_parse(&at, json->end, decimal);
  if (wrong)
    return fail(json, at, wrong);
  json->at = at;
  return 1;
}

static int take_word(fm_json *json, const char *word, size_t len)
{
  if ((size_t)(json->end - json->at) < len || memcmp(json->at, word, len) != 0)
    return fail(json, json->at, "no value");
  json->at += len;
  return 1;
}

int fm_json_skip(fm_json *json)
{
  int done = fm_json_kind(json);
  fm_str text;
  unsigned seen = 0;
  fm_decimal decimal;
  switch (done) {
    case FM_JSON_OBJECT: done = pass_container(json, json->at + 1, 1); break;
    case FM_JSON_ARRAY: done = pass_container(json, json->at + 1, 0); break;
    case FM_JSON_STRING: done = take_text(json, &text, &seen); break;
    case FM_JSON_NUMBER: done = take_number(json, &decimal); break;
    case FM_JSON_NULL: done = take_word(json, "null", 4); break;
    case FM_JSON_BOOL:
      done = *json->at == 't' ? take_word(json, "true", 4) : take_word(json, "false", 5);
      break;
  }
  if (done > 0)
    json->due = false;
  return done;
}

/* Skips a value whose kind the caller did not ask for. */
static int pass_other(fm_json *json)
{
  int done = fm_json_skip(json);
  return done < 0 ? done : 0;
}

/* ---- navigation ---- */

static int enter(fm_json *json, char bracket)
{
  if (!at_value(json))
    return json->error;
  if (*json->at != bracket)
    return pass_other(json);
  if (json->depth == FM_JSON_DEPTH)
    return fail(json, json->at, "nested too deep");
  json->kinds = json->kinds << 1 | (bracket == '{');
  json->depth++;
  json->at++;
  json->due = false;
  json->first = true;
  return 1;
}

int fm_json_object(fm_json *json) { return enter(json, '{'); }
int fm_json_array(fm_json *json) { return enter(json, '['); }

static void left(fm_json *json)
{
  json->kinds >>= 1;
  json->depth--;
  json->due = json->first = false;
}

/* Moves to the next member: 1 with `at` on its first byte, 0 after the closing bracket. */
static inline int to_member(fm_json *json, char closing)
{
  if (json->error || (json->due && fm_json_skip(json) < 0))
    return json->error;
  if (json->depth == 0 || (json->kinds & 1) != (closing == '}'))
    return fail(json, json->at, "read as another kind of container");
  const char *p = after_space(json->at, json->end);
  if (p < json->end && *p == closing) {
    left(json);
    json->at = p + 1;
    return 0;
  }
  if (!json->first) {
    if (p == json->end || *p != ',')
      return fail(json, p, p == json->end ? "ends within an object or array" : "no comma");
    p = after_space(p + 1, json->end);
  }
  json->first = false;
  json->at = p;
  return 1;
}

int fm_json_next(fm_json *json)
{
  int more = to_member(json, ']');
  json->due = more > 0;
  return more;
}

/* Decodes the raw text between two quotes. */
static inline int decode(fm_json *json, fm_str *text, unsigned seen)
{
  if (seen & FM_SCAN_ESCAPE) {
    const char *wrong = fm_json_unescape(*text, json->arena, text);
    if (wrong)
      return fail(json, wrong, "an escape that JSON does not have");
  }
  if (seen & FM_SCAN_HIGH && !fm_utf8_valid(*text))
    *text = fm_json_mend(*text, json->arena);
  return 1;
}

int fm_json_key(fm_json *json, fm_str *key)
{
  int more = to_member(json, '}');
  if (more <= 0)
    return more;
  unsigned seen = 0;
  fm_str text;
  if (json->at == json->end || *json->at != '"')
    return fail(json, json->at, "no key");
  if (take_text(json, &text, &seen) < 0 || decode(json, &text, seen & FM_SCAN_ESCAPE) < 0)
    return json->error;
  const char *p = after_space(json->at, json->end);
  if (p == json->end || *p != ':')
    return fail(json, p, "no colon after a key");
  json->at = after_space(p + 1, json->end);
  json->due = true;
  *key = text;
  return 1;
}

int fm_json_leave(fm_json *json)
{
  if (json->error)
    return json->error;
  if (json->depth == 0)
    return fail(json, json->at, "read as another kind of container");
  int done = pass_container(json, json->at, json->kinds & 1);
  if (done > 0)
    left(json);
  return done;
}

int fm_json_fields(fm_json *json, const fm_json_field *fields, size_t count, void *into)
{
  int more = fm_json_object(json);
  if (more <= 0)
    return more;
  fm_str key;
  while ((more = fm_json_key(json, &key)) > 0)
    for (size_t i = 0; i < count; i++)
      if (fm_str_eq(fields[i].key, key)) {
        int done = fields[i].read(json, into);
        if (done < 0)
          return done;
        break;
      }
  return more < 0 ? more : 1;
}

int fm_json_end(fm_json *json)
{
  if (json->error || (json->due && fm_json_skip(json) < 0))
    return json->error;
  if (json->depth)
    return fail(json, json->at, "ends within an object or array");
  json->at = after_space(json->at, json->end);
  return json->at == json->end ? FM_OK : fail(json, json->at, "more than one value");
}

/* ---- values ---- */

int fm_json_string(fm_json *json, fm_str *string)
{
  if (!at_value(json))
    return json->error;
  if (*json->at != '"')
    return pass_other(json);
  unsigned seen = 0;
  fm_str text;
  if (take_text(json, &text, &seen) < 0 || decode(json, &text, seen) < 0)
    return json->error;
  if (json->xml && seen)
    text = fm_json_for_xml(text, json->arena);
  json->due = false;
  *string = text;
  return 1;
}

/* Returns 1 if the next value is a number, in `*decimal`. */
static int next_number(fm_json *json, fm_decimal *decimal)
{
  int kind = fm_json_kind(json);
  if (kind != FM_JSON_NUMBER)
    return kind < 0 ? kind : pass_other(json);
  int done = take_number(json, decimal);
  if (done > 0)
    json->due = false;
  return done;
}

int fm_json_number(fm_json *json, double *number)
{
  fm_decimal decimal;
  int done = next_number(json, &decimal);
  if (done <= 0)
    return done;
  double value = fm_decimal_double(&decimal);
  if (!isfinite(value))
    return 0;
  *number = value;
  return 1;
}

int fm_json_int(fm_json *json, int64_t *number)
{
  fm_decimal decimal;
  int done = next_number(json, &decimal);
  return done <= 0 ? done : fm_decimal_int(&decimal, number);
}

int fm_json_bool(fm_json *json, bool *yes)
{
  int kind = fm_json_kind(json);
  if (kind < 0)
    return kind;
  bool value = *json->at == 't';
  int done = fm_json_skip(json);
  if (done < 0 || kind != FM_JSON_BOOL)
    return done < 0 ? done : 0;
  *yes = value;
  return 1;
}
