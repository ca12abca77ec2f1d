/* CPU for one page: extraction to entries, and on to finished Atom, beside a bare
 * htmlReadMemory of the same bytes, in alternation, so that all see the same
 * machine.
 *
 *   bench_extract [-n ROUNDS] PAGE...
 *
 * Each line: the page, its bytes, entries, the median of each in milliseconds,
 * and the ratio of page to Atom to the tree. CLOCK_PROCESS_CPUTIME_ID: what others do does not count. */
#include "base/mem.h"
#include "base/str.h"
#include "feed/format.h"
#include "feed/filter.h"
#include "feed/doc.h"
#include "source/registry.h"

#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 41, ROUNDS_MAX = 1001 };

static double cpu_ms(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, int count)
{
  qsort(values, (size_t)count, sizeof *values, by_value);
  return values[count / 2];
}

static char *read_all(const char *path, size_t *len)
{
  FILE *file = fopen(path, "rb");
  if (!file)
    return NULL;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  char *bytes = fm_alloc((size_t)size + 1);
  *len = fread(bytes, 1, (size_t)size, file);
  fclose(file);
  return bytes;
}

static void write_atom(const fm_doc *doc)
{
  fm_arena arena = {0};
  fm_view all = {0};
  fm_feed shown;
  fm_view_apply(&all, &doc->feed, &arena, &shown);
  fm_place place = {.self = FM_STR("http://127.0.0.1:8080/papers.atom")};
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  fm_atom_write(&shown, &place, &out);
  fm_buf_deinit(&out);
  fm_arena_deinit(&arena);
}

static double time_extract(fm_str body, size_t *entries, double *to_atom)
{
  fm_page page = {.size = sizeof page, .body = body, .url = FM_STR("https://huggingface.co/papers")};
  fm_doc *doc = NULL;
  fm_why why = {""};
  double start = cpu_ms();
  if (fm_source_extract(&fm_daily_papers, &page, &doc, NULL, &why) != FM_OK) {
    fprintf(stderr, "bench_extract: %s\n", why.text);
    exit(1);
  }
  double took = cpu_ms() - start;
  *entries = doc->feed.nentries;
  write_atom(doc);
  *to_atom = cpu_ms() - start;
  fm_doc_unref(doc);
  return took;
}

static double time_tree(fm_str body)
{
  int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
  double start = cpu_ms();
  htmlDocPtr doc = htmlReadMemory(body.ptr, (int)body.len, NULL, "UTF-8", options);
  double took = cpu_ms() - start;
  xmlFreeDoc(doc);
  return took;
}

static void bench(const char *path, int rounds)
{
  static double extract[ROUNDS_MAX], atom[ROUNDS_MAX], tree[ROUNDS_MAX];
  size_t len, entries = 0;
  char *bytes = read_all(path, &len);
  if (!bytes) {
    fprintf(stderr, "bench_extract: cannot read %s\n", path);
    exit(1);
  }
  for (int i = 0; i < rounds; i++) {
    tree[i] = time_tree((fm_str){bytes, len});
    extract[i] = time_extract((fm_str){bytes, len}, &entries, &atom[i]);
  }
  double a = median(extract, rounds), b = median(atom, rounds), c = median(tree, rounds);
  printf("%-44s %9zu %7zu %11.3f %11.3f %15.3f %7.3f\n", path, len, entries, a, b, c, b / c);
  free(bytes);
}

int main(int argc, char **argv)
{
  int rounds = ROUNDS, option;
  while ((option = getopt(argc, argv, "n:")) == 'n') {
    rounds = atoi(optarg);
    if (rounds < 1 || rounds > ROUNDS_MAX)
      option = '?';
  }
  if (option != -1 || optind == argc) {
    fprintf(stderr, "usage: bench_extract [-n ROUNDS] PAGE...\n");
    return 2;
  }
  printf("%-44s %9s %7s %11s %11s %15s %7s\n", "page", "bytes", "entries", "extract ms", "to Atom ms",
         "htmlReadMem. ms", "ratio");
  for (; optind < argc; optind++)
    bench(argv[optind], rounds);
  xmlCleanupParser();
  return 0;
}
