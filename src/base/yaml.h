/* YAML files as trees of plain nodes that know their line (libyaml parses).
 *
 * Scalars are text, whatever they look like: who reads the tree knows what is
 * wanted. Made for files of people: one document, at most FM_YAML_SIZE_MAX
 * bytes and FM_YAML_DEPTH_MAX levels; aliases are shared nodes, and what they
 * would expand to is bounded by FM_YAML_WEIGHT_MAX. No tags, no merge keys.
 *
 * Nodes and text live in the caller's arena. */
#ifndef FM_BASE_YAML_H
#define FM_BASE_YAML_H

#include "base/problem.h"
#include <feedmill/error.h>
#include <stdbool.h>

enum {
  FM_YAML_SIZE_MAX = 1024 * 1024,
  FM_YAML_DEPTH_MAX = 32,
  FM_YAML_WEIGHT_MAX = 16 * 1024 * 1024 /* bytes of text, and 16 for each node */
};

enum fm_yaml_kind {
  FM_YAML_NOTHING, /* "key:" and no more, ~, null */
  FM_YAML_SCALAR,
  FM_YAML_LIST,
  FM_YAML_MAP
};

typedef struct fm_yaml {
  enum fm_yaml_kind kind;
  unsigned line, column; /* from 1; of a scalar where it starts, with its quote or | */
  char style;            /* of a scalar: ' " | > or 0 (plain) */
  fm_str text;           /* of a scalar: UTF-8, NUL after it, may hold NULs */
  const struct fm_yaml **items; /* of a list; of a map its values */
  const struct fm_yaml **keys;  /* of a map: scalars, no two alike */
  size_t count;
  size_t weight; /* with all below it, aliases expanded */
} fm_yaml;

/* Parses text. Problems name `file`. FM_E_SYNTAX: no tree could be made and
 * *root is untouched. Smaller faults (a key given twice, a key that is no
 * text) are added to `problems` too, but give a tree and FM_OK; look at
 * problems->count. An empty document is FM_YAML_NOTHING. */
int fm_yaml_parse(fm_arena *arena, fm_str text, fm_str file, fm_problems *problems,
                  const fm_yaml **root);

/* The same from a file; FM_E_IO with a problem if it cannot be read. */
int fm_yaml_load(fm_arena *arena, const char *path, fm_problems *problems, const fm_yaml **root);

/* The value of a map's key; NULL if it is not there or `map` is no map. */
const fm_yaml *fm_yaml_get(const fm_yaml *map, fm_str key);

/* The place in the file of a byte of a scalar's text. Within a block (| or >) and
 * behind escapes in "" the column is a guess. */
void fm_yaml_place(const fm_yaml *scalar, size_t offset, unsigned *line, unsigned *column);

/* The node at a path such as "feeds[1].every"; a key that itself holds a dot
 * is found too. Where the path leads nowhere: NULL, and *nearest (may be NULL)
 * is the last node on the way, the root at least. */
const fm_yaml *fm_yaml_at(const fm_yaml *root, const char *path, const fm_yaml **nearest);

#endif
