/* Looks up date words and phrases, and what a language says of the order of dates. */
#include "base/when_internal.h"

static int compare(fm_str text, const char *row)
{
  size_t len = strlen(row), both = text.len < len ? text.len : len;
  int order = memcmp(text.ptr, row, both);
  return order ? order : (text.len > len) - (text.len < len);
}

static const char *word_text(size_t i) { return fm_when_word_pool + fm_when_word_rows[i].text; }
static const char *phrase_text(size_t i) { return fm_when_phrase_pool + fm_when_phrase_rows[i].text; }

/* The first of `count` rows whose text is not before `text`. */
static size_t lower_bound(fm_str text, size_t count, const char *(*row)(size_t))
{
  size_t low = 0;
  while (low < count) {
    size_t middle = (low + count) / 2;
    if (compare(text, row(middle)) > 0)
      low = middle + 1;
    else
      count = middle;
  }
  return low;
}

when_word fm_when_find(fm_str word)
{
  when_word found = {NULL, 0};
  if (!word.len)
    return found;
  size_t at = lower_bound(word, fm_when_word_count, word_text);
  found.rows = fm_when_word_rows + at;
  while (at + found.count < fm_when_word_count && compare(word, word_text(at + found.count)) == 0)
    found.count++;
  return found;
}

when_word fm_when_find_prefix(fm_str text, size_t *len)
{
  enum { LONGEST = 36 };
  when_word found = {NULL, 0};
  for (size_t n = text.len < LONGEST ? text.len : LONGEST; n > 0 && !found.count; n--) {
    if (n < text.len && ((unsigned char)text.ptr[n] & 0xc0) == 0x80)
      continue;
    found = fm_when_find((fm_str){text.ptr, n});
    *len = n;
  }
  return found;
}

const when_phrase_row *fm_when_find_phrase(fm_str phrase, size_t *count)
{
  size_t at = lower_bound(phrase, fm_when_phrase_count, phrase_text);
  *count = 0;
  while (at + *count < fm_when_phrase_count && compare(phrase, phrase_text(at + *count)) == 0)
    ++*count;
  return fm_when_phrase_rows + at;
}

bool fm_when_is(when_word word, enum when_kind kind)
{
  for (size_t i = 0; i < word.count; i++)
    if (word.rows[i].kind == kind)
      return true;
  return false;
}

int fm_when_value(when_word word, enum when_kind kind, uint64_t languages, uint64_t *in)
{
  int value = 0;
  uint64_t all = 0, wanted = 0;
  for (size_t i = 0; i < word.count; i++)
    if (word.rows[i].kind == kind)
      wanted |= word.rows[i].languages & languages;
  for (size_t i = 0; i < word.count; i++) {
    const when_word_row *row = &word.rows[i];
    if (row->kind != kind || (wanted && !(row->languages & wanted)))
      continue;
    if (all && row->value != value)
      return 0;
    value = row->value;
    all |= row->languages;
  }
  if (in)
    *in = all;
  return value;
}

/* ---- languages ---- */

static uint64_t bit_of(const char *name)
{
  for (size_t i = 0; i < WHEN_LANGUAGES; i++)
    if (memcmp(fm_when_languages[i], name, 2) == 0)
      return UINT64_C(1) << i;
  return 0;
}

static fm_str primary_subtag(fm_str tag)
{
  size_t len = 0;
  while (len < tag.len && tag.ptr[len] != '-' && tag.ptr[len] != '_')
    len++;
  return (fm_str){tag.ptr, len};
}

uint64_t fm_when_language(fm_str tag)
{
  static const char *const aliases[][2] = {{"nb", "no"}, {"nn", "no"}, {"iw", "he"}, {"in", "id"},
                                           {"ms", "id"}, {"bs", "hr"}, {"sh", "sr"}};
  fm_str primary = primary_subtag(fm_str_trim(tag));
  if (primary.len != 2)
    return 0;
  const char name[] = {fm_to_lower(primary.ptr[0]), fm_to_lower(primary.ptr[1])};
  for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
    if (memcmp(aliases[i][0], name, 2) == 0)
      return bit_of(aliases[i][1]);
  return bit_of(name);
}

bool fm_when_speaks(fm_str language) { return fm_when_language(language) != 0; }

bool fm_when_year_first(uint64_t language)
{
  static const char *const names[] = {"ja", "zh", "ko", "hu", "lt", "fa"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (language & bit_of(names[i]))
      return true;
  return false;
}

/* English alone says nothing: the United States and the Philippines begin with the month, the
 * others with the day. Canada uses all orders. */
static enum fm_when_order order_in_english(fm_str tag)
{
  fm_str region = fm_str_from(tag, 3);
  if (region.len != 2 || fm_str_ieq(region, FM_STR("CA")))
    return FM_WHEN_UNKNOWN;
  return fm_str_ieq(region, FM_STR("US")) || fm_str_ieq(region, FM_STR("PH")) ? FM_WHEN_MONTH_FIRST
                                                                              : FM_WHEN_DAY_FIRST;
}

enum fm_when_order fm_when_order_of_language(fm_str tag, uint64_t language)
{
  if (!language || fm_when_year_first(language))
    return FM_WHEN_UNKNOWN;
  return language & bit_of("en") ? order_in_english(fm_str_trim(tag)) : FM_WHEN_DAY_FIRST;
}
