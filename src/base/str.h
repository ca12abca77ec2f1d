/* Text as pointer and length (fm_str of feed.h): comparing, cutting, searching.
 * Nothing here allocates; results are borrowed from the arguments. */
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

bool fm_str_ieq(fm_str a, fm_str b); /* ASCII case folded */
int fm_str_cmp(fm_str a, fm_str b);  /* by bytes, as memcmp */
bool fm_str_starts(fm_str s, fm_str prefix);
bool fm_str_ends(fm_str s, fm_str suffix);
fm_str fm_str_from(fm_str s, size_t skip);        /* the rest after `skip` bytes */
fm_str fm_str_trim(fm_str s);                     /* less ASCII white space at both ends */
const char *fm_str_find(fm_str s, fm_str needle); /* first place or NULL */

/* Cuts the next piece up to `separator` off `*rest`. False when nothing is
 * left; "a,,b" gives "a", "", "b". Start with rest->ptr not NULL. */
bool fm_str_cut(fm_str *rest, char separator, fm_str *piece);

/* A whole unsigned decimal number of at most `max`; false otherwise. */
bool fm_str_number(fm_str s, uint64_t max, uint64_t *number);

/* Valid UTF-8 (RFC 3629: no surrogates, nothing over U+10FFFF). */
bool fm_utf8_valid(fm_str s);
/* Decodes the character at `*at`, which moves past it; U+FFFD and one byte
 * further where the bytes are not UTF-8. `at` is before `end`. */
uint32_t fm_utf8_next(const char **at, const char *end);
/* Writes a character as UTF-8, at most 4 bytes; returns how many. */
size_t fm_utf8_put(uint32_t c, char *out);

/* A character as it compares without case (Unicode simple folding). */
uint32_t fm_utf8_fold(uint32_t c);

/* True if `text` holds one of the comma-separated `words` where a word starts,
 * case folded (Unicode simple folding): "neuron" is found in "Neurons", "art"
 * is not in "smart". In scripts without spaces any place counts. */
bool fm_text_has_word(fm_str text, fm_str words);

/* How far apart two short words are (Levenshtein); for "did you mean". */
unsigned fm_str_distance(fm_str a, fm_str b);
/* `word` may be what was meant by `text`: *best ({NULL, 0} at first) becomes it, if it is
 * near enough, and nearer than *best is. */
void fm_str_offer(fm_str text, fm_str word, fm_str *best);

#endif
