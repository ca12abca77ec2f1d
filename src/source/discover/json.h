/* Lists in JSON; for json.c, arrays.c, keys.c, columns.c and microdata.c only. */
#ifndef FM_SOURCE_DISCOVER_JSON_H
#define FM_SOURCE_DISCOVER_JSON_H

#include "source/discover/parts.h"

enum { COLUMNS_MAX = 96, ARRAYS_MAX = 400, ELEMENTS_MAX = 5000 };

/* A json_source of JSON on the page. */
typedef struct json_source {
  fm_str text;
  fm_str select;  /* selects the element that contains it, as in "json: SELECT /pointer"; empty: the page */
  bool ld;        /* JSON-LD */
  bool rows;      /* the first step of its pointers is the number of a row */
} json_source;

/* An array of objects. */
typedef struct array {
  fm_str path;    /* JSON Pointer to the elements */
  fm_str owner;   /* @type of the enclosing object; empty: none */
  fm_str *raws;   /* raw JSON of the first SAMPLE elements */
  size_t nraws, raws_cap, count;
} array;

typedef struct arrays {
  survey *s;
  array *all;
  size_t count, cap;
  size_t budget;  /* bytes that may still be skipped */
} arrays;

/* Finds all arrays in one json_source; false if it is not JSON. */
bool fm_arrays_find(arrays *a, fm_str text);

/* The values of all sampled elements at one pointer. */
typedef struct column {
  fm_str path;
  fm_str values[SAMPLE]; /* the first value at that pointer; empty: none */
  uint32_t found;
} column;

typedef struct columns {
  survey *s;
  column *all;
  size_t count;
  uint32_t rows;
} columns;

void fm_columns_read(columns *c, survey *s, const array *from);

/* How well the key names of a pointer fit a field; 0: not at all. */
double fm_key_worth(fm_str path, enum draft_field field);

/* Fills a draft's fields and score from columns. Returns false if this is not a list of entries. */
bool fm_columns_draft(columns *c, draft *d);

bool fm_is_item_type(fm_str type);

#endif
