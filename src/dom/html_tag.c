/* Table of the elements that the HTML parser treats specially. */
#include "dom/html_tag.h"

#include <pthread.h>
#include <string.h>

enum { SLOTS = 512, NAME_LONGEST = 14 };

static const struct {
  fm_str name;
  unsigned properties;
} table[TAGS_COUNT] = {
#define HTML_TAG_ROW(id, text, bits) [TAG_##id] = {{text, sizeof text - 1}, bits},
  HTML_TAGS(HTML_TAG_ROW)
#undef HTML_TAG_ROW
};

static uint8_t slots[SLOTS];
static pthread_once_t slots_ready = PTHREAD_ONCE_INIT;

static size_t slot_of(fm_str name)
{
  unsigned first = (unsigned char)name.ptr[0], last = (unsigned char)name.ptr[name.len - 1];
  unsigned middle = (unsigned char)name.ptr[name.len / 2];
  return (first * 31 + last * 7 + middle * 113 + (unsigned)name.len * 61) % SLOTS;
}

static void fill_slots(void)
{
  for (unsigned tag = 1; tag < TAGS_COUNT; tag++) {
    size_t at = slot_of(table[tag].name);
    while (slots[at])
      at = (at + 1) % SLOTS;
    slots[at] = (uint8_t)tag;
  }
}

enum html_tag fm_html_tag_find(fm_str name)
{
  pthread_once(&slots_ready, fill_slots);
  if (!name.len || name.len > NAME_LONGEST)
    return TAG_UNKNOWN;
  for (size_t at = slot_of(name); slots[at]; at = (at + 1) % SLOTS) {
    fm_str known = table[slots[at]].name;
    if (known.len == name.len && memcmp(known.ptr, name.ptr, name.len) == 0)
      return slots[at];
  }
  return TAG_UNKNOWN;
}

fm_str fm_html_tag_name(enum html_tag tag) { return table[tag].name; }
unsigned fm_html_tag_properties(enum html_tag tag) { return table[tag].properties; }
