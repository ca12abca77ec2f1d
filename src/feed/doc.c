/* Documents: a reference-counted feed with its arena, and deep copies of feeds and entries. */
#include "feed/doc.h"

#include "base/str.h"
#include "feed/shape.h"
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

static void copy_struct(fm_arena *arena, const fm_shape *shape, void *item);

/* Replaces an array by its copy; NULL if it is empty. */
static void copy_list(fm_arena *arena, const fm_field *field, void *item)
{
  void **items = fm_field_in(field, item);
  size_t count = *fm_field_count(field, item), size = field->shape->size;
  char *copy = count ? fm_arena_alloc(arena, count * size) : NULL;
  for (size_t i = 0; i < count; i++) {
    memcpy(copy + i * size, (char *)*items + i * size, size);
    copy_struct(arena, field->shape, copy + i * size);
  }
  *items = copy;
}

/* Makes a shallow copy a deep one. */
static void copy_struct(fm_arena *arena, const fm_shape *shape, void *item)
{
  for (const fm_field *field = shape->fields; field->key; field++) {
    fm_str *text = fm_field_in(field, item);
    if (field->kind == FM_FIELD_TEXT)
      *text = fm_entry_text(arena, *text);
    else if (field->kind == FM_FIELD_STRUCT)
      copy_struct(arena, field->shape, text);
    else if (field->kind == FM_FIELD_LIST || field->kind == FM_FIELD_FEW)
      copy_list(arena, field, item);
  }
}

void fm_entry_copy(fm_arena *arena, const fm_entry *from, fm_entry *to)
{
  fm_entry copy = *from;
  copy_struct(arena, &fm_shape_entry, &copy);
  *to = copy;
}

void fm_feed_copy_head(fm_arena *arena, const fm_feed *from, fm_feed *to)
{
  fm_feed copy = *from;
  copy.entries = NULL;
  copy.nentries = 0;
  copy_struct(arena, &fm_shape_feed, &copy);
  *to = copy;
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
