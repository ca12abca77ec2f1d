/* Directives: configuration described by one table.
 *
 * A row names a key, its type, its place in a plain C struct, its default and its range. The
 * table drives parsing, defaults, problems and printing, and knows nothing of what the keys
 * mean. Settings and recipes both use it.
 *
 * Strings are copied to the arena and NUL-terminated. Every problem is reported as
 * `file:line: key: reason` with the full dotted key ("feeds[1].every"). An invalid value
 * leaves the default in place. */
#ifndef FM_BASE_DIRECTIVE_H
#define FM_BASE_DIRECTIVE_H

#include "base/buf.h"
#include "base/why.h"
#include "base/yaml.h"
#include <feedmill/plugin.h>

typedef struct fm_strs {
  const fm_str *items;
  size_t count;
} fm_strs;

typedef struct fm_params { /* names and values as written in the file */
  const fm_param *items;
  size_t count;
} fm_params;

enum fm_directive_type {
  FM_T_END,      /* terminates a table */
  FM_T_STRING,   /* fm_str; min, max: bytes */
  FM_T_PATH,     /* fm_str: resolved against the file's folder; empty stays empty */
  FM_T_URL,      /* fm_str: absolute http or https, as fm_url_from_user makes it */
  FM_T_BOOL,     /* bool: true, false, on, off, yes, no */
  FM_T_INTEGER,  /* a whole number; width 4 or 8 */
  FM_T_SIZE,     /* bytes, with K, M, G as powers of 1024; width 4 or 8 */
  FM_T_DURATION, /* seconds, with unit s, m, h or d, which only 0 may omit; width 4 or 8 */
  FM_T_NUMBER,   /* double, written with at most 6 decimals */
  FM_T_CHOICE,   /* unsigned: the index in `choices` */
  FM_T_STRINGS,  /* fm_strs: a list of strings; min, max: how many */
  FM_T_PATHS,    /* fm_strs: a list of paths, as FM_T_PATH */
  FM_T_WORDS,    /* fm_str: a string, or a list of them joined with commas */
  FM_T_MAP,      /* fm_params: any keys, each with a string */
  FM_T_FAMILY,   /* fm_params: the row's name ends in '*' ("min_*"). Matches every key with that
                  * prefix and a rest of a-z and _, each with a number as FM_T_NUMBER, kept as
                  * text; min, max: of the number */
  FM_T_OTHERS,   /* fm_params: matches every other key of a-z, 0-9, _ and -, a letter first, at
                  * most 32 bytes, each with a string; the caller validates the keys */
  FM_T_SECTION,  /* nested keys in `rows`; offsets refer to the same struct */
  FM_T_SECTIONS, /* a list of sections: pointer to an array of structs of `width` bytes, and
                    their number (size_t) at `count_offset` */
  FM_T_NODE,     /* const fm_yaml *: any node, which the caller parses */
  FM_T_LINE      /* unsigned: line number of the row's section; not a key */
};

enum {
  FM_DIRECTIVES_MAX = 64,
  FM_TEXT_MAX = 8192, /* bytes of a string, where max is 0 */
  FM_OTHER_MAX = 32   /* bytes of a key of FM_T_OTHERS */
};

enum fm_directive_flag {
  FM_D_REQUIRED = 1,    /* must be given */
  FM_D_MILLI = 2,       /* a duration that is stored in milliseconds */
  FM_D_PATTERN = 4,     /* paths are glob(3) patterns: the folder's name is escaped */
  FM_D_SECRET = 8,      /* never quoted in a problem; printed under a warning */
  FM_D_URLS = 64,       /* each text is an address, as FM_T_URL */
  FM_D_ARGUMENTS = 32,  /* command arguments: all but the first may be empty or contain line breaks */
  FM_D_ALTERNATIVE = 16 /* another type for the previous row, selected by the node's kind; has no
                         * default and is not printed */
};

typedef struct fm_directive {
  const char *name; /* "every"; at most FM_DIRECTIVES_MAX rows in one section */
  enum fm_directive_type type;
  unsigned flags;
  size_t offset, width; /* FM_AT */
  size_t count_offset;
  const char *preset; /* the default as YAML, through the same checks; NULL: none, so numbers are
                       * FM_ABSENT, choices 0, strings and lists empty */
  int64_t min, max;   /* bytes, seconds, length or count by type; max 0: no bound */
  const char *const *choices;      /* NULL after the last */
  const struct fm_directive *rows; /* of sections */
  /* Additional check after the type check; called for each string of a list. Returns FM_OK
   * or an error with the reason, which should quote the value. */
  int (*check)(fm_str value, fm_why *why);
  const char *help; /* one line */
} fm_directive;

#define FM_AT(type, member) \
  .offset = offsetof(type, member), .width = sizeof(((type *)0)->member)

/* Value of a number that was not given and has no default: -1 in its width. */
#define FM_ABSENT ((int64_t)-1)

/* Context of a parse. */
typedef struct fm_directive_ctx {
  fm_arena *arena;
  fm_problems *problems;
  fm_str file;   /* for problems */
  fm_str folder; /* absolute, base of relative paths; empty: paths stay as written */
} fm_directive_ctx;

/* Fills `into` (zeroed by the caller) with every default, then with the values of the map.
 * `map` may be NULL or FM_YAML_NULL: defaults only. FM_E_CONFIG if there was any problem;
 * `into` is complete nevertheless. */
int fm_directive_parse(const fm_directive_ctx *ctx, const fm_directive *rows, const fm_yaml *map,
                      void *into);

/* Appends all values as YAML in block style that parses back to the same values. Values that
 * were not given and have no default are omitted. */
int fm_directive_print(const fm_directive *rows, const void *from, fm_buf *out);

/* Sets the reason for an unknown key and suggests the most similar key of the rows or of
 * `more` (may be NULL). */
void fm_directive_unknown(const fm_directive *rows, const fm_strs *more, fm_str key, fm_why *why);

/* Finds the row of a dotted key ("server.listen") in nested sections, or NULL. */
const fm_directive *fm_directive_find(const fm_directive *rows, const char *key);

#endif
