/* The Daily Papers source, each of its three ways and the one that it takes itself.
 * Input: a byte (which listing), the page. */
#include "fuzz_kit.h"
#include "source/daily_papers/daily_papers.h"

static const char *const keys[] = {
  "https://huggingface.co/papers", "https://huggingface.co/papers/date/2026-08-04",
  "https://huggingface.co/papers/week/2026-W32", "https://huggingface.co/papers/month/2026-08",
  "https://huggingface.co/papers/trending", "https://huggingface.co/papers?q=neurons", "papers", ""};

struct lender {
  fm_host host;
  fm_arena arena;
};

static void *lend(const fm_host *host, size_t bytes)
{
  return fm_arena_alloc(&((struct lender *)host->self)->arena, bytes);
}

static int hear(const fm_host *host, int code, const char *text)
{
  (void)host;
  if (!text || !*text)
    FUZZ_FAIL("fails and says nothing");
  return code;
}

static void check_way(enum fm_daily_method way, const fm_page *page)
{
  struct lender lender = {.host = {.size = sizeof(fm_host), .alloc = lend, .fail = hear}};
  fm_feed feed = {.day = FM_NO_TIME};
  lender.host.self = &lender;
  if (!fm_daily_papers_extract_by(way, &lender.host, page, &feed))
    for (size_t i = 0; i < feed.nentries; i++)
      fuzz_check_entry(&feed.entries[i], page->url);
  fm_arena_deinit(&lender.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (!size)
    return 0;
  fm_str rest = {(const char *)data + 1, size - 1};
  fm_str body = fuzz_part(&rest, "\xff\xfe\xff");
  fm_str key = fm_str_of(keys[*data % 8]);
  fm_page page = {.size = sizeof page, .body = body, .key = key,
                  .url = FM_STR("https://huggingface.co/papers")};
  fuzz_check_page(&fm_daily_papers, &page);
  for (enum fm_daily_method way = FM_DAILY_SCAN; way <= FM_DAILY_ARTICLES; way++)
    check_way(way, &page);
  fm_source_previous_day(&fm_daily_papers, &page);
  fuzz_free(body);
  return 0;
}
