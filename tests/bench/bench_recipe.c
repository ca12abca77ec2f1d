/* CPU for pages read by recipes, to finished Atom, beside a bare htmlReadMemory of the same
 * bytes, in alternation, so that both see the same machine; and for loading recipes.
 *
 *   bench_recipe [-n ROUNDS] FOLDER NAME...    pages NAME.html, recipes NAME.yaml
 *   bench_recipe [-n ROUNDS] -l COUNT RECIPE...   so many, of these in turn
 *
 * Each line: the page, its bytes, entries, the least of each in milliseconds, and the ratio.
 * CLOCK_PROCESS_CPUTIME_ID: what others do does not count. */
#include "base/mem.h"
#include "base/str.h"
#include "feed/doc.h"
#include "feed/filter.h"
#include "feed/format.h"
#include "source/registry.h"

#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 25 };

static double cpu_ms(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void stop(const char *what, const char *why)
{
  fprintf(stderr, "bench_recipe: %s: %s\n", what, why);
  exit(1);
}

static fm_str read_all(const char *path)
{
  FILE *file = fopen(path, "rb");
  if (!file)
    stop(path, "cannot be read");
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  char *bytes = fm_alloc((size_t)size + 1);
  size_t len = fread(bytes, 1, (size_t)size, file);
  fclose(file);
  return (fm_str){bytes, len};
}

static fm_recipe *load(const char *path)
{
  fm_problems problems = {0};
  fm_recipe *recipe = fm_recipe_load(path, &problems);
  fm_problems_print(&problems, stderr);
  fm_problems_deinit(&problems);
  if (!recipe)
    stop(path, "no recipe");
  return recipe;
}

static void write_atom(const fm_doc *doc)
{
  fm_arena arena = {0};
  fm_view all = {0};
  fm_feed shown;
  fm_view_apply(&all, &doc->feed, &arena, &shown);
  fm_place place = {.self = FM_STR("http://127.0.0.1:8080/feeds/x.atom")};
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  fm_atom_write(&shown, &place, &out);
  fm_buf_deinit(&out);
  fm_arena_deinit(&arena);
}

static double time_recipe(const fm_recipe *recipe, fm_str body, size_t *entries)
{
  fm_page page = {.size = sizeof page, .body = body, .url = fm_recipe_base(recipe),
                  .key = fm_recipe_base(recipe), .now = 1785844800};
  fm_doc *doc = NULL;
  fm_why why = {""};
  double start = cpu_ms();
  if (fm_source_extract(fm_recipe_source(recipe), &page, &doc, NULL, &why))
    stop(fm_recipe_file(recipe), why.text);
  write_atom(doc);
  double took = cpu_ms() - start;
  *entries = doc->feed.nentries;
  fm_doc_unref(doc);
  free(fm_alloc(1 << 20));
  return took;
}

static double time_tree(fm_str body)
{
  int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
  double start = cpu_ms();
  htmlDocPtr doc = htmlReadMemory(body.ptr, (int)body.len, NULL, "UTF-8", options);
  double took = cpu_ms() - start;
  xmlFreeDoc(doc);
  free(fm_alloc(1 << 20)); /* malloc merges what was freed now, and not in another's time */
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
    double a = time_tree(body), b = time_recipe(recipe, body, &entries);
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
