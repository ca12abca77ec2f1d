/* Validation of what a source returned: UTF-8, required members, duplicate ids, HTML. */
#include "source/validate.h"

#include "base/strset.h"
#include "base/str.h"
#include "feed/entry_page.h"
#include "feed/html/sanitize.h"
#include "source/recipe/recipe.h"
#include "source/registry.h"

#include <string.h>

enum {
  ENTRIES_MAX = 1000 * 1000,
  STATE_MAX = 64 * 1024,     /* bytes of fm_feed.state */
  CONTENT_MAX = 1024 * 1024, /* bytes of one entry's HTML */
  STRINGS_MAX = 4            /* of one item of an array in the model */
};

static bool is_valid(fm_str s) { return s.len == 0 || (s.ptr && fm_utf8_valid(s)); }

/* A length without a pointer is no text; invalid bytes become U+FFFD. */
static void mend(fm_arena *arena, fm_str *s)
{
  if (is_valid(*s))
    return;
  if (!s->ptr) {
    *s = (fm_str){NULL, 0};
    return;
  }
  size_t room = s->len * 3 + 1;
  char *text = fm_arena_raw(arena, room), *out = text;
  for (const char *p = s->ptr, *end = p + s->len; p < end;)
    out += fm_utf8_put(fm_utf8_next(&p, end), out);
  *out = 0;
  fm_arena_trim(arena, text, room, (size_t)(out - text) + 1);
  *s = fm_str_span(text, out);
}

/* ---- arrays of an entry ---- */

/* The strings in one kind of array item; the first `required` of them must not be empty. */
typedef struct item_kind {
  size_t size;
  unsigned required, nstrings;
  size_t strings[STRINGS_MAX]; /* offsets */
} item_kind;

#define AT(type, member) offsetof(type, member)
static const item_kind person_kind = {
  sizeof(fm_person), 1, 3,
  {AT(fm_person, name), AT(fm_person, uri), AT(fm_person, email)}};
static const item_kind link_kind = {
  sizeof(fm_link), 2, 4,
  {AT(fm_link, rel), AT(fm_link, href), AT(fm_link, type), AT(fm_link, title)}};
static const item_kind category_kind = {
  sizeof(fm_category), 1, 4,
  {AT(fm_category, term), AT(fm_category, scheme), AT(fm_category, label),
   AT(fm_category, handle)}};
static const item_kind number_kind = {sizeof(fm_number), 1, 1, {AT(fm_number, name)}};
#undef AT

static fm_str *string_of(const item_kind *kind, void *item, unsigned i)
{
  return (fm_str *)((char *)item + kind->strings[i]);
}

static bool has_required(const item_kind *kind, void *item)
{
  bool has = true;
  for (unsigned i = 0; i < kind->required; i++)
    has = has && string_of(kind, item, i)->len;
  return has;
}

static bool all_valid(const item_kind *kind, char *items, size_t count)
{
  bool valid = true;
  for (size_t i = 0; i < count && valid; i++) {
    char *item = items + i * kind->size;
    valid = has_required(kind, item);
    for (unsigned k = 0; k < kind->nstrings; k++)
      valid = valid && is_valid(*string_of(kind, item, k));
  }
  return valid;
}

/* Returns the items that have what is required, with valid text. The array is copied only
 * if something is wrong with it, for a source's own may be a constant. */
static void *mend_items(fm_arena *arena, const item_kind *kind, const void *items, size_t *count)
{
  if (!items)
    *count = 0;
  if (all_valid(kind, (char *)items, *count))
    return (void *)items;
  char *kept = fm_arena_alloc(arena, *count * kind->size);
  size_t n = 0;
  for (size_t i = 0; i < *count; i++) {
    char *item = kept + n * kind->size;
    memcpy(item, (const char *)items + i * kind->size, kind->size);
    for (unsigned k = 0; k < kind->nstrings; k++)
      mend(arena, string_of(kind, item, k));
    n += has_required(kind, item);
  }
  *count = n;
  return kept;
}

/* ---- entries ---- */

/* The built-in sources sanitize what they take from a page themselves. */
static bool sanitizes(const fm_source *source)
{
  return source == &fm_daily_papers || source == &fm_feed_source || source == &fm_auto ||
         fm_recipe_of(source);
}

