/* CPU for one page: extraction to entries, and on to finished Atom, beside a bare
 * htmlReadMemory of the same bytes, in alternation, so that all see the same
 * machine.
 *
 *   bench_extract [-n ROUNDS] PAGE...
 *
 * Each line: the page, its bytes, entries, the median of each in milliseconds,
 * and the ratio of page to Atom to the tree. */
#include "bench_kit.h"
#include "source/registry.h"

#include <unistd.h>

enum { ROUNDS = 41, ROUNDS_MAX = 1001 };

static double time_extract(fm_str body, size_t *entries, double *to_atom)
{
  fm_page page = {.size = sizeof page, .body = body, .url = FM_STR("https://huggingface.co/papers")};
  fm_doc *doc = NULL;
  fm_why why = {""};
  double start = cpu_ms();
  if (fm_source_extract(&fm_daily_papers, &page, &doc, NULL, &why) != FM_OK)
    give_up("daily-papers", why.text);
  double took = cpu_ms() - start;
  *entries = doc->feed.nentries;
  write_atom(doc);
  *to_atom = cpu_ms() - start;
  fm_doc_unref(doc);
  return took;
}

static void bench(const char *path, int rounds)
{
  static double extract[ROUNDS_MAX], atom[ROUNDS_MAX], tree[ROUNDS_MAX];
  size_t entries = 0;
  fm_str page = read_all(path);
  for (int i = 0; i < rounds; i++) {
    tree[i] = time_html(page);
    extract[i] = time_extract(page, &entries, &atom[i]);
  }
  double a = median(extract, rounds), b = median(atom, rounds), c = median(tree, rounds);
  printf("%-44s %9zu %7zu %11.3f %11.3f %15.3f %7.3f\n", path, page.len, entries, a, b, c, b / c);
  free((char *)page.ptr);
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
