/* Merges what an entry's own page says into the entry, and keeps which fields came from it. */
#include "feed/entry_page.h"

#include "base/str.h"
#include "base/url.h"
#include "feed/doc.h"

/* The number: tries in vain up to FM_ENTRY_PAGE_TRIES; or HAD and a bit for each field. */
enum { HAD = 64 };
enum field {
  TITLE = 1, SUMMARY = 2, CONTENT = 4, RIGHTS = 8, AUTHORS = 16, CATEGORIES = 32
};

static double value_of(const fm_entry *entry)
{
  double value = 0;
  fm_entry_number(entry, FM_STR(FM_ENTRY_PAGE_NUMBER), &value);
  return value;
}

/* The fields that are from the own page; 0 too if it was not had. */
static unsigned fields_of(const fm_entry *entry)
{
  double value = value_of(entry);
  return value >= HAD && value < 2 * HAD ? (unsigned)value - HAD : 0;
}

fm_str fm_entry_page_url(const fm_entry *entry)
{
  for (size_t i = 0; i < entry->nlinks; i++)
    if (fm_str_is(entry->links[i].rel, "alternate"))
      return fm_url_usable(entry->links[i].href) ? entry->links[i].href : (fm_str){NULL, 0};
  return (fm_str){NULL, 0};
}

bool fm_entry_page_closed(const fm_entry *entry) { return value_of(entry) >= FM_ENTRY_PAGE_TRIES; }

bool fm_entry_page_wanted(const fm_entry *entry)
{
  return !fm_entry_page_closed(entry) && fm_entry_page_url(entry).len > 0;
}

unsigned fm_entry_page_tries(const fm_entry *entry)
{
  double value = value_of(entry);
  return value > 0 && value <= FM_ENTRY_PAGE_TRIES ? (unsigned)value : 0;
}

bool fm_entry_page_gave_title(const fm_entry *entry) { return fields_of(entry) & TITLE; }
bool fm_entry_page_gave_summary(const fm_entry *entry) { return fields_of(entry) & SUMMARY; }

/* A number of one name takes the other's place; ours comes first, where no cap cuts. */
static void set_number(fm_arena *arena, fm_entry *entry, fm_number number)
{
  fm_number *numbers = fm_arena_alloc(arena, (entry->nnumbers + 1) * sizeof *numbers);
  size_t count = 0;
  numbers[count++] = number;
  for (size_t i = 0; i < entry->nnumbers; i++)
    if (!fm_str_eq(entry->numbers[i].name, number.name))
      numbers[count++] = entry->numbers[i];
  entry->numbers = numbers;
  entry->nnumbers = count;
}

static void set_value(fm_arena *arena, fm_entry *entry, unsigned value)
{
  set_number(arena, entry, (fm_number){FM_STR(FM_ENTRY_PAGE_NUMBER), value});
}

static unsigned said_in(const fm_entry *said)
{
  return (said->title.len ? TITLE : 0) | (said->summary.len ? SUMMARY : 0) |
         (said->content.len ? CONTENT : 0) | (said->rights.len ? RIGHTS : 0) |
         (said->nauthors ? AUTHORS : 0) | (said->ncategories ? CATEGORIES : 0);
}

static void take(unsigned fields, const fm_entry *from, fm_entry *entry)
{
  if (fields & TITLE)
    entry->title = from->title;
  if (fields & SUMMARY)
    entry->summary = from->summary;
  if (fields & CONTENT)
    entry->content = from->content;
  if (fields & RIGHTS)
    entry->rights = from->rights;
  if (fields & AUTHORS) {
    entry->authors = from->authors;
    entry->nauthors = from->nauthors;
  }
  if (fields & CATEGORIES) {
    entry->categories = from->categories;
    entry->ncategories = from->ncategories;
  }
}

void fm_entry_page_add(const fm_entry *said, fm_arena *arena, fm_entry *entry)
{
  unsigned fields = said_in(said);
  take(fields, said, entry);
  if (said->published != FM_NO_TIME)
    entry->published = said->published;
  if (said->updated != FM_NO_TIME)
    entry->updated = said->updated;
  for (size_t i = 0; i < said->nnumbers; i++)
    set_number(arena, entry, said->numbers[i]);
  set_value(arena, entry, HAD + fields);
}

void fm_entry_page_failed(unsigned before, fm_arena *arena, fm_entry *entry)
{
  if (value_of(entry) <= before && before < FM_ENTRY_PAGE_TRIES)
    set_value(arena, entry, before + 1);
}

void fm_entry_page_merge(const fm_entry *old, const fm_entry *seen, fm_entry *entry)
{
  unsigned had = fields_of(old), now = fields_of(seen);
  take(now & ~had, seen, entry);
  take(had, old, entry);
  if (!(now & ~had) || value_of(old) < HAD)
    return;
  for (size_t i = 0; i < entry->nnumbers; i++) /* the higher of both is not all of both */
    if (fm_str_is(entry->numbers[i].name, FM_ENTRY_PAGE_NUMBER))
      ((fm_number *)entry->numbers)[i].value = HAD + (had | now);
}

void fm_entry_page_strip(fm_arena *arena, fm_entry *entry)
{
  if (value_of(entry) == 0)
    return;
  fm_number *numbers = fm_arena_alloc(arena, entry->nnumbers * sizeof *numbers);
  size_t count = 0;
  for (size_t i = 0; i < entry->nnumbers; i++)
    if (!fm_str_is(entry->numbers[i].name, FM_ENTRY_PAGE_NUMBER))
      numbers[count++] = entry->numbers[i];
  entry->numbers = numbers;
  entry->nnumbers = count;
}
