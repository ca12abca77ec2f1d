/* Problems: everything that is wrong with a configuration file, not only the first error.
 *
 * Each is one line, `file:line: key: reason`. The collection owns the text. Zero-initialised
 * is an empty collection. At most FM_PROBLEMS_MAX are kept; further ones are counted. */
#ifndef FM_BASE_PROBLEM_H
#define FM_BASE_PROBLEM_H

#include "base/mem.h"
#include <stdio.h>

enum { FM_PROBLEMS_MAX = 200 };

typedef struct fm_problem {
  fm_str text; /* UTF-8, no line break, NUL after it */
  fm_str key;  /* part of `text`; may be empty */
  size_t head; /* length of file, line and key at the start of `text` */
  unsigned line;
} fm_problem;

typedef struct fm_problems {
  fm_arena arena;
  fm_problem *items;
  size_t count, cap;
  size_t dropped; /* over FM_PROBLEMS_MAX */
} fm_problems;

void fm_problems_deinit(fm_problems *problems);

/* Adds a problem. Line 0, an empty file and an empty key are omitted from the text. Control
 * characters become spaces. */
void fm_problem_add(fm_problems *problems, fm_str file, unsigned line, fm_str key,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds a problem with a column, `file:line:column: reason`. */
void fm_problem_add_at(fm_problems *problems, fm_str file, unsigned line, unsigned column,
                       const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds the problems of `more` at positions for which no problem was reported before, so that
 * an unreadable value is not reported as missing too. A problem of a list item also covers
 * its list. */
void fm_problems_join(fm_problems *problems, const fm_problems *more);

/* Sorts the problems from index `first` on by line; stable. */
void fm_problems_sort(fm_problems *problems, size_t first);

/* Prints one problem a line, and the number of dropped ones at the end. */
void fm_problems_print(const fm_problems *problems, FILE *out);

#endif
