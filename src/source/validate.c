/* Validation of what a source returned: UTF-8, required members, duplicate ids, HTML. */
#include "source/validate.h"

#include "base/strset.h"
#include "base/str.h"
#include "feed/entry_page.h"
#include "feed/html/sanitize.h"
#include "feed/shape.h"
#include "source/recipe/recipe.h"
#include "source/registry.h"

#include <string.h>

enum {
  ENTRIES_MAX = 1000 * 1000,
  STATE_MAX = 64 * 1024,     /* bytes of fm_feed.state */
  CONTENT_MAX = 1024 * 1024  /* bytes of one entry's HTML */
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

/* ---- by the model's tables ---- */

static void *list_in(const fm_field *field, const void *item)
{
  return *(void *const *)fm_field_of(field, item);
}

static bool is_list(const fm_field *field)
{
  return field->kind == FM_FIELD_LIST || field->kind == FM_FIELD_FEW;
}

static bool has_required(const fm_shape *shape, const void *item)
{
  bool has = true;
  for (unsigned i = 0; i < shape->required; i++)
    has = has && ((const fm_str *)fm_field_of(&shape->fields[i], item))->len;
  return has;
}

static bool all_valid(const fm_shape *shape, const char *items, size_t count)
{
  bool valid = true;
  for (size_t i = 0; i < count && valid; i++) {
    const char *item = items + i * shape->size;
    valid = has_required(shape, item);
    for (const fm_field *field = shape->fields; field->key && valid; field++)
      if (field->kind == FM_FIELD_TEXT)
        valid = is_valid(*(const fm_str *)fm_field_of(field, item));
  }
  return valid;
}

static void mend_struct(fm_arena *arena, const fm_shape *shape, void *item);

/* Keeps the items that have what is required, with valid text. The array is copied only if
 * something is wrong with it, for a source's own may be a constant. */
static void mend_list(fm_arena *arena, const fm_field *field, void *owner)
{
  const fm_shape *shape = field->shape;
  const char *items = list_in(field, owner);
  size_t *count = fm_field_count(field, owner), n = 0;
  if (!items)
    *count = 0;
  if (all_valid(shape, items, *count))
    return;
  char *kept = fm_arena_alloc(arena, *count * shape->size);
  for (size_t i = 0; i < *count; i++) {
    char *item = kept + n * shape->size;
    memcpy(item, items + i * shape->size, shape->size);
    mend_struct(arena, shape, item);
    n += has_required(shape, item);
  }
  *(void **)fm_field_in(field, owner) = kept;
  *count = n;
}

static void mend_struct(fm_arena *arena, const fm_shape *shape, void *item)
{
  for (const fm_field *field = shape->fields; field->key; field++)
    if (field->kind == FM_FIELD_TEXT)
      mend(arena, fm_field_in(field, item));
    else if (field->kind == FM_FIELD_STRUCT)
      mend_struct(arena, field->shape, fm_field_in(field, item));
    else if (is_list(field))
      mend_list(arena, field, item);
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
  mend_struct(arena, &fm_shape_entry, entry);
  fm_entry_page_clear(arena, entry); /* that record is feedmill's own */
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
  mend_struct(arena, &fm_shape_feed, feed);
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
