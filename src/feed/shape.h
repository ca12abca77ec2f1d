/* Descriptions of the model's structs, field by field: what copies, encodes, decodes and
 * validates feeds walks these tables, so that a new field is one row. */
#ifndef FM_FEED_SHAPE_H
#define FM_FEED_SHAPE_H

#include <feedmill/feed.h>
#include <stdbool.h>

typedef struct fm_shape fm_shape;

enum fm_field_kind {
  FM_FIELD_TEXT,   /* fm_str */
  FM_FIELD_COUNT,  /* int64_t; 0 is "not given" */
  FM_FIELD_TIME,   /* int64_t; FM_NO_TIME is "not given" */
  FM_FIELD_REAL,   /* double */
  FM_FIELD_ORDER,  /* enum fm_order */
  FM_FIELD_STRUCT, /* a struct of `shape` */
  FM_FIELD_LIST,   /* pointer and size_t count of structs of `shape` */
  FM_FIELD_FEW     /* the same; a list of one is stored as its item */
};

typedef struct fm_field {
  char key; /* in the store's records */
  enum fm_field_kind kind;
  size_t at, count_at; /* offsets */
  const fm_shape *shape;
} fm_field;

/* The first `required` fields are texts that must not be empty. */
struct fm_shape {
  size_t size;
  unsigned required;
  const fm_field *fields; /* ends with key 0 */
};

extern const fm_shape fm_shape_person, fm_shape_link, fm_shape_category, fm_shape_number,
  fm_shape_image, fm_shape_extension, fm_shape_source, fm_shape_entry;
extern const fm_shape fm_shape_feed; /* without its entries */

/* The field of a struct. */
static inline void *fm_field_in(const fm_field *field, void *item)
{
  return (char *)item + field->at;
}
static inline const void *fm_field_of(const fm_field *field, const void *item)
{
  return (const char *)item + field->at;
}
static inline size_t *fm_field_count(const fm_field *field, void *item)
{
  return (size_t *)(void *)((char *)item + field->count_at);
}

#endif
