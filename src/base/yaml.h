/* YAML files as trees of plain nodes with line numbers (libyaml parses).
 *
 * Scalars are strings, whatever they look like; the reader of the tree knows which type it
 * expects. Meant for configuration files: one document, at most FM_YAML_SIZE_MAX bytes and
 * FM_YAML_DEPTH_MAX levels. Aliases are shared nodes, and their total expansion is limited
 * by FM_YAML_WEIGHT_MAX. No tags, no merge keys.
 *
 * Nodes and strings live in the caller's arena. */
#ifndef FM_BASE_YAML_H
#define FM_BASE_YAML_H

#include "base/problem.h"
#include <feedmill/error.h>
#include <stdbool.h>

enum {
  FM_YAML_SIZE_MAX = 1024 * 1024,
  FM_YAML_DEPTH_MAX = 32,
  FM_YAML_WEIGHT_MAX = 16 * 1024 * 1024 /* bytes of text, plus 16 for each node */
};

enum fm_yaml_kind {
  FM_YAML_NULL, /* "key:" without a value, ~, null */
  FM_YAML_SCALAR,
  FM_YAML_LIST,
  FM_YAML_MAP
};

typedef struct fm_yaml {
  enum fm_yaml_kind kind;
  unsigned line, column; /* from 1; a scalar starts at its quote or | */
  char style;            /* of a scalar: ' " | > or 0 (plain) */
  fm_str text;           /* of a scalar: UTF-8, NUL-terminated, may contain NULs */
  const struct fm_yaml **items; /* of a list; the values of a map */
  const struct fm_yaml **keys;  /* of a map: scalars, all different */
  size_t count;
  size_t weight; /* including all descendants, aliases expanded */
} fm_yaml;

/* Parses text; problems name `file`. FM_E_SYNTAX: no tree could be built and *root is
 * untouched. Minor faults (a duplicate key, a key that is no string) are added to
 * `problems`, but a tree is built and FM_OK returned, so check problems->count. An empty
 * document is FM_YAML_NULL. */
int fm_yaml_parse(fm_arena *arena, fm_str text, fm_str file, fm_problems *problems,
                  const fm_yaml **root);

/* Like fm_yaml_parse for a file; FM_E_IO with a problem if it cannot be read. */
int fm_yaml_load(fm_arena *arena, const char *path, fm_problems *problems, const fm_yaml **root);

/* The value of a map's key; NULL if it is absent or `map` is not a map. */
const fm_yaml *fm_yaml_get(const fm_yaml *map, fm_str key);

/* The file position of a byte of a scalar's text. Inside a block scalar and after escapes in
 * a double-quoted one the column is approximate. */
void fm_yaml_position(const fm_yaml *scalar, size_t offset, unsigned *line, unsigned *column);

/* Finds the node at a path such as "feeds[1].every"; keys that contain a dot are found too.
 * Returns NULL if there is none; *nearest (may be NULL) is the last node on the way, at
 * least the root. */
const fm_yaml *fm_yaml_at(const fm_yaml *root, const char *path, const fm_yaml **nearest);

#endif
