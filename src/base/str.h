/* Strings as pointer and length (fm_str of feed.h): comparison, splitting, search. Nothing
 * here allocates; results point into the arguments. */
#ifndef FM_BASE_STR_H
#define FM_BASE_STR_H

#include <feedmill/feed.h>
#include <stdbool.h>
#include <string.h>

#define FM_STR(literal) ((fm_str){"" literal, sizeof(literal) - 1})
#define FM_FMT(s) (int)(s).len, (s).ptr ? (s).ptr : "" /* for "%.*s" */

static inline fm_str fm_str_of(const char *text)
{
  return (fm_str){text, text ? strlen(text) : 0};
}
static inline fm_str fm_str_span(const char *from, const char *to)
{
  return (fm_str){from, (size_t)(to - from)};
}
static inline bool fm_str_eq(fm_str a, fm_str b)
{
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
static inline bool fm_str_is(fm_str a, const char *text)
{
  return fm_str_eq(a, fm_str_of(text));
}

bool fm_str_ieq(fm_str a, fm_str b); /* ignores ASCII case */
int fm_str_cmp(fm_str a, fm_str b);  /* bytewise, as memcmp */
bool fm_str_starts(fm_str s, fm_str prefix);
bool fm_str_ends(fm_str s, fm_str suffix);
fm_str fm_str_from(fm_str s, size_t skip);        /* the part after `skip` bytes */
fm_str fm_str_trim(fm_str s);                     /* without ASCII white space at both ends */
const char *fm_str_find(fm_str s, fm_str needle); /* first occurrence or NULL */

/* Splits the next piece up to `separator` off `*rest`. Returns false when nothing is left;
 * "a,,b" yields "a", "", "b". rest->ptr must not be NULL at the start. */
bool fm_str_cut(fm_str *rest, char separator, fm_str *piece);

/* Parses an unsigned decimal number of at most `max`; false otherwise. */
bool fm_str_number(fm_str s, uint64_t max, uint64_t *number);

/* True for valid UTF-8 (RFC 3629: no surrogates, nothing over U+10FFFF). */
bool fm_utf8_valid(fm_str s);
/* Decodes the character at `*at` and moves past it. Invalid bytes yield U+FFFD, one byte at
 * a time. `at` must be before `end`. */
uint32_t fm_utf8_next(const char **at, const char *end);
/* Encodes a character as UTF-8, at most 4 bytes; returns the length. */
size_t fm_utf8_put(uint32_t c, char *out);

/* Unicode simple case folding of a character. */
uint32_t fm_utf8_fold(uint32_t c);

/* True if `text` contains one of the comma-separated `words` at the start of a word,
 * ignoring case: "neuron" matches "Neurons", "art" does not match "smart". In scripts
 * without spaces any position counts. */
bool fm_text_has_word(fm_str text, fm_str words);

/* Levenshtein distance of two short words, for "did you mean". */
unsigned fm_str_distance(fm_str a, fm_str b);
/* Makes `word` the suggestion for `text` if it is similar enough and more similar than *best
 * ({NULL, 0} at first). */
void fm_str_suggest(fm_str text, fm_str word, fm_str *best);

#endif
