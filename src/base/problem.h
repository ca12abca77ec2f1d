/* Problems: all that is wrong with a file of the user's, not the first only.
 *
 * Each is one line, `file:line: key: reason`. The collection owns the text.
 * Zero-initialised is empty and ready. At most FM_PROBLEMS_MAX are kept, the
 * others are counted. */
#ifndef FM_BASE_PROBLEM_H
#define FM_BASE_PROBLEM_H

#include "base/mem.h"
#include <stdio.h>

enum { FM_PROBLEMS_MAX = 200 };

typedef struct fm_problem {
  fm_str text; /* UTF-8, no line break, NUL after it */
  fm_str key;  /* in it; may be empty */
  size_t head; /* bytes of it before the reason: file, line and key */
  unsigned line;
} fm_problem;

typedef struct fm_problems {
  fm_arena arena;
  fm_problem *items;
  size_t count, cap;
  size_t dropped; /* over FM_PROBLEMS_MAX */
} fm_problems;

void fm_problems_deinit(fm_problems *problems);

/* Adds one. Line 0, an empty file and an empty key are left out of the text;
 * control characters in it become spaces. */
void fm_problem_add(fm_problems *problems, fm_str file, unsigned line, fm_str key,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds one that is at a column, `file:line:column: reason`. */
void fm_problem_add_at(fm_problems *problems, fm_str file, unsigned line, unsigned column,
                       const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds what `more` says of places, and of lists of whose items, nothing was said before: a value
 * that could not be read is not missing too. */
void fm_problems_join(fm_problems *problems, const fm_problems *more);

/* By line those from `first` on, in the order of adding where lines are equal. */
void fm_problems_sort(fm_problems *problems, size_t first);

/* One a line; at the end how many were dropped, if any were. */
void fm_problems_print(const fm_problems *problems, FILE *out);

#endif
