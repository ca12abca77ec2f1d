/* Documents: a reference-counted feed with its arena, and deep copies of feeds and entries. */
#include "feed/doc.h"

#include "base/str.h"
#include <stdlib.h>

fm_doc *fm_doc_new(void)
{
  fm_doc *doc = FM_NEW(fm_doc);
  atomic_init(&doc->refs, 1);
  doc->feed.day = FM_NO_TIME;
  return doc;
}

fm_doc *fm_doc_ref(fm_doc *doc)
{
  atomic_fetch_add_explicit(&doc->refs, 1, memory_order_relaxed);
  return doc;
}

void fm_doc_unref(fm_doc *doc)
{
  /* acquire-release: whoever frees must see all that other holders did before. */
  if (!doc || atomic_fetch_sub_explicit(&doc->refs, 1, memory_order_acq_rel) != 1)
    return;
  fm_arena_deinit(&doc->arena);
  free(doc);
}

fm_str fm_entry_text(fm_arena *arena, fm_str text)
{
  if (text.len == 0)
    return (fm_str){NULL, 0};
  return fm_arena_str(arena, text);
}

static fm_person copy_person(fm_arena *arena, const fm_person *from)
{
  return (fm_person){
    .name = fm_entry_text(arena, from->name),
    .uri = fm_entry_text(arena, from->uri),
    .email = fm_entry_text(arena, from->email),
  };
}

/* An array of the same size in the arena; NULL for none, so that a copy has no
 * pointer where the original had nothing. */
static void *room_for(fm_arena *arena, size_t count, size_t size)
{
  return count ? fm_arena_alloc(arena, count * size) : NULL;
}

static void copy_authors(fm_arena *arena, const fm_entry *from, fm_entry *to)
{
  fm_person *authors = room_for(arena, from->nauthors, sizeof *authors);
  for (size_t i = 0; i < from->nauthors; i++)
    authors[i] = copy_person(arena, &from->authors[i]);
  to->authors = authors;
  to->nauthors = from->nauthors;
}

static void copy_links(fm_arena *arena, const fm_entry *from, fm_entry *to)
{
  fm_link *links = room_for(arena, from->nlinks, sizeof *links);
  for (size_t i = 0; i < from->nlinks; i++)
    links[i] = (fm_link){
      .rel = fm_entry_text(arena, from->links[i].rel),
      .href = fm_entry_text(arena, from->links[i].href),
      .type = fm_entry_text(arena, from->links[i].type),
      .title = fm_entry_text(arena, from->links[i].title),
    };
  to->links = links;
  to->nlinks = from->nlinks;
}

static void copy_categories(fm_arena *arena, const fm_entry *from, fm_entry *to)
{
  fm_category *categories = room_for(arena, from->ncategories, sizeof *categories);
  for (size_t i = 0; i < from->ncategories; i++)
    categories[i] = (fm_category){
      .term = fm_entry_text(arena, from->categories[i].term),
      .scheme = fm_entry_text(arena, from->categories[i].scheme),
      .label = fm_entry_text(arena, from->categories[i].label),
      .handle = fm_entry_text(arena, from->categories[i].handle),
    };
  to->categories = categories;
  to->ncategories = from->ncategories;
}

static void copy_numbers(fm_arena *arena, const fm_entry *from, fm_entry *to)
{
  fm_number *numbers = room_for(arena, from->nnumbers, sizeof *numbers);
  for (size_t i = 0; i < from->nnumbers; i++)
    numbers[i] = (fm_number){
      .name = fm_entry_text(arena, from->numbers[i].name),
      .value = from->numbers[i].value,
    };
  to->numbers = numbers;
  to->nnumbers = from->nnumbers;
}

void fm_entry_copy(fm_arena *arena, const fm_entry *from, fm_entry *to)
{
  fm_entry copy = {
    .id = fm_entry_text(arena, from->id),
    .title = fm_entry_text(arena, from->title),
    .summary = fm_entry_text(arena, from->summary),
    .content = fm_entry_text(arena, from->content),
    .rights = fm_entry_text(arena, from->rights),
    .published = from->published,
    .updated = from->updated,
    .page_fields = from->page_fields,
    .page_failures = from->page_failures,
  };
  copy_authors(arena, from, &copy);
  copy_links(arena, from, &copy);
  copy_categories(arena, from, &copy);
  copy_numbers(arena, from, &copy);
  *to = copy;
}

void fm_feed_copy_head(fm_arena *arena, const fm_feed *from, fm_feed *to)
{
  *to = (fm_feed){
    .id = fm_entry_text(arena, from->id),
    .title = fm_entry_text(arena, from->title),
    .subtitle = fm_entry_text(arena, from->subtitle),
    .link = fm_entry_text(arena, from->link),
    .icon = fm_entry_text(arena, from->icon),
    .logo = fm_entry_text(arena, from->logo),
    .language = fm_entry_text(arena, from->language),
    .author = copy_person(arena, &from->author),
    .day = from->day,
    .order = from->order,
    .state = fm_entry_text(arena, from->state),
  };
}

int fm_entry_number(const fm_entry *entry, fm_str name, double *value)
{
  for (size_t i = 0; i < entry->nnumbers; i++)
    if (fm_str_eq(entry->numbers[i].name, name)) {
      *value = entry->numbers[i].value;
      return 1;
    }
  return 0;
}
