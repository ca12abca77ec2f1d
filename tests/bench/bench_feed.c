/* CPU for one feed in: from its bytes to finished Atom, beside a bare xmlReadMemory of the same
 * bytes (for JSON: json-c's own tree), in alternation, so that both see the same machine.
 *
 *   bench_feed [-n ROUNDS] FEED...
 *
 * Each line: the feed, its bytes, entries, the median of each in milliseconds, and the ratio.
 * CLOCK_PROCESS_CPUTIME_ID: what others do does not count. */
#include "bench_kit.h"
#include "source/registry.h"

#include <json-c/json.h>
#include <libxml/parser.h>
#include <malloc.h>
#include <unistd.h>

enum { ROUNDS = 41, ROUNDS_MAX = 1001 };

static double time_convert(fm_str body, size_t *entries)
{
  fm_page page = {.size = sizeof page, .body = body, .url = FM_STR("https://feed.test/feed.xml")};
  fm_doc *doc = NULL;
  fm_why why = {""};
  settle();
  double start = cpu_ms();
  if (fm_source_extract(&fm_feed_source, &page, &doc, NULL, &why) != FM_OK) {
    fprintf(stderr, "bench_feed: %s\n", why.text);
    exit(1);
  }
  fm_buf out;
  fm_publication place = {.self = FM_STR("https://mill.test/feeds/in.atom")};
  fm_buf_init(&out, FM_BUF_MAX);
  if (fm_atom_write(&doc->feed, &place, &out) != FM_OK)
    exit(1);
  double took = cpu_ms() - start;
  fm_buf_deinit(&out);
  *entries = doc->feed.nentries;
  fm_doc_unref(doc);
  return took;
}

static double time_tree(fm_str body)
{
  settle();
  double start = cpu_ms(), took;
  if (*body.ptr == '{') {
    json_tokener *tokener = json_tokener_new();
    json_object *root = json_tokener_parse_ex(tokener, body.ptr, (int)body.len);
    took = cpu_ms() - start;
    json_object_put(root);
    json_tokener_free(tokener);
    return took;
  }
  int options = XML_PARSE_RECOVER | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET;
  xmlDocPtr doc = xmlReadMemory(body.ptr, (int)body.len, NULL, NULL, options);
  took = cpu_ms() - start;
  xmlFreeDoc(doc);
  return took;
}

static void bench(const char *path, int rounds)
{
  static double convert[ROUNDS_MAX], tree[ROUNDS_MAX];
  fm_str body = read_all(path);
  size_t entries = 0;
  for (int i = 0; i < rounds; i++) {
    tree[i] = time_tree(body);
    convert[i] = time_convert(body, &entries);
  }
  double a = median(convert, rounds), b = median(tree, rounds);
  const char *name = strrchr(path, '/');
  printf("%-30s %9zu %7zu %11.3f %11.3f %7.3f\n", name ? name + 1 : path, body.len, entries, a, b,
         a / b);
  free((char *)body.ptr);
}

int main(int argc, char **argv)
{
  int rounds = ROUNDS, option;
  /* Memory is had from the system and given back as in the program's own main. */
  mallopt(M_TRIM_THRESHOLD, 256 * 1024);
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  while ((option = getopt(argc, argv, "n:")) == 'n') {
    rounds = atoi(optarg);
    if (rounds < 1 || rounds > ROUNDS_MAX)
      option = '?';
  }
  if (option != -1 || optind == argc) {
    fprintf(stderr, "usage: bench_feed [-n ROUNDS] FEED...\n");
    return 2;
  }
  printf("%-30s %9s %7s %11s %11s %7s\n", "feed", "bytes", "entries", "to Atom ms", "tree ms",
         "ratio");
  for (; optind < argc; optind++)
    bench(argv[optind], rounds);
  xmlCleanupParser();
  return 0;
}
