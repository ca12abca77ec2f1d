/* What the border to an extraction worker costs: one page after the other through a worker
 * process, beside the same extraction in this process.
 *
 *   bench_worker [-n ROUNDS] PAGE...
 *
 * Each line: the page, its bytes, the median of each in milliseconds of wall clock, and the
 * difference. */
#include "bench_kit.h"
#include "mill/extract_worker.h"
#include "mill/worker_extractor.h"

#include <string.h>
#include <unistd.h>

enum { ROUNDS = 101, ROUNDS_MAX = 1001 };

static double wall_ms(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static fm_extract_request request_of(fm_str body)
{
  return (fm_extract_request){.source = &fm_daily_papers,
                              .page = {.size = sizeof(fm_page), .body = body,
                                       .url = FM_STR("https://huggingface.co/papers")}};
}

static double time_here(fm_str body)
{
  fm_extract_request request = request_of(body);
  fm_extract_result result;
  double start = wall_ms();
  fm_extract_now(&request, &result);
  double took = wall_ms() - start;
  if (result.error)
    give_up("daily-papers", result.why.text);
  fm_doc_unref(result.value.doc);
  return took;
}

static void on_extracted(void *ctx, fm_extract_result *result)
{
  if (result->error)
    give_up("worker", result->why.text);
  *(bool *)ctx = true;
}

static double time_worker(uv_loop_t *loop, fm_extractor *extractor, fm_str body)
{
  bool done = false;
  fm_extract_request request = request_of((fm_str){fm_dup(body.ptr, body.len), body.len});
  double start = wall_ms();
  fm_extract_start(extractor, &request, on_extracted, &done);
  while (!done)
    uv_run(loop, UV_RUN_ONCE);
  return wall_ms() - start;
}

static void bench(uv_loop_t *loop, fm_extractor *extractor, const char *path, int rounds)
{
  static double here[ROUNDS_MAX], there[ROUNDS_MAX];
  fm_str page = read_all(path);
  time_worker(loop, extractor, page); /* starts it */
  for (int i = 0; i < rounds; i++) {
    here[i] = time_here(page);
    there[i] = time_worker(loop, extractor, page);
  }
  double a = median(here, rounds), b = median(there, rounds);
  printf("%-44s %9zu %11.3f %11.3f %11.3f\n", path, page.len, a, b, b - a);
  free((char *)page.ptr);
}

int main(int argc, char **argv)
{
  int rounds = ROUNDS, option;
  if (argc > 1 && strcmp(argv[1], FM_WORKER_COMMAND) == 0)
    return fm_extract_worker_main(argc, argv);
  while ((option = getopt(argc, argv, "n:")) == 'n') {
    rounds = atoi(optarg);
    if (rounds < 1 || rounds > ROUNDS_MAX)
      option = '?';
  }
  if (option != -1 || optind == argc) {
    fprintf(stderr, "usage: bench_worker [-n ROUNDS] PAGE...\n");
    return 2;
  }
  uv_loop_t loop;
  uv_loop_init(&loop);
  fm_worker_spec spec = {.loop = &loop,
                         .limits = {.cpu_ms = 60000, .memory = (uint64_t)512 << 20}};
  fm_extractor *extractor = fm_worker_extractor_new(&spec);
  printf("%-44s %9s %11s %11s %11s\n", "page", "bytes", "here ms", "worker ms", "border ms");
  for (; optind < argc; optind++)
    bench(&loop, extractor, argv[optind], rounds);
  fm_extractor_close(extractor, NULL, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  return 0;
}
