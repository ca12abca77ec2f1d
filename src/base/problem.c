/* Collects, merges, sorts and prints the problems found in a configuration file. */
#include "base/problem.h"

#include "base/str.h"

#include <stdarg.h>

enum { REASON_MAX = 1024 };

void fm_problems_deinit(fm_problems *problems)
{
  fm_arena_deinit(&problems->arena);
  *problems = (fm_problems){0};
}

/* `at` is the position after the file name: ":12" or ":12:5". */
static void add(fm_problems *problems, unsigned line, fm_str file, const char *at, fm_str key,
                const char *reason)
{
  fm_str text = fm_arena_printf(&problems->arena, "%.*s%s%s%.*s%s%s", FM_FMT(file), at,
                                file.len || line ? ": " : "", FM_FMT(key), key.len ? ": " : "",
                                reason);
  size_t head = text.len - strlen(reason);
  key = (fm_str){text.ptr + head - (key.len ? key.len + 2 : 0), key.len};
  for (char *p = (char *)text.ptr; *p; p++)
    if ((unsigned char)*p < 0x20 || *p == 0x7f)
      *p = ' ';
  fm_problem *added = FM_PUSH(&problems->arena, problems->items, problems->count, problems->cap);
  *added = (fm_problem){.text = text, .key = key, .head = head, .line = line};
}

static bool is_full(fm_problems *problems)
{
  bool full = problems->count == FM_PROBLEMS_MAX;
  problems->dropped += full;
  return full;
}

void fm_problem_add(fm_problems *problems, fm_str file, unsigned line, fm_str key,
                    const char *format, ...)
{
  char reason[REASON_MAX], at[16] = "";
  va_list args;
  if (is_full(problems))
    return;
  va_start(args, format);
  vsnprintf(reason, sizeof reason, format, args);
  va_end(args);
  if (line)
    snprintf(at, sizeof at, file.len ? ":%u" : "line %u", line);
  add(problems, line, file, at, key, reason);
}

void fm_problem_add_at(fm_problems *problems, fm_str file, unsigned line, unsigned column,
                       const char *format, ...)
{
  char reason[REASON_MAX], at[32];
  va_list args;
  if (is_full(problems))
    return;
  va_start(args, format);
  vsnprintf(reason, sizeof reason, format, args);
  va_end(args);
  snprintf(at, sizeof at, ":%u:%u", line, column);
  add(problems, line, file, at, (fm_str){NULL, 0}, reason);
}

/* True if `key` is an item ("list[2]") of `list`. */
static bool is_item(fm_str key, fm_str list)
{
  return list.len && fm_str_starts(key, list) && key.len > list.len && key.ptr[list.len] == '[' &&
         strcspn(key.ptr + list.len, "]") == key.len - list.len - 1;
}

static bool is_said(const fm_problem *all, size_t count, const fm_problem *one)
{
  for (size_t i = 0; i < count; i++)
    if (fm_str_eq((fm_str){all[i].text.ptr, all[i].head}, (fm_str){one->text.ptr, one->head}) ||
        is_item(all[i].key, one->key))
      return true;
  return false;
}

void fm_problems_join(fm_problems *problems, const fm_problems *more)
{
  size_t before = problems->count;
  for (size_t i = 0; i < more->count; i++) {
    const fm_problem *one = &more->items[i];
    if (is_said(problems->items, before, one) || is_full(problems))
      continue;
    fm_problem *added = FM_PUSH(&problems->arena, problems->items, problems->count, problems->cap);
    *added = *one;
    added->text = fm_arena_str(&problems->arena, one->text);
    added->key.ptr = added->text.ptr + (one->key.ptr - one->text.ptr);
  }
  problems->dropped += more->dropped;
}

/* Insertion sort: it is stable, the input is nearly sorted and has at most FM_PROBLEMS_MAX
 * items. */
void fm_problems_sort(fm_problems *problems, size_t first)
{
  for (size_t i = first + 1; i < problems->count; i++) {
    fm_problem moved = problems->items[i];
    size_t at = i;
    for (; at > first && problems->items[at - 1].line > moved.line; at--)
      problems->items[at] = problems->items[at - 1];
    problems->items[at] = moved;
  }
}

void fm_problems_print(const fm_problems *problems, FILE *out)
{
  for (size_t i = 0; i < problems->count; i++)
    fprintf(out, "%.*s\n", FM_FMT(problems->items[i].text));
  if (problems->dropped)
    fprintf(out, "... and %zu more\n", problems->dropped);
}
