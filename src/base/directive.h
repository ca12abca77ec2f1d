/* Directives: a configuration read through one table.
 *
 * A row says what a key is called, what it holds, where the value lands in a
 * plain C struct, what it is when not given and what is allowed. The table
 * drives reading, defaults, problems and printing; it knows nothing of what
 * the keys mean. Used for the settings and for recipes.
 *
 * Values and problems: strings are copied to the arena and have a NUL after
 * them. All that is wrong is reported, each as `file:line: key: reason` with
 * the full dotted key ("feeds[1].every"); a value that is wrong leaves the
 * default. */
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

typedef struct fm_params { /* names and values as written */
  const fm_param *items;
  size_t count;
} fm_params;

enum fm_directive_type {
  FM_T_END,      /* the row after the last */
  FM_T_STRING,   /* fm_str; min, max: bytes */
  FM_T_PATH,     /* fm_str: made absolute from the folder of the file; empty stays empty */
  FM_T_URL,      /* fm_str: absolute http or https */
  FM_T_BOOL,     /* bool: true, false, on, off, yes, no */
  FM_T_INTEGER,  /* a whole number; width 4 or 8 */
  FM_T_SIZE,     /* bytes, with K, M, G: times 1024; width 4 or 8 */
  FM_T_DURATION, /* seconds, from s, m, h, d; width 4 or 8; no unit is an error, but for 0 */
  FM_T_NUMBER,   /* double, written with at most 6 decimals */
  FM_T_CHOICE,   /* unsigned: the index in `choices` */
  FM_T_STRINGS,  /* fm_strs: a list of strings; min, max: how many */
  FM_T_PATHS,    /* fm_strs: a list of paths, as FM_T_PATH */
  FM_T_WORDS,    /* fm_str: a string, or a list of them joined with commas */
  FM_T_MAP,      /* fm_params: any keys, each with a string */
  FM_T_FAMILY,   /* fm_params: the row's name ends in '*' ("min_*"); every key that starts as
                    it does and goes on with words of a-z and _, each with a number as
                    FM_T_NUMBER takes it, kept as it is written; min, max: of the number */
  FM_T_OTHERS,   /* fm_params: every key that no other row has, if it is of a-z, 0-9, _ and -,
                    a letter first, at most 32, each with a text; who reads it says which
                    are known */
  FM_T_SECTION,  /* keys of their own in `rows`; offsets go on counting in the same struct */
  FM_T_SECTIONS, /* a list of sections: pointer to an array of structs of `width` bytes, and
                    their number (size_t) at `count_offset` */
  FM_T_NODE,     /* const fm_yaml *: whatever stands there, for the caller to read */
  FM_T_LINE      /* unsigned: the line of the section that the row is in; no key */
};

enum {
  FM_DIRECTIVES_MAX = 64,
  FM_TEXT_MAX = 4096, /* bytes of a string, where max is 0 */
  FM_OTHER_MAX = 32   /* bytes of a key of FM_T_OTHERS */
};

enum fm_directive_flag {
  FM_D_REQUIRED = 1,    /* must be given */
  FM_D_MILLI = 2,       /* a duration that is stored in milliseconds */
  FM_D_PATTERN = 4,     /* paths are glob(3) patterns: the folder's name is escaped */
  FM_D_SECRET = 8,      /* never quoted in a problem; printed under a warning */
  FM_D_ARGUMENTS = 32,  /* texts that a program is given as they stand: but the first, they
                           may be empty and have line breaks */
  FM_D_ALTERNATIVE = 16 /* another shape of the row before: taken when the node is of that
                           kind; gives no defaults, is not printed */
};

typedef struct fm_directive {
  const char *name; /* "every"; at most FM_DIRECTIVES_MAX rows in one section */
  enum fm_directive_type type;
  unsigned flags;
  size_t offset, width; /* FM_AT */
  size_t count_offset;
  const char *preset; /* the default as one would write it, through the same checks; NULL:
                         none: numbers are FM_ABSENT, choices 0, text and lists empty */
  int64_t min, max;   /* bytes, seconds, length or count by type; max 0: no bound */
  const char *const *choices;      /* NULL after the last */
  const struct fm_directive *rows; /* of sections */
  /* More to check, after the type; for each string of a list. FM_OK or an
   * error with the reason, which should quote the value if that helps. */
  int (*check)(fm_str value, fm_why *why);
  const char *help; /* one line */
} fm_directive;

#define FM_AT(type, member) \
  .offset = offsetof(type, member), .width = sizeof(((type *)0)->member)

/* What a number is when it was not given and has no default: -1 in its width. */
#define FM_ABSENT ((int64_t)-1)

/* Where a reading takes its context from. */
typedef struct fm_directive_ctx {
  fm_arena *arena;
  fm_problems *problems;
  fm_str file;   /* for problems */
  fm_str folder; /* absolute, for paths; empty: paths stay as they are */
} fm_directive_ctx;

/* Fills `into` (zeroed by the caller) with every default, then with what the
 * map gives. `map` may be NULL or FM_YAML_NOTHING: defaults only. FM_E_CONFIG
 * if anything was wrong; `into` is complete nevertheless. */
int fm_directive_read(const fm_directive_ctx *ctx, const fm_directive *rows, const fm_yaml *map,
                      void *into);

/* Everything as YAML in block style that reads back to the same values. What
 * was not given and has no default is left out. */
int fm_directive_print(const fm_directive *rows, const void *from, fm_buf *out);

/* The reason why a key is none of the section's, with the nearest one that is: of the
 * rows or of `more` (may be NULL). */
void fm_directive_unknown(const fm_directive *rows, const fm_strs *more, fm_str key, fm_why *why);

/* The row of a dotted key ("server.listen"), whatever sections it is in; NULL. */
const fm_directive *fm_directive_find(const fm_directive *rows, const char *key);

#endif
