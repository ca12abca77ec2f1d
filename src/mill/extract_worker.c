/* The extraction worker's process: limits itself, then extracts what it is sent. */
#include "mill/extract_worker.h"

#include "base/str.h"
#include "mill/extract_wire.h"

#include <libxml/xmlmemory.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECIPES = 64, RESULT_MIN = 1 << 20, TRIM_ABOVE = 8 << 20 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 }; /* shadow memory takes terabytes of addresses */
#else
enum { SANITIZED = 0 };
#endif

/* A memory file of the program's, mapped. */
struct shared {
  int fd;
  char *ptr;
  size_t size;
};

struct worker {
  fm_registry *registry;            /* built-in sources, and plugins as they are needed */
  fm_recipe *recipes[RECIPES];      /* the most recently compiled */
  unsigned nrecipes;                /* compiled so far */
  struct shared requests, results;
  fm_buf encoded; /* the latest result */
};

/* ---- limits ---- */

static void end_without_memory(void) { _exit(FM_WORKER_NO_MEMORY); }

static void *checked(void *got, size_t bytes)
{
  if (!got && bytes)
    end_without_memory();
  return got;
}

/* libxml2 goes on after a failed allocation and yields part of a page. */
static void *xml_malloc(size_t bytes) { return checked(malloc(bytes), bytes); }
static void *xml_realloc(void *old, size_t bytes) { return checked(realloc(old, bytes), bytes); }
static char *xml_strdup(const char *text) { return checked(strdup(text), 1); }

/* Libraries take address space too, so the limit is above what is mapped at the start. */
static void limit_memory(uint64_t bytes)
{
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%lu", &pages) != 1)
    pages = 0;
  if (file)
    fclose(file);
  rlim_t most = pages * (rlim_t)sysconf(_SC_PAGESIZE) + bytes;
  if (!SANITIZED)
    setrlimit(RLIMIT_AS, &(struct rlimit){most, most});
}

/* The kernel's limit has whole seconds and counts the process, so it is set anew for each
 * extraction and is one second above the program's watchdog, which is exact. */
static void limit_cpu(uint64_t limit_ms)
{
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  rlim_t soft = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + limit_ms / 1000 + 3;
  setrlimit(RLIMIT_CPU, &(struct rlimit){soft, RLIM_INFINITY});
}

/* ---- shared memory ---- */

static int remap(struct shared *shared, size_t size, int protection)
{
  if (size <= shared->size)
    return FM_OK;
  if (shared->ptr)
    munmap(shared->ptr, shared->size);
  shared->ptr = mmap(NULL, size, protection, MAP_SHARED, shared->fd, 0);
  if (shared->ptr == MAP_FAILED)
    end_without_memory();
  shared->size = size;
  return FM_OK;
}

/* ---- sources ---- */

static const fm_source *recipe_source(struct worker *w, const fm_source_ref_wire *ref)
{
  for (unsigned i = 0; i < RECIPES; i++)
    if (w->recipes[i] && fm_str_eq(fm_recipe_text(w->recipes[i]), ref->text))
      return fm_recipe_source(w->recipes[i]);
  fm_problems problems = {0};
  fm_recipe *recipe = fm_recipe_parse(ref->text, ref->file, &problems);
  fm_problems_deinit(&problems);
  if (!recipe)
    return NULL;
  fm_recipe **slot = &w->recipes[w->nrecipes++ % RECIPES];
  fm_recipe_unref(*slot);
  *slot = recipe;
  return fm_recipe_source(recipe);
}

static const fm_source *source_of(struct worker *w, const fm_source_ref_wire *ref, fm_why *why)
{
  if (ref->origin == FM_SOURCE_RECIPE)
    return recipe_source(w, ref);
  const fm_source *source = fm_registry_find(w->registry, ref->name);
  if (source || ref->origin != FM_SOURCE_PLUGIN)
    return source;
  fm_arena arena = {0};
  fm_registry_load(w->registry, fm_arena_str(&arena, ref->text).ptr, why);
  fm_arena_deinit(&arena);
  return fm_registry_find(w->registry, ref->name);
}

