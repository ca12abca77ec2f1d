/* The memory as it grows: store time for one refresh, alone and while `keep` is
 * enforced, opening, room for each entry; at 10,000, 100,000 and 1,000,000
 * entries in feeds of 1,000, so that the slope can be seen.
 *
 *   bench_store FOLDER [ENTRIES...]
 *
 * A refresh is a page of 50 entries, 3 of them new and 20 with other votes, in
 * a feed taken at random. Feeds were filled in turn, 50 entries at a time, as
 * life would: a feed's entries lie scattered over the file. In a FOLDER in
 * memory (/dev/shm) the times are the store's own; a disk adds one fsync to
 * each refresh. */
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { FEED = 1000, PAGE = 50, NEW = 3, VOTED = 20, ROUNDS = 400, T0 = 1785800000, KEEP = 90 * 86400 };

typedef struct bench {
  uv_loop_t loop;
  fm_store *store;
  char path[256];
  bool called;
  bool expired;   /* the sweep is over */
  size_t forgot;
} bench;

static uint64_t seed = 88172645463325252u;

static uint64_t dice(uint64_t sides)
{
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed % sides;
}

static double now_ms(clockid_t clock)
{
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void give_up(const char *what, const fm_why *why)
{
  fprintf(stderr, "bench_store: %s: %s\n", what, why->text);
  exit(1);
}

/* Words that nobody wrote: syllables, the short and frequent ones first, so
 * that the text is about as hard to compress as English (some 2.2 bits a letter). */
static void add_words(fm_buf *text, size_t bytes)
{
  static const char *const parts[] = {
    "a", "the", "of", "to", "in", "we", "is", "on", "for", "with", "that", "this", "model", "learn",
    "ing", "data", "er", "tion", "method", "per", "form", "re", "con", "ment", "al", "ize", "task",
    "sy", "stem", "in", "ter", "de", "ver", "lan", "guage", "ro", "bust", "ly", "com", "pute", "ne",
    "ural", "net", "work", "sem", "ant", "ic", "gen", "er", "ate", "vi", "sion", "bench", "mark"};
  size_t many = sizeof parts / sizeof *parts, end = text->len + bytes;
  while (text->len < end) {
    size_t syllables = 1 + dice(3);
    for (size_t i = 0; i < syllables; i++) {
      size_t roll = dice(many);
      fm_buf_text(text, parts[dice(3) ? roll : dice(roll + 1)]);
      if (dice(6) == 0)
        fm_buf_char(text, (char)('a' + dice(26)));
    }
    fm_buf_char(text, ' ');
  }
}

static fm_str words(fm_arena *arena, size_t bytes)
{
  fm_buf text;
  fm_buf_init(&text, 1 << 20);
  add_words(&text, bytes);
  fm_str copy = fm_arena_str(arena, fm_buf_view(&text));
  fm_buf_deinit(&text);
  return copy;
}

static void add_authors(fm_arena *arena, fm_entry *entry)
{
  entry->nauthors = 3 + dice(6);
  fm_person *authors = fm_arena_alloc(arena, entry->nauthors * sizeof *authors);
  for (size_t i = 0; i < entry->nauthors; i++)
    authors[i].name = words(arena, 12);
  entry->authors = authors;
}

static void add_links(fm_arena *arena, fm_str id, fm_entry *entry)
{
  static const struct { const char *rel, *format; } kinds[] = {
    {"alternate", "https://huggingface.co/papers/%.*s"},
    {"related", "https://arxiv.org/abs/%.*s"},
    {"enclosure", "https://arxiv.org/pdf/%.*s"}};
  fm_link *links = fm_arena_alloc(arena, 3 * sizeof *links);
  for (size_t i = 0; i < 3; i++) {
    links[i].rel = fm_str_of(kinds[i].rel);
    fm_str prefix = {kinds[i].format, strlen(kinds[i].format) - 4};
    links[i].href = fm_arena_printf(arena, "%.*s%.*s", FM_FMT(prefix), FM_FMT(id));
  }
  entry->links = links;
  entry->nlinks = 3;
}

/* One paper with an abstract of 1.3 KB, that also stands in its HTML. The same
 * number gives the same paper, but for its votes. */
static void make_paper(fm_arena *arena, uint64_t number, unsigned votes, fm_entry *entry)
{
  seed = number * 2654435761u + 88172645463325252u;
  fm_str id = fm_arena_printf(arena, "%04u.%08u", 2600 + (unsigned)(number % 12), (unsigned)number);
  fm_category *terms = fm_arena_alloc(arena, 4 * sizeof *terms);
  fm_number *numbers = fm_arena_alloc(arena, 2 * sizeof *numbers);
  *entry = (fm_entry){
    .id = fm_arena_printf(arena, "https://huggingface.co/papers/%.*s", FM_FMT(id)),
    .title = words(arena, 70), .summary = words(arena, 1300),
    .published = T0 - (int64_t)(number % 7776000), .updated = FM_NO_TIME,
    .categories = terms, .ncategories = 4, .numbers = numbers, .nnumbers = 2};
  for (size_t i = 0; i < 4; i++)
    terms[i].term = words(arena, 14);
  numbers[0] = (fm_number){FM_STR("upvotes"), votes};
  numbers[1] = (fm_number){FM_STR("comments"), votes / 4};
  add_authors(arena, entry);
  add_links(arena, id, entry);
  entry->content = fm_arena_printf(
      arena,
      "<p>%.*s</p><p><a href=\"%.*s\"><img src=\"https://cdn-thumbnails.huggingface.co/"
      "social-thumbnails/papers/%.*s.png\" alt=\"\"></a></p><p><a href=\"%.*s\">Paper page</a> "
      "\xc2\xb7 <a href=\"%.*s\">arXiv</a> \xc2\xb7 <a href=\"%.*s\">PDF</a></p>"
      "<p>%u votes \xc2\xb7 %u comments</p>",
      FM_FMT(entry->summary), FM_FMT(entry->links[0].href), FM_FMT(id),
      FM_FMT(entry->links[0].href), FM_FMT(entry->links[1].href), FM_FMT(entry->links[2].href),
      votes, votes / 4);
}

/* The page of a feed whose newest entry is number `last` of its own. */
static fm_doc *make_page(size_t feed, size_t feeds, size_t last, bool voted)
{
  fm_doc *doc = fm_doc_new();
  fm_entry *entries = fm_arena_alloc(&doc->arena, PAGE * sizeof *entries);
  doc->feed.id = FM_STR("https://huggingface.co/papers");
  doc->feed.title = FM_STR("Daily Papers");
  for (size_t i = 0; i < PAGE; i++)
    make_paper(&doc->arena, (last - i) * feeds + feed, voted && i < NEW + VOTED ? 9 : 3, &entries[i]);
  doc->feed.entries = entries;
  doc->feed.nentries = PAGE;
  return doc;
}

static void on_done(void *ctx, int error, const fm_why *why, fm_stored_feed *memory)
{
  (void)memory;
  if (error)
    give_up("a call failed", why);
  ((bench *)ctx)->called = true;
}

static fm_upstream_meta meta_at(int64_t at)
{
  return (fm_upstream_meta){.url = FM_STR("https://huggingface.co/papers"), .fetched = at,
                        .changed = FM_NO_TIME, .read = at, .next_try = FM_NO_TIME};
}

static void start_merge(bench *b, size_t feed, fm_doc *page, int64_t at)
{
  char key[64];
  fm_upstream_meta meta = meta_at(at);
  snprintf(key, sizeof key, "daily-papers /papers?q=%zu", feed);
  b->called = false;
  fm_store_merge(b->store, fm_str_of(key), &meta, page, on_done, b);
  fm_doc_unref(page);
}

static void wait_for(bench *b)
{
  while (!b->called)
    uv_run(&b->loop, UV_RUN_ONCE);
}

static void open_store(bench *b)
{
  fm_why why = {""};
  char uri[280];
  snprintf(uri, sizeof uri, "sqlite:%s", b->path);
  fm_store_spec spec = {.uri = fm_str_of(uri), .keep = KEEP};
  if (fm_store_open(&b->loop, &spec, &b->store, &why) != 0)
    give_up("cannot open", &why);
}

static void on_closed(void *ctx)
{
  ((bench *)ctx)->called = true;
}

static void close_store(bench *b)
{
  b->called = false;
  fm_store_close(b->store, on_closed, b);
  wait_for(b);
}

/* The next page is made while the store works on the one before. */
static void fill(bench *b, size_t entries)
{
  size_t feeds = entries / FEED;
  b->called = true;
  for (size_t last = PAGE; last <= FEED; last += PAGE)
    for (size_t feed = 0; feed < feeds; feed++) {
      fm_doc *page = make_page(feed, feeds, last, false);
      wait_for(b);
      start_merge(b, feed, page, T0 + (int64_t)last);
    }
  wait_for(b);
}

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* `first`: how many rounds there were before. */
static void refresh(bench *b, size_t entries, size_t first, double wall[ROUNDS], double *cpu)
{
  size_t feeds = entries / FEED;
  double used = 0;
  uint64_t picks = 1;
  for (size_t i = 0; i < ROUNDS; i++) {
    picks = picks * 6364136223846793005u + 1442695040888963407u;
    size_t feed = (picks >> 33) % feeds, round = first + i;
    fm_doc *page = make_page(feed, feeds, FEED + NEW * (1 + round / feeds), true);
    double at = now_ms(CLOCK_MONOTONIC), before = now_ms(CLOCK_PROCESS_CPUTIME_ID);
    start_merge(b, feed, page, T0 + 10000 + (int64_t)round);
    wait_for(b);
    wall[i] = now_ms(CLOCK_MONOTONIC) - at;
    used += now_ms(CLOCK_PROCESS_CPUTIME_ID) - before;
  }
  *cpu = used / ROUNDS;
  qsort(wall, ROUNDS, sizeof *wall, by_value);
}

static void on_expired(void *ctx, int error, const fm_why *why, size_t count)
{
  bench *b = ctx;
  if (error && error != FM_E_CANCELLED)
    give_up("keep", why);
  b->expired = true;
  b->forgot = count;
}

/* The older half of all is forgotten while refreshes go on: the longest of them. */
static double refresh_while_keep(bench *b, size_t entries)
{
  double wall[ROUNDS], cpu;
  fm_store_expire(b->store, T0 + FEED / 2 + KEEP, on_expired, b);
  refresh(b, entries, ROUNDS, wall, &cpu);
  return wall[ROUNDS - 1];
}

static double load(bench *b, size_t feeds, size_t most)
{
  char key[64];
  double best = 1e9;
  for (size_t i = 0; i < 20; i++) {
    double at = now_ms(CLOCK_MONOTONIC);
    snprintf(key, sizeof key, "daily-papers /papers?q=%zu", i % feeds);
    b->called = false;
    fm_store_load(b->store, fm_str_of(key), most, on_done, b);
    wait_for(b);
    double took = now_ms(CLOCK_MONOTONIC) - at;
    best = took < best ? took : best;
  }
  return best;
}

static long resident_kb(void)
{
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

static void row(const char *folder, size_t entries)
{
  bench b = {.called = false};
  double wall[ROUNDS], cpu, opened, filled, keeping, some, all;
  struct stat file;
  snprintf(b.path, sizeof b.path, "%.200s/bench-store-%d.db", folder, (int)getpid());
  uv_loop_init(&b.loop);
  open_store(&b);
  filled = now_ms(CLOCK_MONOTONIC);
  fill(&b, entries);
  filled = now_ms(CLOCK_MONOTONIC) - filled;
  close_store(&b);
  stat(b.path, &file);
  opened = now_ms(CLOCK_MONOTONIC);
  open_store(&b);
  load(&b, 1, 1);
  opened = now_ms(CLOCK_MONOTONIC) - opened;
  refresh(&b, entries, 0, wall, &cpu);
  some = load(&b, entries / FEED, 100);
  all = load(&b, entries / FEED, 1000);
  keeping = refresh_while_keep(&b, entries);
  printf("%9zu %6zu %8.2f %8.2f %8.2f %8.2f %9.2f %9.1f %9.2f %9.2f %8ld %8.1f\n", entries,
         entries / FEED, wall[ROUNDS / 2], wall[ROUNDS * 99 / 100], wall[ROUNDS - 1], cpu, keeping,
         opened, some, all, (long)((size_t)file.st_size / entries), filled / 1e3);
  fflush(stdout);
  close_store(&b);
  if (!b.forgot)
    give_up("keep", &(fm_why){"nothing was forgotten"});
  unlink(b.path);
  uv_loop_close(&b.loop);
}

int main(int argc, char **argv)
{
  static const size_t sizes[] = {10000, 100000, 1000000};
  printf("store: a refresh of 50 entries, 3 of them new, 20 with other votes (ms)\n"
         "  entries  feeds      p50      p99      max      cpu  max@keep   open+ld  load 100"
         " load 1000  B/entry   fill s\n");
  const char *folder = argc > 1 ? argv[1] : "/tmp";
  if (argc > 2)
    for (int i = 2; i < argc; i++)
      row(folder, (size_t)strtoul(argv[i], NULL, 10));
  else
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
      row(folder, sizes[i]);
  fprintf(stderr, "peak resident: %ld KB\n", resident_kb());
  return 0;
}
