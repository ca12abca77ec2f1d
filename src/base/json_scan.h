/* JSON scanning of many bytes at a time. Private to json.c and its test.
 *
 * Each function has an SSE2 variant and a portable variant, which must agree. Nothing reads
 * at or after `end`. */
#ifndef FM_BASE_JSON_SCAN_H
#define FM_BASE_JSON_SCAN_H

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { FM_SCAN_ESCAPE = 1, FM_SCAN_HIGH = 2, FM_SCAN_BLOCK = 64 };

/* One bit per byte of a block; bit 0 is the first byte. */
typedef struct fm_scan_masks {
  uint64_t quote, slash; /* " and backslash */
  uint64_t bracket;      /* { } [ ] */
} fm_scan_masks;

/* From inside a string, finds the first control character or the closing quote, or `end`.
 * The byte after a backslash is skipped. Sets FM_SCAN_ESCAPE and FM_SCAN_HIGH in `*seen` for
 * escapes and for bytes over 0x7f. */
static inline const char *fm_scan_string_plain(const char *p, const char *end, unsigned *seen)
{
  for (; p < end; p++) {
    unsigned char c = (unsigned char)*p;
    if (c >= 0x80) {
      *seen |= FM_SCAN_HIGH;
    } else if (c == '\\') {
      *seen |= FM_SCAN_ESCAPE;
      if (++p == end)
        return end;
    } else if (c < ' ' || c == '"') {
      return p;
    }
  }
  return end;
}

static inline fm_scan_masks fm_scan_block_plain(const char *p)
{
  fm_scan_masks m = {0, 0, 0};
  for (unsigned i = 0; i < FM_SCAN_BLOCK; i++) {
    char folded = p[i] | 0x20; /* [ ] and { } differ only in this bit */
    m.quote |= (uint64_t)(p[i] == '"') << i;
    m.slash |= (uint64_t)(p[i] == '\\') << i;
    m.bracket |= (uint64_t)(folded == '{' || folded == '}') << i;
  }
  return m;
}

#ifdef __SSE2__
static inline const char *fm_scan_string_sse2(const char *p, const char *end, unsigned *seen)
{
  const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
  const __m128i control = _mm_set1_epi8(0x1f);
  while (end - p >= 16) {
    __m128i v = _mm_loadu_si128((const __m128i *)p);
    __m128i stop = _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash));
    stop = _mm_or_si128(stop, _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
    unsigned stops = (unsigned)_mm_movemask_epi8(stop), high = (unsigned)_mm_movemask_epi8(v);
    if (!stops) {
      *seen |= high ? FM_SCAN_HIGH : 0;
      p += 16;
      continue;
    }
    unsigned i = (unsigned)__builtin_ctz(stops);
    *seen |= high & ((1u << i) - 1) ? FM_SCAN_HIGH : 0;
    p += i;
    if (*p != '\\')
      return p;
    *seen |= FM_SCAN_ESCAPE;
    if (end - p < 2)
      return end;
    p += 2;
  }
  return fm_scan_string_plain(p, end, seen);
}

static inline uint64_t fm_scan_bits(__m128i a, __m128i b, __m128i c, __m128i d)
{
  return (uint64_t)(unsigned)_mm_movemask_epi8(a) |
         (uint64_t)(unsigned)_mm_movemask_epi8(b) << 16 |
         (uint64_t)(unsigned)_mm_movemask_epi8(c) << 32 |
         (uint64_t)(unsigned)_mm_movemask_epi8(d) << 48;
}

static inline __m128i fm_scan_brackets(__m128i v)
{
  v = _mm_or_si128(v, _mm_set1_epi8(0x20));
  return _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('{')),
                      _mm_cmpeq_epi8(v, _mm_set1_epi8('}')));
}

static inline fm_scan_masks fm_scan_block_sse2(const char *p)
{
  const __m128i *from = (const __m128i *)p;
  const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
  __m128i a = _mm_loadu_si128(from), b = _mm_loadu_si128(from + 1);
  __m128i c = _mm_loadu_si128(from + 2), d = _mm_loadu_si128(from + 3);
  return (fm_scan_masks){
    fm_scan_bits(_mm_cmpeq_epi8(a, quote), _mm_cmpeq_epi8(b, quote), _mm_cmpeq_epi8(c, quote),
                 _mm_cmpeq_epi8(d, quote)),
    fm_scan_bits(_mm_cmpeq_epi8(a, slash), _mm_cmpeq_epi8(b, slash), _mm_cmpeq_epi8(c, slash),
                 _mm_cmpeq_epi8(d, slash)),
    fm_scan_bits(fm_scan_brackets(a), fm_scan_brackets(b), fm_scan_brackets(c),
                 fm_scan_brackets(d)),
  };
}

#define fm_scan_string fm_scan_string_sse2
#define fm_scan_block fm_scan_block_sse2
#else
#define fm_scan_string fm_scan_string_plain
#define fm_scan_block fm_scan_block_plain
#endif

#endif
