/* Lists in JSON: for source/discover_json*.c and discover_keys.c alone. */
#ifndef FM_SOURCE_DISCOVER_JSON_H
#define FM_SOURCE_DISCOVER_JSON_H

#include "source/discover/parts.h"

enum { COLUMNS_MAX = 96, ARRAYS_MAX = 400, ELEMENTS_MAX = 5000 };

/* A piece of JSON on the page. */
typedef struct piece {
  fm_str text;
  fm_str select;  /* of the element that has it, as in "json: SELECT /pointer"; empty: the page */
  bool ld;        /* JSON-LD */
} piece;

/* Objects that stand side by side. */
typedef struct array {
  fm_str path;    /* the pointer to them */
  fm_str owner;   /* the @type of what they are in; empty: none */
  fm_str *raws;   /* each one's JSON, the first SAMPLE of them */
  size_t nraws, raws_cap, count;
} array;

typedef struct arrays {
  survey *s;
  array *all;
  size_t count, cap;
  size_t budget;  /* bytes that may still be passed over */
} arrays;

/* Finds all in one piece; false: it is no JSON. */
bool arrays_find(arrays *a, fm_str text);

/* The values that the elements have at one pointer. */
typedef struct column {
  fm_str path;
  fm_str values[SAMPLE]; /* the first at that pointer; empty: none */
  uint32_t found;
} column;

typedef struct columns {
  survey *s;
  column *all;
  size_t count;
  uint32_t rows;
} columns;

void columns_read(columns *c, survey *s, const array *from);

/* How well a pointer is named for a field; 0: not at all. */
double key_worth(fm_str path, enum draft_field field);

/* Fills a draft's fields and score from columns: pointers, without "json: ". False: this
 * is no list of entries. */
bool columns_draft(columns *c, draft *d);

bool marked_type(fm_str type);

#endif
