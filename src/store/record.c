/* Merges an observed entry with its stored record: dates, kept fields, highest numbers. */
#include "store/store.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "base/str.h"
#include "feed/entry_page.h"
#include <stdlib.h>
#include <xxhash.h>

/* Numbers accumulate over time; the cap bounds the records of a source that invents names. */
enum { NUMBERS_MAX = 32 };

/* Hashes words with single spaces between them, because the same abstract from the page's
 * JSON and from its rendered articles differs in white space. */
static void hash_text(XXH3_state_t *state, fm_str text)
{
  const char *at = text.ptr, *end = text.ptr + text.len;
  bool first = true;
  while (at < end) {
    while (at < end && fm_is_space(*at))
      at++;
    const char *status = at;
    while (at < end && !fm_is_space(*at))
      at++;
    if (at == status)
      break;
    if (!first)
      XXH3_64bits_update(state, " ", 1);
    XXH3_64bits_update(state, status, (size_t)(at - status));
    first = false;
  }
  XXH3_64bits_update(state, "\0", 1);
}

uint64_t fm_fingerprint(const fm_entry *entry)
{
  XXH3_state_t *state = XXH3_createState();
  if (!state)
    abort();
  XXH3_64bits_reset(state);
  hash_text(state, entry->title);
  hash_text(state, entry->summary);
  for (size_t i = 0; i < entry->nauthors; i++)
    hash_text(state, entry->authors[i].name);
  uint64_t hash = XXH3_64bits_digest(state);
  XXH3_freeState(state);
  return hash;
}

static fm_number *number_of(fm_number *numbers, size_t count, fm_str name)
{
  for (size_t i = 0; i < count; i++)
    if (fm_str_eq(numbers[i].name, name))
      return &numbers[i];
  return NULL;
}

/* Keeps the highest value of each number, so that an entry that once exceeded min_upvotes
 * stays in the feed. Stored numbers come first: their order is stable, and new names never
 * displace them. */
static void keep_peaks(const fm_entry *old, fm_arena *arena, fm_entry *entry)
{
  size_t count = 0;
  fm_number *peaks = fm_arena_alloc(arena, NUMBERS_MAX * sizeof *peaks);
  for (size_t i = 0; i < old->nnumbers; i++)
    if (count < NUMBERS_MAX)
      peaks[count++] = old->numbers[i];
  for (size_t i = 0; i < entry->nnumbers; i++) {
    fm_number *same = number_of(peaks, count, entry->numbers[i].name);
    if (!same && count < NUMBERS_MAX)
      peaks[count++] = entry->numbers[i];
    else if (same && entry->numbers[i].value > same->value)
      same->value = entry->numbers[i].value;
  }
  entry->numbers = peaks;
  entry->nnumbers = count;
}

/* Keeps stored fields that the page lacks this time. The content contains the abstract, so
 * a new content without an abstract does not replace a stored one. */
static void keep_fields(const fm_entry *old, fm_entry *entry)
{
  bool bare = entry->summary.len == 0 && old->summary.len > 0;
  if (entry->title.len == 0)
    entry->title = old->title;
  if (bare)
    entry->summary = old->summary;
  if (entry->content.len == 0 || (bare && old->content.len > 0))
    entry->content = old->content;
  if (entry->rights.len == 0)
    entry->rights = old->rights;
  if (entry->nauthors == 0) {
    entry->authors = old->authors;
    entry->nauthors = old->nauthors;
  }
  if (entry->nlinks == 0) {
    entry->links = old->links;
    entry->nlinks = old->nlinks;
  }
  if (entry->ncategories == 0) {
    entry->categories = old->categories;
    entry->ncategories = old->ncategories;
  }
  if (entry->ncontributors == 0) {
    entry->contributors = old->contributors;
    entry->ncontributors = old->ncontributors;
  }
  if (entry->nimages == 0) {
    entry->images = old->images;
    entry->nimages = old->nimages;
  }
  if (entry->nextensions == 0) {
    entry->extensions = old->extensions;
    entry->nextensions = old->nextensions;
  }
  if (!entry->origin.id.len && !entry->origin.title.len && !entry->origin.link.len)
    entry->origin = old->origin;
}

static void date_new(const fm_entry *seen, int64_t now, fm_record *record)
{
  record->first_seen = now;
  record->entry.published = seen->published != FM_NO_TIME ? seen->published : now;
  record->entry.updated =
      seen->updated != FM_NO_TIME ? seen->updated : record->entry.published;
}

/* `updated` becomes `now`, and always a later time than before, because readers detect a
 * change by that; the stored time may be ahead of the clock. */
static void date_again(const fm_record *old, int64_t now, fm_record *record)
{
  record->first_seen = old->first_seen;
  record->entry.published = old->entry.published;
  record->entry.updated = old->entry.updated;
  if (record->fingerprint != old->fingerprint)
    record->entry.updated = now > old->entry.updated ? now : old->entry.updated + 1;
}

void fm_record_merge(const fm_record *old, const fm_entry *seen, int64_t now,
                     fm_arena *arena, fm_record *result)
{
  fm_record record = {.entry = *seen, .last_seen = now};
  if (old) {
    keep_fields(&old->entry, &record.entry);
    keep_peaks(&old->entry, arena, &record.entry);
    fm_entry_page_merge(&old->entry, seen, &record.entry);
  }
  record.fingerprint = fm_fingerprint(&record.entry);
  if (old)
    date_again(old, now, &record);
  else
    date_new(seen, now, &record);
  *result = record;
}