static void sanitize(fm_arena *arena, fm_str base, fm_str *html)
{
  fm_buf out;
  if (html->len == 0)
    return;
  fm_buf_init(&out, CONTENT_MAX);
  fm_html_clean_as(*html, base, FM_HTML_UTF8, &out);
  if (!fm_str_eq(*html, fm_buf_view(&out)))
    *html = out.len ? fm_arena_str(arena, fm_buf_view(&out)) : (fm_str){NULL, 0};
  fm_buf_deinit(&out);
}

static void mend_entry(fm_arena *arena, fm_entry *entry)
{
  entry->numbers = mend_items(arena, &number_kind, entry->numbers, &entry->nnumbers);
  fm_entry_page_clear(arena, entry); /* that record is feedmill's own */
  fm_str *texts[] = {&entry->id, &entry->title, &entry->summary, &entry->content, &entry->rights};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    mend(arena, texts[i]);
  entry->authors = mend_items(arena, &person_kind, entry->authors, &entry->nauthors);
  entry->links = mend_items(arena, &link_kind, entry->links, &entry->nlinks);
  entry->categories = mend_items(arena, &category_kind, entry->categories, &entry->ncategories);
}

void fm_validate_entry(const fm_source *source, const fm_page *page, fm_arena *arena,
                       fm_entry *entry)
{
  if (source != &fm_feed_source) /* that source decodes its whole document to UTF-8 */
    mend_entry(arena, entry);
  if (!sanitizes(source))
    sanitize(arena, page->url, &entry->content);
}

static size_t validate_entries(const fm_source *source, const fm_page *page, fm_arena *arena,
                               fm_feed *feed)
{
  fm_entry *kept = fm_arena_alloc(arena, feed->nentries * sizeof *kept);
  fm_arena scratch = {0};
  fm_strset seen;
  fm_strset_init(&seen, &scratch, feed->nentries);
  size_t n = 0, all = feed->nentries;
  for (size_t i = 0; i < all; i++) {
    fm_entry *entry = &kept[n];
    *entry = feed->entries[i];
    fm_validate_entry(source, page, arena, entry);
    n += entry->id.len && entry->title.len && fm_strset_add(&seen, entry->id, NULL);
  }
  fm_arena_deinit(&scratch);
  feed->entries = kept;
  feed->nentries = n;
  return all - n;
}

/* ---- the feed ---- */

static int check_count(const fm_source *source, const fm_feed *feed, fm_why *why)
{
  if (feed->nentries && !feed->entries)
    return fm_fail(why, FM_E_ABI, "source %s: says that it has %zu entries, and gives none",
                   source->name, feed->nentries);
  if (feed->nentries > ENTRIES_MAX)
    return fm_fail(why, FM_E_ABI, "source %s: says that it has %zu entries, more than %d",
                   source->name, feed->nentries, ENTRIES_MAX);
  return FM_OK;
}

static void validate_head(fm_arena *arena, const fm_page *page, fm_feed *feed)
{
  fm_str *texts[] = {&feed->id,   &feed->title, &feed->subtitle,    &feed->link,       &feed->icon,
                     &feed->logo, &feed->language, &feed->author.name, &feed->author.uri,
                     &feed->author.email, &feed->state};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    mend(arena, texts[i]);
  if (feed->id.len == 0)
    feed->id = fm_arena_str(arena, page->url);
  if (feed->title.len == 0)
    feed->title = feed->id;
  if (feed->state.len > STATE_MAX)
    feed->state = (fm_str){NULL, 0};
  if (feed->order != FM_ORDER_PAGE)
    feed->order = FM_ORDER_PUBLISHED;
}

int fm_validate_feed(const fm_source *source, const fm_page *page, fm_arena *arena, fm_feed *feed,
                     size_t *dropped, fm_why *why)
{
  int error = check_count(source, feed, why);
  if (error)
    return error;
  size_t n = validate_entries(source, page, arena, feed);
  validate_head(arena, page, feed);
  if (feed->id.len == 0)
    return fm_fail(why, FM_E_NO_LIST, "source %s: the feed has no id", source->name);
  if (dropped)
    *dropped = n;
  return FM_OK;
}
