/* What the benches of pages and feeds share: the clock, files, finished Atom, libxml2's
 * own parse of a page. */
#ifndef TESTS_BENCH_BENCH_KIT_H
#define TESTS_BENCH_BENCH_KIT_H

#include "base/mem.h"
#include "base/str.h"
#include "feed/doc.h"
#include "feed/filter.h"
#include "feed/format.h"

#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* CLOCK_PROCESS_CPUTIME_ID: what others do does not count. */
static inline double cpu_ms(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static inline int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static inline double median(double *values, int count)
{
  qsort(values, (size_t)count, sizeof *values, by_value);
  return values[count / 2];
}

/* Ends the program with a line. */
static inline void give_up(const char *what, const char *why)
{
  fprintf(stderr, "bench: %s: %s\n", what, why);
  exit(1);
}

static inline fm_str read_all(const char *path)
{
  FILE *file = fopen(path, "rb");
  if (!file)
    give_up(path, "cannot be read");
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  char *bytes = fm_alloc((size_t)size + 1);
  size_t len = fread(bytes, 1, (size_t)size, file);
  fclose(file);
  return (fm_str){bytes, len};
}

static inline void write_atom(const fm_doc *doc)
{
  fm_arena arena = {0};
  fm_view all = {0};
  fm_feed shown;
  fm_view_apply(&all, &doc->feed, &arena, &shown);
  fm_publication place = {.self = FM_STR("http://127.0.0.1:8080/papers.atom")};
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  fm_atom_write(&shown, &place, &out);
  fm_buf_deinit(&out);
  fm_arena_deinit(&arena);
}

/* malloc merges what was freed now, and not in the time of what is measured next. */
static inline void settle(void) { free(fm_alloc(1 << 20)); }

static inline double time_html(fm_str body)
{
  int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
  double start = cpu_ms();
  htmlDocPtr doc = htmlReadMemory(body.ptr, (int)body.len, NULL, "UTF-8", options);
  double took = cpu_ms() - start;
  xmlFreeDoc(doc);
  settle();
  return took;
}

#endif
