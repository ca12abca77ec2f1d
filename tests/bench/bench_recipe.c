/* CPU for pages read by recipes, to finished Atom, beside a bare htmlReadMemory of the same
 * bytes, in alternation, so that both see the same machine; and for loading recipes.
 *
 *   bench_recipe [-n ROUNDS] FOLDER NAME...    pages NAME.html, recipes NAME.yaml
 *   bench_recipe [-n ROUNDS] -l COUNT RECIPE...   so many, of these in turn
 *
 * Each line: the page, its bytes, entries, the least of each in milliseconds, and the ratio.
 * CLOCK_PROCESS_CPUTIME_ID: what others do does not count. */
#include "bench_kit.h"
#include "source/registry.h"

#include <unistd.h>

enum { ROUNDS = 25 };

static fm_recipe *load(const char *path)
{
  fm_problems problems = {0};
  fm_recipe *recipe = fm_recipe_load(path, &problems);
  fm_problems_print(&problems, stderr);
  fm_problems_deinit(&problems);
  if (!recipe)
    give_up(path, "no recipe");
  return recipe;
}

static double time_recipe(const fm_recipe *recipe, fm_str body, size_t *entries)
{
  fm_page page = {.size = sizeof page, .body = body, .url = fm_recipe_base(recipe),
                  .key = fm_recipe_base(recipe), .now = 1785844800};
  fm_doc *doc = NULL;
  fm_why why = {""};
  double start = cpu_ms();
  if (fm_source_extract(fm_recipe_source(recipe), &page, &doc, NULL, &why))
    give_up(fm_recipe_file(recipe), why.text);
  write_atom(doc);
  double took = cpu_ms() - start;
  *entries = doc->feed.nentries;
  fm_doc_unref(doc);
  settle();
  return took;
}

static void bench_page(const char *folder, const char *name, int rounds)
{
  char path[1000];
  size_t entries = 0;
  double least = 1e9, tree = 1e9;
  snprintf(path, sizeof path, "%s/%s.yaml", folder, name);
  fm_recipe *recipe = load(path);
  snprintf(path, sizeof path, "%s/%s.html", folder, name);
  fm_str body = read_all(path);
  for (int i = 0; i < rounds; i++) {
    double a = time_html(body), b = time_recipe(recipe, body, &entries);
    tree = a < tree ? a : tree;
    least = b < least ? b : least;
  }
  printf("%-12s %9zu %7zu %11.3f %15.3f %7.3f\n", name, body.len, entries, least, tree, least / tree);
  free((char *)body.ptr);
  fm_recipe_unref(recipe);
}

static void bench_load(char **paths, int npaths, int count, int rounds)
{
  fm_recipe **recipes = fm_alloc((size_t)count * sizeof *recipes);
  double least = 1e9;
  for (int i = 0; i < rounds; i++) {
    double start = cpu_ms();
    for (int k = 0; k < count; k++)
      recipes[k] = load(paths[k % npaths]);
    double took = cpu_ms() - start;
    for (int k = 0; k < count; k++)
      fm_recipe_unref(recipes[k]);
    least = took < least ? took : least;
  }
  printf("%d recipes of %d kinds: %.1f ms\n", count, npaths, least);
  free(recipes);
}

int main(int argc, char **argv)
{
  int rounds = ROUNDS, count = 0, option;
  while ((option = getopt(argc, argv, "n:l:")) > 0)
    *(option == 'n' ? &rounds : &count) = atoi(optarg);
  if (rounds < 1 || count < 0 || argc - optind < 2 - (count > 0)) {
    fprintf(stderr, "usage: bench_recipe [-n ROUNDS] FOLDER NAME... | -l COUNT RECIPE...\n");
    return 2;
  }
  xmlInitParser();
  if (count) {
    bench_load(argv + optind, argc - optind, count, rounds);
    return 0;
  }
  printf("%-12s %9s %7s %11s %15s %7s\n", "page", "bytes", "entries", "to Atom ms", "htmlReadMem. ms", "ratio");
  for (int i = optind + 1; i < argc; i++)
    bench_page(argv[optind], argv[i], rounds);
  xmlCleanupParser();
  return 0;
}