/* ---- extraction ---- */

static void extract(struct worker *w, fm_wire_request *request, fm_extract_result *result)
{
  fm_why why = {"the worker does not know the source"};
  request->request.source = source_of(w, &request->source, &why);
  if (request->request.source) {
    limit_cpu(request->limit_ms);
    fm_extract_now(&request->request, result);
    return;
  }
  *result = (fm_extract_result){.previous_day = FM_NO_TIME};
  result->error = fm_fail(&result->why, FM_E_CONFIG, "source %.*s: %s", FM_FMT(request->source.name),
                          why.text);
}

static bool answer(struct worker *w, const fm_extract_result *result, size_t *at)
{
  fm_buf *out = &w->encoded;
  fm_worker_done done = {.size = w->results.size};
  fm_buf_clear(out);
  if (fm_wire_put_result(out, result))
    end_without_memory();
  if (*at + out->len > w->results.size) {
    size_t size = w->results.size ? w->results.size : RESULT_MIN;
    while (size < *at + out->len)
      size *= 2;
    if (ftruncate(w->results.fd, (off_t)size))
      end_without_memory();
    remap(&w->results, size, PROT_READ | PROT_WRITE);
    done.size = size;
  }
  memcpy(w->results.ptr + *at, out->ptr, out->len);
  done.result = (fm_worker_span){*at, out->len};
  *at += out->len;
  if (out->len > TRIM_ABOVE) {
    fm_buf_deinit(out);
    fm_buf_init(out, FM_BUF_MAX);
    malloc_trim(0);
  }
  return send(FM_WORKER_SOCKET, &done, sizeof done, MSG_NOSIGNAL) == sizeof done;
}

static bool is_within(fm_worker_span span, size_t size)
{
  return span.at <= size && span.len <= size - span.at;
}

static int work_off(struct worker *w, const fm_worker_batch *batch)
{
  size_t at = 0;
  if (batch->count > FM_WORKER_BATCH)
    return FM_WORKER_PROTOCOL;
  remap(&w->requests, (size_t)batch->size, PROT_READ);
  for (uint64_t i = 0; i < batch->count; i++) {
    fm_arena arena = {0};
    fm_wire_request request;
    fm_extract_result result;
    fm_worker_span span = batch->requests[i];
    if (!is_within(span, w->requests.size) ||
        fm_wire_get_request((fm_str){w->requests.ptr + span.at, (size_t)span.len}, &arena, &request))
      return FM_WORKER_PROTOCOL;
    extract(w, &request, &result);
    bool sent = answer(w, &result, &at);
    fm_doc_unref(result.value.doc);
    fm_arena_deinit(&arena);
    if (!sent)
      return 0;
  }
  return 0;
}

static void deinit(struct worker *w)
{
  for (unsigned i = 0; i < RECIPES; i++)
    fm_recipe_unref(w->recipes[i]);
  fm_registry_unref(w->registry);
  fm_buf_deinit(&w->encoded);
}

int fm_extract_worker_main(int argc, char **argv)
{
  struct worker w = {.requests.fd = FM_WORKER_REQUESTS, .results.fd = FM_WORKER_RESULTS};
  fm_worker_batch batch;
  int status = 0;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGINT, SIG_IGN); /* Control-C goes to the whole group; the program ends its workers */
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  fm_mem_on_exhausted(end_without_memory);
  xmlMemSetup(free, xml_malloc, xml_realloc, xml_strdup);
  w.registry = fm_registry_new();
  fm_buf_init(&w.encoded, FM_BUF_MAX);
  if (argc > 2)
    limit_memory(strtoull(argv[2], NULL, 10));
  while (!status && recv(FM_WORKER_SOCKET, &batch, sizeof batch, 0) == sizeof batch)
    status = work_off(&w, &batch);
  deinit(&w);
  return status;
}
