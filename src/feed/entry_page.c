/* Merges what an entry's own page says into the entry, and keeps which fields came from it. */
#include "feed/entry_page.h"

#include "base/str.h"
#include "base/url.h"
#include "feed/doc.h"

/* page_fields: FETCHED, and a bit for each field that the page said. */
enum field {
  TITLE = 1, SUMMARY = 2, CONTENT = 4, RIGHTS = 8, AUTHORS = 16, CATEGORIES = 32, FETCHED = 64
};

static unsigned fields_of(const fm_entry *entry) { return (unsigned)entry->page_fields & ~FETCHED; }

fm_str fm_entry_page_url(const fm_entry *entry)
{
  for (size_t i = 0; i < entry->nlinks; i++)
    if (fm_str_is(entry->links[i].rel, "alternate"))
      return fm_url_usable(entry->links[i].href) ? entry->links[i].href : (fm_str){NULL, 0};
  return (fm_str){NULL, 0};
}

bool fm_entry_page_closed(const fm_entry *entry)
{
  return entry->page_fields || entry->page_failures >= FM_ENTRY_PAGE_TRIES;
}

bool fm_entry_page_wanted(const fm_entry *entry)
{
  return !fm_entry_page_closed(entry) && fm_entry_page_url(entry).len > 0;
}

unsigned fm_entry_page_tries(const fm_entry *entry)
{
  return entry->page_fields ? 0 : (unsigned)entry->page_failures;
}

bool fm_entry_page_gave_title(const fm_entry *entry) { return fields_of(entry) & TITLE; }
bool fm_entry_page_gave_summary(const fm_entry *entry) { return fields_of(entry) & SUMMARY; }

static void set_number(fm_arena *arena, fm_entry *entry, fm_number number)
{
  fm_number *numbers = fm_arena_alloc(arena, (entry->nnumbers + 1) * sizeof *numbers);
  size_t count = 0;
  numbers[count++] = number; /* first, where no cap cuts */
  for (size_t i = 0; i < entry->nnumbers; i++)
    if (!fm_str_eq(entry->numbers[i].name, number.name))
      numbers[count++] = entry->numbers[i];
  entry->numbers = numbers;
  entry->nnumbers = count;
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
  entry->page_fields = FETCHED | fields;
  entry->page_failures = 0;
}

void fm_entry_page_failed(unsigned before, fm_entry *entry)
{
  if (!entry->page_fields && entry->page_failures <= before && before < FM_ENTRY_PAGE_TRIES)
    entry->page_failures = before + 1;
}

void fm_entry_page_merge(const fm_entry *old, const fm_entry *seen, fm_entry *entry)
{
  unsigned had = fields_of(old), now = fields_of(seen);
  int64_t most = old->page_failures > seen->page_failures ? old->page_failures
                                                          : seen->page_failures;
  take(now & ~had, seen, entry);
  take(had, old, entry);
  entry->page_fields = old->page_fields | seen->page_fields;
  entry->page_failures = entry->page_fields ? 0 : most;
}

/* ---- the form of earlier versions ---- */

#define OLD_NUMBER "own page" /* failures; or FETCHED and the fields */

static void set_record(fm_entry *entry, double value)
{
  entry->page_fields = value >= FETCHED && value < 2 * FETCHED ? (int64_t)value : 0;
  entry->page_failures = value > 0 && value <= FM_ENTRY_PAGE_TRIES ? (int64_t)value : 0;
}

void fm_entry_page_convert(fm_number *numbers, fm_entry *entry)
{
  size_t count = 0;
  for (size_t i = 0; i < entry->nnumbers; i++)
    if (fm_str_is(numbers[i].name, OLD_NUMBER))
      set_record(entry, numbers[i].value);
    else
      numbers[count++] = numbers[i];
  entry->nnumbers = count;
}

void fm_entry_page_clear(fm_arena *arena, fm_entry *entry)
{
  double value;
  if (fm_entry_number(entry, FM_STR(OLD_NUMBER), &value)) {
    fm_number *numbers = fm_arena_alloc(arena, entry->nnumbers * sizeof *numbers);
    memcpy(numbers, entry->numbers, entry->nnumbers * sizeof *numbers);
    fm_entry_page_convert(numbers, entry);
    entry->numbers = numbers;
  }
  entry->page_fields = entry->page_failures = 0;
}
